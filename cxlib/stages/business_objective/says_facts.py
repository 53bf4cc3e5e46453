"""The facts of stage 1, one builder each, so that the same number is the same fact wherever it is said."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlib.facts import Fact, fact_from_row
from cxlib.language import _

Row = dict[str, Any]
COSTS = ("commercial_cost", "operating_cost")


def baseline_fact(levels: pd.DataFrame, objective: str) -> Fact:
    """1.baseline: money a month."""
    source = "costs" if objective in COSTS else "transactions"
    row = level_row(levels, objective, "level")
    return row_fact("1.baseline", row, formula=_("mean of the last twelve months"), inputs=(source,))


def trend_fact(levels: pd.DataFrame, objective: str) -> Fact:
    """1.trend: share of the level a year."""
    formula = _("change a year beside month effects, least squares ÷ level")
    return row_fact("1.trend", level_row(levels, objective, "trend"), formula=formula, inputs=("1.baseline",))


def target_fact(gap: pd.DataFrame) -> Fact:
    """1.target: money a month; a wish of the brief, so it is assumed."""
    row = by(gap, "measure").get("target", {})
    formula = _("baseline × (1 ± target growth) ^ years to the deadline")
    inputs = ("1.baseline", "brief.objective")
    return row_fact("1.target", row, formula=formula, inputs=inputs, grade="assumed")


def gap_fact(gap: pd.DataFrame, measure: str) -> Fact:
    """1.gap or 1.gap_with_trend: money a year."""
    row = by(gap, "measure").get(measure, {})
    return row_fact(f"1.{measure}", row, formula=_("12 × (target − level)"), inputs=("1.target", "1.baseline"))


def value_facts(values: pd.DataFrame) -> tuple[Fact, Fact]:
    """1.customer_value and 1.purchase_value."""
    rows = by(values, "measure")
    customer, purchase = rows.get("customer_value", {}), rows.get("purchase_value", {})
    kind = {"gross_margin": _("margin"), "turnover": _("revenue")}.get(str(customer.get("money")), "")
    each = _("{kind} of twelve months ÷ customers who bought").format(kind=kind)
    per = _("{kind} of twelve months ÷ purchases").format(kind=kind)
    return row_fact("1.customer_value", customer, formula=each), row_fact("1.purchase_value", purchase, formula=per)


def row_fact(id: str, row: Row, *, formula: str, inputs: tuple[str, ...] = ("transactions",), grade: str = "") -> Fact:
    """A fact of one row of a tidy table; unknown for an empty row."""
    return fact_from_row(id, row, formula=formula, inputs=inputs, grade=grade)


def level_row(levels: pd.DataFrame, objective: str, measure: str) -> Row:
    """The level or the trend of one objective; empty when there is none."""
    found = rows_of(levels[(levels["objective"] == objective) & (levels["measure"] == measure)])
    return found[0] if found else {}


def by(table: pd.DataFrame, key: str) -> dict[str, Row]:
    """The rows of a table by their key."""
    return {str(row[key]): row for row in rows_of(table)}


def rows_of(table: pd.DataFrame) -> list[Row]:
    """The rows of a table as plain mappings."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
