"""What the value hangs on: one driver at a time from its bad tenth to its good one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.stages.design.business_case import (
    COST_FACTOR,
    EFFECT,
    has_money,
    mean_effects,
    net,
    pert_mean,
    pert_quantile,
)
from cxlib.stages.design.terms import Floats, Terms

TORNADO = ["driver", "low_money", "high_money", "base_money", "swing_money", "turns_negative"]
TENTHS = np.array([0.1, 0.9])  # the ends of a driver: its bad and its good tenth
Z_10 = float(stats.norm.ppf(0.9))
MEAN_COST = float(pert_mean(COST_FACTOR))
DISCOUNT_SHIFT = 0.02  # a year's rate, either way (convention)
Case = dict[str, Any]  # values of the drivers: terms, effects, z (of the worth), cost


def tornado(chosen: pd.DataFrame, *, terms: Terms) -> pd.DataFrame:
    """Swing of the net present value when one driver at a time goes from its P10 to its P90, the others at their mean.

    Drivers: effect:<idea_id>, worth (of a conversion), costs, ramp (twice as long … no ramp), discount (± 2 points).
    Returns driver, low_money, high_money (at its bad and its good end), base_money (all at their mean), swing_money,
    turns_negative (whether this driver alone can do so).
    """
    if not has_money(chosen):
        return pd.DataFrame(columns=TORNADO)
    slow, fast = replace(terms, ramp_months=2 * terms.ramp_months), replace(terms, ramp_months=1)
    dear, cheap = (replace(terms, discount_rate=terms.discount_rate + by) for by in (DISCOUNT_SHIFT, -DISCOUNT_SHIFT))
    little, much = pert_quantile(TENTHS, *COST_FACTOR)
    base: Case = {"terms": terms, "effects": mean_effects(chosen).to_numpy(dtype=float), "z": 0.0, "cost": MEAN_COST}
    ends: dict[str, list[Case]] = {
        **{f"effect:{key}": _effect_ends(chosen, base, place) for place, key in enumerate(chosen["idea_id"])},
        "worth": [{"z": -Z_10}, {"z": Z_10}],
        "costs": [{"cost": much}, {"cost": little}],
        "ramp": [{"terms": slow}, {"terms": fast}],
        "discount": [{"terms": dear}, {"terms": cheap}],
    }
    lines = [(driver, *(_value(chosen, **{**base, **end}) for end in pair)) for driver, pair in ends.items()]
    table = pd.DataFrame(lines, columns=TORNADO[:3])
    table["base_money"] = _value(chosen, **base)
    table["swing_money"] = (table["high_money"] - table["low_money"]).abs()
    table["turns_negative"] = table["low_money"] <= 0
    return table.sort_values("swing_money", ascending=False, ignore_index=True)


def _effect_ends(chosen: pd.DataFrame, base: Case, place: int) -> list[Case]:
    """The effects with that of one idea at its P10 and at its P90."""
    alone = np.arange(len(chosen)) == place
    ends = pert_quantile(TENTHS, *chosen.iloc[place][EFFECT].astype(float))
    return [{"effects": np.where(alone, end, base["effects"])} for end in ends]


def _value(chosen: pd.DataFrame, *, terms: Terms, effects: Floats, z: float, cost: float) -> float:
    """Net present value at one set of driver values; z: standard errors by which the worth of a conversion is off."""
    worth = np.maximum(0, 1 + z * chosen["worth_sd"].to_numpy())[None, :]
    return float(net(chosen, terms, effects[None, :], worth, np.array([cost]))[0])
