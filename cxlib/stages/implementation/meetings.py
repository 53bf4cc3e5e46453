"""The meeting calendar: which series exist, when each first meets, who sits in it, and which week holds what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from dateutil import rrule  # type: ignore[import-untyped]

COLUMNS = ["task_id", "title", "starts_at", "minutes", "attendees", "roles", "repeats", "rule", "ends_on", "n_meetings"]
OCCURS = ["week_on", "on", "title", "minutes", "kind"]
RULES = {
    "weekly": "FREQ=WEEKLY",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2",
    "monthly": "FREQ=MONTHLY",
    "quarterly": "FREQ=MONTHLY;INTERVAL=3",
}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR")
HOUR, MINUTES = 10, 60  # when the task does not say (convention)
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
    ends, role = plan.set_index("task_id")["end_days"].to_dict(), people.set_index("person_id")["role"].to_dict()
    rows = [
        _series(row, float(ends[row["task_id"]]), role, pd.Timestamp(start), pd.Timestamp(until))
        for row in held.to_dict("records")
        if row["task_id"] in ends
    ]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["starts_at", "task_id"], ignore_index=True)


def occurrences(series: pd.DataFrame, milestones: pd.DataFrame) -> pd.DataFrame:
    """Every single day of the calendar: week_on (its Monday), on, title, minutes, kind (meeting | milestone).

    series: from `meetings`. milestones: title, on; a series' own first day is not a milestone.
    """
    rows: list[tuple[Any, ...]] = [
        (on, row["title"], row["minutes"], "meeting") for row in series.to_dict("records") for on in _days(row)
    ]
    rows += [(pd.Timestamp(row["on"]), row["title"], np.nan, "milestone") for row in milestones.to_dict("records")]
    table = pd.DataFrame(rows, columns=OCCURS[1:]).astype({"on": "datetime64[us]"})
    table["on"] = table["on"].dt.normalize()
    table["week_on"] = table["on"] - pd.to_timedelta(table["on"].dt.day_of_week, unit="D")
    return table[OCCURS].sort_values(["on", "kind", "title"], ignore_index=True)


def _series(
    row: dict[Any, Any], end_days: float, role: dict[Any, Any], start: pd.Timestamp, until: pd.Timestamp
) -> dict[str, object]:
    """One series."""
    repeats = str(row["repeats"] or "") if isinstance(row["repeats"], str) else ""
    repeats = repeats or "weekly"
    wait = int(np.ceil(end_days)) - (1 if repeats == "once" else 0)
    first = pd.Timestamp(np.busday_offset(np.datetime64(start.date()), wait, roll="forward")) + pd.Timedelta(hours=HOUR)
    known = list(dict.fromkeys(key for column in PEOPLE for key in _ids(row[column])))
    minutes = float(row["minutes"]) if row["minutes"] == row["minutes"] else float(MINUTES)
    one = {
        "task_id": row["task_id"],
        "title": row["label"],
        "starts_at": first,
        "minutes": minutes,
        "attendees": ";".join(known),
        "roles": ";".join(role.get(key, key) for key in known),
        "repeats": repeats,
        "ends_on": max(until, first).normalize(),
    }
    one["rule"] = _rule(repeats, first)
    days = _days(one)
    return {**one, "ends_on": days[-1], "n_meetings": len(days)}


def _rule(repeats: str, first: pd.Timestamp) -> str:
    """The recurrence rule; a month that has no fifth such weekday would skip, so the fifth counts as the fourth."""
    if repeats not in ("monthly", "quarterly"):
        return RULES.get(repeats, "")
    return f"{RULES[repeats]};BYDAY={min((first.day - 1) // 7 + 1, 4)}{WEEKDAYS[first.day_of_week]}"


def _days(row: dict[Any, Any]) -> list[pd.Timestamp]:
    """The days of a series, its first day always among them."""
    first, last = pd.Timestamp(row["starts_at"]).normalize(), pd.Timestamp(row["ends_on"])
    if not row["rule"]:
        return [first]
    found = rrule.rrulestr(row["rule"], dtstart=first.to_pydatetime()).between(first, last, inc=True)
    return [first, *(pd.Timestamp(day) for day in found if day > first)]


def _ids(cell: object) -> list[str]:
    """The ids of a cell that holds several, parted by semicolons."""
    return [key.strip() for key in cell.split(";") if key.strip()] if isinstance(cell, str) else []
