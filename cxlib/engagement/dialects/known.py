"""Which system a file came from, by the cells of its header row, and which rows below belong to the header.

A dialect file holds: name; fingerprints, each with `headers` (patterns of header cells) and how many of them `least` have to be
there (`sure`: one of these, which no other system has; `first`: the first cell itself; `asks`: beside a cell that reads
like a question; `row_below`: a cell of the next row);
below: which rows under the names belong to the header (`until` a cell, a row with such a `cell`, a column that is `blank` or
`wordy` there); names: joined, when both rows make them; labels: below, when the next row holds the questions; footer: lines
under the table; tables, and in them contract column → client columns, first come first; not_shown and blank: codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cxlib.language import read_yaml

Cells = Sequence[str]
_ROWS = 15  # in how many of the first rows a header is looked for
_CELLS, _LONG = 400, 120  # cells of a row and letters of a cell that are looked at
_BELOW = 3  # rows that may belong to the header under the names


def pattern(text: str) -> re.Pattern[str]:
    """A pattern of a dialect file: the whole cell, in any letter case."""
    return re.compile(text, re.IGNORECASE)


@dataclass(frozen=True)
class Fingerprint:
    """What a header row of a system looks like."""

    headers: tuple[str, ...]
    least: int
    sure: tuple[str, ...] = ()
    first: bool = False
    asks: bool = False
    row_below: str = ""

    @cached_property
    def _one(self) -> re.Pattern[str]:
        return pattern("|".join(f"(?:{header})" for header in self.headers))

    def hits(self, cells: Cells, below: Cells) -> int:
        """How many of the headers are in a row; 0 when they are too few."""
        found = [cell for cell in (cells[:1] if self.first else cells) if cell and self._one.fullmatch(cell)]
        n = sum(any(pattern(header).fullmatch(cell) for cell in found) for header in self.headers) if found else 0
        asked = not self.asks or any(" " in cell and len(cell) >= 10 for cell in cells[1:])
        told = not self.row_below or any(pattern(self.row_below).fullmatch(cell) for cell in below)
        own = not self.sure or any(pattern(header).fullmatch(cell) for header in self.sure for cell in cells)
        return n if n >= self.least and asked and told and own else 0


@dataclass(frozen=True)
class Dialect:
    """One system: how its files are laid out, and which of its columns fill which table."""

    key: str
    name: str
    fingerprints: tuple[Fingerprint, ...]
    below: tuple[Mapping[str, str], ...] = ()
    names: str = ""
    labels: str = ""
    footer: tuple[str, ...] = ()
    administrative: tuple[str, ...] = ()
    not_shown: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    zone: str = ""
    clock: str = ""
    sums_only: bool = False
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def is_survey(self) -> bool:
        """Whether its columns that are not administrative are questions."""
        return bool(self.administrative)

    @property
    def footer_pattern(self) -> re.Pattern[str] | None:
        """What the first cell of a line under the table says."""
        return pattern("|".join(self.footer)) if self.footer else None


@dataclass(frozen=True)
class Layout:
    """A file's dialect, the place of its header row among the first rows (from 0), and how many rows the header has."""

    dialect: Dialect
    header: int
    rows: int = 1


def _fingerprint(told: dict[str, Any]) -> Fingerprint:
    return Fingerprint(**told | {key: tuple(told.get(key, ())) for key in ("headers", "sure")})


def _dialect(path: Path) -> Dialect:
    told = dict(read_yaml(path))
    prints = tuple(_fingerprint(one) for one in told.pop("fingerprints"))
    lists = {key: tuple(value) for key, value in told.items() if isinstance(value, list)}
    return Dialect(path.stem, fingerprints=prints, **{**told, **lists})


DIALECTS: dict[str, Dialect] = {path.stem: _dialect(path) for path in sorted(Path(__file__).parent.glob("*.yaml"))}


def layout_of(rows: Iterable[Cells]) -> Layout | None:
    """The dialect of a file and its header, from its first rows; None when no system is known by them."""
    head = [[cell.replace("\ufeff", "").strip()[:_LONG] for cell in row[:_CELLS]] for row in rows][: _ROWS + _BELOW]
    best, most = None, 0
    for place, cells in enumerate(head[:_ROWS]):
        if not any(cells):
            continue
        below = head[place + 1] if place + 1 < len(head) else []
        for dialect in DIALECTS.values():
            hits = max(one.hits(cells, below) for one in dialect.fingerprints)
            if hits > most:
                best, most = (dialect, place), hits
    if best is None:
        return None
    dialect, place = best
    return Layout(dialect, place, 1 + _below(dialect, head[place], head[place + 1 : place + 1 + _BELOW]))


def _below(dialect: Dialect, names: Cells, rows: Sequence[Cells]) -> int:
    """How many rows under the names belong to the header."""
    for rule in dialect.below:
        if "until" in rule:
            ends = [
                n for n, row in enumerate(rows, start=1) if any(pattern(rule["until"]).fullmatch(cell) for cell in row)
            ]
            if ends:
                return ends[0]
    count = 0
    for row in rows:
        if not any(row) or not any(_is_header(rule, names, row) for rule in dialect.below):
            break
        count += 1
    return count


def _is_header(rule: Mapping[str, str], names: Cells, row: Cells) -> bool:
    """Whether a row under the names belongs to the header by one rule."""
    if "cell" in rule:
        return any(pattern(rule["cell"]).fullmatch(cell) for cell in row)
    asked = pattern(rule.get("blank") or rule.get("wordy") or "")
    cells = [cell for name, cell in zip(names, row, strict=False) if asked.fullmatch(name)]
    if "blank" in rule:
        return bool(cells) and not any(cells)
    return bool(cells) and "wordy" in rule and all(cell and not re.search(r"\d", cell) for cell in cells)
