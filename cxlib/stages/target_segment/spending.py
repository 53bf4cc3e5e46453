"""What a purchase of each customer will bring: Gamma–Gamma, after the check that it needs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from cxlib.facts import CONFIDENCE
from cxlib.statistics.intervals import MODEL, TIDY, likelihood

Floats = NDArray[np.float64]

MINIMUM_N = 100  # customers with a repeat purchase
EXPECTED_COLUMNS = ["customer_id", "estimate", "slope_p", "slope_q", "slope_v"]


def frequency_spend(histories: pd.DataFrame) -> pd.DataFrame:
    """Correlation of how often and for how much repeaters buy, with Fisher's interval; Gamma–Gamma assumes none.

    Empty below 100 repeaters or where nothing varies.
    """
    known = _repeaters(histories)
    if len(known) < MINIMUM_N or min(known["n_repeats"].nunique(), known["repeat_money"].nunique()) < 2:
        return pd.DataFrame(columns=TIDY)
    found = stats.pearsonr(known["n_repeats"].to_numpy(float), known["repeat_money"].to_numpy(float))
    limits = found.confidence_interval(CONFIDENCE)
    return pd.DataFrame([[float(found.statistic), limits.low, limits.high, len(known), "ratio"]], columns=TIDY)


def spending_model(histories: pd.DataFrame) -> pd.DataFrame:
    """The three parameters of the Gamma–Gamma model of spend (Fader & Hardie 2013, brucehardie.com/notes/025).

    A purchase is gamma(p, ν), and ν is gamma(q, v) over customers. Only repeaters count. Columns as in
    `intervals.likelihood`; sound also asks q > 1, without which the mean spend is infinite. Empty below 100 repeaters.
    """
    known = _repeaters(histories)
    if len(known) < MINIMUM_N or known["repeat_money"].nunique() < 2:
        return pd.DataFrame(columns=MODEL)
    scale = float(known["repeat_money"].mean())
    x, z = known["n_repeats"].to_numpy(float), known["repeat_money"].to_numpy(float) / scale
    table = likelihood(lambda logs: _loss(logs, x, z), {"p": 2.0, "q": 3.0, "v": 1.0}, len(known))
    table.loc[2, ["estimate", "low", "high"]] *= scale
    finite = float(table["estimate"].iloc[1]) > 1
    told = table["log_likelihood"] - len(known) * np.log(scale)
    return table.assign(sound=table["sound"] & finite, log_likelihood=told)


def expected_spend(histories: pd.DataFrame, model: pd.DataFrame) -> pd.DataFrame:
    """Money a purchase of each customer is expected to bring: their own mean, drawn towards everybody's.

    E = p·(v + x·z)/(p·x + q − 1), x repeats of mean z; everybody's p·v/(q − 1) for those without one. slope_…:
    derivative by the log of each parameter. One row per customer; empty without a sound model.
    """
    if model.empty or not model["sound"].all() or histories.empty:
        return pd.DataFrame(columns=EXPECTED_COLUMNS).astype({"estimate": float})
    p, q, v = model["estimate"].to_numpy(float)
    x = histories["n_repeats"].to_numpy(float)
    below = p * x + q - 1
    estimate = p * (v + x * histories["repeat_money"].fillna(0.0).to_numpy(float)) / below
    slopes = {"slope_p": estimate * (1 - p * x / below), "slope_q": -estimate * q / below, "slope_v": p * v / below}
    return histories[["customer_id"]].assign(estimate=estimate, **slopes)


def _repeaters(histories: pd.DataFrame) -> pd.DataFrame:
    return histories[histories["n_repeats"].gt(0) & histories["repeat_money"].gt(0)]


def _loss(logs: Floats, x: Floats, z: Floats) -> tuple[float, Floats]:
    """Mean negative log-likelihood of the mean spends and its gradient by the log parameters."""
    p, q, v = np.exp(logs)
    times, total = p * x, np.log(v + x * z)
    value = special.gammaln(times + q) - special.gammaln(times) - special.gammaln(q) + q * logs[2]
    value += (times - 1) * np.log(z) + times * np.log(x) - (times + q) * total
    both = special.digamma(times + q)
    by_p = x * (both - special.digamma(times) + np.log(z) + np.log(x) - total)
    by_q = both - special.digamma(q) + logs[2] - total
    by_v = q / v - (times + q) / (v + x * z)
    return -float(value.mean()), -np.array([by_p.mean(), by_q.mean(), by_v.mean()]) * np.exp(logs)
