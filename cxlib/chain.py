"""The binding chain: ten stages as one table (`chain.yaml`), and the rules a choice must keep.

A stage is asked in order; what it decides is a fact for every later one. The rules here are the method's, not the data's:
which keys a choice has, which values they take, and what contradicts a decision taken before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from cxlib.errors import ChoiceError, UsageError, nearest
from cxlib.language import _, not_among, read_yaml

Choice = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """One stage: what it asks, what it needs, what it decides (as `chain.yaml` explains)."""

    number: int
    key: str
    title: str
    question: str
    needs: tuple[str, ...]
    helps: tuple[str, ...]
    decides: Mapping[str, Any]
    follows: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The name of its notebook and page, without ending: 03_sales_funnel."""
        return f"{self.number:02d}_{self.key}"

    @property
    def name(self) -> str:
        """The title in the language in force."""
        return _(self.title)


def _stages() -> tuple[Stage, ...]:
    told = read_yaml(Path(__file__).with_name("chain.yaml"))
    return tuple(
        Stage(number, key, **about | {"needs": tuple(about["needs"]), "helps": tuple(about["helps"])})
        for number, (key, about) in enumerate(told.items(), start=1)
    )


STAGES = _stages()


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
    """The choice that `key=value` words of a command line make; lists are separated by commas."""
    choice: Choice = {}
    for pair in pairs:
        key, equals, choice[key] = pair.partition("=")
        if not equals:
            known = ", ".join(stage_of(number).decides)
            raise UsageError("decide", f"'{pair}' is not key=value", f"Stage {number} decides {known}")
    return check_choice(number, choice)


def check_choice(number: int, choice: Mapping[str, Any]) -> Choice:
    """The choice with its values typed; raises UsageError for an unknown key or a value that is not accepted."""
    decides = stage_of(number).decides
    for key in choice:
        if key not in decides:
            what = f"'{key}' is not decided here{nearest(key, decides)}"
            raise UsageError(f"decision of stage {number}", what, f"Stage {number} decides {', '.join(decides)}")
    return {key: _typed(number, key, value, decides[key]) for key, value in choice.items()}


def _typed(number: int, key: str, value: Any, kind: Any) -> Any:
    """One value as its kind says: a text, a number, a date or a list of texts."""
    if kind == "list" or isinstance(kind, dict):
        items = value.split(",") if isinstance(value, str) else value
        entries = [text for item in items if (text := str(item).strip())]
        for entry in entries if isinstance(kind, dict) else ():
            _check_entry(number, key, entry, **kind)
        return entries
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    if isinstance(kind, list) and text not in kind:
        _refuse(number, key, text, kind)
    try:
        if kind == "number":
            return float(value)
        if kind == "date":
            dt.date.fromisoformat(text)
    except (TypeError, ValueError):
        _refuse(number, key, text, ["a number" if kind == "number" else "a date as YYYY-MM-DD"])
    return text


def _check_entry(number: int, key: str, entry: str, *, entry_form: str, ends: Sequence[str]) -> None:
    head, _colon, end = entry.rpartition(":")
    fits = bool(head) and head.count(":") == entry_form.count(":")
    if not fits or end not in ends:
        _refuse(number, key, entry, [f"{head if fits else entry_form}:{known}" for known in ends])


def _refuse(number: int, key: str, value: str, accepted: Sequence[str]) -> NoReturn:
    what = f"{key}={value!r} is not accepted{nearest(value, accepted)}"
    raise UsageError(f"decision of stage {number}", what, f"Accepted: {', '.join(accepted)}")


@dataclass(frozen=True)
class Ground:
    """What a choice is held against: the funnel, where touchpoints lie, the choices before, what the stage offered."""

    steps: tuple[str, ...]
    step_of: Mapping[str, str]
    channels: tuple[str, ...]
    earlier: Mapping[int, Choice]
    offered: Mapping[str, tuple[str, ...]]  # key → values the stage computed as possible; empty: not limited
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # key → values that exist at all; empty: any

    @property
    def moments(self) -> list[str]:
        """The moments that stage 4 decided."""
        return moments_of(self.earlier.get(4, {}))


def contradictions(number: int, choice: Choice, ground: Ground) -> list[str]:
    """Every way in which a choice contradicts the chain, in words; empty when it fits."""
    rules = {3: _against_funnel, 4: _against_corridor, 5: _against_moments, 6: _against_channels}
    found = list(rules[number](choice, ground)) if number in rules else []
    return found + list(_against_offer(choice, ground))


def corridor(stall: str, objective: str, steps: Sequence[str]) -> list[str]:
    """The funnel steps from the stall to the objective, both included; empty when one is unknown or they are reversed."""
    if stall not in steps or objective not in steps:
        return []
    return list(steps[steps.index(stall) : steps.index(objective) + 1])


def moments_of(choice: Choice) -> list[str]:
    """The touchpoints of stage 4's moments, in their order."""
    return [moment.split(":")[0] for moment in choice.get("moments", [])]


def _against_funnel(choice: Choice, ground: Ground) -> Iterator[str]:
    ends = [choice[key] for key in ("stall_step", "objective_step") if choice.get(key) is not None]
    if len(ends) == 2 and not corridor(ends[0], ends[1], ground.steps):
        yield _("The objective step comes before the stall: the way from stall to objective leads forward.")


def _against_corridor(choice: Choice, ground: Ground) -> Iterator[str]:
    funnel = ground.earlier.get(3, {})
    inside = corridor(funnel.get("stall_step", ""), funnel.get("objective_step", ""), ground.steps)
    for touchpoint in moments_of(choice):
        step = ground.step_of.get(touchpoint)
        if step is None:
            yield not_among(_("'{value}' is not one of this client's touchpoints{near}"), touchpoint, ground.step_of)
        elif inside and step not in inside:
            told = _("Moment '{moment}' lies at {step}, outside the corridor {corridor} that stage 3 decided.")
            yield told.format(moment=touchpoint, step=step, corridor=" → ".join(inside))


def _against_moments(choice: Choice, ground: Ground, key: str = "insights") -> Iterator[str]:
    decided = ", ".join(ground.moments) or _("none")
    for entry in choice.get(key, []):
        if entry.split(":")[0] not in ground.moments:
            told = _("'{entry}' is not about a moment that stage 4 decided ({moments}).")
            yield told.format(entry=entry, moments=decided)


def _against_channels(choice: Choice, ground: Ground) -> Iterator[str]:
    yield from _against_moments(choice, ground, "channels")
    entries = [entry.split(":") for entry in choice.get("channels", [])]
    for _moment, channel, _state in entries:
        if ground.channels and channel not in ground.channels:
            yield not_among(_("'{value}' is not one of this client's channels{near}"), channel, ground.channels)
    covered = {moment for moment, _channel, state in entries if state == "in"}
    uncovered = [moment for moment in ground.moments if moment not in covered]
    if entries and uncovered:
        yield _("No channel is in for: {moments}. Every moment needs one.", moments=", ".join(uncovered))


def _against_offer(choice: Choice, ground: Ground) -> Iterator[str]:
    told = _("{key}: '{value}' is not among what this stage found possible{near} Possible: {known}.")
    yield from _outside(choice, ground.offered, told)


def _unheard_of(number: int, choice: Choice, ground: Ground) -> Iterator[str]:
    """Values that do not exist for this client: no override makes them exist."""
    told = _("{key}: '{value}' does not exist here{near} There are: {known}.")
    places = {4: "moments", 5: "insights", 6: "channels"}
    if number in places:
        entries = [entry.split(":") for entry in choice.get(places[number], [])]
        heads = {places[number]: [entry[0] for entry in entries]}
        yield from _outside(heads, {places[number]: tuple(ground.step_of)}, told)
    if number == 6:
        yield from _outside({"channels": [entry[1] for entry in entries]}, {"channels": ground.channels}, told)
    if number == 3:
        yield from _outside(choice, dict.fromkeys(choice, ground.steps), told)
    yield from _outside(choice, ground.known, told)


def _outside(choice: Mapping[str, Any], limits: Mapping[str, Sequence[str]], told: str) -> Iterator[str]:
    """What is said of each value that lies outside the limits of its key."""
    for key, accepted in limits.items():
        values = choice.get(key, [])
        for value in values if isinstance(values, list) else [values]:
            if accepted and value not in accepted:
                yield not_among(told, value, accepted, key=key)


def check_chain(number: int, choice: Choice, ground: Ground, *, override: bool = False) -> list[str]:
    """What the choice contradicts, kept by an override; without one, raises ChoiceError when it contradicts anything.

    A value that does not exist (a step, a touchpoint, a segment that nobody found) is refused with or without one.
    """
    if unheard_of := list(dict.fromkeys(_unheard_of(number, choice, ground))):
        raise ChoiceError(
            _("decision of stage {n}", n=number), " ".join(unheard_of), "", _("Choose one that exists; see its page")
        )
    found = contradictions(number, choice, ground)
    if found and not override:
        raise ChoiceError(
            _("decision of stage {n}", n=number),
            " ".join(found),
            _("What an earlier stage decided binds this one"),
            _("Choose within it, reopen that stage, or keep the choice with --override"),
        )
    return found
