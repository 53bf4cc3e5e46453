"""The ten keys of customer experience, each scored from what the stages decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

Choices = Mapping[int, Mapping[str, Any]]


def ten_keys(
    choices: Choices, checks: pd.DataFrame, *, ideas: pd.DataFrame, step_of: Mapping[str, str], npv: float
) -> pd.DataFrame:
    """Score of every key, 0 to 1: key (1–10), name, estimate (NaN = cannot tell), n (things looked at), unit, kept (scored 1).

    `choices`: stage → choice in force; `checks`: from `compliance`; `ideas`: idea_id, touchpoint, emotion, action, segment;
    `step_of`: touchpoint → funnel step; `npv`: net present value of the portfolio, NaN when unknown. Scores:
    1 objective, metric, target and deadline set · 2 segment decided and the experiences made for it (or for all) · 3
    experiences that name emotion and action · 4 return above zero · 5 stages run and decided · 6 stages in order without
    override · 7 decisions on data · 8 moments that an experience serves · 9 the stall and the objective step both hold an
    experience or moment · 10 moments with a channel that is in.
    """
    chosen = ideas[ideas["idea_id"].isin(choices.get(7, {}).get("experiences", []))]
    moments = [str(moment).split(":")[0] for moment in choices.get(4, {}).get("moments", [])]
    served = [moment in set(chosen["touchpoint"]) for moment in moments]
    found: dict[str, list[bool]] = {
        "objective": [bool(choices.get(1, {}).get(name)) for name in ("objective", "metric", "target", "deadline")],
        "segment": _segment(choices, chosen),
        "feeling": (chosen["emotion"].fillna("").ne("") & chosen["action"].fillna("").ne("")).tolist(),
        "return": [npv > 0] if np.isfinite(npv) else [],
        "method": _passed(checks, "ran", "decided"),
        "order": _passed(checks, "in_order", "no_override"),
        "data": _passed(checks, "evidence"),
        "funnel": served,
        "corridor": _corridor(choices, [*moments, *chosen["touchpoint"]], step_of),
        "channels": _channels(choices, moments),
    }
    scores = [float(np.mean(held)) if held else float("nan") for held in found.values()]
    table = pd.DataFrame({"key": range(1, 11), "name": list(found), "estimate": scores})
    n = [len(held) for held in found.values()]
    return table.assign(n=n, unit="share", kept=table["estimate"].ge(1))


def _segment(choices: Choices, chosen: pd.DataFrame) -> list[bool]:
    segment = str(choices.get(2, {}).get("segment", ""))
    return [bool(segment), *chosen["segment"].fillna("").astype("str").isin(["", segment])]


def _passed(checks: pd.DataFrame, *names: str) -> list[bool]:
    """Stage by stage, whether it passes all the named checks; one that has not run passes none."""
    wanted = checks[checks["check"].isin(names)]
    held: list[bool] = wanted["passed"].eq(True).fillna(False).astype(bool).groupby(wanted["stage"]).all().tolist()
    return held


def _corridor(choices: Choices, places: list[str], step_of: Mapping[str, str]) -> list[bool]:
    ends = [choices.get(3, {}).get(name, "") for name in ("stall_step", "objective_step")]
    served = {step_of.get(place, "") for place in places}
    return [end in served for end in ends if end]


def _channels(choices: Choices, moments: list[str]) -> list[bool]:
    taken = {str(entry).split(":")[0] for entry in choices.get(6, {}).get("channels", []) if str(entry).endswith(":in")}
    return [moment in taken for moment in moments]
