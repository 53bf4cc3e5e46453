"""What the value hangs on: one driver at its P10 and its P90, the others at their mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxlib.stages.design.business_case import COST_FACTOR, _mean_effects, _net, pert_mean, pert_quantile
from cxlib.stages.design.terms import Terms

Z_10 = 1.2816  # the standard normal's 90th percentile


TORNADO = ["driver", "low_money", "high_money", "base_money", "swing_money"]


def tornado(chosen: pd.DataFrame, *, terms: Terms) -> pd.DataFrame:
    """Swing of the net present value when one driver at a time goes from its P10 to its P90, the others at their mean.

    Drivers: effect:<idea_id>, worth (of a conversion), costs, ramp (no ramp … twice as long), discount (± 2 points).
    """
    if chosen.empty or chosen["unit_money"].isna().any():
        return pd.DataFrame(columns=TORNADO)
    middle = _mean_effects(chosen)
    mean_cost = pert_mean(COST_FACTOR)
    base = _single(chosen, terms, middle, 0.0, mean_cost)
    rows: list[tuple[Any, ...]] = [
        (f"effect:{key}", *_swing_effect(chosen, terms, middle, number)) for number, key in enumerate(chosen["idea_id"])
    ]
    slow, fast = replace(terms, ramp_months=2 * terms.ramp_months), replace(terms, ramp_months=1)
    dear, cheap = (replace(terms, discount_rate=terms.discount_rate + shift) for shift in (0.02, -0.02))
    much, little = (float(pert_quantile(np.array(tail), *COST_FACTOR)) for tail in (0.9, 0.1))
    ends = {
        "worth": ((terms, -Z_10, mean_cost), (terms, Z_10, mean_cost)),
        "costs": ((terms, 0.0, much), (terms, 0.0, little)),
        "ramp": ((slow, 0.0, mean_cost), (fast, 0.0, mean_cost)),
        "discount": ((dear, 0.0, mean_cost), (cheap, 0.0, mean_cost)),
    }
    rows += [(name, *(_single(chosen, way, middle, z, cost) for way, z, cost in pair)) for name, pair in ends.items()]
    table = pd.DataFrame(rows, columns=TORNADO[:3]).assign(base_money=base)
    table["swing_money"] = (table["high_money"] - table["low_money"]).abs()
    return table.sort_values("swing_money", ascending=False, ignore_index=True)


def _single(chosen: pd.DataFrame, terms: Terms, effects: np.ndarray, z: float, cost: float) -> float:
    """Net present value at one set of driver values."""
    worth = np.maximum(0, 1 + z * chosen["worth_sd"].to_numpy())[None, :]
    return float(_net(chosen, terms, effects[None, :], worth, np.array([cost]))[0])


def _swing_effect(chosen: pd.DataFrame, terms: Terms, middle: np.ndarray, number: int) -> tuple[float, float]:
    """Net present value with one idea's effect at its P10 and at its P90."""
    row = chosen.iloc[number]
    ends = []
    for tail in (0.1, 0.9):
        effects = middle.copy()
        effects[number] = pert_quantile(np.array(tail), row["effect_low"], row["effect_likely"], row["effect_high"])
        ends.append(_single(chosen, terms, effects, 0.0, pert_mean(COST_FACTOR)))
    return ends[0], ends[1]
