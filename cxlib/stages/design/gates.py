"""Five gates before any money is counted: is the idea relevant, viable, expectation-aware, emotional and linked?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cxlib.chain import corridor, moments_of
from cxlib.engagement.tables.listed import listed
from cxlib.facts import rows
from cxlib.stages.design.reach import in_force

GATES = ("relevance", "viability", "expectation", "emotion", "link")
COLUMNS = ["idea_id", "touchpoint", *GATES, "passed", "failing", "reason", "reason_detail"]
TEXTS = ("segment", "touchpoint", "channel", "emotion", "action")
Idea = Mapping[str, Any]
Result = tuple[str, str, str]  # pass | fail | unknown, code of the reason, what it is about
PASS: Result = ("pass", "", "")
UNKNOWN: Result = ("unknown", "", "")


@dataclass(frozen=True)
class Inherited:
    """What stages 1–6 decided, as far as stage 7 asks for it; of an unknown (empty) part nothing is asked."""

    segment: str = ""
    stall: str = ""
    objective: str = ""
    moments: Mapping[str, str] = field(default_factory=dict)  # touchpoint → step, of the moments of stage 4
    corridor: tuple[str, ...] = ()  # funnel steps, stall first
    step_of: Mapping[str, str] = field(default_factory=dict)  # of every touchpoint
    capabilities: frozenset[str] = frozenset()  # available ones
    insights: tuple[tuple[str, str], ...] = ()  # (touchpoint, theme)
    channels: Mapping[str, str] = field(default_factory=dict)  # "touchpoint:channel" → in | later | not_in
    controlled: frozenset[str] = frozenset()
    threshold: float = float("nan")  # expected score
    budget: float = float("nan")
    emotions: Mapping[str, str] = field(default_factory=dict)  # touchpoint → the feeling that people want there


def inherit(brief: Any, choices: Mapping[int, Mapping[str, Any]], *, capabilities: pd.DataFrame) -> Inherited:
    """Gather what stage 7 needs from the brief, the decisions in force by stage, and the capability inventory."""
    funnel, insights = choices.get(3, {}), choices.get(5, {})
    stall, objective = str(funnel.get("stall_step") or ""), str(funnel.get("objective_step") or "")
    ready = capabilities.loc[capabilities["available"].eq("yes"), "capability_id"]
    channels = [str(entry).rpartition(":") for entry in choices.get(6, {}).get("channels", ())]
    return Inherited(
        segment=str(choices.get(2, {}).get("segment") or ""),
        stall=stall,
        objective=objective,
        moments={key: brief.step_of(key) for key in moments_of(dict(choices.get(4, {})))},
        corridor=tuple(corridor(stall, objective, brief.step_keys)),
        step_of={key: brief.step_of(key) for key in brief.touchpoints},
        capabilities=frozenset(insights.get("capabilities") or ready),
        insights=tuple((one, theme) for one, _colon, theme in (x.partition(":") for x in insights.get("insights", ()))),
        channels={place: state for place, _colon, state in channels},
        controlled=frozenset(key for key, touchpoint in brief.touchpoints.items() if touchpoint.controlled),
        threshold=_number(insights.get("expectation_threshold")),
        budget=_number(brief.objective.budget),
        emotions=dict(brief.judgement.emotions),
    )


def gates(ideas: pd.DataFrame, inherited: Inherited) -> pd.DataFrame:
    """Put every idea through the five gates.

    Returns per idea pass | fail | unknown for each gate, `passed` (no gate fails), `failing` (first failing gate),
    `reason` (code) and `reason_detail` (what it is about). Unknown capability counts as a failed gate: what nobody
    has checked is not viable yet. A gate whose yardstick is missing (no expectation threshold, say) is `unknown` and
    does not fail.
    """
    known, texts = set(ideas["idea_id"]), {name: ideas[name].fillna("").str.strip() for name in TEXTS}
    return pd.DataFrame([_gate(row, inherited, known) for row in rows(ideas.assign(**texts))], columns=COLUMNS)


def _gate(idea: Idea, inherited: Inherited, known: set[str]) -> dict[str, object]:
    """One idea through the five gates."""
    results = {
        "relevance": _relevance(idea, inherited),
        "viability": _viability(idea, inherited),
        "expectation": _expectation(idea, inherited),
        "emotion": _emotion(idea, inherited),
        "link": _link(idea, inherited, known),
    }
    failing = next((name for name in GATES if results[name][0] == "fail"), "")
    _state, reason, detail = results.get(failing, PASS)
    return {
        "idea_id": idea["idea_id"],
        "touchpoint": idea["touchpoint"],
        **{name: state for name, (state, _reason, _detail) in results.items()},
        "passed": not failing,
        "failing": failing,
        "reason": reason,
        "reason_detail": detail,
    }


def _relevance(idea: Idea, inherited: Inherited) -> Result:
    """Is it for the chosen customers, at a chosen moment?"""
    if idea["segment"] and inherited.segment and idea["segment"] != inherited.segment:
        return "fail", "other_segment", idea["segment"]
    if not inherited.moments:
        return UNKNOWN
    return PASS if idea["touchpoint"] in inherited.moments else ("fail", "no_moment", idea["touchpoint"])


def _viability(idea: Idea, inherited: Inherited) -> Result:
    """Can this company do it: capability, control, channel, budget?"""
    lacking = [key for key in listed(idea["capability"]) if key not in inherited.capabilities]
    if lacking:
        return "fail", "capability", "; ".join(lacking)
    touchpoint, channel = idea["touchpoint"], idea["channel"]
    if inherited.controlled and touchpoint not in inherited.controlled:
        return "fail", "not_controlled", touchpoint
    decided = in_force(inherited.channels, touchpoint)
    if decided is not None and idea["reach"] == "channel" and channel and channel not in decided:
        return "fail", "channel", channel  # it cannot exist without its channel; another one reaches whom it reaches
    return ("fail", "budget", "") if idea["cost_once"] > inherited.budget else PASS


def _expectation(idea: Idea, inherited: Inherited) -> Result:
    """Would customers live at least what they expect?"""
    aimed = idea["expects_score"]
    if pd.isna(aimed) or pd.isna(inherited.threshold):
        return UNKNOWN
    return PASS if aimed >= inherited.threshold else ("fail", "below_expectation", f"{aimed:g}")


def _emotion(idea: Idea, inherited: Inherited) -> Result:
    """Does it name the emotion it wants and the action it triggers?"""
    if not (idea["emotion"] or inherited.emotions.get(idea["touchpoint"])):
        return "fail", "no_emotion", ""
    return PASS if idea["action"] else ("fail", "no_action", "")


def _link(idea: Idea, inherited: Inherited, known: set[str]) -> Result:
    """Does it lead on, inside the corridor, and do the experiences that it rests on exist?"""
    missing = [key for key in listed(idea["requires"]) if key not in known]
    if missing:
        return "fail", "requires", "; ".join(missing)
    step = inherited.step_of.get(idea["touchpoint"], "")
    if not inherited.corridor:
        return UNKNOWN
    return PASS if step in inherited.corridor else ("fail", "outside_corridor", step)


def _number(value: object) -> float:
    """A number, NaN when there is none."""
    return float(value) if isinstance(value, int | float) else float("nan")
