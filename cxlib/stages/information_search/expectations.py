"""Expectation, lived experience and memory per touchpoint, the gaps between them, and what can be promised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import EVIDENCE_N, rows
from cxlib.stages.information_search.levels import change_of_means
from cxlib.statistics.intervals import detectable, mean_row, share_row, tidy

MEASURES: Mapping[str, str] = {"expectation": "expectation", "csat": "lived", "memory": "memory"}
GAPS = (("lived_minus_expectation", "lived", "expectation"), ("memory_minus_lived", "memory", "lived"))
PAIRED_FROM = 10  # respondents who answered both; below, the two groups are compared as independent
KEPT_SHARE = 0.8  # of the customers who live a level that may be promised
TEN = 10.0
FALSE_DISCOVERIES = 0.05
ROUNDING = 1e-9  # a score that lies on a level reaches it


class Expectations(NamedTuple):
    """What was expected, lived and remembered: `levels` per measure, `gaps` between them, `keepable` promises."""

    levels: pd.DataFrame
    gaps: pd.DataFrame
    keepable: pd.DataFrame

    def side_by_side(self) -> pd.DataFrame:
        """One row per touchpoint with its means: columns touchpoint, expectation, lived, memory (0–10)."""
        wide = self.levels.pivot(index="touchpoint", columns="measure", values="estimate")
        order = self.levels["touchpoint"].drop_duplicates()
        return wide.reindex(columns=list(MEASURES.values()), index=order).rename_axis(columns=None).reset_index()


def expectations(
    responses: pd.DataFrame, touchpoints: list[str], scales: Mapping[str, tuple[float, float]]
) -> Expectations:
    """What customers expected, lived and remember at each touchpoint, how far these lie apart, what to promise.

    The tables of `expectation_levels`, `expectation_gaps` and `keepable_levels`; scales: lowest and highest score of
    each question (0–10 when not given).
    """
    answers, scale = on_ten(responses, scales), scales.get("csat", (0.0, TEN))
    levels, gaps = expectation_levels(answers, touchpoints), expectation_gaps(answers, touchpoints)
    return Expectations(levels, gaps, keepable_levels(answers, touchpoints, scale=scale))


def on_ten(responses: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Answers about expectation, lived experience (csat) and memory, moved onto 0–10.

    scales: lowest and highest score of each question (0–10 when not given). Columns respondent_id, touchpoint, measure
    (expectation | lived | memory), score (0–10); one row per respondent, touchpoint and measure (their mean).
    """
    asked = responses[responses["question"].isin(list(MEASURES)) & responses["score"].notna()]
    asked = asked[asked["touchpoint"].fillna("") != ""]
    limits = asked["question"].map(lambda question: scales.get(question, (0.0, TEN)))
    lowest, highest = limits.str[0].astype(float), limits.str[1].astype(float)
    score = (asked["score"] - lowest) / (highest - lowest) * TEN
    moved = asked.assign(score=score, measure=asked["question"].map(MEASURES))
    return moved.groupby(["respondent_id", "touchpoint", "measure"], sort=True)["score"].mean().reset_index()


def expectation_levels(answers: pd.DataFrame, touchpoints: list[str]) -> pd.DataFrame:
    """Mean of each measure at each touchpoint on 0–10, with Student-t intervals that stay on the scale.

    answers: from `on_ten`. Columns touchpoint, measure, estimate, low, high, n, unit; a measure nobody was asked for
    has n 0 and no estimate.
    """
    parts = [
        {"touchpoint": touchpoint, "measure": measure} | mean_row(_scores(answers, touchpoint, measure))
        for touchpoint in touchpoints
        for measure in MEASURES.values()
    ]
    table = tidy(["touchpoint", "measure"], parts)
    return table.assign(low=table["low"].clip(0.0, TEN), high=table["high"].clip(0.0, TEN))


def expectation_gaps(answers: pd.DataFrame, touchpoints: list[str]) -> pd.DataFrame:
    """Lived minus expectation and memory minus lived per touchpoint, in points of the 0–10 scale.

    Paired by respondent when at least ten answered both (Student t of the differences), else Welch's (1947) t of two
    independent groups. Columns touchpoint, gap, estimate, low, high, n (pairs, or the smaller group), unit, detectable,
    paired, p, q (Benjamini & Hochberg 1995 over all gaps), verdict: real | not shown | cannot tell (n under the
    evidence gate).
    """
    parts: list[dict[str, Any]] = []
    for touchpoint in touchpoints:
        for gap, after, before in GAPS:
            scores = (_scores(answers, touchpoint, measure) for measure in (after, before))
            row = _gap(*scores)
            parts += [{"touchpoint": touchpoint, "gap": gap} | row] if row else []
    table = tidy(["touchpoint", "gap"], parts)
    if not parts:
        return table.assign(detectable=[], paired=[], p=[], q=[], verdict=[])
    testable = table["p"].notna()
    table.loc[testable, "q"] = stats.false_discovery_control(table.loc[testable, "p"])
    told = pd.Series(np.where(table["q"] <= FALSE_DISCOVERIES, "real", "not shown"), table.index)
    return table.assign(verdict=told.where((table["n"] >= EVIDENCE_N) & testable, "cannot tell"))


def keepable_levels(
    answers: pd.DataFrame, touchpoints: list[str], *, scale: tuple[float, float] = (0.0, TEN)
) -> pd.DataFrame:
    """The highest whole level of the scale it was asked on that four in five customers lived, with 97.5 % assurance.

    For level t the share who lived t or better has a Wilson (1927) interval; t is keepable while its lower limit stays
    at or above 0.8. An expectation above it is disappointed too often (Oliver 1980: satisfaction follows the gap, not
    the performance). answers: on 0–10, from `on_ten`; scale: lowest and highest possible answer. Columns touchpoint, level
    (an answer of that scale, NaN: no level is assured), estimate, low, high (of the share who lived the level or better),
    n, unit share.
    """
    lowest, highest = scale
    asked = np.arange(np.floor(lowest) + 1, highest + 1)
    places = (asked - lowest) / (highest - lowest) * TEN
    parts: list[dict[str, object]] = []
    for touchpoint in touchpoints:
        lived = _scores(answers, touchpoint, "lived").to_numpy()
        shares = [share_row(int((lived >= place - ROUNDING).sum()), len(lived)) for place in places]
        assured = [number for number, share in enumerate(shares) if share["low"] >= KEPT_SHARE]
        blank = dict.fromkeys(("estimate", "low", "high"), float("nan"))
        best = shares[assured[-1]] if assured else shares[0] | blank
        parts.append({"touchpoint": touchpoint, "level": asked[assured[-1]] if assured else float("nan")} | best)
    return tidy(["touchpoint", "level"], parts)


def promise(keepable: pd.DataFrame) -> dict[str, Any]:
    """The lowest of the moments' keepable levels: a promise above it would be broken at one of them.

    keepable: from `keepable_levels`. A row estimate (an answer of the scale), n (who lived the moment), grade; {}
    when no level is assured.
    """
    levels = keepable[keepable["level"].notna()].sort_values("level", kind="stable")
    if levels.empty:
        return {}
    row = rows(levels)[0]
    return {"estimate": row["level"], "n": row["n"], "grade": "measured" if row["n"] >= EVIDENCE_N else "observed"}


def _gap(after: pd.Series, before: pd.Series) -> dict[str, Any]:
    """Difference of two measures of one touchpoint with its p; {} when one of them is missing."""
    if after.empty or before.empty:
        return {}
    pairs = (after - before).dropna()
    paired = len(pairs) >= PAIRED_FROM
    if paired:
        varies = pairs.std() > 0  # where everybody's two answers lie equally far apart no test is possible
        row = mean_row(pairs) | {"p": float(stats.ttest_1samp(pairs, 0.0).pvalue) if varies else float("nan")}
    else:
        row = change_of_means(after, before)
    return row | {"detectable": detectable(row["low"], row["high"]), "paired": paired}


def _scores(answers: pd.DataFrame, touchpoint: str, measure: str) -> pd.Series:
    """The scores of one measure at one touchpoint, by respondent."""
    rows_of = answers[(answers["touchpoint"] == touchpoint) & (answers["measure"] == measure)]
    return rows_of.set_index("respondent_id")["score"].astype(float)
