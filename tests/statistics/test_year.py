"""Twelve months are twelve calendar months, whatever their days; shorter books are known as such."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from cxlib.statistics.year import book_months, last_year


@pytest.mark.parametrize(
    ("end", "first", "after"),
    [
        (dt.date(2026, 6, 30), "2025-07-01", "2026-07-01"),
        (dt.date(2026, 6, 20), "2025-06-01", "2026-06-01"),  # a month that is not over does not count
        (dt.date(2024, 2, 29), "2023-03-01", "2024-03-01"),
    ],
)
def test_the_year_is_the_last_twelve_whole_months(end: dt.date, first: str, after: str) -> None:
    assert last_year(end) == (pd.Timestamp(first), pd.Timestamp(after))
    assert last_year(end, back=1) == (pd.Timestamp(first) - pd.DateOffset(years=1), pd.Timestamp(first))


@pytest.mark.parametrize(
    ("first_sale", "start", "months"),
    [
        ("2020-01-05", None, 12),
        ("2026-01-02", None, 6),
        ("2020-01-05", dt.date(2026, 4, 1), 3),
        ("2026-06-29", None, 1),
    ],
)
def test_books_of_less_than_a_year_are_counted_in_months(first_sale: str, start: dt.date | None, months: int) -> None:
    days = pd.Series(pd.to_datetime([first_sale, "2026-06-30"]))
    assert book_months(days, start=start, end=dt.date(2026, 6, 30)) == months


def test_no_books_are_no_short_books() -> None:
    assert book_months(pd.Series([], dtype="datetime64[ns]"), end=dt.date(2026, 6, 30)) == 12
