"""What stage 7 says and draws: sentences for what is known, for what is not, and nothing unescaped."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from matplotlib.axes import Axes

from cxlib.engagement.brief.model import Target
from cxlib.facts import Finding
from cxlib.language import speak
from cxlib.stages.design import pictures as draw
from cxlib.stages.design import says, says_value
from cxlib.stages.design import shown as words
from cxlib.stages.design.business_case import case_of, cases, fan
from cxlib.stages.design.portfolio import options
from cxlib.stages.design.promise import promise
from cxlib.stages.design.risk import contenders, evaluate
from cxlib.stages.design.terms import Terms
from cxlib.stages.design.tornado import tornado

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
        "step_money": [600_000.0, 300_000.0],
        "unit_money": [600_000.0, 300_000.0],
        "reach_share": 1.0,
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


NONE = CANDIDATES.iloc[:0]


def everything() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    table = evaluate(options(CANDIDATES, budget=40_000), CANDIDATES, terms=TERMS).assign(best_share=0.5)
    return cases(CANDIDATES, terms=TERMS), table, words.name_drivers(tornado(CANDIDATES, terms=TERMS), LABELS)


def headline(chosen: pd.DataFrame, options: pd.DataFrame, gated: pd.DataFrame, objective: Target) -> Finding:
    return says_value.headline(case_of(chosen, terms=TERMS), chosen, options, gated, objective)


def test_the_headline_names_money_its_spread_and_the_assumption() -> None:
    said = headline(CANDIDATES, everything()[1], GATED, Target(confidence=0.8))
    assert re.match(
        r"2 linked experiences are worth €[\d,]+ over 24 months \(P10–P90 €[\d,]+ to €[\d,]+\), if", str(said)
    )
    assert {fact.grade for fact in said.facts if fact.unit == "money"} == {"assumed"}
    value = {fact.name: fact for fact in said.facts}
    assert value["npv"].low < value["npv"].value < value["npv"].high
    assert value["investment"].value == 22_000


def test_when_nothing_pays_surely_enough_doing_nothing_is_said_with_the_best_chance() -> None:
    said = headline(NONE, everything()[1], GATED, Target(confidence=0.99))
    assert str(said).startswith("Do nothing: no set of the ideas pays with a probability of 99%")
    assert said.verdict == "not shown"


def test_without_ideas_or_money_every_sentence_says_what_it_would_take() -> None:
    case = case_of(NONE, terms=TERMS)
    empty = pd.DataFrame(columns=["state", "step"])
    promises = pd.DataFrame(
        columns=["touchpoint", "expected", "promise", "estimate", "low", "high", "n", "n_needed", "verdict"]
    )
    said = [
        headline(NONE, NO_OPTIONS, GATED.iloc[:0], Target()),
        says.gates(pd.DataFrame(columns=["passed", "failing"])),
        says_value.cases(cases(NONE, terms=TERMS), LABELS),
        says_value.value(case),
        says_value.hangs_on(tornado(NONE, terms=TERMS)),
        says.path(empty, LABELS),
        says.promise(promises, labels=LABELS),
    ]
    assert all(one.verdict == "cannot tell" and "It would take" in str(one) for one in said), [str(one) for one in said]


def test_the_swing_is_what_lies_between_its_ends() -> None:
    said = says_value.hangs_on(everything()[2])
    value = {fact.name: fact.value for fact in said.facts}
    assert value["largest_swing"] == pytest.approx(abs(value["swing_high"] - value["swing_low"]))
    assert value["largest_swing"] == everything()[2]["swing_money"].max()


def test_the_value_says_when_the_money_is_back() -> None:
    case = case_of(CANDIDATES, terms=TERMS)
    assert "the money is back after" in str(says_value.value(case))
    assert "does not come back" in str(says_value.value(case | {"payback_months": float("nan")}))


def test_the_best_case_is_named_with_its_break_even_and_those_that_cannot_pay() -> None:
    table = everything()[0]
    poor = table.assign(estimate=[5.0, 0.0])
    said = says_value.cases(poor, LABELS)
    assert {fact.name: fact.value for fact in said.facts}["best_breakeven"] == table["breakeven_share"].iloc[0]
    assert "Not worth their cost alone: “Delivery <slot>”" in str(said)
    assert "Not worth" not in str(says_value.cases(table, LABELS))


def test_the_path_names_where_it_breaks() -> None:
    covered = pd.DataFrame({"step": ["buy", "use", "again"], "state": ["covered", "gap", "no moment"]})
    said = says.path(covered, LABELS)
    assert said.facts[0].value == 1
    assert "breaks there: Service" in str(said) and "No moment was chosen at: again" in str(said)


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
    told = {"because": says_value.frontier(table, best), "gated": GATED}
    advice = says.recommendation(best, contenders(table, best), {best["experiences"]: registration}, **told)
    assert advice.offered == {"experiences": ["quote", "slot", "nothing"]}
    assert advice.choice["experiences"] == ["quote", "slot"]
    assert advice.choice["minimum_effect"] == 0.0457
    assert advice.alternatives[-1].choice == {"experiences": ["nothing"]}
    assert advice.grade == "assumed"
    because = says_value.frontier(table, {})
    nothing = says.recommendation({}, table.iloc[:0], {}, because=because, gated=GATED.iloc[:0])
    assert nothing.offered == {}
    assert nothing.choice == {"experiences": ["nothing"]}


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


def test_when_no_idea_passes_the_gate_that_stops_most_is_named() -> None:
    gated = GATED.assign(passed=False, failing="viability")
    said = headline(NONE, NO_OPTIONS, gated, Target())
    assert str(said) == "Do nothing yet: none of 2 ideas passes the five gates; most stop at viability"


def test_where_expectation_was_not_asked_the_level_is_told_and_the_gap_is_not() -> None:
    rated = pd.DataFrame({"touchpoint": ["van"] * 60, "score": [9.0] * 60})
    said = says.promise(promise(rated, touchpoints=["van"], expected={}), labels=LABELS)
    assert "At Delivery a score of 9.00 can be promised today to nine customers in ten." in str(said)
    assert "nobody was asked what they expect" in str(said)


def test_without_money_no_table_of_amounts_is_shown() -> None:
    unknown = CANDIDATES.assign(gain_pv_money=float("nan"), unit_money=float("nan"))
    nothing = evaluate(options(unknown, budget=40_000), unknown, terms=TERMS).assign(best_share=0.0)
    assert words.option_table(nothing, {}).empty
    priced = words.option_table(everything()[1], {})
    assert priced.filter(like="_money").notna().all(axis=None)


@pytest.mark.parametrize(
    ("effect", "unit", "kept"),
    [
        (0.04567, "share", 0.0457),
        (0.000123456, "share", 0.000123),
        (12.3456, "money", 12.35),
        (0.0123456, "money", 0.0123),
    ],
)
def test_a_registered_effect_keeps_the_digits_that_count(effect: float, unit: str, kept: float) -> None:
    best = {"option": "p1", "experiences": "slot"}
    registration = pd.DataFrame(
        {"metric": "m", "minimum_effect": [effect], "unit": unit, "window_days": 60, "test": "t", "guardrails": ""}
    )
    table = everything()[1]
    told = {"because": says_value.frontier(table, best), "gated": GATED}
    advice = says.recommendation(best, table.iloc[:0], {"slot": registration}, **told)
    assert (advice.choice["minimum_effect"], advice.choice["guardrails"]) == (kept, [])


def test_a_canvas_says_where_each_experience_leads() -> None:
    ideas = pd.DataFrame(
        {
            "idea_id": ["slot", "quote"],
            "step": ["use", "buy"],
            "touchpoint": ["van", "desk"],
            "channel": ["home", None],
            "emotion": "calm",
            "action": "buy again",
            "expects_score": 8.0,
            "cost_once": 1.0,
            "cost_monthly": 1.0,
            "effect_low": 0.1,
            "effect_likely": 0.1,
            "effect_high": 0.1,
        }
    )
    covered = pd.DataFrame({"step": ["buy", "use"], "position": [1, 2]})
    table = words.canvas_table(ideas, pd.DataFrame({"touchpoint": ["van"], "promise": [7.0]}), covered, LABELS)
    assert table["Leads on to"].tolist() == ["the objective", "Delivery <slot>"]
    assert table["Channel"].tolist() == ["home", ""]
