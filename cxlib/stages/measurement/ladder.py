"""Which comparison do the data allow, what would a stronger one take, and what did the strongest find?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxlib.stages.measurement.effect import (
    MINIMUM_PERIODS,
    difference_in_differences,
    differences,
    empty_effect,
    interrupted_series,
    stacked,
)
from cxlib.stages.measurement.sites import cluster_of, site_differences
from cxlib.stages.measurement.staggered import as_effect, launches
from cxlib.stages.measurement.trial import outcomes
from cxlib.statistics.outcomes import METRICS, Records, measured, unit_of
from cxlib.statistics.periods import money_series

RUNGS = ["rung", "design", "possible", "n", "n_needed"]
NEEDED = {  # design, strongest first → what it takes of what it rests on
    "sites": 8,  # four and four: below it no way to draw the sites is rarer than one in twenty
    "randomised": 4,
    "staggered": 2,
    "difference_in_differences": 2,
    "interrupted_series": 2 * MINIMUM_PERIODS,
    "descriptive": 2,
}
MONEY = {"revenue_per_customer": "revenue", "margin_per_customer": "margin"}
PANEL = ["customer_id", "treated", "after", "outcome", "metric", "unit"]


@dataclass(frozen=True)
class Trial:
    """All that a pilot is judged by, as tidy tables.

    bought: every customer's outcome in the window (`outcomes`); months: the same month by month around the launch
    (`launches`); others: pilots and all others before and after, where no control was drawn (`panel`); weekly: the metric by
    week; rungs: the ladder of comparisons; starts_on: the first launch.
    """

    metric: str
    bought: pd.DataFrame
    months: pd.DataFrame
    others: pd.DataFrame
    weekly: pd.DataFrame
    rungs: pd.DataFrame
    starts_on: pd.Timestamp


def gather(
    people: pd.DataFrame,
    customers: pd.DataFrame,
    transactions: pd.DataFrame,
    *,
    plan: dict[str, Any],
    as_of: pd.Timestamp,
    records: Records | None = None,
    scale: tuple[float, float] = (0, 10),
) -> Trial:
    """What the customers of a registered trial (`people`) did, in every form that a comparison needs.

    records: interactions, responses, … where a metric is registered that purchases do not show; scale: of the
    overall question.
    """
    days, metric = plan["window_days"], plan["metric"]
    known = {**(records or {}), "customers": customers}
    metrics = tuple(METRICS) if metric in METRICS or not unit_of(metric) else (metric, *METRICS)
    weekly = weekly_series(transactions, metric, as_of=as_of)
    return Trial(
        metric,
        outcomes(people, transactions, window_days=days, as_of=as_of, metrics=metrics, records=known, scale=scale),
        launches(people, customers, transactions, metric=metric, as_of=as_of),
        panel(people, customers, transactions, metric=metric, window_days=days),
        weekly,
        ladder(people, customers, weekly),
        people.loc[people["arm"].eq("pilot"), "starts_on"].min(),
    )


def ladder(people: pd.DataFrame, customers: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """The designs from strongest to weakest: rung, design, possible, n (what there is of what it rests on), n_needed.

    `people`: customer_id, arm, starts_on, site; `series`: period_on of the business metric, week by week. n counts, in turn:
    sites in the smaller arm × 2; customers in the smaller arm × 2; launch months; customers outside the pilot (none counts
    while a control arm was drawn: it is the comparison); periods on the shorter side of the launch × 2, when everybody was
    launched; customers launched.
    """
    pilots = people[people["arm"].eq("pilot") & people["starts_on"].notna()]
    control = people[people["arm"].eq("control")]
    by_site = people["site"].fillna("").ne("").all() and len(people) > 0
    outside = len(customers) - int(customers["customer_id"].isin(pilots["customer_id"]).sum())
    held = dict.fromkeys(NEEDED, 0)
    if by_site:
        held["sites"] = 2 * min(pilots["site"].nunique(), control["site"].nunique())
    else:
        held["randomised"] = 2 * min(len(pilots), len(control))
    if len(pilots):
        held["staggered"] = pilots["starts_on"].dt.to_period("M").nunique()
        held["difference_in_differences"] = outside if control.empty else 0
        held["interrupted_series"] = 0 if outside else 2 * _shorter_side(pilots, series)
        held["descriptive"] = len(pilots)
    table = pd.DataFrame({"design": list(NEEDED), "n": list(held.values()), "n_needed": list(NEEDED.values())})
    return table.assign(rung=range(1, len(table) + 1), possible=table["n"] >= table["n_needed"])[RUNGS]


def _shorter_side(pilots: pd.DataFrame, series: pd.DataFrame) -> int:
    """Periods before or after the first launch, whichever are fewer."""
    after = int(series["period_on"].ge(pilots["starts_on"].min()).sum())
    return min(after, len(series) - after)


def panel(
    people: pd.DataFrame, customers: pd.DataFrame, transactions: pd.DataFrame, *, metric: str, window_days: int
) -> pd.DataFrame:
    """Two rows per customer, before and after the pilot's start, where a pilot has no random control.

    The customers outside the pilot are the comparison; who came after the earlier window began is left out. Columns:
    customer_id, treated, after, outcome, metric, unit. Empty when a control arm was drawn (then it is the comparison),
    or when nothing has started.
    """
    pilots = people[people["arm"].eq("pilot") & people["starts_on"].notna()]
    if pilots.empty or people["arm"].eq("control").any() or customers.empty:
        return pd.DataFrame(columns=PANEL)
    start = pilots["starts_on"].min()
    known = customers[customers["since_on"].isna() | customers["since_on"].lt(start - pd.Timedelta(days=window_days))]
    everyone = pd.DataFrame({"customer_id": known["customer_id"], "starts_on": start}).reset_index(drop=True)
    treated = everyone["customer_id"].isin(pilots["customer_id"]).astype(int)
    everyone = everyone.assign(treated=treated, metric=metric, unit=unit_of(metric) or "count")
    records = {"transactions": transactions}
    halves = [
        everyone.assign(after=after, outcome=measured(everyone, records, metric, begins=begins, days=window_days))
        for after, begins in ((0, -window_days), (1, 0))
    ]
    return pd.concat(halves, ignore_index=True)[PANEL]


def effects(trial: Trial) -> pd.DataFrame:
    """The effect on every metric, each by the strongest comparison that the data allow; an effect table."""
    found = [
        by_lot(trial.bought),
        as_effect(trial.months, metric=trial.metric, waves=NEEDED["staggered"]),
        difference_in_differences(trial.others, cluster="customer_id"),
        one_series(trial),
    ]
    return strongest(*found)


def by_lot(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The effect on every metric (or answer) of a long table of outcomes, between arms drawn by lot: sites or customers."""
    return strongest(site_differences(outcomes), differences(outcomes, cluster=cluster_of(outcomes)))


def one_series(trial: Trial) -> pd.DataFrame:
    """The jump of the registered metric at the first launch, where the ladder finds that everybody was launched.

    One row, or none: without a launch to everybody the series holds people who never got it.
    """
    possible = trial.rungs.loc[trial.rungs["design"].eq("interrupted_series"), "possible"]
    if not possible.any():
        return empty_effect()
    unit = "money" if trial.metric in MONEY else "count"
    return interrupted_series(trial.weekly, starts_on=trial.starts_on, metric=trial.metric, unit=unit).head(1)


def weekly_series(transactions: pd.DataFrame, metric: str, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """The registered metric week by week, of the whole house: period_on, estimate (money of revenue or margin, or buyers).

    Columns of `money_series`; without rows for a metric that no transaction shows.
    """
    if metric in MONEY:
        return money_series(transactions, at="at", amount=MONEY[metric], metric=metric, as_of=as_of)
    week = transactions["at"].dt.to_period("W")
    buyers = transactions[transactions["revenue"].gt(0)].assign(week=week, one=1.0)
    once = buyers.drop_duplicates(["customer_id", "week"])
    held = once if metric == "purchase_share" else once.head(0)
    return money_series(held, at="at", amount="one", metric=metric, as_of=as_of)


def strongest(*found: pd.DataFrame) -> pd.DataFrame:
    """Of every metric the effect by the strongest design that gave one, metrics in their order; of effect tables."""
    effects = stacked(list(found))
    rank = effects["design"].map({name: at for at, name in enumerate(NEEDED)})
    best = effects.assign(rank=rank).sort_values("rank", kind="stable").drop_duplicates("metric").sort_index()
    return best.drop(columns="rank").reset_index(drop=True)
