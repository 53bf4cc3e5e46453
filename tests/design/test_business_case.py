"""The business case: present value, payback, break-even, correlation and the cap."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.facts import Fact
from cxlib.stages.design.business_case import (
    Terms,
    best,
    breakeven,
    cases,
    cash_flow,
    evaluate,
    fan,
    npv,
    payback,
    promised,
    simulate,
    summary,
    tornado,
    values,
)
from cxlib.stages.design.step_worth import reach, step_worth

STEPS = pd.DataFrame(
    {
        "step": ["consider", "buy", "use", "again"],
        "n": [1000.0, 400.0, 300.0, 100.0],
        "estimate": [0.4, 0.75, 0.5, 0.3],
        "benchmark_share": [0.5, 0.75, 0.5, 0.3],
    }
)

NOT_BOOKED = pd.DataFrame(columns=["step", "purchases_per_journey"])
STAKE = Fact("3.value_at_stake", 60_000.0, 40_000.0, 80_000.0, unit="money")


def ideas(**changes: object) -> pd.DataFrame:
    """Two ideas, at the stall and at the step of use."""
    table = pd.DataFrame(
        {
            "idea_id": ["quote", "slot"],
            "label": ["Quote", "Slot"],
            "touchpoint": ["desk", "van"],
            "effect_low": [0.02, 0.01],
            "effect_likely": [0.05, 0.04],
            "effect_high": [0.08, 0.07],
            "cost_once": [10_000.0, 12_000.0],
            "cost_monthly": [500.0, 0.0],
            "requires": ["", ""],
            "excludes": ["", ""],
        }
    )
    return table.assign(**changes)


def candidates(terms: Terms, at_stake: Fact | None = None) -> pd.DataFrame:
    worth = step_worth(STEPS, NOT_BOOKED, stall="consider", objective="again", at_stake=at_stake or STAKE)
    return values(ideas(), worth, step_of={"desk": "consider", "van": "use"}, terms=terms)


def test_present_value_is_the_published_one(shared: Callable[[str], Path]) -> None:
    oracle = json.loads(shared("oracles/npv_irr/oracle.json").read_text())
    assert npv(oracle["npv"]["rate"], oracle["npv"]["cf"]) == pytest.approx(oracle["npv"]["v"], abs=1e-4)


def test_at_its_internal_rate_of_return_a_flow_is_worth_nothing(shared: Callable[[str], Path]) -> None:
    for case in json.loads(shared("oracles/npv_irr/oracle.json").read_text())["irr"]:
        assert npv(case["v"], case["cf"]) == pytest.approx(0, abs=2e-3)


def test_one_unit_at_the_stall_is_worth_the_value_at_stake_over_the_gap() -> None:
    worth = step_worth(STEPS, NOT_BOOKED, stall="consider", objective="again", at_stake=STAKE)
    by_step = worth.set_index("step")["unit_money"]
    assert by_step["consider"] == pytest.approx(600_000)
    # 1000 × .75 × .5 = 375 journeys' worth at the stall; 300 × 1 at use; 400 × .5 at buy
    assert by_step["use"] == pytest.approx(600_000 * 300 / 375)
    assert by_step["buy"] == pytest.approx(600_000 * 200 / 375)


def test_purchases_on_the_way_make_the_early_steps_worth_more() -> None:
    booked = pd.DataFrame({"step": ["buy", "again"], "purchases_per_journey": [1.0, 1.0]})
    worth = step_worth(STEPS, booked, stall="consider", objective="again", at_stake=STAKE).set_index("step")[
        "unit_money"
    ]
    # ahead of consider: 1 + .75 × .5 = 1.375 purchases; ahead of use: 1
    assert worth["use"] / worth["consider"] == pytest.approx(300 / (1000 * 1.375))


def test_reach_counts_those_who_come_to_the_step_in_a_year() -> None:
    assert reach(STEPS, step="use", years=2.0) == 150
    assert np.isnan(reach(STEPS, step="ghost", years=2.0))


def test_without_a_known_stall_or_value_no_money_is_made_up() -> None:
    worth = step_worth(STEPS, NOT_BOOKED, stall="", objective="again", at_stake=STAKE)
    assert worth["unit_money"].isna().all()
    unknown = step_worth(
        STEPS, NOT_BOOKED, stall="consider", objective="again", at_stake=Fact("3.value_at_stake", None)
    )
    table = values(ideas(), unknown, step_of={"desk": "consider", "van": "use"}, terms=Terms())
    assert table["gain_money"].isna().all()
    assert len(simulate(table, terms=Terms())) == 0
    assert np.isnan(summary(simulate(table, terms=Terms()))["estimate"])
    assert tornado(table, terms=Terms()).empty
    assert fan(table, terms=Terms()).empty


def test_no_ideas_give_empty_tables_with_their_columns() -> None:
    terms = Terms()
    worth = step_worth(STEPS, NOT_BOOKED, stall="consider", objective="again", at_stake=STAKE)
    table = values(ideas().iloc[:0], worth, step_of={}, terms=terms)
    assert table.empty
    assert cases(table, terms=terms).columns.tolist()[:3] == ["idea_id", "step", "estimate"]


def test_at_its_break_even_uplift_an_experience_is_worth_nothing() -> None:
    terms = Terms()
    table = candidates(terms, Fact("3.value_at_stake", 600_000.0, unit="money")).iloc[[0]]
    uplift = breakeven(table, terms=terms)
    assert uplift * table["unit_money"].iloc[0] * terms.gain_factor == pytest.approx(table["cost_pv_money"].iloc[0])


def test_gains_never_exceed_the_value_at_stake() -> None:
    terms = Terms(draws=500)
    small = candidates(terms).assign(cap_money=1_000.0, cap_pv_money=1_000.0 * terms.gain_factor, worth_sd=0.0)
    most = 1_000.0 * terms.gain_factor
    assert simulate(small, terms=terms).max() < most
    assert (small["gain_money"] > 1_000).sum() == 2  # before the cap was lowered they were worth more


def test_the_promised_gain_is_that_of_the_mean_effect() -> None:
    terms = Terms()
    table = candidates(terms, Fact("3.value_at_stake", 6e7, unit="money")).iloc[[0]]
    case = promised(table, terms=terms)
    mean = (0.02 + 4 * 0.05 + 0.08) / 6
    assert case["gain_pv_money"] == pytest.approx(mean * table["unit_money"].iloc[0] * terms.gain_factor)
    assert case["gain_pv_low"] < case["gain_pv_money"] < case["gain_pv_high"]
    assert np.isnan(promised(table.head(0), terms=terms)["gain_pv_money"])


def test_payback_counted_by_hand() -> None:
    terms = Terms(ramp_months=1, horizon_months=24)
    table = candidates(terms).iloc[[1]].assign(unit_money=300_000.0, cap_money=1e9)
    # gain 300,000 × .04 / 12 = 1,000 a month; cost 12,000 × (.9 + 4 + 1.3)/6 = 12,400 → month 13
    assert payback(table, terms=terms) == 13
    assert cash_flow(table, terms=terms)["cumulative_money"].iloc[0] == pytest.approx(-12_400)


def test_expected_simulated_value_matches_the_closed_form() -> None:
    terms = Terms(draws=40_000)
    table = candidates(terms).assign(cap_money=1e9, worth_sd=0.0)
    closed = float(table["gain_pv_money"].sum() - table["cost_pv_money"].sum())
    assert simulate(table, terms=terms, seed=3).mean() == pytest.approx(closed, rel=0.01)


def test_correlated_effects_spread_the_value_more_than_independent_ones() -> None:
    table = candidates(Terms()).assign(cap_money=1e9, worth_sd=0.0)
    together = simulate(table, terms=Terms(correlation=0.9, draws=8000)).std()
    apart = simulate(table, terms=Terms(correlation=0.0, draws=8000)).std()
    assert together > 1.15 * apart


def test_the_same_seed_gives_the_same_draws() -> None:
    terms = Terms(draws=200)
    assert np.array_equal(
        simulate(candidates(terms), terms=terms, seed=4), simulate(candidates(terms), terms=terms, seed=4)
    )


def test_the_tornado_is_ordered_and_holds_the_base() -> None:
    table = tornado(candidates(Terms()).assign(cap_money=1e9), terms=Terms())
    assert table["swing_money"].is_monotonic_decreasing
    assert {"worth", "costs", "ramp", "discount", "effect:quote", "effect:slot"} == set(table["driver"])
    assert (table["low_money"] <= table["base_money"]).all()
    assert (table["high_money"] >= table["base_money"]).all()


def test_a_portfolio_that_is_not_sure_enough_loses_to_doing_nothing() -> None:
    options = pd.DataFrame(
        {
            "option": ["nothing", "p1"],
            "experiences": ["", "slot"],
            "n_experiences": [0, 1],
            "budget_money": [0.0, 5e4],
            "investment_money": [0.0, 12_000.0],
            "expected_money": [0.0, 1.0],
            "path": [True, True],
        }
    )
    terms = Terms(draws=500)
    poor = candidates(terms).assign(unit_money=50_000.0)
    evaluated = evaluate(options, poor, terms=terms)
    assert best(evaluated, budget=1e5, confidence=0.8)["option"] == "nothing"
    rich = candidates(terms).assign(unit_money=5_000_000.0, cap_money=1e9)
    assert best(evaluate(options, rich, terms=terms), budget=1e5, confidence=0.8)["option"] == "p1"
    assert best(evaluated.iloc[:0], budget=1e5, confidence=0.8) == {}


def test_the_fan_ends_at_the_net_present_value() -> None:
    terms = Terms(draws=500)
    table = candidates(terms)
    assert fan(table, terms=terms)["estimate"].iloc[-1] == pytest.approx(
        summary(simulate(table, terms=terms))["estimate"]
    )
