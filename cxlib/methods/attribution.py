"""How strongly each channel is associated with going on to the next step: Markov removal effects, and Shapley beside
them.

Association, not effect: only an experiment tells what happens when a channel is closed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.methods.intervals import percentile, tidy, wilson

ARROW = " > "
MINIMUM_JOURNEYS = 30  # through a channel; below, its removal effect is shown but called unknown
MINIMUM_CONVERSIONS = 100  # below, no channel is ranked


def removal_effects(counted: pd.DataFrame, *, replicates: int = 200, seed: int = 0) -> pd.DataFrame:
    """Share of the conversions that would be missing from the model if a channel led nowhere, largest first.

    counted: columns path ("web > store"), n_converted, n_lost. A first-order Markov chain from start over the channels
    to conversion or null has p = e_start (I − Q)⁻¹ R; with the transitions into channel c sent to null it has p₋c, and
    the effect is 1 − p₋c / p (Anderl et al. 2016), solved exactly, not simulated. Columns channel, estimate, low, high
    (95 % bootstrap over journeys), n (journeys through the channel), unit share, credit_share (effects scaled to 1),
    n_conversions, known (n ≥ 30 and ≥ 100 conversions in all). No conversion: empty.
    """
    chain = _Chain(counted)
    if not chain.channels or chain.converted.sum() == 0:
        return tidy(["channel"]).assign(credit_share=[], n_conversions=[], known=[])
    estimate = chain.effects(chain.converted, chain.lost)
    low, high = percentile(_replicates(chain, replicates, seed))
    through = chain.through()
    conversions = int(chain.converted.sum())
    rows: list[dict[str, object]] = [
        {"channel": channel, "estimate": estimate[i], "low": low[i], "high": high[i], "n": int(through[i]),
         "unit": "share", "credit_share": estimate[i] / max(estimate.sum(), 1e-12), "n_conversions": conversions,
         "known": bool(through[i] >= MINIMUM_JOURNEYS and conversions >= MINIMUM_CONVERSIONS)}
        for i, channel in enumerate(chain.channels)
    ]  # fmt: skip
    return tidy(["channel"], rows).sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)


def base_check(counted: pd.DataFrame) -> dict[str, float]:
    """The model's conversion and the observed one; a first-order chain must give the observed one exactly.

    Keys model, observed (shares), n (journeys).
    """
    chain = _Chain(counted)
    n = float(chain.converted.sum() + chain.lost.sum())
    if n == 0:
        return {"model": float("nan"), "observed": float("nan"), "n": 0.0}
    model = chain.conversion(chain.matrix(chain.converted, chain.lost))
    return {"model": model, "observed": float(chain.converted.sum()) / n, "n": n}


def shapley_credit(counted: pd.DataFrame) -> pd.DataFrame:
    """Share of the conversions credited to each channel by Shapley (1953) on channel sets: columns channel, estimate,
    n, unit.

    The value of a set of channels is the number of conversions of journeys that used no other channel. Shapley's value
    of this game has a closed form: each conversion is split evenly over the channels its journey met. n = conversions.
    """
    credit: dict[str, float] = {}
    for path, converted in zip(counted["path"], counted["n_converted"], strict=True):
        met = sorted(set(str(path).split(ARROW)))
        for channel in met:
            credit[channel] = credit.get(channel, 0.0) + converted / len(met)
    total = sum(credit.values())
    rows: list[dict[str, object]] = [
        {"channel": channel, "estimate": value / total, "low": np.nan, "high": np.nan, "n": total, "unit": "share"}
        for channel, value in sorted(credit.items(), key=lambda item: -item[1])
        if total > 0
    ]
    return tidy(["channel"], rows)


def passing_difference(paths: pd.DataFrame) -> pd.DataFrame:
    """Conversion of the journeys that met a channel minus that of those that did not, largest first.

    paths: one row per journey, columns path, converted. Removal effects grow with use; this does not. Columns channel,
    estimate, low, high (Newcombe 1998, method 10), n (smaller of the two groups), unit share, with_share,
    without_share, verdict (real: the interval leaves out 0 | not shown | cannot tell: n under 30).
    """
    met = paths["path"].map(lambda path: set(path.split(ARROW)))
    rows: list[dict[str, object]] = []
    for channel in sorted(set().union(*met)):
        inside = met.map(lambda channels, sought=channel: sought in channels).astype(bool)
        groups = [paths.loc[chosen, "converted"] for chosen in (inside, ~inside)]
        (p1, low1, high1), (p2, low2, high2) = (wilson(int(group.sum()), len(group)) for group in groups)
        low = p1 - p2 - float(np.hypot(p1 - low1, high2 - p2))
        high = p1 - p2 + float(np.hypot(high1 - p1, p2 - low2))
        n = min(map(len, groups))
        verdict = "cannot tell" if n < MINIMUM_JOURNEYS else "real" if low > 0 or high < 0 else "not shown"
        rows.append({"channel": channel, "estimate": p1 - p2, "low": low, "high": high, "n": n, "unit": "share",
                     "with_share": p1, "without_share": p2, "verdict": verdict})  # fmt: skip
    table = tidy(["channel"], rows) if rows else tidy(["channel"]).assign(with_share=[], without_share=[], verdict=[])
    return table.sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)


def by_step(paths: pd.DataFrame, *, replicates: int = 200, seed: int = 0) -> pd.DataFrame:
    """Removal effects and Shapley credit per step: the columns of `removal_effects`, with step and shapley_share.

    paths: columns step, path, converted. distance_share = |credit_share − shapley_share|: a part of the uncertainty
    that no interval shows.
    """
    parts = []
    for step, inside in paths.groupby("step", sort=False):
        counted = _counted(inside)
        effects = removal_effects(counted, replicates=replicates, seed=seed)
        credit = dict(zip(*[shapley_credit(counted)[name] for name in ("channel", "estimate")], strict=True))
        shapley = effects["channel"].map(credit).astype(float)
        parts.append(effects.assign(step=step, shapley_share=shapley))
    table = (
        pd.concat(parts, ignore_index=True)
        if parts
        else removal_effects(_counted(paths)).assign(step=[], shapley_share=[])
    )
    return table.assign(distance_share=(table["credit_share"] - table["shapley_share"]).abs())


def differences_by_step(paths: pd.DataFrame) -> pd.DataFrame:
    """`passing_difference` of each step, with a column step."""
    parts = [passing_difference(inside).assign(step=step) for step, inside in paths.groupby("step", sort=False)]
    return pd.concat(parts, ignore_index=True) if parts else passing_difference(paths).assign(step=[])


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
    """Distinct paths as counts of transitions, so that any weighting of them is one matrix product."""

    def __init__(self, counted: pd.DataFrame) -> None:
        self.paths = [str(path).split(ARROW) for path in counted["path"]]
        self.channels = sorted({channel for path in self.paths for channel in path})
        self.converted = counted["n_converted"].to_numpy(dtype=float)
        self.lost = counted["n_lost"].to_numpy(dtype=float)
        self.size = len(self.channels) + 1  # state 0 is the start
        place = {channel: number + 1 for number, channel in enumerate(self.channels)}
        self.states = [[0, *(place[channel] for channel in path)] for path in self.paths]
        self.moves = np.zeros((len(self.paths), self.size * self.size))
        for row, states in enumerate(self.states):
            np.add.at(self.moves[row], np.array(states[:-1]) * self.size + np.array(states[1:]), 1.0)
        self.last = np.array([states[-1] for states in self.states], dtype=int)

    def matrix(self, converted: np.ndarray, lost: np.ndarray) -> np.ndarray:
        """Probabilities from each state to each state, conversion in the last column; what is missing to 1 is null."""
        counts = np.zeros((self.size, self.size + 1))
        counts[:, : self.size] = ((converted + lost) @ self.moves).reshape(self.size, self.size)
        np.add.at(counts[:, self.size], self.last, converted)
        total = counts.sum(axis=1) + np.bincount(self.last, weights=lost, minlength=self.size)
        shares: np.ndarray = counts / np.where(total > 0, total, 1.0)[:, None]
        return shares

    def conversion(self, matrix: np.ndarray) -> float:
        """Probability of conversion from the start."""
        return float(np.linalg.solve(np.eye(self.size) - matrix[:, :-1], matrix[:, -1])[0])

    def effects(self, converted: np.ndarray, lost: np.ndarray) -> np.ndarray:
        """Removal effect of each channel under these weights."""
        matrix = self.matrix(converted, lost)
        base = self.conversion(matrix)
        without = np.full(len(self.channels), np.nan)
        for number in range(len(self.channels)):
            cut = matrix.copy()
            cut[:, number + 1] = 0.0
            without[number] = self.conversion(cut)
        return 1 - without / base if base > 0 else without * np.nan

    def through(self) -> np.ndarray:
        """Journeys that met each channel."""
        met = np.array([[channel in path for channel in self.channels] for path in map(set, self.paths)])
        return np.asarray((self.converted + self.lost) @ met)


def _replicates(chain: _Chain, replicates: int, seed: int) -> np.ndarray:
    """Removal effects on journeys drawn with replacement."""
    generator = np.random.default_rng(seed)
    weights = np.concatenate([chain.converted, chain.lost])
    drawn = generator.multinomial(int(weights.sum()), weights / weights.sum(), size=replicates)
    half = len(chain.converted)
    return np.array([chain.effects(row[:half].astype(float), row[half:].astype(float)) for row in drawn])
