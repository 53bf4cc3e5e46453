"""decisions.jsonl: what a person has decided, append-only, each line bound to the one before by its hash.

A line is a `seal` (a stage's choice becomes a fact) or a `reopen` (a stage and everything after it become drafts again).
Nothing is ever edited: a changed byte breaks the chain of hashes, is named, and stops whatever follows.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cxlib.engagement.characters import plain
from cxlib.errors import LedgerError
from cxlib.language import _

LEDGER = "decisions.jsonl"
ROOT = "0" * 64  # what the first line rests on

Entry = dict[str, Any]


def read_ledger(folder: str | Path) -> list[Entry]:
    """The verified entries of an engagement folder, oldest first; [] when nothing was ever decided.

    Raises LedgerError, naming file and line, when a byte was changed, a line is missing or two lines changed places.
    """
    path = Path(folder) / LEDGER
    if not path.exists():
        return []
    raw = path.read_bytes()
    if raw and not raw.endswith(b"\n"):
        _broken(path, raw.count(b"\n") + 1, _("the last line is cut off"))
    entries: list[Entry] = []
    for line, text in enumerate(raw.split(b"\n")[:-1], start=1):
        entries.append(_verified(path, line, text, entries[-1]["hash"] if entries else ROOT))
    return entries


def verify(folder: str | Path) -> int:
    """Check every line; return how many there are. Raises LedgerError at the first that was changed."""
    return len(read_ledger(folder))


def head(entries: list[Entry]) -> str:
    """The hash that the next line will rest on."""
    return str(entries[-1]["hash"]) if entries else ROOT


def append(folder: str | Path, entry: Mapping[str, Any], *, at: dt.datetime | None = None) -> Entry:
    """Add one line, under a lock, and force it to disk; return it with its time and hashes."""
    folder, entry = (
        Path(folder),
        {key: plain(value) if isinstance(value, str) else value for key, value in entry.items()},
    )
    with _locked(folder):
        entries = read_ledger(folder)
        moment = at or dt.datetime.now(dt.UTC)
        full = {**entry, "seq": len(entries) + 1, "at": moment.isoformat(timespec="seconds"), "previous": head(entries)}
        full["hash"] = digest(full)
        with (folder / LEDGER).open("ab") as stream:
            stream.write(canonical(full) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    return full


def seals(entries: list[Entry]) -> dict[int, Entry]:
    """Stage → the seal in force: the last one that no later reopening of it, or of a stage before it, has undone."""
    force: dict[int, Entry] = {}
    for entry in entries:
        if entry["kind"] == "seal":
            force[entry["stage"]] = entry
        else:
            force = {stage: seal for stage, seal in force.items() if stage < entry["stage"]}
    return force


def reopened_after(entries: list[Entry], stage: int, seq: int) -> Entry | None:
    """The latest reopening of this stage, or of one before it, that came after entry `seq`; None when there is none."""
    later = [entry for entry in entries[seq:] if entry["kind"] == "reopen" and entry["stage"] <= stage]
    return later[-1] if later else None


def canonical(entry: Mapping[str, Any]) -> bytes:
    """The one way an entry is written, so that equal entries are equal bytes."""
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(entry: Mapping[str, Any]) -> str:
    """SHA-256 of an entry without its own hash."""
    return hashlib.sha256(canonical({key: value for key, value in entry.items() if key != "hash"})).hexdigest()


def _verified(path: Path, line: int, text: bytes, previous: str) -> Entry:
    try:
        entry = json.loads(text)
        intact = isinstance(entry, dict) and entry["hash"] == digest(entry) and canonical(entry) == text
        follows = intact and entry["previous"] == previous and entry["seq"] == line
    except (ValueError, KeyError, TypeError):
        intact = follows = False
    if not intact:
        _broken(path, line, _("its content does not match its hash: it was changed after it was written"))
    if not follows:
        _broken(path, line, _("it does not rest on the line before: a line was removed, added or moved"))
    checked: Entry = entry
    return checked


def _broken(path: Path, line: int, what: str) -> None:
    raise LedgerError(
        f"{path.name}, " + _("line {line}", line=line),
        what,
        _("Decisions are only ever added, by `cx decide` and `cx reopen`"),
        _("Restore the file from version control or a backup; nothing that follows may run until then"),
    )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one writer (the lock goes with the process)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
