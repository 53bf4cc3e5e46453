"""How long a plan takes: critical path, and a simulation that does not forget where paths merge."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd

PLAN = [
    "task_id",
    "label",
    "workstream",
    "idea_id",
    "days_expected",
    "start_days",
    "end_days",
    "slack_days",
    "critical",
    "criticality_share",
    "start_low_days",
    "end_high_days",
]
FINISH = ["name", "estimate", "low", "high", "n", "unit"]
PROBLEMS = ["task_id", "problem", "detail"]


def check_tasks(tasks: pd.DataFrame) -> pd.DataFrame:
    """What stops or weakens a schedule: task_id, problem (unknown task before it | circle | estimate), detail."""
    known = set(tasks["task_id"])
    rows = [
        {"task_id": task, "problem": "unknown predecessor", "detail": before}
        for task, after in _after(tasks).items()
        for before in after
        if before not in known
    ]
    order = tasks[["days_low", "days_likely", "days_high"]]
    bad = order.isna().any(axis=1) | (order.diff(axis=1).iloc[:, 1:] < 0).any(axis=1) | (order["days_low"] < 0)
    rows += [
        {"task_id": task, "problem": "estimate", "detail": "low ≤ likely ≤ high does not hold"}
        for task in tasks.loc[bad, "task_id"]
    ]
    rows += [
        {"task_id": circle[0], "problem": "circle", "detail": " → ".join([*circle, circle[0]])}
        for circle in sorted(nx.simple_cycles(_graph(tasks)))
    ]
    return pd.DataFrame(rows, columns=PROBLEMS)


def schedule(tasks: pd.DataFrame, *, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """When each task starts and ends, which are critical, and how often each is critical when durations vary.

    Expected days are PERT means (low + 4·likely + high)/6; start and end come from the forward pass of the critical
    path method (Kelley & Walker 1959), slack from the backward pass; `criticality_share` is the share of `draws`
    simulated beta-PERT plans in which the task lies on the longest path. start_low_days is the 10th percentile of the
    start, end_high_days the 80th of the end. An empty table when there are no tasks or check_tasks finds a circle.
    """
    if not plannable(tasks):
        return pd.DataFrame(columns=PLAN)
    usable = tasks.reset_index(drop=True)
    expected = _expected(usable)
    start, end, slack = _passes(usable, expected[None, :])
    plan = usable[["task_id", "label", "workstream", "idea_id"]].copy()
    plan["days_expected"], plan["start_days"], plan["end_days"] = expected, start[0], end[0]
    plan["slack_days"], plan["critical"] = slack[0], slack[0] < 1e-9
    start, end, slack = _passes(usable, _draw(usable, draws, seed))
    plan["criticality_share"] = (slack < 1e-9).mean(axis=0)
    plan["start_low_days"], plan["end_high_days"] = np.quantile(start, 0.1, axis=0), np.quantile(end, 0.8, axis=0)
    return plan[PLAN].sort_values(["start_days", "end_days"], ignore_index=True)


def finish(tasks: pd.DataFrame, *, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Finish of the whole plan in days from its start: one row, estimate = P50, low = P10, high = P80, n = draws.

    Simulated, because plain PERT forgets merge bias: the expected end of parallel paths is later than the end of
    the expected paths (MacCrimmon & Ryavec 1964).
    """
    if not plannable(tasks):
        return pd.DataFrame(columns=FINISH)
    ends = finish_draws(tasks, draws=draws, seed=seed)
    middle, low, high = np.quantile(ends, [0.5, 0.1, 0.8])
    return pd.DataFrame(
        [{"name": "finish", "estimate": middle, "low": low, "high": high, "n": len(tasks), "unit": "days"}],
        columns=FINISH,
    )


def finish_draws(tasks: pd.DataFrame, *, draws: int = 2000, seed: int = 0) -> np.ndarray:
    """Simulated finish of the plan in days, one value a draw."""
    usable = tasks.reset_index(drop=True)
    return np.asarray(_passes(usable, _draw(usable, draws, seed))[1].max(axis=1))


def dates(start: pd.Timestamp, days: pd.Series) -> pd.Series:
    """The day that lies so many working days after the first working day on or after `start`."""
    first = np.datetime64(pd.Timestamp(start).date())
    reached = np.busday_offset(first, np.ceil(days.to_numpy(dtype=float)).astype(int), roll="forward")
    return pd.Series(reached.astype("datetime64[us]"), index=days.index)


def dated(plan: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    """The plan with calendar days: start_on, end_on, and free_on (the last day to which a task may slip)."""
    return plan.assign(
        start_on=dates(start, plan["start_days"]),
        end_on=dates(start, plan["end_days"]),
        free_on=dates(start, plan["end_days"] + plan["slack_days"]),
    )


def milestones(
    tasks: pd.DataFrame,
    plan: pd.DataFrame,
    finish: pd.DataFrame,
    *,
    start: pd.Timestamp,
    window_days: float = float("nan"),
) -> pd.DataFrame:
    """Dates of the plan: code (task_id of a meeting, start, p50, p80, window) and on; empty without a plan.

    The measurement window closes `window_days` calendar days after the finish at P80.
    """
    if plan.empty or finish.empty:
        return pd.DataFrame(columns=["code", "on"])
    meetings = plan[plan["task_id"].isin(tasks.loc[tasks["workstream"].eq("meetings"), "task_id"])]
    days = [0.0, float(finish["estimate"].iloc[0]), float(finish["high"].iloc[0])]
    table = pd.DataFrame(
        {"code": ["start", "p50", "p80", *meetings["task_id"]], "days": [*days, *meetings["end_days"]]}
    )
    table["on"] = dates(start, table["days"])
    if np.isfinite(window_days):
        closes = pd.DataFrame({"code": ["window"], "on": [table["on"].iloc[2] + pd.Timedelta(days=window_days)]})
        table = pd.concat([table, closes], ignore_index=True)
    return table[["code", "on"]]


def plain_days(plan: pd.DataFrame) -> float:
    """The finish that adding up expected days along the critical path gives; NaN without a plan."""
    return float(plan["end_days"].max()) if len(plan) else float("nan")


def expected_finish(tasks: pd.DataFrame) -> tuple[float, float]:
    """Plain PERT: expected finish along the critical path, and the variance ((high − low)/6)² summed over it."""
    usable = tasks.reset_index(drop=True)
    _start, end, slack = _passes(usable, _expected(usable)[None, :])
    spread = (((usable["days_high"] - usable["days_low"]) / 6) ** 2).to_numpy()
    return float(end.max()), float(spread[slack[0] < 1e-9].sum())


def plannable(tasks: pd.DataFrame) -> bool:
    """True when there is at least one task and nothing that makes a schedule impossible."""
    return len(tasks) > 0 and check_tasks(tasks).empty


def _after(tasks: pd.DataFrame) -> dict[str, list[str]]:
    """Predecessors of each task."""
    return {
        row["task_id"]: [key.strip() for key in str(row["after"]).split(";") if key.strip()]
        if isinstance(row["after"], str)
        else []
        for row in tasks.to_dict("records")
    }


def _graph(tasks: pd.DataFrame) -> nx.DiGraph:
    """Tasks as a directed graph, edges from before to after."""
    graph = nx.DiGraph()
    graph.add_nodes_from(tasks["task_id"])
    graph.add_edges_from((before, task) for task, after in _after(tasks).items() for before in after)
    return graph


def _expected(tasks: pd.DataFrame) -> np.ndarray:
    """PERT mean of each task."""
    return ((tasks["days_low"] + 4 * tasks["days_likely"] + tasks["days_high"]) / 6).to_numpy(dtype=float)


def _draw(tasks: pd.DataFrame, draws: int, seed: int) -> np.ndarray:
    """Simulated durations, draws × tasks, from the beta-PERT distribution (shape 4)."""
    low, likely, high = (tasks[name].to_numpy(dtype=float) for name in ("days_low", "days_likely", "days_high"))
    width = np.where(high > low, high - low, 1.0)
    beta = np.random.default_rng(seed).beta(
        1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width, (draws, len(tasks))
    )
    return np.asarray(low + beta * (high - low))


def _passes(tasks: pd.DataFrame, days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Forward and backward pass for every row of `days` (draws × tasks): earliest start, earliest end, slack."""
    graph, place = _graph(tasks), {task: number for number, task in enumerate(tasks["task_id"])}
    order = [place[task] for task in nx.topological_sort(graph)]
    before = {place[task]: [place[key] for key in graph.predecessors(task)] for task in place}
    after = {place[task]: [place[key] for key in graph.successors(task)] for task in place}
    start = np.zeros_like(days)
    for task in order:
        if before[task]:
            start[:, task] = (start[:, before[task]] + days[:, before[task]]).max(axis=1)
    end = start + days
    latest = np.repeat(end.max(axis=1)[:, None], days.shape[1], axis=1)
    for task in reversed(order):
        if after[task]:
            latest[:, task] = (latest[:, after[task]] - days[:, after[task]]).min(axis=1)
    slack = latest - end
    return start, end, np.where(slack < 1e-9, 0.0, slack)
