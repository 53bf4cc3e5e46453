"""Whether what is known of customers in categories falls into classes: latent class analysis, checked like any segments."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

Codes = NDArray[np.int64]

MOST_VALUES = 8
KNOWN = 0.9  # share of the customers whose value must be known for an attribute to serve
MINIMUM_N = 100  # customers for each item (Dolnicar, Grün & Leisch 2016)
MINIMUM_SHARE = 0.05
STABLE = 0.80  # agreement of two fits that counts as good (Steinley 2004)
MATERIAL = 0.20  # how far it must lie above that of independent columns
SAMPLE = 1500

COLUMNS = [
    "n_classes",
    "log_likelihood",
    "bic",
    "smallest_share",
    "estimate",
    "low",
    "high",
    "n",
    "unit",
    "null_estimate",
    "natural",
]


def items(customers: pd.DataFrame, *, columns: list[str]) -> pd.DataFrame:
    """The attributes that can serve: 2 to 8 values, at least nine in ten known; only customers who know them all."""
    shown = customers.drop_duplicates("customer_id").set_index("customer_id")[columns].astype(str)
    known = shown != ""
    usable = [
        name
        for name in columns
        if 2 <= shown.loc[known[name], name].nunique() <= MOST_VALUES and known[name].mean() >= KNOWN
    ]
    kept = shown[usable]
    return kept[(kept != "").all(axis=1)] if usable else kept.iloc[:0]


def latent_classes(items: pd.DataFrame, *, most: int = 4, replicates: int = 6, seed: int = 0) -> pd.DataFrame:
    """For 1 … `most` latent classes: likelihood, BIC and smallest class; the stability of the one BIC prefers.

    Within a class the items are independent; classes explain why they go together (Lazarsfeld & Henry 1968; EM by
    stepmix). Natural: BIC (Schwarz 1978) prefers more than one class, two fits on two bootstrap samples agree by an
    adjusted Rand index of 0.80, at least 0.20 above that of the same columns shuffled (null_estimate), and no class is
    below one in twenty. Empty below two items or 100 customers for each.
    """
    if items.shape[1] < 2 or len(items) < MINIMUM_N * items.shape[1]:
        return pd.DataFrame(columns=COLUMNS)
    generator = np.random.default_rng(seed)
    codes = np.column_stack([pd.factorize(items[name], sort=True)[0] for name in items]).astype(np.int64)
    rows = codes[generator.choice(len(codes), min(SAMPLE, len(codes)), replace=False)]
    with threadpool_limits(1):
        table = pd.DataFrame([_row(rows, size, seed) for size in range(1, most + 1)], columns=COLUMNS[:4])
        best = 1 + int(table["bic"].to_numpy().argmin())
        real = [_agreement(rows, best, generator) for _ in range(replicates)] if best > 1 else [np.nan]
        null = (
            [_agreement(generator.permuted(rows, axis=0), best, generator) for _ in range(replicates)]
            if best > 1
            else [np.nan]
        )
    chosen = table["n_classes"] == best
    table["estimate"] = np.where(chosen, np.mean(real), np.nan)
    table["low"], table["high"] = (np.where(chosen, np.quantile(real, share), np.nan) for share in (0.05, 0.95))
    table["n"], table["unit"] = len(items), "ratio"
    table["null_estimate"] = np.where(chosen, np.mean(null), np.nan)
    agreed = table["estimate"].ge(STABLE) & (table["estimate"] - table["null_estimate"]).ge(MATERIAL)
    return table.assign(natural=agreed & table["smallest_share"].ge(MINIMUM_SHARE) & (table["n_classes"] > 1))


def class_profile(items: pd.DataFrame, *, n_classes: int, seed: int = 0) -> pd.DataFrame:
    """What the classes are made of: the share of each value in each class, beside everybody's.

    Columns: segment (class-1 is the largest), attribute, value, estimate, n (expected members), unit, everybody.
    """
    codes = np.column_stack([pd.factorize(items[name], sort=True)[0] for name in items]).astype(np.int64)
    shares = _fit(codes, n_classes, seed, starts=5).predict_proba(codes)
    order = np.argsort(-shares.sum(axis=0))
    rows: list[list[object]] = []
    for place, column in enumerate(order):
        weight = shares[:, column]
        for name in items:
            for value in sorted(items[name].unique()):
                inside = items[name].eq(value).to_numpy(bool)
                rows.append(
                    [
                        f"class-{place + 1}",
                        name,
                        value,
                        weight[inside].sum() / weight.sum(),
                        weight.sum(),
                        "share",
                        inside.mean(),
                    ]
                )
    return pd.DataFrame(rows, columns=["segment", "attribute", "value", "estimate", "n", "unit", "everybody"])


def _row(rows: Codes, size: int, seed: int) -> list[float]:
    fit = _fit(rows, size, seed, starts=3)
    share = np.bincount(fit.predict(rows), minlength=size).min() / len(rows)
    return [size, float(fit.score(rows) * len(rows)), float(fit.bic(rows)), float(share)]


def _fit(rows: Codes, size: int, seed: int, *, starts: int = 1) -> Any:
    """A fitted StepMix; a start that has not converged to the last digit after 300 rounds is good enough here."""
    with warnings.catch_warnings():
        for kind in (SyntaxWarning, DeprecationWarning):  # its source has escapes that Python no longer likes
            warnings.simplefilter("ignore", kind)
        from stepmix.stepmix import StepMix

        warnings.simplefilter("ignore", ConvergenceWarning)
        model = StepMix(
            size,
            measurement="categorical",
            n_init=starts,
            max_iter=300,
            abs_tol=1e-7,
            random_state=seed,
            progress_bar=0,
        )
        return model.fit(rows)


def _agreement(rows: Codes, size: int, generator: np.random.Generator) -> float:
    """Adjusted Rand index of two fits on two bootstrap samples, as they place all rows."""
    fits = [
        _fit(rows[generator.integers(0, len(rows), len(rows))], size, int(generator.integers(2**31))) for _ in range(2)
    ]
    return float(adjusted_rand_score(fits[0].predict(rows), fits[1].predict(rows)))
