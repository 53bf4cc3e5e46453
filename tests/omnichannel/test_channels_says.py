"""What stage 6 says, read as sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.dictionary import recomputed
from cxlib.show import grids
from cxlib.stages.omnichannel import says
from cxlib.stages.omnichannel import shown as words
from cxlib.stages.omnichannel.channel_choice import Limits, costs_of_choice
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
    columns = ["moment", "channel", "state", "reason", "score", "n_users", "cost_money", "selection_share"]
    table = pd.DataFrame(rows, columns=columns)
    fits = {"fit_low": table["score"] - 0.1, "customer_fit": table["score"], "fit_high": table["score"] + 0.1}
    firm = table["selection_share"] >= 0.8
    return table.assign(**fits, company_fit=0.5, firm=firm, n_persons=600, association_share=0.1)


COSTS = costs_of_choice(chosen(), limits=Limits(500.0))
NO_PRICES = pd.DataFrame(columns=["change_share", "gained", "dropped"])


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
    assert words.choice_table(empty).empty and grids.channel_matrix(empty, empty, LABELS) == ""
    nothing = differences("real").head(0).assign(known=[])
    hand_offs = pd.DataFrame(columns=["from_channel", "to_channel", "n_journeys"])
    unknown = [
        says.cost({}, NO_PRICES, LABELS),
        says.firmness(empty, LABELS),
        says.handed_on(hand_offs, empty, LABELS),
        says.carries(nothing, "quote", LABELS),
        says.removal(nothing, nothing, "quote", LABELS),
    ]
    for said in unknown:
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


def prices(gained: str = "", dropped: str = "") -> pd.DataFrame:
    return pd.DataFrame({"change_share": [-0.1, 0.0, 0.1], "dropped": [dropped, "", ""], "gained": ["", "", gained]})


def test_the_price_of_the_budget_is_said_in_places() -> None:
    said = says.cost(COSTS, prices("delivery:web", "quote:web"), LABELS)
    assert "cost €400 a month of the €420" in said.sentence
    assert "A tenth less budget would drop Quote · Web." in said.sentence
    assert "A tenth more would add Delivery · Web." in said.sentence
    assert "money is not what limits the choice" in says.cost(COSTS, prices(), LABELS).sentence


def test_the_parts_of_todays_cost_are_facts_by_which_it_can_be_recomputed() -> None:
    facts = {fact.id: fact.value for fact in says.cost(COSTS, prices(), LABELS).facts}
    assert facts == {"6.cost_in": 400.0, "6.cost_today": 420.0, "6.cost_later": 20.0, "6.cost_freed": 0.0}
    assert recomputed("6.cost_today", facts) == facts["6.cost_today"]


def test_how_firm_a_choice_is_is_counted_and_what_is_loose_or_unknown_is_named() -> None:
    said = says.firmness(chosen(), LABELS)
    assert {fact.id: (fact.value, fact.n) for fact in said.facts} == {"6.n_firm": (2, 2)}
    assert "neither in nor dropped: 1." in said.sentence and "Not firm" not in said.sentence
    loose = chosen().assign(firm=False, selection_share=0.7)
    assert "Not firm: Quote · Web, Delivery · At home;" in says.firmness(loose, LABELS).sentence
    assert says.firmness(chosen().assign(selection_share=float("nan")), LABELS).verdict == "cannot tell"


def test_a_leaner_choice_is_the_alternative_with_what_it_keeps() -> None:
    moments = pd.DataFrame({"moment": ["quote", "delivery"]})
    both = chosen().assign(state=["in", "in", "in", "later"], reason="second")
    found = says.recommend(both, moments, chosen(), LABELS)
    assert [other.choice for other in found.alternatives] == [says.recommend(chosen(), moments, both, LABELS).choice]
    assert "100% of the fit" in found.alternatives[0].meaning
    assert says.recommend(both, moments, both, LABELS).alternatives == ()


def test_removal_effects_and_shapley_are_said_with_their_distance_and_the_check() -> None:
    effects = differences("real").assign(known=True, order=1, estimate=[0.6, 0.2], distance_share=[0.1, 0.3])
    checks = pd.DataFrame({"step": ["consideration"], "exact": [True]})
    said = says.removal(effects, checks, "consideration", LABELS)
    assert {fact.id: fact.value for fact in said.facts} == {"6.removal_effect": 0.6, "6.credit_distance": 0.3}
    assert "of order 1" in said.facts[0].formula and said.sentence.endswith("exactly, as it must.")
    broken = says.removal(effects, checks.assign(exact=False), "consideration", LABELS)
    assert "exactly" not in broken.sentence
    assert says.removal(effects.assign(known=[True, False]), checks, "consideration", LABELS).verdict == "cannot tell"


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
    broken = says.cost(costs_of_choice(chosen(), limits=Limits(200.0)), prices(), LABELS)
    assert "more than the budget of €200" in broken.sentence and "money is not what limits" not in broken.sentence
    assert broken.verdict == "cannot tell"
    assert (
        "more than the budget"
        not in says.cost(costs_of_choice(chosen(), limits=Limits(400.0)), prices(), LABELS).sentence
    )
