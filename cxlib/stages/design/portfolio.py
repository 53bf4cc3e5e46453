"""Which experiences together: a 0/1 programme under budget, with links, exclusions and an unbroken path."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import optimize

NOTHING = "nothing"
OPTIONS = ["option", "experiences", "n_experiences", "budget_money", "investment_money", "expected_money", "path"]
COVERAGE = ["step", "position", "n_moments", "experiences", "state"]


def choose(
    candidates: pd.DataFrame,
    *,
    budget: float,
    path: tuple[str, ...] = (),
    something: bool = False,
    worst: Mapping[str, np.ndarray] | None = None,
    level: float = 0.8,
) -> pd.DataFrame:
    """Choose the experiences that bring the most net present value within a budget; "nothing" is always allowed.

    candidates: idea_id, step, gain_pv_money (uncapped), cost_pv_money, investment_money, cap_pv_money (of all
    together), requires, excludes (idea_ids ;). path: steps that must each be covered as soon as anything is chosen.
    something: choose at least one, even at a loss: it shows what an unbroken path would cost.
    worst: futures (gains and costs, futures × candidates; cap, one a future). With them the mean of the worst 1 − level of
    the futures may not be below zero (conditional value at risk; Rockafellar & Uryasev 2000), which implies
    P(value > 0) ≥ level in them.
    max y − Σᵢ costᵢxᵢ with y ≤ cap, y ≤ Σᵢ gainᵢxᵢ, Σ investmentᵢxᵢ ≤ budget, xᵢ ≤ xⱼ for i requires j, xᵢ + xⱼ ≤ 1
    for i excludes j, xᵢ ≤ Σ_{j∈s} xⱼ for every s on the path; solved exactly (HiGHS).
    A budget that is not stated (NaN) does not limit. Returns the candidates with `chosen`.
    """
    table = candidates[candidates["gain_pv_money"].notna()].reset_index(drop=True)
    if table.empty or budget <= 0:
        return candidates.assign(chosen=False)
    rows, limits = _constraints(table, budget if np.isfinite(budget) else float(table["investment_money"].sum()), path)
    if something:
        rows, limits = [*rows, np.append(-np.ones(len(table)), 0.0)], [*limits, -1.0]
    matrix, top, low = np.array(rows), np.append(np.ones(len(table)), _cap(table)), np.zeros(len(table) + 1)
    if worst:
        keep = candidates["gain_pv_money"].notna().to_numpy()
        matrix, limits, top, low = _with_tail(matrix, limits, top, {**worst, "keep": keep}, level)
    cost = np.zeros(matrix.shape[1])
    cost[: len(table) + 1] = np.append(table["cost_pv_money"].to_numpy(dtype=float), -1.0)
    whole = np.zeros(matrix.shape[1], dtype=np.int64)
    whole[: len(table)] = 1
    solved = optimize.milp(
        cost,
        constraints=optimize.LinearConstraint(matrix, -np.inf, np.array(limits)),
        integrality=whole,
        bounds=optimize.Bounds(low, top),
    )
    taken = set(table.loc[solved.x[: len(table)] > 0.5, "idea_id"]) if solved.x is not None else set()
    return candidates.assign(chosen=candidates["idea_id"].isin(taken))


def expected_value(candidates: pd.DataFrame, chosen: list[str]) -> float:
    """Expected net present value of some experiences together: gains, not above the value at stake, less costs."""
    table = candidates[candidates["idea_id"].isin(chosen)]
    return float(min(table["gain_pv_money"].sum(), _cap(table)) - table["cost_pv_money"].sum())


def options(
    candidates: pd.DataFrame,
    *,
    budget: float,
    path: tuple[str, ...] = (),
    n_budgets: int = 12,
    worst: Mapping[str, np.ndarray] | None = None,
    level: float = 0.8,
) -> pd.DataFrame:
    """The portfolios worth comparing: "nothing", the best at each of several budgets up to twice the given one, the
    best without the demand of an unbroken path, what that path costs at least when it does not pay, and at the given
    budget the best whose worst futures do not lose money (worst, level: see `choose`).

    Returns option (nothing | p1, p2, … by investment), experiences (idea_ids ;), n_experiences, budget_money (the
    smallest budget at which it is best), investment_money, expected_money, path (does it cover every step asked for).
    """
    found: dict[str, dict[str, object]] = {"": _option(candidates, [], 0.0, path)}
    for limit in _budgets(candidates, budget, n_budgets):
        for demanded, something in dict.fromkeys([(path, False), (path, limit == budget), ((), False)]):
            table = choose(candidates, budget=limit, path=demanded, something=something)
            ids = sorted(table.loc[table["chosen"], "idea_id"])
            found.setdefault(";".join(ids), _option(candidates, ids, limit, path))
    if worst and len(candidates) and budget > 0:
        table = choose(candidates, budget=budget, path=path, worst=worst, level=level)
        ids = sorted(table.loc[table["chosen"], "idea_id"])
        found.setdefault(";".join(ids), _option(candidates, ids, budget, path))
    table = pd.DataFrame(list(found.values()), columns=OPTIONS).sort_values("investment_money", ignore_index=True)
    table["option"] = [NOTHING if not n else f"p{number}" for number, n in enumerate(table["n_experiences"])]
    return table


def coverage(chosen: pd.DataFrame, *, corridor: tuple[str, ...], moments: dict[str, str]) -> pd.DataFrame:
    """The corridor step by step: is the customer led by the hand from stall to objective?

    chosen: idea_id, step. moments: touchpoint → step. Returns step, position, n_moments, experiences, state:
    covered | gap (a moment without an experience) | no moment.
    """
    rows = []
    for position, step in enumerate(corridor, start=1):
        ids = list(chosen.loc[chosen["step"].eq(step), "idea_id"])
        n_moments = sum(place == step for place in moments.values())
        state = "covered" if ids else "gap" if n_moments else "no moment"
        rows.append(
            {"step": step, "position": position, "n_moments": n_moments, "experiences": ";".join(ids), "state": state}
        )
    return pd.DataFrame(rows, columns=COVERAGE)


def why_not(candidates: pd.DataFrame, chosen: list[str]) -> pd.DataFrame:
    """Every candidate with the reason it is in or out: chosen | excluded | requires | no_return | budget."""
    return candidates[["idea_id"]].assign(
        chosen=candidates["idea_id"].isin(chosen),
        reason=[_reason(row, candidates, chosen) for row in candidates.to_dict("records")],
    )


def _reason(row: dict[object, object], candidates: pd.DataFrame, chosen: list[str]) -> str:
    """Why one candidate is in or out."""
    if row["idea_id"] in chosen:
        return "chosen"
    rivals = {key for key in chosen if key in _ids(row["excludes"])}
    taken = candidates[candidates["idea_id"].isin(chosen)]
    if rivals or any(row["idea_id"] in _ids(cell) for cell in taken["excludes"]):
        return "excluded"
    if expected_value(candidates, [*chosen, str(row["idea_id"])]) <= expected_value(candidates, chosen):
        return "no_return"
    return "requires" if set(_ids(row["requires"])) - set(chosen) else "budget"


def _budgets(candidates: pd.DataFrame, budget: float, n_budgets: int) -> list[float]:
    """Budgets to try: even steps up to twice the budget, the budget itself always among them."""
    if budget <= 0 or candidates.empty:
        return []
    budget = budget if np.isfinite(budget) else float(candidates["investment_money"].sum())
    return sorted({budget, *np.linspace(2 * budget / n_budgets, 2 * budget, n_budgets).tolist()})


def _option(candidates: pd.DataFrame, ids: list[str], limit: float, path: tuple[str, ...]) -> dict[str, object]:
    """One line of `options`."""
    table = candidates[candidates["idea_id"].isin(ids)]
    wanted = set(path) & set(candidates["step"])
    return {
        "option": "",
        "experiences": ";".join(ids),
        "n_experiences": len(ids),
        "budget_money": limit,
        "investment_money": float(table["investment_money"].sum()),
        "expected_money": expected_value(candidates, ids),
        "path": wanted <= set(table["step"]),
    }


def _cap(table: pd.DataFrame) -> float:
    """Most that all experiences together can recover; infinite when nothing limits it."""
    limit = float(table["cap_pv_money"].max()) if len(table) else np.inf
    return limit if np.isfinite(limit) else float(np.inf)


def _constraints(table: pd.DataFrame, budget: float, path: tuple[str, ...]) -> tuple[list[np.ndarray], list[float]]:
    """Rows and right-hand sides (≤) of the programme; columns are the ideas, then their gain together."""
    width, place = len(table) + 1, {key: number for number, key in enumerate(table["idea_id"])}
    at_step = {step: np.asarray(table["step"].eq(step), dtype=np.float64) for step in table["step"].unique()}
    rows = [np.append(table["investment_money"].to_numpy(dtype=float), 0.0)]
    rows.append(np.append(-1.0 * table["gain_pv_money"].to_numpy(dtype=float), 1.0))
    limits = [budget, 0.0]
    for number, idea in enumerate(table.to_dict("records")):
        for key in _ids(idea["requires"]):
            rows, limits = [*rows, _row(width, {number: 1.0, place.get(key, -1): -1.0})], [*limits, 0.0]
        for key in _ids(idea["excludes"]):
            rows, limits = [*rows, _row(width, {number: 1.0, place.get(key, -1): 1.0})], [*limits, 1.0]
        for step in path:
            if step in at_step and idea["step"] != step:
                row = np.append(-1.0 * at_step[step], 0.0)
                row[number] += 1.0
                rows, limits = [*rows, row], [*limits, 0.0]
    return rows, limits


def _with_tail(
    rows: np.ndarray, limits: list[float], top: np.ndarray, worst: Mapping[str, np.ndarray], level: float
) -> tuple[np.ndarray, list[float], np.ndarray, np.ndarray]:
    """The programme with the bound on its tail: more columns (gain yₛ and shortfall uₛ of each future, threshold η).

    yₛ ≤ Σ gainₛᵢ xᵢ; uₛ ≥ η − (yₛ − Σ costₛᵢ xᵢ); η − Σ uₛ / ((1 − level) S) ≥ 0.
    """
    gains, costs, cap = worst["gains"][:, worst["keep"]], worst["costs"][:, worst["keep"]], worst["cap"]
    n, width, one = len(cap), rows.shape[1], np.eye(len(cap))
    none, pad = np.zeros((n, n)), np.zeros((n, 1))
    old = np.hstack([rows, np.zeros((len(rows), 2 * n + 1))])
    gained = np.hstack([-gains, pad, one, none, pad])
    short = np.hstack([costs, pad, -one, -one, np.ones((n, 1))])
    tail = np.hstack([np.zeros((1, width + n)), np.full((1, n), 1 / ((1 - level) * n)), [[-1.0]]])
    low = np.append(np.zeros(width + 2 * n), -np.inf)
    return (
        np.vstack([old, gained, short, tail]),
        [*limits, *np.zeros(2 * n + 1)],
        np.concatenate([top, cap, np.full(n + 1, np.inf)]),
        low,
    )


def _row(width: int, entries: dict[int, float]) -> np.ndarray:
    """A constraint row; an id that is not among the candidates (−1) has no column."""
    row = np.zeros(width)
    for number, value in entries.items():
        if number >= 0:
            row[number] = value
    return row


def _ids(cell: object) -> list[str]:
    """The ids of a cell that holds several, parted by semicolons."""
    return [key.strip() for key in cell.split(";") if key.strip()] if isinstance(cell, str) else []
