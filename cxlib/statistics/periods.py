"""Values per week or month: the series that control charts and forecasts are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlib.statistics.scores import nps_value

SERIES = ["metric", "period_on", "estimate", "n", "successes", "spread", "unit"]
ENOUGH_WEEKS = 30  # with fewer weeks there is no phase I and anything to watch after it; months then
MINIMUM_CELL = 5  # a period with fewer answers shows no score (policy; brief.thresholds.minimum_cell)


def money_series(
    rows: pd.DataFrame, *, at: str, amount: str, metric: str, every: str = "week", as_of: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Sum of an amount per complete period: metric, period_on (first day), estimate, n (rows), successes (NaN), unit.

    Periods that the data do not cover from first to last day are left out; a covered period without rows counts as 0.
    """
    known = rows.dropna(subset=[at, amount])
    known = known if as_of is None else known[known[at] < pd.Timestamp(as_of).normalize() + pd.Timedelta(days=1)]
    if known.empty:
        return empty_series()
    days = pd.to_datetime(known[at]).dt.normalize()
    grouped = known.groupby(_starts(days, every))[amount]
    last = pd.Timestamp(as_of).normalize() if as_of is not None else days.max()
    periods = _complete(days.min(), last, every)
    table = pd.DataFrame({"period_on": periods, "estimate": grouped.sum().reindex(periods, fill_value=0.0).to_numpy()})
    table["n"] = grouped.size().reindex(periods, fill_value=0).to_numpy(float)
    return _series(table, metric, "money")


def score_series(responses: pd.DataFrame, *, metric: str, unit: str = "score") -> pd.DataFrame:
    """Mean score per complete period (columns as `money_series`); under five answers the estimate is NaN.

    Weeks when 30 weeks hold enough answers, months otherwise. `successes` counts answers in the column
    `satisfied` (0/1) where there is one, so that the same table feeds a p chart. `spread`: σ of the scores within the period.
    """
    known = responses.dropna(subset=["on", "score"])
    if known.empty:
        return empty_series()
    options = [_scores(known, step) for step in ("week", "month")]
    enough = [table for table in options if table["estimate"].notna().sum() >= ENOUGH_WEEKS]
    return _series((enough or options[-1:])[0], metric, unit)


def _scores(known: pd.DataFrame, every: str) -> pd.DataFrame:
    """Mean score, n and satisfied answers per complete period."""
    days = known["on"].dt.normalize()
    grouped = known.groupby(_starts(days, every))
    periods = _complete(days.min(), days.max(), every)
    n = grouped.size().reindex(periods, fill_value=0).to_numpy(float)
    mean = grouped["score"].mean().reindex(periods).to_numpy(float)
    table = pd.DataFrame({"period_on": periods, "estimate": np.where(n >= MINIMUM_CELL, mean, np.nan), "n": n})
    table["spread"] = np.where(n >= MINIMUM_CELL, grouped["score"].std().reindex(periods), np.nan)
    if "satisfied" in known:
        table["successes"] = np.where(n >= MINIMUM_CELL, grouped["satisfied"].sum().reindex(periods), np.nan)
    return table


def count_series(rows: pd.DataFrame, *, at: str, metric: str, as_of: pd.Timestamp, every: str = "week") -> pd.DataFrame:
    """Number of rows per complete period (columns as `money_series`, unit "count"): purchases, contacts, complaints."""
    table = money_series(rows.assign(_one=1.0), at=at, amount="_one", metric=metric, every=every, as_of=as_of)
    return table.assign(unit="count")


def objective_series(
    transactions: pd.DataFrame, costs: pd.DataFrame, *, objective: str, every: str, as_of: pd.Timestamp
) -> pd.DataFrame:
    """The business objective per period: turnover or gross_margin from transactions, the two costs by month.

    Columns as `money_series`. Costs are recorded by month: `every` does not split them. An unknown objective, or one
    whose table is empty, gives an empty series.
    """
    amount = {"turnover": "revenue", "gross_margin": "margin"}.get(objective)
    if amount:
        return money_series(transactions, at="at", amount=amount, metric=objective, every=every, as_of=as_of)
    kind = {"commercial_cost": "commercial", "operating_cost": "operating"}.get(objective, "")
    return money_series(
        costs[costs["kind"].eq(kind)],
        at="on",
        amount="amount",
        metric=objective,
        every="month",
        as_of=as_of + pd.offsets.MonthEnd(0),
    )


def satisfaction_series(
    responses: pd.DataFrame, *, touchpoints: Sequence[str], scales: Mapping[str, tuple[float, float]]
) -> pd.DataFrame:
    """The satisfaction series, stacked: overall (else nps), csat of every touchpoint, dissatisfied.

    "dissatisfied" is the share of all csat answers in the lower half of their scale (`scales`: question → lowest, highest;
    0–10 when not named): a share, so that it gets a p chart. Metrics are named overall, nps, csat:<touchpoint>,
    dissatisfied. Columns as `money_series`; questions that were never asked have no rows.
    """
    relation = responses[responses["touchpoint"].fillna("").eq("")]
    whole = relation[relation["question"].eq("overall")]
    net = relation[relation["question"].eq("nps")]
    net = net.assign(score=nps_value(net["score"]))
    rated = responses[responses["question"].eq("csat")]
    low, high = scales.get("csat", (0.0, 10.0))
    below = rated["score"].lt((low + high) / 2).astype(float)
    unhappy = rated.assign(score=below, satisfied=below)
    found = [score_series(whole, metric="overall") if len(whole) else score_series(net, metric="nps", unit="points")]
    found += [score_series(rated[rated["touchpoint"].eq(name)], metric=f"csat:{name}") for name in touchpoints]
    found.append(score_series(unhappy, metric="dissatisfied", unit="share"))
    held = [series for series in found if len(series)]
    return pd.concat(held, ignore_index=True) if held else empty_series()


def watched(moments: Mapping[str, Sequence[str]], responses: pd.DataFrame, *, most: int = 6) -> list[str]:
    """The touchpoints to watch: the moments stage 4 decided, else those with the most csat answers (at most `most`)."""
    decided = [str(moment).split(":")[0] for moment in moments.get("moments", [])]
    rated = responses.loc[responses["question"].eq("csat") & responses["touchpoint"].fillna("").ne(""), "touchpoint"]
    return list(dict.fromkeys(decided)) or [str(name) for name in rated.value_counts().head(most).index]


def empty_series() -> pd.DataFrame:
    """A series without periods."""
    return pd.DataFrame(columns=SERIES).astype(dict.fromkeys(("estimate", "n", "successes", "spread"), float))


def _series(table: pd.DataFrame, metric: str, unit: str) -> pd.DataFrame:
    """The columns of a series, in order."""
    return table.assign(metric=metric, unit=unit).reindex(columns=SERIES)


def _starts(days: pd.Series, every: str) -> pd.Series:
    """First day of the period a day lies in; weeks begin on Monday."""
    starts: pd.Series = days.dt.to_period("M" if every == "month" else "W-SUN").dt.start_time
    return starts


def _complete(first: pd.Timestamp, last: pd.Timestamp, every: str) -> pd.DatetimeIndex:
    """First days of all periods that lie wholly between two days."""
    step = "M" if every == "month" else "W-SUN"
    periods = pd.period_range(first, last, freq=step)
    whole = (periods.start_time >= first) & (periods.end_time.normalize() <= last)
    return pd.DatetimeIndex(periods[whole].start_time)


def all_series(
    objective: pd.DataFrame,
    responses: pd.DataFrame,
    transactions: pd.DataFrame,
    *,
    moments: Mapping[str, Sequence[str]],
    scales: Mapping[str, tuple[float, float]],
    as_of: pd.Timestamp,
    every: str = "week",
) -> pd.DataFrame:
    """Everything that is watched, stacked: the objective, satisfaction (at the decided `moments`), purchases."""
    touchpoints = watched(moments, responses)
    satisfied = satisfaction_series(responses, touchpoints=touchpoints, scales=scales)
    bought = count_series(transactions, at="at", metric="purchases", as_of=as_of, every=every)
    return pd.concat([objective, satisfied, bought], ignore_index=True)
