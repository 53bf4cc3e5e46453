"""Questions about values: what was seen in one column, and what would settle it."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from cxlib.engagement.sources.numbers import ReadNumbers
from cxlib.engagement.tables import Column
from cxlib.engagement.tables.question import Question
from cxlib.engagement.tables.report import examples_of
from cxlib.language import _, number

_LAST_ODD_DAY = pd.Timestamp("1920-01-01")


def _seen(values: object) -> str:
    return ", ".join(examples_of(values))  # type: ignore[arg-type]


def about_numbers(read: ReadNumbers, texts: pd.Series[str], column: Column, currency: str) -> list[Question]:
    """What a column of numbers leaves open: thousands or decimals, units, currencies, percent."""
    found = []
    if read.either:
        mark, _other = (".", ",") if "." in read.either[0] else (",", ".")
        n = int(texts.isin(read.either).sum())
        what = _("{n} values have three digits behind their only '{mark}', thousands or decimals: {seen}")
        choices = (f'thousands: "{mark}"', f'decimal: "{mark}"')
        likely = choices[0] if column.unit == "money" else ""
        what = what.format(n=number(n), mark=mark, seen=_seen(read.either))
        found.append(Question("thousands", "", what, choices, likely, n=n))
    if read.scaled:
        n = int(texts.isin(read.scaled).sum())
        what = _("{n} values bear a unit: {seen}", n=number(n), seen=_seen(read.scaled))
        choices = ("confirmed: [amounts_in_words]", f"codes: {{{column.name}: {{'{read.scaled[0]}': ''}}}}")
        found.append(Question("amounts_in_words", "", what, choices, choices[0], n=n))
    if read.foreign:
        n, named = int(texts.isin(list(read.foreign)).sum()), ", ".join(sorted(set(read.foreign.values())))
        what = _("{n} amounts are in {named}, not in {currency}: {seen}")
        what = what.format(n=number(n), named=named, currency=currency, seen=_seen(read.foreign))
        kept = (_("`where` keeps only rows in {currency}; or convert them", currency=currency),)
        all_in_one = len(set(read.foreign.values())) == 1 and n == int((texts != "").sum())
        likely = f"currency: {named}" if all_in_one else kept[0]
        found.append(
            Question(
                "currencies", "", what, tuple(dict.fromkeys([likely, *kept, "confirmed: [currencies]"])), likely, n=n
            )
        )
    return found + _about_percent(read, texts, column)


def _about_percent(read: ReadNumbers, texts: pd.Series[str], column: Column) -> list[Question]:
    """Percent signs beside bare figures, or a share written 8 for 0.08."""
    filled = texts[(texts != "") & read.values.notna()]
    signed = filled.isin(read.percent)
    if 0 < int(signed.sum()) < len(filled):
        what = _("{n} of {all} values bear a percent sign, the others none: {seen}")
        seen = _seen([filled[signed].iloc[0], filled[~signed].iloc[0]])
        what = what.format(n=number(int(signed.sum())), all=number(len(filled)), seen=seen)
        choices = (_("write all of them in one way"), "confirmed: [percent]")
        return [Question("percent", "", what, choices, choices[0], n=int(signed.sum()))]
    bare = read.values[filled.index][~signed] if len(filled) else read.values
    if column.unit == "share" and len(bare) and bool((bare.abs() > 1).any()):
        what = _("{n} shares are above 1, as percent are written: {seen}")
        what = what.format(n=number(int((bare.abs() > 1).sum())), seen=_seen(filled[~signed][bare.abs() > 1]))
        choices = (
            f"made: {{{column.name}: {{product: [{column.name}, 0.01]}}}}",
            _("write 0.08 for 8 %"),
        )
        return [Question("percent", "", what, choices, choices[0], n=int((bare.abs() > 1).sum()))]
    return []


def words_left(question: str, left: set[str], n: int, *, ends: bool) -> Question:
    """Answers in words that no known scale explains; where they are its ends, nothing between them is read."""
    seen = _seen(sorted(left))
    codes = "codes: {{score: {{{}}}}}".format(", ".join(f"'{text}': '…'" for text in sorted(left)[:5]))
    if ends:
        what = _(
            "{question}: {n} answers at the ends of the scale are words, {seen}; the rest is not read without them"
        )
        return Question("scale_ends", "", what.format(question=question, n=number(n), seen=seen), (codes,), codes, n=n)
    what = _("{question}: {n} answers are words, {seen}, not points of its scale")
    choices = (codes, f"scales: {{{question}: [1, 5]}}")
    return Question("answers_in_words", "", what.format(question=question, n=number(n), seen=seen), choices, codes, n=n)


def time_zones(offsets: Counter[float]) -> Question:
    """Times of several zones in one column, each as its own clock told it."""
    told = ", ".join(f"{number(n)} × UTC{hours:+g}" for hours, n in sorted(offsets.items()))
    what = _("times of several zones: {told}", told=told)
    choices = (_("zone: the client's, e.g. Europe/Madrid, at the top of the brief"), "confirmed: [time_zones]")
    return Question("time_zones", "", what, choices, choices[0], n=sum(offsets.values()))


def day_or_month(texts: pd.Series[str]) -> Question:
    """Days that can be read two ways."""
    what = _("{n} days can be read two ways: {seen}", n=number(len(texts)), seen=_seen(texts))
    return Question("day_or_month", "", what, ("dates: dayfirst", "dates: monthfirst"), n=len(texts))


def counted_days(texts: pd.Series[str], column: str) -> Question | None:
    """Figures where days are meant: a time since 1970, or a spreadsheet's count of days."""
    if not texts.str.fullmatch(r"[0-9]{4,19}(?:\.[0-9]+)?").all():
        return None
    form = "unix" if bool((texts.str.partition(".")[0].str.len() >= 9).all()) else "excel"
    what = _("{n} days are figures: {seen}", n=number(len(texts)), seen=_seen(texts))
    likely = f"dates: {{{column}: {form}}}"
    return Question("day_or_month", "", what, (likely, f'dates: {{{column}: "%d%m%Y"}}'), likely, n=len(texts))


def dates_of_1900(days: pd.Series[pd.Timestamp], texts: pd.Series[str], column: str) -> Question | None:
    """Days in the first years of a spreadsheet's calendar: a count of days or months that was taken for a date."""
    odd = days.notna() & (days < _LAST_ODD_DAY)
    if not odd.any():
        return None
    what = _("{n} days lie before 1920: {seen}", n=number(int(odd.sum())), seen=_seen(texts[odd]))
    choices = (
        f"made: {{{column}: {{date: as_of, minus_months: …}}}}",
        f"made: {{{column}: {{date: as_of, minus_days: …}}}}",
        "confirmed: [dates_of_1900]",
    )
    return Question("dates_of_1900", "", what, choices, choices[0], n=int(odd.sum()))
