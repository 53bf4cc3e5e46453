"""What stage 1 says of the drivers: whether they multiply out to the books, and which one moves the objective."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlib.facts import Fact, Finding, cannot_tell, fact, finding, first, rows
from cxlib.language import _, money, percent, quantity
from cxlib.stages.business_objective.shown import driver_names, objective_names
from cxlib.stages.business_objective.vocabulary import VOCABULARY

YEAR_NODES = ("turnover", "commercial_cost", "operating_cost")


def tree(tree: pd.DataFrame, identity: pd.DataFrame, values: pd.DataFrame) -> Finding:
    """Whether the drivers multiply out to the books, and what a customer and a purchase are worth."""
    customer, purchase = (
        fact(f"1.{name}", first(values, measure=name)) for name in ("customer_value", "purchase_value")
    )
    share, contribution = (fact(f"1.{name}", first(tree, driver=name)) for name in ("margin_share", "contribution"))
    if tree.empty:
        needs = _("purchases with their revenue")
        return cannot_tell(_("what the money is made of"), needs=needs, facts=(customer, purchase, share, contribution))
    words = _("A customer who buys brings {customer_value:full} a year, a purchase {purchase_value:full}.")
    said = finding(words, customer, purchase, *_year(values))
    if share.known:
        said += finding(_("Of each unit of revenue {margin_share:full} stays as margin."), share)
    if contribution.known:
        nodes = [fact(f"1.year_{name}", first(tree, driver=name)) for name in YEAR_NODES]
        words = _("After commercial and operating costs the year ends at {contribution}.")
        said += finding(words, contribution, *nodes)
    missed = rows(identity[~identity["holds"].astype(bool)])
    if not missed:
        return said + finding(_("Multiplied out, the drivers give the books of the twelve months to the cent."))
    words = _("Multiplied out, the drivers miss the books by {money} in {total}: part of the rows carries no margin.")
    most = max(abs(row["difference_money"]) for row in missed)
    return said + finding(words, money=money(most), total=_driver(missed[0]["total"]))


def _year(values: pd.DataFrame) -> list[Fact]:
    """What the worth of a customer and of a purchase are ratios of."""
    row = first(values, measure="year_money")
    counted = [
        fact(f"1.{name}", first(values, measure=name)) for name in ("year_customers", "year_purchases", "book_months")
    ]
    return [fact("1.year_money", row, **_made(row["money"])), *counted]


def _made(money_of: str) -> dict[str, Any]:
    """Which rows of which table a year of an objective is added up from: in words, and as inputs of a fact."""
    if money_of == "gross_margin":
        words = _("Σ revenue × Σ margin ÷ Σ revenue of the rows with a margin")
        return {"money": words, "inputs": ("transactions: customer_id, at, revenue, margin",)}
    source = VOCABULARY["objectives"][money_of]
    return {"money": _(source["made"]), "inputs": (source["columns"],)}


def moves(sensitivity: pd.DataFrame, *, objective: str) -> Finding:
    """What one per cent of a driver is worth, which one moved the objective, and what one alone would have to do."""
    if sensitivity.empty:
        needs = _("purchases, or booked costs for a cost objective")
        return cannot_tell(_("how sensitive the objective is"), needs=needs)
    drivers = rows(sensitivity)
    each = [fact("1.sensitivity_{driver}", row, driver=row["driver"]) for row in drivers]
    words = _("One per cent of any one of its drivers is worth {one_per_cent:full} a year to {objective}.")
    one, year = fact("1.one_per_cent", drivers[0]), drivers[0]["objective_money"]
    operand = fact("1.year_objective", year, n=drivers[0]["n"], **_made(objective))
    said = finding(words, one, operand, *each, objective=objective_names()[objective])
    moved = sensitivity.dropna(subset=["moved_money"])
    if len(moved):
        most = rows(moved.loc[[moved["moved_money"].abs().idxmax()]])[0]
        words = _("Against the year before, {driver} moved it most: {money} a year.")
        said += finding(words, driver=_driver(most["driver"]), money=money(most["moved_money"]))
    needed, changed = sensitivity["required_share"].dropna(), sensitivity["changed_share"].dropna().abs()
    if len(needed):
        words = _("To close the gap alone, a driver would have to move by {share}.")
        said += finding(words, share=percent(needed.iloc[0]))
    if len(needed) and len(changed):
        said += finding(_("Last year the one that moved most changed by {most}."), most=percent(changed.max()))
    return said


def tree_picture(branch: pd.DataFrame, *, objective: str) -> Finding:
    """The driver tree in words: base, target and gap of the objective, and the driver that carries most of the gap."""
    if branch.empty:
        return Finding("")
    if not objective:
        return finding(_("Driver tree of {n} boxes; no objective can be told yet."), n=len(branch))
    node, name = first(branch, driver=objective), objective_names()[objective]
    if not node:
        return finding(_("Driver tree of {n} boxes; {objective} is not among them."), n=len(branch), objective=name)
    today = quantity(node["estimate"], str(node["unit"]))
    if pd.isna(node["target"]):
        words = _("Driver tree of {objective}: {today} in the last twelve months, made of {n} boxes.")
        return finding(words, objective=name, today=today, n=len(branch))
    leaves = branch[~branch["driver"].isin(branch["parent"]) & branch["chosen"]]
    most = rows(leaves.nlargest(1, "gap_share"))[0]
    words = _(
        "Driver tree of {objective}: {today} today, target {target}, {missing} missing. Most of the gap lies on {driver}: "
        "{share}."
    )
    return finding(
        words,
        objective=name,
        today=today,
        target=quantity(node["target"], str(node["unit"])),
        missing=money(node["gap_money"]),
        driver=_driver(most["driver"]),
        share=percent(most["gap_share"]),
    )


def moves_picture(sensitivity: pd.DataFrame, *, objective: str) -> Finding:
    """The bars of what moved the objective: the driver that did most for it, and the one that did least."""
    known = rows(sensitivity.dropna(subset=["moved_money"]).sort_values("moved_money", ascending=False))
    if not known:
        return Finding("")
    most, least = known[0], known[-1]
    words = _(
        "What moved {objective} since the year before, {n} drivers: most {first}, {most} a year; least {last}, {least}."
    )
    return finding(
        words,
        objective=objective_names()[objective],
        n=len(known),
        first=_driver(most["driver"]),
        most=money(most["moved_money"]),
        last=_driver(least["driver"]),
        least=money(least["moved_money"]),
    )


def _driver(code: object) -> str:
    return driver_names()[str(code)].lower()
