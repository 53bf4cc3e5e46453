"""Answers that count by their survey weight: shares, and differences of means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import CONFIDENCE
from cxlib.statistics.intervals import wilson


def weighed(responses: pd.DataFrame) -> pd.DataFrame:
    """The answers with a `weight` each (1 where none is given); those of weight 0 stand for nobody and are left out."""
    given = responses["weight"] if "weight" in responses else pd.Series(1.0, index=responses.index)
    answers = responses.assign(weight=given.fillna(1.0).astype(float))
    return answers[answers["weight"] > 0]


def weighted_share(hit: pd.Series, weight: pd.Series) -> tuple[float, float, float]:
    """Weighted share of hits with Wilson's (1927) interval for the effective number of answers, (Σw)²/Σw² (Kish 1965)."""
    total = float(weight.sum())
    effective = total**2 / float((weight**2).sum())
    share = float(weight[hit.astype(bool)].sum()) / total
    return wilson(share * effective, effective)


def weighted_difference(one: pd.Series, other: pd.Series, weights: pd.Series) -> dict[str, Any]:
    """Weighted mean of one group minus that of the other: estimate, low, high, n (the smaller), unit score, p.

    Each mean has its linearised variance (Lumley 2004), their sum Welch's (1947) degrees of freedom. weights: by the
    index of both. Interval and p are blank below two answers each, or where nobody differs at all.
    """
    (first, error_1, n_1), (second, error_2, n_2) = (_mean(part, weights) for part in (one, other))
    row: dict[str, Any] = {"estimate": first - second, "n": min(n_1, n_2), "unit": "score"}
    variance = error_1 + error_2
    if min(n_1, n_2) < 2 or not variance > 0:
        return row | dict.fromkeys(("low", "high", "p"), float("nan"))
    freedom = variance**2 / (error_1**2 / (n_1 - 1) + error_2**2 / (n_2 - 1))
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom) * np.sqrt(variance))
    p = float(2 * stats.t.sf(abs(first - second) / np.sqrt(variance), freedom))
    return row | {"low": first - second - half, "high": first - second + half, "p": p}


def _mean(values: pd.Series, weights: pd.Series) -> tuple[float, float, int]:
    """Weighted mean, its linearised variance, and how many answers have a weight."""
    known = values.dropna().astype(float)
    weight = weights.reindex(known.index).fillna(0.0)
    known, share = known[weight > 0], weight[weight > 0] / weight.sum()
    n, mean = len(known), float((share * known).sum())
    return mean, n / max(1, n - 1) * float(((share * (known - mean)) ** 2).sum()), n
