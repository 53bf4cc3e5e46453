"""What stage 3 says of journeys: how far they get, how long it takes, who leaves the order, what changed, who leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from cxlib.facts import EVIDENCE_N, Finding, cannot_tell, fact, finding, first, rows
from cxlib.language import _, interval, number, percent, quantity
from cxlib.stages.sales_funnel.says import no_funnel
from cxlib.stages.sales_funnel.shown import component_name, signed
from cxlib.stages.sales_funnel.whom import Whom

Names = Mapping[str, str]


def whom(chosen: Whom, *, segment: str) -> Finding:
    """Whose journeys this page follows, and why it is everybody; segment: what the target segment is called."""
    told = {
        "": _("This page follows “{segment}”; everybody stands beside it."),
        "no_segment": _("This page follows everybody: no target segment is chosen."),
        "by_outcome": _(
            "This page follows everybody, not only “{segment}”: that segment was cut by what its members bought or did, and "
            "whoever is chosen by the outcome of a funnel cannot show where it loses people."
        ),
    }
    return finding(told[chosen.reason], segment=segment)


def progress(steps: pd.DataFrame, *, names: Names, silent: Sequence[str] = ()) -> Finding:
    """How many began, what share got to the last step, how many are overdue; `silent`: steps without any recorded contact."""
    if steps.empty:
        return no_funnel()
    if steps["estimate"].isna().all():
        return cannot_tell(
            _("at no step could anybody be watched going on to the next"),
            needs=_("interactions at two steps or more, with their time"),
        )
    last, lowest = rows(steps)[-1], first(steps.nsmallest(1, "estimate"))
    reach = {"estimate": last["of_entrants_share"], "low": last["of_entrants_low"], "high": last["of_entrants_high"]}
    reached = fact("3.reach_last_step", reach | {"n": steps["n"].iloc[0]})
    top = (
        _("{journeys} journeys began. Of those that start at the top, {reach_last_step:full} will get to {last}.")
        if reached.known
        else _("{journeys} journeys began. Cannot tell how many of those that start at the top will get to {last}.")
    )
    rest = _(
        "The lowest conversion is that of {lowest}: {lowest_conversion:full}. {overdue} journeys are still open though the "
        "window of their step is over; {immature} are open within it and are not counted as lost."
    )
    told = finding(
        f"{top} {rest}",
        fact("3.journeys", int(steps["n_began"].sum())),
        reached,
        fact("3.lowest_conversion", lowest),
        fact("3.overdue", int(steps["n_overdue"].sum())),
        last=_name(last["step"], names),
        lowest=_name(lowest["step"], names),
        immature=number(int(steps["n_immature"].sum()), 0),
    )
    if not silent:
        return told
    unseen = _("Cannot tell who gets to {steps}: no contact is recorded there, and the funnel is drawn without it.")
    return told + finding(unseen, steps=", ".join(_name(step, names) for step in silent))


def order(moves: pd.DataFrame) -> Finding:
    """How far journeys keep the order of the funnel."""
    if moves.empty:
        return cannot_tell(
            _("whether customers keep the order of the funnel: nobody was met twice"),
            needs=_("two contacts or more of a journey"),
        )
    skip, back, again = (first(moves, kind=kind) for kind in ("skip", "back", "again"))
    said = finding(
        _(
            "Of the moves from one contact to the next, {moves_that_skip} jump over a step and {moves_back:full} go back to "
            "an earlier one; {again} stay where they are."
        ),
        fact("3.moves_that_skip", skip),
        fact("3.moves_back", back),
        again=percent(again["estimate"]),
    )
    if back["loose"]:
        return said + finding(_("So many leave the order that the steps should be reconsidered before the stall is."))
    return said


def waiting(times: pd.DataFrame, windows: pd.DataFrame, *, stall_step: str, names: Names) -> Finding:
    """How long going on takes at the stalled step (or the slowest), and its window."""
    if times.empty:
        return cannot_tell(
            _("nobody was seen to go from one step to the next"),
            needs=_("interactions that name the funnel step and the time"),
        )
    slowest = str(times.nlargest(1, "estimate")["step"].iloc[0])
    name = stall_step if stall_step in set(times["step"]) else slowest
    step, window = _name(name, names), first(windows, step=name)
    return finding(
        _(
            "Half of those who go on from {step} do so within {days_to_go_on:full}; the window of this step is {window_days}. "
            "Whoever is still there after it is overdue, and worth asking."
        ),
        fact("3.days_to_go_on", first(times, step=name, quantile=0.5), step=step),
        fact("3.window_days", window["estimate"], n=window["n"], step=step),
        step=step,
    )


def ageing(table: pd.DataFrame, whole: pd.DataFrame, *, names: Names) -> Finding:
    """Who is still open longer than nine tenths of those who go on needed; `whole`: the same over all steps."""
    share = fact("3.waiting_too_long", first(whole))
    if table.empty:
        return finding(_("Nobody is open at a step whose waiting time is known."), share, verdict="cannot tell")
    most = first(table.nlargest(1, "n_old"))
    return finding(
        _(
            "Of the {open} journeys still open, {waiting_too_long} have waited longer than nine tenths of those who go on "
            "needed, most of them at {step} ({n} beyond {days} days): of these little more is to be expected."
        ),
        share,
        open=number(share.n, 0),
        step=_name(most["step"], names),
        n=number(most["n_old"], 0),
        days=number(most["old_days"], 0),
    )


def change(table: pd.DataFrame, *, names: Names) -> Finding:
    """Whether more or fewer get to the end than in the half before, and which entrants or step made the difference."""
    known = table[table["estimate"].notna()]
    total = first(known, component="total")
    values = {"estimate": total.get("change"), "low": total.get("change_low"), "high": total.get("change_high")}
    arrivals = fact("3.change_of_arrivals", values | {"n": total.get("n")})
    if not total:
        return cannot_tell(
            _("why arrivals at the end have changed: a half of the observation has too few entrants"),
            needs=_("{n} entrants of every step in each half of the period").format(n=EVIDENCE_N),
            facts=(arrivals,),
        )
    said = finding(
        _(
            "Against the first half of the observation, arrivals at the end of the funnel changed by "
            "{change_of_arrivals:full}."
        ),
        arrivals,
        verdict="real" if total["shown"] else "not shown",
    )
    moved = known[known["shown"] & (known["component"] != "total")]
    if moved.empty:
        return said + finding(_("Neither entrants nor any step is shown to have changed."))
    parts = [
        _("{what} {by} ({range})").format(
            what=component_name(str(each["component"]), names),
            by=signed(each["change"]),
            range=interval(each["change_low"], each["change_high"], "share"),
        )
        for each in rows(moved.sort_values("estimate", key=abs, ascending=False))
    ]
    return said + finding(_("Shown to have changed: {parts}."), parts="; ".join(parts))


def leaving(table: pd.DataFrame) -> Finding:
    """What share of the satisfied is not seen again."""
    if table.empty:
        return cannot_tell(
            _(
                "whether satisfied customers leave: nobody's window after an answer is over, or answers and contacts do not "
                "meet"
            ),
            needs=_("overall satisfaction or NPS by customer, and what those customers did afterwards"),
        )
    mine, other = (first(table, group=group) for group in ("satisfied", "other"))
    differ = _("The two differ: satisfaction goes with staying.")
    meaning = {
        "real": differ if mine["less_often"] else _("The two differ: the satisfied leave more often."),
        "not shown": _("Satisfaction alone does not say who stays."),
        "cannot tell": _("Too few answered to say whether the two differ."),
    }
    return finding(
        _(
            "Of those satisfied ({score} or more), {satisfied_but_leaving:full} are not seen again within {window}; of the "
            "others {other}. {meaning}"
        ),
        fact("3.satisfied_but_leaving", mine),
        score=number(mine["satisfied_from"], 0),
        window=quantity(mine["window_days"], "days"),
        other=percent(other["estimate"]),
        meaning=meaning[mine["verdict"]],
    )


def _name(step: object, names: Names) -> str:
    return names.get(str(step), str(step))
