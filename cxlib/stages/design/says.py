"""What stage 7 says: which ideas pass, what they may bring, what can be promised, what is registered before launch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, cannot_tell, fact, finding
from cxlib.language import _, money, ngettext, number, percent, unknown
from cxlib.show.table import Labels
from cxlib.show.terms import gap_unit
from cxlib.stages.design.shown import chance, gate_words, label_of, metric_words

NOTHING = "nothing"
WINDOW_DAYS = 60  # two months: long enough for a second purchase in most trades, short enough to learn this year


def taken(standing: Mapping[str, Any], best: Mapping[str, Any]) -> list[str]:
    """The experiences in force: those that people have already chosen, else the recommended ones; [] for nothing."""
    ids = standing.get("experiences") or str(best.get("experiences") or "").split(";")
    return [str(key) for key in ids if key and key != NOTHING]


def window_of(assumptions: Mapping[str, Any]) -> int:
    """Days in which an effect is looked for: judgement.assumptions.window_days, else two months."""
    given = assumptions.get("window_days")
    return int(given) if isinstance(given, int | float) and given > 0 else WINDOW_DAYS


def tested_first(chosen: Sequence[str], cases: pd.DataFrame, assignments: pd.DataFrame) -> str:
    """The experience that the pilot tests: the one already drawn for, else the one on which most of the value rests."""
    drawn = [key for key in assignments["idea_id"].dropna().unique() if key in chosen]
    if drawn:
        return str(drawn[0])
    rows = cases[cases["idea_id"].isin(chosen)].sort_values("estimate", ascending=False)
    return str(rows["idea_id"].iloc[0]) if len(rows) else next(iter(chosen), "")


def guardrails_of(responses: pd.DataFrame, touchpoint: str) -> list[str]:
    """What must not get worse: recommendation, and satisfaction at the touchpoint, as far as they are asked."""
    asked = set(responses["question"])
    here = responses["question"].eq("csat") & responses["touchpoint"].eq(touchpoint)
    return (["nps"] if "nps" in asked else []) + ([f"csat:{touchpoint}"] if here.any() else [])


def gates(gated: pd.DataFrame) -> Finding:
    """How many ideas pass, and at which gate most fail."""
    if gated.empty:
        return cannot_tell(
            _("nobody has brought an idea"), needs=_("ideas with their cost and the effect expected of them")
        )
    n_ideas = fact("7.n_ideas", len(gated))
    n_passed = fact("7.n_passed", int(gated["passed"].sum()))
    said = finding(_("{n_passed} of {n_ideas} ideas pass the five gates."), n_passed, n_ideas)
    failed = gated.loc[~gated["passed"], "failing"].value_counts()
    if len(failed):
        gate = gate_words().get(str(failed.index[0]), str(failed.index[0]))
        said += finding(_("Most fail at {gate} ({n})."), gate=gate, n=number(int(failed.iloc[0])))
    return said


def value_facts(risk: Mapping[str, Any], chosen: pd.DataFrame, payback: float) -> tuple[Fact, Fact, Fact, Fact]:
    """7.npv (P50, with P10 and P90), 7.p_positive, 7.investment and 7.payback_months of the experiences in force."""
    spent = float(chosen["investment_money"].sum()) if len(chosen) else 0.0
    known = not unknown(risk["estimate"])
    npv = fact("7.npv", risk["estimate"] if known else None, low=risk["low"], high=risk["high"])
    return (
        npv,
        fact("7.p_positive", risk["p_positive_share"]),
        fact("7.investment", spent if known else None),
        fact("7.payback_months", payback if known else None),
    )


def headline(
    facts: Sequence[Fact], chosen: pd.DataFrame, options: pd.DataFrame, gated: pd.DataFrame, objective: Any
) -> Finding:
    """The stage's result: what is designed and what it may bring, or that doing nothing is better.

    gated: the ideas at the gates; objective: the brief's (confidence, horizon_months).
    """
    npv, p_positive, investment, payback = facts
    tried = options[options["n_experiences"].gt(0) & options["estimate"].notna()]
    if chosen.empty and len(tried):
        return finding(
            _("Do nothing: no set of the ideas pays with a probability of {confidence}; the surest reaches {surest}"),
            confidence=percent(objective.confidence, 0),
            surest=chance(float(tried["p_positive_share"].max())),
            verdict="not shown",
        )
    if chosen.empty and len(gated) and not gated["passed"].any():
        stopped = gated["failing"].value_counts()
        return finding(
            _("Do nothing yet: none of {n} ideas passes the five gates; most stop at {gate}"),
            n=number(len(gated), 0),
            gate=gate_words().get(str(stopped.index[0]), ""),
            verdict="not shown",
        )
    if gated.empty:
        return cannot_tell(
            _("no ideas are on the table, so there is nothing to choose from"),
            needs=_("ideas with their moment, assumed effects and costs"),
        )
    if not npv.known or chosen.empty:
        return cannot_tell(
            _("no return can be worked out for these experiences, so no money is shown"),
            needs=_("ideas that pass the gates, and from stage 3 the value at stake in money"),
        )
    n = fact("7.n_experiences", len(chosen))
    return finding(
        ngettext(
            "{n_experiences} experience is worth {npv} over {months} months (P10–P90 {npv:interval}), if its effect "
            "is what is assumed; it pays with a probability of {chance}",
            "{n_experiences} linked experiences are worth {npv} over {months} months (P10–P90 {npv:interval}), if "
            "their effects are what is assumed; they pay with a probability of {chance}",
            len(chosen),
        ),
        n,
        npv,
        p_positive,
        investment,
        payback,
        months=number(objective.horizon_months, 0),
        chance=chance(p_positive.number()),
    )


def value(facts: Sequence[Fact]) -> Finding:
    """What the experiences in force bring together, how sure it is, and when it has come back."""
    npv, p_positive, investment, payback = facts
    if not npv.known:
        return cannot_tell(
            _("no experience with a known value is chosen"),
            needs=_("ideas that pass the gates, pay often enough, and a value at stake in money"),
        )
    said = finding(
        _(
            "{investment} is invested. The value is {npv} (P10–P90 {npv:interval}), above zero with a probability of "
            "{chance}."
        ),
        investment,
        npv,
        p_positive,
        chance=chance(p_positive.number()),
    )
    if payback.known:
        return said + finding(_("On average the money is back after {payback_months}."), payback)
    return said + finding(_("Within the horizon the money does not come back on average."))


def frontier(options: pd.DataFrame, best: Mapping[str, Any]) -> Finding:
    """How many portfolios were compared, and what the recommended one takes."""
    tried = options[options["n_experiences"] > 0]
    if not best.get("n_experiences"):
        return finding(_("Investment against value of {n} portfolios; none is recommended."), n=number(len(tried), 0))
    return finding(
        _("Investment against value of {n} portfolios; recommended is the one at {investment}, worth {worth}."),
        n=number(len(tried), 0),
        investment=money(best["investment_money"]),
        worth=money(best["estimate"]),
    )


def offered(gated: pd.DataFrame) -> list[str]:
    """The experiences that may be chosen: those that no gate refused."""
    return [str(key) for key in gated.loc[gated["passed"].astype(bool), "idea_id"]]


def cases(cases: pd.DataFrame, labels: Labels) -> Finding:
    """Which experience stands best on its own, and which cannot pay alone."""
    known = cases.dropna(subset=["estimate"]).sort_values("estimate", ascending=False)
    if cases.empty:
        return cannot_tell(
            _("no idea has passed the gates, so there is no case to make"),
            needs=_("an idea that fails none of the five"),
        )
    if known.empty:
        return cannot_tell(
            _("the worth of a conversion is not known, so no experience has a business case"),
            needs=_("purchases with their margin, and a step below its benchmark"),
        )
    top = known.iloc[0]
    best = fact("7.best_npv", top["estimate"], low=top["low"], high=top["high"])
    even = fact("7.best_breakeven", top["breakeven_share"])
    said = finding(
        _(
            "On its own, {name} is worth most: {best_npv} (P10–P90 {best_npv:interval}). It pays from an uplift of "
            "{best_breakeven} on; {likely} is assumed."
        ),
        best,
        even,
        name=f"“{label_of(labels, top['idea_id'])}”",
        likely=percent(top["effect_likely"]),
    )
    poor = known[known["estimate"] <= 0]
    if len(poor):
        names = ", ".join(f"“{label_of(labels, key)}”" for key in poor["idea_id"])
        said += finding(_("Not worth their cost alone: {names}."), names=names)
    return said


def path(coverage: pd.DataFrame, labels: Labels) -> Finding:
    """Is the customer led by the hand from the stall to the objective?"""
    if coverage.empty:
        return cannot_tell(_("there is no corridor"), needs=_("a stalled step and an objective step from stage 3"))
    n = fact("7.n_covered", int(coverage["state"].eq("covered").sum()))
    said = finding(_("{n_covered} of the {n} steps of the corridor have an experience."), n, n=number(len(coverage), 0))
    gaps = [labels.get("step", {}).get(step, step) for step in coverage.loc[coverage["state"] == "gap", "step"]]
    bare = [labels.get("step", {}).get(step, step) for step in coverage.loc[coverage["state"] == "no moment", "step"]]
    if gaps:
        said += finding(_("A moment without an experience, so the path breaks there: {steps}."), steps=", ".join(gaps))
    if bare:
        said += finding(_("No moment was chosen at: {steps}; customers pass there as before."), steps=", ".join(bare))
    return said


def hangs_on(tornado: pd.DataFrame) -> Finding:
    """The driver that moves the value most, and whether one alone could turn it negative."""
    if tornado.empty:
        return cannot_tell(
            _("there is no value to take apart"), needs=_("at least one experience with a business case")
        )
    top = tornado.iloc[0]
    swing = fact("7.largest_swing", top["swing_money"])
    said = finding(
        _("The value hangs most on this: {driver}. Between its P10 and its P90 lie {largest_swing}."),
        swing,
        driver=top["label"],
    )
    if (tornado["low_money"] > 0).all():
        return said + finding(_("No single driver turns the value negative."))
    return said + finding(
        _("Alone it can turn the value negative: {names}."),
        names="; ".join(tornado.loc[tornado["low_money"] <= 0, "label"]),
    )


def promise(promise: pd.DataFrame, *, labels: Labels) -> Finding:
    """Where the expected level is kept often enough to be promised, and where not."""
    enough = promise[promise["n"] >= promise["n_needed"]]
    known = enough[enough["estimate"].notna()]
    if known.empty and len(enough):
        return _level(enough, labels)
    if known.empty:
        least = int(promise["n_needed"].max()) if len(promise) else None
        return cannot_tell(
            _("too few customers rated the moments to promise any level"),
            n_needed=least,
            needs=_("satisfaction and expectation asked at each moment"),
        )
    worst = known.sort_values("estimate").iloc[0]
    stated = fact("7.kept_share", worst["estimate"], n=worst["n"], low=worst["low"], high=worst["high"])
    place = labels.get("touchpoint", {}).get(worst["touchpoint"], worst["touchpoint"])
    said = finding(
        _(
            "At {place} customers expect {expected} of ten; {kept_share:full} of them live it. That is the promise "
            "most often broken."
        ),
        stated,
        expected=number(worst["expected"], 1),
        place=place,
        verdict="cannot tell" if worst["verdict"] == "cannot tell" else "real",
    )
    if np.isfinite(worst["promise"]):
        said += finding(_("Today {level} could be promised there to nine in ten."), level=number(worst["promise"], 1))
    return said


def _level(enough: pd.DataFrame, labels: Labels) -> Finding:
    """What can be promised where satisfaction was asked and expectation was not."""
    worst = min(enough.to_dict("records"), key=lambda row: float(row["promise"]))
    place = labels.get("touchpoint", {}).get(worst["touchpoint"], worst["touchpoint"])
    level = fact("7.promise_level", worst["promise"], n=int(worst["n"]))
    said = finding(
        _("At {place} a score of {promise_level} can be promised today to nine customers in ten."), level, place=place
    )
    return said + cannot_tell(
        _("nobody was asked what they expect there, so nobody knows whether that is enough"),
        needs=_("expectation asked at each moment"),
    )


def registered(registration: pd.DataFrame, sizes: pd.DataFrame, labels: Labels) -> Finding:
    """What is written down before launch, and how many customers it takes to show it."""
    if registration.empty:
        return cannot_tell(
            _("there is no experience to measure, or no metric with a path to the objective"),
            needs=_("a chosen experience, purchases and customers of the target segment"),
        )
    row = registration.iloc[0]
    size = sizes[sizes["metric"] == row["metric"]].iloc[0]
    unit = gap_unit(str(row["unit"]))
    promised = {"estimate": row["promised_effect"], "low": row["promised_low"], "high": row["promised_high"]}
    facts = (
        fact("7.minimum_effect", row["minimum_effect"], unit=unit),
        fact("7.promised_effect", promised, unit=unit),
        fact("7.n_needed", size["n_needed"]),
        fact("7.worth_of_a_unit", row["value_per_unit_money"]),
    )
    return finding(
        _(
            "Registered: {name} is judged by the {metric} within {days} days. An effect of {minimum_effect} per customer "
            "drawn is worth having, {promised_effect} is assumed. Showing the smaller takes {n_needed} customers per arm; "
            "{available} are there."
        ),
        *facts,
        name=label_of(labels, row["experience"]),
        metric=metric_words(row["metric"]),
        days=number(row["window_days"], 0),
        available=number(size["n_available"], 0),
    )


def recommendation(
    best: Mapping[str, Any],
    options: pd.DataFrame,
    registration: pd.DataFrame,
    *,
    because: Finding,
    offered: Sequence[str] = (),
) -> Recommendation:
    """Build the recommended portfolio with its registration; doing nothing and the next best are the alternatives."""
    ids = [key for key in str(best.get("experiences") or "").split(";") if key]
    choice: dict[str, Any] = {"experiences": ids or [NOTHING]}
    if ids and len(registration):
        row = registration.iloc[0]
        effect = float(row["minimum_effect"])
        digits = max(4 if row["unit"] == "share" else 2, 2 - math.floor(math.log10(effect)) if effect > 0 else 0)
        choice |= {
            "metric": row["metric"],
            "minimum_effect": round(effect, digits),
            "window_days": int(row["window_days"]),
            "test": row["test"],
            "guardrails": [key for key in str(row["guardrails"]).split(";") if key],
        }
    others = options[
        options["option"].ne(str(best.get("option"))) & options["n_experiences"].gt(0) & options["estimate"].notna()
    ]
    alternatives = [
        Alternative({"experiences": str(row["experiences"]).split(";")}, _meaning(row))
        for row in others.sort_values("estimate", ascending=False).head(3).to_dict("records")
    ]
    if ids:
        alternatives.append(
            Alternative({"experiences": [NOTHING]}, _("Nothing is spent; the value at stake stays lost."))
        )
    return Recommendation(
        choice, because, tuple(alternatives), "assumed", {"experiences": [*offered, NOTHING]} if offered else {}
    )


def _meaning(row: Mapping[Any, Any]) -> str:
    """What another portfolio would mean."""
    words = _("Invest {investment}: worth {p50} (P10–P90 {p10} to {p90}), pays with probability {chance}.").format(
        investment=money(row["investment_money"]),
        p50=money(row["estimate"]),
        p10=money(row["low"]),
        p90=money(row["high"]),
        chance=chance(float(row["p_positive_share"])),
    )
    return words if row["path"] else words + " " + _("The path from stall to objective breaks.")
