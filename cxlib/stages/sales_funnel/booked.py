"""Where the money is booked: the funnel step a customer is in at each purchase."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.stages.sales_funnel.followed import Followed
from cxlib.statistics.intervals import percentile

COLUMNS = ["step", "estimate", "low", "high", "n", "unit", "booked_money", "purchases_per_journey", "p_most", "measure"]
N_DRAWS = 300


def booked_money(
    transactions: pd.DataFrame, followed: Followed, *, measure: str = "revenue", seed: int = 0
) -> pd.DataFrame:
    """Share of the money booked at each step, with interval and P(it books most), from customers resampled.

    A purchase belongs to the step the customer was last seen to reach on its day or before. Purchases of customers who
    were never seen in the funnel are left out; refunds count negative. measure: revenue or margin, revenue where no
    margin is known. n: purchases (revenue above 0); `purchases_per_journey` = these / journeys that reached the step.
    Empty where the money does not add up to more than nothing (refunds only): it has no shares.
    """
    counted = measure if transactions[measure].notna().any() else "revenue"
    placed = _placed(transactions.assign(money=transactions[counted]), followed.focus)
    if not placed["money"].sum() > 0:
        return pd.DataFrame(columns=COLUMNS)
    money = placed.pivot_table(index="customer_id", columns="step", values="money", aggfunc="sum", fill_value=0.0)
    amounts = money.reindex(columns=followed.steps, fill_value=0.0).to_numpy(float)
    low, high, most = _intervals(amounts, seed)
    bought, journeys = (rows.groupby("step").size() for rows in (placed[placed["revenue"] > 0], followed.focus))
    table = pd.DataFrame({"n": bought, "purchases_per_journey": bought / journeys}).reindex(followed.steps).fillna(0.0)
    table = table.assign(estimate=amounts.sum(axis=0) / amounts.sum(), low=low, high=high, p_most=most, unit="share")
    table = table.assign(booked_money=amounts.sum(axis=0), measure=counted)
    return table.rename_axis("step").reset_index()[COLUMNS]


def _placed(transactions: pd.DataFrame, passages: pd.DataFrame) -> pd.DataFrame:
    """Purchases with known money of customers in the funnel, each with the step it was booked at."""
    bought = transactions.assign(day=transactions["at"].dt.normalize()).drop(columns="step", errors="ignore")
    bought = bought[bought["money"].notna() & bought["customer_id"].isin(passages["customer_id"])].sort_values("at")
    seen = passages.assign(day=passages["entered_at"].dt.normalize()).sort_values(["day", "position"])
    kinds = {"day": "datetime64[ns]", "customer_id": "str"}
    steps = seen[["customer_id", "day", "step"]].astype(kinds)
    return pd.merge_asof(bought.astype(kinds), steps, on="day", by="customer_id").dropna(subset=["step"])


def _intervals(amounts: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Percentiles of the shares and the share of draws in which a step books most. amounts: customers × steps."""
    generator, size = np.random.default_rng(seed), len(amounts)
    drawn = (np.bincount(generator.integers(0, size, size), minlength=size) for _ in range(N_DRAWS))
    sums = np.stack([times.astype(float) @ amounts for times in drawn])
    totals = sums.sum(axis=1, keepdims=True)
    shares = np.divide(sums, totals, out=np.zeros_like(sums), where=totals != 0)
    low, high = percentile(shares)
    return low, high, (shares == shares.max(axis=1, keepdims=True)).mean(axis=0)


def purchases_ahead(booked: pd.DataFrame, *, steps: list[str]) -> pd.DataFrame:
    """Purchases per journey at every step: as booked or, where none is placed, one at the last step."""
    if len(booked):
        return booked[["step", "purchases_per_journey"]]
    return pd.DataFrame({"step": steps, "purchases_per_journey": [float(step == steps[-1]) for step in steps]})


def money_of_a_purchase(booked: pd.DataFrame, *, fallback: float = float("nan")) -> float:
    """Mean money of a purchase of the customers whose funnel it is; `fallback` (all customers') where none is placed."""
    n = float(booked["n"].sum()) if len(booked) else 0.0
    return float(booked["booked_money"].sum()) / n if n else fallback
