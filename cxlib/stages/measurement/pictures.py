"""The pictures of stage 9: effect against the minimum worth having, satisfaction, promised against realised, waves."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cxlib.language import _, number, quantity, short_money
from cxlib.show.theme import ACCENT, GREY, INK, canvas, figure

MOST_ROWS = 12  # the changes that stand out most against their interval; more cannot be read at a glance
PLATE = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}  # so that a line behind a number does not strike it out
AXIS_UNITS = {"share": 100.0}  # shares are drawn in percentage points


def plot_effect(table: pd.DataFrame, ax: Axes | None = None, *, minimum: float = float("nan")) -> Axes:
    """Effects in one unit with their intervals, against zero and the minimum worth having.

    `table`: label, estimate, low, high, n, unit, drawn top to bottom; the first row is the registered one.
    """
    ax = canvas(ax, height=1.7 + 0.55 * len(table))
    scale = AXIS_UNITS.get(str(table["unit"].iloc[0]), 1.0)
    for at, row in enumerate(table.to_dict("records")):
        colour = INK if at == 0 else GREY
        ax.plot(
            [row["low"] * scale, row["high"] * scale],
            [at, at],
            color=colour,
            linewidth=5,
            alpha=0.4,
            solid_capstyle="butt",
        )
        ax.plot(row["estimate"] * scale, at, "D" if at == 0 else "o", color=colour, markersize=7)
        text = f"{_signed(row['estimate'], row['unit'])}  {_persons(row['n'])}"
        ax.annotate(
            text, (row["high"] * scale, at), (7, 0), textcoords="offset points", va="center", fontsize=8.5, bbox=PLATE
        )
    _rows(ax, table["label"])
    ax.axvline(0, color="#5B6470", linewidth=1)
    if np.isfinite(minimum):
        ax.axvline(minimum * scale, color=ACCENT, linewidth=1.6, linestyle="--")
        ax.annotate(
            _("worth having: {value}").format(value=_signed(minimum, table["unit"].iloc[0])),
            (minimum * scale, 1),
            (4, 3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=ACCENT,
            fontsize=8.5,
        )
    ax.margins(x=0.28)
    ax.set_title(_("Pilot minus control, with 95% interval"), pad=24)
    ax.set_xlabel(_axis_label(str(table["unit"].iloc[0])))
    return ax


def plot_satisfaction(table: pd.DataFrame) -> Figure:
    """One panel per unit (points, score): pilot minus control of every satisfaction measure (label, estimate, …, unit)."""
    units = list(dict.fromkeys(table["unit"]))
    paper, axes = figure(7.2, 1.6 + 0.6 * int(table["unit"].value_counts().max()), columns=len(units))
    for ax, unit in zip(np.atleast_1d(axes), units, strict=True):
        rows = table[table["unit"].eq(unit)].reset_index(drop=True)
        for at, row in enumerate(rows.to_dict("records")):
            colour = INK if row["low"] > 0 or row["high"] < 0 else GREY
            ax.plot([row["low"], row["high"]], [at, at], color=colour, linewidth=5, alpha=0.4, solid_capstyle="butt")
            ax.plot(row["estimate"], at, "o", color=colour, markersize=7)
            text = f"{_signed(row['estimate'], unit)}  {_persons(row['n'])}"
            ax.annotate(
                text,
                (row["estimate"], at),
                (0, 9),
                textcoords="offset points",
                ha="center",
                fontsize=8.5,
                bbox=PLATE,
            )
            if np.isfinite(row.get("margin", np.nan)):
                ax.plot([-row["margin"]] * 2, [at - 0.25, at + 0.25], color=ACCENT, linewidth=2)
        _rows(ax, rows["label"], width=16)
        ax.axvline(0, color="#5B6470", linewidth=1)
        ax.margins(x=0.12)
        ax.set_xlabel(_axis_label(unit))
    paper.suptitle(
        _("Satisfaction, pilot minus control (orange: loss still accepted)"),
        x=0.01,
        ha="left",
        fontsize=11,
        fontweight="bold",
        color=INK,
    )
    return paper


def plot_return(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Promised, realised and needed return on the same customers (what, label, estimate, low, high in money)."""
    ax = canvas(ax, height=1.4 + 0.55 * len(table))
    colours = {"promised": GREY, "realised": INK, "cost": ACCENT, "net": INK}
    for at, row in enumerate(table.to_dict("records")):
        colour = colours.get(str(row["what"]), GREY)
        ax.barh(at, row["estimate"], color=colour, height=0.5, alpha=0.85)
        far = np.nanmax([row["estimate"], row["high"], 0.0])
        if np.isfinite(row["low"]):
            ax.plot([row["low"], row["high"]], [at, at], color="#1B2733", linewidth=1.6)
        ax.annotate(
            short_money(row["estimate"]), (far, at), (7, 0), textcoords="offset points", va="center", fontsize=9
        )
    _rows(ax, table["label"])
    ax.axvline(0, color="#5B6470", linewidth=1)
    ax.margins(x=0.15)
    ax.xaxis.set_major_locator(_few_ticks())
    ax.xaxis.set_major_formatter(lambda value, _place: short_money(value))
    ax.set_title(_("Return on the pilot's customers in the window (line: interval)"))
    ax.set_xlabel(_("Money in the window"))
    return ax


def plot_events(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Pilot against control month by month around the launch (event, estimate, low, high, n, unit), launch at 0."""
    ax = canvas(ax, height=3.5)
    scale = AXIS_UNITS.get(str(table["unit"].iloc[0]), 1.0)
    ax.axhline(0, color="#5B6470", linewidth=1)
    ax.axvline(-0.5, color=ACCENT, linewidth=1.4, linestyle="--")
    ax.annotate(
        _("launch"),
        (-0.5, 1),
        (4, 3),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        color=ACCENT,
        fontsize=9,
    )
    for row in table.to_dict("records"):
        colour = GREY if row["low"] <= 0 <= row["high"] else INK
        ax.plot(
            [row["event"]] * 2,
            [row["low"] * scale, row["high"] * scale],
            color=colour,
            linewidth=5,
            alpha=0.4,
            solid_capstyle="butt",
        )
        ax.plot(row["event"], row["estimate"] * scale, "o", color=colour, markersize=6)
    last = table.iloc[-1]
    ax.annotate(
        f"{_signed(last['estimate'], last['unit'])}  {_persons(last['n'])}",
        (last["event"], last["high"] * scale),
        (0, 6),
        textcoords="offset points",
        ha="right",
        fontsize=8.5,
        bbox=PLATE,
    )
    ax.set_xticks(
        table["event"].tolist(),
        [f"{event:+d}".replace("-", "−") if event else "0" for event in table["event"].astype(int)],
    )
    ax.margins(x=0.06, y=0.18)
    ax.set_title(_("Month by month around the launch, pilot minus control"), pad=24)
    ax.set_xlabel(_("Months since the launch month"))
    ax.set_ylabel(_axis_label(str(table["unit"].iloc[0])), fontsize=8.5)
    return ax


def plot_waves(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The twelve clearest changes between two survey waves (label, estimate, low, high, n, unit of one kind)."""
    width = (table["high"] - table["low"]).clip(lower=1e-9)
    clearest = (table["estimate"].abs() / width).sort_values(ascending=False).index[:MOST_ROWS]
    rows = table.loc[clearest].sort_values("estimate", ignore_index=True)
    ax = canvas(ax, height=1.5 + 0.36 * len(rows))
    for at, row in enumerate(rows.to_dict("records")):
        moved = row["low"] > 0 or row["high"] < 0
        ax.plot([row["low"], row["high"]], [at, at], color=INK if moved else GREY, linewidth=4, alpha=0.4)
        ax.plot(row["estimate"], at, "o", color=INK if moved else GREY, markersize=6)
        ax.annotate(
            _persons(row["n"]),
            (row["high"], at),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            bbox=PLATE,
        )
    ax.set_yticks(range(len(rows)), [textwrap.fill(str(label), 34) for label in rows["label"]])
    ax.axvline(0, color="#5B6470", linewidth=1)
    ax.margins(x=0.15, y=0.05)
    ax.set_title(_("Last wave minus the one before, 95% interval"))
    ax.set_xlabel(_axis_label(str(rows["unit"].iloc[0])))
    return ax


def _rows(ax: Axes, labels: Any, *, width: int = 26) -> None:
    """Row names on the left, first row on top."""
    ax.set_yticks(range(len(labels)), [textwrap.fill(str(label), width) for label in labels])
    ax.set_ylim(len(labels) - 0.4, -0.75)


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(6)


def _axis_label(unit: str) -> str:
    """What the axis of a difference in this unit says."""
    return {
        "share": _("Difference, percentage points"),
        "money": _("Difference, money per customer"),
        "points": _("Difference, NPS points"),
        "score": _("Difference, points of the scale"),
    }.get(unit, _("Difference"))


def _signed(value: float, unit: Any) -> str:
    """A difference with its sign; shares in percentage points."""
    text = (
        _("{value} pp").format(value=number(abs(value) * 100, 1))
        if unit == "share"
        else quantity(abs(value), str(unit))
    )
    return ("+" if value >= 0 else "−") + text


def _persons(n: float) -> str:
    return f"n = {number(n, 0)}" if np.isfinite(n) and n > 0 else ""
