"""Satisfied and gone all the same: what share of the satisfied is not seen again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import TIDY, wilson

KEYS = ["group", "question", "satisfied_from", "window_days"]
SATISFIED_SHARE = 0.75  # of the scale: 8 on 0–10, 4 on 1–5 (the two upper boxes of five)
DAY_SECONDS = 86_400.0


def returns(interactions: pd.DataFrame, transactions: pd.DataFrame) -> pd.DataFrame:
    """When customers come: the first contact of every journey, and every purchase; columns customer_id, at.

    Later contacts of a journey are no sign of coming back: a parcel that arrives is not a customer who returns.
    """
    journey = interactions["journey_id"].fillna(interactions["customer_id"])
    starts = interactions.assign(journey_id=journey).sort_values("at").drop_duplicates("journey_id")
    return pd.concat([starts[["customer_id", "at"]], transactions[["customer_id", "at"]]], ignore_index=True)


def usual_gap_days(activity: pd.DataFrame, *, share: float = 0.95, at_risk: int = 30) -> float:
    """Days within which `share` of those who come back at all have come back, from the gaps between their days.

    The last gap of every customer is still open: it is censored at the last day of the table, by Kaplan & Meier
    (1958); the curve is followed as long as `at_risk` gaps are under observation. NaN without `at_risk` returns.

    activity: customer_id, at (as made by `returns`).
    """
    days = activity.assign(day=activity["at"].dt.normalize())[["customer_id", "day"]].drop_duplicates()
    days = days.sort_values(["customer_id", "day"])
    after = days.groupby("customer_id")["day"].shift(-1)
    closed = after.notna().to_numpy()
    if closed.sum() < at_risk:
        return float("nan")
    length = (after.fillna(days["day"].max()) - days["day"]).dt.total_seconds().to_numpy() / DAY_SECONDS
    times, place = np.unique(length, return_inverse=True)
    events = np.bincount(place, weights=closed)
    left = np.bincount(place)[::-1].cumsum()[::-1]
    returned = 1 - np.cumprod(1 - events / left)
    followed = returned[left >= at_risk]
    return float(np.ceil(times[np.argmax(returned >= share * followed[-1] - 1e-12)]))


def satisfied_but_leaving(
    responses: pd.DataFrame,
    activity: pd.DataFrame,
    *,
    scales: dict[str, tuple[float, float]],
    window_days: float,
    left_on: pd.Series | None = None,
) -> pd.DataFrame:
    """Share of satisfied respondents who were not seen again within the window after answering, with Wilson interval.

    Satisfied = overall (or, without it, nps) in the upper quarter of its scale (8 on 0–10, 4 on 1–5). Gone = neither
    purchase nor new journey in the window, or a recorded leaving date in it (`left_on` by customer_id). Only answers whose
    window is over count: later ones cannot have left yet. One answer per respondent: the last such one.

    responses: respondent_id, on, question, touchpoint (blank = whole relation), score.
    Returns group (satisfied | other), question, satisfied_from (score), window_days, TIDY; empty when nobody counts.
    """
    question = _question(responses)
    until = activity["at"].max()
    if not question or pd.isna(window_days) or pd.isna(until):
        return pd.DataFrame(columns=[*KEYS, *TIDY])
    low, high = scales.get(question, (0.0, 10.0))
    limit = low + SATISFIED_SHARE * (high - low)
    answers = responses[_whole(responses) & (responses["question"] == question) & responses["score"].notna()]
    mature = answers[answers["on"] + pd.Timedelta(days=window_days) <= until]
    mature = mature[mature["respondent_id"].isin(activity["customer_id"])].sort_values("on")
    last = mature.drop_duplicates("respondent_id", keep="last")
    gone = _gone(last, activity, window_days, left_on)
    rows = []
    for group, chosen in (("satisfied", last["score"] >= limit), ("other", last["score"] < limit)):
        share, bottom, top = wilson(float(gone[chosen].sum()), float(chosen.sum()))
        rows.append((group, question, np.ceil(limit), window_days, share, bottom, top, int(chosen.sum()), "share"))
    return pd.DataFrame(rows, columns=[*KEYS, *TIDY]) if len(last) else pd.DataFrame(columns=[*KEYS, *TIDY])


def _whole(responses: pd.DataFrame) -> pd.Series:
    """Answers about the whole relation."""
    return responses["touchpoint"].isna() | (responses["touchpoint"] == "")


def _question(responses: pd.DataFrame) -> str:
    """overall if it was asked, else nps, else nothing."""
    asked = set(responses.loc[_whole(responses) & responses["score"].notna(), "question"].dropna())
    return next((name for name in ("overall", "nps") if name in asked), "")


def _gone(answers: pd.DataFrame, activity: pd.DataFrame, window: float, left_on: pd.Series | None) -> pd.Series:
    """True for answers after whose day nothing more was seen within the window."""
    acts = activity[activity["customer_id"].isin(answers["respondent_id"])]
    pairs = (
        answers[["respondent_id", "on"]]
        .reset_index()
        .merge(acts[["customer_id", "at"]], left_on="respondent_id", right_on="customer_id")
    )
    later = (pairs["at"].dt.normalize() > pairs["on"]) & (pairs["at"] <= pairs["on"] + pd.Timedelta(days=window))
    gone = ~answers.index.isin(pairs.loc[later, "index"])
    if left_on is not None:
        date = left_on.reindex(answers["respondent_id"]).set_axis(answers.index)
        gone = gone | ((date > answers["on"]) & (date <= answers["on"] + pd.Timedelta(days=window))).to_numpy()
    return pd.Series(gone, index=answers.index)
