"""What a stage depends on, as named parts with their values now: equal parts, equal results.

The parts are what the stage has read when it last ran (its record says so), its code and the ground it stands on. Each
value is short enough to read, or a digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES, Stage
from cxlib.engagement import decisions, ledger, records
from cxlib.engagement.brief import Brief
from cxlib.engagement.brief.journey import FILE as JOURNEY_FILE
from cxlib.engagement.records import Record, token
from cxlib.language import LOCALES
from cxlib.run import digests
from cxlib.run.digests import ABSENT, NotebookText

READ_WITH = (
    "funnel",
    "touchpoints",
    "channels",
    "scales",
    "lang",
    "locale",
)  # blocks of the brief that reading a table uses
Earlier = Mapping[int, Record]


class Inputs:
    """The parts of all stages of one engagement, each looked at once."""

    def __init__(self, brief: Brief, notebooks: Mapping[int, Path]) -> None:
        self.brief = brief
        self._plain: dict[str, Any] = brief.model_dump(mode="json")
        self._entries = ledger.read_ledger(brief.folder)
        self._seals = ledger.seals(self._entries)
        self._notebooks = notebooks
        self._files: dict[Path, str] = {}
        self._texts: dict[int, NotebookText] = {}

    def look(self) -> None:
        """Look at everything now, before anything is computed: what changes while a run works is found by the next."""
        self._file(self.brief.folder / JOURNEY_FILE)
        for name in self._plain["tables"]:
            for file in self._table_files(name):
                self._file(self.brief.folder / file)
        for stage in STAGES:
            for path in self.notebook(stage.number).modules().values():
                self._file(path)

    @property
    def seen(self) -> dict[Path, str]:
        """The files that were looked at, with their digests."""
        return dict(self._files)

    def notebook(self, number: int) -> NotebookText:
        """The notebook of a stage, as written."""
        if number not in self._texts:
            self._texts[number] = NotebookText(self._notebooks[number])
        return self._texts[number]

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
            path = self.notebook(stage.number).modules().get(rest)
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
        length = record["ledger"]["length"]
        return length == 0 or (
            length <= len(self._entries) and bool(self._entries[length - 1]["hash"] == record["ledger"]["head"])
        )

    # -- the parts -------------------------------------------------------------------------------------------------

    def _names(self, stage: Stage, read: Mapping[str, Any]) -> Iterator[str]:
        yield from (name for name in self._ground(stage) if name != "ledger" or read["ledger"])
        yield from (f"module:{name}" for name in self.notebook(stage.number).modules())
        for block in read["brief"]:
            inner = self._plain[block]
            divided = isinstance(inner, dict) and block not in ("touchpoints", "channels", "labels", "scales")
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
        lang = LOCALES / self.brief.lang / "LC_MESSAGES" / "cxlib.mo"
        return {
            "code": self.notebook(stage.number).code_digest(),
            **digests.environment(),
            "words": self._file(lang),
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
        sources = self._plain["tables"].get(name) or []
        files = [
            file for source in sources for file in (source["file"], *(join["file"] for join in source["join"])) if file
        ]
        return list(dict.fromkeys(files))

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
        """A digest of what makes pages of notebooks."""
        makers = ("report.page", "report.index", "report.notice", "pipeline.pages", "pipeline.graft", "figures.opening")
        modules = digests.closure(f"cxlib.{name}" for name in makers)
        templates = sorted((digests.PACKAGE / "report" / "templates").iterdir())
        return token([self._file(path) for path in (*modules.values(), *templates)])
