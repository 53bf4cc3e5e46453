"""Answers that count by their survey weight."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from cxlib.stages.architecture.boxes import box_share, box_width
from cxlib.stages.information_search.levels import level_changes, levels
from cxlib.statistics.intervals import mean_row, weighted_mean_t, wilson
from cxlib.statistics.weights import weighed, weighted_difference, weighted_share


def drawn(n: int = 200) -> tuple[pd.Series, pd.Series]:
    generator = np.random.default_rng(4)
    return pd.Series(generator.normal(5, 2, n)), pd.Series(generator.uniform(0.2, 3, n))


def test_the_weighted_mean_is_that_of_the_survey_package() -> None:
    """statsmodels: the same mean; its error by the linearised formula written out."""
    values, weights = drawn()
    mean, low, high = weighted_mean_t(values, weights)
    assert mean == pytest.approx(DescrStatsW(values, weights).mean)
    influence = weights / weights.sum() * (values - mean)
    half = stats.t.ppf(0.975, 199) * np.sqrt(200 / 199 * (influence**2).sum())
    assert (low, high) == pytest.approx((mean - half, mean + half))


def test_equal_weights_change_nothing() -> None:
    values, _weights = drawn()
    same = pd.Series(2.5, values.index)
    assert weighted_mean_t(values, same) == pytest.approx(
        tuple(mean_row(values)[name] for name in ("estimate", "low", "high"))
    )
    one, other = values[:80], values[80:]
    found = weighted_difference(one, other, same)
    low, high = CompareMeans(DescrStatsW(one), DescrStatsW(other)).tconfint_diff(usevar="unequal")
    assert (found["low"], found["high"]) == pytest.approx((low, high))
    assert weighted_share(pd.Series([True] * 30 + [False] * 70), pd.Series(1.0, range(100))) == pytest.approx(
        wilson(30, 100)
    )


def test_too_few_answers_have_no_interval() -> None:
    assert np.isnan(weighted_mean_t(pd.Series([1.0]), pd.Series([2.0]))[1])
    assert np.isnan(weighted_mean_t(pd.Series([], dtype=float), pd.Series([], dtype=float))[0])
    alike = weighted_difference(pd.Series([1.0, 1.0]), pd.Series([1.0], index=[2]), pd.Series(1.0, range(3)))
    assert np.isnan(alike["p"]) and alike["n"] == 1


def test_who_has_no_weight_counts_once_and_weight_zero_is_nobody() -> None:
    answers = pd.DataFrame({"score": [1.0, 2.0, 3.0], "weight": [np.nan, 0.0, 2.0]})
    assert weighed(answers)["weight"].tolist() == [1.0, 2.0]
    assert weighed(answers[["score"]])["weight"].tolist() == [1.0] * 3


def survey(weights: tuple[float, float]) -> pd.DataFrame:
    """Two years alike unweighted; region A (3) and B (4) weigh otherwise in the second."""
    rows = [
        (f"{year}{place}", year, 3.0 + place % 2, weights[place % 2] if year == "2026" else 1.0)
        for year in ("2024", "2026")
        for place in range(200)
    ]
    table = pd.DataFrame(rows, columns=["respondent_id", "wave", "score", "weight"])
    return table.assign(question="overall", touchpoint="")


def test_levels_and_changes_follow_the_weights() -> None:
    table = survey((0.4, 1.6))
    known = levels(table).set_index(["wave", "answers"])["estimate"]
    assert known["2026", "plain"] == pytest.approx(3.5) and known["2026", "weighted"] == pytest.approx(3.8)
    changed = level_changes(table).set_index("respondents")
    assert changed.loc["all", "verdict"] == "not shown"
    assert changed.loc["weighted", "verdict"] == "real" and changed.loc["weighted", "estimate"] == pytest.approx(0.3)
    assert "weighted" not in set(level_changes(survey((1.0, 1.0)))["respondents"])


def test_boxes_count_by_weight_and_never_overlap() -> None:
    answers = pd.DataFrame({"score": [0.0] * 50 + [1.0] * 50, "weight": [1.0] * 50 + [3.0] * 50})
    shares = box_share(answers, scale=(0, 1)).set_index("box")
    assert shares["estimate"].to_dict() == pytest.approx({"top": 0.75, "bottom": 0.25})
    assert box_share(answers[["score"]], scale=(0, 1))["estimate"].tolist() == [0.5, 0.5]
    for low, high in ((0, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 7), (0, 10), (1, 10), (0, 100)):
        assert 2 * box_width((low, high)) <= high - low + 1
