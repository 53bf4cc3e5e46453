"""Who answers a signal, by when, what is suspected, what it costs, and whether it has been answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlib.engagement.tables.listed import listed
from cxlib.facts import rows

ANSWERS = ["action", "subject", "owner_id", "due_on", "cause", "cause_on", "cost_money", "answered_by", "answered_on"]
DUE_DAYS = 14  # until an action has to be reported on, where no meeting of the committee is planned (policy)
BEFORE_DAYS = 14  # what was launched so shortly before a shift is under suspicion (policy)
Entry = Mapping[str, Any]


def answers(
    acts: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    *,
    committee: Sequence[str],
    meetings: pd.DataFrame,
    history: Sequence[Entry],
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """One row for every action that the signals call for, in their order (ANSWERS).

    tables: ideas, tasks, assignments. committee: function:person_id, as stage 8 decided. meetings: of stage 8 (starts_at).
    owner_id: who is accountable for most tasks of the ideas at the touchpoint, else the chair of the committee. due_on: the
    committee's next meeting after `as_of`, else 14 days on. cause: the idea whose pilot began at the touchpoint in the 14 days
    before the shift ("" for none on record), cause_on its day. cost_money: one-off and a year's running cost of the ideas
    there (NaN: none is named). answered_by, answered_on: of stage 10's seal that names the action; it stays answered until its
    signal changes, i.e. unless the shift is dated after the seal.
    """
    chair = next(
        (key for function, _colon, key in (one.partition(":") for one in committee) if function == "chair"), ""
    )
    sealed = _in_force(history)
    found = []
    for row in rows(acts.drop_duplicates("action")):
        place = str(row["action"]).partition(":")[2]
        ideas = tables["ideas"][tables["ideas"]["touchpoint"].eq(place)]
        owner = _accountable(tables["tasks"], ideas["idea_id"]) or chair
        cause, began = _suspected(tables["assignments"], ideas["idea_id"], row["since_on"])
        cost = (
            float((ideas["cost_once"].fillna(0) + 12 * ideas["cost_monthly"].fillna(0)).min()) if len(ideas) else np.nan
        )
        answered = _answered(sealed, row)
        found.append([row["action"], row["subject"], owner, _due(meetings, as_of), cause, began, cost, *answered])
    table = pd.DataFrame(found, columns=ANSWERS)
    return table.assign(**{name: pd.to_datetime(table[name]) for name in ("due_on", "cause_on", "answered_on")})


def _accountable(tasks: pd.DataFrame, ideas: pd.Series[Any]) -> str:
    """Who is accountable for most tasks of some ideas; "" for nobody."""
    named = [key for cell in tasks.loc[tasks["idea_id"].isin(ideas), "accountable"] for key in listed(cell)]
    return str(pd.Series(named, dtype="str").mode().iloc[0]) if named else ""


def _due(meetings: pd.DataFrame, as_of: pd.Timestamp) -> pd.Timestamp:
    """The next meeting after a day, else two weeks on."""
    later = pd.to_datetime(meetings["starts_at"]) if "starts_at" in meetings else pd.Series(dtype="datetime64[us]")
    later = later[later.gt(pd.Timestamp(as_of))]
    return pd.Timestamp(later.min() if len(later) else as_of + pd.Timedelta(days=DUE_DAYS)).normalize()


def _suspected(assignments: pd.DataFrame, ideas: pd.Series[Any], since: Any) -> tuple[str, pd.Timestamp]:
    """The idea whose pilot began shortly before a shift, and when."""
    before = pd.Timestamp(since) - assignments["starts_on"] if pd.notna(since) else None
    if before is None or assignments.empty:
        return "", pd.Timestamp("NaT")
    near = assignments[before.dt.days.between(0, BEFORE_DAYS) & assignments["idea_id"].isin(ideas)]
    near = near.sort_values("starts_on")
    return (str(near["idea_id"].iloc[-1]), near["starts_on"].iloc[-1]) if len(near) else ("", pd.Timestamp("NaT"))


def _in_force(history: Sequence[Entry]) -> Entry:
    """Stage 10's seal in force; {} when there is none."""
    seal: Entry = {}
    for entry in history:
        if entry.get("kind") == "seal" and int(entry["stage"]) == 10:
            seal = entry
        elif entry.get("kind") == "reopen":
            seal = {}
    return seal


def _answered(seal: Entry, row: Mapping[str, Any]) -> tuple[str, pd.Timestamp]:
    """Who answered an action, and when; ("", NaT) while nobody has, or when its signal is younger than the answer."""
    named = row["action"] in (seal.get("choice") or {}).get("actions", ())
    on = pd.Timestamp(str(seal.get("at", "NaT"))[:10])
    changed = pd.notna(row["since_on"]) and pd.notna(on) and pd.Timestamp(row["since_on"]) > on
    return (str(seal.get("by", "")), on) if named and not changed else ("", pd.Timestamp("NaT"))
