"""What stage 7 says of the pilot: one design or several, what is registered before launch, how many will meet it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlib.facts import Fact, Finding, cannot_tell, fact, finding, first, rows
from cxlib.language import _, number
from cxlib.show.table import Labels
from cxlib.show.terms import gap_unit, metric_name
from cxlib.stages.design.registration import Pilot
from cxlib.stages.design.shown import label_of, named


def personal(tests: pd.DataFrame) -> Finding:
    """One design, unless the effect of a finished experiment is shown to differ between groups."""
    told = tests[tests["verdict"].ne("cannot tell")]
    if told.empty:
        template = _(
            "One design for all: no finished experiment holds two groups that could be compared, so nothing shows that"
            " any group needs another."
        )
        return finding(template, verdict="cannot tell")
    real = told[told["verdict"].eq("real")]
    n = fact("7.n_interactions", len(real), n=told["n"].max())
    if real.empty:
        template = _(
            "One design for all: in the experiment that is over, the effect is not shown to differ between groups"
            " ({names}; smallest p {p}, {persons} customers)."
        )
        p, persons = number(told["p_value"].min(), 2), number(told["n"].max(), 0)
        return finding(template, n, verdict="not shown", names=_groupings(told), p=p, persons=persons)
    template = _(
        "Different designs may pay: the effect differs between groups of {names}, least in {least} and most in {most}."
    )
    surest = rows(real.sort_values("p_value"))[0]
    least, most = surest["least"], surest["most"]
    return finding(template, n, verdict="real", names=_groupings(real), least=least, most=most)


def registered(registration: pd.DataFrame, labels: Labels) -> Finding:
    """What is written down before launch, and how many customers it takes to show it."""
    if registration.empty:
        reason = _("there is no experience to measure, or no metric with a path to the objective")
        return cannot_tell(reason, needs=_("a chosen experience, purchases and customers of the target segment"))
    row = rows(registration)[0]
    template = _(
        "Registered: {name} is judged by the {metric} within {days} days. An effect of {minimum_effect} per customer"
        " drawn is worth having, {promised_effect} is assumed. Showing the smaller takes {n_needed} customers per arm;"
        " {available} are there."
    )
    words: dict[str, Any] = {"name": label_of(labels, row["experience"]), "metric": metric_name(row["metric"])}
    words |= {"days": number(row["window_days"], 0), "available": number(row["n_available"], 0)}
    return finding(template, *_effect_facts(registration), **words)


def window(registration: pd.DataFrame, step: str, steps: pd.DataFrame, name: str) -> Finding:
    """Whether the registered window is as long as stage 3 measured for the step, and what a shorter one cannot show.

    steps: step, window_days, of stage 3; step: the one of the tested experience, name: in words. Empty where either is unknown.
    """
    registered, measured = first(registration), first(steps[steps["step"].eq(step)]).get("window_days")
    if not registered or measured is None or pd.isna(measured):
        return finding("")
    said = _(
        "The window of {days} days is shorter than the {measured} days that stage 3 measured for going on from {step}: who"
        " goes on later than that is not counted, so the pilot shows only what happens early."
    )
    if registered["window_days"] >= measured:
        said = _("The window of {days} days holds the {measured} days that stage 3 measured for going on from {step}.")
    return finding(said, days=number(registered["window_days"], 0), measured=number(measured, 0), step=name)


def exposed(pilot: Pilot, registration: pd.DataFrame, place: str) -> Finding:
    """How few of those drawn will meet the experience, and what that does to the effect worth having."""
    if not pilot.met or registration.empty:
        reason = _("nobody recorded who meets the moment of the registered experience")
        return cannot_tell(reason, needs=_("interactions at that touchpoint"))
    said = pd.isna(pilot.met["n"])
    share = fact("7.met_share", pilot.met, grade="assumed" if said else "")
    template = _(
        "Everybody drawn is measured, met or not. In as many days before, {met_share:full} met {place}, so the effect"
        " worth having on those who meet it, {minimum_effect_met}, and the one assumed are registered times that share."
        " Drawn only among customers about to meet it, the pilot would need far fewer."
    )
    if not share.number() > 0:
        template = _(
            "Everybody drawn is measured, met or not; in as many days before, {met_share:full} met {place}. The effects"
            " are registered as if all did: a pilot among these customers will hardly show them."
        )
    elif said and share.number() == 1:
        template = _(
            "Everybody drawn is measured, and the ideas table says that all of them meet the experience: the effects are"
            " registered as they are."
        )
    elif said:
        template = _(
            "Everybody drawn is measured. By what the ideas table says {met_share} of them meet the experience, so the"
            " effect worth having on those who meet it, {minimum_effect_met}, is registered times that share."
        )
    return finding(template, share, _met_fact(registration), place=place)


def _effect_facts(registration: pd.DataFrame) -> list[Fact]:
    """The effects of a registration, and everything they follow from."""
    row = rows(registration)[0]
    unit, difference = row["unit"], gap_unit(row["unit"])
    ends = {end: row[f"promised_{end}"] for end in ("low", "high")}
    gains = {end: row[f"gain_{end}"] for end in ("low", "high")}
    return [
        fact("7.minimum_effect", row["minimum_effect"], unit=difference),
        fact("7.promised_effect", row["promised_effect"], **ends, unit=difference),
        fact("7.n_needed", row["n_needed"]),
        fact("7.tested_cost", row["cost_money"]),
        fact("7.tested_gain", row["gain_money"], **gains),
        fact("7.tested_reach", row["reach"]),
        fact("7.tested_reach_year", row["reach_year"]),
        fact("7.worth_of_a_unit", row["value_per_unit_money"]),
        fact("7.registered_share", row["diluted"], grade="assumed"),
        fact("7.baseline", row["baseline"], n=row["n"], unit=unit),
        fact("7.baseline_spread", row["spread"], n=row["n"], unit=unit),
        _met_fact(registration),
    ]


def _met_fact(registration: pd.DataFrame) -> Fact:
    """7.minimum_effect_met, in the unit of its metric."""
    row = rows(registration)[0]
    return fact("7.minimum_effect_met", row["minimum_effect_met"], unit=gap_unit(row["unit"]))


def _groupings(tests: pd.DataFrame) -> str:
    """The groupings of some tests, in words."""
    return ", ".join(named("groupings")[name] for name in tests["grouping"])
