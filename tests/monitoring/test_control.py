"""Control charts, held against published limits and against what they promise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.methods.control import (
    CHART,
    chart_summary,
    control_chart,
    ewma,
    false_alarms,
    phase_length,
    run_rules,
)
from cxlib.methods.periods import every_of, money_series, score_series

Shared = Callable[[str], Path]


def series(values: list[float] | np.ndarray, *, n: object = 1.0, successes: object = np.nan) -> pd.DataFrame:
    periods = pd.date_range("2024-01-01", periods=len(values), freq="W-MON")
    table = pd.DataFrame({"metric": "m", "period_on": periods, "estimate": values, "n": n, "successes": successes})
    return table.assign(unit="score")


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(50, 2, n)


def test_the_limits_of_the_nist_flow_rates_come_out(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/nist_imr/oracle.json").read_text())
    padded = [*oracle["x"], *[oracle["mean"]] * 5]  # a chart needs 12 periods; only the first ten set the limits
    row = control_chart(series(padded), kind="xmr", phase_one=10).iloc[0]
    expected = [oracle["mean"], oracle["lcl"], oracle["ucl"]]
    assert row[["centre", "lower", "upper"]].tolist() == pytest.approx(expected, abs=oracle["tol"])


def test_montgomerys_example_6_5_comes_out(shared: Shared) -> None:
    costs = pd.read_csv(shared("oracles/spc_montgomery/tbl_06.07.csv"))
    known = json.loads(shared("oracles/spc_montgomery/oracle.json").read_text())["ex_6_5"]
    chart = control_chart(series(costs["cost"].to_numpy(float)), kind="xmr", phase_one=known["baseline"])
    expected = [known["mean"], known["lcl"], known["ucl"]]
    assert chart.iloc[0][["centre", "lower", "upper"]].tolist() == pytest.approx(expected, abs=1e-6)
    assert chart["phase"].eq("I").sum() == known["baseline"]
    assert chart.loc[chart["phase"].eq("II"), "letters"].str.contains("A").any()


def test_montgomerys_shares_with_varying_n_come_out(shared: Shared) -> None:
    orders = pd.read_csv(shared("oracles/spc_montgomery/tbl_07.04.csv"))
    expected = pd.read_csv(shared("oracles/spc_montgomery/expected_tbl_7.4_1.csv"))
    table = series(orders["count"] / orders["size"], n=orders["size"].astype(float), successes=orders["count"])
    chart = control_chart(table, kind="p", phase_one=len(table))
    for ours, theirs in {"centre": "cl", "lower": "lcl", "upper": "ucl"}.items():
        np.testing.assert_allclose(chart[ours], expected[theirs], atol=1e-9)


def test_montgomerys_example_7_1_trial_limits_come_out(shared: Shared) -> None:
    cans = pd.read_csv(shared("oracles/spc_montgomery/tbl_07.03.csv"))
    known = json.loads(shared("oracles/spc_montgomery/oracle.json").read_text())["ex_7_1"]["trial"]
    cans = cans[cans["phase"].eq(1)]
    table = series(cans["count"] / cans["size"], n=cans["size"].astype(float), successes=cans["count"])
    row = control_chart(table, kind="p", phase_one=len(table)).iloc[0]
    assert row[["centre", "lower", "upper"]].tolist() == pytest.approx(known, abs=6e-5)


def test_the_nist_ewma_comes_out(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/nist_ewma/oracle.json").read_text())
    table = ewma(pd.Series(oracle["x"]), centre=oracle["target"], sigma=oracle["s"], weight=oracle["lam"], width=3.0,
                 settled=True)  # fmt: skip
    np.testing.assert_allclose(table["ewma"], oracle["ewma_2dp"][1:], atol=oracle["tol"])
    assert table["upper"].iloc[0] == pytest.approx(oracle["ucl"], abs=oracle["tol"])
    assert table["lower"].iloc[0] == pytest.approx(oracle["lcl"], abs=oracle["tol"])
    assert not table["signal"].any()


def test_laneys_chart_is_the_p_chart_when_chance_alone_is_at_work_and_wider_when_not() -> None:
    generator = np.random.default_rng(2)
    size = np.full(60, 2_000.0)
    chance = generator.binomial(2_000, 0.2, 60).astype(float)
    spread = generator.binomial(2_000, np.clip(generator.normal(0.2, 0.03, 60), 0, 1)).astype(float)
    calm, wild = (series(found / size, n=size, successes=found) for found in (chance, spread))
    assert control_chart(calm)["chart"].iloc[0] == "p" and control_chart(wild)["chart"].iloc[0] == "laney"
    plain, widened = control_chart(wild, kind="p"), control_chart(wild, kind="laney")
    assert (widened["upper"] - widened["lower"]).mean() > 2 * (plain["upper"] - plain["lower"]).mean()
    assert plain["letters"].str.contains("A").sum() > 10 > widened["letters"].str.contains("A").sum()


def test_neighbours_that_are_alike_are_charted_as_residuals() -> None:
    values = np.zeros(120)
    steps = np.random.default_rng(0).normal(0, 1, 120)
    for place in range(1, 120):
        values[place] = 0.8 * values[place - 1] + steps[place]
    chart = control_chart(series(values))
    assert chart["chart"].iloc[0] == "residual" and chart["why"].iloc[0] == "autocorrelated"
    plain = control_chart(series(values), kind="xmr")
    assert chart["letters"].ne("").sum() < plain["letters"].ne("").sum() / 3


def test_a_point_beyond_a_limit_is_letter_a_and_the_eighth_in_a_row_letter_b() -> None:
    values = pd.Series([1.0, -1, 1, -1, 9, *[1.0] * 8, 0.0, 1.0])
    centre, lower, upper = pd.Series([0.0] * 15), pd.Series([-3.0] * 15), pd.Series([3.0] * 15)
    letters = run_rules(values, centre, lower, upper)
    assert letters.tolist() == ["", "", "", "", "A", "", "", "", "", "", "", "B", "B", "", ""]


def test_the_limits_stay_what_phase_one_made_them() -> None:
    calm = noise(60)
    later = np.concatenate([calm[:30], calm[30:] + 10])
    first, second = (control_chart(series(values), kind="xmr", phase_one=30) for values in (calm, later))
    pd.testing.assert_series_equal(first["upper"], second["upper"])
    assert second.loc[second["phase"].eq("II"), "letters"].str.contains("A").mean() > 0.9


@pytest.mark.parametrize(("n", "first"), [(12, 12), (24, 24), (40, 25), (80, 40), (200, 52)])
def test_phase_one_is_half_the_series_within_25_and_52(n: int, first: int) -> None:
    assert phase_length(n) == first


def test_a_steady_process_signals_about_as_often_as_is_said() -> None:
    # known limits, no estimation: rules A and B together give a false alarm about every 153 periods
    generator = np.random.default_rng(0)
    values = pd.Series(generator.normal(0, 1, 60_000))
    flat = [pd.Series(np.full(len(values), level)) for level in (0.0, -3.0, 3.0)]
    letters = run_rules(values, *flat)
    starts = letters.ne("") & (letters.shift(fill_value="").eq("") | letters.str.contains("A"))
    assert starts.mean() == pytest.approx(1 / 153, rel=0.15)
    assert false_alarms(4, 365.25 / 7) == pytest.approx(1.37, abs=0.01)


@pytest.mark.parametrize("n", [0, 1, 11])
def test_under_twelve_periods_there_are_no_limits(n: int) -> None:
    chart = control_chart(series(noise(n)))
    assert list(chart.columns) == CHART and len(chart) == n
    assert chart["upper"].isna().all() and chart["why"].isin(["too_short"]).all()
    assert len(chart_summary(chart)) == (n > 0)


def test_the_summary_counts_only_signals_after_phase_one() -> None:
    values = np.tile([49.0, 51.0, 50.0], 20)
    values[5], values[40] = 54.0, 10.0
    summary = chart_summary(control_chart(series(values), kind="xmr", phase_one=30)).iloc[0]
    assert summary["n_signals"] == 1 and summary["letters"] == "A" and summary["side"] == "below"
    assert summary["n_phase_one"] == 30 and not summary["provisional"]


def test_a_period_that_the_data_do_not_cover_is_left_out_and_an_empty_one_is_zero() -> None:
    rows = pd.DataFrame({"at": pd.to_datetime(["2026-01-01", "2026-01-20", "2026-03-10", "2026-04-02"]),
                         "revenue": [10.0, 5.0, 7.0, 1.0]})  # fmt: skip
    table = money_series(rows, at="at", amount="revenue", metric="turnover", every="month",
                         as_of=pd.Timestamp("2026-04-15"))  # fmt: skip
    assert table["estimate"].tolist() == [15.0, 0.0, 7.0] and table["n"].tolist() == [2.0, 0.0, 1.0]
    assert every_of(table) == "month" and money_series(rows.head(0), at="at", amount="revenue", metric="x").empty


def test_weeks_with_few_answers_show_no_score_and_too_few_weeks_become_months() -> None:
    days = pd.date_range("2024-01-01", "2025-12-31", freq="D")
    answers = pd.DataFrame({"on": days, "score": 8.0, "satisfied": 1.0})
    weekly = score_series(answers, metric="csat")
    assert every_of(weekly) == "week" and (weekly["n"] == 7).all() and (weekly["successes"] == 7).all()
    monthly = score_series(answers[answers["on"].dt.day % 6 == 0], metric="csat")
    assert every_of(monthly) == "month"
    sparse = score_series(answers[answers["on"].dt.day == 3], metric="csat", every="month")
    assert sparse["estimate"].isna().all() and score_series(answers.head(0), metric="csat").empty
