"""What the value hangs on: one driver at a time from its bad tenth to its good one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
DISCOUNT_SHIFT = 0.02  # a year's rate, either way (convention)


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
    middle = mean_effects(chosen).to_numpy(dtype=float)
    ends: dict[str, Sequence[float]] = {
        f"effect:{key}": _effect_ends(chosen, terms, middle, place) for place, key in enumerate(chosen["idea_id"])
    }
    ends |= {
        "worth": (_value(chosen, terms, middle, z=-Z_10), _value(chosen, terms, middle, z=Z_10)),
        "costs": (_value(chosen, terms, middle, cost=much), _value(chosen, terms, middle, cost=little)),
        "ramp": (_value(chosen, slow, middle), _value(chosen, fast, middle)),
        "discount": (_value(chosen, dear, middle), _value(chosen, cheap, middle)),
    }
    table = pd.DataFrame([(driver, *pair) for driver, pair in ends.items()], columns=TORNADO[:3])
    swing = (table["high_money"] - table["low_money"]).abs()
    table = table.assign(base_money=_value(chosen, terms, middle), swing_money=swing)
    table["turns_negative"] = table["low_money"] <= 0
    return table.sort_values("swing_money", ascending=False, ignore_index=True)


def _effect_ends(chosen: pd.DataFrame, terms: Terms, middle: Floats, place: int) -> list[float]:
    """Net present value with one idea's effect at its P10 and at its P90."""
    found = []
    for effect in pert_quantile(TENTHS, *chosen.iloc[place][EFFECT].astype(float)):
        effects = middle.copy()
        effects[place] = effect
        found.append(_value(chosen, terms, effects))
    return found


def _value(
    chosen: pd.DataFrame, terms: Terms, effects: Floats, *, z: float = 0.0, cost: float = pert_mean(COST_FACTOR)
) -> float:
    """Net present value at one set of driver values; z: standard errors by which the worth of a conversion is off."""
    worth = np.maximum(0, 1 + z * chosen["worth_sd"].to_numpy())[None, :]
    return float(net(chosen, terms, effects[None, :], worth, np.array([cost]))[0])
