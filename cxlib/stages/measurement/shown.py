"""The tables of stage 9 in words: what a page shows, made of what the methods returned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import rows
from cxlib.language import _, day, number, percent, quantity
from cxlib.show.captions import caption
from cxlib.show.terms import gap_unit, gap_words, metric_name, p_words, upper_first
from cxlib.statistics.intervals import TIDY
from cxlib.statistics.outcomes import unit_of

Labels = Mapping[str, Mapping[str, str]]
EFFECTS = ["metric", "pilot", "control", *TIDY, "smallest_shown", "method"]
WAVES = ["question", "from_score", "to_score", *TIDY, "smallest_shown"]


def registration_rows(plan: Mapping[str, Any], labels: Labels) -> pd.DataFrame:
    """What was written down before launch, one line each; empty when nothing was registered."""
    if not plan["metric"]:
        return pd.DataFrame(columns=["registered", "as"])
    unit = unit_of(plan["metric"]) or "money"
    guards = [f"{metric_name(name, labels)} (−{number(margin)})" for name, margin in plan["guardrails"].items()]
    lines = {
        _("Experience"): labels.get("idea", {}).get(plan["experience"], plan["experience"]),
        _("Metric"): metric_name(plan["metric"]),
        _("Effect worth having"): gap_words(plan["minimum_effect"], unit),
        _("Effect promised"): gap_words(plan["promised"][0], unit),
        _("Window, days from the start"): number(plan["window_days"], 0),
        _("Guardrails (loss still accepted)"): "; ".join(guards) or _("none"),
    }
    return pd.DataFrame(lines.items(), columns=["registered", "as"])


def arm_rows(arms: pd.DataFrame) -> pd.DataFrame:
    """The arms in words."""
    return arms.replace({"arm": {"pilot": _("pilot"), "control": _("control")}})


def exposed_rows(exposed: pd.DataFrame) -> pd.DataFrame:
    """Who was at the moment, in words: arm, estimate, low, high, n, unit."""
    return arm_rows(exposed)[["arm", *TIDY]]


def designs() -> dict[str, tuple[str, str, str]]:
    """Design → what it is called, what it rests on, what it takes."""
    return {
        "sites": (
            _("Whole sites drawn by lot"),
            _("{n} sites in arms of equal size"),
            _("at least {n} sites drawn by lot"),
        ),
        "randomised": (
            _("Customers drawn by lot"),
            _("{n} customers in arms of equal size"),
            _("a pilot and a control arm drawn by lot"),
        ),
        "staggered": (
            _("Launched in waves"),
            _("launch months: {n}"),
            _("launches in {n} different months or more"),
        ),
        "difference_in_differences": (
            _("Pilots against all others"),
            _("{n} customers outside the pilot"),
            _("a pilot, and customers who were left out of it"),
        ),
        "interrupted_series": (
            _("One series, before and after"),
            _("{n} weeks around the launch to everybody"),
            _("a launch to everybody, with {n} weeks around it"),
        ),
        "descriptive": (_("The same people, before and after"), _("{n} customers launched"), _("a launch")),
    }


def ladder_rows(rungs: pd.DataFrame) -> pd.DataFrame:
    """The ladder of designs in words, strongest first: comparison, state, there_is, it_takes."""
    words, lines = designs(), []
    marks = iter([_("✓ used")])
    for row in rows(rungs):
        name, holds, takes = words[row["design"]]
        there = holds.format(n=number(row["n"], 0)) if row["n"] else _("nothing")
        state, needed = "–", takes.format(n=number(row["n_needed"], 0))
        if row["possible"]:
            state, needed = next(marks, _("✓ possible")), "–"
        lines.append([name, state, there, needed])
    return pd.DataFrame(lines, columns=["comparison", "state", "there_is", "it_takes"])


def effect_rows(effects: pd.DataFrame, labels: Labels, *, adjusted: bool = False) -> pd.DataFrame:
    """Effects in words: metric, pilot, control, estimate, low, high, n, unit, smallest_shown (the smallest true effect that
    this n shows in four cases of five), method, and p, or adjusted_p when the effects are one family."""
    p_value, header = ("p_adjusted", "adjusted_p") if adjusted else ("p_value", "p")
    methods = {
        "CUPED+Welch": _("adjusted by what was known before"),
        "Welch": _("not adjusted"),
        "paired t": _("same people"),
        "randomisation": _("by drawing the sites again"),
        "CUPED+cluster": _("adjusted, by site"),
        "cluster": _("by site"),
        "Anderson-Rubin": _("on those who met it"),
        "Anderson-Rubin, unbounded": _("on those who met it: too few"),
    }
    lines = [
        {
            **row,
            "metric": metric_name(row["metric"], labels),
            "pilot": quantity(row["pilot"], row["unit"]),
            "control": quantity(row["control"], row["unit"]),
            "unit": gap_unit(row["unit"]),
            "smallest_shown": gap_words(row["detectable"], row["unit"]),
            "method": methods.get(row["method"], row["method"]),
            header: p_words(row[p_value]),
        }
        for row in rows(effects)
    ]
    return pd.DataFrame(lines, columns=[*EFFECTS, header])


def compared(effect: pd.DataFrame, plain: pd.DataFrame, plan: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of the effect figure: the registered effect, the same without adjustment, what was promised."""
    columns = ["label", *TIDY]
    lines = [effect.assign(label=_("Registered: adjusted")), plain.assign(label=_("Not adjusted"))]
    if len(effect) and np.isfinite(plan["promised"]).all():
        promised = [_("Promised (assumed)"), *plan["promised"], 0, effect["unit"].iloc[0]]
        lines.append(pd.DataFrame([promised], columns=columns))
    held = [line[columns] for line in lines if len(line)]
    return pd.concat(held, ignore_index=True) if held else pd.DataFrame(columns=columns)


def event_rows(events: pd.DataFrame) -> pd.DataFrame:
    """The months around the launch: month, estimate, low, high, n, unit."""
    months = [f"{event:+d}".replace("-", "−") if event else _("launch month") for event in events["event"].astype(int)]
    return events.assign(month=months, unit=events["unit"].map(gap_unit))[["month", *TIDY]]


def satisfaction_rows(effects: pd.DataFrame, guards: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Rows of the satisfaction figure: label, estimate, low, high, n, unit, margin (loss still accepted, NaN: no guardrail)."""
    margins = dict(zip(guards["metric"], guards["margin"], strict=True))
    label = [upper_first(metric_name(name, labels)) for name in effects["metric"]]
    margin = effects["metric"].map(margins).astype(float)
    return effects.assign(label=label, margin=margin)[["label", *TIDY, "margin"]]


def return_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The return with each line in words: return, estimate, low, high, n, unit."""
    words = {
        "promised": _("Promised"),
        "realised": _("Realised"),
        "cost": _("What pays for it"),
        "net": _("Realised beyond that"),
    }
    return table.assign(**{"return": table["what"].map(words)})[["return", *TIDY]]


def wave_rows(waves: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The waves with each question in words: question, from_score, to_score, estimate, low, high, n, unit, smallest_shown."""
    lines = [
        {
            **row,
            "question": upper_first(metric_name(f"{row['question']}:{row['touchpoint']}", labels)),
            "smallest_shown": gap_words(row["detectable"], row["unit"]),
        }
        for row in rows(waves)
    ]
    return pd.DataFrame(lines, columns=WAVES)


def span(waves: pd.DataFrame) -> str:
    """The two waves in words, for a caption."""
    if waves.empty:
        return caption(9, "no_waves")
    if waves[["from_on", "to_on"]].nunique().max() > 1:
        return caption(9, "own_waves")
    return caption(9, "both_waves", {"first": day(waves["from_on"].min()), "last": day(waves["to_on"].min())})


def look_rows(fleming: pd.DataFrame, pocock: pd.DataFrame) -> pd.DataFrame:
    """Planned looks: look, of_the_answers, stop_if_p_below (hard early), with_equal_bounds."""
    hard, even = ([_tiny(value) for value in bounds["p_value"]] for bounds in (fleming, pocock))
    share = [percent(value, 0) for value in fleming["information_share"]]
    table = fleming[["look"]].assign(of_the_answers=share)
    return table.assign(stop_if_p_below=hard, with_equal_bounds=even)


def _tiny(value: float) -> str:
    """A p-value that may be tiny."""
    return _("under 0.0001") if value < 1e-4 else number(value, 4)
