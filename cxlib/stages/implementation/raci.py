"""Who does what: the RACI matrix, its rules, and whether anybody is asked for more days than they have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlib.engagement.tables.listed import listed
from cxlib.facts import rows

ROLES = {"responsible": "R", "accountable": "A", "consulted": "C", "informed": "I"}
MATRIX = ["task_id", "label", "workstream", "person_id", "letters"]
CHECKS = ["check", "subject", "status"]
LOAD = ["person_id", "month", "days", "capacity_days", "over_days"]
COMMITTEE = ["person_id", "role", "department", "function", "n_accountable", "n_responsible"]
MONTH_DAYS = 21.0  # working days: durations are working days
EFFORT_SHARE = 0.5  # of a task's duration is work for those who do it; the rest is waiting for others (convention)
LEAST_DAYS = 1e-9  # less than this is rounding, not work


def raci(tasks: pd.DataFrame) -> pd.DataFrame:
    """One row per task and person with the letters they hold there (R, A, C, I; several joined), tasks in order."""
    named = pd.concat([_named(tasks, column).assign(letters=letter) for column, letter in ROLES.items()])
    cells = named.sort_index(kind="stable").groupby(MATRIX[:4], sort=False)["letters"]
    return cells.agg("".join).reset_index()


def raci_checks(tasks: pd.DataFrame, people: pd.DataFrame, load: pd.DataFrame) -> pd.DataFrame:
    """The hard rules of a RACI, one row per rule and subject: check, subject (task or person), status.

    accountable: exactly one per task; responsible: at least one; known: everybody named is in `people`; capacity: no
    person over capacity in any month (load: person_id, month, capacity_days, over_days). status: pass | fail | unknown
    (a person without stated capacity).
    """
    known, found = set(people["person_id"]), []
    for task in rows(tasks):
        held = {column: listed(task[column]) for column in ROLES}
        named = {person for persons in held.values() for person in persons}
        rules = [
            ("accountable", len(held["accountable"]) == 1),
            ("responsible", bool(held["responsible"])),
            ("known", named <= known),
        ]
        found += [(rule, task["task_id"], "pass" if holds else "fail") for rule, holds in rules]
    worst = load.sort_values("over_days", ascending=False).drop_duplicates("person_id").sort_values("person_id")
    over = np.select([worst["capacity_days"].isna(), worst["over_days"] > LEAST_DAYS], ["unknown", "fail"], "pass")
    found += [("capacity", *row) for row in zip(worst["person_id"], over, strict=True)]
    return pd.DataFrame(found, columns=CHECKS)


def load(tasks: pd.DataFrame, people: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """Working days asked of each responsible person per month of the plan, against their capacity.

    Half of a task's duration is work (EFFORT_SHARE), spread evenly over its time and shared equally among its
    responsible persons. plan: task_id, start_days, end_days.
    Returns person_id, month (1, 2, …), days, capacity_days (NaN = unknown), over_days (0 when within).
    """
    if tasks.empty or plan.empty:
        return pd.DataFrame(columns=LOAD)
    starts, ends = (plan[[name]].to_numpy(dtype=float) for name in ("start_days", "end_days"))
    months = np.arange(int(ends.max() // MONTH_DAYS) + 1)
    inside = np.minimum(ends, (months + 1) * MONTH_DAYS) - np.maximum(starts, months * MONTH_DAYS)
    work = pd.DataFrame(EFFORT_SHARE * inside.clip(min=0), index=plan["task_id"], columns=months + 1)
    doers = _named(tasks, "responsible")
    doers = doers[doers["task_id"].isin(plan["task_id"])].reset_index(drop=True)
    each = work.loc[doers["task_id"]].reset_index(drop=True)
    each = each.div(doers.groupby("task_id")["task_id"].transform("size"), axis=0)
    days = pd.Series(each.groupby(doers["person_id"]).sum().rename_axis(columns="month").stack(), name="days")
    table = days.reset_index()
    capacity = table["person_id"].map(people.set_index("person_id")["capacity_days"]).astype(float)
    over = (table["days"] - capacity).clip(lower=0).fillna(0.0)
    table = table.assign(capacity_days=capacity, over_days=over)
    return table[table["days"] > LEAST_DAYS].reset_index(drop=True)[LOAD]


def committee(tasks: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The committee: whoever does or answers for a task; the chair answers for most tasks of the committee itself.

    Returns person_id, role, department, function (chair | member), n_accountable, n_responsible, the chair first. A
    department that is absent has no voice in it.
    """
    held = raci(tasks)
    held = held.assign(
        **{f"n_{name}": held["letters"].str.contains(ROLES[name]) for name in ("accountable", "responsible")}
    )
    held = held[held["n_accountable"] | held["n_responsible"]]
    if held.empty:
        return pd.DataFrame(columns=COMMITTEE)
    table = held.groupby("person_id")[["n_accountable", "n_responsible"]].sum().reset_index()
    chairs = held.loc[held["n_accountable"] & held["workstream"].eq("committee"), "person_id"].value_counts()
    chair = [*chairs.index, table.sort_values("n_accountable")["person_id"].iloc[-1]][0]
    table["function"] = np.where(table["person_id"].eq(chair), "chair", "member")
    table = table.merge(people[["person_id", "role", "department"]], on="person_id", how="left")
    order = ["function", "n_accountable", "person_id"]
    return table.sort_values(order, ascending=[True, False, True], ignore_index=True)[COMMITTEE]


def as_decided(committee: pd.DataFrame, people: pd.DataFrame, entries: Sequence[str]) -> pd.DataFrame:
    """The committee that was decided on, in its order; who holds no task is in it all the same.

    committee: from `committee`. entries: function:person.
    """
    asked = [(person, function) for function, _colon, person in (entry.partition(":") for entry in entries)]
    table = pd.DataFrame(asked, columns=["person_id", "function"], dtype="str")
    table = table.merge(people[["person_id", "role", "department"]], on="person_id", how="left")
    counts = ["n_accountable", "n_responsible"]
    table = table.merge(committee[["person_id", *counts]], on="person_id", how="left")
    return table.fillna(dict.fromkeys(counts, 0)).astype(dict.fromkeys(counts, "int64"))[COMMITTEE]


def _named(tasks: pd.DataFrame, column: str) -> pd.DataFrame:
    """One row per task and person named in one column (responsible, …): its columns and person_id."""
    named = tasks.reset_index(drop=True)
    named["person_id"] = named[column].map(listed)
    return named.explode("person_id").dropna(subset=["person_id"])
