"""Who rated which touchpoint, and how they judge the whole: one row per respondent."""

from __future__ import annotations

import numpy as np
import pandas as pd

OUTCOMES = ("overall", "nps")


def ratings(
    responses: pd.DataFrame, *, touchpoints: list[str], members: pd.Series | None = None, minimum_n: int = 30
) -> pd.DataFrame:
    """One row per respondent who judged the whole: outcome, weight, and a column per touchpoint rated by enough.

    A touchpoint that was not met (or not rated) stays empty: it is never filled with a mean. The outcome is a
    respondent's last `overall` score (nps where overall was not asked) with a blank touchpoint; beside it stand the
    ratings given until that day, averaged per touchpoint: a later contact cannot have formed the judgement.
    Touchpoints with fewer than `minimum_n` ratings among those who judged the whole are left out.

    responses: respondent_id, on, question, touchpoint, score, weight; members: restrict to these respondents.
    """
    known = responses[responses["score"].notna() & responses["respondent_id"].notna()]
    if members is not None:
        known = known[known["respondent_id"].isin(members)]
    blank = known["touchpoint"].isna() | (known["touchpoint"] == "")
    question = outcome_question(responses)
    whole = known[blank & (known["question"] == question)].sort_values("on", kind="stable", na_position="first")
    last = whole.drop_duplicates("respondent_id", keep="last").set_index("respondent_id")
    table = pd.DataFrame({"outcome": last["score"], "weight": last["weight"].fillna(1.0)})
    lived = known[~blank & (known["question"] == "csat") & known["respondent_id"].isin(table.index)]
    until = last["on"].reindex(lived["respondent_id"]).to_numpy()
    lived = lived[~(lived["on"].to_numpy() > until)]
    wide = lived.pivot_table(index="respondent_id", columns="touchpoint", values="score", aggfunc="mean")
    enough = [name for name in touchpoints if name in wide and wide[name].notna().sum() >= minimum_n]
    return table.join(wide.reindex(columns=enough)).astype(float)


def outcome_question(responses: pd.DataFrame) -> str:
    """The question that judges the whole relation: overall, else nps, else nothing."""
    blank = responses["touchpoint"].isna() | (responses["touchpoint"] == "")
    asked = set(responses.loc[blank & responses["score"].notna(), "question"].dropna())
    return next((question for question in OUTCOMES if question in asked), "")


def rating_question(responses: pd.DataFrame) -> str:
    """The question that rates single touchpoints: csat, where it was never asked memory, else nothing."""
    placed = responses["touchpoint"].notna() & (responses["touchpoint"] != "")
    asked = set(responses.loc[placed & responses["score"].notna(), "question"].dropna())
    return next((question for question in ("csat", "memory") if question in asked), "")


def rated_touchpoints(table: pd.DataFrame) -> list[str]:
    """The touchpoints of a table of ratings."""
    return [name for name in table.columns if name not in ("outcome", "weight")]


def stated_importance(responses: pd.DataFrame) -> pd.DataFrame:
    """Mean stated importance per touchpoint with n; empty when it was never asked. Columns touchpoint, stated, n_stated."""
    asked = responses[(responses["question"] == "importance") & responses["score"].notna()]
    asked = asked[asked["touchpoint"].notna() & (asked["touchpoint"] != "")]
    table = asked.groupby("touchpoint")["score"].agg(["mean", "size"]).reset_index()
    return table.rename(columns={"mean": "stated", "size": "n_stated"})


def score_table(table: pd.DataFrame, *, scale: tuple[float, float]) -> pd.DataFrame:
    """Mean rating of each touchpoint among those who rated it: estimate, low, high, n, unit, reach_share, headroom_share.

    Interval: normal approximation with the sandwich variance of a weighted mean. headroom = distance to the top of
    the scale as a share of the scale; reach = share of the respondents who rated the touchpoint.
    """
    names = rated_touchpoints(table)
    columns = ["touchpoint", "estimate", "low", "high", "n", "unit", "reach_share", "headroom_share"]
    rows = []
    for name in names:
        met = table[[name, "weight"]].dropna()
        share = met["weight"] / met["weight"].sum()
        mean = float((share * met[name]).sum())
        n = len(met)
        half = 1.96 * float(np.sqrt((share**2 * (met[name] - mean) ** 2).sum() * n / max(1, n - 1)))
        headroom = (scale[1] - mean) / (scale[1] - scale[0])
        rows.append((name, mean, mean - half, mean + half, n, "score", n / len(table), headroom))
    return pd.DataFrame(rows, columns=columns)


def touchpoints_to_measure(touchpoints: list[str], inside: list[str], *, most: int = 15) -> list[str]:
    """The touchpoints that enter one model: all, or, where they are more than `most`, those inside the corridor."""
    chosen = [touchpoint for touchpoint in touchpoints if touchpoint in inside]
    return chosen if chosen and len(touchpoints) > most else touchpoints


def whom_to_measure(
    responses: pd.DataFrame,
    members: pd.DataFrame,
    *,
    segment: str,
    n_touchpoints: int,
    least: int = 100,
    each: int = 15,
) -> pd.Series | None:
    """The customers of the target segment, if enough of them judged the whole: at least 100 and 15 per touchpoint.

    None otherwise, or without a segment: then everybody is measured. members: customer_id, segment.
    """
    blank = responses["touchpoint"].isna() | (responses["touchpoint"] == "")
    whole = responses[blank & (responses["question"] == outcome_question(responses)) & responses["score"].notna()]
    mine = members.loc[members["segment"] == segment, "customer_id"]
    enough = whole.loc[whole["respondent_id"].isin(mine), "respondent_id"].nunique() >= max(least, each * n_touchpoints)
    return mine if segment and enough else None
