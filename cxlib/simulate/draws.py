"""Drawing: the few ways in which the other modules turn random numbers into data, all vectorised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cxlib.simulate.plan import N_DAYS, SEASON, START, TREND_SHARE, WARM_DAYS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Random = np.random.Generator


def pick(random: Random, values: Sequence[Any], shares: Any, n: int) -> npt.NDArray[Any]:
    """`n` values drawn with the given shares (which need not add to one)."""
    weights = np.asarray(shares, dtype=float)
    chosen: npt.NDArray[Any] = np.asarray(values, dtype=object)[
        random.choice(len(values), size=n, p=weights / weights.sum())
    ]
    return chosen


def pick_rows(random: Random, weights: Floats) -> Ints:
    """One column number per row of a table of weights."""
    edges = np.cumsum(weights, axis=1)
    throws = random.random(len(weights)) * edges[:, -1]
    chosen: Ints = np.minimum((throws[:, None] >= edges).sum(axis=1), weights.shape[1] - 1).astype(np.int64)
    return chosen


def demand() -> Floats:
    """Cumulative demand at the start of each day (warm-up first), from 0 to 1: season, trend and weak Sundays."""
    n = WARM_DAYS + N_DAYS
    days = pd.date_range(START - pd.Timedelta(days=WARM_DAYS), periods=n)
    level = np.array(SEASON)[days.month.to_numpy() - 1] * (1 + TREND_SHARE) ** (np.arange(n) / 365)
    level = level * np.where(days.day_of_week == 6, 0.55, 1.075)
    return np.concatenate([[0.0], np.cumsum(level) / level.sum()])


def season_days(random: Random, low: Floats, high: Floats) -> Floats:
    """One moment (in days since the start) per row, between `low` and `high`, following the demand."""
    curve, grid = demand(), np.arange(-WARM_DAYS, N_DAYS + 1)
    first, last = np.interp(low, grid, curve), np.interp(high, grid, curve)
    return np.interp(first + random.random(len(low)) * np.maximum(last - first, 0), curve, grid)


def calibrate(linear: Floats, share: float) -> float:
    """The intercept with which the mean of the logistic of `linear` is `share`."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if logistic(linear + middle).mean() < share else (low, middle)
    return (low + high) / 2


def logistic(linear: Floats) -> Floats:
    """The logistic function."""
    return np.asarray(1 / (1 + np.exp(-linear)), dtype=np.float64)


def score(latent: Any, low: int = 0, high: int = 10) -> Floats:
    """Latent satisfaction as a whole number on the scale."""
    return np.asarray(np.clip(np.rint(np.asarray(latent, dtype=float)), low, high), dtype=np.float64)


def timestamps(days: Any) -> pd.DatetimeIndex:
    """Moments at the minute within opening hours (9 to 21), keeping the order of `days`."""
    moments = np.asarray(days, dtype=float)
    whole = np.floor(moments)
    minutes = (whole * 1440 + 540 + np.floor((moments - whole) * 720)).astype(np.int64)
    return pd.DatetimeIndex(START + pd.to_timedelta(minutes, unit="min")).as_unit("us")


def dates(days: Any) -> pd.DatetimeIndex:
    """Days since the start as dates."""
    return pd.DatetimeIndex(START + pd.to_timedelta(np.floor(np.asarray(days, dtype=float)), unit="D")).as_unit("us")


def day_number(day: pd.Timestamp) -> float:
    """A date as days since the start."""
    return float((day - START).days)
