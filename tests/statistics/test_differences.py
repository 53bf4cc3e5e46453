"""Two means, two shares and families of tests, held against scipy, by hand, and at the level that is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.facts import CONFIDENCE, EVIDENCE_N
from cxlib.statistics.differences import paired, seen, student, welch
from cxlib.statistics.intervals import ALPHA, POWER, Z_POWER, Z, discoveries, false_discovery, pooled_p
from cxlib.statistics.randomisation import balance, launch_waves

FIRST, SECOND = (np.random.default_rng(seed).gamma(2.0, scale, n) for seed, scale, n in ((0, 3.0, 40), (1, 4.0, 25)))


def test_the_level_and_the_gate_are_those_that_pages_name() -> None:
    assert (CONFIDENCE, ALPHA, POWER, EVIDENCE_N) == (0.95, 0.05, 0.8, 30)
    assert pytest.approx((1.959964, 0.841621), abs=1e-6) == (Z, Z_POWER)


@pytest.mark.parametrize("freedom", [3.0, 40.0, np.inf])
def test_an_estimate_and_its_error_have_students_interval(freedom: float) -> None:
    told = student(1.2, 0.5, freedom)
    assert (told["low"], told["high"]) == pytest.approx(stats.t.interval(0.95, freedom, 1.2, 0.5))
    assert told["p_value"] == pytest.approx(2 * stats.t.sf(2.4, freedom))


@pytest.mark.parametrize(("error", "freedom"), [(0.0, 5.0), (np.nan, 5.0), (1.0, 0.0)])
def test_without_spread_or_freedom_nothing_is_known_but_the_estimate(error: float, freedom: float) -> None:
    told = student(1.2, error, freedom)
    assert told["estimate"] == 1.2 and np.isnan([told["low"], told["high"], told["p_value"]]).all()


def test_two_samples_are_compared_as_scipy_does() -> None:
    known = stats.ttest_ind(FIRST, SECOND, equal_var=False)
    expected = [FIRST.mean() - SECOND.mean(), *known.confidence_interval(), known.pvalue]
    ones = np.ones(len(FIRST)), np.ones(len(SECOND))
    for told in (welch(FIRST, SECOND), welch(FIRST, SECOND, ones)):
        assert list(told.values()) == pytest.approx(expected, rel=1e-12)


def test_weights_count_as_the_linearised_variance_says() -> None:
    weight = np.linspace(1, 3, len(FIRST))
    mean = np.average(FIRST, weights=weight)
    u = weight * (FIRST - mean) / weight.sum()
    parts = np.array([40 / 39 * (u**2).sum(), SECOND.var(ddof=1) / 25])
    told = welch(FIRST, SECOND, (weight, np.ones(25)))
    freedom = parts.sum() ** 2 / (parts[0] ** 2 / 39 + parts[1] ** 2 / 24)
    known = student(mean - SECOND.mean(), np.sqrt(parts.sum()), freedom)
    assert list(told.values()) == pytest.approx(list(known.values()))


def test_the_same_persons_are_compared_as_scipy_does() -> None:
    after = FIRST[:25]
    known = stats.ttest_rel(after, SECOND)
    expected = [(after - SECOND).mean(), *known.confidence_interval(), known.pvalue]
    assert list(paired(after, SECOND).values()) == pytest.approx(expected, rel=1e-12)


def test_rounding_is_no_spread() -> None:
    values = np.array([0.1 + 0.2, 0.3, 0.3])
    assert seen(float(values.std()), values) == 0.0 and seen(1e-6, values) == 1e-6
    assert np.isnan(welch(values, values)["low"]) and np.isnan(paired(values, values[::-1])["low"])


def test_the_pooled_test_of_two_shares_is_the_one_by_hand() -> None:
    z = (0.5 - 0.3) / np.sqrt(0.4 * 0.6 * (1 / 100 + 1 / 100))
    assert pooled_p((50, 100), (30, 100)) == pytest.approx(2 * stats.norm.sf(z), rel=1e-12)
    assert np.isnan(pooled_p((0, 10), (0, 20))) and np.isnan(pooled_p((10, 10), (20, 20)))


def test_blank_p_values_do_not_count_in_the_family() -> None:
    adjusted = false_discovery(pd.Series([0.01, np.nan, 0.04]))
    assert adjusted.tolist()[0] == pytest.approx(0.02) and np.isnan(adjusted[1]) and adjusted[2] == pytest.approx(0.04)
    assert false_discovery(pd.Series(dtype=float)).empty


def test_a_discovery_may_be_as_rare_as_one_in_twenty_and_no_rarer_is_asked() -> None:
    assert discoveries([0.05]).tolist() == [True] and discoveries([0.0501]).tolist() == [False]
    assert discoveries([0.03, 0.03]).tolist() == [True, True]
    assert discoveries([0.03, 0.9]).tolist() == [False, False]  # 0.06 when it is one of two


def test_arms_are_balanced_within_an_interval_at_the_level_that_is_said() -> None:
    drawn = pd.DataFrame({"customer_id": [f"c{at}" for at in range(40)], "arm": ["pilot", "control"] * 20})
    known = drawn[["customer_id"]].assign(tenure=np.random.default_rng(2).normal(10, 2, 40))
    row = balance(drawn, known, features=["tenure"]).iloc[0]
    pilot, control = (known.loc[drawn["arm"].eq(arm), "tenure"] for arm in ("pilot", "control"))
    size = (pilot.mean() - control.mean()) / np.sqrt((pilot.var() + control.var()) / 2)
    half = 1.959964 * np.sqrt(1 / 20 + 1 / 20 + size**2 / 80)  # Hedges & Olkin (1985)
    assert (row["estimate"], row["low"], row["high"], row["n"]) == pytest.approx((size, size - half, size + half, 40))


@pytest.mark.parametrize(("size", "units"), [(29, []), (30, ["a", "b"])])
def test_a_unit_of_a_staggered_launch_has_thirty_customers(size: int, units: list[str]) -> None:
    everybody = pd.DataFrame({"region": ["a"] * 40 + ["b"] * size})
    found = launch_waves(everybody, by="region", start=pd.Timestamp("2026-01-01"))
    assert sorted(found["unit"]) == units
    small = pd.DataFrame({"region": ["a"] * 40 + ["b"] * 15 + ["c"] * (size - 15)})
    assert sorted(launch_waves(small, by="region", start=pd.Timestamp("2026-01-01"))["unit"]) == [
        name.replace("b", "other") for name in units
    ]
