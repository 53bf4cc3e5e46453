"""From expectation to promise: the level a touchpoint keeps often enough to be promised."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import wilson

PROMISE_SHARE = 0.9  # a promise is kept to nine customers in ten (policy; one home)
COLUMNS = ["touchpoint", "expected", "promise", "estimate", "low", "high", "n", "unit", "n_needed", "verdict"]


def smallest_n(share: float = PROMISE_SHARE, confidence: float = 0.95) -> int:
    """Customers needed before any level can be promised: smallest n with 1 − shareⁿ ≥ confidence (Wilks 1941)."""
    return math.ceil(math.log(1 - confidence) / math.log(share))


def lower_tolerance(scores: pd.Series | np.ndarray, *, share: float = PROMISE_SHARE, confidence: float = 0.95) -> float:
    """Level that at least `share` of customers reach, with `confidence`; NaN when n is too small for any promise.

    The k-th smallest score, k the largest with P(Binomial(n, 1 − share) ≥ k) ≥ confidence; free of any distribution.
    """
    known = np.sort(np.asarray(scores, dtype=float))
    known = known[~np.isnan(known)]
    if len(known) < smallest_n(share, confidence):
        return float("nan")
    ranks = np.arange(1, len(known) + 1)
    allowed = ranks[stats.binom.sf(ranks - 1, len(known), 1 - share) >= confidence]
    return float(known[allowed.max() - 1])


def promise(
    responses: pd.DataFrame, *, touchpoints: list[str], expected: Mapping[str, float], share: float = PROMISE_SHARE
) -> pd.DataFrame:
    """What each touchpoint may promise, and how often it lives up to what customers expect.

    responses: touchpoint, score (one question, one scale). expected: touchpoint → the score that customers expect there.
    Returns touchpoint, expected, promise (score kept to `share` of customers, 95 % confidence), estimate/low/high (share
    of customers who lived at least the expected score, Wilson), n, unit, n_needed, verdict: kept (low ≥ share), not
    kept (high < share), cannot tell.
    """
    scores = {key: responses.loc[responses["touchpoint"] == key, "score"].dropna() for key in touchpoints}
    rows = [_promise(key, scores[key], float(expected.get(key, float("nan"))), share) for key in scores]
    return pd.DataFrame(rows, columns=COLUMNS)


def _promise(touchpoint: str, scores: pd.Series, expected: float, share: float) -> dict[str, object]:
    """One line of `promise`."""
    known = not math.isnan(expected) and len(scores) > 0
    estimate, low, high = wilson(float((scores >= expected).sum()), len(scores)) if known else (float("nan"),) * 3
    needed = smallest_n(share)
    verdict = "cannot tell"
    if known and len(scores) >= needed:
        verdict = "kept" if low >= share else "not kept" if high < share else "cannot tell"
    return {
        "touchpoint": touchpoint,
        "expected": expected,
        "promise": lower_tolerance(scores, share=share),
        "estimate": estimate,
        "low": low,
        "high": high,
        "n": len(scores),
        "unit": "share",
        "n_needed": needed,
        "verdict": verdict,
    }
