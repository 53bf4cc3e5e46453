"""What stage 2 says about value ahead, and its picture; also where the data bear no model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.target_segment import says_value as says
from cxlib.stages.target_segment.lifetime_value import CHECK_COLUMNS, VALUE_COLUMNS, nothing
from cxlib.stages.target_segment.pictures import plot_values

NAMES = {"s": "large baskets", "t": "few contacts"}


def values(method: str = "bg_nbd") -> pd.DataFrame:
    rows = [["t", 60.0, 50.0, 70.0, 300, "money", 0.4, method], ["s", 500.0, 450.0, 550.0, 100, "money", 0.8, method]]
    return pd.DataFrame(rows, columns=VALUE_COLUMNS)


def checks(*failed: str, error: float = -0.12) -> pd.DataFrame:
    rows = [
        [method, check, 1.0, np.nan, np.nan, 900, "ratio", 1.0, check not in failed]
        for method, check in (("bg_nbd", "buying"), ("bg_nbd", "spending"))
    ]
    rows += [
        [method, "holdout", error, error - 0.05, error + 0.05, 900, "share", 0.25, abs(error) < 0.25]
        for method in ("bg_nbd", "constant_rate")
    ]
    return pd.DataFrame(rows, columns=CHECK_COLUMNS)


def test_value_ahead_comes_with_interval_horizon_and_holdout_error() -> None:
    said = says.value_ahead(values(), checks(), segment="s", names=NAMES, months=24, discount_rate=0.08)
    assert "€500 (95% interval €450 to €550, n = 100) in the next 24 months, discounted at 8.0% a year" in said.sentence
    assert (
        "expected 12.0% fewer purchases than came (error −17.0% to −7.0%). Read the value as too low" in said.sentence
    )
    assert {fact.id: fact.value for fact in said.facts} == {"2.lifetime_value": 500.0, "2.lifetime_holdout": -0.12}


def test_an_error_that_could_be_chance_gets_no_reading() -> None:
    said = says.value_ahead(values(), checks(error=0.02), segment="s", names=NAMES, months=24, discount_rate=0.08)
    assert "2.0% more purchases than came" in said.sentence
    assert "too high" not in said.sentence


def test_the_fallback_says_which_model_is_not_used_and_why() -> None:
    found = values("constant_rate")
    said = says.value_ahead(found, checks("buying"), segment="s", names=NAMES, months=24, discount_rate=0.08)
    assert "No finer model is used, because purchases alone do not show who has left for good" in said.sentence


def test_without_a_model_it_cannot_tell_and_says_what_it_would_take() -> None:
    failed = checks("buying", "spending", error=-1.0)
    said = says.value_ahead(nothing(), failed, segment="s", names=NAMES, months=24, discount_rate=0.08)
    assert said.verdict == "cannot tell"
    assert said.sentence.startswith("Cannot tell: what customers will bring")
    assert "It would take 500 customers" in said.sentence
    assert [fact.value for fact in said.facts] == [None, None]
    assert says.alt(nothing(), names=NAMES).sentence == ""


def test_every_check_and_method_has_words() -> None:
    from cxlib.stages.target_segment.lifetime_value import contract_checks

    empty = pd.DataFrame()
    contract = contract_checks(empty, empty, empty)
    shown = says.checks_table(pd.concat([checks(), contract]))
    assert not set(shown["check"]) & {"buying", "holdout", "constant", "retention"}
    assert not set(shown["method"]) & {"bg_nbd", "constant_rate", "sbg", "margin_multiple"}


def test_the_picture_holds_the_values_most_first_with_interval_and_n() -> None:
    ax = plot_values(values().assign(segment=["few contacts", "large baskets"]))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["large baskets", "few contacts"]
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [500.0, 60.0])
    assert [text.get_text() for text in ax.texts] == ["€500, n = 100", "€60.00, n = 300"]
    assert says.alt(values(), names=NAMES).sentence == (
        "Value ahead per member, 2 segments: most “large baskets”, €500 (€450 to €550); least “few contacts”, €60.00."
    )


@pytest.mark.parametrize(("alive", "shown"), [(0.8, True), (np.nan, False)])
def test_the_share_still_there_is_shown_where_a_model_tells_it(alive: float, shown: bool) -> None:
    assert ("alive_share" in says.values_table(values().assign(alive_share=alive))) is shown
