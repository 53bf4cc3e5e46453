"""What a stage leaves behind: its record and the tables it hands on.

A notebook writes to `OUT/<engagement>/live/NN/`; `cx run` takes what a stage has left from there into its store and lets
`OUT/<engagement>/stages/NN` point to it. What is live was written later than the store, so it is read first.

A record is written whole or not at all. It rests on what it has read of the records before it, so that a stage which was
run again and says something else, or a table that was changed, is noticed by the next stage that opens.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxlib.errors import CxError
from cxlib.language import _

Record = dict[str, Any]
_NOT_DIGESTED = ("digest", "ran_at", "ledger", "sealed_by", "read", "rests_on")
LONGEST_TOKEN = 120  # characters of a value that a person still reads; a longer one is told by its digest


def live_folder(home: Path, number: int) -> Path:
    """Where the notebook of stage `number` writes, in a report folder (OUT/<engagement>)."""
    return home / "live" / f"{number:02d}"


def stage_folder(home: Path, number: int) -> Path:
    """Where what stage `number` hands on is read."""
    live = live_folder(home, number)
    return live if (live / "record.json").exists() else home / "stages" / f"{number:02d}"


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
        raise CxError(
            str(path),
            _("the record was changed or damaged after it was written"),
            _("A record is only ever written by its stage"),
            _("Run stage {n} again", n=number),
        )
    return record


def read_records(home: Path) -> dict[int, Record]:
    """Every record that exists, by stage."""
    found = {number: read_record(home, number) for number in range(1, 11)}
    return {number: record for number, record in found.items() if record is not None}


def write_record(home: Path, record: Record) -> Record:
    """Write a record with its digest, whole or not at all."""
    full = {**record, "digest": digest_of(record)}
    write_json(live_folder(home, record["stage"]) / "record.json", full)
    return full


def write_kept(home: Path, number: int, tables: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    """Write the tables that a stage hands on (name → Parquet), each whole; what its record says of them."""
    for name, content in tables.items():
        write_bytes(live_folder(home, number) / f"{name}.parquet", content)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in tables.items()}
    return {name: {"file": f"{name}.parquet", "sha256": digest} for name, digest in digests.items()}


def handed(record: Mapping[str, Any], part: str) -> Any:
    """One part of what a stage hands on: `choice`, `shown`, `fact:ID`, `kept:NAME` (its digest), `names:KIND` or `all`."""
    kind, _colon, name = part.partition(":")
    if kind == "fact":
        return next((fact for fact in record["facts"] if fact["id"] == name), None)
    if kind == "kept":
        return record["kept"].get(name, {}).get("sha256")
    if kind == "names":
        return record["names"].get(name, {})
    return record.get("digest" if kind == "all" else kind)


def token(value: Any) -> str:
    """A value as text; equal values give equal texts: short values as they are, long ones by their digest."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_TOKEN else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def moved(record: Mapping[str, Any], known: Mapping[int, Mapping[str, Any]]) -> int | None:
    """The first stage before this record that no longer hands on what the record rests on; None when all do."""
    for stage, parts in record["rests_on"].items():
        earlier = known.get(int(stage))
        if earlier is None or any(token(handed(earlier, part)) != said for part, said in parts.items()):
            return int(stage)
    return None


def write_facts(home: Path) -> None:
    """Gather facts and decisions of all records into facts.json; two values of one id are a CxError.

    Where `cx run` has published a report, its facts.json stays: what a notebook says since lies in `live/`.
    """
    facts: dict[str, Any] = {}
    known_records = read_records(home).values()
    for record in known_records:
        for fact in record["facts"]:
            known = facts.setdefault(fact["id"], fact)
            if known != fact:
                raise CxError(
                    "facts.json",
                    _("{id} has two values: {one} and {two}", id=fact["id"], one=known["value"], two=fact["value"]),
                )
    decided = [
        {"stage": one["stage"], "choice": one["choice"], "words": one["choice_words"], "state": one["state"]}
        for one in known_records
        if "choice" in one
    ]
    target = home / "live" / "facts.json" if (home / "store").exists() else home / "facts.json"
    write_json(target, {"facts": list(facts.values()), "decisions": decided})


def digest_of(record: Mapping[str, Any]) -> str:
    """SHA-256 over what a record says, without when and under which ledger line it was written."""
    said = {key: value for key, value in record.items() if key not in _NOT_DIGESTED}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """The content of a file that is a convenience, not a guarantee: {} when it is not there or cannot be read."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content


def write_json(path: Path, content: Any) -> None:
    """Write JSON that a person can read, whole or not at all."""
    write_bytes(path, (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside it first, forced to disk, then renamed over it."""
    private(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
        sync_folder(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def private(folder: Path) -> None:
    """Make a folder, and those above it that are not there, for its owner alone: reports hold what clients said and bought."""
    for one in reversed([folder, *folder.parents]):
        if not one.exists():
            one.mkdir(mode=0o700, exist_ok=True)


def open_own(path: Path, flags: int) -> int:
    """The descriptor of a file of a report folder, made when it is not there.

    CxError when it is a link or no plain file: others may write where reports go, and nothing of theirs is followed.
    """
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise
        raise _not_own(path) from None
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
        os.close(descriptor)
        raise _not_own(path)
    return descriptor


def _not_own(path: Path) -> CxError:
    what, accepted = _("it is a link, or no file"), _("A file of its own, which `cx run` makes")
    return CxError(str(path), what, accepted, _("Remove it, or choose a report folder where nobody else writes"))


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to disk: a rename lasts only then."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
