"""The binding chain: ten stages as one table, and the rules a choice must keep.

A stage is asked in order; what it decides is a fact for every later one. The rules here are the method's, not the data's:
which keys a choice has, which values they take, and what contradicts a decision taken before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cxlib.errors import ChoiceError, UsageError, nearest
from cxlib.language import _, mark

OBJECTIVES = ("turnover", "gross_margin", "commercial_cost", "operating_cost")
ROLES = ("repair", "delight", "trigger")
CHANNEL_STATES = ("in", "later", "not_in")
ROLLOUTS = ("go", "wait", "no_go")
VERDICTS = ("scale", "adjust", "stop", "keep measuring")

Choice = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """One stage: what it asks, what it needs, what it decides."""

    number: int
    key: str
    title: str
    question: str
    needs: tuple[str, ...]  # tables without which the stage cannot tell its main result
    helps: tuple[str, ...]  # tables without which some of its blocks cannot tell
    decides: dict[str, type]  # keys of its choice

    @property
    def slug(self) -> str:
        """The name of its notebook and page, without ending: 03_sales_funnel."""
        return f"{self.number:02d}_{self.key}"

    @property
    def name(self) -> str:
        """The title in the language in force."""
        return _(self.title)


STAGES: tuple[Stage, ...] = (
    Stage(
        1,
        "business_objective",
        mark("Business objective"),
        mark("What must experiences bring?"),
        ("transactions",),
        ("costs", "customers"),
        {"objective": str, "metric": str, "target": float, "deadline": str},
    ),
    Stage(
        2,
        "target_segment",
        mark("Target segment"),
        mark("For whom do we design?"),
        ("customers",),
        ("transactions", "interactions"),
        {"segment": str},
    ),
    Stage(
        3,
        "sales_funnel",
        mark("Sales funnel"),
        mark("Where do sales get stalled, and where is the objective met?"),
        ("interactions",),
        ("transactions", "responses"),
        {"stall_step": str, "objective_step": str},
    ),
    Stage(
        4,
        "architecture",
        mark("Architecture"),
        mark("Where and when should experiences be?"),
        ("responses",),
        ("interactions",),
        {"moments": list},
    ),
    Stage(
        5,
        "information_search",
        mark("Information search"),
        mark("What do we know for each moment?"),
        ("responses",),
        ("verbatims", "benchmarks", "capabilities"),
        {"insights": list, "expectation_threshold": float, "capabilities": list},
    ),
    Stage(
        6,
        "omnichannel",
        mark("Omnichannel"),
        mark("Which channels, and which not?"),
        ("interactions",),
        ("responses", "costs", "capabilities"),
        {"channels": list},
    ),
    Stage(
        7,
        "design",
        mark("Design"),
        mark("Which linked experiences, at what return?"),
        ("ideas",),
        ("capabilities", "transactions", "kano"),
        {
            "experiences": list,
            "metric": str,
            "minimum_effect": float,
            "window_days": float,
            "test": str,
            "guardrails": list,
        },
    ),
    Stage(
        8,
        "implementation",
        mark("Implementation"),
        mark("Who does what, when, and how shall we know?"),
        ("people",),
        ("tasks", "assignments", "customers"),
        {"rollout": str, "committee": list, "assignments": str},
    ),
    Stage(
        9,
        "measurement",
        mark("Measurement"),
        mark("Did it work: for the business and for satisfaction?"),
        ("transactions", "assignments"),
        ("responses",),
        {"verdict": str},
    ),
    Stage(
        10,
        "monitoring",
        mark("Monitoring"),
        mark("Are we still on course?"),
        ("transactions",),
        ("responses", "pulse", "costs"),
        {"actions": list},
    ),
)


def stage_of(number: int) -> Stage:
    """The stage with this number; a UsageError names what is accepted."""
    if not isinstance(number, int) or not 1 <= number <= len(STAGES):
        raise UsageError("stage", f"{number!r} is not a stage", "A stage is a whole number from 1 to 10")
    return STAGES[number - 1]


def affected(table: str) -> dict[int, str]:
    """Stage number → "blocks" or "weakens" for a table that is missing."""
    effect = {stage.number: "blocks" for stage in STAGES if table in stage.needs}
    return effect | {stage.number: "weakens" for stage in STAGES if table in stage.helps}


def parse_choice(number: int, pairs: Sequence[str]) -> Choice:
    """Read `key=value` words of a command line into a choice; lists are separated by commas."""
    decides = stage_of(number).decides
    choice: Choice = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise UsageError("decide", f"'{pair}' is not key=value", f"Stage {number} decides {', '.join(decides)}")
        choice[key] = text
    return check_choice(number, choice)


def check_choice(number: int, choice: Mapping[str, Any]) -> Choice:
    """Return the choice with its values typed; raise UsageError for an unknown key or a value that is not accepted."""
    decides = stage_of(number).decides
    typed: Choice = {}
    for key, value in choice.items():
        if key not in decides:
            known = ", ".join(decides)
            raise UsageError(
                f"decision of stage {number}",
                f"'{key}' is not decided here{nearest(key, decides)}",
                f"Stage {number} decides {known}",
            )
        typed[key] = _typed(number, key, value, decides[key])
    _check_values(number, typed)
    return typed


def _typed(number: int, key: str, value: Any, kind: type) -> Any:
    """One value as its kind: text, number or list of texts."""
    if kind is list:
        items = value.split(",") if isinstance(value, str) else list(value)
        return [str(item).strip() for item in items if str(item).strip()]
    if kind is float:
        try:
            return float(value)
        except (TypeError, ValueError):
            raise UsageError(
                f"decision of stage {number}", f"{key}={value!r} is not a number", f"{key} is a number"
            ) from None
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _check_values(number: int, choice: Choice) -> None:
    """Refuse values outside a closed list."""
    closed: dict[str, tuple[str, ...]] = {"objective": OBJECTIVES, "rollout": ROLLOUTS, "verdict": VERDICTS}
    for key, accepted in closed.items():
        if key in choice and choice[key] not in accepted:
            _refuse(number, key, choice[key], accepted)
    for moment in choice.get("moments", []):
        touchpoint, _sep, role = moment.partition(":")
        if not touchpoint or role not in ROLES:
            _refuse(number, "moments", moment, tuple(f"{touchpoint or 'touchpoint'}:{known}" for known in ROLES))
    for entry in choice.get("channels", []):
        if entry.count(":") != 2 or entry.split(":")[2] not in CHANNEL_STATES:
            _refuse(number, "channels", entry, tuple(f"moment:channel:{state}" for state in CHANNEL_STATES))
    if "deadline" in choice:
        try:
            dt.date.fromisoformat(choice["deadline"])
        except ValueError:
            _refuse(number, "deadline", choice["deadline"], ("a date as YYYY-MM-DD",))


def _refuse(number: int, key: str, value: str, accepted: tuple[str, ...]) -> None:
    raise UsageError(
        f"decision of stage {number}",
        f"{key}={value!r} is not accepted{nearest(value, accepted)}",
        f"Accepted: {', '.join(accepted)}",
    )


@dataclass(frozen=True)
class Ground:
    """What a choice is held against: the funnel, where touchpoints lie, the choices before, what the stage offered."""

    steps: tuple[str, ...]
    step_of: Mapping[str, str]
    channels: tuple[str, ...]
    earlier: Mapping[int, Choice]
    offered: Mapping[str, tuple[str, ...]]  # key → values the stage computed as possible; empty: not limited


def contradictions(number: int, choice: Choice, ground: Ground) -> list[str]:
    """Every way in which a choice contradicts the chain, in words; empty when it fits."""
    rules = {3: _funnel_rules, 4: _moment_rules, 5: _insight_rules, 6: _channel_rules}
    found = rules[number](choice, ground) if number in rules else []
    return found + _offer_rules(choice, ground)


def corridor(stall: str, objective: str, steps: Sequence[str]) -> list[str]:
    """The funnel steps from the stall to the objective, both included; empty when one is unknown or they are reversed."""
    if stall not in steps or objective not in steps:
        return []
    return list(steps[steps.index(stall) : steps.index(objective) + 1])


def _funnel_rules(choice: Choice, ground: Ground) -> list[str]:
    found = []
    for key in ("stall_step", "objective_step"):
        step = choice.get(key)
        if step is not None and step not in ground.steps:
            found.append(
                _(
                    "{key}: '{step}' is no step of this funnel{near} Steps: {steps}.",
                    key=key,
                    step=step,
                    near=nearest(step, ground.steps) or ".",
                    steps=", ".join(ground.steps),
                )
            )
    both = choice.get("stall_step") in ground.steps and choice.get("objective_step") in ground.steps
    if both and not corridor(choice["stall_step"], choice["objective_step"], ground.steps):
        found.append(_("The objective step comes before the stall: the way from stall to objective leads forward."))
    return found


def _moment_rules(choice: Choice, ground: Ground) -> list[str]:
    funnel = ground.earlier.get(3, {})
    inside = corridor(funnel.get("stall_step", ""), funnel.get("objective_step", ""), ground.steps)
    found = []
    for moment in choice.get("moments", []):
        touchpoint = moment.split(":")[0]
        step = ground.step_of.get(touchpoint)
        if step is None:
            found.append(
                _(
                    "'{moment}' is no touchpoint of this client{near}",
                    moment=touchpoint,
                    near=nearest(touchpoint, ground.step_of) or ".",
                )
            )
        elif inside and step not in inside:
            found.append(
                _(
                    "Moment '{moment}' lies at {step}, outside the corridor {corridor} that stage 3 decided.",
                    moment=touchpoint,
                    step=step,
                    corridor=" → ".join(inside),
                )
            )
    return found


def moments_of(choice: Choice) -> list[str]:
    """The touchpoints of stage 4's moments, in their order."""
    return [moment.split(":")[0] for moment in choice.get("moments", [])]


def _insight_rules(choice: Choice, ground: Ground) -> list[str]:
    return _bound_to_moments(choice.get("insights", []), ground)


def _channel_rules(choice: Choice, ground: Ground) -> list[str]:
    found = _bound_to_moments(choice.get("channels", []), ground)
    for entry in choice.get("channels", []):
        channel = entry.split(":")[1]
        if ground.channels and channel not in ground.channels:
            found.append(
                _(
                    "'{channel}' is no channel of this client{near}",
                    channel=channel,
                    near=nearest(channel, ground.channels) or ".",
                )
            )
    open_moments = {entry.split(":")[0] for entry in choice.get("channels", []) if entry.endswith(":in")}
    uncovered = [moment for moment in moments_of(ground.earlier.get(4, {})) if moment not in open_moments]
    if choice.get("channels") and uncovered:
        found.append(_("No channel is in for: {moments}. Every moment needs one.", moments=", ".join(uncovered)))
    return found


def _bound_to_moments(entries: Sequence[str], ground: Ground) -> list[str]:
    moments = moments_of(ground.earlier.get(4, {}))
    return [
        _(
            "'{entry}' is not about a moment that stage 4 decided ({moments}).",
            entry=entry,
            moments=", ".join(moments) or _("none"),
        )
        for entry in entries
        if entry.split(":")[0] not in moments
    ]


def _offer_rules(choice: Choice, ground: Ground) -> list[str]:
    found = []
    for key, accepted in ground.offered.items():
        values = choice.get(key, [])
        for value in values if isinstance(values, list) else [values]:
            if accepted and value not in accepted:
                found.append(
                    _(
                        "{key}: '{value}' is not among what this stage found possible{near} Possible: {accepted}.",
                        key=key,
                        value=value,
                        near=nearest(value, accepted) or ".",
                        accepted=", ".join(accepted),
                    )
                )
    return found


def check_chain(number: int, choice: Choice, ground: Ground, *, override: bool = False) -> list[str]:
    """What the choice contradicts, kept by an override; without one, raise ChoiceError when it contradicts anything."""
    found = contradictions(number, choice, ground)
    if found and not override:
        raise ChoiceError(
            _("decision of stage {n}", n=number),
            " ".join(found),
            _("What an earlier stage decided binds this one"),
            _("Choose within it, reopen that stage, or keep the choice with --override"),
        )
    return found
