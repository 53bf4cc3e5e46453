"""The schedule: critical path, PERT, and the merge bias that plain PERT forgets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.implementation.schedule import (
    check_tasks,
    dates,
    last_day,
    milestones,
    passes,
    plannable,
    rollout_day,
    schedule,
    simulated_days,
)


def tasks(rows: dict[str, tuple[str, float, float, float]]) -> pd.DataFrame:
    """task → (after, low, likely, high)."""
    table = pd.DataFrame(
        [(key, *row) for key, row in rows.items()], columns=["task_id", "after", "days_low", "days_likely", "days_high"]
    )
    return table.assign(label=table["task_id"], workstream="processes", idea_id=None)


@pytest.fixture
def reliable(shared: Callable[[str], Path]) -> tuple[pd.DataFrame, dict[str, object]]:
    oracle = json.loads(shared("oracles/pert_reliable/oracle.json").read_text())
    rows = {key: (";".join(a["pred"]), a["o"], a["m"], a["p"]) for key, a in oracle["activities"].items()}
    return tasks(rows), oracle


def test_the_textbook_plan_has_its_path_and_length(reliable: tuple[pd.DataFrame, dict[str, object]]) -> None:
    table, oracle = reliable
    plan, finish = schedule(table)
    assert finish["plain_days"].item() == pytest.approx(oracle["duration_weeks"])
    assert plan.loc[plan["critical"], "task_id"].tolist() == oracle["critical_path"]


def test_simulation_shows_the_merge_bias(reliable: tuple[pd.DataFrame, dict[str, object]]) -> None:
    days = simulated_days(reliable[0], draws=20_000, seed=1)
    ends = (passes(reliable[0], days)[0] + days).max(axis=1)
    assert ends.mean() == pytest.approx(44.3, abs=0.1)
    assert (ends <= 47).mean() == pytest.approx(0.817, abs=0.01)
    assert np.quantile(ends, 0.8) == pytest.approx(46.8, abs=0.1)


def test_a_chain_is_as_long_as_its_parts_and_every_task_is_critical() -> None:
    plan, _finish = schedule(tasks({"a": ("", 2, 2, 2), "b": ("a", 3, 3, 3)}))
    assert plan["end_days"].tolist() == [2, 5]
    assert plan["criticality_share"].tolist() == [1, 1]


def test_slack_is_what_a_parallel_task_can_lose() -> None:
    plan = schedule(tasks({"a": ("", 2, 2, 2), "b": ("", 5, 5, 5), "c": ("a;b", 1, 1, 1)}))[0].set_index("task_id")
    assert plan.loc["a", "slack_days"] == 3
    assert not plan.loc["a", "critical"]
    assert plan.loc["c", "start_days"] == 5


def test_a_circle_is_named_and_nothing_is_scheduled() -> None:
    table = tasks({"a": ("b", 1, 1, 1), "b": ("a", 1, 1, 1)})
    assert check_tasks(table)["problem"].tolist() == ["circle"]
    assert all(part.empty for part in schedule(table))


def test_unknown_predecessors_and_odd_estimates_are_named() -> None:
    table = tasks({"a": ("ghost", 1, 1, 1), "b": ("", 5, 1, 9)})
    assert check_tasks(table)["problem"].tolist() == ["unknown predecessor", "estimate"]


def test_working_days_skip_the_weekend() -> None:
    friday = pd.Timestamp("2026-07-03")
    assert dates(friday, pd.Series([0.0, 0.4, 5.0])).dt.day.tolist() == [3, 6, 10]


def test_no_tasks_give_empty_tables() -> None:
    table = tasks({"a": ("", 1, 1, 1)}).iloc[:0]
    plan, finish = schedule(table)
    assert plan.empty
    assert finish.columns.tolist()[:5] == ["estimate", "low", "high", "n", "unit"]


def test_the_finish_holds_the_quantiles_of_its_draws() -> None:
    table = tasks({"a": ("", 2, 2, 2), "b": ("a", 1, 3, 8)})
    plan, finish = schedule(table)
    ends = simulated_days(table).sum(axis=1)  # one chain
    quantiles = np.quantile(ends, [0.1, 0.5, 0.8]).tolist()
    assert finish[["low", "estimate", "high"]].iloc[0].tolist() == pytest.approx(quantiles)
    assert finish["plain_days"].item() == pytest.approx(2 + (1 + 12 + 8) / 6)
    dated = milestones(plan, finish, start=pd.Timestamp("2026-07-01"), window_days=30).set_index("code")["on"]
    assert dated["start"] == pd.Timestamp("2026-07-01")
    assert dated["window"] - dated["p80"] == pd.Timedelta(days=30)
    assert plannable(table)
    assert not plannable(tasks({"a": ("b", 1, 1, 1), "b": ("a", 1, 1, 1)}))


def test_milestones_hold_the_meetings_and_end_with_the_window() -> None:
    table = tasks({"a": ("", 2, 2, 2), "m": ("a", 3, 3, 3)})
    plan, finish = schedule(table.assign(workstream=["processes", "meetings"]))
    start = pd.Timestamp("2026-07-01")
    found = milestones(plan, finish, start=start)
    assert found["code"].tolist() == ["start", "p50", "p80", "m"]
    assert rollout_day(found, start) == last_day(found, start) == pd.Timestamp("2026-07-08")  # five working days on
    none = milestones(plan.head(0), finish.head(0), start=start)
    assert rollout_day(none, start) == last_day(none, start) == start


def test_adding_up_is_called_hopeful_from_half_a_day_on() -> None:
    wide = dict.fromkeys("abcd", ("", 1.0, 5.0, 20.0))
    assert schedule(tasks(wide))[1]["hopeful"].item()
    assert not schedule(tasks({"a": ("", 5, 5, 5)}))[1]["hopeful"].item()


def test_a_draw_lies_between_its_ends_and_has_the_pert_mean() -> None:
    days = simulated_days(tasks({"a": ("", 1, 3, 8), "b": ("", 4, 4, 4)}), draws=20_000)
    assert days[:, 0].min() >= 1 and days[:, 0].max() <= 8
    assert days[:, 0].mean() == pytest.approx((1 + 12 + 8) / 6, abs=0.02)
    assert (days[:, 1] == 4).all()
