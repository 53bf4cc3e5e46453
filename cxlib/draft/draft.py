"""A folder of exports → what a brief would say of them, with the evidence for every guess and a question for every doubt."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cxlib.draft.emit import Loc
from cxlib.draft.funnel import Way, way
from cxlib.draft.guesses import ROW, Doubt, Guess, called, join_of, key_of, matching
from cxlib.draft.profile import File, files_in, plain, profiles, shown
from cxlib.draft.records import own_names, shop_guesses, system_guesses
from cxlib.draft.survey import survey_guesses
from cxlib.engagement.tables import CONTRACTS
from cxlib.language import _

_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
_TIMES = ("at", "on")
_SPANISH = re.compile(
    r"\b(fecha|cliente|pedido|importe|correo|nombre|provincia|usted|como|valoracion|satisfech|recomendar|marca|hora|pregunta|que)\w*\b"
)


@dataclass
class Draft:
    """What was found: the files, what each was taken for, the blocks of the brief, and remarks by place in it."""

    files: list[File]
    guesses: list[Guess]
    blocks: dict[str, Any] = field(default_factory=dict)
    evidence: dict[Loc, list[str]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

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
        _person_of_another(guess, readable)
    return _one_people(guesses)


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


def _person_of_another(guess: Guess, files: list[File]) -> None:
    """Name the person by another file's column: an order's customer, or the one key of a customer who has several."""
    person = {"responses": "respondent_id", "verbatims": "respondent_id"}.get(guess.table, "customer_id")
    if person not in CONTRACTS[guess.table].column_names or ("wide" in guess.mapping and guess.table == "customers"):
        return
    if guess.columns.get(person) == ROW:
        for donor in files:
            theirs = called(donor, "customer_id", ("text", "number"))
            shared = [column.name for column in donor.columns if column.is_unique and guess.file.column(column.name)]
            if donor is not guess.file and theirs is not None and shared and theirs.name not in shared:
                _joins(guess, person, donor, shared[0], theirs.name)
                guess.mapping.pop("prefix", None)
                break
    mine = guess.columns.get(person, "")
    for donor in files:
        theirs = called(donor, "customer_id", ("text", "number"))
        key = donor.column(mine)
        if donor is not guess.file and key is not None and key.is_unique and theirs is not None and theirs.name != mine:
            if not theirs.is_unique:
                _joins(guess, person, donor, mine, theirs.name)
            return


def _joins(guess: Guess, column: str, donor: File, key: str, name: str) -> None:
    guess.mapping.setdefault("join", []).append(join_of(donor, key, name))
    guess.mapping["columns"][column] = name
    if guess.table == "customers":
        guess.mapping["many"] = "first"
    guess.note(("join",), _("the person is named in {file}, by {key}", file=donor.name, key=shown(key)))


def _one_people(guesses: list[Guess]) -> list[Guess]:
    """One source of customers where several files would each make the same people: the one that knows most of them."""
    customers = [guess for guess in guesses if guess.table == "customers"]
    by_key: dict[str, list[Guess]] = {}
    for guess in customers:
        if "prefix" not in guess.mapping:
            by_key.setdefault(guess.columns["customer_id"] if guess.columns else "", []).append(guess)
    drop = set()
    for same in by_key.values():
        known = [guess for guess in same if guess.columns.get("customer_id") != ROW]
        keep = max(known, key=lambda guess: (_told(guess), guess.file.n), default=None)
        for guess in known:
            if guess is not keep and keep is not None:
                drop.add(id(guess))
                _more_of(keep, guess)
    return [guess for guess in guesses if id(guess) not in drop]


def _told(guess: Guess) -> int:
    """How much a source tells of its customers."""
    return len(guess.columns) + len(guess.mapping.get("attributes", {}))


def _more_of(keep: Guess, other: Guess) -> None:
    """What another file tells of the same customers, where that file is joined already."""
    join = next(
        (
            join
            for join in keep.mapping.get("join", ())
            if (join["file"], join.get("sheet")) == (other.file.path, other.file.sheet)
        ),
        None,
    )
    if join is None:
        return
    for block in ("columns", "attributes"):
        for column, name in other.mapping.get(block, {}).items():
            there = {**keep.columns, **keep.mapping.get("attributes", {})}
            if column not in there and keep.file.column(name) is None:
                keep.mapping.setdefault(block, {})[column] = name
                join["columns"] = list(dict.fromkeys([*join["columns"], name]))


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
    blocks["lang"] = _language(draft.files)
    blocks["currency"] = _currency(draft)
    blocks["locale"] = _locale(blocks["lang"], blocks["currency"])
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


def _language(files: list[File]) -> str:
    """Spanish where the headers are, else English."""
    heads = [plain(column.label or column.name) for file in files for column in file.columns]
    spanish = sum(bool(_SPANISH.search(head)) for head in heads)
    return "es" if heads and spanish >= 0.2 * len(heads) else "en"


def _locale(lang: str, currency: str) -> str:
    return {("en", "USD"): "en_US", ("en", "GBP"): "en_GB"}.get((lang, currency), "es_ES" if lang == "es" else "en_IE")


def _currency(draft: Draft) -> str:
    """The currency a column names, or a sign beside the amounts; else asked."""
    money = [guess for guess in draft.guesses if guess.table == "transactions"]
    for guess in money:
        names = (
            guess.file.dialect.currency
            if guess.file.dialect
            else ("currency", "moneda", "divisa", "currency code", "wahrung")
        )
        column = matching(guess.file, names)
        if column is not None:
            codes = Counter(
                {text.upper(): n for text, n in column.counts.items() if re.fullmatch(r"[A-Za-z]{3}", text)}
            )
            if codes:
                return _one_currency(draft, guess, column.name, codes)
    signs = Counter(
        code
        for guess in money
        if (client := guess.client("revenue"))
        for text in client.counts
        for sign, code in _SIGNS.items()
        if sign in text
    )
    if signs:
        return signs.most_common(1)[0][0]
    if money:
        draft.doubts.append(Doubt(("currency",), _("no file says in which currency the amounts are"), (), "EUR"))
    return "EUR"


def _one_currency(draft: Draft, guess: Guess, column: str, codes: Counter[str]) -> str:
    """The currency of most rows; where there are others, only its rows are read, and the file's person is asked."""
    usual = codes.most_common(1)[0][0]
    if len(codes) > 1:
        spelled = [text for text in guess.file.column(column).counts if text.upper() == usual]  # type: ignore[union-attr]
        guess.mapping.setdefault("where", {})[column] = spelled
        listed = ", ".join(f"{code} ({n} ×)" for code, n in codes.most_common(5))
        what = _(
            "amounts in several currencies, {listed}: only {usual} is read, or is there a column converted to one?",
            listed=listed,
            usual=usual,
        )
        guess.doubts.append(Doubt(("where",), what, (), usual))
    return usual


def answered(draft: Draft, ask: Callable[[Doubt], str | None]) -> None:
    """Put every question; an answer takes the place of the likely one, and its question is gone. None leaves it open."""
    left = []
    for doubt in draft.doubts:
        answer = ask(doubt)
        if answer is None:
            left.append(doubt)
        elif answer != doubt.likely:
            _put(draft.blocks, doubt.place, answer)
    draft.doubts = left


def _put(blocks: dict[str, Any], place: Loc, answer: str) -> None:
    """Write an answer at its place: a value, or the same value for every code that is doubtful there."""
    *way_there, last = place
    inside: Any = blocks
    for key in way_there:
        inside = inside[key]
    if isinstance(inside[last], dict):
        inside[last] = dict.fromkeys(inside[last], answer) if last == "kind" else inside[last]
    elif not isinstance(inside[last], list):
        inside[last] = answer
