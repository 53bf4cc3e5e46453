"""What stage 6 says: which channels carry, what they cost, which to be in, later or not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, Verdict, cannot_tell, fact_from_row, finding
from cxlib.language import _, money, ngettext, number, percent

FIRM = 0.8  # share of the draws in which a channel must be chosen for its choice to be called firm
Labels = Mapping[str, Mapping[str, str]]


def headline(chosen: pd.DataFrame, labels: Labels) -> Finding:
    """Which channels to be in, moment by moment, and how many places to leave."""
    inside = chosen[chosen["state"] == "in"] if len(chosen) else chosen
    if inside.empty:
        return cannot_tell(_("no channel is recorded at the moments that stage 4 decided"),
                           needs=_("the channel of each interaction, or of each answer"))  # fmt: skip
    facts = (
        Fact(
            "6.n_in",
            len(inside),
            n=len(chosen),
            formula="places (moment × channel) with state in",
            inputs=("interactions",),
            n_of="places",
        ),
        Fact("6.n_places", len(chosen), formula="moments × channels", inputs=("interactions",)),
    )
    return finding(_("Be in {n_in} of {n_places} possible places: {places}"), *facts, places=_places(inside, labels))


def carries(differences: pd.DataFrame, step: str, labels: Labels, *, population: str = "") -> Finding:
    """Which channel goes with going on at the stalled step."""
    at_step = differences[differences["step"] == step] if len(differences) else differences
    if at_step.empty:
        return cannot_tell(_("no journeys with channels were recorded at the stalled step"),
                           needs=_("interactions with channel and step"))  # fmt: skip
    if at_step["channel"].nunique() == 1:
        return _single(at_step, labels)
    carrying = at_step[(at_step["verdict"] == "real") & (at_step["estimate"] > 0)]
    ranked = at_step[at_step["verdict"] != "cannot tell"]
    row = _first(carrying if len(carrying) else ranked if len(ranked) else at_step)
    verdict: Verdict = "real" if len(carrying) else "not shown" if len(ranked) else "cannot tell"
    fact = fact_from_row(
        "6.carrying_difference", row, formula="conversion with the channel − without it", inputs=("interactions",)
    )
    template = {
        "real": _("At {step}, journeys of {population} that met {channel} went on more often than those that did not: "
                  "difference {carrying_difference:full}. This is an association; only a test shows an effect."),
        "not shown": _("At {step}, no channel is shown to go with going on more often; nearest is {channel}: "
                       "{carrying_difference:full}."),
        "cannot tell": _("At {step}, too few journeys met a channel to tell which one carries."),
    }[verdict]  # fmt: skip
    whose = f"“{population}”" if population else _("all customers")
    return finding(template, fact, verdict=verdict, step=_label(labels, "step", step), population=whose,
                   channel=_label(labels, "channel", row["channel"]))  # fmt: skip


def removal(effects: pd.DataFrame, checks: pd.DataFrame, step: str, labels: Labels) -> Finding:
    """The largest removal effect at the stalled step, how far Shapley disagrees, and whether the model adds up."""
    at_step = effects[(effects["step"] == step) & effects["known"].astype(bool)] if len(effects) else effects
    if at_step.empty:
        return cannot_tell(
            _("what each channel carries"), needs=_("100 journeys that went on, and 30 through a channel")
        )
    if at_step["channel"].nunique() == 1:
        only = _label(labels, "channel", at_step.iloc[0]["channel"])
        return finding(_("Only {channel} was met there: a removal effect of the only channel says nothing."), channel=only,
                       verdict="cannot tell")  # fmt: skip
    row = _first(at_step)
    distance = float(at_step["distance_share"].max())
    facts = (
        fact_from_row("6.removal_effect", row, formula="1 − p₋c / p of a first-order Markov chain", inputs=("interactions",)),
        Fact("6.credit_distance", distance, unit="share", n=int(row["n"]), inputs=("interactions",),
             formula="largest |credit by removal effect − credit by Shapley|"),
    )  # fmt: skip
    said = finding(_("Without {channel}, the model of the ways through {step} would lose {removal_effect:full} of those "
                     "who go on. Shapley's split of the credit differs from it by at most {credit_distance}."),
                   *facts, channel=_label(labels, "channel", row["channel"]), step=_label(labels, "step", step))  # fmt: skip
    check = _first(checks[checks["step"] == step])
    exact = check and abs(check["model_share"] - check["observed_share"]) < 1e-9
    return said + finding(_("The model gives back the observed share exactly, as it must.")) if exact else said


def disagreement(effects: pd.DataFrame, labels: Labels) -> Finding:
    """Where removal effect and Shapley part most in sharing out the credit, over all steps; and whether they rank alike."""
    known = effects[effects["known"].astype(bool)] if len(effects) else effects
    if known.empty:
        return cannot_tell(
            _("how the credit is shared out"), needs=_("100 journeys that went on, and 30 through a channel")
        )
    if known.groupby("step")["channel"].nunique().max() == 1:
        return cannot_tell(_("only one channel is known at each step, so there is no credit to share out"),
                           needs=_("journeys through a second channel"))  # fmt: skip
    row = _first(known.sort_values("distance_share", ascending=False))
    first = [next(iter(inside.sort_values(name, ascending=False)["channel"])) for _step, inside in known.groupby("step")
             for name in ("credit_share", "shapley_share")]  # fmt: skip
    alike = first[::2] == first[1::2]
    template = (_("Removal effect and Shapley name the same first channel at every step; they part most over {channel} at "
                  "{step}, {one} of the credit against {two}.")
                if alike else
                _("Removal effect and Shapley disagree on the first channel somewhere; they part most over {channel} at "
                  "{step}, {one} of the credit against {two}."))  # fmt: skip
    return finding(template, channel=_label(labels, "channel", row["channel"]), step=_label(labels, "step", row["step"]),
                   one=percent(row["credit_share"]), two=percent(row["shapley_share"]))  # fmt: skip


def _single(at_step: pd.DataFrame, labels: Labels) -> Finding:
    """Said where every journey met the same channel."""
    channel = _label(labels, "channel", at_step.iloc[0]["channel"])
    return cannot_tell(_("every journey went through {channel}, so that nothing can be compared").format(channel=channel),
                       needs=_("journeys through a second channel"))  # fmt: skip


def cost(chosen: pd.DataFrame, prices: pd.DataFrame, labels: Labels) -> Finding:
    """What the chosen places cost, and what a tenth more or less budget would change."""
    inside = chosen[(chosen["state"] == "in") & chosen["cost_money"].notna()] if len(chosen) else chosen
    if inside.empty or not float(inside["cost_money"].sum()) > 0:
        return cannot_tell(_("the cost to serve by channel is not known, so that no budget was held"),
                           needs=_("costs by channel and month"))  # fmt: skip
    facts = (
        Fact("6.cost_in", float(inside["cost_money"].sum()), unit="money", n=int(inside["n_users"].sum()), grade="observed",
             formula="contacts a month × cost of a contact, over the places in", inputs=("costs", "interactions")),
        Fact("6.cost_today", float(chosen["cost_money"].sum()), unit="money", grade="observed",
             formula="the same over all places in use today", inputs=("costs", "interactions")),
    )  # fmt: skip
    said = finding(
        _("The chosen places cost {cost_in} a month of the {cost_today} that all places cost today."), *facts
    )
    asked = float(prices.loc[prices["change_share"].eq(0), "budget_money"].min()) if len(prices) else float("nan")
    if float(inside["cost_money"].sum()) > asked * (1 + 1e-6):
        return said + finding(_("That is more than the budget of {budget}: every moment needs a channel, and no cheaper set "
                                "covers them all."), budget=money(asked), verdict="cannot tell")  # fmt: skip
    if len(prices) and prices["gained"].eq("").all() and prices["dropped"].eq("").all():
        return said + finding(
            _("A tenth more or less money changes nothing: here money is not what limits the choice.")
        )
    for change, template in (
        (-0.1, _("A tenth less budget would drop {names}.")),
        (0.1, _("A tenth more would add {names}.")),
    ):
        row = _first(prices[prices["change_share"].round(3) == change]) if len(prices) else {}
        names = row.get("dropped" if change < 0 else "gained", "")
        if names:
            said += finding(template, names=_entries(str(names), labels))
    return said


def firmness(chosen: pd.DataFrame, labels: Labels) -> Finding:
    """How many of the places in hold when the evidence is drawn again."""
    inside = chosen[chosen["state"] == "in"] if len(chosen) else chosen
    if inside.empty:
        return cannot_tell(_("nothing was chosen"))
    firm = Fact("6.n_firm", int((inside["selection_share"] >= FIRM).sum()), n=len(inside), inputs=("interactions", "responses"),
                formula="places in that are chosen in at least 80 % of the draws", n_of="places")  # fmt: skip
    unknown = chosen[chosen["reason"] == "unknown"]
    if inside["selection_share"].isna().all():
        return cannot_tell(_("the evidence could not be drawn again"), needs=_("persons with channels"), facts=())
    said = finding(_("{n_firm} of the {total} places in are chosen in at least four of five draws of the persons and of the "
                     "weights."), firm, total=len(inside))  # fmt: skip
    loose = inside[inside["selection_share"] < FIRM]
    if len(loose):
        said += finding(_("Not firm: {names}; they are in because every moment needs a channel."),
                        names=_entries(", ".join(loose["moment"] + ":" + loose["channel"]), labels))  # fmt: skip
    if len(unknown):
        said += finding(
            _("Places with fewer than 30 persons, unknown and so neither in nor dropped: {n}."), n=number(len(unknown))
        )
    return said


def handed_on(hand_offs: pd.DataFrame, chosen: pd.DataFrame, labels: Labels) -> Finding:
    """The hand-off most journeys make, and the share of hand-offs whose both ends stay in."""
    if hand_offs.empty:
        return cannot_tell(_("no journey was seen to change channel"), needs=_("interactions with channel and journey"))
    kept = set(chosen.loc[chosen["state"] == "in", "channel"]) if len(chosen) else set()
    held = hand_offs[hand_offs["from_channel"].isin(kept) & hand_offs["to_channel"].isin(kept)]
    total = int(hand_offs["n_journeys"].sum())
    fact = Fact("6.hand_offs_kept", int(held["n_journeys"].sum()) / total, n=total, unit="share", inputs=("interactions",),
                formula="hand-offs between channels that are in somewhere / all hand-offs")  # fmt: skip
    row = hand_offs.iloc[0]
    return finding(_("Most hand-offs lead from {origin} to {target}: what was said there must be known here. "
                     "{hand_offs_kept} of all hand-offs stay between channels that are in."), fact,
                   origin=_label(labels, "channel", row["from_channel"]),
                   target=_label(labels, "channel", row["to_channel"]))  # fmt: skip


def recommend(chosen: pd.DataFrame, moments: pd.DataFrame, leaner: pd.DataFrame, labels: Labels) -> Recommendation:
    """The state of every channel at every moment; one channel a moment as the alternative."""
    if chosen.empty or chosen[chosen["state"] == "in"].empty:
        return Recommendation({}, headline(chosen, labels), grade="unknown")
    uncovered = set(moments["moment"]) - set(chosen.loc[chosen["state"] == "in", "moment"])
    if uncovered:
        names = ", ".join(_label(labels, "touchpoint", moment) for moment in sorted(uncovered))
        unknown = cannot_tell(_("no channel is known at {names}, and every moment needs one").format(names=names),
                              needs=_("the channel of the interactions there"))  # fmt: skip
        return Recommendation({}, unknown, grade="unknown")
    said = headline(chosen, labels)
    because = Finding(
        f"{said.sentence}. {_('Each place that is out has its reason in the table.')}", said.facts, said.verdict
    )
    meaning = _("One channel a moment: less to run, and {kept} of the fit.").format(kept=_share_of(leaner, chosen))
    differs = len(leaner) and _choice(leaner) != _choice(chosen)
    alternatives = (Alternative({"channels": _choice(leaner)}, meaning),) if differs else ()
    inside = chosen[chosen["state"] == "in"]
    sure = (inside["n_users"] >= 30).all() and (inside["selection_share"] >= FIRM).all()
    return Recommendation({"channels": _choice(chosen)}, because, alternatives, "measured" if sure else "observed")


def stops(stopped: pd.DataFrame, chosen: pd.DataFrame, labels: Labels) -> Finding:
    """Where to stop, whom that meets, what it frees at most, and that a test comes first."""
    if chosen.empty:
        return cannot_tell(_("no channel is recorded at the moments, so nothing can be stopped"),
                           needs=_("the channel of each interaction"))  # fmt: skip
    if stopped.empty:
        return finding(_("No channel that customers use at a moment is stopped."), verdict="not shown")
    n = Fact("6.n_stops", len(stopped), formula="places with users and state not in", inputs=("interactions", "costs"))
    row = _first(stopped)
    template = ngettext("Stop {n_stops} place that customers use: {channel} at {moment}, with {persons} of the persons there; "
                        "{goes_to} stays open for them.",
                        "Stop {n_stops} places that customers use. The largest is {channel} at {moment}, with {persons} of the "
                        "persons there; {goes_to} stays open for them.", len(stopped))  # fmt: skip
    said = finding(template, n, persons=percent(row["share_of_moment"], 0),
                   channel=_label(labels, "channel", row["channel"]), moment=_label(labels, "touchpoint", row["moment"]),
                   goes_to=_label(labels, "channel", row["goes_to"]))  # fmt: skip
    freed = float(stopped["cost_money"].sum())
    if freed > 0:
        said += finding(_("They cost {cost_freed} a month: the most that stopping can free, as contacts go elsewhere."),
                        Fact("6.cost_freed", freed, unit="money", grade="observed",
                             formula="contacts a month × cost of a contact, over the places to stop",
                             inputs=("costs", "interactions")))  # fmt: skip
    return said + finding(_("Stop for a random half first: the association does not tell what they would do."))


def memory(orders: pd.DataFrame, labels: Labels) -> Finding:
    """How far back the ways remember, judged on journeys the chain has not seen."""
    if orders.empty:
        return cannot_tell(_("no journeys with channels were recorded"), needs=_("interactions with channel and step"))
    longer = [_label(labels, "step", step) for step in orders.loc[orders["chosen"] & orders["order"].eq(2), "step"]]
    if not longer:
        return finding(_("Remembering two channels instead of one foretells unseen journeys no better, at any step: the "
                         "chain of order one stands."), verdict="not shown")  # fmt: skip
    return finding(_("At {steps} a chain that remembers two channels foretells unseen journeys better, so its effects are "
                     "taken there; elsewhere order one is enough."), steps=", ".join(longer), verdict="real")  # fmt: skip


def _choice(chosen: pd.DataFrame) -> list[str]:
    """The choice as moment:channel:state, without the channels that nobody meets at the moment."""
    met = chosen[chosen["reason"] != "unused"]
    rows = zip(met["moment"], met["channel"], met["state"], strict=True)
    return [f"{moment}:{channel}:{state}" for moment, channel, state in rows]


def _places(inside: pd.DataFrame, labels: Labels) -> str:
    """ "Delivery: App, At home; Quote: Web"."""
    parts = []
    for moment in dict.fromkeys(inside["moment"]):
        ranked = inside[inside["moment"] == moment].sort_values("score", ascending=False, kind="stable")
        channels = ", ".join(_label(labels, "channel", channel) for channel in ranked["channel"])
        parts.append(f"{_label(labels, 'touchpoint', moment)}: {channels}")
    return "; ".join(parts)


def _entries(names: str, labels: Labels) -> str:
    """ "planner:app" → "Room planner · App"."""
    pairs = [entry.split(":") for entry in names.split(", ")]
    return ", ".join(
        f"{_label(labels, 'touchpoint', pair[0])} · {_label(labels, 'channel', pair[1])}" for pair in pairs
    )


def _share_of(leaner: pd.DataFrame, chosen: pd.DataFrame) -> str:
    kept = leaner.loc[leaner["state"] == "in", "score"].sum() / max(
        chosen.loc[chosen["state"] == "in", "score"].sum(), 1e-12
    )
    return percent(float(kept), 0)


def _label(labels: Labels, kind: str, code: object) -> str:
    return labels.get(kind, {}).get(str(code), str(code))


def _first(table: pd.DataFrame) -> dict[str, Any]:
    return {str(name): cell for name, cell in table.iloc[0].items()} if len(table) else {}
