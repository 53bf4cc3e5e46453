"""How long customers under contract stay: shifted beta-geometric, with its hold-out error, and when one rate is enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from cxlib.statistics.intervals import MODEL, likelihood, slopes, wilson

Floats = NDArray[np.float64]

MONTH_DAYS = 365.25 / 12
MINIMUM_LEFT = 30  # customers who left, below which nothing is fitted

TENURE_COLUMNS = ["customer_id", "n_periods", "left"]
CURVE_COLUMNS = ["period", "estimate", "low", "high", "n", "unit", "modelled_share"]
CONSTANT_COLUMNS = ["estimate", "low", "high", "n", "unit", "p_value", "constant"]
HOLDOUT_COLUMNS = ["estimate", "low", "high", "n", "unit", "expected_count", "actual_count", "split_on"]


def tenures(customers: pd.DataFrame, *, end: pd.Timestamp, period_days: float = MONTH_DAYS) -> pd.DataFrame:
    """One row per customer: whole periods survived by `end`, and whether they left in the period after those.

    customers: customer_id, since_on, left_on (blank: still there). Without a date of joining nobody counts.
    """
    known = customers[customers["since_on"].notna() & customers["since_on"].le(end)].drop_duplicates("customer_id")
    left = known["left_on"].notna() & known["left_on"].le(end)
    until = known["left_on"].where(left, pd.Timestamp(end))
    periods = np.floor((until - known["since_on"]).dt.days.clip(lower=0) / period_days).astype(int)
    return pd.DataFrame(
        {"customer_id": known["customer_id"].to_numpy(), "n_periods": np.asarray(periods), "left": left.to_numpy()}
    )[TENURE_COLUMNS]


def retention_model(tenures: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """The two parameters of the shifted beta-geometric model (Fader & Hardie 2007, doi:10.1002/dir.20074).

    Each customer leaves with a chance of their own at every renewal, beta(alpha, beta) over customers: S(t) =
    B(alpha, beta + t)/B(alpha, beta). Those who stay are the loyal ones, so retention rises by itself. Columns,
    intervals and `sound` as in `intervals.likelihood`. Empty below 30 customers who left.
    """
    if tenures["left"].sum() < MINIMUM_LEFT:
        return pd.DataFrame(columns=MODEL)
    counts = tenures.groupby(["n_periods", "left"]).size().reset_index(name="weight")
    rows = (counts["n_periods"].to_numpy(float), counts["left"].to_numpy(bool), counts["weight"].to_numpy(float))
    start = {"alpha": 1.0, "beta": 3.0}
    return likelihood(lambda logs: _loss(logs, *rows), start, len(tenures), confidence=confidence)


def retention_curve(tenures: pd.DataFrame, model: pd.DataFrame, *, periods: int = 12) -> pd.DataFrame:
    """Share of those at the start of each period who renew: as observed, with Wilson's interval, and by the model.

    estimate, low, high: observed; n: customers at risk, of whom at least 30 are needed; modelled_share: r_t =
    (beta + t − 1)/(alpha + beta + t − 1), blank without a model.
    """
    at_risk = [
        int((tenures["n_periods"] >= t).sum() + ((tenures["n_periods"] == t - 1) & tenures["left"]).sum())
        for t in range(1, periods + 1)
    ]
    gone = [int(((tenures["n_periods"] == t - 1) & tenures["left"]).sum()) for t in range(1, periods + 1)]
    rows = [
        [t, *wilson(n - lost, n), n, "share"]
        for t, n, lost in zip(range(1, periods + 1), at_risk, gone, strict=True)
        if n >= MINIMUM_LEFT
    ]
    table = pd.DataFrame(rows, columns=CURVE_COLUMNS[:-1])
    a, b = model["estimate"] if len(model) else (np.nan, np.nan)
    return table.assign(modelled_share=(b + table["period"] - 1) / (a + b + table["period"] - 1))


def constant_retention(tenures: pd.DataFrame, model: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Retention a period if it were one and the same for all, and whether the data bear that.

    estimate: renewals ÷ renewals due, Wilson. p_value: likelihood ratio of the constant rate against the sBG, whose
    boundary it is (half a χ² with one degree of freedom; Self & Liang 1987). constant: p at least 1 − confidence.
    Only then may value be margin × r/(1 + i − r). Empty without a model.
    """
    if model.empty:
        return pd.DataFrame(columns=CONSTANT_COLUMNS)
    left, kept = int(tenures["left"].sum()), int(tenures["n_periods"].sum())
    share, low, high = wilson(kept, kept + left, confidence=confidence)
    alone = kept * np.log(share) + left * np.log1p(-share) if 0 < share < 1 else 0.0
    ratio = max(0.0, 2 * (float(model["log_likelihood"].iloc[0]) - alone))
    p_value = 0.5 * float(stats.chi2.sf(ratio, 1)) if ratio > 0 else 1.0
    row = [share, low, high, kept + left, "share", p_value, p_value >= 1 - confidence]
    return pd.DataFrame([row], columns=CONSTANT_COLUMNS)


def periods_ahead(
    tenures: pd.DataFrame, model: pd.DataFrame, *, periods: int, discount_rate: float = 0.0
) -> pd.DataFrame:
    """Discounted periods that each customer still there is expected to stay, of the next `periods`, given their tenure.

    Σ_k S(t + k)/S(t)·(1 + d)^−k, d the rate of one period. Columns: customer_id, estimate, slope_alpha, slope_beta (by
    the log parameters). Empty without a sound model.
    """
    here = tenures[~tenures["left"].astype(bool)]
    if model.empty or not model["sound"].all() or here.empty:
        return pd.DataFrame(columns=["customer_id", "estimate", "slope_alpha", "slope_beta"]).astype(
            {"estimate": float}
        )
    t, place = np.unique(here["n_periods"].to_numpy(float), return_inverse=True)
    logs = np.log(model["estimate"].to_numpy(float))
    ahead = np.arange(1, periods + 1)
    weights = (1 + discount_rate) ** -ahead.astype(float)

    def stay(at: Floats) -> Floats:
        a, b = np.exp(at)
        each = special.betaln(a, b + t[:, None] + ahead) - special.betaln(a, b + t)[:, None]
        return np.asarray(np.exp(each) @ weights)

    found = np.column_stack([stay(logs), slopes(stay, logs)])[place]
    table = pd.DataFrame(found, columns=["estimate", "slope_alpha", "slope_beta"])
    table.insert(0, "customer_id", here["customer_id"].to_numpy())
    return table


def renewal_holdout(
    customers: pd.DataFrame, *, end: pd.Timestamp, days: int, period_days: float = MONTH_DAYS, confidence: float = 0.95
) -> pd.DataFrame:
    """How far the model misses leavings it has not seen: fitted `days` before `end`, read at `end`.

    estimate: expected ÷ actual share still there − 1 of those who were there at the split; empty without a sound model.
    """
    split = pd.Timestamp(end) - pd.Timedelta(days=days)
    known = tenures(customers, end=split, period_days=period_days)
    model = retention_model(known)
    here = known[~known["left"].astype(bool)]
    if model.empty or not model["sound"].all() or here.empty:
        return pd.DataFrame(columns=HOLDOUT_COLUMNS)
    a, b = model["estimate"]
    t = here["n_periods"].to_numpy(float)
    stays = np.exp(special.betaln(a, b + t + round(days / period_days)) - special.betaln(a, b + t))
    gone = customers.drop_duplicates("customer_id").set_index("customer_id")["left_on"].reindex(here["customer_id"])
    kept = (gone.isna() | gone.gt(end)).to_numpy()
    actual, low, high = wilson(int(kept.sum()), len(kept), confidence=confidence)
    expected = float(stays.mean())
    row = [
        expected / actual - 1,
        expected / high - 1,
        expected / low - 1 if low > 0 else np.nan,
        len(kept),
        "share",
        stays.sum(),
        kept.sum(),
        split,
    ]
    return pd.DataFrame([row], columns=HOLDOUT_COLUMNS)


def _loss(logs: Floats, t: Floats, left: NDArray[np.bool_], weight: Floats) -> tuple[float, Floats]:
    """Mean negative log-likelihood and its gradient by the log parameters: ln P(T = t + 1) of the left, ln S(t) else."""
    a, b = np.exp(logs)
    gone = left.astype(float)
    value = special.betaln(a + gone, b + t) - special.betaln(a, b)
    both = special.digamma(a + b) - special.digamma(a + gone + b + t)
    slope = np.array(
        [
            weight @ (special.digamma(a + gone) - special.digamma(a) + both),
            weight @ (special.digamma(b + t) - special.digamma(b) + both),
        ]
    )
    return -float(weight @ value) / weight.sum(), -slope * np.exp(logs) / weight.sum()
