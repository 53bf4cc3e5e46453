"""Cumulative incidence of going on: the curve under every conversion, every window and every waiting time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from cxlib.facts import EVIDENCE_N
from cxlib.journeys.passages import ARRIVED
from cxlib.statistics.intervals import Z

CURVE = ["days", "estimate", "low", "high", "n", "n_events", "followed_share", "unit"]
WINDOW_SHARE = 0.95  # a window holds 95 % of those who will be seen to go on
MOST_UNITS = 20_000  # beyond it customers are drawn in so many random groups, which has the same variance
MOST_TIMES = 20_000  # beyond it waiting times are read by the hour in the draws
FOLLOWED = 0.1  # a curve is read as far as a tenth of the entrants could have been followed


def incidence(passages: pd.DataFrame, *, by: tuple[str, ...] = ("step",)) -> pd.DataFrame:
    """Share who have gone on within a given number of days of entering a step, per group, as a step function.

    F(t) = Σ_{t_i ≤ t} S(t_i−)·d_i/n_i: Aalen & Johansen (1978); without losses it is 1 − Kaplan & Meier (1958).
    Losing is a competing exit, not censoring: 1 − Kaplan–Meier would overstate the share that goes on.
    Interval: variance of Marubini & Valsecchi (1995) on the log(−log) scale.

    passages: the `by` columns, days, outcome (advanced | lost | open). Returns `by` + CURVE; n = number at risk.
    """
    keys = list(by)
    waiting = passages[~passages["outcome"].isin(ARRIVED)]
    parts = [
        pd.DataFrame(dict(zip(keys, names, strict=True)) | _curve(rows))
        for names, rows in waiting.groupby(keys, sort=False, observed=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*keys, *CURVE])


def windows(curves: pd.DataFrame) -> pd.DataFrame:
    """The window of each step, from the data: days until 95 % of those who will be seen to go on have gone on.

    The curve is followed to its horizon: as far as a tenth of the entrants could have been observed. Conversions are
    read there; the window is the first whole day on which the curve has climbed to 95 % of its height at the horizon, so
    that whoever is still open after it is overdue. Below 30 who went on, a step takes the median window of the others.
    Returns step, estimate (days), low, high (empty), n (went on), unit, horizon_days.
    """
    rows = [(step, *_window(curve)) for step, curve in curves.groupby("step", sort=False, observed=True)]
    table = pd.DataFrame(rows, columns=["step", "estimate", "n", "horizon_days"])
    enough = table["n"] >= EVIDENCE_N
    if enough.any():
        table["estimate"] = table["estimate"].where(enough, table.loc[enough, "estimate"].median())
    numbers = dict.fromkeys(("estimate", "n", "horizon_days"), float)
    return table.assign(low=np.nan, high=np.nan, unit="days").astype(numbers)


def _window(curve: pd.DataFrame) -> tuple[float, float, float]:
    """Window of a step in days, how many went on, and its horizon in days."""
    top = curve[curve["followed_share"] >= FOLLOWED].iloc[-1]
    within = curve.loc[curve["estimate"] >= WINDOW_SHARE * top["estimate"] - 1e-12, "days"]
    days = max(1.0, float(np.ceil(within.iloc[0]))) if top["n_events"] > 0 else np.nan
    return days, top["n_events"], np.ceil(top["days"])


def draws(
    passages: pd.DataFrame, windows: pd.DataFrame, *, by: tuple[str, ...] = ("step",), n_draws: int = 300, seed: int = 0
) -> pd.DataFrame:
    """Conversions at the horizon and waiting times, once per bootstrap sample of customers (not of rows).

    One sample of customers serves every group and step, so that differences and products are sampled together. Beyond
    20,000 customers, random groups of them are drawn and times are read to the hour: same variance, bounded memory.
    Returns `by`, draw, n (entrants), estimate (share gone on at the horizon), days_50, days_90 (of those who go on).
    """
    keys = list(by)
    columns = [*keys, "draw", "n", "estimate", "days_50", "days_90"]
    waiting = passages[~passages["outcome"].isin(ARRIVED)]
    if waiting.empty or windows.empty:
        return pd.DataFrame(columns=columns)
    codes, customers = pd.factorize(waiting["customer_id"])
    generator, units = np.random.default_rng(seed), min(len(customers), MOST_UNITS)
    if len(customers) > units:
        codes = generator.permutation(len(customers))[codes] % units
    weights = np.stack(
        [np.bincount(generator.integers(0, units, units), minlength=units) for _ in range(n_draws)]
    ).astype(float)
    limit = windows.set_index("step")["horizon_days"]
    parts = []
    for names, rows in waiting.assign(_code=codes).groupby(keys, sort=False, observed=True):
        named = dict(zip(keys, names, strict=True))
        sampled = _sampled(rows, weights, float(limit.get(named["step"], np.nan)))
        parts.append(pd.DataFrame({**named, "draw": np.arange(n_draws), **sampled}))
    return pd.concat(parts, ignore_index=True)[columns]


def _exits(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Which rows advanced, which were lost."""
    return rows["outcome"].eq("advanced").to_numpy(bool), rows["outcome"].eq("lost").to_numpy(bool)


def _curve(rows: pd.DataFrame) -> dict[str, np.ndarray | str]:
    """Aalen–Johansen at the distinct times, with its interval; followed_share: entrants not yet censored, by reverse
    Kaplan–Meier."""
    advanced, lost = _exits(rows)
    times, place = np.unique(rows["days"].to_numpy(float), return_inverse=True)
    one = np.bincount(place, weights=advanced, minlength=len(times))
    every = one + np.bincount(place, weights=lost, minlength=len(times))
    leaving = np.bincount(place, minlength=len(times)).astype(float)
    at_risk = leaving[::-1].cumsum()[::-1]
    before = np.concatenate([[1.0], np.cumprod(1 - every / at_risk)[:-1]])
    climbed = np.minimum((before * one / at_risk).cumsum(), 1.0)
    rest = at_risk - every
    low, high = _band(climbed, _variance(climbed, before, at_risk, one, every))
    kept = np.divide(leaving - every, rest, out=np.zeros_like(rest), where=rest > 0)
    followed = np.concatenate([[1.0], np.cumprod(1 - kept)[:-1]])
    return dict(zip(CURVE, (times, climbed, low, high, at_risk, one.cumsum(), followed, "share"), strict=True))


def _variance(
    climbed: np.ndarray, before: np.ndarray, at_risk: np.ndarray, one: np.ndarray, every: np.ndarray
) -> np.ndarray:
    """Variance of the incidence by the delta method: Marubini & Valsecchi (1995)."""
    rest = at_risk - every
    a = np.divide(every, at_risk * rest, out=np.zeros_like(rest), where=rest > 0)
    b = before**2 * (at_risk - one) / at_risk**3 * one
    c = before * one / at_risk**2
    variance = (
        climbed**2 * a.cumsum()
        - 2 * climbed * (climbed * a).cumsum()
        + (climbed**2 * a).cumsum()
        + b.cumsum()
        - 2 * (climbed * c.cumsum() - (climbed * c).cumsum())
    )
    return np.asarray(np.maximum(variance, 0.0))


def _band(climbed: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Interval of the incidence on the log(−log) scale of what is left; NaN where nothing or everything has gone on."""
    left = 1 - climbed
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        width = np.abs(Z * np.sqrt(variance) / (left * np.log(left)))
        low, high = 1 - left ** np.exp(-width), 1 - left ** np.exp(width)
    inner = (left > 1e-12) & (left < 1)
    return np.where(inner, low, np.nan), np.where(inner, high, np.nan)


def _sampled(rows: pd.DataFrame, weights: np.ndarray, horizon: float) -> dict[str, np.ndarray]:
    """Incidence at the horizon and the waiting times, for each row of weights (draws × customers, by `_code`)."""
    days, unit = rows["days"].to_numpy(float), rows["_code"].to_numpy()
    times, place = np.unique(days, return_inverse=True)
    if len(times) > MOST_TIMES:
        times, place = np.unique(np.ceil(days * 24) / 24, return_inverse=True)
    advanced, lost = _exits(rows)

    def total(chosen: np.ndarray) -> np.ndarray:
        counts = sparse.csr_array((chosen.astype(float), (place, unit)), shape=(len(times), weights.shape[1]))
        return np.asarray(counts @ weights.T).T

    at_risk = total(np.ones(len(days)))[:, ::-1].cumsum(axis=1)[:, ::-1]
    safe = np.where(at_risk > 0, at_risk, 1.0)
    one, every = total(advanced) / safe, total(advanced | lost) / safe
    before = np.cumprod(1 - every, axis=1)
    before = np.hstack([np.ones((len(weights), 1)), before[:, :-1]])
    curve = np.where(times <= horizon, before * one, 0.0).cumsum(axis=1)
    end = np.where(at_risk[:, 0] > 0, curve[:, -1], np.nan)
    half, most = (_first_day(curve, end, times, share) for share in (0.5, 0.9))
    return {"n": at_risk[:, 0], "estimate": end, "days_50": half, "days_90": most}


def _first_day(curve: np.ndarray, end: np.ndarray, times: np.ndarray, share: float) -> np.ndarray:
    """First day on which the curve reaches a share of its end, per draw; NaN where nobody goes on."""
    reached = curve >= (share * end - 1e-12)[:, None]
    return np.where(end > 0, times[reached.argmax(axis=1)], np.nan)
