"""The objective as an accounting identity: which drivers it is made of, what moved it, and what each would have to do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.statistics.intervals import bootstrap, percentile

Floats = NDArray[np.float64]
Row = dict[Any, Any]

PARENTS = {
    "customers_reached": "customers",
    "conversion": "customers",
    "customers": "turnover",
    "frequency": "turnover",
    "basket": "turnover",
    "turnover": "gross_margin",
    "margin_share": "gross_margin",
    "gross_margin": "contribution",
    "commercial_cost": "contribution",
    "operating_cost": "contribution",
    "contribution": "",
}
UNITS = {
    "customers_reached": "count",
    "conversion": "share",
    "customers": "count",
    "frequency": "ratio",
    "margin_share": "share",
}
COSTS = ("commercial_cost", "operating_cost")
METRICS = {
    "purchase_share": "conversion",
    "customers_reached": "customers_reached",
    "purchases_per_customer": "frequency",
    "revenue_per_purchase": "basket",
    "revenue_per_customer": "turnover",
    "turnover_per_month": "turnover",
    "margin_per_customer": "gross_margin",
    "gross_margin_per_month": "gross_margin",
    "discount_share": "margin_share",
    "cost_per_new_customer": "commercial_cost",
    "commercial_cost_per_month": "commercial_cost",
    "cost_per_contact": "operating_cost",
    "operating_cost_per_month": "operating_cost",
    "nps": "",
    "overall_satisfaction": "",
    "followers": "",
    "page_views": "",
}
"""Metrics a client may propose and the node of the tree they move; blank: no path, whatever they are worth elsewhere."""

TREE_COLUMNS = ["driver", "parent", "estimate", "low", "high", "n", "unit", "before"]
SUMS = ["bought", "purchases", "revenue", "margin_known", "margin"]
YEAR_MONTHS = 12


def driver_tree(
    transactions: pd.DataFrame, interactions: pd.DataFrame, costs: pd.DataFrame, *, end: dt.date, seed: int = 0
) -> pd.DataFrame:
    """The twelve months that end with the last complete month before `end`, as a tree of drivers; one row a node.

    contribution = gross margin − commercial cost − operating cost; gross margin = turnover × margin share; turnover =
    customers × purchases a customer × revenue a purchase; customers = customers reached × conversion. Reached: had an
    interaction or bought (left out without interactions). `before` is the same a year earlier (blank when the ledgers
    do not reach back). Intervals: bootstrap of customers; counts and costs are booked, without one. Money a year.
    """
    span, earlier = _last_year(end), _last_year(end, back=1)
    sums, sums_before = _customer_sums(transactions, span), _customer_sums(transactions, earlier)
    if not sums["revenue"].sum() > 0:
        return pd.DataFrame(columns=TREE_COLUMNS)
    people, spent = _reached(sums, interactions, span), _spent(costs, span)
    reached = None if people is None else float(len(people))
    now = _values(sums.sum().to_numpy(float), reached, spent)
    people_before = _reached(sums_before, interactions, earlier)
    reached_before = None if people_before is None else float(len(people_before))
    reaches_back = transactions["at"].min() < earlier[0] + pd.DateOffset(months=1)
    then = _values(sums_before.sum().to_numpy(float), reached_before, _spent(costs, earlier)) if reaches_back else {}
    limits = _limits(sums if people is None else people, reached, spent, seed)
    rows = [
        [
            name,
            PARENTS[name],
            value,
            limits.loc[name, "low"],
            limits.loc[name, "high"],
            sums["purchases"].sum(),
            UNITS.get(name, "money"),
            then.get(name, math.nan),
        ]
        for name, value in now.items()
    ]
    return pd.DataFrame(rows, columns=TREE_COLUMNS)


def identity(tree: pd.DataFrame, book: pd.DataFrame) -> pd.DataFrame:
    """The product of the drivers beside what is booked over the same twelve months, and the difference in money.

    Columns: total, product_money, booked_money, difference_money, holds (to the cent).
    """
    value = tree.set_index("driver")["estimate"]
    booked = book.tail(YEAR_MONTHS)
    rows = []
    for total in ("turnover", "gross_margin", "contribution"):
        if total not in value:
            continue
        product, sum_booked = _product(value, total), float(booked[total].sum())
        rows.append([total, product, sum_booked, product - sum_booked, abs(product - sum_booked) < 0.005])
    return pd.DataFrame(rows, columns=["total", "product_money", "booked_money", "difference_money", "holds"])


def leaves(tree: pd.DataFrame) -> list[str]:
    """The drivers that are not made of others."""
    return [name for name in tree["driver"] if name not in set(tree["parent"])]


def sensitivity(tree: pd.DataFrame, *, objective: str, gap_money: float | None = None) -> pd.DataFrame:
    """Each driver of the objective: what one per cent of it is worth, what it moved, what it alone would have to do.

    estimate: money a year the objective gains when this driver alone improves by one per cent (a cost: falls).
    moved_money: its part in the change from the year before, exact and without remainder (logarithmic mean Divisia
    index, Ang 2004): Σ L(now, before) · ln(driver now / driver before). required_share: the change of this driver alone
    that closes `gap_money`; required: where that would bring it; changed_share: what it did last year, to compare.
    Without rows where the tree does not reach the objective (a margin that nobody knows).
    """
    columns = [
        "driver",
        "estimate",
        "low",
        "high",
        "n",
        "unit",
        "value",
        "value_unit",
        "changed_share",
        "moved_money",
        "required_share",
        "required",
    ]
    nodes = {str(row["driver"]): row for row in tree.to_dict("records")}
    rows = []
    for row in (nodes[name] for name in path_drivers(tree, objective) if objective in nodes):
        total = nodes[objective]
        worth = [abs(total[name]) / 100 for name in ("estimate", "low", "high")]
        required = gap_money / (100 * worth[0]) if gap_money is not None and worth[0] else math.nan
        required = -required if row["driver"] in COSTS else required
        changed = row["estimate"] / row["before"] - 1 if row["before"] else math.nan
        rows.append(
            [
                row["driver"],
                *worth,
                row["n"],
                "money",
                row["estimate"],
                row["unit"],
                changed,
                _moved(row, total),
                required,
                row["estimate"] * (1 + required),
            ]
        )
    return pd.DataFrame(rows, columns=columns)


def branch(tree: pd.DataFrame, *, objective: str, gap_money: float | None = None) -> pd.DataFrame:
    """The tree with what `sensitivity` says of its leaves, and which nodes the objective is made of (`chosen`).

    weight: the node's part in what moved the objective, 0–1; a node above the leaves carries the sum of its leaves.
    gap_share: its part of the gap if the gap closes the way the objective moved (only drivers that helped; in equal parts
    where none did), gap_money that part, target: estimate · (1 + gap ÷ objective)^gap_share, so that targets multiply to
    the target of the objective. Blank outside the objective's branch and without a gap.
    """
    known = sensitivity(tree, objective=objective, gap_money=gap_money).set_index("driver")
    table = tree.copy()
    for column in ("moved_money", "required", "required_share"):
        table[column] = table["driver"].map(known[column]).astype("float64")
    table["chosen"] = [objective in path(driver) for driver in table["driver"]]
    moved = known["moved_money"].abs().fillna(0.0)
    carried = [moved[[leaf for leaf in moved.index if driver in path(leaf)]].sum() for driver in table["driver"]]
    table["weight"] = np.array(carried) / (moved.sum() or 1.0)
    return _with_gap(table, known["moved_money"], objective, gap_money)


def _with_gap(table: pd.DataFrame, moved: pd.Series, objective: str, gap_money: float | None) -> pd.DataFrame:
    """Add gap_share, gap_money and target to the nodes that the objective is made of."""
    total = float(table.loc[table["driver"] == objective, "estimate"].sum())
    better = -1.0 if objective in COSTS else 1.0
    ratio = 1 + better * gap_money / total if gap_money is not None and total > 0 else math.nan
    if table.empty or not (ratio > 0 and gap_money is not None and gap_money > 0):
        return table.assign(gap_share=math.nan, gap_money=math.nan, target=math.nan)
    helped = (better * moved.fillna(0.0)).clip(lower=0.0)
    parts = helped / helped.sum() if helped.sum() > 0 else pd.Series(1 / len(moved), index=moved.index)
    carried = [parts[[leaf for leaf in parts.index if driver in path(leaf)]].sum() for driver in table["driver"]]
    share = pd.Series(carried, index=table.index, dtype=float).where(table["chosen"])
    target = table["estimate"] * ratio**share
    return table.assign(gap_share=share, gap_money=share * gap_money, target=target)


def path_drivers(tree: pd.DataFrame, objective: str) -> list[str]:
    """The leaves that the objective is made of."""
    return [name for name in leaves(tree) if objective in path(name)]


def path(node: str) -> list[str]:
    """The nodes from a driver up to the contribution; empty for an unknown one."""
    steps = []
    while node in PARENTS:
        steps.append(node)
        node = PARENTS[node]
    return steps


def has_path(metric: str, objective: str) -> bool:
    """Whether moving the metric moves the objective by the arithmetic of the tree."""
    return objective in path(METRICS.get(metric, metric))


def metric_paths(metrics: Sequence[str] = (), *, objective: str) -> pd.DataFrame:
    """Which metrics lead to the objective: metric, path (nodes joined by →), accepted. Default: every metric known."""
    rows = []
    for metric in metrics or list(METRICS):
        steps = path(METRICS.get(metric, metric))
        reached = objective in steps
        rows.append([metric, steps[: steps.index(objective) + 1] if reached else [], reached])
    return pd.DataFrame(rows, columns=["metric", "path", "accepted"]).sort_values(
        "accepted", ascending=False, kind="stable", ignore_index=True
    )


def customer_values(transactions: pd.DataFrame, *, end: dt.date, seed: int = 0) -> pd.DataFrame:
    """What a customer and a purchase are worth: rows customer_value (money a year) and purchase_value (money).

    In margin where it is known, else in revenue: column `money` says which. Ratio of sums, bootstrap of customers.
    """
    columns = ["measure", "estimate", "low", "high", "n", "unit", "money"]
    sums = _customer_sums(transactions, _last_year(end))
    sums = sums[sums["bought"] > 0]
    if sums.empty:
        return pd.DataFrame(columns=columns)
    money = "gross_margin" if sums["margin_known"].sum() > 0 else "turnover"
    table = sums.to_numpy(float)
    draws = bootstrap(lambda rows: table[rows].sum(axis=0), len(table), seed=seed)
    rows = []
    for measure, counted in (("customer_value", "bought"), ("purchase_value", "purchases")):
        low, high = percentile(_worth(draws, counted, money))
        each = float(_worth(table.sum(axis=0)[None, :], counted, money)[0])
        rows.append([measure, each, float(low), float(high), sums[counted].sum(), "money", money])
    return pd.DataFrame(rows, columns=columns)


def _worth(sums: Floats, counted: str, money: str) -> Floats:
    """Money per customer or per purchase, one for each row of sums."""
    held = dict(zip(SUMS, sums.T, strict=True))
    margin = held["margin"] / held["margin_known"] if money == "gross_margin" else 1.0
    worth: Floats = held["revenue"] * margin / held[counted]
    return worth


def _last_year(end: dt.date, back: int = 0) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The twelve complete months until `end`, or the twelve `back` years earlier: from, until (not included)."""
    after = (pd.Timestamp(end) + pd.Timedelta(days=1)).replace(day=1)
    return after - pd.DateOffset(years=back + 1), after - pd.DateOffset(years=back)


def _customer_sums(transactions: pd.DataFrame, span: tuple[pd.Timestamp, pd.Timestamp]) -> pd.DataFrame:
    """Per customer in the span: bought (0/1), purchases, revenue, revenue whose margin is known, that margin."""
    sold = transactions[(transactions["at"] >= span[0]) & (transactions["at"] < span[1])]
    known = sold["margin"].notna()
    each = pd.DataFrame(
        {
            "purchases": (sold["revenue"] > 0).astype(float),
            "revenue": sold["revenue"],
            "margin_known": sold["revenue"].where(known, 0.0),
            "margin": sold["margin"].where(known, 0.0),
        }
    )
    sums = each.groupby(sold["customer_id"]).sum()
    sums.insert(0, "bought", (sums["purchases"] > 0).astype(float))
    return sums


def _reached(
    sums: pd.DataFrame, interactions: pd.DataFrame, span: tuple[pd.Timestamp, pd.Timestamp]
) -> pd.DataFrame | None:
    """The sums of everybody who was met in the span, buyer or not; None without interactions."""
    met = interactions[(interactions["at"] >= span[0]) & (interactions["at"] < span[1])]["customer_id"].unique()
    return sums.reindex(sums.index.union(pd.Index(met, dtype=sums.index.dtype)), fill_value=0.0) if len(met) else None


def _spent(costs: pd.DataFrame, span: tuple[pd.Timestamp, pd.Timestamp]) -> dict[str, float]:
    """Booked costs of the span by kind; a kind without rows is unknown, not free."""
    inside = costs[(costs["on"] >= span[0]) & (costs["on"] < span[1])]
    return {f"{kind}_cost": float(rows["amount"].sum()) for kind, rows in inside.groupby("kind")}


def _values(sums: Floats, reached: float | None, spent: dict[str, float]) -> dict[str, float]:
    """Every node of the tree from the sums over customers."""
    bought, purchases, revenue, margin_known, margin = (float(total) for total in sums)
    values = {} if reached is None else {"customers_reached": reached, "conversion": bought / reached}
    values |= {"customers": bought, "frequency": _ratio(purchases, bought), "basket": _ratio(revenue, purchases)}
    values["turnover"] = revenue
    if not margin_known:
        return values
    values |= {"margin_share": margin / margin_known, "gross_margin": revenue * margin / margin_known}
    values |= {name: amount for name, amount in spent.items() if name in COSTS}
    if all(name in spent for name in COSTS):
        values["contribution"] = values["gross_margin"] - sum(spent[name] for name in COSTS)
    return values


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom else math.nan


def _limits(people: pd.DataFrame, reached: float | None, spent: dict[str, float], seed: int) -> pd.DataFrame:
    """Low and high of every node by drawing customers with replacement; blank for what is counted or booked."""
    table = people.to_numpy(float)
    draws = bootstrap(lambda rows: table[rows].sum(axis=0), len(table), seed=seed)
    nodes = pd.DataFrame([_values(draw, reached, spent) for draw in draws])
    low, high = percentile(nodes.to_numpy(float))
    limits = pd.DataFrame({"low": low, "high": high}, index=nodes.columns)
    booked = [*COSTS, "customers_reached", *(["customers"] if reached is None else [])]
    limits.loc[limits.index.isin(booked)] = math.nan
    return limits


def _product(value: pd.Series[float], total: str) -> float:
    """A total multiplied out from its leaves, as the identity says."""
    customers = value["customers_reached"] * value["conversion"] if "conversion" in value else value["customers"]
    product = float(customers * value["frequency"] * value["basket"])
    if total == "turnover":
        return product
    product *= float(value["margin_share"])
    return product if total == "gross_margin" else product - sum(float(value[cost]) for cost in COSTS)


def _moved(driver: Row, total: Row) -> float:
    """The part of the change of the total that is the driver's: logarithmic mean times log change."""
    now, before, total_now, total_before = driver["estimate"], driver["before"], total["estimate"], total["before"]
    if not min(now, before, total_now, total_before) > 0:
        return math.nan
    mean = total_now if total_now == total_before else (total_now - total_before) / math.log(total_now / total_before)
    return float(mean * math.log(now / before))
