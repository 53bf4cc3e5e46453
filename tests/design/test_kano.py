"""Kano: the table of categories, better and worse, and when the first category may be believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from math import sqrt
from pathlib import Path

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cxlib.stages.design.kano import COLUMNS, fong_apart, kano, kano_class

PAIRS = {
    "attractive": (1, 3),
    "one_dimensional": (1, 5),
    "must_be": (3, 5),
    "indifferent": (3, 3),
    "reverse": (5, 3),
    "questionable": (1, 1),
}


def answers(idea: str = "x", **counts: int) -> pd.DataFrame:
    rows = [(idea, *PAIRS[name]) for name, n in counts.items() for _person in range(n)]
    return pd.DataFrame(rows, columns=["idea_id", "functional", "dysfunctional"])


def test_the_evaluation_table_is_the_published_one() -> None:
    """Oracle: the 5 × 5 table of Berger and others (1993), row by row."""
    rows = ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]
    letters = {name: name[0].upper() for name in PAIRS}
    for functional, dysfunctional in product(range(1, 6), repeat=2):
        assert letters[kano_class(functional, dysfunctional)] == rows[functional - 1][dysfunctional - 1]
    assert kano_class(float("nan"), 3) == ""
    assert kano_class(0, 3) == ""


def test_better_and_worse_are_those_of_the_ski_example(shared: Callable[[str], Path]) -> None:
    items = json.loads(shared("oracles/kano_sauerwein/oracle.json").read_text())["items"]
    names = {"A": "attractive", "O": "one_dimensional", "M": "must_be", "I": "indifferent"}
    parts = [
        answers(key, **{names[letter]: round(10 * item[letter]) for letter in names}) for key, item in items.items()
    ]
    found = kano(pd.concat(parts)).set_index("idea_id")
    for key, item in items.items():
        assert found.loc[key, "better"] == pytest.approx(item["better"], abs=0.01)
        assert -found.loc[key, "worse"] == pytest.approx(item["worse"], abs=0.01)
        assert found.loc[key, "category"] == names[item["cat"]]


def test_the_intervals_are_wilsons() -> None:
    row = kano(answers(attractive=40, one_dimensional=30, must_be=20, indifferent=30)).iloc[0]
    assert (row["better_low"], row["better_high"]) == pytest.approx(proportion_confint(70, 120, method="wilson"))
    assert (row["worse_low"], row["worse_high"]) == pytest.approx(proportion_confint(50, 120, method="wilson"))


def test_the_first_category_stands_when_it_is_far_enough_from_the_second() -> None:
    """Oracle: |a − b| against 1.65 √((a + b)(2n − a − b)/2n) by hand, n = 150: 60 and 40 need 16.5 apart."""
    bound = 1.65 * sqrt(100 * (300 - 100) / 300)
    assert bound == pytest.approx(13.47, abs=0.01)
    assert fong_apart(60, 40, 150)
    assert not fong_apart(56, 44, 150)
    assert kano(answers(attractive=60, indifferent=40, must_be=50)).iloc[0]["verdict"] == "mixed"
    assert kano(answers(attractive=90, indifferent=40, must_be=20)).iloc[0]["verdict"] == "real"


def test_few_persons_give_a_direction_or_nothing_and_contradictions_a_warning() -> None:
    assert kano(answers(attractive=40, indifferent=5)).iloc[0]["verdict"] == "directional"
    few = kano(answers(attractive=20)).iloc[0]
    assert (few["verdict"], few["category"], few["second"]) == ("cannot tell", "", "")
    empty = kano(answers())
    assert empty.empty
    assert list(empty.columns) == COLUMNS


def test_the_order_of_the_answers_changes_nothing() -> None:
    table = answers(attractive=40, one_dimensional=30, must_be=20, indifferent=30)
    pd.testing.assert_frame_equal(kano(table), kano(table.sample(frac=1, random_state=2)))


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ({"attractive": 29}, "cannot tell"),
        ({"attractive": 30}, "directional"),
        ({"attractive": 99}, "directional"),
        ({"attractive": 100}, "real"),
        ({"attractive": 95, "questionable": 5}, "real"),  # one in twenty may contradict themselves
        ({"attractive": 94, "questionable": 6}, "not understood"),
        ({"attractive": 57, "indifferent": 43, "must_be": 25, "one_dimensional": 25}, "real"),  # 14 apart, 13.47 needed
        ({"attractive": 56, "indifferent": 44, "must_be": 25, "one_dimensional": 25}, "mixed"),  # 12 apart
    ],
)
def test_a_verdict_turns_at_its_limit(counts: dict[str, int], verdict: str) -> None:
    assert kano(answers(**counts))["verdict"].item() == verdict


def test_a_reverse_idea_may_lead_and_contradictions_never_do() -> None:
    row = kano(answers(reverse=60, attractive=20, questionable=4)).iloc[0]
    assert (row["category"], row["second"]) == ("reverse", "attractive")
    assert row["better"] == 1.0  # of those who take sides
