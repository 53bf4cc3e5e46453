"""The client beside others: figures by hand, the uncertainty of both sides, and who stands where."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_ind

from cxlib.stages.information_search.benchmark import benchmark_gaps, beside_others, on_par, own_figures
from cxlib.statistics.intervals import Z

NO_STEPS = pd.DataFrame()


def answers(question: str, scores: Sequence[float], touchpoint: str = "") -> pd.DataFrame:
    persons = [f"r{number}" for number in range(len(scores))]
    table = pd.DataFrame({"respondent_id": persons, "score": list(scores)}, dtype=object)
    table = table.assign(question=question, touchpoint=touchpoint, score=pd.Series(scores, dtype=float))
    return table.astype({"respondent_id": "str", "question": "str", "touchpoint": "str"})


def rival(
    value: float, *, n: float = np.nan, metric: str = "csat", touchpoint: str = "delivery", step: str = ""
) -> pd.DataFrame:
    row = {"name": "Rival", "metric": metric, "touchpoint": touchpoint, "step": step, "value": value, "n": n}
    return pd.DataFrame([row | {"source": "panel", "on": pd.Timestamp("2026-02-15")}])


def beside(scores: Sequence[float], theirs: pd.DataFrame) -> pd.Series:
    """The one comparison of a score at delivery."""
    return benchmark_gaps(own_figures(answers("csat", scores, "delivery"), NO_STEPS), theirs).iloc[0]


def test_nps_and_means_are_held_against_the_same_metric_and_place(shared: Callable[[str], Path]) -> None:
    oracle = shared("oracles/nps_rocks/oracle.json")
    assert json.loads(oracle.read_text())
    scores = [0] * 40 + [7] * 85 + [10] * 125  # Rocks (2016), package example: adjusted Wald .24498 to .42695
    table = own_figures(pd.concat([answers("nps", scores), answers("csat", [1.0, 2, 3], "delivery")]), NO_STEPS)
    assert table.loc[0, ["estimate", "low", "high"]].tolist() == pytest.approx([34.0, 24.498, 42.695], abs=1e-3)
    assert table.loc[0, "sd"] == pytest.approx(np.std(np.repeat([-100, 0, 100], [40, 85, 125])))
    assert table.loc[1, ["metric", "touchpoint", "estimate", "n", "sd"]].tolist() == ["csat", "delivery", 2.0, 3, 1.0]


def test_without_answers_there_is_nothing_to_hold_against_anybody() -> None:
    table = own_figures(answers("nps", []), NO_STEPS)
    assert table.empty and {"metric", "estimate", "sd"} <= set(table.columns)
    assert beside_others(answers("nps", []), NO_STEPS, rival(7.5))["verdict"].tolist() == ["cannot tell"]


def test_a_competitor_without_n_is_a_fixed_point() -> None:
    scores = [6, 7, 8] * 40
    row = beside(scores, rival(7.5))
    assert row["fixed"] and row["verdict"] == "real" and row["standing"] == "behind"
    low, high = stats.t.interval(0.95, 119, np.mean(scores), stats.sem(scores))
    assert (row["low"], row["high"]) == pytest.approx((low - 7.5, high - 7.5))


@pytest.mark.parametrize(
    ("metric", "value", "variance"),
    [("csat", 7.5, None), ("nps", 20.0, 100.0**2 - 20.0**2), ("conversion", 0.55, 0.55 * 0.45)],
)
def test_the_variance_of_a_competitor_with_n_is_added(metric: str, value: float, variance: float | None) -> None:
    steps = pd.DataFrame({"step": ["consideration"], "estimate": [0.4], "low": [0.38], "high": [0.42], "n": [2000]})
    given = pd.concat([answers("csat", [6, 7, 8] * 40, "delivery"), answers("nps", [10, 8, 0, 9] * 50)])
    own = own_figures(given, steps)
    place = {
        "touchpoint": "delivery" if metric == "csat" else "",
        "step": "consideration" if metric == "conversion" else "",
    }
    fixed, sampled = (benchmark_gaps(own, rival(value, metric=metric, n=n, **place)).iloc[0] for n in (np.nan, 50))
    assert fixed["fixed"] and not sampled["fixed"]
    sd = own.loc[own["metric"] == metric, "sd"].iloc[0]
    added = Z**2 * (sd**2 if variance is None else variance) / 50
    for side in ("low", "high"):
        before, after = (row[side] - row["estimate"] for row in (fixed, sampled))
        assert after**2 == pytest.approx(before**2 + added)


def test_a_metric_the_client_does_not_measure_cannot_be_told() -> None:
    row = benchmark_gaps(own_figures(answers("nps", [9]), NO_STEPS), rival(7.5, n=50)).iloc[0]
    assert row["verdict"] == "cannot tell" and np.isnan(row["estimate"])


def test_the_own_n_must_reach_the_evidence_gate() -> None:
    scores = np.resize([6.0, 7.0, 8.0], 30)
    assert beside(scores, rival(9.0))["verdict"] == "real"
    few = beside(scores[:29], rival(9.0))
    assert (few["verdict"], few["standing"]) == ("cannot tell", "")
    assert few["estimate"] == pytest.approx(scores[:29].mean() - 9.0)  # it is shown, and nothing is decided on it


def test_conversion_is_taken_from_the_funnel() -> None:
    steps = pd.DataFrame({"step": ["consideration"], "estimate": [0.4], "low": [0.38], "high": [0.42], "n": [2000]})
    theirs = rival(0.55, metric="conversion", touchpoint="", step="consideration")
    row = beside_others(answers("nps", []), steps, theirs).iloc[0]
    assert row["estimate"] == pytest.approx(-0.15)
    assert (row["verdict"], row["standing"], row["margin"]) == ("real", "behind", 0.03)


def test_on_par_is_shown_by_two_one_sided_tests_as_statsmodels_does() -> None:
    generator = np.random.default_rng(4)
    one, other = generator.normal(7.0, 2.0, 4000), generator.normal(7.05, 2.0, 4000)
    expected = ttost_ind(one, other, -0.2, 0.2, usevar="unequal")[0]
    error = float(np.sqrt(one.var(ddof=1) / 4000 + other.var(ddof=1) / 4000))
    assert on_par(float(one.mean() - other.mean()), error, margin=0.2) == pytest.approx(expected, rel=2e-2)
    assert on_par(0.0, 0.0, margin=0.2) == 0.0 and on_par(0.5, 0.0, margin=0.2) == 1.0


def test_a_small_difference_of_many_answers_is_on_par_and_of_few_is_nothing() -> None:
    for n, standing in ((4000, "on par"), (40, "")):
        row = beside(np.resize([5.0, 9.0], n), rival(7.0))
        assert row["standing"] == standing
        assert row["detectable"] > 0
        assert row["margin"] == pytest.approx(0.2 * 2.0, rel=0.02)  # a fifth of a standard deviation


def test_who_is_better_by_more_than_the_margin_is_ahead() -> None:
    row = beside(np.resize([7.0, 8.0, 9.0], 300), rival(7.0))
    assert (row["verdict"], row["standing"]) == ("real", "ahead")
    near = beside(np.resize([5.0, 9.0], 40), rival(6.5))
    assert (near["estimate"], near["verdict"], near["standing"]) == (0.5, "not shown", "")


def test_a_net_promoter_score_is_on_par_within_five_points() -> None:
    given = answers("nps", np.resize([10.0, 8.0, 0.0, 8.0], 10_000))
    standings = {}
    for gap in (0.0, 3.0, 4.5, 6.0):
        row = beside_others(given, NO_STEPS, rival(gap, metric="nps", touchpoint="")).iloc[0]
        standings[gap] = row["standing"]
    assert standings == {0.0: "on par", 3.0: "on par", 4.5: "behind", 6.0: "behind"}  # z · se = 1.16 points


def test_a_difference_at_the_edge_of_the_two_one_sided_tests_turns_from_on_par_to_real() -> None:
    scores = np.resize([5.0, 9.0], 4000)
    standings = {gap: beside(scores, rival(7.0 - gap))["standing"] for gap in (0.3, 0.34, 0.355, 0.5)}
    assert standings == {0.3: "on par", 0.34: "on par", 0.355: "ahead", 0.5: "ahead"}  # margin 0.4, z · se = 0.052


def test_a_score_asked_on_one_to_ten_is_never_held_against_zero_to_ten() -> None:
    given, theirs = answers("nps", np.resize([10.0, 5.0], 60)), rival(20.0, metric="nps", touchpoint="")
    assert beside_others(given, NO_STEPS, theirs).loc[0, "estimate"] == pytest.approx(-20)
    other = beside_others(given, NO_STEPS, theirs, nps_scale=(1, 10)).iloc[0]
    assert np.isnan(other["estimate"]) and other["verdict"] == "cannot tell"
