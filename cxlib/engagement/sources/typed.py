"""Rows of text → rows of the contract: types, closed values, ranges. What fails is refused or left blank, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from cxlib.engagement.brief import Brief, Source
from cxlib.engagement.sources import doubts
from cxlib.engagement.sources.answers import points_of
from cxlib.engagement.sources.days import parse_dates
from cxlib.engagement.sources.mapping import attribute_names
from cxlib.engagement.sources.numbers import BLANK_WORDS, parse_numbers
from cxlib.engagement.sources.place import Place
from cxlib.engagement.tables import Column, Contract
from cxlib.engagement.tables.question import Question
from cxlib.engagement.tables.report import TableReport
from cxlib.language import _

_TEXT_BLANKS = frozenset({"null", "nan", "#n/a", "n/a"})  # "-" or "na" may be an answer in a column of text
_EPOCH = pd.Timestamp("1900-01-01")
_EDGES = " \t\r\n\f\v\u00a0\u2007\u2009\u202f\u200b\ufeff"
_MEASURES = {"responses": "score", "verbatims": "text", "pulse": "score"}  # without it a row says nothing
Typed = tuple[pd.Series, "pd.Series[bool]"]  # a column in its type, and the rows where its text was wrong


@dataclass(frozen=True)
class Rules:
    """What the contract leaves to the engagement: known keys, scales, and how this source writes dates and numbers."""

    brief: Brief
    source: Source
    contract: Contract
    report: TableReport
    place: Place
    held: list[pd.Series[bool]] = field(default_factory=list)  # rows that wait for the answer to a question

    def refuse(self, wrong: pd.Series[bool], texts: pd.Series[str], what: str, refused: bool) -> None:
        """Note the rows that are wrong, each refused as a whole or only its value left blank."""
        self.report.refuse(wrong, texts, what, where=self.source.name, refused=refused)

    def ask(self, question: Question, column: str) -> None:
        """Note a question about a column, at the source's place in the brief."""
        placed = replace(question, place=self.place.where(), table=self.contract.name, column=column)
        self.report.ask(placed, confirmed=self.source.confirmed)

    @property
    def decimal(self) -> str | None:
        """The decimal mark: as declared; in files that hold numbers as numbers, a point."""
        typed = self.source.file is None or not re.search(
            r"\.(?:csv|txt|tsv)(?:\.gz|\.zip)?$", self.source.file.lower()
        )
        return self.source.decimal or ("." if typed and self.source.thousands is None else None)

    def date_form(self, column: str) -> str | None:
        """How dates of a column are written, if the brief says so."""
        dates = self.source.dates
        return dates.get(column) if isinstance(dates, dict) else dates

    def allowed(self, column: Column) -> tuple[str, ...]:
        """The closed values of a column; empty when anything goes."""
        brief = self.brief
        known: dict[str, Iterable[str]] = {
            "touchpoint": brief.touchpoints,
            "channel": brief.channels,
            "step": brief.step_keys,
        }
        return tuple(known.get(column.names, column.allowed))


def typed_rows(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The rows with every contract column in its type. Rows that lack or fail a required column are taken out and counted."""
    answered = _in_points(_answered(rows, rules), rules)
    blank = pd.Series("", index=answered.index, dtype="str")
    typed, bad = pd.DataFrame(index=answered.index), np.zeros(len(answered), dtype=bool)
    for name in dict.fromkeys([*rules.contract.column_names, *attribute_names(rules.source, rules.contract)]):
        given = answered.get(name, blank)
        typed[name], failed = _column(given.rename(name), rules.contract.column(name), rules)
        bad |= failed.to_numpy()
    bad |= _outside_scale(typed, answered, rules).to_numpy()
    rules.report.n_refused += int(bad.sum())
    if rules.contract.time and bad.any():
        _note_lean(typed[rules.contract.time], bad, rules.report)
    held = np.any([one.to_numpy() for one in rules.held], axis=0) if rules.held else np.zeros_like(bad)
    rules.report.n_held += int((held & bad).sum())
    return typed[~bad]


def _note_lean(times: pd.Series[pd.Timestamp], bad: np.ndarray[Any, Any], report: TableReport) -> None:
    """Count the refused rows that have a day in the newer and in the older half of all rows."""
    bad = bad & times.notna().to_numpy()
    order = times.rank(method="average").to_numpy()
    newer = order > (np.nanmedian(order) if bad.any() else np.inf)
    report.lost["newer"] += int((bad & newer).sum())
    report.lost["older"] += int((bad & ~newer).sum())


def _answered(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Rows whose measure is filled: a question without an answer, a rating without a comment make no row."""
    wide = rules.source.wide
    measure = wide.value if wide else _MEASURES.get(rules.contract.name, "")
    if measure not in rows:
        return rows
    given = rows[measure].fillna("").str.strip(_EDGES)
    empty = (given == "") | (
        given.str.lower().isin(BLANK_WORDS) if rules.contract.column(measure).kind == "number" else False
    )
    rules.report.n_unanswered += int(empty.sum())
    return rows[~empty]


def _column(texts: pd.Series[str], column: Column, rules: Rules) -> Typed:
    """One column in its type, and the rows it makes impossible."""
    filled = texts.fillna("").astype("str")
    clean = filled.str.strip(_EDGES)
    rules.report.repaired("blanks_around", int(((filled != clean) & (clean != "")).sum()))
    if column.names or column.allowed or column.kind != "text" or column.name != "text":
        nothing = clean.str.lower().isin(_TEXT_BLANKS if column.kind == "text" else BLANK_WORDS)
        rules.report.repaired("blank_word", int(nothing.sum()))
        clean = clean.where(~nothing, "")
    read = {"number": _numbers, "date": _days, "time": _days, "text": _closed}[column.kind]
    values, wrong = read(clean, column, rules)
    if not column.required:
        return values, _none(texts)
    missing = clean == ""
    rules.refuse(missing, texts, _("blank where a value is needed"), refused=True)
    return values, wrong | missing


def _none(texts: pd.Series | pd.DataFrame) -> pd.Series[bool]:
    return pd.Series(False, index=texts.index)


def _in_points(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Answers with words, or in words, as points of the scale of their question; what is left is asked about.

    Where only the ends of a scale cannot be read, the answers between them are not read either: their mean would be
    another question's.
    """
    if rules.contract.name != "responses" or not {"score", "question"} <= set(rows.columns):
        return rows
    scores = rows["score"].str.strip(_EDGES)
    for question in rows["question"].unique():
        own, (low, high) = rows["question"] == question, rules.brief.scale(str(question).strip().casefold())
        told, n_told, left = points_of(scores[own], low, high)
        rules.report.repaired("answer_words", n_told)
        scores = (
            scores.where(~own, told.reindex(scores.index).fillna(""))
            if rows.index.is_unique
            else _put(scores, own, told)
        )
        if not left:
            continue
        read = pd.to_numeric(told, errors="coerce").dropna()
        ends = bool(len(read)) and (read.min() > low or read.max() < high) and len(left) <= 2
        rules.ask(doubts.words_left(str(question), left, int(told.isin(left).sum()), ends=ends), "score")
        if ends:
            scores = _put(scores, own, "≈" + told)
    return rows.assign(score=scores)


def _put(whole: pd.Series[str], where: pd.Series[bool], part: pd.Series[str]) -> pd.Series[str]:
    """The column with the part in its place; rows may share a number."""
    cells = whole.to_numpy(dtype=object).copy()
    cells[where.to_numpy()] = part.to_numpy(dtype=object)
    return pd.Series(cells, index=whole.index, name=whole.name, dtype="str")


def _numbers(texts: pd.Series[str], column: Column, rules: Rules) -> Typed:
    source, made = rules.source, rules.source.made.get(column.name)
    ours = column.name in source.product or (made is not None and made.is_number)  # in plain figures
    marks = {"decimal": "."} if ours else {"decimal": rules.decimal, "thousands": source.thousands}
    money = column.unit == "money" and "currencies" not in source.confirmed
    units = "amounts_in_words" in source.confirmed
    read = parse_numbers(texts, **marks, currency=rules.brief.currency if money else "", units=units)
    rules.report.repaired_all(read.repairs)
    for question in doubts.about_numbers(read, texts, column, rules.brief.currency):
        rules.ask(question, column.name)
    asked = texts.isin([*read.either, *read.scaled, *read.foreign])
    wrong = read.values.isna() & (texts != "")
    endless = (
        wrong & ~asked & texts.str.fullmatch(r"[+-]?(?:inf(?:inity)?|[0-9.,]*[0-9](?:[eE]\+?[0-9]+)?)", case=False)
    )
    rules.refuse(endless, texts, _("larger than a number is held exactly (2⁵³)"), column.required)
    rules.refuse(wrong & ~asked & ~endless, texts, _("not a number"), column.required)
    rules.refuse(asked, texts, _("can be read two ways, see the question"), column.required)
    rules.held.append(asked)
    values = read.values.where(~texts.isin(read.percent), read.values / 100) if column.unit == "share" else read.values
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    outside = (values < low) | (values > high)
    rules.refuse(outside, texts, _("outside {range}", range=column.range), column.required)
    return values.where(~outside), wrong | outside


def _days(texts: pd.Series[str], column: Column, rules: Rules) -> Typed:
    form, zone = rules.date_form(column.name), rules.brief.zone
    read = parse_dates(texts, form, zone=zone, own=rules.source.zone)
    days = read.days
    rules.report.repaired_all(read.repairs)
    what = _("not a date")
    if rules.brief.zone is None and len(read.offsets) and max(read.offsets) - min(read.offsets) > 1:
        rules.ask(doubts.time_zones(read.offsets), column.name)
    unread = texts[days.isna() & (texts != "")]
    if form is None and len(unread) and (question := doubts.counted_days(unread, column.name)):
        rules.ask(question, column.name)
        rules.held.append(days.isna() & (texts != ""))
    if read.ambiguous:
        rules.ask(doubts.day_or_month(texts[days.isna() & (texts != "")]), column.name)
        rules.held.append(days.isna() & (texts != ""))
        what = _("not a date, or one that can be read two ways: write `dates: dayfirst` or `dates: monthfirst`")
    wrong = days.isna() & (texts != "")
    rules.refuse(wrong, texts, what, column.required)
    if question := doubts.dates_of_1900(days, texts, column.name):
        rules.ask(question, column.name)
    undated = days < _EPOCH
    what = _("a time without its day (1899 is how spreadsheets keep one)")
    rules.refuse(undated, texts, what, column.required)
    days = days.where(~undated)
    return (days.dt.normalize() if column.kind == "date" else days).astype("datetime64[us]"), wrong | undated


def _closed(texts: pd.Series[str], column: Column, rules: Rules) -> Typed:
    """A text as it is, or one of the closed values, in whatever letter case it was written."""
    allowed = rules.allowed(column)
    if not allowed:
        return texts, _none(texts)
    folded = {value.casefold(): value for value in allowed}
    values = texts.where(texts.isin(allowed), texts.str.casefold().map(folded).fillna(""))
    wrong = (values == "") & (texts != "")
    rules.report.repaired("letter_case", int(((values != texts) & ~wrong).sum()))
    rules.refuse(wrong, texts, _("not among {values}", values=", ".join(allowed)), column.required)
    return values.astype("str"), wrong


def _outside_scale(typed: pd.DataFrame, texts: pd.DataFrame, rules: Rules) -> pd.Series[bool]:
    """Scores outside the scale of their question; a rating that only goes with a comment is left blank instead."""
    outside = _none(typed)
    asked = {"responses": "question", "verbatims": "score_question"}.get(rules.contract.name)
    if asked is None:
        return outside
    refused = asked == "question"
    for question in filter(None, typed[asked].unique()):
        low, high = rules.brief.scale(question)
        beyond = (typed[asked] == question) & ((typed["score"] < low) | (typed["score"] > high))
        what = _("outside the scale of {question}, {low:g}–{high:g}", question=question, low=low, high=high)
        rules.refuse(beyond, texts.get("score", typed["score"]), what, refused)
        outside |= beyond
    if refused:
        return outside
    typed.loc[outside.to_numpy(), "score"] = float("nan")
    return _none(typed)
