"""What every assigned customer did in the registered window: the table that the measurement rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd

METRICS = {"purchase_share": "share", "revenue_per_customer": "money", "margin_per_customer": "money"}
BEFORE_DAYS = 180  # the covariate looks back half a year: long enough to hold more than one purchase of most customers
OUTCOMES = ["customer_id", "arm", "stratum", "starts_on", "closes_on", "complete", "metric", "outcome", "before"]


def outcomes(
    assignments: pd.DataFrame,
    transactions: pd.DataFrame,
    *,
    metric: str,
    window_days: int,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """One row per assigned customer: the metric in the window from starts_on, and the same metric before it.

    Columns: customer_id, arm, stratum, starts_on, closes_on (last day of the window), complete (the window had closed
    by `as_of`), metric, outcome, before (same metric in the 180 days before starts_on; the covariate). An incomplete
    window has the outcome NaN: it is left out and counted, never read as a zero. Without transactions, with an unknown
    metric, or when no margin is recorded, every outcome is NaN.
    """
    table = pd.DataFrame(assignments).reindex(columns=["customer_id", "arm", "stratum", "starts_on"])
    table = table.drop_duplicates("customer_id").reset_index(drop=True)
    table["starts_on"] = pd.to_datetime(table["starts_on"])
    table["closes_on"] = table["starts_on"] + pd.Timedelta(days=int(window_days) - 1)
    table["complete"] = table["closes_on"].le(pd.Timestamp(as_of).normalize())
    table["metric"] = metric
    table["outcome"] = _amount(table, transactions, metric, first=0, days=window_days).where(table["complete"])
    table["before"] = _amount(table, transactions, metric, first=-BEFORE_DAYS, days=BEFORE_DAYS)
    return table[OUTCOMES]


def _amount(table: pd.DataFrame, transactions: pd.DataFrame, metric: str, *, first: int, days: int) -> pd.Series:
    """The metric per customer over `days` days from starts_on + `first`."""
    column = {"margin_per_customer": "margin"}.get(metric, "revenue")
    known = transactions.dropna(subset=["customer_id", "at", column])
    if metric not in METRICS or known.empty or table.empty:
        return pd.Series(np.nan, index=table.index, dtype=float)
    dated = known.merge(table[["customer_id", "starts_on"]], on="customer_id")
    day = (pd.to_datetime(dated["at"]).dt.normalize() - dated["starts_on"]).dt.days
    inside = dated[day.ge(first) & day.lt(first + days)]
    amount = inside.groupby("customer_id")[column]
    per_customer = (amount.max() > 0).astype(float) if metric == "purchase_share" else amount.sum()
    return table["customer_id"].map(per_customer).astype(float).fillna(0.0)


def arms(table: pd.DataFrame) -> pd.DataFrame:
    """How the arms stand: arm, n_assigned, n_open (window still open), n_analysed, starts_on (first), closes_on (last)."""
    columns = ["arm", "n_assigned", "n_open", "n_analysed", "starts_on", "closes_on"]
    if table.empty:
        return pd.DataFrame(columns=columns)
    grouped = table.assign(known=table["outcome"].notna(), open=~table["complete"]).groupby("arm", sort=True)
    return (
        grouped.agg(
            n_assigned=("customer_id", "size"),
            n_open=("open", "sum"),
            n_analysed=("known", "sum"),
            starts_on=("starts_on", "min"),
            closes_on=("closes_on", "max"),
        )
        .reset_index()
        .sort_values("arm", ascending=False, ignore_index=True)
    )


def satisfaction(
    assignments: pd.DataFrame, responses: pd.DataFrame, *, question: str, window_days: int, touchpoint: str = ""
) -> pd.DataFrame:
    """One row per assigned customer who answered inside the window: customer_id, arm, metric, outcome, before.

    Several answers of one person become their mean, so that the person is the unit. `touchpoint` "" takes the answers
    on the whole relation (blank touchpoint); otherwise those about that touchpoint. The question "nps" is turned into
    −100 (0–6), 0 (7–8) and 100 (9–10), so that a mean is a net promoter score in points.
    """
    columns = ["customer_id", "arm", "stratum", "metric", "outcome", "before"]
    asked = responses[responses["question"].eq(question) & responses["touchpoint"].fillna("").eq(touchpoint)]
    people = pd.DataFrame(assignments).reindex(columns=["customer_id", "arm", "stratum", "starts_on"])
    people["starts_on"] = pd.to_datetime(people["starts_on"])
    dated = asked.dropna(subset=["score"]).merge(people, left_on="respondent_id", right_on="customer_id")
    if dated.empty:
        return pd.DataFrame(columns=columns).astype({"outcome": float, "before": float})
    if question == "nps":
        dated["score"] = 100.0 * dated["score"].ge(9) - 100.0 * dated["score"].le(6)
    day = (pd.to_datetime(dated["on"]).dt.normalize() - dated["starts_on"]).dt.days
    after = dated[day.ge(0) & day.lt(window_days)].groupby("customer_id")["score"].mean()
    prior = dated[day.lt(0)].groupby("customer_id")["score"].mean()
    table = people[people["customer_id"].isin(after.index)].drop_duplicates("customer_id").copy()
    table["metric"] = question if not touchpoint else f"{question}:{touchpoint}"
    table["outcome"] = table["customer_id"].map(after).astype(float)
    table["before"] = table["customer_id"].map(prior).astype(float)
    return table[columns].reset_index(drop=True)
