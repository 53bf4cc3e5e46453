"""What stage 4 says of single touchpoints: how they are rated, what bad and good weigh, which failures spoil, what moves on."""

from __future__ import annotations

import pandas as pd

from cxlib.facts import EVIDENCE_N, Finding, cannot_tell, fact, finding, first, persons, rows
from cxlib.language import _, ngettext, number
from cxlib.stages.architecture.says import Names, name_of

CONTRAST_N = 3 * EVIDENCE_N  # ratings that a contrast needs: in each of three bands
LINK_N = 2 * EVIDENCE_N  # persons that a link needs: on both sides


def rated(league: pd.DataFrame, pairs: pd.DataFrame, *, names: Names) -> Finding:
    """The best and the worst rated touchpoint, how many neighbours are told apart, and which are not ranked at all."""
    known = league[league["rank"].notna()]
    if len(known) < 2:
        needs = _("ratings of at least two touchpoints, each by enough customers")
        return cannot_tell(_("which touchpoint is rated best"), needs=needs) + _unranked(league, names)
    ends = {"best": rows(known)[0], "worst": rows(known)[-1]}
    measures = {
        "points": _("share of promoters less share of detractors"),
        "share": _("share of answers in the top box"),
    }
    facts = [fact("4.{place}_rated", row, place=place, measure=measures[row["unit"]]) for place, row in ends.items()]
    real = int((pairs["verdict"] == "real").sum())
    told = _("Best rated is {best}, with {best_rated:full} top ratings; worst {worst}, with {worst_rated:full}.")
    order = ngettext(
        "Of {pairs} neighbours in that order {n_neighbours_apart} is told apart; the order of the others is chance.",
        "Of {pairs} neighbours in that order {n_neighbours_apart} are told apart; the order of the others is chance.",
        real,
    )
    if real == len(pairs):
        order = _("Each is told apart from the next one in that order.")
    if not real:
        order = _("No two neighbours in that order are told apart: only places far from each other mean something.")
    said = finding(
        f"{told} {order}",
        *facts,
        fact("4.n_neighbours_apart", real),
        verdict="real" if real else "not shown",
        pairs=number(len(pairs), 0),
        **{place: name_of(row["touchpoint"], names) for place, row in ends.items()},
    )
    return said + _unranked(league, names)


def asymmetry(table: pd.DataFrame, *, names: Names) -> Finding:
    """At which touchpoints bad ratings weigh more than good ones, and the other way round."""
    if table.empty or (table["verdict"] == "cannot tell").all():
        return cannot_tell(
            _("no touchpoint has enough low, middling and high ratings"),
            n_needed=CONTRAST_N,
            needs=_("{n} ratings in each band of a touchpoint, beside an overall judgement").format(n=EVIDENCE_N),
        )
    words = {
        "penalty": _("{step}: a bad one goes with more loss than a good one with gain, {fact:full}"),
        "reward": _("{step}: a good one goes with more gain than a bad one with loss, {fact:full}"),
    }
    found = [
        (side, row)
        for role, side in (("repair", "penalty"), ("delight", "reward"))
        for row in rows(table[table["role"] == role])
    ]
    facts = [
        fact(
            f"4.{side}_{{touchpoint}}",
            row[side],
            low=row[f"{side}_low"],
            high=row[f"{side}_high"],
            n=row["n"],
            touchpoint="".join(letter if letter.isalnum() else "_" for letter in row["touchpoint"].lower()),
        )
        for side, row in found
    ]
    if not found:
        return finding(
            _(
                "No asymmetry is shown: no touchpoint's bad ratings surely weigh more than its good ones, or its good ones more."
            ),
            verdict="not shown",
        )
    parts = [
        words[side].format(step=name_of(row["touchpoint"], names), fact=one)
        for (side, row), one in zip(found, facts, strict=True)
    ]
    told = _("Bad and good do not weigh the same (points of the overall judgement): {parts}.")
    return finding(told, *facts, verdict="real", parts="; ".join(parts))


def failures(table: pd.DataFrame, *, names: Names) -> Finding:
    """The shortest list of failures that catches most of the dissatisfied, and how many others it catches, too."""
    if table.empty:
        needs = _("{n} dissatisfied and {n} other customers who rated touchpoints").format(n=EVIDENCE_N)
        return cannot_tell(_("which failures make customers dissatisfied"), needs=needs)
    top, listed = first(table), table[table["key"]]
    last = (rows(listed) or [{}])[-1]
    facts = (
        fact("4.failure_value", top),
        *(
            fact(f"4.failure_{name}", last.get(f"{name}_share"), n=last.get("n_dissatisfied"))
            for name in ("reach", "noise")
        ),
    )
    if top["verdict"] != "real":
        told = _("No failure is shown to spoil the whole; the nearest is {top}: {failure_value:full}.")
        return finding(told, *facts, verdict="not shown", top=name_of(top["touchpoint"], names))
    told = ngettext(
        "One failure is enough to look at: {listed}. It reaches {failure_reach} of the dissatisfied and only "
        "{failure_noise} of the others; any further one would add more noise than reach.",
        "These failures are enough to look at: {listed}. At least one of them reaches {failure_reach} of the "
        "dissatisfied and {failure_noise} of the others; any further one would add more noise than reach.",
        len(listed),
    )
    everyone, sure = (
        [name_of(touchpoint, names) for touchpoint in part["touchpoint"]]
        for part in (listed, listed[listed["verdict"] == "real"])
    )
    said = finding(told, *facts, verdict="real", listed=", ".join(everyone))
    if everyone == sure:
        return said
    return said + finding(_("Shown to add on its own: {sure}."), sure=", ".join(sure))


def links(table: pd.DataFrame, *, names: Names) -> Finding:
    """Which touchpoints go with moving on."""
    if table.empty or (table["verdict"] == "cannot tell").all():
        return cannot_tell(
            _("which touchpoint goes with the next step"),
            n_needed=LINK_N,
            needs=_("interactions with steps and, for ratings, who rated which contact"),
        )
    shown = table[(table["verdict"] == "real") & (table["estimate"] > 0)]
    if shown.empty:
        return finding(_("No touchpoint is shown to go with moving on to the next step."), verdict="not shown")
    best = first(shown[shown["link"] == "rated"].sort_values("adjusted_p")) or first(shown)  # the surest first
    told = {
        "rated": _(
            "One point more for {touchpoint} goes with {trigger_link:full} more of its customers moving on to the next step: "
            "an association, not yet an effect."
        ),
        "met": _(
            "Those who meet {touchpoint} go on more often by {trigger_link:full}; an association, not yet an effect."
        ),
    }
    touchpoint = name_of(best["touchpoint"], names)
    return finding(told[best["link"]], fact("4.trigger_link", best), verdict="real", touchpoint=touchpoint)


def _unranked(league: pd.DataFrame, names: Names) -> Finding:
    """The groups that are not ranked, with the reason."""
    words = {"too few": _("too few answers"), "too wide": _("its interval is too wide")}
    left = [
        f"{name_of(row['touchpoint'], names)} ({persons(row['n'])}, {words[row['reason']]})"
        for row in rows(league[league["reason"] != ""])
    ]
    return Finding(_("Not ranked: {left}.").format(left="; ".join(left))) if left else Finding("")
