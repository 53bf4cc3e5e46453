"""What the draft rests on: a guess takes a file for a table and says why; a doubt is a question only a person can answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cxlib.draft.profile import Column, File, plain, shown
from cxlib.draft.vocabulary import roles
from cxlib.engagement.dialects.known import pattern
from cxlib.language import _

ROW = "#row"
UNKNOWN = "?"  # stands for a value that nobody can guess: no row is read before it is replaced
Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Doubt:
    """A question: the place inside its source (or brief), what is asked and why, the answers, and the likely one.

    The likely answer stands in the draft already; another one is put at the place instead.
    """

    place: Loc
    what: str
    choices: tuple[str, ...] = ()
    likely: str = ""


@dataclass(eq=False)
class Guess:
    """A file taken for a table: the mapping as the brief writes it, the reason for each column, and what is doubtful."""

    table: str
    file: File
    mapping: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)  # client column → contract column and reason
    notes: dict[Loc, list[str]] = field(default_factory=dict)  # place in the mapping → evidence
    doubts: list[Doubt] = field(default_factory=list)
    touchpoints: dict[str, str] = field(default_factory=dict)  # key → label
    channels: dict[str, str] = field(default_factory=dict)
    scales: dict[str, tuple[int, int]] = field(default_factory=dict)

    def takes(self, column: str, client: Column | str, why: str) -> None:
        """Fill a contract column from a client column."""
        name = client if isinstance(client, str) else client.name
        self.mapping.setdefault("columns", {})[column] = name
        self.why[name] = f"{self.table}.{column}, {why}"

    def note(self, place: Loc, text: str) -> None:
        """Evidence for a part of the mapping."""
        self.notes.setdefault(place, []).append(text)

    @property
    def columns(self) -> dict[str, str]:
        """Contract column → client column."""
        found: dict[str, str] = self.mapping.get("columns", {})
        return found

    def client(self, column: str) -> Column | None:
        """The client column that fills a contract column."""
        return self.file.column(self.columns.get(column, ""))


def join_of(donor: File, key: str, column: str, **more: Any) -> dict[str, Any]:
    """A join that brings one column of another file, or sheet, by a key of the same name."""
    sheet = {"sheet": donor.sheet} if donor.sheet else {}
    return {"file": donor.path, **sheet, "on": key, "columns": [column], **more}


def matching(file: File, names: Iterable[str]) -> Column | None:
    """The first column whose whole name fits one of the patterns, in the order of the patterns; blank ones last."""
    found = [column for name in names for column in file.columns if pattern(name).fullmatch(column.name)]
    return next((column for column in found if column.kind != "blank"), None)


def called(file: File, role: str, kinds: Sequence[str], taken: Iterable[str] = ()) -> Column | None:
    """The column that goes by a name of this contract column and is of one of these kinds."""
    used = set(taken)
    for wanted in roles(role):
        for column in file.columns:
            if column.kind in kinds and column.name not in used and wanted.search(column.plain):
                return column
    return None


def key_of(text: str, taken: Iterable[str]) -> str:
    """A key for the brief made of a client's words: letters, digits and _; another one where it is taken or nothing is left."""
    ascii_only = plain(text).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")[:40].strip("_") or "item"
    used, key, count = set(taken), stem, 1
    while key in used:
        count += 1
        key = f"{stem}_{count}"
    return key


def keys_of(values: Iterable[str], known: dict[str, str]) -> dict[str, str]:
    """Client's value → key; `known` (key → label) gets what is new, and a label that is there already keeps its key."""
    found: dict[str, str] = {}
    for value in values:
        label = " ".join(value.split())[:60]
        key = next((key for key, given in known.items() if given.casefold() == label.casefold()), "")
        found[value] = key or key_of(value, known)
        known.setdefault(found[value], label)
    return found


def dated(guess: Guess, column: str, client: Column) -> None:
    """How a client's dates are written, where that has to be said or asked."""
    if client.form:
        guess.mapping.setdefault("dates", {})[column] = client.form
        guess.note(
            ("dates",), _("'{name}' holds numbers from {range} as days", name=shown(client.name), range=client.range)
        )
    elif client.ambiguous:
        guess.mapping.setdefault("dates", {})[column] = "dayfirst"
        what = _("'{name}': is {value} day or month first?", name=shown(client.name), value=client.examples(1)[0])
        guess.doubts.append(Doubt(("dates", column), what, ("dayfirst", "monthfirst"), "dayfirst"))
