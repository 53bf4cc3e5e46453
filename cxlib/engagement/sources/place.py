"""Where a mapping stands in the brief, and what is said when it does not fit its file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from cxlib.engagement.brief import Brief
from cxlib.errors import nearest
from cxlib.language import _

Loc = tuple[str | int, ...]
ROW = "#row"  # every source has this column: the number of the row, for files whose rows have no name of their own


@dataclass(frozen=True)
class Place:
    """Where a source is written in the brief; `where` gives file and line of one of its parts."""

    brief: Brief
    table: str
    index: int

    def where(self, *part: str | int) -> str:
        """File and line of a part of the source."""
        return self.brief.where("tables", self.table, self.index, *part)


class MappingProblem(Exception):
    """The mapping does not fit the file; `found` holds every mismatch as a sentence."""

    def __init__(self, found: Iterable[str]) -> None:
        self.found = tuple(found)
        super().__init__(" ".join(self.found))


def need(*asked: tuple[pd.DataFrame, str, list[str], str]) -> None:
    """Refuse a mapping that names columns which its files do not have: (rows, file, columns, where it is written)."""
    found = [
        unknown(name, frame, file, where) for frame, file, names, where in asked for name in names if name not in frame
    ]
    if found:
        raise MappingProblem(found)


def unknown(name: str, frame: pd.DataFrame, file: str, where: str) -> str:
    told = _("{where}: {file} has no column '{name}'{near} Columns: {columns}.")
    near = nearest(name, frame.columns) or "."
    return told.format(where=where, file=file, name=name, near=near, columns=few(frame.columns))


def few(names: Iterable[str], most: int = 12) -> str:
    listed = [str(name) for name in names if name != ROW]
    return ", ".join(listed[:most]) + (", …" if len(listed) > most else "")
