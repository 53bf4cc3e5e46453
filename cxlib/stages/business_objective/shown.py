"""The tables of stage 1 as people read them: codes of objectives, drivers, metrics and measures in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import rows
from cxlib.language import _, percent, quantity, unknown
from cxlib.show.terms import upper_first
from cxlib.stages.business_objective.vocabulary import VOCABULARY


def objective_names() -> dict[str, str]:
    """Code → name of the four objectives and of the metrics that measure them."""
    return _names("objectives") | metric_names()


def driver_names() -> dict[str, str]:
    """Code → name of the nodes of the driver tree."""
    return _names("drivers")


def metric_names() -> dict[str, str]:
    """Code → name of the metrics a client may propose."""
    return _names("metrics")


def worded(table: pd.DataFrame) -> pd.DataFrame:
    """The table with drivers, parents, objectives, metrics, measures and paths in words; verdicts are told in sentences."""
    drivers, metrics = driver_names(), metric_names()
    objectives = {code: upper_first(name) for code, name in objective_names().items()}
    named = dict.fromkeys(("driver", "parent", "total"), drivers)
    named |= {"metric": metrics, "objective": objectives, "measure": _names("measures")}
    shown = table.drop(columns=["verdict", "adverse"], errors="ignore")
    for column, names in named.items():
        if column in shown:
            shown[column] = [names.get(str(code), str(code)) for code in shown[column]]
    if "path" in shown:
        arrows = [" → ".join(drivers.get(node, node) for node in nodes) for nodes in shown["path"]]
        shown["path"] = [text or _("no path: refused") for text in arrows]
    return shown


def gap_table(gap: pd.DataFrame) -> pd.DataFrame:
    """The target and what is missing to it, without what they follow from."""
    return worded(gap[gap["measure"].isin(VOCABULARY["measures"])])


def tree_table(tree: pd.DataFrame) -> pd.DataFrame:
    """The tree for people: the year before in each driver's own unit."""
    return worded(tree).assign(before=_in_units(tree, "before", "unit"))


def sensitivity_table(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """The sensitivities for people: each driver's value in its own unit, last year's change and the change needed."""
    table = worded(sensitivity)
    table.insert(1, "today", _in_units(sensitivity, "value", "value_unit"))
    needed = [_needed(row) for row in rows(sensitivity)]
    table["needed_alone"] = pd.Series(needed, index=table.index, dtype="str")
    columns = [
        "driver",
        "today",
        "estimate",
        "low",
        "high",
        "unit",
        "n",
        "changed_share",
        "moved_money",
        "needed_alone",
    ]
    return table[columns]


def moves_table(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """The drivers whose part in the change since the year before is known."""
    return worded(sensitivity[sensitivity["moved_money"].notna()])


def _names(kind: str) -> dict[str, str]:
    return {code: _(about["name"]) for code, about in VOCABULARY[kind].items()}


def _in_units(table: pd.DataFrame, values: str, units: str) -> pd.Series[str]:
    texts = [quantity(value, unit) for value, unit in zip(table[values], table[units], strict=True)]
    return pd.Series(texts, index=table.index, dtype="str")


def _needed(row: Mapping[str, Any]) -> str:
    """What a driver alone would need: where to, and by how much; a share cannot pass one."""
    if unknown(row["required"]):
        return _("cannot tell")
    value, change = quantity(row["required"], str(row["value_unit"])), percent(row["required_share"])
    if row["value_unit"] == "share" and row["required"] > 1:
        return _("out of reach alone ({change})").format(change=change)
    return _("{value} ({change})").format(value=value, change=change)
