"""How long it takes to go on from a step: quantiles of the waiting time, and who has waited longer than most needed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.stages.sales_funnel.followed import Followed
from cxlib.statistics.intervals import percentile, wilson

COLUMNS = ["step", "quantile", "estimate", "low", "high", "n", "unit"]
AGEING = ["step", "estimate", "low", "high", "n", "unit", "n_old", "old_days"]
QUANTILES = {0.5: "days_50", 0.9: "days_90"}  # the column of the samples that holds each


def time_to_convert(followed: Followed) -> pd.DataFrame:
    """Days by which half and nine tenths of those who go on at all have gone on, per step.

    Read off the cumulative incidence, not off the completed cases: those still open count. Interval: percentiles over
    bootstrap samples of customers. n = number that went on.
    """
    limit = followed.windows.set_index("step")["horizon_days"]
    rows = []
    for step, curve in followed.focus_curves.groupby("step", sort=False):
        inside = curve[curve["days"] <= limit[step]]
        if inside.empty or inside["estimate"].iloc[-1] <= 0:
            continue
        sampled = followed.samples[followed.samples["step"] == step]
        for share, column in QUANTILES.items():
            reached = inside["estimate"] >= share * inside["estimate"].iloc[-1] - 1e-12
            days, n = inside.loc[reached, "days"].iloc[0], inside["n_events"].iloc[-1]
            rows.append((step, share, days, *_interval(sampled[column].to_numpy(float)), n, "days"))
    return pd.DataFrame(rows, columns=COLUMNS)


def _interval(values: np.ndarray) -> tuple[float, float]:
    """Percentile interval; NaN without draws."""
    if np.isnan(values).all():
        return np.nan, np.nan
    low, high = percentile(values)
    return float(low), float(high)


def ageing(followed: Followed, times: pd.DataFrame) -> pd.DataFrame:
    """Share of those still open at each step that have waited longer than nine tenths of those who go on needed.

    The limit (old_days) is read off the incidence, not off completed cases, which would all have been quick. n: open
    journeys; n_old; Wilson interval. Steps without a limit or without anybody open are left out.
    """
    limit = times[times["quantile"] == 0.9].set_index("step")["estimate"]
    still = followed.focus[followed.focus["outcome"] == "open"]
    rows = [_aged(step, still.loc[still["step"] == step, "days"], days) for step, days in limit.items()]
    rows = [row for row in rows if row[AGEING.index("n")]]
    return pd.DataFrame(rows, columns=AGEING)


def waiting_too_long(table: pd.DataFrame) -> pd.DataFrame:
    """The same over all steps, from `ageing`: one row with n_old and the Wilson interval of the share; empty without rows."""
    n, old = int(table["n"].sum()), int(table["n_old"].sum())
    whole = pd.DataFrame([(*wilson(old, n), n, "share", old)], columns=AGEING[1:-1])
    return whole.head(len(table))


def _aged(step: object, waited: pd.Series, limit: float) -> tuple[object, ...]:
    old = int((waited > limit).sum())
    return (step, *wilson(old, len(waited)), len(waited), "share", old, limit)
