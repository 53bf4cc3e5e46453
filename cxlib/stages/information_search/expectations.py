"""Expectation, lived experience and memory per touchpoint, the gaps between them, and the level that can be promised."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import detectable, mean_t, tidy, wilson

MEASURES: Mapping[str, str] = {"expectation": "expectation", "csat": "lived", "memory": "memory"}
GAPS = (("lived_minus_expectation", "lived", "expectation"), ("memory_minus_lived", "memory", "lived"))
PAIRED_FROM = 10  # respondents who answered both; below, the two groups are compared as independent
TEN = 10.0


def on_ten(responses: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Answers about expectation, lived experience (csat) and memory, moved onto 0–10.

    scales: lowest and highest score of each question (0–10 when not given). Columns respondent_id, touchpoint, measure
    (expectation | lived | memory), score (0–10); one row per respondent, touchpoint and measure (their mean).
    """
    asked = responses[responses["question"].isin(list(MEASURES)) & responses["score"].notna()]
    asked = asked[asked["touchpoint"].fillna("") != ""]
    lowest = asked["question"].map(lambda question: scales.get(question, (0.0, TEN))[0]).astype(float)
    highest = asked["question"].map(lambda question: scales.get(question, (0.0, TEN))[1]).astype(float)
    moved = asked.assign(
        score=(asked["score"] - lowest) / (highest - lowest) * TEN, measure=asked["question"].map(MEASURES)
    )
    keys = ["respondent_id", "touchpoint", "measure"]
    return moved.groupby(keys, sort=True)["score"].mean().reset_index()


def expectation_levels(answers: pd.DataFrame, touchpoints: list[str]) -> pd.DataFrame:
    """Mean of each measure at each touchpoint on 0–10, with Student-t intervals.

    answers: from `on_ten`. Columns touchpoint, measure, estimate, low, high, n, unit; a measure nobody was asked for
    has n 0 and no estimate.
    """
    rows: list[dict[str, object]] = []
    for touchpoint in touchpoints:
        for measure in MEASURES.values():
            scores = _scores(answers, touchpoint, measure)
            estimate, low, high = mean_t(scores)
            rows.append({"touchpoint": touchpoint, "measure": measure, "estimate": estimate, "low": _bounded(low),
                         "high": _bounded(high), "n": len(scores), "unit": "score"})  # fmt: skip
    return tidy(["touchpoint", "measure"], rows)


def expectation_gaps(answers: pd.DataFrame, touchpoints: list[str], *, gate_n: int = 30) -> pd.DataFrame:
    """Lived minus expectation and memory minus lived per touchpoint, in points of the 0–10 scale.

    Paired by respondent when at least ten answered both (Student t of the differences), else Welch's (1947) t of two
    independent groups. Columns touchpoint, gap, estimate, low, high, n (pairs, or the smaller group), unit, detectable,
    paired, p, q (Benjamini & Hochberg 1995 over all gaps), verdict: real | not shown | cannot tell (n under `gate_n`).
    """
    rows: list[dict[str, object]] = []
    for touchpoint in touchpoints:
        for gap, after, before in GAPS:
            row = _gap(_scores(answers, touchpoint, after), _scores(answers, touchpoint, before))
            if row:
                rows.append({"touchpoint": touchpoint, "gap": gap, **row})
    table = tidy(["touchpoint", "gap"], rows)
    if not rows:
        return table.assign(detectable=[], paired=[], p=[], q=[], verdict=[])
    table["q"] = np.nan
    testable = table["p"].notna()
    table.loc[testable, "q"] = stats.false_discovery_control(table.loc[testable, "p"])
    table["verdict"] = np.where(table["q"] <= 0.05, "real", "not shown")
    table["verdict"] = table["verdict"].where((table["n"] >= gate_n) & testable, "cannot tell")
    return table


def keepable_levels(answers: pd.DataFrame, touchpoints: list[str], *, kept_share: float = 0.8) -> pd.DataFrame:
    """The highest whole level of 0–10 that at least `kept_share` of the customers lived, with 97.5 % assurance.

    For level t the share who lived t or better has a Wilson (1927) interval; t is keepable while its lower limit stays
    at or above `kept_share`. An expectation above it is disappointed too often (Oliver 1980: satisfaction follows the
    gap, not the performance). Columns touchpoint, level (0–10, NaN: no level is assured), estimate, low, high (of the
    share who lived the level or better), n, unit share.
    """
    rows: list[dict[str, object]] = []
    for touchpoint in touchpoints:
        lived = _scores(answers, touchpoint, "lived").to_numpy()
        best: dict[str, object] = {"level": np.nan, "estimate": np.nan, "low": np.nan, "high": np.nan}
        for level in range(1, 11):
            share, low, high = wilson(int((lived >= level - 1e-9).sum()), len(lived))
            if low >= kept_share:
                best = {"level": float(level), "estimate": share, "low": low, "high": high}
        rows.append({"touchpoint": touchpoint, **best, "n": len(lived), "unit": "share"})
    return tidy(["touchpoint", "level"], rows)


def with_promise(levels: pd.DataFrame, keepable: pd.DataFrame) -> pd.DataFrame:
    """The levels with the keepable level of each of their touchpoints as one more measure, `promise`."""
    known = keepable[keepable["level"].notna() & keepable["touchpoint"].isin(levels["touchpoint"])]
    rows = known[["touchpoint", "n"]].assign(
        measure="promise", estimate=known["level"], low=np.nan, high=np.nan, unit="score"
    )
    return pd.concat([levels, rows[levels.columns]], ignore_index=True) if len(rows) else levels


def expectation_table(levels: pd.DataFrame) -> pd.DataFrame:
    """One row per touchpoint with the means side by side: columns touchpoint, expectation, lived, memory (0–10)."""
    wide = levels.pivot(index="touchpoint", columns="measure", values="estimate") if len(levels) else pd.DataFrame()
    wide = wide.reindex(columns=list(MEASURES.values()), index=list(dict.fromkeys(levels["touchpoint"])))
    return wide.rename_axis(index="touchpoint", columns=None).reset_index()


def _gap(after: pd.Series, before: pd.Series) -> dict[str, object]:
    """Difference of two measures of one touchpoint; empty when one of them is missing."""
    if after.empty or before.empty:
        return {}
    pairs = (after - before).dropna()
    paired = len(pairs) >= PAIRED_FROM
    if paired:
        estimate, low, high = mean_t(pairs)
        p = _one_sample_p(pairs)
        n = len(pairs)
    else:
        estimate, low, high, p = _welch(after, before)
        n = min(len(after), len(before))
    return {"estimate": estimate, "low": low, "high": high, "n": n, "unit": "score", "detectable": detectable(low, high),
            "paired": paired, "p": p}  # fmt: skip


def _one_sample_p(values: pd.Series) -> float:
    """Two-sided p that the mean is 0; 1 or 0 when nothing varies."""
    spread = float(values.std(ddof=1))
    if spread == 0:
        return 1.0 if float(values.mean()) == 0 else 0.0
    return float(2 * stats.t.sf(abs(values.mean()) / (spread / np.sqrt(len(values))), len(values) - 1))


def _welch(after: pd.Series, before: pd.Series) -> tuple[float, float, float, float]:
    """Difference of two independent means with Welch's interval and p; no interval below two answers each."""
    difference = float(after.mean() - before.mean())
    if min(len(after), len(before)) < 2:
        return difference, np.nan, np.nan, np.nan
    parts = [float(group.var(ddof=1)) / len(group) for group in (after, before)]
    error = float(np.sqrt(sum(parts)))
    if error == 0:
        return difference, difference, difference, 1.0 if difference == 0 else 0.0
    freedom = sum(parts) ** 2 / sum(
        part**2 / (len(group) - 1) for part, group in zip(parts, (after, before), strict=True)
    )
    half = float(stats.t.ppf(0.975, freedom)) * error
    return difference, difference - half, difference + half, float(2 * stats.t.sf(abs(difference) / error, freedom))


def _scores(answers: pd.DataFrame, touchpoint: str, measure: str) -> pd.Series:
    """The scores of one measure at one touchpoint, by respondent."""
    rows = answers[(answers["touchpoint"] == touchpoint) & (answers["measure"] == measure)]
    return rows.set_index("respondent_id")["score"].astype(float)


def _bounded(limit: float) -> float:
    """A limit of a mean cannot leave the scale."""
    return float(np.clip(limit, 0.0, TEN))
