"""Change between survey waves: what satisfaction did, where there is no trial to say why."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.facts import compare, first
from cxlib.stages.measurement.effect import before_after, stacked
from cxlib.statistics.differences import welch
from cxlib.statistics.intervals import TIDY, detectable, discoveries
from cxlib.statistics.scores import nps_counts, nps_difference, nps_value

QUESTIONS = ("nps", "overall", "csat", "ces")
WAVE_MONTHS = 12  # a wave is a year: shorter ones would compare seasons
SCORES = ["from_score", "to_score"]
WAVES = ["question", "touchpoint", "from_on", "to_on", *TIDY, "p_value", *SCORES, "detectable", "verdict", "moved"]


def wave_changes(responses: pd.DataFrame) -> pd.DataFrame:
    """Change of every question between the last two waves; descriptive, as other things changed too.

    Waves are blocks of twelve months ending with the last answer. Different people answer each time: Welch interval
    of the difference of weighted means (nps in points: −100, 0, 100). Columns: question, touchpoint, from_on, to_on (first
    day of the waves), estimate, low, high, n, unit, p_value, from_score, to_score, detectable (smallest change that would
    have shown), verdict, moved (still clear of zero after Benjamini and Hochberg's correction over all questions). A question
    with under two answers in a wave has no row; no answers at all: an empty table.
    """
    asked = responses[responses["question"].isin(QUESTIONS) & responses["weight"].fillna(1.0).gt(0)]
    known = _in_waves(asked)
    known = known.assign(value=known["score"].where(known["question"].ne("nps"), nps_value(known["score"])))
    changes = [
        _change(str(question), str(touchpoint), answers)
        for (question, touchpoint), answers in known.groupby(["question", "touchpoint"])
        if min(answers["wave"].eq(wave).sum() for wave in (0, 1)) > 1
    ]
    table = pd.DataFrame(changes, columns=WAVES)
    return table.assign(moved=discoveries(table["p_value"].tolist()))


def same_people(responses: pd.DataFrame) -> pd.DataFrame:
    """Change of those who answered a whole-relation question in both waves, each against themselves; an effect table.

    Their last answer of each wave, waves as in `wave_changes`; one row a question: overall (points of the scale), nps (in
    points: −100, 0, 100). Paired t, descriptive. Below two pairs: no row.
    """
    asked = _in_waves(_whole_relation(responses).dropna(subset=["respondent_id"])).sort_values("on")
    last = asked[asked["wave"].le(1)].drop_duplicates(["respondent_id", "question", "wave"], keep="last")
    wide = last.pivot(index=["question", "respondent_id"], columns="wave", values="score").reindex(columns=[0, 1])
    pairs = wide.rename(columns={0: "outcome", 1: "before"}).dropna().rename_axis(["metric", "person"]).reset_index()
    overall, net = (pairs[pairs["metric"].eq(metric)] for metric in ("overall", "nps"))
    net = net.assign(outcome=nps_value(net["outcome"]), before=nps_value(net["before"]))
    return stacked([before_after(overall, unit="score"), before_after(net, unit="points")])


def nps_change(responses: pd.DataFrame) -> pd.DataFrame:
    """Net promoter score of the last wave less that of the wave before, other people each time: one row, with verdict.

    Columns as `statistics.scores.nps_difference`. Empty without two waves, or when answers are weighted.
    """
    relation = _whole_relation(responses)
    asked = _in_waves(relation[relation["question"].eq("nps")])
    before, last = (nps_counts(asked.loc[asked["wave"].eq(wave), "score"]) for wave in (1, 0))
    table = nps_difference(last, before)
    if asked["weight"].fillna(1.0).nunique() > 1 or table["estimate"].isna().all():
        return table.head(0).assign(verdict=pd.Series(dtype="str"))
    row = first(table)
    return table.assign(verdict=compare(row["low"], row["high"], n=int(row["n"])))


def _whole_relation(responses: pd.DataFrame) -> pd.DataFrame:
    """The answers that rate the whole relation."""
    return responses[responses["question"].isin(["nps", "overall"]) & responses["touchpoint"].fillna("").eq("")]


def _in_waves(responses: pd.DataFrame) -> pd.DataFrame:
    """The dated answers with their wave: 0 is the last one, 1 the one before."""
    known = responses.dropna(subset=["score", "on"])
    on = pd.to_datetime(known["on"])
    month = on.dt.year * 12 + on.dt.month
    return known.assign(wave=(month.max() - month) // WAVE_MONTHS, touchpoint=known["touchpoint"].fillna(""))


def _change(question: str, touchpoint: str, answers: pd.DataFrame) -> dict[str, object]:
    """Last wave minus the one before, for one question."""
    last, before = (answers[answers["wave"].eq(wave)] for wave in (0, 1))
    values, weights = ([part[name].to_numpy(float) for part in (last, before)] for name in ("value", "weight"))
    weights = [np.where(np.isnan(weight), 1.0, weight) for weight in weights]
    told, n = welch(values[0], values[1], (weights[0], weights[1])), len(last) + len(before)
    means = [float(np.average(value, weights=weight)) for value, weight in zip(values, weights, strict=True)]
    return {
        **told,
        "question": question,
        "touchpoint": touchpoint,
        "from_on": before["on"].min(),
        "to_on": last["on"].min(),
        "n": n,
        "unit": "points" if question == "nps" else "score",
        "from_score": means[1],
        "to_score": means[0],
        "detectable": detectable(told["low"], told["high"]),
        "verdict": compare(told["low"], told["high"], n=n),
    }
