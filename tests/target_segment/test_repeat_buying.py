"""BG/NBD and Gamma–Gamma against the published CDNOW figures, their properties, and data that cannot carry them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.target_segment import repeat_buying, spending
from cxlib.statistics.intervals import Z

Shared = Callable[[str], Path]
END = pd.Timestamp("1998-06-30")


def published(shared: Shared) -> dict[str, object]:
    return dict(json.loads(shared("oracles/cdnow/oracle.json").read_text()))


def cdnow(shared: Shared) -> pd.DataFrame:
    table = pd.read_csv(shared("oracles/cdnow/cdnow_cbs.csv"))
    names = {"x": "n_repeats", "t.x": "recency_weeks", "T.cal": "age_weeks"}
    return table.rename(columns=names).assign(customer_id=table.index.astype(str), repeat_money=np.nan)


def spends(shared: Shared) -> pd.DataFrame:
    table = pd.read_csv(shared("oracles/cdnow/cdnow_summary_monetary.csv"))
    names = {"ID": "customer_id", "x": "n_repeats", "t_x": "recency_weeks", "T": "age_weeks", "zbar": "repeat_money"}
    return table.rename(columns=names)


def purchases(shared: Shared) -> pd.DataFrame:
    path = shared("data/cdnow/CDNOW_sample.txt")
    table = pd.read_csv(path, sep=r"\s+", header=None, names=["_", "customer_id", "day", "_n", "revenue"])
    return table.assign(at=pd.to_datetime(table["day"].astype(str)))


def bought(*days: str, customer: str = "a", revenue: float = 10.0) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": customer, "at": pd.to_datetime(list(days)), "revenue": revenue})


def simulated(n: int = 3000, seed: int = 1) -> pd.DataFrame:
    """Histories of customers who buy and leave as the model says: r 0.6, alpha 8, a 0.8, b 2.5."""
    generator = np.random.default_rng(seed)
    rate, leaves = generator.gamma(0.6, 1 / 8, n), generator.beta(0.8, 2.5, n)
    age = generator.integers(70, 800, n) / 7
    clock, repeats, recency, here = np.zeros(n), np.zeros(n, int), np.zeros(n), np.ones(n, bool)
    while here.any():
        clock += generator.exponential(1 / np.maximum(rate, 1e-12))
        here &= clock < age
        repeats, recency = repeats + here, np.where(here, clock, recency)
        here &= generator.random(n) > leaves
    return pd.DataFrame(
        {
            "customer_id": np.arange(n).astype(str),
            "n_repeats": repeats,
            "recency_weeks": recency,
            "age_weeks": age,
            "repeat_money": np.nan,
        }
    )


@pytest.fixture(scope="module")
def model() -> pd.DataFrame:
    return repeat_buying.buying_model(simulated())


def test_the_parameters_are_those_of_fader_hardie_and_lee(shared: Shared) -> None:
    expected = published(shared)["bgnbd"]
    model = repeat_buying.buying_model(cdnow(shared))
    assert isinstance(expected, dict)
    np.testing.assert_allclose(model["estimate"], expected["precise"], atol=5e-4)
    assert model["log_likelihood"].iloc[0] == pytest.approx(expected["ll"], abs=0.05)
    assert model["sound"].all()


def test_the_expected_purchases_are_those_of_the_paper(shared: Shared) -> None:
    told, histories = published(shared), cdnow(shared)
    model = repeat_buying.buying_model(histories)
    one = histories.head(1).assign(n_repeats=2, recency_weeks=30.43, age_weeks=38.86)
    ahead = repeat_buying.expected_purchases(one, model, weeks=39)
    assert ahead["estimate"].iloc[0] == pytest.approx(told["cond_exp_x2_tx30_43_T38_86_t39"], abs=1e-3)
    total = repeat_buying.expected_purchases(histories, model, weeks=39)["estimate"].sum()
    assert total == pytest.approx(told["sum_cond_exp_39w"], abs=0.1)


def test_the_holdout_error_of_cdnow_is_about_minus_twelve_per_cent_and_better_than_a_constant_rate(
    shared: Shared,
) -> None:
    missed = repeat_buying.holdout(purchases(shared), end=END).set_index("method")
    assert missed.loc["bg_nbd", "actual_count"] == published(shared)["actual_39w"]
    assert missed.loc["bg_nbd", "estimate"] == pytest.approx(-0.12, abs=0.01)
    assert abs(missed.loc["constant_rate", "estimate"]) > abs(missed.loc["bg_nbd", "estimate"])


def test_gamma_gamma_has_the_published_parameters_and_frequency_hardly_tells_spend(shared: Shared) -> None:
    expected = published(shared)["gamma_gamma"]
    model = spending.spending_model(spends(shared))
    assert isinstance(expected, dict)
    np.testing.assert_allclose(model["estimate"], [expected[name] for name in "pqv"], atol=0.01)
    assert model["n"].iloc[0] == expected["n"]
    assert spending.frequency_spend(spends(shared))["estimate"].iloc[0] == pytest.approx(0.114, abs=5e-4)


def test_purchases_of_one_day_are_one_and_a_return_is_none() -> None:
    table = pd.concat([bought("2026-01-01", "2026-01-01", "2026-01-15"), bought("2026-01-20", revenue=-5.0)])
    row = repeat_buying.histories(table, end=pd.Timestamp("2026-01-29")).iloc[0]
    assert (row["n_repeats"], row["recency_weeks"], row["age_weeks"], row["repeat_money"]) == (1, 2.0, 4.0, 10.0)


def test_the_planted_parameters_are_found(model: pd.DataFrame) -> None:
    truth = np.array([0.6, 8.0, 0.8, 2.5])
    assert model["sound"].all()
    assert (model["low"].to_numpy() < truth).all()
    assert (truth < model["high"].to_numpy()).all()


def test_neither_order_nor_counting_twice_changes_the_parameters(model: pd.DataFrame) -> None:
    histories = simulated()
    twice = pd.concat([histories, histories.sample(frac=1, random_state=0)])
    again = repeat_buying.buying_model(twice)
    np.testing.assert_allclose(again["estimate"], model["estimate"], rtol=2e-3)
    np.testing.assert_allclose(again["log_likelihood"], 2 * model["log_likelihood"], rtol=1e-8)


def test_expected_purchases_grow_with_time_and_shrink_with_discounting(model: pd.DataFrame) -> None:
    histories = simulated()
    near, far = (repeat_buying.expected_purchases(histories, model, weeks=weeks)["estimate"] for weeks in (26, 104))
    less = repeat_buying.expected_purchases(histories, model, weeks=104, discount_rate=0.1)["estimate"]
    assert (near < far).all()
    assert (less < far).all()
    assert repeat_buying.expected_purchases(histories, model, weeks=1)["alive_share"].between(0, 1).all()


def test_the_slopes_are_the_derivatives_by_the_log_parameters(model: pd.DataFrame) -> None:
    one = simulated(50)
    moved = model.assign(estimate=model["estimate"] * np.exp([0.0, 1e-3, 0.0, 0.0]))
    here, there = (repeat_buying.expected_purchases(one, each, weeks=52) for each in (model, moved))
    np.testing.assert_allclose((there["estimate"] - here["estimate"]) / 1e-3, here["slope_alpha"], atol=2e-3)


def test_a_customer_who_buys_a_hundred_times_does_not_overflow(model: pd.DataFrame) -> None:
    often = simulated(1).assign(n_repeats=400, recency_weeks=99.0, age_weeks=100.0)
    ahead = repeat_buying.expected_purchases(often, model, weeks=52)["estimate"].iloc[0]
    assert 50 < ahead < 210


def test_where_nobody_ever_leaves_the_likelihood_is_flat_and_nothing_is_expected_from_it() -> None:
    generator = np.random.default_rng(0)
    age = np.full(1000, 100.0)
    repeats = generator.poisson(generator.gamma(2, 1 / 20, 1000) * age)
    recency = np.where(repeats > 0, age * generator.random(1000) ** (1 / np.maximum(repeats, 1)), 0.0)
    table = pd.DataFrame(
        {
            "customer_id": np.arange(1000).astype(str),
            "n_repeats": repeats,
            "recency_weeks": recency,
            "age_weeks": age,
            "repeat_money": 1.0,
        }
    )
    model = repeat_buying.buying_model(table)
    assert not model["sound"].any()
    assert model["low"].isna().all()
    assert repeat_buying.expected_purchases(table, model, weeks=52).empty


def test_too_few_customers_or_nobody_who_repeats_have_no_model() -> None:
    few = repeat_buying.histories(bought("2026-01-01", "2026-02-01"), end=END + pd.DateOffset(years=30))
    assert repeat_buying.buying_model(few).empty
    once = simulated(600).assign(n_repeats=0, recency_weeks=0.0)
    assert repeat_buying.buying_model(once).empty
    assert repeat_buying.holdout(bought().head(0), end=END).empty
    assert spending.spending_model(few).empty
    assert spending.frequency_spend(few).empty
    assert spending.expected_spend(few, spending.spending_model(few)).empty


def test_a_mean_spend_is_drawn_towards_everybody_the_more_the_rarer_it_was_seen(shared: Shared) -> None:
    model = spending.spending_model(spends(shared))
    rare, often, never = pd.DataFrame({"customer_id": ["a"], "repeat_money": [100.0]}), None, None
    rare = rare.assign(n_repeats=1)
    often, never = rare.assign(n_repeats=20), rare.assign(n_repeats=0, repeat_money=np.nan)
    each = [spending.expected_spend(table, model)["estimate"].iloc[0] for table in (never, rare, often)]
    p, q, v = model["estimate"]
    assert each[0] == pytest.approx(p * v / (q - 1))
    assert each[0] < each[1] < each[2] < 100


def test_the_interval_of_the_correlation_is_fishers_by_hand() -> None:
    generator = np.random.default_rng(0)
    known = pd.DataFrame({"n_repeats": generator.integers(1, 9, 200), "repeat_money": generator.gamma(2, 20, 200)})
    found = spending.frequency_spend(known).iloc[0]
    r = np.corrcoef(known["n_repeats"], known["repeat_money"])[0, 1]
    limits = np.tanh(np.arctanh(r) + np.array([-1, 1]) * Z / np.sqrt(197))
    assert found["estimate"] == pytest.approx(r, abs=1e-12)
    assert found[["low", "high"]].tolist() == pytest.approx(limits.tolist(), abs=1e-12)
    assert spending.frequency_spend(known.head(99)).empty


@pytest.mark.parametrize(("q", "sound"), [(1.01, True), (0.99, False)])
def test_a_spend_without_a_finite_mean_is_not_sound(monkeypatch: pytest.MonkeyPatch, q: float, sound: bool) -> None:
    row = pd.DataFrame({"parameter": ["p", "q", "v"], "estimate": [2.0, q, 1.0], "low": 0.5, "high": 3.0})
    row = row.assign(log_likelihood=0.0, sound=True)
    monkeypatch.setattr(spending, "likelihood", lambda *_given: row)
    known = pd.DataFrame({"n_repeats": 1, "repeat_money": np.arange(1.0, 101.0)})
    assert spending.spending_model(known)["sound"].tolist() == [sound] * 3


def test_the_interval_of_a_holdout_error_is_that_of_a_ratio_of_sums() -> None:
    expected, actual = np.array([1.0, 2.0, 3.0, 2.0]), np.array([1.0, 1.0, 4.0, 2.0])
    error, low, high, *_counted = repeat_buying._missed(expected, actual)
    half = Z * np.std(expected - actual, ddof=1) * 2 / 8
    assert (error, low, high) == (0.0, pytest.approx(-half), pytest.approx(half))
