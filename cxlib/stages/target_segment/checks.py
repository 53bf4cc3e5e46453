"""Whether each segment is there by itself, and whether another method finds the same ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]

STABLE = 0.75  # mean Jaccard similarity from which a segment counts as stable; below 0.6 it should not be trusted (Hennig 2007)
SAMPLE = 1500

JACCARD_COLUMNS = ["segment", "estimate", "low", "high", "n", "unit", "stable"]
MIXTURE_COLUMNS = ["method", "estimate", "low", "high", "n", "unit", "overlap_share"]


def segment_stability(rows: Floats, segment: pd.Series, *, replicates: int = 50, seed: int = 0) -> pd.DataFrame:
    """How much of each segment comes back when the customers are drawn again: mean Jaccard similarity (Hennig 2007,
    doi:10.1016/j.csda.2006.11.025), one row a segment.

    Each bootstrap sample is clustered anew with as many groups, and each segment, cut to the sample, is compared with the
    group most like it: |A ∩ B|/|A ∪ B|. low, high: 5–95 % of the replicates; n: members; stable: mean of at least 0.75.
    rows: the features as k-means sees them (`segments.scaled`), in the order of `segment`. Empty with one segment.
    """
    names, label = np.unique(segment.astype(str), return_inverse=True)
    if len(names) < 2:
        return pd.DataFrame(columns=JACCARD_COLUMNS)
    generator = np.random.default_rng(seed)
    found = np.empty((replicates, len(names)))
    with threadpool_limits(1):
        for turn in range(replicates):
            drawn = np.unique(generator.integers(0, len(rows), min(len(rows), SAMPLE)))
            fit = KMeans(len(names), n_init=3, max_iter=100, random_state=int(generator.integers(2**31))).fit(
                rows[drawn]
            )
            found[turn] = jaccard(label[drawn], fit.labels_, len(names)).max(axis=1)
    low, high = np.quantile(found, [0.05, 0.95], axis=0)
    mean = found.mean(axis=0)
    return pd.DataFrame(
        {
            "segment": names,
            "estimate": mean,
            "low": low,
            "high": high,
            "n": np.bincount(label),
            "unit": "ratio",
            "stable": mean >= STABLE,
        }
    )[JACCARD_COLUMNS]


def jaccard(one: NDArray[np.int_], other: NDArray[np.int_], size: int) -> Floats:
    """Jaccard similarity of every group of one partition with every group of another: |A ∩ B|/|A ∪ B|, size × size."""
    both = np.bincount(one * size + other, minlength=size * size).reshape(size, size).astype(float)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
    return np.asarray(np.divide(both, either, out=np.zeros_like(both), where=either > 0))


def other_method(rows: Floats, segment: pd.Series, *, seed: int = 0) -> pd.DataFrame:
    """Whether a Gaussian mixture, which allows long, tilted and unequal groups, finds the segments of k-means.

    One row: estimate: adjusted Rand index of the two partitions, with a bootstrap interval over customers; overlap_share:
    customers placed alike after the groups are matched. Empty with one segment or below 50 customers for each.
    """
    names, label = np.unique(segment.astype(str), return_inverse=True)
    if len(names) < 2 or len(rows) < 50 * len(names):
        return pd.DataFrame(columns=MIXTURE_COLUMNS)
    with threadpool_limits(1):
        mixture = GaussianMixture(len(names), covariance_type="full", n_init=2, reg_covar=1e-3, random_state=seed)
        theirs = mixture.fit_predict(rows)
    counts = np.bincount(label * len(names) + theirs, minlength=len(names) ** 2).reshape(len(names), -1)
    matched = linear_sum_assignment(-counts)
    generator = np.random.default_rng(seed)
    draws = [
        adjusted_rand_score(label[drawn], theirs[drawn]) for drawn in generator.integers(0, len(rows), (200, len(rows)))
    ]
    low, high = np.quantile(draws, [0.025, 0.975])
    row = [
        "gaussian_mixture",
        adjusted_rand_score(label, theirs),
        low,
        high,
        len(rows),
        "ratio",
        counts[matched].sum() / len(rows),
    ]
    return pd.DataFrame([row], columns=MIXTURE_COLUMNS)
