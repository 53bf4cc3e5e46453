from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxlib.stages.information_search.expectations import (
    expectation_gaps,
    expectation_levels,
    expectations,
    keepable_levels,
    on_ten,
    promise,
)
from cxlib.stages.information_search.shown import with_promise


def answers_of(expected: list[float], lived: list[float], *, shift: int = 0) -> pd.DataFrame:
    rows = [(f"e{i}", "delivery", "expectation", score) for i, score in enumerate(expected)]
    rows += [(f"e{i + shift}", "delivery", "lived", score) for i, score in enumerate(lived)]
    return pd.DataFrame(rows, columns=["respondent_id", "touchpoint", "measure", "score"])


def responses(question: str, scores: list[float]) -> pd.DataFrame:
    table = pd.DataFrame({"respondent_id": [f"r{i}" for i in range(len(scores))], "score": scores})
    return table.assign(touchpoint="delivery", question=question)


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


@pytest.mark.parametrize(("n", "verdict"), [(30, "real"), (29, "cannot tell")])
def test_few_answers_cannot_tell_however_wide_the_gap(n: int, verdict: str) -> None:
    row = expectation_gaps(
        answers_of(list(np.resize([9, 9.5], n)), list(np.resize([2, 2.2, 2.1], n))), ["delivery"]
    ).iloc[0]
    assert row["verdict"] == verdict and row["n"] == n


@pytest.mark.parametrize(("n", "paired"), [(10, True), (9, False)])
def test_from_ten_who_answered_both_on_they_are_compared_with_themselves(n: int, paired: bool) -> None:
    generator = np.random.default_rng(1)
    answers = answers_of(list(generator.normal(8, 1, n)), list(generator.normal(7, 1, n)))
    assert expectation_gaps(answers, ["delivery"]).iloc[0]["paired"] == paired


def test_where_everybody_lived_equally_less_than_expected_no_test_is_possible() -> None:
    row = expectation_gaps(answers_of([9.0] * 40, [7.0] * 40), ["delivery"]).iloc[0]
    assert (row["estimate"], row["verdict"]) == (-2.0, "cannot tell")


def test_all_gaps_are_one_family_of_comparisons() -> None:
    """A p of 0.04 stands alone, and not among twenty gaps."""
    one = answers_of([8.0, 7.0] * 50, [float(x) for x in np.resize([8.4, 7.2, 7.9, 6.6], 100)], shift=1000)
    p = expectation_gaps(one, ["delivery"]).iloc[0]["p"]
    places = [f"t{number}" for number in range(20)]
    same = pd.concat([one.assign(touchpoint=place) for place in places[1:]])
    lower = one.assign(touchpoint="t0", score=one["score"] - 0.26 * (one["measure"] == "lived"))
    alone, family = expectation_gaps(lower, ["t0"]), expectation_gaps(pd.concat([same, lower]), places)
    assert p > 0.5 and 0.05 / 20 < alone.loc[0, "p"] <= 0.05
    assert (alone.loc[0, "verdict"], family.loc[0, "verdict"]) == ("real", "not shown")


def test_the_level_that_can_be_promised_is_the_highest_with_four_in_five_assured() -> None:
    lived = [9.0] * 50 + [7.0] * 42 + [3.0] * 8
    row = keepable_levels(answers_of([], lived), ["delivery"]).iloc[0]
    assert row["level"] == 7
    assert row["estimate"] == 0.92 and row["low"] >= 0.8


def test_the_lower_limit_decides_and_not_the_share_itself() -> None:
    """Of 100 customers 85 lived a 9 or better: four in five are not assured; of 100 with 88 they are."""
    levels = [
        keepable_levels(answers_of([], [9.0] * n + [2.0] * (100 - n)), ["delivery"]).iloc[0]["level"] for n in (87, 88)
    ]
    limits = [proportion_confint(n, 100, method="wilson")[0] for n in (87, 88)]
    assert limits[0] < 0.8 <= limits[1]
    assert levels == [2.0, 9.0]


def test_what_can_be_promised_everywhere_is_the_lowest_level_and_measured_from_thirty_on() -> None:
    keepable = pd.DataFrame({"touchpoint": ["van", "desk", "shop"], "level": [6.0, 4.0, np.nan], "n": [99, 30, 9]})
    assert promise(keepable) == {"estimate": 4.0, "n": 30, "grade": "measured"}
    assert promise(keepable.assign(n=29))["grade"] == "observed"
    assert promise(keepable.tail(1)) == {}


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
    found = expectations(responses("nps", [9, 10]), ["delivery"], {})
    assert list(found.side_by_side().columns) == ["touchpoint", "expectation", "lived", "memory"]
    assert found.keepable["level"].isna().all() and found.gaps.empty
    assert expectations(responses("nps", [9, 10]), [], {}).side_by_side().empty


def test_the_interval_of_a_level_stays_on_the_scale() -> None:
    levels = expectation_levels(answers_of([0.0, 3.0], [10.0, 7.0]), ["delivery"]).set_index("measure")
    assert (levels.loc["expectation", "low"], levels.loc["lived", "high"]) == (0.0, 10.0)


def test_the_promise_stands_beside_the_levels_of_its_moment() -> None:
    columns = ["touchpoint", "measure", "estimate", "low", "high", "n", "unit"]
    rows = [("van", "lived", 7.0, 6.5, 7.5, 100, "score"), ("van", "memory", np.nan, np.nan, np.nan, 0, "score")]
    levels = pd.DataFrame(rows, columns=columns)
    keepable = pd.DataFrame({"touchpoint": ["van", "desk"], "level": [5.0, 6.0], "n": [100, 50]})
    both = with_promise(levels, keepable, {})
    assert both[["touchpoint", "measure", "estimate"]].values.tolist() == [
        ["van", "lived", 7.0],
        ["van", "promise", 5.0],
    ]
    assert len(with_promise(levels, keepable.assign(level=np.nan), {})) == 1


def test_a_promise_is_an_answer_of_the_scale_that_was_asked() -> None:
    for scale, answers, level in (
        ((1.0, 10.0), [6.0] * 90 + [5.0] * 10, 6.0),
        ((1.0, 5.0), [4.0] * 90 + [3.0] * 10, 4.0),
    ):
        table = pd.DataFrame({"score": answers, "question": "csat", "touchpoint": "help"})
        table["respondent_id"] = [f"c{place}" for place in range(len(table))]
        found = expectations(table, ["help"], {"csat": scale}).keepable.iloc[0]
        assert found["level"] == level and found["estimate"] == pytest.approx(0.9)
