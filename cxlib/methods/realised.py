"""What came back against what was promised, both over the same people and days."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ["what", "estimate", "low", "high", "n", "unit", "source"]


def realised(
    effect: pd.DataFrame,
    *,
    value_per_unit_money: float,
    promised: tuple[float, float, float],
    cost_money: float = float("nan"),
) -> pd.DataFrame:
    """Return per year that the pilot arm's effect is worth, beside the promised one.

    `effect`: one row in the registered metric (estimate, low, high, n_pilot), measured on `n_pilot` persons in the
    window. `value_per_unit_money`: money that one unit of the metric on one person is worth (for a money metric, 1).
    `promised`: (likely, low, high) effect in the same unit. Rows: promised, realised, cost (actual or budgeted, of the
    pilot), net (realised − cost): columns what, estimate, low, high, n, unit, source. Money is shown only when effect
    and value are known (no missing input becomes a zero); without a cost the rows cost and net are NaN.
    """
    if effect.empty or not np.isfinite(value_per_unit_money):
        return pd.DataFrame(columns=COLUMNS)
    row = effect.iloc[0]
    people = float(row["n_pilot"])
    scale = people * value_per_unit_money
    found = np.array([row["estimate"], row["low"], row["high"]], dtype=float) * scale
    named = {
        "promised": (np.array(promised, dtype=float) * scale, "assumed"),
        "realised": (found, "measured"),
        "cost": (np.array([cost_money, np.nan, np.nan]), "assumed"),
        "net": (found - cost_money, "measured"),
    }
    return pd.DataFrame(
        [
            dict(zip(COLUMNS, (what, *amounts, people, "money", source), strict=True))
            for what, (amounts, source) in named.items()
        ]
    )


def kept_promise(table: pd.DataFrame) -> float:
    """Share of the promised return that was realised; NaN when there is none or nothing was promised."""
    if table.empty:
        return float("nan")
    amount = table.set_index("what")["estimate"]
    return float(amount["realised"] / amount["promised"]) if amount["promised"] else float("nan")
