"""The tables of stage 4 in words a client can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from cxlib.facts import rows
from cxlib.language import _, interval, number, percent, quantity
from cxlib.stages.architecture.boxes import box_width
from cxlib.statistics.current import EVER, LATELY

Names = Mapping[str, str]


def boxes(scale: tuple[float, float]) -> dict[str, str]:
    """Which answers of a scale the boxes hold: top to high, low to bottom."""
    low, high = scale
    inner = box_width(scale) - 1
    ends = {"top": high - inner, "high": high, "low": low, "bottom": low + inner}
    return {name: number(answer, 0) for name, answer in ends.items()}


def league(
    rated: pd.DataFrame, recommended: pd.DataFrame, *, answers: pd.DataFrame, ever: pd.DataFrame, months: int
) -> pd.DataFrame:
    """A ranked table of scores: rank, top box, bottom box, n, why a group has no rank; beside it the net promoter score.

    rated: boxes, recommended: net promoter scores, both ranked; where only the second was asked, it is the estimate.
    answers: those of today, with their `period` (`current`); ever: the boxes of all answers, which stand beside as history;
    months: what today spans.
    """
    table = rated if len(rated) else recommended
    reasons = {"": "", "too few": _("too few answers"), "too wide": _("interval too wide")}
    shown = table.assign(
        rank=_words("–" if pd.isna(rank) else number(rank, 0) for rank in table["rank"]).set_axis(table.index),
        not_ranked=table["reason"].map(reasons).astype("str"),
    ).rename(columns={"bottom_share": "bottom_box_share"})
    if len(rated) and len(recommended):
        said = {row["touchpoint"]: _points(row) for row in rows(recommended)}
        shown["net_promoter_score_"] = shown["touchpoint"].map(said).fillna("")
    spans = {LATELY: _("last {n} months").format(n=number(months, 0)), EVER: _("all answers")}
    period = answers.drop_duplicates("touchpoint").set_index("touchpoint")["period"].to_dict()
    shown["answers_of"] = _words(
        spans.get(str(told), str(told)) for told in shown["touchpoint"].map(period).fillna("")
    ).set_axis(shown.index)
    if len(rated) and len(ever):
        shown["of_all_answers_share"] = shown["touchpoint"].map(ever.set_index("touchpoint")["estimate"])
    scores = ["estimate", "low", "high", "bottom_box_share", "n", "unit", "answers_of", "of_all_answers_share"]
    scores.append("net_promoter_score_")
    return shown[[name for name in ("touchpoint", "rank", *scores, "not_ranked") if name in shown]]


def _points(row: Mapping[str, float]) -> str:
    """ "−10 (−15 to −5, n = 971)"."""
    return _("{points} ({interval}, n = {n})").format(
        points=quantity(row["estimate"], "points"),
        interval=interval(row["low"], row["high"], "points"),
        n=number(row["n"], 0),
    )


def neighbours(pairs: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Neighbours in a ranking in words."""
    kept = ["touchpoint", "next_one", "estimate", "low", "high", "n", "unit", "detectable", "verdict"]
    return _pairs(pairs, names)[kept]


def contributions(table: pd.DataFrame) -> pd.DataFrame:
    """The drivers with their ranks as a span."""
    kept = ["touchpoint", "estimate", "low", "high", "n", "unit", "possible_ranks", "p_top"]
    return table.assign(possible_ranks=spans(table))[kept]


def spans(table: pd.DataFrame) -> pd.Series[str]:
    """ "3 to 14" of each row, or one rank."""
    ends = zip(table["rank_low"], table["rank_high"], strict=True)
    to = _("{low} to {high}")
    said = (
        number(low, 0) if low == high else to.format(low=number(low, 0), high=number(high, 0)) for low, high in ends
    )
    return _words(said).set_axis(table.index)


def firmness(pairs: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Dominance in words."""
    kinds = {"complete": _("in every model"), "conditional": _("at every model size"), "general": _("on average only")}
    shown = _pairs(pairs, names).assign(
        adds_more=_words(kinds.get(kind, _("no")) for kind in pairs["kind"]),
        models=_words(percent(share, 0) for share in pairs["models_share"]),
    )
    return shown[["touchpoint", "next_one", "adds_more", "models", "p_first", "n"]]


def memory(table: pd.DataFrame) -> pd.DataFrame:
    """The models of memory in words."""
    names = {
        "mean": _("Mean of all moments"),
        "shape": _("Mean, best, worst and last moment, trend"),
        "added": _("Added by these"),
    }
    return table.assign(model=table["model"].map(names).astype("str")).drop(columns="verdict")


def sides(table: pd.DataFrame) -> pd.DataFrame:
    """Penalties and rewards, those with a role first, then by how much they weigh."""
    size = table[["penalty", "reward"]].abs().max(axis=1)
    order = pd.DataFrame({"none": table["role"] == "", "size": -size}).sort_values(["none", "size"], kind="stable")
    shown = table.loc[order.index]
    return shown.assign(role=shown["role"].map(role_words()).fillna("–").astype("str"))


def failing(table: pd.DataFrame) -> pd.DataFrame:
    """The failures with what the list down to each reaches."""
    kept = ["touchpoint", "estimate", "low", "high", "n", "unit", "reach_share", "noise_share", "on_the_list", "p_key"]
    return table.rename(columns={"key": "on_the_list"})[kept]


def gaps(table: pd.DataFrame) -> pd.DataFrame:
    """Importance against performance with columns in words."""
    names = {"importance_scaled": "importance", "performance_scaled": "performance", "stated_scaled": "said_to_matter"}
    kept = ["touchpoint", *names.values(), "estimate", "low", "high", "n", "unit", "p_concentrate"]
    return table.rename(columns=names)[kept]


def links(table: pd.DataFrame) -> pd.DataFrame:
    """The links to the next step in words."""
    kept = ["touchpoint", "step", "link", "estimate", "low", "high", "n", "unit", "detectable", "verdict"]
    return table.assign(link=table["link"].map(link_words()).astype("str"))[kept]


def moment_table(table: pd.DataFrame) -> pd.DataFrame:
    """The moments with columns in words."""
    phases = {"before": _("before"), "during": _("during"), "after": _("after")}
    effects = zip(table["effect"], table["role"], strict=True)
    shown = table.assign(
        role=table["role"].map(role_words()),
        phase=table["phase"].map(phases).fillna(table["phase"]),
        effect=_words(quantity(effect, "pp" if role == "trigger" else "score") for effect, role in effects),
        typically_after=_words(quantity(days, "days") for days in table["when_days"]),
    ).rename(columns={"importance": "of_the_judgement_share"})
    place = ["moment", "step", "phase", "role", "also", "typically_after"]
    return shown[[*place, "score", "of_the_judgement_share", "effect", "n", "verdict"]]


def link_words() -> dict[str, str]:
    """The two kinds of links to the next step in words."""
    return {"rated": _("per rating point"), "met": _("met or not")}


def role_words() -> dict[str, str]:
    return {"repair": _("repair"), "delight": _("delight"), "trigger": _("trigger")}


def _pairs(pairs: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Pairs of touchpoints by their labels."""
    first, second = (pairs[side].map(lambda one: names.get(one, one)).astype("str") for side in ("first", "second"))
    return pairs.assign(touchpoint=first, next_one=second)


def _words(said: Iterable[str]) -> pd.Series[str]:
    """Texts as a column, also where there are none."""
    return pd.Series(list(said), dtype="str")
