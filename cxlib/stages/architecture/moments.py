"""From measured touchpoints to moments: role, place and order, inside the corridor."""

from __future__ import annotations

import numpy as np
import pandas as pd

ROLES = ("repair", "delight", "trigger")
SURE = 0.8  # probability from which importance outruns performance
MOST = 2  # moments of one role: more would be a list, not a choice
COLUMNS = [
    "moment",
    "step",
    "phase",
    "role",
    "also",
    "when_days",
    "score",
    "importance",
    "importance_low",
    "importance_high",
    "effect",
    "effect_low",
    "effect_high",
    "n",
    "p_concentrate",
    "priority",
    "verdict",
    "inside",
]
MEASURES = {  # table → its columns here
    "contribution": {"estimate": "importance", "low": "importance_low", "high": "importance_high"},
    "score": {"estimate": "score", "n": "n", "reach_share": "reach_share", "headroom_share": "headroom_share"},
    "asymmetry": {
        "estimate": "asymmetry",
        "role": "asymmetry_role",
        "penalty": "penalty",
        "penalty_low": "penalty_low",
        "penalty_high": "penalty_high",
        "reward": "reward",
        "reward_low": "reward_low",
        "reward_high": "reward_high",
    },
    "gap": {"estimate": "gap", "p_concentrate": "p_concentrate", "priority": "priority"},
    "trigger": {
        "estimate": "trigger",
        "low": "trigger_low",
        "high": "trigger_high",
        "verdict": "trigger_verdict",
        "n": "n_linked",
    },
    "when": {"when_days": "when_days"},
}


def places(
    step_of: dict[str, str], phase_of: dict[str, str], *, controlled: dict[str, bool] | None = None
) -> pd.DataFrame:
    """Where every touchpoint lies: touchpoint, step, phase, controlled (whether the company has a say)."""
    say = controlled or {}
    rows = [(key, step, phase_of.get(step, ""), say.get(key, True)) for key, step in step_of.items()]
    return pd.DataFrame(rows, columns=["touchpoint", "step", "phase", "controlled"])


def strongest_link(links: pd.DataFrame) -> pd.DataFrame:
    """One link to the next step per touchpoint: by its rating where that can be told, else met against not met."""
    known = links[links["verdict"] != "cannot tell"]
    order = known.assign(first=known["link"] != "rated").sort_values("first", kind="stable")
    return order.drop(columns="first").drop_duplicates("touchpoint")


def touchpoint_table(places: pd.DataFrame, corridor: pd.DataFrame, **measures: pd.DataFrame) -> pd.DataFrame:
    """All touchpoints with every measure beside each other; measures: contribution, score, asymmetry, gap, trigger, when.

    Adds inside: the step lies in the corridor (without a corridor: all do) and the company has a say.
    """
    table = places.drop_duplicates("touchpoint")
    for name, columns in MEASURES.items():
        measure = measures[name][["touchpoint", *columns]].rename(columns=columns)
        table = table.merge(measure, on="touchpoint", how="left")
    inside = table["step"].isin(corridor["step"]) | (len(corridor) == 0)
    texts = {name: table[name].astype("str").fillna("") for name in ("asymmetry_role", "trigger_verdict")}
    numbers = {
        name: table[name].astype("float64")
        for columns in MEASURES.values()
        for name in columns.values()
        if name not in texts and table[name].dtype == object
    }
    return table.assign(inside=inside & table["controlled"], **texts, **numbers)


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
    order["n"] = order["n"].fillna(order["n_linked"])
    texts = dict.fromkeys(("role", "also", "verdict"), "str")
    return order.rename(columns={"touchpoint": "moment"})[COLUMNS].astype(texts).reset_index(drop=True)


def along_the_funnel(steps: list[str], corridor: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The steps in order with the moments at them: step, position, inside, moment, role, effect …; empty without."""
    line = pd.DataFrame({"step": pd.Series(steps, dtype="str"), "position": range(len(steps))})
    line["inside"] = line["step"].isin(corridor["step"])
    columns = ["moment", "step", "role", "importance", "effect", "effect_low", "effect_high", "n", "verdict"]
    table = line.merge(found[columns], on="step", how="left")
    return table if len(found) else table.iloc[:0]
