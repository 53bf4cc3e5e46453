"""How long a plan takes: critical path, and a simulation that does not forget where paths merge."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.engagement.tables.listed import listed
from cxlib.facts import first
from cxlib.stages.design.business_case import pert_mean
from cxlib.statistics.intervals import TIDY

Floats = NDArray[np.float64]
DAYS = ["days_low", "days_likely", "days_high"]
PLAN = [
    *("task_id", "label", "workstream", "idea_id", "days_expected", "start_days", "end_days", "slack_days"),
    *("critical", "criticality_share"),
]
FINISH = [*TIDY, "plain_days", "hopeful"]
PROBLEMS = ["task_id", "problem", "detail"]
DRAWS, SEED = 2000, 0
NO_SLACK = 1e-9  # days: less is rounding
HOPEFUL_DAYS = 0.5  # by so much adding up may fall short before it is worth a word (policy)


def check_tasks(tasks: pd.DataFrame) -> pd.DataFrame:
    """What stops or weakens a schedule: task_id, problem (unknown predecessor | circle | estimate), detail."""
    known, order = set(tasks["task_id"]), tasks[DAYS]
    found = [(task, "unknown predecessor", before) for before, task in _links(tasks) if before not in known]
    bad = order.isna().any(axis=1) | order.diff(axis=1).lt(0).any(axis=1) | order["days_low"].lt(0)
    found += [(task, "estimate", "low ≤ likely ≤ high does not hold") for task in tasks.loc[bad, "task_id"]]
    circles = sorted(nx.simple_cycles(nx.DiGraph(_links(tasks))))
    found += [(circle[0], "circle", " → ".join([*circle, circle[0]])) for circle in circles]
    return pd.DataFrame(found, columns=PROBLEMS)


def schedule(tasks: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The plan, a row a task, and its finish, one row; both without rows when there are no tasks or `check_tasks` objects.

    Plan: expected days are PERT means (low + 4·likely + high)/6; start and end come from the forward pass of the critical
    path method (Kelley & Walker 1959), slack from the backward pass; `criticality_share` is the share of 2,000 simulated
    beta-PERT plans in which the task lies on the longest path.
    Finish, in days from the start: estimate = P50, low = P10, high = P80 of the same plans, n = tasks; plain_days, what
    adding up expected days along the critical path gives, and hopeful, whether that is too early. Simulated, because plain
    PERT forgets merge bias: the expected end of parallel paths is later than the end of the expected paths (MacCrimmon &
    Ryavec 1964).
    """
    if not plannable(tasks):
        return pd.DataFrame(columns=PLAN), pd.DataFrame(columns=FINISH)
    expected = pert_mean([tasks[name].to_numpy(dtype=float) for name in DAYS])[None, :]
    start, slack = passes(tasks, expected)
    days = simulated_days(tasks)
    simulated_start, simulated_slack = passes(tasks, days)
    plan = tasks[PLAN[:4]].assign(
        days_expected=expected[0],
        start_days=start[0],
        end_days=start[0] + expected[0],
        slack_days=slack[0],
        critical=slack[0] == 0,
        criticality_share=(simulated_slack == 0).mean(axis=0),
    )
    middle, low, high = np.quantile((simulated_start + days).max(axis=1), [0.5, 0.1, 0.8])
    plain = plan["end_days"].max()
    row = (middle, low, high, len(tasks), "days", plain, middle > plain + HOPEFUL_DAYS)
    finish = pd.DataFrame([row], columns=FINISH)
    return plan.sort_values(["start_days", "end_days"], ignore_index=True), finish


def plannable(tasks: pd.DataFrame) -> bool:
    """True when there is at least one task and nothing that makes a schedule impossible."""
    return len(tasks) > 0 and check_tasks(tasks).empty


def simulated_days(tasks: pd.DataFrame, *, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Simulated durations, draws × tasks, from the beta-PERT distribution (shape 4)."""
    low, likely, high = (tasks[name].to_numpy(dtype=float) for name in DAYS)
    width, size = np.where(high > low, high - low, 1.0), (draws, len(tasks))
    ends = 1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width
    return np.asarray(low + np.random.default_rng(seed).beta(*ends, size) * (high - low))


def passes(tasks: pd.DataFrame, days: Floats) -> tuple[Floats, Floats]:
    """Forward and backward pass for every row of `days` (draws × tasks): earliest start, and slack (0 where critical)."""
    place = {task: number for number, task in enumerate(tasks["task_id"])}
    graph = nx.DiGraph([(place[before], place[task]) for before, task in _links(tasks)])
    start, rest = _longest_before(graph, days), _longest_before(graph.reverse(), days)
    end = start + days
    slack = end.max(axis=1, keepdims=True) - end - rest
    return start, np.where(slack < NO_SLACK, 0.0, slack)


def dates(start: pd.Timestamp, days: pd.Series) -> pd.Series:
    """The day that lies so many working days after the first working day on or after `start`."""
    whole = np.ceil(days.to_numpy(dtype=float)).astype(int)
    reached = np.busday_offset(np.datetime64(start.date()), whole, roll="forward")
    return pd.Series(reached.astype("datetime64[us]"), index=days.index)


def dated(plan: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """The plan with calendar days: start_on, end_on, and free_on (the last day to which a task may slip)."""
    free = plan["end_days"] + plan["slack_days"]
    on = {"start_on": plan["start_days"], "end_on": plan["end_days"], "free_on": free}
    return plan.assign(**{name: dates(start, days) for name, days in on.items()})


def milestones(
    plan: pd.DataFrame, finish: pd.DataFrame, *, start: pd.Timestamp, window_days: float = float("nan")
) -> pd.DataFrame:
    """Dates of the plan: code (task_id of a meeting, start, p50, p80, window) and on; empty without a plan.

    The measurement window closes `window_days` calendar days after the finish at P80.
    """
    if plan.empty or finish.empty:
        return pd.DataFrame(columns=["code", "on"])
    ends = plan[plan["workstream"].eq("meetings")].set_index("task_id")["end_days"]
    done = {"start": 0.0, "p50": finish["estimate"].iloc[0], "p80": finish["high"].iloc[0]}
    on = dates(start, pd.concat([pd.Series(done), ends]))
    if np.isfinite(window_days):
        on["window"] = on["p80"] + pd.Timedelta(days=window_days)
    return on.rename("on").rename_axis("code").reset_index()


def rollout_day(milestones: pd.DataFrame, start: pd.Timestamp) -> pd.Timestamp:
    """The first day on which all is done with four chances in five; `start` when nobody planned."""
    return pd.Timestamp(first(milestones, code="p80").get("on", start))


def last_day(milestones: pd.DataFrame, start: pd.Timestamp) -> pd.Timestamp:
    """The last milestone: until then series of meetings run; `start` when there is none."""
    return pd.Timestamp(max(milestones["on"], default=start))


def _links(tasks: pd.DataFrame) -> list[tuple[str, str]]:
    """(before, task) for every predecessor."""
    return [(key, task) for task, cell in zip(tasks["task_id"], tasks["after"], strict=True) for key in listed(cell)]


def _longest_before(graph: nx.DiGraph, days: Floats) -> Floats:
    """Days of the longest chain that comes before each task, draw by draw."""
    longest = np.zeros_like(days)
    for task in nx.topological_sort(graph):
        before = list(graph.predecessors(task))
        if before:
            longest[:, task] = (longest[:, before] + days[:, before]).max(axis=1)
    return longest
