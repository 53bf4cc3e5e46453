"""Dates and times as people and systems write them → timestamps. A date that can be read two ways is not read at all."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from babel.dates import get_month_names

_ISO = re.compile(r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?")
_TIME = (
    r"(?:[ T,]+(?:a las |at )?(?P<hour>[0-9]{1,2})[:.h](?P<minute>[0-9]{2})(?:[:.](?P<sec>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?:\s*h(?:rs?)?\.?)?\s*(?P<half>[aApP]\.?\s?[mM]\.?)?)?"
)
_YEAR_FIRST = rf"^(?P<year>[0-9]{{4}})[-/. ](?P<second>[0-9]{{1,2}})[-/. ](?P<first>[0-9]{{1,2}}){_TIME}$"
_COMPACT = (
    r"^(?P<year>(?:19|20)[0-9]{2})(?P<second>0[1-9]|1[0-2])(?P<first>[0-3][0-9])"
    r"(?:T?(?P<hour>[0-2][0-9])(?P<minute>[0-5][0-9])(?P<sec>[0-5][0-9])?)?(?P<half>)$"
)
_SLASHED = rf"^(?P<first>[0-9]{{1,2}})[/. -](?P<second>[0-9]{{1,2}})[/. -](?P<year>[0-9]{{4}}|[0-9]{{2}}){_TIME}$"
_OFFSET = r"(?P<sign>[+\-−])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?"
_ZONE = re.compile(rf"(?<=[0-9mM.])\s*(?:(?P<zero>Z)|\(?(?P<name>[A-Z]{{2,4}}T?)?(?:{_OFFSET})?\)?)$")
_HOURS: dict[str, float] = {  # what the abbreviations of zones mean, in hours from UTC
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "CET": 1,
    "BST": 1,
    "WEST": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "EDT": -4,
    "EST": -5,
    "CDT": -5,
    "CST": -6,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
    "ART": -3,
    "BRT": -3,
}
_LANGUAGES = ("en", "es", "pt", "fr", "de", "it", "ca")
_WEEKDAY = r"^(?:[^\W\d_]{2,10}\.?,?\s+)?"
_MONTH = r"(?P<word>[^\W\d_]{3,10})\.?"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})(?P<rest>\b.*)$"
_NAMED = (  # 5 de enero de 2025, 05-ene-25; Jan 5, 2025; 2025-Jan-05
    re.compile(
        rf"{_WEEKDAY}(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|º|\.)?[-/. ]*(?:de )?{_MONTH}[-/., ]*(?:del? )?{_YEAR}"
    ),
    re.compile(
        rf"{_WEEKDAY}{_MONTH}[-/. ]*(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?[-/., ]+(?P<year>[0-9]{{4}})(?P<rest>\b.*)$"
    ),
    re.compile(rf"^(?P<year>[0-9]{{4}})[-/. ]{_MONTH}[-/. ](?P<day>[0-9]{{1,2}})(?P<rest>\b.*)$"),
)
_EXCEL_EPOCH = pd.Timestamp("1899-12-30")
_PIVOT = 69  # two-digit years 00–68 are 2000–2068, as POSIX has it
_UNIX = {
    "s": 1e11,
    "ms": 1e14,
    "us": 1e17,
    "ns": 1e20,
}  # a time since 1970 tells its unit by its size until the year 5138
DATE_FORMS = ("iso", "dayfirst", "monthfirst", "excel", "unix")


@dataclass
class ReadDays:
    """Timestamps of a column, its repairs, whether it can be read two ways, and the offsets from UTC in it (hours → count)."""

    days: pd.Series[pd.Timestamp]
    repairs: Counter[str] = field(default_factory=Counter)
    ambiguous: bool = False
    offsets: Counter[float] = field(default_factory=Counter)


def parse_dates(
    texts: pd.Series[str], form: str | None = None, *, zone: str | None = None, own: str | None = None
) -> ReadDays:
    """Timestamps of a column of texts.

    `form` is iso, dayfirst, monthfirst, excel (day numbers), unix (seconds, milliseconds, microseconds or nanoseconds
    since 1970) or a strptime pattern; ISO dates, `20260131` and month names are read under each of them. Without it the
    column decides: a first part above 12 shows day first, a second part above 12 month first; when neither or both
    occur, such dates are not read. Times with an offset are told in `zone` where it is given, else as written; `own` is
    the zone of times without an offset. Blank and unreadable texts give NaT.
    """
    counts = texts[texts != ""].value_counts()
    unique = pd.Series(counts.index, index=counts.index, dtype="str")
    read = ReadDays(unique)
    bare, hours = _without_zone(unique)
    days = _plain(bare)
    rest = bare[days.isna()]
    if len(rest) and form not in (None, "iso", "dayfirst", "monthfirst"):
        days, absolute = days.fillna(_by_pattern(unique[rest.index], str(form))), form == "unix" or "%z" in str(form)
        read.repairs["other_date"] += int(counts[rest.index][days[rest.index].notna()].sum())
        if absolute:
            hours.loc[rest.index] = 0.0
    elif len(rest) and form != "iso":
        parts = rest.str.extract(_SLASHED)
        order = form or _order(parts)
        read.ambiguous = order is None and bool(parts["first"].notna().any())
        if order is not None:
            days = days.fillna(_from_parts(parts, order))
            n_read = days[rest.index].notna()
            read.repairs["day_first" if order == "dayfirst" else "month_first"] += int(counts[rest.index][n_read].sum())
            read.repairs["two_digit_year"] += int(counts[rest.index][n_read & (parts["year"].str.len() == 2)].sum())
    zoned = hours.notna() & days.notna()
    for hour, n_times in counts[zoned].groupby(hours[zoned]).sum().items():
        read.offsets[float(str(hour))] += int(n_times)
    told = _in_zone(days, hours, zone, own)
    read.repairs["time_zone" if zone is None else "zone_converted"] += int(
        counts[zoned if zone is None else (told != days) & days.notna()].sum()
    )
    read.days = told.reindex(texts.to_numpy()).set_axis(texts.index).astype("datetime64[us]")
    read.repairs = +read.repairs
    return read


@cache
def month_numbers() -> dict[str, int]:
    """Names of months, in full and abbreviated, in the languages of clients → their number."""
    found: dict[str, int] = {"sept": 9, "set": 9}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, locale=language).items():
                word = str(name).casefold().removeprefix("de ").removeprefix("d’").rstrip(".")
                found.setdefault(word, int(number))
                if len(word) > 4:
                    found.setdefault(word[:3], int(number))
    return found


def month_number(text: str) -> float:
    """The month that a text means, by number or name; NaN when it means none."""
    word = text.strip().casefold().rstrip(".")
    number = float(word) if re.fullmatch(r"[0-9]{1,2}(?:\.0+)?", word) else month_numbers().get(word, np.nan)
    return number if 1 <= number <= 12 else np.nan


def _plain(texts: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    """Dates that can be read in one way only: year first, eight digits, month in letters."""
    is_iso = texts.str.fullmatch(_ISO)
    days = pd.to_datetime(texts.where(is_iso, None).str.replace("/", "-"), format="ISO8601", errors="coerce").astype(
        "datetime64[us]"
    )
    for shape in (_YEAR_FIRST, _COMPACT):
        if days.isna().any():
            days = days.fillna(_from_parts(texts[days.isna()].str.extract(shape), "dayfirst"))
    named = texts[days.isna() & texts.str.contains(r"[^\W\d_]{3}")].map(_spelled)
    if named.notna().any():
        days = days.fillna(_from_parts(named.dropna().str.extract(_YEAR_FIRST), "dayfirst"))
    return days


def _spelled(text: str) -> str | None:
    """A date with the name of its month, as year-month-day and the rest; None when it is none."""
    for shape in _NAMED:
        found = shape.match(text.strip())
        month = month_numbers().get(found["word"].casefold()) if found else None
        if found and month:
            year = found["year"] if len(found["year"]) == 4 else str(_century(int(found["year"])))
            return f"{year}-{month}-{found['day']}{found['rest']}"
    return None


def _century(year: int) -> int:
    return year + 2000 - 100 * (year >= _PIVOT)


def _without_zone(texts: pd.Series[str]) -> tuple[pd.Series[str], pd.Series[float]]:
    """Times without the zone they end in, and its hours from UTC; NaN where there is none."""
    hours = pd.Series(np.nan, index=texts.index)
    ends = texts[texts.str.contains(r":[0-9]{2}") & texts.str.contains(r"(?:[A-Z]\)?|[+\-−][0-9:]{1,5}\)?)$")]
    if ends.empty:
        return texts, hours
    bare = texts.copy()
    for text in ends:
        found = _ZONE.search(text)
        offset = _hours(found) if found else None
        if found and offset is not None:
            bare[text], hours[text] = text[: found.start()], offset
    return bare, hours


def _hours(zone: re.Match[str]) -> float | None:
    """The offset that the end of a time tells; None when it tells none."""
    named, sign = zone["zero"] or zone["name"], zone["sign"]
    if (not named and not sign) or (named and named not in _HOURS):
        return None
    told = int(zone["hours"]) + int(zone["minutes"] or 0) / 60 if sign else 0.0
    return _HOURS.get(named or "", 0) + (told if sign == "+" else -told)


def _in_zone(
    days: pd.Series[pd.Timestamp], hours: pd.Series[float], zone: str | None, own: str | None
) -> pd.Series[pd.Timestamp]:
    """Times told in the client's zone; where none is given, as they are written."""
    if zone is None:
        return days
    universal = days - pd.to_timedelta(hours.astype("float64"), unit="h")
    if own is not None:
        local = days.where(hours.isna()).dt.tz_localize(ZoneInfo(own), ambiguous=False, nonexistent="shift_forward")
        universal = universal.fillna(local.dt.tz_convert("UTC").dt.tz_localize(None))
    told = universal.dt.tz_localize("UTC").dt.tz_convert(ZoneInfo(zone)).dt.tz_localize(None)
    return told.fillna(days).astype("datetime64[us]")


def _by_pattern(texts: pd.Series[str], form: str) -> pd.Series[pd.Timestamp]:
    if form in ("excel", "unix"):
        numbers = pd.to_numeric(texts.where(texts.str.fullmatch(r"-?[0-9]{1,19}(?:\.[0-9]+)?"), None), errors="coerce")
        if form == "excel":
            return (_EXCEL_EPOCH + pd.to_timedelta(numbers.where(numbers < 1e6), unit="D")).astype("datetime64[us]")
        seconds = numbers.copy()
        for unit, most in zip((1e3, 1e6, 1e9), list(_UNIX.values()), strict=False):
            seconds = seconds.mask(numbers.abs() >= most, numbers / unit)
        return pd.to_datetime((seconds * 1e6).round(), unit="us", errors="coerce").astype("datetime64[us]")
    try:
        found = pd.to_datetime(texts, format=form, errors="coerce", utc="%z" in form)
    except ValueError:
        return pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    return (found.dt.tz_localize(None) if found.dt.tz is not None else found).astype("datetime64[us]")


def _order(parts: pd.DataFrame) -> str | None:
    """Day first or month first, when the column shows it; None when it shows neither or both."""
    first, second = (pd.to_numeric(parts[name], errors="coerce") for name in ("first", "second"))
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
    if day_first == month_first:
        return None
    return "dayfirst" if day_first else "monthfirst"


def _from_parts(parts: pd.DataFrame, order: str) -> pd.Series[pd.Timestamp]:
    whole = parts.drop(columns="half").apply(pd.to_numeric, errors="coerce")
    day, month = ("first", "second") if order == "dayfirst" else ("second", "first")
    year = whole["year"].where(parts["year"].str.len() != 2, whole["year"] + 2000 - 100 * (whole["year"] >= _PIVOT))
    half = parts["half"].fillna("").str.lower().str.slice(0, 1)
    hour = whole["hour"].where(half == "", whole["hour"] % 12 + 12 * (half == "p")).fillna(0)
    units = {
        "year": year,
        "month": whole[month],
        "day": whole[day],
        "hour": hour,
        "minute": whole["minute"].fillna(0),
        "second": whole["sec"].fillna(0),
    }
    return pd.to_datetime(pd.DataFrame(units), errors="coerce").astype("datetime64[us]")
