"""The pictures of stage 9: effect against the minimum worth having, satisfaction, promised against realised, waves."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cxlib.facts import rows
from cxlib.language import _, number, short_money
from cxlib.show.terms import gap_words
from cxlib.show.theme import ACCENT, GREY, INK, canvas, figure

MOST_ROWS = 12  # the changes that stand out most against their interval; more cannot be read at a glance
PLATE = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}  # so that a line behind a number does not strike it out
NOTE: dict[str, Any] = {"textcoords": "offset points", "fontsize": 8.5}
AXIS_UNITS = {"share": 100.0}  # shares are drawn in percentage points
LINE = "#5B6470"


def plot_effect(table: pd.DataFrame, ax: Axes | None = None, *, minimum: float = float("nan")) -> Axes:
    """Effects in one unit with their intervals, against zero and the minimum worth having.

    `table`: label, estimate, low, high, n, unit, drawn top to bottom; the first row is the registered one.
    """
    ax = canvas(ax, height=1.7 + 0.55 * len(table))
    unit = str(table["unit"].iloc[0])
    for at, row in enumerate(rows(table)):
        high = _bar(ax, row, at, colour=GREY if at else INK, marker="o" if at else "D")
        ax.annotate(_told(row), (high, at), (7, 0), va="center", bbox=PLATE, **NOTE)
    _rows(ax, table["label"])
    ax.axvline(0, color=LINE, linewidth=1)
    if np.isfinite(minimum):
        _marked(
            ax, minimum * AXIS_UNITS.get(unit, 1.0), _("worth having: {value}").format(value=_signed(minimum, unit))
        )
    ax.margins(x=0.28)
    ax.set_title(_("Pilot minus control, with 95% interval"), pad=24)
    ax.set_xlabel(_axis_label(unit))
    return ax


def plot_satisfaction(table: pd.DataFrame) -> Figure:
    """One panel per unit (points, score): pilot minus control of every satisfaction measure (label, estimate, …, unit)."""
    units = list(dict.fromkeys(table["unit"]))
    paper, axes = figure(7.2, 1.6 + 0.6 * int(table["unit"].value_counts().max()), columns=len(units))
    for ax, unit in zip(np.atleast_1d(axes), units, strict=True):
        panel = table[table["unit"].eq(unit)]
        for at, row in enumerate(rows(panel)):
            _bar(ax, row, at, colour=_colour(row))
            ax.annotate(_told(row), (row["estimate"], at), (0, 9), ha="center", bbox=PLATE, **NOTE)
            ax.plot([-row["margin"]] * 2, [at - 0.25, at + 0.25], color=ACCENT, linewidth=2)  # NaN draws nothing
        _rows(ax, panel["label"], width=16)
        ax.axvline(0, color=LINE, linewidth=1)
        ax.margins(x=0.12)
        ax.set_xlabel(_axis_label(unit))
    title = _("Satisfaction, pilot minus control (orange: loss still accepted)")
    paper.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK)
    return paper


def plot_return(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Promised, realised and needed return, and what is beyond, on the same customers (return, estimate, low, high in money)."""
    ax = canvas(ax, height=1.4 + 0.55 * len(table))
    for at, (row, colour) in enumerate(zip(rows(table), (GREY, INK, ACCENT, INK), strict=False)):
        ax.barh(at, row["estimate"], color=colour, height=0.5, alpha=0.85)
        ax.plot([row["low"], row["high"]], [at, at], color="#1B2733", linewidth=1.6)
        far = np.nanmax([row["estimate"], row["high"], 0.0])
        ax.annotate(short_money(row["estimate"]), (far, at), (7, 0), va="center", **(NOTE | {"fontsize": 9}))
    _rows(ax, table["return"])
    ax.axvline(0, color=LINE, linewidth=1)
    ax.margins(x=0.15)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_major_formatter(lambda value, _place: short_money(value))
    ax.set_title(_("Return on the pilot's customers in the window (line: interval)"))
    ax.set_xlabel(_("Money in the window"))
    return ax


def plot_events(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Pilot against control month by month around the launch (event, estimate, low, high, n, unit), launch at 0."""
    ax = canvas(ax, height=3.5)
    ax.axhline(0, color=LINE, linewidth=1)
    _marked(ax, -0.5, _("launch"))
    high = 0.0
    for row in rows(table):
        high = _bar(ax, row, row["event"], colour=_colour(row), upright=True)
    last = rows(table)[-1]
    ax.annotate(_told(last), (last["event"], high), (0, 6), ha="right", bbox=PLATE, **NOTE)
    names = [f"{event:+d}".replace("-", "−") if event else "0" for event in table["event"].astype(int)]
    ax.set_xticks(table["event"].tolist(), names)
    ax.margins(x=0.06, y=0.18)
    ax.set_title(_("Month by month around the launch, pilot minus control"), pad=24)
    ax.set_xlabel(_("Months since the launch month"))
    ax.set_ylabel(_axis_label(last["unit"]), fontsize=8.5)
    return ax


def plot_waves(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The twelve clearest changes between two survey waves (question, estimate, low, high, n, unit of one kind)."""
    width = (table["high"] - table["low"]).clip(lower=1e-9)
    clearest = (table["estimate"].abs() / width).sort_values(ascending=False).index[:MOST_ROWS]
    drawn = table.loc[clearest].sort_values("estimate")
    ax = canvas(ax, height=1.5 + 0.36 * len(drawn))
    for at, row in enumerate(rows(drawn)):
        high = _bar(ax, row, at, colour=_colour(row))
        ax.annotate(_persons(row["n"]), (high, at), (6, 0), va="center", bbox=PLATE, **(NOTE | {"fontsize": 8}))
    ax.set_yticks(range(len(drawn)), [textwrap.fill(str(label), 34) for label in drawn["question"]])
    ax.axvline(0, color=LINE, linewidth=1)
    ax.margins(x=0.15, y=0.05)
    ax.set_title(_("Last wave minus the one before, 95% interval"))
    ax.set_xlabel(_axis_label(str(drawn["unit"].iloc[0])))
    return ax


def _bar(
    ax: Axes, row: Mapping[str, Any], at: float, *, colour: str, marker: str = "o", upright: bool = False
) -> float:
    """An estimate with its interval at a place; returns where the interval ends, in units of the axis."""
    scale = AXIS_UNITS.get(str(row["unit"]), 1.0)
    estimate, low, high = (row[name] * scale for name in ("estimate", "low", "high"))
    ends, dot = ([low, high], [at, at]), ([estimate], [at])
    if upright:
        ends, dot = ends[::-1], dot[::-1]
    ax.plot(*ends, color=colour, linewidth=5, alpha=0.4, solid_capstyle="butt")
    ax.plot(*dot, marker, color=colour, markersize=7)
    return float(high)


def _colour(row: Mapping[str, Any]) -> str:
    """Dark where the interval leaves out zero."""
    return INK if row["low"] > 0 or row["high"] < 0 else GREY


def _marked(ax: Axes, at: float, text: str) -> None:
    """A dashed line that is named above the axes."""
    ax.axvline(at, color=ACCENT, linewidth=1.5, linestyle="--")
    ax.annotate(text, (at, 1), (4, 3), xycoords=("data", "axes fraction"), color=ACCENT, **NOTE)


def _rows(ax: Axes, labels: pd.Series, *, width: int = 26) -> None:
    """Row names on the left, first row on top."""
    ax.set_yticks(range(len(labels)), [textwrap.fill(str(label), width) for label in labels])
    ax.set_ylim(len(labels) - 0.4, -0.75)


def _axis_label(unit: str) -> str:
    """What the axis of a difference in this unit says."""
    return {
        "share": _("Difference, percentage points"),
        "money": _("Difference, money per customer"),
        "points": _("Difference, NPS points"),
        "score": _("Difference, points of the scale"),
    }.get(unit, _("Difference"))


def _told(row: Mapping[str, Any]) -> str:
    """An estimate with its sign, and n."""
    return f"{_signed(row['estimate'], row['unit'])}  {_persons(row['n'])}"


def _signed(value: float, unit: str) -> str:
    """A difference with its sign; shares in percentage points."""
    return ("+" if value >= 0 else "−") + gap_words(abs(value), unit)


def _persons(n: float) -> str:
    return f"n = {number(n, 0)}" if np.isfinite(n) and n > 0 else ""
