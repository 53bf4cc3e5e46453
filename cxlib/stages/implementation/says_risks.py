"""What stage 8 says of risks, and of a launch in waves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Finding, cannot_tell, fact, finding
from cxlib.language import _, day, ngettext, number, percent, quantity
from cxlib.show.table import Labels
from cxlib.stages.implementation.shown import area_words


def risk_words(row: Mapping[Any, Any], names: Mapping[str, str]) -> tuple[str, str]:
    """One risk in words: what could go wrong and why we think so, and what to do."""
    subject = names.get(str(row["subject"]), str(row["subject"]))
    amount = quantity(row["estimate"], str(row["unit"])) if row["unit"] in ("days", "count", "share") else ""
    if row["unit"] == "share":
        amount = percent(float(row["estimate"]), 0)
    area = area_words().get(str(row["unit"]), str(row["unit"]))
    templates = {
        "not_ready": (_("{area} is not ready: {subject}"), _("close it before the start, or name a day for it")),
        "late": (
            _("“{subject}” is on the critical path and may take {amount} longer than expected"),
            _("start it first, give it the surest people, agree what falls away if it slips"),
        ),
        "surprise": (
            _("“{subject}” has slack, and yet decides the finish in {amount} of the plans"),
            _("watch it as if it were critical"),
        ),
        "overload": (
            _("{subject} is asked for {amount} more than there are in the worst month"),
            _("move a task, share it, or find the days"),
        ),
        "one_person": (
            _("{subject} answers for {amount} of the tasks"),
            _("name a deputy; hand on what others can answer for"),
        ),
        "small_pilot": (
            _("the pilot lacks {amount} customers an arm to show an effect just worth having"),
            _("draw longer or among those who will meet it, or launch in waves"),
        ),
    }
    said, todo = templates[str(row["kind"])]
    return said.format(subject=subject, amount=amount, area=area.capitalize()), todo


def risk_table(risks: pd.DataFrame, tasks: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The risks for reading: weight, what_could_go_wrong, who_answers, what_to_do."""
    names = _names(tasks, labels)
    weights = {"before the start": _("▲ close before the start"), "delays": _("► delays"), "weakens": _("▽ weakens")}
    rows = []
    for row in risks.to_dict("records"):
        said, todo = risk_words(row, names)
        rows.append(
            {
                "weight": weights[str(row["weight"])],
                "what_could_go_wrong": said,
                "what_to_do": todo,
                "who_answers": labels.get("person", {}).get(str(row["owner"]), str(row["owner"])),
            }
        )
    return pd.DataFrame(rows, columns=["weight", "what_could_go_wrong", "what_to_do", "who_answers"])


def risky(risks: pd.DataFrame, tasks: pd.DataFrame, labels: Labels) -> Finding:
    """How many risks the plan itself shows, and the gravest."""
    if tasks.empty:
        return cannot_tell(_("there is no plan whose risks could be read"), needs=_("tasks with durations and persons"))
    n = fact("8.n_risks", len(risks))
    if risks.empty:
        return finding(_("Plan, duties and pilot show no risk of their own ({n_risks})."), n, verdict="not shown")
    said, todo = risk_words(risks.iloc[0].to_dict(), _names(tasks, labels))
    template = ngettext(
        "The plan itself shows {n_risks} risk: {said}. What to do: {todo}.",
        "The plan itself shows {n_risks} risks. First: {said}. What to do: {todo}.",
        len(risks),
    )
    return finding(template, n, said=said, todo=todo)


def waves(launch: pd.DataFrame, *, needed: bool, experiences: list[str]) -> Finding:
    """When a launch in waves fits: the pilot is too small, and there are units that can start one after the other."""
    if not experiences:
        return finding(_("Nothing is to be launched, so no order is drawn."), verdict="not shown")
    if launch.empty:
        return cannot_tell(
            _("there are not two regions of thirty customers that could start at different times"),
            needs=_("the region of each customer"),
        )
    n = fact("8.n_waves", int(launch["wave"].max()))
    first, last = day(launch["starts_on"].min()), day(launch["starts_on"].max())
    template = (
        _(
            "If everybody is to get it in the end: {units} regions start in {n_waves} waves from {first} to {last}, in an "
            "order drawn by lot. Each is its own control until it starts; with few regions the answer stays wide."
        )
        if needed
        else _(
            "The pilot is large enough; should everybody get it later, {units} regions can start in {n_waves} waves from "
            "{first} to {last}, in an order drawn by lot."
        )
    )
    return finding(template, n, units=number(len(launch), 0), first=first, last=last)


def wave_table(launch: pd.DataFrame) -> pd.DataFrame:
    """The order for reading: wave, region, n (customers), starts_on."""
    return launch.rename(columns={"unit": "region", "n": "n"})[["wave", "region", "n", "starts_on"]]


def gantt_rows(dated: pd.DataFrame) -> pd.DataFrame:
    """The dated plan with its workstreams in words, the tasks of each together, workstreams in order of their start."""
    order = dated.groupby("workstream")["start_days"].transform("min")
    rows = dated.assign(order=order).sort_values(["order", "workstream", "start_days", "end_days"], ignore_index=True)
    return rows.assign(workstream=[area_words().get(str(key), str(key)).capitalize() for key in rows["workstream"]])


def gantt_milestones(milestones: pd.DataFrame) -> pd.DataFrame:
    """The milestones that the chart names: the finish at even chance and at four in five."""
    words = {"p50": _("even chance"), "p80": _("four in five")}
    shown = milestones[milestones["code"].isin(list(words))]
    return shown.assign(title=shown["code"].map(words))[["title", "on"]]


def _names(tasks: pd.DataFrame, labels: Labels) -> dict[str, str]:
    """Label of a task, person, capability or idea."""
    known = dict(zip(tasks["task_id"].astype(str), tasks["label"].astype(str), strict=True))
    return {**labels.get("idea", {}), **labels.get("capability", {}), **labels.get("person", {}), **known}
