"""What the codebook does not know: stable topics in texts that no theme covers, or else the words most used."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer

from cxlib.stages.information_search.codebook import STOP_WORDS
from cxlib.stages.information_search.themes import plain
from cxlib.statistics.intervals import share_row, tidy

GATE = 200  # texts: below, topics follow single texts, and the words most used are listed instead
SEEDS = 4
TOP_WORDS = 6
SIZES = (3, 4, 5, 6, 8)
STABLE = 0.6  # mean agreement of the top words over seeds from which a number of topics is believed
LEAST = 8  # texts of a topic: below it is an orphan
TOP_MISSED = 12  # words listed where no topic is stable
WORD = r"[a-z]{4,}"
NO_WORDS = r"\[[\w-]+\]|https?://\S+|www\.\S+"


def not_covered(texts: pd.Series, themes: pd.DataFrame) -> pd.DataFrame:
    """What customers write that the codebook does not know: topics where they are stable, else the words most used.

    texts: as customers wrote them; themes: boolean, from `find_themes`. The columns of `topics` or of `uncovered`.
    """
    covered = themes.any(axis=1)
    found = topics(texts, covered)
    return found if len(found) else uncovered(texts, covered)


def topics(texts: pd.Series, covered: pd.Series, *, seed: int = 0) -> pd.DataFrame:
    """Topics of the texts no theme covers, largest first: NMF on TF-IDF, the number of topics chosen by stability.

    texts: as customers wrote them; covered: boolean, same index. Each number of topics is fitted with several random
    starts on random halves of the texts; its stability is the mean agreement (Jaccard) of the top words of matched
    topics (Greene, O'Callaghan & Cunningham 2014). Below `STABLE`, or under 200 texts, no topic is reported; nor is one
    that is the main topic of fewer than eight texts. Columns topic ("word, word, …"), stability, estimate (share of the
    uncovered texts), low, high, n (texts of the topic), unit.
    """
    rest = _rest(texts, covered).drop_duplicates()
    weighed = _weighed(rest) if len(rest) >= GATE else None
    if weighed is None:
        return tidy(["topic", "stability"])
    table, names = weighed
    stability = {size: _stability(table, size, seed) for size in SIZES if size < min(table.shape)}
    if not stability or max(stability.values()) < STABLE:
        return tidy(["topic", "stability"])
    best = max(stability, key=lambda size: (round(stability[size], 2), size))
    return _described(_fit(table, best, seed), names, stability[best])


def uncovered(texts: pd.Series, covered: pd.Series) -> pd.DataFrame:
    """The words most often used in texts that no theme covers: what the codebook may be missing.

    texts, covered: as in `topics`. Columns word, count (texts with the word), estimate (share of the uncovered texts),
    low, high, n, unit.
    """
    rest = _rest(texts, covered)
    words = rest.map(lambda text: sorted(set(re.findall(WORD, text)) - STOP_WORDS)).explode().dropna()
    counts = words.value_counts().sort_index().sort_values(ascending=False, kind="stable").head(TOP_MISSED)
    rows = [{"word": word, "count": int(n)} | share_row(int(n), len(rest)) for word, n in counts.items()]
    return tidy(["word", "count"], rows)


def _rest(texts: pd.Series, covered: pd.Series) -> pd.Series:
    """The texts that no theme covers, in small letters without accents; marks of masked data and addresses are no words."""
    words = plain(texts[~covered].astype("str").str.replace(NO_WORDS, " ", regex=True))
    return words[words.str.len() > 0]


def _weighed(texts: pd.Series) -> tuple[sparse.csr_matrix, np.ndarray] | None:
    """TF-IDF of the words of the texts and the words; None when no word is left."""
    words = TfidfVectorizer(
        min_df=max(3, len(texts) // 200),
        max_df=0.5,
        stop_words=sorted(STOP_WORDS),
        max_features=2000,
        token_pattern=WORD,
        sublinear_tf=True,
    )
    try:
        table = sparse.csr_matrix(words.fit_transform(texts))
    except ValueError:  # every word is rare, in every text, or a stop word
        return None
    return table, np.asarray(words.get_feature_names_out())


def _described(fitted: tuple[np.ndarray, np.ndarray], names: np.ndarray, stability: float) -> pd.DataFrame:
    """The topics with their words and how many texts are mainly theirs."""
    weights, parts = fitted
    main = np.where(weights.max(axis=1) > 0, weights.argmax(axis=1), -1)
    rows: list[dict[str, object]] = []
    for place, part in enumerate(parts):
        n = int((main == place).sum())
        if n >= LEAST:
            topic = ", ".join(names[np.argsort(-part, kind="stable")[:TOP_WORDS]])
            rows.append({"topic": topic, "stability": stability} | share_row(n, len(main)) | {"n": n})
    table = tidy(["topic", "stability"], rows)
    return table.sort_values("n", ascending=False, kind="stable").reset_index(drop=True)


def _fit(table: sparse.csr_matrix, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    model = NMF(n_components=size, init="nndsvda" if seed == 0 else "random", random_state=seed, max_iter=200, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the top words stand long before the last digit does
        weights = model.fit_transform(table)
    return np.asarray(weights), np.asarray(model.components_)


def _stability(table: sparse.csr_matrix, size: int, seed: int) -> float:
    """Mean agreement of the top words between a fit on all texts and fits on random halves."""
    whole = _tops(_fit(table, size, seed)[1])
    generator = np.random.default_rng(seed)
    found = []
    for start in range(1, SEEDS + 1):
        rows = generator.permutation(table.shape[0])[: table.shape[0] // 2]
        half = _tops(_fit(table[rows], size, start)[1])
        agreement = np.array([[len(one & other) / len(one | other) for other in half] for one in whole])
        found.append(agreement[linear_sum_assignment(-agreement)].mean())
    return float(np.mean(found))


def _tops(parts: np.ndarray) -> list[set[int]]:
    return [set(np.argsort(-part, kind="stable")[:TOP_WORDS].tolist()) for part in parts]
