"""Satisfied and gone all the same: what share of the satisfied is not seen again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.facts import EVIDENCE_N, compare
from cxlib.journeys.incidence import WINDOW_SHARE, incidence
from cxlib.journeys.passages import DAY_SECONDS
from cxlib.statistics.intervals import TIDY, newcombe, wilson

KEYS = ["group", "question", "satisfied_from", "window_days"]
COLUMNS = [*KEYS, *TIDY, "verdict", "less_often"]
SATISFIED_SHARE = 0.75  # of the scale: 8 on 0–10, 4 on 1–5 (the two upper boxes of five)
SCALE = (0.0, 10.0)


def satisfied_but_leaving(
    responses: pd.DataFrame,
    interactions: pd.DataFrame,
    transactions: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    scales: Mapping[str, tuple[float, float]],
) -> pd.DataFrame:
    """Share of satisfied respondents who were not seen again within the usual window after answering, and of the others.

    Satisfied = overall (or, without it, nps) in the upper quarter of its scale (8 on 0–10, 4 on 1–5). Gone = neither
    purchase nor new journey in the window of `usual_gap_days`, or a recorded leaving date in it. Only answers whose
    window is over count: later ones cannot have left yet. One answer per respondent: the last such one.

    responses: respondent_id, on, question, touchpoint (blank = whole relation), score; customers: customer_id, left_on.
    Returns group (satisfied | other), question, satisfied_from (score), window_days, TIDY (Wilson), verdict: whether the
    two differ (Newcombe 1998), less_often: whether the satisfied leave less often; empty when nobody counts.
    """
    activity = returns(interactions, transactions)
    left_on = customers.drop_duplicates("customer_id").set_index("customer_id")["left_on"]
    return leaving_within(responses, activity, scales=scales, window_days=usual_gap_days(activity), left_on=left_on)


def returns(interactions: pd.DataFrame, transactions: pd.DataFrame) -> pd.DataFrame:
    """When customers come: the first contact of every journey, and every purchase; columns customer_id, at.

    Later contacts of a journey are no sign of coming back: a parcel that arrives is not a customer who returns.
    """
    journey = interactions["journey_id"].fillna(interactions["customer_id"])
    starts = interactions.assign(journey_id=journey).sort_values("at").drop_duplicates("journey_id")
    return pd.concat([starts[["customer_id", "at"]], transactions[["customer_id", "at"]]], ignore_index=True)


def usual_gap_days(activity: pd.DataFrame) -> float:
    """Days within which 95 % of those who come back at all have come back, from the gaps between their days.

    The last gap of every customer is still open: it is censored at the last day of the table, by Kaplan & Meier
    (1958); the curve is followed as long as 30 gaps are under observation. NaN with fewer than 30 returns.

    activity: customer_id, at (as made by `returns`).
    """
    days = activity.assign(day=activity["at"].dt.normalize())[["customer_id", "day"]].drop_duplicates()
    days = days.sort_values(["customer_id", "day"])
    after = days.groupby("customer_id")["day"].shift(-1)
    if after.notna().sum() < EVIDENCE_N:
        return float("nan")
    length = (after.fillna(days["day"].max()) - days["day"]).dt.total_seconds() / DAY_SECONDS
    outcome = after.notna().map({True: "advanced", False: "open"})
    curve = incidence(pd.DataFrame({"step": "away", "days": length, "outcome": outcome}))
    followed = curve[curve["n"] >= EVIDENCE_N]
    reached = followed["estimate"] >= WINDOW_SHARE * followed["estimate"].iloc[-1] - 1e-12
    return float(np.ceil(followed.loc[reached, "days"].iloc[0]))


def leaving_within(
    responses: pd.DataFrame,
    activity: pd.DataFrame,
    *,
    scales: Mapping[str, tuple[float, float]],
    window_days: float,
    left_on: pd.Series,
) -> pd.DataFrame:
    """`satisfied_but_leaving` by a given window. activity: customer_id, at; left_on: leaving dates by customer_id."""
    question, until = _question(responses), activity["at"].max()
    if not question or pd.isna(window_days) or pd.isna(until):
        return pd.DataFrame(columns=COLUMNS)
    low, high = scales.get(question, SCALE)
    limit = low + SATISFIED_SHARE * (high - low)
    answers = responses[_whole(responses) & (responses["question"] == question) & responses["score"].notna()]
    mature = answers[answers["on"] + pd.Timedelta(days=window_days) <= until]
    mature = mature[mature["respondent_id"].isin(activity["customer_id"])].sort_values("on")
    last = mature.drop_duplicates("respondent_id", keep="last")
    gone, satisfied = _gone(last, activity, window_days, left_on), last["score"] >= limit
    counts = [(float(gone[chosen].sum()), int(chosen.sum())) for chosen in (satisfied, ~satisfied)]
    difference, below, above = newcombe(*counts)
    verdict = compare(below, above, n=min(n for _hits, n in counts))
    rows = [
        (group, question, np.ceil(limit), window_days, *wilson(hits, n), n, "share", verdict, difference < 0)
        for group, (hits, n) in zip(("satisfied", "other"), counts, strict=True)
        if len(last)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _whole(responses: pd.DataFrame) -> pd.Series:
    """Answers about the whole relation."""
    return responses["touchpoint"].isna() | (responses["touchpoint"] == "")


def _question(responses: pd.DataFrame) -> str:
    """overall if it was asked, else nps, else nothing."""
    asked = set(responses.loc[_whole(responses) & responses["score"].notna(), "question"].dropna())
    return next((name for name in ("overall", "nps") if name in asked), "")


def _gone(answers: pd.DataFrame, activity: pd.DataFrame, window: float, left_on: pd.Series) -> pd.Series:
    """True for answers after whose day nothing more was seen within the window, or within which the customer left."""
    asked = answers[["respondent_id", "on"]].reset_index()
    pairs = asked.merge(activity[["customer_id", "at"]], left_on="respondent_id", right_on="customer_id")
    end = pairs["on"] + pd.Timedelta(days=window)
    later = (pairs["at"].dt.normalize() > pairs["on"]) & (pairs["at"] <= end)
    date = left_on.reindex(answers["respondent_id"]).set_axis(answers.index)
    left = (date > answers["on"]) & (date <= answers["on"] + pd.Timedelta(days=window))
    return left | ~answers.index.isin(pairs.loc[later, "index"])
