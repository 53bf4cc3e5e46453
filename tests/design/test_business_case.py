"""The business case: present value, payback, break-even, correlation and the cap."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.engagement.brief.model import Judgement, Target
from cxlib.facts import Fact
from cxlib.stages.design.business_case import (
    COST_FACTOR,
    case_of,
    cases,
    cash_flow,
    drivers,
    fan,
    has_money,
    levels,
    mean_effects,
    net,
    payback,
    pert_mean,
    pert_quantile,
    simulate,
    summary,
    values,
    yearly_gain,
)
from cxlib.stages.design.risk import best, evaluate
from cxlib.stages.design.step_worth import step_worth
from cxlib.stages.design.terms import Terms, npv, terms
from cxlib.stages.design.tornado import tornado
from cxlib.statistics.intervals import Z

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


def everybody(table: pd.DataFrame, share: float = 1.0) -> pd.DataFrame:
    """Every idea reaches this part of the journeys at its step."""
    steps = table["touchpoint"].map({"desk": "consider", "van": "use"})
    return table[["idea_id"]].assign(step=steps.astype("str"), estimate=share, entrants_a_year=500.0)


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
    return values(ideas(), worth, reached=everybody(ideas()), terms=terms)


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


def test_the_worth_of_a_unit_is_as_sure_as_the_value_at_stake() -> None:
    worth = step_worth(STEPS, NOT_BOOKED, stall="consider", objective="again", at_stake=STAKE)
    assert worth["worth_sd"].unique() == pytest.approx([40_000 / (2 * Z) / 60_000])
    assert worth["cap_money"].unique().tolist() == [60_000]


def test_without_a_known_stall_or_value_no_money_is_made_up() -> None:
    worth = step_worth(STEPS, NOT_BOOKED, stall="", objective="again", at_stake=STAKE)
    assert worth["unit_money"].isna().all()
    unknown = step_worth(
        STEPS, NOT_BOOKED, stall="consider", objective="again", at_stake=Fact("3.value_at_stake", None)
    )
    table = values(ideas(), unknown, reached=everybody(ideas()), terms=Terms())
    assert table["gain_pv_money"].isna().all()
    assert len(simulate(table, terms=Terms())) == 0
    assert np.isnan(summary(simulate(table, terms=Terms()))["estimate"])
    assert tornado(table, terms=Terms()).empty
    assert fan(table, terms=Terms()).empty


def test_no_ideas_give_empty_tables_with_their_columns() -> None:
    terms = Terms()
    worth = step_worth(STEPS, NOT_BOOKED, stall="consider", objective="again", at_stake=STAKE)
    table = values(ideas().iloc[:0], worth, reached=everybody(ideas().iloc[:0]), terms=terms)
    assert table.empty
    assert cases(table, terms=terms).columns.tolist()[:3] == ["idea_id", "step", "estimate"]


def test_at_its_break_even_uplift_an_experience_is_worth_nothing() -> None:
    terms = Terms()
    table = candidates(terms, Fact("3.value_at_stake", 600_000.0, unit="money")).iloc[[0]]
    uplift = case_of(table, terms=terms)["breakeven_share"]
    assert uplift * table["unit_money"].iloc[0] * terms.gain_factor == pytest.approx(table["cost_pv_money"].iloc[0])
    assert np.isnan(case_of(table.assign(unit_money=0.0), terms=terms)["breakeven_share"])


def test_gains_never_exceed_the_value_at_stake() -> None:
    terms = Terms(draws=500)
    small = candidates(terms).assign(cap_money=1_000.0, cap_pv_money=1_000.0 * terms.gain_factor, worth_sd=0.0)
    most = 1_000.0 * terms.gain_factor
    assert simulate(small, terms=terms).max() < most
    assert simulate(candidates(terms), terms=terms).max() > most  # before the cap was lowered they were worth more


def test_payback_counted_by_hand() -> None:
    terms = Terms(ramp_months=1, horizon_months=24)
    table = candidates(terms).iloc[[1]].assign(unit_money=300_000.0, cap_money=1e9)
    # gain 300,000 × .04 / 12 = 1,000 a month; cost 12,000 × (.9 + 4 + 1.3)/6 = 12,400 → month 13
    assert payback(table, terms=terms) == 13
    assert cash_flow(table, terms=terms)["cumulative_money"].iloc[0] == pytest.approx(-12_400)


def test_expected_simulated_value_matches_the_closed_form() -> None:
    terms = Terms(draws=40_000, seed=3)
    table = candidates(terms).assign(cap_money=1e9, worth_sd=0.0)
    closed = float(table["gain_pv_money"].sum() - table["cost_pv_money"].sum())
    assert simulate(table, terms=terms).mean() == pytest.approx(closed, rel=0.01)


def test_correlated_effects_spread_the_value_more_than_independent_ones() -> None:
    table = candidates(Terms()).assign(cap_money=1e9, worth_sd=0.0)
    together = simulate(table, terms=Terms(correlation=0.9, draws=8000)).std()
    apart = simulate(table, terms=Terms(correlation=0.0, draws=8000)).std()
    assert together > 1.15 * apart


def test_the_same_seed_gives_the_same_draws_and_another_gives_others() -> None:
    one, again, other = (simulate(candidates(Terms()), terms=Terms(draws=200, seed=seed)) for seed in (4, 4, 5))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


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


def test_present_values_of_a_years_gain_and_of_a_monthly_cost_are_added_up_by_hand() -> None:
    terms = Terms(horizon_months=4, discount_rate=0.21, ramp_months=2)
    factors = [1.21 ** (-month / 12) for month in range(1, 5)]
    assert terms.run_factor == pytest.approx(sum(factors))
    assert terms.gain_factor == pytest.approx((factors[0] / 2 + sum(factors[1:])) / 12)  # half of it in the first month
    assert Terms(horizon_months=4, discount_rate=0.21, ramp_months=0).gain_factor == pytest.approx(sum(factors) / 12)


def test_costs_are_counted_at_the_mean_of_their_overrun() -> None:
    terms = Terms()
    table = candidates(terms)
    planned = table["cost_once_money"] + table["cost_monthly_money"] * terms.run_factor
    assert (table["cost_pv_money"] / planned).tolist() == pytest.approx([31 / 30] * 2)
    assert cash_flow(table, terms=terms).loc[1, "cost_money"] == pytest.approx(500 * 31 / 30)


def test_the_beta_pert_has_the_published_mean_and_quantiles() -> None:
    levels_ = (np.arange(20_000) + 0.5) / 20_000
    drawn = pert_quantile(levels_, 0.9, 1.0, 1.3)
    assert drawn.mean() == pytest.approx(pert_mean(COST_FACTOR), abs=1e-4)
    # shape: 1 + 4 (1.0 − 0.9)/0.4 = 2 and 1 + 4 (1.3 − 1.0)/0.4 = 4
    assert (drawn - 0.9) / 0.4 == pytest.approx(stats.beta(2, 4).ppf(levels_))
    assert pert_quantile(0.3, 5.0, 5.0, 5.0) == 5.0


def test_a_chance_to_pay_is_the_share_of_draws_above_zero_and_the_ends_are_tenths() -> None:
    told = summary(np.array([0.0, *range(-20, 0), *range(1, 81)], dtype=float))
    assert told["p_positive_share"] == pytest.approx(80 / 101)  # zero does not pay
    assert (told["low"], told["estimate"], told["high"], told["n"]) == (-10, 30, 70, 101)


def test_every_limit_of_a_case_is_in_the_money_of_its_middle() -> None:
    """Everything ten times as dear: worth, cap and cost."""
    terms = Terms(draws=400)
    names = ["unit_money", "cap_money", "cost_once_money", "cost_monthly_money", "investment_money", "cost_pv_money"]
    one = candidates(terms)
    ten = one.assign(**{name: one[name] * 10 for name in names})
    amounts = ["estimate", "low", "high", "spread_money", "investment_money"]
    cheap, dear = (case_of(table, terms=terms) for table in (one, ten))
    assert [dear[name] / cheap[name] for name in amounts] == pytest.approx([10] * len(amounts))
    assert dear["spread_money"] == dear["high"] - dear["low"]
    assert (dear["p_positive_share"], dear["payback_months"]) == (cheap["p_positive_share"], cheap["payback_months"])


@pytest.mark.parametrize(
    ("change", "option"),
    [
        ({}, "p2"),  # the highest P50 with an unbroken path
        ({"path": [True, True, False]}, "p1"),
        ({"investment_money": [0.0, 5.0, 10.01]}, "p1"),
        ({"p_positive_share": [0.0, 0.9, 0.799]}, "p1"),
        ({"p_positive_share": [0.0, 0.7, 0.799]}, "nothing"),
        ({"estimate": [0.0, 0.0, -1.0]}, "nothing"),
    ],
)
def test_the_recommended_portfolio_turns_at_its_limits(change: dict[str, list[object]], option: str) -> None:
    table = pd.DataFrame(
        {
            "option": ["nothing", "p1", "p2"],
            "n_experiences": [0, 1, 2],
            "estimate": [0.0, 3.0, 4.0],
            "investment_money": [0.0, 5.0, 10.0],
            "p_positive_share": [0.0, 0.9, 0.8],
            "path": [True, True, True],
        }
    )
    assert best(table.assign(**change), budget=10.0, confidence=0.8)["option"] == option
    assert best(table.assign(**change), budget=float("nan"), confidence=0.8)["option"] in (option, "p2")


def test_one_driver_that_can_turn_the_value_negative_is_marked() -> None:
    table = candidates(Terms()).assign(cap_money=1e9, worth_sd=0.0)
    rich, poor = (tornado(table.assign(unit_money=unit), terms=Terms()) for unit in (5e6, 2.5e5))
    assert not rich["turns_negative"].any()
    assert poor["turns_negative"].tolist() == poor["low_money"].le(0).tolist()
    assert 0 < poor["turns_negative"].sum() < len(poor)
    costs = rich.set_index("driver").loc["costs"]
    spent = table["cost_once_money"].sum() + table["cost_monthly_money"].sum() * Terms().run_factor
    tenths = 0.9 + 0.4 * stats.beta(2, 4).ppf([0.1, 0.9])
    assert costs["swing_money"] == pytest.approx(spent * (tenths[1] - tenths[0]))


def test_the_draws_are_made_of_their_parts() -> None:
    terms_, table = Terms(draws=50), candidates(Terms())
    level, worth, cost = levels(list(table["idea_id"]), terms=terms_)
    assert (level.shape, worth.shape, cost.shape) == ((50, 2), (50, 1), (50, 1))
    effects, factor, costs = drivers(table, terms_)
    assert effects[:, 0] == pytest.approx(0.02 + 0.06 * stats.beta(3, 3).ppf(level[:, 0]))
    assert factor[:, 0] == pytest.approx(np.maximum(0, 1 + worth[:, 0] * table["worth_sd"].iloc[0]))
    gain = np.minimum((effects * table["unit_money"].to_numpy()).sum(axis=1), 60_000) * factor[:, 0]
    assert yearly_gain(table, effects, factor) == pytest.approx(gain)
    spent = costs * (22_000 + 500 * terms_.run_factor)
    assert net(table, terms_, effects, factor, costs) == pytest.approx(gain * terms_.gain_factor - spent)
    assert mean_effects(table).tolist() == pytest.approx([0.05, 0.04])
    assert has_money(table)
    assert not has_money(table.head(0))
    assert not has_money(table.assign(unit_money=[1.0, np.nan]))


def test_the_fan_is_the_value_of_every_horizon() -> None:
    terms_, table = Terms(draws=300), candidates(Terms())
    months = fan(table, terms=terms_).set_index("month")
    for month in (1, 7, 24):
        short = summary(simulate(table, terms=replace(terms_, horizon_months=month)))
        assert months.loc[month, ["estimate", "low", "high"]].tolist() == pytest.approx(
            [short[name] for name in ("estimate", "low", "high")]
        )
    assert months.loc[0, "estimate"] < 0


def test_the_brief_sets_horizon_and_rate() -> None:
    found = terms(Target(horizon_months=12, discount_rate=0.05), Judgement())
    assert (found.horizon_months, found.discount_rate, found.draws, found.seed) == (12, 0.05, 4000, 0)
    apart = Terms(correlation=0.9, pairs=(("a", "b", 0.8),)).independent()
    assert apart.matrix(["a", "b"]).tolist() == [[1, 0], [0, 1]]
