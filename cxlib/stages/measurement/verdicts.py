"""The registered decision rule: from an effect, its satisfaction and its guardrails to one verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

SCALE, ADJUST, STOP, KEEP = "scale", "adjust", "stop", "keep measuring"
RULES = {  # which rule of `verdict` spoke; the sentences live in findings/measurement.py
    "no_trial": KEEP,
    "no_spread": KEEP,
    "mismatch": KEEP,
    "harm": STOP,
    "too_small": STOP,
    "liked_not_bought": ADJUST,
    "guardrail": ADJUST,
    "less_satisfied": ADJUST,
    "worth_it": SCALE,
    "real_but_small": ADJUST,
    "open": KEEP,
}


def false_discovery(p_values: pd.Series) -> pd.Series:
    """Benjamini–Hochberg (1995) adjusted p-values; missing ones stay missing and do not count in the family."""
    known = p_values.astype(float).dropna()
    if known.empty:
        return p_values.astype(float)
    return pd.Series(stats.false_discovery_control(known), index=known.index).reindex(p_values.index)


def family(*effects: pd.DataFrame, registered: str) -> pd.DataFrame:
    """All effects but the registered one, with `p_adjusted` (false_discovery over them)."""
    held = [table for table in effects if len(table)] or [effects[0]]
    table = pd.concat(held, ignore_index=True)
    table = table[table["metric"].ne(registered)].reset_index(drop=True)
    return table.assign(p_adjusted=false_discovery(table["p_value"]))


def guardrails(effects: pd.DataFrame, margins: Mapping[str, float]) -> pd.DataFrame:
    """Non-inferiority of every guardrail: metric, estimate, low, high, n, unit, margin, status.

    `margins`: the loss that would still be accepted, per metric, in its unit (positive). status is `held` (the whole
    interval lies above −margin), `breached` (the whole interval lies below zero and the estimate beyond −margin, or
    the interval below −margin) or `cannot tell`. A metric without an effect row is `cannot tell` with n = 0.
    """
    rows = []
    for metric, margin in margins.items():
        found = effects[effects["metric"].eq(metric)]
        row: dict[Any, Any] = (
            found.iloc[0].to_dict() if len(found) else {"estimate": np.nan, "low": np.nan, "high": np.nan, "n": 0}
        )
        rows.append(
            {
                "metric": metric,
                "margin": float(margin),
                "status": _status(row, float(margin)),
                **{name: row.get(name, "") for name in ("estimate", "low", "high", "n", "unit")},
            }
        )
    columns = ["metric", "margin", "status", "estimate", "low", "high", "n", "unit"]
    return pd.DataFrame(rows, columns=columns)


def _status(row: Mapping[str, Any], margin: float) -> str:
    """held, breached or cannot tell, from one effect row."""
    low, high, estimate = (float(row[name]) for name in ("low", "high", "estimate"))
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
) -> pd.DataFrame:
    """Apply the registered rule; one row: verdict, rule, business, satisfied, n_needed (per arm, NaN unless open).

    business: up | down | flat (interval under the minimum effect) | open (holds zero and the minimum) | unknown;
    satisfied: up | down | flat | unknown, from the first row of `satisfaction`. In this order: no trial, no spread within the
    arms, or arms of the wrong size → keep measuring; harm → stop; the whole interval under the minimum → stop, or adjust when
    satisfaction rose; a breached guardrail or falling satisfaction → adjust; above zero and estimate at least the minimum →
    scale; above zero but under it → adjust; otherwise keep measuring with the n it takes.
    """
    business = _direction(effect, minimum_effect)
    satisfied = _direction(satisfaction, 0.0)
    rule = _rule(business, satisfied, mismatch, bool(guardrail_status.eq("breached").any()))
    rule = "no_spread" if rule == "no_trial" and len(effect) else rule
    if rule == "worth_it" and float(effect["estimate"].iloc[0]) < minimum_effect:
        rule = "real_but_small"
    needed = _n_needed(effect, minimum_effect) if rule == "open" else float("nan")
    return pd.DataFrame(
        [{"verdict": RULES[rule], "rule": rule, "business": business, "satisfied": satisfied, "n_needed": needed}]
    )


def _direction(effect: pd.DataFrame, minimum: float) -> str:
    """Where the interval lies against zero and the minimum effect."""
    if effect.empty or effect[["low", "high"]].iloc[0].isna().any():
        return "unknown"
    low, high = float(effect["low"].iloc[0]), float(effect["high"].iloc[0])
    if high < 0:
        return "down"
    if minimum > 0 and high < minimum:
        return "flat"
    return "up" if low > 0 else ("open" if minimum > 0 else "flat")


def _rule(business: str, satisfied: str, mismatch: bool, breached: bool) -> str:
    """Name of the first rule that holds."""
    ordered = (
        ("no_trial", business == "unknown"),
        ("mismatch", mismatch),
        ("harm", business == "down"),
        ("liked_not_bought", business == "flat" and satisfied == "up"),
        ("too_small", business == "flat"),
        ("guardrail", breached),
        ("less_satisfied", business == "up" and satisfied == "down"),
        ("worth_it", business == "up"),
    )
    return next((name for name, holds in ordered if holds), "open")


def _n_needed(effect: pd.DataFrame, minimum: float, *, confidence: float = 0.95, power: float = 0.8) -> float:
    """Persons per arm to tell the minimum effect from zero: $2 (z_a + z_b)^2 s^2 / d^2$, s² from the interval seen.

    Where sites were drawn, as many sites' persons; NaN for a series, which has periods and no persons.
    """
    row = effect.iloc[0]
    arms = [float(row["n_pilot"]), float(row["n_control"])]
    if not minimum or minimum <= 0 or not min(arms) > 0 or row.get("design") == "interrupted_series":
        return float("nan")
    z_alpha = float(stats.norm.ppf(0.5 + confidence / 2))
    error = (float(row["high"]) - float(row["low"])) / 2 / z_alpha
    variance = error**2 / (1 / arms[0] + 1 / arms[1])
    persons = float(row["n"]) / sum(arms) if row.get("design") == "sites" else 1.0
    return float(np.ceil(2 * (z_alpha + float(stats.norm.ppf(power))) ** 2 * variance / minimum**2 * persons))
