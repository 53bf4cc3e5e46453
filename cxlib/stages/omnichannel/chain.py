"""Journeys as a Markov chain: counts of moves, so that any weighting of the journeys is one matrix product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from cxlib.journeys.paths import ARROW

SMOOTH = 0.5  # pseudo-count of every outcome when a chain is judged on journeys it has not seen (Jeffreys)
BLOCK = 4_000_000  # numbers held at a time while many chains are solved at once


class HeldOut(NamedTuple):
    """Loss −log p of the moves of each fold, foretold by the chain of the others, and how many moves that are."""

    losses: np.ndarray
    moves: np.ndarray


class Chain:
    """Paths as counts of moves between states.

    A state is what the chain remembers: nothing yet (0), or the last `order` channels of the way so far.
    counted: columns path ("web > store"), n_converted, n_lost.
    """

    def __init__(self, counted: pd.DataFrame, order: int) -> None:
        self.converted = counted["n_converted"].to_numpy(dtype=float)
        self.lost = counted["n_lost"].to_numpy(dtype=float)
        self.n_journeys = float(self.converted.sum() + self.lost.sum())
        n_paths = len(counted)
        words = counted["path"].astype(str).str.split(ARROW, regex=False).to_list()
        lengths = np.fromiter(map(len, words), dtype=np.int64, count=n_paths)
        codes, names = pd.factorize(np.concatenate(words) if words else np.zeros(0, dtype=object), sort=True)
        self.channels = [str(name) for name in names]
        row, starts = np.repeat(np.arange(n_paths), lengths), np.cumsum(lengths) - lengths
        self.met = _incidence(row, codes, (n_paths, len(names))).sign()
        states = _remembered(codes.astype(np.int64) + 1, np.arange(len(row)) - starts[row], order, len(names) + 1)
        used, place = np.unique(states, return_inverse=True)
        self.size, self.ends_in = len(used) + 1, np.r_[-1, used % (len(names) + 1) - 1]  # the channel a state ends in
        after = place.astype(np.int64) + 1
        before = np.roll(after, 1)
        before[starts] = 0
        self.pairs, move = np.unique(before * self.size + after, return_inverse=True)
        self.moves = _incidence(move, row, (len(self.pairs), n_paths))
        self.ends = _incidence(after[starts + lengths - 1], np.arange(n_paths), (self.size, n_paths))

    def counts(self, converted: np.ndarray, lost: np.ndarray) -> np.ndarray:
        """Moves from each state to each state, then to conversion and to null: draws × states × (states + 2)."""
        draws = converted.shape[1]
        table = np.zeros((draws, self.size * self.size))
        table[:, self.pairs] = (self.moves @ (converted + lost)).T
        gone = [(self.ends @ weights).T[:, :, None] for weights in (converted, lost)]
        return np.concatenate([table.reshape(draws, self.size, self.size), *gone], axis=2)

    def conversion(self) -> float:
        """Probability of conversion from the start."""
        return float(self._solved(self.converted[:, None], self.lost[:, None])[1][0, 0])

    def effects(self, converted: np.ndarray, lost: np.ndarray) -> np.ndarray:
        """Removal effect of each channel under these weights (paths × draws): draws × channels.

        With N = (I − Q)⁻¹ and C the states that end in c, p₋c = p − N₀C (N_CC)⁻¹ p_C: one inverse for all channels.
        """
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
            size = min(block, replicates - first)
            drawn = generator.multinomial(round(weights.sum()), weights / weights.sum(), size).T.astype(float)
            yield drawn[:half], drawn[half:]

    def held_out(self, folds: int, seed: int) -> HeldOut:
        """How well each fold of the journeys is foretold by the chain of the others; the same folds for every order."""
        generator, even = np.random.default_rng(seed), np.full(folds, 1 / folds)
        dealt = [generator.multinomial(weights.astype(np.int64), even) for weights in (self.converted, self.lost)]
        parts = self.counts(*(part.astype(float) for part in dealt))
        others = parts.sum(axis=0) - parts
        outcomes = len(self.channels) + 2
        foretold = (others + SMOOTH) / (others.sum(axis=2, keepdims=True) + SMOOTH * outcomes)
        return HeldOut(-(parts * np.log(foretold)).sum(axis=(1, 2)), parts.sum(axis=(1, 2)))

    def through(self) -> np.ndarray:
        """Journeys that met each channel."""
        return np.asarray(self.met.T @ (self.converted + self.lost))

    def _solved(self, converted: np.ndarray, lost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(I − Q)⁻¹ and the probability of conversion from each state, for every draw."""
        counts = self.counts(converted, lost)
        shares = counts / np.maximum(counts.sum(axis=2, keepdims=True), 1e-300)
        inverse = np.linalg.inv(np.eye(self.size) - shares[:, :, : self.size])
        return inverse, (inverse @ shares[:, :, self.size, None])[:, :, 0]


def _incidence(row: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> sparse.csr_matrix:
    """How often each row meets each column."""
    return sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=shape)


def _remembered(known: np.ndarray, place: np.ndarray, order: int, width: int) -> np.ndarray:
    """The state after each contact: its channel (1, 2, …) and those up to `order` − 1 before it in the same path."""
    states = known.copy()
    for back in range(1, order):
        states += np.where(place >= back, np.roll(known, back), 0) * width**back
    return states
