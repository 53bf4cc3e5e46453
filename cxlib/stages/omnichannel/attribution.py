"""How strongly each channel is associated with going on to the next step: Markov removal effects, and Shapley beside
them.

Association, not effect: only an experiment tells what happens when a channel is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from cxlib.facts import EVIDENCE_N
from cxlib.journeys.paths import count_paths
from cxlib.stages.omnichannel.chain import Chain
from cxlib.statistics.intervals import percentile, tidy

MINIMUM_CONVERSIONS = 100  # below, no channel is ranked
ORDERS = (1, 2)
FOLDS = 5
REPLICATES = 200
ORDER = ["order", "estimate", "n", "chosen"]
CREDITS = {"estimate": "shapley_share", "low": "shapley_low", "high": "shapley_high"}
EXACT = 1e-9  # further apart than this, two shares that must be the same are not


def removal_effects(
    counted: pd.DataFrame, *, order: int = 1, replicates: int = REPLICATES, seed: int = 0
) -> pd.DataFrame:
    """Share of the conversions that would be missing from the model if a channel led nowhere, largest first.

    counted: columns path ("web > store"), n_converted, n_lost. A Markov chain whose states are the last `order`
    channels has p = (I − Q)⁻¹ R from the start; with every move into channel c sent to null it has p₋c, and the effect
    is 1 − p₋c / p (Anderl et al. 2016). Solved exactly, not simulated. Columns channel, estimate, low, high (95 %
    bootstrap over journeys), n (journeys through the channel), unit share, credit_share (effects scaled to 1),
    n_conversions, known (n at the evidence gate, and in all ≥ 100 conversions and a journey that did not convert:
    without one nothing is told apart). No conversion: empty.
    """
    chain = Chain(counted, order)
    conversions = int(chain.converted.sum())
    if not conversions:
        return tidy(["channel"]).assign(credit_share=[], n_conversions=[], known=[])
    estimate = chain.effects(chain.converted[:, None], chain.lost[:, None])[0]
    drawn = [chain.effects(*weights) for weights in chain.redrawn(replicates, seed)]
    through, told_apart = chain.through(), conversions >= MINIMUM_CONVERSIONS and chain.lost.sum() > 0
    table = _with_interval(chain.channels, estimate, drawn).assign(
        n=through.astype(int),
        unit="share",
        credit_share=estimate / max(estimate.sum(), 1e-12),
        n_conversions=conversions,
        known=(through >= EVIDENCE_N) & told_apart,
    )
    return table.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)


def shapley_credit(counted: pd.DataFrame, *, replicates: int = 0, seed: int = 0) -> pd.DataFrame:
    """Share of the conversions credited to each channel by Shapley (1953) on channel sets, largest first.

    The value of a set of channels is the number of conversions of journeys that used no other channel. Shapley's value
    of this game has a closed form: each conversion is split evenly over the channels its journey met. Columns channel,
    estimate, low, high (95 % bootstrap over journeys; blank without replicates), n (conversions), unit share.
    """
    chain = Chain(counted, 1)
    total = chain.converted.sum()
    if not total:
        return tidy(["channel"])
    each = sparse.csr_matrix(chain.met.multiply(1 / np.maximum(chain.met.sum(axis=1), 1)))
    drawn = [(each.T @ won / np.maximum(won.sum(axis=0), 1e-12)).T for won, _lost in chain.redrawn(replicates, seed)]
    table = _with_interval(chain.channels, np.asarray(each.T @ chain.converted) / total, drawn)
    credited = table[table["estimate"] > 0].assign(n=total, unit="share")
    return credited.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)


def chain_orders(counted: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """How well chains that remember one or two channels foretell the moves of journeys they have not seen.

    Journeys are dealt into five folds; each fold is foretold by the chain of the others. Columns order, estimate (mean
    loss −log p of a move, smaller is better), n (moves), chosen: the second order only when it is better by more than
    one standard error of the difference over the folds (Hastie et al. 2009, 7.10). Fewer than two journeys: empty.
    """
    chains = [Chain(counted, order) for order in ORDERS]
    if chains[0].n_journeys < 2:
        return pd.DataFrame(columns=ORDER)
    folds = [chain.held_out(FOLDS, seed) for chain in chains]
    moves = folds[0].moves
    held = moves > 0
    first, second = (fold.losses[held] / moves[held] for fold in folds)
    spread = (first - second).std(ddof=1) if held.sum() > 1 else np.inf
    better = bool((first - second).mean() > spread / np.sqrt(held.sum()))
    means = [fold.losses.sum() / moves.sum() for fold in folds]
    return pd.DataFrame({"order": ORDERS, "estimate": means, "n": int(moves.sum()), "chosen": [not better, better]})


def chosen_order(orders: pd.DataFrame) -> int:
    """The order that `chain_orders` chose; 1 when it could not."""
    return int(orders.loc[orders["chosen"].astype(bool), "order"].max()) if len(orders) else 1


def base_check(counted: pd.DataFrame, *, order: int = 1) -> pd.DataFrame:
    """The model's conversion and the observed one; the chain must give the observed one exactly, whatever its order.

    One row: model_share, observed_share, n (journeys), exact. No row without journeys.
    """
    chain = Chain(counted, order)
    model, observed = chain.conversion(), chain.converted.sum() / max(chain.n_journeys, 1)
    row = {
        "model_share": model,
        "observed_share": observed,
        "n": chain.n_journeys,
        "exact": abs(model - observed) < EXACT,
    }
    return pd.DataFrame([row]).head(1 if chain.n_journeys else 0)


def orders_by_step(paths: pd.DataFrame) -> pd.DataFrame:
    """How far back the ways through each step remember: `chain_orders` of each, with a column step.

    paths: columns step, path, converted.
    """
    return _by_step(paths, lambda counted, _step: chain_orders(counted), [*ORDER, "step"])


def by_step(paths: pd.DataFrame, orders: pd.DataFrame, *, replicates: int = REPLICATES) -> pd.DataFrame:
    """Removal effects and Shapley credit per step: the columns of `removal_effects`, with step, order, shapley_share.

    paths: columns step, path, converted; orders: from `orders_by_step`. distance_share = |credit_share −
    shapley_share|: a part of the uncertainty that no interval shows.
    """

    def effects_at(counted: pd.DataFrame, step: str) -> pd.DataFrame:
        order = chosen_order(orders[orders["step"] == step])
        credit = shapley_credit(counted, replicates=replicates).set_index("channel")[list(CREDITS)]
        effects = removal_effects(counted, order=order, replicates=replicates).assign(order=order)
        return effects.join(credit.rename(columns=CREDITS), on="channel")

    none = removal_effects(count_paths(paths.head(0)))
    table = _by_step(paths, effects_at, [*none.columns, "order", *CREDITS.values(), "step"])
    return table.assign(distance_share=(table["credit_share"] - table["shapley_share"].fillna(0.0)).abs())


def checks_by_step(paths: pd.DataFrame) -> pd.DataFrame:
    """Whether the model gives back what was observed: `base_check` of each step, with a column step in front."""
    columns = ["step", "model_share", "observed_share", "n", "exact"]
    return _by_step(paths, lambda counted, _step: base_check(counted), columns)[columns]


def widest_split(effects: pd.DataFrame) -> pd.DataFrame:
    """Where removal effect and Shapley part most in sharing out the credit, and whether they rank alike.

    effects: from `by_step`. The row of the largest distance_share among channels that are known, with alike: both name
    the same first channel at every step. No row where no step has two known channels.
    """
    known = effects[effects["known"].astype(bool)]
    several = known.groupby("step")["channel"].transform("nunique").gt(1)
    if not several.any():
        return known.head(0).assign(alike=[])
    ranks = known.groupby("step")[["credit_share", "shapley_share"]].rank(ascending=False, method="first").eq(1)
    widest = known.sort_values("distance_share", ascending=False).head(1)
    return widest.assign(alike=bool(ranks["credit_share"].eq(ranks["shapley_share"]).all()))


def effect_draws(paths: pd.DataFrame, weights: pd.DataFrame, *, orders: pd.DataFrame) -> pd.DataFrame:
    """Removal effects of each step under other weights of the persons: one row per (step, channel), one column a draw.

    paths: columns step, person, path, converted. weights: one row per person, one column per draw; a person without a
    row weighs nothing. orders: from `orders_by_step`.
    """
    parts = {}
    for step, inside in paths.groupby("step", sort=False):
        won = inside["converted"].astype(float)
        chain = Chain(inside.assign(n_converted=won, n_lost=1 - won), chosen_order(orders[orders["step"] == step]))
        drawn = weights.reindex(inside["person"]).fillna(0.0).to_numpy()
        effects = chain.effects(chain.converted[:, None] * drawn, chain.lost[:, None] * drawn)
        parts[step] = pd.DataFrame(effects.T, index=chain.channels, columns=weights.columns)
    empty = pd.DataFrame(columns=weights.columns, index=pd.MultiIndex.from_tuples([], names=["step", "channel"]))
    return pd.concat(parts, names=["step", "channel"]) if parts else empty


def _by_step(
    paths: pd.DataFrame, of: Callable[[pd.DataFrame, str], pd.DataFrame], columns: Sequence[str]
) -> pd.DataFrame:
    """`of(counted paths, step)` of each step, one below the other, with a column step."""
    steps = paths.groupby("step", sort=False)
    parts = [of(count_paths(inside), str(step)).assign(step=str(step)) for step, inside in steps]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns))
    return table.astype({"step": "str"})  # also of no path: the step is a key


def _with_interval(channels: list[str], estimate: np.ndarray, drawn: list[np.ndarray]) -> pd.DataFrame:
    """A value per channel with the percentile interval of its draws (draws × channels); blank without draws."""
    low, high = percentile(np.concatenate(drawn)) if drawn else (np.full(len(estimate), np.nan),) * 2
    return pd.DataFrame({"channel": channels, "estimate": estimate, "low": low, "high": high})
