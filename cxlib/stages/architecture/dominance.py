"""Is the order of two touchpoints the same in every model? Complete, conditional and general dominance."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ["first", "second", "kind", "models_share", "p_kind", "p_first", "n"]
KINDS = ("complete", "conditional", "general", "")
ROUNDING = 1e-9  # R² of two models closer than this are equal


def dominance(models: np.ndarray, names: list[str], *, n: int, neighbours: bool = True) -> pd.DataFrame:
    """How firmly one touchpoint stands above another, for the pairs next to each other in the order of contribution.

    Over the models that hold neither of the two, the gain of R² by the first is set against the gain by the second
    (Azen & Budescu 2003): complete = never smaller in any model; conditional = never smaller on average at any model
    size; general = larger on average of these averages, which is LMG. models_share: models in which the first adds
    more; p_kind: share of bootstrap samples in which the same kind (or a stronger one) holds; p_first: general alone.

    models: R² of every model by bootstrap sample, the data first, from `model_draws`: (draws + 1, 2^p), bit k of the
    column: touchpoint k is in. n: respondents. neighbours False: all pairs. Returns first, second, kind (complete |
    conditional | general), models_share, p_kind, p_first, n; empty without models.
    """
    if models.shape[1] < 4:
        return pd.DataFrame(columns=COLUMNS)
    order = np.argsort(-_general(models[:1], len(names))[0], kind="stable").tolist()
    pairs = [(a, b) for place, a in enumerate(order) for b in order[place + 1 : place + 2 if neighbours else None]]
    rows = [[names[a], names[b], *_compare(models, a, b, len(names)), n] for a, b in pairs]
    return pd.DataFrame(rows, columns=COLUMNS)


def _compare(models: np.ndarray, a: int, b: int, p: int) -> tuple[str, float, float, float]:
    """Kind of dominance of a over b in the data, share of models, and how often both hold in the samples."""
    subsets = np.arange(2**p)
    neither = subsets[((subsets >> a) & 1 == 0) & ((subsets >> b) & 1 == 0)]
    gain = models[:, neither | (1 << a)] - models[:, neither | (1 << b)]  # draws × models
    size = np.bitwise_count(neither)
    by_size = np.stack([gain[:, size == level].mean(axis=1) for level in range(p - 1)], axis=1)
    holds = np.stack(
        [(gain >= -ROUNDING).all(axis=1), (by_size >= -ROUNDING).all(axis=1), by_size.mean(axis=1) > 0], axis=1
    )
    firm = np.maximum.accumulate(holds, axis=1)  # what holds completely holds conditionally and in general
    kind = int(np.argmax(firm[0])) if firm[0].any() else len(KINDS) - 1
    p_kind = float(firm[1:, kind].mean()) if kind < firm.shape[1] else float("nan")
    return KINDS[kind], float((gain[0] > ROUNDING).mean()), p_kind, float(holds[1:, 2].mean())


def _general(models: np.ndarray, p: int) -> np.ndarray:
    """Mean over model sizes of the mean gain at that size, per touchpoint: LMG."""
    subsets = np.arange(2**p)
    size = np.bitwise_count(subsets)
    parts = []
    for k in range(p):
        without = subsets[(subsets >> k) & 1 == 0]
        gain = models[:, without | (1 << k)] - models[:, without]
        parts.append(np.mean([gain[:, size[without] == level].mean(axis=1) for level in range(p)], axis=0))
    return np.stack(parts, axis=1)
