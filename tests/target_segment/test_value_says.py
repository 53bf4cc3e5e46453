"""What stage 2 says about value ahead, and its picture; also where the data bear no model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.dictionary import recomputed
from cxlib.stages.target_segment import ladder, says_value, shown
from cxlib.stages.target_segment.lifetime_value import VALUE_COLUMNS, Horizon, ValueAhead
from cxlib.stages.target_segment.pictures import plot_values

NAMES = {"s": "large baskets", "t": "few contacts"}
HORIZON = Horizon(pd.Timestamp("2026-06-30"), 24, 0.08)


def values(method: str = "bg_nbd") -> pd.DataFrame:
    rows = [
        ["t", 60.0, 50.0, 70.0, 300, "money", 0.4, method, 3.0, 20.0, 0.5],
        ["s", 500.0, 450.0, 550.0, 100, "money", 0.8, method, 10.0, 50.0, 0.5],
    ]
    return pd.DataFrame(rows, columns=VALUE_COLUMNS)


def checks(*failed: str, error: float = -0.12) -> pd.DataFrame:
    asked = [("bg_nbd", "buying"), ("bg_nbd", "spending"), ("bg_nbd", "holdout"), ("constant_rate", "holdout")]
    table = pd.DataFrame(asked, columns=["method", "check"]).assign(n=900, unit="ratio", needed=1.0)
    table["passed"] = ~table["check"].isin(failed)
    tried = table["check"] == "holdout"
    table["estimate"] = np.where(tried, error, 1.0)
    table["low"], table["high"] = (np.where(tried, error + side, np.nan) for side in (-0.05, 0.05))
    table["unit"] = np.where(tried, "share", "ratio")
    return table.assign(verdict=np.where(tried, "real" if abs(error) > 0.05 else "not shown", ""))


def model(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"parameter": names, "estimate": 1.0, "low": 0.5, "high": 2.0, "n": 900, "unit": "ratio"})


def ahead(method: str = "bg_nbd", *failed: str, error: float = -0.12) -> ValueAhead:
    models = {"buying": model("r", "alpha", "a", "b"), "spending": model("p", "q", "v")}
    return ValueAhead(checks(*failed, error=error), models, values(method))


def test_value_ahead_comes_with_interval_horizon_and_holdout_error() -> None:
    said = says_value.value_ahead(ahead(), segment="s", names=NAMES, horizon=HORIZON)
    assert "€500 (95% interval €450 to €550, n = 100) in the next 24 months, discounted at 8.0% a year" in said.sentence
    assert (
        "expected 12.0% fewer purchases than came (error −17.0% to −7.0%). Read the value as too low" in said.sentence
    )
    facts = {fact.id: fact for fact in said.facts}
    assert (facts["2.lifetime_value"].value, facts["2.lifetime_holdout"].value) == (500.0, -0.12)
    assert {f"2.parameter_{name}" for name in ("r", "alpha", "a", "b", "p", "q", "v")} < set(facts)
    assert "BG/NBD" in facts["2.units_ahead"].formula and "2.parameter_r" in facts["2.units_ahead"].inputs


def test_an_error_that_could_be_chance_gets_no_reading() -> None:
    said = says_value.value_ahead(ahead(error=0.02), segment="s", names=NAMES, horizon=HORIZON)
    assert "2.0% more purchases than came" in said.sentence
    assert "too high" not in said.sentence


def test_the_fallback_says_which_model_is_not_used_and_why() -> None:
    said = says_value.value_ahead(ahead("constant_rate", "buying"), segment="s", names=NAMES, horizon=HORIZON)
    assert "No finer model is used, because purchases alone do not show who has left for good" in said.sentence


def test_without_a_model_it_cannot_tell_and_says_what_it_would_take() -> None:
    nothing = ValueAhead(checks("buying", "spending", "holdout", error=-1.0), {})
    said = says_value.value_ahead(nothing, segment="s", names=NAMES, horizon=HORIZON)
    assert said.verdict == "cannot tell"
    assert said.sentence.startswith("Cannot tell: what customers will bring")
    assert "It would take 500 customers" in said.sentence
    assert [fact.value for fact in said.facts] == [None, None]
    assert says_value.picture(nothing.values, names=NAMES).sentence == ""


def test_every_check_and_method_has_words() -> None:
    empty = pd.DataFrame()
    contract = ladder.contract_checks(empty, empty, empty, empty)
    table = shown.checks_table(ValueAhead(pd.concat([checks(), contract]), {}))
    assert not set(table["check"]) & {"buying", "holdout", "constant", "retention"}
    assert not set(table["method"]) & {"bg_nbd", "constant_rate", "sbg", "margin_multiple"}


def test_the_picture_holds_the_values_most_first_with_interval_and_n() -> None:
    ax = plot_values(values().assign(segment=["few contacts", "large baskets"]))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["large baskets", "few contacts"]
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [500.0, 60.0])
    assert [text.get_text() for text in ax.texts] == ["€500, n = 100", "€60.00, n = 300"]
    assert says_value.picture(values(), names=NAMES).sentence == (
        "Value ahead per member, 2 segments: most “large baskets”, €500 (€450 to €550); least “few contacts”, €60.00."
    )


@pytest.mark.parametrize(("alive", "told"), [(0.8, True), (np.nan, False)])
def test_the_share_still_there_is_shown_where_a_model_tells_it(alive: float, told: bool) -> None:
    found = ValueAhead(checks(), {}, values().assign(alive_share=alive))
    assert ("alive_share" in shown.values_table(found)) is told


@pytest.mark.parametrize("method", ["bg_nbd", "constant_rate", "sbg", "margin_multiple"])
def test_whoever_follows_the_inputs_of_the_value_gets_it_and_each_model_says_what_it_is_made_from(method: str) -> None:
    said = says_value.value_ahead(ahead(method), segment="s", names=NAMES, horizon=HORIZON)
    facts = {fact.id: fact for fact in said.facts}
    known = {id: fact.value for id, fact in facts.items()}
    assert recomputed("2.lifetime_value", known) == pytest.approx(known["2.lifetime_value"], abs=0.005)
    for id in ("2.units_ahead", "2.unit_money"):
        assert len(facts[id].formula) > 20 and "{" not in facts[id].formula
        assert any(name.startswith(("transactions: ", "customers: ")) for name in facts[id].inputs)
    assert ("2.parameter_r" in facts) is (method in ("bg_nbd", "sbg"))
