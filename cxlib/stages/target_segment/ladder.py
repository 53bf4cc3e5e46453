"""Which model of value ahead the data bear: what each asks of them, what was found, and the first whose checks all pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import compare, first, rows
from cxlib.stages.target_segment.repeat_buying import MINIMUM_N
from cxlib.stages.target_segment.retention import REFUTED
from cxlib.stages.target_segment.spending import MINIMUM_N as REPEATERS

LIKELIHOOD, RATE, CONTRACT, MULTIPLE, NONE = "bg_nbd", "constant_rate", "sbg", "margin_multiple", "none"
MISSED = 0.25  # hold-out error up to which a model may carry money (policy; CDNOW, the textbook case, misses by 12 %)
INDEPENDENT = 0.3  # correlation of frequency and spend up to which they count as independent (CDNOW: 0.11)
JUST_NOW = 0.9  # share of all leavings in one month, up to which earlier ones are taken to be in the file (policy)
CYCLES = 2.0  # usual gaps between two purchases that the ledger must span

CHECK_COLUMNS = ["method", "check", "estimate", "low", "high", "n", "unit", "needed", "passed", "verdict"]


def checks(
    histories: pd.DataFrame, models: Mapping[str, pd.DataFrame], holdouts: pd.DataFrame, correlation: pd.DataFrame
) -> pd.DataFrame:
    """What each rung of the ladder asks of the data, what was found, and whether that passes; customers without contract.

    models: `buying` and `spending` (parameter tables with `sound`); holdouts: method, estimate, low, high, n;
    correlation: of frequency and spend. bg_nbd asks for customers, a span of two usual gaps, sound likelihoods (1 or 0),
    independence and a small hold-out error; constant_rate only for the last. A check without data does not pass.
    verdict: of a hold-out error, against none.
    """
    repeaters = histories[histories["n_repeats"] > 0]
    gap = float((repeaters["recency_weeks"] / repeaters["n_repeats"]).median()) if len(repeaters) else np.nan
    span = float(histories["age_weeks"].max()) / gap if gap > 0 else np.nan
    counted = {"estimate": len(histories), "n": len(histories)}
    found = [
        _check(LIKELIHOOD, "customers", counted, MINIMUM_N, "count"),
        _check(LIKELIHOOD, "span", {"estimate": span, "n": len(repeaters)}, CYCLES, "ratio"),
        _sound(LIKELIHOOD, "buying", models["buying"]),
        _sound(LIKELIHOOD, "spending", models["spending"]),
        _check(LIKELIHOOD, "independence", first(correlation), INDEPENDENT, "ratio", most=True),
        _check(LIKELIHOOD, "holdout", first(holdouts, method=LIKELIHOOD), MISSED, "share", most=True),
        _check(RATE, "holdout", first(holdouts, method=RATE), MISSED, "share", most=True),
    ]
    return pd.DataFrame(found, columns=CHECK_COLUMNS)


def contract_checks(
    model: pd.DataFrame, holdout: pd.DataFrame, constant: pd.DataFrame, leavers: pd.DataFrame
) -> pd.DataFrame:
    """The same for customers under contract: sbg asks for a sound likelihood and a small hold-out error, margin_multiple
    that one constant retention is not refuted (p of at least 0.05)."""
    one = first(constant)
    lately = first(leavers) or {"estimate": 0.0, "n": 0}
    found = [
        *(_check(method, "leavers", lately, JUST_NOW, "share", most=True) for method in (CONTRACT, MULTIPLE)),
        _sound(CONTRACT, "retention", model),
        _check(CONTRACT, "holdout", first(holdout), MISSED, "share", most=True),
        _check(MULTIPLE, "constant", {"estimate": one.get("p_value", np.nan), "n": one.get("n", 0)}, REFUTED, "ratio"),
    ]
    return pd.DataFrame(found, columns=CHECK_COLUMNS)


def ladder(checks: pd.DataFrame) -> str:
    """The first method whose checks all pass: bg_nbd, constant_rate (under contract sbg, margin_multiple), or none."""
    passed = checks.groupby("method", sort=False)["passed"].all()
    return next((str(method) for method, every in passed.items() if every), NONE)


def why_not(checks: pd.DataFrame) -> str:
    """Why a finer model is not used: its first check that failed (a hold-out only where nothing else did).

    `repeaters` instead, where fewer than 100 customers have bought twice although enough have bought at all.
    """
    failed = [row["check"] for row in rows(checks) if not row["passed"]]
    before = [check for check in failed if check != "holdout"]
    if first(checks, check="span").get("n", REPEATERS) < REPEATERS and before[:1] != ["customers"]:
        return "repeaters"
    return next(iter(before), "holdout")


def _check(
    method: str, name: str, found: Mapping[str, Any], needed: float, unit: str, *, most: bool = False
) -> dict[str, Any]:
    """One check: a value that must reach `needed`, or (`most`) may not lie further from zero than it."""
    known = {side: float(found.get(side, np.nan)) for side in ("estimate", "low", "high")}
    passed = abs(known["estimate"]) <= needed if most else known["estimate"] >= needed
    n = found.get("n", 0)
    verdict = compare(known["low"], known["high"], n=n) if name == "holdout" else ""
    told = {"method": method, "check": name, **known, "n": n, "unit": unit, "needed": needed}
    return told | {"passed": bool(passed), "verdict": verdict}


def _sound(method: str, name: str, model: pd.DataFrame) -> dict[str, Any]:
    """Whether a likelihood could be maximised: 1 or 0."""
    sound = float(len(model) > 0 and bool(model["sound"].all()))
    return _check(method, name, {"estimate": sound, "n": model["n"].max() if len(model) else 0}, 1.0, "ratio")
