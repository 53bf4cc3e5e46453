"""Five gates: each fails for its own reason and says which."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlib.engagement.brief import Brief
from cxlib.stages.design.gates import Inherited, gates, inherit

CHAIN = Inherited(
    segment="families",
    moments={"quote": "consider", "delivery": "use"},
    corridor=("consider", "buy", "use"),
    step_of={"quote": "consider", "delivery": "use", "window": "discover"},
    capabilities=frozenset({"routing"}),
    channels={"delivery:home": "in", "delivery:app": "later"},
    controlled=frozenset({"quote", "delivery", "window"}),
    threshold=7.0,
    budget=50_000.0,
)
SLOT: dict[str, object] = {
    "idea_id": "slot",
    "label": "Slot",
    "touchpoint": "delivery",
    "channel": "home",
    "emotion": "calm",
    "action": "buy again",
    "cost_once": 10_000.0,
    "capability": "routing",
    "requires": None,
    "excludes": None,
    "segment": None,
    "expects_score": 8.0,
    "reach": "channels",
}


def test_an_idea_that_meets_all_five_gates_passes() -> None:
    row = gates(pd.DataFrame([SLOT]), CHAIN).iloc[0]
    assert row["passed"]
    assert row["failing"] == ""


@pytest.mark.parametrize(
    ("change", "gate", "reason"),
    [
        ({"touchpoint": "window"}, "relevance", "no_moment"),
        ({"segment": "students"}, "relevance", "other_segment"),
        ({"capability": "routing; drones"}, "viability", "capability"),
        ({"channel": "app", "reach": "channel"}, "viability", "channel"),
        ({"cost_once": 60_000.0}, "viability", "budget"),
        ({"expects_score": 6.0}, "expectation", "below_expectation"),
        ({"emotion": None}, "emotion", "no_emotion"),
        ({"action": None}, "emotion", "no_action"),
        ({"requires": "ghost"}, "link", "requires"),
    ],
)
def test_a_failing_gate_is_named(change: dict[str, object], gate: str, reason: str) -> None:
    row = gates(pd.DataFrame([SLOT | change]), CHAIN).iloc[0]
    assert (row["passed"], row["failing"], row["reason"]) == (False, gate, reason)


def test_a_moment_outside_the_corridor_fails_the_link() -> None:
    chain = Inherited(moments={"window": "discover"}, corridor=("consider",), step_of={"window": "discover"})
    row = gates(pd.DataFrame([SLOT | {"touchpoint": "window", "capability": None}]), chain).iloc[0]
    assert (row["failing"], row["reason"]) == ("link", "outside_corridor")


def test_a_missing_yardstick_is_unknown_and_does_not_fail() -> None:
    row = gates(pd.DataFrame([SLOT | {"capability": None}]), Inherited()).iloc[0]
    assert row["passed"]
    assert (row["relevance"], row["expectation"], row["link"]) == ("unknown", "unknown", "unknown")


def test_no_ideas_give_an_empty_table() -> None:
    table = gates(pd.DataFrame([SLOT]).iloc[:0], CHAIN)
    assert table.empty
    assert "failing" in table


def brief() -> Brief:
    steps = {"think": "before", "buy": "during", "use": "after"}
    return Brief.model_validate(
        {
            "company": "x",
            "currency": "EUR",
            "locale": "en_IE",
            "as_of": "2026-06-30",
            "period": {"start": "2026-01-01", "end": "2026-06-30"},
            "objective": {"budget": 500},
            "funnel": [{"step": step, "label": step, "phase": phase} for step, phase in steps.items()],
            "touchpoints": {
                "quote": {"label": "q", "step": "think"},
                "reviews": {"label": "r", "step": "use", "controlled": False},
            },
        }
    )


HELD = pd.DataFrame({"capability_id": ["desk", "van"], "available": ["yes", "no"]})


def test_the_corridor_is_the_chains_and_a_reversed_one_asks_nothing() -> None:
    forward, back = (
        {3: {"stall_step": one, "objective_step": other}} for one, other in (("buy", "use"), ("use", "buy"))
    )
    assert inherit(brief(), forward, capabilities=HELD).corridor == ("buy", "use")
    reversed_ = inherit(brief(), back, capabilities=HELD)
    assert reversed_.corridor == ()
    assert gates(pd.DataFrame([SLOT | {"capability": None}]), reversed_)["link"].tolist() == ["unknown"]


@pytest.mark.parametrize(
    ("change", "passed"),
    [
        ({"expects_score": 7.0}, True),  # at the threshold is not below it
        ({"expects_score": 6.999}, False),
        ({"cost_once": 50_000.0}, True),  # the whole budget is within it
        ({"cost_once": 50_000.01}, False),
    ],
)
def test_a_gate_turns_at_its_limit(change: dict[str, object], passed: bool) -> None:
    assert gates(pd.DataFrame([SLOT | change]), CHAIN)["passed"].item() == passed


def test_the_first_of_several_failing_gates_is_named() -> None:
    row = gates(pd.DataFrame([SLOT | {"segment": "students", "action": None}]), CHAIN).iloc[0]
    assert (row["failing"], row["reason_detail"]) == ("relevance", "students")
    assert row["emotion"] == "fail"


def test_the_gates_inherit_what_the_chain_decided() -> None:
    choices = {
        2: {"segment": "families"},
        3: {"stall_step": "think", "objective_step": "buy"},
        4: {"moments": ["quote:repair"]},
        5: {"expectation_threshold": 7, "insights": ["quote:late_answers"]},
        6: {"channels": ["quote:web:in", "quote:store:later"]},
    }
    found = inherit(brief(), choices, capabilities=HELD)
    assert (found.segment, found.corridor, found.moments) == ("families", ("think", "buy"), {"quote": "think"})
    assert found.channels == {"quote:web": "in", "quote:store": "later"}
    assert found.insights == (("quote", "late_answers"),)
    assert (found.capabilities, found.controlled, found.budget, found.threshold) == ({"desk"}, {"quote"}, 500, 7)
    named = inherit(brief(), {5: {"capabilities": ["van"]}}, capabilities=HELD)
    assert named.capabilities == {"van"}  # what stage 5 decided goes before the list
