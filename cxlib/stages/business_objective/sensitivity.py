"""Which driver moves the objective: what one per cent of it is worth, what it moved, and what it would have to do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import rows as rows_of
from cxlib.stages.business_objective.vocabulary import COSTS, METRICS, PARENTS

SENSITIVITY_COLUMNS = ["driver", "estimate", "low", "high", "n", "unit", "value", "value_unit"]
SENSITIVITY_COLUMNS += ["changed_share", "moved_money", "required_share", "required", "objective_money"]


def sensitivity(tree: pd.DataFrame, *, objective: str, gap_money: float | None = None) -> pd.DataFrame:
    """Each driver of the objective: what one per cent of it is worth, what it moved, what it alone would have to do.

    estimate: money a year the objective gains when this driver alone improves by one per cent (a cost: falls).
    moved_money: its part in the change from the year before, exact and without remainder (logarithmic mean Divisia
    index, Ang 2004): Σ L(now, before) · ln(driver now / driver before). required_share: the change of this driver alone
    that closes `gap_money`; required: where that would bring it; changed_share: what it did last year, to compare.
    objective_money: the objective itself over the twelve months.
    Without rows where the tree does not reach the objective (a margin that nobody knows).
    """
    nodes = {str(row["driver"]): row for row in rows_of(tree)}
    total = nodes.get(objective)
    if total is None:
        return pd.DataFrame(columns=SENSITIVITY_COLUMNS)
    table = tree[tree["driver"].isin(_leaves_of(tree, objective))].reset_index(drop=True)
    table = table.rename(columns={"estimate": "value", "unit": "value_unit"})
    for name in ("estimate", "low", "high"):
        table[name] = abs(total[name]) / 100
    worth = abs(total["estimate"])
    closing = gap_money / worth if gap_money is not None and worth else math.nan
    table["unit"], table["objective_money"] = "money", total["estimate"]
    table["required_share"] = np.where(table["driver"].isin(COSTS), -closing, closing)
    table["required"] = table["value"] * (1 + table["required_share"])
    table["changed_share"] = table["value"] / table["before"].where(table["before"] != 0) - 1
    table["moved_money"] = [_moved(row["value"], row["before"], total) for row in rows_of(table)]
    return table[SENSITIVITY_COLUMNS]


def branch(tree: pd.DataFrame, *, objective: str, gap_money: float | None = None) -> pd.DataFrame:
    """The tree with what `sensitivity` says of its leaves, and which nodes the objective is made of (`chosen`).

    weight: the node's part in what moved the objective, 0–1; a node above the leaves carries the sum of its leaves.
    gap_share: its part of the gap if the gap closes the way the objective moved (only drivers that helped; in equal parts
    where none did), gap_money that part, target: estimate · (1 + gap ÷ objective)^gap_share, so that targets multiply to
    the target of the objective. Blank outside the objective's branch and without a gap.
    """
    moved = sensitivity(tree, objective=objective, gap_money=gap_money).set_index("driver")["moved_money"].fillna(0.0)
    table = tree.assign(chosen=[objective in path(driver) for driver in tree["driver"]])
    table["weight"] = _carried(table, moved.abs() / (moved.abs().sum() or 1.0))
    total = float(table.loc[table["driver"] == objective, "estimate"].sum())
    better = -1.0 if objective in COSTS else 1.0
    ratio = 1 + better * gap_money / total if gap_money is not None and total > 0 else math.nan
    if table.empty or not (ratio > 0 and gap_money is not None and gap_money > 0):
        return table.assign(gap_share=math.nan, gap_money=math.nan, target=math.nan)
    helped = (better * moved).clip(lower=0.0)
    parts = helped / helped.sum() if helped.sum() > 0 else pd.Series(1 / len(moved), index=moved.index)
    share = _carried(table, parts).where(table["chosen"])
    return table.assign(gap_share=share, gap_money=share * gap_money, target=table["estimate"] * ratio**share)


def metric_paths(metrics: Sequence[str] = (), *, objective: str) -> pd.DataFrame:
    """Which metrics lead to the objective: metric, path (nodes joined by →), accepted. Default: every metric known."""
    rows = []
    for metric in metrics or list(METRICS):
        steps = path(METRICS.get(metric, metric))
        reached = objective in steps
        rows.append([metric, steps[: steps.index(objective) + 1] if reached else [], reached])
    return pd.DataFrame(rows, columns=["metric", "path", "accepted"]).sort_values(
        "accepted", ascending=False, kind="stable", ignore_index=True
    )


def path(node: str) -> list[str]:
    """The nodes from a driver up to the contribution; empty for an unknown one."""
    return [node, *path(PARENTS[node])] if node in PARENTS else []


def _leaves_of(tree: pd.DataFrame, objective: str) -> list[str]:
    """The drivers of the objective that are not made of others."""
    return [name for name in tree["driver"] if name not in set(tree["parent"]) and objective in path(name)]


def _carried(table: pd.DataFrame, parts: pd.Series) -> pd.Series:
    """For each node of the tree the sum of the parts of its leaves."""
    carried = [parts[[driver in path(leaf) for leaf in parts.index]].sum() for driver in table["driver"]]
    return pd.Series(carried, index=table.index, dtype=float)


def _moved(now: float, before: float, total: Mapping[str, Any]) -> float:
    """The part of the change of the total that is the driver's: logarithmic mean times log change."""
    total_now, total_before = total["estimate"], total["before"]
    if not min(now, before, total_now, total_before) > 0:
        return math.nan
    mean = total_now if total_now == total_before else (total_now - total_before) / math.log(total_now / total_before)
    return float(mean * math.log(now / before))
