"""What stage 8 says of the pilot: is it large enough, were the arms alike, and when would a launch in waves do."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlib.facts import Fact, Finding, cannot_tell, fact, finding, first, rows
from cxlib.language import _, day, ngettext, number
from cxlib.show.terms import gap_words
from cxlib.stages.implementation.pilot import Pilot
from cxlib.stages.implementation.shown import named
from cxlib.statistics.pilot_state import Standing


def stands(standing: Standing, n_done: int) -> Finding:
    """Where the pilot stands, with its dates, and how many tasks are therefore done (n_done)."""
    templates = {
        "planned": _("The pilot is planned: it begins on {begins}."),
        "running": _("The pilot is running since {begins}; its window closes on {closes}, and stage 9 reads it then."),
        "waiting": _(
            "The pilot began on {begins}; the windows of the first have closed, the last one closes on {closes}, and stage 9"
            " reads them then."
        ),
        "over": _("The pilot is over: it began on {begins} and its window closed on {closes}; stage 9 reads it now."),
    }
    if not standing.experience:
        return finding("")
    if pd.isna(standing.starts_on):
        return finding(_("The pilot is planned and has no day to begin yet: it waits for this plan."))
    said = finding(templates[standing.state], begins=day(standing.starts_on), closes=day(standing.closes_on))
    if not n_done:
        return said
    template = ngettext(
        "{n} task that serves it lies before its start: it is done, and planned no more.",
        "{n} tasks that serve it lie before its start: they are done, and planned no more.",
        n_done,
    )
    return said + finding(template, n=number(n_done, 0))


def pilot(pilot: Pilot) -> Finding:
    """Whether a pilot was drawn already, how large it is, and whether that is enough for the registered effect."""
    if pilot.verdict == "none":
        needs = _("a registered measure, and customers in the target segment")
        return cannot_tell(_("no pilot can be drawn"), needs=needs)
    arms = [fact(f"8.n_{arm}", n) for arm, n in pilot.n_arms.items()]
    template = _(
        "{n_pilot} customers for the pilot and {n_control} controls are drawn, strata by strata, from a stated seed."
    )
    when: dict[str, Any] = {}
    if pilot.existing:
        template = _(
            "A pilot was drawn before, with {n_pilot} customers and {n_control} controls from {on}; it stands and is not"
            " drawn again."
        )
        when = {"on": day(pilot.assigned["starts_on"].min())}
    said = finding(template, *arms, **when)
    untold = {
        "other": (
            _("it was drawn for another experience than the one that is registered"),
            _("a draw for the registered experience"),
        ),
        "broken": (_("the arms are too unequal for a fair draw of halves"), _("a check of how it was drawn")),
        "unknown": (_("no minimum effect is registered, so no size can be named"), _("a registration in stage 7")),
    }
    if pilot.verdict in untold:
        reason, needs = untold[pilot.verdict]
        return said + cannot_tell(reason, needs=needs)
    return said + _enough(pilot)


def _enough(pilot: Pilot) -> Finding:
    """Held against the size that each effect needs."""
    n: Fact = fact("8.n_per_arm", first(pilot.reach, effect="minimum")["n_needed"])
    if pilot.verdict == "enough":
        template = _("The registered minimum effect needs {n_per_arm} an arm: large enough.")
        return finding(template, n, verdict="real")
    template = _(
        "The registered minimum effect needs {n_per_arm} an arm: the pilot is too small to show an effect that is just"
        " worth having."
    )
    said = finding(template, n, verdict="cannot tell")
    smallest = min(pilot.n_arms.values())
    for row in rows(pilot.reach[pilot.reach["n_needed"].le(smallest)].sort_values("size").head(1)):
        template = _("What would do: it can show the {effect} ({size}), which needs {n} an arm.")
        effect, size = named("effects")[row["effect"]], gap_words(row["size"], row["unit"])
        return said + finding(template, effect=effect, size=size, n=number(row["n_needed"], 0))
    template = _(
        "What would do: more customers (a second segment, a longer draw), only customers who are about to meet it, or a"
        " metric with less spread."
    )
    return said + finding(template)


def alike(balance: pd.DataFrame) -> Finding:
    """Whether the arms were alike before the pilot (balance: with name and verdict, the largest difference counts)."""
    if balance.empty:
        reason = _("nothing is known of the customers before the pilot")
        return cannot_tell(reason, needs=_("purchases before it started"))
    worst = rows(balance.sort_values("estimate", key=abs, ascending=False, kind="stable"))[0]
    largest = fact("8.worst_imbalance", worst)
    if worst["verdict"] == "alike":
        template = _(
            "The arms were alike before: the largest difference is {worst_imbalance:full} standard deviations."
        )
        return finding(template, largest, verdict="not shown")
    template = _(
        "Before the pilot the arms differ most in {name}: {worst_imbalance:full} standard deviations; stage 9 adjusts for"
        " it."
    )
    return finding(
        template, largest, name=worst["name"], verdict="real" if worst["verdict"] == "apart" else "not shown"
    )


def waves(launch: pd.DataFrame, pilot: Pilot, *, experiences: list[str]) -> Finding:
    """When a launch in waves fits: the pilot is too small, and there are units that can start one after the other."""
    if not experiences:
        return finding(_("Nothing is to be launched, so no order is drawn."), verdict="not shown")
    if launch.empty:
        reason = _("there are not two regions of thirty customers that could start at different times")
        return cannot_tell(reason, needs=_("the region of each customer"))
    template = _(
        "The pilot is large enough; should everybody get it later, {units} regions can start in {n_waves} waves from {first}"
        " to {last}, in an order drawn by lot."
    )
    if pilot.too_small:
        template = _(
            "If everybody is to get it in the end: {units} regions start in {n_waves} waves from {first} to {last}, in an"
            " order drawn by lot. Each is its own control until it starts; with few regions the answer stays wide."
        )
    ends: dict[str, Any] = {"first": day(launch["starts_on"].min()), "last": day(launch["starts_on"].max())}
    return finding(template, fact("8.n_waves", launch["wave"].max()), units=number(len(launch), 0), **ends)
