"""The words of stage 1 for codes: objectives, drivers, metrics, captions, and tables whose codes are put into words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.language import _, percent, quantity, unknown


def objective_names() -> dict[str, str]:
    """Code → name of the four objectives and of the metrics that measure them."""
    names = {
        "turnover": _("turnover"),
        "gross_margin": _("gross margin"),
        "commercial_cost": _("commercial cost"),
        "operating_cost": _("operating cost"),
    }
    return names | metric_names()


def driver_names() -> dict[str, str]:
    """Code → name of the nodes of the driver tree."""
    return {
        "customers_reached": _("Customers reached"),
        "conversion": _("Share who buy"),
        "customers": _("Customers who buy"),
        "frequency": _("Purchases per customer"),
        "basket": _("Revenue per purchase"),
        "turnover": _("Turnover"),
        "margin_share": _("Margin share"),
        "gross_margin": _("Gross margin"),
        "commercial_cost": _("Commercial cost"),
        "operating_cost": _("Operating cost"),
        "contribution": _("Contribution"),
    }


def metric_names() -> dict[str, str]:
    """Code → name of the metrics a client may propose."""
    return {
        "purchase_share": _("share of customers who buy"),
        "purchases_per_customer": _("purchases per customer"),
        "revenue_per_purchase": _("revenue per purchase"),
        "revenue_per_customer": _("revenue per customer"),
        "turnover_per_month": _("turnover per month"),
        "margin_per_customer": _("margin per customer"),
        "gross_margin_per_month": _("gross margin per month"),
        "discount_share": _("discount given"),
        "cost_per_new_customer": _("cost per new customer"),
        "commercial_cost_per_month": _("commercial cost per month"),
        "cost_per_contact": _("cost per contact"),
        "operating_cost_per_month": _("operating cost per month"),
        "nps": _("net promoter score"),
        "overall_satisfaction": _("overall satisfaction"),
        "followers": _("followers"),
        "page_views": _("page views"),
    }


def measure_names() -> dict[str, str]:
    """Code → name of the rows of the small tables."""
    return {
        "level": _("Level, per month"),
        "trend": _("Trend, per year"),
        "target": _("Target, per month"),
        "gap": _("Missing, per year"),
        "gap_with_trend": _("Missing at the deadline if today's trend runs on, per year"),
        "customer_value": _("Worth of a customer who buys, per year"),
        "purchase_value": _("Worth of a purchase"),
    }


def sentence_case(words: str) -> str:
    """The words with a capital first letter."""
    return words[:1].upper() + words[1:]


def worded(table: pd.DataFrame) -> pd.DataFrame:
    """The table with drivers, parents, objectives, metrics, measures and paths in words."""
    shown = table.copy()
    drivers = driver_names()
    named = {
        "driver": drivers,
        "parent": drivers,
        "total": drivers,
        "money": drivers,
        "metric": metric_names() | {"customers_reached": drivers["customers_reached"]},
        "objective": {code: sentence_case(name) for code, name in objective_names().items()},
        "measure": measure_names(),
    }
    for column, names in named.items():
        if column in shown:
            shown[column] = [names.get(str(code), str(code)) for code in shown[column]]
    if "path" in shown:
        arrows = [" → ".join(drivers.get(node, node) for node in nodes) for nodes in shown["path"]]
        shown["path"] = [text or _("no path: refused") for text in arrows]
    return shown


def tree_table(tree: pd.DataFrame) -> pd.DataFrame:
    """The tree for people: the year before in each driver's own unit."""
    rows = worded(tree)
    before = [quantity(value, unit) for value, unit in zip(rows["before"], rows["unit"], strict=True)]
    return rows.assign(before=pd.Series(before, index=rows.index, dtype="str"))


def sensitivity_table(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """The sensitivities for people: each driver's value in its own unit, last year's change and the change needed."""
    rows = worded(sensitivity)
    units = rows["value_unit"]
    today = [quantity(value, unit) for value, unit in zip(rows["value"], units, strict=True)]
    needed = [_needed(row) for row in rows.to_dict("records")]
    columns = rows[["driver", "estimate", "low", "high", "unit", "n", "changed_share", "moved_money"]].copy()
    columns.insert(1, "today", pd.Series(today, index=rows.index, dtype="str"))
    columns["needed_alone"] = pd.Series(needed, index=rows.index, dtype="str")
    return columns


def moves_table(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """The drivers whose part in the change since the year before is known."""
    return worded(sensitivity[sensitivity["moved_money"].notna()])


def _needed(row: Mapping[Any, Any]) -> str:
    """What a driver alone would need: where to, and by how much; a share cannot pass one."""
    if unknown(row["required"]):
        return _("cannot tell")
    value, change = quantity(row["required"], str(row["value_unit"])), percent(row["required_share"])
    if row["value_unit"] == "share" and row["required"] > 1:
        return _("out of reach alone ({change})").format(change=change)
    return _("{value} ({change})").format(value=value, change=change)


def objectives_table(compared: pd.DataFrame) -> pd.DataFrame:
    """The comparison of the objectives for people: without the limits of the trend, which the levels table has."""
    return worded(compared).drop(columns=["trend_low", "trend_high"])
