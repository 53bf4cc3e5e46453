"""What stage 4 decides: the moments, which role each has, and why none can be named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, cannot_tell, fact, finding, first, rows
from cxlib.language import _, ngettext, number, percent, quantity
from cxlib.stages.architecture.moments import ROLES

Names = Mapping[str, str]
Row = Mapping[str, Any]
PARTS = ("", "_low", "_high")


def headline(moments: pd.DataFrame, explained: pd.DataFrame, *, names: Names, judged: bool = False) -> Finding:
    """The moments and their roles, or why none can be named; `judged`: people have decided on others than were found."""
    if moments.empty:
        return why_none(explained)
    found = rows(moments)
    listed = "; ".join(_phrase(row, names) for row in found)
    facts = _moment_facts(moments)
    if not any(row["verdict"] == "real" for row in found):
        none = _("No touchpoint is shown to repair, delight or trigger. Candidates by their contribution: {listed}.")
        if judged:
            none = _("That these moments do so is not shown: {listed}.")
        return finding(none, *facts, verdict="not shown", listed=listed)
    told = finding(_("What goes with satisfaction and with going on: {listed}."), *facts, verdict="real", listed=listed)
    when = "; ".join(filter(None, (_when(row, names) for row in found)))
    return told + finding(_("When: {when}."), when=when) if when else told


def recommend(
    moments: pd.DataFrame, explained: pd.DataFrame, touchpoints: pd.DataFrame, *, names: Names
) -> Recommendation:
    """The moments with their roles in order; alternatives: fewer of them, or the next by contribution; {} when unknown."""
    because = headline(moments, explained, names=names)
    if moments.empty:
        return Recommendation({}, because, grade="unknown")
    chosen = [f"{row['moment']}:{row['role']}" for row in rows(moments)]
    fewer = _("Everything into the first moment: cheaper and easier to measure, but the way to the objective has gaps.")
    more = _(
        "Adds {touchpoint}, the next by contribution ({share}): its role is not shown, so design would rest on judgement."
    )
    others = [Alternative({"moments": chosen[:1]}, fewer)] if len(chosen) > 1 else []
    known = touchpoints[touchpoints["inside"] & ~touchpoints["touchpoint"].isin(moments["moment"])]
    for row in rows(known[known["importance"].notna()].nlargest(1, "importance")):
        told = more.format(touchpoint=name_of(row["touchpoint"], names), share=percent(row["importance"]))
        others.append(Alternative({"moments": [*chosen, f"{row['touchpoint']}:repair"]}, told))
    grade = "measured" if (moments["verdict"] == "real").all() else "observed"
    return Recommendation({"moments": chosen}, because, tuple(others), grade)


def why_not_split(explained: pd.DataFrame) -> Finding | None:
    """Why the judgement is not split among the touchpoints; None where it is, or where there is none."""
    row = first(explained)
    if not row or row["verdict"] == "ok":
        return None
    share = fact("4.explained", row)
    reasons = {
        "too few": _("{n} respondents are too few for this many touchpoints"),
        "common method": _(
            "every two ratings go together (correlation above 0.7), as if one judgement was given many times"
        ),
        "ceiling": _("{top} give the best possible judgement, and the few others are all that differs"),
    }
    needs = {
        "common method": _("ratings given right after each contact"),
        "ceiling": _("a finer question about the whole (0 to 10, or likelihood to come back)"),
        "too little explained": _("ratings of the touchpoints that matter, or a judgement closer to them"),
    }
    verdict = str(row["verdict"])
    reason = _("The touchpoints explain too little of the overall judgement ({explained}) to be split among them")
    if verdict in reasons:
        reason = _("contributions: {reason}").format(reason=reasons[verdict])
    told = reason.format(explained=share, n=number(row["n"], 0), top=percent(row["top_share"], 0))
    n_needed = int(row["n_needed"]) if verdict == "too few" else None
    return cannot_tell(told, n_needed=n_needed, needs=needs.get(verdict, ""), facts=(share,))


def why_none(explained: pd.DataFrame) -> Finding:
    """Why no touchpoint can be named."""
    return why_not_split(explained) or cannot_tell(
        _("no touchpoint inside the corridor was rated beside an overall judgement"),
        needs=_("ratings of single touchpoints (csat) and one of the whole (overall or NPS), by respondent"),
    )


def name_of(touchpoint: object, names: Names) -> str:
    """A touchpoint by its label."""
    return names.get(str(touchpoint), str(touchpoint))


def _phrase(row: Row, names: Names) -> str:
    """One moment in words: its role, what it is, and what it does where that is shown."""
    told = {
        "repair": _("repair {moment}"),
        "delight": _("delight at {moment}"),
        "trigger": _("trigger action at {moment}"),
    }
    does = {
        "repair": _("repair {moment}, where a bad one goes with {points} points less"),
        "delight": _("delight at {moment}, where a good one goes with {points} points more"),
        "trigger": _("trigger action at {moment}, where {share} more go on"),
    }
    words = does if row["verdict"] == "real" and pd.notna(row["effect"]) else told
    effect = abs(float(row["effect"]))
    points, share = number(effect, 1 if effect >= 1 else 2), quantity(effect, "pp")
    return words[row["role"]].format(moment=name_of(row["moment"], names), points=points, share=share)


def _when(row: Row, names: Names) -> str:
    """When customers typically meet a moment, counted from entering its step; "" where that is not known."""
    if pd.isna(row["when_days"]):
        return ""
    days = round(row["when_days"])
    later = ngettext("{days} day after entering its step", "{days} days after entering its step", days)
    told = later.format(days=number(days)) if days else _("on the day of entering its step")
    return f"{name_of(row['moment'], names)} {told}"


def _moment_facts(moments: pd.DataFrame) -> list[Fact]:
    """The number of moments shown, then contribution and effect of the first moment of each role."""
    facts = [fact("4.moments_shown", int((moments["verdict"] == "real").sum()))]
    for role in ROLES:
        row = first(moments, role=role)
        for measure, id in (("importance", "4.{role}_importance"), ("effect", f"4.{role}_effect")):
            if row and (measure == "effect" or pd.notna(row[measure])):
                value, low, high = (row[f"{measure}{part}"] for part in PARTS)
                facts.append(fact(id, value, low=low, high=high, n=row["n"], role=role))
    return facts
