"""Intervals that several methods share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from cxlib.facts import CONFIDENCE

Floats = NDArray[np.float64]
Z = float(stats.norm.ppf(0.5 + CONFIDENCE / 2))  # half width of an interval in standard errors: 1.96 at 95 %
ALPHA = round(1 - CONFIDENCE, 12)  # chance of an alarm where nothing is, two-sided
POWER = 0.8  # chance to show an effect that is there, from which a comparison is called large enough (policy)
Z_POWER = float(stats.norm.ppf(POWER))

FALSE_RATE = 0.05  # of the discoveries declared in a family, the share that may be false
TIDY = ["estimate", "low", "high", "n", "unit"]
MODEL = ["parameter", *TIDY, "log_likelihood", "sound", "covariance"]
FLAT = 1.5  # standard error of a log parameter from which a likelihood counts as flat: a factor of 20 either way
FARTHEST = 12.0  # bound of a log parameter; a fit that ends on it has run away


def wilson(successes: float, n: float, *, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Share with its Wilson (1927) interval: (estimate, low, high); NaN when n is 0."""
    if n <= 0:
        return (float("nan"),) * 3
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    return share, max(0.0, centre - half), min(1.0, centre + half)


def newcombe(first: tuple[float, float], second: tuple[float, float]) -> tuple[float, float, float]:
    """Share 1 − share 2 with its interval, each given as (count, n): Newcombe (1998), method 10; NaN when an n is 0."""
    (hits, n), (others, rest) = first, second
    if min(n, rest) <= 0:
        return (float("nan"),) * 3
    low, high = confint_proportions_2indep(hits, n, others, rest, method="newcomb", alpha=ALPHA)
    return hits / n - others / rest, float(low), float(high)


def pooled_p(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Two-sided p-value of the pooled z test of two equal shares, each given as (count, n); NaN when nothing varies."""
    (hits, n), (others, rest) = first, second
    varies = 0 < hits + others < n + rest
    return float(proportions_ztest([hits, others], [n, rest])[1]) if varies else float("nan")


def false_discovery(p_values: pd.Series) -> pd.Series:
    """P-values adjusted as one family (Benjamini & Hochberg 1995, JRSS B 57, 289–300); blank ones are left out."""
    known = p_values.astype(float).dropna().clip(0, 1)
    if len(known):
        known[:] = stats.false_discovery_control(known)
    return known.reindex(p_values.index)


def discoveries(p_values: Sequence[float], *, rate: float = FALSE_RATE) -> np.ndarray:
    """Which of a family of tests stand when at most `rate` of those declared may be false: booleans in the same order.

    A blank p-value is never a discovery.
    """
    return (false_discovery(pd.Series(p_values, dtype=float)) <= rate).to_numpy()


def holm(p_values: pd.Series) -> pd.Series:
    """P-values adjusted as one family by Holm (1979), Scand. J. Statist. 6, 65–70; blank ones do not belong to it."""
    known = p_values.dropna()
    adjusted = multipletests(known, method="holm")[1] if len(known) else []
    return pd.Series(adjusted, known.index, dtype=float).reindex(p_values.index)


def mean_t(values: pd.Series | np.ndarray, *, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Mean with its Student-t interval; the interval is NaN below two values."""
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    if len(known) == 0:
        return (float("nan"),) * 3
    mean, error = float(known.mean()), float("nan")
    if len(known) > 1:
        error = float(known.std(ddof=1)) / float(np.sqrt(len(known)))
    half = float(stats.t.ppf(0.5 + confidence / 2, len(known) - 1)) * error
    return mean, mean - half, mean + half


def weighted_mean_t(values: pd.Series, weights: pd.Series) -> tuple[float, float, float]:
    """Weighted mean with its interval: linearised variance n/(n − 1) Σ(w(y − ȳ)/Σw)², t with n − 1 (Lumley 2004)."""
    known = values.dropna().astype(float)
    share = weights.reindex(known.index).fillna(0.0).astype(float)
    known, share = known[share > 0], share[share > 0] / share.sum()
    if known.empty:
        return (float("nan"),) * 3
    mean, n = float((share * known).sum()), len(known)
    if n < 2:
        return mean, float("nan"), float("nan")
    error = float(np.sqrt(n / (n - 1) * ((share * (known - mean)) ** 2).sum()))
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1)) * error
    return mean, mean - half, mean + half


def bootstrap(
    statistic: Callable[[np.ndarray], float | np.ndarray], n: int, *, replicates: int = 300, seed: int = 0
) -> np.ndarray:
    """Replicates of `statistic(rows)`, where rows are n row numbers drawn with replacement; shape (replicates, …)."""
    generator = np.random.default_rng(seed)
    return np.asarray([statistic(generator.integers(0, n, n)) for _ in range(replicates)])


def person_weights(persons: pd.Series | pd.Index, *, replicates: int = 200, seed: int = 0) -> pd.DataFrame:
    """How often each person is drawn when all are drawn with replacement: one row per person, one column per draw.

    Resampling persons keeps together what one person did and said, whichever table holds it.
    """
    known = pd.Index(pd.unique(persons), name="person").dropna().sort_values()
    if known.empty:
        return pd.DataFrame(index=known, columns=range(replicates), dtype=float)
    drawn = np.random.default_rng(seed).multinomial(len(known), np.full(len(known), 1 / len(known)), size=replicates)
    return pd.DataFrame(drawn.T.astype(float), index=known)


def correlated_levels(correlation: np.ndarray, draws: int, *, seed: int = 0) -> np.ndarray:
    """Uniform levels (draws × drivers) whose normal scores have the declared correlation; margins are even strata.

    A Gaussian copula by the restricted pairing of Iman & Conover (1982): each column holds the draws' strata once, so that
    quantile(levels) has its margins almost exactly, whatever the correlation. A matrix that no drivers can have (not
    positive semi-definite) is moved to the nearest by cutting its negative eigenvalues.
    """
    values, vectors = np.linalg.eigh(np.asarray(correlation, dtype=float))
    root = vectors * np.sqrt(np.clip(values, 0, None))
    root /= np.sqrt((root**2).sum(axis=1, keepdims=True))
    generator = np.random.default_rng(seed)
    scores = generator.standard_normal((draws, len(root)))
    if draws > 10 * len(root):  # what chance put into the sample is taken out before the wanted correlation goes in
        scores -= scores.mean(axis=0)
        scores = np.linalg.solve(np.linalg.cholesky(scores.T @ scores / draws), scores.T).T
    ranks = (scores @ root.T).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    return np.asarray((ranks + generator.random((draws, len(root)))) / draws)


def percentile(replicates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval along the first axis, NaN-safe: (low, high); NaN, or no columns, where there is nothing."""
    if not replicates.size:
        return np.full(replicates.shape[1:], np.nan), np.full(replicates.shape[1:], np.nan)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(replicates, [tail, 1 - tail], axis=0)
    return low, high


def share_row(count: float, n: float) -> dict[str, Any]:
    """A share in the columns of a tidy table (estimate, low, high, n, unit share), with Wilson's (1927) interval."""
    estimate, low, high = wilson(count, n)
    return {"estimate": estimate, "low": low, "high": high, "n": int(n), "unit": "share"}


def mean_row(
    values: pd.Series | np.ndarray, unit: str = "score", *, weights: pd.Series | None = None
) -> dict[str, Any]:
    """A mean in the columns of a tidy table (estimate, low, high, n, unit), with Student's t interval.

    weights: of the values, by their index; the mean is then weighted, its error linearised (Lumley 2004).
    """
    estimate, low, high = mean_t(values) if weights is None else weighted_mean_t(pd.Series(values), weights)
    return {"estimate": estimate, "low": low, "high": high, "n": int(pd.notna(values).sum()), "unit": unit}


def tidy(keys: list[str], rows: list[dict[str, object]] | None = None) -> pd.DataFrame:
    """A tidy table with the key columns and estimate, low, high, n, unit; empty when there are no rows."""
    table = pd.DataFrame(rows or [], columns=None if rows else [*keys, *TIDY])
    if not rows:
        table = table.astype(dict.fromkeys(("estimate", "low", "high", "n"), float))
    return table


def detectable(low: float, high: float) -> float:
    """Smallest true difference that a comparison as precise as this one would have shown four times out of five.

    $(z_{1-\\alpha/2} + z_{power}) \\cdot SE$, with SE read off the interval: 1.43 times its half-width (Bloom 1995). It says
    what "not shown" is worth: an effect smaller than this may well exist.
    """
    return (high - low) / 2 * (Z + Z_POWER) / Z


def likelihood(
    loss: Callable[[Floats], tuple[float, Floats]], start: dict[str, float], n: int, *, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """Positive parameters by maximum likelihood, one row each, with intervals on the log scale from the information.

    loss(logs): mean negative log-likelihood of n independent rows and its gradient by the log parameters; start: a value
    per parameter. covariance: that of the log parameters, one of its rows per row. sound: the fit converged inside its
    bounds, the information is positive definite, and no standard error exceeds 1.5 on the log scale (a flat
    likelihood); otherwise there is no interval.
    """
    first, width = np.log(list(start.values())), len(start)
    fit = optimize.minimize(
        loss,
        first,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-FARTHEST, FARTHEST)] * width,
        options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 500},
    )
    step = 1e-5
    curved = [(loss(fit.x + move)[1] - loss(fit.x - move)[1]) / (2 * step) for move in np.eye(width) * step]
    information = n * (np.array(curved) + np.array(curved).T) / 2
    definite = bool(np.isfinite(information).all() and np.linalg.eigvalsh(information)[0] > 0)
    covariance = np.linalg.inv(information) if definite else np.full((width, width), np.nan)
    errors = np.sqrt(np.diag(covariance))
    still = bool(np.abs(fit.jac).max() < 1e-5)  # the search may stop for lack of digits, at the top all the same
    sound = bool(still and definite and errors.max() < FLAT and np.abs(fit.x).max() < FARTHEST)
    half = float(stats.norm.ppf(0.5 + confidence / 2)) * errors if sound else np.full(width, np.nan)
    return pd.DataFrame(
        {
            "parameter": list(start),
            "estimate": np.exp(fit.x),
            "low": np.exp(fit.x - half),
            "high": np.exp(fit.x + half),
            "n": n,
            "unit": "ratio",
            "log_likelihood": -float(fit.fun) * n,
            "sound": sound,
            "covariance": list(covariance),
        }
    )[MODEL]


def slopes(value: Callable[[Floats], Floats], logs: Floats, *, step: float = 1e-4) -> Floats:
    """Derivative of many values by each log parameter (central differences): shape (values, parameters)."""
    moves = np.eye(len(logs)) * step
    return np.column_stack([(value(logs + move) - value(logs - move)) / (2 * step) for move in moves])
