"""What came back against what was promised, both over the same people and days."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ["what", "estimate", "low", "high", "n", "unit", "source", "effect", "unit_money", "of_promise"]


def realised(
    effect: pd.DataFrame,
    *,
    value_per_unit_money: float,
    promised: tuple[float, float, float],
    minimum_effect: float = float("nan"),
) -> pd.DataFrame:
    """What the effect on the pilot's customers in the window is worth, beside what was promised for the same ones.

    `effect`: one row in the registered metric (estimate, low, high, n_customers). `value_per_unit_money`: money that one unit
    of the metric on one customer is worth (for a money metric near 1). `promised`: (likely, low, high) effect in the same
    unit. `minimum_effect`: the effect that pays for the experience. Rows: promised, realised, cost (the minimum effect in
    money), net (realised − cost). Columns: what, estimate, low, high, n (customers), unit, source, effect (per customer) and
    unit_money (worth of one unit of it), whose product with n the estimate is, of_promise (share of the promised estimate;
    NaN when nothing was promised). An unknown minimum leaves cost and net NaN; without an effect or its worth the table is
    empty: no missing input becomes a zero.
    """
    if effect.empty or not np.isfinite(value_per_unit_money):
        return pd.DataFrame(columns=COLUMNS)
    row = effect.iloc[0]
    people, found = float(row["n_customers"]), np.array([row["estimate"], row["low"], row["high"]], dtype=float)
    sizes = {  # estimate, low, high of the effect per customer
        "promised": (np.array(promised, dtype=float), "assumed"),
        "realised": (found, "measured"),
        "cost": (np.array([minimum_effect, np.nan, np.nan]), "assumed"),
        "net": (found - minimum_effect, "measured"),
    }
    worth = people * value_per_unit_money
    rows = [
        [what, *(size * worth), people, "money", source, size[0], value_per_unit_money, _share(size[0], promised[0])]
        for what, (size, source) in sizes.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _share(size: float, promised: float) -> float:
    return size / promised if promised else float("nan")
