"""review.jsonl: what a second person says of decisions and numbers, append-only, in lines that git can merge.

A line is a `comment` (on a fact, or on a stage's decision) or an `approval` (of one seal). Each is bound to what it is
about and to its own hash, and none to the line before: when two people have written on two branches, git keeps the lines
of both (`merge=union`), in whatever order, and the file is whole. A line that was changed is named and refused.
"""

from __future__ import annotations

import datetime as dt
import getpass
import json
import os
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cxlib.chain import STAGES, stage_of
from cxlib.dictionary import entries as facts_of
from cxlib.dictionary import find_entry, label_of
from cxlib.engagement import ledger
from cxlib.engagement.brief import Brief
from cxlib.engagement.characters import named
from cxlib.errors import ChainError, LedgerError, UsageError, nearest
from cxlib.language import _

FILE = "review.jsonl"
MERGED = f"{FILE} merge=union\n"  # in .gitattributes
LONGEST = 2_000  # characters of a comment

Entry = dict[str, Any]


class Seen(NamedTuple):
    """A seal in force, and who has approved it beside the one who signed it."""

    stage: int
    seal: Mapping[str, Any]
    approved_by: tuple[str, ...]


def read_review(folder: Path) -> list[Entry]:
    """The entries, each once, in the order of their time; [] when nobody has said anything.

    Raises LedgerError, naming the line, for one that was changed.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    found = {text: _verified(number, text) for number, text in enumerate(lines, 1) if text.strip()}
    return sorted(found.values(), key=lambda entry: (entry["at"], entry["hash"]))


def comment(brief: Brief, about: str, text: str, *, by: str = "") -> Entry:
    """Say something of a fact ("3.value_at_stake") or of a stage's decision ("3"); return the entry."""
    where = "cx comment"
    anchor = about.removeprefix("decision:")
    number = anchor.partition(".")[0]
    of_a_stage = number in {str(stage.number) for stage in STAGES}
    if not of_a_stage or (anchor != number and find_entry(anchor) is None):
        known = list(facts_of(int(number))) if of_a_stage else []
        what = _("'{about}' is neither a number nor a decision", about=about) + nearest(about, known)
        accepted = _("A number has a name like 3.value_at_stake, a decision that of its stage, 1 to 10")
        raise UsageError(where, what, accepted, _("`cx explain --list` lists them all"))
    said = " ".join(text.split())
    _text(where, said, _("a comment is a sentence or two, at most {n} characters", n=LONGEST))
    entry = {"kind": "comment", "about": anchor, "text": said}
    in_force = ledger.seals(ledger.read_ledger(brief.folder))
    if anchor.isdecimal() and int(anchor) in in_force:
        entry["seal"] = in_force[int(anchor)]["hash"]
    return _append(brief.folder, entry, by or getpass.getuser())


def approve(brief: Brief, number: int, *, by: str) -> Entry:
    """Approve the seal of a stage that is in force, as a second person; return the entry."""
    where, stage = _("approval of stage {n}", n=number), stage_of(number)
    _text(where, by.strip(), _("nobody has signed it: add --by 'who approves'"))
    found = next((seen for seen in seals_seen(brief) if seen.stage == number), None)
    if found is None:
        todo = _("Seal it first: `cx decide {n} …`", n=number)
        raise ChainError(
            where, _("{name} is not sealed", name=stage.name), _("A decision is approved once sealed"), todo
        )
    if _folded(by) == _folded(found.seal["by"]):
        what = _("{by} has sealed it", by=found.seal["by"])
        raise UsageError(where, what, _("A second person approves what a first one has decided"))
    if _folded(by) in map(_folded, found.approved_by):
        raise UsageError(where, _("{by} has approved it already", by=by.strip()), _("One approval a person"))
    return _append(brief.folder, {"kind": "approval", "about": str(number), "seal": found.seal["hash"]}, by)


def seals_seen(brief: Brief) -> Iterator[Seen]:
    """The seals in force, by stage, with who has approved each; an approval of a seal that was reopened counts no more."""
    in_force = ledger.seals(ledger.read_ledger(brief.folder))
    said = [entry for entry in read_review(brief.folder) if entry["kind"] == "approval"]
    for number, seal in sorted(in_force.items()):
        second = [
            entry["by"]
            for entry in said
            if entry["seal"] == seal["hash"] and _folded(entry["by"]) != _folded(seal["by"])
        ]
        yield Seen(number, seal, tuple(dict.fromkeys(second)))


def waiting(brief: Brief) -> list[Seen]:
    """The sealed decisions that no second person has approved."""
    return [seen for seen in seals_seen(brief) if not seen.approved_by]


def comments(brief: Brief, number: int | None = None) -> list[Entry]:
    """The comments, all or on the facts and the decision of one stage."""
    said = [entry for entry in read_review(brief.folder) if entry["kind"] == "comment"]
    return [entry for entry in said if number is None or entry["about"].partition(".")[0] == str(number)]


def about_words(about: str) -> str:
    """What a comment is about, in words."""
    return _("decision of stage {n}", n=about) if about.isdecimal() else f"{about} ({label_of(about)})"


def _append(folder: Path, entry: Entry, by: str) -> Entry:
    path = folder / FILE
    read_review(folder)  # nothing is added to a file that was changed
    _merged_by_git(folder)
    full = {**entry, "by": " ".join(by.split()), "at": dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")}
    full["hash"] = ledger.digest(full)
    with path.open("ab") as stream:
        stream.write(ledger.canonical(full) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    return full


def _merged_by_git(folder: Path) -> None:
    """Let git keep the lines of both sides when it merges the file."""
    path = folder / ".gitattributes"
    known = path.read_text(encoding="utf-8") if path.is_file() else ""
    if MERGED not in known:
        path.write_text(known + ("\n" if known and not known.endswith("\n") else "") + MERGED, encoding="utf-8")


def _verified(number: int, text: str) -> Entry:
    try:
        entry = json.loads(text)
        intact = entry["hash"] == ledger.digest(entry) and entry["kind"] in ("comment", "approval")
        intact = intact and all(isinstance(entry[name], str) for name in ("about", "by", "at"))
        intact = intact and isinstance(entry["seal" if entry["kind"] == "approval" else "text"], str)
    except (ValueError, KeyError, TypeError):
        intact = False
    if not intact:
        raise LedgerError(
            f"{FILE}, " + _("line {line}", line=number),
            _("its content does not match its hash: it was changed after it was written"),
            _("Comments and approvals are only ever added, by `cx comment` and `cx approve`"),
            _("Restore the file from version control or a backup"),
        )
    checked: Entry = entry
    return checked


def _folded(name: str) -> str:
    """A name as it is compared: without case, accents and spare blanks."""
    bare = unicodedata.normalize("NFKD", name).casefold()
    return " ".join("".join(sign for sign in bare if not unicodedata.combining(sign)).split())


def _text(where: str, text: str, accepted: str) -> None:
    sign = named(text)
    if not text or len(text) > LONGEST or sign:
        what = _("it holds {sign}, which no text has", sign=sign) if sign else _("it has {n} characters", n=len(text))
        raise UsageError(where, what, accepted[:1].upper() + accepted[1:])
