"""A line through monthly money: level, trend and season, and intervals that allow for months resembling their neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import toeplitz
from scipy.special import stdtrit

from cxlib.facts import CONFIDENCE

Floats = NDArray[np.float64]

SEASON = 12  # months in a year: the shortest span over which a season cancels
SEASONAL_MONTHS = 24  # two of each month: the least that tells a season from a trend
MINIMUM_MONTHS = 3
CORRELATIONS = np.linspace(-0.3, 0.95, 26)  # month-to-month correlation of what the model leaves over


@dataclass(frozen=True)
class Line:
    """A line fitted by least squares, and the covariance of the months from which every interval is made."""

    y: Floats
    design: Floats
    months: Floats

    @property
    def seasonal(self) -> bool:
        """Whether trend and season were told apart."""
        return bool(self.design.shape[1] > 1)

    @property
    def solver(self) -> Floats:
        """The matrix that turns months into coefficients: level at the last month, change a year, month effects."""
        return np.asarray(np.linalg.solve(self.design.T @ self.design, self.design.T), dtype=float)

    @property
    def level_row(self) -> Floats:
        """The weights that give the level: the plain mean of the last twelve months, so that it is what was booked."""
        last = np.arange(len(self.y)) >= len(self.y) - SEASON
        return np.asarray(last / last.sum(), dtype=float)

    @property
    def level(self) -> float:
        """Money a month over the last twelve months."""
        return float(self.level_row @ self.y)

    @property
    def change_row(self) -> Floats:
        """The weights that give the change a year."""
        return np.asarray(self.solver[1], dtype=float)

    def half(self, rows: Floats) -> Floats:
        """Half the width of the interval of each weighted sum of months."""
        spread = np.sqrt(np.einsum("ri,ij,rj->r", rows, self.months, rows))
        freedom = len(self.y) - self.design.shape[1]
        wide: Floats = float(stdtrit(freedom, 0.5 + CONFIDENCE / 2)) * spread
        return wide

    def around(self, row: Floats) -> dict[str, float]:
        """Estimate, low and high of one weighted sum of months."""
        value, half = float(row @ self.y), float(self.half(row[None, :])[0])
        return {"estimate": value, "low": value - half, "high": value + half}

    def trend(self) -> dict[str, float]:
        """Change a year as a share of the level, with a delta-method interval; blank where a season looks like a trend."""
        if not self.seasonal or self.level == 0:
            return dict.fromkeys(("estimate", "low", "high"), math.nan)
        share = float(self.change_row @ self.y) / self.level
        half = float(self.half((self.change_row - share * self.level_row)[None, :])[0]) / abs(self.level)
        return {"estimate": share, "low": share - half, "high": share + half}


def fitted(y: Floats) -> Line | None:
    """Least squares on level, trend and months (the last twelve alone when there are fewer than 24); None if too short.

    y = level + trend · years + month of the year + error. The errors are correlated from month to month (AR 1); the
    correlation is not plugged in but integrated over by restricted likelihood (Harville 1974), with a weight that falls to
    zero at 1. In simulated series of 24 to 36 months with correlations of 0, 0.3 and 0.6 these intervals covered 96, 93
    and 89 % instead of 95 %, Newey–West ones 92, 85 and 76 %.
    """
    if len(y) < MINIMUM_MONTHS:
        return None
    seasonal = len(y) >= SEASONAL_MONTHS
    y = y if seasonal else y[-SEASON:]
    design = _design(len(y)) if seasonal else np.ones((len(y), 1))
    return Line(y, design, _covariance(design, y))


def _design(length: int) -> Floats:
    """Level at the last month, years before it, and eleven month effects that sum to zero over a year."""
    at = np.arange(length)
    month = (at[:, None] % SEASON == np.arange(SEASON)).astype(float)
    return np.column_stack([np.ones(length), (at - length + 1) / SEASON, month[:, 1:] - month[:, :1]])


def _covariance(design: Floats, y: Floats) -> Floats:
    """Covariance of the months: AR(1), its correlation integrated over by restricted likelihood."""
    likelihood, variance = np.transpose([_whitened(design, y, correlation) for correlation in CORRELATIONS])
    likelihood = likelihood + np.log(1 - np.abs(CORRELATIONS))
    weight = np.exp(likelihood - likelihood.max())
    lags = np.arange(len(y))
    each = np.array([one * toeplitz(r**lags) for one, r in zip(variance, CORRELATIONS, strict=True)])
    covariance: Floats = np.einsum("r,rij->ij", weight / weight.sum(), each)
    return covariance


def _whitened(design: Floats, y: Floats, correlation: float) -> tuple[float, float]:
    """Restricted log-likelihood and variance of a month at one correlation (Prais–Winsten)."""
    both = np.column_stack([design, y])
    turned = both.copy()
    turned[1:] -= correlation * both[:-1]
    turned[0] *= math.sqrt(1 - correlation**2)
    x, z = turned[:, :-1], turned[:, -1]
    freedom = len(y) - x.shape[1]
    gram = x.T @ x
    rest = float(((z - x @ np.linalg.solve(gram, x.T @ z)) ** 2).sum())
    rest = max(rest, 1e-12 * float(z @ z), 1e-300)  # a series without any noise has a variance of zero
    likelihood = 0.5 * math.log(1 - correlation**2) - 0.5 * float(np.linalg.slogdet(gram)[1])
    return likelihood - freedom / 2 * math.log(rest), rest / freedom / (1 - correlation**2)
