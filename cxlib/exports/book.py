"""What every export is made of: the records, facts and tables that the ten stages left, and how they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlib.chain import STAGES
from cxlib.engagement import records
from cxlib.engagement.brief import Brief
from cxlib.engagement.characters import plain
from cxlib.engagement.inheritance import Inheritance
from cxlib.engagement.records import Record
from cxlib.errors import ChainError
from cxlib.language import _, day
from cxlib.privacy.disclosure import run_shown, withheld
from cxlib.report.standing import Standing, next_step, read_run, standings

Labels = Mapping[str, Mapping[str, str]]
PERSONAL = ("segment", "step", "touchpoint", "channel")  # kinds of codes that tables of groups are about
PUBLIC = ("benchmark_share",)  # numbers that do not come from the client's persons


@dataclass(frozen=True)
class Book:
    """One finished run of an engagement; nothing here changes anything."""

    brief: Brief
    home: Path
    stands: tuple[Standing, ...]
    records: Mapping[int, Record]

    @property
    def draft(self) -> bool:
        """Whether a decision of the ten is not sealed."""
        return any(one.state.key not in ("sealed", "drift") for one in self.stands)

    @property
    def title(self) -> str:
        """What the book is called."""
        return _("{company}: ten stages of the customer experience").format(company=self.brief.company)

    @property
    def status(self) -> str:
        """Draft or binding, and until when data were read."""
        state = _("DRAFT: not every decision is sealed") if self.draft else _("Every decision is sealed")
        return f"{state} · {_('Data up to {day}').format(day=day(self.brief.as_of))}"

    @cached_property
    def run(self) -> dict[str, Any]:
        """The log of the run the book was made from."""
        return read_run(self.home)

    @cached_property
    def received(self) -> Inheritance:
        """Facts, choices, tables and labels of all ten stages, with their digests checked."""
        return Inheritance(len(STAGES), self.brief, self.home, dict(self.records))

    @property
    def labels(self) -> Labels:
        """Kind → code → label."""
        return self.received.labels

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The cells of groups of persons on all pages of the run, and which of them the pages hide."""
        return run_shown(self.records.values())

    def kept(self, stage: int, name: str, *columns: str) -> pd.DataFrame:
        """A table that a stage handed on, as it is; empty, with these columns, when it handed none on."""
        return self.received.kept(stage, name, list(columns))

    def told(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table of groups of persons without the numbers of a line that the pages of the run would hide."""
        codes = {code: label for kind in PERSONAL for code, label in self.labels.get(kind, {}).items()}
        least = self.brief.thresholds.minimum_cell
        hidden = np.array(withheld(table, self.shown, lambda code: codes.get(code, code), least), dtype=bool)
        numbers = [str(name) for name in table.select_dtypes("number") if name not in PUBLIC]
        return table.assign(**{name: table[name].astype(float).mask(hidden) for name in numbers})


def open_book(brief: Brief, home: Path) -> Book:
    """The book of a run; raises ChainError when a stage has not run, is out of date or stopped."""
    stands = standings(brief, home)
    for one in stands:
        if one.state.key in ("not_run", "stale", "failed", "blocked", "reopened"):
            raise ChainError(
                _("stage {n} ({name})").format(n=one.stage.number, name=one.stage.name),
                _("it cannot be exported: {state}").format(state=one.state.word),
                _("Exports are made of ten stages that have run on the same data"),
                f"`{next_step(stands).command}`",
            )
    return Book(
        brief, home, tuple(stands), {number: _plain(record) for number, record in records.read_records(home).items()}
    )


def _plain(value: Any) -> Any:
    """What a stage has said without characters that a document cannot hold; records of earlier versions have some."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {key: _plain(inside) for key, inside in value.items()}
    return [_plain(inside) for inside in value] if isinstance(value, list) else value
