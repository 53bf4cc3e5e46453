"""A choice in words a client knows: each part with its name, money with its period, a date, a size with its unit."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from cxlib.chain import STAGES
from cxlib.language import _, day, money, number, quantity, term, unknown, upper_first

Names = Callable[[str, str], str | None]  # key of a choice, code → label, if there is one
_ORDER = {key: place for place, key in enumerate(key for stage in STAGES for key in stage.decides)}
_DRAWN = re.compile(r"(\d+)\+(\d+)@(-?\d+)")  # pilot + control @ seed
_OWN_KINDS = {
    "stall_step": "step",
    "objective_step": "step",
    "experiences": "idea",
    "capabilities": "capability",
    "committee": "person",
}
_KINDS = ("theme", "segment", "objective", "channel", "touchpoint", "step")


def choice_words(choice: Mapping[str, Any], names: Names, *, only: Collection[str] | None = None) -> str:
    """A choice as one line: "Target: €88,102 a month; Deadline: 30 Jun 2027"; codes by their labels; `only` these keys."""
    metric = str(choice.get("metric", ""))
    told = [(key, value) for key, value in ordered(choice) if only is None or key in only]
    parts = [f"{part_name(key)}: {upper_first(_part(key, value, metric, names))}" for key, value in told]
    return "; ".join(parts) or _("nothing")


def ordered(choice: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The parts of a choice in the order of the chain, however they were written down: what, how much, by when."""
    return sorted(choice.items(), key=lambda part: _ORDER.get(part[0], len(_ORDER)))


def kinds(key: str) -> tuple[str, ...]:
    """The kinds of label that a part's codes may have, the likeliest first: a step and a touchpoint may share a key."""
    return (_OWN_KINDS[key], *_KINDS) if key in _OWN_KINDS else _KINDS


def part_name(key: str) -> str:
    """What a part of a choice is called."""
    return term("choice", key, "") or _(upper_first(_plain(key)))


def _part(key: str, value: Any, metric: str, names: Names) -> str:
    """The value of one part."""
    if isinstance(value, list | tuple):
        codes = [str(item) for item in value]
        entries = _channels(codes, names) if key == "channels" else [_entry(key, code, names) for code in codes]
        apart = "; " if key != "channels" and any("," in entry for entry in entries) else ", "
        return apart.join(entries) or _nobody_or_nothing(key)
    if unknown(value):
        return _nobody_or_nothing(key)
    if isinstance(value, int | float):
        return _size(key, value, metric)
    spoken = {"deadline": _date, "assignments": _drawn}
    return spoken[key](str(value)) if key in spoken else _entry(key, str(value), names)


def _nobody_or_nothing(key: str) -> str:
    """A part left empty."""
    return _("nobody") if key in ("committee", "assignments") else _("nothing")


def _size(key: str, value: float, metric: str) -> str:
    """A number with its unit: every objective is money, whose metric says in which period; an effect has its metric's unit."""
    if key == "target":
        periods = {
            "day": _("{} a day"),
            "week": _("{} a week"),
            "month": _("{} a month"),
            "quarter": _("{} a quarter"),
            "year": _("{} a year"),
        }
        _metric, per, period = metric.rpartition("_per_")
        return periods.get(period if per else "", "{}").format(money(value))
    if key == "minimum_effect" and metric.endswith("_share"):
        return quantity(value, "pp")
    if key == "minimum_effect" and metric.endswith("_per_customer"):
        return _("{} per customer").format(money(value))
    if key == "expectation_threshold":  # an answer of the scale on which touchpoints are rated
        return number(value)
    return quantity(value, "days" if key == "window_days" else "number")


def _date(text: str) -> str:
    try:
        return day(dt.date.fromisoformat(text))
    except ValueError:
        return text


def _drawn(text: str) -> str:
    """The draw of stage 8: "506+506@0"."""
    found = _DRAWN.fullmatch(text)
    if not found:
        return text
    pilot, control, seed = map(int, found.groups())
    if pilot == control == 0:
        return _("nobody")
    told = _("{pilot} for the pilot, {control} for comparison (random draw, seed {seed})")
    return told.format(pilot=number(pilot, 0), control=number(control, 0), seed=seed)


def _entry(key: str, code: str, names: Names) -> str:
    """One code, or several joined by colons: "delivery:repair" is "Delivery · repair"."""
    first, _colon, rest = code.partition(":")
    phrases = {"reopen": _("reopen stage {}"), "act": _("act on {}"), "member": "{}", "chair": _("{} (chair)")}
    if rest and key in ("actions", "committee") and first in phrases:
        return phrases[first].format(_entry("", rest, names) if first == "act" else names(key, rest) or rest)
    return " · ".join(_named(key, part, names) for part in code.split(":"))


def _channels(codes: list[str], names: Names) -> list[str]:
    """Moment by moment, what is open first: "Delivery (At home, App), Quote (Web, later Store, not Phone)"."""
    said = {"in": "{}", "later": _("later {}"), "not_in": _("not {}")}
    places: dict[str, list[tuple[str, str]]] = {}
    for code in codes:
        moment, channel, state = code.split(":")
        places.setdefault(_named("channels", moment, names), []).append((channel, state))
    told = []
    for moment, found in places.items():
        in_order = sorted(found, key=lambda one: list(said).index(one[1]))
        words = [said[state].format(_named("channels", channel, names)) for channel, state in in_order]
        told.append(f"{moment} ({', '.join(words)})")
    return told


def _named(key: str, code: str, names: Names) -> str:
    """A code by its label, else as the vocabulary calls it, else in plain words."""
    return names(key, code) or term("code", code, _plain(code))


def _plain(code: str) -> str:
    return code.replace("__", ", ").replace("_", " ")
