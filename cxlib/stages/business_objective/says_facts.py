"""The facts of stage 1, one builder each, so that the same number is the same fact wherever it is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from cxlib.facts import Fact, fact, first, rows
from cxlib.language import _

Row = dict[str, Any]
COSTS = ("commercial_cost", "operating_cost")


def baseline_fact(levels: pd.DataFrame, objective: str) -> Fact:
    """1.baseline: money a month."""
    made = fact("1.baseline", level_row(levels, objective, "level"))
    return replace(made, inputs=("costs",)) if objective in COSTS else made


def trend_fact(levels: pd.DataFrame, objective: str) -> Fact:
    """1.trend: share of the level a year."""
    return fact("1.trend", level_row(levels, objective, "trend"))


def target_fact(gap: pd.DataFrame) -> Fact:
    """1.target: money a month; a wish of the brief, so it is assumed."""
    return fact("1.target", first(gap, measure="target"))


def gap_facts(gap: pd.DataFrame) -> tuple[Fact, ...]:
    """1.gap and 1.gap_with_trend, money a year, and what they follow from beside target and baseline."""
    now, later = first(gap, measure="gap"), first(gap, measure="gap_with_trend")
    return (
        fact("1.gap", now),
        fact("1.gap_with_trend", later),
        fact("1.level_with_trend", later.get("level"), unit="money"),
        fact("1.direction", now.get("direction")),
    )


def value_facts(values: pd.DataFrame) -> tuple[Fact, Fact]:
    """1.customer_value and 1.purchase_value."""
    customer, purchase = first(values, measure="customer_value"), first(values, measure="purchase_value")
    money = {"gross_margin": _("margin"), "turnover": _("revenue")}.get(str(customer.get("money")), _("margin"))
    return fact("1.customer_value", customer, money=money), fact("1.purchase_value", purchase, money=money)


def level_row(levels: pd.DataFrame, objective: str, measure: str) -> Row:
    """The level or the trend of one objective; empty when there is none."""
    return first(levels, objective=objective, measure=measure)


def by(table: pd.DataFrame, key: str) -> dict[str, Row]:
    """The rows of a table by their key."""
    return {str(row[key]): row for row in rows(table)}
