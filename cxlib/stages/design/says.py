"""What stage 7 says of the design: which ideas pass, what they are to customers, what can be promised, where the path breaks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from cxlib.engagement.tables.listed import listed
from cxlib.facts import Alternative, Finding, Recommendation, Verdict, cannot_tell, fact, finding, first, rows
from cxlib.language import _, money, number
from cxlib.show.table import Labels
from cxlib.stages.design.journey_cells import GRADES
from cxlib.stages.design.portfolio import NOTHING
from cxlib.stages.design.registration import TEST, UNITS
from cxlib.stages.design.shown import chance, label_of, named


def gates(gated: pd.DataFrame) -> Finding:
    """How many ideas pass, and at which gate most fail."""
    if gated.empty:
        needs = _("ideas with their cost and the effect expected of them")
        return cannot_tell(_("nobody has brought an idea"), needs=needs)
    counts = fact("7.n_passed", gated["passed"].sum()), fact("7.n_ideas", len(gated))
    said = finding(_("{n_passed} of {n_ideas} ideas pass the five gates."), *counts)
    stopped = gated.loc[~gated["passed"], "failing"].value_counts()
    if len(stopped):
        gate = named("gates")[stopped.index[0]]
        said += finding(_("Most fail at {gate} ({n})."), gate=gate, n=number(stopped.iloc[0]))
    return said


def path(coverage: pd.DataFrame, labels: Labels) -> Finding:
    """Is the customer led by the hand from the stall to the objective?"""
    if coverage.empty:
        return cannot_tell(_("there is no corridor"), needs=_("a stalled step and an objective step from stage 3"))
    by_state = coverage["step"].map(lambda step: label_of(labels, step)).groupby(coverage["state"])
    steps = by_state.agg(", ".join).to_dict()
    n = fact("7.n_covered", coverage["state"].eq("covered").sum())
    said = finding(_("{n_covered} of the {n} steps of the corridor have an experience."), n, n=number(len(coverage), 0))
    if "gap" in steps:
        said += finding(_("A moment without an experience, so the path breaks there: {steps}."), steps=steps["gap"])
    if "no moment" in steps:
        bare = _("No moment was chosen at: {steps}; customers pass there as before.")
        said += finding(bare, steps=steps["no moment"])
    return said


def kano(kano: pd.DataFrame, taken: Sequence[str], labels: Labels) -> Finding:
    """What customers take for granted, what delights them, and whether the design holds both."""
    known = kano[kano["verdict"].isin(["real", "directional", "mixed"])]
    if known.empty:
        asked = _("customers were not asked how they would feel with and without the ideas")
        return cannot_tell(asked, needs=_("a Kano survey of at least 30 customers"))
    apart = known[known["verdict"].ne("mixed")]
    parts = []
    for category in ("must_be", "attractive", "indifferent"):
        ids = apart.loc[apart["category"].eq(category), "idea_id"]
        if len(ids):
            parts.append(f"{named('categories')[category]}: {quoted(ids, labels)}")
    n = fact("7.n_kano", known["n"].max())
    told = "; ".join(parts) or _("no idea stands out")
    said = finding(_("Of {n_kano} customers asked, {parts}."), n, parts=told)
    sure = known["category"].eq("indifferent") & known["verdict"].eq("real")
    for key in known.loc[sure & known["idea_id"].isin(taken), "idea_id"]:
        cold = _("The design holds one that leaves customers cold: {name}.")
        said += finding(cold, name=label_of(labels, key))
    return said


def promise(promises: pd.DataFrame, *, labels: Labels) -> Finding:
    """Where the expected level is kept often enough to be promised, and where not."""
    enough = promises[promises["n"] >= promises["n_needed"]]
    known = enough.dropna(subset=["estimate"]).sort_values("estimate")
    if known.empty and len(enough):
        return _level(rows(enough.sort_values("promise"))[0], labels)
    if known.empty:
        few, least = _("too few customers rated the moments to promise any level"), promises["n_needed"].max()
        needs = _("satisfaction and expectation asked at each moment")
        return cannot_tell(few, n_needed=int(least) if len(promises) else None, needs=needs)
    worst = rows(known)[0]
    template = _(
        "At {place} customers expect {expected} of ten; {kept_share:full} of them live it. That is the promise most often"
        " broken."
    )
    words = {"place": label_of(labels, worst["touchpoint"]), "expected": number(worst["expected"], 1)}
    verdict: Verdict = "cannot tell" if worst["verdict"] == "cannot tell" else "real"
    said = finding(template, fact("7.kept_share", worst), verdict=verdict, **words)
    level = _("Today {level} could be promised there to nine in ten.")
    return said + finding(level, level=number(worst["promise"], 1))


def _level(worst: Mapping[str, Any], labels: Labels) -> Finding:
    """What can be promised where satisfaction was asked and expectation was not."""
    level = fact("7.promise_level", worst["promise"], n=worst["n"])
    template = _("At {place} a score of {promise_level} can be promised today to nine customers in ten.")
    unknown = _("nobody was asked what they expect there, so nobody knows whether that is enough")
    said = finding(template, level, place=label_of(labels, worst["touchpoint"]))
    return said + cannot_tell(unknown, needs=_("expectation asked at each moment"))


def mapped(shares: pd.DataFrame, file: Any) -> Finding:
    """How much of today's map is known, and who wrote the rest."""
    total = int(shares["n_cells"].sum())
    if total == 0:
        needs = _("interactions, answers or a journey file")
        return cannot_tell(_("nothing is known of the journey"), needs=needs)
    part = {grade: first(shares, grade=grade)["share"] for grade in GRADES}
    facts = [fact("7.map_{evidence}", part[grade], n=total, evidence=grade) for grade in GRADES]
    template = _(
        "Of the {total} filled cells of today's map {map_measured} are measured, {map_observed} are records or few"
        " observations, {map_assumed} are assumed."
    )
    if not part["measured"]:
        template = _(
            "Nothing on today's map is measured: {map_assumed} of its {total} filled cells are assumed, the rest are"
            " records."
        )
    verdict: Verdict = "" if part["measured"] else "cannot tell"
    said = finding(template, *facts, total=number(total, 0), verdict=verdict)
    if file.by:
        said += finding(_("What is assumed was written by: {who}."), who=file.by)
    return said


def recommendation(
    best: Mapping[str, Any],
    others: pd.DataFrame,
    registrations: Mapping[str, pd.DataFrame],
    *,
    because: Finding,
    gated: pd.DataFrame,
) -> Recommendation:
    """Build the recommended portfolio with its registration; doing nothing and the next best are the alternatives.

    registrations: experiences (joined by ";") → what is registered for them; a portfolio that is neither the best nor
    one of the `others` is possible as well. gated: the ideas at the gates; those that no gate refused may be chosen.
    """
    ids = str(best.get("experiences") or "")
    tables = dict.fromkeys((ids, "", *others["experiences"])) | dict(registrations)
    choices = {key: _with_registration(key, table) for key, table in tables.items()}
    alternatives = [Alternative(choices[row["experiences"]], _meaning(row)) for row in rows(others)]
    if ids:
        alternatives.append(Alternative(choices[""], _("Nothing is spent; the value at stake stays lost.")))
    passed = list(gated.loc[gated["passed"].astype(bool), "idea_id"])
    offered = {"experiences": [*passed, NOTHING]} if passed else {}
    known = {"experiences": [*gated["idea_id"], NOTHING], "metric": list(UNITS), "test": [TEST]} if len(gated) else {}
    return Recommendation(
        choices[ids], because, tuple(alternatives), "assumed", offered, known, tuple(choices.values())
    )


def _with_registration(experiences: str, registration: pd.DataFrame | None) -> dict[str, Any]:
    """A portfolio as a choice, with what is registered for it."""
    ids = listed(experiences)
    choice: dict[str, Any] = {"experiences": ids or [NOTHING]}
    for row in rows(registration) if ids and registration is not None else []:
        effect, guardrails = _rounded(row["minimum_effect"], row["unit"]), row["guardrails"].split(";")
        choice |= {name: row[name] for name in ("metric", "window_days", "test")}
        choice |= {"minimum_effect": effect, "guardrails": [name for name in guardrails if name]}
    return choice


def _rounded(effect: float, unit: str) -> float:
    """An effect with at least three digits that count; a share with four decimals, money with cents."""
    if not effect > 0:
        return effect
    counting = 2 - math.floor(math.log10(effect))
    return round(effect, max(4 if unit == "share" else 2, counting))


def _meaning(row: Mapping[str, Any]) -> str:
    """What another portfolio would mean."""
    template = _("Invest {investment}: worth {p50} (P10–P90 {p10} to {p90}), pays with probability {chance}.")
    names = {"investment": "investment_money", "p50": "estimate", "p10": "low", "p90": "high"}
    amounts = {name: money(row[column]) for name, column in names.items()}
    words = template.format(**amounts, chance=chance(row["p_positive_share"]))
    return words if row["path"] else words + " " + _("The path from stall to objective breaks.")


def quoted(ids: Iterable[str], labels: Labels) -> str:
    """The names of some ideas, each in quotation marks."""
    return ", ".join(f"“{label_of(labels, key)}”" for key in ids)
