"""Six readiness scores before anything starts: committee, training, calendar, processes, technology, metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

AREAS = ("committee", "training", "calendar", "processes", "technology", "metrics")
READY = 0.8  # below it in any area, wait; the areas are gates, so the smallest counts and never the mean (policy)
ITEMS = ["area", "check", "subject", "status"]
SCORES = ["area", "estimate", "low", "high", "n", "unit", "n_missing", "missing"]
KINDS = {"processes": ("process", "legal", "people"), "technology": ("technology", "data")}
FIELDS = ("formula", "source", "cadence", "owner_id")


def for_experiences(tasks: pd.DataFrame, experiences: Iterable[str]) -> pd.DataFrame:
    """The tasks that serve these experiences, and those that serve all; predecessors that fall away are dropped."""
    wanted = set(experiences)
    idea = tasks["idea_id"].fillna("")
    kept = tasks[idea.isin(wanted) | idea.eq("")].reset_index(drop=True)
    dropped = set(tasks["task_id"]) - set(kept["task_id"])
    kept["after"] = [";".join(key for key in ids(cell) if key not in dropped) for cell in kept["after"]]
    return kept


def committee_items(checks: pd.DataFrame) -> pd.DataFrame:
    """The RACI rules as readiness items (checks: check, subject, status)."""
    return checks.assign(area="committee")[ITEMS] if len(checks) else _none()


def training_items(tasks: pd.DataFrame, people: pd.DataFrame, *, experiences: Iterable[str]) -> pd.DataFrame:
    """Trained: every responsible person is trained or named on a training task; every experience has such a task."""
    lessons = tasks[tasks["workstream"].eq("training")]
    planned = {
        person
        for task in lessons.to_dict("records")
        for column in ("responsible", "consulted", "informed")
        for person in ids(task[column])
    }
    trained = people.set_index("person_id")["trained"].to_dict()
    doers = sorted({person for cell in tasks["responsible"] for person in ids(cell)})
    rows = [
        (
            "training",
            "trained",
            key,
            "pass"
            if trained.get(key) == "yes"
            else "planned"
            if key in planned
            else "fail"
            if trained.get(key) == "no"
            else "unknown",
        )
        for key in doers
    ]
    rows += [("training", "training task", idea, _status((lessons["idea_id"] == idea).any())) for idea in experiences]
    return _items(rows)


def calendar_items(tasks: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Meetings: at least two series exist (working and steering), each with an owner, a chair and known people."""
    series = tasks[tasks["workstream"].eq("meetings")]
    known = set(people["person_id"])
    rows = [("calendar", "two series", "", _status(len(series) >= 2))] if len(tasks) else []
    for task in series.to_dict("records"):
        rows.append(("calendar", "chair", task["task_id"], _status(len(ids(task["accountable"])) == 1)))
        named = {person for column in ("responsible", "consulted", "informed") for person in ids(task[column])}
        rows.append(("calendar", "people", task["task_id"], _status(bool(named) and named <= known)))
    return _items(rows)


def supply_items(
    area: str, tasks: pd.DataFrame, capabilities: pd.DataFrame, ideas: pd.DataFrame, *, experiences: Iterable[str]
) -> pd.DataFrame:
    """Processes or technology: each capability that the experiences need stands ready; each experience is served.

    area: processes | technology. A capability is ready when available is yes, planned when it is not but has a day
    (ready_on), unknown when nobody has checked.
    """
    chosen = ideas[ideas["idea_id"].isin(list(experiences))]
    needed = {key for cell in chosen["capability"] for key in ids(cell)}
    held = capabilities[capabilities["capability_id"].isin(needed) & capabilities["kind"].isin(KINDS[area])]
    rows = [
        (area, "capability", row["capability_id"], _supply(row["available"], row["ready_on"]))
        for row in held.to_dict("records")
    ]
    served = set(tasks.loc[tasks["workstream"].eq(area), "idea_id"].dropna())
    if area == "processes":
        rows += [(area, "process task", idea, _status(idea in served)) for idea in chosen["idea_id"]]
    else:
        rows += [(area, "technology task", idea, "pass") for idea in chosen["idea_id"] if idea in served]
    return _items(rows)


def metric_items(metrics: pd.DataFrame) -> pd.DataFrame:
    """The metric dictionary: every metric has a formula, a source, a cadence and an owner."""
    rows = [
        ("metrics", field, row["metric"], _status(bool(row[field]) and not pd.isna(row[field])))
        for row in metrics.to_dict("records")
        for field in FIELDS
    ]
    return _items(rows)


def all_items(
    tables: Mapping[str, pd.DataFrame], *, checks: pd.DataFrame, metrics: pd.DataFrame, experiences: list[str]
) -> pd.DataFrame:
    """Every readiness item of the six areas (tables: tasks, people, capabilities, ideas); empty without tasks."""
    tasks, people, held, ideas = (tables[name] for name in ("tasks", "people", "capabilities", "ideas"))
    if tasks.empty:
        return _none()
    return pd.concat(
        [
            committee_items(checks),
            training_items(tasks, people, experiences=experiences),
            calendar_items(tasks, people),
            *(supply_items(area, tasks, held, ideas, experiences=experiences) for area in KINDS),
            metric_items(metrics),
        ],
        ignore_index=True,
    )


def readiness(items: pd.DataFrame) -> pd.DataFrame:
    """One score per area: the smallest share, over its kinds of check, of items that pass or are planned.

    Returns area, estimate (share; NaN = nothing to judge by), low, high (NaN: a count of everything, no sample),
    n (items), unit, n_missing (fail or unknown), missing (their subjects, joined).
    """
    return pd.DataFrame([_score(area, items[items["area"].eq(area)]) for area in AREAS], columns=SCORES)


def go(scores: pd.DataFrame, *, ready: float = READY) -> str:
    """go | wait | no_go | cannot tell, by the smallest of the six scores; an area nobody can judge is not ready."""
    if scores["estimate"].isna().all():
        return "cannot tell"
    least = float(scores["estimate"].fillna(0.0).min())
    return "go" if least >= ready else "wait" if least >= ready / 2 or scores["estimate"].isna().any() else "no_go"


def ids(cell: object) -> list[str]:
    """The ids of a cell that holds several, parted by semicolons."""
    return [key.strip() for key in cell.split(";") if key.strip()] if isinstance(cell, str) else []


def _score(area: str, held: pd.DataFrame) -> dict[str, object]:
    """One area's score."""
    fine = held["status"].isin(["pass", "planned"])
    shares = fine.groupby(held["check"]).mean()
    subjects = dict.fromkeys(str(subject) for subject in held.loc[~fine, "subject"] if subject)
    return {
        "area": area,
        "estimate": float(shares.min()) if len(shares) else np.nan,
        "low": np.nan,
        "high": np.nan,
        "n": len(held),
        "unit": "share",
        "n_missing": int((~fine).sum()),
        "missing": ", ".join(subjects),
    }


def _supply(available: object, ready_on: object) -> str:
    """State of a capability."""
    if available == "yes":
        return "pass"
    return "planned" if not pd.isna(ready_on) else "fail" if available == "no" else "unknown"  # type: ignore[call-overload]


def _status(holds: object) -> str:
    return "pass" if holds else "fail"


def _items(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=ITEMS).astype("str")


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=ITEMS).astype("str")
