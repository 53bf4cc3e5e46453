"""The bridge between the value at stake and the gap: each line follows from the ones before it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.facts import Fact
from cxlib.stages.design import says_value
from cxlib.stages.design.business_case import capture, mean_effects, reachable
from cxlib.stages.design.captured import COLUMNS, captured
from cxlib.stages.design.terms import Terms

STAKE = Fact("3.value_at_stake", 60_000.0, 40_000.0, 80_000.0, 500, "money")
GAP = Fact("1.gap", 20_000.0, unit="money")


def chosen(reach: tuple[float, float] = (0.5, 0.25), effect: float = 0.04) -> pd.DataFrame:
    """Two experiences at one step, of a worth of 300,000 a full unit."""
    table = pd.DataFrame({"idea_id": ["a", "b"], "step": "s", "step_money": 300_000.0, "reach_share": reach})
    table = table.assign(effect_low=effect, effect_likely=effect, effect_high=effect, cap_money=60_000.0, worth_sd=0.1)
    table = table.assign(unit_money=table["step_money"] * table["reach_share"])
    return table.assign(cost_once_money=0.0, cost_monthly_money=0.0)


def lines(table: pd.DataFrame, gap: Fact = GAP) -> dict[str, float]:
    found = captured(table, terms=Terms(draws=200), at_stake=STAKE, gap=gap)
    return dict(zip(found["measure"] + found["number"], found["estimate"], strict=True))


def test_the_lines_of_the_bridge_follow_from_each_other() -> None:
    told = lines(chosen())
    assert told["reach_share"] == pytest.approx(1 - 0.5 * 0.75)
    assert told["reachable"] == pytest.approx(60_000 * 0.625) == pytest.approx(reachable(chosen()))
    assert (told["gain1"], told["gain2"]) == pytest.approx((0.04 * 300_000 * 0.5, 0.04 * 300_000 * 0.25))
    assert told["gains"] == told["capture"] == pytest.approx(9_000)
    assert told["gap_closed"] == pytest.approx(0.45)
    assert told["reach1"] * told["mean_effect1"] * told["step_worth1"] == pytest.approx(told["gain1"])


@given(reach=st.tuples(st.floats(0, 1), st.floats(0, 1)), effect=st.floats(0, 1))
def test_the_capture_is_never_above_what_is_reachable(reach: tuple[float, float], effect: float) -> None:
    table = chosen(reach, effect)
    assert capture(table) == pytest.approx(min((mean_effects(table) * table["unit_money"]).sum(), reachable(table)))
    assert -1e-6 <= capture(table) <= reachable(table) + 1e-6 <= 60_000 + 2e-6


def test_without_a_gap_no_part_of_it_is_closed_and_without_money_there_is_no_bridge() -> None:
    assert np.isnan(lines(chosen(), Fact("1.gap", None))["gap_closed"])
    assert np.isnan(lines(chosen(), Fact("1.gap", -5.0, unit="money"))["gap_closed"])
    nothing = captured(chosen().head(0), terms=Terms(), at_stake=STAKE, gap=GAP)
    assert nothing.empty and list(nothing.columns) == COLUMNS
    assert says_value.bridge(nothing, STAKE, GAP).verdict == "cannot tell"


def test_the_bridge_is_said_with_every_line() -> None:
    found = captured(chosen(), terms=Terms(draws=200), at_stake=STAKE, gap=GAP)
    said = says_value.bridge(found, STAKE, GAP)
    assert "37,500" in said.sentence and "9,000" in said.sentence and "45.0" in said.sentence
    assert "if the assumed effects hold" in said.sentence
    assert {fact.id for fact in said.facts} >= {"7.reach_1", "7.gain_2", "7.reachable", "7.capture", "7.gap_closed"}
