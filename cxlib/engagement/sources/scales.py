"""Whether the answers to a question look like the scale the brief gives them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from cxlib.engagement.brief import Brief
from cxlib.engagement.tables.question import Question
from cxlib.language import _, number

_LEAST = 3  # answers below which a scale cannot look like anything
_LOOK_LIKE = ((0, 1), (1, 5), (1, 7))  # scales that surveys use, beside 0–10 and 1–10


def about_scales(responses: pd.DataFrame, brief: Brief) -> Iterator[Question]:
    """Questions whose scale the brief leaves at 0 to 10, while no answer lies in its upper half."""
    for question, scores in responses.groupby("question")["score"]:
        name = str(question)
        if name in brief.scales or len(scores) < _LEAST or scores.max() > 7:
            continue
        likely = _likely(scores)
        if likely == (1, 7) and len(scores) < 10 * _LEAST:
            continue  # a few answers of 6 and 7 say nothing
        yield _asked(name, scores, likely, brief)


def _likely(scores: pd.Series[float]) -> tuple[int, int]:
    """The narrowest scale that holds every answer; a 0 beside 1 to 5 is no point of it."""
    return next(scale for scale in _LOOK_LIKE if scores.max() <= scale[1])


def _asked(name: str, scores: pd.Series[float], likely: tuple[int, int], brief: Brief) -> Question:
    low, high = likely
    n_zero = int((scores == 0).sum())
    what = _("{n} answers to {question}, none above {high:g}: its scale is taken for 0 to 10")
    told = what.format(n=number(len(scores)), question=name, high=float(scores.max()))
    if likely == (0, 1):
        told = _("all {n} answers to {question} are 0 or 1: yes and no, not points from 0 to 10")
        told = told.format(n=number(len(scores)), question=name)
    elif n_zero:
        told += _("; {n} of them are 0, which may mean no answer", n=number(n_zero))
    more = " + no_answer: 0" if n_zero and low else ""
    asked = "overall" if name == "nps" else name
    settled = f"scales: {{{asked}: [{low}, {high}]}}{more}"
    if name == "nps":
        settled = _("question: overall (no net promoter score is asked so), with {scales}", scales=settled)
    choices = (settled, f"scales: {{{name}: [0, 10]}}")
    place = brief.where("scales") if brief.scales else brief.where("tables", "responses")
    return Question("scale", place, told, choices, settled, "responses", "score", n=len(scores))


def about_overall(responses: pd.DataFrame, brief: Brief) -> Iterator[Question]:
    """Overall answers that name a touchpoint beside others that name none."""
    overall = responses[responses["question"] == "overall"]
    named = overall["touchpoint"] != ""
    if 0 < int(named.sum()) < len(overall):
        told = _("{n} of {all} overall answers name a touchpoint, and count for it, not for the whole")
        what = told.format(n=number(int(named.sum())), all=number(len(overall)))
        choices = (_("question: csat where a touchpoint is meant"), _("no touchpoint where the whole is meant"))
        yield Question(
            "overall_of_touchpoints",
            brief.where("tables", "responses"),
            what,
            (*choices, "confirmed: [overall_of_touchpoints]"),
            "",
            "responses",
            "touchpoint",
            n=int(named.sum()),
        )
