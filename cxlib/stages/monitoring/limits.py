"""The limits of each kind of control chart: from the first periods, by the type of data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import signal, special, stats

from cxlib.statistics.differences import Floats
from cxlib.statistics.intervals import ALPHA

D2 = 1.128  # mean range of two normal values (Shewhart)
WEIGHT, WIDTH = 0.1, 2.7  # EWMA: a shift of one σ is found after 10 periods (Lucas & Saccucci 1990)
SLACK, DECISION = 0.5, 5.0  # CUSUM, in σ: made for a shift of one σ (Montgomery 2019, sec. 9.1)
DIGITS = 9  # of the largest value of a series: what differs less, differs by rounding
RARE = 0.05  # chance of seeing none at all that still counts as possible


def autocorrelation(values: pd.Series) -> float:
    """Lag-one autocorrelation; beyond ±2/√n neighbours are alike and plain limits would be too narrow."""
    centred = values.to_numpy(float) - float(values.mean())
    total = float((centred**2).sum())
    return float((centred[1:] * centred[:-1]).sum() / total) if total else 0.0


def overdispersed(base: pd.DataFrame, kind: str) -> bool:
    """Do shares, counts or means (`kind`) vary more between periods than chance within them allows? Chi-square, p < 0.05."""
    z = {"shares": _share_z, "counts": _count_z, "means": _mean_z}[kind](base)
    return bool(stats.chi2.sf(float((z**2).sum()), len(z) - 1) < ALPHA)


def usual_spread(values: pd.Series | Floats) -> float:
    """σ from the mean moving range ÷ 1.128 (Shewhart): a lasting shift inside the values hardly adds to it."""
    return float(np.abs(np.diff(np.asarray(values, dtype=float))).mean()) / D2


def without_dust(values: pd.Series) -> pd.Series[float]:
    """The values, all alike where they differ by less than a thousand-millionth of the largest: computing adds as much.

    Guards every chart and every dated shift at once: a series that does not vary must give no signal.
    """
    known = values.astype(float)
    if known.max() - known.min() > dust(known):
        return known
    return known.where(known.isna(), known.mean())


def dust(values: pd.Series) -> float:
    """How far values of this size may lie apart by rounding alone."""
    return float(10.0**-DIGITS * values.abs().max())


def smoothed(values: Floats, *, weight: float = WEIGHT) -> Floats:
    """Moving average $z_t = \\lambda x_t + (1-\\lambda) z_{t-1}$ from 0, along the last axis (Roberts 1959)."""
    return np.asarray(signal.lfilter([weight], [1, weight - 1], values))


def cumulated(values: Floats) -> tuple[Floats, Floats]:
    """Both cumulated sums $C^\\pm_t = \\max(0, C^\\pm_{t-1} \\pm x_t - k)$ along the last axis, values in σ from their centre.

    k = 0.5: a lasting shift of one σ passes 5 after 10 periods, a false alarm comes every 465 (Page 1954).
    """
    steps = np.moveaxis(np.asarray(values, dtype=float), -1, 0)
    both = np.zeros((2, len(steps) + 1, *steps.shape[1:]))
    for at, step in enumerate(steps):
        both[:, at + 1] = np.maximum(0.0, both[:, at] + np.stack([step, -step]) - SLACK)
    up, down = np.moveaxis(both[:, 1:], 1, -1)
    return up, down


def _within(known: pd.DataFrame) -> float:
    """The usual σ within a period: the mean of s / c₄, as the s of few answers falls short of σ (Montgomery 2019, sec. 6.3)."""
    n = np.maximum(known["n"].to_numpy(float), 2.0)
    short = np.sqrt(2 / (n - 1)) * np.exp(special.gammaln(n / 2) - special.gammaln((n - 1) / 2))
    return float((known["spread"].to_numpy(float) / short).mean())


def _share_z(known: pd.DataFrame) -> Floats:
    """Every share in standard errors from the common one."""
    share = float(known["successes"].sum() / known["n"].sum())
    error = np.sqrt(share * (1 - share) / known["n"].to_numpy(float))
    return _in_errors((known["successes"] / known["n"]).to_numpy(float) - share, error)


def _count_z(known: pd.DataFrame) -> Floats:
    """Every count in standard errors from the common one (Poisson)."""
    mean = float(known["estimate"].mean())
    gap = known["estimate"].to_numpy(float) - mean
    return _in_errors(gap, np.full(len(gap), np.sqrt(mean)))


def _mean_z(known: pd.DataFrame) -> Floats:
    """Every mean in standard errors, from the spread within periods, from the common one."""
    gap = known["estimate"].to_numpy(float) - float(np.average(known["estimate"], weights=known["n"]))
    return _in_errors(gap, _within(known) / np.sqrt(known["n"].to_numpy(float)))


def _in_errors(gap: Floats, error: Floats) -> Floats:
    return np.divide(gap, error, out=np.zeros_like(gap), where=error > 0)


def _xmr(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Individuals chart: mean ± 3 × mean moving range ÷ 1.128 (Shewhart)."""
    base = table["estimate"].head(first)
    return _around(table, base.mean(), 3 * usual_spread(base))


def _residual(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """XmR of what the period before does not foretell (Alwan & Roberts 1988), drawn around what it foretells.

    Centre $\\bar x + \\rho (x_{t-1} - \\bar x)$, ρ from phase I; limits around it from the moving range of the residuals.
    """
    rho, mean = autocorrelation(table["raw"].head(first)), float(table["raw"].head(first).mean())
    foretold = mean + (rho * (table["raw"].shift() - mean)).fillna(0.0)
    left = (table["raw"] - foretold).head(first)
    return _around(table, foretold + float(left.mean()), 3 * usual_spread(left))


def _p(table: pd.DataFrame, first: int, *, sigma_z: float = 1.0) -> pd.DataFrame:
    """Share chart: $\\bar p \\pm 3 \\sigma_z \\sqrt{\\bar p (1 - \\bar p)/n_i}$, kept inside 0 and 1.

    Where phase I has seen none (or only) cases $\\bar p$ has no spread: the limits start from the largest share that is
    likely all the same, $1 - 0.05^{1/N}$ (Clopper & Pearson 1934; the rule of three).
    """
    base = table.head(first)
    share, n = float(base["successes"].sum() / base["n"].sum()), float(base["n"].sum())
    unseen = 1 - RARE ** (1 / n) if share in (0.0, 1.0) else 0.0
    wide = unseen or share
    half = unseen + 3 * sigma_z * np.sqrt(wide * (1 - wide) / table["n"].to_numpy(float))
    shares = table["successes"] / table["n"]
    lower, upper = np.clip(share - half, 0, 1), np.clip(share + half, 0, 1)
    return table.assign(estimate=shares, raw=shares, centre=share, lower=lower, upper=upper, unit="share")


def _laney(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Laney's (2002) p′ chart: the p chart widened by the moving range of the z values."""
    return _p(table, first, sigma_z=usual_spread(_share_z(table.head(first))))


def _c(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Count chart: $\\bar c \\pm 3 \\sqrt{\\bar c}$, not below 0.

    Where phase I has counted none, from the largest mean that is likely all the same: $-\\ln 0.05 / N$ (rule of three).
    """
    mean = float(table["estimate"].head(first).mean())
    wide = mean or -np.log(RARE) / first
    half = wide - mean + 3 * np.sqrt(wide)
    return table.assign(centre=mean, lower=max(0.0, mean - half), upper=mean + half)


def _xbar(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Chart of means: $\\bar{\\bar x} \\pm 3\\,\\bar s/\\sqrt{n_i}$, s the spread within a period (Shewhart)."""
    base = table.head(first)
    centre = float(np.average(base["estimate"], weights=base["n"]))
    return _around(table, centre, 3 * _within(base) / np.sqrt(table["n"].to_numpy(float)))


def _ewma(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """Moving average from the centre, its limits following every n.

    Var $z_t = \\lambda^2\\sigma^2/n_t + (1-\\lambda)^2$ Var $z_{t-1}$; σ from the moving range of
    $\\sqrt{n_t}(x_t - \\bar x)$, so that what moves the periods besides chance among the answers is in it.
    """
    base, n = table.head(first), table["n"].to_numpy(float)
    centre = float(np.average(base["estimate"], weights=base["n"]))
    gaps = table["estimate"].to_numpy(float) - centre
    sigma = usual_spread((np.sqrt(n) * gaps)[:first])
    variance = signal.lfilter([1], [1, -((1 - WEIGHT) ** 2)], WEIGHT**2 * sigma**2 / n)
    return _around(table.assign(estimate=centre + smoothed(gaps)), centre, WIDTH * np.sqrt(variance))


def _cusum(table: pd.DataFrame, first: int) -> pd.DataFrame:
    """The larger of the two cumulated sums, the lower one drawn below zero, in the unit of the series; limits ± 5 σ."""
    base = table["estimate"].head(first)
    sigma = usual_spread(base)
    gaps = table["estimate"].to_numpy(float) - float(base.mean())
    up, down = cumulated(gaps / sigma) if sigma else (np.zeros(len(gaps)),) * 2
    return _around(table.assign(estimate=sigma * np.where(up >= down, up, -down)), 0.0, DECISION * sigma)


def _around(table: pd.DataFrame, centre: Any, half: float | Floats) -> pd.DataFrame:
    """The table with limits on either side of a centre."""
    made = table.assign(centre=centre)
    return made.assign(lower=made["centre"] - half, upper=made["centre"] + half)


LIMITS = {
    "xmr": _xmr,
    "residual": _residual,
    "p": _p,
    "laney": _laney,
    "c": _c,
    "xbar": _xbar,
    "ewma": _ewma,
    "cusum": _cusum,
}
