"""Whether each segment is there by itself, and whether another method finds the same ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from cxlib.stages.target_segment.behaviour import scaled
from cxlib.stages.target_segment.segments import SAMPLE
from cxlib.statistics.intervals import bootstrap, percentile

Floats = NDArray[np.float64]
Labels = NDArray[np.int_]

STABLE, DOUBTFUL = 0.75, 0.6  # mean Jaccard similarity: stable from, not to be trusted below (Hennig 2007)
MINIMUM_EACH = 50  # customers a segment, below which no mixture is fitted

JACCARD_COLUMNS = ["segment", "estimate", "low", "high", "n", "unit", "stable", "doubtful"]
MIXTURE_COLUMNS = ["method", "estimate", "low", "high", "n", "unit", "overlap_share"]


def segment_stability(
    features: pd.DataFrame, members: pd.DataFrame, *, replicates: int = 50, seed: int = 0
) -> pd.DataFrame:
    """How much of each segment comes back when the customers are drawn again: mean Jaccard similarity (Hennig 2007,
    doi:10.1016/j.csda.2006.11.025), one row a segment.

    Each bootstrap sample is clustered anew with as many groups, and each segment, cut to the sample, is compared with the
    group most like it: |A ∩ B|/|A ∪ B|. low, high: 5–95 % of the replicates; n: members; stable: mean of at least 0.75;
    doubtful: below 0.6. Empty with one segment or without members.
    """
    rows, names, label = _labelled(features, members)
    if len(names) < 2:
        return pd.DataFrame(columns=JACCARD_COLUMNS)
    generator = np.random.default_rng(seed)
    found = np.empty((replicates, len(names)))
    with threadpool_limits(1):
        for turn in range(replicates):
            drawn = np.unique(generator.integers(0, len(rows), min(len(rows), SAMPLE)))
            anew = KMeans(len(names), n_init=3, max_iter=100, random_state=int(generator.integers(2**31)))
            found[turn] = jaccard(label[drawn], anew.fit(rows[drawn]).labels_).max(axis=1)
    low, high = np.quantile(found, [0.05, 0.95], axis=0)
    table = pd.DataFrame({"segment": names, "estimate": found.mean(axis=0), "low": low, "high": high})
    table["n"], table["unit"] = np.bincount(label), "ratio"
    return table.assign(stable=table["estimate"].ge(STABLE), doubtful=table["estimate"].lt(DOUBTFUL))


def jaccard(one: Labels, other: Labels) -> Floats:
    """Jaccard similarity of every group of one partition with every group of another: |A ∩ B|/|A ∪ B|."""
    both = contingency_matrix(one, other).astype(float)
    return np.asarray(both / (both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both))


def other_method(features: pd.DataFrame, members: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Whether a Gaussian mixture, which allows long, tilted and unequal groups, finds the segments of k-means.

    One row: estimate: adjusted Rand index of the two partitions, with a bootstrap interval over customers; overlap_share:
    customers placed alike after the groups are matched. Empty with one segment or below 50 customers for each.
    """
    rows, names, label = _labelled(features, members)
    if len(names) < 2 or len(rows) < MINIMUM_EACH * len(names):
        return pd.DataFrame(columns=MIXTURE_COLUMNS)
    with threadpool_limits(1):
        mixture = GaussianMixture(len(names), covariance_type="full", n_init=2, reg_covar=1e-3, random_state=seed)
        theirs = mixture.fit_predict(rows)
    counts = contingency_matrix(label, theirs)
    alike = counts[linear_sum_assignment(-counts)].sum() / len(rows)

    def drawn(places: Labels) -> float:
        return float(adjusted_rand_score(label[places], theirs[places]))

    low, high = percentile(bootstrap(drawn, len(rows), replicates=200, seed=seed))
    row = ["gaussian_mixture", adjusted_rand_score(label, theirs), low, high, len(rows), "ratio", alike]
    return pd.DataFrame([row], columns=MIXTURE_COLUMNS)


def _labelled(features: pd.DataFrame, members: pd.DataFrame) -> tuple[Floats, list[str], Labels]:
    """The features as k-means sees them, the names of the segments, and the place of each row's segment among them."""
    rows = scaled(features)
    segment = members.set_index("customer_id")["segment"].reindex(rows.index if len(members) else [])
    names, label = np.unique(segment.astype(str), return_inverse=True)
    return rows.to_numpy(), names.tolist(), label
