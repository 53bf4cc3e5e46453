"""What came back against what was promised, both over the same people and days."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ["what", "estimate", "low", "high", "n", "unit", "source", "effect", "unit_money"]


def realised(
    effect: pd.DataFrame,
    *,
    value_per_unit_money: float,
    promised: tuple[float, float, float],
    minimum_effect: float = float("nan"),
) -> pd.DataFrame:
    """What the effect on the pilot's customers in the window is worth, beside what was promised for the same ones.

    `effect`: one row in the registered metric (estimate, low, high, n_pilot). `value_per_unit_money`: money that one unit
    of the metric on one customer is worth (for a money metric near 1). `promised`: (likely, low, high) effect in the same
    unit. `minimum_effect`: the effect that pays for the experience. Rows: promised, realised, cost (the minimum effect in
    money), net (realised − cost): what, estimate, low, high, n, unit, source, effect (per customer) and unit_money (worth
    of one unit of it), whose product with n the estimate is. An unknown minimum leaves cost and net NaN;
    without an effect or its worth the table is empty: no missing input becomes a zero.
    """
    if effect.empty or not np.isfinite(value_per_unit_money):
        return pd.DataFrame(columns=COLUMNS)
    row, people = effect.iloc[0], float(effect["n_pilot"].iloc[0])
    worth = people * value_per_unit_money
    found = np.array([row["estimate"], row["low"], row["high"]], dtype=float) * worth
    cost, seen = minimum_effect * worth, float(row["estimate"])
    named = {
        "promised": (np.array(promised, dtype=float) * worth, "assumed", promised[0]),
        "realised": (found, "measured", seen),
        "cost": (np.array([cost, np.nan, np.nan]), "assumed", minimum_effect),
        "net": (found - cost, "measured", seen - minimum_effect),
    }
    rows = [
        (what, *amounts, people, "money", source, per_customer, value_per_unit_money)
        for what, (amounts, source, per_customer) in named.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def kept_promise(table: pd.DataFrame) -> float:
    """Share of the promised return that was realised; NaN when there is none or nothing was promised."""
    if table.empty:
        return float("nan")
    amount = table.set_index("what")["estimate"]
    return float(amount["realised"] / amount["promised"]) if amount["promised"] else float("nan")
