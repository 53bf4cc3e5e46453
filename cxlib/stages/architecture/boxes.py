"""How each touchpoint is rated: top and bottom box, and which groups are known well enough to be ranked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlib.facts import EVIDENCE_N
from cxlib.statistics.intervals import tidy
from cxlib.statistics.scores import nps
from cxlib.statistics.weights import weighed, weighted_share

WIDEST_POINTS, WIDEST_SHARE = 15.0, 0.10  # policy: a group whose interval is wider than ± this is not ranked


def league(
    responses: pd.DataFrame, *, question: str, touchpoints: Sequence[str], scale: tuple[float, float]
) -> pd.DataFrame:
    """The touchpoints by their top box, best first, with the bottom box beside it; `ranked`: those known well enough.

    responses: question, touchpoint, score; scale: lowest and highest possible answer to `question`.
    """
    shares = box_share(_asked(responses, question, touchpoints), scale=scale, by=["touchpoint"])
    return ranked(both_boxes(shares, key="touchpoint"), widest=WIDEST_SHARE)


def recommendation(responses: pd.DataFrame, *, touchpoints: Sequence[str]) -> pd.DataFrame:
    """The net promoter score of each touchpoint it was asked of, best first; `ranked`: those known well enough."""
    return ranked(nps(_asked(responses, "nps", touchpoints), by=["touchpoint"]))


def box_width(scale: tuple[float, float]) -> int:
    """Answers that a box holds: one of two or three, two of five or seven, three of eleven, else three tenths.

    The two boxes never overlap.
    """
    span = scale[1] - scale[0]
    widths = {2: 1, 7: 2, 10: 3}
    return next((held for widest, held in widths.items() if span <= widest), round(0.3 * span))


def box_share(
    responses: pd.DataFrame, *, scale: tuple[float, float], by: Sequence[str] = (), width: int = 0
) -> pd.DataFrame:
    """Share of answers in the top and in the bottom box of a scale, per group: rows with `box` top | bottom.

    scale: lowest and highest possible answer; width: how many answers a box holds (0: `box_width`). Both boxes, because
    the dissatisfied move apart from the delighted, and an ordinal scale has no honest mean. Wilson (1927); each answer
    counts by its `weight` where there is one, and the interval is that of the effective number of answers (Kish 1965).
    """
    low, high = scale
    held, keys = width or box_width(scale), list(by)
    answers = weighed(responses[responses["score"].between(low, high)])
    inside = {"top": answers["score"] > high - held, "bottom": answers["score"] < low + held}
    rows: list[dict[str, object]] = []
    for names, group in answers.groupby(keys, observed=True, sort=True) if keys else [((), answers)]:
        for box, hit in inside.items() if len(group) else ():
            share, lower, upper = weighted_share(hit.loc[group.index], group["weight"])
            row = {"box": box, "estimate": share, "low": lower, "high": upper, "n": len(group), "unit": "share"}
            rows.append(dict(zip(keys, names, strict=True)) | row)
    return tidy([*keys, "box"], rows)


def both_boxes(shares: pd.DataFrame, *, key: str) -> pd.DataFrame:
    """The top box as the estimate with the bottom box beside it: bottom_share, bottom_low, bottom_high per group."""
    top, bottom = (shares[shares["box"] == box].drop(columns="box") for box in ("top", "bottom"))
    names = {"estimate": "bottom_share", "low": "bottom_low", "high": "bottom_high"}
    return top.merge(bottom.rename(columns=names)[[key, *names.values()]], on=key, how="left")


def ranked(table: pd.DataFrame, *, widest: float = WIDEST_POINTS) -> pd.DataFrame:
    """The groups of a table of scores with their rank, or why they have none; best first, the unranked last.

    table: from `nps` or one box of `box_share`. rank is blank and reason says too few (n under the evidence gate) or too
    wide (interval wider than ± `widest`): a league table of such groups orders noise. Adds rank, reason ("" = ranked).
    """
    wide = (table["high"] - table["low"]) / 2 > widest
    reason = pd.Series(
        np.select([table["n"] < EVIDENCE_N, wide], ["too few", "too wide"], ""), table.index, dtype="str"
    )
    rank = table["estimate"].where(reason == "").rank(ascending=False, method="min")
    placed = table.assign(rank=rank, reason=reason)
    return placed.sort_values("rank", kind="stable", na_position="last", ignore_index=True)


def _asked(responses: pd.DataFrame, question: str, touchpoints: Sequence[str]) -> pd.DataFrame:
    return responses[responses["question"].eq(question) & responses["touchpoint"].isin(touchpoints)]
