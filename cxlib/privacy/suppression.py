"""Small cells hidden so that they cannot be worked out again: not from margins, not from another table, not from the last run.

A cell of fewer persons than the minimum is hidden (primary). Whoever knows a total subtracts the other cells; so other
cells are hidden with it (complementary), until at least `minimum` values of every small cell stay possible, one of them not
small. Known is all that the pages of a run show, and the total of every table; tables are linked where they add up.
Mechanism: the smallest cell of the tightest line is hidden next, then every cover that is not needed is shown again. Check:
linear programs bound each small cell (Willenborg & de Waal 2001, Elements of Statistical Disclosure Control, ch. 6).
All hidden cells look alike. Not covered: a cell that was empty in the last run and holds somebody in this one;
the n of a large cell that a sentence tells while a table hides it to cover a small one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

CELLS = ["table", "key", "n", "hidden"]
BOUNDS = ["key", "estimate", "low", "high", "n", "unit"]
PART = "\x1f"  # parts the labels of a key: "quote\x1fapp"
AGAIN = 2  # a cell once hidden is shown again from twice the minimum on: fewer newcomers would tell what it was
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
    keys = [PART.join(str(row[column]) for column in key_columns(table)) for row in held.to_dict("records")]
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
    shown: pd.DataFrame, table: pd.DataFrame, *, before: pd.DataFrame | None = None, minimum: int = 5
) -> pd.DataFrame:
    """Return the cells of a new table with `hidden` decided, given the cells `shown` earlier in the run.

    shown, table, before: from `cells` (table, key, n, hidden). before: the same table of the last run; what it hid stays
    hidden up to twice the minimum, and covers small cells first. A cell that an earlier page shows is not hidden here.
    """
    result, covers = table.assign(hidden=_first(shown, table, before, minimum)), []
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


def feasible(shown: pd.DataFrame) -> pd.DataFrame:
    """What an attacker can tell of every hidden cell: BOUNDS, low and high from all lines, margins and links of the run.

    estimate is the middle of the bounds (NaN when nothing bounds the cell from above), n the persons in it.
    """
    system = _system(shown)
    rows = []
    for place, (labels, n) in enumerate(system.hidden):
        low, high = _bounds(system, place)
        rows.append(
            {
                "key": PART.join(sorted(labels)),
                "estimate": (low + high) / 2 if np.isfinite(high) else np.nan,
                "low": low,
                "high": high,
                "n": n,
                "unit": "count",
            }
        )
    return pd.DataFrame(rows, columns=BOUNDS)


def safe(low: float, high: float, *, minimum: int = 5) -> bool:
    """Whether at least `minimum` whole numbers lie between the bounds, one of them not small."""
    return bool(np.floor(high + 1e-6) - np.ceil(low - 1e-6) >= minimum - 1 and high >= minimum - 1e-6)


def _first(shown: pd.DataFrame, table: pd.DataFrame, before: pd.DataFrame | None, minimum: int) -> list[bool]:
    """Hidden from the start: small cells, cells hidden on an earlier page, cells that the last run hid."""
    earlier = {_cell(key, n) for key, n, hidden in _rows(shown) if hidden}
    last = {key for key, _n, hidden in _rows(before) if hidden} if before is not None else set()
    return [
        0 < n < minimum or _cell(key, n) in earlier or (key in last and 0 < n < AGAIN * minimum)
        for key, n, _hidden in _rows(table)
    ]


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
    public = {_cell(key, n) for key, n, hidden in _rows(shown) if not hidden}
    last = {key for key, _n, hidden in _rows(before) if hidden} if before is not None else set()
    keys, counts, hidden = list(table["key"]), list(table["n"]), list(table["hidden"])
    held = [_cell(key, n) for key, n in zip(keys, counts, strict=True)]
    tightest = dict.fromkeys(range(len(keys)), float("inf"))
    for parent, parts in _lines(keys):
        if cell in [held[part] for part in parts] or cell == (parent, sum(counts[part] for part in parts)):
            tight = sum(counts[part] for part in parts if hidden[part])
            tightest |= {part: min(tightest[part], tight) for part in parts}
    options = [
        (tightest[place], keys[place] not in last, counts[place], place)
        for place in range(len(keys))
        if not hidden[place] and counts[place] > 0 and held[place] not in public
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
    rows = _rows(shown)
    hidden = list(dict.fromkeys(_cell(key, n) for key, n, covered in rows if covered))
    seen, place = {_cell(key, n) for key, n, _covered in rows}, {cell: number for number, cell in enumerate(hidden)}
    system = _System(hidden)
    for _name, table in shown.groupby("table", sort=False) if hidden else ():
        held = [_cell(key, n) for key, n, _covered in _rows(table)]
        for parent, parts in _lines(list(table["key"])):
            total = sum(held[part][1] for part in parts)
            row: dict[int, float] = defaultdict(float)
            for part in parts:
                if held[part] in place:
                    row[place[held[part]]] += 1.0
            above = (parent, total)
            if parent and (above not in seen or above in place):
                row[place.setdefault(above, len(place))] -= 1.0
            if row:
                system.rows.append({number: weight for number, weight in row.items() if weight})
                unseen = sum(held[part][1] for part in parts if held[part] in place)
                system.known.append(float(unseen - (total if parent and above in place else 0)))
    return system


def _bounds(system: _System, place: int) -> tuple[float, float]:
    """Lowest and highest value of one hidden cell that all equations allow; at least one person is in it."""
    from scipy import optimize  # few runs have a small cell; the others start without it

    reached, rows = {place}, [set(row) for row in system.rows]
    while True:
        wider = reached.union(*(row for row in rows if row & reached))
        if wider == reached:
            break
        reached = wider
    used = [number for number, row in enumerate(rows) if row & reached]
    if not used:
        return 1.0, np.inf
    order = {cell: number for number, cell in enumerate(sorted(reached))}
    matrix = np.zeros((len(used), len(order)))
    for line, number in enumerate(used):
        for cell, weight in system.rows[number].items():
            matrix[line, order[cell]] = weight
    aim = np.zeros(len(order))
    aim[order[place]] = 1.0
    known = np.array([system.known[number] for number in used])
    low, high = (optimize.linprog(sign * aim, A_eq=matrix, b_eq=known, bounds=(1, None)) for sign in (1, -1))
    return float(low.fun or 0.0), -float(high.fun or 0.0) if high.status == 0 else float("inf")


def _cell(key: str, n: int) -> Cell:
    return frozenset(key.split(PART)), int(n)


def _rows(shown: pd.DataFrame) -> list[tuple[str, int, bool]]:
    return [
        (str(key), int(n), bool(hidden))
        for key, n, hidden in zip(shown["key"], shown["n"], shown["hidden"], strict=True)
    ]
