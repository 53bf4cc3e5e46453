"""Which channels to be in at each moment: a 0/1 programme that covers every moment under budget and capability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from cxlib.facts import EVIDENCE_N
from cxlib.stages.omnichannel.channel_roles import stop_list

PARTS = ("use", "satisfaction", "association")
NOBODY_N = 100  # persons at a moment before "nobody uses this channel" is said
FIRM = 0.8  # share of the draws in which a channel must be chosen for its choice to be called firm
CHANGE = 0.1  # of the budget: what more or less money would buy
PRICES = ["budget_money", "change_share", "score", "n_channels", "gained", "dropped"]
ROUNDING = 1e-6  # a budget that is met to the last euro is kept


@dataclass(frozen=True)
class Limits:
    """What the choice has to respect: money a month for all channels at all moments, channels at one moment."""

    budget_money: float = float("inf")
    max_channels: int = 2

    @property
    def leaner(self) -> Limits:
        """The same money, one channel a moment."""
        return replace(self, max_channels=1)


def limits_of(fit: pd.DataFrame, *, budget_money: float | None = None, max_channels: int = 2) -> Limits:
    """The limits of a choice: the budget given, else what the channels cost today; none without costs."""
    today = float(fit["cost_money"].sum()) if "cost_money" in fit else 0.0
    known = today if today > 0 else float("inf")
    return Limits(known if budget_money is None else float(budget_money), int(max_channels))


def choose_channels(
    fit: pd.DataFrame, *, limits: Limits, draws: Mapping[str, pd.DataFrame] | None = None, seed: int = 0
) -> pd.DataFrame:
    """Return `fit` with state (in | later | not_in), reason and selection_share for every moment and channel.

    fit: from `channel_fit`, with a column importance (weight of the moment; 1 when not given). Maximise Σ importance ·
    customer_fit · company_fit · x over x ∈ {0, 1}, with 1 to `max_channels` channels at each moment and Σ cost ≤
    budget. Only channels with persons at the evidence gate and a capability that is not missing compete, unless a
    moment has no other. draws: part (use | satisfaction | association) → its shares with the persons drawn again, rows
    (moment, channel), a column a draw. The programme is solved on each draw, with the weights of the parts drawn too
    (uniform): selection_share is the share of draws that choose the channel (blank without draws), firm that it is 0.8
    or more. A channel that is not the best of its moment is in only when it is firm.
    reason: best | second | only | unsure | capability | unknown | unused | budget | beaten (| decided, by `as_decided`).
    """
    table = fit.reset_index(drop=True)
    if table.empty:
        return table.assign(score=[], state=[], reason=[], selection_share=[], firm=[])
    table["score"] = _score(table, table["customer_fit"])
    table["open"] = _candidates(table)
    limits = replace(limits, budget_money=max(limits.budget_money, cheapest_cover(table)))
    chosen = solve(table, table["score"], limits)
    richer = solve(table, table["score"], replace(limits, budget_money=float("inf")))
    table["selection_share"] = _frequency(table, limits, draws or {}, seed)
    table["firm"] = table["selection_share"] >= FIRM
    table["state"], table["reason"] = _states(table, chosen, richer)
    return table.drop(columns="open")


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
    whole = np.ones(len(table), dtype=np.int64)
    found = milp(-score.to_numpy(dtype=float), integrality=whole, constraints=rules, bounds=Bounds(0, is_open))
    return np.round(found.x).astype(bool) if found.x is not None else np.zeros(len(table), dtype=bool)


def cheapest_cover(table: pd.DataFrame) -> float:
    """Money a month that covering every moment takes at least; a budget below it cannot be kept."""
    return float(table[table["open"]].fillna({"cost_money": 0.0}).groupby("moment")["cost_money"].min().sum())


def as_decided(chosen: pd.DataFrame, entries: Sequence[str]) -> pd.DataFrame:
    """The places as they were decided on; where that is not what was recommended, the reason is that people decided it.

    chosen: from `choose_channels`. entries: moment:channel:state; a place that is not among them is not in.
    """
    asked = {place: state for place, _colon, state in (entry.rpartition(":") for entry in entries)}
    if chosen.empty or not asked:
        return chosen
    state = (chosen["moment"] + ":" + chosen["channel"]).map(asked).fillna("not_in")
    same = state.eq(chosen["state"])
    return chosen.assign(state=state, reason=chosen["reason"].where(same, "decided"))


def budget_prices(chosen: pd.DataFrame, *, limits: Limits) -> pd.DataFrame:
    """What a tenth of the budget more or less would buy: the programme solved again with that much money.

    chosen: from `choose_channels`. Columns budget_money, change_share, score (importance × fit), n_channels (in),
    gained, dropped (moment:channel, against the present choice). Empty without costs.
    """
    if not np.isfinite(limits.budget_money) or not chosen["cost_money"].sum() > 0:
        return pd.DataFrame(columns=PRICES)
    table = chosen.assign(open=_candidates(chosen))
    names = (table["moment"] + ":" + table["channel"]).to_numpy()
    now, rows = solve(table, table["score"], limits), []
    for step in (-CHANGE, 0.0, CHANGE):
        budget = limits.budget_money * (1 + step)
        found = solve(table, table["score"], replace(limits, budget_money=max(budget, cheapest_cover(table))))
        moved = (", ".join(names[found & ~now]), ", ".join(names[now & ~found]))
        rows.append((budget, step, float(table["score"][found].sum()), int(found.sum()), *moved))
    return pd.DataFrame(rows, columns=PRICES)


def costs_of_choice(chosen: pd.DataFrame, *, limits: Limits) -> dict[str, Any]:
    """What the places cost a month, by state: {} where no place that is in has a known cost.

    chosen: from `choose_channels`. Keys cost_in, cost_later, cost_freed (not in: the most that stopping can free),
    cost_today (money a month), n (users of the places in), budget_money, over_budget (the places in cost more than
    that).
    """
    inside, later = (chosen[chosen["state"] == state] for state in ("in", "later"))
    cost = float(inside["cost_money"].sum())
    if not cost > 0:
        return {}
    return {
        "cost_in": cost,
        "cost_later": float(later["cost_money"].sum()),
        "cost_freed": float(stop_list(chosen)["cost_money"].sum()),
        "cost_today": float(chosen["cost_money"].sum()),
        "n": int(inside.loc[inside["cost_money"].notna(), "n_users"].sum()),
        "budget_money": limits.budget_money,
        "over_budget": cost > limits.budget_money * (1 + ROUNDING),
    }


def grade_of_choice(chosen: pd.DataFrame) -> str:
    """How well a choice is known: measured where every place that is in is firm and met by enough persons."""
    inside = chosen[chosen["state"] == "in"]
    sure = inside["n_users"].ge(EVIDENCE_N) & inside["firm"]
    return "measured" if sure.all() else "observed"


def fit_kept(leaner: pd.DataFrame, chosen: pd.DataFrame) -> float:
    """Share of the fit (importance × customer fit × company fit, of the places in) that a leaner choice keeps."""
    kept, whole = (table.loc[table["state"] == "in", "score"].sum() for table in (leaner, chosen))
    return float(kept / max(whole, 1e-12))


def _best_of_each(table: pd.DataFrame, score: pd.Series, max_channels: int) -> np.ndarray:
    """The best channels of each moment, as if money did not matter: one at least, more where they add something."""
    inside = score.where(table["open"])
    rank = inside.groupby(table["moment"]).rank(ascending=False, method="first")
    return ((rank == 1) | ((rank <= max_channels) & (inside > 0))).to_numpy(dtype=bool)


def _score(table: pd.DataFrame, customer_fit: pd.Series) -> pd.Series:
    """Importance × customer fit × company fit; a company fit that is unknown does not count against a channel."""
    importance = table["importance"].fillna(1.0) if "importance" in table else 1.0
    return importance * customer_fit.fillna(0.0) * table["company_fit"].fillna(1.0)


def _candidates(table: pd.DataFrame) -> pd.Series:
    """Rows that may be chosen: the strictest rule that leaves a moment at least one channel."""
    gate, used = table["gate"].fillna("unnamed"), table["n_users"] > 0
    able, sure = gate != "no", ~gate.isin(["no", "unknown"])
    allowed = pd.Series(False, index=table.index)
    for rule in (sure & (table["n_users"] >= EVIDENCE_N), sure & used, able & used, used, gate == "yes"):
        allowed |= rule & ~allowed.groupby(table["moment"]).transform("any")
    return allowed


def _states(table: pd.DataFrame, chosen: np.ndarray, richer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """State and reason of each row: later for what can change, not_in for what the evidence speaks against."""
    picked = pd.Series(chosen, table.index)
    rank = table["score"].where(picked).groupby(table["moment"]).rank(ascending=False, method="first")
    alone = table.groupby("moment")["open"].transform("sum") == 1
    few = table["few_journeys"].eq(True) if "few_journeys" in table else False
    rules: list[tuple[pd.Series, str, str]] = [  # the first that holds
        (alone & picked, "in", "only"),
        (rank == 1, "in", "best"),
        ((table["selection_share"] < FIRM) & picked, "later", "unsure"),
        (picked, "in", "second"),
        ((table["n_users"] == 0) & (table["n_persons"] >= NOBODY_N), "not_in", "unused"),
        (table["gate"].isin(["no", "unknown"]), "later", "capability"),
        ((table["n_users"] < EVIDENCE_N) | few, "later", "unknown"),
        (pd.Series(richer, table.index), "later", "budget"),
    ]
    holds, states, reasons = zip(*rules, strict=True)
    return np.select(holds, states, "not_in"), np.select(holds, reasons, "beaten")


def _frequency(table: pd.DataFrame, limits: Limits, draws: Mapping[str, pd.DataFrame], seed: int) -> np.ndarray:
    """Share of the draws in which each row is chosen; NaN without draws."""
    places = pd.MultiIndex.from_frame(table[["moment", "channel"]])
    parts = [draws[part].reindex(places).to_numpy(dtype=float) for part in PARTS if part in draws]
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
