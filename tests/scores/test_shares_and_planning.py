"""Boxes, differences of shares, sample sizes and families of tests against published numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.methods import scores

Shared = Callable[[str], Path]


def test_the_difference_of_two_shares_is_that_of_newcombe(shared: Shared) -> None:
    case = json.loads(shared("oracles/wilson_newcombe/oracle.json").read_text())["diff_method10"]
    change = scores.share_difference((case["x1"], case["n1"]), (case["x2"], case["n2"]))
    assert change[1:] == pytest.approx(case["ci"], abs=6e-5)


def test_the_boxes_have_the_intervals_of_wilson(shared: Shared) -> None:
    for count, n, low, high in json.loads(shared("oracles/wilson_newcombe/oracle.json").read_text())["wilson"]:
        table = pd.DataFrame({"score": [5.0] * count + [3.0] * (n - count)})
        top = scores.box_share(table, scale=(1, 5), width=1).set_index("box").loc["top"]
        assert [top["low"], top["high"]] == pytest.approx([low, high], abs=6e-5)


def test_top_and_bottom_box_are_told_apart() -> None:
    table = pd.DataFrame({"score": [5.0, 4, 4, 3, 2, 1, 1, 0, np.nan], "touchpoint": "delivery"})
    boxes = scores.box_share(table, scale=(1, 5), by=["touchpoint"]).set_index("box")
    assert boxes.loc["top", "estimate"] == pytest.approx(3 / 7)
    assert boxes.loc["bottom", "estimate"] == pytest.approx(3 / 7)
    assert boxes.loc["top", "n"] == 7


def test_swapping_two_shares_turns_the_sign() -> None:
    one, other = scores.share_difference((8, 20), (3, 30)), scores.share_difference((3, 30), (8, 20))
    assert one == pytest.approx(-other[[0, 2, 1]])


def test_planned_sizes_are_the_published_ones(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/nps_planning/oracle.json").read_text())
    usual, even, worst = scores.nps_variance(0.5, 0.2), scores.nps_variance(0.33, 0.33), scores.nps_variance(0.5, 0.5)
    for name, variance in (("p.5 d.2", usual), ("p.33 d.33", even), ("worst p.5 d.5", worst)):
        for half, n in oracle["half_width_n"][name].items():
            assert scores.nps_sample_size(variance, half_width_points=float(half)) == n
    for name, variance in (("p.5 d.2", usual), ("worst", worst)):
        for change, n in oracle["per_wave_change_n_80"][name].items():
            size = scores.nps_change_sample_size((variance, variance), change_points=float(change.removesuffix("pt")))
            assert size == n
    case = oracle["fpc_example"]
    base = scores.nps_sample_size(case["var"], half_width_points=100 * case["half"])
    assert scores.finite_sample_size(234.3247, population=case["N"]) == pytest.approx(case["n"], abs=0.01)
    assert base == 235


def test_discoveries_are_those_of_benjamini_and_hochberg(shared: Shared) -> None:
    case = json.loads(shared("oracles/bh1995/oracle.json").read_text())
    assert scores.discoveries(case["p"], rate=case["q"]).sum() == case["rejections"]["bh"]


def test_the_order_of_tests_does_not_matter_and_a_blank_is_no_discovery() -> None:
    p = [0.2, 0.001, np.nan, 0.04]
    assert scores.discoveries(p).tolist() == [False, True, False, False]
    assert scores.discoveries(p[::-1]).tolist() == [False, False, True, False]
    assert scores.discoveries([]).tolist() == []


def test_nothing_to_compare_stays_blank() -> None:
    assert np.isnan(scores.share_difference((0, 0), (1, 2))).all()
    assert scores.box_share(pd.DataFrame({"score": []}, dtype=float), scale=(1, 5)).empty
