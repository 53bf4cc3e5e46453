"""What a stage leaves behind: its record and the tables it hands on, in `OUT/<engagement>/stages/NN/`.

A record is written whole or not at all. It rests on the records before it by their digests, so that a stage which was run
again, or a table that was changed, is noticed by the next stage that opens.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxlib.errors import CxError
from cxlib.language import _

Record = dict[str, Any]
_NOT_DIGESTED = ("digest", "ran_at", "ledger", "sealed_by")


def stage_folder(home: Path, number: int) -> Path:
    """Where stage `number` of a report folder (OUT/<engagement>) keeps what it hands on."""
    return home / "stages" / f"{number:02d}"


def read_record(home: Path, number: int) -> Record | None:
    """The record of a stage, or None when it has not run; raises CxError when the file is damaged."""
    path = stage_folder(home, number) / "record.json"
    if not path.exists():
        return None
    try:
        record: Record = json.loads(path.read_text(encoding="utf-8"))
        intact = record["digest"] == digest_of(record)
    except (ValueError, KeyError, TypeError):
        intact = False
    if not intact:
        raise CxError(str(path), _("the record was changed or damaged after it was written"),
                      _("A record is only ever written by its stage"),
                      _("Run stage {n} again").format(n=number))  # fmt: skip
    return record


def read_records(home: Path) -> dict[int, Record]:
    """All the records there are, by stage."""
    found = {number: read_record(home, number) for number in range(1, 11)}
    return {number: record for number, record in found.items() if record is not None}


def write_record(home: Path, record: Record) -> Record:
    """Write a record with its digest, whole or not at all."""
    full = {**record, "digest": digest_of(record)}
    write_json(stage_folder(home, record["stage"]) / "record.json", full)
    return full


def write_facts(home: Path) -> None:
    """Gather facts and decisions of all records into facts.json; two values of one id are a CxError."""
    facts: dict[str, Any] = {}
    known_records = read_records(home).values()
    for record in known_records:
        for fact in record["facts"]:
            known = facts.setdefault(fact["id"], fact)
            if known != fact:
                raise CxError("facts.json", _("{id} has two values: {one} and {two}").format(
                    id=fact["id"], one=known["value"], two=fact["value"]))  # fmt: skip
    decided = [{"stage": one["stage"], "choice": one["choice"], "words": one["choice_words"], "state": one["state"]}
               for one in known_records if "choice" in one]  # fmt: skip
    write_json(home / "facts.json", {"facts": list(facts.values()), "decisions": decided})


def digest_of(record: Mapping[str, Any]) -> str:
    """SHA-256 over what a record says, without when and under which ledger line it was written."""
    said = {key: value for key, value in record.items() if key not in _NOT_DIGESTED}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(path: Path, content: Any) -> None:
    """Write JSON that a person can read, whole or not at all."""
    write_bytes(path, (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside it first, forced to disk, then renamed over it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
