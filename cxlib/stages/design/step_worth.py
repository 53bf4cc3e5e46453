"""What one unit of conversion is worth at each step of the funnel."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.facts import Fact
from cxlib.statistics.intervals import Z


def step_worth(
    steps: pd.DataFrame, booked: pd.DataFrame, *, stall: str, objective: str, at_stake: Fact
) -> pd.DataFrame:
    """What one unit (0–1) of conversion is worth a year at each step, in the money of the objective.

    steps: step in funnel order, n (entrants), estimate (conversion), benchmark_share. booked: step, purchases_per_journey
    (empty: everything is booked at the objective step). at_stake: value at stake at the stall, money a year.
    At the stall unit = value at stake / (benchmark − conversion). Elsewhere in proportion to entrants × purchases still
    ahead, A(k) = w(k) + c(k)·A(k+1); at the objective step an uplift counts as at least one more purchase. Returns step,
    unit_money, cap_money (value at stake), worth_sd (its relative standard error); NaN where stall or value at stake are
    unknown.
    """
    table = steps.drop_duplicates("step").merge(booked, on="step", how="left")
    total = at_stake.number() if at_stake.unit == "money" else float("nan")
    keys = list(table["step"])
    result = table[["step"]].astype("str").assign(unit_money=np.nan, cap_money=total, worth_sd=0.0)
    if stall not in keys or objective not in keys or not total > 0:
        return result
    place = keys.index(stall)
    flow = table["n"].to_numpy(dtype=float) * _ahead(table, keys.index(objective))
    gap = float(table["benchmark_share"].iloc[place] - table["estimate"].iloc[place])
    if gap > 0 and flow[place] > 0:
        result["unit_money"] = total / gap * flow / flow[place]
    if at_stake.low is not None and at_stake.high is not None:
        result["worth_sd"] = min(max((at_stake.high - at_stake.low) / (2 * Z) / total, 0.0), 1.0)
    return result


def _ahead(table: pd.DataFrame, objective: int) -> NDArray[np.float64]:
    """Purchases that still lie ahead of somebody who goes on from each step; one at the objective step itself."""
    conversion = table["estimate"].fillna(0.0).to_numpy(dtype=float)
    booked = np.eye(len(table))[objective]
    if table["purchases_per_journey"].notna().any():
        booked = table["purchases_per_journey"].fillna(0.0).to_numpy(dtype=float)
    ahead = np.zeros(len(table))
    for place in range(len(table) - 2, -1, -1):
        ahead[place] = booked[place + 1] + conversion[place + 1] * ahead[place + 1]
    ahead[objective] = max(ahead[objective], 1.0)
    return ahead
