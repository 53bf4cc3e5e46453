"""A target that people have decided on goes before the growth the brief asks for."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from cxlib.stages.business_objective.baseline import amount, gap
from cxlib.stages.business_objective.objectives import decided_target

MONTHS = pd.date_range("2025-07-01", periods=12, freq="MS")
BOOK = pd.DataFrame({"period_on": MONTHS, "turnover": 100.0, "n_purchases": 10})
DUE = dt.date(2027, 6, 30)


def test_a_target_counts_only_where_it_is_of_the_objective_itself() -> None:
    assert decided_target({"objective": "turnover", "metric": "turnover_per_month", "target": 150}) == 150.0
    assert decided_target({"objective": "turnover", "target": 150}) == 150.0
    assert decided_target({"objective": "turnover", "metric": "stars", "target": 4}) is None
    assert decided_target({}) is None


def test_the_gap_is_to_the_decided_target_and_the_growth_is_the_one_that_leads_there() -> None:
    rows = gap(BOOK, objective="turnover", target_growth=0.08, deadline=DUE, target_money=150.0).set_index("measure")
    assert rows.loc["target", "estimate"] == 150.0
    assert rows.loc["gap", "estimate"] == pytest.approx(12 * 50.0)
    growth, months = rows.loc["target_growth", "estimate"], rows.loc["months_to_deadline", "estimate"]
    assert 100.0 * (1 + growth) ** (months / 12) == pytest.approx(150.0)


def test_a_decided_target_needs_no_growth_in_the_brief_and_cents_are_no_other_target() -> None:
    assert (
        amount(gap(BOOK, objective="turnover", target_growth=None, deadline=DUE, target_money=150.0), "target") == 150
    )
    asked = amount(gap(BOOK, objective="turnover", target_growth=0.08, deadline=DUE), "target")
    assert asked is not None
    rounded = gap(BOOK, objective="turnover", target_growth=0.08, deadline=DUE, target_money=round(asked, 2))
    assert amount(rounded, "target") == asked
