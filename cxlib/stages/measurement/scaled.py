"""What the pilot's effect would bring if all who are reached had it: a year, in the objective's money, against its promise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import TIDY

COLUMNS = ["what", *TIDY, "of_gap"]


def scaled(
    effect: pd.DataFrame,
    *,
    value_per_unit_money: float,
    registered_share: float,
    reach_year: float,
    promised: tuple[float, float, float],
    gap: float = float("nan"),
) -> pd.DataFrame:
    """The registered effect, and the one promised, on all whom the experience reaches in a year at full run.

    effect: one row in the registered metric, per customer drawn. registered_share: the part of those drawn who meet the
    experience, by which effects were registered; reach_year: customers a year whom it reaches, as stage 7 counts them. Both
    effects take the same way: effect ÷ registered_share × reach_year × worth of a unit. Rows scaled and promised; n: customers
    a year; of_gap: ÷ `gap`, money a year missing to the target (blank without one). Empty where a part is not known.
    """
    people = reach_year / registered_share if registered_share > 0 else np.nan
    worth = people * value_per_unit_money
    if effect.empty or not np.isfinite(worth):
        return pd.DataFrame(columns=COLUMNS)
    row = effect.iloc[0]
    sizes = {"scaled": [row["estimate"], row["low"], row["high"]], "promised": list(promised)}
    lines = [[what, *(np.array(size, dtype=float) * worth), reach_year, "money"] for what, size in sizes.items()]
    table = pd.DataFrame(lines, columns=COLUMNS[:-1])
    return table.assign(of_gap=table["estimate"] / gap if gap > 0 else np.nan)
