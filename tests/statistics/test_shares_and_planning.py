"""Boxes, differences of shares, sample sizes and families of tests against published numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from cxlib.stages.architecture import boxes
from cxlib.stages.information_search import planning
from cxlib.statistics import scores
from cxlib.statistics.intervals import detectable, discoveries, newcombe

Shared = Callable[[str], Path]


def test_the_difference_of_two_shares_is_that_of_newcombe(shared: Shared) -> None:
    case = json.loads(shared("oracles/wilson_newcombe/oracle.json").read_text())["diff_method10"]
    change = newcombe((case["x1"], case["n1"]), (case["x2"], case["n2"]))
    assert change[1:] == pytest.approx(confint_proportions_2indep(56, 70, 48, 80, method="newcomb"), abs=1e-9)
    assert change[1:] == pytest.approx(case["ci"], abs=6e-5)


def test_the_boxes_have_the_intervals_of_wilson(shared: Shared) -> None:
    for count, n, low, high in json.loads(shared("oracles/wilson_newcombe/oracle.json").read_text())["wilson"]:
        table = pd.DataFrame({"score": [5.0] * count + [3.0] * (n - count)})
        top = boxes.box_share(table, scale=(1, 5), width=1).set_index("box").loc["top"]
        assert [top["low"], top["high"]] == pytest.approx([low, high], abs=6e-5)


def test_top_and_bottom_box_are_told_apart() -> None:
    table = pd.DataFrame({"score": [5.0, 4, 4, 3, 2, 1, 1, 0, np.nan], "touchpoint": "delivery"})
    both = boxes.box_share(table, scale=(1, 5), by=["touchpoint"])
    known = both.set_index("box")
    assert known.loc["top", "estimate"] == pytest.approx(3 / 7)
    assert known.loc["bottom", "estimate"] == pytest.approx(3 / 7)
    assert known.loc["top", "n"] == 7
    beside = boxes.both_boxes(both, key="touchpoint").iloc[0]
    assert (beside["estimate"], beside["bottom_share"]) == pytest.approx((3 / 7, 3 / 7))
    assert boxes.box_share(table.assign(score=[10.0, 9, 8, 7, 3, 2, 1, 0, 0]), scale=(0, 10))["estimate"].tolist() == [
        3 / 9,
        4 / 9,
    ]


def test_swapping_two_shares_turns_the_sign() -> None:
    one, (change, low, high) = newcombe((8, 20), (3, 30)), newcombe((3, 30), (8, 20))
    assert one == pytest.approx((-change, -high, -low))


def test_planned_sizes_are_the_published_ones(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/nps_planning/oracle.json").read_text())
    usual, even, worst = (
        planning.nps_variance(0.5, 0.2),
        planning.nps_variance(0.33, 0.33),
        planning.nps_variance(0.5, 0.5),
    )
    for name, variance in (("p.5 d.2", usual), ("p.33 d.33", even), ("worst p.5 d.5", worst)):
        for half, n in oracle["half_width_n"][name].items():
            assert planning.nps_sample_size(variance, half_width_points=float(half)) == n
    for name, variance in (("p.5 d.2", usual), ("worst", worst)):
        for change, n in oracle["per_wave_change_n_80"][name].items():
            size = planning.nps_change_sample_size((variance, variance), change_points=float(change.removesuffix("pt")))
            assert size == n
    case = oracle["fpc_example"]
    base = planning.nps_sample_size(case["var"], half_width_points=100 * case["half"])
    assert planning.finite_sample_size(234.3247, population=case["N"]) == pytest.approx(case["n"], abs=0.01)
    assert base == 235


def test_discoveries_are_those_of_benjamini_and_hochberg(shared: Shared) -> None:
    case = json.loads(shared("oracles/bh1995/oracle.json").read_text())
    assert discoveries(case["p"], rate=case["q"]).sum() == case["rejections"]["bh"]


def test_the_order_of_tests_does_not_matter_and_a_blank_is_no_discovery() -> None:
    p = [0.2, 0.001, np.nan, 0.04]
    assert discoveries(p).tolist() == [False, True, False, False]
    assert discoveries(p[::-1]).tolist() == [False, False, True, False]
    assert discoveries([]).tolist() == []


def test_nothing_to_compare_stays_blank() -> None:
    assert np.isnan(newcombe((0, 0), (1, 2))).all()
    assert boxes.box_share(pd.DataFrame({"score": []}, dtype=float), scale=(1, 5)).empty


def test_the_detectable_difference_is_what_the_planned_size_would_show() -> None:
    """n from statsmodels' power analysis, back to the effect it was made for."""
    from statsmodels.stats.power import NormalIndPower

    n = NormalIndPower().solve_power(effect_size=0.3, alpha=0.05, power=0.8)
    half = 1.959963985 * np.sqrt(2 / n)
    assert detectable(-half, half) == pytest.approx(0.3, abs=1e-6)
    assert detectable(0.1, 0.1) == 0.0


def test_a_plan_names_the_published_sizes_and_stays_below_the_base(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/nps_planning/oracle.json").read_text())
    plan = planning.nps_plan(0.5, 0.2, answered=120, population=400).set_index(["aim", "size_points"])
    assert plan.loc["margin", "n"].to_dict() == {float(h): n for h, n in oracle["half_width_n"]["p.5 d.2"].items()}
    assert plan.loc["change", "n"].to_dict() == {10.0: 958, 5.0: 3831}
    assert plan.loc[("margin", 10.0), "n_of_base"] == 149  # 147.998 for 234.3 answers, rounded up from 235
    assert (plan.loc["margin", "n_of_base"] <= 400).all() and plan.loc["change", "n_of_base"].isna().all()
    assert planning.nps_plan(0.0, 0.0, answered=5).empty


def test_a_share_is_ranked_only_where_it_is_known_well_enough() -> None:
    table = pd.DataFrame(
        {
            "touchpoint": ["a", "b", "c", "d"],
            "estimate": [0.9, 0.5, 0.7, 0.2],
            "low": [0.85, 0.3, 0.65, 0.17],
            "high": [0.94, 0.7, 0.75, 0.25],
            "n": [200, 40, 300, 20],
            "unit": "share",
        }
    )
    found = boxes.ranked(table, widest=0.1)
    assert found["touchpoint"].tolist() == ["a", "c", "b", "d"]
    assert found["reason"].tolist() == ["", "", "too wide", "too few"]
    assert found["rank"].tolist()[:2] == [1.0, 2.0] and found["rank"].isna().tolist() == [False, False, True, True]
    pair = scores.neighbours(found, key="touchpoint").iloc[0]
    assert (pair["first"], pair["second"], pair["verdict"]) == ("a", "c", "real")
    assert (pair["estimate"], pair["low"], pair["high"]) == pytest.approx(newcombe((180, 200), (210, 300)))
    assert scores.neighbours(found.iloc[:0], key="touchpoint").empty


def test_the_plan_is_made_at_the_shares_of_the_last_wave() -> None:
    scores_given = [10.0] * 5 + [8.0] * 3 + [0.0] * 2  # half promoters, a fifth detractors
    answers = pd.DataFrame({"question": "nps", "score": scores_given * 12, "wave": "2025", "weight": 1.0})
    waves = pd.concat([answers, answers.head(9).assign(wave="2024", score=0.0)])
    expected = planning.nps_plan(0.5, 0.2, answered=120, population=400)
    pd.testing.assert_frame_equal(planning.survey_plan(waves, population=400), expected)
    assert planning.survey_plan(waves.iloc[:0]).empty
