"""False alarms of the charts, held against published run lengths and against simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.monitoring.control import control_charts
from cxlib.stages.monitoring.false_alarms import ALARMS, alarms, run_length, signal_rate


@pytest.mark.parametrize(
    ("chart", "shift", "published", "tolerance"),
    [
        ("xmr", 0.0, 152.73, 0.01),  # Champ & Woodall (1987), table 1, rules C1 and C4
        ("xmr", 1.0, 14.58, 0.01),
        ("ewma", 0.0, 368.0, 1.0),  # Lucas & Saccucci (1990), table 3: λ 0.1, L 2.7 (500 at 2.814)
        ("ewma", 1.0, 9.7, 0.1),
        ("cusum", 0.0, 465.0, 1.0),  # Montgomery (2019), table 9.3: k 0.5, h 5
        ("cusum", 1.0, 10.4, 0.05),
        ("cusum", 2.0, 4.01, 0.01),
    ],
)
def test_the_run_lengths_are_the_published_ones(chart: str, shift: float, published: float, tolerance: float) -> None:
    assert run_length(chart, shift=shift) == pytest.approx(published, abs=tolerance)


def test_limits_learnt_from_many_periods_alarm_as_often_as_known_ones() -> None:
    for chart in ("xmr", "ewma", "cusum"):
        rate, _some = signal_rate(chart, first=2_000, watched=300)
        assert 1 / rate == pytest.approx(run_length(chart), rel=0.15), chart


def test_limits_learnt_from_few_periods_alarm_more_often_than_known_ones() -> None:
    rates = [signal_rate("xmr", first=first, watched=52)[0] for first in (12, 25, 52, 400)]
    assert rates == sorted(rates, reverse=True) and rates[0] > 3 / 152.7


def test_every_chart_with_limits_has_its_false_alarms_and_no_other() -> None:
    periods = pd.date_range("2024-01-01", periods=104, freq="W-MON")
    steady = pd.DataFrame(
        {
            "metric": "m",
            "period_on": periods,
            "estimate": np.random.default_rng(0).normal(0, 1, 104),
            "n": 1.0,
            "successes": np.nan,
            "unit": "money",
        }
    )
    table = alarms(control_charts(pd.concat([steady, steady.head(5).assign(metric="short")])))
    assert table["metric"].tolist() == ["m"] and table["periods_a_year"].tolist() == [52]
    row = table.iloc[0]
    assert row["known_a_year"] == pytest.approx(52 / 152.73, abs=1e-4) and row["estimate"] > row["known_a_year"]
    assert 0 < row["p_any"] < 1 and list(alarms(control_charts(steady.head(3))).columns) == ALARMS
