"""Do those who read the same texts see the same in them? Krippendorff's α, and the codebook against a person."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import percentile, tidy

FIRM, TENTATIVE = 0.80, 0.667  # Krippendorff (2004): conclusions from 0.80 on, tentative ones from 0.667 on
LEAST_TEXTS = 100  # read by a person, drawn at random: below, α of a rare theme hangs on a few texts
DRAWS = 500


def alpha(values: np.ndarray, *, level: str = "nominal", weight: np.ndarray | None = None) -> float:
    """Krippendorff's α of raters × units (NaN: not rated): 1 = agreement, 0 = chance. level: nominal | ordinal | interval.

    α = 1 − D_observed/D_expected over the pairs within a unit, each unit weighing by 1/(raters − 1); units with fewer
    than two ratings are left out. weight: how often each unit counts (for a bootstrap). NaN when nothing varies.
    Source: Krippendorff (2011), Computing Krippendorff's alpha-reliability.
    """
    table = np.asarray(values, dtype=float)
    found = np.unique(table[~np.isnan(table)])
    if not len(found):
        return float("nan")
    counts = np.stack([(table == value).sum(axis=0) for value in found], axis=1).astype(float)  # units × values
    rated = counts.sum(axis=1)
    kept = rated >= 2
    each = (np.ones(len(rated)) if weight is None else weight)[kept] / np.maximum(rated[kept] - 1, 1)
    inside = counts[kept]
    coincidence = (inside * each[:, None]).T @ inside - np.diag(each @ inside)
    total = coincidence.sum(axis=1)
    distance = _distance(found, total, level)
    expected = float((np.outer(total, total) * distance).sum())
    if not expected > 0:
        return float("nan")
    return 1 - (float(total.sum()) - 1) * float((coincidence * distance).sum()) / expected


def codebook_agreement(found: pd.DataFrame, coded: pd.Series, *, seed: int = 0) -> pd.DataFrame:
    """How far the codebook reads a text as a person did, per theme and over all ("all"), lowest first, "all" on top.

    found: boolean, a column per theme; coded: the themes a person gave a text, separated by ";" ("" or blank: not read).
    Only themes the person ever gave. estimate: α (nominal) with the percentile interval over texts; n: texts read;
    standing: firm (lower limit ≥ 0.80) | tentative (≥ 0.667) | weak | cannot tell (fewer than 100 texts, or nothing varies).
    Columns theme, estimate, low, high, n, unit, standing; empty when nobody coded.
    """
    said = coded.astype("str").where(coded.notna(), "")
    read = said.str.strip() != ""
    given = said[read].map(lambda cell: {part.strip() for part in cell.split(";")})
    themes = [theme for theme in found.columns if any(theme in some for some in given)]
    if not themes:
        return tidy(["theme"]).assign(standing=[])
    pairs = {theme: np.stack([found.loc[read, theme].to_numpy(float), given.map(lambda some, key=theme: key in some)
                              .to_numpy(float)]) for theme in themes}  # fmt: skip
    generator, n = np.random.default_rng(seed), int(read.sum())
    counts = np.stack([np.bincount(generator.integers(0, n, n), minlength=n) for _draw in range(DRAWS)]).astype(float)
    rows = [_row("all", np.concatenate(list(pairs.values()), axis=1), np.tile(counts, len(themes)), n)]
    single = [_row(theme, pair, counts, n) for theme, pair in pairs.items()]
    rows += sorted(single, key=lambda row: np.nan_to_num(float(str(row["estimate"]))))
    return tidy(["theme"], rows)


def corrected_shares(found: pd.DataFrame, coded: pd.Series) -> pd.DataFrame:
    """Share of texts that speak of each theme, corrected for what the codebook misses and what it sees too much.

    found, coded: as in `codebook_agreement`; the texts a person read must be drawn at random. Only themes the person ever
    gave. Columns theme, estimate, low, high (`corrected_share`), n (texts read by a person), unit, counted_share (by the
    codebook alone, over all texts), verdict: real (counted_share outside the interval) | not shown | cannot tell (fewer than
    100 texts read). Empty when nobody coded.
    """
    said = coded.astype("str").where(coded.notna(), "").str.strip()
    read = (said != "").to_numpy()
    given = [{part.strip() for part in cell.split(";")} for cell in said[read]]
    rows: list[dict[str, object]] = []
    for theme in [name for name in found.columns if any(name in some for some in given)]:
        book, person = found[theme].to_numpy(bool), np.array([theme in some for some in given])
        table = np.histogram2d(book[read], person, bins=[[-0.5, 0.5, 1.5]] * 2)[0]
        share, low, high = corrected_share(table, (float(book[~read].sum()), float((~read).sum())))
        told = "cannot tell" if read.sum() < LEAST_TEXTS else "not shown" if low <= book.mean() <= high else "real"
        rows.append({"theme": theme, "estimate": share, "low": low, "high": high, "n": int(read.sum()), "unit": "share",
                     "counted_share": float(book.mean()), "verdict": told})  # fmt: skip
    return tidy(["theme"], rows) if rows else tidy(["theme"]).assign(counted_share=[], verdict=[])


def corrected_share(
    read: np.ndarray, rest: tuple[float, float], *, confidence: float = 0.95
) -> tuple[float, float, float]:
    """A share from few texts read by a person and many read by a codebook: (estimate, low, high); NaN below two read.

    read: counts, codebook (no, yes) × person (no, yes); rest: texts the codebook found, of the texts nobody read.
    $\\hat\\theta = \\bar y - \\lambda(\\bar f - \\bar f_{rest})$, y the person's and f the codebook's reading, $\\lambda =
    cov(y, f) / ((1 + n/N) var f)$: the codebook helps as far as it agrees, and its errors cancel (prediction-powered
    inference; Angelopoulos et al. 2023, Science 382, 669; λ: Angelopoulos, Duchi & Zrnic 2023). The variance counts half a
    text more in each cell, so that an error not seen in n texts is not taken for impossible; t with n − 1.
    """
    n, (hits, others) = float(read.sum()), rest
    if n < 2:
        return (float("nan"),) * 3
    cells = (read + 0.5) / (n + 2)
    person, book = cells[:, 1].sum(), cells[1].sum()
    shared = cells[1, 1] - person * book
    weight = float(np.clip(shared / (book * (1 - book) * (1 + n / others)), 0, 1)) if others else 0.0
    estimate = read[:, 1].sum() / n - weight * (read[1].sum() / n - hits / others if others else 0.0)
    kept = person * (1 - person) - 2 * weight * shared + weight**2 * book * (1 - book)
    error = np.sqrt(kept / n + (weight**2 * book * (1 - book) / others if others else 0.0))
    half = float(stats.t.ppf(0.5 + confidence / 2, n - 1) * error)
    return float(np.clip(estimate, 0, 1)), max(0.0, float(estimate - half)), min(1.0, float(estimate + half))


def _row(theme: str, pair: np.ndarray, counts: np.ndarray, n: int) -> dict[str, object]:
    """One theme: α, its interval, and how far it carries."""
    value = alpha(pair)
    low, high = (float(limit) for limit in percentile(np.array([alpha(pair, weight=one) for one in counts])))
    told = "firm" if low >= FIRM else "tentative" if low >= TENTATIVE else "weak"
    standing = "cannot tell" if n < LEAST_TEXTS or np.isnan(value) else told
    return {"theme": theme, "estimate": value, "low": low, "high": high, "n": n, "unit": "ratio", "standing": standing}


def _distance(found: np.ndarray, total: np.ndarray, level: str) -> np.ndarray:
    """How far two values lie apart, squared."""
    if level == "nominal":
        return 1.0 - np.eye(len(found))
    if level == "interval":
        return np.asarray((found[:, None] - found[None, :]) ** 2)
    upto = np.cumsum(total) - total / 2  # ordinal: ratings between the two, half of their own
    return np.asarray((upto[:, None] - upto[None, :]) ** 2)
