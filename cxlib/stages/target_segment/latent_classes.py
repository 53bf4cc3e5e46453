"""Whether what is known of customers in categories falls into classes: latent class analysis, checked like any segments."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from cxlib.stages.target_segment.behaviour import attributes
from cxlib.stages.target_segment.segments import MATERIAL, MINIMUM_N, MINIMUM_SHARE, SAMPLE, STABLE, agreement

Codes = NDArray[np.int64]

MOST_VALUES = 8
KNOWN = 0.9  # share of the customers whose value must be known for an attribute to serve

COLUMNS = ["n_classes", "log_likelihood", "bic", "smallest_share", "estimate", "low", "high", "n", "unit"]
COLUMNS += ["null_estimate", "n_items", "preferred", "natural"]


def latent_classes(customers: pd.DataFrame, *, most: int = 4, replicates: int = 6, seed: int = 0) -> pd.DataFrame:
    """For 1 … `most` latent classes: likelihood, BIC and smallest class; the stability of the one BIC prefers.

    Within a class the items (`items`) are independent; classes explain why they go together (Lazarsfeld & Henry 1968; EM
    by stepmix). preferred: lowest BIC (Schwarz 1978). Natural: BIC prefers more than one class, two fits on two bootstrap
    samples agree by an adjusted Rand index of 0.80, at least 0.20 above that of the same columns shuffled (null_estimate),
    and no class is below one in twenty. Empty below two items or 100 customers for each.
    """
    known = items(customers)
    if known.shape[1] < 2 or len(known) < MINIMUM_N * known.shape[1]:
        return pd.DataFrame(columns=COLUMNS)
    generator = np.random.default_rng(seed)
    codes = np.column_stack([pd.factorize(known[name], sort=True)[0] for name in known]).astype(np.int64)
    rows = codes[generator.choice(len(codes), min(SAMPLE, len(codes)), replace=False)]
    with threadpool_limits(1):
        table = pd.DataFrame([_row(rows, size, seed) for size in range(1, most + 1)])
        best = int(table["n_classes"].iloc[table["bic"].argmin()])
        times = replicates if best > 1 else 0
        real = [agreement(rows, generator, lambda some, seed: _fit(some, best, seed)) for _ in range(times)]
        shuffled = (generator.permuted(rows, axis=0) for _ in range(times))
        null = [agreement(one, generator, lambda some, seed: _fit(some, best, seed)) for one in shuffled]
    table["preferred"] = table["n_classes"] == best
    agreed = [np.mean(real), *np.quantile(real, [0.05, 0.95]), np.mean(null)] if times else [np.nan] * 4
    for name, value in zip(("estimate", "low", "high", "null_estimate"), agreed, strict=True):
        table[name] = np.where(table["preferred"], value, np.nan)
    stable = table["estimate"].ge(STABLE) & (table["estimate"] - table["null_estimate"]).ge(MATERIAL)
    table["natural"] = stable & table["smallest_share"].ge(MINIMUM_SHARE)
    return table.assign(n=len(known), unit="ratio", n_items=known.shape[1])[COLUMNS]


def items(customers: pd.DataFrame) -> pd.DataFrame:
    """The attributes that can serve: 2 to 8 values, at least nine in ten known; only customers who know them all."""
    shown = customers.drop_duplicates("customer_id").set_index("customer_id")[attributes(customers)].astype(str)
    known = shown.where(shown != "")
    usable = known.nunique().between(2, MOST_VALUES) & known.notna().mean().ge(KNOWN)
    return known.loc[:, usable].dropna() if usable.any() else known.iloc[:0, :0]


def _row(rows: Codes, size: int, seed: int) -> dict[str, float]:
    fit = _fit(rows, size, seed, starts=3)
    share = np.bincount(fit.predict(rows), minlength=size).min() / len(rows)
    return {
        "n_classes": size,
        "log_likelihood": float(fit.score(rows) * len(rows)),
        "bic": float(fit.bic(rows)),
        "smallest_share": float(share),
    }


def _fit(rows: Codes, size: int, seed: int, *, starts: int = 1) -> Any:
    """A fitted StepMix; a start that has not converged to the last digit after 300 rounds is good enough here."""
    about = {"n_init": starts, "max_iter": 300, "abs_tol": 1e-7, "random_state": seed, "progress_bar": 0}
    with warnings.catch_warnings():
        for kind in (SyntaxWarning, DeprecationWarning):  # its source has escapes that Python no longer likes
            warnings.simplefilter("ignore", kind)
        from stepmix.stepmix import StepMix

        warnings.simplefilter("ignore", ConvergenceWarning)
        return StepMix(size, measurement="categorical", **about).fit(rows)
