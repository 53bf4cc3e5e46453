"""The tone of texts, learnt from the ratings the client's own customers gave with them.

TF-IDF of words (1–2) and letters (3–5) and a logistic regression; tested on texts held out, where identical texts never
stand on both sides. With too few rated texts a small word list with negation takes its place, and the table says so.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from cxlib.statistics.intervals import tidy, wilson

MINIMUM_PER_CLASS = 40  # distinct texts of good and of bad ratings; below, held-out accuracy is ± 15 points or worse
UNDECIDED = (0.4, 0.6)  # a probability of a good rating between these is not called either way
FOLDS = 4
GOOD_FROM, BAD_TO = 0.9, 0.6  # of the scale; the middle teaches nothing
MAXIMUM_LEARNT = 6000  # rated texts used for learning: more add seconds, hardly accuracy

_GOOD_WORDS = """
    good great excellent perfect happy love loved friendly helpful easy quick fast amazing brilliant recommend
    bien bueno buena excelente perfecto perfecta encanta amable rapido rapida facil genial contento contenta
    bom boa otimo otima perfeito perfeita adorei gostei lindo linda feliz antes
"""
_BAD_WORDS = """
    bad terrible awful poor worst late broken rude slow disappointed problem problems damaged angry wrong
    mal malo mala peor tarde roto rota lento lenta problema problemas pesimo pesima decepcionado danado horrible
    ruim pessimo pessima atraso atrasado defeito quebrado decepcionada errado demorou
"""
POSITIVE, NEGATIVE = frozenset(_GOOD_WORDS.split()), frozenset(_BAD_WORDS.split())
NEGATORS = frozenset({"not", "no", "never", "didn", "isn", "wasn", "don", "nothing", "without",
                      "sin", "nunca", "nada", "tampoco", "nao", "sem", "nem"})  # fmt: skip


def tone(texts: pd.Series, ratings: pd.Series, *, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tone of every text, and how well the way of telling it works.

    ratings: the rating given with the text as a share 0–1 of its scale, NaN when none.
    First table, by the index of `texts`: tone (positive | negative | undecided | "" for an empty text), probability of
    a good rating (a text is never judged by a model that has seen it), method (learnt | words). Second table: measure
    (balanced_accuracy, recall_negative, recall_positive, undecided), tidy, and method.
    """
    clean = normal(texts)
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


def clear_tone(told: pd.DataFrame, *, sure: float = 0.8) -> pd.Series:
    """The tone of the texts it is surely told of (probability at least `sure` either way), "" for all others: for quotes.

    told: the first table of `tone`. A quote in the wrong column is worse than one less.
    """
    probability = told["probability"].astype(float)
    clear = (probability >= sure) | (probability <= 1 - sure)
    return told["tone"].where(clear & (told["tone"] != "undecided"), "").astype("str")


def tone_shares(tones: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """Share of each tone for everyone ("all") and by group: columns group, tone, estimate, low, high, n, unit."""
    rows: list[dict[str, object]] = []
    known = tones[tones != ""]
    for group in ["all", *sorted(set(groups) - {""})]:
        inside = known if group == "all" else known[groups[known.index] == group]
        for name in ("positive", "undecided", "negative") if len(inside) else ():
            share, low, high = wilson(int((inside == name).sum()), len(inside))
            rows.append({"group": group, "tone": name, "estimate": share, "low": low, "high": high, "n": len(inside),
                         "unit": "share"})  # fmt: skip
    return tidy(["group", "tone"], rows)


def normal(texts: pd.Series) -> pd.Series:
    """Small letters without accents; punctuation goes, negators stay."""
    lower = texts.fillna("").astype("str").str.lower().str.normalize("NFKD")
    plain = lower.str.encode("ascii", "ignore").str.decode("ascii").astype("str")
    return plain.str.replace(r"[^a-z]+", " ", regex=True).str.strip()


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
        turned = 3 if word in NEGATORS else max(0, turned - 1)
    return 0.5 + 0.5 * float(np.sign(score))


def _quality(table: pd.DataFrame, target: pd.Series) -> pd.DataFrame:
    """Recall of both tones among the decided, their mean with interval (the two limits combined), share undecided."""
    known = target.notna() & (table["tone"] != "")
    decided = known & (table["tone"] != "undecided")
    method = str(table["method"].iloc[0]) if len(table) else "words"
    if not decided.any():
        return tidy(["measure", "method"])
    recalls = []
    for value, name in ((0.0, "negative"), (1.0, "positive")):
        inside = table.loc[decided & (target == value), "tone"]
        recalls.append((*wilson(int((inside == name).sum()), len(inside)), len(inside)))
    estimate, low, high = _mean_of_two(recalls[0][:3], recalls[1][:3])
    undecided = int((known & ~decided).sum())
    named = {
        "balanced_accuracy": (estimate, low, high, int(decided.sum())),
        "recall_negative": recalls[0],
        "recall_positive": recalls[1],
        "undecided": (*wilson(undecided, int(known.sum())), int(known.sum())),
    }
    return tidy(["measure", "method"], [
        {"measure": measure, "method": method, "estimate": row[0], "low": row[1], "high": row[2], "n": row[3],
         "unit": "share"} for measure, row in named.items()])  # fmt: skip


def _mean_of_two(first: tuple[float, ...], second: tuple[float, ...]) -> tuple[float, float, float]:
    """Mean of two independent shares, limits combined as in Newcombe's (1998) method (MOVER)."""
    estimate = (first[0] + second[0]) / 2
    below = float(np.hypot(first[0] - first[1], second[0] - second[1])) / 2
    above = float(np.hypot(first[2] - first[0], second[2] - second[0])) / 2
    return estimate, estimate - below, estimate + above
