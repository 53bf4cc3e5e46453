"""A survey export as responses, comments and the people who answered."""

from __future__ import annotations

import re
from collections import Counter

from cxlib.draft.guesses import ROW, UNKNOWN, Doubt, Guess, called, dated, key_of, keys_of, matching
from cxlib.draft.profile import Column, File, plain, shown
from cxlib.draft.ratings import Rating, question_of, rating_of
from cxlib.draft.vocabulary import words
from cxlib.engagement.dialects.known import pattern
from cxlib.language import _

_WHOLE = re.compile(r"(over)?all|general|global|total|rating|score|insgesamt")
_LEAST_ALIKE = 4  # columns of one name and one scale are ratings, whatever they are called
_MOST_ATTRIBUTES = 8
_ITEM = re.compile(r"\[(?P<a>[^\]]+)\]$|(?:[:?]|\s[-–—])\s+(?P<b>[^:?]+)$")
_CODED = re.compile(r"^[A-Za-z]{0,3}\d+[._ -]*(?=[A-Za-zÀ-ÿ])")


def survey_guesses(file: File, several: bool) -> list[Guess]:
    """The tables a survey fills; [] when it asks nothing that is understood. `several`: other surveys are in the folder, too."""
    ratings = _ratings(file)
    comments = [column for column in _candidates(file) if _is_comment(column)]
    if not ratings and not (comments and file.dialect and file.dialect.is_survey):
        return []
    who = Guess("responses", file)
    _person(who, "respondent_id", several)
    _day(who)
    guesses = [_responses(who, ratings)] if ratings else []
    for column in comments:
        guesses.append(_comments(who, column, ratings))
    attributes = _attributes(file, ratings, comments, who)
    return [*guesses, *_people(who, attributes)]


def _candidates(file: File) -> list[Column]:
    """The columns that may be questions."""
    patterns = [pattern(text) for text in (file.dialect.administrative if file.dialect else ())]
    return [
        column
        for column in file.columns
        if column.kind in ("number", "text") and not any(one.fullmatch(column.name) for one in patterns)
    ]


def _ratings(file: File) -> list[tuple[Column, str, Rating]]:
    """Columns that are ratings, with what they ask; "" where only their likeness to others tells."""
    dialect = file.dialect
    declared = {}
    if dialect is not None:
        declared = dict(dialect.tables.get("responses", {}).get("questions", {}))
    found, alike = [], Counter[tuple[str, tuple[int, int]]]()
    candidates = [*_candidates(file), *(column for name in declared if (column := matching(file, [name])))]
    for column in dict.fromkeys(candidates, None):
        question = next(
            (asked for name, asked in declared.items() if pattern(name).fullmatch(column.name)), question_of(column)
        )
        rating = rating_of(column, question, dialect.not_shown if dialect else ())
        if rating is not None and not words("personal").search(column.plain):
            found.append((column, question, rating))
            alike[_stem(column), rating.scale] += 1
    asked = dialect is not None and dialect.is_survey
    return [
        (column, question, rating)
        for column, question, rating in found
        if question
        or (rating.high >= 4 and (alike[_stem(column), rating.scale] >= _LEAST_ALIKE or (asked and rating.high >= 5)))
    ]


def _stem(column: Column) -> str:
    """What columns of one block of questions share: `Q7` of Q7FOOD, the question before its [item]."""
    text = column.label or column.name
    item = _ITEM.search(text)
    if item:
        return text[: item.start()]
    coded = re.match(r"^([A-Za-z]+)(\d+)(.*)$", column.name)
    return (coded[1] + (coded[2] if coded[3] else "")) if coded else ""


def _is_comment(column: Column) -> bool:
    """Whether it holds sentences in people's own words."""
    if column.kind != "text" or column.is_personal or len(column.counts) < 3:
        return False
    texts = column.texts.head(500)
    wordy = (texts.str.count(r"\s") >= 3).mean()
    return bool(wordy >= 0.4 and len(column.counts) >= 0.3 * len(column.texts))


def _person(guess: Guess, column: str, several: bool) -> None:
    """Who answered: by the system's column, by name, else by the row."""
    file, dialect = guess.file, guess.file.dialect
    names = dialect.tables.get("responses", {}).get("columns", {}).get("respondent_id", ()) if dialect else ()
    client = matching(file, names)
    if client is not None:
        guess.takes(column, client, _("the column of {system}", system=dialect.name if dialect else ""))
    else:
        client = called(file, "customer_id", ("text", "number")) or called(file, "respondent_id", ("text", "number"))
        if client is not None and client.filled < 0.9:
            client = None
        guess.takes(
            column, client if client is not None else ROW, _("by its name") if client else _("no column names a person")
        )
    counted = client is None or (client.kind == "number" and client.values is not None and client.values.min() < 1000)
    if several and counted:
        stem = key_of(re.split(r"[ ._]", guess.file.name)[0] or guess.file.name, ())
        guess.mapping["prefix"] = {column: f"{stem}-"}
        guess.note(("prefix",), _("each survey counts from 1: the text in front keeps their people apart"))


def _day(guess: Guess) -> None:
    """When it was answered: by the system's column, by name, any day there is, else a day that must be asked for."""
    file, dialect = guess.file, guess.file.dialect
    names = dialect.tables.get("responses", {}).get("columns", {}).get("on", ()) if dialect else ()
    dates = [column for column in file.columns if column.kind == "date"]
    client = (
        matching(file, names)
        or called(file, "on", ("date",))
        or called(file, "at", ("date",))
        or next(iter(dates), None)
    )
    if client is not None:
        guess.takes(
            "on", client, _("the column of {system}", system=dialect.name) if dialect else _("the day it holds")
        )
        dated(guess, "on", client)
        return
    year = re.search(r"(?<!\d)(20\d\d)(?:[-_ ]?(0[1-9]|1[0-2]))?(?!\d)", file.name)
    day = f"{year[1]}-{year[2] or '06'}-15" if year else UNKNOWN
    guess.mapping["constant"] = {"on": day}
    what = _("no column holds the day of the answer; when was it asked?")
    guess.doubts.append(Doubt(("constant", "on"), what, (), day if year else ""))


def _responses(who: Guess, ratings: list[tuple[Column, str, Rating]]) -> Guess:
    """Every rating as a row: a wide mapping, with codes for words and for no answer."""
    guess = _like(who, "responses")
    weight = called(guess.file, "weight", ("number",))
    if weight is not None and (weight.values is not None and weight.values.min() >= 0):
        guess.takes("weight", weight, _("by its name"))
    columns, codes, asked = {}, dict[str, str](), Counter[str]()
    scales = {
        question: _usual_scale(ratings, question) for question in {question or "csat" for _c, question, _r in ratings}
    }
    for column, question, rating in ratings:
        if question == "overall" and asked[question] and _WHOLE.fullmatch(plain(item_of(column))):
            guess.note(
                ("wide",), _("'{name}' is left out: another question asks for the whole", name=shown(column.name))
            )
            continue
        stands_for = _stands_for(guess, column, question or "csat", asked)
        if rating.scale != scales.get(question or "csat", rating.scale) and stands_for["question"] != "nps":
            guess.note(
                ("wide",),
                _(
                    "'{name}' is left out: its scale is {low} to {high}",
                    name=shown(column.name),
                    low=rating.low,
                    high=rating.high,
                ),
            )
            continue
        columns[column.name] = stands_for
        guess.scales[stands_for["question"]] = rating.scale
        guess.why[column.name] = _(
            "responses.score, {question}, {low} to {high}",
            question=" ".join(stands_for.values()),
            low=rating.low,
            high=rating.high,
        )
        codes |= rating.codes
    guess.mapping["wide"] = {"columns": columns}
    codes |= dict.fromkeys(guess.file.dialect.not_shown if guess.file.dialect else (), "blank")
    if codes:
        guess.mapping["codes"] = {"score": codes}
    _no_answers(guess, [rating for column, _q, rating in ratings if column.name in columns])
    return guess


def _stands_for(guess: Guess, column: Column, question: str, asked: Counter[str]) -> dict[str, str]:
    """Question and touchpoint of a column; a second overall question is a rating of what it names."""
    if question in ("nps", "overall", "ces") and not asked[question]:
        asked[question] += 1
        return {"question": question}
    question = "csat" if question in ("overall", "nps") else question
    label = item_of(column)
    if asked[f"{question} {label}"]:  # another question of the same thing: never one score with the first
        label = f"{label} ({shown(column.name, 20)})"
    asked[f"{question} {label}"] += 1
    known = next((key for key, given in guess.touchpoints.items() if given == label), "")
    key = known or key_of(label, guess.touchpoints)
    guess.touchpoints[key] = label
    return {"question": question, "touchpoint": key}


def item_of(column: Column) -> str:
    """What a column is about: the item of a matrix, the question, or its name without its number."""
    text = column.label or column.name
    found = _ITEM.search(text)
    item = (found["a"] or found["b"]) if found else text
    short = _CODED.sub("", item).strip(" ._-") or item
    return shown(short.capitalize() if short.isupper() else short, 60)


def _usual_scale(ratings: list[tuple[Column, str, Rating]], question: str) -> tuple[int, int]:
    counts = Counter(rating.scale for _column, asked, rating in ratings if (asked or "csat") == question)
    return max((scale for scale, n in counts.items() if n == max(counts.values())), key=lambda scale: scale[1])


def _no_answers(guess: Guess, ratings: list[Rating]) -> None:
    """Values outside the scale, as one question for the whole file: are they no answer?"""
    counts = Counter[str]()
    for rating in ratings:
        for text in (*rating.unsure, *rating.unread):
            counts[text] += rating.column.counts[text]
    if not counts:
        return
    codes = guess.mapping.setdefault("codes", {}).setdefault("score", {})
    for text in counts:
        codes.setdefault(text, "blank")
    listed = ", ".join(f"'{shown(text)}' ({n} ×)" for text, n in counts.most_common(6))
    what = _("outside the scale: {values}. Are they no answer?", values=listed)
    guess.doubts.append(Doubt(("codes", "score"), what, ("blank",), "blank"))


def _comments(who: Guess, column: Column, ratings: list[tuple[Column, str, Rating]]) -> Guess:
    """A column of comments."""
    guess = _like(who, "verbatims")
    guess.takes("text", column, _("sentences in people's own words"))
    if len(ratings) == 1:
        rated, question, _rating = ratings[0]
        guess.takes("score", rated, _("the one rating beside it"))
        guess.mapping.setdefault("constant", {})["score_question"] = question or "csat"
    about = called(guess.file, "touchpoint", ("text",), guess.columns.values())
    if about is not None and 2 <= len(about.counts) <= 20:
        guess.takes("touchpoint", about, _("by its name, {n} different", n=len(about.counts)))
        guess.mapping.setdefault("codes", {})["touchpoint"] = keys_of(about.counts, guess.touchpoints)
    return guess


def _like(who: Guess, table: str) -> Guess:
    """A guess for another table of the same people and days."""
    mapping = {key: dict(value) if isinstance(value, dict) else value for key, value in who.mapping.items()}
    why = {name: reason.replace(f"{who.table}.", f"{table}.") for name, reason in who.why.items()}
    first = table == "responses"
    guess = Guess(table, who.file, mapping, why, dict(who.notes) if first else {}, list(who.doubts) if first else [])
    _where(guess)
    return guess


def _where(guess: Guess) -> None:
    """Only finished answers of real people, where the system says which."""
    dialect = guess.file.dialect
    rules = dialect.tables.get("responses", {}).get("where", {}) if dialect else {}
    for name, rule in rules.items():
        column = matching(guess.file, [name])
        if column is not None:
            guess.mapping.setdefault("where", {})[column.name] = rule


def _attributes(
    file: File, ratings: list[tuple[Column, str, Rating]], comments: list[Column], who: Guess
) -> list[Column]:
    """What tells groups of people apart: columns of 2 to 12 different values that are asked of nearly everybody."""
    used = (
        {column.name for column, _q, _r in ratings} | {column.name for column in comments} | set(who.columns.values())
    )
    fit = [
        column
        for column in _candidates(file)
        if column.name not in used
        and not column.is_personal
        and 2 <= len(column.counts) <= 12
        and column.filled >= 0.6
        and not {"promoter", "detractor"} & {text.casefold() for text in column.counts}
    ]
    return sorted(fit, key=lambda column: (column.kind != "text", file.columns.index(column)))[:_MOST_ATTRIBUTES]


def _people(who: Guess, attributes: list[Column]) -> list[Guess]:
    """Those who answered as customers, told apart by what they said of themselves."""
    if not attributes:
        return []
    guess = Guess("customers", who.file)
    renamed = {"respondent_id": "customer_id", "on": "since_on"}
    for given, name in who.columns.items():
        guess.takes(renamed[given], name, _("who answered") if given == "respondent_id" else _("first answer"))
    if "prefix" in who.mapping:
        guess.mapping["prefix"] = {"customer_id": who.mapping["prefix"]["respondent_id"]}
    if "on" in who.mapping.get("dates", {}):
        guess.mapping["dates"] = {"since_on": who.mapping["dates"]["on"]}
    guess.mapping["many"] = "first"
    _where(guess)
    taken = dict[str, str]()
    for column in attributes:
        role = next(
            (
                role
                for role in ("region", "age_band", "lang")
                if role not in guess.columns and called(who.file, role, ("text", "number")) is column
            ),
            "",
        )
        if role:
            guess.takes(role, column, _("by its name"))
        else:
            taken[key_of(item_of(column), taken)] = column.name
            guess.why[column.name] = _("customers, an attribute: {n} groups", n=len(column.counts))
    if taken:
        guess.mapping["attributes"] = taken
    return [guess]
