"""How often customers who owe nothing buy again: BG/NBD by maximum likelihood, with its diagnostics and hold-out error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlib.statistics.intervals import MODEL, Z, likelihood, slopes

Floats = NDArray[np.float64]

PARAMETERS = ("r", "alpha", "a", "b")
WEEK_DAYS = 7.0
YEAR_DAYS = 365.25
YEAR_WEEKS = YEAR_DAYS / WEEK_DAYS
MINIMUM_N = 500  # customers below which the four parameters are not to be trusted (Fader & Hardie)
QUARTERS = 13.0  # weeks a step of discounting lasts

HISTORY_COLUMNS = ["customer_id", "n_repeats", "recency_weeks", "age_weeks", "repeat_money"]
EXPECTED_COLUMNS = ["customer_id", "estimate", "alive_share", *(f"slope_{name}" for name in PARAMETERS)]
HOLDOUT_COLUMNS = ["method", "estimate", "low", "high", "n", "unit", "expected_count", "actual_count"]


def histories(transactions: pd.DataFrame, *, end: pd.Timestamp) -> pd.DataFrame:
    """One row per customer who bought: n_repeats (days of purchase after the first), recency_weeks and age_weeks (from
    the first to the last purchase, and to `end`), repeat_money (mean money of a repeat day; blank without one).

    Purchases of one day are one; those of no or negative money (gifts, returns) are none.
    """
    bought = transactions[transactions["revenue"].gt(0) & transactions["at"].dt.normalize().le(end)]
    days = bought.assign(day=bought["at"].dt.normalize()).groupby(["customer_id", "day"], sort=True)["revenue"].sum()
    table = days.reset_index()
    each = table.groupby("customer_id", sort=True)
    first, last, number = each["day"].min(), each["day"].max(), each.size()
    later = (each["revenue"].sum() - each["revenue"].first()) / (number - 1).where(number > 1)
    until = pd.Timestamp(end).normalize()
    found = pd.DataFrame({"n_repeats": number - 1, "repeat_money": later})
    found["recency_weeks"] = (last - first).dt.days / WEEK_DAYS
    found["age_weeks"] = (until - first).dt.days / WEEK_DAYS
    return found.reset_index()[HISTORY_COLUMNS]


def buying_model(histories: pd.DataFrame) -> pd.DataFrame:
    """The four parameters of the BG/NBD model (Fader, Hardie & Lee 2005, doi:10.1287/mksc.1040.0098), one row each.

    While alive a customer buys as a Poisson process, rates gamma(r, alpha) over customers; after each purchase some leave
    for good, with chances beta(a, b). Columns, intervals and `sound` as in `intervals.likelihood`. Empty below
    500 customers or without a repeat.
    """
    if len(histories) < MINIMUM_N or not histories["n_repeats"].gt(0).any():
        return pd.DataFrame(columns=MODEL)
    rows = _rows(histories)
    start = {"r": 0.5, "alpha": max(float(rows.weight @ rows.age) / 4, 1.0), "a": 0.5, "b": 2.0}
    return likelihood(lambda logs: _loss(logs, rows), start, len(histories))


def expected_purchases(
    histories: pd.DataFrame, model: pd.DataFrame, *, weeks: float, discount_rate: float = 0.0
) -> pd.DataFrame:
    """Purchases each customer is expected to make in the next `weeks`, given their history; discounted by the quarter.

    discount_rate: share a year. alive_share: P(still a customer). slope_…: derivative of the estimate by the log of each
    parameter, so that a sum over customers can carry the uncertainty of the model. Empty without a sound model.
    """
    if model.empty or not model["sound"].all() or histories.empty:
        return pd.DataFrame(columns=EXPECTED_COLUMNS).astype({"estimate": float})
    keys = ["n_repeats", "recency_weeks", "age_weeks"]
    groups = histories.groupby(keys)
    kinds = groups.size().reset_index()[keys].to_numpy(float).T
    logs = np.log(model["estimate"].to_numpy(float))

    def value(at: Floats) -> Floats:
        return _discounted(at, kinds, weeks, discount_rate)

    found = np.column_stack([value(logs), _alive(np.exp(logs), kinds), slopes(value, logs)])
    table = pd.DataFrame(found[groups.ngroup().to_numpy()], columns=EXPECTED_COLUMNS[1:])
    table.insert(0, "customer_id", histories["customer_id"].to_numpy())
    return table


def holdout(transactions: pd.DataFrame, *, end: pd.Timestamp) -> pd.DataFrame:
    """How far expected purchases miss those that were not seen: learnt from the first half of the ledger, read in the second.

    Two rows: bg_nbd (absent where the first half has no sound model) and constant_rate (everybody repeats at the rate so
    far), the baseline to be beaten. estimate: expected ÷ actual − 1 (−0.12: twelve per cent too few), with the interval
    that the chance in buying gives it; n: customers of the first half. Empty where nobody repeats.
    """
    if transactions.empty:
        return pd.DataFrame(columns=HOLDOUT_COLUMNS)
    first, last = transactions["at"].min().normalize(), pd.Timestamp(end).normalize()
    split = first + (last - first) / 2
    known = histories(transactions, end=split)
    weeks = (last - split) / pd.Timedelta(days=WEEK_DAYS)
    after = histories(transactions, end=last).set_index("customer_id")["n_repeats"]
    actual = after.reindex(known["customer_id"]).to_numpy(float) - known["n_repeats"].to_numpy(float)
    expected = {}
    model = buying_model(known)
    if len(model) and model["sound"].all():
        expected["bg_nbd"] = expected_purchases(known, model, weeks=weeks)["estimate"].to_numpy(float)
    if known["age_weeks"].sum() > 0:
        rate = float(known["n_repeats"].sum() / known["age_weeks"].sum())
        expected["constant_rate"] = np.full(len(known), rate * weeks)
    rows = [[name, *_missed(each, actual)] for name, each in expected.items() if actual.sum() > 0]
    return pd.DataFrame(rows, columns=HOLDOUT_COLUMNS)


def _missed(expected: Floats, actual: Floats) -> list[object]:
    """The error of the total, with the interval of a ratio of sums over customers."""
    ratio = float(expected.sum() / actual.sum())
    half = Z * float((expected - ratio * actual).std(ddof=1)) * float(np.sqrt(len(actual)) / actual.sum())
    return [ratio - 1, ratio - 1 - half, ratio - 1 + half, len(actual), "share", expected.sum(), actual.sum()]


class _Rows(NamedTuple):
    """Histories counted once each (weights sum to one), and the distinct numbers of repeats with their weights."""

    x: Floats
    recency: Floats
    age: Floats
    weight: Floats
    distinct: Floats
    weight_of_distinct: Floats


def _rows(histories: pd.DataFrame) -> _Rows:
    grouped = histories.groupby(["n_repeats", "recency_weeks", "age_weeks"]).size().reset_index(name="weight")
    x, recency, age, weight = (grouped[name].to_numpy(float) for name in grouped)
    weight = weight / weight.sum()
    distinct, place = np.unique(x, return_inverse=True)
    return _Rows(x, recency, age, weight, distinct, np.bincount(place, weights=weight).astype(float))


def _loss(logs: Floats, rows: _Rows) -> tuple[float, Floats]:
    """Mean negative log-likelihood and its gradient by the log parameters."""
    r, alpha, a, b = np.exp(logs)
    x, n = rows.x, rows.distinct
    to_now, to_last = np.log(alpha + rows.age), np.log(alpha + rows.recency)
    later = np.log(a) - np.log(b + np.maximum(x, 1.0) - 1)
    alive = -(r + x) * to_now
    both = np.logaddexp(alive, np.where(x > 0, later - (r + x) * to_last, -np.inf))
    is_alive = rows.weight * np.exp(alive - both)
    is_gone = rows.weight - is_alive
    bought = special.gammaln(r + n) - special.gammaln(r) + r * logs[1] + special.betaln(a, b + n) - special.betaln(a, b)
    value = rows.weight @ both + rows.weight_of_distinct @ bought
    weight, left = rows.weight_of_distinct, special.digamma(a + b) - special.digamma(a + b + n)
    by_r = weight @ (special.digamma(r + n) - special.digamma(r)) + logs[1] - is_alive @ to_now - is_gone @ to_last
    by_alpha = r / alpha - is_alive @ ((r + x) / (alpha + rows.age)) - is_gone @ ((r + x) / (alpha + rows.recency))
    by_a = weight @ left + is_gone.sum() / a
    gone_by_b = is_gone @ (1 / (b + np.maximum(x, 1.0) - 1))
    by_b = weight @ (left + special.digamma(b + n) - special.digamma(b)) - gone_by_b
    return -float(value), -np.array([by_r, by_alpha, by_a, by_b]) * np.exp(logs)


def _alive(parameters: Floats, kinds: Floats) -> Floats:
    """P(still a customer) given the history; one for those without a repeat, who had no chance to leave."""
    (r, alpha, a, b), (x, recency, age) = parameters, kinds
    odds = a / (b + np.maximum(x, 1.0) - 1) * np.exp((r + x) * (np.log(alpha + age) - np.log(alpha + recency)))
    return np.asarray(1 / (1 + np.where(x > 0, odds, 0.0)))


def _discounted(logs: Floats, kinds: Floats, weeks: float, discount_rate: float) -> Floats:
    """Expected purchases of the next weeks; with a discount rate quarter by quarter, each at its middle."""
    parameters = np.exp(logs)
    ends = np.array([weeks]) if discount_rate == 0 else np.append(np.arange(QUARTERS, weeks - 1e-9, QUARTERS), weeks)
    until = [_conditional(parameters, kinds, float(end)) for end in ends]
    each = np.diff(np.array([np.zeros(kinds.shape[1]), *until]), axis=0)
    middle = (np.append(0.0, ends[:-1]) + ends) / 2
    return np.asarray((1 + discount_rate) ** (-middle / YEAR_WEEKS) @ each)


def _conditional(parameters: Floats, kinds: Floats, weeks: float) -> Floats:
    """E[purchases in (T, T + weeks] | history]: equation 10 of the paper, Euler-transformed so that nothing overflows."""
    (r, alpha, a, b), (x, _recency, age) = parameters, kinds
    a = a + 1e-6 if abs(a - 1) < 1e-6 else a
    pairs, place = np.unique(np.column_stack([x, age]), axis=0, return_inverse=True)
    n, old = pairs.T
    z = weeks / (alpha + old + weeks)
    kept = (1 - z) ** (a - 1) * special.hyp2f1(a + b - 1 - r, a - 1, a + b + n - 1, z)
    if_alive = (a + b + n - 1) / (a - 1) * (1 - kept)
    return np.asarray(if_alive[place.ravel()] * _alive(parameters, kinds))
