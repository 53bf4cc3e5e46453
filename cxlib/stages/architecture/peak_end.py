"""Is an experience remembered by its best, worst and last moment? Only if that predicts the judgement better than the mean."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.stages.architecture.ratings import judgement_and_ratings
from cxlib.statistics.intervals import Z

LEAST_RATED = 3  # rated moments of a person: with two, peak and end are the mean told otherwise
LEAST_PERSONS = 200
FOLDS, REPEATS = 10, 20
COLUMNS = ["model", "estimate", "low", "high", "n", "unit", "verdict"]
SHAPE = ["peak", "trough", "end", "trend"]


def lived_series(responses: pd.DataFrame, *, question: str) -> pd.DataFrame:
    """What each person lived until the judgement: one row per respondent with at least three rated moments.

    responses: respondent_id, on, question, touchpoint, score. The judgement is the last answer to `question` without a
    touchpoint; the moments are the csat ratings until that day, in order: on three days at least, as answers to one
    questionnaire have no order. Columns outcome, mean, peak (best), trough (worst), end (the last), trend (points from
    the first to the last moment, least squares), n_rated.
    """
    last, lived = judgement_and_ratings(responses[responses["on"].notna()], question)
    lived = lived.sort_values("on", kind="stable")
    who = lived["respondent_id"]
    scores = lived.groupby("respondent_id")["score"]
    place = scores.cumcount() / (scores.transform("size") - 1).clip(lower=1)  # 0 first … 1 last
    off = place - place.groupby(who).transform("mean")
    slope = (off * lived["score"]).groupby(who).sum() / (off**2).groupby(who).sum()
    table = scores.agg(mean="mean", peak="max", trough="min", end="last", n_rated="size")
    table = table.assign(trend=slope, outcome=last["score"].reindex(table.index))
    kept = table[lived.groupby("respondent_id")["on"].nunique().reindex(table.index) >= LEAST_RATED]
    return pd.DataFrame(kept[["outcome", "mean", *SHAPE, "n_rated"]].astype(float))


def peak_end(lived: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Cross-validated R² of the judgement by the mean alone, by mean and shape (peak, trough, end, trend), and the gain.

    Kahneman et al. (1993) found peak and end in memory; whether they add to the mean here is tested on persons the model
    has not seen: 20 repeats of 10 folds, squared errors averaged per person, normal interval over persons. Three rows:
    model mean | shape | added. verdict of `added`: real (interval above 0) | not shown | cannot tell (fewer than 200
    persons with three rated moments). Empty when nobody has.
    """
    n = len(lived)
    if n < 2 * FOLDS:
        return pd.DataFrame(columns=COLUMNS)
    outcome = lived["outcome"].to_numpy(float)
    total = (outcome - outcome.mean()) ** 2
    errors = {"mean": _errors(lived[["mean"]], outcome, seed), "shape": _errors(lived[["mean", *SHAPE]], outcome, seed)}
    rows = [(name, *_share(total - error, total), n, "share", "") for name, error in errors.items()]
    estimate, low, high = _share(errors["mean"] - errors["shape"], total)
    verdict = "cannot tell" if n < LEAST_PERSONS else "real" if low > 0 else "not shown"
    return pd.DataFrame([*rows, ("added", estimate, low, high, n, "share", verdict)], columns=COLUMNS)


def _errors(features: pd.DataFrame, outcome: np.ndarray, seed: int) -> np.ndarray:
    """Squared error of every person, predicted by models that were fitted without them, averaged over the repeats."""
    design = np.column_stack([np.ones(len(features)), features.to_numpy(float)])
    generator, n = np.random.default_rng(seed), len(features)
    error = np.zeros(n)
    for _repeat in range(REPEATS):
        fold = generator.permutation(n) % FOLDS
        for number in range(FOLDS):
            out = fold == number
            beta = np.linalg.lstsq(design[~out], outcome[~out], rcond=None)[0]
            error[out] += (outcome[out] - design[out] @ beta) ** 2
    return error / REPEATS


def _share(part: np.ndarray, total: np.ndarray) -> tuple[float, float, float]:
    """Ratio of two sums with the interval of its linearisation: u_i = (part_i − ratio·total_i)/Σ total."""
    if not total.sum() > 0:
        return float("nan"), float("nan"), float("nan")
    ratio = float(part.sum() / total.sum())
    half = Z * float(np.std((part - ratio * total) / total.mean(), ddof=1)) / float(np.sqrt(len(part)))
    return ratio, ratio - half, ratio + half
