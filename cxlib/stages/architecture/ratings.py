"""Who rated which touchpoint, and how they judge the whole: one row per respondent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.facts import EVIDENCE_N
from cxlib.statistics.intervals import Z

OUTCOMES = ("overall", "nps")  # questions that judge the whole relation, the better one first
RATINGS = ("csat", "memory")  # questions that rate a single touchpoint: at once, or as remembered
MOST = 15  # touchpoints in one model: 2^15 models can be fitted
LEAST_N, N_PER_DRIVER = 100, 15  # respondents that a split of the judgement needs, in all and per touchpoint (policy)
SCORES = ["touchpoint", "estimate", "low", "high", "n", "unit", "reach_share", "headroom_share"]


@dataclass(frozen=True)
class Judged:
    """Whose judgement is read. ratings: from `ratings`; customers: the target segment's, None = everybody's."""

    ratings: pd.DataFrame
    customers: pd.Series | None

    @property
    def touchpoints(self) -> list[str]:
        """The touchpoints that enough of them rated."""
        return rated_touchpoints(self.ratings)

    def of(self, interactions: pd.DataFrame) -> pd.DataFrame:
        """The contacts of those whose judgement is read."""
        if self.customers is None:
            return interactions
        return interactions[interactions["customer_id"].isin(self.customers)]


def judged(
    responses: pd.DataFrame, members: pd.DataFrame, *, touchpoints: list[str], inside: list[str], segment: str
) -> Judged:
    """The judgements of the target segment where enough of it answered, else of everybody.

    Enough: at least 100 respondents, and 15 per touchpoint. More than 15 touchpoints are cut to those `inside` the
    corridor. responses: respondent_id, on, question, touchpoint, score, weight; members: customer_id, segment.
    """
    asked = touchpoints_to_measure(touchpoints, inside)
    chosen = whom_to_measure(responses, members, segment=segment, n_touchpoints=len(asked))
    return Judged(ratings(responses, touchpoints=asked, members=chosen), chosen)


def ratings(responses: pd.DataFrame, *, touchpoints: list[str], members: pd.Series | None = None) -> pd.DataFrame:
    """One row per respondent who judged the whole: outcome, weight, and a column per touchpoint rated by 30 or more.

    A touchpoint that was not met (or not rated) stays empty: it is never filled with a mean. The outcome is a
    respondent's last `overall` score (nps where overall was not asked) with a blank touchpoint; beside it stand the
    ratings given until that day, averaged per touchpoint: a later contact cannot have formed the judgement.

    responses: respondent_id, on, question, touchpoint, score, weight; members: restrict to these respondents.
    """
    question = outcome_question(responses)
    last, lived = judgement_and_ratings(
        responses if members is None else responses[responses["respondent_id"].isin(members)], question
    )
    table = pd.DataFrame({"outcome": last["score"], "weight": last["weight"].fillna(1.0)})
    wide = lived.pivot_table(index="respondent_id", columns="touchpoint", values="score", aggfunc="mean")
    enough = [name for name in touchpoints if name in wide and wide[name].notna().sum() >= EVIDENCE_N]
    return table.join(wide.reindex(columns=enough)).astype(float)


def judgement_and_ratings(responses: pd.DataFrame, question: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The last answer of each respondent to `question` about the whole, by respondent, and their csat ratings until then."""
    known = responses[responses["score"].notna() & responses["respondent_id"].notna()]
    whole = known[_whole(known) & (known["question"] == question)].sort_values("on", kind="stable", na_position="first")
    last = whole.drop_duplicates("respondent_id", keep="last").set_index("respondent_id")
    lived = known[~_whole(known) & (known["question"] == "csat") & known["respondent_id"].isin(last.index)]
    until = last["on"].reindex(lived["respondent_id"]).to_numpy()
    return last, lived[~(lived["on"].to_numpy() > until)]


def outcome_question(responses: pd.DataFrame) -> str:
    """The question that judges the whole relation: overall, else nps, else nothing."""
    return _first_asked(responses[_whole(responses)], OUTCOMES)


def rating_question(responses: pd.DataFrame) -> str:
    """The question that rates single touchpoints: csat, where it was never asked memory, else nothing."""
    return _first_asked(responses[~_whole(responses)], RATINGS)


def rated_touchpoints(table: pd.DataFrame) -> list[str]:
    """The touchpoints of a table of ratings."""
    return [name for name in table.columns if name not in ("outcome", "weight")]


def stated_importance(responses: pd.DataFrame) -> pd.DataFrame:
    """Mean stated importance per touchpoint (touchpoint, stated); empty when it was never asked."""
    asked = responses[(responses["question"] == "importance") & responses["score"].notna() & ~_whole(responses)]
    return asked.groupby("touchpoint")["score"].mean().rename("stated").reset_index()


def score_table(table: pd.DataFrame, *, scale: tuple[float, float]) -> pd.DataFrame:
    """Mean rating of each touchpoint among those who rated it: estimate, low, high, n, unit, reach_share, headroom_share.

    Interval: normal approximation with the sandwich variance of a weighted mean. headroom = distance to the top of
    the scale as a share of the scale; reach = share of the respondents who rated the touchpoint.
    """
    rows = []
    for name in rated_touchpoints(table):
        met = table[[name, "weight"]].dropna()
        share, n = met["weight"] / met["weight"].sum(), len(met)
        mean = float((share * met[name]).sum())
        half = Z * float(np.sqrt((share**2 * (met[name] - mean) ** 2).sum() * n / max(1, n - 1)))
        headroom = (scale[1] - mean) / (scale[1] - scale[0])
        rows.append((name, mean, mean - half, mean + half, n, "score", n / len(table), headroom))
    return pd.DataFrame(rows, columns=SCORES)


def touchpoints_to_measure(touchpoints: list[str], inside: list[str]) -> list[str]:
    """The touchpoints that enter one model: all, or, where they are more than 15, those inside the corridor."""
    chosen = [touchpoint for touchpoint in touchpoints if touchpoint in inside]
    return chosen if chosen and len(touchpoints) > MOST else touchpoints


def whom_to_measure(
    responses: pd.DataFrame, members: pd.DataFrame, *, segment: str, n_touchpoints: int
) -> pd.Series | None:
    """The customers of the target segment, if enough of them judged the whole: at least 100 and 15 per touchpoint.

    None otherwise, or without a segment: then everybody is measured. members: customer_id, segment.
    """
    asked = responses[_whole(responses) & (responses["question"] == outcome_question(responses))]
    mine = members.loc[members["segment"] == segment, "customer_id"]
    n = asked.loc[asked["score"].notna() & asked["respondent_id"].isin(mine), "respondent_id"].nunique()
    return mine if segment and n >= max(LEAST_N, N_PER_DRIVER * n_touchpoints) else None


def _whole(responses: pd.DataFrame) -> pd.Series:
    """Which answers are about the whole relation: their touchpoint is blank."""
    return responses["touchpoint"].fillna("").eq("")


def _first_asked(responses: pd.DataFrame, questions: tuple[str, ...]) -> str:
    asked = set(responses.loc[responses["score"].notna(), "question"])
    return next((question for question in questions if question in asked), "")
