"""The words of stage 4 for its tables: captions, and columns and codes that a client can read."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from cxlib.language import _, interval, number, percent, quantity

Names = Mapping[str, str]


def caption(table: str, *, scale: tuple[float, float] = (0.0, 10.0), width: int = 3) -> str:
    """The caption of one of this stage's tables."""
    low, high = scale
    box = _("top box: {top} to {high}; bottom box: {low} to {bottom}").format(
        top=number(high - width + 1, 0), high=number(high, 0), low=number(low, 0), bottom=number(low + width - 1, 0)
    )
    return {
        "rated": _("How each touchpoint is rated ({box})").format(box=box),
        "neighbours": _("Is the order more than chance? Each ranked touchpoint against the next one down"),
        "drivers": _(
            "Contribution of each touchpoint to the overall judgement, among those of the target segment who met it "
            "(of everybody if too few answered)"
        ),
        "dominance": _("How firm the order is: each touchpoint against the next one, over all models and samples"),
        "memory": _("What predicts the judgement of people the model has not seen"),
        "asymmetry": _(
            "Penalty and reward in points of the overall judgement; estimate: their difference per rating point"
        ),
        "failures": _("What each failure adds to dissatisfaction, and what the list down to it reaches"),
        "gaps": _("Importance, performance and the gap between them, lowest touchpoint 0, highest 1"),
        "links": _("Difference in the share that goes on to the next step: an association"),
        "moments": _("The moments: where, when, in which role"),
    }[table]


def league(rated: pd.DataFrame, recommended: pd.DataFrame) -> pd.DataFrame:
    """A ranked table of scores: rank, top box, bottom box, n, why a group has no rank; beside it the net promoter score.

    rated: boxes, recommended: net promoter scores, both ranked; where only the second was asked, it is the estimate.
    """
    table = rated if len(rated) else recommended
    reasons = {"": "", "too few": _("too few answers"), "too wide": _("interval too wide")}
    ranks = ["–" if pd.isna(rank) else number(rank, 0) for rank in table["rank"]]
    shown = table.assign(
        rank=pd.Series(ranks, table.index, dtype="str"), not_ranked=table["reason"].map(reasons).astype("str")
    )
    if len(rated) and len(recommended):
        said = {str(row["touchpoint"]): _points(row) for row in recommended.to_dict("records")}
        shown["net_promoter_score_"] = [said.get(touchpoint, "") for touchpoint in shown["touchpoint"]]
    shown = shown.rename(columns={"bottom_share": "bottom_box_share"})
    kept = [
        "touchpoint",
        "rank",
        "estimate",
        "low",
        "high",
        "bottom_box_share",
        "n",
        "unit",
        "net_promoter_score_",
        "not_ranked",
    ]
    return shown[[name for name in kept if name in shown]]


def _points(row: dict[Hashable, Any]) -> str:
    """ "−10 (−15 to −5, n = 971)"."""
    return _("{points} ({interval}, n = {n})").format(
        points=quantity(row["estimate"], "points"),
        interval=interval(row["low"], row["high"], "points"),
        n=number(row["n"], 0),
    )


def neighbours(pairs: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Neighbours in a ranking in words."""
    shown = pairs.assign(
        touchpoint=[names.get(one, one) for one in pairs["first"]],
        next_one=[names.get(one, one) for one in pairs["second"]],
    )
    return shown[["touchpoint", "next_one", "estimate", "low", "high", "n", "unit", "detectable", "verdict"]]


def contributions(table: pd.DataFrame) -> pd.DataFrame:
    """The drivers with their ranks as a span."""
    shown = table.assign(possible_ranks=spans(table))
    return shown[["touchpoint", "estimate", "low", "high", "n", "unit", "possible_ranks", "p_top"]]


def spans(table: pd.DataFrame) -> pd.Series[str]:
    """ "3 to 14" of each row, or one rank."""
    said = [
        number(low, 0) if low == high else _("{low} to {high}").format(low=number(low, 0), high=number(high, 0))
        for low, high in zip(table["rank_low"], table["rank_high"], strict=True)
    ]
    return pd.Series(said, table.index, dtype="str")


def firmness(pairs: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Dominance in words."""
    kinds = {
        "complete": _("in every model"),
        "conditional": _("at every model size"),
        "general": _("on average only"),
        "": _("no"),
    }
    columns = {
        "touchpoint": [names.get(one, one) for one in pairs["first"]],
        "next_one": [names.get(one, one) for one in pairs["second"]],
        "adds_more": [kinds[kind] for kind in pairs["kind"]],
        "models": [percent(share, 0) for share in pairs["models_share"]],
    }
    return pd.DataFrame(columns, index=pairs.index).astype("str").assign(p_first=pairs["p_first"], n=pairs["n"])


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
    words = {"repair": _("repair"), "delight": _("delight"), "": "–"}
    order = pd.DataFrame({"none": table["role"] == "", "size": -table[["penalty", "reward"]].abs().max(axis=1)})
    shown = table.loc[order.sort_values(["none", "size"], kind="stable").index]
    return shown.assign(role=shown["role"].map(words).astype("str"))


def failing(table: pd.DataFrame) -> pd.DataFrame:
    """The failures with what the list down to each reaches."""
    shown = table.assign(on_the_list=table["key"])
    kept = ["touchpoint", "estimate", "low", "high", "n", "unit", "reach_share", "noise_share", "on_the_list", "p_key"]
    return shown[kept]


def gaps(table: pd.DataFrame) -> pd.DataFrame:
    """Importance against performance with columns in words."""
    names = {"importance_scaled": "importance", "performance_scaled": "performance", "stated_scaled": "said_to_matter"}
    kept = ["touchpoint", *names.values(), "estimate", "low", "high", "n", "unit", "p_concentrate"]
    return table.rename(columns=names)[kept]


def links(table: pd.DataFrame) -> pd.DataFrame:
    """The links to the next step in words."""
    kinds = {"rated": _("per rating point"), "met": _("met or not")}
    shown = table.assign(link=table["link"].map(kinds).astype("str"))
    return shown[["touchpoint", "step", "link", "estimate", "low", "high", "n", "unit", "detectable", "verdict"]]


def moment_table(table: pd.DataFrame) -> pd.DataFrame:
    """The moments with columns in words."""
    words = {"repair": _("repair"), "delight": _("delight"), "trigger": _("trigger")}
    phases = {"before": _("before"), "during": _("during"), "after": _("after")}
    shown = table.assign(
        role=table["role"].map(words), phase=table["phase"].map(lambda phase: phases.get(phase, phase))
    )
    effects = [
        quantity(effect, "pp" if role == "trigger" else "score")
        for effect, role in zip(table["effect"], table["role"], strict=True)
    ]
    shown["effect"] = pd.Series(effects, table.index, dtype="str")
    shown["typically_after"] = pd.Series(
        [quantity(days, "days") for days in table["when_days"]], table.index, dtype="str"
    )
    shown = shown.rename(columns={"importance": "of_the_judgement_share"})
    return shown[
        [
            "moment",
            "step",
            "phase",
            "role",
            "also",
            "typically_after",
            "score",
            "of_the_judgement_share",
            "effect",
            "n",
            "verdict",
        ]
    ]
