"""Looking more than once: bounds for planned looks, and an interval that holds at any time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import optimize, stats

from cxlib.statistics.differences import Floats
from cxlib.statistics.intervals import ALPHA, Z

BOUNDS = ["look", "information_share", "z", "p_value", "spent_share"]
SHAPES = ("obrien_fleming", "pocock")
GRID = 161  # odd, for Simpson's rule: the bounds are then right to five decimals


def bounds(looks: int, *, shape: str = "obrien_fleming") -> pd.DataFrame:
    """How far from zero the test statistic must lie at each of equally spaced looks, two-sided, error 5 % over all.

    obrien_fleming: $c\\sqrt{K/k}$, hard early and almost 1.96 at the end; pocock: the same c each time. c is found so that
    a trial without effect crosses with that probability: the density of those not yet stopped is carried from look to
    look by $f_k(s) = \\int f_{k-1}(u)\\,\\varphi(s - u)\\,du$ (Armitage, McPherson & Rowe 1969; O'Brien & Fleming 1979;
    Pocock 1977). Columns: look, information_share, z, p_value (nominal), spent_share (error used up by then).
    """
    if looks < 1 or shape not in SHAPES:
        return pd.DataFrame(columns=BOUNDS)

    def excess(constant: float) -> float:
        return float(crossing(_limits(constant, looks, shape)).sum()) - ALPHA

    limits = _limits(float(optimize.brentq(excess, 1.0, 8.0, xtol=1e-10)), looks, shape)
    look = np.arange(1, looks + 1)
    spent = np.cumsum(crossing(limits))
    columns = zip(look, look / looks, limits, 2 * stats.norm.sf(limits), spent, strict=True)
    return pd.DataFrame(columns, columns=BOUNDS)


def crossing(limits: Floats) -> Floats:
    """Chance to cross ±limit first at each of equally spaced looks when there is no effect.

    Five looks at 1.96 each: 14.2 % in all, not 5 %.
    """
    crossed = np.zeros(len(limits))
    edge = float(limits[0])
    crossed[0] = 2 * stats.norm.sf(edge)
    grid = np.linspace(-edge, edge, GRID)
    density = stats.norm.pdf(grid)
    for at in range(1, len(limits)):  # sums of at + 1 increments: the limit grows by √(at + 1)
        weight = density * _simpson(grid)
        edge = float(limits[at]) * np.sqrt(at + 1)
        crossed[at] = weight @ (stats.norm.sf(edge - grid) + stats.norm.cdf(-edge - grid))
        ahead = np.linspace(-edge, edge, GRID)
        density = weight @ stats.norm.pdf(ahead[None, :] - grid[:, None])
        grid = ahead
    return crossed


def always_valid(effect: pd.DataFrame, *, mixture_effect: float) -> pd.DataFrame:
    """The same effect with an interval that holds however often one looked: mixture sequential test, inverted.

    `effect`: rows of an effect table (estimate, low, high by a 95 % interval). With V the squared error and τ the size of
    effect looked for, fixed before the launch, $\\Lambda = \\sqrt{V/(V+\\tau^2)}\\,e^{\\tau^2 \\Delta^2 / 2V(V+\\tau^2)}
    \\ge 1/\\alpha$ rejects, so the half-width is $\\sqrt{(2V(V+\\tau^2)/\\tau^2)\\,(\\ln(1/\\alpha) + \\frac12
    \\ln((V+\\tau^2)/V))}$: wider than a fixed interval by a third to a half, in return for stopping at will. It holds for any
    τ; one far below the error makes it useless. Columns of `effect`, low and high replaced. No such effect: empty.
    Source: Johari, Koomen, Pekelis & Walsh (2022), Operations Research 70(3); Robbins (1970).
    """
    if effect.empty or not np.isfinite(mixture_effect) or mixture_effect <= 0:
        return effect.head(0)
    error = (effect["high"] - effect["low"]) / 2 / Z
    variance, mixture = error**2, mixture_effect**2
    wide = 2 * variance * (variance + mixture) / mixture
    half = np.sqrt(wide * (np.log(1 / ALPHA) + np.log1p(mixture / variance) / 2))
    return effect.assign(low=effect["estimate"] - half, high=effect["estimate"] + half)


def _limits(constant: float, looks: int, shape: str) -> Floats:
    """The z limits of all looks for one constant."""
    steps = np.arange(1, looks + 1)
    return np.asarray(constant * (np.sqrt(looks / steps) if shape == "obrien_fleming" else np.ones(looks)))


def _simpson(grid: Floats) -> Floats:
    """Weights of Simpson's rule on an evenly spaced grid of odd length."""
    weight = np.full(len(grid), 2.0)
    weight[1::2] = 4.0
    weight[[0, -1]] = 1.0
    return np.asarray(weight * (grid[1] - grid[0]) / 3)
