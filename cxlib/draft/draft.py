"""A folder of exports → what a brief would say of them, with the evidence for every guess and a question for every doubt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cxlib.draft.emit import Loc
from cxlib.draft.funnel import Way, way
from cxlib.draft.guesses import Doubt, Guess, key_of
from cxlib.draft.people import one_people, person_of_another
from cxlib.draft.place import currency_of, language_of, locale_of
from cxlib.draft.profile import File, files_in, profiles
from cxlib.draft.shop import shop_guesses
from cxlib.draft.survey import survey_guesses
from cxlib.draft.systems import own_names, system_guesses
from cxlib.engagement.tables import CONTRACTS
from cxlib.language import _, is_translated

_TIMES = ("at", "on")


@dataclass
class Draft:
    """What was found: the files, what each was taken for, the blocks of the brief, and remarks by place in it."""

    files: list[File]
    guesses: list[Guess]
    blocks: dict[str, Any] = field(default_factory=dict)
    evidence: dict[Loc, list[str]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    there: frozenset[str] = frozenset()  # tables that the brief has already

    @property
    def tables(self) -> set[str]:
        """The tables that something fills."""
        return {guess.table for guess in self.guesses}


def draft_of(folder: Path, paths: Iterable[Path] | None = None, *, today: dt.date | None = None) -> Draft:
    """A draft from the files of an engagement folder (those in it that can be read, or the given ones)."""
    found = list(paths) if paths is not None else files_in(folder)
    files = [file for path in found for file in profiles(path, path.relative_to(folder).as_posix())]
    draft = Draft(files, _guessed(files))
    _settle_keys(draft.guesses)
    _fill_blocks(draft, today or dt.date.today())
    return draft


def _guessed(files: list[File]) -> list[Guess]:
    """What each file is taken for; a file that another one of the same bytes repeats is taken once."""
    known = {file.digest: file for file in reversed(files)}
    fresh = [file for file in files if known[file.digest] is file]
    readable = [file for file in fresh if not file.error and file.n and not (file.dialect and file.dialect.sums_only)]
    several = sum(bool(survey_guesses(file, False)) for file in readable if not own_names(file)) > 1
    guesses: list[Guess] = []
    for file in readable:
        guesses += own_names(file) or _of_file(file, several, readable)
    for guess in guesses:
        person_of_another(guess, readable)
    return one_people(guesses)


def _of_file(file: File, several: bool, files: list[File]) -> list[Guess]:
    system = system_guesses(file)
    if system:
        return system
    survey = survey_guesses(file, several)
    if file.dialect is not None and file.dialect.is_survey:
        return survey
    shop = shop_guesses(file, files)
    if any(guess.table == "transactions" for guess in shop):
        survey = [guess for guess in survey if guess.table != "customers"]
    elif survey:
        shop = [guess for guess in shop if guess.table == "interactions"]
    return [*shop, *survey]


def _settle_keys(guesses: list[Guess]) -> None:
    """One key for one label over all files: where two labels share a key, the later one gets another."""
    for kind in ("touchpoint", "channel"):
        known: dict[str, str] = {}
        for guess in guesses:
            own: dict[str, str] = getattr(guess, f"{kind}s")
            new = {}
            for key, label in own.items():
                same = next((other for other, given in known.items() if given.casefold() == label.casefold()), "")
                new[key] = same or (key if key not in known else key_of(label, known))
                known.setdefault(new[key], label)
            _renamed(guess.mapping, kind, new)
            setattr(guess, f"{kind}s", {new[key]: label for key, label in own.items()})


def _renamed(mapping: dict[str, Any], kind: str, new: dict[str, str]) -> None:
    codes = mapping.get("codes", {}).get(kind, {})
    codes.update({value: new.get(key, key) for value, key in codes.items()})
    for stands_for in mapping.get("wide", {}).get("columns", {}).values():
        if kind in stands_for:
            stands_for[kind] = new.get(stands_for[kind], stands_for[kind])


def _fill_blocks(draft: Draft, today: dt.date) -> None:
    """The blocks of the brief that the files can fill."""
    first, last = _days(draft.guesses, today)
    blocks = draft.blocks
    spoken = language_of(draft.files)
    blocks["lang"] = spoken if is_translated(spoken) else "en"
    if blocks["lang"] != spoken:
        draft.evidence["lang",] = [_("the files are in '{lang}', in which pages cannot be written yet", lang=spoken)]
    blocks["currency"] = currency_of(draft.guesses, draft.doubts.append)
    blocks["locale"] = locale_of(spoken, blocks["currency"])
    blocks["as_of"] = last
    draft.evidence["as_of",] = [_("the last day in the files; nothing later is read")]
    blocks["period"] = {"start": first.replace(day=1), "end": last, "unit": "month"}
    touchpoints = {key: label for guess in draft.guesses for key, label in guess.touchpoints.items()}
    found = way(draft.guesses, touchpoints)
    _funnel(draft, found, touchpoints)
    channels = {key: label for guess in draft.guesses for key, label in guess.channels.items()}
    if channels:
        blocks["channels"] = {key: {"label": label} for key, label in channels.items()}
    scales = {
        question: scale for guess in draft.guesses for question, scale in guess.scales.items() if scale != (0, 10)
    }
    if scales:
        blocks["scales"] = {question: list(scale) for question, scale in scales.items()}
        draft.evidence["scales",] = [_("read off the answers")]
    blocks["tables"] = {}
    for name in CONTRACTS:
        _sources(draft, name, [guess for guess in draft.guesses if guess.table == name])
    if any("left_on" in guess.columns for guess in draft.guesses):
        blocks["contract"] = True
        draft.evidence["contract",] = [_("customers have a day on which they left")]


def _funnel(draft: Draft, found: Way, touchpoints: dict[str, str]) -> None:
    draft.blocks["funnel"] = [{"step": key, "label": label, "phase": phase} for key, label, phase in found.steps]
    if found.from_data:
        order = ", ".join(label for _key, label, _phase in found.steps)
        draft.doubts.append(
            Doubt(
                ("funnel",),
                _("the steps in the order in which cases meet them: {order}. Is this the way?", order=order),
                (),
                "yes",
            )
        )
    draft.blocks["touchpoints"] = {
        key: {"label": label, "step": found.step_of[key]} for key, label in touchpoints.items()
    }
    if touchpoints and not found.from_data:
        draft.evidence["touchpoints",] = [_("the step of each is guessed from its name; correct what is wrong")]


def _sources(draft: Draft, name: str, guesses: list[Guess]) -> None:
    """The sources of one table, with their evidence and doubts at their places."""
    sources: list[dict[str, Any]] = []
    for guess in guesses:
        for mapping in _parts(guess):
            place: Loc = ("tables", name, len(sources))
            given = {"file": guess.file.path} | ({"sheet": guess.file.sheet} if guess.file.sheet else {})
            sources.append(given | mapping)
            told = _("{n} rows", n=guess.file.n)
            if guess.file.dialect:
                told += _("; an export of {system}", system=guess.file.dialect.name)
            draft.evidence.setdefault((*place, "file"), []).append(told)
            for where, notes in guess.notes.items():
                draft.evidence.setdefault((*place, *where), []).extend(notes)
            draft.doubts += [Doubt((*place, *one.place), one.what, one.choices, one.likely) for one in guess.doubts]
    if sources:
        draft.blocks["tables"][name] = sources


def _parts(guess: Guess) -> list[dict[str, Any]]:
    """The mapping of a guess as sources: events at which a case ends lost stand in one of their own."""
    mapping = dict(guess.mapping)
    lost = mapping.pop("#lost", None)
    if not lost:
        return [mapping]
    (event, ends), where = next(iter(lost.items())), dict(mapping.get("where", {}))
    kept = where.get(event)
    others = [text for text in kept if text not in ends] if isinstance(kept, list) else {"not": ends}
    base = mapping | {"where": where | {event: others}}
    return [
        base,
        mapping | {"where": where | {event: ends}, "constant": mapping.get("constant", {}) | {"outcome": "lost"}},
    ]


def _days(guesses: list[Guess], today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last day of what happened, none of them later than today."""
    found: list[pd.Timestamp] = []
    for guess in guesses:
        wide = guess.mapping.get("wide", {})
        names = [guess.columns[column] for column in _TIMES if column in guess.columns]
        names += list(wide["columns"]) if wide.get("value") == "at" else []
        for client in filter(None, map(guess.file.column, names)):
            if client.kind == "date" and client.values is not None:
                found += [client.values.min(), client.values.max()]
        given = guess.mapping.get("constant", {})
        found += [pd.to_datetime(given[name], errors="coerce") for name in _TIMES if name in given]
    days = [day.date() for day in found if pd.notna(day) and day.year >= 1950 and day.date() <= today]
    if not days:
        return today.replace(year=today.year - 2, day=1), today
    return min(days), max(days)


def answered(draft: Draft, ask: Callable[[Doubt], str | None]) -> None:
    """Put every question; an answer takes the place of the likely one, and its question is gone.

    A question stays open where the answer is None, or is in words that no single value in the brief can hold.
    """
    left = []
    for doubt in draft.doubts:
        answer = ask(doubt)
        if answer is None or (answer != doubt.likely and not _put(draft.blocks, doubt.place, answer)):
            left.append(doubt)
    draft.doubts = left


def _put(blocks: dict[str, Any], place: Loc, answer: str) -> bool:
    """Write an answer at its place; False where a whole mapping or list stands there."""
    *way_there, last = place
    inside: Any = blocks
    for key in way_there:
        inside = inside[key]
    if isinstance(inside[last], dict | list):
        return False
    inside[last] = answer
    return True
