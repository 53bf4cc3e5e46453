"""Small cells hidden so that they cannot be worked out again: not from margins, not from another table, not from the last run.

A cell of fewer persons than the minimum is hidden (primary). Whoever knows a total subtracts the other cells; so other
cells are hidden with it (complementary), until at least `minimum` values of every small cell stay possible, one of them not
small. Known is all that the pages of a run show, and the total of every table; tables are linked where they add up.
Mechanism: the smallest cell of the tightest line is hidden next, then every cover that is not needed is shown again. Check:
linear programs bound each small cell (Willenborg & de Waal 2001, Elements of Statistical Disclosure Control, ch. 6).
A cell that hardly changed since it was shown is held back. All hidden cells look alike. Not covered: a cell that was
empty in the last run and holds somebody in this one; persons who come and go in equal numbers between two runs;
the n of a large cell that a sentence tells while a table hides it to cover a small one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

CELLS = ["table", "key", "n", "hidden"]
PART = "\x1f"  # parts the labels of a key: "quote\x1fapp"
AGAIN = 2  # a cell once hidden is shown again from twice the minimum on: fewer newcomers would tell what it was
FEWEST_CHANGED, LARGE = 3, 1000  # persons
Cell = tuple[frozenset[str], int]  # the labels of a cell, whatever their order, and its persons


@dataclass
class _System:
    """What is known of the hidden cells: each equation is a line, with the parts and the total that no page shows."""

    hidden: list[Cell]
    rows: list[dict[int, float]] = field(default_factory=list)
    known: list[float] = field(default_factory=list)


def cells(table: pd.DataFrame, *, name: str) -> pd.DataFrame:
    """The cells of a tidy table with a column n: table, key (its leading labels), n, hidden (False); lines without n drop out."""
    held = table[table["n"].notna()]
    labels = held[key_columns(table)].itertuples(index=False, name=None)
    keys = [PART.join(map(str, parts)) for parts in labels]
    return pd.DataFrame(
        {"table": name, "key": keys, "n": held["n"].round().astype(int), "hidden": False}, index=held.index
    )[CELLS]


def key_columns(table: pd.DataFrame) -> list[str]:
    """The columns that say what a line is about: the labels before the first number; without any, the first column."""
    leading: list[str] = []
    for column in table.columns:
        if pd.api.types.is_numeric_dtype(table[column]) or column in ("n", "estimate"):
            break
        leading.append(str(column))
    return leading or [str(table.columns[0])]


def protect(
    shown: pd.DataFrame,
    table: pd.DataFrame,
    *,
    before: pd.DataFrame | None = None,
    minimum: int = 5,
    held: Sequence[bool] | None = None,
) -> pd.DataFrame:
    """Return the cells of a new table with `hidden` decided, given the cells `shown` earlier in the run.

    shown, table, before: from `cells` (table, key, n, hidden). before: the same table of the last run; what it hid stays
    hidden up to twice the minimum, and covers small cells first. A cell that an earlier page shows is not hidden here.
    held: lines to hide because they have hardly changed since they were shown (see `hardly_changed`).
    """
    first = _first(shown, table, before, minimum)
    result, covers = table.assign(hidden=[a or b for a, b in zip(first, held or first, strict=True)]), []
    if not result["hidden"].any():
        return result
    while unsafe := next(_unsafe(shown, result, minimum), None):
        cover = _cover(shown, result, unsafe, before)
        if cover is None:
            return result  # nothing is left that could be hidden
        result.loc[cover, "hidden"] = True
        covers.append(cover)
    largest_first = result.loc[covers[:-1]].sort_values("n", ascending=False).index
    return _without_needless(shown, result, list(largest_first), minimum)


def hardly_changed(table: pd.DataFrame, told: Mapping[str, int]) -> list[bool]:
    """Which cells hold only one or two persons more, or fewer, than when they were last shown (`told`: key → n).

    Whoever has both pages would take one from the other and read off what these persons said; the cell is held back
    until more have come or gone. From a thousand persons on, a share in tenths of a percent does not move with one.
    """
    return [0 < abs(n - told.get(key, n)) < FEWEST_CHANGED and n < LARGE for key, n, _hidden in _rows(table)]


def safe(low: float, high: float, *, minimum: int = 5) -> bool:
    """Whether at least `minimum` whole numbers lie between the bounds, one of them not small."""
    return bool(np.floor(high + 1e-6) - np.ceil(low - 1e-6) >= minimum - 1 and high >= minimum - 1e-6)


def _first(shown: pd.DataFrame, table: pd.DataFrame, before: pd.DataFrame | None, minimum: int) -> list[bool]:
    """Hidden from the start: small cells, cells hidden on an earlier page, cells that the last run hid."""
    earlier, last = hidden_cells(shown), _hidden_keys(before)
    return [
        0 < n < minimum or cell_of(key, n) in earlier or (key in last and 0 < n < AGAIN * minimum)
        for key, n, _hidden in _rows(table)
    ]


def hidden_cells(shown: pd.DataFrame) -> set[Cell]:
    """The cells that the tables of a run hide."""
    return {cell_of(key, n) for key, n, hidden in _rows(shown) if hidden}


def _hidden_keys(before: pd.DataFrame | None) -> set[str]:
    """The keys that a table of the last run hid."""
    return {key for key, _n, hidden in _rows(before) if hidden} if before is not None else set()


def _without_needless(shown: pd.DataFrame, table: pd.DataFrame, covers: list[Any], minimum: int) -> pd.DataFrame:
    """The table with every cover shown again without which the small cells are just as safe, the largest first."""
    for cover in covers:
        lighter = table.assign(hidden=table["hidden"] & (table.index != cover))
        if next(_unsafe(shown, lighter, minimum), None) is None:
            table = lighter
    return table


def _unsafe(shown: pd.DataFrame, table: pd.DataFrame, minimum: int) -> Iterator[Cell]:
    """The small cells that could still be told, one after the other."""
    system = _system(pd.concat([shown, table], ignore_index=True))
    for place, (labels, n) in enumerate(system.hidden):
        if n < minimum and not safe(*_bounds(system, place), minimum=minimum):
            yield labels, n


def _cover(shown: pd.DataFrame, table: pd.DataFrame, cell: Cell, before: pd.DataFrame | None) -> Any:
    """The next cell of this table to hide; None when there is none.

    On the tightest line with the small cell before any other; what the last run hid before what it showed; then the smallest.
    """
    public = {cell_of(key, n) for key, n, hidden in _rows(shown) if not hidden}
    last, rows = _hidden_keys(before), _rows(table)
    held = [cell_of(key, n) for key, n, _hidden in rows]
    tightest = dict.fromkeys(range(len(rows)), float("inf"))
    for parent, parts in _lines(list(table["key"])):
        if cell in [held[part] for part in parts] or cell == (parent, sum(rows[part][1] for part in parts)):
            tight = sum(rows[part][1] for part in parts if rows[part][2])
            tightest |= {part: min(tightest[part], tight) for part in parts}
    options = [
        (tightest[place], key not in last, n, place)
        for place, (key, n, hidden) in enumerate(rows)
        if not hidden and n > 0 and held[place] not in public
    ]
    return table.index[min(options)[-1]] if options else None


def _lines(keys: Sequence[str]) -> list[tuple[frozenset[str], list[int]]]:
    """Lines of a table that add up to something: all of it, and all that share every label but one."""
    labels, found = [tuple(key.split(PART)) for key in keys], {tuple(range(len(keys))): frozenset[str]()}
    for column in range(max(map(len, labels), default=0)):
        groups = defaultdict(list)
        for place, own in enumerate(labels):
            groups[own[:column] + own[column + 1 :]].append(place)
        for rest, parts in groups.items():
            found.setdefault(tuple(parts), frozenset(rest))
    return [(parent, list(parts)) for parts, parent in found.items() if len(parts) > 1]


def _system(shown: pd.DataFrame) -> _System:
    """The equations that all tables of the run give for the hidden cells; a margin that no page shows is unknown too."""
    hidden = list(dict.fromkeys(cell_of(key, n) for key, n, covered in _rows(shown) if covered))
    seen, place = {cell_of(key, n) for key, n, _covered in _rows(shown)}, {cell: at for at, cell in enumerate(hidden)}
    system = _System(hidden)
    for _name, table in shown.groupby("table", sort=False) if hidden else ():
        held = [cell_of(key, n) for key, n, _covered in _rows(table)]
        for parent, parts in _lines(list(table["key"])):
            row: dict[int, float] = defaultdict(float)
            dark = [held[part] for part in parts if held[part] in place]
            for cell in dark:
                row[place[cell]] += 1.0
            known = float(sum(n for _labels, n in dark))
            total = sum(held[part][1] for part in parts)
            above = (parent, total)
            if parent and (above not in seen or above in place):
                row[place.setdefault(above, len(place))] -= 1.0
                known -= total
            if row:
                system.rows.append({number: weight for number, weight in row.items() if weight})
                system.known.append(known)
    return system


def _bounds(system: _System, place: int) -> tuple[float, float]:
    """Lowest and highest value of one hidden cell that all equations allow; at least one person is in it."""
    from scipy import optimize  # few runs have a small cell; the others start without it

    if not any(place in row for row in system.rows):
        return 1.0, np.inf
    width = 1 + max(cell for row in system.rows for cell in row)
    matrix = np.zeros((len(system.rows), width))
    for line, row in enumerate(system.rows):
        matrix[line, list(row)] = list(row.values())
    aim = np.eye(width)[place]
    low, high = (optimize.linprog(sign * aim, A_eq=matrix, b_eq=system.known, bounds=(1, None)) for sign in (1, -1))
    return float(low.fun or 0.0), -float(high.fun or 0.0) if high.status == 0 else float("inf")


def cell_of(key: str, n: int) -> Cell:
    """A cell by its labels and its persons."""
    return frozenset(key.split(PART)), int(n)


def _rows(shown: pd.DataFrame) -> list[tuple[str, int, bool]]:
    return [
        (str(key), int(n), bool(hidden))
        for key, n, hidden in zip(shown["key"], shown["n"], shown["hidden"], strict=True)
    ]
