"""How long it takes to go on from a step: quantiles of the waiting time, with intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import percentile, wilson

COLUMNS = ["step", "quantile", "estimate", "low", "high", "n", "unit"]
AGEING = ["step", "estimate", "low", "high", "n", "unit", "n_old", "old_days"]


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


def ageing(passages: pd.DataFrame, times: pd.DataFrame) -> pd.DataFrame:
    """Share of those still open at each step that have waited longer than nine tenths of those who go on needed.

    The limit (old_days) is read off the incidence, not off completed cases, which would all have been quick. n: open
    journeys; n_old; Wilson interval. Steps without a limit or without anybody open are left out.
    """
    limit = times[times["quantile"] == 0.9].set_index("step")["estimate"]
    open_now = passages[(passages["outcome"] == "open") & passages["step"].isin(limit.index)]
    rows = []
    for step, waited in open_now.groupby("step", sort=False)["days"]:
        old = int((waited > float(limit[step])).sum())
        rows.append((step, *wilson(old, len(waited)), len(waited), "share", old, float(limit[step])))
    order = {step: place for place, step in enumerate(limit.index)}
    table = pd.DataFrame(rows, columns=AGEING)
    return table.sort_values("step", key=lambda steps: steps.map(order), ignore_index=True)


def _interval(values: np.ndarray) -> tuple[float, float]:
    """Percentile interval; NaN without draws."""
    if np.isnan(values).all():
        return np.nan, np.nan
    low, high = percentile(values)
    return float(low), float(high)
