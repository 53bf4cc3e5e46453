"""What customers will bring: value ahead per segment, by the best model whose checks the data pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

LIKELIHOOD, RATE, CONTRACT, MULTIPLE, NONE = "bg_nbd", "constant_rate", "sbg", "margin_multiple", "none"
MISSED = 0.25  # hold-out error up to which a model may carry money (policy; CDNOW, the textbook case, misses by 12 %)
INDEPENDENT = 0.3  # correlation of frequency and spend up to which they count as independent (CDNOW: 0.11)
CYCLES = 2.0  # usual gaps between two purchases that the ledger must span
YEAR_WEEKS = 365.25 / 7

CHECK_COLUMNS = ["method", "check", "estimate", "low", "high", "n", "unit", "needed", "passed"]
VALUE_COLUMNS = ["segment", "estimate", "low", "high", "n", "unit", "alive_share", "method"]


def checks(
    histories: pd.DataFrame,
    models: dict[str, pd.DataFrame],
    holdouts: pd.DataFrame,
    correlation: pd.DataFrame,
    *,
    minimum_n: int = 500,
) -> pd.DataFrame:
    """What each rung of the ladder asks of the data, what was found, and whether that passes; customers without contract.

    models: `buying` and `spending` (parameter tables with `sound`); holdouts: method, estimate, low, high, n;
    correlation: of frequency and spend. bg_nbd asks for customers, a span of two usual gaps, sound likelihoods (1 or 0),
    independence and a small hold-out error; constant_rate only for the last. A check without data does not pass.
    """
    repeaters = histories[histories["n_repeats"] > 0]
    gap = float((repeaters["recency_weeks"] / repeaters["n_repeats"]).median()) if len(repeaters) else np.nan
    span = float(histories["age_weeks"].max()) / gap if gap > 0 else np.nan
    free = _first(correlation)
    rows = [
        _check(LIKELIHOOD, "customers", {"estimate": len(histories), "n": len(histories)}, minimum_n, "count"),
        _check(LIKELIHOOD, "span", {"estimate": span, "n": len(repeaters)}, CYCLES, "ratio"),
        _sound(LIKELIHOOD, "buying", models["buying"]),
        _sound(LIKELIHOOD, "spending", models["spending"]),
        _check(LIKELIHOOD, "independence", free, INDEPENDENT, "ratio", most=True),
        _check(LIKELIHOOD, "holdout", _of(holdouts, LIKELIHOOD), MISSED, "share", most=True),
        _check(RATE, "holdout", _of(holdouts, RATE), MISSED, "share", most=True),
    ]
    return pd.DataFrame(rows, columns=CHECK_COLUMNS)


def contract_checks(model: pd.DataFrame, holdout: pd.DataFrame, constant: pd.DataFrame) -> pd.DataFrame:
    """The same for customers under contract: sbg asks for a sound likelihood and a small hold-out error, margin_multiple
    that one constant retention is not refuted (p of at least 0.05)."""
    found = {"estimate": float(_first(constant).get("p_value", np.nan)), "n": _first(constant).get("n", 0)}
    rows = [
        _sound(CONTRACT, "retention", model),
        _check(CONTRACT, "holdout", _first(holdout), MISSED, "share", most=True),
        _check(MULTIPLE, "constant", found, 0.05, "ratio"),
    ]
    return pd.DataFrame(rows, columns=CHECK_COLUMNS)


def ladder(checks: pd.DataFrame) -> str:
    """The first method whose checks all pass: bg_nbd, constant_rate, or none (cannot tell)."""
    passed = checks.groupby("method", sort=False)["passed"].all()
    return next((str(method) for method, every in passed.items() if every), NONE)


def nothing() -> pd.DataFrame:
    """The table of values without rows: cannot tell."""
    return pd.DataFrame(columns=VALUE_COLUMNS)


def by_model(
    members: pd.DataFrame,
    purchases: pd.DataFrame,
    spend: pd.DataFrame,
    models: dict[str, pd.DataFrame],
    *,
    margin_share: float = 1.0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Value ahead per member who has bought: expected purchases × expected money of one × margin share, by segment.

    purchases, spend: one row a customer with estimate and slope_… (derivatives by the log parameters of `models`, whose
    covariance they carry into the interval, to which the spread of the members is added). n: members who have bought.
    """
    both = members.merge(purchases, on="customer_id").merge(spend, on="customer_id", suffixes=("", "_spend"))
    bought = [name for name in purchases if str(name).startswith("slope_")]
    spent = [name for name in spend if str(name).startswith("slope_")]
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    rows: list[list[object]] = []
    for segment, part in both.groupby("segment", sort=True):
        times, money = part["estimate"].to_numpy(float), part["estimate_spend"].to_numpy(float) * margin_share
        value = times * money
        error = float(np.var(value, ddof=1)) / len(part) if len(part) > 1 else np.nan
        error += _carried(part[bought].to_numpy(float) * money[:, None], models["buying"])
        error += _carried(part[spent].to_numpy(float) * (times * margin_share)[:, None], models["spending"])
        half, mean = z * float(np.sqrt(error)), float(value.mean())
        rows.append(
            [segment, mean, mean - half, mean + half, len(part), "money", part["alive_share"].mean(), LIKELIHOOD]
        )
    return pd.DataFrame(rows, columns=VALUE_COLUMNS)


def by_rate(
    members: pd.DataFrame,
    histories: pd.DataFrame,
    *,
    weeks: float,
    discount_rate: float = 0.0,
    margin_share: float = 1.0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Value ahead per member who has bought if the segment went on repeating at its rate so far, nobody leaving.

    Rate = Σ money of repeat purchases ÷ Σ time since the first purchase; × weeks, discounted. Interval of a ratio of sums.
    """
    both = members.merge(histories, on="customer_id")
    ahead = discounted_weeks(weeks, discount_rate) * margin_share
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    rows: list[list[object]] = []
    for segment, part in both.groupby("segment", sort=True):
        money = (part["n_repeats"] * part["repeat_money"].fillna(0.0)).to_numpy(float)
        age = part["age_weeks"].to_numpy(float)
        if age.sum() <= 0 or len(part) < 2:
            continue
        rate = money.sum() / age.sum()
        error = float((money - rate * age).std(ddof=1)) * np.sqrt(len(part)) / age.sum()
        rows.append(
            [
                segment,
                rate * ahead,
                (rate - z * error) * ahead,
                (rate + z * error) * ahead,
                len(part),
                "money",
                np.nan,
                RATE,
            ]
        )
    return pd.DataFrame(rows, columns=VALUE_COLUMNS)


def margin_multiple(retention: float, discount_rate: float) -> float:
    """Value of a customer under contract ÷ the margin of a period: r/(1 + i − r), for ever and at one constant rate.

    Gupta & Lehmann (2003), doi:10.1002/dir.10045. Both rates are shares of the same period.
    """
    if not 0 <= retention <= 1 or discount_rate < 0 or retention >= 1 + discount_rate:
        raise ValueError(
            f"margin_multiple: retention {retention} and discount rate {discount_rate} give no finite value. "
            "Retention is a share from 0 to 1, below 1 + the discount rate."
        )
    return retention / (1 + discount_rate - retention)


def by_multiple(
    members: pd.DataFrame, retention: pd.DataFrame, *, period_money: pd.Series, discount_rate: float
) -> pd.DataFrame:
    """Value ahead per member under contract at one constant retention: money of a period × margin multiple.

    retention: one row estimate, low, high, of which the limits give the interval; discount_rate of one period. Members
    that `period_money` (by customer_id) does not know bring nothing; those who left have no place in `members`.
    """
    if retention.empty:
        return nothing()
    times = [margin_multiple(float(retention[name].iloc[0]), discount_rate) for name in ("estimate", "low", "high")]
    money = members["customer_id"].map(period_money).fillna(0.0).groupby(members["segment"]).agg(["mean", "size"])
    rows = [
        [segment, *(float(mean) * np.array(times)), size, "money", 1.0, MULTIPLE]
        for segment, mean, size in money.itertuples()
    ]
    return pd.DataFrame(rows, columns=VALUE_COLUMNS)


def by_contract(
    members: pd.DataFrame,
    ahead: pd.DataFrame,
    model: pd.DataFrame,
    *,
    period_money: pd.Series,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Value ahead per member under contract: discounted periods they are expected to stay × their money of a period.

    ahead: customer_id, estimate, slope_alpha, slope_beta; period_money by customer_id (those without one bring nothing).
    """
    both = members.merge(ahead, on="customer_id")
    money = both["customer_id"].map(period_money).fillna(0.0)
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    rows: list[list[object]] = []
    for segment, part in both.groupby("segment", sort=True):
        each = money[part.index].to_numpy(float)
        value = part["estimate"].to_numpy(float) * each
        error = float(np.var(value, ddof=1)) / len(part) if len(part) > 1 else np.nan
        error += _carried(part[["slope_alpha", "slope_beta"]].to_numpy(float) * each[:, None], model)
        half, mean = z * float(np.sqrt(error)), float(value.mean())
        rows.append([segment, mean, mean - half, mean + half, len(part), "money", 1.0, CONTRACT])
    return pd.DataFrame(rows, columns=VALUE_COLUMNS)


def margin_share(transactions: pd.DataFrame, *, objective: str) -> float:
    """Margin ÷ revenue of all purchases that know both; 1 when the objective is turnover or no margin is known."""
    known = transactions[transactions["margin"].notna() & transactions["revenue"].gt(0)]
    if objective == "turnover" or known.empty:
        return 1.0
    return float(known["margin"].sum() / known["revenue"].sum())


def discounted_weeks(weeks: float, discount_rate: float) -> float:
    """Weeks ahead, each worth (1 + d)^−(its year): the integral of the discount factor."""
    if discount_rate == 0:
        return weeks
    decay = np.log1p(discount_rate) / YEAR_WEEKS
    return float(-np.expm1(-decay * weeks) / decay)


def _check(
    method: str, name: str, found: Mapping[str, Any], needed: float, unit: str, *, most: bool = False
) -> list[object]:
    """One check: a value that must reach `needed`, or (`most`) may not lie further from zero than it."""
    estimate = float(found.get("estimate", np.nan))
    passed = abs(estimate) <= needed if most else estimate >= needed
    limits = [found.get(side, np.nan) for side in ("low", "high")]
    return [method, name, estimate, *limits, found.get("n", 0), unit, needed, bool(passed)]


def _sound(method: str, name: str, model: pd.DataFrame) -> list[object]:
    """Whether a likelihood could be maximised: 1 or 0."""
    sound = float(len(model) > 0 and bool(model["sound"].all()))
    return _check(method, name, {"estimate": sound, "n": model["n"].max() if len(model) else 0}, 1.0, "ratio")


def _of(table: pd.DataFrame, method: str) -> Mapping[str, Any]:
    return _first(table[table["method"] == method])


def _first(table: pd.DataFrame) -> Mapping[str, Any]:
    """The first row of a table; {} of an empty one."""
    return {str(name): value for name, value in table.iloc[0].items()} if len(table) else {}


def _carried(slopes: Floats, model: pd.DataFrame) -> float:
    """Variance of a mean that comes from the uncertainty of the model's log parameters (delta method)."""
    mean = slopes.mean(axis=0)
    return float(mean @ np.array(model["covariance"].tolist(), dtype=float) @ mean)
