"""Which channels to be in at each moment: a 0/1 programme that covers every moment under budget and capability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

PARTS = ("use", "satisfaction", "association")
MINIMUM_JOURNEYS = 30  # below, a channel is unknown: never dropped, never preferred
NOBODY_N = 100  # persons at a moment before "nobody uses this channel" is said
KEEP_FREQUENCY = 0.8  # share of the draws in which a channel must be chosen to call the choice firm


@dataclass(frozen=True)
class Limits:
    """What the choice has to respect: money a month for all channels at all moments, channels at one moment."""

    budget_money: float = float("inf")
    max_channels: int = 2


def choose_channels(
    fit: pd.DataFrame, *, limits: Limits, draws: Mapping[str, pd.DataFrame] | None = None, seed: int = 0
) -> pd.DataFrame:
    """Return `fit` with state (in | later | not_in), reason and selection_share for every moment and channel.

    fit: from `channel_fit`, with a column importance (weight of the moment; 1 when not given). Maximise Σ importance ·
    customer_fit · company_fit · x over x ∈ {0, 1}, with 1 to `max_channels` channels at each moment and Σ cost ≤
    budget. Only channels with ≥ 30 persons and a capability that is not missing compete, unless a moment has no other.
    draws: part (use | satisfaction | association) → its shares with the persons drawn again, rows (moment, channel), a
    column a draw. The programme is solved on each draw, with the weights of the parts drawn too (uniform): selection_share
    is the share of draws that choose the channel (blank without draws). A channel that is not the best of its moment is
    in only when it is chosen in at least 80 % of them.
    reason: best | second | only | unsure | capability | unknown | unused | budget | beaten.
    """
    table = fit.reset_index(drop=True)
    if table.empty:
        return table.assign(score=[], state=[], reason=[], selection_share=[])
    table["score"] = _score(table, table["customer_fit"])
    table["open"] = _candidates(table)
    limits = Limits(max(limits.budget_money, cheapest_cover(table)), limits.max_channels)
    chosen = solve(table, table["score"], limits)
    richer = solve(table, table["score"], Limits(float("inf"), limits.max_channels))
    table["selection_share"] = _frequency(table, limits, draws or {}, seed)
    table["state"], table["reason"] = _states(table, chosen, richer)
    return table.drop(columns="open")


def limits_of(fit: pd.DataFrame, *, budget_money: float | None = None, max_channels: int = 2) -> Limits:
    """The limits of a choice: the budget given, else what the channels of the moments cost today; none without costs."""
    today = float(fit["cost_money"].sum()) if "cost_money" in fit.columns else 0.0
    budget = budget_money if budget_money is not None else today if today > 0 else float("inf")
    return Limits(float(budget), int(max_channels))


def solve(table: pd.DataFrame, score: pd.Series, limits: Limits) -> np.ndarray:
    """The best 0/1 vector over the rows that are `open`; all zero when nothing can be chosen.

    table: columns moment, cost_money, open. Every moment with an open row gets at least one channel. Where the best
    channels of each moment taken alone keep the budget they are the optimum; else HiGHS solves the programme.
    """
    free = _best_of_each(table, score, limits.max_channels)
    cost = table["cost_money"].fillna(0.0).to_numpy(dtype=float)
    if cost @ free <= limits.budget_money * (1 + 1e-9):
        return free
    moments = pd.get_dummies(table["moment"]).to_numpy(dtype=float).T
    is_open = table["open"].to_numpy(dtype=float)
    coverable = (moments @ is_open > 0).astype(float)
    rules = [
        LinearConstraint(moments, coverable, np.full(len(moments), float(limits.max_channels))),
        LinearConstraint(cost[None, :] / max(limits.budget_money, 1e-9), -np.inf, 1 + 1e-7),
    ]
    found = milp(-score.to_numpy(dtype=float), integrality=np.ones(len(table), dtype=np.int64), constraints=rules,
                 bounds=Bounds(0, is_open))  # fmt: skip
    return np.round(found.x).astype(bool) if found.x is not None else np.zeros(len(table), dtype=bool)


def _best_of_each(table: pd.DataFrame, score: pd.Series, max_channels: int) -> np.ndarray:
    """The best channels of each moment, as if money did not matter: one at least, more only where they add something."""
    inside = score.where(table["open"])
    rank = inside.groupby(table["moment"]).rank(ascending=False, method="first")
    return ((rank == 1) | ((rank <= max_channels) & (inside > 0))).to_numpy(dtype=bool)


def cheapest_cover(table: pd.DataFrame) -> float:
    """Money a month that covering every moment takes at least; a budget below it cannot be kept."""
    inside = table[table["open"]]
    return float(inside.fillna({"cost_money": 0.0}).groupby("moment")["cost_money"].min().sum()) if len(inside) else 0.0


def budget_prices(chosen: pd.DataFrame, *, limits: Limits, change: float = 0.1) -> pd.DataFrame:
    """What more or less money would buy: the programme solved again with the budget ± `change`.

    chosen: from `choose_channels`. Columns budget_money, change_share, score (importance × fit), n_channels (in),
    gained, dropped (moment:channel, against the present choice). Empty without costs.
    """
    table = chosen.assign(open=_candidates(chosen)) if len(chosen) else chosen
    rows = []
    if len(table) and np.isfinite(limits.budget_money) and table["cost_money"].fillna(0.0).sum() > 0:
        names = (table["moment"] + ":" + table["channel"]).to_numpy()
        now = solve(table, table["score"], limits)
        for step in (-change, 0.0, change):
            budget = limits.budget_money * (1 + step)
            found = solve(table, table["score"], Limits(max(budget, cheapest_cover(table)), limits.max_channels))
            rows.append((budget, step, float(table["score"][found].sum()), int(found.sum()),
                         ", ".join(names[found & ~now]), ", ".join(names[now & ~found])))  # fmt: skip
    return pd.DataFrame(rows, columns=["budget_money", "change_share", "score", "n_channels", "gained", "dropped"])


def _score(table: pd.DataFrame, customer_fit: pd.Series) -> pd.Series:
    """Importance × customer fit × company fit; a company fit that is unknown does not count against a channel."""
    importance = table["importance"].fillna(1.0) if "importance" in table.columns else 1.0
    return importance * customer_fit.fillna(0.0) * table["company_fit"].fillna(1.0)


def _candidates(table: pd.DataFrame) -> pd.Series:
    """Rows that may be chosen: the strictest rule that leaves a moment at least one channel."""
    able, used = table["gate"].fillna("unnamed") != "no", table["n_users"] > 0
    sure = able & (table["gate"].fillna("unnamed") != "unknown")
    rules = [sure & (table["n_users"] >= MINIMUM_JOURNEYS), sure & used, able & used, used, table["gate"] == "yes"]
    allowed = pd.Series(False, index=table.index)
    for rule in rules:
        empty = ~allowed.groupby(table["moment"]).transform("any")
        allowed |= rule & empty
    return allowed


def _states(table: pd.DataFrame, chosen: np.ndarray, richer: np.ndarray) -> tuple[list[str], list[str]]:
    """State and reason of each row."""
    picked = table[chosen]
    rank = picked.groupby("moment")["score"].rank(ascending=False, method="first")
    alone = table.groupby("moment")["open"].transform("sum") == 1
    states, reasons = [], []
    for number in range(len(table)):
        if chosen[number]:
            weak = rank[number] > 1 and table["selection_share"].iloc[number] < KEEP_FREQUENCY
            states.append("later" if weak else "in")
            reasons.append("only" if alone[number] else "best" if rank[number] == 1 else "unsure" if weak else "second")
        else:
            state, reason = _why_not(table.iloc[number], bool(richer[number]))
            states.append(state)
            reasons.append(reason)
    return states, reasons


def _why_not(row: pd.Series, with_money: bool) -> tuple[str, str]:
    """Why a channel is not in now: later for what can change, not_in for what the evidence speaks against."""
    if row["n_users"] == 0 and row["n_persons"] >= NOBODY_N:
        return "not_in", "unused"
    if row["gate"] in ("no", "unknown"):
        return "later", "capability"
    if row["n_users"] < MINIMUM_JOURNEYS or bool(row.get("few_journeys", False)):
        return "later", "unknown"
    return ("later", "budget") if with_money else ("not_in", "beaten")


def _frequency(table: pd.DataFrame, limits: Limits, draws: Mapping[str, pd.DataFrame], seed: int) -> np.ndarray:
    """Share of the draws in which each row is chosen; NaN without draws."""
    rows = pd.MultiIndex.from_frame(table[["moment", "channel"]])
    parts = [draws[part].reindex(rows).to_numpy(dtype=float) for part in PARTS if part in draws]
    n_draws = max((part.shape[1] for part in parts), default=0)
    if n_draws == 0:
        return np.full(len(table), np.nan)
    drawn = np.clip(np.stack([part for part in parts if part.shape[1] == n_draws]), 0, 1)
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(drawn)), size=n_draws).T[:, None, :]
    weights = np.where(np.isnan(drawn), 0.0, weights)
    total = weights.sum(axis=0)
    fits = np.divide((np.nan_to_num(drawn) * weights).sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    scores = [_score(table, pd.Series(fit, index=table.index)) for fit in fits.T]
    return np.asarray(np.mean([solve(table, score, limits) for score in scores], axis=0))
