"""The four objectives side by side: where each stands, where it drifts, and what improving it is worth."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlib.facts import first
from cxlib.stages.business_objective.vocabulary import COSTS

YEAR_MONTHS = 12

COMPARED = ["objective", "estimate", "low", "high", "n", "unit"]
COMPARED += ["trend_share", "one_per_cent_money", "drift_money", "drift_real", "adverse", "n_drivers"]


def compare_objectives(levels: pd.DataFrame, tree: pd.DataFrame, *, candidates: Sequence[str]) -> pd.DataFrame:
    """The candidate objectives side by side, best first: level a month, trend, and their worth to the contribution.

    one_per_cent_money: contribution a year gained when the objective alone improves by one per cent (turnover at
    today's margin share). drift_money: what today's trend adds to (+) or takes from (−) the contribution in a year;
    `drift_real` when its interval leaves out zero, `adverse` when it also takes. n_drivers: leaves that reach it. Unknown
    objectives come last, blank.
    The order: worth of one per cent, then the number of drivers; the drift is shown and not scored, since a cost that
    grows with the business is no reason to work on the cost.
    """
    margin = float(first(tree, driver="margin_share").get("estimate", math.nan))
    rows = []
    for objective in candidates:
        known: dict[str, Any] = {"objective": objective, "unit": "money", "n_drivers": _drivers_below(tree, objective)}
        level = first(levels, objective=objective, measure="level")
        if level:
            trend = first(levels, objective=objective, measure="trend")
            year = YEAR_MONTHS * level["estimate"] * (margin if objective == "turnover" else 1.0)
            known |= {name: level[name] for name in ("estimate", "low", "high", "n")}
            known |= {"trend_share": trend["estimate"], "one_per_cent_money": year / 100}
            known["drift_money"] = year * trend["estimate"] * (-1.0 if objective in COSTS else 1.0)
            known["drift_real"] = bool(trend["low"] > 0 or trend["high"] < 0)
            known["adverse"] = bool(known["drift_real"] and known["drift_money"] < 0)
        rows.append(known)
    table = pd.DataFrame(rows, columns=COMPARED)
    table["worth"] = table["one_per_cent_money"].astype(float).round(2)
    table = table.sort_values(["worth", "n_drivers"], ascending=False, na_position="last", kind="stable")
    return table.drop(columns="worth").reset_index(drop=True)


def chosen_objective(compared: pd.DataFrame, asked: str | None) -> str:
    """The objective this stage works with: the one the brief asks for, else the one the data put first, else none ("")."""
    known = compared.loc[compared["estimate"].notna(), "objective"].tolist()
    return asked or (str(known[0]) if known else "")


def deadline(asked: dt.date | str | None, *, end: dt.date, horizon_months: int) -> dt.date:
    """The day the target is due: the one asked for (a date or its text), else the end of the books plus the brief's horizon."""
    return pd.Timestamp(asked).date() if asked else (pd.Timestamp(end) + pd.DateOffset(months=horizon_months)).date()


def decided_target(decided: Mapping[str, Any]) -> float | None:
    """Money a month that was decided on; None without one, or where it is of another metric than the objective itself."""
    usual = f"{decided.get('objective')}_per_month"
    target = decided.get("target") if decided.get("metric", usual) == usual else None
    return None if target is None else float(target)


def _drivers_below(tree: pd.DataFrame, objective: str) -> int:
    """How many leaves of the tree the objective is made of; the objective itself when nothing lies below it."""
    below = tree.loc[tree["parent"] == objective, "driver"]
    if below.empty:
        return int((tree["driver"] == objective).any())
    return sum(_drivers_below(tree, driver) for driver in below)
