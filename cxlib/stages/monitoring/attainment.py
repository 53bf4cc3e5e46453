"""Will the objective be met? The path so far and the chance of being at the target by the deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.differences import Floats
from cxlib.statistics.intervals import TIDY, mean_t
from cxlib.statistics.periods import objective_series
from cxlib.statistics.rhythm import Rhythm

MINIMUM_MONTHS = 12  # a year: with less, a season looks like a trend
SEASONAL_MONTHS = 24  # two years, before a yearly wave can be told from a trend
AVERAGED = 3  # the target counts as met on the average of three months, so that one lucky month does not meet it
BAND = 0.8  # of the forecast: it holds the truth four times in five
PATH = ["period_on", "estimate", "forecast", "low", "high", "target"]
CHANCE = [*TIDY, "forecast", "forecast_low", "forecast_high", "target", "deadline"]
DONE = [*TIDY, "level"]


@dataclass(frozen=True)
class Course:
    """The objective on its way: target (money a month, NaN when none was set); weekly, its series (by week or
    month as its rhythm is, costs by month); attained
    (`attainment`), path (`path`) and done (`way_done`), each empty where it cannot be told."""

    target: float
    weekly: pd.DataFrame
    attained: pd.DataFrame
    path: pd.DataFrame
    done: pd.DataFrame


def course(
    transactions: pd.DataFrame,
    costs: pd.DataFrame,
    *,
    aim: Mapping[str, Any],
    baseline: float,
    rhythm: Rhythm,
) -> Course:
    """How the objective that stage 1 decided stands: `aim` names objective, target and deadline; baseline is money a month.

    rhythm: by which periods it is charted, and until when.
    """
    objective, deadline = str(aim.get("objective", "")), pd.Timestamp(aim.get("deadline") or "NaT")
    target = float(aim.get("target") or "nan")
    weekly, monthly = (
        objective_series(transactions, costs, objective=objective, every=every, as_of=rhythm.until)
        for every in (rhythm.every, "month")
    )
    falls = objective.endswith("_cost")
    return Course(
        target,
        weekly,
        attainment(monthly, target=target, deadline=deadline, lower_is_better=falls),
        path(monthly, target=target, deadline=deadline, baseline=baseline),
        way_done(monthly, target=target, baseline=baseline),
    )


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
    known = _known(series)
    if not _foretold(known, target, deadline):
        return pd.DataFrame(columns=CHANCE)
    months = pd.date_range(end=pd.Timestamp(deadline).to_period("M").start_time, periods=AVERAGED, freq="MS")
    level, error, freedom = _forecast(known, months)
    chance = float(stats.t.cdf((level - target) / error, freedom)) if error else float(level >= target)
    half = _half(error, freedom)
    told = [1 - chance if lower_is_better else chance, np.nan, np.nan, len(known), "share"]
    return pd.DataFrame(
        [[*told, level, level - half, level + half, float(target), pd.Timestamp(deadline)]], columns=CHANCE
    )


def path(series: pd.DataFrame, *, target: float, deadline: pd.Timestamp, baseline: float) -> pd.DataFrame:
    """Month by month: what was, what the trend foretells (80 % interval) and the straight way from baseline to target.

    Columns: period_on, estimate (NaN in the future), forecast, low, high (NaN in the past), target. The way to the
    target starts at `baseline` in the last month known. Same conditions as `attainment`, else an empty table.
    """
    known = _known(series)
    if not _foretold(known, target, deadline):
        return pd.DataFrame(columns=PATH).astype({"estimate": float, "low": float, "high": float})
    last = known["period_on"].iloc[-1]
    ahead = pd.date_range(last, pd.Timestamp(deadline).to_period("M").start_time, freq="MS")[1:]
    found = [_forecast(known, pd.DatetimeIndex([month])) for month in ahead]
    future = pd.DataFrame(found, columns=["forecast", "error", "freedom"], dtype=float).assign(period_on=ahead)
    half = _half(future["error"], future["freedom"])
    way = baseline + (target - baseline) * np.arange(1, len(ahead) + 1) / max(len(ahead), 1)
    future = future.assign(low=future["forecast"] - half, high=future["forecast"] + half, estimate=np.nan, target=way)
    past = known[["period_on", "estimate"]].reindex(columns=PATH).astype(dict.fromkeys(PATH[1:], float))
    return pd.concat([past, future[PATH]], ignore_index=True)


def way_done(series: pd.DataFrame, *, target: float, baseline: float) -> pd.DataFrame:
    """Share of the way from `baseline` to `target` that the last three months have come: estimate (below 0: away from the
    target, above 1: beyond it), low, high (Student t of the three months), n, unit, level (their mean).

    Under three months, or without a way to go: empty.
    """
    known, way = _known(series).tail(AVERAGED), target - baseline
    if len(known) < AVERAGED or not np.isfinite(way) or way == 0:
        return pd.DataFrame(columns=DONE)
    level, low, high = mean_t(known["estimate"])
    ends = sorted(((low - baseline) / way, (high - baseline) / way))
    return pd.DataFrame([[(level - baseline) / way, *ends, len(known), "share", level]], columns=DONE)


def _known(series: pd.DataFrame) -> pd.DataFrame:
    return series.dropna(subset=["estimate"]).sort_values("period_on", ignore_index=True)


def _foretold(known: pd.DataFrame, target: float, deadline: pd.Timestamp) -> bool:
    """Whether there is a year to foretell from, and a target and a day to foretell for."""
    return len(known) >= MINIMUM_MONTHS and bool(np.isfinite(target)) and not pd.isna(deadline)


def _half(error: Any, freedom: Any) -> Any:
    """Half the width of the band of a forecast."""
    return stats.t.ppf(0.5 + BAND / 2, freedom) * error


def _design(months: pd.Series | pd.DatetimeIndex, origin: pd.Timestamp, *, seasonal: bool) -> Floats:
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
