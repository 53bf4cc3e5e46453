"""The tables of stage 3 in words a client can read."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from cxlib.facts import rows
from cxlib.language import _, day, interval, number, percent, unknown

Names = Mapping[str, str]


def everybody() -> str:
    """Whom a page follows that follows no segment."""
    return _("everybody")


def benchmarks(goals: pd.DataFrame) -> pd.DataFrame:
    """Where each benchmark comes from, of which day, and what makes it comparable to the conversion beside it."""
    sources = {"brief": _("the brief, which names no source"), "best other segment": _("the best comparable segment")}
    here = _("same data, same days")
    outside = _("if it counts who gets to the next step within {days} days of entering this one")
    comparable = [
        here if row["benchmark_group"] else outside.format(days=number(row["horizon_days"], 0)) for row in rows(goals)
    ]
    told = goals["source"].map(lambda source: sources.get(source, source)).where(goals["source"] != "none", "–")
    days = ["" if unknown(row["on"]) else day(row["on"]) for row in rows(goals)]
    shown = goals.assign(source=told, of=days, comparable=comparable)
    shown["comparable"] = shown["comparable"].where(goals["benchmark_share"].notna(), "")
    return shown[["step", "benchmark_share", "source", "of", "comparable"]]


def change(table: pd.DataFrame) -> pd.DataFrame:
    """The split of the change: entrants as a count, conversions as a share, the change in per cent with its interval."""
    counted = table["component"].isin(["entrants", "total"])
    named = {
        half: [number(value, 0) if count else percent(value) for value, count in zip(table[half], counted, strict=True)]
        for half in ("before", "after")
    }
    limits = [interval(low, high, "share") for low, high in zip(table["change_low"], table["change_high"], strict=True)]
    shown = table.assign(
        step=[component_name(str(name)) for name in table["component"]],
        change=[signed(value) for value in table["change"]],
        **named,
        **{"95% interval": limits},
    )
    return shown[["step", "before", "after", "change", "95% interval", "n", "shown"]]


def change_picture(table: pd.DataFrame) -> pd.DataFrame:
    """What the picture draws: a row a component whose change is known, named; `total` marks the last."""
    known = table[table["estimate"].notna()]
    names = [component_name(str(name)) for name in known["component"]]
    return known.assign(step=names, total=known["component"].eq("total"))


def transitions(table: pd.DataFrame, *, names: Names) -> pd.DataFrame:
    """The transition table: a row a step, a column what followed, the number of contacts."""
    if table.empty:
        return table
    after = {"lost": _("seen lost"), "end": _("last contact known")}
    to = table["kind"].map(after).fillna(table["to_step"].map(lambda step: names.get(step, step)))
    order = [name for name in (*names.values(), *after.values()) if name in set(to)]
    wide = table.assign(to=to).pivot(index="from_step", columns="to", values="estimate")[order]
    counts = table.drop_duplicates("from_step").set_index("from_step")["n"]
    shown = wide.map(lambda share: "" if share != share else percent(share)).reindex(counts.index)
    return shown.assign(n=counts).rename_axis(index="from_step", columns=None).reset_index()


def component_name(component: str, names: Names | None = None) -> str:
    """Entrants, the arrivals at the end, or a step by its name."""
    own = {"entrants": _("entrants"), "total": _("arrivals at the end")}
    return own.get(component) or (names or {}).get(component, component)


def signed(share: float) -> str:
    """A change with its sign: 0.105 → +10.5%."""
    if not math.isfinite(share):
        return percent(None)
    return f"+{percent(share)}" if share > 0 else percent(share)
