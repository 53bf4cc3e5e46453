"""The four objectives side by side: where each stands, where it drifts, and what improving it is worth."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

Row = dict[Any, Any]

COSTS = ("commercial_cost", "operating_cost")
YEAR_MONTHS = 12


def compare_objectives(levels: pd.DataFrame, tree: pd.DataFrame, *, candidates: Sequence[str]) -> pd.DataFrame:
    """The candidate objectives side by side, best first: level a month, trend, and their worth to the contribution.

    one_per_cent_money: contribution a year gained when the objective alone improves by one per cent (turnover at
    today's margin share). drift_money: what today's trend adds to (+) or takes from (−) the contribution in a year;
    `drift_real` when its interval leaves out zero. n_drivers: leaves that reach it. Unknown objectives come last, blank.
    The order: worth of one per cent, then the number of drivers; the drift is shown and not scored, since a cost that
    grows with the business is no reason to work on the cost.
    """
    nodes = dict(zip(tree["driver"], tree["estimate"], strict=True))
    rows = []
    for objective in candidates:
        found = {row["measure"]: row for row in levels[levels["objective"] == objective].to_dict("records")}
        weight = float(nodes.get("margin_share", math.nan)) if objective == "turnover" else 1.0
        known = _objective_row(objective, found["level"], found["trend"], weight) if found else {}
        rows.append({"objective": objective, "unit": "money", "n_drivers": _drivers_below(tree, objective), **known})
    columns = [
        "objective",
        "estimate",
        "low",
        "high",
        "n",
        "unit",
        "trend_share",
        "trend_low",
        "trend_high",
        "one_per_cent_money",
        "drift_money",
        "drift_real",
        "n_drivers",
    ]
    table = pd.DataFrame(rows, columns=columns)
    table["worth"] = table["one_per_cent_money"].astype(float).round(2)
    table = table.sort_values(["worth", "n_drivers"], ascending=False, na_position="last", kind="stable")
    return table.drop(columns="worth").reset_index(drop=True)


def deadline(asked: dt.date | None, *, end: dt.date, horizon_months: int) -> dt.date:
    """The day the target is due: the brief's, else the end of the books plus the brief's horizon."""
    return asked or (pd.Timestamp(end) + pd.DateOffset(months=horizon_months)).date()


def _objective_row(objective: str, level: Row, trend: Row, weight: float) -> Row:
    """Level, trend and worth of one objective; `weight` turns its money into contribution."""
    year = YEAR_MONTHS * level["estimate"] * weight
    return {name: level[name] for name in ("estimate", "low", "high", "n")} | {
        "trend_share": trend["estimate"],
        "trend_low": trend["low"],
        "trend_high": trend["high"],
        "one_per_cent_money": year / 100,
        "drift_money": year * trend["estimate"] * (-1.0 if objective in COSTS else 1.0),
        "drift_real": bool(trend["low"] > 0 or trend["high"] < 0),
    }


def _drivers_below(tree: pd.DataFrame, objective: str) -> int:
    """How many leaves of the tree the objective is made of; the objective itself when nothing lies below it."""
    below = tree.loc[tree["parent"] == objective, "driver"]
    if below.empty:
        return int((tree["driver"] == objective).any())
    return sum(_drivers_below(tree, driver) for driver in below)
