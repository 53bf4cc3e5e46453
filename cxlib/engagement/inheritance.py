"""What a stage receives: data tables bounded by as_of, and the choices, facts, tables and labels of the stages before it.

Whatever it receives is noted: a stage depends on what it has read, and on nothing else.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from cxlib.chain import stage_of
from cxlib.engagement import decisions, ledger, records
from cxlib.engagement.brief import Brief, Journey, load_journey
from cxlib.engagement.brief.journey import FILE as JOURNEY_FILE
from cxlib.engagement.labels import Labels, Words
from cxlib.engagement.records import Record
from cxlib.engagement.sources import load_table
from cxlib.engagement.tables.report import TableReport
from cxlib.errors import StageError
from cxlib.facts import Fact
from cxlib.language import _
from cxlib.language import number as figure

_IN_TABLES = {
    "idea": ("ideas", "idea_id", "label"),
    "person": ("people", "person_id", "role"),
    "capability": ("capabilities", "capability_id", "label"),
}
_IN_BRIEF = ("step", "touchpoint", "channel")


class Inheritance:
    """The receiving side of a stage; nothing here changes anything."""

    def __init__(self, number: int, brief: Brief, home: Path, earlier: dict[int, Record]) -> None:
        self.about = stage_of(number)
        self.number, self.brief, self.home = number, brief, home
        self._earlier = earlier
        self._entries = ledger.read_ledger(brief.folder)
        self._tables: dict[str, pd.DataFrame] = {}
        self._accounts: dict[str, TableReport] = {}
        self._received = {stage: {"choice"} for stage in earlier}  # every choice before a stage binds it
        self._files_read: set[str] = set()
        self._history_read = False

    @property
    def as_of(self) -> pd.Timestamp:
        """The last day that may be read."""
        return pd.Timestamp(self.brief.as_of)

    @property
    def observed_until(self) -> pd.Timestamp:
        """The last day on which anything could have been seen: as_of, or where the files end (extract_ends) before it."""
        return min(self.as_of, pd.Timestamp(self.brief.extract_ends or self.brief.as_of))

    def table(self, name: str) -> pd.DataFrame:
        """A data table with all columns of its contract, bounded by as_of; without rows when the client has none."""
        if name not in self._tables:
            seen = set(self.brief.seen)
            self._tables[name], self._accounts[name] = load_table(self.brief, name)
            self.brief.seen.intersection_update(seen)  # what a table is read with belongs to the table
        return self._tables[name].copy()

    def rows_kept(self, name: str) -> str:
        """How many rows of a table there are; where some were refused, of how many, and what the refused lean to."""
        return f"{name} {figure(len(self.table(name)))}{self._accounts[name].refused_words}"

    def missing(self, *names: str) -> tuple[str, ...]:
        """Which of these tables (default: all that the stage can use) have no rows."""
        asked = names or (*self.about.needs, *self.about.helps)
        return tuple(name for name in asked if self.table(name).empty)

    def choice(self, number: int) -> dict[str, Any]:
        """The choice in force of an earlier stage; {} when it is undecided."""
        return dict(self._record(number, "choice")["choice"])

    def fact(self, id: str) -> Fact:
        """A fact of an earlier stage; its value is None when it cannot be told."""
        known = Fact(id, None)
        if known.stage not in self._earlier:
            return known
        said = records.handed(self._record(known.stage, f"fact:{id}"), f"fact:{id}")
        return Fact.from_json(said) if said else known

    def standing(self) -> dict[str, Any]:
        """The choice that people have already taken for this stage (sealed, or written in the brief); {} when none."""
        return dict(decisions.decision_in_force(self.brief, self.number, [], ledger.seals(self._entries)).choice)

    def kept(self, number: int, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """A table that an earlier stage handed on; empty, with `columns`, when it handed none on."""
        held = self._record(number, f"kept:{name}")["kept"].get(name)
        if held is None:
            return pd.DataFrame(columns=columns or [])
        path = records.stage_folder(self.home, number) / held["file"]
        if not path.is_file() or records.file_digest(path) != held["sha256"]:
            raise StageError(
                str(path),
                _("the table was changed or removed after stage {n} wrote it", n=number),
                "",
                _("Run stage {n} again", n=number),
            )
        return pd.read_parquet(path)

    def records(self) -> list[dict[str, Any]]:
        """The stages before this one, as they ran: stage, choice, recommended, state, grade, as_of, ran_at, override, …"""
        for parts in self._received.values():
            parts |= {"all", "state"}
        return [{**self._earlier[number], "state": state} for number, state in self._states().items()]

    def history(self) -> list[dict[str, Any]]:
        """The entries of the decision ledger, oldest first."""
        self._history_read = True
        return list(self._entries)

    @cached_property
    def labels(self) -> Labels:
        """Kind → code → label: step, touchpoint, channel, idea, capability, person, segment and what stages have named."""
        return Labels(self._labels_of)

    def _labels_of(self, kind: str) -> Words:
        known: Words = {}
        if kind in _IN_BRIEF:
            brief = self.brief
            codes = {"step": brief.step_keys, "touchpoint": brief.touchpoint_keys, "channel": list(brief.channels)}[
                kind
            ]
            known = {code: brief.label(kind, code) for code in codes}
        elif kind in _IN_TABLES:
            table, code, label = _IN_TABLES[kind]
            rows = self.table(table)
            known = dict(zip(rows[code].astype(str), rows[label].astype(str), strict=True))
        for number in self._earlier:
            known.update(records.handed(self._record(number, f"names:{kind}"), f"names:{kind}"))
        return known

    def label(self, kind: str, code: str) -> str:
        """The label of one code, or the code itself."""
        return self.labels.get(kind, {}).get(code, code)

    @cached_property
    def journey(self) -> Journey:
        """What people wrote of each step (`journey.yaml`); empty when there is no such file. All of it is judgement."""
        self._files_read.add(JOURNEY_FILE)
        return load_journey(self.brief)

    def fingerprint(self) -> str:
        """SHA-256 over every table this stage asks for, as it reads them."""
        said = hashlib.sha256()
        for name in self._asked():
            said.update(pd.util.hash_pandas_object(self.table(name), index=False).to_numpy().tobytes())
        return said.hexdigest()

    def _asked(self) -> tuple[str, ...]:
        return (*self.about.needs, *self.about.helps)

    def read(self) -> dict[str, Any]:
        """What it has received so far: blocks of the brief, tables, parts of earlier stages, the decision ledger."""
        return {
            "brief": sorted(self.brief.seen - {"tables", "choices"}),
            "tables": sorted(self._tables),
            "stages": {str(stage): sorted(parts) for stage, parts in self._received.items()},
            "files": sorted(self._files_read),
            "ledger": self._history_read,
        }

    def rests_on(self) -> dict[str, dict[str, str]]:
        """The parts of earlier stages that it has received, each with its value or digest."""
        return {
            str(stage): {
                part: records.token(records.handed(self._earlier[stage], part))
                for part in sorted(parts)
                if part != "state"
            }
            for stage, parts in self._received.items()
        }

    def _record(self, number: int, part: str) -> Record:
        if number not in self._earlier:
            raise StageError(
                _("stage {n}", n=self.number),
                _("it asks for stage {k}", k=number),
                _("A stage receives only from stages before it"),
            )
        self._received[number].add(part)
        return self._earlier[number]

    def _states(self) -> dict[int, str]:
        """The states of the decisions before this one, in order."""
        return decisions.states(self.brief, self._earlier, ledger.seals(self._entries))
