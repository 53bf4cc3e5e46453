"""A choice in words a client knows: each part with its name, money with its period, a date, a size with its unit."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from cxlib.chain import STAGES
from cxlib.language import _, day, money, number, quantity, unknown

Names = Callable[[str, str], str | None]  # key of a choice, code → label, if there is one
_PERIOD = re.compile(r"_per_(day|week|month|quarter|year)$")
_ORDER = {key: place for place, key in enumerate(key for stage in STAGES for key in stage.decides)}
_DRAWN = re.compile(r"(\d+)\+(\d+)@(-?\d+)")  # pilot + control @ seed


def choice_words(choice: Mapping[str, Any], names: Names) -> str:
    """A choice as one line: "Target: €88,102 a month; Deadline: 30 Jun 2027"; codes by their labels."""
    return "; ".join(
        f"{part_name(key)}: {_upper(_part(key, value, choice, names))}" for key, value in ordered(choice)
    ) or _("nothing")


def ordered(choice: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The parts of a choice in the order of the chain, however they were written down: what, how much, by when."""
    return sorted(choice.items(), key=lambda part: _ORDER.get(part[0], len(_ORDER)))


def kinds(key: str) -> tuple[str, ...]:
    """The kinds of label that a part's codes may have, the likeliest first: a step and a touchpoint may share a key."""
    own = {
        "stall_step": "step",
        "objective_step": "step",
        "experiences": "idea",
        "capabilities": "capability",
        "committee": "person",
    }
    return (*filter(None, [own.get(key)]), "theme", "segment", "objective", "channel", "touchpoint", "step")


def part_name(key: str) -> str:
    """What a part of a choice is called."""
    known = {
        "stall_step": _("Stalled step"),
        "window_days": _("Window"),
        "test": _("Test"),
        "expectation_threshold": _("Promise at most"),
        "assignments": _("Customers drawn"),
    }
    return known.get(key) or _(_upper(_plain(key)))


def _part(key: str, value: Any, choice: Mapping[str, Any], names: Names) -> str:
    """The value of one part."""
    if isinstance(value, list | tuple):
        codes = [str(item) for item in value]
        entries = _channels(codes, names) if key == "channels" else [_entry(key, code, names) for code in codes]
        apart = "; " if key != "channels" and any("," in entry for entry in entries) else ", "
        return apart.join(entries) or _nothing(key)
    if isinstance(value, int | float):
        sized = {"target": _target, "minimum_effect": _effect, "window_days": _days, "expectation_threshold": _of_ten}
        return sized[key](value, str(choice.get("metric", ""))) if key in sized else number(value)
    if unknown(value):
        return _nothing(key)
    spoken = {"deadline": _date, "assignments": _drawn}
    return spoken[key](str(value)) if key in spoken else _entry(key, str(value), names)


def _nothing(key: str) -> str:
    """A part left empty."""
    return _("nobody") if key in ("committee", "assignments") else _("nothing")


def _days(value: float, _metric: str) -> str:
    return quantity(value, "days")


def _of_ten(value: float, _metric: str) -> str:
    """A level of the scale on which expectations are asked, 0–10."""
    return _("{} of 10").format(number(value))


def _target(value: float, metric: str) -> str:
    """Every objective is money; its metric says in which period."""
    found = _PERIOD.search(metric)
    periods = {
        "day": _("{} a day"),
        "week": _("{} a week"),
        "month": _("{} a month"),
        "quarter": _("{} a quarter"),
        "year": _("{} a year"),
    }
    return periods[found[1]].format(money(value)) if found else money(value)


def _effect(value: float, metric: str) -> str:
    """The smallest effect that matters: a difference in the unit of its metric."""
    if metric.endswith("_share"):
        return quantity(value, "pp")
    if metric.endswith("_per_customer"):
        return _("{} per customer").format(money(value))
    return number(value)


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
    if int(found[1]) == int(found[2]) == 0:
        return _("nobody")
    pilot, control = (number(int(n), 0) for n in found.groups()[:2])
    return _(
        "{pilot} for the pilot, {control} for comparison (random draw, seed {seed})",
        pilot=pilot,
        control=control,
        seed=found[3],
    )


def _entry(key: str, code: str, names: Names) -> str:
    """One code, or several joined by colons: "delivery:repair" is "Delivery · repair"."""
    first, _colon, rest = code.partition(":")
    phrases = {"reopen": _("reopen stage {}"), "act": _("act on {}"), "member": "{}", "chair": _("{} (chair)")}
    if rest and key in ("actions", "committee") and first in phrases:
        return phrases[first].format(_entry("", rest, names) if first == "act" else names(key, rest) or rest)
    return " · ".join(names(key, part) or _coded(part) for part in code.split(":"))


def _channels(codes: list[str], names: Names) -> list[str]:
    """Moment by moment, what is open first: "Delivery (At home, App), Quote (Web, later Store, not Phone)"."""
    said = {"in": "{}", "later": _("later {}"), "not_in": _("not {}")}
    places: dict[str, list[tuple[int, str]]] = {}
    for code in codes:
        moment, channel, state = code.split(":")
        words = said[state].format(names("channels", channel) or _coded(channel))
        places.setdefault(names("channels", moment) or _coded(moment), []).append((list(said).index(state), words))
    return [
        f"{moment} ({', '.join(words for _state, words in sorted(found, key=lambda one: one[0]))})"
        for moment, found in places.items()
    ]


def _coded(code: str) -> str:
    """A code of the method in words."""
    known = {
        "cuped_difference": _("difference between the groups, adjusted for what each customer did before"),
        "nps": _("net promoter score"),
        "csat": _("satisfaction"),
        "ces": _("ease"),
        "purchase_share": _("share of customers who buy"),
        "margin_per_customer": _("margin per customer"),
        "revenue_per_customer": _("revenue per customer"),
        "nothing": _("do nothing"),
        "no_go": _("do not go"),
    }
    return known.get(code) or _plain(code)


def _plain(code: str) -> str:
    return code.replace("__", ", ").replace("_", " ")


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]
