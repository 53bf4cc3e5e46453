"""Rows of text → rows of the contract: types, closed values, ranges. What fails is refused or left blank, never guessed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cxlib.engagement.brief import Brief, Source
from cxlib.engagement.sources.days import parse_dates
from cxlib.engagement.sources.mapping import source_name
from cxlib.engagement.sources.numbers import BLANK_WORDS, parse_numbers
from cxlib.engagement.tables import Column, Contract
from cxlib.engagement.tables.report import TableReport
from cxlib.language import _

_TEXT_BLANKS = frozenset({"null", "nan", "#n/a", "n/a"})  # "-" or "na" may be an answer in a column of text
_EPOCH = pd.Timestamp("1900-01-01")
_EDGES = " \t\r\n\f\v\u00a0\u2007\u2009\u202f\u200b\ufeff"


@dataclass(frozen=True)
class Rules:
    """What the contract leaves to the engagement: known keys, scales, and how this source writes dates and numbers."""

    brief: Brief
    source: Source
    contract: Contract
    report: TableReport

    @property
    def file(self) -> str:
        """The file as messages call it."""
        return source_name(self.source)

    def date_form(self, column: str) -> str | None:
        """How dates of a column are written, if the brief says so."""
        dates = self.source.dates
        return dates.get(column) if isinstance(dates, dict) else dates

    def allowed(self, column: Column) -> tuple[str, ...]:
        """The closed values of a column; empty when anything goes."""
        known = {
            "touchpoint": tuple(self.brief.touchpoints),
            "channel": tuple(self.brief.channels),
            "step": tuple(self.brief.step_keys),
        }
        return known.get(column.names, column.allowed)


def typed_rows(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """The rows with every contract column in its type. Rows that lack or fail a required column are taken out and counted."""
    answered = _answered(rows, rules)
    typed = pd.DataFrame(index=answered.index)
    bad = pd.Series(False, index=range(len(answered)))
    names = [*rules.contract.column_names, *(name for name in rules.source.attributes)]
    for name in dict.fromkeys(names):
        column = rules.contract.column(name)
        given = answered[name] if name in answered else pd.Series("", index=answered.index, dtype="str", name=name)
        values, failed = _column(given.rename(name), column, rules)
        typed[name] = values
        bad |= failed.to_numpy()
    bad |= _outside_scale(typed, answered, rules).to_numpy()
    rules.report.n_refused += int(bad.sum())
    return typed[~bad.to_numpy()]


def clean_text(texts: pd.Series[str], report: TableReport) -> pd.Series[str]:
    """Texts without blanks around them; missing ones are empty texts."""
    filled = texts.fillna("").astype("str")
    stripped = filled.str.strip(_EDGES)
    report.repaired("blanks_around", int(((filled != stripped) & (stripped != "")).sum()))
    return stripped


def _answered(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Rows whose measure is filled: a question without an answer, a rating without a comment make no row."""
    measure = _measure(rules)
    if measure not in rows:
        return rows
    empty = rows[measure].fillna("").str.strip(_EDGES) == ""
    rules.report.n_unanswered += int(empty.sum())
    return rows[~empty]


def _measure(rules: Rules) -> str:
    if rules.source.wide is not None:
        return rules.source.wide.value
    return {"responses": "score", "verbatims": "text", "pulse": "score"}.get(rules.contract.name, "")


def _column(texts: pd.Series[str], column: Column, rules: Rules) -> tuple[pd.Series, pd.Series[bool]]:
    """One column in its type, and the rows it makes impossible."""
    clean = clean_text(texts, rules.report)
    words = BLANK_WORDS if column.kind != "text" else _TEXT_BLANKS
    if column.names or column.allowed or column.kind != "text" or column.name != "text":
        nothing = clean.str.lower().isin(words)
        rules.report.repaired("blank_word", int(nothing.sum()))
        clean = clean.where(~nothing, "")
    read = {"number": _numbers, "date": _days, "time": _days, "text": _closed}[column.kind]
    values, wrong = read(clean, column, rules)
    missing = clean == ""
    if column.required:
        rules.report.refuse(missing, texts, _("blank where a value is needed"), where=rules.file, refused=True)
        return values, wrong | missing
    return values, pd.Series(False, index=texts.index)


def _numbers(texts: pd.Series[str], column: Column, rules: Rules) -> tuple[pd.Series, pd.Series[bool]]:
    ours = column.name in rules.source.product  # written by us, in plain figures
    marks = {} if ours else {"decimal": rules.source.decimal, "thousands": rules.source.thousands}
    values, repairs = parse_numbers(texts, **marks)
    for kind, count in repairs.items():
        rules.report.repaired(kind, count)
    wrong = values.isna() & (texts != "")
    rules.report.refuse(wrong, texts, _("no number"), where=rules.file, refused=column.required)
    outside = pd.Series(False, index=texts.index)
    if column.low is not None:
        outside |= values < column.low
    if column.high is not None:
        outside |= values > column.high
    rules.report.refuse(
        outside, texts, _("outside {range}", range=_range(column)), where=rules.file, refused=column.required
    )
    return values.where(~outside), wrong | outside


def _range(column: Column) -> str:
    low, high = (f"{bound:g}" if bound is not None else "" for bound in (column.low, column.high))
    return f"{low}–{high}" if high else _("{low} and more", low=low)


def _days(texts: pd.Series[str], column: Column, rules: Rules) -> tuple[pd.Series, pd.Series[bool]]:
    days, repairs, ambiguous = parse_dates(texts, rules.date_form(column.name))
    for kind, count in repairs.items():
        rules.report.repaired(kind, count)
    wrong = days.isna() & (texts != "")
    what = _("no date, or one that can be read two ways: write `dates: dayfirst` or `dates: monthfirst`")
    rules.report.refuse(wrong, texts, what if ambiguous else _("no date"), where=rules.file, refused=column.required)
    undated = days < _EPOCH
    rules.report.refuse(
        undated,
        texts,
        _("a time without its day (1899 is how spreadsheets keep one)"),
        where=rules.file,
        refused=column.required,
    )
    days = days.where(~undated)
    return (days.dt.normalize() if column.kind == "date" else days).astype("datetime64[us]"), wrong | undated


def _closed(texts: pd.Series[str], column: Column, rules: Rules) -> tuple[pd.Series, pd.Series[bool]]:
    """A text as it is, or one of the closed values, in whatever letter case it was written."""
    allowed = rules.allowed(column)
    if not allowed:
        return texts, pd.Series(False, index=texts.index)
    folded = {value.casefold(): value for value in allowed}
    values = texts.where(texts.isin(allowed), texts.str.casefold().map(folded).fillna(""))
    wrong = (values == "") & (texts != "")
    rules.report.repaired("letter_case", int(((values != texts) & ~wrong).sum()))
    what = _("not among {values}", values=", ".join(allowed))
    rules.report.refuse(wrong, texts, what, where=rules.file, refused=column.required)
    return values.astype("str"), wrong


def _outside_scale(typed: pd.DataFrame, texts: pd.DataFrame, rules: Rules) -> pd.Series[bool]:
    """Scores outside the scale of their question; a rating that only goes with a comment is left blank instead."""
    asked = {"responses": "question", "verbatims": "score_question"}.get(rules.contract.name)
    if asked is None or not len(typed):
        return pd.Series(False, index=typed.index)
    questions = [question for question in typed[asked].unique() if question]
    outside = pd.Series(False, index=typed.index)
    for question in questions:
        low, high = rules.brief.scale(question)
        mask = (typed[asked] == question) & ((typed["score"] < low) | (typed["score"] > high))
        what = _("outside the scale of {question}, {low:g}–{high:g}", question=question, low=low, high=high)
        rules.report.refuse(
            mask,
            texts["score"] if "score" in texts else typed["score"].astype("str"),
            what,
            where=rules.file,
            refused=asked == "question",
        )
        outside |= mask
    if asked == "question":
        return outside
    typed.loc[outside.to_numpy(), "score"] = float("nan")
    return pd.Series(False, index=typed.index)
