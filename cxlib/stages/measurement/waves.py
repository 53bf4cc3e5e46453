"""Change between survey waves: what satisfaction did, where there is no trial to say why."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import TIDY, discoveries

WAVES = ["question", "touchpoint", "from_on", "to_on", "design", *TIDY, "p_value", "from_score", "to_score"]
PAIRS = ["respondent_id", "metric", "unit", "before", "outcome"]


def wave_changes(responses: pd.DataFrame, *, months: int = 12, confidence: float = 0.95) -> pd.DataFrame:
    """Change of every question between the last two waves, `months` long; descriptive, as other things changed too.

    Waves are blocks of `months` months ending with the last answer. Different people answer each time: Welch interval
    of the difference of weighted means (nps in points: −100, 0, 100). Columns: question, touchpoint, from_on, to_on (first
    day of the waves), design ("descriptive"), estimate, low, high, n, unit, p_value, from_score, to_score. A question
    with under two answers in a wave has no row; no answers at all: an empty table.
    """
    known = responses.dropna(subset=["score", "on"])
    known = known[known["question"].isin(["nps", "overall", "csat", "ces"])]
    known = known[known["weight"].fillna(1.0).gt(0)] if len(known) else known
    if known.empty:
        return pd.DataFrame(columns=WAVES)
    month = known["on"].dt.year * 12 + known["on"].dt.month
    known = known.assign(wave=(int(month.max()) - month) // months, touchpoint=known["touchpoint"].fillna(""))
    net = 100.0 * known["score"].ge(9) - 100.0 * known["score"].le(6)
    known["value"] = net.where(known["question"].eq("nps"), known["score"])
    rows = [
        _change(str(question), str(touchpoint), answers, confidence)
        for (question, touchpoint), answers in known.groupby(["question", "touchpoint"])
        if answers["wave"].eq(0).sum() > 1 and answers["wave"].eq(1).sum() > 1
    ]
    return pd.DataFrame(rows, columns=WAVES)


def pairs(responses: pd.DataFrame, *, months: int = 12) -> pd.DataFrame:
    """Persons who answered the same whole-relation question in both waves: respondent_id, metric, unit, before, outcome.

    Their last answer of each wave; nps and overall as they were given (0–10), waves as in `wave_changes`.
    """
    asked = responses[responses["question"].isin(["nps", "overall"]) & responses["touchpoint"].fillna("").eq("")]
    known = asked.dropna(subset=["score", "on", "respondent_id"]).sort_values("on")
    if known.empty:
        return pd.DataFrame(columns=PAIRS)
    month = known["on"].dt.year * 12 + known["on"].dt.month
    known = known.assign(wave=(int(month.max()) - month) // months)
    last = known[known["wave"].le(1)].drop_duplicates(["respondent_id", "question", "wave"], keep="last")
    wide = (
        last.pivot(index=["question", "respondent_id"], columns="wave", values="score").reindex(columns=[0, 1]).dropna()
    )
    table = wide.rename(columns={0: "outcome", 1: "before"}).reset_index().rename(columns={"question": "metric"})
    return table.assign(unit="score")[PAIRS].reset_index(drop=True)


def halves(responses: pd.DataFrame, *, question: str = "nps", months: int = 12) -> tuple[pd.Series, pd.Series]:
    """Scores of a whole-relation question in the wave before and in the last one; both empty when answers are weighted."""
    asked = responses[responses["question"].eq(question) & responses["touchpoint"].fillna("").eq("")]
    known = asked.dropna(subset=["score", "on"])
    if known.empty or known["weight"].fillna(1.0).nunique() > 1:
        return known["score"].head(0), known["score"].head(0)
    month = known["on"].dt.year * 12 + known["on"].dt.month
    wave = (int(month.max()) - month) // months
    return known.loc[wave.eq(1), "score"], known.loc[wave.eq(0), "score"]


def moved(changes: pd.DataFrame, *, q: float = 0.05) -> pd.DataFrame:
    """The changes with `moved`: still clear of zero after Benjamini and Hochberg's (1995) correction over all of them."""
    if changes.empty:
        return changes.assign(moved=pd.Series(dtype=bool))
    return changes.assign(moved=discoveries(changes["p_value"].tolist(), rate=q))


def _change(question: str, touchpoint: str, answers: pd.DataFrame, confidence: float) -> dict[str, object]:
    """Last wave minus the one before, for one question."""
    last, before = (answers[answers["wave"].eq(wave)] for wave in (0, 1))
    (mean_1, error_1), (mean_0, error_0) = _mean(last), _mean(before)
    error = float(np.hypot(error_1, error_0)) or float("nan")  # no spread seen is none known
    parts = error_1**4 / (len(last) - 1) + error_0**4 / (len(before) - 1)
    freedom = error**4 / parts if parts > 0 else float("nan")  # Welch (1947)
    half = float(stats.t.ppf(0.5 + confidence / 2, freedom)) * error
    return {
        "question": question,
        "touchpoint": touchpoint,
        "from_on": before["on"].min(),
        "to_on": last["on"].min(),
        "design": "descriptive",
        "estimate": mean_1 - mean_0,
        "low": mean_1 - mean_0 - half,
        "high": mean_1 - mean_0 + half,
        "n": len(last) + len(before),
        "unit": "points" if question == "nps" else "score",
        "p_value": 2 * float(stats.t.sf(abs(mean_1 - mean_0) / error, freedom)),
        "from_score": mean_0,
        "to_score": mean_1,
    }


def _mean(answers: pd.DataFrame) -> tuple[float, float]:
    """Weighted mean and its linearised standard error: $u_i = w_i (y_i - \\bar y)/\\sum w$, $V = n/(n-1) \\sum u^2$."""
    weight, value = answers["weight"].fillna(1.0).to_numpy(float), answers["value"].to_numpy(float)
    mean = float(np.average(value, weights=weight))
    part = weight * (value - mean) / weight.sum()
    return mean, float(np.sqrt(len(part) / (len(part) - 1) * (part**2).sum()))
