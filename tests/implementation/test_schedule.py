"""The schedule: critical path, PERT, and the merge bias that plain PERT forgets."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.stages.implementation.schedule import (
    check_tasks,
    dates,
    expected_finish,
    finish,
    finish_draws,
    milestones,
    plain_days,
    plannable,
    schedule,
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


def test_the_textbook_plan_has_its_path_length_and_variance(reliable: tuple[pd.DataFrame, dict[str, object]]) -> None:
    table, oracle = reliable
    length, variance = expected_finish(table)
    assert length == pytest.approx(oracle["duration_weeks"])
    assert variance == pytest.approx(oracle["variance"])
    assert stats.norm.cdf((47 - length) / sqrt(variance)) == pytest.approx(oracle["p_by_47"], abs=1e-3)
    plan = schedule(table, draws=50)
    assert plan.loc[plan["critical"], "task_id"].tolist() == oracle["critical_path"]


def test_simulation_shows_the_merge_bias(reliable: tuple[pd.DataFrame, dict[str, object]]) -> None:
    ends = finish_draws(reliable[0], draws=20_000, seed=1)
    assert ends.mean() == pytest.approx(44.3, abs=0.1)
    assert (ends <= 47).mean() == pytest.approx(0.817, abs=0.01)
    assert np.quantile(ends, 0.8) == pytest.approx(46.8, abs=0.1)


def test_a_chain_is_as_long_as_its_parts_and_every_task_is_critical() -> None:
    plan = schedule(tasks({"a": ("", 2, 2, 2), "b": ("a", 3, 3, 3)}))
    assert plan["end_days"].tolist() == [2, 5]
    assert plan["criticality_share"].tolist() == [1, 1]


def test_slack_is_what_a_parallel_task_can_lose() -> None:
    plan = schedule(tasks({"a": ("", 2, 2, 2), "b": ("", 5, 5, 5), "c": ("a;b", 1, 1, 1)})).set_index("task_id")
    assert plan.loc["a", "slack_days"] == 3
    assert not plan.loc["a", "critical"]
    assert plan.loc["c", "start_days"] == 5


def test_a_circle_is_named_and_nothing_is_scheduled() -> None:
    table = tasks({"a": ("b", 1, 1, 1), "b": ("a", 1, 1, 1)})
    assert check_tasks(table)["problem"].tolist() == ["circle"]
    assert schedule(table).empty
    assert finish(table).empty


def test_unknown_predecessors_and_odd_estimates_are_named() -> None:
    table = tasks({"a": ("ghost", 1, 1, 1), "b": ("", 5, 1, 9)})
    assert check_tasks(table)["problem"].tolist() == ["unknown predecessor", "estimate"]


def test_working_days_skip_the_weekend() -> None:
    friday = pd.Timestamp("2026-07-03")
    assert dates(friday, pd.Series([0.0, 0.4, 5.0])).dt.day.tolist() == [3, 6, 10]


def test_no_tasks_give_empty_tables() -> None:
    table = tasks({"a": ("", 1, 1, 1)}).iloc[:0]
    assert schedule(table).empty
    assert finish(table).columns.tolist() == ["name", "estimate", "low", "high", "n", "unit"]


def test_the_finish_holds_the_quantiles_of_its_draws() -> None:
    table = tasks({"a": ("", 2, 2, 2), "b": ("a", 1, 3, 8)})
    ends, found = finish_draws(table, draws=500, seed=2), finish(table, draws=500, seed=2)
    assert found[["low", "estimate", "high"]].iloc[0].tolist() == pytest.approx(
        np.quantile(ends, [0.1, 0.5, 0.8]).tolist()
    )
    plan = schedule(table, draws=50)
    assert plain_days(plan) == pytest.approx(2 + (1 + 12 + 8) / 6)
    dated = milestones(table, plan, found, start=pd.Timestamp("2026-07-01"), window_days=30).set_index("code")["on"]
    assert dated["start"] == pd.Timestamp("2026-07-01")
    assert dated["window"] - dated["p80"] == pd.Timedelta(days=30)
    assert plannable(table)
    assert not plannable(tasks({"a": ("b", 1, 1, 1), "b": ("a", 1, 1, 1)}))
