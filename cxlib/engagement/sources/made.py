"""Columns that a file does not hold as such: dates of parts, sums, bands, keys of several columns (`made:` in the brief)."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd

from cxlib.engagement.brief import Made, Source
from cxlib.engagement.brief.source import Term, is_fixed_day
from cxlib.engagement.sources.cells import cell_text
from cxlib.engagement.sources.days import month_number, parse_dates
from cxlib.engagement.sources.numbers import parse_numbers
from cxlib.engagement.tables.report import TableReport
from cxlib.language import _

_MONTH_DAYS = 365.25 / 12


def made_column(
    column: str, made: Made, frame: pd.DataFrame, source: Source, as_of: str, report: TableReport
) -> pd.Series[str]:
    """The column as text, in plain figures and ISO dates; where a part cannot be read its own text stands, to be refused."""
    if made.way in ("year", "date"):
        return _day(column, made, frame, source, as_of)
    if made.way == "parts":
        return _parts(frame, made)
    if made.way == "bands":
        return _bands(made, frame, source, report)
    return calculated(getattr(made, made.way), made.way, frame, source, report)


def calculated(
    terms: tuple[Term, ...], way: str, frame: pd.DataFrame, source: Source, report: TableReport
) -> pd.Series[str]:
    """Columns and numbers added, multiplied or subtracted, as text; what is no number stands with its own text."""
    texts = pd.Series("", index=frame.index, dtype="str")
    total = pd.Series(1.0 if way == "product" else 0.0, index=frame.index)
    for place, term in enumerate(terms):
        values, own = _number(term, frame, source, report)
        wrong = values.isna() & (own != "")
        texts = texts.mask(wrong & (texts == ""), own)
        sign = -1 if way == "difference" and place else 1
        total = total * values if way == "product" else total + sign * values
    known = total.round(6)
    told = pd.Series([cell_text(value) for value in known], index=frame.index, dtype="str")
    return told.where(known.notna(), texts)


def _number(
    term: Term, frame: pd.DataFrame, source: Source, report: TableReport
) -> tuple[pd.Series[float], pd.Series[str]]:
    """A term's values and its own texts."""
    if not isinstance(term, str):
        return pd.Series(float(term), index=frame.index), pd.Series("", index=frame.index, dtype="str")
    own = frame[term].str.strip()
    read = parse_numbers(own, decimal=source.decimal, thousands=source.thousands)
    report.repaired_all(read.repairs)
    return read.values, own


def _parts(frame: pd.DataFrame, made: Made) -> pd.Series[str]:
    """Texts put together; blank where one of them is blank, as half a key would join to strangers."""
    columns = [frame[name].str.strip() for name in made.parts]
    whole = columns[0]
    for column in columns[1:]:
        whole = whole.str.cat(column, sep=made.between)
    filled = pd.concat([column != "" for column in columns], axis=1).all(axis=1)
    return whole.where(filled, "").astype("str")


def _bands(made: Made, frame: pd.DataFrame, source: Source, report: TableReport) -> pd.Series[str]:
    """The band of each number; a band holds its lower limit."""
    values, own = _number(str(made.of), frame, source, report)
    names = made.names or _band_names(made.bands, whole=bool((values.dropna() % 1 == 0).all()))
    place = np.searchsorted(np.asarray(made.bands), values.to_numpy(), side="right").clip(0, len(names) - 1)
    told = pd.Series(np.asarray(names, dtype=object)[place], index=frame.index, dtype="str")
    unread = values.isna() & (own != "")
    report.refuse(unread, own.rename(str(made.of)), _("not a number"), where=source.name, refused=False)
    return told.where(values.notna(), "")


def _band_names(limits: tuple[float, ...], *, whole: bool) -> tuple[str, ...]:
    """What bands are called: under 18, 18–29, 30 and over."""
    less = 1 if whole else 0
    inner = [f"{low:g}–{high - less:g}" for low, high in itertools.pairwise(limits)]
    return (_("under {limit}", limit=f"{limits[0]:g}"), *inner, _("{limit} and over", limit=f"{limits[-1]:g}"))


def _day(column: str, made: Made, frame: pd.DataFrame, source: Source, as_of: str) -> pd.Series[str]:
    """A date of parts, or one moved by days or months, as ISO text."""
    start = _from_parts(made, frame) if made.year else _start(column, made, frame, source, as_of)
    own = frame[str(made.year or made.date)].str.strip() if (made.year or made.date) in frame else _same("", frame)
    if made.time:
        clock = parse_dates("2000-01-01 " + frame[made.time].str.strip()).days
        start = start.dt.normalize() + (clock - pd.Timestamp("2000-01-01")).fillna(pd.Timedelta(0))
    for sign, days, months in ((1, made.plus_days, made.plus_months), (-1, made.minus_days, made.minus_months)):
        if days is not None:
            start = start + pd.to_timedelta(sign * _amount(days, frame, source), unit="D")
        if months is not None:
            start = _months_later(start, sign * _amount(months, frame, source))
    text = start.astype("datetime64[us]").dt.strftime("%Y-%m-%d %H:%M:%S").str.removesuffix(" 00:00:00")
    return text.where(start.notna(), own).fillna("").astype("str")


def _same(value: str, frame: pd.DataFrame) -> pd.Series[str]:
    return pd.Series(value, index=frame.index, dtype="str")


def _from_parts(made: Made, frame: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """The day of year, month (number or name) and day; the first of the month where no day is given."""

    def part(given: int | str | None) -> pd.Series[str]:
        return frame[given].str.strip() if isinstance(given, str) else _same(str(given or 1), frame)

    units = {
        "year": pd.to_numeric(part(made.year), errors="coerce"),
        "month": part(made.month).map(month_number).astype("float64"),
        "day": pd.to_numeric(part(made.day), errors="coerce"),
    }
    return pd.to_datetime(pd.DataFrame(units), errors="coerce").astype("datetime64[us]")


def _start(column: str, made: Made, frame: pd.DataFrame, source: Source, as_of: str) -> pd.Series[pd.Timestamp]:
    """The day that is moved: a column of the file, or one day for all."""
    if made.date and is_fixed_day(made.date):
        day = as_of if made.date == "as_of" else made.date
        return pd.Series(pd.Timestamp(day), index=frame.index, dtype="datetime64[us]")
    form = source.dates.get(column) if isinstance(source.dates, dict) else source.dates
    return parse_dates(frame[str(made.date)].str.strip(), form).days


def _amount(term: Term, frame: pd.DataFrame, source: Source) -> pd.Series[float]:
    return _number(term, frame, source, TableReport(""))[0]


def _months_later(start: pd.Series[pd.Timestamp], months: pd.Series[float]) -> pd.Series[pd.Timestamp]:
    """Days moved by months; the last of a month stays within it, and part of a month counts as its share in days."""
    moved = start.copy()
    for months_moved, rows in months.groupby(months):
        whole = math.trunc(float(months_moved))
        rest = round((float(months_moved) - whole) * _MONTH_DAYS)
        moved[rows.index] = start[rows.index] + pd.DateOffset(months=whole) + pd.Timedelta(days=rest)
    return moved.where(months.notna())
