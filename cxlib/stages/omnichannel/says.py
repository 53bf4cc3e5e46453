"""What stage 6 says: which channels to be in, later or not, how firm that is, what it costs, and where to stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Finding, Recommendation, cannot_tell, fact, finding, first, rows
from cxlib.language import _, money, ngettext, number, percent
from cxlib.show.table import Labels
from cxlib.stages.omnichannel.channel_choice import fit_kept, grade_of_choice
from cxlib.stages.omnichannel.channel_roles import kept_hand_offs
from cxlib.stages.omnichannel.says_association import carries, disagreement, label, memory, removal

__all__ = ["cost", "firmness", "handed_on", "headline", "recommend", "stops"]
__all__ += ["carries", "disagreement", "memory", "removal"]  # of association, which has a file of its own


def headline(chosen: pd.DataFrame, labels: Labels) -> Finding:
    """Which channels to be in, moment by moment, and how many places to leave."""
    inside = chosen[chosen["state"] == "in"]
    if inside.empty:
        needs = _("the channel of each interaction, or of each answer")
        return cannot_tell(_("no channel is recorded at the moments that stage 4 decided"), needs=needs)
    facts = fact("6.n_in", len(inside), n=len(chosen)), fact("6.n_places", len(chosen))
    ranked = inside.sort_values("score", ascending=False, kind="stable")
    places = []
    for moment in inside["moment"].unique():
        channels = (label(labels, "channel", channel) for channel in ranked.loc[ranked["moment"] == moment, "channel"])
        places.append(f"{label(labels, 'touchpoint', moment)}: {', '.join(channels)}")
    return finding(_("Be in {n_in} of {n_places} possible places: {places}"), *facts, places="; ".join(places))


def firmness(chosen: pd.DataFrame, labels: Labels) -> Finding:
    """How many of the places in hold when the evidence is drawn again."""
    inside = chosen[chosen["state"] == "in"]
    if inside.empty:
        return cannot_tell(_("nothing was chosen"))
    if inside["selection_share"].isna().all():
        return cannot_tell(_("the evidence could not be drawn again"), needs=_("persons with channels"))
    template = _(
        "{n_firm} of the {total} places in are chosen in at least four of five draws of the persons and of the weights."
    )
    said = finding(template, fact("6.n_firm", int(inside["firm"].sum()), n=len(inside)), total=len(inside))
    loose = inside[~inside["firm"] & inside["selection_share"].notna()]
    if len(loose):
        names = _entries(loose["moment"] + ":" + loose["channel"], labels)
        said += finding(_("Not firm: {names}; they are in because every moment needs a channel."), names=names)
    unknown = int((chosen["reason"] == "unknown").sum())
    if unknown:
        few = _("Places with fewer than 30 persons, unknown and so neither in nor dropped: {n}.")
        said += finding(few, n=number(unknown))
    return said


def cost(costs: Mapping[str, Any], prices: pd.DataFrame, labels: Labels) -> Finding:
    """What the chosen places cost, and what a tenth more or less budget would change.

    costs: from `costs_of_choice`; prices: from `budget_prices`.
    """
    if not costs:
        unknown = _("the cost to serve by channel is not known, so that no budget was held")
        return cannot_tell(unknown, needs=_("costs by channel and month"))
    facts = [fact("6.cost_in", costs["cost_in"], n=costs["n"], grade="observed")]
    facts += [fact(f"6.{name}", costs[name], grade="observed") for name in ("cost_today", "cost_later", "cost_freed")]
    said = finding(
        _("The chosen places cost {cost_in} a month of the {cost_today} that all places cost today."), *facts
    )
    if costs["over_budget"]:
        broken = _(
            "That is more than the budget of {budget}: every moment needs a channel, and no cheaper set "
            "covers them all."
        )
        return said + finding(broken, budget=money(costs["budget_money"]), verdict="cannot tell")
    if len(prices) and not (prices["gained"] + prices["dropped"]).any():
        nothing = _("A tenth more or less money changes nothing: here money is not what limits the choice.")
        return said + finding(nothing)
    for row in rows(prices):
        less, more = row["change_share"] < 0 and row["dropped"], row["change_share"] > 0 and row["gained"]
        if less:
            said += finding(_("A tenth less budget would drop {names}."), names=_entries(less.split(", "), labels))
        if more:
            said += finding(_("A tenth more would add {names}."), names=_entries(more.split(", "), labels))
    return said


def stops(stopped: pd.DataFrame, chosen: pd.DataFrame, labels: Labels) -> Finding:
    """Where to stop, whom that meets, what it frees at most, and that a test comes first."""
    if chosen.empty:
        nothing = _("no channel is recorded at the moments, so nothing can be stopped")
        return cannot_tell(nothing, needs=_("the channel of each interaction"))
    if stopped.empty:
        return finding(_("No channel that customers use at a moment is stopped."), verdict="not shown")
    row = first(stopped)
    template = ngettext(
        "Stop {n_stops} place that customers use: {channel} at {moment}, with {persons} of the persons there; "
        "{goes_to} stays open for them.",
        "Stop {n_stops} places that customers use. The largest is {channel} at {moment}, with {persons} of the "
        "persons there; {goes_to} stays open for them.",
        len(stopped),
    )
    words: dict[str, Any] = {
        "persons": percent(row["share_of_moment"], 0),
        "channel": label(labels, "channel", row["channel"]),
        "moment": label(labels, "touchpoint", row["moment"]),
        "goes_to": label(labels, "channel", row["goes_to"]),
    }
    said = finding(template, fact("6.n_stops", len(stopped)), **words)
    freed = fact("6.cost_freed", float(stopped["cost_money"].sum()), grade="observed")
    if freed.number() > 0:
        most = _("They cost {cost_freed} a month: the most that stopping can free, as contacts go elsewhere.")
        said += finding(most, freed)
    return said + finding(_("Stop for a random half first: the association does not tell what they would do."))


def handed_on(hand_offs: pd.DataFrame, chosen: pd.DataFrame, labels: Labels) -> Finding:
    """The hand-off most journeys make, and the share of hand-offs whose both ends stay in."""
    kept, row = kept_hand_offs(hand_offs, chosen), first(hand_offs)
    if not kept:
        return cannot_tell(_("no journey was seen to change channel"), needs=_("interactions with channel and journey"))
    template = _(
        "Most hand-offs lead from {origin} to {target}: what was said there must be known here. "
        "{hand_offs_kept} of all hand-offs stay between channels that are in."
    )
    origin, target = (label(labels, "channel", row[f"{end}_channel"]) for end in ("from", "to"))
    return finding(template, fact("6.hand_offs_kept", kept), origin=origin, target=target)


def recommend(chosen: pd.DataFrame, moments: pd.DataFrame, leaner: pd.DataFrame, labels: Labels) -> Recommendation:
    """The state of every channel at every moment; one channel a moment as the alternative."""
    said = headline(chosen, labels)
    covered = chosen.loc[chosen["state"] == "in", "moment"]
    bare = sorted(set(moments["moment"]) - set(covered))
    if covered.empty:
        return Recommendation({}, said, grade="unknown")
    if bare:
        reason = _("no channel is known at {names}, and every moment needs one")
        names = ", ".join(label(labels, "touchpoint", moment) for moment in bare)
        unknown = cannot_tell(reason.format(names=names), needs=_("the channel of the interactions there"))
        return Recommendation({}, unknown, grade="unknown")
    sentence = f"{said.sentence}. {_('Each place that is out has its reason in the table.')}"
    because = Finding(sentence, said.facts, said.verdict)
    kept = percent(fit_kept(leaner, chosen), 0)
    meaning = _("One channel a moment: less to run, and {kept} of the fit.").format(kept=kept)
    alternative = Alternative({"channels": _choice(leaner)}, meaning)
    differs = len(leaner) and _choice(leaner) != _choice(chosen)
    alternatives = (alternative,) if differs else ()
    return Recommendation({"channels": _choice(chosen)}, because, alternatives, grade_of_choice(chosen))


def _choice(chosen: pd.DataFrame) -> list[str]:
    """The choice as moment:channel:state, without the channels that nobody meets at the moment."""
    met = chosen[chosen["reason"] != "unused"]
    return list(met["moment"] + ":" + met["channel"] + ":" + met["state"])


def _entries(places: Any, labels: Labels) -> str:
    """ "planner:app" → "Room planner · App", one after the other."""
    pairs = (place.split(":") for place in places)
    return ", ".join(f"{label(labels, 'touchpoint', at)} · {label(labels, 'channel', by)}" for at, by in pairs)
