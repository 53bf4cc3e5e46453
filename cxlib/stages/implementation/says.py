"""What stage 8 says: is the plan sound, is the house ready, how long does it take, and is the pilot large enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, cannot_tell, fact, finding, weakest
from cxlib.language import _, day, ngettext, number, percent
from cxlib.show.table import Labels
from cxlib.show.terms import gap_words, upper_first
from cxlib.stages.implementation.shown import area_words, effect_words

NOTHING = "nothing"
BROKEN_P = 0.001  # a sample ratio this unlikely means that draw or record is broken (Fabijan et al. 2019)


def experiences_of(choice: Mapping[str, Any]) -> list[str]:
    """The experiences that stage 7 decided; [] for nothing."""
    return [str(key) for key in choice.get("experiences") or () if key != NOTHING]


def readiness_fact(scores: pd.DataFrame) -> Fact:
    """8.readiness: the smallest of the six scores."""
    least = scores["estimate"].fillna(0.0).min() if scores["estimate"].notna().any() else None
    return fact("8.readiness", least, n=int(scores["n"].sum()), grade="observed" if least is not None else "")


def finish_facts(finish: pd.DataFrame) -> tuple[Fact, Fact]:
    """8.finish_p50_days and 8.finish_p80_days, in working days from the start."""
    row = finish.iloc[0].to_dict() if len(finish) else {}
    return (
        fact("8.finish_p50_days", row.get("estimate")),
        fact("8.finish_p80_days", row.get("high")),
    )


def p50(finish: pd.DataFrame) -> float:
    """The finish at P50 in days, 0 when unknown: a mark for the figure."""
    return float(finish["estimate"].iloc[0]) if len(finish) else 0.0


def p80(finish: pd.DataFrame) -> float:
    """The finish at P80 in days, 0 when unknown: a mark for the figure."""
    return float(finish["high"].iloc[0]) if len(finish) else 0.0


def rollout_day(milestones: pd.DataFrame, start: pd.Timestamp) -> pd.Timestamp:
    """The first day on which all is done with four chances in five; `start` when nobody planned."""
    done = milestones.loc[milestones["code"].eq("p80"), "on"]
    return pd.Timestamp(done.iloc[0]) if len(done) else start


def headline(scores: pd.DataFrame, finish: pd.DataFrame, verdict: str, *, experiences: list[str]) -> Finding:
    """The stage's result: go or not, why, and when."""
    if not experiences:
        return finding(
            _("Nothing to implement: stage 7 decided for no experience"), readiness_fact(scores), verdict="not shown"
        )
    if verdict == "cannot tell":
        return cannot_tell(
            _("no tasks and people are named, so nobody knows whether the house is ready"),
            needs=_("a list of tasks with durations and persons"),
            facts=(readiness_fact(scores),),
        )
    least = _least(scores)
    words = {
        "go": _(
            "Go: the weakest of six gates, {area}, stands at {readiness}; with 80% certainty all is done within "
            "{finish_p80_days} of work"
        ),
        "wait": _(
            "Not yet: {area} stands at {readiness}; once mended, all is done within {finish_p80_days} of work, "
            "with 80% certainty"
        ),
        "no_go": _("No: {area} stands at {readiness} only"),
    }
    return finding(words[verdict], readiness_fact(scores), *finish_facts(finish), area=area_words()[str(least["area"])])


def ready(scores: pd.DataFrame) -> Finding:
    """The smallest score and what is missing for it."""
    if scores["estimate"].isna().all():
        return cannot_tell(_("there is nothing to judge readiness by"), needs=_("tasks, people and capabilities"))
    least = _least(scores)
    said = finding(
        _("Readiness is {readiness}, the score of {area}: a chain is as ready as its weakest gate."),
        readiness_fact(scores),
        area=area_words()[str(least["area"])],
    )
    silent = scores[scores["estimate"].isna()]
    if len(silent):
        said += finding(
            _("Nothing is written down for {areas}: what nobody knows is not ready."),
            areas=", ".join(area_words()[area] for area in silent["area"]),
        )
    open_points = int(scores["n_missing"].sum())
    if open_points:
        areas = ", ".join(area_words()[area] for area in scores.loc[scores["n_missing"] > 0, "area"])
        said += finding(
            ngettext("{n} check is open, in {areas}.", "{n} checks are open, in {areas}.", open_points),
            n=number(open_points, 0),
            areas=areas,
        )
    return said


def duties(checks: pd.DataFrame, load: pd.DataFrame, labels: Labels) -> Finding:
    """Whether the RACI holds, and who is asked for more days than they have."""
    if checks.empty:
        return cannot_tell(_("nobody is named for any task"), needs=_("responsible and accountable persons per task"))
    broken = checks[checks["status"].eq("fail")]
    n = fact("8.n_broken_rules", len(broken), n=len(checks))
    template = ngettext(
        "{n_broken_rules} of {n} duty rules is broken (one accountable each, somebody responsible, nobody "
        "over capacity).",
        "{n_broken_rules} of {n} duty rules are broken (one accountable each, somebody responsible, nobody "
        "over capacity).",
        len(broken),
    )
    said = finding(template, n, n=number(len(checks), 0), verdict="")
    over = load[load["over_days"] > 0].sort_values("over_days", ascending=False).drop_duplicates("person_id")
    for row in over.to_dict("records"):
        said += finding(
            _("{person} is asked for {asked} days in month {month} and has {has}."),
            month=number(row["month"], 0),
            person=upper_first(labels.get("person", {}).get(row["person_id"], row["person_id"])),
            asked=number(row["days"], 1),
            has=number(row["capacity_days"], 1),
        )
    return said


def plan(plan: pd.DataFrame, finish: pd.DataFrame, problems: pd.DataFrame, *, plain_days: float) -> Finding:
    """How long it takes, what decides it, and how far the plain sum of expected days falls short."""
    if plan.empty:
        circle = problems[problems["problem"].eq("circle")] if len(problems) else problems
        if len(circle):
            return cannot_tell(
                _("tasks wait for each other in a circle: {x}").format(x=circle["detail"].iloc[0]),
                needs=_("an order in which something can start"),
            )
        return cannot_tell(
            _("there are no tasks with durations that can be planned"),
            needs=_("tasks with a low, likely and high duration"),
        )
    p50, p80 = finish_facts(finish)
    said = finding(
        _("Half of the simulated plans end within {finish_p50_days}, four in five within {finish_p80_days}."), p50, p80
    )
    surest = plan.sort_values("criticality_share", ascending=False)
    widest = surest[surest["critical"]].assign(width=lambda table: table["end_days"] - table["start_days"])
    longest = widest.sort_values("width").iloc[-1]
    said += finding(
        _("The longest task on the critical path is “{task}” ({days} days, critical in {share} of the plans)."),
        task=longest["label"],
        days=number(longest["width"], 1),
        share=percent(longest["criticality_share"], 0),
    )
    if p50.number() > plain_days + 0.5:
        said += finding(
            _("Adding up expected days gives {plain}: it forgets that whoever waits for several waits for the last."),
            plain=number(plain_days, 1),
        )
    return said


def calendar(series: pd.DataFrame, milestones: pd.DataFrame) -> Finding:
    """How many meetings until the last milestone, and whether one falls due after each milestone."""
    if series.empty:
        return cannot_tell(
            _("no series of meetings is named"), needs=_("tasks of the workstream meetings, with a rhythm")
        )
    n = fact("8.n_meetings", int(series["n_meetings"].sum()))
    hours = float((series["n_meetings"] * series["minutes"]).sum()) / 60
    first, last = series.iloc[0], day(milestones["on"].max())
    template = ngettext(
        "{n_meetings} meeting is in the calendar until {last}: “{title}”, on {on}.",
        "{n_meetings} meetings are in the calendar until {last}, {hours} hours for whoever sits in all of them; "
        "“{title}” comes first, on {on}.",
        int(series["n_meetings"].sum()),
    )
    return finding(template, n, hours=number(hours, 0), last=last, title=first["title"], on=day(first["starts_at"]))


def pilot(
    assigned: pd.DataFrame, reach: pd.DataFrame, *, ratio_p: float, existing: bool, experience: str = ""
) -> Finding:
    """Whether a pilot was drawn already, how large it is, and whether that is enough for the registered effect."""
    if assigned.empty:
        return cannot_tell(
            _("no pilot can be drawn"), needs=_("a registered measure, and customers in the target segment")
        )
    counts = assigned["arm"].value_counts()
    facts = tuple(fact(f"8.n_{arm}", int(counts.get(arm, 0))) for arm in ("pilot", "control"))
    if existing:
        said = finding(
            _(
                "A pilot was drawn before, with {n_pilot} customers and {n_control} controls from {on}; it stands and "
                "is not drawn again."
            ),
            *facts,
            on=day(assigned["starts_on"].min()),
        )
    else:
        said = finding(
            _(
                "{n_pilot} customers for the pilot and {n_control} controls are drawn, strata by strata, from a "
                "stated seed."
            ),
            *facts,
        )
    if existing and experience and experience not in set(assigned["idea_id"].dropna()):
        return said + cannot_tell(
            _("it was drawn for another experience than the one that is registered"),
            needs=_("a draw for the registered experience"),
        )
    if ratio_p < BROKEN_P:
        return said + cannot_tell(
            _("the arms are too unequal for a fair draw of halves"), needs=_("a check of how it was drawn")
        )
    return said + _enough(reach, int(counts.min()))


def _enough(reach: pd.DataFrame, smaller_arm: int) -> Finding:
    """Held against the size that each effect needs."""
    by_effect = {str(row["effect"]): row for row in reach.to_dict("records")}
    if not by_effect or np.isnan(by_effect["minimum"]["n_needed"]):
        return cannot_tell(
            _("no minimum effect is registered, so no size can be named"), needs=_("a registration in stage 7")
        )
    needed = int(by_effect["minimum"]["n_needed"])
    n = fact("8.n_per_arm", needed)
    if smaller_arm >= needed:
        return finding(_("The registered minimum effect needs {n_per_arm} an arm: large enough."), n, verdict="real")
    said = finding(
        _(
            "The registered minimum effect needs {n_per_arm} an arm: the pilot is too small to show an effect that is "
            "just worth having."
        ),
        n,
        verdict="cannot tell",
    )
    fits = [row for row in by_effect.values() if row["n_needed"] <= smaller_arm]
    if fits:
        row = min(fits, key=lambda fit: float(fit["size"]))
        return said + finding(
            _("What would do: it can show the {effect} ({size}), which needs {n} an arm."),
            effect=effect_words()[str(row["effect"])],
            size=_size(row),
            n=number(row["n_needed"], 0),
        )
    return said + finding(
        _(
            "What would do: more customers (a second segment, a longer draw), only customers who are about to meet it, or a "
            "metric with less spread."
        )
    )


def alike(balance: pd.DataFrame) -> Finding:
    """Whether the arms were alike before the pilot."""
    if balance.empty:
        return cannot_tell(
            _("nothing is known of the customers before the pilot"), needs=_("purchases before it started")
        )
    worst = max(balance.to_dict("records"), key=lambda row: abs(float(row["estimate"])))
    stated = fact("8.worst_imbalance", worst["estimate"], n=worst["n"], low=worst["low"], high=worst["high"])
    if abs(stated.number()) <= 0.1:
        return finding(
            _("The arms were alike before: the largest difference is {worst_imbalance:full} standard deviations."),
            stated,
            verdict="not shown",
        )
    shown = worst["low"] > 0 or worst["high"] < 0
    return finding(
        _(
            "Before the pilot the arms differ most in {name}: {worst_imbalance:full} standard deviations; stage 9 "
            "adjusts for it."
        ),
        stated,
        name=worst["name"],
        verdict="real" if shown else "not shown",
    )


def recommendation(
    verdict: str,
    committee: pd.DataFrame,
    assigned: pd.DataFrame,
    *,
    because: Finding,
    experiences: list[str],
    seed: int,
) -> Recommendation:
    """Go, wait or no go; the committee; the arms."""
    rollout = "wait" if not experiences or verdict == "cannot tell" else verdict
    counts = assigned["arm"].value_counts()
    choice: dict[str, Any] = {
        "rollout": rollout,
        "committee": [f"{row['function']}:{row['person_id']}" for row in committee.to_dict("records")],
        "assignments": f"{int(counts.get('pilot', 0))}+{int(counts.get('control', 0))}@{seed}",
    }
    others = {
        "go": _("Start now, with the open points as risks that the committee has accepted."),
        "wait": _("Close the open points first; the pilot's window moves with them."),
        "no_go": _("Stop here; the value at stake stays lost and stage 7 is reopened."),
    }
    alternatives = tuple(Alternative({"rollout": key}, meaning) for key, meaning in others.items() if key != rollout)
    grade = "unknown" if verdict == "cannot tell" else weakest("observed", "observed" if len(assigned) else "assumed")
    return Recommendation(choice, because, alternatives, grade)


def _least(scores: pd.DataFrame) -> Mapping[Any, Any]:
    """The row of the smallest score; an area nobody can judge counts as zero."""
    return min(scores.fillna({"estimate": 0.0}).to_dict("records"), key=lambda row: float(row["estimate"]))


def _size(row: Mapping[Any, Any]) -> str:
    return gap_words(float(row["size"]), str(row["unit"]))
