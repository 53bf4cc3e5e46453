"""The ten keys of customer experience, each scored from what the stages decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

Choices = Mapping[int, Mapping[str, Any]]
KEYS = ("objective", "segment", "feeling", "return", "method", "order", "data", "funnel", "corridor", "channels")


def ten_keys(
    choices: Choices, checks: pd.DataFrame, *, ideas: pd.DataFrame, step_of: Mapping[str, str], npv: float
) -> pd.DataFrame:
    """Score of every key, 0 to 1: key (1–10), name, estimate (NaN = cannot tell), n (things looked at), unit.

    `choices`: stage → choice in force; `checks`: from `compliance`; `ideas`: idea_id, touchpoint, emotion, action, segment;
    `step_of`: touchpoint → funnel step; `npv`: net present value of the portfolio, NaN when unknown. Scores:
    1 objective, metric, target and deadline set · 2 segment decided and the experiences made for it (or for all) · 3
    experiences that name emotion and action · 4 return above zero · 5 stages run and decided · 6 stages in order without
    override · 7 decisions on data · 8 moments that an experience serves · 9 the stall and the objective step both hold an
    experience or moment · 10 moments with a channel that is in.
    """
    chosen = ideas[ideas["idea_id"].isin(choices.get(7, {}).get("experiences", []))]
    moments = [str(moment).split(":")[0] for moment in choices.get(4, {}).get("moments", [])]
    found = [
        _objective(choices),
        _segment(choices, chosen),
        _feeling(chosen),
        _gain(npv),
        _passed(checks, "ran", "decided"),
        _passed(checks, "in_order", "no_override"),
        _passed(checks, "evidence"),
        _share([moment in set(chosen["touchpoint"]) for moment in moments]),
        _corridor(choices, [*moments, *chosen["touchpoint"]], step_of),
        _channels(choices, moments),
    ]
    rows = [
        {"key": number, "name": name, "estimate": score, "n": n, "unit": "share"}
        for number, (name, (score, n)) in enumerate(zip(KEYS, found, strict=True), start=1)
    ]
    return pd.DataFrame(rows)


Score = tuple[float, int]


def _share(held: list[bool]) -> Score:
    """Share of the things that hold; NaN when there is nothing to look at."""
    return (float(np.mean(held)) if held else float("nan")), len(held)


def _objective(choices: Choices) -> Score:
    return _share([bool(choices.get(1, {}).get(name)) for name in ("objective", "metric", "target", "deadline")])


def _segment(choices: Choices, chosen: pd.DataFrame) -> Score:
    segment = choices.get(2, {}).get("segment", "")
    fits = [str(name) in ("", "nan", str(segment)) for name in chosen["segment"].fillna("")]
    return _share([bool(segment), *fits])


def _feeling(chosen: pd.DataFrame) -> Score:
    named = chosen["emotion"].fillna("").ne("") & chosen["action"].fillna("").ne("")
    return _share([bool(value) for value in named])


def _gain(npv: float) -> Score:
    return _share([npv > 0] if np.isfinite(npv) else [])


def _passed(checks: pd.DataFrame, *names: str) -> Score:
    """Share of stages that pass all the named checks; one that has not run passes none."""
    wanted = checks[checks["check"].isin(names)]
    held = wanted.assign(passed=wanted["passed"].eq(True).fillna(False).astype(bool)).groupby("stage")["passed"].all()
    return _share([bool(value) for value in held])


def _corridor(choices: Choices, places: list[str], step_of: Mapping[str, str]) -> Score:
    ends = [choices.get(3, {}).get(name, "") for name in ("stall_step", "objective_step")]
    served = {step_of.get(place, "") for place in places}
    return _share([end in served for end in ends if end])


def _channels(choices: Choices, moments: list[str]) -> Score:
    taken = {str(entry).split(":")[0] for entry in choices.get(6, {}).get("channels", []) if str(entry).endswith(":in")}
    return _share([moment in taken for moment in moments])
