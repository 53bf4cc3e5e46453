"""From expectation to promise: the level a touchpoint keeps often enough to be promised."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import CONFIDENCE
from cxlib.stages.information_search.expectations import on_ten
from cxlib.statistics.intervals import TIDY, wilson

PROMISE_SHARE = 0.9  # a promise is kept to nine customers in ten (policy; one home)
COLUMNS = ["touchpoint", "expected", "promise", *TIDY, "n_needed", "verdict"]


def promises(
    responses: pd.DataFrame,
    expectations: pd.DataFrame,
    touchpoints: Iterable[str],
    *,
    scales: Mapping[str, tuple[float, float]],
) -> pd.DataFrame:
    """What each moment may promise on 0–10 (`promise`), from answers about satisfaction there.

    expectations: touchpoint, expectation (mean of stage 5). scales: lowest and highest score of each question.
    """
    lived = on_ten(responses, scales).query("measure == 'lived'")
    expected = dict(zip(expectations["touchpoint"], expectations["expectation"], strict=True))
    return promise(lived, touchpoints=touchpoints, expected=expected)


def promise(responses: pd.DataFrame, *, touchpoints: Iterable[str], expected: Mapping[str, float]) -> pd.DataFrame:
    """What each touchpoint may promise, and how often it lives up to what customers expect.

    responses: touchpoint, score (one question, one scale). expected: touchpoint → the score that customers expect there.
    Returns touchpoint, expected, promise (score kept to nine in ten customers, 95 % confidence), estimate/low/high (share
    of customers who lived at least the expected score, Wilson), n, unit, n_needed, verdict: kept (low ≥ 0.9), not
    kept (high < 0.9), cannot tell.
    """
    scores = {key: responses.loc[responses["touchpoint"].eq(key), "score"].dropna() for key in touchpoints}
    found = [_promise(key, held, float(expected.get(key, math.nan))) for key, held in scores.items()]
    return pd.DataFrame(found, columns=COLUMNS)


def smallest_n(share: float = PROMISE_SHARE) -> int:
    """Customers needed before any level can be promised: smallest n with 1 − shareⁿ ≥ 95 % (Wilks 1941)."""
    return math.ceil(math.log(1 - CONFIDENCE) / math.log(share))


def lower_tolerance(scores: pd.Series | np.ndarray) -> float:
    """Level that nine customers in ten reach, with 95 % confidence; NaN when n is too small for any promise.

    The k-th smallest score, k the largest with P(Binomial(n, 1 − 0.9) ≥ k) ≥ 0.95; free of any distribution.
    """
    known = np.sort(np.asarray(scores, dtype=float))
    known = known[~np.isnan(known)]
    ranks = np.arange(1, len(known) + 1)
    allowed = ranks[stats.binom.sf(ranks - 1, len(known), 1 - PROMISE_SHARE) >= CONFIDENCE]
    return float(known[allowed.max() - 1]) if len(allowed) else float("nan")


def _promise(touchpoint: str, scores: pd.Series, expected: float) -> tuple[object, ...]:
    """One line of `promise`."""
    n = 0 if math.isnan(expected) else len(scores)
    estimate, low, high = wilson(int(scores.ge(expected).sum()), n)
    kept = low >= PROMISE_SHARE
    shown = n >= smallest_n() and (kept or high < PROMISE_SHARE)
    verdict = ("kept" if kept else "not kept") if shown else "cannot tell"
    level = lower_tolerance(scores)
    return touchpoint, expected, level, estimate, low, high, len(scores), "share", smallest_n(), verdict
