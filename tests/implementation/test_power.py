"""How many customers: the published numbers, and what a small pilot could still show."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.power import TTestIndPower

from cxlib.statistics.power import (
    detectable_mean,
    detectable_share,
    effects_within_reach,
    n_two_means,
    n_two_shares,
    pilot_size,
    power_curves,
)


@pytest.fixture
def published(shared: Callable[[str], Path]) -> dict[str, Any]:
    return dict(json.loads(shared("oracles/power_pwr/oracle.json").read_text()))


def test_two_shares_as_in_r(published: dict[str, Any]) -> None:
    case = published["power_prop_test"]
    found = n_two_shares(case["p1"], case["p2"] - case["p1"], power=case["power"])
    assert found == pytest.approx(case["n"], abs=5e-3)


def test_two_means_as_in_r(published: dict[str, Any]) -> None:
    assert n_two_means(1.0, 0.2, power=0.8) == pytest.approx(published["pwr_t"]["n"], abs=5e-3)
    assert n_two_means(1.0, 1.0, power=0.9) == pytest.approx(published["power_t"]["n"], abs=5e-3)


def test_two_means_as_in_statsmodels() -> None:
    theirs = TTestIndPower().solve_power(effect_size=0.35, alpha=0.05, power=0.8)
    assert n_two_means(2.0, 0.7) == pytest.approx(float(theirs), abs=5e-3)


def test_the_detectable_effect_needs_exactly_the_customers_there_are() -> None:
    effect = detectable_share(0.2, 400)
    assert n_two_shares(0.2, effect) == pytest.approx(400, rel=1e-3)
    assert n_two_means(3.0, detectable_mean(3.0, 400)) == pytest.approx(400, rel=0.01)


def test_half_the_effect_needs_about_four_times_the_customers() -> None:
    assert n_two_shares(0.3, 0.02) / n_two_shares(0.3, 0.04) == pytest.approx(4, rel=0.03)


def test_what_cannot_be_told_is_not_a_number() -> None:
    assert np.isnan(n_two_shares(0.3, 0.0))
    assert np.isnan(n_two_shares(0.3, float("nan")))
    assert np.isnan(n_two_means(0.0, 1.0))
    assert np.isnan(detectable_share(0.3, 1))
    assert pilot_size(
        pd.DataFrame(columns=["metric", "unit", "baseline", "spread", "minimum_effect"]), n_available=9
    ).empty


def test_a_pilot_is_large_enough_or_says_what_it_could_show() -> None:
    metrics = pd.DataFrame(
        {
            "metric": ["purchase_share", "margin_per_customer"],
            "unit": ["share", "money"],
            "baseline": [0.2, 30.0],
            "spread": [0.4, 90.0],
            "minimum_effect": [0.02, 20.0],
        }
    )
    table = pilot_size(metrics, n_available=1000).set_index("metric")
    assert not table.loc["purchase_share", "enough"]
    assert table.loc["purchase_share", "detectable"] > 0.02
    assert table.loc["margin_per_customer", "enough"]


REGISTRATION = pd.DataFrame(
    [
        {
            "unit": "share",
            "baseline": 0.2,
            "spread": 0.4,
            "minimum_effect": 0.02,
            "promised_low": 0.01,
            "promised_effect": 0.05,
            "promised_high": 0.9,
            "alpha": 0.05,
            "power": 0.8,
        }
    ]
)


def test_power_grows_with_customers_and_passes_eighty_percent_where_it_should() -> None:
    curves = power_curves(REGISTRATION, n_available=1000)
    curve = curves[curves["effect"] == "likely"]
    assert curve["power_share"].is_monotonic_increasing
    at = np.interp(np.log(n_two_shares(0.2, 0.05)), np.log(curve["n_per_arm"]), curve["power_share"])
    assert at == pytest.approx(0.8, abs=0.01)


def test_each_effect_of_a_registration_has_its_own_size() -> None:
    table = effects_within_reach(REGISTRATION, n_available=2400).set_index("effect")
    assert table.loc["likely", "n_needed"] == np.ceil(n_two_shares(0.2, 0.05))
    assert table["enough"].to_dict() == {"minimum": False, "low": False, "likely": True, "high": False}
    assert np.isnan(table.loc["high", "n_needed"])  # a share cannot rise above 1
    assert effects_within_reach(REGISTRATION.iloc[:0], n_available=100).empty
    assert power_curves(REGISTRATION.iloc[:0], n_available=100).empty


def test_the_power_of_a_mean_agrees_with_its_sample_size() -> None:
    money = REGISTRATION.assign(unit="money", spread=90.0, minimum_effect=10.0, promised_effect=20.0)
    curves = power_curves(money, n_available=500)
    curve = curves[curves["effect"] == "likely"]
    at = np.interp(np.log(n_two_means(90.0, 20.0)), np.log(curve["n_per_arm"]), curve["power_share"])
    assert at == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("control", [0.0, 1 / 90_189, 1e-9, 0.5, 1 - 1e-9, 1.0])
@pytest.mark.parametrize("n", [2, 30, 4000, 90_189, 10**9])
def test_next_to_no_or_every_customer_a_size_is_a_number_or_unknown(control: float, n: int) -> None:
    row = {"metric": "m", "unit": "share", "baseline": control, "spread": math.sqrt(control * (1 - control))}
    for unit in ("share", "money"):
        table = pd.DataFrame([row | {"unit": unit, "minimum_effect": 0.005}])
        found = pilot_size(table, n_available=n).iloc[0]
        assert not found["n_needed"] < 2 or math.isnan(found["n_needed"])
        assert math.isnan(found["detectable"]) or found["detectable"] > 0
        effects = {"minimum_effect": 0.005, "promised_low": 0.0, "promised_effect": 0.02, "promised_high": 1 - control}
        registered = pd.DataFrame([row | effects | {"unit": unit, "alpha": 0.05, "power": 0.8}])
        curves = power_curves(registered, n_available=n)
        assert curves["power_share"].between(0, 1).all()
