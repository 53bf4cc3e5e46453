"""How strongly each channel is associated with going on to the next step: Markov removal effects, and Shapley beside
them.

Association, not effect: only an experiment tells what happens when a channel is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy import sparse

from cxlib.statistics.intervals import percentile, tidy

ARROW = " > "
MINIMUM_JOURNEYS = 30  # through a channel; below, its removal effect is shown but called unknown
MINIMUM_CONVERSIONS = 100  # below, no channel is ranked
ORDERS = (1, 2)
SMOOTH = 0.5  # pseudo-count of every outcome when a chain is judged on journeys it has not seen (Jeffreys)
ORDER = ["order", "estimate", "low", "high", "n", "unit", "chosen"]
BLOCK = 4_000_000  # numbers held at a time while many chains are solved at once


def removal_effects(counted: pd.DataFrame, *, order: int = 1, replicates: int = 200, seed: int = 0) -> pd.DataFrame:
    """Share of the conversions that would be missing from the model if a channel led nowhere, largest first.

    counted: columns path ("web > store"), n_converted, n_lost. A Markov chain whose states are the last `order` channels
    has p = (I − Q)⁻¹ R from the start; with every move into channel c sent to null it has p₋c, and the effect is
    1 − p₋c / p (Anderl et al. 2016). Solved exactly, not simulated: with N = (I − Q)⁻¹ and C the states that end in c,
    p₋c = p − N₀C (N_CC)⁻¹ p_C, one inverse for all channels. Columns channel, estimate, low, high (95 % bootstrap over
    journeys), n (journeys through the channel), unit share, credit_share (effects scaled to 1), n_conversions, known
    (n ≥ 30, and in all ≥ 100 conversions and a journey that did not convert: without one nothing is told apart). No
    conversion: empty.
    """
    chain = _Chain(counted, order)
    if not chain.channels or chain.converted.sum() == 0:
        return tidy(["channel"]).assign(credit_share=[], n_conversions=[], known=[])
    estimate = chain.effects(chain.converted[:, None], chain.lost[:, None])[0]
    drawn = [chain.effects(*weights) for weights in chain.redrawn(replicates, seed)]
    low, high = percentile(np.concatenate(drawn)) if drawn else (np.full(len(estimate), np.nan),) * 2
    through, conversions = chain.through(), int(chain.converted.sum())
    rows: list[dict[str, object]] = [
        {"channel": channel, "estimate": estimate[i], "low": low[i], "high": high[i], "n": int(through[i]),
         "unit": "share", "credit_share": estimate[i] / max(estimate.sum(), 1e-12), "n_conversions": conversions,
         "known": bool(through[i] >= MINIMUM_JOURNEYS and conversions >= MINIMUM_CONVERSIONS and chain.lost.sum() > 0)}
        for i, channel in enumerate(chain.channels)
    ]  # fmt: skip
    return tidy(["channel"], rows).sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)


def chain_orders(counted: pd.DataFrame, *, folds: int = 5, seed: int = 0) -> pd.DataFrame:
    """How well chains that remember one or two channels foretell the moves of journeys they have not seen.

    Journeys are dealt into `folds`; each fold is foretold by the chain of the others. Columns order, estimate (mean
    loss −log p of a move, smaller is better), low, high (over the folds), n (moves), unit ratio, chosen: the second order
    only when it is better by more than one standard error of the difference (Hastie et al. 2009, 7.10). Fewer
    than two journeys: empty.
    """
    chains = [_Chain(counted, order) for order in ORDERS]
    if chains[0].converted.sum() + chains[0].lost.sum() < 2:
        return pd.DataFrame(columns=ORDER)
    moves = chains[0].moves_by_fold(folds, seed)
    held = moves > 0
    losses = np.array([chain.losses(folds, seed) for chain in chains])[:, held]
    means = losses / moves[held]
    gained = means[0] - means[1]
    spread = gained.std(ddof=1) if len(gained) > 1 else np.inf
    second = bool(gained.mean() > spread / np.sqrt(len(gained)))
    rows = []
    for order, mean, total in zip(ORDERS, means, losses.sum(axis=1), strict=True):
        half = 1.96 * mean.std(ddof=1) / np.sqrt(len(mean)) if len(mean) > 1 else np.nan
        centre = total / moves.sum()
        rows.append((order, centre, centre - half, centre + half, int(moves.sum()), "ratio", (order == 2) == second))
    return pd.DataFrame(rows, columns=ORDER)


def chosen_order(orders: pd.DataFrame) -> int:
    """The order that `chain_orders` chose; 1 when it could not."""
    return int(orders.loc[orders["chosen"].astype(bool), "order"].to_list()[0]) if len(orders) else 1


def base_check(counted: pd.DataFrame, *, order: int = 1) -> dict[str, float]:
    """The model's conversion and the observed one; the chain must give the observed one exactly, whatever its order.

    Keys model, observed (shares), n (journeys).
    """
    chain = _Chain(counted, order)
    n = float(chain.converted.sum() + chain.lost.sum())
    if n == 0:
        return {"model": float("nan"), "observed": float("nan"), "n": 0.0}
    model = float(chain.conversion(chain.converted[:, None], chain.lost[:, None])[0])
    return {"model": model, "observed": float(chain.converted.sum()) / n, "n": n}


def shapley_credit(counted: pd.DataFrame, *, replicates: int = 0, seed: int = 0) -> pd.DataFrame:
    """Share of the conversions credited to each channel by Shapley (1953) on channel sets, largest first.

    The value of a set of channels is the number of conversions of journeys that used no other channel. Shapley's value
    of this game has a closed form: each conversion is split evenly over the channels its journey met. Columns channel,
    estimate, low, high (95 % bootstrap over journeys; blank without replicates), n (conversions), unit share.
    """
    chain = _Chain(counted, 1)
    total = chain.converted.sum()
    if not chain.channels or total == 0:
        return tidy(["channel"])
    each: sparse.csr_matrix = sparse.csr_matrix(chain.met.multiply(1 / np.maximum(chain.met.sum(axis=1), 1)))
    credit = np.asarray(each.T @ chain.converted) / total
    drawn = [(each.T @ won / np.maximum(won.sum(axis=0), 1e-12)).T for won, _lost in chain.redrawn(replicates, seed)]
    low, high = percentile(np.concatenate(drawn)) if drawn else (np.full(len(credit), np.nan),) * 2
    rows: list[dict[str, object]] = [
        {"channel": channel, "estimate": credit[i], "low": low[i], "high": high[i], "n": total, "unit": "share"}
        for i, channel in enumerate(chain.channels)
    ]
    table = tidy(["channel"], rows)
    return table[table["estimate"] > 0].sort_values("estimate", ascending=False, kind="stable", ignore_index=True)


def effect_draws(paths: pd.DataFrame, weights: pd.DataFrame, *, orders: Mapping[str, int]) -> pd.DataFrame:
    """Removal effects of each step under other weights of the persons: one row per (step, channel), one column a draw.

    paths: columns step, person, path, converted. weights: one row per person, one column per draw; a person without a
    row weighs nothing. orders: step → order of its chain.
    """
    parts = {}
    for step, inside in paths.groupby("step", sort=False):
        won = inside["converted"].astype(float)
        chain = _Chain(inside.assign(n_converted=won, n_lost=1 - won), orders.get(str(step), 1))
        drawn = weights.reindex(inside["person"]).fillna(0.0).to_numpy()
        effects = chain.effects(chain.converted[:, None] * drawn, chain.lost[:, None] * drawn)
        parts[step] = pd.DataFrame(effects.T, index=chain.channels, columns=weights.columns)
    empty = pd.DataFrame(columns=weights.columns, index=pd.MultiIndex.from_tuples([], names=["step", "channel"]))
    return pd.concat(parts, names=["step", "channel"]) if parts else empty


def by_step(paths: pd.DataFrame, *, replicates: int = 200, seed: int = 0) -> pd.DataFrame:
    """Removal effects and Shapley credit per step: the columns of `removal_effects`, with step, order, shapley_share.

    paths: columns step, path, converted. The order of each step's chain is that of `chain_orders`. distance_share =
    |credit_share − shapley_share|: a part of the uncertainty that no interval shows.
    """
    parts = []
    for step, inside in paths.groupby("step", sort=False):
        counted = _counted(inside)
        order = chosen_order(chain_orders(counted, seed=seed))
        effects = removal_effects(counted, order=order, replicates=replicates, seed=seed)
        shapley = shapley_credit(counted, replicates=replicates, seed=seed).set_index("channel")
        named = {"estimate": "shapley_share", "low": "shapley_low", "high": "shapley_high"}
        shapley = shapley[list(named)].rename(columns=named)
        parts.append(effects.assign(step=step, order=order).join(shapley, on="channel"))
    none = removal_effects(_counted(paths)) if not parts else pd.DataFrame()
    more = ["step", "order", "shapley_share", "shapley_low", "shapley_high"]
    table = pd.concat(parts, ignore_index=True) if parts else none.reindex(columns=[*none.columns, *more])
    table = table.astype({"step": "str"})  # also of no path: the step is a key
    return table.assign(distance_share=(table["credit_share"] - table["shapley_share"].fillna(0.0)).abs())


def orders_by_step(paths: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """`chain_orders` of each step, with a column step."""
    parts = [chain_orders(_counted(inside), seed=seed).assign(step=step)
             for step, inside in paths.groupby("step", sort=False)]  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*ORDER, "step"])


def checks_by_step(paths: pd.DataFrame) -> pd.DataFrame:
    """`base_check` of each step: columns step, model_share, observed_share, n; the two shares must be the same."""
    checks = [(step, base_check(_counted(inside))) for step, inside in paths.groupby("step", sort=False)]
    rows = [(step, check["model"], check["observed"], check["n"]) for step, check in checks]
    return pd.DataFrame(rows, columns=["step", "model_share", "observed_share", "n"])


def _counted(paths: pd.DataFrame) -> pd.DataFrame:
    """Paths counted: columns path, n_converted, n_lost."""
    converted = paths["converted"].astype(bool)
    counted = pd.DataFrame(
        {"path": paths["path"], "n_converted": converted.astype(int), "n_lost": (~converted).astype(int)}
    )
    return counted.groupby("path", sort=True)[["n_converted", "n_lost"]].sum().reset_index()


class _Chain:
    """Paths as counts of moves between states, so that any weighting of them is one sparse matrix product.

    A state is what the chain remembers: nothing yet (0), or the last `order` channels of the way so far.
    """

    def __init__(self, counted: pd.DataFrame, order: int) -> None:
        self.converted = counted["n_converted"].to_numpy(dtype=float)
        self.lost = counted["n_lost"].to_numpy(dtype=float)
        n_paths = len(counted)
        words = counted["path"].astype(str).str.split(ARROW, regex=False).to_list()
        lengths = np.fromiter(map(len, words), dtype=np.int64, count=n_paths)
        codes, names = pd.factorize(np.concatenate(words) if words else np.zeros(0, dtype=object), sort=True)
        self.channels = [str(name) for name in names]
        row, starts = np.repeat(np.arange(n_paths), lengths), np.cumsum(lengths) - lengths
        self.met: sparse.csr_matrix = sparse.csr_matrix(
            (np.ones(len(row)), (row, codes)), shape=(n_paths, len(names))
        ).sign()
        states = _remembered(codes.astype(np.int64) + 1, np.arange(len(row)) - starts[row], order, len(names) + 1)
        used, place = np.unique(states, return_inverse=True)
        self.size, self.ends_in = len(used) + 1, np.r_[-1, used % (len(names) + 1) - 1]  # the channel a state ends in
        after = place.astype(np.int64) + 1
        before = np.roll(after, 1)
        before[starts] = 0
        self.pairs, move = np.unique(before * self.size + after, return_inverse=True)
        self.moves = sparse.csr_matrix((np.ones(len(row)), (move, row)), shape=(len(self.pairs), n_paths))
        last = after[starts + lengths - 1]
        self.ends = sparse.csr_matrix((np.ones(n_paths), (last, np.arange(n_paths))), shape=(self.size, n_paths))

    def counts(self, converted: np.ndarray, lost: np.ndarray) -> np.ndarray:
        """Moves from each state to each state, then to conversion and to null: draws × states × (states + 2)."""
        draws = converted.shape[1]
        table = np.zeros((draws, self.size * self.size))
        table[:, self.pairs] = (self.moves @ (converted + lost)).T
        gone = [(self.ends @ weights).T[:, :, None] for weights in (converted, lost)]
        return np.concatenate([table.reshape(draws, self.size, self.size), *gone], axis=2)

    def conversion(self, converted: np.ndarray, lost: np.ndarray) -> np.ndarray:
        """Probability of conversion from the start, one a draw."""
        return self._solved(converted, lost)[1][:, 0]

    def effects(self, converted: np.ndarray, lost: np.ndarray) -> np.ndarray:
        """Removal effect of each channel under these weights (paths × draws): draws × channels."""
        inverse, reached = self._solved(converted, lost)
        base = reached[:, 0]
        lacking = np.empty((len(base), len(self.channels)))
        for number in range(len(self.channels)):
            inside = np.flatnonzero(self.ends_in == number)
            within = np.swapaxes(inverse[:, inside[:, None], inside], 1, 2)
            hit = np.linalg.solve(within, inverse[:, 0, inside][:, :, None])[:, :, 0]
            lacking[:, number] = (hit * reached[:, inside]).sum(axis=1)
        return np.asarray(lacking / np.where(base > 0, base, np.nan)[:, None])

    def redrawn(self, replicates: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Weights of journeys drawn with replacement, block by block: converted and lost, paths × draws."""
        generator, half = np.random.default_rng(seed), len(self.converted)
        weights = np.concatenate([self.converted, self.lost])
        block = max(1, BLOCK // max(self.size * (self.size + 2), len(weights)))
        for first in range(0, replicates, block):
            drawn = generator.multinomial(
                round(weights.sum()), weights / weights.sum(), min(block, replicates - first)
            ).T
            yield drawn[:half].astype(float), drawn[half:].astype(float)

    def losses(self, folds: int, seed: int) -> np.ndarray:
        """Loss −log p of the moves of each fold, foretold by the chain of the other folds."""
        parts = self.counts(*self._dealt(folds, seed))
        others = parts.sum(axis=0) - parts
        outcomes = len(self.channels) + 2
        foretold = (others + SMOOTH) / (others.sum(axis=2, keepdims=True) + SMOOTH * outcomes)
        return np.asarray(-(parts * np.log(foretold)).sum(axis=(1, 2)))

    def moves_by_fold(self, folds: int, seed: int) -> np.ndarray:
        """How many moves each fold holds."""
        return np.asarray(self.counts(*self._dealt(folds, seed)).sum(axis=(1, 2)))

    def through(self) -> np.ndarray:
        """Journeys that met each channel."""
        return np.asarray(self.met.T @ (self.converted + self.lost))

    def _dealt(self, folds: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Journeys dealt at random into folds, the same for every order: converted and lost, paths × folds."""
        generator, even = np.random.default_rng(seed), np.full(folds, 1 / folds)
        dealt = [generator.multinomial(weights.astype(np.int64), even) for weights in (self.converted, self.lost)]
        return dealt[0].astype(float), dealt[1].astype(float)

    def _solved(self, converted: np.ndarray, lost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(I − Q)⁻¹ and the probability of conversion from each state, for every draw."""
        counts = self.counts(converted, lost)
        shares = counts / np.maximum(counts.sum(axis=2, keepdims=True), 1e-300)
        inverse = np.linalg.inv(np.eye(self.size) - shares[:, :, : self.size])
        return inverse, (inverse @ shares[:, :, self.size, None])[:, :, 0]


def _remembered(known: np.ndarray, place: np.ndarray, order: int, width: int) -> np.ndarray:
    """The state after each contact: its channel (1, 2, …) and those up to `order` − 1 before it in the same path."""
    states = known.copy()
    for back in range(1, order):
        earlier = np.roll(known, back)
        states += np.where(place >= back, earlier, 0) * width**back
    return states
