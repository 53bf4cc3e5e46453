"""The pictures of stage 3 show the numbers of their tables, each with its interval and n."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from cxlib.show.theme import ACCENT
from cxlib.stages.sales_funnel.pictures import plot_at_stake, plot_booked, plot_funnel, plot_leaving

STEPS = pd.DataFrame(
    {
        "step": ["See", "Try", "Buy"],
        "n": [200, 120, 30],
        "estimate": [0.6, 0.25, np.nan],
        "low": [0.53, 0.18, np.nan],
        "high": [0.67, 0.33, np.nan],
        "benchmark_share": [0.62, 0.5, np.nan],
        "value_at_stake": [0.0, 9_000.0, np.nan],
        "stake_unit": "money",
        "role": ["", "stall", "objective"],
    }
)


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def segments(ax: Axes) -> set[tuple[float, float]]:
    """The horizontal pieces that are drawn: intervals."""
    drawn = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2 and len(set(line.get_ydata())) == 1]
    return {(float(low), float(high)) for low, high in drawn}


def test_the_funnel_draws_entrants_conversions_benchmarks_money_and_the_corridor() -> None:
    left, right = plot_funnel(STEPS).axes
    assert [bar.get_width() for bar in left.patches] == [200, 120, 30]
    assert [to_hex(bar.get_facecolor()) == ACCENT.lower() for bar in left.patches] == [False, True, False]
    assert words(left) == ["200", "120", "30", "stall → objective"]
    bracket = max(left.lines, key=lambda line: len(line.get_xdata()))
    assert [float(y) for y in bracket.get_ydata()] == [1, 1, 2, 2]
    assert {(0.53, 0.67), (0.18, 0.33)} <= segments(right)
    assert {0.62, 0.5} <= {float(line.get_xdata()[0]) for line in right.lines}
    assert {"60.0%", "25.0%", "€9,000", "at stake a year"} <= set(words(right))


@pytest.mark.parametrize(("unit", "label"), [("money", "money a year"), ("count", "journeys a year")])
def test_what_is_at_stake_has_its_interval_and_the_chance_of_being_the_worst(unit: str, label: str) -> None:
    table = STEPS.head(2).assign(
        estimate=[10.0, 90.0],
        low=[0.0, 60.0],
        high=[30.0, 130.0],
        p_worst=[0.02, 0.98],
        verdict=["", "real"],
        unit=unit,
    )
    ax = plot_at_stake(table)
    assert segments(ax) == {(0.0, 30.0), (60.0, 130.0)}
    assert words(ax) == ["P(worst) 2.0%, n = 200", "P(worst) 98.0%, n = 120"]
    assert [to_hex(text.get_color()) == ACCENT.lower() for text in ax.texts] == [False, True]
    assert ax.get_xlabel().startswith(label)


def test_nothing_at_stake_is_drawn_at_zero_without_an_accent() -> None:
    table = STEPS.head(2).assign(estimate=0.0, low=0.0, high=0.0, p_worst=0.5, verdict="", unit="money")
    ax = plot_at_stake(table)
    assert ax.get_xlim()[1] > 1 and all(to_hex(text.get_color()) != ACCENT.lower() for text in ax.texts)


def test_the_step_that_books_most_is_in_the_accent_and_refunds_reach_below_zero() -> None:
    table = pd.DataFrame(
        {"step": ["Buy", "Use"], "estimate": [0.9, 0.1], "low": [0.8, -0.1], "high": [1.0, 0.2], "n": [50, 7]}
    )
    ax = plot_booked(table)
    assert [bar.get_width() for bar in ax.patches] == [0.9, 0.1]
    assert [to_hex(bar.get_facecolor()) == ACCENT.lower() for bar in ax.patches] == [True, False]
    assert words(ax) == ["90.0% (n = 50 purchases)", "10.0% (n = 7 purchases)"] and ax.get_xlim()[0] == -0.1


def test_the_satisfied_who_leave_stand_beside_the_others() -> None:
    table = pd.DataFrame(
        {
            "group": ["satisfied", "other"],
            "estimate": [0.2, 0.3],
            "low": [0.15, 0.2],
            "high": [0.25, 0.4],
            "n": [400, 90],
        }
    )
    ax = plot_leaving(table)
    assert segments(ax) == {(0.15, 0.25), (0.2, 0.4)} and words(ax) == ["20.0% (n = 400)", "30.0% (n = 90)"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Satisfied", "Not satisfied"]
