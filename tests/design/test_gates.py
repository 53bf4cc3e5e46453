"""Five gates: each fails for its own reason and says which."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlib.engagement.brief import Brief
from cxlib.stages.design.gates import Inherited, channel_states, corridor_steps, gates, inherit, listed

CHAIN = Inherited(
    segment="families",
    moments=("quote", "delivery"),
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
        ({"channel": "app"}, "viability", "channel"),
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
    chain = Inherited(moments=("window",), corridor=("consider",), step_of={"window": "discover"})
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


def test_the_corridor_runs_from_stall_to_objective() -> None:
    assert corridor_steps(["a", "b", "c"], "b", "c") == ("b", "c")
    assert corridor_steps(["a", "b", "c"], "", "c") == ()
    assert channel_states(["delivery:home:in", "quote:web:later"]) == {"delivery:home": "in", "quote:web": "later"}


def test_the_gates_inherit_what_the_chain_decided() -> None:
    brief = Brief.model_validate(
        {
            "company": "x",
            "currency": "EUR",
            "locale": "en_IE",
            "as_of": "2026-06-30",
            "period": {"start": "2026-01-01", "end": "2026-06-30"},
            "objective": {"budget": 500},
            "funnel": [{"step": key, "label": key, "phase": "before"} for key in ("think", "buy", "use")],
            "touchpoints": {
                "quote": {"label": "q", "step": "think"},
                "reviews": {"label": "r", "step": "use", "controlled": False},
            },
        }
    )
    choices = {
        2: {"segment": "families"},
        3: {"stall_step": "think", "objective_step": "buy"},
        4: {"moments": ["quote:repair"]},
        5: {"expectation_threshold": 7},
        6: {"channels": ["quote:web:in", "quote:store:later"]},
    }
    held = pd.DataFrame({"capability_id": ["desk", "van"], "available": ["yes", "no"]})
    found = inherit(brief, choices, capabilities=held)
    assert (found.segment, found.corridor, found.moments) == ("families", ("think", "buy"), ("quote",))
    assert (
        found.channels
        == channel_states(["quote:web:in", "quote:store:later"])
        == {"quote:web": "in", "quote:store": "later"}
    )
    assert (found.capabilities, found.controlled, found.budget) == ({"desk"}, {"quote"}, 500)
    assert listed("a; b;") == ["a", "b"]
