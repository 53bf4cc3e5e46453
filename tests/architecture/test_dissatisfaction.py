"""The key-dissatisfaction game: its exact form against brute force over all coalitions, and what the list must do."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.architecture.dissatisfaction import failure_values, failures, key_failures


def brute_force(failed: np.ndarray, bad: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Shapley value from its definition: all coalitions of the game P(any fails | bad) − P(any fails | not bad)."""
    p = failed.shape[1]

    def worth(members: tuple[int, ...]) -> float:
        hit = failed[:, list(members)].any(axis=1)
        return float(np.average(hit[bad], weights=weight[bad]) - np.average(hit[~bad], weights=weight[~bad]))

    value = np.zeros(p)
    for k in range(p):
        others = [j for j in range(p) if j != k]
        for size in range(p):
            share = factorial(size) * factorial(p - 1 - size) / factorial(p)
            for chosen in combinations(others, size):
                value[k] += share * (worth((*chosen, k)) - (worth(chosen) if chosen else 0.0))
    return value


def complaints(n: int = 800, *, seed: int = 0, spoils: float = 0.7) -> tuple[pd.DataFrame, pd.Series]:
    """Three touchpoints: a failure of the first spoils it with the share `spoils`, the other two never matter."""
    generator = np.random.default_rng(seed)
    failed = pd.DataFrame(generator.random((n, 3)) < [0.25, 0.2, 0.2], columns=["van", "desk", "site"])
    bad = (failed["van"] & (generator.random(n) < spoils)) | (generator.random(n) < 0.05)
    return failed, bad


@pytest.mark.parametrize("example", ["example_01.csv", "example_02.csv"])
def test_the_exact_form_is_brute_force_over_all_coalitions(shared, example: str) -> None:  # type: ignore[no-untyped-def]
    data = pd.read_csv(shared(f"oracles/shapley_kda/{example}"), encoding="utf-8-sig")
    satisfied = data.pop("Overall Satisfaction")
    first = data.iloc[:, :8]
    failed = (first <= 6 if example == "example_01.csv" else first == 1).to_numpy(bool)
    bad = (satisfied <= 6).to_numpy(bool)
    weight = 1.0 + np.arange(len(data)) % 3
    np.testing.assert_allclose(failure_values(failed, bad), brute_force(failed, bad, np.ones(len(data))), atol=1e-15)
    np.testing.assert_allclose(failure_values(failed, bad, weight=weight), brute_force(failed, bad, weight), atol=1e-15)


def test_the_values_add_up_to_what_all_failures_together_are_worth() -> None:
    failed, bad = complaints()
    any_of = failed.any(axis=1)
    assert key_failures(failed, bad, n_draws=5)["estimate"].sum() == pytest.approx(
        any_of[bad].mean() - any_of[~bad].mean()
    )


def test_what_spoils_it_is_the_whole_list() -> None:
    failed, bad = complaints()
    found = key_failures(failed, bad, n_draws=200).set_index("touchpoint")
    assert found.index[0] == "van" and found["key"].tolist() == [True, False, False]
    assert found.loc["van", "verdict"] == "real" and found.loc["van", "p_key"] == 1.0
    assert set(found.loc[["desk", "site"], "verdict"]) == {"not shown"}
    assert found.loc["van", "reach_share"] == pytest.approx(failed.loc[bad, "van"].mean())
    assert found.loc["van", "noise_share"] == pytest.approx(failed.loc[~bad, "van"].mean())


def test_the_list_ends_where_reach_less_noise_is_largest() -> None:
    failed, bad = complaints(seed=3)
    found = key_failures(failed, bad, n_draws=5)
    assert (
        found.loc[(found["reach_share"] - found["noise_share"]).idxmax(), "touchpoint"]
        == found[found["key"]]["touchpoint"].iloc[-1]
    )
    assert found["reach_share"].is_monotonic_increasing and found["noise_share"].is_monotonic_increasing


def test_shuffled_rows_and_heavier_weights_change_nothing() -> None:
    failed, bad = complaints()
    order = np.random.default_rng(4).permutation(len(failed))
    plain = key_failures(failed, bad, n_draws=5)["estimate"]
    shuffled = key_failures(failed.iloc[order], bad.iloc[order], n_draws=5)["estimate"]
    heavier = key_failures(failed, bad, weight=pd.Series(3.0, index=bad.index), n_draws=5)["estimate"]
    np.testing.assert_allclose(plain, shuffled, atol=1e-12)
    np.testing.assert_allclose(plain, heavier, atol=1e-12)


def test_where_nothing_spoils_it_the_interval_holds_zero_nineteen_times_in_twenty() -> None:
    real = [(key_failures(*complaints(seed=seed, spoils=0.0), n_draws=100)["low"] > 0).sum() for seed in range(60)]
    assert sum(real) <= 12  # one-sided 2.5 % of 180 intervals is 4.5; beyond 12 lies the 99.9th percentile


def test_a_failure_is_real_where_its_interval_lies_above_zero() -> None:
    found = pd.concat([key_failures(*complaints(seed=seed, spoils=0.2), n_draws=50) for seed in range(8)])
    assert found["verdict"].tolist() == ["real" if low > 0 else "not shown" for low in found["low"]]
    assert ((found["estimate"] > 0) & (found["verdict"] == "not shown")).any()


def test_from_ratings_a_low_one_is_a_failure_and_what_was_not_met_has_not_failed() -> None:
    failed, bad = complaints()
    ratings = failed.astype(float).replace({1.0: 6.0, 0.0: 7.0})
    ratings.loc[~failed["site"], "site"] = np.nan
    table = ratings.assign(outcome=bad.map({True: 3.0, False: 4.0}), weight=1.0)
    found = failures(table, scale=(0.0, 10.0), outcome_scale=(1.0, 5.0))
    pd.testing.assert_frame_equal(found, key_failures(failed, bad, weight=table["weight"]))


@pytest.mark.parametrize(("n", "told"), [(29, False), (30, True)])
def test_thirty_on_either_side_are_enough(n: int, told: bool) -> None:
    failed = pd.DataFrame({"van": np.arange(100) % 2 == 0})
    few = pd.Series(np.arange(100) < n)
    assert len(key_failures(failed, few, n_draws=5)) == told
    assert len(key_failures(failed, ~few, n_draws=5)) == told


def test_under_thirty_dissatisfied_nothing_is_told() -> None:
    failed, bad = complaints(60)
    assert key_failures(failed, bad & (np.arange(60) < 40)).empty
    assert key_failures(failed[[]], bad).empty


def test_where_nothing_fails_or_failing_is_no_worse_there_is_no_list() -> None:
    failed, dissatisfied = complaints()
    assert not key_failures(failed & False, dissatisfied, n_draws=20)["key"].any()
    only_the_others = failed.mul(~dissatisfied, axis=0)
    assert not key_failures(only_the_others, dissatisfied, n_draws=20)["key"].any()
