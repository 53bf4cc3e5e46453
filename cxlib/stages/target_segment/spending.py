"""What a purchase of each customer will bring: Gamma–Gamma, after the check that it needs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from cxlib.statistics.intervals import MODEL, likelihood

Floats = NDArray[np.float64]

PARAMETERS = ("p", "q", "v")
MINIMUM_N = 100  # customers with a repeat purchase

CHECK_COLUMNS = ["estimate", "low", "high", "n", "unit"]
EXPECTED_COLUMNS = ["customer_id", "estimate", *(f"slope_{name}" for name in PARAMETERS)]


def frequency_spend(histories: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Correlation of how often and for how much repeaters buy, with Fisher's interval; Gamma–Gamma assumes none.

    Empty below 100 repeaters or where nothing varies.
    """
    known = _repeaters(histories)
    if len(known) < MINIMUM_N or min(known["n_repeats"].nunique(), known["repeat_money"].nunique()) < 2:
        return pd.DataFrame(columns=CHECK_COLUMNS)
    both = known[["n_repeats", "repeat_money"]].to_numpy(float)
    found = float(np.corrcoef(both.T)[0, 1])
    half = float(stats.norm.ppf(0.5 + confidence / 2)) / np.sqrt(len(known) - 3)
    low, high = np.tanh(np.arctanh(np.clip(found, -1 + 1e-12, 1 - 1e-12)) + np.array([-half, half]))
    return pd.DataFrame([[found, low, high, len(known), "ratio"]], columns=CHECK_COLUMNS)


def spending_model(histories: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """The three parameters of the Gamma–Gamma model of spend (Fader & Hardie 2013, brucehardie.com/notes/025).

    A purchase is gamma(p, ν), and ν is gamma(q, v) over customers. Only repeaters count. Columns as in
    `intervals.likelihood`; sound also asks q > 1, without which the mean spend is infinite. Empty below 100 repeaters.
    """
    known = _repeaters(histories)
    if len(known) < MINIMUM_N or known["repeat_money"].nunique() < 2:
        return pd.DataFrame(columns=MODEL)
    scale = float(known["repeat_money"].mean())
    x, z = known["n_repeats"].to_numpy(float), known["repeat_money"].to_numpy(float) / scale
    start = {"p": 2.0, "q": 3.0, "v": 1.0}
    table = likelihood(lambda logs: _loss(logs, x, z), start, len(known), confidence=confidence)
    table.loc[2, ["estimate", "low", "high"]] *= scale
    finite = float(table["estimate"].iloc[1]) > 1
    return table.assign(
        sound=table["sound"] & finite, log_likelihood=table["log_likelihood"] - len(known) * np.log(scale)
    )


def expected_spend(histories: pd.DataFrame, model: pd.DataFrame) -> pd.DataFrame:
    """Money a purchase of each customer is expected to bring: their own mean, drawn towards everybody's.

    E = p·(v + x·z)/(p·x + q − 1), x repeats of mean z; everybody's p·v/(q − 1) for those without one. slope_…:
    derivative by the log of each parameter. One row per customer; empty without a sound model.
    """
    if model.empty or not model["sound"].all() or histories.empty:
        return pd.DataFrame(columns=EXPECTED_COLUMNS).astype({"estimate": float})
    p, q, v = model["estimate"].to_numpy(float)
    x = histories["n_repeats"].to_numpy(float)
    money = x * histories["repeat_money"].fillna(0.0).to_numpy(float)
    below = p * x + q - 1
    estimate = p * (v + money) / below
    return pd.DataFrame(
        {
            "customer_id": histories["customer_id"].to_numpy(),
            "estimate": estimate,
            "slope_p": estimate * (1 - p * x / below),
            "slope_q": -estimate * q / below,
            "slope_v": p * v / below,
        }
    )[EXPECTED_COLUMNS]


def _repeaters(histories: pd.DataFrame) -> pd.DataFrame:
    return histories[histories["n_repeats"].gt(0) & histories["repeat_money"].gt(0)]


def _loss(logs: Floats, x: Floats, z: Floats) -> tuple[float, Floats]:
    """Mean negative log-likelihood of the mean spends and its gradient by the log parameters."""
    p, q, v = np.exp(logs)
    total = np.log(v + x * z)
    value = (
        special.gammaln(p * x + q)
        - special.gammaln(p * x)
        - special.gammaln(q)
        + q * logs[2]
        + (p * x - 1) * np.log(z)
        + p * x * np.log(x)
        - (p * x + q) * total
    )
    both = special.digamma(p * x + q)
    slope = np.array(
        [
            (x * (both - special.digamma(p * x) + np.log(z) + np.log(x) - total)).mean(),
            (both - special.digamma(q) + logs[2] - total).mean(),
            (q / v - (p * x + q) / (v + x * z)).mean(),
        ]
    )
    return -float(value.mean()), -slope * np.exp(logs)
