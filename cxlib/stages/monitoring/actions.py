"""Which signals of the four areas call for an action, and which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from cxlib.facts import rows
from cxlib.statistics.intervals import TIDY

SCORES = ["before_score", "after_score"]
ACTIONS = ["action", "area", "signal", "subject", "stage", *TIDY, "since_on", *SCORES]
AREAS = ("objective", "satisfaction", "awareness", "method")
UNLIKELY = 0.2  # below this chance of meeting the target something has to be done (policy)
BINDING = "ran|in_order|no_override|decided"  # a draft, an assumption or old evidence is no breach of order
FALLING = ("dissatisfied", "commercial_cost", "operating_cost")  # what should fall; everything else should rise


def actions(areas: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The actions that the signals call for, one row each: action ("act:<what>" or "reopen:<k>"), area, signal, subject.

    `areas`: tables of the other monitoring methods, under the names shifts, attainment, awareness, scores (compliance by
    stage) and drift; a missing or empty one gives no signal. Signals: `worse` (the last dated shift of a series is to the
    worse and the new level still holds), `unlikely` (P(target by deadline) < 0.2), `unaware` (the whole interval of a
    question lies below half of the staff), `breach` (a stage of the method was not run, out of order, overridden or
    undecided) and `drift` (a sealed decision would be recommended otherwise today). No rows: hold.
    """
    signals = {"shifts": _worse, "attainment": _unlikely, "awareness": _unaware, "scores": _breaches, "drift": _drifted}
    found = [row for name, signal in signals.items() if len(areas.get(name, ())) for row in signal(areas[name])]
    return pd.DataFrame(found, columns=ACTIONS)


def states(
    acts: pd.DataFrame, *, series: pd.DataFrame, summary: pd.DataFrame, awareness: pd.DataFrame, scores: pd.DataFrame
) -> pd.DataFrame:
    """How the four areas stand, always all four: area, state (signal | fine | unknown | incomplete).

    `acts` from `actions`; the objective can be told from its `series`, satisfaction from charts with limits (`summary`),
    awareness from any answer, the method when every stage passes all its checks (`scores`): until then it is incomplete.
    """
    limited = summary["area"].eq("satisfaction") & summary["chart"].ne("none")
    told = [len(series) > 0, limited.any(), len(awareness) > 0, len(scores) > 0 and scores["estimate"].min() == 1]
    table = pd.DataFrame({"area": AREAS, "state": ["fine" if known else "unknown" for known in told]})
    table.loc[table["area"].eq("method") & table["state"].eq("unknown"), "state"] = "incomplete"
    return table.assign(state=table["state"].mask(table["area"].isin(acts["area"]), "signal"))


def is_worse(metric: str, change: float) -> bool:
    """Is this change for the worse? Costs and the share of dissatisfied should fall, everything else should rise."""
    return change > 0 if metric in FALLING else change < 0


def _worse(shifts: pd.DataFrame) -> list[dict[str, Any]]:
    """The last dated shift of every series, where it is to the worse."""
    last = shifts.sort_values("shift_on").drop_duplicates("metric", keep="last").sort_index()
    found = [
        {
            "action": f"act:{row['metric'].split(':')[-1]}",
            "area": "objective" if row["unit"] == "money" else "satisfaction",
            "signal": "worse",
            "subject": row["metric"],
            "since_on": row["shift_on"],
            **{name: row[name] for name in (*TIDY, *SCORES)},
        }
        for row in rows(last)
        if is_worse(row["metric"], row["estimate"])
    ]
    named = any(row["subject"].startswith("csat:") for row in found)
    return [
        row for row in found if not (named and row["subject"] == "dissatisfied")
    ]  # the sum of what is named already


def _unlikely(attainment: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in rows(attainment[attainment["estimate"].lt(UNLIKELY)]):
        yield _act("objective", "unlikely", "objective", row, area="objective")


def _unaware(awareness: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Questions that less than half of all staff are shown to know; one action for them all, on the lowest."""
    below = awareness[awareness["department"].eq("") & awareness["unaware"]].sort_values("estimate")
    for row in rows(below.head(1)):
        yield _act("awareness", "unaware", row["question"], row, area="awareness")


def _breaches(scores: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The weakest stage that breaks a binding rule."""
    broken = scores[scores["breaches"].str.contains(BINDING, regex=True)].sort_values(["estimate", "stage"])
    for row in rows(broken.head(1)):
        yield _act("method", "breach", row["breaches"], row, area="method") | {"stage": row["stage"]}


def _drifted(drift: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The first sealed stage that drifts: reopening it unseals all after it."""
    for row in rows(drift[drift["drift"].eq(True)].sort_values("stage").head(1)):
        reopened = {"action": f"reopen:{row['stage']}", "area": "method", "signal": "drift", "stage": row["stage"]}
        yield reopened | {"subject": row["recommended"]}


def _act(what: str, signal: str, subject: str, row: Mapping[str, Any], *, area: str) -> dict[str, Any]:
    """One action, with the figures that call for it."""
    known = {name: row[name] for name in TIDY if name in row}
    return {"action": f"act:{what}", "area": area, "signal": signal, "subject": subject, **known}
