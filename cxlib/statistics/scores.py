"""The net promoter score: of groups, between groups, waves and persons, with survey weights."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlib.errors import CxError
from cxlib.facts import EVIDENCE_N, first, rows
from cxlib.statistics.differences import paired, student
from cxlib.statistics.intervals import TIDY, Z, detectable, discoveries, newcombe, pooled_p

Counts = tuple[float, float, float]

PSEUDO_ANSWERS: Counts = (0.75, 1.5, 0.75)
"""Detractors, passives and promoters added before the Wald interval: Rocks (2016), adjusted Wald (0, 3)."""

NPS_SCALES = ((0, 10), (1, 10))
PAIRS = ["first", "second", *TIDY, "detectable", "p_value", "verdict"]
CHANGES = ["from_wave", "to_wave", "respondents", *PAIRS[2:]]
NPS_COLUMNS = [*TIDY, "n_effective", "promoter_share", "detractor_share", "clipped"]


def nps_value(scores: pd.Series[float], *, scale: tuple[float, float] = (0, 10)) -> pd.Series[float]:
    """−100 for a detractor (0–6), 0 for a passive (7–8), 100 for a promoter (9–10); blank stays blank.

    Zero is an answer, and a detractor's. A score outside the scale is not an answer to this question: blank. Use scale
    (1, 10) only where it was asked that way; it is a different measure, never to be compared or pooled with 0–10.
    Raises CxError for any other scale.
    """
    if tuple(scale) not in NPS_SCALES:
        found = f"found {scale[0]:g} to {scale[1]:g}"
        raise CxError(
            "nps_value, scale", found, "A net promoter score is asked on 0 to 10 or, where declared, on 1 to 10"
        )
    inside = scores.where(scores.between(*scale))
    value = pd.Series(np.select([inside >= 9, inside >= 7], [100.0, 0.0], -100.0), index=scores.index)
    return value.where(inside.notna())


def nps_counts(scores: pd.Series[float]) -> Counts:
    """Detractors, passives, promoters."""
    value = nps_value(scores)
    return float((value == -100).sum()), float((value == 0).sum()), float((value == 100).sum())


def nps_interval(counts: Counts) -> tuple[float, float]:
    """Low and high in points by the adjusted Wald (0, 3) method; may go beyond −100…100 when n is tiny.

    counts: detractors, passives, promoters. Three pseudo-answers (¾, 1½, ¾) are added, then v = P + D − (P − D)²,
    SE = √(v/n). Plain Wald covers 57 % instead of 95 % at n = 10 with 92 % promoters. Source: Rocks (2016),
    The American Statistician 70(4), 365–372.
    """
    if sum(counts) <= 0:
        return math.nan, math.nan
    centre, variance = _adjusted(counts)
    half = Z * math.sqrt(variance)
    return 100 * (centre - half), 100 * (centre + half)


def nps(responses: pd.DataFrame, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """NPS per group in points: raw score, interval, n.

    responses: `score` 0–10 and, optionally, `weight`. Equal weights: adjusted Wald (Rocks 2016). Otherwise the weighted
    mean of −100/0/100 with Taylor linearisation, groups treated as domains of the sample, t with (answers − 1) degrees
    of freedom (Lumley 2004). Limits are clipped to −100…100 and flagged in `clipped`.
    """
    keys, answers = list(by), _answers(responses)
    weighted = answers["_w"].nunique() > 1
    grouped = answers.groupby(keys, observed=True, sort=True) if keys else [((), answers)] if len(answers) else []
    rows = []
    for names, group in grouped:
        limits = _weighted_limits(answers, group) if weighted else nps_interval(nps_counts(group["score"]))
        rows.append(dict(zip(keys, names, strict=True)) | _describe(group, limits))
    return pd.DataFrame(rows, columns=keys + NPS_COLUMNS)


def nps_difference(one: Counts, other: Counts) -> pd.DataFrame:
    """One row: NPS of `one` minus NPS of `other`, independent samples, in points, with a two-sided `p_value`.

    Counts are detractors, passives, promoters. Both are adjusted before the difference (Rocks 2016), so the estimate
    is pulled a little towards zero. Overlapping intervals are not a test; this is one.
    """
    n = int(min(sum(one), sum(other)))
    if n <= 0:
        return _difference_row(student(math.nan, math.nan), n=0)
    (centre_1, variance_1), (centre_2, variance_2) = _adjusted(one), _adjusted(other)
    return _difference_row(student(100 * (centre_1 - centre_2), 100 * math.sqrt(variance_1 + variance_2)), n=n)


def nps_paired(before: pd.Series[float], after: pd.Series[float]) -> pd.DataFrame:
    """One row: NPS after minus before for the same respondents (same index), in points.

    Paired t of d ∈ {−200 … 200} per respondent. Respondents without both answers are left out.
    """
    both = pd.concat([nps_value(before), nps_value(after)], axis=1).dropna().to_numpy(float)
    change = paired(both[:, 1], both[:, 0]) if len(both) > 1 else student(math.nan, math.nan)
    return _difference_row(change, n=len(both))


def neighbours(table: pd.DataFrame, *, key: str) -> pd.DataFrame:
    """Each ranked group against the next one down: is the order of the two more than chance?

    table: from `ranked`, in points (adjusted Wald, Rocks 2016) or shares (Newcombe 1998). verdict real | not shown, all
    pairs as one family (Benjamini & Hochberg 1995). detectable: the smallest difference that pair would show.
    Columns first, second, estimate, low, high, n, unit, detectable, p_value, verdict.
    """
    ranked = rows(table[table["rank"].notna()]) if "rank" in table else []
    pairs = [_pair(one, other) | {"first": one[key], "second": other[key]} for one, other in itertools.pairwise(ranked)]
    return _judged(pd.DataFrame(pairs, columns=PAIRS))


def nps_changes(responses: pd.DataFrame, *, wave: str = "wave", gate_n: int = EVIDENCE_N) -> pd.DataFrame:
    """NPS of each wave minus that of the wave before, in points.

    responses: respondent_id, score and a column of waves. respondents "all": the two waves as independent samples;
    "weighted": the same with survey weights, where they are not all equal (Taylor linearisation, Lumley 2004); "same":
    those who answered both, each against themselves (by their last answer), where at least EVIDENCE_N did. verdict as in
    `neighbours`, cannot tell under `gate_n`. Columns from_wave, to_wave, respondents, estimate, low, high, n, unit,
    detectable, p_value, verdict.
    """
    waves = sorted(responses[wave].dropna().unique())
    found = [row for before, after in itertools.pairwise(waves) for row in _wave_pair(responses, wave, before, after)]
    table = _judged(pd.DataFrame(found, columns=CHANGES))
    told = (table["n"] >= gate_n) & table["p_value"].notna()
    return table.assign(verdict=table["verdict"].where(told, "cannot tell"))


def _wave_pair(responses: pd.DataFrame, wave: str, before: Hashable, after: Hashable) -> Iterator[dict[str, object]]:
    """The change between two waves, for all respondents and for those who answered both."""
    old, new = (responses[responses[wave] == each] for each in (before, after))
    keys = {"from_wave": before, "to_wave": after}
    yield keys | {"respondents": "all"} | first(nps_difference(nps_counts(new["score"]), nps_counts(old["score"])))
    both = pd.concat([old, new])
    if "weight" in both and both["weight"].fillna(1).nunique() > 1:
        yield keys | {"respondents": "weighted"} | first(_weighted_difference(both, both[wave] == after))
    last = (
        part.dropna(subset=["score", "respondent_id"]).groupby("respondent_id")["score"].last() for part in (old, new)
    )
    same = first(nps_paired(*last))
    if same["n"] >= EVIDENCE_N:
        yield keys | {"respondents": "same"} | same


def _weighted_difference(responses: pd.DataFrame, later: pd.Series[bool]) -> pd.DataFrame:
    """One row: weighted NPS of the rows of `later` minus that of the others, covariance included."""
    answers = _answers(responses.assign(_later=later))
    second, n = answers["_later"], int(min(answers["_later"].sum(), (~answers["_later"]).sum()))
    if not n:
        return _difference_row(student(math.nan, math.nan), n=0)
    variance = _variance(_influence(answers, second) - _influence(answers, ~second))
    if not variance > 0:  # all alike in both: the linearised variance is blind, so count them instead
        return nps_difference(*(_effective_counts(answers[group]) for group in (second, ~second)))
    change = _weighted_mean(answers[second]) - _weighted_mean(answers[~second])
    return _difference_row(student(change, math.sqrt(variance), len(answers) - 1), n=n)


def _pair(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Difference of two rows of a table of scores."""
    if one["unit"] == "points":
        return first(nps_difference(_counts(one), _counts(other)))
    shares = [(round(row["estimate"] * row["n"]), row["n"]) for row in (one, other)]
    estimate, low, high = newcombe(*shares)
    told = {"estimate": estimate, "low": low, "high": high, "n": int(min(one["n"], other["n"])), "unit": "pp"}
    return told | {"detectable": detectable(low, high), "p_value": pooled_p(*shares)}


def _counts(row: dict[str, Any]) -> Counts:
    """Detractors, passives, promoters of a row of `nps`."""
    n, high, low = row["n"], row["promoter_share"], row["detractor_share"]
    return n * low, n * (1 - high - low), n * high


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a verdict over all its rows as one family."""
    stands = discoveries(table["p_value"].astype(float).to_list())
    return table.assign(verdict=pd.Series(np.where(stands, "real", "not shown"), table.index, dtype="str"))


def _adjusted(counts: Counts) -> tuple[float, float]:
    """Centre and variance of the estimate after the pseudo-answers, on the scale −1…1."""
    detractors, passives, promoters = (count + extra for count, extra in zip(counts, PSEUDO_ANSWERS, strict=True))
    n = detractors + passives + promoters
    balance = (promoters - detractors) / n
    return balance, ((promoters + detractors) / n - balance**2) / n


def _answers(responses: pd.DataFrame) -> pd.DataFrame:
    """The answers that count: _y their value, _w their weight (above 0), _row their place."""
    weight = responses["weight"] if "weight" in responses else pd.Series(1.0, index=responses.index)
    answers = responses.assign(_y=nps_value(responses["score"]), _w=weight.fillna(0.0).astype(float))
    answers = answers[answers["_y"].notna() & (answers["_w"] > 0)]
    return answers.assign(_row=np.arange(len(answers)))


def _weighted_limits(answers: pd.DataFrame, group: pd.DataFrame) -> tuple[float, float]:
    member = pd.Series(answers["_row"].isin(group["_row"]).to_numpy(), index=answers.index)
    variance = _variance(_influence(answers, member))
    if not variance > 0:
        return nps_interval(_effective_counts(group))  # all alike: that variance is blind
    told = student(_weighted_mean(group), math.sqrt(variance), len(answers) - 1)
    return told["low"], told["high"]


def _effective_counts(group: pd.DataFrame) -> Counts:
    """Detractors, passives, promoters, scaled to the effective number of answers."""
    detractors, passives, promoters = (count * _effective(group) / len(group) for count in nps_counts(group["score"]))
    return detractors, passives, promoters


def _describe(group: pd.DataFrame, limits: tuple[float, float]) -> dict[str, object]:
    low, high = (float(np.clip(limit, -100, 100)) for limit in limits)
    share = group.groupby("_y")["_w"].sum() / group["_w"].sum()
    return {
        "estimate": _weighted_mean(group),
        "low": low,
        "high": high,
        "n": len(group),
        "unit": "points",
        "n_effective": _effective(group),
        "promoter_share": float(share.get(100.0, 0.0)),
        "detractor_share": float(share.get(-100.0, 0.0)),
        "clipped": bool(limits[0] < -100 or limits[1] > 100),
    }


def _effective(group: pd.DataFrame) -> float:
    """Kish: (Σw)²/Σw², for planning and gates only."""
    return float(group["_w"].sum() ** 2 / (group["_w"] ** 2).sum())


def _weighted_mean(group: pd.DataFrame) -> float:
    return float(np.average(group["_y"], weights=group["_w"]))


def _influence(answers: pd.DataFrame, member: pd.Series[bool]) -> pd.Series[float]:
    """How much each answer moves the weighted mean of the members: w (y − ȳ) / Σw, 0 outside."""
    mean, total = _weighted_mean(answers[member]), answers.loc[member, "_w"].sum()
    return (answers["_w"] * (answers["_y"] - mean) / total).where(member, 0.0)


def _variance(influence: pd.Series[float]) -> float:
    """Linearised variance n/(n − 1) Σ(u − ū)² of a sample drawn at once; 0 of a single answer."""
    return float(len(influence) * influence.var(ddof=1)) if len(influence) > 1 else 0.0


def _difference_row(change: dict[str, float], *, n: int) -> pd.DataFrame:
    """One row of a difference in points, with the smallest difference it would have shown."""
    return pd.DataFrame([change | {"n": n, "unit": "points", "detectable": detectable(change["low"], change["high"])}])
