"""What a stage receives: data tables bounded by as_of, and the choices, facts, tables and labels of the stages before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from cxlib import decisions, ledger, records
from cxlib.brief import Brief, Journey, load_journey
from cxlib.chain import stage_of
from cxlib.errors import StageError
from cxlib.facts import Fact
from cxlib.language import _
from cxlib.records import Record
from cxlib.sources import load_table


class Inheritance:
    """The receiving side of a stage; nothing here changes anything."""

    def __init__(self, number: int, brief: Brief, home: Path, earlier: dict[int, Record]) -> None:
        self.about = stage_of(number)
        self.number, self.brief, self.home = number, brief, home
        self._earlier = earlier
        self._entries = ledger.read_ledger(brief.folder)
        self._tables: dict[str, pd.DataFrame] = {}

    @property
    def as_of(self) -> pd.Timestamp:
        """The last day that may be read."""
        return pd.Timestamp(self.brief.as_of)

    def table(self, name: str) -> pd.DataFrame:
        """A data table with all columns of its contract, bounded by as_of; without rows when the client has none."""
        if name not in self._tables:
            self._tables[name] = load_table(self.brief, name).table
        return self._tables[name].copy()

    def missing(self, *names: str) -> tuple[str, ...]:
        """Which of these tables (default: all that the stage can use) have no rows."""
        asked = names or (*self.about.needs, *self.about.helps)
        return tuple(name for name in asked if self.table(name).empty)

    def choice(self, number: int) -> dict[str, Any]:
        """The choice in force of an earlier stage; {} when it is undecided."""
        return dict(self._record(number)["choice"])

    def fact(self, id: str) -> Fact:
        """A fact of an earlier stage; its value is None when it cannot be told."""
        known = Fact(id, None)
        said = [fact for fact in self._earlier.get(known.stage, {}).get("facts", []) if fact["id"] == id]
        return Fact.from_json(said[0]) if said else known

    def standing(self) -> dict[str, Any]:
        """The choice that people have already taken for this stage (sealed, or written in the brief); {} when none."""
        return dict(decisions.decision_in_force(self.brief, self.number, {}, ledger.seals(self._entries)).choice)

    def kept(self, number: int, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """A table that an earlier stage handed on; empty, with `columns`, when it handed none on."""
        held = self._record(number)["kept"].get(name)
        if held is None:
            return pd.DataFrame(columns=columns or [])
        path = records.stage_folder(self.home, number) / held["file"]
        if not path.is_file() or records.file_digest(path) != held["sha256"]:
            raise StageError(str(path), _("the table was changed or removed after stage {n} wrote it").format(n=number),
                             "", _("Run stage {n} again").format(n=number))  # fmt: skip
        return pd.read_parquet(path)

    def records(self) -> list[dict[str, Any]]:
        """The stages before this one, as they ran: stage, choice, recommended, state, grade, as_of, ran_at, override, …"""
        seals = ledger.seals(self._entries)
        return [{**record, "state": self._state(number, seals)} for number, record in sorted(self._earlier.items())]

    def history(self) -> list[dict[str, Any]]:
        """The entries of the decision ledger, oldest first."""
        return list(self._entries)

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        """Kind → code → label: step, touchpoint, channel, idea, capability, person, segment and what stages have named."""
        brief = self.brief
        known = {
            "step": {key: brief.label("step", key) for key in brief.step_keys},
            "touchpoint": {key: brief.label("touchpoint", key) for key in brief.touchpoint_keys},
            "channel": {key: brief.label("channel", key) for key in brief.channels},
        }
        for kind, table, code, label in (("idea", "ideas", "idea_id", "label"), ("person", "people", "person_id", "role"),
                                         ("capability", "capabilities", "capability_id", "label")):  # fmt: skip
            rows = self.table(table)
            known[kind] = dict(zip(rows[code].astype(str), rows[label].astype(str), strict=True))
        for record in self._earlier.values():
            for kind, names in record.get("names", {}).items():
                known.setdefault(kind, {}).update(names)
        return known

    def label(self, kind: str, code: str) -> str:
        """The label of one code, or the code itself."""
        return self.labels.get(kind, {}).get(code, code)

    @cached_property
    def journey(self) -> Journey:
        """What people wrote of each step (`journey.yaml`); empty when there is no such file. All of it is judgement."""
        return load_journey(self.brief)

    def fingerprint(self) -> str:
        """SHA-256 over the brief, the journey file and every table this stage asks for, as it reads them."""
        said = hashlib.sha256((self.brief.folder / "engagement.yaml").read_bytes())
        said.update(self.journey.model_dump_json().encode())
        for name in self._asked():
            said.update(pd.util.hash_pandas_object(self.table(name), index=False).to_numpy().tobytes())
        return said.hexdigest()

    def _asked(self) -> tuple[str, ...]:
        return (*self.about.needs, *self.about.helps)

    def _record(self, number: int) -> Record:
        if number not in self._earlier:
            raise StageError(_("stage {n}").format(n=self.number), _("it asks for stage {k}").format(k=number),
                             _("A stage receives only from stages before it"))  # fmt: skip
        return self._earlier[number]

    def _state(self, number: int, seals: Mapping[int, ledger.Entry]) -> str:
        record = self._earlier[number]
        found = decisions.decision_in_force(self.brief, number, record["recommended"], seals)
        return "drift" if found.drift else found.state
