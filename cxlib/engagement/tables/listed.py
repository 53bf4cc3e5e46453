"""Several codes in one cell: "web; store"."""

from __future__ import annotations


def listed(cell: object) -> list[str]:
    """The codes of a cell that are separated by semicolons, without spaces around them; [] for an empty cell."""
    return [code.strip() for code in cell.split(";") if code.strip()] if isinstance(cell, str) else []
