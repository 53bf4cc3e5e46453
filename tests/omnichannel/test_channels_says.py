"""What stage 6 says, read as sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.show import grids
from cxlib.stages.omnichannel import says
from cxlib.stages.omnichannel import shown as words
from cxlib.stages.omnichannel.pictures import plot_channel_fit, plot_credit, plot_removal_effects

LABELS = {
    "touchpoint": {"quote": "Quote", "delivery": "Delivery"},
    "channel": {"web": "Web", "home": "At home"},
    "step": {"consideration": "Consideration"},
}


def chosen() -> pd.DataFrame:
    rows = [
        ("quote", "web", "in", "best", 0.6, 500, 100.0, 0.95),
        ("quote", "home", "not_in", "unused", 0.0, 0, 0.0, 0.0),
        ("delivery", "home", "in", "only", 0.7, 400, 300.0, 1.0),
        ("delivery", "web", "later", "unknown", 0.2, 12, 20.0, 0.0),
    ]
    table = pd.DataFrame(
        rows, columns=["moment", "channel", "state", "reason", "score", "n_users", "cost_money", "selection_share"]
    )
    return table.assign(
        customer_fit=table["score"], fit_low=table["score"] - 0.1, fit_high=table["score"] + 0.1, company_fit=0.5
    )


def differences(verdict: str, estimate: float = 0.1) -> pd.DataFrame:
    rows = [("consideration", "web", estimate, verdict), ("consideration", "home", estimate - 0.2, "cannot tell")]
    table = pd.DataFrame(rows, columns=["step", "channel", "estimate", "verdict"])
    return table.assign(low=table["estimate"] - 0.05, high=table["estimate"] + 0.05, n=200, unit="share")


def test_the_headline_names_the_places_to_be_in() -> None:
    said = says.headline(chosen(), LABELS)
    assert said.sentence == "Be in 2 of 4 possible places: Quote: Web; Delivery: At home"


def test_nothing_chosen_cannot_tell_and_recommends_nothing() -> None:
    empty = chosen().head(0)
    moments = pd.DataFrame({"moment": ["quote"]})
    assert says.headline(empty, LABELS).verdict == "cannot tell"
    assert says.recommend(empty, moments, empty, LABELS).choice == {}
    assert words.worded(empty).empty and grids.channel_matrix(empty, empty, LABELS) == ""
    for said in (says.cost(empty, empty, LABELS), says.firmness(empty, LABELS), says.handed_on(empty, empty, LABELS),
                 says.carries(empty, "quote", LABELS), says.removal(empty, empty, "quote", LABELS)):  # fmt: skip
        assert said.verdict == "cannot tell" and said.sentence.startswith("Cannot tell: ")


def test_the_choice_holds_every_channel_that_is_met_and_none_nobody_meets() -> None:
    found = says.recommend(chosen(), pd.DataFrame({"moment": ["quote", "delivery"]}), chosen().head(0), LABELS)
    assert found.choice == {"channels": ["quote:web:in", "delivery:home:in", "delivery:web:later"]}
    assert found.grade == "measured"


def test_a_moment_without_a_channel_stops_the_recommendation() -> None:
    found = says.recommend(chosen(), pd.DataFrame({"moment": ["quote", "club"]}), chosen().head(0), LABELS)
    assert found.choice == {}
    assert "no channel is known at club" in found.because.sentence


def test_a_carrying_channel_is_called_an_association() -> None:
    real = says.carries(differences("real"), "consideration", LABELS, population="Families")
    assert (
        "journeys of “Families” that met Web went on more often" in real.sentence
        and "only a test shows an effect" in real.sentence
    )
    assert says.carries(differences("not shown"), "consideration", LABELS).verdict == "not shown"
    assert says.carries(differences("real", -0.1), "consideration", LABELS).verdict == "not shown"
    assert says.carries(differences("cannot tell"), "consideration", LABELS).verdict == "cannot tell"


def test_one_channel_alone_leaves_nothing_to_compare() -> None:
    said = says.carries(differences("cannot tell").head(1), "consideration", LABELS)
    assert "every journey went through Web" in said.sentence


def test_the_price_of_the_budget_is_said_in_places() -> None:
    prices = pd.DataFrame(
        {
            "budget_money": 1e6,
            "change_share": [-0.1, 0.0, 0.1],
            "dropped": ["quote:web", "", ""],
            "gained": ["", "", "delivery:web"],
        }
    )
    said = says.cost(chosen(), prices, LABELS)
    assert "cost €400 a month of the €420" in said.sentence
    assert "A tenth less budget would drop Quote · Web." in said.sentence
    assert "A tenth more would add Delivery · Web." in said.sentence


def test_the_pictures_stand_with_and_without_costs() -> None:
    for fit in (0.5, np.nan):
        paper = plot_channel_fit(chosen().assign(company_fit=fit))
        assert [panel.get_title() or panel.get_title(loc="left") for panel in paper.axes] == ["quote", "delivery"]
    effects = differences("real").assign(known=[True, False], estimate=[0.6, 0.1], low=[0.5, 0.0], high=[0.7, 0.3])
    assert len(plot_removal_effects(effects).axes) == 1
    credit = effects.assign(
        credit_share=[0.8, 0.2], shapley_share=[0.7, 0.3], shapley_low=[0.6, 0.2], shapley_high=[0.8, 0.4]
    )
    panel = plot_credit(credit).axes[0]
    shown = [
        sorted(float(x) for x in line.get_xdata()) for line in panel.lines
    ]  # the marks: Shapley, then removal effect
    assert shown == [[0.3, 0.7], [0.2, 0.8]]


def test_a_budget_that_covers_no_set_of_channels_is_said_to_be_broken() -> None:
    held = chosen()
    cost = float(held.loc[held["state"].eq("in"), "cost_money"].sum())
    prices = pd.DataFrame({"change_share": [-0.1, 0.0, 0.1], "budget_money": [0.45 * cost, 0.5 * cost, 0.55 * cost],
                           "gained": "", "dropped": ""})  # fmt: skip
    said = says.cost(held, prices, LABELS)
    assert "more than the budget" in said.sentence and "money is not what limits" not in said.sentence
    assert "more than the budget" not in says.cost(held, prices.assign(budget_money=cost), LABELS).sentence
