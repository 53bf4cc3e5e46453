"""The objective as an accounting identity: which drivers it is made of, and what a customer and a purchase are worth."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.stages.business_objective.objectives import YEAR_MONTHS
from cxlib.stages.business_objective.vocabulary import COSTS, PARENTS, UNITS
from cxlib.statistics.intervals import bootstrap, percentile
from cxlib.statistics.year import Span, book_months, last_year

Floats = NDArray[np.float64]

CENT = 0.005

TREE_COLUMNS = ["driver", "parent", "estimate", "low", "high", "n", "unit", "before"]
VALUE_COLUMNS = ["measure", "estimate", "low", "high", "n", "unit", "money"]
SUMS = ["bought", "purchases", "revenue", "margin_known", "margin"]


def driver_tree(
    transactions: pd.DataFrame,
    interactions: pd.DataFrame,
    costs: pd.DataFrame,
    *,
    end: dt.date,
    start: dt.date | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """The twelve months that end with the last complete month before `end`, as a tree of drivers; one row a node.

    contribution = gross margin − commercial cost − operating cost; gross margin = turnover × margin share; turnover =
    customers × purchases a customer × revenue a purchase; customers = customers reached × conversion. Reached: had an
    interaction or bought (left out without interactions). `before` is the same a year earlier (blank when the ledgers
    do not reach back). Intervals: bootstrap of customers; counts and costs are booked, without one. Money a year: books
    of fewer months (`book_months`; `start` of the period) are multiplied by twelve over their months, costs by their own.
    """
    now, before = last_year(end), last_year(end, back=1)
    sums = _annual(_customer_sums(transactions, now), book_months(transactions["at"], start=start, end=end))
    if not sums["revenue"].sum() > 0:
        return pd.DataFrame(columns=TREE_COLUMNS)
    people, reached = _reached(sums, interactions, now)
    spent = _spent(costs, now, months=book_months(costs["on"], start=start, end=end))
    nodes = _nodes(sums.sum().to_numpy(float), reached, spent)
    low, high = percentile(_drawn(people, reached, spent, seed))
    table = pd.DataFrame({"driver": list(nodes), "estimate": np.array(list(nodes.values())), "low": low, "high": high})
    counted = [*COSTS, "customers_reached", *(["customers"] if reached is None else [])]
    table.loc[table["driver"].isin(counted), ["low", "high"]] = math.nan
    if transactions["at"].min() < before[0] + pd.DateOffset(months=1):
        sums_before = _customer_sums(transactions, before)
        reached_before = _reached(sums_before, interactions, before)[1]
        earlier = _nodes(sums_before.sum().to_numpy(float), reached_before, _spent(costs, before))
    else:
        earlier = {}
    drivers = table["driver"]
    table["n"], table["before"] = sums["purchases"].sum(), drivers.map(earlier).astype(float)
    table["parent"], table["unit"] = drivers.map(PARENTS), drivers.map(UNITS)
    return table[TREE_COLUMNS]


def identity(tree: pd.DataFrame, book: pd.DataFrame, *, months: float = YEAR_MONTHS) -> pd.DataFrame:
    """The product of the drivers beside what is booked over the same twelve months, and the difference in money.

    months: of the year that are on record (`book_months`).
    Columns: total, product_money, booked_money, difference_money, holds (to the cent).
    """
    value = tree.set_index("driver")["estimate"]
    booked = book.tail(YEAR_MONTHS)
    totals = [total for total in ("turnover", "gross_margin", "contribution") if total in value]
    table = pd.DataFrame({"total": pd.Series(totals, dtype="str")})
    table["product_money"] = [_product(value, total) for total in totals]
    table["booked_money"] = [float(booked[total].sum()) * YEAR_MONTHS / months for total in totals]
    table["difference_money"] = table["product_money"] - table["booked_money"]
    return table.assign(holds=table["difference_money"].abs() < CENT)


def customer_values(
    transactions: pd.DataFrame, *, end: dt.date, start: dt.date | None = None, seed: int = 0
) -> pd.DataFrame:
    """What a customer and a purchase are worth: rows customer_value (money a year) and purchase_value (money).

    In margin where it is known (the revenue of all rows at the margin share of those that know it), else in revenue:
    column `money` says which. Ratio of sums over those who bought, bootstrap of customers. The rows year_money,
    year_customers and year_purchases are what they are ratios of; book_months of shorter books carries them to a year.
    """
    months = book_months(transactions["at"], start=start, end=end)
    sums = _annual(_customer_sums(transactions, last_year(end)), months)
    sums = sums[sums["bought"] > 0]
    if sums.empty:
        return pd.DataFrame(columns=VALUE_COLUMNS)
    money = "gross_margin" if sums["margin_known"].sum() > 0 else "turnover"
    table = sums.to_numpy(float)
    draws = bootstrap(lambda rows: table[rows].sum(axis=0), len(table), seed=seed)
    total, bought, purchases = _brought(table.sum(axis=0), money)
    total_drawn, bought_drawn, purchases_drawn = _brought(draws, money)
    rows: list[dict[str, object]] = []
    for measure, counted, drawn in (
        ("customer_value", bought, bought_drawn),
        ("purchase_value", purchases, purchases_drawn),
    ):
        low, high = percentile(total_drawn / drawn)
        rows.append({"measure": measure, "estimate": total / counted, "low": low, "high": high, "n": counted})
    rows += [{"measure": "year_money", "estimate": total, "n": bought}]
    rows += [{"measure": "year_customers", "estimate": bought, "n": bought, "unit": "count"}]
    rows += [{"measure": "year_purchases", "estimate": purchases, "n": bought, "unit": "count"}]
    rows += [{"measure": "book_months", "estimate": months, "n": months, "unit": "count"}]
    return pd.DataFrame([{"unit": "money", "money": money, **row} for row in rows], columns=VALUE_COLUMNS)


def _brought(sums: Floats, money: str) -> tuple[Any, Any, Any]:
    """Money, customers and purchases, one for each row of sums."""
    bought, purchases, revenue, margin_known, margin = np.moveaxis(sums, -1, 0)
    return revenue * (margin / margin_known if money == "gross_margin" else 1.0), bought, purchases


def _annual(sums: pd.DataFrame, months: int) -> pd.DataFrame:
    """What flows carried from these months to twelve; customers are the same ones."""
    flows = [name for name in SUMS if name != "bought"]
    return sums.assign(**{name: sums[name] * (YEAR_MONTHS / months) for name in flows})


def _customer_sums(transactions: pd.DataFrame, span: Span) -> pd.DataFrame:
    """Per customer in the span: bought (0/1), purchases, revenue, revenue whose margin is known, that margin."""
    sold = transactions[transactions["at"].between(*span, inclusive="left")]
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
    return sums.assign(bought=(sums["purchases"] > 0).astype(float))[SUMS]


def _reached(sums: pd.DataFrame, interactions: pd.DataFrame, span: Span) -> tuple[pd.DataFrame, float | None]:
    """The sums of everybody who bought or was met in the span, and how many they are (None without interactions)."""
    met = interactions.loc[interactions["at"].between(*span, inclusive="left"), "customer_id"].unique()
    if not len(met):
        return sums, None
    people = sums.reindex(sums.index.union(pd.Index(met, dtype=sums.index.dtype)), fill_value=0.0)
    return people, float(len(people))


def _spent(costs: pd.DataFrame, span: Span, *, months: int = YEAR_MONTHS) -> dict[str, float]:
    """Booked costs of the span by kind, carried from these months to twelve; a kind without rows is unknown, not free."""
    inside = costs[costs["on"].between(*span, inclusive="left")]
    amounts = {name: inside.loc[inside["kind"] == name.removesuffix("_cost"), "amount"] for name in COSTS}
    return {name: float(amount.sum()) * YEAR_MONTHS / months for name, amount in amounts.items() if len(amount)}


def _nodes(sums: Floats, reached: float | None, spent: dict[str, float]) -> dict[str, Any]:
    """Every node of the tree from the sums over customers; of one set of sums, or of a row each."""
    bought, purchases, revenue, margin_known, margin = np.moveaxis(sums, -1, 0)
    nodes: dict[str, Any] = {}
    if reached is not None:
        nodes = {"customers_reached": bought * 0 + reached, "conversion": bought / reached}
    nodes["customers"] = bought
    nodes["frequency"], nodes["basket"] = _ratio(purchases, bought), _ratio(revenue, purchases)
    nodes["turnover"] = revenue
    if not margin_known.any():
        return nodes
    nodes["margin_share"] = _ratio(margin, margin_known)
    nodes["gross_margin"] = _ratio(revenue * margin, margin_known)
    nodes |= {name: bought * 0 + amount for name, amount in spent.items()}
    if len(spent) == len(COSTS):
        nodes["contribution"] = nodes["gross_margin"] - sum(spent.values())
    return nodes


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """Top ÷ bottom, blank where the bottom is zero."""
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom != 0)


def _drawn(people: pd.DataFrame, reached: float | None, spent: dict[str, float], seed: int) -> Floats:
    """Every node (columns) for each draw of the customers with replacement (rows)."""
    table = people.to_numpy(float)
    draws = bootstrap(lambda rows: table[rows].sum(axis=0), len(table), seed=seed)
    return np.column_stack(list(_nodes(draws, reached, spent).values()))


def _product(value: pd.Series[float], total: str) -> float:
    """A total multiplied out from its leaves, as the identity says."""
    customers = value["customers_reached"] * value["conversion"] if "conversion" in value else value["customers"]
    product = float(customers * value["frequency"] * value["basket"])
    if total == "turnover":
        return product
    product *= float(value["margin_share"])
    return product if total == "gross_margin" else product - sum(float(value[cost]) for cost in COSTS)
