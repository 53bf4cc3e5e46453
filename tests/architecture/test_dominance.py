"""Dominance against all subset models fitted one by one, and by what dominance must mean."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.outliers_influence import variance_inflation_factor

from cxlib.stages.architecture.dominance import dominance
from cxlib.stages.architecture.drivers import driver_draws, lmg, model_draws, overlap


def simulated(effects: tuple[float, ...], *, n: int = 400, seed: int = 0, noise: float = 2.0) -> pd.DataFrame:
    """Ratings t0, t1, … that share a mood, each with its effect on the outcome."""
    generator = np.random.default_rng(seed)
    mood = generator.normal(size=(n, 1))
    ratings = 6 + 0.7 * mood + generator.normal(size=(n, len(effects)))
    table = pd.DataFrame(ratings, columns=[f"t{k}" for k in range(len(effects))])
    return table.assign(outcome=ratings @ np.array(effects) + generator.normal(size=n) * noise, weight=1.0)


def fitted(table: pd.DataFrame, names: list[str]) -> dict[frozenset[str], float]:
    """R² of every model, each fitted by statsmodels."""
    found = {frozenset[str](): 0.0}
    for size in range(1, len(names) + 1):
        for chosen in combinations(names, size):
            design = np.column_stack([np.ones(len(table)), table[list(chosen)]])
            found[frozenset(chosen)] = float(OLS(table["outcome"].to_numpy(), design).fit().rsquared)
    return found


def by_hand(models: dict[frozenset[str], float], one: str, other: str, names: list[str]) -> str:
    """Azen & Budescu's definitions, model by model."""
    rest = [name for name in names if name not in (one, other)]
    gains = {
        size: [
            models[frozenset({*chosen, one})] - models[frozenset({*chosen, other})]
            for chosen in combinations(rest, size)
        ]
        for size in range(len(rest) + 1)
    }
    means = [float(np.mean(gains[size])) for size in gains]
    if all(gain >= 0 for level in gains.values() for gain in level):
        return "complete"
    return "conditional" if min(means) >= 0 else "general" if np.mean(means) > 0 else ""


@pytest.mark.parametrize("seed", range(4))
def test_the_kinds_of_dominance_are_those_of_all_models_fitted_one_by_one(seed: int) -> None:
    table = simulated((0.6, 0.5, 0.45, 0.1), seed=seed)
    names = ["t0", "t1", "t2", "t3"]
    models = fitted(table, names)
    found = dominance(model_draws(table, n_draws=20), names, n=len(table), neighbours=False)
    assert len(found) == 6
    for row in found.itertuples():
        assert row.kind == by_hand(models, str(row.first), str(row.second), names)


def test_every_model_has_the_r2_that_statsmodels_gives_it() -> None:
    table = simulated((0.6, 0.5, 0.1))
    models = model_draws(table, n_draws=1)[0]
    expected = fitted(table, ["t0", "t1", "t2"])
    for place, share in enumerate(models):
        chosen = frozenset(f"t{k}" for k in range(3) if (place >> k) & 1)
        assert share == pytest.approx(expected[chosen], abs=1e-12)


def test_the_order_is_that_of_the_contributions() -> None:
    table = simulated((0.1, 0.8, 0.4))
    contribution = lmg(np.cov(table[["t0", "t1", "t2", "outcome"]].to_numpy().T), [[0], [1], [2]])
    pairs = dominance(model_draws(table, n_draws=5), ["t0", "t1", "t2"], n=400)
    order = [f"t{k}" for k in np.argsort(-contribution)]
    assert pairs["first"].tolist() == order[:2] and pairs["second"].tolist() == order[1:]


def test_a_far_stronger_touchpoint_dominates_completely_and_in_every_sample() -> None:
    row = dominance(model_draws(simulated((1.0, 0.0)), n_draws=50), ["t0", "t1"], n=400).iloc[0]
    assert (row["kind"], row["models_share"], row["p_kind"], row["p_first"]) == ("complete", 1.0, 1.0, 1.0)


def test_equal_touchpoints_come_first_about_as_often_as_not() -> None:
    table = simulated((0.5, 0.5), n=5000)
    row = dominance(model_draws(table, n_draws=200), ["t0", "t1"], n=5000).iloc[0]
    assert 0.05 < row["p_first"] < 1.0


def test_one_touchpoint_or_none_dominates_nothing() -> None:
    table = simulated((0.5, 0.5))
    assert dominance(model_draws(table.drop(columns="t1"), n_draws=2), ["t0"], n=400).empty
    assert dominance(model_draws(table[["outcome", "weight"]], n_draws=2), [], n=0).empty
    assert overlap(table.drop(columns="t1")).empty


def test_the_inflation_is_that_of_statsmodels_where_everybody_rated() -> None:
    table = simulated((0.5, 0.5, 0.5))
    table["t2"] = table["t1"] + np.random.default_rng(1).normal(0, 0.3, len(table))
    found = overlap(table)
    design = np.column_stack([np.ones(len(table)), table[["t0", "t1", "t2"]]])
    expected = [variance_inflation_factor(design, k) for k in (1, 2, 3)]
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-9)
    assert found["repeats"].tolist() == [False, True, True]


def test_a_thousand_samples_of_twelve_touchpoints_cost_less_than_ten_fits_of_pingouin() -> None:
    import time

    import pingouin

    table = simulated(tuple(np.linspace(0.1, 0.6, 12)), n=5000)
    start = time.process_time()
    driver_draws(table, n_draws=1000)
    ours = time.process_time() - start
    start = time.process_time()
    theirs = pingouin.linear_regression(table.drop(columns=["outcome", "weight"]), table["outcome"], relimp=True)
    once = time.process_time() - start
    first = driver_draws(table, n_draws=1).head(12)["importance"]
    np.testing.assert_allclose(first, theirs["relimp"].iloc[1:], atol=1e-9)
    assert ours < 100 * once  # a tenth of what a thousand of its fits would take; measured about 1/400
