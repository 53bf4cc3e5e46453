"""What stage 6 says of going on: which channel it goes with, what the model would lose, how far the credits agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Finding, Verdict, cannot_tell, fact, finding, first
from cxlib.language import _, percent
from cxlib.show.table import Labels
from cxlib.stages.omnichannel.attribution import widest_split


def carries(differences: pd.DataFrame, step: str, labels: Labels, *, population: str = "") -> Finding:
    """Which channel goes with going on at the stalled step."""
    at_step = differences[differences["step"] == step]
    if at_step.empty:
        needs = _("interactions with channel and step")
        return cannot_tell(_("no journeys with channels were recorded at the stalled step"), needs=needs)
    if at_step["channel"].nunique() == 1:
        every = _("every journey went through {channel}, so that nothing can be compared")
        channel = label(labels, "channel", at_step["channel"].iloc[0])
        return cannot_tell(every.format(channel=channel), needs=_("journeys through a second channel"))
    carrying = at_step[(at_step["verdict"] == "real") & (at_step["estimate"] > 0)]
    ranked = at_step[at_step["verdict"] != "cannot tell"]
    verdicts: dict[Verdict, pd.DataFrame] = {"real": carrying, "not shown": ranked, "cannot tell": at_step}
    verdict, row = next((word, first(table)) for word, table in verdicts.items() if len(table))
    template = {
        "real": _(
            "At {step}, journeys of {population} that met {channel} went on more often than those that did not: "
            "difference {carrying_difference:full}. This is an association; only a test shows an effect."
        ),
        "not shown": _(
            "At {step}, no channel is shown to go with going on more often; nearest is {channel}: "
            "{carrying_difference:full}."
        ),
        "cannot tell": _("At {step}, too few journeys met a channel to tell with which one going on goes."),
    }[verdict]
    words = _places(row, labels) | {"population": f"“{population}”" if population else _("all customers")}
    return finding(template, fact("6.carrying_difference", row, **_places(row, labels)), verdict=verdict, **words)


def removal(effects: pd.DataFrame, checks: pd.DataFrame, step: str, labels: Labels) -> Finding:
    """The largest removal effect at the stalled step, how far Shapley disagrees, and whether the model adds up."""
    at_step = effects[(effects["step"] == step) & effects["known"].astype(bool)]
    if at_step.empty:
        needs = _("100 journeys that went on, and 30 through a channel")
        return cannot_tell(_("how far going on goes with each channel"), needs=needs)
    row = first(at_step)
    words = _places(row, labels)
    if at_step["channel"].nunique() == 1:
        only = _("Only {channel} was met there: a removal effect of the only channel says nothing.")
        return finding(only, verdict="cannot tell", channel=words["channel"])
    template = _(
        "Without {channel}, the model of the ways through {step} would lose {removal_effect:full} of those "
        "who go on. Shapley's split of the credit differs from it by at most {credit_distance}."
    )
    effect = fact("6.removal_effect", row, order=row["order"], **words)
    distance = fact("6.credit_distance", float(at_step["distance_share"].max()), n=row["n"], step=words["step"])
    said = finding(template, effect, distance, **words)
    exact = first(checks, step=step).get("exact", False)
    return said + finding(_("The model gives back the observed share exactly, as it must.")) if exact else said


def disagreement(effects: pd.DataFrame, labels: Labels) -> Finding:
    """Where removal effect and Shapley part most in sharing out the credit, and whether they rank alike."""
    if not effects["known"].astype(bool).any():
        needs = _("100 journeys that went on, and 30 through a channel")
        return cannot_tell(_("how the credit is shared out"), needs=needs)
    row = first(widest_split(effects))
    if not row:
        alone = _("only one channel is known at each step, so there is no credit to share out")
        return cannot_tell(alone, needs=_("journeys through a second channel"))
    alike = _(
        "Removal effect and Shapley name the same first channel at every step; they part most over {channel} at "
        "{step}, {one} of the credit against {two}."
    )
    apart = _(
        "Removal effect and Shapley disagree on the first channel somewhere; they part most over {channel} at "
        "{step}, {one} of the credit against {two}."
    )
    shares: dict[str, Any] = {"one": percent(row["credit_share"]), "two": percent(row["shapley_share"])}
    return finding(alike if row["alike"] else apart, **_places(row, labels), **shares)


def memory(orders: pd.DataFrame, labels: Labels) -> Finding:
    """How far back the ways remember, judged on journeys the chain has not seen."""
    if orders.empty:
        return cannot_tell(_("no journeys with channels were recorded"), needs=_("interactions with channel and step"))
    longer = orders.loc[orders["chosen"].astype(bool) & orders["order"].eq(2), "step"]
    if longer.empty:
        template = _(
            "Remembering two channels instead of one foretells unseen journeys no better, at any step: the "
            "chain of order one stands."
        )
        return finding(template, verdict="not shown")
    template = _(
        "At {steps} a chain that remembers two channels foretells unseen journeys better, so its effects are "
        "taken there; elsewhere order one is enough."
    )
    return finding(template, steps=", ".join(label(labels, "step", step) for step in longer), verdict="real")


def label(labels: Labels, kind: str, code: object) -> str:
    """The label of a code, or the code."""
    return labels.get(kind, {}).get(str(code), str(code))


def _places(row: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    """Channel and step of a row in words."""
    return {kind: label(labels, kind, row[kind]) for kind in ("channel", "step")}
