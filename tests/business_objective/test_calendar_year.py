"""A year is twelve calendar months; short books are carried to it; money that cannot be negative is not."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.business_objective.baseline import baseline, book, can_be_negative, gap, levels, months_between
from cxlib.stages.business_objective.driver_tree import customer_values, driver_tree, identity

NO_COSTS = pd.DataFrame({"on": pd.to_datetime([]), "kind": [], "channel": [], "amount": np.array([], dtype=float)})
NO_CONTACTS = pd.DataFrame({"customer_id": [], "at": pd.to_datetime([])})


def sold(amounts: list[float], last: str = "2026-06") -> pd.DataFrame:
    """One sale on the fifth of each month, the last in `last`."""
    months = pd.period_range(end=last, periods=len(amounts), freq="M").to_timestamp() + pd.Timedelta(days=4)
    return pd.DataFrame({"customer_id": "a", "at": months, "revenue": amounts, "margin": np.nan})


@pytest.mark.parametrize(
    ("end", "deadline", "months"),
    [
        ("2026-06-30", "2027-06-30", 12),
        ("2023-06-30", "2024-06-30", 12),  # over a leap day
        ("2026-01-31", "2026-02-28", 1),
        ("2026-06-30", "2026-07-31", 1),
        ("2026-06-30", "2026-06-01", 0),
    ],
)
def test_a_year_to_the_deadline_is_twelve_calendar_months(end: str, deadline: str, months: float) -> None:
    assert months_between(pd.Timestamp(end), pd.Timestamp(deadline)) == pytest.approx(months)


def test_eight_per_cent_in_a_year_are_eight_per_cent() -> None:
    ledger = book(sold([81_580.0] * 12), NO_COSTS, start=dt.date(2025, 7, 1), end=dt.date(2026, 6, 30))
    found = gap(ledger, objective="turnover", target_growth=0.08, deadline=dt.date(2027, 6, 30)).set_index("measure")
    assert found.loc["target", "estimate"] == pytest.approx(81_580 * 1.08, abs=0.005)


@pytest.mark.parametrize("months", [1, 3, 6, 11, 12, 30])
def test_a_thousand_a_month_are_twelve_thousand_a_year_whatever_the_books(months: int) -> None:
    sales, start = sold([1_000.0] * months), dt.date(2020, 1, 1)
    tree = driver_tree(sales, NO_CONTACTS, NO_COSTS, start=start, end=dt.date(2026, 6, 30)).set_index("driver")
    assert tree.loc["turnover", "estimate"] == pytest.approx(12_000)
    values = customer_values(sales, start=start, end=dt.date(2026, 6, 30)).set_index("measure")["estimate"]
    assert values["customer_value"] == pytest.approx(12_000) and values["purchase_value"] == pytest.approx(1_000)
    assert values["book_months"] == min(months, 12)
    ledger = book(sales, NO_COSTS, start=start, end=dt.date(2026, 6, 30))
    assert identity(tree.reset_index(), ledger, months=values["book_months"])["holds"].all()


def test_only_money_that_was_below_zero_can_be() -> None:
    calm, refunded = pd.DataFrame({"y": [5.0, 0.0]}), pd.DataFrame({"y": [5.0, -1.0]})
    assert not can_be_negative(calm, "turnover") and not can_be_negative(calm, "operating_cost")
    assert can_be_negative(refunded, "turnover") and can_be_negative(calm, "gross_margin")


def test_what_falls_steeply_is_not_foretold_below_zero() -> None:
    falling = [10_000.0 / (k + 1) ** 1.5 for k in range(24)]
    ledger = book(sold(falling), NO_COSTS, start=dt.date(2024, 7, 1), end=dt.date(2026, 6, 30))
    stands = levels(ledger)
    assert (stands.loc[stands["measure"].eq("level"), ["estimate", "low", "high"]] >= 0).all(axis=None)
    assert (stands.loc[stands["measure"].eq("trend"), ["estimate", "low", "high"]] >= -1).all(axis=None)
    assert (baseline(ledger, objective="turnover")[["estimate", "low", "high"]] >= 0).all(axis=None)
    ahead = gap(ledger, objective="turnover", target_growth=0.05, deadline=dt.date(2029, 6, 30)).set_index("measure")
    assert (ahead.loc["level_with_trend", ["estimate", "low", "high"]] >= 0).all()
    assert ahead.loc["gap_with_trend", "high"] <= 12 * ahead.loc["target", "estimate"] + 1e-9
