"""Control charts, held against published limits and against what they promise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.stages.monitoring.control import (
    CHART,
    chart_summary,
    choose_chart,
    control_chart,
    control_charts,
    phase_length,
    run_rules,
)
from cxlib.stages.monitoring.limits import autocorrelation, cumulated, overdispersed, smoothed, usual_spread
from cxlib.statistics.periods import count_series, money_series, score_series

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
    values = np.array(oracle["x"]) - oracle["target"]
    found = oracle["target"] + smoothed(values, weight=oracle["lam"])
    np.testing.assert_allclose(found, oracle["ewma_2dp"][1:], atol=oracle["tol"])


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
    rows = pd.DataFrame(
        {
            "at": pd.to_datetime(["2026-01-01", "2026-01-20", "2026-03-10", "2026-04-02"]),
            "revenue": [10.0, 5.0, 7.0, 1.0],
        }
    )
    table = money_series(
        rows, at="at", amount="revenue", metric="turnover", every="month", as_of=pd.Timestamp("2026-04-15")
    )
    assert table["estimate"].tolist() == [15.0, 0.0, 7.0] and table["n"].tolist() == [2.0, 0.0, 1.0]
    assert table["period_on"].tolist() == list(pd.date_range("2026-01-01", periods=3, freq="MS"))
    assert money_series(rows.head(0), at="at", amount="revenue", metric="x").empty


def test_weeks_with_few_answers_show_no_score_and_too_few_weeks_become_months() -> None:
    days = pd.date_range("2024-01-01", "2025-12-31", freq="D")
    answers = pd.DataFrame({"on": days, "score": 8.0, "satisfied": 1.0})
    weekly = score_series(answers, metric="csat")
    assert weekly["period_on"].diff().dropna().dt.days.eq(7).all()
    assert (weekly["n"] == 7).all() and (weekly["successes"] == 7).all()
    monthly = score_series(answers[answers["on"].dt.day % 6 == 0], metric="csat")
    assert monthly["period_on"].dt.day.eq(1).all() and monthly["n"].tolist()[0] == 4
    sparse = score_series(answers[answers["on"].dt.day == 3], metric="csat")
    assert sparse["estimate"].isna().all() and score_series(answers.head(0), metric="csat").empty


@pytest.mark.parametrize(("weeks", "days"), [(29, 28), (30, 7)])
def test_thirty_weeks_with_answers_are_charted_by_week_and_fewer_by_month(weeks: int, days: int) -> None:
    answers = pd.DataFrame({"on": pd.date_range("2024-01-01", periods=7 * weeks, freq="D"), "score": 8.0})
    assert score_series(answers, metric="csat")["period_on"].diff().dt.days.min() >= days
    assert (score_series(answers, metric="csat")["n"] == 7).all() == (days == 7)


@pytest.mark.parametrize(("answers", "days"), [(4, 28), (5, 7)])
def test_a_week_shows_a_score_from_five_answers_on(answers: int, days: int) -> None:
    every = pd.date_range("2024-01-01", periods=40 * 7, freq="D")
    known = pd.DataFrame({"on": every[every.day_of_week < answers], "score": 8.0})
    gaps = score_series(known, metric="csat")["period_on"].diff().dt.days
    assert (gaps.min() == 7) == (days == 7)  # with four a week there is no week to chart: months then


def test_the_textbook_charts_have_their_published_limits(shared: Shared) -> None:
    known = json.loads(shared("data/oracles.json").read_text())["montgomery"]
    folder = "data/spc_textbook"
    cans = pd.read_csv(shared(f"{folder}/canjuice.csv")).to_numpy(float)
    boards = pd.read_csv(shared(f"{folder}/circuits.csv")).to_numpy(float)
    rings = pd.read_csv(shared(f"{folder}/pistonrings.csv")).to_numpy(float)[:25]
    made = {
        "canjuice_p": series(cans[:, 1] / cans[:, 0], n=cans[:, 0], successes=cans[:, 1]).assign(kind="p"),
        "circuits_c": series(boards[:, 1]).assign(unit="count", kind="c"),
        "pistonrings_first25_xbar": series(rings.mean(axis=1), n=5.0).assign(
            spread=np.ptp(rings, axis=1) / 2.326 * 0.9400, kind="xbar"
        ),
    }
    for name, table in made.items():
        row = control_chart(table, kind=table["kind"].iloc[0], phase_one=len(table)).iloc[0]
        expected = [known[name][limit] for limit in ("cl", "lcl", "ucl")]
        assert row[["centre", "lower", "upper"]].tolist() == pytest.approx(expected, abs=2e-5), name


def test_montgomerys_example_7_3_of_counts_comes_out(shared: Shared) -> None:
    known = json.loads(shared("oracles/spc_montgomery/oracle.json").read_text())["ex_7_3"]
    row = control_chart(series(np.full(24, known["cl"])).assign(unit="count"), kind="c", phase_one=24).iloc[0]
    assert row[["lower", "upper"]].tolist() == pytest.approx([known["lcl"], known["ucl"]], abs=1e-6)


def test_montgomerys_cusum_signals_at_29_with_5_28(shared: Shared) -> None:
    values = pd.read_csv(shared("oracles/spc_montgomery/tbl_09.01.csv")).iloc[:, -1].to_numpy(float)
    up, _down = cumulated(values - 10.0)
    assert up[28] == pytest.approx(5.28, abs=1e-9) and (up > 5.0).argmax() == 28
    mirrored = cumulated(10.0 - values)
    np.testing.assert_allclose(mirrored, (cumulated(values - 10.0))[::-1])


def test_montgomerys_ewma_stands_at_10_573_after_28_values(shared: Shared) -> None:
    values = pd.read_csv(shared("oracles/spc_montgomery/tbl_09.01.csv")).iloc[:, -1].to_numpy(float)
    assert 10.0 + smoothed(values - 10.0)[27] == pytest.approx(10.573, abs=1e-3)


def test_the_chart_of_uneven_answers_is_the_textbook_one_when_they_are_even() -> None:
    values = noise(60)
    chart = control_chart(series(values, n=9.0), kind="ewma", phase_one=30)
    centre, sigma = values[:30].mean(), np.abs(np.diff(values[:30])).mean() / 1.128
    known = pd.Series(np.r_[centre, values]).ewm(alpha=0.1, adjust=False).mean().to_numpy()[1:]
    half = 2.7 * sigma * np.sqrt(0.1 / 1.9 * (1 - 0.9 ** (2 * np.arange(1, 61))))  # Lucas & Saccucci (1990)
    np.testing.assert_allclose(chart["estimate"], known, rtol=1e-12)
    np.testing.assert_allclose(chart["upper"], centre + half, rtol=1e-12)
    np.testing.assert_allclose(chart["lower"], centre - half, rtol=1e-12)


def test_the_chart_of_cumulated_sums_has_its_limits_at_five_sigma() -> None:
    values = noise(40)
    chart = control_chart(series(values), kind="cusum", phase_one=24)
    sigma = np.abs(np.diff(values[:24])).mean() / 1.128
    assert (chart["upper"].iloc[0], chart["lower"].iloc[0]) == pytest.approx((5 * sigma, -5 * sigma))
    up, down = cumulated((values - values[:24].mean()) / sigma)
    np.testing.assert_allclose(chart["estimate"], sigma * np.where(up >= down, up, -down))
    flat = control_chart(series(np.full(20, 5.0)), kind="cusum")
    assert flat["estimate"].eq(0.0).all() and flat["letters"].eq("").all()


def test_the_usual_spread_is_the_mean_moving_range_over_its_constant() -> None:
    assert usual_spread(np.array([1.0, 3.0, 2.0])) == pytest.approx(1.5 / 1.128)


def test_shares_counts_and_means_vary_more_than_chance_when_they_do() -> None:
    generator = np.random.default_rng(3)
    calm, wild = generator.binomial(400, 0.3, 40), generator.binomial(400, generator.uniform(0.1, 0.5, 40))
    for hits, told in ((calm, False), (wild, True)):
        shares = pd.DataFrame({"successes": hits, "n": 400.0, "estimate": hits / 400})
        assert overdispersed(shares, "shares") is told
        assert overdispersed(pd.DataFrame({"estimate": hits}), "counts") is told
    means = pd.DataFrame({"estimate": generator.normal(7, 2 / 5, 40), "n": 25.0, "spread": 2.0})
    assert not overdispersed(means, "means") and overdispersed(means.assign(spread=1.0), "means")


def test_correlation_with_the_value_before_is_counted_by_hand() -> None:
    assert autocorrelation(pd.Series([1.0, -1.0, 1.0, -1.0])) == -0.75 and autocorrelation(pd.Series([2.0, 2.0])) == 0.0


@pytest.mark.parametrize(("n", "provisional"), [(19, True), (20, False)])
def test_limits_of_under_twenty_periods_are_provisional(n: int, provisional: bool) -> None:
    assert chart_summary(control_chart(series(noise(n))))["provisional"].tolist() == [provisional]


def test_a_summary_tells_the_area_of_its_chart() -> None:
    units = {"money": "objective", "count": "counts", "score": "satisfaction", "points": "satisfaction"}
    found = [chart_summary(control_chart(series(noise(20)).assign(unit=unit)))["area"].iloc[0] for unit in units]
    assert found == list(units.values())


def answered(n: object, *, between: float = 0.0, every: str = "W-MON", periods: int = 60) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    size = np.resize(np.atleast_1d(n), periods).astype(float)
    means = 7 + generator.normal(0, 2, periods) / np.sqrt(size) + generator.normal(0, between, periods)
    return pd.DataFrame(
        {
            "metric": "m",
            "period_on": pd.date_range("2022-01-01", periods=periods, freq=every),
            "n": size,
            "estimate": means,
            "successes": np.nan,
            "spread": 2.0,
            "unit": "score",
        }
    )


@pytest.mark.parametrize(
    ("table", "chosen"),
    [
        (answered(40), ("xbar", "mean_of_answers")),
        (answered([10, 40, 90], between=0.5), ("ewma", "uneven_n")),
        (answered(40, between=1.0), ("xmr", "period_value")),
        (answered(40, between=1.0, every="MS", periods=30).drop(columns="spread"), ("cusum", "few_periods")),
        (series(np.random.default_rng(0).poisson(20, 60).astype(float)).assign(unit="count"), ("c", "count")),
        (series(np.random.default_rng(5).normal(200, 40, 60)).assign(unit="count"), ("xmr", "overdispersed_count")),
    ],
)
def test_the_kind_of_chart_follows_the_type_of_data(table: pd.DataFrame, chosen: tuple[str, str]) -> None:
    assert choose_chart(table, 30) == chosen
    chart = control_chart(table)
    assert chart["chart"].iloc[0] == chosen[0] and chart["upper"].gt(chart["lower"]).all()


def test_a_monthly_shift_of_one_sigma_is_found_by_the_cumulated_sum() -> None:
    table = answered(40, between=1.0, every="MS", periods=48).drop(columns="spread")
    table.loc[30:, "estimate"] -= 2.0
    chart = control_chart(table, phase_one=24)
    assert chart.loc[chart["phase"].eq("II"), "letters"].eq("A").any() and not chart["letters"].str.contains("B").any()


def test_charts_of_several_series_stand_one_below_the_other() -> None:
    both = pd.concat([series(noise(40)), series(noise(40, 1)).assign(metric="other")])
    table = control_charts(both)
    assert table["metric"].unique().tolist() == ["m", "other"] and len(table) == 80
    assert control_charts(both.head(0)).empty


def test_rows_are_counted_per_period() -> None:
    rows = pd.DataFrame({"at": pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-25"])})
    table = count_series(rows, at="at", metric="purchases", as_of=pd.Timestamp("2026-01-25"))
    assert table["estimate"].tolist() == [2.0, 0.0, 1.0] and table["unit"].eq("count").all()


def test_a_period_in_which_nobody_was_asked_is_left_out_of_a_chart_of_shares() -> None:
    table = pd.DataFrame(
        {
            "metric": "m",
            "period_on": pd.date_range("2024-01-01", periods=30, freq="W"),
            "n": 100.0,
            "estimate": 0.1,
            "successes": 10.0,
            "unit": "share",
        }
    )
    empty = table.assign(
        n=table["n"].where(table.index != 3, 0), successes=table["successes"].where(table.index != 3, 0)
    )
    pd.testing.assert_frame_equal(control_chart(empty), control_chart(table.drop(index=3).reset_index(drop=True)))
    assert control_chart(table.assign(n=0.0, successes=0.0, estimate=0.0)).empty


@pytest.mark.parametrize(("n", "first_signal"), [(100, 2), (1000, 2)])
def test_after_no_case_at_all_the_first_one_is_no_alarm(n: int, first_signal: int) -> None:
    table = pd.DataFrame(
        {
            "metric": "m",
            "period_on": pd.date_range("2024-01-01", periods=26, freq="W"),
            "n": float(n),
            "estimate": 0.0,
            "successes": 0.0,
            "unit": "share",
        }
    )

    def letters(cases: int, unit: str) -> str:
        last = np.r_[np.zeros(25), cases]
        counted = table.assign(estimate=last, successes=np.nan, unit="count")
        shares = table.assign(estimate=last / n, successes=last)
        return str(control_chart(shares if unit == "share" else counted, phase_one=25)["letters"].iloc[-1])

    for unit in ("share", "count"):
        assert [letters(cases, unit) for cases in (1, first_signal)] == ["", "A"]
    likely = 1 - 0.05 ** (1 / (25 * n))  # binomial: one case is likely enough at the largest share none would show
    assert stats.binom.sf(0, n, likely) > 0.05 > stats.binom.sf(first_signal - 1, n, likely)


def montgomery(shared: Shared, name: str) -> pd.DataFrame:
    return pd.read_csv(shared(f"oracles/spc_montgomery/expected_ex_{name}.csv"))


def test_limits_are_those_of_montgomerys_series_period_by_period(shared: Shared) -> None:
    rows = montgomery(shared, "6.5_3")
    told = control_chart(series(rows["y"].to_numpy()).assign(unit="points"), kind="xmr", phase_one=20)
    assert told["upper"].iloc[0] == pytest.approx(rows["ucl"].iloc[0], abs=1e-6)
    counts = pd.read_csv(shared("oracles/spc_montgomery/tbl_07.08.csv"))
    rows = montgomery(shared, "7.3_3").head(len(counts))
    assert counts["count"].head(len(rows)).tolist() == rows["y"].tolist()
    cans = montgomery(shared, "7.1_5").head(30)
    base = cans.drop(index=[14, 22])  # the two samples with a known cause
    shares = series(base["y"].to_numpy()).assign(n=50.0, successes=base["y"].to_numpy() * 50, unit="share")
    row = control_chart(shares, kind="p", phase_one=28).iloc[0]
    assert row[["centre", "lower", "upper"]].tolist() == pytest.approx(
        cans.iloc[0][["cl", "lcl", "ucl"]].tolist(), abs=1e-6
    )


# 6.4 (sizes vary): he divides the pooled s, which falls short by nothing, by c4 once more; ours is the mean of s / c4
@pytest.mark.parametrize(("table", "name", "tolerance"), [("06.03", "6.3_1", 1e-6), ("06.04", "6.4_1", 3e-3)])
def test_means_of_few_answers_have_the_limits_of_montgomerys_s_chart(
    shared: Shared, table: str, name: str, tolerance: float
) -> None:
    rings = (
        pd.read_csv(shared(f"oracles/spc_montgomery/tbl_{table}.csv"))
        .groupby("sample")["obs"]
        .agg(["mean", "std", "size"])
    )
    rows = montgomery(shared, name).head(25)
    rings = rings.head(25)
    made = series(rings["mean"].to_numpy()).assign(
        n=rings["size"].to_numpy(float), spread=rings["std"].to_numpy(), unit="score"
    )
    told = control_chart(made, kind="xbar", phase_one=25)
    assert told["centre"].to_numpy() == pytest.approx(rows["cl"].to_numpy(), abs=1e-6)
    assert told["upper"].to_numpy() == pytest.approx(rows["ucl"].to_numpy(), abs=tolerance)
