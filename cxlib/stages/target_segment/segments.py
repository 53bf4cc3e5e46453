"""Segments by behaviour: features, how many groups are stable, who belongs to which, and what tells them apart."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]

LOGGED = ("recency_days", "n_purchases", "basket_money", "n_contacts")
PRIOR_CONTACTS = 5  # a channel share is drawn towards everybody's as if by five more contacts
MINIMUM_N = 100  # rows a segment solution needs for each variable it is made of: Dolnicar, Grün & Leisch (2016)
MINIMUM_SHARE = 0.05
STABLE = 0.80  # mean agreement from which a recovery counts as good (Steinley 2004, doi:10.1037/1082-989X.9.3.386)
PAIRS = 3  # pairs of fits for each client without groups: such clients differ, and their spread is part of the test
MATERIAL = 0.20  # how far it must lie above that of a client without groups (policy; see the error rates in the tests)
SAMPLE = 1500
INACTIVE, OTHER = "inactive", "other"
MOST_VALUES, COVERED = 8, 0.8  # an attribute serves as segments when so few values cover so many customers

STABILITY_COLUMNS = [
    "n_segments",
    "estimate",
    "low",
    "high",
    "n",
    "unit",
    "null_estimate",
    "null_low",
    "null_high",
    "excess",
    "excess_low",
    "smallest_share",
    "natural",
]


def features(
    customers: pd.DataFrame,
    interactions: pd.DataFrame,
    transactions: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """What customers do (`behaviour`); of a client without purchases and contacts, what they said (`answers`)."""
    done = behaviour(customers, interactions, transactions, as_of=as_of)
    if len(done) and len(done.columns) > 2:
        return done
    known = answers(responses)
    return known[known["customer_id"].isin(customers["customer_id"])].reset_index(drop=True)


def attributes(customers: pd.DataFrame) -> list[str]:
    """The text columns that describe a customer; its key, its dates and its language are none."""
    left_out = ("customer_id", "since_on", "left_on", "lang")
    return [str(name) for name in customers.columns if name not in left_out]


def behaviour(
    customers: pd.DataFrame, interactions: pd.DataFrame, transactions: pd.DataFrame, *, as_of: pd.Timestamp
) -> pd.DataFrame:
    """One row per customer who bought or was met: recency, frequency, value and where the contacts took place.

    recency_days since the last purchase (non-buyers: since the ledger began), n_purchases, basket_money (mean revenue
    of a purchase; non-buyers: the median), n_contacts, and <channel>_share of the contacts, drawn towards everybody's
    share by five contacts so that one visit is no habit. Columns that cannot vary or have no data are left out.
    """
    people = pd.Index(customers["customer_id"].unique(), name="customer_id")
    table = pd.DataFrame(index=people)
    bought = transactions[transactions["revenue"] > 0]
    if len(bought):
        each = bought.groupby("customer_id")
        span = max((as_of - transactions["at"].min()).days, 1)
        table["recency_days"] = (as_of - each["at"].max()).dt.days.clip(lower=0).reindex(people).fillna(span)
        table["n_purchases"] = each.size().reindex(people).fillna(0)
        basket = each["revenue"].mean().reindex(people)
        table["basket_money"] = basket.fillna(basket.median())
    if len(interactions):
        counts = pd.crosstab(interactions["customer_id"], interactions["channel"]).reindex(people).fillna(0)
        table["n_contacts"] = counts.sum(axis=1)
        named = counts.loc[:, [str(channel).strip() != "" for channel in counts.columns]]
        usual = named.sum() / max(named.to_numpy().sum(), 1)
        drawn = named.add(PRIOR_CONTACTS * usual).div(named.sum(axis=1) + PRIOR_CONTACTS, axis=0)
        table = table.join(drawn.add_suffix("_share")) if len(named.columns) > 1 else table
    seen = table.reindex(columns=["n_purchases", "n_contacts"]).fillna(0).sum(axis=1) > 0
    return _varying(table[seen]).reset_index()


def answers(responses: pd.DataFrame) -> pd.DataFrame:
    """One row per respondent, for a client without purchases or contacts: what they said, and how much they met.

    <question>_score: mean answer (blank: the median); n_touchpoints rated, that is, used.
    """
    if responses.empty:
        return pd.DataFrame({"customer_id": pd.Series(dtype="str")})
    table = responses.pivot_table(index="respondent_id", columns="question", values="score", aggfunc="mean")
    table = table.loc[:, table.notna().mean() >= 0.5].add_suffix("_score")
    rated = responses[responses["touchpoint"].astype(str) != ""]
    table["n_touchpoints"] = rated.groupby("respondent_id")["touchpoint"].nunique().reindex(table.index).fillna(0)
    table = table.fillna(table.median())
    return _varying(table).rename_axis("customer_id").reset_index()


def stability(
    features: pd.DataFrame, *, most: int = 6, replicates: int = 15, seed: int = 0, confidence: float = 0.95
) -> pd.DataFrame:
    """For 2 … `most` segments: how well two fits on two bootstrap samples agree, beside a client without groups.

    Agreement is the adjusted Rand index of the two fits' predictions for all rows (Dolnicar & Leisch 2010); k-means on
    at most 1,500 rows. The null is the same with each column permuted and the rank correlations put back (Iman &
    Conover 1982), anew each time: columns permuted freely would call any correlated cloud a pair of groups. The price:
    groups that each column shows by itself partly survive in the null and can be missed.
    estimate, low, high: mean and 5–95 % range of the index; null_ likewise; excess: their difference, excess_low its
    lower limit, in which clients without groups differ from each other (Bonferroni over the sizes). natural: estimate ≥
    0.80, excess ≥ 0.20 and excess_low > 0, every segment ≥ 5 %. Empty below 100 rows for each feature.
    """
    matrix = scaled(features)
    if matrix.shape[1] < 2 or len(matrix) < MINIMUM_N * matrix.shape[1]:
        return pd.DataFrame(columns=STABILITY_COLUMNS)
    generator = np.random.default_rng(seed)
    rows = matrix[generator.choice(len(matrix), min(SAMPLE, len(matrix)), replace=False)]
    sizes, table = range(2, most + 1), []
    with threadpool_limits(1):
        for size in sizes:
            real = np.array([_agreement(rows, size, generator) for _ in range(replicates)])
            null = np.array([_of_one(without_groups(rows, generator), size, generator) for _ in range(replicates)])
            smallest = np.bincount(_fit(rows, size, generator).labels_, minlength=size).min() / len(rows)
            tail = (1 - confidence) / len(sizes)
            table.append(
                [
                    size,
                    *_spread(real),
                    len(features),
                    "ratio",
                    *_spread(null.ravel()),
                    *_excess(real, null, tail),
                    smallest,
                ]
            )
    found = pd.DataFrame(table, columns=STABILITY_COLUMNS[:-1])
    found["natural"] = (
        found["estimate"].ge(STABLE)
        & found["excess"].ge(MATERIAL)
        & found["excess_low"].gt(0)
        & found["smallest_share"].ge(MINIMUM_SHARE)
    )
    return found


def choose_n_segments(stability: pd.DataFrame) -> int:
    """The natural number of segments that is most stable; 0 when no number is natural."""
    natural = stability[stability["natural"].astype(bool)]
    return 0 if natural.empty else int(natural.sort_values("estimate")["n_segments"].iloc[-1])


def members(features: pd.DataFrame, customers: pd.DataFrame, *, n_segments: int, seed: int = 0) -> pd.DataFrame:
    """customer_id and segment of everybody; those without any behaviour are `inactive`.

    n_segments 0: no natural segments, so some are constructed: quarters of spending (purchases × basket), or, of a client
    without purchases, the values of the attribute that explains most of what its customers say. Empty when neither is.
    A segment's key says what distinguishes it, e.g. high-basket__high-contacts, so that it survives a rerun.
    """
    everybody = pd.DataFrame({"customer_id": customers["customer_id"].unique()})
    if len(features) < MINIMUM_N or features.shape[1] < 2:
        return everybody.assign(segment=INACTIVE).iloc[:0]
    if n_segments:
        with threadpool_limits(1):
            label = KMeans(n_segments, n_init=10, random_state=seed).fit(scaled(features)).labels_
        named = pd.Series(label, index=features["customer_id"]).map(_keys(features, label))
    else:
        named = (
            _quarters(features) if {"n_purchases", "basket_money"} <= set(features) else _by_value(features, customers)
        )
        if named.empty:
            return everybody.assign(segment=INACTIVE).iloc[:0]
    everybody["segment"] = everybody["customer_id"].map(named).fillna(INACTIVE).astype("str")
    return everybody


def scaled(features: pd.DataFrame) -> Floats:
    """The features as k-means sees them: logged counts and money, standard scores within ±3, two blocks of equal weight.

    What customers do and where they do it are a block each, divided by the root of its first eigenvalue so that
    neither rules by its number of columns (multiple factor analysis, Escofier & Pagès 1994).
    """
    values = features.drop(columns="customer_id").astype(float)
    for name in LOGGED:
        if name in values:
            values[name] = np.log1p(values[name])
    scores = ((values - values.mean()) / values.std(ddof=0).replace(0, 1)).clip(-3, 3)
    where = [name for name in _names(features) if name.endswith("_share")]
    varied = [name for name in _names(features) if scores[name].any()]
    for block in ([name for name in varied if name in where], [name for name in varied if name not in where]):
        if len(block) > 1 and len(scores) > 1:
            first = np.linalg.eigvalsh(np.corrcoef(scores[block].to_numpy().T))[-1]
            scores[block] /= np.sqrt(first)
    return scores.to_numpy()


def without_groups(rows: Floats, generator: np.random.Generator) -> Floats:
    """The same columns and rank correlations without any other structure: permuted, then re-ordered by normal scores."""
    n, width = rows.shape
    jitter = generator.permutation(n)
    ranks = np.column_stack([np.argsort(np.lexsort((jitter, column))) for column in rows.T])
    correlation = np.corrcoef(ndtri((ranks + 0.5) / n).T)
    drawn = generator.normal(size=(n, width)) @ np.linalg.cholesky(correlation + 1e-8 * np.eye(width)).T
    return np.column_stack([np.sort(rows[:, j])[np.argsort(np.argsort(drawn[:, j]))] for j in range(width)])


def _fit(rows: Floats, size: int, generator: np.random.Generator) -> KMeans:
    return KMeans(size, n_init=3, max_iter=100, random_state=int(generator.integers(2**31))).fit(rows)


def _agreement(rows: Floats, size: int, generator: np.random.Generator) -> float:
    one, other = (_fit(rows[generator.integers(0, len(rows), len(rows))], size, generator) for _ in range(2))
    return float(adjusted_rand_score(one.predict(rows), other.predict(rows)))


def _spread(values: Floats) -> tuple[float, float, float]:
    return float(values.mean()), float(np.quantile(values, 0.05)), float(np.quantile(values, 0.95))


def _of_one(rows: Floats, size: int, generator: np.random.Generator) -> list[float]:
    return [_agreement(rows, size, generator) for _ in range(PAIRS)]


def _excess(real: Floats, null: Floats, tail: float) -> tuple[float, float]:
    """Mean difference and its lower limit: this client is one draw, the clients without groups (rows of null) are many.

    Its variance: the noise of the client's own pairs, the spread between clients without groups (one-way analysis of
    variance, never below zero) and the error of their mean.
    """
    difference = float(real.mean() - null.mean())
    of_means = float(null.mean(axis=1).var(ddof=1))
    between = max(0.0, of_means - float(null.var(axis=1, ddof=1).mean()) / null.shape[1])
    error = np.sqrt(real.var(ddof=1) / len(real) + between + of_means / len(null))
    return difference, difference - float(stdtrit(len(null) - 1, 1 - tail)) * float(error)


def _varying(table: pd.DataFrame) -> pd.DataFrame:
    return table.loc[:, table.nunique() > 1]


def _quarters(features: pd.DataFrame) -> pd.Series[str]:
    """Four groups of equal size by spending, from the most to the least."""
    spending: pd.Series[float] = features["n_purchases"] * features["basket_money"]
    quarter = np.ceil(4 * spending.rank(method="first", ascending=False, pct=True)).astype(int)
    return pd.Series([f"value-quarter-{number}" for number in quarter], index=features["customer_id"])


def _by_value(features: pd.DataFrame, customers: pd.DataFrame) -> pd.Series[str]:
    """Groups by the values of one attribute: two to eight, each one in twenty of the customers or more, the rest `other`.

    Of the attributes that cover four in five customers, the one that explains most of their mean score (η²).
    """
    known = customers.set_index("customer_id").reindex(features["customer_id"])
    score = pd.Series(scaled(features).mean(axis=1), index=known.index)
    best, groups = 0.0, pd.Series(dtype="str")
    for attribute in attributes(customers):
        values = known[attribute].astype(str)
        share = values[values != ""].value_counts() / max(len(values), 1)
        large = share[share >= MINIMUM_SHARE]
        inside = values[values != ""].where(values.isin(large.index), OTHER)
        if not 2 <= len(large) <= MOST_VALUES or large.sum() < COVERED:
            continue
        explained = float(score[inside.index].groupby(inside).transform("mean").var() / score[inside.index].var())
        if explained > best:
            best, groups = explained, inside.map(lambda value, name=attribute: f"is-{name}__{_slug(value)}")
    return groups


def _slug(value: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", value).strip("-")[:30] or "other"


def _keys(features: pd.DataFrame, label: NDArray[np.int_]) -> dict[int, str]:
    """Label → key: the two features in which a segment lies furthest from everybody, e.g. high-basket__high-contacts."""
    scores = pd.DataFrame(scaled(features), columns=_names(features))
    centres = scores.groupby(label).mean()
    keys: dict[int, str] = {}
    for segment, centre in centres.iterrows():
        ordered = [str(name) for name in centre.abs().sort_values(ascending=False).index]
        words = {name: f"{'high' if centre[name] > 0 else 'low'}-{_stem(name)}" for name in ordered}
        keys[int(str(segment))] = _unused(words, set(keys.values()), _names(features))
    return keys


def _names(features: pd.DataFrame) -> list[str]:
    return [str(name) for name in features.columns if name != "customer_id"]


def _stem(feature: str) -> str:
    return feature.removeprefix("n_").rpartition("_")[0] or feature.removeprefix("n_")


def _unused(words: dict[str, str], taken: set[str], order: list[str]) -> str:
    """The first two words, more where they are taken; in the order of the columns, so that a near tie changes nothing."""
    for length in range(2, len(words) + 1):
        key = "__".join(words[name] for name in sorted(list(words)[:length], key=order.index))[:60]
        if key not in taken:
            return key
    return f"segment-{len(taken) + 1}"
