"""What the codebook does not know: topics found in the texts that no theme covers, kept only where they are stable."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer

from cxlib.statistics.intervals import tidy, wilson

GATE = 200  # texts: below, topics follow single texts, and the words most used are listed instead
SEEDS = 4
TOP_WORDS = 6
SIZES = (3, 4, 5, 6, 8)
STABLE = 0.6  # mean agreement of the top words over seeds from which a number of topics is believed
LEAST = 8  # texts of a topic: below it is an orphan


def topics(texts: pd.Series, covered: pd.Series, *, stop: frozenset[str] = frozenset(), seed: int = 0) -> pd.DataFrame:
    """Topics of the texts no theme covers, largest first: NMF on TF-IDF, the number of topics chosen by stability.

    texts: in small letters without accents; covered: boolean, same index. Each number of topics is fitted with several
    random starts on random halves of the texts; its stability is the mean agreement (Jaccard) of the top words of matched
    topics (Greene, O'Callaghan & Cunningham 2014). Below `STABLE`, or under 200 texts, no topic is reported; nor is one
    that is the main topic of fewer than eight texts. Columns topic ("word, word, …"), stability, estimate (share of the
    uncovered texts), low, high, n (texts of the topic), unit.
    """
    rest = texts[~covered & (texts.str.len() > 0)].drop_duplicates()
    if len(rest) < GATE:
        return tidy(["topic", "stability"])
    words = TfidfVectorizer(min_df=max(3, len(rest) // 200), max_df=0.5, stop_words=sorted(stop) or None, max_features=2000,
                            token_pattern=r"[a-z]{4,}", sublinear_tf=True)  # fmt: skip
    try:
        table = words.fit_transform(rest)
    except ValueError:  # no word is left
        return tidy(["topic", "stability"])
    names = np.asarray(words.get_feature_names_out())
    sizes = [size for size in SIZES if size < min(table.shape)]
    stability = {size: _stability(table, size, seed) for size in sizes}
    if not stability or max(stability.values()) < STABLE:
        return tidy(["topic", "stability"])
    best = max(stability, key=lambda size: (round(stability[size], 2), size))
    return _described(_fit(table, best, seed), names, stability[best])


def _described(fitted: tuple[np.ndarray, np.ndarray], names: np.ndarray, stability: float) -> pd.DataFrame:
    """The topics with their words and how many texts are mainly theirs."""
    weights, parts = fitted
    main = np.where(weights.max(axis=1) > 0, weights.argmax(axis=1), -1)
    rows: list[dict[str, object]] = []
    for place, part in enumerate(parts):
        n = int((main == place).sum())
        if n >= LEAST:
            share, low, high = wilson(n, len(main))
            topic = ", ".join(names[np.argsort(-part, kind="stable")[:TOP_WORDS]])
            rows.append({"topic": topic, "stability": stability, "estimate": share, "low": low, "high": high, "n": n,
                         "unit": "share"})  # fmt: skip
    table = tidy(["topic", "stability"], rows)
    return table.sort_values("n", ascending=False, kind="stable").reset_index(drop=True)


def _fit(table: object, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    model = NMF(n_components=size, init="nndsvda" if seed == 0 else "random", random_state=seed, max_iter=200, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the top words stand long before the last digit does
        weights = model.fit_transform(table)
    return np.asarray(weights), np.asarray(model.components_)


def _stability(table: object, size: int, seed: int) -> float:
    """Mean agreement of the top words between a fit on all texts and fits on random halves."""
    whole = _tops(_fit(table, size, seed)[1])
    generator = np.random.default_rng(seed)
    found = []
    for start in range(1, SEEDS + 1):
        rows = generator.permutation(table.shape[0])[: table.shape[0] // 2]  # type: ignore[attr-defined]
        half = _tops(_fit(table[rows], size, start)[1])  # type: ignore[index]
        agreement = np.array([[len(one & other) / len(one | other) for other in half] for one in whole])
        found.append(agreement[linear_sum_assignment(-agreement)].mean())
    return float(np.mean(found))


def _tops(parts: np.ndarray) -> list[set[int]]:
    return [set(np.argsort(-part, kind="stable")[:TOP_WORDS].tolist()) for part in parts]
