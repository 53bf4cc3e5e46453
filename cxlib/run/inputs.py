"""What a stage depends on, as named parts with their values now: equal parts, equal results.

The parts are what the stage has read when it last ran (its record says so), its code and the ground it stands on. Each
value is short enough to read, or a digest. An artifact with all its parts as they are now is used again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from cxlib.chain import Stage
from cxlib.engagement import decisions, ledger, records
from cxlib.engagement.brief import Brief
from cxlib.engagement.brief.journey import FILE as JOURNEY_FILE
from cxlib.engagement.records import Record, token
from cxlib.language import LOCALES
from cxlib.run import digests
from cxlib.run.digests import ABSENT, NotebookText
from cxlib.run.store import Artifact, Store

READ_WITH = ["funnel", "touchpoints", "channels", "scales", "lang", "locale"]  # of the brief, to read a table
WHOLE = ("touchpoints", "channels", "labels", "scales")  # blocks of the brief that are one part each
PAGE_MAKERS = ("cxlib.run.pages", "cxlib.show.opening")
Earlier = Mapping[int, Record]


class Inputs:
    """The parts of all stages of one engagement, each looked at once."""

    def __init__(self, brief: Brief, notebooks: Mapping[int, Path]) -> None:
        self.brief = brief
        self._plain: dict[str, Any] = brief.model_dump(mode="json")
        self._entries = ledger.read_ledger(brief.folder)
        self._seals = ledger.seals(self._entries)
        self.notebooks = {number: NotebookText(path) for number, path in notebooks.items()}
        self._files: dict[Path, str] = {}

    def look(self) -> None:
        """Look at everything now, before anything is computed: what changes while a run works is found by the next."""
        self._file(self.brief.folder / JOURNEY_FILE)
        for name in self._plain["tables"]:
            for file in self._table_files(name):
                self._file(self.brief.folder / file)
        for notebook in self.notebooks.values():
            for path in notebook.modules.values():
                self._file(path)

    @property
    def seen(self) -> dict[Path, str]:
        """The files that were looked at, with their digests."""
        return dict(self._files)

    def parts(self, stage: Stage, record: Record, earlier: Earlier) -> dict[str, str]:
        """What a stage depends on, by its record: name → value now."""
        return {name: self.now(stage, name, earlier) for name in self._names(stage, record["read"])}

    def now(self, stage: Stage, name: str, earlier: Earlier) -> str:
        """The value of one part now."""
        kind, _colon, rest = name.partition(":")
        if kind == "stage":
            number, _colon, part = rest.partition(":")
            return self._received(int(number), part, earlier)
        if kind == "table":
            return self._table(*rest.split(":", 2))
        if kind == "file":
            return self._file(self.brief.folder / rest)
        if kind == "brief":
            return self._block(*rest.split("."))
        if kind == "module":
            path = self.notebooks[stage.number].modules.get(rest)
            return self._file(path) if path else ABSENT
        return self._ground(stage).get(name, ABSENT)

    def states(self, stage: Stage, earlier: Earlier) -> dict[int, str]:
        """How the decisions before a stage stand: its page says it, its numbers do not rest on it."""
        return decisions.states(self.brief, {n: earlier[n] for n in earlier if n < stage.number}, self._seals)

    def is_sealed(self, stage: Stage) -> bool:
        """Whether a person has sealed the stage's decision."""
        return stage.number in self._seals

    def ledger_holds(self, record: Record) -> bool:
        """Whether the decisions under which a record was written are still the beginning of the ledger."""
        length, head = record["ledger"]["length"], record["ledger"]["head"]
        return bool(length <= len(self._entries) and ledger.head(self._entries[:length]) == head)

    # -- the parts -------------------------------------------------------------------------------------------------

    def _names(self, stage: Stage, read: Mapping[str, Any]) -> Iterator[str]:
        yield from (name for name in self._ground(stage) if name != "ledger" or read["ledger"])
        yield from (f"module:{name}" for name in self.notebooks[stage.number].modules)
        for block in read["brief"]:
            inner = self._plain[block]
            divided = isinstance(inner, dict) and block not in WHOLE
            yield from (f"brief:{block}.{key}" for key in inner) if divided else (f"brief:{block}",)
        for table in read["tables"]:
            yield from (f"table:{table}:mapping", f"table:{table}:brief")
            yield from (f"table:{table}:file:{file}" for file in self._table_files(table))
        yield from (f"file:{file}" for file in read["files"])
        for number, parts in read["stages"].items():
            yield from (f"stage:{number}:{part}" for part in parts)

    def _ground(self, stage: Stage) -> dict[str, str]:
        """What every stage depends on."""
        seal = self._seals.get(stage.number)
        undone = ledger.reopened_after(self._entries, stage.number, 0)
        return {
            "code": self.notebooks[stage.number].code_digest(),
            **digests.environment(),
            "words": self._file(LOCALES / self.brief.lang / "LC_MESSAGES" / "cxlib.mo"),
            "engagement": self.brief.name,
            "as_of": self.brief.as_of.isoformat(),
            "choice": token(self._plain["choices"].get(stage.number)),
            "seal": seal["hash"] if seal else "none",
            "reopened": undone["hash"] if undone else "never",
            "ledger": ledger.head(self._entries),
        }

    def _block(self, block: str, key: str = "") -> str:
        value = self._plain.get(block)
        return token(value.get(key, ABSENT) if key and isinstance(value, dict) else value)

    def _table(self, name: str, what: str, file: str = "") -> str:
        if what == "file":
            return self._file(self.brief.folder / file)
        if what == "mapping":
            return token(self._plain["tables"].get(name))
        return token({block: self._plain[block] for block in READ_WITH})

    def _table_files(self, name: str) -> list[str]:
        """The files of a table and of the tables joined to it, each once."""
        sources = self._plain["tables"].get(name) or []
        parts = [part for source in sources for part in (source, *source["join"])]
        return list(dict.fromkeys(part["file"] for part in parts if part["file"]))

    def _received(self, number: int, part: str, earlier: Earlier) -> str:
        record = earlier.get(number)
        if record is None:
            return ABSENT
        if part == "state":
            return decisions.states(self.brief, {number: record}, self._seals)[number]
        return token(records.handed(record, part))

    def _file(self, path: Path) -> str:
        if path not in self._files:
            self._files[path] = digests.file_digest(path)
        return self._files[path]

    @cached_property
    def reader(self) -> str:
        """A digest of all that makes pages of notebooks."""
        modules = digests.closure(PAGE_MAKERS)
        templates = sorted((digests.PACKAGE / "report" / "templates").iterdir())
        return token([self._file(path) for path in (*modules.values(), *templates)])


def reusable(store: Store, inputs: Inputs, stage: Stage, earlier: Earlier) -> tuple[Artifact | None, list[Artifact]]:
    """The last artifact made from what is there now, and those that would have done but are damaged."""
    damaged: list[Artifact] = []
    for artifact in store.artifacts(stage.number):
        if not artifact.parts:
            continue  # run by hand, or unreadable
        if any(inputs.now(stage, name, earlier) != value for name, value in artifact.parts.items()):
            continue
        if artifact.damage():
            damaged.append(artifact)
        elif inputs.ledger_holds(artifact.record):
            return artifact, damaged
    return None, damaged
