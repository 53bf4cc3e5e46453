"""Dates and times as people write them → timestamps. A date that can be read two ways is not read at all."""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd

_ISO = re.compile(r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?")
_ZONE = re.compile(r"(?<=[0-9]) ?(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2})$")
_SLASHED = (
    r"(?P<first>[0-9]{1,2})[/. -](?P<second>[0-9]{1,2})[/. -](?P<year>[0-9]{4}|[0-9]{2})"
    r"(?:[ T,]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<sec>[0-9]{2})(?:\.[0-9]+)?)?\s*(?P<half>[aApP]\.?\s?[mM]\.?)?)?"
)
_EXCEL_EPOCH = pd.Timestamp("1899-12-30")
_PIVOT = 69  # two-digit years 00–68 are 2000–2068, as POSIX has it
DATE_FORMS = ("iso", "dayfirst", "monthfirst", "excel")


def parse_dates(texts: pd.Series[str], form: str | None = None) -> tuple[pd.Series[pd.Timestamp], Counter[str], bool]:
    """Timestamps of a column of texts, repairs by kind, and whether the column can be read two ways.

    `form` is iso, dayfirst, monthfirst, excel (day numbers) or a strptime pattern; ISO dates are read under each of them.
    Without it the column decides: a first part above 12 shows day first, a second part above 12 month first; when
    neither or both occur, nothing but ISO is read. Blank and unreadable texts give NaT.
    """
    counts = texts[texts != ""].value_counts()
    unique = pd.Series(counts.index, index=counts.index, dtype="str")
    repairs: Counter[str] = Counter()
    zoned = unique.str.contains(_ZONE) & unique.str.contains(":")
    bare = unique.where(~zoned, unique.str.replace(_ZONE, "", regex=True)) if zoned.any() else unique
    is_iso = bare.str.fullmatch(_ISO)
    days = pd.to_datetime(bare.where(is_iso, None).str.replace("/", "-"), format="ISO8601", errors="coerce").astype(
        "datetime64[us]"
    )
    rest = bare[~is_iso]
    ambiguous = False
    if len(rest) and form not in (None, "iso", "dayfirst", "monthfirst"):
        days = days.fillna(_by_pattern(rest, str(form)))
        repairs["other_date"] += int(counts[rest.index][days[rest.index].notna()].sum())
    elif len(rest) and form != "iso":
        parts = rest.str.extract(rf"^{_SLASHED}$")
        order = form or _order(parts)
        ambiguous = order is None and bool(parts["first"].notna().any())
        if order is not None:
            days = days.fillna(_from_parts(parts, order))
            read = days[rest.index].notna()
            repairs["day_first" if order == "dayfirst" else "month_first"] += int(counts[rest.index][read].sum())
            repairs["two_digit_year"] += int(counts[rest.index][read & (parts["year"].str.len() == 2)].sum())
    repairs["time_zone"] += int(counts[zoned & days.notna()].sum())
    return days.reindex(texts.to_numpy()).set_axis(texts.index).astype("datetime64[us]"), +repairs, ambiguous


def _by_pattern(texts: pd.Series[str], form: str) -> pd.Series[pd.Timestamp]:
    if form == "excel":
        numbers = pd.to_numeric(texts.where(texts.str.fullmatch(r"[0-9]{1,6}(?:\.[0-9]+)?"), None), errors="coerce")
        return (_EXCEL_EPOCH + pd.to_timedelta(numbers, unit="D")).astype("datetime64[us]")
    try:
        return pd.to_datetime(texts, format=form, errors="coerce").astype("datetime64[us]")
    except ValueError:
        return pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")


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
