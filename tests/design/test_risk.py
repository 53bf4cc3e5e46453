"""Risk: declared correlations, a bound on the worst futures, the worth of knowing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cxlib.engagement.brief.model import Judgement, Target
from cxlib.stages.design.portfolio import choose, options
from cxlib.stages.design.risk import (
    INFORMATION,
    WINNERS,
    contenders,
    futures,
    information,
    perfect_information,
    portfolios,
    scenarios,
    winners,
)
from cxlib.stages.design.terms import Terms, npv, terms
from cxlib.statistics.intervals import correlated_levels


def test_flows_have_the_published_mean_and_spread_apart_and_together(shared: Callable[[str], Path]) -> None:
    case = json.loads(shared("oracles/npv_irr/oracle.json").read_text())["mc_analytic"]
    worth = {}
    for name, correlation in (("sd_indep", np.eye(4)), ("sd_perfect_corr", np.ones((4, 4)))):
        level = correlated_levels(correlation, 20_000, seed=1)
        flows = np.array(case["cf"]) + stats.norm.ppf(level) * np.array(case["sd"])
        worth[name] = np.array([npv(case["rate"], one) for one in flows])
        assert worth[name].mean() == pytest.approx(case["mean"], abs=0.01)
        assert worth[name].std() == pytest.approx(case[name], rel=0.01)
    assert (worth["sd_indep"] > 0).mean() == pytest.approx(case["p_pos"], abs=0.004)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.9, 0.9), st.integers(0, 50))
def test_each_margin_is_even_and_the_correlation_is_the_declared_one(correlation: float, seed: int) -> None:
    level = correlated_levels(np.array([[1, correlation], [correlation, 1]]), 2000, seed=seed)
    assert np.array_equal(np.sort(np.floor(level * 2000), axis=0), np.repeat(np.arange(2000.0)[:, None], 2, axis=1))
    scores = stats.norm.ppf(level)
    assert np.corrcoef(scores.T)[0, 1] == pytest.approx(correlation, abs=0.02)


def test_a_correlation_that_cannot_be_is_moved_to_one_that_can() -> None:
    impossible = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    found = np.corrcoef(stats.norm.ppf(correlated_levels(impossible, 5000)).T)
    assert np.linalg.eigvalsh(found)[0] >= -1e-9
    assert found[0, 1] > 0.4 > found[0, 2]


def test_the_brief_declares_correlations_by_pair() -> None:
    judged = Judgement.model_validate({"correlation": 0.2, "correlations": [{"between": ["a", "b"], "value": 0.8}]})
    matrix = terms(Target(), judged).matrix(["a", "b", "c"])
    assert matrix.tolist() == [[1, 0.8, 0.2], [0.8, 1, 0.2], [0.2, 0.2, 1]]
    assert terms(Target(), Judgement()).matrix(["a", "b"])[0, 1] == Terms().correlation


def risky(seed: int, n_ideas: int = 6, n: int = 60) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Ideas whose gains swing widely, and their futures."""
    random = np.random.default_rng(seed)
    gain, cost = random.uniform(20, 80, n_ideas), random.uniform(20, 45, n_ideas)
    table = pd.DataFrame(
        {
            "idea_id": [f"i{k}" for k in range(n_ideas)],
            "step": "s",
            "gain_pv_money": gain,
            "cost_pv_money": cost,
            "investment_money": cost,
            "cap_pv_money": 200.0,
            "requires": "",
            "excludes": "",
        }
    )
    swing = random.normal(1, 0.9, (n, n_ideas)).clip(0)
    return table, {"gains": gain * swing, "costs": np.tile(cost, (n, 1)), "cap": np.full(n, 200.0)}


def tail(futures: dict[str, np.ndarray], held: np.ndarray, level: float) -> float:
    """Mean of the worst 1 − level of the futures, by its definition."""
    net = np.minimum(futures["gains"][:, held].sum(axis=1), futures["cap"]) - futures["costs"][:, held].sum(axis=1)
    return float(np.sort(net)[: round((1 - level) * len(net))].mean())


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_finds_what_trying_every_set_finds(seed: int) -> None:
    table, cases = risky(seed)
    best = 0.0
    for bits in itertools.product((False, True), repeat=len(table)):
        held = np.array(bits)
        if held.any() and table.loc[held, "investment_money"].sum() <= 90 and tail(cases, held, 0.8) >= -1e-9:
            gain = min(table.loc[held, "gain_pv_money"].sum(), 200.0) - table.loc[held, "cost_pv_money"].sum()
            best = max(best, float(gain))
    held = table["idea_id"].isin(choose(table, budget=90, worst=cases, level=0.8)).to_numpy()
    value = min(table.loc[held, "gain_pv_money"].sum(), 200.0) - table.loc[held, "cost_pv_money"].sum()
    assert value == pytest.approx(best, abs=1e-4)


def test_a_bounded_set_pays_as_often_as_asked() -> None:
    table, cases = risky(7)
    held = table["idea_id"].isin(choose(table, budget=90, worst=cases, level=0.8)).to_numpy()
    free = table["idea_id"].isin(choose(table, budget=90)).to_numpy()
    net = np.minimum(cases["gains"][:, held].sum(axis=1), cases["cap"]) - cases["costs"][:, held].sum(axis=1)
    assert held.any()
    assert (net > 0).mean() >= 0.8
    assert tail(cases, free, 0.8) < 0  # without the bound the richer set is riskier
    found = options(table, budget=90, worst=cases, level=0.8)
    assert ";".join(sorted(table.loc[held, "idea_id"])) in set(found["experiences"])


def test_knowing_is_worth_what_the_textbook_decision_says() -> None:
    """Oracle: drill or not (Raiffa 1968): oil +10 with .3, dry −4 with .7; knowing is worth .3·10 − .2 = 2.8."""
    drill = np.repeat([10.0, -4.0], [300, 700])[np.random.default_rng(0).permutation(1000)]
    known = perfect_information(pd.DataFrame({"nothing": 0.0, "drill": drill})).iloc[0]
    assert known["estimate"] == pytest.approx(0.3 * 10 - (0.3 * 10 - 0.7 * 4))
    assert known["low"] < known["estimate"] < known["high"]
    won = winners(pd.DataFrame({"nothing": 0.0, "drill": drill})).set_index("option")
    assert won["best_share"].to_dict() == pytest.approx({"nothing": 0.7, "drill": 0.3})
    assert won["regret_money"].min() == pytest.approx(known["estimate"])


def test_nobody_needs_to_know_what_never_changes_the_choice() -> None:
    sure = pd.DataFrame({"nothing": 0.0, "build": np.linspace(1, 9, 100)})
    assert perfect_information(sure)["estimate"].item() == 0
    assert perfect_information(sure.head(5)).columns.tolist() == INFORMATION
    assert perfect_information(sure.head(5)).empty
    assert winners(sure.head(0)).columns.tolist() == WINNERS


def test_options_are_compared_in_the_same_futures() -> None:
    table = pd.DataFrame(
        {
            "idea_id": ["a", "b"],
            "effect_low": 0.01,
            "effect_likely": 0.04,
            "effect_high": 0.08,
            "step": "s",
            "step_money": 5e5,
            "reach_share": 1.0,
            "unit_money": 5e5,
            "cap_money": 1e9,
            "worth_sd": 0.1,
            "cost_once_money": 1e4,
            "cost_monthly_money": 100.0,
        }
    )
    short = Terms(draws=300)
    drawn = futures(
        pd.DataFrame({"option": ["nothing", "p1", "p2"], "experiences": ["", "a", "a;b"]}), table, terms=short
    )
    assert (drawn["nothing"] == 0).all()
    assert np.corrcoef(drawn["p1"], drawn["p2"])[0, 1] > 0.6
    cases = scenarios(table, terms=Terms(draws=50))
    assert {name: part.shape for name, part in cases.items()} == {"gains": (50, 2), "costs": (50, 2), "cap": (50,)}
    unknown = table.assign(unit_money=np.nan)
    assert scenarios(unknown, terms=short) == {}
    assert futures(pd.DataFrame({"option": ["p1"], "experiences": ["a"]}), unknown, terms=short).empty


def test_the_interval_of_what_knowing_is_worth_is_that_of_its_batches() -> None:
    """Twenty batches: mean ± 1.96 standard deviations of their means over √20 (the square root is there)."""
    random = np.random.default_rng(3)
    drawn = pd.DataFrame({"nothing": 0.0, "build": random.normal(0.2, 1, 4000)})
    lost = np.maximum(drawn["build"], 0) - drawn["build"]
    means = lost.to_numpy().reshape(20, 200).mean(axis=1)
    half = stats.norm.ppf(0.975) * means.std(ddof=1) / np.sqrt(20)
    row = perfect_information(drawn).iloc[0]
    assert [row["low"], row["estimate"], row["high"]] == pytest.approx(
        [lost.mean() - half, lost.mean(), lost.mean() + half]
    )
    again = [
        perfect_information(pd.DataFrame({"nothing": 0.0, "build": random.normal(0.2, 1, 4000)})).iloc[0]
        for _ in range(60)
    ]
    truth = stats.norm.pdf(0.2) - 0.2 * stats.norm.cdf(-0.2)  # E[max(−x, 0)] of a normal with mean 0.2
    assert np.mean([one["low"] <= truth <= one["high"] for one in again]) >= 0.85


@pytest.mark.parametrize(("n", "known"), [(39, False), (40, True)])
def test_knowing_has_a_worth_from_two_draws_a_batch_on(n: int, known: bool) -> None:
    assert len(perfect_information(pd.DataFrame({"a": np.zeros(n), "b": np.arange(n)}))) == known
    assert perfect_information(pd.DataFrame({"a": np.arange(100)})).empty


def test_portfolios_come_with_their_risk_and_with_how_often_each_is_best() -> None:
    table = pd.DataFrame(
        {
            "idea_id": ["a", "b"],
            "step": ["s1", "s2"],
            "effect_low": 0.01,
            "effect_likely": 0.04,
            "effect_high": 0.08,
            "step_money": [5e5, 2e5],
            "reach_share": 1.0,
            "unit_money": [5e5, 2e5],
            "cap_money": 1e9,
            "worth_sd": 0.1,
            "cost_once_money": 1e4,
            "cost_monthly_money": 100.0,
            "investment_money": 1e4,
            "gain_pv_money": [4e4, 1.6e4],
            "cap_pv_money": 2e9,
            "cost_pv_money": 1.25e4,
            "requires": "",
            "excludes": "",
        }
    )
    short = Terms(draws=300)
    found = portfolios(table, budget=2e4, path=("s1",), terms=short, confidence=0.8)
    assert found["best_share"].sum() == pytest.approx(1)
    assert found.loc[found["option"].eq("nothing"), ["estimate", "low", "high"]].to_numpy().tolist() == [[0, 0, 0]]
    assert information(found, table, terms=short)["estimate"].item() == pytest.approx(found["regret_money"].min())
    unpriced = portfolios(
        table.assign(unit_money=np.nan, gain_pv_money=np.nan), budget=2e4, path=(), terms=short, confidence=0.8
    )
    assert unpriced["option"].tolist() == ["nothing"]
    assert unpriced["best_share"].isna().all()


def test_the_contenders_are_the_next_best_portfolios_without_the_best_and_without_nothing() -> None:
    table = pd.DataFrame(
        {
            "option": ["none", "a", "b", "c", "d"],
            "n_experiences": [0, 1, 1, 1, 2],
            "estimate": [0.0, 3.0, 9.0, 5.0, None],
        }
    )
    assert contenders(table, {"option": "b"})["option"].tolist() == ["c", "a"]
    assert contenders(table, {}, most=1)["option"].tolist() == ["b"]
    assert contenders(table.head(1), {}).empty
