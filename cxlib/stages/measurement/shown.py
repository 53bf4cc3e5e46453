"""The tables of stage 9 in words: what a page shows, made of what the methods returned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.language import _, day, number, quantity
from cxlib.show.terms import gap_unit, gap_words, metric_name, upper_first
from cxlib.statistics.intervals import detectable

Labels = Mapping[str, Mapping[str, str]]


def registration_rows(plan: Mapping[str, Any], labels: Labels) -> pd.DataFrame:
    """What was written down before launch, one line each; empty when nothing was registered."""
    if not plan["metric"]:
        return pd.DataFrame(columns=["registered", "as"])
    unit = {"purchase_share": "share"}.get(plan["metric"], "money")
    guards = [f"{metric_name(name, labels)} (−{number(margin)})" for name, margin in plan["guardrails"].items()]
    rows = {
        _("Experience"): labels.get("idea", {}).get(plan["experience"], plan["experience"]),
        _("Metric"): metric_name(plan["metric"]),
        _("Effect worth having"): gap_words(plan["minimum_effect"], unit),
        _("Effect promised"): gap_words(plan["promised"][0], unit),
        _("Window, days from the start"): number(plan["window_days"], 0),
        _("Guardrails (loss still accepted)"): "; ".join(guards) or _("none"),
    }
    return pd.DataFrame({"registered": list(rows), "as": list(rows.values())})


def arm_rows(arms: pd.DataFrame) -> pd.DataFrame:
    """The arms in words."""
    words = {"pilot": _("pilot"), "control": _("control")}
    return arms.assign(arm=[words.get(arm, arm) for arm in arms["arm"]])


def effect_rows(effects: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Effects in words: metric, pilot, control, estimate, low, high, n, unit, smallest_shown (the smallest true effect that
    this n shows in four cases of five), method, p or adjusted_p."""
    if effects.empty:
        return effects
    rows = effects.assign(metric=[metric_name(name, labels) for name in effects["metric"]])
    for arm in ("pilot", "control"):
        rows[arm] = [quantity(value, unit) for value, unit in zip(effects[arm], effects["unit"], strict=True)]
    given, name = ("p_adjusted", "adjusted_p") if "p_adjusted" in effects else ("p_value", "p")
    rows[name] = [_("under 0.001") if p < 0.001 else number(p, 3) for p in effects[given]]
    rows["unit"] = [gap_unit(str(unit)) for unit in effects["unit"]]
    rows["smallest_shown"] = _smallest_shown(effects)
    rows["method"] = [_method(row) for row in effects.to_dict("records")]
    return rows[
        ["metric", "pilot", "control", "estimate", "low", "high", "n", "unit", "smallest_shown", "method", name]
    ]


def _smallest_shown(effects: pd.DataFrame) -> list[str]:
    """The smallest true difference that each comparison would have shown."""
    columns = (effects[name] for name in ("low", "high", "unit"))
    return [gap_words(detectable(low, high), str(unit)) for low, high, unit in zip(*columns, strict=True)]


def _method(row: Mapping[Any, Any]) -> str:
    """How an effect was worked out, in words a client knows."""
    words = {
        "CUPED+Welch": _("adjusted by what was known before"),
        "Welch": _("not adjusted"),
        "paired t": _("same people"),
        "randomisation": _("by drawing the sites again"),
        "CUPED+cluster": _("adjusted, by site"),
        "cluster": _("by site"),
    }
    return words.get(str(row["method"]), str(row["method"]))


def compared(effect: pd.DataFrame, plain: pd.DataFrame, plan: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of the effect figure: the registered effect, the same without adjustment, what was promised."""
    rows = [
        frame.assign(label=name)
        for frame, name in ((effect, _("Registered: adjusted")), (plain, _("Not adjusted")))
        if len(frame)
    ]
    if len(effect) and np.isfinite(plan["promised"]).all():
        likely, low, high = plan["promised"]
        rows.append(
            pd.DataFrame(
                [
                    {
                        "label": _("Promised (assumed)"),
                        "estimate": likely,
                        "low": low,
                        "high": high,
                        "n": 0,
                        "unit": effect["unit"].iloc[0],
                    }
                ]
            )
        )
    columns = ["label", "estimate", "low", "high", "n", "unit"]
    return pd.concat([frame[columns] for frame in rows], ignore_index=True) if rows else pd.DataFrame(columns=columns)


def satisfaction_rows(effects: pd.DataFrame, guards: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Rows of the satisfaction figure and table: label, estimate, low, high, n, unit, margin, guardrail."""
    if effects.empty:
        return pd.DataFrame(columns=["label", "estimate", "low", "high", "n", "unit", "margin", "guardrail"])
    by_metric = guards.set_index("metric") if len(guards) else pd.DataFrame(columns=["margin", "status"])
    words = {"held": _("✓ held"), "breached": _("✗ breached"), "cannot tell": _("? cannot tell")}
    return effects.assign(
        label=[upper_first(metric_name(name, labels)) for name in effects["metric"]],
        margin=[float(by_metric["margin"].get(name, np.nan)) for name in effects["metric"]],
        guardrail=[words.get(str(by_metric["status"].get(name, "")), "–") for name in effects["metric"]],
    )[["label", "estimate", "low", "high", "n", "unit", "margin", "guardrail"]]


def return_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The return with each line in words."""
    words = {
        "promised": _("Promised"),
        "realised": _("Realised"),
        "cost": _("What pays for it"),
        "net": _("Realised beyond that"),
    }
    return table.assign(label=[words.get(what, what) for what in table["what"]])


def wave_table(rows: pd.DataFrame) -> pd.DataFrame:
    """`wave_rows` as a table of a page."""
    return rows.rename(columns={"label": "question"})


def return_table(rows: pd.DataFrame) -> pd.DataFrame:
    """`return_rows` as a table of a page: return, estimate, low, high, n, unit."""
    return rows.rename(columns={"label": "return"})[["return", "estimate", "low", "high", "n", "unit"]]


def wave_rows(waves: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The waves with each question in words: label, from_score, to_score, estimate, low, high, n, unit, smallest_shown."""
    columns = ["label", "from_score", "to_score", "estimate", "low", "high", "n", "unit", "smallest_shown"]
    if waves.empty:
        return pd.DataFrame(columns=columns)
    names = [
        f"{row['question']}:{row['touchpoint']}" if row["touchpoint"] else row["question"]
        for row in waves.to_dict("records")
    ]
    shown = waves.assign(
        label=[upper_first(metric_name(name, labels)) for name in names], smallest_shown=_smallest_shown(waves)
    )
    return shown[columns]


def span(waves: pd.DataFrame) -> str:
    """The two waves in words, for a caption."""
    if waves.empty:
        return _("Change between waves")
    if waves[["from_on", "to_on"]].nunique().max() > 1:
        return _("Change of every question between its last two waves")
    return _("Change between the waves that begin {first} and {last}").format(
        first=day(waves["from_on"].min()), last=day(waves["to_on"].min())
    )
