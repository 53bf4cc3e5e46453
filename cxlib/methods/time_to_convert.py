"""How long it takes to go on from a step: quantiles of the waiting time, with intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.methods.intervals import percentile

COLUMNS = ["step", "quantile", "estimate", "low", "high", "n", "unit"]


def time_to_convert(curves: pd.DataFrame, windows: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """Days by which half and nine tenths of those who go on at all have gone on, per step.

    Read off the cumulative incidence, not off the completed cases: those still open count. Interval: percentiles over
    bootstrap samples of customers (`draws`). n = number that went on.
    """
    limit = windows.set_index("step")["horizon_days"]
    rows = []
    for step, curve in curves.groupby("step", sort=False, observed=True):
        inside = curve[curve["days"] <= float(limit.get(step, np.nan))]
        if inside.empty or inside["estimate"].iloc[-1] <= 0:
            continue
        sampled = draws[draws["step"] == step]
        for share in (0.5, 0.9):
            reached = inside["estimate"] >= share * inside["estimate"].iloc[-1] - 1e-12
            days, n = inside.loc[reached, "days"].iloc[0], inside["n_events"].iloc[-1]
            low, high = _interval(sampled[f"days_{share * 100:.0f}"].to_numpy(float))
            rows.append((step, share, days, low, high, n, "days"))
    return pd.DataFrame(rows, columns=COLUMNS)


def _interval(values: np.ndarray) -> tuple[float, float]:
    """Percentile interval; NaN without draws."""
    if np.isnan(values).all():
        return np.nan, np.nan
    low, high = percentile(values)
    return float(low), float(high)
