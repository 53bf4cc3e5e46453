"""The difference of two means, with its interval and p-value: of two samples, and within the same persons."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from cxlib.facts import CONFIDENCE

Floats = NDArray[np.float64]
BLIND = 1e-9  # of the largest value: a standard error below it is rounding, not spread


def student(estimate: float, error: float, freedom: float = math.inf) -> dict[str, float]:
    """estimate, low, high and the two-sided p_value by Student's t; with infinite freedom, by the normal.

    Without an error, or without freedom, interval and p are NaN: where no spread was seen, none is known.
    """
    error = error if error > 0 and freedom > 0 else math.nan
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)) * error
    p_value = 2 * float(stats.t.sf(abs(estimate) / error, freedom))
    return {"estimate": estimate, "low": estimate - half, "high": estimate + half, "p_value": p_value}


def welch(first: Floats, second: Floats, weights: tuple[Floats, Floats] | None = None) -> dict[str, float]:
    """Mean of the first sample minus that of the second, as in `student`, for unequal spreads (Welch 1947).

    With weights, weighted means with the linearised variance $n/(n-1) \\sum u^2$, $u_i = w_i (y_i - \\bar y)/\\sum w$.
    Each sample needs at least two values.
    """
    samples = zip((first, second), weights or (None, None), strict=True)
    (mean, part), (other, rest) = (_mean_and_variance(values, weight) for values, weight in samples)
    spread = part**2 / (len(first) - 1) + rest**2 / (len(second) - 1)
    freedom = (part + rest) ** 2 / spread if spread else math.inf
    return student(mean - other, seen(math.sqrt(part + rest), np.concatenate([first, second])), freedom)


def paired(after: Floats, before: Floats) -> dict[str, float]:
    """Mean change of the same persons, as in `student`: t with n − 1 degrees of freedom. Needs at least two persons."""
    change = after - before
    error = float(change.std(ddof=1)) / math.sqrt(len(change))
    return student(float(change.mean()), seen(error, np.concatenate([after, before])), len(change) - 1)


def seen(error: float, values: Floats) -> float:
    """A standard error, or 0 where it is nothing but the rounding of these values."""
    return error if error > BLIND * float(np.abs(values).max()) else 0.0


def _mean_and_variance(values: Floats, weight: Floats | None) -> tuple[float, float]:
    """A mean, weighted or not, and the variance of it."""
    if weight is None:
        return float(values.mean()), float(values.var(ddof=1)) / len(values)
    mean = float(np.average(values, weights=weight))
    part = weight * (values - mean) / weight.sum()
    return mean, len(part) / (len(part) - 1) * float((part**2).sum())
