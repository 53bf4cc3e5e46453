"""Segments by behaviour: how many groups are stable, and who belongs to which."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from cxlib.facts import CONFIDENCE
from cxlib.stages.target_segment.behaviour import attributes, scaled

Floats = NDArray[np.float64]
Fit = Callable[[Any, int], Any]

MINIMUM_N = 100  # rows a segment solution needs for each variable it is made of: Dolnicar, Grün & Leisch (2016)
MINIMUM_SHARE = 0.05
STABLE = 0.80  # mean agreement from which a recovery counts as good (Steinley 2004, doi:10.1037/1082-989X.9.3.386)
PAIRS = 3  # pairs of fits for each client without groups: such clients differ, and their spread is part of the test
MATERIAL = 0.20  # how far it must lie above that of a client without groups (policy; see the error rates in the tests)
SAMPLE = 1500
INACTIVE, NO_PURCHASE = "inactive", "no-purchase"
COLLECTED = "rest-of-"  # begins the key of the values of an attribute that are each too rare to stand alone
MOST_VALUES, COVERED = 8, 0.8  # an attribute serves as segments when so few values cover so many customers
KEY_LENGTH = 60

STABILITY_COLUMNS = ["n_segments", "estimate", "low", "high", "n", "unit", "null_estimate", "null_low", "null_high"]
STABILITY_COLUMNS += ["excess", "excess_low", "smallest_share", "natural"]


def stability(features: pd.DataFrame, *, most: int = 6, replicates: int = 15, seed: int = 0) -> pd.DataFrame:
    """For 2 … `most` segments: how well two fits on two bootstrap samples agree, beside a client without groups.

    Agreement is the adjusted Rand index of the two fits' predictions for all rows (Dolnicar & Leisch 2010); k-means on
    at most 1,500 rows. The null is the same with each column permuted and the rank correlations put back (Iman &
    Conover 1982), anew each time: columns permuted freely would call any correlated cloud a pair of groups. The price:
    groups that each column shows by itself partly survive in the null and can be missed.
    estimate, low, high: mean and 5–95 % range of the index; null_ likewise; excess: their difference, excess_low its
    lower limit, in which clients without groups differ from each other (Bonferroni over the sizes). natural: estimate ≥
    0.80, excess ≥ 0.20 and excess_low > 0, every segment ≥ 5 %. Empty below 100 rows for each feature.
    """
    matrix = scaled(features).to_numpy()
    if matrix.shape[1] < 2 or len(matrix) < MINIMUM_N * matrix.shape[1]:
        return pd.DataFrame(columns=STABILITY_COLUMNS)
    generator = np.random.default_rng(seed)
    rows = matrix[generator.choice(len(matrix), min(SAMPLE, len(matrix)), replace=False)]
    sizes = range(2, most + 1)
    with threadpool_limits(1):
        table = pd.DataFrame([_of_size(rows, size, replicates, len(sizes), generator) for size in sizes])
    table = table.assign(n=len(features), unit="ratio")
    agreed = table["estimate"].ge(STABLE) & table["excess"].ge(MATERIAL) & table["excess_low"].gt(0)
    return table.assign(natural=agreed & table["smallest_share"].ge(MINIMUM_SHARE))[STABILITY_COLUMNS]


def choose_n_segments(stability: pd.DataFrame) -> int:
    """The natural number of segments that is most stable; 0 when no number is natural."""
    natural = stability[stability["natural"].astype(bool)]
    return 0 if natural.empty else int(natural.sort_values("estimate")["n_segments"].iloc[-1])


def members(features: pd.DataFrame, customers: pd.DataFrame, *, n_segments: int, seed: int = 0) -> pd.DataFrame:
    """customer_id and segment of everybody; those without any behaviour are `inactive`.

    n_segments 0: no natural segments, so some are constructed: quarters of spending (purchases × basket) and those who
    never bought, or, of a client
    without purchases, the values of the attribute that explains most of what its customers say. Empty when neither is.
    A segment's key says what distinguishes it, e.g. high-basket__high-contacts, so that it survives a rerun.
    """
    everybody = pd.DataFrame({"customer_id": customers["customer_id"].unique()})
    named = pd.Series(dtype="str")
    if len(features) >= MINIMUM_N and features.shape[1] >= 2:
        if n_segments:
            named = _grouped(features, n_segments, seed)
        else:
            spending = {"n_purchases", "basket_money"} <= set(features)
            named = _quarters(features) if spending else _by_value(features, customers)
    if named.empty:
        return everybody.assign(segment=INACTIVE).iloc[:0]
    return everybody.assign(segment=everybody["customer_id"].map(named).fillna(INACTIVE).astype("str"))


def with_ground(members: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """The members with by_outcome: the segments were cut by what customers bought or did, an outcome of the funnel.

    What they said, and what is known of them from the start (an attribute), is none.
    """
    said = all(str(name).endswith("_score") or name == "n_touchpoints" for name in features.columns.drop("customer_id"))
    return members.assign(by_outcome=not said and not members["segment"].str.startswith("is-").any())


def agreement(rows: Any, generator: np.random.Generator, fit: Fit) -> float:
    """Adjusted Rand index of two fits on two bootstrap samples, as they place all rows; fit(rows, seed): a fitted model."""
    fits = [fit(rows[generator.integers(0, len(rows), len(rows))], int(generator.integers(2**31))) for _ in range(2)]
    return float(adjusted_rand_score(fits[0].predict(rows), fits[1].predict(rows)))


def without_groups(rows: Floats, generator: np.random.Generator) -> Floats:
    """The same columns and rank correlations without any other structure: permuted, then re-ordered by normal scores."""
    n, width = rows.shape
    jitter = generator.permutation(n)
    ranks = np.column_stack([np.argsort(np.lexsort((jitter, column))) for column in rows.T])
    correlation = np.corrcoef(ndtri((ranks + 0.5) / n).T)
    drawn = generator.normal(size=(n, width)) @ np.linalg.cholesky(correlation + 1e-8 * np.eye(width)).T
    return np.column_stack([np.sort(rows[:, j])[np.argsort(np.argsort(drawn[:, j]))] for j in range(width)])


def _of_size(rows: Floats, size: int, replicates: int, n_sizes: int, generator: np.random.Generator) -> dict[str, Any]:
    """One row of `stability`: the agreement of this client, that of clients without groups, and their difference."""

    def pairs(of: Floats, count: int) -> list[float]:
        return [agreement(of, generator, lambda some, seed: _kmeans(some, size, seed)) for _ in range(count)]

    real = np.array(pairs(rows, replicates))
    null = np.array([pairs(without_groups(rows, generator), PAIRS) for _ in range(replicates)])
    smallest = np.bincount(_kmeans(rows, size, int(generator.integers(2**31))).labels_, minlength=size).min()
    excess, excess_low = _excess(real, null, (1 - CONFIDENCE) / n_sizes)
    told = {"n_segments": size, "excess": excess, "excess_low": excess_low, "smallest_share": smallest / len(rows)}
    return told | _range(real, "") | _range(null, "null_")


def _kmeans(rows: Floats, size: int, seed: int) -> KMeans:
    return KMeans(size, n_init=3, max_iter=100, random_state=seed).fit(rows)


def _range(values: Floats, prefix: str) -> dict[str, float]:
    low, high = np.quantile(values, [0.05, 0.95])
    return {f"{prefix}estimate": float(values.mean()), f"{prefix}low": float(low), f"{prefix}high": float(high)}


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


def _grouped(features: pd.DataFrame, n_segments: int, seed: int) -> pd.Series[str]:
    """The key of everybody's k-means group."""
    rows = scaled(features)
    with threadpool_limits(1):
        label = KMeans(n_segments, n_init=10, random_state=seed).fit(rows.to_numpy()).labels_
    return pd.Series(label, index=rows.index).map(_keys(rows, label))


def _quarters(features: pd.DataFrame) -> pd.Series[str]:
    """Four groups of equal size by spending, from the most to the least; who never bought is a group apart."""
    spending: pd.Series[float] = features["n_purchases"] * features["basket_money"]
    quarter = np.ceil(4 * spending.rank(method="first", ascending=False, pct=True))
    keys = [NO_PURCHASE if number != number else f"value-quarter-{int(number)}" for number in quarter]
    return pd.Series(keys, index=features["customer_id"])


def _by_value(features: pd.DataFrame, customers: pd.DataFrame) -> pd.Series[str]:
    """Groups by the values of one attribute: two to eight, each one in twenty of the customers or more; the rest is one.

    Of the attributes that cover four in five customers, the one that explains most of their mean score (η²).
    """
    score = scaled(features).mean(axis=1)
    known = customers.set_index("customer_id").reindex(score.index)
    best, groups = 0.0, pd.Series(dtype="str")
    for attribute in attributes(customers):
        values = known[attribute].astype(str)
        share = values[values != ""].value_counts() / max(len(values), 1)
        large = share[share >= MINIMUM_SHARE]
        named = values[values != ""]
        if not 2 <= len(large) <= MOST_VALUES or large.sum() < COVERED:
            continue
        keys = {value: key for key, value in value_keys(attribute, large.index).items()}
        inside = named.map(keys).fillna(f"{COLLECTED}{attribute}")
        explained = float(score[inside.index].groupby(inside).transform("mean").var() / score[inside.index].var())
        if explained > best:
            best, groups = explained, inside
    return groups


def value_keys(attribute: str, values: Iterable[object]) -> dict[str, str]:
    """Key of the segment of each value of an attribute → the value as it is spelled; two values never share a key."""
    keys: dict[str, str] = {}
    for value in sorted(map(str, values)):
        letters = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
        slug = re.sub(r"[^A-Za-z0-9]+", "-", letters).strip("-")[:30] or "value"
        free = (f"is-{attribute}__{slug}{end}" for end in ("", *(f"-{number}" for number in range(2, 99))))
        keys[next(key for key in free if key not in keys)] = value
    return keys


def _keys(rows: pd.DataFrame, label: NDArray[np.int_]) -> dict[int, str]:
    """Label → key: the two features in which a segment lies furthest from everybody, e.g. high-basket__high-contacts.

    More than two where another segment has that key already; in the order of the columns, so that a near tie changes
    nothing.
    """
    order = [str(name) for name in rows]
    keys: dict[int, str] = {}
    for segment, centre in rows.groupby(label).mean().iterrows():
        furthest = [str(name) for name in centre.abs().sort_values(ascending=False).index]
        words = {name: f"{'high' if centre[name] > 0 else 'low'}-{_stem(name)}" for name in furthest}
        tried = (sorted(furthest[:length], key=order.index) for length in range(2, len(furthest) + 1))
        found = ("__".join(words[name] for name in names)[:KEY_LENGTH] for names in tried)
        free = (key for key in found if key not in keys.values())
        keys[int(str(segment))] = next(free, f"segment-{len(keys) + 1}")
    return keys


def _stem(feature: str) -> str:
    return feature.removeprefix("n_").rpartition("_")[0] or feature.removeprefix("n_")
