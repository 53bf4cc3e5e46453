"""What stage 7 says of money: what the experiences may bring, what that hangs on, and what knowing would be worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Fact, Finding, cannot_tell, fact, finding, first, rows
from cxlib.language import _, money, ngettext, number, percent, unknown
from cxlib.show.table import Labels
from cxlib.show.terms import gap_words
from cxlib.stages.design.says import quoted
from cxlib.stages.design.shown import chance, named
from cxlib.stages.design.terms import Terms

Case = Mapping[str, Any]
SWING = {"largest_swing": "swing_money", "swing_low": "low_money", "swing_high": "high_money"}


def npv_fact(id: str, case: Case) -> Fact:
    """A net present value: P50, with P10 and P90 for low and high."""
    return fact(id, case["estimate"], low=case["low"], high=case["high"])


def value_facts(case: Case) -> tuple[Fact, Fact, Fact, Fact]:
    """7.npv, 7.p_positive, 7.investment and 7.payback_months of the experiences in force (case: from `case_of`)."""
    known = not unknown(case["estimate"])
    others = ("p_positive_share", "investment_money", "payback_months")
    chance_, spent, back = (case[name] if known else None for name in others)
    return (
        npv_fact("7.npv", case),
        fact("7.p_positive", chance_),
        fact("7.investment", spent),
        fact("7.payback_months", back),
    )


def headline(case: Case, chosen: pd.DataFrame, options: pd.DataFrame, gated: pd.DataFrame, objective: Any) -> Finding:
    """The stage's result: what is designed and what it may bring, or that doing nothing is better.

    case: from `case_of`; gated: the ideas at the gates; objective: the brief's (confidence, horizon_months).
    """
    npv, p_positive, investment, payback = value_facts(case)
    tried = options[options["n_experiences"].gt(0) & options["estimate"].notna()]
    if chosen.empty and len(tried):
        template = _(
            "Do nothing: no set of the ideas pays with a probability of {confidence}; the surest reaches {surest}"
        )
        wanted, surest = percent(objective.confidence, 0), chance(tried["p_positive_share"].max())
        return finding(template, verdict="not shown", confidence=wanted, surest=surest)
    if chosen.empty and len(gated) and not gated["passed"].any():
        template = _("Do nothing yet: none of {n} ideas passes the five gates; most stop at {gate}")
        gate = named("gates")[gated["failing"].value_counts().index[0]]
        return finding(template, n=number(len(gated), 0), gate=gate, verdict="not shown")
    if gated.empty:
        reason = _("no ideas are on the table, so there is nothing to choose from")
        return cannot_tell(reason, needs=_("ideas with their moment, assumed effects and costs"))
    if not npv.known or chosen.empty:
        reason = _("no return can be worked out for these experiences, so no money is shown")
        return cannot_tell(reason, needs=_("ideas that pass the gates, and from stage 3 the value at stake in money"))
    template = ngettext(
        "{n_experiences} experience is worth {npv} over {months} months (P10–P90 {npv:interval}), if its effect is what"
        " is assumed; it pays with a probability of {chance}",
        "{n_experiences} linked experiences are worth {npv} over {months} months (P10–P90 {npv:interval}), if their"
        " effects are what is assumed; they pay with a probability of {chance}",
        len(chosen),
    )
    facts = fact("7.n_experiences", len(chosen)), npv, p_positive, investment, payback
    months = number(objective.horizon_months, 0)
    return finding(template, *facts, months=months, chance=chance(p_positive.number()))


def value(case: Case) -> Finding:
    """What the experiences in force bring together, how sure it is, and when it has come back."""
    npv, p_positive, investment, payback = value_facts(case)
    if not npv.known:
        needs = _("ideas that pass the gates, pay often enough, and a value at stake in money")
        return cannot_tell(_("no experience with a known value is chosen"), needs=needs)
    template = _(
        "{investment} is invested. The value is {npv} (P10–P90 {npv:interval}), above zero with a probability of {chance}."
    )
    said = finding(template, investment, npv, p_positive, chance=chance(p_positive.number()))
    if payback.known:
        return said + finding(_("On average the money is back after {payback_months}."), payback)
    return said + finding(_("Within the horizon the money does not come back on average."))


def bridge(captured: pd.DataFrame, at_stake: Fact, gap: Fact) -> Finding:
    """How much of the value at stake the experiences in force reach, and what they are expected to win of it and of the gap.

    captured: from `captured`; every line is a fact with all that it is made of.
    """
    if captured.empty:
        needs = _("a chosen experience, and from stage 3 the value at stake in money")
        return cannot_tell(_("nothing can be said to be within reach"), needs=needs)
    facts = [
        fact(f"7.{row['measure']}_{{number}}" if row["number"] else f"7.{row['measure']}", row, number=row["number"])
        for row in rows(captured)
    ]
    template = _(
        "Of the {value_at_stake} a year at stake the experiences can reach {reachable}, {reach_share} of it. They are"
        " expected to win {capture} a year at full run, if the assumed effects hold."
    )
    said = finding(template, at_stake, *facts)
    closed = next(one for one in facts if one.name == "gap_closed")
    if not closed.known:
        return said
    return said + finding(_("That closes {gap_closed} of the gap of {gap} a year to the target."), closed, gap)


def frontier(options: pd.DataFrame, best: Mapping[str, Any]) -> Finding:
    """How many portfolios were compared, and what the recommended one takes."""
    n = number(options["n_experiences"].gt(0).sum(), 0)
    if not best.get("n_experiences"):
        return finding(_("Investment against value of {n} portfolios; none is recommended."), n=n)
    template = _("Investment against value of {n} portfolios; recommended is the one at {investment}, worth {worth}.")
    return finding(template, n=n, investment=money(best["investment_money"]), worth=money(best["estimate"]))


def cases(cases: pd.DataFrame, labels: Labels) -> Finding:
    """Which experience stands best on its own, and which cannot pay alone."""
    known = cases.dropna(subset=["estimate"]).sort_values("estimate", ascending=False)
    if cases.empty:
        reason = _("no idea has passed the gates, so there is no case to make")
        return cannot_tell(reason, needs=_("an idea that fails none of the five"))
    if known.empty:
        reason = _("the worth of a conversion is not known, so no experience has a business case")
        return cannot_tell(reason, needs=_("purchases with their margin, and a step below its benchmark"))
    top = rows(known)[0]
    template = _(
        "On its own, {name} is worth most: {best_npv} (P10–P90 {best_npv:interval}). It pays from an uplift of"
        " {best_breakeven} on; {likely} is assumed."
    )
    facts = npv_fact("7.best_npv", top), fact("7.best_breakeven", top["breakeven_share"])
    words: dict[str, Any] = {
        "name": quoted([top["idea_id"]], labels),
        "likely": gap_words(top["effect_likely"], "share"),
    }
    said = finding(template, *facts, **words)
    poor = known.loc[known["estimate"] <= 0, "idea_id"]
    return said + finding(_("Not worth their cost alone: {names}."), names=quoted(poor, labels)) if len(poor) else said


def hangs_on(tornado: pd.DataFrame) -> Finding:
    """The driver that moves the value most, and whether one alone could turn it negative."""
    if tornado.empty:
        needs = _("at least one experience with a business case")
        return cannot_tell(_("there is no value to take apart"), needs=needs)
    top = rows(tornado)[0]
    template = _("The value hangs most on this: {driver}. Between its P10 and its P90 lie {largest_swing}.")
    swing = [fact(f"7.{name}", top[column]) for name, column in SWING.items()]
    said = finding(template, *swing, driver=top["label"])
    negative = tornado.loc[tornado["turns_negative"], "label"]
    if negative.empty:
        return said + finding(_("No single driver turns the value negative."))
    return said + finding(_("Alone it can turn the value negative: {names}."), names="; ".join(negative))


def together(case: Case, independent: Case, terms: Terms) -> Finding:
    """What the declared correlation of the effects does to the spread, against independence (cases: from `case_of`)."""
    if unknown(case["estimate"]):
        needs = _("a chosen experience with a value")
        return cannot_tell(_("there is no value whose spread could be compared"), needs=needs)
    facts = [
        fact("7.spread", case["spread_money"]),
        fact("7.npv_p10", case["low"]),
        fact("7.npv_p90", case["high"]),
        fact("7.spread_apart", independent["spread_money"]),
    ]
    template = _(
        "With the declared correlation of the effects ({common}) P10 and P90 lie {spread} apart; taken as independent"
        " they would lie {spread_apart} apart."
    )
    said = finding(template, *facts, common=number(terms.correlation, 2))
    if terms.pairs:
        said += finding(_("Pairs declared apart: {n}."), n=number(len(terms.pairs), 0))
    return said


def knowing(information: pd.DataFrame, options: pd.DataFrame, best: Mapping[str, Any]) -> Finding:
    """The most that any study could be worth, and how often the recommended set is the best one."""
    if information.empty:
        reason = _("there are not two portfolios with a known value to choose between")
        return cannot_tell(reason, needs=_("ideas that pass the gates and a value at stake in money"))
    worth = npv_fact("7.evpi", rows(information)[0])
    said = finding(_("No study of the effects before the start is worth more than {evpi}."), worth)
    share = first(options, option=best.get("option")).get("best_share")
    template = _("In {share} of the futures the recommended set is the best of those compared.")
    return said if unknown(share) else said + finding(template, share=percent(share, 0))
