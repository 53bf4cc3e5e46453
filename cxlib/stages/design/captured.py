"""The part of the bridge that stage 7 makes: what the experiences can reach, are expected to win a year, and of the gap."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.facts import Fact, rows
from cxlib.stages.design.business_case import capture, drivers, has_money, mean_effects, reachable, summary, yearly_gain
from cxlib.stages.design.reach import reached_share
from cxlib.stages.design.terms import Terms

COLUMNS = ["measure", "number", "estimate", "low", "high", "n"]


def captured(chosen: pd.DataFrame, *, terms: Terms, at_stake: Fact, gap: Fact) -> pd.DataFrame:
    """The lines of the bridge between the value at stake and the gap, and what each is made of; empty without money.

    chosen: the experiences in force, their rows of `values`, in the order of the ideas. Rows reach_share, reachable (low, high:
    those of the value at stake × reach_share), gains, capture (at the mean effects; low, high: P10 and P90 of the simulated
    gain a year), gap_closed (capture ÷ gap; blank without one), and for each experience (number 1, 2 …) reach, mean_effect,
    step_worth and gain, their product. Money is a year, at full run.
    """
    if not has_money(chosen):
        return pd.DataFrame(columns=COLUMNS)
    share, effects, risk = (
        reached_share(chosen),
        mean_effects(chosen),
        summary(yearly_gain(chosen, *_drawn(chosen, terms))),
    )
    won = capture(chosen)
    ends = [np.nan if end is None else end * share for end in (at_stake.low, at_stake.high)]
    lines: list[tuple[object, ...]] = [
        ("reach_share", "", share, np.nan, np.nan, np.nan),
        ("reachable", "", reachable(chosen), *ends, at_stake.n),
        ("gains", "", float((effects * chosen["unit_money"]).sum()), np.nan, np.nan, np.nan),
        ("capture", "", won, risk["low"], risk["high"], np.nan),
        ("gap_closed", "", won / gap.number() if gap.number() > 0 else np.nan, np.nan, np.nan, np.nan),
    ]
    for number, (row, effect) in enumerate(zip(rows(chosen), effects, strict=True), start=1):
        made = {"reach": row["reach_share"], "mean_effect": effect, "step_worth": row["step_money"]}
        made["gain"] = effect * row["unit_money"]
        lines += [(name, str(number), value, np.nan, np.nan, np.nan) for name, value in made.items()]
    return pd.DataFrame(lines, columns=COLUMNS)


def _drawn(chosen: pd.DataFrame, terms: Terms) -> tuple[np.ndarray, np.ndarray]:
    """Draws of the effects and of the worth of a conversion."""
    effects, worth, _costs = drivers(chosen, terms)
    return effects, worth
