"""Five gates before any money is counted: is the idea relevant, viable, expectation-aware, emotional and linked?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

GATES = ("relevance", "viability", "expectation", "emotion", "link")
COLUMNS = ["idea_id", "label", "touchpoint", "step", *GATES, "passed", "failing", "reason", "reason_detail"]
Result = tuple[str, str, str]  # pass | fail | unknown, code of the reason, what it is about


@dataclass(frozen=True)
class Inherited:
    """What stages 1–6 decided, as far as a gate asks for it; of an unknown (empty) part nothing is asked."""

    segment: str = ""
    stall: str = ""
    objective: str = ""
    moments: tuple[str, ...] = ()  # touchpoints
    corridor: tuple[str, ...] = ()  # funnel steps, stall first
    step_of: Mapping[str, str] = field(default_factory=dict)
    capabilities: frozenset[str] = frozenset()  # available ones
    channels: Mapping[str, str] = field(default_factory=dict)  # "touchpoint:channel" → in | later
    controlled: frozenset[str] = frozenset()
    threshold: float = float("nan")  # expected score
    budget: float = float("nan")
    emotions: Mapping[str, str] = field(default_factory=dict)

    def touchpoint_of(self, ideas: pd.DataFrame, idea: str) -> str:
        """The touchpoint of one idea; blank when it is not known."""
        found = ideas.loc[ideas["idea_id"].eq(idea), "touchpoint"]
        return str(found.iloc[0]) if len(found) else ""


def inherit(brief: Any, choices: Mapping[int, Mapping[str, Any]], *, capabilities: pd.DataFrame) -> Inherited:
    """Gather what the gates need from the brief, the decisions in force by stage, and the capability inventory."""
    steps = list(brief.step_keys)
    funnel, listed = choices.get(3, {}), choices.get(5, {}).get("capabilities")
    ready = capabilities.loc[capabilities["available"].eq("yes"), "capability_id"]
    stall, objective = str(funnel.get("stall_step") or ""), str(funnel.get("objective_step") or "")
    return Inherited(
        stall=stall,
        objective=objective,
        corridor=corridor_steps(steps, stall, objective),
        segment=str(choices.get(2, {}).get("segment") or ""),
        moments=tuple(str(item).split(":")[0] for item in choices.get(4, {}).get("moments") or ()),
        step_of={key: brief.step_of(key) for key in brief.touchpoints},
        capabilities=frozenset(listed) if listed else frozenset(ready),
        channels=channel_states(choices.get(6, {}).get("channels") or ()),
        controlled=frozenset(key for key, touchpoint in brief.touchpoints.items() if touchpoint.controlled),
        threshold=_float(choices.get(5, {}).get("expectation_threshold")),
        budget=_float(brief.objective.budget),
        emotions=dict(brief.judgement.emotions or {}),
    )


def corridor_steps(steps: list[str], stall: str, objective: str) -> tuple[str, ...]:
    """The funnel steps from the stalled one to the one where the objective is met; empty when either is unknown."""
    if stall not in steps or objective not in steps:
        return ()
    first, last = sorted((steps.index(stall), steps.index(objective)))
    return tuple(steps[first : last + 1])


def channel_states(channels: Any) -> dict[str, str]:
    """The channel decision as "touchpoint:channel" → in | later."""
    parts = [str(item).split(":") for item in channels]
    return {f"{part[0]}:{part[1]}": part[2] if len(part) > 2 else "in" for part in parts if len(part) > 1}


def gates(ideas: pd.DataFrame, inherited: Inherited) -> pd.DataFrame:
    """Put every idea through the five gates.

    Returns per idea pass | fail | unknown for each gate, `passed` (no gate fails), `failing` (first failing gate),
    `reason` (code) and `reason_detail` (what it is about). Unknown capability counts as a failed gate: what nobody
    has checked is not viable yet. A gate whose yardstick is missing (no expectation threshold, say) is `unknown` and
    does not fail.
    """
    known = set(ideas["idea_id"])
    rows = [_gate(row, inherited, known) for row in ideas.to_dict("records")]
    return pd.DataFrame(rows, columns=COLUMNS)


def _gate(row: Mapping[Any, Any], inherited: Inherited, known: set[str]) -> dict[str, object]:
    """One idea through the five gates."""
    results = {
        "relevance": _relevance(row, inherited),
        "viability": _viability(row, inherited),
        "expectation": _expectation(row, inherited),
        "emotion": _emotion(row, inherited),
        "link": _link(row, inherited, known),
    }
    failing = next((name for name in GATES if results[name][0] == "fail"), "")
    return {
        "idea_id": row["idea_id"],
        "label": _text(row, "label"),
        "touchpoint": _text(row, "touchpoint"),
        "step": inherited.step_of.get(_text(row, "touchpoint"), ""),
        **{name: result[0] for name, result in results.items()},
        "passed": not failing,
        "failing": failing,
        "reason": results[failing][1] if failing else "",
        "reason_detail": results[failing][2] if failing else "",
    }


def _relevance(row: Mapping[Any, Any], inherited: Inherited) -> Result:
    """Is it for the chosen customers, at a chosen moment?"""
    segment, touchpoint = _text(row, "segment"), _text(row, "touchpoint")
    if segment and inherited.segment and segment != inherited.segment:
        return "fail", "other_segment", segment
    if not inherited.moments:
        return "unknown", "no_moments", ""
    return ("pass", "", "") if touchpoint in inherited.moments else ("fail", "no_moment", touchpoint)


def _viability(row: Mapping[Any, Any], inherited: Inherited) -> Result:
    """Can this company do it: capability, control, channel, budget?"""
    lacking = [key for key in listed(row.get("capability")) if key not in inherited.capabilities]
    if lacking:
        return "fail", "capability", "; ".join(lacking)
    touchpoint, channel = _text(row, "touchpoint"), _text(row, "channel")
    if inherited.controlled and touchpoint not in inherited.controlled:
        return "fail", "not_controlled", touchpoint
    known = [key for key in inherited.channels if key.split(":")[0] == touchpoint]
    if channel and known and inherited.channels.get(f"{touchpoint}:{channel}") != "in":
        return "fail", "channel", channel
    if _float(row.get("cost_once")) > inherited.budget:
        return "fail", "budget", ""
    return "pass", "", ""


def _expectation(row: Mapping[Any, Any], inherited: Inherited) -> Result:
    """Would customers live at least what they expect?"""
    aimed = _float(row.get("expects_score"))
    if pd.isna(aimed) or pd.isna(inherited.threshold):
        return "unknown", "no_threshold", ""
    return ("pass", "", "") if aimed >= inherited.threshold else ("fail", "below_expectation", f"{aimed:g}")


def _emotion(row: Mapping[Any, Any], inherited: Inherited) -> Result:
    """Does it name the emotion it wants and the action it triggers?"""
    if not (_text(row, "emotion") or inherited.emotions.get(_text(row, "touchpoint"))):
        return "fail", "no_emotion", ""
    return ("pass", "", "") if _text(row, "action") else ("fail", "no_action", "")


def _link(row: Mapping[Any, Any], inherited: Inherited, known: set[str]) -> Result:
    """Does it lead on, inside the corridor, and do the experiences that it rests on exist?"""
    missing = [key for key in listed(row.get("requires")) if key not in known]
    if missing:
        return "fail", "requires", "; ".join(missing)
    step = inherited.step_of.get(_text(row, "touchpoint"), "")
    if not inherited.corridor:
        return "unknown", "no_corridor", ""
    return ("pass", "", "") if step in inherited.corridor else ("fail", "outside_corridor", step)


def listed(cell: object) -> list[str]:
    """The ids of a cell that holds several, parted by semicolons."""
    return [key.strip() for key in cell.split(";") if key.strip()] if isinstance(cell, str) else []


def _text(row: Mapping[Any, Any], name: str) -> str:
    """A text cell, blank when missing."""
    value = row.get(name)
    return value.strip() if isinstance(value, str) else ""


def _float(value: object) -> float:
    """A number, NaN when there is none."""
    return float(value) if isinstance(value, int | float) else float("nan")
