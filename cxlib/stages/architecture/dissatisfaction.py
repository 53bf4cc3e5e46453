"""Which failures make people dissatisfied? The key-dissatisfaction game, solved exactly."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.facts import EVIDENCE_N
from cxlib.stages.architecture.asymmetry import bands
from cxlib.stages.architecture.ratings import rated_touchpoints
from cxlib.statistics.intervals import TIDY, percentile

LIST = ["reach_share", "noise_share", "key", "p_key", "verdict"]
COLUMNS = ["touchpoint", *TIDY, "n_dissatisfied", *LIST]


def failures(ratings: pd.DataFrame, *, scale: tuple[float, float], outcome_scale: tuple[float, float]) -> pd.DataFrame:
    """`key_failures` of a table of ratings: a low rating is a failure, a low judgement of the whole dissatisfied."""
    failed = ratings[rated_touchpoints(ratings)].apply(bands, scale=scale) == "low"
    dissatisfied = bands(ratings["outcome"], scale=outcome_scale) == "low"
    return key_failures(failed, dissatisfied, weight=ratings["weight"])


def failure_values(failed: np.ndarray, dissatisfied: np.ndarray, *, weight: np.ndarray | None = None) -> np.ndarray:
    """Shapley value of each failure in the game v(S) = P(any of S failed | dissatisfied) − P(any of S failed | not).

    One failure is enough to spoil it, so an average over regressions does not fit. The value has an exact form, linear
    in the data: φ_i = E[1{i failed}/k | dissatisfied] − E[1{i failed}/k | not], k = failures of that respondent. The
    values add up to v of all. Conklin, Powaga & Lipovetsky (2004), EJOR 154, 819–827.

    failed: respondents × touchpoints, boolean; dissatisfied: boolean; weight: of respondents, or (draws, respondents).
    """
    share = failed / np.maximum(failed.sum(axis=1, keepdims=True), 1)
    weights = np.ones(len(failed)) if weight is None else weight
    return np.asarray(_mean(share, weights * dissatisfied) - _mean(share, weights * ~dissatisfied))


def key_failures(
    failed: pd.DataFrame,
    dissatisfied: pd.Series,
    *,
    weight: pd.Series | None = None,
    n_draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """What each failing touchpoint adds to dissatisfaction, and the shortest list that catches most of it; largest first.

    failed: boolean, a column per touchpoint (not met: not failed); dissatisfied: boolean, same rows. estimate: the
    Shapley value of `failure_values`, with the percentile interval of `n_draws` bootstrap samples; n: who failed it.
    Down the order, reach_share is the share of the dissatisfied that one of the failures so far reaches, noise_share that
    of the others; the list ends where reach less noise is largest, and is empty where that is not above 0: `key`. p_key:
    share of samples in which it is on the list. verdict: real (interval above 0) | not shown. Empty with fewer than 30 on
    either side.
    """
    if failed.columns.empty or min(dissatisfied.sum(), (~dissatisfied).sum()) < EVIDENCE_N:
        return pd.DataFrame(columns=COLUMNS)
    patterns, sizes = _patterns(failed, dissatisfied, weight, n_draws, seed)
    cells, bad = patterns[:, :-1], patterns[:, -1]
    values = failure_values(cells, bad, weight=sizes)
    chosen = np.stack([_key(cells, bad, size, value)[0] for size, value in zip(sizes, values, strict=True)])
    low, high = percentile(values[1:])
    _now, reach, noise = _key(cells, bad, sizes[0], values[0])
    table = pd.DataFrame(
        {
            "touchpoint": failed.columns,
            "estimate": values[0],
            "low": low,
            "high": high,
            "n": failed.sum().to_numpy(),
            "unit": "share",
            "n_dissatisfied": int(dissatisfied.sum()),
            "reach_share": reach,
            "noise_share": noise,
            "key": chosen[0],
            "p_key": chosen[1:].mean(axis=0),
            "verdict": pd.Series(np.where(low > 0, "real", "not shown"), dtype="str"),
        }
    )
    return table.sort_values("estimate", ascending=False, kind="stable")[COLUMNS].reset_index(drop=True)


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean of the rows, for one set of weights or for many."""
    return np.asarray((weights @ values) / weights.sum(axis=-1, keepdims=True))


def _patterns(
    failed: pd.DataFrame, dissatisfied: pd.Series, weight: pd.Series | None, n_draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """The different rows (failures, dissatisfied) and how heavy each is in the data and in every bootstrap sample."""
    rows = np.column_stack([failed.to_numpy(bool), dissatisfied.to_numpy(bool)])
    patterns, place = np.unique(rows, axis=0, return_inverse=True)
    each = np.ones(len(rows)) if weight is None else weight.to_numpy(float)
    generator, n = np.random.default_rng(seed), len(rows)
    drawn = (np.bincount(generator.integers(0, n, n), minlength=n) * each for _ in range(n_draws))
    sizes = [np.bincount(place.ravel(), weights=one, minlength=len(patterns)) for one in (each, *drawn)]
    return patterns, np.stack(sizes)


def _key(
    cells: np.ndarray, bad: np.ndarray, size: np.ndarray, value: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which touchpoints are on the list, and reach and noise at each touchpoint's place in the order of `value`."""
    p = len(value)
    rank = np.argsort(np.argsort(-value, kind="stable"), kind="stable")
    first = np.where(cells, rank, p).min(axis=1)  # place of the first failure of a pattern in the order
    reach, noise = (
        np.cumsum(np.bincount(first, weights=size * side, minlength=p + 1))[:p] / max((size * side).sum(), 1e-12)
        for side in (bad, ~bad)
    )
    best = int(np.argmax(reach - noise))
    listed = (rank <= best) if reach[best] > noise[best] else np.zeros(p, dtype=bool)  # nothing fails more: no list
    return listed, reach[rank], noise[rank]
