"""Scores of satisfaction: NPS, top and bottom box, their differences, and how many answers would settle a question."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from cxlib.methods.intervals import wilson

Floats = NDArray[np.float64]
Counts = tuple[float, float, float]

PSEUDO_ANSWERS: Counts = (0.75, 1.5, 0.75)
"""Detractors, passives and promoters added before the Wald interval: Rocks (2016), adjusted Wald (0, 3)."""

NPS_COLUMNS = ["estimate", "low", "high", "n", "unit", "n_effective", "promoter_share", "detractor_share", "clipped"]


@dataclass(frozen=True)
class Design:
    """How a sample was drawn: names of the columns that say so; an empty name means that there is none.

    `population` holds the number of units (clusters, when there are any) in the population of the row's stratum.
    """

    strata: str = ""
    cluster: str = ""
    population: str = ""
    weight: str = "weight"


def nps_value(scores: pd.Series[float]) -> pd.Series[float]:
    """−100 for a detractor (0–6), 0 for a passive (7–8), 100 for a promoter (9–10); blank stays blank.

    Zero is an answer, and a detractor's. A score outside 0–10 is no answer to this question: blank.
    """
    inside = scores.where(scores.between(0, 10))
    value = pd.Series(np.select([inside >= 9, inside >= 7], [100.0, 0.0], -100.0), index=scores.index)
    return value.where(inside.notna())


def nps_counts(scores: pd.Series[float]) -> Counts:
    """Detractors, passives, promoters."""
    value = nps_value(scores)
    return float((value == -100).sum()), float((value == 0).sum()), float((value == 100).sum())


def nps_interval(counts: Counts, *, confidence: float = 0.95) -> tuple[float, float]:
    """Low and high in points by the adjusted Wald (0, 3) method; may leave −100…100 when n is tiny.

    counts: detractors, passives, promoters. Three pseudo-answers (¾, 1½, ¾) are added, then v = P + D − (P − D)²,
    SE = √(v/n). Plain Wald covers 57 % instead of 95 % at n = 10 with 92 % promoters. Source: Rocks (2016),
    The American Statistician 70(4), 365–372.
    """
    if sum(counts) <= 0:
        return math.nan, math.nan
    centre, variance = _adjusted(counts)
    half = _z(confidence) * math.sqrt(variance)
    return 100 * (centre - half), 100 * (centre + half)


def nps(
    responses: pd.DataFrame, *, by: Sequence[str] = (), confidence: float = 0.95, design: Design | None = None
) -> pd.DataFrame:
    """NPS per group in points: raw score, interval, n.

    responses: `score` 0–10 and, optionally, a weight. Equal weights and no design: adjusted Wald (Rocks 2016).
    Otherwise the weighted mean of −100/0/100 with Taylor linearisation, groups treated as domains, t with
    (clusters − strata) degrees of freedom (Lumley 2004). Limits are clipped to −100…100 and flagged in `clipped`.
    """
    keys, rows = list(by), []
    answers = _answers(responses, design or Design())
    weighted = design is not None or answers["_w"].nunique() > 1
    for names, group in _groups(answers, keys):
        limits = nps_interval(nps_counts(group["score"]), confidence=confidence)
        if weighted:
            limits = _weighted_limits(answers, group, design or Design(), confidence)
        rows.append(dict(zip(keys, names, strict=True)) | _describe(group, limits))
    return pd.DataFrame(rows, columns=keys + NPS_COLUMNS)


def nps_difference(first: Counts, second: Counts, *, confidence: float = 0.95) -> pd.DataFrame:
    """One row: NPS of `first` minus NPS of `second`, independent samples, in points, with a two-sided `p_value`.

    Counts are detractors, passives, promoters. Both are adjusted before the difference (Rocks 2016), so the estimate
    is pulled a little towards zero. Overlapping intervals are not a test; this is one.
    """
    if min(sum(first), sum(second)) <= 0:
        return _difference_row(math.nan, math.nan, n=0, confidence=confidence)
    (centre_1, variance_1), (centre_2, variance_2) = _adjusted(first), _adjusted(second)
    n = int(min(sum(first), sum(second)))
    return _difference_row(
        100 * (centre_1 - centre_2), 100 * math.sqrt(variance_1 + variance_2), n=n, confidence=confidence
    )


def nps_paired(before: pd.Series[float], after: pd.Series[float], *, confidence: float = 0.95) -> pd.DataFrame:
    """One row: NPS after minus before for the same respondents (same index), in points.

    d ∈ {−200 … 200} per respondent, SE = sd(d)/√n. Respondents without both answers are left out. t with n − 1.
    """
    change = (nps_value(after) - nps_value(before)).dropna()
    if len(change) < 2:
        return _difference_row(math.nan, math.nan, n=len(change), confidence=confidence)
    standard_error = float(change.std(ddof=1)) / math.sqrt(len(change))
    return _difference_row(
        float(change.mean()), standard_error, n=len(change), confidence=confidence, df=len(change) - 1
    )


def nps_contrast(
    responses: pd.DataFrame, *, by: str, groups: tuple[Hashable, Hashable], design: Design, confidence: float = 0.95
) -> pd.DataFrame:
    """One row: NPS of the second group minus the first under a sample design, covariance included."""
    answers = _answers(responses, design)
    first, second = (answers[by] == group for group in groups)
    if not (first.any() and second.any()):
        return _difference_row(math.nan, math.nan, n=0, confidence=confidence)
    influence = _influence(answers, second) - _influence(answers, first)
    variance, df = _design_variance(influence, answers, design)
    change = _weighted_mean(answers[second]) - _weighted_mean(answers[first])
    n = int(min(first.sum(), second.sum()))
    return _difference_row(change, math.sqrt(variance), n=n, confidence=confidence, df=df)


def share_difference(first: tuple[float, float], second: tuple[float, float], *, confidence: float = 0.95) -> Floats:
    """Estimate, low, high of share 1 − share 2, each given as (count, n): Newcombe (1998), method 10."""
    if min(first[1], second[1]) <= 0:
        return np.full(3, math.nan)
    (p1, l1, u1), (p2, l2, u2) = wilson(*first, confidence=confidence), wilson(*second, confidence=confidence)
    change = p1 - p2
    return np.array([change, change - math.hypot(p1 - l1, u2 - p2), change + math.hypot(u1 - p1, p2 - l2)])


def box_share(
    responses: pd.DataFrame,
    *,
    scale: tuple[float, float],
    by: Sequence[str] = (),
    width: int = 2,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Share of answers in the top and in the bottom box of a scale, per group: rows with `box` top | bottom.

    scale: lowest and highest possible answer; width: how many answers a box holds. Both boxes, because the
    dissatisfied move apart from the delighted, and an ordinal scale has no honest mean. Wilson (1927).
    """
    low, high = scale
    keys, rows = list(by), []
    answers = responses[responses["score"].between(low, high)]
    inside = {"top": answers["score"] > high - width, "bottom": answers["score"] < low + width}
    for names, group in _groups(answers, keys):
        for box, hit in inside.items():
            n, count = len(group), int(hit.loc[group.index].sum())
            share, lower, upper = wilson(count, n, confidence=confidence)
            row = {"box": box, "estimate": share, "low": lower, "high": upper, "n": n, "unit": "share"}
            rows.append(dict(zip(keys, names, strict=True)) | row)
    return pd.DataFrame(rows, columns=[*keys, "box", "estimate", "low", "high", "n", "unit"])


def nps_variance(promoter_share: float, detractor_share: float) -> float:
    """v = P + D − (P − D)², the variance of one answer scored −1, 0, 1."""
    return promoter_share + detractor_share - (promoter_share - detractor_share) ** 2


def nps_sample_size(variance: float, *, half_width_points: float, confidence: float = 0.95) -> int:
    """Answers needed for an interval of ± `half_width_points`: n = z²v/h². The worst case has variance 1."""
    return math.ceil((_z(confidence) / (half_width_points / 100)) ** 2 * variance)


def nps_change_sample_size(
    variances: tuple[float, float], *, change_points: float, confidence: float = 0.95, power: float = 0.8
) -> int:
    """Answers *per wave* that show a change of `change_points`: n = (z_{α/2} + z_β)²(v₁ + v₂)/δ²."""
    return math.ceil((_z(confidence) + float(ndtri(power))) ** 2 * sum(variances) / (change_points / 100) ** 2)


def finite_sample_size(n: float, *, population: float) -> float:
    """Answers needed when a probability sample is drawn from a known base: n / (1 + (n − 1)/N).

    Not for those who answered an invitation sent to everybody: non-response is not sampling.
    """
    return n / (1 + (n - 1) / population)


def discoveries(p_values: Sequence[float], *, rate: float = 0.05) -> NDArray[np.bool_]:
    """Which of a family of tests stand when at most `rate` of those declared may be false.

    Step-up procedure of Benjamini & Hochberg (1995), JRSS B 57, 289–300. A blank p value is never a discovery.
    """
    p = np.asarray(p_values, dtype=float)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    below = np.flatnonzero(p[order] <= rate * np.arange(1, len(order) + 1) / max(len(order), 1))
    kept = np.zeros(len(p), dtype=bool)
    if below.size:
        kept[order[: below[-1] + 1]] = True
    return kept


def _z(confidence: float) -> float:
    return float(ndtri(0.5 + confidence / 2))


def _adjusted(counts: Counts) -> tuple[float, float]:
    """Centre and variance of the estimate after the pseudo-answers, on the scale −1…1."""
    detractors, passives, promoters = (count + extra for count, extra in zip(counts, PSEUDO_ANSWERS, strict=True))
    n = detractors + passives + promoters
    return (promoters - detractors) / n, nps_variance(promoters / n, detractors / n) / n


def _answers(responses: pd.DataFrame, design: Design) -> pd.DataFrame:
    weight = responses[design.weight] if design.weight in responses else pd.Series(1.0, index=responses.index)
    answers = responses.assign(_y=nps_value(responses["score"]), _w=weight.fillna(0.0).astype(float))
    return answers[answers["_y"].notna() & (answers["_w"] > 0)]


def _groups(answers: pd.DataFrame, keys: list[str]) -> Iterator[tuple[tuple[Hashable, ...], pd.DataFrame]]:
    if keys:
        yield from answers.groupby(keys, observed=True, sort=True)
    elif len(answers):
        yield (), answers


def _weighted_limits(
    answers: pd.DataFrame, group: pd.DataFrame, design: Design, confidence: float
) -> tuple[float, float]:
    member = pd.Series(answers.index.isin(group.index), index=answers.index)
    variance, df = _design_variance(_influence(answers, member), answers, design)
    if variance > 0:
        half = _t(confidence, df) * math.sqrt(variance)
        return _weighted_mean(group) - half, _weighted_mean(group) + half
    scale = _effective(group) / len(group)  # all alike: the linearised variance is blind, so count them instead
    detractors, passives, promoters = (count * scale for count in nps_counts(group["score"]))
    return nps_interval((detractors, passives, promoters), confidence=confidence)


def _describe(group: pd.DataFrame, limits: tuple[float, float]) -> dict[str, object]:
    low, high = (min(100.0, max(-100.0, limit)) for limit in limits)
    total = group["_w"].sum()
    return {
        "estimate": _weighted_mean(group),
        "low": low,
        "high": high,
        "n": len(group),
        "unit": "points",
        "n_effective": _effective(group),
        "promoter_share": float(group.loc[group["_y"] == 100, "_w"].sum() / total),
        "detractor_share": float(group.loc[group["_y"] == -100, "_w"].sum() / total),
        "clipped": (low, high) != limits,
    }


def _effective(group: pd.DataFrame) -> float:
    """Kish: (Σw)²/Σw², for planning and gates only."""
    return float(group["_w"].sum() ** 2 / (group["_w"] ** 2).sum())


def _weighted_mean(group: pd.DataFrame) -> float:
    return float(np.average(group["_y"], weights=group["_w"]))


def _influence(answers: pd.DataFrame, member: pd.Series[bool]) -> pd.Series[float]:
    mean, total = _weighted_mean(answers[member]), answers.loc[member, "_w"].sum()
    return (answers["_w"] * (answers["_y"] - mean) / total).where(member, 0.0)


def _design_variance(influence: pd.Series[float], answers: pd.DataFrame, design: Design) -> tuple[float, float]:
    """Variance and degrees of freedom: Σ_h (1 − n_h/N_h) · n_h/(n_h − 1) · Σ(u − ū_h)², u summed by cluster first."""
    units = pd.DataFrame({"u": influence})
    units["stratum"] = answers[design.strata] if design.strata else "all"
    units["unit"] = answers[design.cluster] if design.cluster else answers.index
    units["population"] = answers[design.population] if design.population else math.inf
    sums = units.groupby(["stratum", "unit"], observed=True).agg(u=("u", "sum"), population=("population", "first"))
    strata = sums.groupby("stratum", observed=True)
    size = strata.size().astype(float)
    usable = size[size > 1].index
    variance = (1 - size / strata["population"].first()) * size * strata["u"].var(ddof=1)
    return float(variance.loc[usable].sum()), float(len(sums) - len(size))


def _t(confidence: float, df: float) -> float:
    return float(stdtrit(df, 0.5 + confidence / 2)) if df > 0 else math.inf


def _difference_row(
    change: float, standard_error: float, *, n: int, confidence: float, df: float = math.inf
) -> pd.DataFrame:
    half = (_z(confidence) if math.isinf(df) else _t(confidence, df)) * standard_error
    z = abs(change) / standard_error if standard_error > 0 else math.nan
    row = {"estimate": change, "low": change - half, "high": change + half, "n": n, "unit": "points"}
    return pd.DataFrame([row | {"standard_error": standard_error, "p_value": 2 * (1 - float(ndtr(z)))}])
