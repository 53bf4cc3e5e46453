"""The year of the books: twelve complete calendar months, on every page the same; shorter books are carried to twelve."""

from __future__ import annotations

import datetime as dt

import pandas as pd

MONTHS = 12
Span = tuple[pd.Timestamp, pd.Timestamp]


def last_year(end: dt.date, back: int = 0) -> Span:
    """The twelve complete calendar months until `end`, or the twelve `back` years earlier: from, until (not included)."""
    after = (pd.Timestamp(end) + pd.Timedelta(days=1)).normalize().replace(day=1)
    return after - pd.DateOffset(years=back + 1), after - pd.DateOffset(years=back)


def book_months(days: pd.Series, *, end: dt.date, start: dt.date | None = None) -> int:
    """Months of the last year that books cover, 1 to 12: from the first entry, or the period's start, to its end."""
    begins, until = last_year(end)
    firsts = [begins, days.min(), pd.Timestamp(start) if start else begins]
    first = max(pd.Timestamp(day).to_period("M") for day in firsts if not pd.isna(day))
    return min(max((until.to_period("M") - first).n, 1), MONTHS)
