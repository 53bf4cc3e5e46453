"""Dating shifts, and the chance of meeting the objective."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import nile

from cxlib.stages.monitoring.attainment import attainment, path, way_done
from cxlib.stages.monitoring.shifts import SHIFTS, breaks, shifts


def series(values: np.ndarray, *, every: str = "W-MON") -> pd.DataFrame:
    periods = pd.date_range("2024-01-01", periods=len(values), freq=every)
    return pd.DataFrame({"metric": "m", "period_on": periods, "estimate": values, "unit": "score"})


def test_the_nile_falls_in_1899() -> None:
    flow = nile.load_pandas().data["volume"].to_numpy(float)
    assert breaks(flow) == [28]  # 1871 + 28; a jump of 5 would say 30
    row = shifts(series(flow)).iloc[0]
    assert row["n_before"] == 28 and row["estimate"] == pytest.approx(-247.78, abs=0.01)


def test_a_planted_shift_is_dated_within_two_periods() -> None:
    found = []
    for seed in range(12):
        values = np.random.default_rng(seed).normal(8, 0.5, 60)
        values[40:] -= 1.0
        found.append(shifts(series(values)))
    near = [len(table) == 1 and abs(table["n_before"].iloc[0] - 40) <= 2 for table in found]
    assert np.mean(near) >= 0.8
    planted = pd.Timestamp("2024-01-01") + pd.Timedelta(weeks=40)
    inside = [table["earliest_on"].iloc[0] <= planted <= table["latest_on"].iloc[0] for table in found if len(table)]
    assert np.mean(inside) >= 0.9


def test_a_steady_series_has_a_shift_in_at_most_a_few_of_a_hundred() -> None:
    found = [len(shifts(series(np.random.default_rng(seed).normal(8, 0.5, 60)), replicates=200)) for seed in range(80)]
    assert np.mean(np.array(found) > 0) <= 3 / 80


def test_a_spike_is_no_shift() -> None:
    values = np.random.default_rng(0).normal(8, 0.5, 60)
    values[30:32] += 9
    assert shifts(series(values)).empty


def test_growth_is_no_shift_when_the_trend_is_taken_out() -> None:
    values = np.linspace(100, 160, 100) + np.random.default_rng(0).normal(0, 3, 100)
    assert len(shifts(series(values))) > 0 and shifts(series(values), detrend=True).empty


@pytest.mark.parametrize("values", [np.array([]), np.arange(11.0), np.full(40, 7.0)])
def test_short_or_constant_series_have_no_shift_and_raise_nothing(values: np.ndarray) -> None:
    table = shifts(series(values))
    assert table.empty and list(table.columns) == SHIFTS


def growing(n: int, *, slope: float, spread: float = 1.0) -> pd.DataFrame:
    return series(100 + slope * np.arange(n) + np.random.default_rng(1).normal(0, spread, n), every="MS")


DEADLINE = pd.Timestamp("2026-12-31")  # month 36 of the series above


def test_a_target_on_the_line_is_a_coin_toss_and_one_far_below_is_nearly_sure() -> None:
    known = growing(24, slope=1.0)
    forecast = attainment(known, target=0.0, deadline=DEADLINE).iloc[0]["forecast"]
    assert forecast == pytest.approx(134, abs=2.5)
    chance = [
        attainment(known, target=target, deadline=DEADLINE).iloc[0]["estimate"]
        for target in (forecast, forecast - 30, forecast + 30)
    ]
    assert chance[0] == pytest.approx(0.5) and chance[1] > 0.99 and chance[2] < 0.01


def test_for_a_cost_lower_is_better() -> None:
    known = growing(24, slope=-1.0)
    both = [
        attainment(known, target=80.0, deadline=DEADLINE, lower_is_better=choice).iloc[0]["estimate"]
        for choice in (True, False)
    ]
    assert sum(both) == pytest.approx(1.0) and both[0] > 0.9


def test_the_eighty_percent_interval_of_the_forecast_holds_eighty_percent() -> None:
    held = []
    for seed in range(300):
        values = 100 + 0.5 * np.arange(36) + np.random.default_rng(seed).normal(0, 5, 36)
        row = attainment(series(values[:20], every="MS"), target=116.0, deadline=DEADLINE).iloc[0]
        held.append(row["forecast_low"] <= values[33:].mean() <= row["forecast_high"])
    assert np.mean(held) == pytest.approx(0.8, abs=0.07)


def test_a_yearly_wave_is_not_taken_for_a_trend() -> None:
    wave = 100 + 20 * np.sin(2 * np.pi * np.arange(30) / 12) + np.random.default_rng(0).normal(0, 1, 30)
    row = attainment(series(wave, every="MS"), target=100.0, deadline=pd.Timestamp("2026-12-31")).iloc[0]
    expected = 100 + 20 * np.sin(2 * np.pi * np.arange(33, 36) / 12).mean()
    assert row["forecast"] == pytest.approx(expected, abs=2.5)


def test_the_path_joins_past_and_future() -> None:
    table = path(growing(24, slope=1.0), target=150.0, deadline=DEADLINE, baseline=120.0)
    assert len(table) == 36 and table["estimate"].notna().sum() == 24 and table["forecast"].notna().sum() == 12
    assert table["target"].iloc[-1] == 150.0 and table["target"].iloc[24] == pytest.approx(122.5)


def test_under_a_year_or_without_a_target_nothing_is_foretold() -> None:
    assert attainment(growing(11, slope=1.0), target=1.0, deadline=DEADLINE).empty
    assert attainment(growing(24, slope=1.0), target=float("nan"), deadline=DEADLINE).empty
    assert path(growing(11, slope=1.0), target=1.0, deadline=DEADLINE, baseline=1.0).empty
    assert path(growing(24, slope=1.0), target=1.0, deadline=pd.NaT, baseline=1.0).empty


def test_a_deadline_that_has_passed_still_gives_an_answer() -> None:
    table = path(growing(24, slope=1.0), target=150.0, deadline=pd.Timestamp("2025-06-30"), baseline=120.0)
    assert len(table) == 24 and table["forecast"].isna().all()


def test_the_way_done_is_that_of_the_last_three_months() -> None:
    known = growing(24, slope=1.0, spread=0.0)  # 121, 122, 123 in the last three months
    row = way_done(known, target=140.0, baseline=110.0).iloc[0]
    assert row["estimate"] == pytest.approx(12 / 30) and row["level"] == pytest.approx(122.0)
    falling = way_done(known, target=100.0, baseline=130.0).iloc[0]
    assert falling["estimate"] == pytest.approx(8 / 30) and falling["low"] < falling["estimate"] < falling["high"]
    assert way_done(known.head(2), target=140.0, baseline=110.0).empty
    assert way_done(known, target=110.0, baseline=110.0).empty
