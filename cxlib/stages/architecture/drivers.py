"""How much of the overall judgement goes with each touchpoint, among those who met it: LMG and relative weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import factorial

import numpy as np
import pandas as pd

from cxlib.facts import EVIDENCE_N
from cxlib.stages.architecture.ratings import LEAST_N, MOST, N_PER_DRIVER, rated_touchpoints
from cxlib.statistics.intervals import TIDY, percentile

LEAST_EXPLAINED = 0.10  # below it a split of the explained share has no meaning
CEILING = 0.80  # of all judgements at the top of the scale: the differences that are left are those of a few
COMMON = 0.70  # all ratings correlated above this: one common judgement, not separate ones
MOST_INFLATED = 5.0  # variance inflation above which a touchpoint's ratings mostly repeat the others'
TINY = 1e-6  # of a standardised variance: a column that the others leave less of is collinear
DRAWS = ["draw", "touchpoint", "importance", "relative_weight", "score"]
RANKS = ["rank", "rank_low", "rank_high", "p_top", "tied"]
DRIVERS = ["touchpoint", *TIDY, "relative_weight", *RANKS]
EXPLAINED = [*TIDY, "n_needed", "common_share", "top_share", "verdict"]
OVERLAP = ["touchpoint", "estimate", "n", "unit", "repeats"]
CHUNK = 10  # bootstrap samples fitted at once: what stays in the cache


def lmg(covariance: np.ndarray, groups: list[list[int]]) -> np.ndarray:
    """Contribution of each group of predictors to R², exact over all 2^p models: LMG_k = Shapley value of R².

    LMG_k = Σ_{S∌k} |S|!(p−1−|S|)!/p! · [R²(S∪k) − R²(S)]: Lindeman, Merenda & Gold (1980), Budescu (1993),
    Grömping (2007).

    covariance: (…, q+1, q+1) of predictors and, last, the outcome; groups: the columns of each predictor.
    Returns (…, p), which sums to the R² of the full model. Collinear columns add nothing.
    """
    explained = model_r2(covariance, groups)
    return np.asarray(explained @ _shapley_weights(len(groups)).astype(explained.dtype))


def model_r2(covariance: np.ndarray, groups: list[list[int]]) -> np.ndarray:
    """R² of every one of the 2^p models (…, 2^p); bit k of the place in the last axis: group k is in the model.

    All models come from one elimination tree: leaving a group out drops its rows, taking it in sweeps them out, so
    that a level of the tree is one array operation over models and bootstrap samples. covariance, groups: as in `lmg`.
    """
    shape, order = covariance.shape[:-2], [*(column for group in groups for column in group), -1]
    nodes = np.moveaxis(covariance.reshape(-1, *covariance.shape[-2:]), 0, -1)[order][:, order][:, :, None, :]
    spread = np.sqrt(np.maximum(np.einsum("iinb->inb", nodes), TINY))
    nodes = nodes / spread[:, None] / spread[None, :]  # variables × variables × models × samples: long inner loops
    for group in groups:
        taken = nodes
        for _ in group:
            taken = _sweep_first(taken)
        nodes = np.concatenate([nodes[len(group) :, len(group) :], taken], axis=2)
    return np.asarray((1 - nodes[0, 0]).T.reshape(*shape, -1))


def _sweep_first(nodes: np.ndarray) -> np.ndarray:
    """Take the first variable into the model: the residual covariance of the others."""
    pivot = nodes[0, 0]
    row = nodes[0, 1:] / np.sqrt(np.where(pivot > TINY, pivot, np.inf))
    return np.asarray(nodes[1:, 1:] - row[:, None] * row[None, :])


@lru_cache(maxsize=4)
def _shapley_weights(p: int) -> np.ndarray:
    """(2^p, p): what R² of each subset (bit k set: group k is in) weighs in the contribution of each group."""
    subsets = np.arange(2**p)
    inside = (subsets[:, None] >> np.arange(p)) & 1
    size = inside.sum(axis=1)
    weight = np.array([factorial(s) * factorial(p - 1 - s) / factorial(p) for s in range(p)] + [0.0])
    return np.asarray(np.where(inside == 1, weight[size - 1][:, None], -weight[size][:, None]))


def relative_weights(correlation: np.ndarray) -> np.ndarray:
    """Relative weights of the predictors (outcome last): ε = Λ²·β*², Λ = R^½, β* = Λ⁻¹r (Johnson 2000). Any p.

    correlation: (…, q+1, q+1); returns (…, q).
    """
    values, vectors = np.linalg.eigh(correlation[..., :-1, :-1])
    turned = np.swapaxes(vectors, -1, -2)
    kept = np.where(values > TINY, 1 / np.sqrt(np.maximum(values, TINY)), 0.0)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]) @ turned
    beta = (vectors * kept[..., None, :]) @ (turned @ correlation[..., :-1, -1:])
    return np.asarray((root**2 @ beta**2)[..., 0])


def driver_draws(ratings: pd.DataFrame, *, n_draws: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Contribution and mean rating of every touchpoint, for the data (draw −1) and for bootstrap samples of respondents.

    A touchpoint enters as one group of two columns: met or not, and the rating centred among those who met it. Nobody
    who did not meet it is given a rating. ratings: outcome, weight, one column per touchpoint.
    Returns draw, touchpoint, importance (LMG; relative weights above 15 touchpoints), relative_weight (draw −1), score.
    """
    names = rated_touchpoints(ratings)
    ratings = ratings[ratings["weight"] > 0]
    if not names or len(ratings) < 2:
        return pd.DataFrame(columns=DRAWS)
    groups, covariance, scores = _moments(ratings, n_draws, seed)
    plain = _grouped_weights(covariance[: 1 if len(names) <= MOST else None], groups)
    exact = _contributions(covariance, groups) if len(names) <= MOST else plain
    return pd.DataFrame(
        {
            "draw": np.repeat(np.arange(-1, n_draws), len(names)),
            "touchpoint": np.tile(names, n_draws + 1),
            "importance": exact.ravel(),
            "score": scores.ravel(),
            "relative_weight": np.concatenate([plain[0], np.full(n_draws * len(names), np.nan)]),
        }
    )[DRAWS]


@dataclass(frozen=True)
class Split:
    """The split of the judgement among the touchpoints. ok: it means something; without it draws and contribution are empty."""

    ok: bool
    draws: pd.DataFrame
    explained: pd.DataFrame
    contribution: pd.DataFrame


def split(ratings: pd.DataFrame, *, top: float) -> Split:
    """Split the overall judgement among the touchpoints: `driver_draws`, `explained`, and `drivers` where its verdict is ok."""
    draws = driver_draws(ratings)
    total = explained(draws, ratings, top=top)
    ok = bool((total["verdict"] == "ok").any())
    draws = draws if ok else draws.head(0)
    return Split(ok, draws, total, drivers(draws, ratings))


def model_draws(ratings: pd.DataFrame, *, n_draws: int = 200, seed: int = 0) -> np.ndarray:
    """R² of every model of the touchpoints, for the data (first row) and for bootstrap samples: (n_draws + 1, 2^p).

    Bit k of the column: the k-th touchpoint of `ratings` is in the model. Without ratings, or above 15 touchpoints, where
    the models are too many: no columns.
    """
    names = rated_touchpoints(ratings)
    if not 0 < len(names) <= MOST or len(ratings) < 2:
        return np.empty((n_draws + 1, 0))
    groups, covariance, _scores = _moments(ratings, n_draws, seed)
    return np.concatenate([model_r2(covariance[at : at + CHUNK], groups) for at in range(0, n_draws + 1, CHUNK)])


def overlap(ratings: pd.DataFrame) -> pd.DataFrame:
    """How far each touchpoint's ratings repeat those of the others: touchpoint, estimate (inflation), n, unit, repeats.

    Generalised variance inflation det(R_k)·det(R_−k)/det(R) of the columns of a touchpoint, to the power 1/columns, so
    that it is the usual factor for one column (Fox & Monette 1992). repeats: above 5, read its contribution together
    with the others'. Ratings that never differ repeat nothing: blank.
    """
    names = rated_touchpoints(ratings)
    if len(names) < 2 or len(ratings) < 2:
        return pd.DataFrame(columns=OVERLAP)
    groups, covariance, _scores = _moments(ratings, 0, 0)
    matrix = _correlation(covariance[0])[:-1, :-1]
    varied = {column for column in range(len(matrix)) if matrix[column, column] > TINY}
    factor = [_inflation(matrix, sorted(varied & set(group)), sorted(varied - set(group))) for group in groups]
    table = pd.DataFrame({"touchpoint": names, "estimate": factor, "n": ratings[names].notna().sum().to_numpy()})
    return table.assign(unit="ratio", repeats=table["estimate"] > MOST_INFLATED)


def _inflation(matrix: np.ndarray, own: list[int], others: list[int]) -> float:
    """Generalised inflation of some columns by the others: det(R_k) / det of what the others leave of it; ∞: nothing."""
    if not own:
        return float("nan")
    cross = matrix[np.ix_(own, others)]
    left = matrix[np.ix_(own, own)] - cross @ np.linalg.pinv(matrix[np.ix_(others, others)], hermitian=True) @ cross.T
    shares = np.linalg.eigvalsh(left)
    if shares[0] < TINY:
        return float("inf")
    whole = np.linalg.slogdet(matrix[np.ix_(own, own)])[1]
    return float(np.exp((whole - np.log(shares).sum()) / len(own)))


def _design(ratings: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, list[list[int]]]:
    """Columns (rating centred among those who met it; met, unless everybody or nobody differs) and the groups; outcome last."""
    columns: list[np.ndarray] = []
    groups: list[list[int]] = []
    for name in names:
        met, rating = ratings[name].notna().to_numpy(), ratings[name].to_numpy(float)
        centre = np.nanmean(rating) if met.any() else 0.0
        mine = [np.where(met, rating - centre, 0.0), *([] if met.all() else [met.astype(float)])]
        groups.append(list(range(len(columns), len(columns) + len(mine))))
        columns += mine
    return np.column_stack([*columns, ratings["outcome"].to_numpy(float)]), groups


def _contributions(covariance: np.ndarray, groups: list[list[int]]) -> np.ndarray:
    """LMG of the data exactly, of the bootstrap samples (whose noise is far larger) in single precision: 5 times faster."""
    light = covariance[1:].astype(np.float32)
    parts = [lmg(light[at : at + CHUNK], groups) for at in range(0, len(light), CHUNK)]
    return np.concatenate([lmg(covariance[:1], groups), *parts])


def _resampled(weight: np.ndarray, n_draws: int, seed: int) -> Iterator[np.ndarray]:
    """Weights of the data, then of each bootstrap sample: one at a time, so that memory does not grow with the samples."""
    generator, n = np.random.default_rng(seed), len(weight)
    yield weight
    for _draw in range(n_draws):
        yield np.bincount(generator.integers(0, n, n), minlength=n) * weight


def _moments(ratings: pd.DataFrame, n_draws: int, seed: int) -> tuple[list[list[int]], np.ndarray, np.ndarray]:
    """Groups of columns; weighted covariance of the design and mean rating of every touchpoint: the data, then each sample."""
    names = rated_touchpoints(ratings)
    design, groups = _design(ratings, names)
    rated = ratings[names].to_numpy(float)
    met, known = (~np.isnan(rated)).astype(float), np.nan_to_num(rated)
    covariances, scores = [], []
    for weight in _resampled(ratings["weight"].to_numpy(float), n_draws, seed):
        share = weight / weight.sum()
        mean, base = share @ design, share @ met
        covariances.append(design.T @ (share[:, None] * design) - mean[:, None] * mean[None, :])
        scores.append(np.divide(share @ known, base, out=np.full_like(base, np.nan), where=base > 0))
    return groups, np.stack(covariances), np.stack(scores)


def _grouped_weights(covariance: np.ndarray, groups: list[list[int]]) -> np.ndarray:
    """Relative weights summed over the columns of each group, (…, p)."""
    single = relative_weights(_correlation(covariance))
    return np.stack([single[..., group].sum(axis=-1) for group in groups], axis=-1)


def _correlation(covariance: np.ndarray) -> np.ndarray:
    """Covariances (…, q, q) on the scale of correlations."""
    spread = np.sqrt(np.maximum(np.diagonal(covariance, axis1=-2, axis2=-1), TINY))
    return np.asarray(covariance / spread[..., :, None] / spread[..., None, :])


def drivers(draws: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """Contribution of each touchpoint to the overall judgement, with interval, rank interval and ties; largest first.

    estimate = share of the variance of the outcome (they add up to R²);
    rank_low–rank_high holds the rank in 95 % of the samples; p_top = share of samples in which it is first; tied = its
    interval of ranks reaches the first place. relative_weight is the cross-check. n = respondents who rated it.
    """
    if draws.empty:
        return pd.DataFrame(columns=DRIVERS)
    names = draws["touchpoint"].unique().tolist()
    wide = draws.pivot(index="draw", columns="touchpoint", values="importance").reindex(columns=names).to_numpy(float)
    ranks = (-wide).argsort(axis=1).argsort(axis=1) + 1
    low, high = percentile(wide[1:])
    rank_low, rank_high = percentile(ranks[1:].astype(float))
    table = draws.iloc[
        : len(names)
    ].assign(
        estimate=wide[0],
        low=np.minimum(low, wide[0]),  # a share of variance cannot be negative, so samples of a tiny one lie above it
        high=high,
        n=ratings[names].notna().sum().to_numpy(),
        unit="share",
        rank=ranks[0],
        rank_low=np.floor(rank_low),
        rank_high=np.ceil(rank_high),
        p_top=(ranks[1:] == 1).mean(axis=0),
        tied=rank_low <= 1,
    )
    return table[DRIVERS].sort_values("rank").reset_index(drop=True)


def explained(draws: pd.DataFrame, ratings: pd.DataFrame, *, top: float = float("inf")) -> pd.DataFrame:
    """Whether the split means anything: one row with R² (adjusted; interval from the draws), its gates and the verdict.

    top: the best possible judgement. verdict: ok | too few (n below max(100, 15 per touchpoint)) | ceiling (over 80 % of
    the judgements are `top`) | too little explained (adjusted R² < 0.10) | common method (every pair of ratings
    correlates above 0.7: respondents give one judgement, not many). Columns estimate, low, high, n, unit, n_needed,
    common_share, top_share, verdict.
    """
    if draws.empty:
        return pd.DataFrame(columns=EXPLAINED)
    names = draws["touchpoint"].unique().tolist()
    n, needed = len(ratings), max(LEAST_N, N_PER_DRIVER * len(names))
    total = draws.groupby("draw")["importance"].sum().to_numpy()
    width = len(names) + int(ratings[names].isna().any().sum())  # ratings, and met or not
    adjusted = 1 - (1 - total) * (n - 1) / max(1, n - width - 1)
    low, high = percentile(adjusted[1:])
    pairs = ratings[names].corr(min_periods=EVIDENCE_N).to_numpy()[np.triu_indices(len(names), 1)]
    known = pairs[~np.isnan(pairs)]
    common = float((known > COMMON).mean()) if len(known) >= 3 else 0.0
    best = float(np.average(ratings["outcome"] >= top, weights=ratings["weight"]))
    verdict = "too few" if n < needed else _verdict(float(adjusted[0]), common, best)
    row = (adjusted[0], float(low), float(high), n, "share", needed, common, best, verdict)
    return pd.DataFrame([row], columns=EXPLAINED)


def _verdict(share: float, common: float, best: float) -> str:
    """The first reason not to split, or ok."""
    if best > CEILING:
        return "ceiling"
    if share < LEAST_EXPLAINED:
        return "too little explained"
    return "common method" if common >= 1.0 else "ok"
