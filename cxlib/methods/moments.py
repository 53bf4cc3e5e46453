"""From measured touchpoints to moments: role, place and order, inside the corridor."""

from __future__ import annotations

import numpy as np
import pandas as pd

ROLES = ("repair", "delight", "trigger")
COLUMNS = [
    "moment", "step", "phase", "role", "also", "when_days", "score", "importance", "importance_low", "importance_high",
    "effect", "effect_low", "effect_high", "n", "p_concentrate", "priority", "verdict", "inside",
]  # fmt: skip


def touchpoint_table(places: pd.DataFrame, corridor: pd.DataFrame, *measures: pd.DataFrame) -> pd.DataFrame:
    """All touchpoints with every measure beside each other: places (touchpoint, step, phase) joined with `measures`.

    measures: tables keyed by touchpoint, their columns already named apart. Adds inside (step lies in the corridor;
    all do when there is no corridor) and position (in the funnel).
    """
    table = places.drop_duplicates("touchpoint")
    for measure in measures:
        table = table.merge(measure, on="touchpoint", how="left")
    inside = table["step"].isin(corridor["step"]) if len(corridor) else pd.Series(True, index=table.index)
    return table.assign(inside=inside)


def renamed(measure: pd.DataFrame, prefix: str, *extra: str) -> pd.DataFrame:
    """A tidy measure as columns of its own: prefix, prefix_low, prefix_high, and the `extra` ones unchanged."""
    names = {"estimate": prefix, "low": f"{prefix}_low", "high": f"{prefix}_high"}
    return measure.rename(columns=names)[["touchpoint", *names.values(), *extra]]


def moments(touchpoints: pd.DataFrame) -> pd.DataFrame:
    """The moments inside the corridor, best first: those whose role the data show, or else the candidates.

    repair and delight: the asymmetry of the touchpoint is shown; trigger: its link to the next step is shown (the
    largest of its step, by rating where it was rated). A touchpoint takes its first role; `also` names a second one.
    effect = points of the overall judgement (penalty or reward), for a trigger share that goes on.
    Order: priority (reach × impact × headroom) within each role shown, repair, delight and trigger in turn.
    Without any role shown, the two most important touchpoints inside are candidates: verdict "not shown", and their
    role is the side that weighs more.

    touchpoints: touchpoint, step, phase, inside, importance(+_low, _high), score, n, asymmetry, asymmetry_role,
    penalty/reward (+_low, _high), trigger(+_low, _high), trigger_verdict, priority, p_concentrate, when_days.
    """
    inside = touchpoints[touchpoints["inside"]]
    if inside.empty:
        return pd.DataFrame(columns=COLUMNS)
    roles = pd.DataFrame({role: _shown(inside, role) for role in ROLES}, index=inside.index)
    chosen = inside[roles.any(axis=1)]
    if chosen.empty:
        return _candidates(inside)
    names = roles.loc[chosen.index].apply(lambda row: [role for role in ROLES if row[role]], axis=1)
    table = chosen.assign(role=names.str[0], also=names.str[1].fillna(""), verdict="real")
    return _ordered(_with_effect(table))


def _shown(inside: pd.DataFrame, role: str) -> pd.Series:
    """Whether the data show the role."""
    if role != "trigger":
        return inside["asymmetry_role"] == role
    real = (inside["trigger_verdict"] == "real") & (inside["trigger"] > 0)
    best = inside["trigger"].where(real).groupby(inside["step"]).transform("max")
    return real & (inside["trigger"] == best)


def _candidates(inside: pd.DataFrame, *, most: int = 2) -> pd.DataFrame:
    """The most important touchpoints inside, when no role is shown."""
    known = inside[inside["importance"].notna()].nlargest(most, "importance")
    role = np.where(known["asymmetry"].fillna(-1.0) > 0, "delight", "repair")
    return _ordered(_with_effect(known.assign(role=role, also="", verdict="not shown")))


def _with_effect(table: pd.DataFrame) -> pd.DataFrame:
    """Add the effect that belongs to the role, with its interval."""
    source = {"repair": "penalty", "delight": "reward", "trigger": "trigger"}
    for part in ("", "_low", "_high"):
        values = [row[source[row["role"]] + part] for _, row in table.iterrows()]
        table = table.assign(**{f"effect{part}": np.asarray(values, dtype=float)})
    return table


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """First the best of each role in turn, then the second of each."""
    turn = table["priority"].fillna(0.0).groupby(table["role"]).rank(ascending=False, method="first")
    place = table["role"].map({role: place for place, role in enumerate(ROLES)})
    order = table.assign(turn=turn, place=place).sort_values(["turn", "place"])
    return order.rename(columns={"touchpoint": "moment"})[COLUMNS].reset_index(drop=True)
