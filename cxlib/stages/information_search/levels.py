"""How satisfied customers are: levels of the questions about the whole relation, per year and per kind of customer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import detectable, discoveries, mean_t

RELATION = ("nps", "overall", "csat", "ces")
LEVELS = ["question", "wave", "answers", "estimate", "low", "high", "n", "unit"]
SPREAD = ["attribute", "value", "estimate", "low", "high", "n", "unit", "difference", "difference_low", "difference_high",
          "detectable", "p", "q", "verdict"]  # fmt: skip
CHANGES = ["question", "from_wave", "to_wave", "respondents", "estimate", "low", "high", "n", "unit", "detectable", "p_value",
           "verdict"]  # fmt: skip
FROM_SAME_PERSONS = 30  # who answered both years; from here on they are compared with themselves
NOT_DESCRIBING = ("customer_id", "since_on", "left_on")


def whole_relation(responses: pd.DataFrame) -> pd.DataFrame:
    """The answers that rate the whole relation (nps, overall, csat, ces; no touchpoint), with their calendar year `wave`."""
    asked = responses["question"].isin(RELATION) & responses["score"].notna() & responses["on"].notna()
    kept = responses[asked & (responses["touchpoint"].fillna("") == "")]
    return kept.assign(wave=pd.Series(kept["on"].dt.year, dtype="Int64").astype("str"))


def levels(answers: pd.DataFrame, *, nps: pd.DataFrame, nps_weighted: pd.DataFrame) -> pd.DataFrame:
    """The level of each question in each year, on its own scale.

    answers: from `whole_relation`. nps, nps_weighted: the net promoter scores by question and wave, as answered and
    weighted (points); other questions are a mean with Student's t interval (score). Columns question, wave, answers
    (plain | weighted; weighted only in a year whose weights are not all 1), estimate, low, high, n, unit.
    """
    means = [
        {"question": question, "wave": wave, "answers": "plain", **_level(group["score"]), "unit": "score"}
        for (question, wave), group in answers[answers["question"] != "nps"].groupby(["question", "wave"])
    ]
    uneven = answers.loc[answers["question"].eq("nps") & answers["weight"].fillna(1).ne(1), "wave"]
    weighted = nps_weighted[nps_weighted["wave"].isin(uneven)]
    parts = [nps.assign(answers="plain"), weighted.assign(answers="weighted"), pd.DataFrame(means, columns=LEVELS)]
    filled = [part[LEVELS] for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=LEVELS)
    table = pd.concat(filled, ignore_index=True)
    table["place"] = table["question"].map(RELATION.index)
    return table.sort_values(["place", "wave", "answers"], ignore_index=True)[LEVELS]


def level_changes(answers: pd.DataFrame, *, nps: pd.DataFrame, gate_n: int = 30) -> pd.DataFrame:
    """What changed in each question from one year to the next: later year minus the one before.

    answers: from `whole_relation`; nps: the changes of the net promoter score (from_wave, to_wave, respondents, estimate,
    low, high, n, unit, detectable, p_value, verdict). Other questions: means, Welch (1947) for all who answered, Student
    for those who answered both years, where at least 30 did; a question's changes are one family (Benjamini & Hochberg
    1995); cannot tell under `gate_n`. Adds question.
    """
    parts = [nps.assign(question="nps")] if len(nps) else []
    for question, group in answers[answers["question"] != "nps"].groupby("question"):
        waves = sorted(group["wave"].unique())
        pairs = itertools.pairwise(waves)
        rows = [row for before, after in pairs for row in _change(group, before, after)]
        table = pd.DataFrame(rows, columns=CHANGES[1:])
        real = np.where(discoveries(table["p_value"].astype(float).to_list()), "real", "not shown")
        table["verdict"] = pd.Series(real, table.index, dtype="str").where(table["n"] >= gate_n, "cannot tell")
        parts += [table.assign(question=str(question))] if rows else []
    if not parts:
        return pd.DataFrame(columns=CHANGES)
    whole = pd.concat(parts, ignore_index=True)
    place = whole["question"].map(RELATION.index)
    return whole.assign(place=place).sort_values("place", kind="stable", ignore_index=True)[CHANGES]


def _change(group: pd.DataFrame, before: str, after: str) -> Iterator[dict[str, object]]:
    """Mean of one year minus mean of the year before, for all and for those who answered both."""
    old, new = (group.loc[group["wave"] == wave] for wave in (before, after))
    keys = {"from_wave": before, "to_wave": after, "unit": "score"}
    change = _difference(new["score"], old["score"]) if min(len(old), len(new)) > 1 else {}
    low, high = (float(str(change.get(f"difference_{side}", np.nan))) for side in ("low", "high"))
    yield keys | {"respondents": "all", "estimate": new["score"].mean() - old["score"].mean(), "low": low, "high": high,
                  "n": min(len(old), len(new)), "detectable": detectable(low, high),
                  "p_value": change.get("p", np.nan)}  # fmt: skip
    first, last = (part.dropna(subset="respondent_id").groupby("respondent_id")["score"].last() for part in (old, new))
    both = (last - first).dropna()
    if len(both) >= FROM_SAME_PERSONS and both.std() > 0:
        estimate, low, high = mean_t(both)
        p = float(stats.ttest_1samp(both, 0.0).pvalue)
        yield keys | {"respondents": "same", "estimate": estimate, "low": low, "high": high, "n": len(both),
                      "detectable": detectable(low, high), "p_value": p}  # fmt: skip


def leading_question(answers: pd.DataFrame) -> str:
    """The question that kinds of customers are compared by: overall, where nobody was asked it nps; "" without either."""
    return next((question for question in ("overall", "nps") if answers["question"].eq(question).any()), "")


def attribute_levels(answers: pd.DataFrame, customers: pd.DataFrame, *, unit: str, gate_n: int = 30) -> pd.DataFrame:
    """The level of every kind of customer, each against all others whose attribute is known.

    answers: respondent_id and `level`, a number (a score, or −100 | 0 | 100 for a net promoter score); somebody who
    answered several times counts once, by the mean. customers: customer_id and text columns; every one but key and
    dates is an attribute. Only values that at least `gate_n` answered; the others must be as many. The difference has
    Welch's (1947) interval and p; q is Benjamini & Hochberg's (1995) over all rows; verdict real (q ≤ 0.05) | not
    shown. Columns attribute, value, estimate, low, high, n, unit (of the level), difference, difference_low,
    difference_high, detectable, p, q, verdict; largest difference first.
    """
    each = answers[answers["level"].notna()].groupby("respondent_id")["level"].mean()
    known = customers.drop_duplicates("customer_id").set_index("customer_id").reindex(each.index)
    rows: list[dict[str, object]] = []
    for attribute in (str(name) for name in known.columns if name not in NOT_DESCRIBING):
        values = known[attribute].fillna("").astype("str")
        sizes = values[values != ""].value_counts()
        named = each[values != ""]
        for value in sorted(sizes.index[(sizes >= gate_n) & (len(named) - sizes >= gate_n)]):
            inside = values[named.index] == value
            rows.append({"attribute": attribute, "value": value, **_level(named[inside]), "unit": unit,
                         **_difference(named[inside], named[~inside])})  # fmt: skip
    return _judged(rows)


def _judged(rows: list[dict[str, object]]) -> pd.DataFrame:
    """The rows with q and verdict, the largest difference first."""
    table = pd.DataFrame(rows, columns=SPREAD)
    tested = table["p"].notna()
    if not tested.any():
        return table.assign(q=np.nan, verdict="cannot tell")
    table.loc[tested, "q"] = stats.false_discovery_control(table.loc[tested, "p"].astype(float))
    table["verdict"] = np.where(table["q"].astype(float) <= 0.05, "real", "not shown")
    table["verdict"] = table["verdict"].where(tested, "cannot tell")
    size = table["difference"].astype(float).abs().round(12)
    keys = table.assign(size=-size).sort_values(["size", "attribute", "value"], kind="stable").index
    return table.loc[keys].reset_index(drop=True)


def _level(values: pd.Series[float]) -> dict[str, object]:
    """Mean with its interval and n."""
    estimate, low, high = mean_t(values)
    return {"estimate": estimate, "low": low, "high": high, "n": len(values)}


def _difference(one: pd.Series[float], others: pd.Series[float]) -> dict[str, object]:
    """Mean of one group minus mean of the others, with Welch's interval and p; a blank p when nobody differs at all."""
    change = float(one.mean() - others.mean())
    parts = [float(group.var(ddof=1)) / len(group) for group in (one, others)]
    if not sum(parts) > 0:
        blank = dict.fromkeys(("difference_low", "difference_high", "detectable", "p"), np.nan)
        return {"difference": change, **blank}
    test = stats.ttest_ind(one, others, equal_var=False)
    limits = test.confidence_interval(0.95)
    low, high = float(limits.low), float(limits.high)
    return {"difference": change, "difference_low": low, "difference_high": high, "detectable": detectable(low, high),
            "p": float(test.pvalue)}  # fmt: skip
