"""The baseline against statsmodels, against what was planted, and where there is too little."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import statsmodels.regression.linear_model as sm

from cxlib.dictionary import recomputed
from cxlib.stages.business_objective import line, says
from cxlib.stages.business_objective.baseline import amount, baseline, book, gap, levels
from cxlib.stages.business_objective.line import fitted

START, END = dt.date(2024, 7, 1), dt.date(2026, 6, 30)


def transactions(monthly: np.ndarray, start: str = "2024-07-01") -> pd.DataFrame:
    """Two purchases a month that sum to the given revenue; a quarter of it is margin."""
    months = pd.date_range(start, periods=len(monthly), freq="MS")
    rows = [
        (month + pd.Timedelta(days=day), value / 2)
        for month, value in zip(months, monthly, strict=True)
        for day in (3, 17)
    ]
    table = pd.DataFrame(rows, columns=["at", "revenue"]).astype({"at": "datetime64[ns]", "revenue": float})
    return table.assign(
        transaction_id=[str(row) for row in range(len(table))],
        customer_id=[str(row % 7) for row in range(len(table))],
        margin=table["revenue"] / 4,
        channel="web",
    )


def costs(kind: str = "commercial", months: int = 24) -> pd.DataFrame:
    on = pd.date_range("2024-07-01", periods=months, freq="MS")
    return pd.DataFrame({"on": on, "kind": kind, "channel": "web", "amount": 100.0})


def seasonal(months: int = 36, trend: float = 0.1, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    t = np.arange(months)
    error = np.random.default_rng(seed).normal(0, noise, months) if noise else 0.0
    return 1000 * (1 + trend * (t - months + 1) / 12 + 0.3 * np.sin(2 * np.pi * t / 12)) + error


def test_the_book_adds_up_and_leaves_cut_months_out() -> None:
    table = book(transactions(np.full(24, 800.0)), costs(), start=dt.date(2024, 7, 15), end=dt.date(2026, 6, 29))
    assert len(table) == 22
    assert table["turnover"].eq(800).all() and table["gross_margin"].eq(200).all()
    assert table["commercial_cost"].eq(100).all() and table["operating_cost"].isna().all()


def test_a_month_without_a_sale_is_zero_and_a_month_without_a_cost_row_is_blank() -> None:
    sold = transactions(np.full(6, 800.0))
    sold = sold[sold["at"].dt.month != 9]
    table = book(sold, costs(months=5), start=START, end=dt.date(2024, 12, 31)).set_index("period_on")
    assert table.loc["2024-09-01", "turnover"] == 0
    assert np.isnan(table.loc["2024-12-01", "commercial_cost"])


def test_the_month_effects_and_the_trend_are_those_that_were_planted() -> None:
    table = book(transactions(seasonal()), costs(), start=dt.date(2024, 7, 1), end=dt.date(2027, 6, 30))
    months = baseline(table, objective="turnover")
    assert months["estimate"].to_numpy() == pytest.approx(months["observed_money"].to_numpy(), abs=1e-6)
    trend = levels(table).query("objective == 'turnover' and measure == 'trend'").iloc[0]
    assert trend["estimate"] == pytest.approx(0.1 / (1 - 0.1 * 5.5 / 12))


def test_without_correlation_the_fit_is_ordinary_least_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "CORRELATIONS", np.array([0.0]))
    y = seasonal(noise=40)
    fit = fitted(y)
    assert fit is not None
    other = sm.OLS(y, fit.design).fit()
    assert fit.solver @ y == pytest.approx(other.params)
    assert fit.solver @ fit.months @ fit.solver.T == pytest.approx(other.cov_params())


def test_with_one_correlation_the_months_covary_as_in_generalised_least_squares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line, "CORRELATIONS", np.array([0.4]))
    y = seasonal(noise=40)
    fit = fitted(y)
    assert fit is not None
    lags = np.abs(np.subtract.outer(np.arange(36), np.arange(36)))
    other = sm.GLS(y, fit.design, sigma=0.4**lags).fit()
    assert fit.months == pytest.approx(other.scale * 0.4**lags)


def test_the_interval_of_the_trend_covers_what_it_promises_even_with_correlated_months() -> None:
    hits = 0
    for seed in range(120):
        generator = np.random.default_rng(seed)
        error = generator.normal(0, 40, 40)
        for month in range(1, 40):
            error[month] += 0.3 * error[month - 1]
        fit = fitted(seasonal() + error[4:])
        assert fit is not None
        hits += abs(fit.change_row @ fit.y - 100) <= fit.half(fit.change_row[None, :])[0]
    assert hits / 120 >= 0.89


def test_multiplying_the_money_multiplies_the_level_and_leaves_the_trend() -> None:
    one = book(transactions(seasonal(noise=30)), costs(), start=START, end=dt.date(2027, 6, 30))
    many = one.assign(turnover=one["turnover"] * 1000)
    a = levels(one).set_index(["objective", "measure"]).loc["turnover"]
    b = levels(many).set_index(["objective", "measure"]).loc["turnover"]
    limits = ["estimate", "low", "high"]
    assert (a.loc["level", limits] * 1000).tolist() == pytest.approx(b.loc["level", limits].tolist())
    assert a.loc["trend", limits].tolist() == pytest.approx(b.loc["trend", limits].tolist())


def test_below_two_years_there_is_a_level_but_no_trend() -> None:
    table = book(transactions(seasonal(18, noise=30)), costs(), start=START, end=END)
    found = levels(table).set_index(["objective", "measure"])["estimate"]
    assert np.isnan(found["turnover", "trend"])
    assert found["turnover", "level"] == pytest.approx(table["turnover"].dropna().tail(12).mean())


def test_too_little_or_nothing_gives_empty_tables_with_their_columns() -> None:
    nothing = book(transactions(np.array([])), costs(months=0), start=START, end=END)
    assert nothing.empty and "turnover" in nothing
    assert levels(nothing).empty and baseline(nothing, objective="turnover").empty
    assert gap(nothing, objective="turnover", target_growth=0.1, deadline=END).empty
    two = book(transactions(np.full(2, 800.0)), costs(months=0), start=START, end=dt.date(2024, 8, 31))
    assert levels(two).empty


def test_the_gap_is_what_the_target_asks_beyond_the_level() -> None:
    table = book(transactions(np.full(24, 800.0)), costs(), start=START, end=END)
    ask = {"target_growth": 0.08, "deadline": dt.date(2027, 6, 30)}
    rows = gap(table, objective="turnover", **ask).set_index("measure")
    assert rows.loc["target", "estimate"] == pytest.approx(864, abs=0.1)
    assert rows.loc["gap", "estimate"] == pytest.approx(12 * 64, abs=1)
    assert rows.loc["gap_with_trend", "estimate"] == pytest.approx(12 * 64, abs=1)
    saving = gap(table, objective="commercial_cost", **ask).set_index("measure")
    assert saving.loc["target", "estimate"] < 100
    assert saving.loc["gap", "estimate"] == pytest.approx(12 * 8, abs=0.5)
    assert gap(table, objective="turnover", target_growth=None, deadline=END).empty


def test_an_amount_is_read_from_the_gap_or_unknown() -> None:
    rows = pd.DataFrame({"measure": ["gap", "target"], "estimate": [12.0, np.nan]})
    assert amount(rows, "gap") == 12.0
    assert amount(rows, "target") is None and amount(rows, "later") is None


@pytest.mark.parametrize(
    ("trend", "noise", "n", "verdict"),
    [
        (0.2, 20, 2, "real"),
        (0.0, 40, 2, "not shown"),
        (0.2, 20, 1, "cannot tell"),
    ],
)
def test_a_trend_is_real_only_beyond_chance_and_from_thirty_entries(
    trend: float, noise: float, n: int, verdict: str
) -> None:
    table = book(transactions(seasonal(trend=trend, noise=noise)), costs(), start=START, end=dt.date(2027, 6, 30))
    table["n_purchases"] = n * 1.25 if n == 2 else 2.45  # 30 or 29 entries in twelve months
    trends = levels(table).set_index(["objective", "measure"])["verdict"]
    assert trends["turnover", "trend"] == verdict
    assert trends["turnover", "level"] == ""


@pytest.mark.parametrize(("trend", "verdict"), [(0.0, "real"), (0.1, "not shown"), (0.4, "real")])
def test_what_todays_trend_leaves_missing_is_told_only_where_its_interval_leaves_out_zero(
    trend: float, verdict: str
) -> None:
    table = book(transactions(seasonal(trend=trend, noise=25)), costs(), start=START, end=dt.date(2027, 6, 30))
    table["n_purchases"] = 3
    ask = {"target_growth": 0.12, "deadline": dt.date(2028, 6, 30)}
    row = gap(table, objective="turnover", **ask).set_index("measure").loc["gap_with_trend"]
    assert row["verdict"] == verdict


@pytest.mark.parametrize("objective", ["turnover", "commercial_cost"])
def test_whoever_follows_the_inputs_gets_the_target_and_both_gaps_to_the_cent(objective: str) -> None:
    table = book(transactions(seasonal(noise=30)), costs(months=36), start=START, end=dt.date(2027, 6, 30))
    table["commercial_cost"] *= 1 + 0.01 * np.arange(36) % 0.07
    deadline = dt.date(2028, 3, 31)
    missing = gap(table, objective=objective, target_growth=0.08, deadline=deadline)
    told = says.headline(levels(table), missing, objective=objective, deadline=deadline)
    told += says.baseline(levels(table), objective=objective) + says.gap(missing, growth=0.08, deadline=deadline)
    values = {fact.id: fact.value for fact in told.facts}
    for id in ("1.target", "1.gap", "1.level_with_trend", "1.gap_with_trend"):
        assert recomputed(id, values) == pytest.approx(values[id], abs=0.005), id


def test_three_months_have_a_level_and_two_have_none() -> None:
    table = book(transactions(np.array([800.0, 900.0, 700.0])), costs(months=0), start=START, end=dt.date(2024, 9, 30))
    assert levels(table).query("measure == 'level'").set_index("objective").loc[
        "turnover", "estimate"
    ] == pytest.approx(800)
    assert levels(table.head(2)).empty


def test_from_so_few_entries_it_cannot_be_told_whether_todays_trend_gets_there() -> None:
    table = book(transactions(seasonal(noise=25)), costs(), start=START, end=dt.date(2027, 6, 30))
    table["n_purchases"] = 2  # 24 in twelve months
    rows = gap(table, objective="turnover", target_growth=0.4, deadline=dt.date(2028, 6, 30)).set_index("measure")
    assert rows.loc["gap_with_trend", "low"] > 0
    assert rows.loc["gap_with_trend", "verdict"] == "cannot tell"
