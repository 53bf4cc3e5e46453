"""From measured touchpoints to moments: role, place and order, inside the corridor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlib.engagement.brief import Brief
from cxlib.facts import rows
from cxlib.stages.architecture.asymmetry import SIDES
from cxlib.stages.architecture.next_step import when_met
from cxlib.stages.architecture.priorities import SURE

ROLES = ("repair", "delight", "trigger")
MOST = 2  # moments of one role: more would be a list, not a choice
MEASURES = {  # what is measured of a touchpoint: its columns, and what they are called beside the others
    "contribution": {"estimate": "importance", "low": "importance_low", "high": "importance_high"},
    "score": {"estimate": "score"} | {name: name for name in ("n", "reach_share", "headroom_share")},
    "asymmetry": {"estimate": "asymmetry", "role": "asymmetry_role"} | {side: side for side in SIDES},
    "gap": {"estimate": "gap", "p_concentrate": "p_concentrate", "priority": "priority"},
    "trigger": {"estimate": "trigger"}
    | {name: f"trigger_{name}" for name in ("low", "high", "verdict")}
    | {"n": "n_linked"},
    "when": {"when_days": "when_days"},
}
PLACE = ["moment", "step", "phase", "role", "also", "when_days", "score"]
EFFECT = ["effect", "effect_low", "effect_high", "n"]
COLUMNS = [
    *(*PLACE, *MEASURES["contribution"].values(), *EFFECT),
    *("p_concentrate", "priority", "verdict", "inside"),
]


def places(brief: Brief, corridor: pd.DataFrame) -> pd.DataFrame:
    """Where every touchpoint of the brief lies: touchpoint, step, phase, controlled (whether the company has a say).

    in_corridor: its step lies between stall and objective; without a corridor every step does.
    """
    phases = {step.step: step.phase for step in brief.funnel}
    rows = [(key, one.step, phases.get(one.step, ""), one.controlled) for key, one in brief.touchpoints.items()]
    table = pd.DataFrame(rows, columns=["touchpoint", "step", "phase", "controlled"])
    return table.assign(in_corridor=table["step"].isin(corridor["step"]) | (len(corridor) == 0))


def strongest_link(links: pd.DataFrame) -> pd.DataFrame:
    """One link to the next step per touchpoint: by its rating where that can be told, else met against not met."""
    known = links[links["verdict"] != "cannot tell"]
    order = known.assign(first=known["link"] != "rated").sort_values("first", kind="stable")
    return order.drop(columns="first").drop_duplicates("touchpoint")


def touchpoint_table(
    places: pd.DataFrame,
    *,
    contribution: pd.DataFrame,
    score: pd.DataFrame,
    asymmetry: pd.DataFrame,
    gap: pd.DataFrame,
    links: pd.DataFrame,
    met: pd.DataFrame,
) -> pd.DataFrame:
    """All touchpoints with every measure beside each other; of the links to the next step the strongest.

    Adds inside: the touchpoint lies in the corridor and the company has a say.
    """
    measures = {"contribution": contribution, "score": score, "asymmetry": asymmetry, "gap": gap}
    measures |= {"trigger": strongest_link(links), "when": when_met(met)}
    table = places.drop_duplicates("touchpoint")
    for name, columns in MEASURES.items():
        measure = measures[name][["touchpoint", *columns]].rename(columns=columns)
        table = table.merge(measure, on="touchpoint", how="left")
    inside = table.pop("in_corridor") & table["controlled"]
    texts = {name: table[name].astype("str").fillna("") for name in ("asymmetry_role", "trigger_verdict")}
    numbers = {
        name: table[name].astype("float64")
        for columns in MEASURES.values()
        for name in columns.values()
        if name not in texts and table[name].dtype == object
    }
    return table.assign(inside=inside, **texts, **numbers)


def moments(touchpoints: pd.DataFrame, *, split: bool = True) -> pd.DataFrame:
    """The moments inside the corridor, best first: those whose role the data show, or else the candidates.

    repair and delight: the asymmetry of the touchpoint is shown; trigger: its link to the next step is shown, and is
    the largest of its step; repair also where no role is shown but importance surely outruns performance (P ≥ 0.8)
    and a bad rating surely costs. A touchpoint takes its first role; `also` names a second one. At most two of a role,
    by priority (reach × contribution × headroom); order: the best of each role in turn. effect = points of the overall
    judgement (penalty or reward); for a trigger, share that goes on. split False: the judgement could not be split
    among the touchpoints (see `explained`), so only triggers are left. When no role is shown, the two touchpoints that
    contribute most are candidates: verdict "not shown", role by the side that weighs more.

    touchpoints: as made by `touchpoint_table`. Returns COLUMNS.
    """
    inside = touchpoints[touchpoints["inside"]]
    roles = pd.DataFrame(
        {role: _shown(inside, role) & (split or role == "trigger") for role in ROLES}, index=inside.index
    )
    urgent = (inside["p_concentrate"] >= SURE) & (inside["penalty_high"] < 0) & ~roles.any(axis=1)
    roles["repair"] |= urgent & split
    chosen = inside[roles.any(axis=1)]
    if chosen.empty:
        return _candidates(inside if split else inside.iloc[:0])
    names = [[role for role in ROLES if row[role]] for row in roles.loc[chosen.index].to_dict("records")]
    table = chosen.assign(
        role=[mine[0] for mine in names], also=[", ".join(mine[1:]) for mine in names], verdict="real"
    )
    return _ordered(_with_effect(table.sort_values("priority", ascending=False).groupby("role").head(MOST)))


def as_decided(found: pd.DataFrame, touchpoints: pd.DataFrame, entries: Sequence[str]) -> pd.DataFrame:
    """The moments as they were decided on: these touchpoints in this order, each in its role.

    found: from `moments`. entries: touchpoint:role. verdict of a moment: real where the data show it in that role.
    """
    if [f"{row['moment']}:{row['role']}" for row in rows(found)] == list(entries):
        return found
    asked = [entry.split(":") for entry in entries]
    table = touchpoints.set_index("touchpoint", drop=False).reindex([place for place, _role in asked])
    roles = [role for _place, role in asked]
    shown = {(row["moment"], row["role"]) for row in rows(found) if row["verdict"] == "real"}
    verdict = ["real" if (place, role) in shown else "not shown" for place, role in asked]
    told = _with_effect(table.assign(role=roles, also="", verdict=verdict).reset_index(drop=True))
    return _named(told)


def _shown(inside: pd.DataFrame, role: str) -> pd.Series:
    """Whether the data show the role."""
    if role != "trigger":
        return inside["asymmetry_role"] == role
    real = (inside["trigger_verdict"] == "real") & (inside["trigger"] > 0)
    best = inside["trigger"].where(real).groupby(inside["step"]).transform("max")
    return real & (inside["trigger"] == best)


def _candidates(inside: pd.DataFrame) -> pd.DataFrame:
    """The most important touchpoints inside, when no role is shown."""
    known = inside[inside["importance"].notna()].sort_values("importance", ascending=False).head(MOST)
    role = np.where(known["asymmetry"].astype(float).fillna(-1.0) > 0, "delight", "repair")
    return _ordered(_with_effect(known.assign(role=role, also="", verdict="not shown")))


def _with_effect(table: pd.DataFrame) -> pd.DataFrame:
    """Add the effect that belongs to the role, with its interval."""
    source = {"repair": "penalty", "delight": "reward", "trigger": "trigger"}
    for part in ("", "_low", "_high"):
        values = [row[source[row["role"]] + part] for row in table.to_dict("records")]
        table = table.assign(**{f"effect{part}": np.asarray(values, dtype=float)})
    return table


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """First the best of each role, in the order of the roles; then the second of each."""
    turn = table["priority"].astype(float).fillna(0.0).groupby(table["role"]).rank(ascending=False, method="first")
    place = table["role"].map({role: place for place, role in enumerate(ROLES)}).astype(float)
    order = table.assign(turn=turn, place=place).sort_values(["turn", "place"])
    return _named(order)


def _named(order: pd.DataFrame) -> pd.DataFrame:
    """The columns of moments; n counts who rated it, else who met it."""
    texts = dict.fromkeys(("role", "also", "verdict"), "str")
    told = order.assign(n=order["n"].fillna(order["n_linked"])).rename(columns={"touchpoint": "moment"})
    return told[COLUMNS].astype(texts).reset_index(drop=True)


def along_the_funnel(steps: list[str], corridor: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The steps in order with the moments at them: step, position, inside, moment, role, effect …; empty without."""
    line = pd.DataFrame({"step": pd.Series(steps, dtype="str"), "position": range(len(steps))})
    line["inside"] = line["step"].isin(corridor["step"])
    columns = ["moment", "step", "role", "importance", "effect", "effect_low", "effect_high", "n", "verdict"]
    table = line.merge(found[columns], on="step", how="left")
    return table if len(found) else table.iloc[:0]
