"""How satisfied customers are: levels of the questions about the whole relation, per year and per kind of customer."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import EVIDENCE_N
from cxlib.statistics.intervals import TIDY, detectable, discoveries, mean_row
from cxlib.statistics.scores import nps, nps_changes, nps_value
from cxlib.statistics.weights import weighted_difference

RELATION = ("nps", "overall", "csat", "ces")
COMPARED_BY = ("overall", "nps")  # the question that kinds of customers are compared by: the first that was asked
LEVELS = ["question", "wave", "answers", *TIDY]
SPREAD = [
    "attribute",
    "value",
    *TIDY,
    "difference",
    "difference_low",
    "difference_high",
    "detectable",
    "p",
    "q",
    "verdict",
]
CHANGES = ["question", "from_wave", "to_wave", "respondents", *TIDY, "detectable", "p_value", "verdict"]
FALSE_DISCOVERIES = 0.05  # share of the differences called real that may be so by chance
NOT_DESCRIBING = ("customer_id", "since_on", "left_on")


def whole_relation(responses: pd.DataFrame) -> pd.DataFrame:
    """The answers that rate the whole relation (nps, overall, csat, ces; no touchpoint), with their year as `wave`."""
    asked = responses["question"].isin(RELATION) & responses["score"].notna() & responses["on"].notna()
    kept = responses[asked & (responses["touchpoint"].fillna("") == "")]
    return kept.assign(wave=pd.Series(kept["on"].dt.year, dtype="Int64").astype("str"))


def levels(answers: pd.DataFrame) -> pd.DataFrame:
    """The level of each question in each year, on its own scale.

    answers: from `whole_relation`. The net promoter score in points, other questions as a mean with Student's t interval
    (score); as answered, and weighted beside it in a year whose weights are not all 1. Columns question, wave, answers
    (plain | weighted), estimate, low, high, n, unit.
    """
    by = ["question", "wave"]
    recommending, others = (answers[(answers["question"] == "nps") == asked] for asked in (True, False))
    uneven = recommending.loc[recommending["weight"].fillna(1).ne(1), "wave"]
    plain, weighted = nps(recommending.drop(columns="weight"), by=by), nps(recommending, by=by)
    means = [
        {"question": question, "wave": wave, "answers": how} | mean_row(group["score"], weights=weights)
        for (question, wave), group in others.groupby(by)
        for how, weights in _ways(group)
    ]
    parts = [
        plain.assign(answers="plain"),
        weighted[weighted["wave"].isin(uneven)].assign(answers="weighted"),
        pd.DataFrame(means, columns=LEVELS),
    ]
    table = _below([part[LEVELS] for part in parts], LEVELS)
    order = table.assign(place=table["question"].map(RELATION.index)).sort_values(["place", "wave", "answers"]).index
    return table.loc[order].reset_index(drop=True)


def latest_levels(levels: pd.DataFrame) -> pd.DataFrame:
    """The year to speak of: of each question the latest at or above the evidence gate, else its latest.

    Weighted where that year has weights, as answered where it has none.
    """
    known = levels.assign(enough=levels["n"] >= EVIDENCE_N, weighed=levels["answers"] == "weighted")
    latest = known.sort_values(["enough", "wave", "weighed"], kind="stable").groupby("question").tail(1)
    return latest.sort_index()[LEVELS]


def level_changes(answers: pd.DataFrame) -> pd.DataFrame:
    """What changed in each question from one year to the next: later year minus the one before.

    answers: from `whole_relation`. The net promoter score as `nps_changes` compares it. Other questions: means, Welch
    (1947) for all who answered, the same weighted where weights are not all 1, Student for those who answered both
    years, where they reach the evidence gate; a question's changes are one family (Benjamini & Hochberg 1995); cannot
    tell under the gate. Columns question, from_wave, to_wave, respondents (all | weighted | same), estimate, low,
    high, n, unit, detectable, p_value, verdict.
    """
    parts = [nps_changes(answers[answers["question"] == "nps"]).assign(question="nps")]
    for question, group in answers[answers["question"] != "nps"].groupby("question"):
        pairs = itertools.pairwise(sorted(group["wave"].unique()))
        rows = [row for before, after in pairs for row in _change(group, before, after)]
        table = pd.DataFrame(rows, columns=CHANGES[1:-1])
        real = np.where(discoveries(table["p_value"].astype(float).to_list()), "real", "not shown")
        verdict = pd.Series(real, table.index, dtype="str").where(table["n"] >= EVIDENCE_N, "cannot tell")
        parts.append(table.assign(question=str(question), verdict=verdict))
    table = _below([part[CHANGES] for part in parts], CHANGES)
    order = table["question"].map(RELATION.index).sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)


def leading_question(answers: pd.DataFrame) -> str:
    """The question that kinds of customers are compared by: overall, else nps; "" when neither was asked."""
    return next((question for question in COMPARED_BY if answers["question"].eq(question).any()), "")


def attribute_levels(answers: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """The level of every kind of customer in the leading question, each against all others whose attribute is known.

    answers: from `whole_relation`; a net promoter answer counts −100, 0 or 100 points; somebody who answered several
    times counts once, by the mean, and by weight where there are weights. customers: customer_id and text columns;
    every one but key and dates is an attribute. Only values at or above the evidence gate, and so must be the others.
    The difference has Welch's (1947) interval and p; q is Benjamini & Hochberg's (1995) over all rows; verdict real
    (q ≤ 0.05) | not shown | cannot tell (nobody differs at all). Columns attribute, value, estimate, low, high, n,
    unit (of the level), difference, difference_low, difference_high, detectable, p, q, verdict; largest difference
    first.
    """
    leading = leading_question(answers)
    asked = answers[answers["question"] == leading].dropna(subset="score")
    unit, score = ("points", nps_value(asked["score"])) if leading == "nps" else ("score", asked["score"])
    persons = asked.assign(level=score).dropna(subset="level").groupby("respondent_id")
    each, weight = persons["level"].mean(), persons["weight"].mean().fillna(1.0)
    weights = weight if weight.ne(1).any() else None
    known = customers.drop_duplicates("customer_id").set_index("customer_id").reindex(each.index)
    rows: list[dict[str, object]] = []
    for attribute in (str(name) for name in known.columns if name not in NOT_DESCRIBING):
        values = known[attribute].fillna("").astype("str")
        named, values = each[values != ""], values[values != ""]
        sizes = values.value_counts()
        for value in sorted(sizes.index[(sizes >= EVIDENCE_N) & (len(named) - sizes >= EVIDENCE_N)]):
            inside = values == value
            against = change_of_means(named[inside], named[~inside], weights=weights)
            level = {"attribute": attribute, "value": value} | mean_row(named[inside], unit, weights=weights)
            difference = {"difference": against["estimate"], "p": against["p"]}
            limits = {f"difference_{side}": against[side] for side in ("low", "high")}
            rows.append(level | difference | limits | {"detectable": detectable(against["low"], against["high"])})
    return _judged(pd.DataFrame(rows, columns=SPREAD[:-2]))


def change_of_means(
    one: pd.Series[float], other: pd.Series[float], *, weights: pd.Series[float] | None = None
) -> dict[str, Any]:
    """Mean of one group minus mean of the other as a row (estimate, low, high, n, unit score) with p: Welch (1947).

    weights: of both groups' answers, by their index; then the means are weighted (`weighted_difference`). n is that of
    the smaller group. Interval and p are blank below two answers each, or where nobody differs at all.
    """
    if weights is not None:
        return weighted_difference(one, other, weights)
    row = {"estimate": float(one.mean() - other.mean()), "n": min(len(one), len(other)), "unit": "score"}
    spread = [float(group.var(ddof=1)) for group in (one, other)]
    if not sum(spread) > 0:
        return row | dict.fromkeys(("low", "high", "p"), float("nan"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where one of the groups is all alike scipy fears for digits
        test = stats.ttest_ind(one, other, equal_var=False)
    low, high = test.confidence_interval()
    return row | {"low": float(low), "high": float(high), "p": float(test.pvalue)}


def _ways(group: pd.DataFrame) -> list[tuple[str, pd.Series[float] | None]]:
    """How answers are counted: each once, and by weight where weights are not all 1."""
    weights = group["weight"].fillna(1.0).astype(float)
    return [("plain", None), ("weighted", weights)] if weights.ne(1).any() else [("plain", None)]


def _change(group: pd.DataFrame, before: str, after: str) -> Iterator[dict[str, Any]]:
    """Mean of one year minus mean of the year before, for all and for those who answered both."""
    old, new = (group.loc[group["wave"] == wave] for wave in (before, after))
    first, last = (part.dropna(subset="respondent_id").groupby("respondent_id")["score"].last() for part in (old, new))
    names = {"plain": "all", "weighted": "weighted"}
    ways = _ways(pd.concat([old, new]))
    found = {names[how]: change_of_means(new["score"], old["score"], weights=weights) for how, weights in ways}
    both = (last - first).dropna()
    if len(both) >= EVIDENCE_N and both.std() > 0:
        found["same"] = mean_row(both) | {"p": float(stats.ttest_1samp(both, 0.0).pvalue)}
    for respondents, row in found.items():
        keys = {"from_wave": before, "to_wave": after, "respondents": respondents}
        yield keys | row | {"detectable": detectable(row["low"], row["high"]), "p_value": row["p"]}


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with q and verdict, the largest difference first."""
    tested = table["p"].notna()
    table = table.assign(q=np.nan, verdict="cannot tell")
    table.loc[tested, "q"] = stats.false_discovery_control(table.loc[tested, "p"].astype(float))
    table.loc[tested, "verdict"] = np.where(table.loc[tested, "q"] <= FALSE_DISCOVERIES, "real", "not shown")
    size = -table["difference"].astype(float).abs().round(12)
    order = table.assign(size=size).sort_values(["size", "attribute", "value"], kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _below(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Tables one below the other; those without rows would only blur the types."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
