"""Will the objective be met? The path so far and the chance of being at the target by the deadline."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import mean_t

MINIMUM_MONTHS = 12  # a year: with less, a season looks like a trend
SEASONAL_MONTHS = 24  # two years, before a yearly wave can be told from a trend
AVERAGED = 3  # the target counts as met on the average of three months, so that one lucky month does not meet it
PATH = ["period_on", "estimate", "forecast", "low", "high", "target"]
CHANCE = ["estimate", "low", "high", "n", "unit", "forecast", "forecast_low", "forecast_high", "target", "deadline"]


def attainment(
    series: pd.DataFrame, *, target: float, deadline: pd.Timestamp, lower_is_better: bool = False
) -> pd.DataFrame:
    """P(the objective's average over the last three months before the deadline reaches the target), one row.

    `series`: monthly period_on, estimate. A straight line, with a yearly wave from 24 months on, is carried to the
    deadline; P comes from Student's t of its forecast error, with the spread widened by
    $\\sqrt{(1+\\rho)/(1-\\rho)}$ when neighbouring residuals are alike. Columns: estimate (the probability), low, high
    (NaN), n (months), unit, forecast, forecast_low, forecast_high (80 % interval), target, deadline. Under 12 months, or
    without target or deadline: empty. It assumes that the trend goes on; what was launched yesterday is not in it.
    """
    known = series.dropna(subset=["estimate"]).sort_values("period_on", ignore_index=True)
    if len(known) < MINIMUM_MONTHS or not np.isfinite(target) or pd.isna(deadline):
        return pd.DataFrame(columns=CHANCE)
    months = pd.date_range(end=pd.Timestamp(deadline).to_period("M").start_time, periods=AVERAGED, freq="MS")
    level, error, freedom = _forecast(known, months)
    chance = float(stats.t.cdf((level - target) / error, freedom)) if error else float(level >= target)
    half = float(stats.t.ppf(0.9, freedom)) * error
    row = [
        1 - chance if lower_is_better else chance,
        np.nan,
        np.nan,
        len(known),
        "share",
        level,
        level - half,
        level + half,
        float(target),
        pd.Timestamp(deadline),
    ]
    return pd.DataFrame([row], columns=CHANCE)


def path(series: pd.DataFrame, *, target: float, deadline: pd.Timestamp, baseline: float) -> pd.DataFrame:
    """Month by month: what was, what the trend foretells (80 % interval) and the straight way from baseline to target.

    Columns: period_on, estimate (NaN in the future), forecast, low, high (NaN in the past), target. The way to the
    target starts at `baseline` in the last month known. Same conditions as `attainment`, else an empty table.
    """
    known = series.dropna(subset=["estimate"]).sort_values("period_on", ignore_index=True)
    if len(known) < MINIMUM_MONTHS or not np.isfinite(target) or pd.isna(deadline):
        return pd.DataFrame(columns=PATH).astype({"estimate": float, "low": float, "high": float})
    last = known["period_on"].iloc[-1]
    ahead = pd.date_range(last, pd.Timestamp(deadline).to_period("M").start_time, freq="MS")[1:]
    rows = [
        dict(zip(("forecast", "error", "freedom"), _forecast(known, pd.DatetimeIndex([month])), strict=True))
        for month in ahead
    ]
    future = pd.DataFrame(rows, index=ahead, columns=["forecast", "error", "freedom"]).astype(float)
    half = stats.t.ppf(0.9, future["freedom"]) * future["error"]
    future = future.assign(low=future["forecast"] - half, high=future["forecast"] + half, estimate=np.nan)
    future["target"] = baseline + (target - baseline) * np.arange(1, len(ahead) + 1) / max(len(ahead), 1)
    past = known[["period_on", "estimate"]].reindex(columns=PATH).astype(dict.fromkeys(PATH[1:], float))
    return pd.concat([past, future.rename_axis("period_on").reset_index()[PATH]], ignore_index=True)


def way_done(series: pd.DataFrame, *, target: float, baseline: float) -> pd.DataFrame:
    """Share of the way from `baseline` to `target` that the last three months have come: estimate (below 0: away from the
    target, above 1: beyond it), low, high (Student t of the three months), n, unit, level (their mean).

    Under three months, or without a way to go: empty.
    """
    columns = ["estimate", "low", "high", "n", "unit", "level"]
    known = series.dropna(subset=["estimate"]).sort_values("period_on", ignore_index=True).tail(AVERAGED)
    way = target - baseline
    if len(known) < AVERAGED or not np.isfinite(way) or way == 0:
        return pd.DataFrame(columns=columns)
    level, low, high = mean_t(known["estimate"])
    ends = sorted(((low - baseline) / way, (high - baseline) / way))
    return pd.DataFrame([[(level - baseline) / way, *ends, len(known), "share", level]], columns=columns)


def _design(months: pd.Series | pd.DatetimeIndex, origin: pd.Timestamp, *, seasonal: bool) -> np.ndarray:
    """Columns constant, months since the origin, and a yearly wave when `seasonal`."""
    dates = pd.DatetimeIndex(months)
    time = ((dates.year - origin.year) * 12 + dates.month - origin.month).to_numpy(float)
    wave = [np.sin(2 * np.pi * time / 12), np.cos(2 * np.pi * time / 12)] if seasonal else []
    return np.column_stack([np.ones(len(time)), time, *wave])


def _forecast(known: pd.DataFrame, months: pd.DatetimeIndex) -> tuple[float, float, float]:
    """Mean over `months` as the line foretells it, its standard error and the degrees of freedom."""
    seasonal, origin = len(known) >= SEASONAL_MONTHS, known["period_on"].iloc[0]
    design = _design(known["period_on"], origin, seasonal=seasonal)
    values = known["estimate"].to_numpy(float)
    coefficients = np.linalg.lstsq(design, values, rcond=None)[0]
    residual = values - design @ coefficients
    freedom = float(len(values) - design.shape[1])
    variance = float(residual @ residual) / freedom
    rho = float(residual[1:] @ residual[:-1] / (residual @ residual)) if variance > 0 else 0.0
    stretch = (1 + max(rho, 0.0)) / (1 - min(max(rho, 0.0), 0.9))
    ahead = _design(months, origin, seasonal=seasonal).mean(axis=0)
    spread = float(ahead @ np.linalg.pinv(design.T @ design) @ ahead) + 1 / len(months)
    return float(ahead @ coefficients), float(np.sqrt(variance * stretch * spread)), freedom
