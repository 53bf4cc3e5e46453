"""What stage 8 says of plan and people: is the house ready, are duties clear, how long does it take, what could go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Alternative, Fact, Finding, Recommendation, cannot_tell, fact, finding, rows
from cxlib.language import _, day, ngettext, number, percent
from cxlib.show.table import Labels
from cxlib.show.terms import upper_first
from cxlib.stages.implementation.pilot import Pilot
from cxlib.stages.implementation.shown import named, risk_words, roles_of


def readiness_fact(scores: pd.DataFrame) -> Fact:
    """8.readiness: the smallest of the six scores, unknown when no area can be judged."""
    least = _least(scores)["estimate"] if scores["estimate"].notna().any() else None
    return fact("8.readiness", least, n=scores["n"].sum())


def finish_facts(finish: pd.DataFrame) -> tuple[Fact, Fact]:
    """8.finish_p50_days and 8.finish_p80_days, in working days from the start."""
    row = next(iter(rows(finish)), {})
    return fact("8.finish_p50_days", row.get("estimate")), fact("8.finish_p80_days", row.get("high"))


def headline(scores: pd.DataFrame, finish: pd.DataFrame, verdict: str, *, experiences: list[str]) -> Finding:
    """The stage's result: go or not, why, and when."""
    ready = readiness_fact(scores)
    if not experiences:
        return finding(_("Nothing to implement: stage 7 decided for no experience"), ready, verdict="not shown")
    if verdict == "cannot tell" or scores["estimate"].isna().all():
        reason = _("no tasks and people are named, so nobody knows whether the house is ready")
        return cannot_tell(reason, needs=_("a list of tasks with durations and persons"), facts=(ready,))
    templates = {
        "go": _(
            "Go: the weakest of six gates, {area}, stands at {readiness}; with 80% certainty all is done within"
            " {finish_p80_days} of work"
        ),
        "wait": _(
            "Not yet: {area} stands at {readiness}; once mended, all is done within {finish_p80_days} of work, with 80%"
            " certainty"
        ),
        "no_go": _("No: {area} stands at {readiness} only"),
    }
    return finding(templates[verdict], ready, *finish_facts(finish), area=_area(_least(scores)["area"]))


def ready(scores: pd.DataFrame) -> Finding:
    """The smallest score and what is missing for it."""
    if scores["estimate"].isna().all():
        needs = _("tasks, people and capabilities")
        return cannot_tell(_("there is nothing to judge readiness by"), needs=needs)
    template = _("Readiness is {readiness}, the score of {area}: a chain is as ready as its weakest gate.")
    said = finding(template, readiness_fact(scores), area=_area(_least(scores)["area"]))
    silent, still_open = scores[scores["estimate"].isna()], scores[scores["n_missing"] > 0]
    if len(silent):
        template = _("Nothing is written down for {areas}: what nobody knows is not ready.")
        said += finding(template, areas=", ".join(map(_area, silent["area"])))
    if len(still_open):
        n = int(still_open["n_missing"].sum())
        template = ngettext("{n} check is open, in {areas}.", "{n} checks are open, in {areas}.", n)
        said += finding(template, n=number(n, 0), areas=", ".join(map(_area, still_open["area"])))
    return said


def duties(checks: pd.DataFrame, load: pd.DataFrame, labels: Labels) -> Finding:
    """Whether the RACI holds, and who is asked for more days than they have."""
    if checks.empty:
        needs = _("responsible and accountable persons per task")
        return cannot_tell(_("nobody is named for any task"), needs=needs)
    n_broken = int(checks["status"].eq("fail").sum())
    template = ngettext(
        "{n_broken_rules} of {n} duty rules is broken (one accountable each, somebody responsible, nobody over capacity).",
        "{n_broken_rules} of {n} duty rules are broken (one accountable each, somebody responsible, nobody over capacity).",
        n_broken,
    )
    said = finding(template, fact("8.n_broken_rules", n_broken, n=len(checks)), n=number(len(checks), 0))
    over = load[load["over_days"] > 0].sort_values("over_days", ascending=False).drop_duplicates("person_id")
    for row in rows(over):
        template = _("{person} is asked for {asked} days in month {month} and has {has}.")
        person, month = upper_first(roles_of(row["person_id"], labels)), number(row["month"], 0)
        asked, has = number(row["days"], 1), number(row["capacity_days"], 1)
        said += finding(template, person=person, month=month, asked=asked, has=has)
    return said


def plan(plan: pd.DataFrame, finish: pd.DataFrame, problems: pd.DataFrame) -> Finding:
    """How long it takes, what decides it, and how far the plain sum of expected days falls short."""
    circle = problems[problems["problem"].eq("circle")]
    if plan.empty and len(circle):
        reason = _("tasks wait for each other in a circle: {x}").format(x=circle["detail"].iloc[0])
        return cannot_tell(reason, needs=_("an order in which something can start"))
    if plan.empty:
        reason = _("there are no tasks with durations that can be planned")
        return cannot_tell(reason, needs=_("tasks with a low, likely and high duration"))
    template = _("Half of the simulated plans end within {finish_p50_days}, four in five within {finish_p80_days}.")
    said = finding(template, *finish_facts(finish))
    longest = rows(plan[plan["critical"]].sort_values("days_expected"))[-1]
    template = _("The longest task on the critical path is “{task}” ({days} days, critical in {share} of the plans).")
    days, share = number(longest["days_expected"], 1), percent(longest["criticality_share"], 0)
    said += finding(template, task=longest["label"], days=days, share=share)
    if finish["hopeful"].item():
        template = _(
            "Adding up expected days gives {plain}: it forgets that whoever waits for several waits for the last."
        )
        said += finding(template, plain=number(finish["plain_days"].item(), 1))
    return said


def calendar(series: pd.DataFrame, milestones: pd.DataFrame) -> Finding:
    """How many meetings until the last milestone, and which comes first."""
    if series.empty:
        needs = _("tasks of the workstream meetings, with a rhythm")
        return cannot_tell(_("no series of meetings is named"), needs=needs)
    n, hours = int(series["n_meetings"].sum()), float((series["n_meetings"] * series["minutes"]).sum()) / 60
    template = ngettext(
        "{n_meetings} meeting is in the calendar until {last}: “{title}”, on {on}.",
        "{n_meetings} meetings are in the calendar until {last}, {hours} hours for whoever sits in all of them; “{title}”"
        " comes first, on {on}.",
        n,
    )
    first = rows(series)[0]
    words: dict[str, Any] = {"last": day(milestones["on"].max()), "on": day(first["starts_at"])}
    words |= {"hours": number(hours, 0), "title": first["title"]}
    return finding(template, fact("8.n_meetings", n), **words)


def risky(risks: pd.DataFrame, tasks: pd.DataFrame, labels: Labels) -> Finding:
    """How many risks the plan itself shows, and the gravest."""
    if tasks.empty:
        needs = _("tasks with durations and persons")
        return cannot_tell(_("there is no plan whose risks could be read"), needs=needs)
    n = fact("8.n_risks", len(risks))
    if risks.empty:
        return finding(_("Plan, duties and pilot show no risk of their own ({n_risks})."), n, verdict="not shown")
    template = ngettext(
        "The plan itself shows {n_risks} risk: {said}. What to do: {todo}.",
        "The plan itself shows {n_risks} risks. First: {said}. What to do: {todo}.",
        len(risks),
    )
    gravest = rows(risks)[0]
    said, todo = risk_words(gravest, tasks, labels), named("remedies")[gravest["kind"]]
    return finding(template, n, said=said, todo=todo)


def recommendation(
    verdict: str,
    committee: pd.DataFrame,
    pilot: Pilot,
    *,
    because: Finding,
    experiences: list[str],
    seed: int,
    people: pd.DataFrame,
) -> Recommendation:
    """Go, wait or no go; the committee, of whom there are; the arms."""
    unknown = verdict == "cannot tell"
    rollout = "wait" if unknown or not experiences else verdict
    choice: dict[str, Any] = {
        "rollout": rollout,
        "committee": [f"{row['function']}:{row['person_id']}" for row in rows(committee)],
        "assignments": f"{pilot.n_arms['pilot']}+{pilot.n_arms['control']}@{seed}",
    }
    others = {
        "go": _("Start now, with the open points as risks that the committee has accepted."),
        "wait": _("Close the open points first; the pilot's window moves with them."),
        "no_go": _("Stop here; the value at stake stays lost and stage 7 is reopened."),
    }
    alternatives = tuple(Alternative({"rollout": key}, meaning) for key, meaning in others.items() if key != rollout)
    known = "assumed" if pilot.assigned.empty else "observed"
    persons = dict.fromkeys([*people["person_id"], *committee["person_id"]])
    exist = {"committee": [f"{function}:{key}" for function in ("chair", "member") for key in persons]}
    return Recommendation(choice, because, alternatives, "unknown" if unknown else known, known=exist)


def _least(scores: pd.DataFrame) -> Mapping[str, Any]:
    """The row of the smallest score; an area nobody can judge counts as zero."""
    return rows(scores.fillna({"estimate": 0.0}).sort_values("estimate", kind="stable"))[0]


def _area(code: str) -> str:
    return named("areas")[code]
