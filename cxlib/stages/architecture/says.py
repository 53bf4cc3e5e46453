"""What stage 4 says: which touchpoints carry the judgement, where to concentrate, which role each moment has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, cannot_tell, fact_from_row, finding
from cxlib.language import _, ngettext, number, percent, quantity

Names = Mapping[str, str]
Row = dict[str, Any]
ROLES = ("repair", "delight", "trigger")


def headline(moments: pd.DataFrame, explained: pd.DataFrame, *, names: Names) -> Finding:
    """The moments and their roles, or why none can be named."""
    if moments.empty:
        return _why_none(explained)
    listed = "; ".join(_phrase(row, names) for row in _rows(moments))
    when = "; ".join(filter(None, (_when(row, names) for row in _rows(moments))))
    facts = _moment_facts(moments)
    if (moments["verdict"] == "real").any():
        told = _("What moves the needle: {listed}.")
        timed = " " + _("When: {when}.") if when else ""
        return finding(told + timed, *facts, verdict="real", listed=listed, when=when)
    told = _("No touchpoint is shown to repair, delight or trigger. Candidates by their contribution: {listed}.")
    return finding(told, *facts, verdict="not shown", listed=listed)


def drivers(table: pd.DataFrame, explained: pd.DataFrame, *, names: Names) -> Finding:
    """How much of the judgement the touchpoints carry together, and which are first."""
    if explained.empty:
        return _why_none(explained)
    row = _rows(explained)[0]
    share = _explained_fact(row)
    if row["verdict"] != "ok":
        return _stop(row, share)
    first = ", ".join(names.get(touchpoint, touchpoint) for touchpoint in table.loc[table["tied"], "touchpoint"])
    top = _rows(table)[0]
    lead = Fact(
        "4.p_first",
        top["p_top"],
        n=top["n"],
        unit="share",
        inputs=("responses",),
        grade="observed",
        formula=_("share of bootstrap samples in which the touchpoint is first"),
    )
    importance = fact_from_row("4.top_contribution", top, inputs=("responses",), formula=_LMG())
    told = _(
        "The touchpoints carry {explained:full} of the differences in the overall judgement. First: {first} (ranks that "
        "cannot be told apart are named together); {top} alone goes with {top_contribution:full} and is first in {p_first} of "
        "the samples."
    )
    return finding(told, share, importance, lead, first=first, top=names.get(top["touchpoint"], top["touchpoint"]))


def priorities(
    table: pd.DataFrame, agreement: pd.DataFrame, explained: pd.DataFrame, *, names: Names, sure: float = 0.8
) -> Finding:
    """Where importance outruns performance, and whether customers say the same."""
    for row in _rows(explained[explained["verdict"] != "ok"]):
        return _stop(row, _explained_fact(row))
    if table.empty:
        return cannot_tell(
            _("fewer than two touchpoints can be compared"), needs=_("ratings of at least two touchpoints")
        )
    chosen = table[table["p_concentrate"] >= sure]
    best = _rows(table.nlargest(1, "p_concentrate"))[0]
    p = Fact(
        "4.p_concentrate",
        best["p_concentrate"],
        n=best["n"],
        unit="share",
        inputs=("responses",),
        formula=_("share of bootstrap samples with the touchpoint above the gap line and of more than mean importance"),
    )
    if chosen.empty:
        told = _(
            "Nowhere is it sure that importance outruns performance; nearest is {best} (in {p_concentrate} of the draws)."
        )
        found = finding(told, p, verdict="not shown", best=names.get(best["touchpoint"], best["touchpoint"]))
    else:
        listed = ", ".join(names.get(touchpoint, touchpoint) for touchpoint in chosen["touchpoint"])
        told = _("Concentrate on {listed}: importance outruns performance (in up to {p_concentrate} of the draws).")
        found = finding(told, p, verdict="real", listed=listed)
    return found + _agreement(agreement)


def asymmetry(table: pd.DataFrame, *, names: Names) -> Finding:
    """Which touchpoints cost more than they win, and the other way round."""
    if table.empty or (table["verdict"] == "cannot tell").all():
        return cannot_tell(
            _("no touchpoint has enough low, middling and high ratings"),
            n_needed=90,
            needs=_("30 ratings in each band of a touchpoint, beside an overall judgement"),
        )
    parts, facts = [], []
    for role, column, words in (
        ("repair", "penalty", _("{step}: a bad one costs more than a good one wins, {fact:full}")),
        ("delight", "reward", _("{step}: a good one wins more than a bad one costs, {fact:full}")),
    ):
        for row in _rows(table[table["role"] == role]):
            fact = Fact(
                f"4.{column}_{_slug(row['touchpoint'])}",
                row[column],
                row[f"{column}_low"],
                row[f"{column}_high"],
                row["n"],
                "score",
                formula=_("penalty–reward regression with HC3 errors"),
                inputs=("responses",),
            )
            facts.append(fact)
            parts.append(words.format(step=names.get(row["touchpoint"], row["touchpoint"]), fact=fact))
    if not parts:
        return finding(
            _("No asymmetry is shown: no touchpoint surely costs more than it wins, or wins more than it costs."),
            verdict="not shown",
        )
    return finding(
        _("Bad and good do not weigh the same (points of the overall judgement): {parts}."),
        *facts,
        verdict="real",
        parts="; ".join(parts),
    )


def links(table: pd.DataFrame, *, names: Names) -> Finding:
    """Which touchpoints go with moving on."""
    if table.empty or (table["verdict"] == "cannot tell").all():
        return cannot_tell(
            _("which touchpoint goes with the next step"),
            n_needed=60,
            needs=_("interactions with steps and, for ratings, who rated which contact"),
        )
    shown = table[(table["verdict"] == "real") & (table["estimate"] > 0)]
    if shown.empty:
        return finding(_("No touchpoint is shown to go with moving on to the next step."), verdict="not shown")
    rated = shown[shown["link"] == "rated"].sort_values("adjusted_p")  # the surest first
    best = _rows(rated if len(rated) else shown)[0]
    link = fact_from_row(
        "4.trigger_link",
        best,
        inputs=("interactions", "responses"),
        formula=_("change of the share that goes on per rating point (logistic), or met against not met"),
    )
    told = (
        _(
            "One point more for {touchpoint} goes with {trigger_link:full} more of its customers moving on to the next step: "
            "an association, not yet an effect."
        )
        if best["link"] == "rated"
        else _(
            "Those who meet {touchpoint} move on more often by {trigger_link:full}; an association, not yet an effect."
        )
    )
    return finding(told, link, verdict="real", touchpoint=names.get(best["touchpoint"], best["touchpoint"]))


def recommend(
    moments: pd.DataFrame, explained: pd.DataFrame, touchpoints: pd.DataFrame, *, names: Names
) -> Recommendation:
    """The moments with their roles in order; alternatives: fewer of them, or the next by contribution; {} when unknown."""
    if moments.empty:
        return Recommendation({}, _why_none(explained), grade="unknown")
    chosen = [f"{row['moment']}:{row['role']}" for row in _rows(moments)]
    because = headline(moments, explained, names=names)
    others = []
    if len(chosen) > 1:
        others.append(
            Alternative(
                {"moments": chosen[:1]},
                _(
                    "Everything into the first moment: cheaper and easier to measure, "
                    "but the way to the objective has gaps."
                ),
            )
        )
    known = touchpoints[touchpoints["inside"] & ~touchpoints["touchpoint"].isin(moments["moment"])]
    known = known[known["importance"].notna()].nlargest(1, "importance")
    for row in _rows(known):
        told = _(
            "Adds {touchpoint}, the next by contribution ({share}): its role is not shown, so design would rest on judgement."
        )
        others.append(
            Alternative(
                {"moments": [*chosen, f"{row['touchpoint']}:repair"]},
                told.format(
                    touchpoint=names.get(row["touchpoint"], row["touchpoint"]), share=percent(row["importance"])
                ),
            )
        )
    grade = "measured" if (moments["verdict"] == "real").all() else "observed"
    return Recommendation({"moments": chosen}, because, tuple(others), grade)


def _phrase(row: Row, names: Names) -> str:
    """One moment in words: its role, what it is, and what it does where that is shown."""
    moment = names.get(row["moment"], row["moment"])
    plain = {
        "repair": _("repair {moment}"),
        "delight": _("delight at {moment}"),
        "trigger": _("trigger action at {moment}"),
    }
    does = {
        "repair": _("repair {moment}, where a bad one costs {points} points"),
        "delight": _("delight at {moment}, where a good one wins {points} points"),
        "trigger": _("trigger action at {moment}, where {share} more go on"),
    }
    if row["verdict"] != "real" or pd.isna(row["effect"]):
        return plain[row["role"]].format(moment=moment)
    effect = abs(float(row["effect"]))
    points = number(effect, 1 if effect >= 1 else 2)
    return does[row["role"]].format(moment=moment, points=points, share=quantity(effect, "pp"))


def _when(row: Row, names: Names) -> str:
    """When customers typically meet a moment, counted from entering its step; "" where that is not known."""
    if pd.isna(row["when_days"]):
        return ""
    days = round(row["when_days"])
    later = ngettext("{days} day after entering its step", "{days} days after entering its step", days)
    told = later.format(days=number(days)) if days else _("on the day of entering its step")
    return f"{names.get(row['moment'], row['moment'])} {told}"


def _moment_facts(moments: pd.DataFrame) -> tuple[Fact, ...]:
    """Contribution of the first moment of each role, and the number of moments shown."""
    facts = [
        Fact(
            "4.moments_shown",
            int((moments["verdict"] == "real").sum()),
            unit="count",
            formula=_("moments whose role the data show"),
            inputs=("responses", "interactions"),
        )
    ]
    for role in ROLES:
        for row in _rows(moments[moments["role"] == role].head(1)):
            known = (row["importance"], row["importance_low"], row["importance_high"], row["n"], "share")
            if pd.notna(row["importance"]):
                facts.append(Fact(f"4.{role}_importance", *known, formula=_LMG(), inputs=("responses",)))
            effect = (row["effect"], row["effect_low"], row["effect_high"], row["n"])
            words, inputs = _("penalty, reward, or link to the next step"), ("responses", "interactions")
            unit = "share" if role == "trigger" else "score"
            facts.append(Fact(f"4.{role}_effect", *effect, unit, formula=words, inputs=inputs))
    return tuple(facts)


def _agreement(agreement: pd.DataFrame) -> Finding:
    """Whether what customers say is important is what goes with their judgement."""
    if agreement.empty:
        return Finding(_("What customers say is important was not asked of enough touchpoints."))
    r = fact_from_row(
        "4.stated_agreement",
        {**_rows(agreement)[0], "n_of": "touchpoints"},
        inputs=("responses",),
        grade="observed",
        formula=_("Spearman's rank correlation of stated and derived importance"),
    )
    told = _(
        "What customers say matters is not shown to be what moves their judgement: rank correlation {stated_agreement:full}."
    )
    if r.low is not None and r.low > 0:
        told = _("What customers say matters also moves their judgement: rank correlation {stated_agreement:full}.")
    return finding(told, r)


def _explained_fact(row: Row) -> Fact:
    return fact_from_row(
        "4.explained",
        row,
        inputs=("responses",),
        formula=_("adjusted R² of the overall judgement on all touchpoints, met or not and rating"),
    )


def _stop(row: Row, share: Fact) -> Finding:
    """Why the split of the judgement is not made."""
    if row["verdict"] == "too few":
        return cannot_tell(
            _("contributions: {n} respondents are too few for this many touchpoints").format(n=number(row["n"], 0)),
            n_needed=int(row["n_needed"]),
            facts=(share,),
        )
    if row["verdict"] == "common method":
        return cannot_tell(
            _(
                "contributions: every two ratings go together (correlation above 0.7), as if one judgement was "
                "given many times"
            ),
            needs=_("ratings given right after each contact"),
            facts=(share,),
        )
    if row["verdict"] == "ceiling":
        told = _("contributions: {share} give the best possible judgement, and the few others are all that differs")
        needs = _("a finer question about the whole (0 to 10, or likelihood to come back)")
        return cannot_tell(told.format(share=percent(row["top_share"], 0)), needs=needs, facts=(share,))
    told = _("The touchpoints explain too little of the overall judgement ({explained}) to be split among them")
    return cannot_tell(
        told.format(explained=share),
        facts=(share,),
        needs=_("ratings of the touchpoints that matter, or a judgement closer to them"),
    )


def _why_none(explained: pd.DataFrame) -> Finding:
    """Why no moment can be named."""
    for row in _rows(explained):
        if row["verdict"] != "ok":
            return _stop(row, _explained_fact(row))
    return cannot_tell(
        _("no touchpoint inside the corridor was rated beside an overall judgement"),
        needs=_("ratings of single touchpoints (csat) and one of the whole (overall or NPS), by respondent"),
    )


def _LMG() -> str:
    return _("LMG: mean gain of R² over all orders of entry, among those who met the touchpoint")


def _slug(touchpoint: str) -> str:
    """A touchpoint as a part of a fact's id."""
    return "".join(letter if letter.isalnum() else "_" for letter in touchpoint.lower())


def _rows(table: pd.DataFrame) -> list[Row]:
    """The rows of a table as dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
