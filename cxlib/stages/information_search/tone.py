"""The tone of texts, learnt from the ratings the client's own customers gave with them.

TF-IDF of words (1–2) and letters (3–5) and a logistic regression; tested on texts held out, where identical texts never
stand on both sides. With too few rated texts a small word list with negation takes its place, and the table says so.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from cxlib.stages.information_search.codebook import LISTS
from cxlib.stages.information_search.themes import plain
from cxlib.statistics.intervals import share_row, tidy

Row = dict[str, Any]

MINIMUM_PER_CLASS = 40  # distinct texts of good and of bad ratings; below, held-out accuracy is ± 15 points or worse
UNDECIDED = (0.4, 0.6)  # a probability of a good rating between these is not called either way
FOLDS = 4
GOOD_FROM, BAD_TO = 0.9, 0.6  # of the scale; the middle teaches nothing
SURE = 0.8  # probability from which a text may be quoted for its tone
MAXIMUM_LEARNT = 6000  # rated texts used for learning: more add seconds, hardly accuracy

POSITIVE, NEGATIVE, NEGATORS = (frozenset(LISTS[name]) for name in ("good", "bad", "negators"))
TONES = {0.0: "negative", 1.0: "positive"}  # by what a rating teaches
TURNED = 3  # words that a negator turns: "not good at all"


def tone(texts: pd.Series, ratings: pd.Series, *, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tone of every text, and how well the way of telling it works.

    ratings: the rating given with the text as a share 0–1 of its scale, NaN when none.
    First table, by the index of `texts`: tone (positive | negative | undecided | "" for an empty text), probability of
    a good rating (a text is never judged by a model that has seen it), method (learnt | words). Second table: measure
    (balanced_accuracy, recall_negative, recall_positive, undecided), tidy, and method.
    """
    clean = plain(texts).str.replace(r"[^a-z]+", " ", regex=True).str.strip()
    target = pd.Series(np.nan, index=texts.index).mask(ratings >= GOOD_FROM - 1e-9, 1.0)
    target = target.mask(ratings <= BAD_TO + 1e-9, 0.0).where(clean != "")
    fold = _folds(clean, seed)
    distinct = clean[target.notna()].groupby(target.dropna()).nunique()
    if len(distinct) < 2 or distinct.min() < MINIMUM_PER_CLASS:
        probability, method = _by_words(clean), "words"
    else:
        probability, method = _cross_fitted(clean, target, fold, seed), "learnt"
    told = pd.Series("undecided", index=texts.index, dtype="str")
    told = told.mask(probability > UNDECIDED[1], "positive").mask(probability < UNDECIDED[0], "negative")
    table = pd.DataFrame({"tone": told.mask(clean == "", ""), "probability": probability, "method": method})
    return table, _quality(table, target)


def clear_tone(told: pd.DataFrame) -> pd.Series:
    """The tone of the texts it is surely told of (probability at least 0.8 either way), "" for all others: for quotes.

    told: the first table of `tone`. A quote in the wrong column is worse than one less.
    """
    probability = told["probability"].astype(float)
    clear = (probability >= SURE) | (probability <= 1 - SURE)
    return told["tone"].where(clear & (told["tone"] != "undecided"), "").astype("str")


def _folds(clean: pd.Series, seed: int) -> pd.Series:
    """A fold for each distinct text, so that the same text never lies on both sides."""
    distinct = sorted(set(clean))
    drawn = np.random.default_rng(seed).permutation(len(distinct)) % FOLDS
    return clean.map(dict(zip(distinct, drawn, strict=True)))


def _cross_fitted(clean: pd.Series, target: pd.Series, fold: pd.Series, seed: int) -> pd.Series:
    """Probability of a good rating for every text, by models that were taught without its fold."""
    features = _features(clean)
    probability = pd.Series(np.nan, index=clean.index)
    generator = np.random.default_rng(seed)
    for number in range(FOLDS):
        taught = np.flatnonzero((fold != number).to_numpy() & target.notna().to_numpy())
        if len(taught) > MAXIMUM_LEARNT:
            taught = generator.choice(taught, MAXIMUM_LEARNT, replace=False)
        model = LogisticRegression(C=4.0, class_weight="balanced", solver="liblinear", random_state=seed)
        model.fit(features[taught], target.to_numpy()[taught])
        judged = np.flatnonzero((fold == number).to_numpy())
        if len(judged):
            probability.iloc[judged] = model.predict_proba(features[judged])[:, 1]
    return probability


def _features(clean: pd.Series) -> sparse.csr_matrix:
    """TF-IDF of words and of letters within words, side by side; weights come from all texts, ratings are not used."""
    rare = 2 if len(clean) >= 400 else 1
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=rare, sublinear_tf=True, max_features=20_000)
    letters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), min_df=rare, sublinear_tf=True, max_features=20_000
    )
    return sparse.csr_matrix(sparse.hstack([words.fit_transform(clean), letters.fit_transform(clean)]))


def _by_words(clean: pd.Series) -> pd.Series:
    """0 or 1 when good or bad words outnumber the others, 0.5 otherwise; a negator turns the next three words."""
    return clean.map(lambda text: _balance(re.findall(r"[a-z]+", text))).astype(float)


def _balance(words: list[str]) -> float:
    score, turned = 0, 0
    for word in words:
        polarity = (word in POSITIVE) - (word in NEGATIVE)
        score += -polarity if turned else polarity
        turned = TURNED if word in NEGATORS else max(0, turned - 1)
    return 0.5 + 0.5 * float(np.sign(score))


def _quality(table: pd.DataFrame, target: pd.Series) -> pd.DataFrame:
    """Recall of both tones among the decided, their mean with interval (the two limits combined), share undecided."""
    known = target.notna() & (table["tone"] != "")
    decided = known & (table["tone"] != "undecided")
    if not decided.any():
        return tidy(["measure", "method"])
    bad, good = (_recall(table.loc[decided & (target == value), "tone"], name) for value, name in TONES.items())
    rows: dict[str, Row] = {
        "balanced_accuracy": _mean_of_two(bad, good) | {"n": int(decided.sum()), "unit": "share"},
        "recall_negative": bad,
        "recall_positive": good,
        "undecided": share_row(int((known & ~decided).sum()), int(known.sum())),
    }
    method = str(table["method"].iloc[0])
    named: list[dict[str, object]] = [{"measure": measure, "method": method, **row} for measure, row in rows.items()]
    return tidy(["measure", "method"], named)


def _recall(told: pd.Series, name: str) -> Row:
    """Share of the texts of one tone that were told as such."""
    return share_row(int((told == name).sum()), len(told))


def _mean_of_two(one: Row, other: Row) -> Row:
    """Mean of two independent shares, limits combined as in Newcombe's (1998) method (MOVER)."""
    estimate = (one["estimate"] + other["estimate"]) / 2
    below = float(np.hypot(one["estimate"] - one["low"], other["estimate"] - other["low"])) / 2
    above = float(np.hypot(one["high"] - one["estimate"], other["high"] - other["estimate"])) / 2
    return {"estimate": estimate, "low": estimate - below, "high": estimate + above}
