"""What a run has shown of groups of persons, table by table: which lines a new table hides, in every stage alike.

A stage knows what earlier stages have shown from their records, and what it hid in the last run from that run's record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxlib.engagement import records
from cxlib.engagement.records import Record
from cxlib.language import _, number
from cxlib.privacy import suppression

Names = Callable[[str], str]
Earlier = Callable[[], Iterable[list[dict[str, Any]]]]


class Disclosure:
    """The tables of a run as far as they have been shown, and what they hide."""

    def __init__(
        self,
        earlier: Earlier,
        last: list[dict[str, Any]],
        *,
        minimum: int,
        hides: bool = False,
        told: Mapping[str, Mapping[str, int]] | None = None,
    ) -> None:
        """`earlier` gives the tables of earlier stages when they matter: these hide something (`hides`), or this one does.

        told: table → key → persons, when a cell was last shown.
        """
        self._ask, self._hides = earlier, hides
        self._earlier: list[pd.DataFrame] | None = None
        self._last, self._minimum = _frame(last), minimum
        self._told = told or {}
        self._own: list[pd.DataFrame] = []

    def hidden(self, table: pd.DataFrame, name: str) -> list[bool]:
        """Which lines of a new table to hide; the table counts as shown from here on. A table without n hides nothing."""
        if "n" not in table:
            return [False] * len(table)
        taken = sum(own["table"].iloc[0].partition("#")[0] == name for own in self._own if len(own))
        called = f"{name}#{taken + 1}" if taken else name
        before = self._last[self._last["table"].eq(called)]
        cells = suppression.cells(table.reset_index(drop=True), name=called)
        held = suppression.hardly_changed(cells, self._told.get(called, {}))
        if self._hides or before["hidden"].any() or self._small(cells).any() or any(held):
            self._hides = True
            cells = suppression.protect(self._shown(), cells, before=before, minimum=self._minimum, held=held)
        self._own.append(cells)
        return [bool(cells["hidden"].get(place, False)) for place in range(len(table))]

    def drawn(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table for a picture: without small groups, and without what the tables of the run hide."""
        if "n" not in table:
            return table
        dark = suppression.hidden_cells(self._shown())
        cells = suppression.cells(table.reset_index(drop=True), name="")
        small = self._small(cells)
        told = {
            at for at, key, n in cells[["key", "n"]].itertuples() if small[at] or suppression.cell_of(key, n) in dark
        }
        return table[[place not in told for place in range(len(table))]]

    def as_json(self) -> list[dict[str, Any]]:
        """The stage's own tables, for its record: name, and of each line its labels, its persons, whether it is hidden."""
        return [
            {
                "table": str(own["table"].iloc[0]),
                "cells": [[str(key), int(n), bool(dark)] for key, n, dark in own[["key", "n", "hidden"]].to_numpy()],
            }
            for own in self._own
            if len(own)
        ]

    @property
    def hides(self) -> bool:
        """Whether this stage hides anything."""
        return any(bool(own["hidden"].any()) for own in self._own)

    def _small(self, cells: pd.DataFrame) -> pd.Series[bool]:
        return cells["n"].between(0, self._minimum, inclusive="neither")

    def _shown(self) -> pd.DataFrame:
        """All cells of the run so far; of earlier stages only where something is hidden."""
        if self._hides and self._earlier is None:
            self._earlier = [_frame(tables, f"{place}·") for place, tables in enumerate(self._ask())]
        known = [*(self._earlier or []), *self._own]
        return pd.concat(known, ignore_index=True) if known else _frame([])


def merged(table: pd.DataFrame, hidden: list[bool], minimum: int) -> tuple[pd.DataFrame, list[bool]]:
    """Hidden lines of a table with one label as one line, "other (3)", with their persons where these are not few.

    Their sum tells nothing new: the total of a table counts as known. Other tables come back as they are.
    """
    keys, dark = suppression.key_columns(table), pd.Series(hidden, index=table.index)
    if len(keys) != 1 or dark.sum() < 2 or dark.all() or pd.api.types.is_numeric_dtype(table[keys[0]]):
        return table, hidden
    persons = int(table.loc[dark, "n"].sum())
    name = _("other ({n})", n=number(int(dark.sum()), 0))
    other = pd.DataFrame([{keys[0]: name, "n": persons if persons >= minimum else None}])
    whole = pd.concat([table[~dark].astype({"n": float}), other.astype({"n": float})], ignore_index=True)
    return whole[list(table.columns)], [False] * len(whole)


def withheld(table: pd.DataFrame, shown: pd.DataFrame, names: Names, minimum: int) -> list[bool]:
    """Which lines of a table that a stage handed on may not be shown outside the pages of its run, whose cells are `shown`.

    A line of few persons; one about a group of as many persons that a page hides, whatever more its labels say; without n,
    one about any group that a page hides. names: code → label, since a page may have shown the one or the other.
    """
    dark = suppression.hidden_cells(shown)
    words = [
        {text for cell in row if isinstance(cell, str | pd.Timestamp) for text in (str(cell), names(str(cell)))}
        for row in table.itertuples(index=False)
    ]
    if "n" not in table:
        return [any(labels <= said for labels, _n in dark) for said in words]
    keys = [frozenset(map(str, row)) for row in table[suppression.key_columns(table)].itertuples(index=False)]
    return [
        0 < n < minimum or any(n == m and (labels <= said or key <= labels) for labels, m in dark)
        for n, said, key in zip(table["n"], words, keys, strict=True)
    ]


def run_shown(stages: Iterable[Record]) -> pd.DataFrame:
    """The cells of all pages of a run, from the records of its stages."""
    known = [_frame(record.get("shown", []), f"{record['stage']}·") for record in stages]
    return pd.concat(known, ignore_index=True) if known else _frame([])


def last_shown(home: Path, number: int) -> list[dict[str, Any]]:
    """What the last run showed at a stage; [] when there was none, or none that can be read."""
    kept = sorted(home.glob(f"runs/*/stages/{number:02d}/record.json"))
    path = kept[-1] if kept else records.stage_folder(home, number) / "record.json"
    try:
        record: Record = json.loads(path.read_text(encoding="utf-8"))
        return list(record.get("shown", []))
    except (OSError, ValueError):
        return []


def told_before(home: Path, number: int) -> dict[str, dict[str, int]]:
    """Table → key → persons, as a stage has last shown them in any run that is kept."""
    told: dict[str, dict[str, int]] = {}
    kept = sorted(home.glob(f"runs/*/stages/{number:02d}/record.json")) or [
        records.stage_folder(home, number) / "record.json"
    ]
    for path in kept:
        for one in records.read_json(path).get("shown", []):
            told.setdefault(one["table"], {}).update({key: n for key, n, hidden in one["cells"] if not hidden})
    return told


def _frame(tables: list[dict[str, Any]], prefix: str = "") -> pd.DataFrame:
    """Tables of a record as cells."""
    rows = [(prefix + one["table"], key, n, hidden) for one in tables for key, n, hidden in one["cells"]]
    return pd.DataFrame(rows, columns=suppression.CELLS).astype({"n": int, "hidden": bool})
