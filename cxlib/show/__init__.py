"""How anything is shown: tables, cards, grids, maps, theme. No stage has its own."""
