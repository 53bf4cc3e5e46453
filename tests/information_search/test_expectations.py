from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.stages.information_search import expectations
from cxlib.stages.information_search.expectations import (
    expectation_gaps,
    expectation_levels,
    expectation_table,
    keepable_levels,
    on_ten,
)


def answers_of(expected: list[float], lived: list[float], *, shift: int = 0) -> pd.DataFrame:
    rows = [(f"e{i}", "delivery", "expectation", score) for i, score in enumerate(expected)]
    rows += [(f"e{i + shift}", "delivery", "lived", score) for i, score in enumerate(lived)]
    return pd.DataFrame(rows, columns=["respondent_id", "touchpoint", "measure", "score"])


def responses(question: str, scores: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"respondent_id": [f"r{i}" for i in range(len(scores))], "touchpoint": "delivery", "question": question,
                         "score": scores})  # fmt: skip


def test_scales_are_moved_onto_ten_and_zero_is_a_value() -> None:
    moved = on_ten(
        pd.concat([responses("csat", [1, 3, 5]), responses("expectation", [0, 10, np.nan])]), {"csat": (1.0, 5.0)}
    )
    assert moved.loc[moved["measure"] == "lived", "score"].tolist() == [0, 5, 10]
    assert moved.loc[moved["measure"] == "expectation", "score"].tolist() == [0, 10]


def test_paired_answers_are_compared_by_person_as_scipy_does() -> None:
    generator = np.random.default_rng(0)
    expected = generator.normal(8, 1, 50)
    lived = expected - 1 + generator.normal(0, 0.5, 50)
    row = expectation_gaps(answers_of(list(expected), list(lived)), ["delivery"]).iloc[0]
    test = stats.ttest_rel(lived, expected)
    assert (row["estimate"], row["p"]) == pytest.approx((np.mean(lived - expected), test.pvalue))
    assert (row["low"], row["high"]) == pytest.approx(tuple(test.confidence_interval(0.95)))
    assert row["paired"] and row["verdict"] == "real"


def test_different_persons_are_compared_as_two_groups_as_welch_does() -> None:
    generator = np.random.default_rng(0)
    expected, lived = generator.normal(8, 1, 40), generator.normal(7.8, 2, 60)
    row = expectation_gaps(answers_of(list(expected), list(lived), shift=100), ["delivery"]).iloc[0]
    test = stats.ttest_ind(lived, expected, equal_var=False)
    assert not row["paired"] and row["n"] == 40
    assert row["p"] == pytest.approx(test.pvalue)
    assert (row["low"], row["high"]) == pytest.approx(tuple(test.confidence_interval(0.95)))


def test_few_answers_cannot_tell_however_wide_the_gap() -> None:
    row = expectation_gaps(answers_of([9, 9.5] * 6, [2, 2.2] * 6), ["delivery"]).iloc[0]
    assert row["verdict"] == "cannot tell" and row["n"] == 12


def test_the_level_that_can_be_promised_is_the_highest_with_four_in_five_assured() -> None:
    lived = [9.0] * 50 + [7.0] * 42 + [3.0] * 8
    row = keepable_levels(answers_of([], lived), ["delivery"]).iloc[0]
    assert row["level"] == 7
    assert row["estimate"] == 0.92 and row["low"] >= 0.8


def test_few_or_bad_experiences_assure_no_level() -> None:
    assert np.isnan(keepable_levels(answers_of([], [10.0] * 5), ["delivery"]).iloc[0]["level"])
    assert np.isnan(keepable_levels(answers_of([], [0.0] * 100), ["delivery"]).iloc[0]["level"])


def test_a_better_experience_never_lowers_the_level() -> None:
    generator = np.random.default_rng(2)
    lived = generator.integers(3, 10, 120).astype(float)
    worse = keepable_levels(answers_of([], list(lived)), ["delivery"]).iloc[0]["level"]
    better = keepable_levels(answers_of([], list(lived + 1)), ["delivery"]).iloc[0]["level"]
    assert better >= worse


def test_nothing_asked_gives_no_gap_and_levels_without_estimate() -> None:
    empty = on_ten(responses("nps", [9, 10]), {})
    levels = expectation_levels(empty, ["delivery"])
    assert levels["n"].tolist() == [0, 0, 0] and levels["estimate"].isna().all()
    assert expectation_gaps(empty, ["delivery"]).empty
    assert list(expectation_table(levels).columns) == ["touchpoint", "expectation", "lived", "memory"]
    assert expectation_table(expectation_levels(empty, [])).empty


def test_the_promise_stands_beside_the_levels_of_its_moment() -> None:
    levels = pd.DataFrame([("van", "lived", 7.0, 6.5, 7.5, 100, "score")],
                          columns=["touchpoint", "measure", "estimate", "low", "high", "n", "unit"])  # fmt: skip
    keepable = pd.DataFrame({"touchpoint": ["van", "desk"], "level": [5.0, 6.0], "n": [100, 50]})
    both = expectations.with_promise(levels, keepable)
    assert both[["touchpoint", "measure", "estimate"]].values.tolist() == [
        ["van", "lived", 7.0],
        ["van", "promise", 5.0],
    ]
    assert len(expectations.with_promise(levels, keepable.assign(level=np.nan))) == 1
