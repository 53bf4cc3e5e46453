"""The promise: a level that nine in ten customers live, or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.design.promise import lower_tolerance, promise, promises, smallest_n


def test_smallest_samples_are_those_of_wilks(shared: Callable[[str], Path]) -> None:
    published = json.loads(shared("oracles/wilks_tolerance/oracle.json").read_text())["n"]
    assert smallest_n(0.95) == published["95/95"]
    assert smallest_n(0.90) == published["90/95"]


def test_below_the_smallest_sample_nothing_is_promised_and_at_it_the_worst_score_is() -> None:
    assert np.isnan(lower_tolerance(np.arange(28.0)))
    assert lower_tolerance(np.arange(1.0, 30.0)) == 1.0


def test_the_level_is_kept_in_nineteen_of_twenty_samples() -> None:
    generator = np.random.default_rng(1)
    kept = [1 - lower_tolerance(generator.random(120)) >= 0.9 for _ in range(2000)]  # uniform: P(score ≥ L) = 1 − L
    assert np.mean(kept) >= 0.94


def test_the_order_of_answers_does_not_matter() -> None:
    scores = np.random.default_rng(2).integers(0, 11, 80).astype(float)
    assert lower_tolerance(scores) == lower_tolerance(scores[::-1])


def test_a_touchpoint_nobody_rated_cannot_tell() -> None:
    rated = pd.DataFrame({"touchpoint": ["van"] * 60, "score": [9.0] * 60})
    table = promise(rated, touchpoints=["van", "desk"], expected={"van": 8.0, "desk": 8.0}).set_index("touchpoint")
    assert table.loc["van", "verdict"] == "kept"
    assert table.loc["desk", "verdict"] == "cannot tell"
    assert table.loc["desk", "n"] == 0
    assert promise(rated, touchpoints=["van"], expected={})["verdict"].tolist() == ["cannot tell"]


def test_answers_are_moved_onto_ten_and_only_satisfaction_counts() -> None:
    answers = pd.DataFrame({"respondent_id": range(40), "touchpoint": "van", "question": "csat", "score": 4.0})
    other = answers.assign(question="nps", score=0.0)
    hoped = pd.DataFrame({"touchpoint": ["van", "desk"], "expectation": [7.5, float("nan")]})
    table = promises(pd.concat([answers, other]), hoped, ["van", "desk"], scales={"csat": (1.0, 5.0)})
    assert table.loc[0, ["expected", "promise", "estimate", "n"]].tolist() == [7.5, 7.5, 1.0, 40]
    assert table.loc[1, "verdict"] == "cannot tell"


@pytest.mark.parametrize(
    ("kept", "n", "verdict"),
    [
        (28, 28, "cannot tell"),  # all keep it, and nobody may promise: 29 answers are the least
        (29, 29, "cannot tell"),  # the lower limit of 29 of 29 is 0.88
        (40, 40, "kept"),  # … of 40 of 40 is 0.912
        (80, 100, "not kept"),  # the upper limit is 0.867
        (83, 100, "not kept"),  # … of 83 it is 0.891, of 84 it is 0.8995
        (85, 100, "cannot tell"),  # … of 85 it is 0.907
    ],
)
def test_a_promise_is_kept_or_not_by_its_limits(kept: int, n: int, verdict: str) -> None:
    scores = pd.DataFrame({"touchpoint": "van", "score": [9.0] * kept + [1.0] * (n - kept)})
    assert promise(scores, touchpoints=["van"], expected={"van": 9.0})["verdict"].item() == verdict
