"""Which experiences together: a 0/1 programme under budget, with links, exclusions and an unbroken path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize

from cxlib.engagement.tables.listed import listed
from cxlib.facts import rows
from cxlib.stages.design.terms import Floats

NOTHING = "nothing"
OPTIONS = ["option", "experiences", "n_experiences", "investment_money", "path"]
COVERAGE = ["step", "position", "n_moments", "experiences", "state"]
BUDGETS = 12  # even steps up to twice the budget
Worst = Mapping[str, Floats]


def choose(
    candidates: pd.DataFrame,
    *,
    budget: float,
    path: tuple[str, ...] = (),
    something: bool = False,
    worst: Worst | None = None,
    level: float = 0.0,
) -> list[str]:
    """Choose the experiences that bring the most net present value within a budget: their ids; [] for nothing.

    candidates: idea_id, step, gain_pv_money (uncapped), cost_pv_money, investment_money, cap_pv_money (of all
    together), requires, excludes (idea_ids ;). path: steps that must each be covered as soon as anything is chosen.
    something: choose at least one, even at a loss: it shows what an unbroken path would cost.
    worst: futures (gains and costs, futures × candidates; cap, one a future). With them the mean of the worst 1 − level of
    the futures may not be below zero (conditional value at risk; Rockafellar & Uryasev 2000), which implies
    P(value > 0) ≥ level in them.
    max y − Σᵢ costᵢxᵢ with y ≤ cap, y ≤ Σᵢ gainᵢxᵢ, Σ investmentᵢxᵢ ≤ budget, xᵢ ≤ xⱼ for i requires j, xᵢ + xⱼ ≤ 1
    for i excludes j, xᵢ ≤ Σ_{j∈s} xⱼ for every s on the path; solved exactly (HiGHS).
    A budget that is not stated (NaN) does not limit.
    """
    keep = candidates["gain_pv_money"].notna().to_numpy()
    table = candidates[keep].reset_index(drop=True)
    if table.empty or budget <= 0:
        return []
    n = len(table)
    matrix, limits = _constraints(table, budget, path, something)
    low, top = np.zeros(n + 1), np.append(np.ones(n), _cap(table))
    if worst:
        matrix, limits, low, top = _with_tail((matrix, limits, low, top), worst, keep, level)
    cost, whole = np.zeros(len(top)), np.zeros(len(top), dtype=np.int64)
    cost[: n + 1] = np.append(table["cost_pv_money"].to_numpy(dtype=float), -1.0)
    whole[:n] = 1
    allowed = optimize.LinearConstraint(matrix, -np.inf, limits)
    solved = optimize.milp(cost, constraints=allowed, integrality=whole, bounds=optimize.Bounds(low, top))
    return [] if solved.x is None else sorted(table.loc[solved.x[:n] > 0.5, "idea_id"])


def expected_value(candidates: pd.DataFrame, chosen: Sequence[str]) -> float:
    """Expected net present value of some experiences together: gains, not above the value at stake, less costs."""
    table = candidates[candidates["idea_id"].isin(chosen)]
    return float(min(table["gain_pv_money"].sum(), _cap(table)) - table["cost_pv_money"].sum())


def options(
    candidates: pd.DataFrame,
    *,
    budget: float,
    path: tuple[str, ...] = (),
    worst: Worst | None = None,
    level: float = 0.0,
) -> pd.DataFrame:
    """The portfolios worth comparing: "nothing", the best at each of several budgets up to twice the given one, the
    best without the demand of an unbroken path, what that path costs at least when it does not pay, and at the given
    budget the best whose worst futures do not lose money (worst, level: see `choose`).

    Returns option (nothing | p1, p2, … by investment), experiences (idea_ids ;), n_experiences, investment_money, path
    (does it cover every step asked for).
    """
    found: dict[str, list[str]] = {"": []}

    def add(limit: float, demanded: tuple[str, ...], **how: Any) -> None:
        ids = choose(candidates, budget=limit, path=demanded, **how)
        found[";".join(ids)] = ids

    for limit in _budgets(candidates, budget):
        add(limit, path)
        if limit == budget:
            add(limit, path, something=True)
        add(limit, ())
    if worst and len(candidates) and budget > 0:
        add(budget, path, worst=worst, level=level)
    steps, lines = set(path) & set(candidates["step"]), []
    for cell, ids in found.items():
        held = candidates[candidates["idea_id"].isin(ids)]
        lines.append(("", cell, len(ids), float(held["investment_money"].sum()), steps <= set(held["step"])))
    table = pd.DataFrame(lines, columns=OPTIONS).sort_values("investment_money", ignore_index=True)
    return table.assign(option=[f"p{place}" if n else NOTHING for place, n in enumerate(table["n_experiences"])])


def coverage(chosen: pd.DataFrame, *, corridor: Sequence[str], moments: Mapping[str, str]) -> pd.DataFrame:
    """The corridor step by step: is the customer led by the hand from stall to objective?

    chosen: idea_id, step. moments: touchpoint → step. Returns step, position, n_moments, experiences, state:
    covered | gap (a moment without an experience) | no moment.
    """
    found = []
    for position, step in enumerate(corridor, start=1):
        ids = ";".join(chosen.loc[chosen["step"].eq(step), "idea_id"])
        n_moments = list(moments.values()).count(step)
        bare = "gap" if n_moments else "no moment"
        found.append((step, position, n_moments, ids, "covered" if ids else bare))
    return pd.DataFrame(found, columns=COVERAGE)


def taken(standing: Mapping[str, Any], best: Mapping[str, Any]) -> list[str]:
    """The experiences in force: those that people have already chosen, else the recommended ones; [] for nothing."""
    ids = standing.get("experiences") or listed(best.get("experiences"))
    return [str(key) for key in ids if key and key != NOTHING]


def why_not(candidates: pd.DataFrame, chosen: Sequence[str]) -> pd.DataFrame:
    """Every candidate with the reason it is in or out: chosen | excluded | requires | no_return | budget."""
    reasons = [_reason(row, candidates, chosen) for row in rows(candidates)]
    return candidates[["idea_id"]].assign(chosen=candidates["idea_id"].isin(chosen), reason=reasons)


def _reason(row: Mapping[str, Any], candidates: pd.DataFrame, chosen: Sequence[str]) -> str:
    """Why one candidate is in or out."""
    if row["idea_id"] in chosen:
        return "chosen"
    taken = candidates[candidates["idea_id"].isin(chosen)]
    ruled_out = {key for cell in taken["excludes"] for key in listed(cell)}
    if row["idea_id"] in ruled_out or set(chosen) & set(listed(row["excludes"])):
        return "excluded"
    if expected_value(candidates, [*chosen, row["idea_id"]]) <= expected_value(candidates, chosen):
        return "no_return"
    return "requires" if set(listed(row["requires"])) - set(chosen) else "budget"


def _budgets(candidates: pd.DataFrame, budget: float) -> list[float]:
    """Budgets to try: even steps up to twice the budget, the budget itself always among them."""
    if budget <= 0 or candidates.empty:
        return []
    budget = budget if np.isfinite(budget) else float(candidates["investment_money"].sum())
    return sorted({budget, *np.linspace(2 * budget / BUDGETS, 2 * budget, BUDGETS).tolist()})


def _cap(table: pd.DataFrame) -> float:
    """Most that all experiences together can recover; infinite when nothing limits it."""
    limit = float(table["cap_pv_money"].max())
    return limit if np.isfinite(limit) else np.inf


def _constraints(
    table: pd.DataFrame, budget: float, path: tuple[str, ...], something: bool
) -> tuple[Floats, list[float]]:
    """Rows and right-hand sides (≤) of the programme; columns are the ideas, then their gain together."""
    place = {key: number for number, key in enumerate(table["idea_id"])}
    one = np.eye(len(table) + 1)
    spent, gain = (np.append(table[f"{name}_money"].to_numpy(dtype=float), 0.0) for name in ("investment", "gain_pv"))
    found = [(spent, budget if np.isfinite(budget) else spent.sum()), (one[-1] - gain, 0.0)]
    for number, idea in enumerate(rows(table)):
        needed, rivals = listed(idea["requires"]), [key for key in listed(idea["excludes"]) if key in place]
        found += [(one[number] - (one[place[key]] if key in place else 0.0), 0.0) for key in needed]
        found += [(one[number] + one[place[key]], 1.0) for key in rivals]
        at_steps = [np.append(table["step"].eq(step), 0.0) for step in path if step != idea["step"]]
        found += [(one[number] - there, 0.0) for there in at_steps if there.any()]
    if something:
        found.append((one[-1] - 1.0, -1.0))
    matrix, limits = zip(*found, strict=True)
    return np.array(matrix), list(limits)


def _with_tail(programme: tuple[Any, ...], worst: Worst, keep: np.ndarray, level: float) -> tuple[Any, ...]:
    """The programme with the bound on its tail: more columns (gain yₛ and shortfall uₛ of each future, threshold η).

    yₛ ≤ Σ gainₛᵢ xᵢ; uₛ ≥ η − (yₛ − Σ costₛᵢ xᵢ); η − Σ uₛ / ((1 − level) S) ≥ 0.
    """
    matrix, limits, low, top = programme
    n, width = len(worst["cap"]), matrix.shape[1]
    one, none, pad = np.eye(n), np.zeros((n, n)), np.zeros((n, 1))
    old = np.hstack([matrix, np.zeros((len(matrix), 2 * n + 1))])
    gained = np.hstack([-worst["gains"][:, keep], pad, one, none, pad])
    short = np.hstack([worst["costs"][:, keep], pad, -one, -one, np.ones((n, 1))])
    tail = np.hstack([np.zeros((1, width + n)), np.full((1, n), 1 / ((1 - level) * n)), [[-1.0]]])
    more = np.concatenate([worst["cap"], np.full(n + 1, np.inf)])
    free = np.append(np.zeros(2 * n), -np.inf)  # only the threshold may be negative
    limits = [*limits, *np.zeros(2 * n + 1)]
    return np.vstack([old, gained, short, tail]), limits, np.concatenate([low, free]), np.concatenate([top, more])
