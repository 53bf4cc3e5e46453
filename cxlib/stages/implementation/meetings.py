"""The meeting calendar: which series exist, when each first meets, who sits in it, and which week holds what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from dateutil import rrule  # type: ignore[import-untyped]

from cxlib.engagement.tables.listed import listed
from cxlib.facts import rows

COLUMNS = ["task_id", "title", "starts_at", "minutes", "attendees", "roles", "repeats", "rule", "ends_on", "n_meetings"]
OCCURS = ["week_on", "on", "title", "minutes", "kind"]
RULES = {
    "weekly": "FREQ=WEEKLY",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2",
    "monthly": "FREQ=MONTHLY",
    "quarterly": "FREQ=MONTHLY;INTERVAL=3",
}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR")
HOUR, MINUTES, RHYTHM = pd.Timedelta(hours=10), 60.0, "weekly"  # when the task does not say (convention)
PEOPLE = ("accountable", "responsible", "consulted", "informed")


def meetings(
    tasks: pd.DataFrame, people: pd.DataFrame, plan: pd.DataFrame, *, start: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    """One row per series of meetings (a task of the workstream `meetings`, or any that says how often it repeats).

    plan: from `schedule` (task_id, end_days: working days from `start`); a series first meets on the working day after
    it is set up, a task that meets once on its last day. Returns task_id, title, starts_at (time), minutes, attendees
    (person_ids, the chair first), roles (theirs), repeats (once | weekly | fortnightly | monthly | quarterly), rule (the
    same as a recurrence rule of RFC 5545, blank for once; months keep the weekday: every third Thursday), ends_on (day of
    the last meeting, not after `until`), n_meetings. Without a stated rhythm a series repeats weekly.
    """
    held = tasks[tasks["workstream"].eq("meetings") | tasks["repeats"].fillna("").ne("")]
    held = held.merge(plan[["task_id", "end_days"]], on="task_id").fillna({"repeats": "", "minutes": MINUTES})
    role = dict(zip(people["person_id"], people["role"], strict=True))
    found = [_series(row, role, start, until) for row in rows(held)]
    return pd.DataFrame(found, columns=COLUMNS).sort_values(["starts_at", "task_id"], ignore_index=True)


def occurrences(series: pd.DataFrame, milestones: pd.DataFrame) -> pd.DataFrame:
    """Every single day of the calendar: week_on (its Monday), on, title, minutes, kind (meeting | milestone).

    series: from `meetings`. milestones: title, on; a series' own first day is not a milestone.
    """
    met = [
        (on, row["title"], row["minutes"], "meeting")
        for row in rows(series)
        for on in _days(row["starts_at"], row["ends_on"], row["rule"])
    ]
    due = [(row["on"], row["title"], np.nan, "milestone") for row in rows(milestones)]
    table = pd.DataFrame([*met, *due], columns=OCCURS[1:])
    on = table["on"].astype("datetime64[us]").dt.normalize()
    table = table.assign(on=on, week_on=on - pd.to_timedelta(on.dt.day_of_week, unit="D"))
    return table[OCCURS].sort_values(["on", "kind", "title"], ignore_index=True)


def _series(
    row: Mapping[str, Any], role: Mapping[str, str], start: pd.Timestamp, until: pd.Timestamp
) -> tuple[Any, ...]:
    """One series."""
    repeats = row["repeats"] or RHYTHM
    wait = int(np.ceil(row["end_days"])) - (repeats == "once")
    first = pd.Timestamp(np.busday_offset(np.datetime64(start.date()), wait, roll="forward")) + HOUR
    people = list(dict.fromkeys(key for column in PEOPLE for key in listed(row[column])))
    roles, rule = ";".join(role.get(key, key) for key in people), _rule(repeats, first)
    days = _days(first, max(until, first).normalize(), rule)
    series = (row["task_id"], row["label"], first, float(row["minutes"]), ";".join(people), roles)
    return *series, repeats, rule, days[-1], len(days)


def _rule(repeats: str, first: pd.Timestamp) -> str:
    """The recurrence rule; a month that has no fifth such weekday would skip, so the fifth counts as the fourth."""
    if repeats not in ("monthly", "quarterly"):
        return RULES.get(repeats, "")
    return f"{RULES[repeats]};BYDAY={min((first.day - 1) // 7 + 1, 4)}{WEEKDAYS[first.day_of_week]}"


def _days(starts_at: pd.Timestamp, last: pd.Timestamp, rule: str) -> list[pd.Timestamp]:
    """The days of a series, its first day always among them."""
    first = starts_at.normalize()
    if not rule:
        return [first]
    found = rrule.rrulestr(rule, dtstart=first.to_pydatetime()).between(first, last, inc=True)
    return [first, *(pd.Timestamp(day) for day in found if day > first)]
