"""Six readiness scores before anything starts: committee, training, calendar, processes, technology, metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.engagement.tables.listed import listed
from cxlib.facts import rows
from cxlib.stages.design.portfolio import NOTHING
from cxlib.statistics.intervals import TIDY
from cxlib.statistics.pilot_state import Standing

AREAS = ("committee", "training", "calendar", "processes", "technology", "metrics")
READY = 0.8  # below it in any area, wait; the areas are gates, so the smallest counts and never the mean (policy)
ITEMS = ["area", "check", "subject", "status"]
SCORES = ["area", *TIDY, "n_missing", "missing"]
KINDS = {"processes": ("process", "legal", "people"), "technology": ("technology", "data")}
FIELDS = ("formula", "source", "cadence", "owner_id")
TOLD = ("responsible", "consulted", "informed")
Item = tuple[str, str, str]  # check, subject, status: pass | planned | fail | unknown
Tables = Mapping[str, pd.DataFrame]


def experiences_of(choice: Mapping[str, Any]) -> list[str]:
    """The experiences that stage 7 decided; [] for nothing."""
    return [str(key) for key in choice.get("experiences") or () if key != NOTHING]


def for_experiences(tasks: pd.DataFrame, experiences: Iterable[str]) -> pd.DataFrame:
    """The tasks that serve these experiences, and those that serve all; predecessors that fall away are dropped."""
    return _kept(tasks, tasks["idea_id"].fillna("").isin([*experiences, ""]))


def still_ahead(tasks: pd.DataFrame, standing: Standing) -> pd.DataFrame:
    """The tasks that are still to be done: those that serve the experience of a pilot which has begun lie before its start."""
    return _kept(tasks, tasks["idea_id"].fillna("").ne(standing.experience)) if standing.begun else tasks


def _kept(tasks: pd.DataFrame, stays: pd.Series[bool]) -> pd.DataFrame:
    """Some of the tasks, without the others as predecessors."""
    kept, dropped = tasks[stays].reset_index(drop=True), set(tasks.loc[~stays, "task_id"])
    return kept.assign(after=[";".join(key for key in listed(cell) if key not in dropped) for cell in kept["after"]])


def all_items(tables: Tables, *, checks: pd.DataFrame, metrics: pd.DataFrame, experiences: list[str]) -> pd.DataFrame:
    """Every readiness item of the six areas: area, check, subject, status (pass | planned | fail | unknown).

    tables: tasks, people, capabilities, ideas. checks: the RACI rules (check, subject, status). metrics: the metric
    dictionary. Empty without tasks.
    """
    if tables["tasks"].empty:
        return pd.DataFrame(columns=ITEMS).astype("str")
    items = {
        "committee": list(checks[ITEMS[1:]].itertuples(index=False, name=None)),
        "training": training_items(tables["tasks"], tables["people"], experiences=experiences),
        "calendar": calendar_items(tables["tasks"], tables["people"]),
        **{area: supply_items(area, tables, experiences=experiences) for area in KINDS},
        "metrics": metric_items(metrics),
    }
    found = [(area, *item) for area, held in items.items() for item in held]
    return pd.DataFrame(found, columns=ITEMS).astype("str")


def training_items(tasks: pd.DataFrame, people: pd.DataFrame, *, experiences: Iterable[str]) -> list[Item]:
    """Trained: every responsible person is trained or named on a training task; every experience has such a task."""
    lessons = tasks[tasks["workstream"].eq("training")]
    planned = {person for column in TOLD for cell in lessons[column] for person in listed(cell)}
    trained = {answer: set(people.loc[people["trained"].eq(answer), "person_id"]) for answer in ("yes", "no")}
    states = dict.fromkeys(trained["no"], "fail") | dict.fromkeys(planned, "planned")
    states |= dict.fromkeys(trained["yes"], "pass")
    doers = sorted({person for cell in tasks["responsible"] for person in listed(cell)})
    taught = set(lessons["idea_id"])
    return [
        *(("trained", person, states.get(person, "unknown")) for person in doers),
        *(("training task", idea, _status(idea in taught)) for idea in experiences),
    ]


def calendar_items(tasks: pd.DataFrame, people: pd.DataFrame) -> list[Item]:
    """Meetings: at least two series exist (working and steering), each with an owner, a chair and known people."""
    series, known = tasks[tasks["workstream"].eq("meetings")], set(people["person_id"])
    found = [("two series", "", _status(len(series) >= 2))]
    for task in rows(series):
        named = {person for column in TOLD for person in listed(task[column])}
        found.append(("chair", task["task_id"], _status(len(listed(task["accountable"])) == 1)))
        found.append(("people", task["task_id"], _status(bool(named) and named <= known)))
    return found


def supply_items(area: str, tables: Tables, *, experiences: Iterable[str]) -> list[Item]:
    """Processes or technology: each capability that the experiences need stands ready; each experience is served.

    area: processes | technology. A capability is ready when available is yes, planned when it is not but has a day
    (ready_on), unknown when nobody has checked. Every experience needs a process; technology only some.
    """
    held, ideas = tables["capabilities"], tables["ideas"]
    chosen = ideas[ideas["idea_id"].isin(list(experiences))]
    needed = {key for cell in chosen["capability"] for key in listed(cell)}
    held = held[held["capability_id"].isin(needed) & held["kind"].isin(KINDS[area])]
    cases = [held["available"].eq("yes"), held["ready_on"].notna(), held["available"].eq("no")]
    states = np.select(cases, ["pass", "planned", "fail"], "unknown")
    found = [("capability", key, state) for key, state in zip(held["capability_id"], states.tolist(), strict=True)]
    served = chosen["idea_id"].isin(tables["tasks"].loc[tables["tasks"]["workstream"].eq(area), "idea_id"])
    if area == "technology":
        return found + [("technology task", idea, "pass") for idea in chosen.loc[served, "idea_id"]]
    return found + [("process task", idea, _status(is_)) for idea, is_ in zip(chosen["idea_id"], served, strict=True)]


def metric_items(metrics: pd.DataFrame) -> list[Item]:
    """The metric dictionary: every metric has a formula, a source, a cadence and an owner."""
    return [(field, row["metric"], _status(row[field] != "")) for row in rows(metrics) for field in FIELDS]


def readiness(items: pd.DataFrame) -> pd.DataFrame:
    """One score per area: the smallest share, over its kinds of check, of items that pass or are planned.

    Returns area, estimate (share; NaN = nothing to judge by), low, high (NaN: a count of everything, no sample),
    n (items), unit, n_missing (fail or unknown), missing (their subjects, joined).
    """
    return pd.DataFrame([_score(area, items[items["area"].eq(area)]) for area in AREAS], columns=SCORES)


def go(scores: pd.DataFrame) -> str:
    """go | wait | no_go | cannot tell, by the smallest of the six scores; an area nobody can judge is not ready."""
    known = scores["estimate"].notna()
    if not known.any():
        return "cannot tell"
    if known.all() and scores["estimate"].min() >= READY:
        return "go"
    return "wait" if not known.all() or scores["estimate"].min() >= READY / 2 else "no_go"


def _score(area: str, held: pd.DataFrame) -> tuple[object, ...]:
    """One area's score."""
    fine = held["status"].isin(["pass", "planned"])
    least = float(fine.groupby(held["check"]).mean().min())
    subjects = dict.fromkeys(subject for subject in held.loc[~fine, "subject"] if subject)
    return area, least, np.nan, np.nan, len(held), "share", int((~fine).sum()), ", ".join(subjects)


def _status(holds: object) -> str:
    return "pass" if holds else "fail"
