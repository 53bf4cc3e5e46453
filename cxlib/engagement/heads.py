"""How far decisions.jsonl goes, as told elsewhere: a chain of hashes shows what was changed, not what was cut off its end.

Records of stages, run.json and, where `CX_LEDGER_HEADS` names one, a file outside the report folder know an entry that
the ledger had; an entry that one of them knows and the ledger does not is missed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxlib.engagement import ledger, records
from cxlib.errors import LedgerError, UsageError
from cxlib.language import _

SETTING = "CX_LEDGER_HEADS"
Known = tuple[str, int, str]  # who knows it, how many entries there were, the hash of the last one


def head_of(entries: list[ledger.Entry]) -> dict[str, Any]:
    """How far a ledger goes: how many entries it has, and the hash of the last one."""
    return {"length": len(entries), "head": ledger.head(entries)}


def read_whole(folder: Path, home: Path | None) -> list[ledger.Entry]:
    """The entries of an engagement's ledger; LedgerError when one is missing that the report folder knows of."""
    entries = ledger.read_ledger(folder)
    for who, length, head in _known(folder, home):
        if length and (length > len(entries) or entries[length - 1]["hash"] != head):
            what = _(
                "entry {n}, which {who} knows, is missing: the file was cut, replaced or removed", n=length, who=who
            )
            accepted = _("Decisions are only ever added, by `cx decide` and `cx reopen`")
            todo = _("Restore the file from version control or a backup; to begin anew, choose another report folder")
            raise LedgerError(ledger.LEDGER, what, accepted, todo)
    return entries


def remember(folder: Path, home: Path, entry: ledger.Entry) -> None:
    """Let run.json, and the file outside where there is one, know of a new entry."""
    known = {"length": entry["seq"], "head": entry["hash"]}
    records.write_json(home / "run.json", {**records.read_json(home / "run.json"), "ledger": known})
    if outside := os.environ.get(SETTING):
        line = json.dumps({"engagement": folder.resolve().name, **known}, ensure_ascii=False) + "\n"
        try:
            with Path(outside).open("a", encoding="utf-8") as stream:
                stream.write(line)
        except OSError as error:
            raise UsageError(SETTING, _("{file} cannot be written ({why})", file=outside, why=error.strerror)) from None


def _known(folder: Path, home: Path | None) -> Iterator[Known]:
    if home is not None:
        told = [records.stage_folder(home, number) / "record.json" for number in range(1, 11)]
        for path in (*told, home / "run.json", *sorted(home.glob("runs/*/run.json"))):
            known = records.read_json(path).get("ledger") or {"length": 0, "head": ""}
            yield str(path.relative_to(home)), known["length"], known["head"]
    outside = os.environ.get(SETTING, "")
    for line in Path(outside).read_text(encoding="utf-8").splitlines() if outside and Path(outside).is_file() else ():
        told = json.loads(line)
        if told["engagement"] == folder.resolve().name:
            yield outside, told["length"], told["head"]
