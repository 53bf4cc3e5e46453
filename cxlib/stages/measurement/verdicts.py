"""The registered decision rule: from an effect, its satisfaction and its guardrails to one verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import EVIDENCE_N, compare, first, rows
from cxlib.stages.measurement.effect import stacked
from cxlib.statistics.intervals import FALSE_RATE, TIDY, Z_POWER, Z, false_discovery

VERDICT = ["verdict", "rule", "business", "satisfied", "against_minimum", "n_needed", "grade"]
SCALE, ADJUST, STOP, KEEP = "scale", "adjust", "stop", "keep measuring"
RULES = {  # which rule of `verdict` spoke; the sentences live in `says.reason`
    "no_trial": KEEP,
    "no_spread": KEEP,
    "mismatch": KEEP,
    "not_carried": KEEP,
    "harm": STOP,
    "too_small": STOP,
    "liked_not_bought": ADJUST,
    "guardrail": ADJUST,
    "less_satisfied": ADJUST,
    "worth_it": SCALE,
    "real_but_small": ADJUST,
    "open": KEEP,
}


def family(*effects: pd.DataFrame, registered: str) -> pd.DataFrame:
    """All effects, the registered one first; the others are one family, whose p-values and intervals are corrected as one.

    p_adjusted: by Benjamini & Hochberg (`false_discovery`). low, high: with R of m found at rate q, every interval of the
    family is widened to the level 1 − q·max(R, 1)/m (Benjamini & Yekutieli 2005, JASA 100, 71–81), which leaves out zero for
    those found and for no other; verdict: by that interval, so that both say the same.
    """
    table = stacked(list(effects))
    table = table.sort_values("metric", key=lambda metric: metric.ne(registered), kind="stable", ignore_index=True)
    others = table["metric"].ne(registered)
    table["p_adjusted"] = false_discovery(table["p_value"].where(others))
    known = int(table["p_adjusted"].notna().sum())
    if known < 2:
        return table
    share = max(int(table["p_adjusted"].le(FALSE_RATE).sum()), 1) / known
    wider = float(stats.norm.ppf(1 - FALSE_RATE * share / 2)) / Z
    for end in ("low", "high"):
        table[end] = table[end].mask(others, table["estimate"] + wider * (table[end] - table["estimate"]))
    smaller = table[["n_pilot", "n_control"]].min(axis=1)
    ends = zip(table["low"], table["high"], smaller, strict=True)
    judged = pd.Series([compare(low, high, n=int(n)) for low, high, n in ends], index=table.index, dtype="str")
    return table.assign(verdict=table["verdict"].where(~others, judged))


def guardrails(effects: pd.DataFrame, margins: Mapping[str, float]) -> pd.DataFrame:
    """Non-inferiority of every guardrail: metric, estimate, low, high, n, unit, margin, status.

    `margins`: the loss that would still be accepted, per metric, in its unit (positive). status is `held` (the whole
    interval lies above −margin), `breached` (the whole interval lies below zero and the estimate beyond −margin, or
    the interval below −margin) or `cannot tell`. A metric without an effect row is `cannot tell` with n = 0.
    """
    known = effects.drop_duplicates("metric").set_index("metric").reindex(list(margins))[TIDY]
    table = known.fillna({"n": 0, "unit": ""}).rename_axis("metric").reset_index()
    table.insert(1, "margin", [float(margin) for margin in margins.values()])
    table.insert(2, "status", [_status(row) for row in rows(table)])
    return table


def _status(row: Mapping[str, Any]) -> str:
    """held, breached or cannot tell, of one effect beside its margin."""
    low, high, estimate, margin = (float(row[name]) for name in ("low", "high", "estimate", "margin"))
    if np.isnan(low) or np.isnan(high):
        return "cannot tell"
    if low > -margin:
        return "held"
    return "breached" if high < -margin or (high < 0 and estimate < -margin) else "cannot tell"


def verdict(
    effect: pd.DataFrame,
    *,
    minimum_effect: float,
    satisfaction: pd.DataFrame,
    guardrail_status: pd.Series,
    mismatch: bool = False,
    beyond: bool = False,
) -> pd.DataFrame:
    """Apply the registered rule; one row: verdict, rule, business, satisfied, against_minimum, n_needed, grade.

    business: up | down | flat (interval under the minimum effect) | open (holds zero and the minimum) | unknown;
    satisfied: up | down | flat | unknown, from the first row of `satisfaction`. In this order: no trial, no spread within the
    arms, or arms of the wrong size → keep measuring; a gain beyond what those who met the experience can carry (`beyond`) →
    keep measuring; harm → stop; the whole interval under the minimum → stop, or adjust when satisfaction rose; a breached
    guardrail or falling satisfaction → adjust; above zero and estimate at least the minimum → scale; above zero but under it →
    adjust; otherwise keep measuring with the n it takes (n_needed per arm, else NaN).
    against_minimum: where the interval lies, above | below | around it (unknown: none was registered; "": no interval).
    grade: measured where the arms were drawn by lot and hold EVIDENCE_N each, observed with any effect, else assumed.
    """
    row = first(effect)
    if row.get("design") == "interrupted_series":
        minimum_effect = float("nan")  # registered per customer and window, the series is a week of the whole house
    business, satisfied = _direction(row, minimum_effect), _direction(first(satisfaction), 0.0)
    rule = _rule(business, satisfied, mismatch, beyond, bool(guardrail_status.eq("breached").any()))
    if rule == "no_trial" and row:
        rule = "no_spread"
    if rule == "worth_it" and row["estimate"] < minimum_effect:
        rule = "real_but_small"
    needed = _n_needed(row, minimum_effect) if rule == "open" else float("nan")
    told = [RULES[rule], rule, business, satisfied, _against(row, minimum_effect), needed, _grade(row)]
    return pd.DataFrame([told], columns=VERDICT)


def _against(row: Mapping[str, Any], minimum: float) -> str:
    """Where the interval lies against the effect worth having; "" where there is no interval."""
    if not np.isfinite(minimum):
        return "unknown"
    if not row or np.isnan(row["low"]):
        return ""
    if row["low"] >= minimum:
        return "above"
    return "below" if row["high"] < minimum else "around"


def _grade(row: Mapping[str, Any]) -> str:
    """How good the evidence for the verdict is."""
    if not row:
        return "assumed"
    drawn = row.get("design") == "randomised" and min(row["n_pilot"], row["n_control"]) >= EVIDENCE_N
    return "measured" if drawn else "observed"


def _direction(row: Mapping[str, Any], minimum: float) -> str:
    """Where the interval lies against zero and the minimum effect."""
    if not row or np.isnan(row["low"]) or np.isnan(row["high"]):
        return "unknown"
    if row["high"] < 0:
        return "down"
    if minimum > 0 and row["high"] < minimum:
        return "flat"
    if row["low"] > 0:
        return "up"
    return "open" if minimum > 0 else "flat"


def _rule(business: str, satisfied: str, mismatch: bool, beyond: bool, breached: bool) -> str:
    """Name of the first rule that holds."""
    ordered = (
        ("no_trial", business == "unknown"),
        ("mismatch", mismatch),
        ("not_carried", business == "up" and beyond),
        ("harm", business == "down"),
        ("liked_not_bought", business == "flat" and satisfied == "up"),
        ("too_small", business == "flat"),
        ("guardrail", breached),
        ("less_satisfied", business == "up" and satisfied == "down"),
        ("worth_it", business == "up"),
    )
    return next((name for name, holds in ordered if holds), "open")


def _n_needed(row: Mapping[str, Any], minimum: float) -> float:
    """Persons per arm to tell the minimum effect from zero: $2 (z_a + z_b)^2 s^2 / d^2$, s² from the interval seen.

    Where sites were drawn, as many sites' persons; NaN for a series, which has periods and no persons.
    """
    pilots, others = float(row["n_pilot"]), float(row["n_control"])
    if not minimum > 0 or not min(pilots, others) > 0 or row.get("design") == "interrupted_series":
        return float("nan")
    error = (float(row["high"]) - float(row["low"])) / 2 / Z
    variance = error**2 / (1 / pilots + 1 / others)
    persons = float(row["n"]) / (pilots + others) if row.get("design") == "sites" else 1.0
    return float(np.ceil(2 * (Z + Z_POWER) ** 2 * variance / minimum**2 * persons))
