"""How long customers under contract stay: shifted beta-geometric, with its hold-out error, and when one rate is enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from cxlib.facts import CONFIDENCE, EVIDENCE_N
from cxlib.statistics.intervals import MODEL, TIDY, likelihood, slopes, wilson

Floats = NDArray[np.float64]

MONTH_DAYS = 365.25 / 12

CONSTANT_COLUMNS = [*TIDY, "p_value", "constant"]
AHEAD_COLUMNS = ["customer_id", "estimate", "slope_alpha", "slope_beta"]
REFUTED = 1 - CONFIDENCE  # p below which one rate for all is refuted


def tenures(customers: pd.DataFrame, *, end: pd.Timestamp) -> pd.DataFrame:
    """One row per customer: whole months survived by `end`, and whether they left in the month after those.

    customers: customer_id, since_on, left_on (blank: still there). Without a date of joining nobody counts.
    """
    known = customers[customers["since_on"].notna() & customers["since_on"].le(end)].drop_duplicates("customer_id")
    left = known["left_on"].notna() & known["left_on"].le(end)
    until = known["left_on"].where(left, pd.Timestamp(end))
    periods = np.floor((until - known["since_on"]).dt.days.clip(lower=0) / MONTH_DAYS).astype(int)
    return known[["customer_id"]].assign(n_periods=periods, left=left).reset_index(drop=True)


def leavers_missing(customers: pd.DataFrame, *, end: pd.Timestamp) -> pd.DataFrame:
    """Share of those who left that left in the last month anybody did, Wilson interval; one row, empty below 30 of them.

    Where customers go back a year or more and (nearly) all left just now, those who left before are not in the file:
    it holds survivors, and retention and growth learnt from it are too high. 0 where nobody goes back a year.
    customers: since_on, left_on.
    """
    known = customers.drop_duplicates("customer_id")
    left = known.loc[known["left_on"].notna() & known["left_on"].le(end) & known["since_on"].notna(), "left_on"]
    if len(left) < EVIDENCE_N:
        return pd.DataFrame(columns=TIDY)
    long = known["since_on"].min() <= left.max() - pd.DateOffset(years=1)
    lately = int(left.gt(left.max() - pd.DateOffset(months=1)).sum()) if long else 0
    return pd.DataFrame([[*wilson(lately, len(left)), len(left), "share"]], columns=TIDY)


def retention_model(tenures: pd.DataFrame) -> pd.DataFrame:
    """The two parameters of the shifted beta-geometric model (Fader & Hardie 2007, doi:10.1002/dir.20074).

    Each customer leaves with a chance of their own at every renewal, beta(alpha, beta) over customers: S(t) =
    B(alpha, beta + t)/B(alpha, beta). Those who stay are the loyal ones, so retention rises by itself. Columns,
    intervals and `sound` as in `intervals.likelihood`. Empty below 30 customers who left.
    """
    if tenures["left"].sum() < EVIDENCE_N:
        return pd.DataFrame(columns=MODEL)
    counts = tenures.groupby(["n_periods", "left"]).size().reset_index(name="weight")
    rows = (counts["n_periods"].to_numpy(float), counts["left"].to_numpy(bool), counts["weight"].to_numpy(float))
    start = {"alpha": 1.0, "beta": 3.0}
    return likelihood(lambda logs: _loss(logs, *rows), start, len(tenures))


def constant_retention(tenures: pd.DataFrame, model: pd.DataFrame) -> pd.DataFrame:
    """Retention a period if it were one and the same for all, and whether the data bear that.

    estimate: renewals ÷ renewals due, Wilson. p_value: likelihood ratio of the constant rate against the sBG, whose
    boundary it is (half a χ² with one degree of freedom; Self & Liang 1987). constant: p of at least 0.05.
    Only then may value be margin × r/(1 + i − r). Empty without a model.
    """
    if model.empty:
        return pd.DataFrame(columns=CONSTANT_COLUMNS)
    left, kept = int(tenures["left"].sum()), int(tenures["n_periods"].sum())
    share, low, high = wilson(kept, kept + left)
    alone = kept * np.log(share) + left * np.log1p(-share) if 0 < share < 1 else 0.0
    ratio = max(0.0, 2 * (float(model["log_likelihood"].iloc[0]) - alone))
    p_value = 0.5 * float(stats.chi2.sf(ratio, 1)) if ratio > 0 else 1.0
    row = [share, low, high, kept + left, "share", p_value, p_value >= REFUTED]
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
        return pd.DataFrame(columns=AHEAD_COLUMNS).astype({"estimate": float})
    t, place = np.unique(here["n_periods"].to_numpy(float), return_inverse=True)
    logs = np.log(model["estimate"].to_numpy(float))
    ahead = np.arange(1, periods + 1)
    weights = (1 + discount_rate) ** -ahead.astype(float)

    def stay(at: Floats) -> Floats:
        a, b = np.exp(at)
        each = special.betaln(a, b + t[:, None] + ahead) - special.betaln(a, b + t)[:, None]
        return np.asarray(np.exp(each) @ weights)

    found = np.column_stack([stay(logs), slopes(stay, logs)])[place]
    table = pd.DataFrame(found, columns=AHEAD_COLUMNS[1:])
    return table.assign(customer_id=here["customer_id"].to_numpy())[AHEAD_COLUMNS]


def renewal_holdout(customers: pd.DataFrame, *, end: pd.Timestamp, days: int) -> pd.DataFrame:
    """How far the model misses leavings it has not seen: fitted `days` before `end`, read at `end`.

    estimate: expected ÷ actual share still there − 1 of those who were there at the split; empty without a sound model.
    """
    split = pd.Timestamp(end) - pd.Timedelta(days=days)
    known = tenures(customers, end=split)
    model = retention_model(known)
    here = known[~known["left"].astype(bool)]
    if model.empty or not model["sound"].all() or here.empty:
        return pd.DataFrame(columns=TIDY)
    a, b = model["estimate"]
    t = here["n_periods"].to_numpy(float)
    stays = np.exp(special.betaln(a, b + t + round(days / MONTH_DAYS)) - special.betaln(a, b + t))
    gone = customers.drop_duplicates("customer_id").set_index("customer_id")["left_on"].reindex(here["customer_id"])
    kept = (gone.isna() | gone.gt(end)).to_numpy()
    actual, low, high = wilson(int(kept.sum()), len(kept))
    expected = float(stays.mean())
    upper = expected / low - 1 if low > 0 else np.nan
    row = [expected / actual - 1, expected / high - 1, upper, len(kept), "share"]
    return pd.DataFrame([row], columns=TIDY)


def _loss(logs: Floats, t: Floats, left: NDArray[np.bool_], weight: Floats) -> tuple[float, Floats]:
    """Mean negative log-likelihood and its gradient by the log parameters: ln P(T = t + 1) of the left, ln S(t) else."""
    a, b = np.exp(logs)
    gone = left.astype(float)
    value = special.betaln(a + gone, b + t) - special.betaln(a, b)
    both = special.digamma(a + b) - special.digamma(a + gone + b + t)
    by_alpha = weight @ (special.digamma(a + gone) - special.digamma(a) + both)
    by_beta = weight @ (special.digamma(b + t) - special.digamma(b) + both)
    return -float(weight @ value) / weight.sum(), -np.array([by_alpha, by_beta]) * np.exp(logs) / weight.sum()
