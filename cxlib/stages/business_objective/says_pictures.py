"""What the pictures of stage 1 show, in one line each: the alternative text that carries the message."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlib.facts import Finding, finding
from cxlib.language import _, money, percent, quantity
from cxlib.stages.business_objective.shown import driver_names, objective_names


def tree(branch: pd.DataFrame, *, objective: str) -> Finding:
    """The driver tree: base, target and gap of the objective, and the driver that carries most of the gap."""
    if branch.empty:
        return Finding("")
    if not objective:
        return finding(_("Driver tree of {n} boxes; no objective can be told yet."), n=len(branch))
    nodes, name = _rows(branch[branch["driver"] == objective]), objective_names()[objective]
    if not nodes:
        return finding(_("Driver tree of {n} boxes; {objective} is not among them."), n=len(branch), objective=name)
    node = nodes[0]
    today = quantity(node["estimate"], str(node["unit"]))
    if pd.isna(node["target"]):
        words = _("Driver tree of {objective}: {today} in the last twelve months, made of {n} boxes.")
        return finding(words, objective=name, today=today, n=len(branch))
    inner = set(branch["parent"].astype(str))
    most = _rows(branch[~branch["driver"].isin(inner) & branch["chosen"]].nlargest(1, "gap_share"))[0]
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
        driver=driver_names()[str(most["driver"])].lower(),
        share=percent(most["gap_share"]),
    )


def moves(sensitivity: pd.DataFrame, *, objective: str) -> Finding:
    """The bars of what moved the objective: the driver that did most for it, and the one that did least."""
    known = sensitivity[sensitivity["moved_money"].notna()].sort_values("moved_money", ascending=False)
    if known.empty:
        return Finding("")
    first, last = _rows(known)[0], _rows(known)[-1]
    words = _(
        "What moved {objective} since the year before, {n} drivers: most {first}, {most} a year; least {last}, {least}."
    )
    names = driver_names()
    return finding(
        words,
        objective=objective_names()[objective],
        n=len(known),
        first=names[str(first["driver"])].lower(),
        most=money(first["moved_money"]),
        last=names[str(last["driver"])].lower(),
        least=money(last["moved_money"]),
    )


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
