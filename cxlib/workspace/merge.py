"""Two sets of changes to one notebook brought together, cell by cell: the package's and the consultant's.

A cell is known by its id. What only one side has changed is taken from that side; what both have changed stays as the
consultant has it, with the package's version below it as text, which is read and not run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cxlib.language import _
from cxlib.run.digests import source_of, tags_of

Cell = dict[str, Any]
Cells = dict[str, Cell]
PACKAGED = "-packaged"  # ends the id of a cell that shows the package's version of the one above it


@dataclass
class Merged:
    """A notebook's cells after a merge, and what became of each that was not the same on all sides."""

    cells: list[Cell] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)  # the package's newer version
    kept: list[str] = field(default_factory=list)  # the consultant's: changed, added or removed
    conflicts: list[str] = field(default_factory=list)  # changed by both

    @property
    def said(self) -> list[str]:
        """What became of the cells, one line each kind."""
        kinds = (
            (_("replaced by the package's: {cells}"), self.replaced),
            (_("yours, kept: {cells}"), self.kept),
            (_("in conflict, yours kept, the package's below it: {cells}"), self.conflicts),
        )
        return [words.format(cells=", ".join(cells)) for words, cells in kinds if cells]


def merge(base: list[Cell], mine: list[Cell], new: list[Cell]) -> Merged:
    """`mine` brought up from `base` to `new`; nothing that is only in `mine` is lost."""
    old = _by_id(base, {})
    own, fresh = _by_id(mine, old), _by_id(new, old)
    merged, chosen = Merged(), {}
    for cell in dict.fromkeys((*fresh, *own)):
        chosen[cell] = _chosen(cell, old, own, fresh, merged)
    common = [cell for cell in own if cell in old and cell in fresh]
    moved = common != [cell for cell in old if cell in own and cell in fresh]
    order = _woven(own, fresh) if moved else _woven(fresh, own)
    merged.cells = [cell for name in order for cell in chosen[name]]
    return merged


def _chosen(name: str, old: Cells, own: Cells, fresh: Cells, merged: Merged) -> list[Cell]:
    """What stands where a cell stood: one cell, none, or two where both sides have changed it."""
    before, mine, theirs = old.get(name), own.get(name), fresh.get(name)
    if _same(mine, theirs):
        return [mine] if mine else []
    if _same(mine, before):
        merged.replaced.append(name)
        return [theirs] if theirs else []
    if _same(theirs, before) or theirs is None:
        merged.kept.append(name)
        return [mine] if mine else []
    merged.conflicts.append(name)
    shown = {"cell_type": "raw", "id": f"{name}{PACKAGED}"[:64], "metadata": {"tags": ["internal"]}, "source": ""}
    shown["source"] = _("The package's version of the cell above:\n\n{source}").format(source=source_of(theirs))
    return [mine, shown] if mine else [shown]


def _same(one: Cell | None, other: Cell | None) -> bool:
    """Whether two cells say the same; of parameters, what they are set to is the consultant's."""
    if one is None or other is None:
        return one is other
    return _said(one) == _said(other)


def _said(cell: Cell) -> tuple[str, str, tuple[str, ...]]:
    return cell["cell_type"], source_of(cell).strip(), tuple(tags_of(cell))


def _by_id(cells: Iterable[Cell], known: Mapping[str, Cell]) -> Cells:
    """Cells by their ids; one that lost it is known by what it says. Empty cells are none."""
    ids = {_said(cell): name for name, cell in known.items()}
    found: Cells = {}
    for cell in cells:
        if not source_of(cell).strip() or (str(cell.get("id", "")).endswith(PACKAGED) and cell["cell_type"] == "raw"):
            continue
        digest = hashlib.sha256(repr(_said(cell)).encode()).hexdigest()[:8]
        name = str(cell.get("id") or ids.get(_said(cell)) or f"cell-{digest}")
        while name in found:
            name = f"{name[:55]}-{digest}"
        found[name] = {**cell, "id": name}
    return found


def _woven(backbone: Iterable[str], other: Iterable[str]) -> list[str]:
    """The backbone in its order, each name that is only in the other one after the name it stood behind there."""
    order, last = list(backbone), ""
    for name in other:
        if name not in order:
            order.insert(order.index(last) + 1 if last else 0, name)
        last = name
    return order
