"""Do those who read the same texts see the same in them? Krippendorff's α, and the codebook against a person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.engagement.tables.listed import listed
from cxlib.facts import CONFIDENCE
from cxlib.statistics.intervals import percentile, tidy

STANDINGS = {0.80: "firm", 0.667: "tentative"}  # by the lower limit of α: Krippendorff (2004); below: weak
LEAST_TEXTS = 100  # read by a person, drawn at random: below, α of a rare theme hangs on a few texts
DRAWS = 500
UNSEEN = 0.5  # texts counted more in each cell: an error not seen in n texts is not impossible


class _Readings(NamedTuple):
    """What the codebook and what the person says of each text (0/1)."""

    book: np.ndarray
    person: np.ndarray


class _Coded(NamedTuple):
    """A sample of texts read by a person: which texts, and both readings of every theme that the person ever gave."""

    read: np.ndarray
    pairs: dict[str, _Readings]


def alpha(book: np.ndarray, person: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Krippendorff's α of two readers who say yes or no (0/1) of each text: 1 = agreement, 0 = chance.

    weights: draws × texts, how often each text counts in each draw (each once when not given); one α a draw, NaN where
    nothing varies. α = 1 − D_observed/D_expected; of two readers who read everything, α = 1 − (2n − 1)·d/(n₀·n₁), with
    d texts told differently and n₁ of the 2n readings yes. Source: Krippendorff (2011), Computing Krippendorff's
    alpha-reliability.
    """
    drawn = np.ones((1, len(book))) if weights is None else weights
    total, yes = 2 * drawn.sum(axis=1), drawn @ (book + person)
    apart, expected = drawn @ (book != person), yes * (total - yes)
    return np.asarray(1 - (total - 1) * apart / np.where(expected > 0, expected, np.nan))


def codebook_agreement(found: pd.DataFrame, coded: pd.Series, *, seed: int = 0) -> pd.DataFrame:
    """How far the codebook reads a text as a person did, per theme and over all ("all"), lowest first, "all" on top.

    found: boolean, a column per theme; coded: the themes a person gave a text, separated by ";" ("" or blank: not
    read). Only themes the person ever gave. estimate: α (nominal) with the percentile interval over texts; n: texts
    read; standing: firm (lower limit ≥ 0.80) | tentative (≥ 0.667) | weak | cannot tell (fewer than 100 texts, or
    nothing varies). Columns theme, estimate, low, high, n, unit, standing; empty when nobody coded.
    """
    read, pairs = _coded(found, coded)
    if not pairs:
        return tidy(["theme"]).assign(standing=[])
    generator, n = np.random.default_rng(seed), int(read.sum())
    counts = np.stack([np.bincount(generator.integers(0, n, n), minlength=n) for _draw in range(DRAWS)]).astype(float)
    every = _Readings(*(np.concatenate(side) for side in zip(*pairs.values(), strict=True)))
    whole = _row("all", every, np.tile(counts, len(pairs)), n)
    single = pd.DataFrame([_row(theme, pair, counts, n) for theme, pair in pairs.items()])
    lowest = single.sort_values("estimate", key=lambda value: value.fillna(0.0), kind="stable")
    return pd.concat([pd.DataFrame([whole]), lowest], ignore_index=True)


def corrected_shares(found: pd.DataFrame, coded: pd.Series) -> pd.DataFrame:
    """Share of texts that speak of each theme, corrected for what the codebook misses and what it sees too much.

    found, coded: as in `codebook_agreement`; the texts a person read must be drawn at random. Only themes the person
    ever gave. Columns theme, estimate, low, high (`corrected_share`), n (texts read by a person), unit, counted_share
    (by the codebook alone, over all texts), verdict: real (counted_share outside the interval) | not shown | cannot
    tell (fewer than 100 texts read). Empty when nobody coded.
    """
    read, pairs = _coded(found, coded)
    if not pairs:
        return tidy(["theme"]).assign(counted_share=[], verdict=[])
    rows: list[dict[str, object]] = []
    for theme, (book, person) in pairs.items():
        rest = found.loc[~read, theme].to_numpy(bool)
        table = np.histogram2d(book, person, bins=[[-0.5, 0.5, 1.5]] * 2)[0]
        share, low, high = corrected_share(table, (float(rest.sum()), float(len(rest))))
        counted = float(found[theme].mean())
        held = "not shown" if low <= counted <= high else "real"
        told = held if len(book) >= LEAST_TEXTS else "cannot tell"
        row = {"theme": theme, "estimate": share, "low": low, "high": high, "n": len(book), "unit": "share"}
        rows.append(row | {"counted_share": counted, "verdict": told})
    return tidy(["theme"], rows)


def corrected_share(read: np.ndarray, rest: tuple[float, float]) -> tuple[float, float, float]:
    """A share from few texts read by a person and many read by a codebook: (estimate, low, high); NaN below two read.

    read: counts, codebook (no, yes) × person (no, yes); rest: texts the codebook found, of the texts nobody read.
    $\\hat\\theta = \\bar y - \\lambda(\\bar f - \\bar f_{rest})$, y the person's and f the codebook's reading,
    $\\lambda = cov(y, f) / ((1 + n/N) var f)$: the codebook helps as far as it agrees, and its errors cancel
    (prediction-powered inference; Angelopoulos et al. 2023, Science 382, 669; λ: Angelopoulos, Duchi & Zrnic 2023). The
    variance counts half a text more in each cell, so that an error not seen in n texts is not taken for impossible; t
    with n − 1.
    """
    n, (hits, others) = float(read.sum()), rest
    if n < 2:
        return (float("nan"),) * 3
    cells = (read + UNSEEN) / (n + 4 * UNSEEN)
    person, book = cells[:, 1].sum(), cells[1].sum()
    shared = cells[1, 1] - person * book
    weight = float(np.clip(shared / (book * (1 - book) * (1 + n / others)), 0, 1)) if others else 0.0
    estimate = read[:, 1].sum() / n - weight * (read[1].sum() / n - hits / others if others else 0.0)
    kept = person * (1 - person) - 2 * weight * shared + weight**2 * book * (1 - book)
    error = np.sqrt(kept / n + (weight**2 * book * (1 - book) / others if others else 0.0))
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1) * error)
    return float(np.clip(estimate, 0, 1)), max(0.0, float(estimate - half)), min(1.0, float(estimate + half))


def _coded(found: pd.DataFrame, coded: pd.Series) -> _Coded:
    """The texts a person read, and both readings of every theme that the person ever gave."""
    read = coded.astype("str").where(coded.notna(), "").str.strip().ne("").to_numpy()
    given = [set(listed(cell)) for cell in coded[read]]
    pairs = {}
    for theme in found.columns:
        person = np.array([theme in some for some in given], dtype=float)
        if person.any():
            pairs[str(theme)] = _Readings(found.loc[read, theme].to_numpy(float), person)
    return _Coded(read, pairs)


def _row(theme: str, pair: _Readings, counts: np.ndarray, n: int) -> dict[str, object]:
    """One theme: α, its interval over the drawn texts, and how far it carries."""
    value = float(alpha(pair.book, pair.person)[0])
    low, high = (float(limit) for limit in percentile(alpha(pair.book, pair.person, counts)))
    known = n >= LEAST_TEXTS and not np.isnan(value)
    reached = [word for least, word in STANDINGS.items() if low >= least]
    standing = [*reached, "weak"][0] if known else "cannot tell"
    return {
        "theme": theme,
        "estimate": value,
        "low": low,
        "high": high,
        "n": n,
        "unit": "ratio",
        "standing": standing,
    }
