"""What stage 7 says and draws: sentences for what is known, for what is not, and nothing unescaped."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from matplotlib.axes import Axes

from cxlib.engagement.brief.model import Target
from cxlib.language import speak
from cxlib.stages.design import pictures as draw
from cxlib.stages.design import says
from cxlib.stages.design import shown as words
from cxlib.stages.design.business_case import Terms, cases, evaluate, fan, simulate, summary, tornado
from cxlib.stages.design.portfolio import options
from cxlib.stages.design.promise import promise

LABELS = {
    "idea": {"slot": "Delivery <slot>", "quote": "Quote in a day"},
    "step": {"use": "Service"},
    "touchpoint": {"van": "Delivery"},
}
TERMS = Terms(draws=300)
GATED = pd.DataFrame({"idea_id": ["quote", "slot"], "passed": [True, True], "failing": ["", ""]})
NO_OPTIONS = pd.DataFrame({"n_experiences": [0], "estimate": [0.0]})
CANDIDATES = pd.DataFrame(
    {
        "idea_id": ["quote", "slot"],
        "step": ["consider", "use"],
        "touchpoint": ["desk", "van"],
        "effect_low": [0.02, 0.01],
        "effect_likely": [0.05, 0.04],
        "effect_high": [0.08, 0.07],
        "unit_money": [600_000.0, 300_000.0],
        "cap_money": 90_000.0,
        "worth_sd": 0.1,
        "cost_once_money": [10_000.0, 12_000.0],
        "cost_monthly_money": [500.0, 0.0],
        "investment_money": [10_000.0, 12_000.0],
        "requires": "",
        "excludes": "",
    }
).assign(gain_pv_money=[50_000.0, 20_000.0], cap_pv_money=160_000.0, cost_pv_money=[21_000.0, 12_400.0])


@pytest.fixture(autouse=True)
def english() -> None:
    speak("en", "en_IE", "EUR")


def everything() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    table = evaluate(options(CANDIDATES, budget=40_000), CANDIDATES, terms=TERMS)
    return cases(CANDIDATES, terms=TERMS), table, words.name_drivers(tornado(CANDIDATES, terms=TERMS), LABELS)


def test_the_headline_names_money_its_spread_and_the_assumption() -> None:
    facts = says.value_facts(summary(simulate(CANDIDATES, terms=TERMS)), CANDIDATES, 7.0)
    said = says.headline(facts, CANDIDATES, everything()[1], GATED, Target(confidence=0.8))
    assert re.match(
        r"2 linked experiences are worth €[\d,]+ over 24 months \(P10–P90 €[\d,]+ to €[\d,]+\), if", str(said)
    )
    assert {fact.grade for fact in said.facts if fact.unit == "money"} == {"assumed"}


def test_when_nothing_pays_surely_enough_doing_nothing_is_said_with_the_best_chance() -> None:
    facts = says.value_facts(summary(simulate(CANDIDATES.iloc[:0], terms=TERMS)), CANDIDATES.iloc[:0], float("nan"))
    said = says.headline(facts, CANDIDATES.iloc[:0], everything()[1], GATED, Target(confidence=0.99))
    assert str(said).startswith("Do nothing: no set of the ideas pays with a probability of 99%")


def test_without_ideas_or_money_every_sentence_says_what_it_would_take() -> None:
    none = CANDIDATES.iloc[:0]
    facts = says.value_facts(summary(simulate(none, terms=TERMS)), none, 1.0)
    empty = pd.DataFrame(columns=["state", "step"])
    promises = pd.DataFrame(
        columns=["touchpoint", "expected", "promise", "estimate", "low", "high", "n", "n_needed", "verdict"]
    )
    said = [
        says.headline(facts, none, NO_OPTIONS, GATED.iloc[:0], Target()),
        says.gates(pd.DataFrame(columns=["passed", "failing"])),
        says.cases(cases(none, terms=TERMS), LABELS),
        says.value(facts),
        says.hangs_on(tornado(none, terms=TERMS)),
        says.path(empty, LABELS),
        says.promise(promises, labels=LABELS),
        says.registered(pd.DataFrame(), pd.DataFrame(), LABELS),
    ]
    assert all(one.verdict == "cannot tell" and "It would take" in str(one) for one in said), [str(one) for one in said]


def test_the_recommendation_offers_doing_nothing_and_is_assumed() -> None:
    _cases, table, _tornado = everything()
    best = table[table["n_experiences"] == 2].iloc[0].to_dict()
    registration = pd.DataFrame(
        [
            {
                "metric": "purchase_share",
                "minimum_effect": 0.04567,
                "unit": "share",
                "window_days": 60,
                "test": "cuped_difference",
                "guardrails": "nps;csat:van",
            }
        ]
    )
    advice = says.recommendation(
        best, table, registration, because=says.frontier(table, best), offered=["quote", "slot"]
    )
    assert advice.choice["experiences"] == ["quote", "slot"]
    assert advice.choice["minimum_effect"] == 0.0457
    assert advice.alternatives[-1].choice == {"experiences": ["nothing"]}
    assert advice.grade == "assumed"
    nothing = says.recommendation({}, table.iloc[:0], registration.iloc[:0], because=says.frontier(table, {}))
    assert nothing.choice == {"experiences": ["nothing"]}


def test_a_choice_that_people_took_goes_before_the_recommended_one() -> None:
    assert says.taken({"experiences": ["slot"]}, {"experiences": "quote;slot"}) == ["slot"]
    assert says.taken({}, {"experiences": "quote;slot"}) == ["quote", "slot"]
    assert says.taken({"experiences": ["nothing"]}, {"experiences": "quote"}) == []


def test_the_pilot_tests_what_was_drawn_else_where_the_value_is() -> None:
    table = everything()[0]
    drawn = pd.DataFrame({"idea_id": ["slot"]})
    assert says.tested_first(["quote", "slot"], table, drawn) == "slot"
    assert says.tested_first(["quote", "slot"], table, drawn.iloc[:0]) == "quote"
    assert says.tested_first([], table, drawn) == ""


def test_every_picture_is_drawn_with_its_title_and_axis() -> None:
    table, compared, drivers = everything()
    promises = pd.DataFrame(
        {
            "touchpoint": ["van"],
            "expected": 8.0,
            "estimate": 0.4,
            "low": 0.3,
            "high": 0.5,
            "n": 90,
            "verdict": "not kept",
        }
    )
    drawn: list[Axes] = [
        draw.plot_cases(table),
        draw.plot_frontier(compared, budget=40_000.0, best="p1"),
        draw.plot_fan(fan(CANDIDATES, terms=TERMS)),
        draw.plot_tornado(drivers),
        draw.plot_promise(promises),
    ]
    assert all(ax.get_title() and ax.get_xlabel() for ax in drawn)


def test_a_long_finding_is_cut_at_a_sentence_for_an_alternative_text() -> None:
    text = words.in_short(says.finding("A first sentence. " + "word " * 60))
    assert text == "A first sentence."


def test_when_no_idea_passes_the_gate_that_stops_most_is_named() -> None:
    gated = GATED.assign(passed=False, failing="viability")
    facts = says.value_facts(summary(simulate(CANDIDATES.iloc[:0], terms=TERMS)), CANDIDATES.iloc[:0], 1.0)
    said = says.headline(facts, CANDIDATES.iloc[:0], NO_OPTIONS, gated, Target())
    assert str(said) == "Do nothing yet: none of 2 ideas passes the five gates; most stop at viability"


def test_where_expectation_was_not_asked_the_level_is_told_and_the_gap_is_not() -> None:
    rated = pd.DataFrame({"touchpoint": ["van"] * 60, "score": [9.0] * 60})
    said = says.promise(promise(rated, touchpoints=["van"], expected={}), labels=LABELS)
    assert "At Delivery a score of 9.00 can be promised today to nine customers in ten." in str(said)
    assert "nobody was asked what they expect" in str(said)


def test_without_money_no_table_of_amounts_is_shown() -> None:
    unknown = CANDIDATES.assign(gain_pv_money=float("nan"), unit_money=float("nan"))
    assert words.option_table(evaluate(options(unknown, budget=40_000), unknown, terms=TERMS), {}).empty
    priced = words.option_table(evaluate(options(CANDIDATES, budget=40_000), CANDIDATES, terms=TERMS), {})
    assert priced.filter(like="_money").notna().all(axis=None)
