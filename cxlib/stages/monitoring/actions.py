"""Which signals of the four areas call for an action, and which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

ACTIONS = [
    "action",
    "area",
    "signal",
    "subject",
    "stage",
    "estimate",
    "low",
    "high",
    "n",
    "unit",
    "since_on",
    "before_score",
    "after_score",
]
TOLD = ("estimate", "low", "high", "n", "unit")
UNLIKELY = 0.2  # below this chance of meeting the target something has to be done (policy)
AWARE_SHARE = 0.5  # an objective known by less than half of the staff steers nobody (policy)


def actions(areas: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The actions that the signals call for, one row each: action ("act:<what>" or "reopen:<k>"), area, signal, subject.

    `areas`: tables of the other monitoring methods, under the names shifts, attainment, awareness, scores (compliance by
    stage) and drift; a missing or empty one gives no signal. Signals: `worse` (the last dated shift of a series is to the
    worse and the new level still holds), `unlikely` (P(target by deadline) < 0.2), `unaware` (the whole interval of a
    question lies below half of the staff), `breach` (a stage of the method was not run, out of order, overridden or
    undecided) and `drift` (a sealed decision would be recommended otherwise today). No rows: hold.
    """
    rows = [
        *_worse(areas.get("shifts", pd.DataFrame())),
        *_unlikely(areas.get("attainment", pd.DataFrame())),
        *_unaware(areas.get("awareness", pd.DataFrame())),
        *_breaches(areas.get("scores", pd.DataFrame())),
        *_drifted(areas.get("drift", pd.DataFrame())),
    ]
    return pd.DataFrame(rows, columns=ACTIONS)


def is_worse(metric: str, change: float) -> bool:
    """Is this change for the worse? Costs and the share of dissatisfied should fall, everything else should rise."""
    falling = metric == "dissatisfied" or metric.endswith("_cost")
    return change > 0 if falling else change < 0


def _worse(shifts: pd.DataFrame) -> list[dict[str, Any]]:
    """The last dated shift of every series, where it is to the worse."""
    rows: list[dict[str, Any]] = []
    for metric, dated in shifts.groupby("metric", sort=False) if len(shifts) else []:
        last = dated.sort_values("shift_on").iloc[-1]
        if is_worse(str(metric), float(last["estimate"])):
            satisfied = last["unit"] != "money"
            subject = str(metric).split(":")[-1]
            rows.append(
                {
                    "action": f"act:{subject}",
                    "area": "satisfaction" if satisfied else "objective",
                    "signal": "worse",
                    "subject": str(metric),
                    "since_on": last["shift_on"],
                    **{name: last[name] for name in (*TOLD, "before_score", "after_score")},
                }
            )
    named = any(str(row["subject"]).startswith("csat:") for row in rows)
    return [row for row in rows if not (named and row["subject"] == "dissatisfied")]  # the sum of what is named already


def _unlikely(attainment: pd.DataFrame) -> list[dict[str, Any]]:
    if attainment.empty or not float(attainment["estimate"].iloc[0]) < UNLIKELY:
        return []
    return [
        {
            "action": "act:objective",
            "area": "objective",
            "signal": "unlikely",
            "subject": "objective",
            **{name: attainment[name].iloc[0] for name in ("estimate", "n", "unit")},
        }
    ]


def _unaware(awareness: pd.DataFrame) -> list[dict[str, Any]]:
    """Questions that less than half of all staff are shown to know; one action for them all, on the lowest."""
    if awareness.empty:
        return []
    below = awareness[awareness["department"].eq("") & awareness["high"].lt(AWARE_SHARE)].sort_values("estimate")
    return [
        {
            "action": "act:awareness",
            "area": "awareness",
            "signal": "unaware",
            "subject": row["question"],
            **{name: row[name] for name in TOLD},
        }
        for row in below.head(1).to_dict("records")
    ]


def _breaches(scores: pd.DataFrame) -> list[dict[str, Any]]:
    """The weakest stage that breaks a binding rule; a draft, an assumption or old evidence is no breach of order."""
    if scores.empty:
        return []
    binding = scores["breaches"].str.contains("ran|in_order|no_override|decided", regex=True)
    weakest = scores[binding].sort_values(["estimate", "stage"]).head(1)
    return [
        {
            "action": "act:method",
            "area": "method",
            "signal": "breach",
            "subject": row["breaches"],
            "stage": row["stage"],
            **{name: row[name] for name in ("estimate", "n", "unit")},
        }
        for row in weakest.to_dict("records")
    ]


def _drifted(drift: pd.DataFrame) -> list[dict[str, Any]]:
    """The first sealed stage that drifts: reopening it unseals all after it."""
    drifted = drift[drift["drift"].eq(True)].sort_values("stage").head(1) if len(drift) else drift
    return [
        {
            "action": f"reopen:{int(row['stage'])}",
            "area": "method",
            "signal": "drift",
            "subject": row["recommended"],
            "stage": int(row["stage"]),
            "estimate": np.nan,
        }
        for row in drifted.to_dict("records")
    ]
