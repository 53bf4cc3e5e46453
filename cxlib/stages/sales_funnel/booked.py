"""Where the money is booked: the funnel step a customer is in at each purchase."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import percentile

COLUMNS = ["step", "estimate", "low", "high", "n", "unit", "booked_money", "purchases_per_journey", "p_most"]


def booked_money(
    transactions: pd.DataFrame,
    passages: pd.DataFrame,
    *,
    steps: list[str],
    measure: str = "revenue",
    seed: int = 0,
) -> pd.DataFrame:
    """Share of the money booked at each step, with interval and P(it books most), from customers resampled.

    A purchase belongs to the step the customer was last seen to reach on its day or before. Purchases of customers who
    were never seen in the funnel are left out; refunds count negative. measure: revenue or margin.
    `purchases_per_journey` = purchases booked there / journeys that reached the step. Empty where the money does not add
    up to more than nothing (refunds only): it has no shares.
    """
    placed = _placed(transactions, passages, measure)
    journeys = passages.groupby("step").size().reindex(steps, fill_value=0)
    if not placed["money"].sum() > 0:
        return pd.DataFrame(columns=COLUMNS)
    money = placed.pivot_table(index="customer_id", columns="step", values="money", aggfunc="sum", fill_value=0.0)
    amounts = money.reindex(columns=steps, fill_value=0.0).to_numpy(float)
    low, high, most = _intervals(amounts, seed)
    count = placed[placed["revenue"] > 0].groupby("step").size().reindex(steps, fill_value=0)
    return pd.DataFrame(
        {
            "step": steps,
            "estimate": amounts.sum(axis=0) / amounts.sum(),
            "low": low,
            "high": high,
            "n": count.to_numpy(float),
            "unit": "share",
            "booked_money": amounts.sum(axis=0),
            "purchases_per_journey": (count / journeys.where(journeys > 0)).fillna(0.0).to_numpy(float),
            "p_most": most,
        }
    )


def _placed(transactions: pd.DataFrame, passages: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Purchases with the step they were booked at and their money."""
    amount = transactions[measure] if transactions[measure].notna().any() else transactions["revenue"]
    bought = transactions.assign(money=amount, day=transactions["at"].dt.normalize())
    bought = bought[bought["money"].notna() & bought["customer_id"].isin(passages["customer_id"])].sort_values("at")
    seen = passages.assign(day=passages["entered_at"].dt.normalize()).sort_values(["day", "position"])
    unit = {"day": "datetime64[ns]", "customer_id": "str"}
    return pd.merge_asof(
        bought.astype(unit).drop(columns=["step"], errors="ignore"),
        seen[["customer_id", "day", "step"]].astype(unit),
        on="day",
        by="customer_id",
    ).dropna(subset=["step"])


def _intervals(amounts: np.ndarray, seed: int, *, n_draws: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Percentiles of the shares and the share of draws in which a step books most."""
    generator = np.random.default_rng(seed)
    size = len(amounts)
    sums = np.stack(
        [np.bincount(generator.integers(0, size, size), minlength=size).astype(float) @ amounts for _ in range(n_draws)]
    )
    totals = sums.sum(axis=1, keepdims=True)
    shares = np.divide(sums, totals, out=np.zeros_like(sums), where=totals != 0)
    low, high = percentile(shares)
    return low, high, (shares == shares.max(axis=1, keepdims=True)).mean(axis=0)


def purchases_ahead(booked: pd.DataFrame, *, steps: list[str], objective_step: str = "") -> pd.DataFrame:
    """Purchases per journey at every step, for the value at stake: as booked, or one at the objective step (default last)."""
    if len(booked):
        return booked[["step", "purchases_per_journey"]]
    target = objective_step if objective_step in steps else steps[-1]
    return pd.DataFrame({"step": steps, "purchases_per_journey": [float(step == target) for step in steps]})


def money_of_a_purchase(booked: pd.DataFrame, *, fallback: float = float("nan")) -> float:
    """Mean money of a purchase of the customers whose funnel it is; `fallback` (all customers') where none is placed."""
    n = float(booked["n"].sum()) if len(booked) else 0.0
    return float(booked["booked_money"].sum()) / n if n else fallback
