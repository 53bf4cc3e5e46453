"""Who does what: the RACI matrix, its rules, and whether anybody is asked for more days than they have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

ROLES = {"responsible": "R", "accountable": "A", "consulted": "C", "informed": "I"}
MATRIX = ["task_id", "label", "workstream", "person_id", "letters"]
CHECKS = ["check", "subject", "status", "detail"]
LOAD = ["person_id", "month", "days", "capacity_days", "over_days"]
MONTH_DAYS = 21.0  # working days: durations are working days
EFFORT_SHARE = 0.5  # of a task's duration is work for those who do it; the rest is waiting for others (convention)


def raci(tasks: pd.DataFrame) -> pd.DataFrame:
    """One row per task and person with the letters they hold there (R, A, C, I; several joined), tasks in order."""
    rows = [
        {
            "task_id": task["task_id"],
            "label": task["label"],
            "workstream": task["workstream"],
            "person_id": person,
            "letters": "".join(letters),
        }
        for task in tasks.to_dict("records")
        for person, letters in _people(task).items()
    ]
    return pd.DataFrame(rows, columns=MATRIX)


def raci_checks(tasks: pd.DataFrame, people: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """The hard rules of a RACI, one row per rule and subject: check, subject (task or person), status, detail.

    accountable: exactly one per task; responsible: at least one; known: everybody named is in `people`; capacity: no
    person over capacity in any month of `plan` (schedule: task_id, start_days, end_days, days_expected). status: pass |
    fail | unknown (a person without stated capacity).
    """
    known = set(people["person_id"])
    rows: list[dict[str, object]] = []
    for task in tasks.to_dict("records"):
        accountable, responsible = ids(task["accountable"]), ids(task["responsible"])
        strangers = [person for person in _people(task) if person not in known]
        rows += [
            _check("accountable", task["task_id"], len(accountable) == 1, "; ".join(accountable)),
            _check("responsible", task["task_id"], bool(responsible), "; ".join(responsible)),
            _check("known", task["task_id"], not strangers, "; ".join(strangers)),
        ]
    worst = load(tasks, people, plan).sort_values("over_days", ascending=False).drop_duplicates("person_id")
    for row in worst.sort_values("person_id").to_dict("records"):
        status = "unknown" if np.isnan(row["capacity_days"]) else "fail" if row["over_days"] > 1e-9 else "pass"
        rows.append({"check": "capacity", "subject": row["person_id"], "status": status, "detail": row["month"]})
    return pd.DataFrame(rows, columns=CHECKS)


def load(tasks: pd.DataFrame, people: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """Working days asked of each responsible person per month of the plan, against their capacity.

    Half of a task's duration is work (EFFORT_SHARE), spread evenly over its time and shared equally among its
    responsible persons.
    Returns person_id, month (1, 2, …), days, capacity_days (NaN = unknown), over_days (0 when within).
    """
    if tasks.empty or plan.empty:
        return pd.DataFrame(columns=LOAD)
    doers = {task["task_id"]: ids(task["responsible"]) for task in tasks.to_dict("records")}
    shares: dict[tuple[str, int], float] = {}
    for row in plan.to_dict("records"):
        for person in doers.get(row["task_id"], []):
            for month, days in _by_month(row).items():
                shares[person, month] = shares.get((person, month), 0.0) + EFFORT_SHARE * days / len(
                    doers[row["task_id"]]
                )
    table = pd.DataFrame([(*key, days) for key, days in sorted(shares.items())], columns=LOAD[:3])
    table["capacity_days"] = table["person_id"].map(people.set_index("person_id")["capacity_days"]).astype(float)
    table["over_days"] = (table["days"] - table["capacity_days"]).clip(lower=0).fillna(0.0)
    return table[LOAD]


def committee(tasks: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The committee: whoever does or answers for a task; the chair answers for most tasks of the committee itself.

    Returns person_id, role, department, function (chair | member), n_accountable, n_responsible, the chair first. A
    department that is absent has no voice in it.
    """
    columns = ["person_id", "role", "department", "function", "n_accountable", "n_responsible"]
    held = raci(tasks)
    held = held[held["letters"].str.contains("[RA]")]
    if held.empty:
        return pd.DataFrame(columns=columns)
    marks = held.assign(a=held["letters"].str.contains("A"), r=held["letters"].str.contains("R"))
    table = marks.groupby("person_id").agg(n_accountable=("a", "sum"), n_responsible=("r", "sum")).reset_index()
    chairs = marks[marks["a"] & marks["workstream"].eq("committee")]["person_id"].value_counts()
    chair = chairs.index[0] if len(chairs) else table.sort_values("n_accountable")["person_id"].iloc[-1]
    table["function"] = np.where(table["person_id"] == chair, "chair", "member")
    table = table.merge(people[["person_id", "role", "department"]], on="person_id", how="left")
    order = ["function", "n_accountable", "person_id"]
    return table.sort_values(order, ascending=[True, False, True], ignore_index=True)[columns]


def ids(cell: object) -> list[str]:
    """The ids of a cell that holds several, parted by semicolons."""
    return [key.strip() for key in cell.split(";") if key.strip()] if isinstance(cell, str) else []


def _people(task: dict[Any, Any]) -> dict[str, list[str]]:
    """Who is named on a task, with their letters."""
    held: dict[str, list[str]] = {}
    for column, letter in ROLES.items():
        for person in ids(task[column]):
            held.setdefault(person, []).append(letter)
    return held


def _check(name: str, subject: str, holds: bool, detail: str) -> dict[str, object]:
    return {"check": name, "subject": subject, "status": "pass" if holds else "fail", "detail": detail}


def _by_month(row: dict[Any, Any]) -> dict[int, float]:
    """Expected days of a task by month of the plan (1, 2, …)."""
    start, length = float(row["start_days"]), float(row["end_days"] - row["start_days"])
    if length <= 0:
        return {}
    months = range(int(start // MONTH_DAYS), int((start + length - 1e-9) // MONTH_DAYS) + 1)
    return {
        month + 1: min(start + length, (month + 1) * MONTH_DAYS) - max(start, month * MONTH_DAYS) for month in months
    }
