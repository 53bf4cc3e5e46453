"""The pictures of stage 8: the plan with its critical path, six readiness scores, who is overloaded, what a pilot can show."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Wedge
from matplotlib.ticker import FuncFormatter

from cxlib.language import _, day, number, percent
from cxlib.show.theme import ACCENT, BLUE, GREY, INK, PALE, canvas, figure


def plot_gantt(
    plan: pd.DataFrame,
    ax: Axes | None = None,
    *,
    today: pd.Timestamp | None = None,
    milestones: pd.DataFrame | None = None,
) -> Axes:
    """The schedule as a Gantt chart per workstream, the critical path in accent, with a today line and milestones on top.

    plan: label, workstream (in words), start_on, end_on, free_on, critical, criticality_share, rows of a workstream together.
    milestones: title, on.
    """
    rows, streams = plan.reset_index(drop=True), list(dict.fromkeys(plan["workstream"]))
    place, names, height = [], [], 0.0
    for stream in streams:
        height += 1.25
        names.append((height, str(stream), True))
        for index in rows.index[rows["workstream"] == stream]:
            height += 1
            place.append((index, height))
            names.append((height, textwrap.shorten(str(rows.at[index, "label"]), 42, placeholder="…"), False))
    ax = canvas(ax, 8.4, 1.7 + 0.27 * height)
    for index, at in place:
        _gantt_bar(ax, rows.loc[index], at)
    _gantt_marks(ax, today, milestones)
    ax.set_yticks([at for at, _name, _bold in names], [name for _at, name, _bold in names], fontsize=8)
    for tick, (_at, _name, bold) in zip(ax.get_yticklabels(), names, strict=True):
        tick.set(fontweight="bold" if bold else "normal", color=INK if bold else "#1B2733")
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(height + 0.8, -0.6)
    ax.xaxis.set_major_locator(AutoDateLocator(maxticks=6))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: _day_of(value)))
    ax.set_title(_("The plan by workstream, and how often each task decides the finish"), pad=22)
    ax.set_xlabel(_("Working days only; the thin bar is how far a task may slip"))
    marks = [
        Patch(facecolor=ACCENT, hatch="////", edgecolor="white", label=_("critical path")),
        Patch(facecolor=INK, label=_("has slack")),
        Patch(facecolor=PALE, edgecolor=GREY, label=_("slack")),
    ]
    ax.legend(
        handles=marks, loc="upper center", bbox_to_anchor=(0.5, -0.09 - 0.6 / max(height, 1)), ncols=3, fontsize=8
    )
    return ax


def _number_of(moment: pd.Timestamp) -> float:
    """A day as matplotlib counts them."""
    return float(date2num(moment))  # type: ignore[no-untyped-call]


def _day_of(value: float) -> str:
    """A day in the locale, from matplotlib's count."""
    return day(num2date(value).date())  # type: ignore[no-untyped-call]


def _gantt_bar(ax: Axes, row: pd.Series, at: float) -> None:
    """One task: its bar, its slack, and in how many simulated plans it is critical."""
    start, end, free = (_number_of(row[name]) for name in ("start_on", "end_on", "free_on"))
    critical = bool(row["critical"])
    if free > end:
        ax.barh(at, free - end, left=end, height=0.18, color=PALE, edgecolor=GREY, linewidth=0.5)
    ax.barh(
        at,
        max(end - start, 0.6),
        left=start,
        height=0.66,
        color=ACCENT if critical else INK,
        hatch="////" if critical else None,
        edgecolor="white",
        linewidth=0.5,
    )
    ax.annotate(
        percent(row["criticality_share"], 0),
        (1.0, at),
        (34, 0),
        xycoords=("axes fraction", "data"),
        va="center",
        textcoords="offset points",
        ha="right",
        fontsize=8,
        annotation_clip=False,
        color=ACCENT if critical else "#3A4552",
    )


def _gantt_marks(ax: Axes, today: pd.Timestamp | None, milestones: pd.DataFrame | None) -> None:
    """Milestones as ◆ above the bars, their names kept apart; today as a line."""
    if today is not None:
        ax.axvline(_number_of(today), color=BLUE, linewidth=1.4)
        ax.annotate(
            _("today"),
            (_number_of(today), 1.0),
            (0, 4),
            xycoords=("data", "axes fraction"),
            fontsize=8.5,
            color=BLUE,
            textcoords="offset points",
            ha="center",
            annotation_clip=False,
        )
    held = milestones.sort_values("on").to_dict("records") if milestones is not None else []
    for place, row in enumerate(held):
        x = _number_of(row["on"])
        ax.axvline(x, color=BLUE, linewidth=0.9, linestyle=":")
        ax.plot([x], [0.1], "D", color=BLUE, markersize=6, clip_on=False)
        ax.annotate(
            str(row["title"]),
            (x, 0.1),
            (-7 if place % 2 == 0 else 7, 0),
            textcoords="offset points",
            color=BLUE,
            ha="right" if place % 2 == 0 else "left",
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )


def plot_readiness(scores: pd.DataFrame, *, ready: float = 0.8) -> Figure:
    """Six dials: readiness of each area against the gate (name, estimate, n, n_missing); the smallest is marked."""
    rows = scores.reset_index(drop=True)
    paper, axes = figure(8.4, 4.6, rows=2, columns=3)
    least = float(rows["estimate"].min())
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, row in zip(axes.flat, rows.to_dict("records"), strict=False):
        _dial(ax, row, ready, float(row["estimate"]) == least)
    paper.suptitle(
        _("Ready? Six gates; the smallest (▼) decides; the tick is the gate, {share}").format(share=percent(ready, 0)),
        x=0.01,
        ha="left",
        fontsize=11,
        fontweight="bold",
        color=INK,
    )
    return paper


def _dial(ax: Axes, row: Mapping[Any, Any], ready: float, smallest: bool) -> None:
    """One dial from 0 (left) to 100 % (right)."""
    value = float(row["estimate"])
    ax.add_patch(Wedge((0, 0), 1.0, 0, 180, width=0.26, facecolor="#E6EAEE"))
    known = value == value
    low = known and value < ready
    if known:
        ax.add_patch(
            Wedge(
                (0, 0),
                1.0,
                180 - 180 * value,
                180,
                width=0.26,
                facecolor=ACCENT if low else INK,
                hatch="////" if low else None,
                edgecolor="white",
                linewidth=0,
            )
        )
    angle = np.pi * (1 - ready)
    ax.plot(
        np.array([0.68, 1.08]) * np.cos(angle), np.array([0.68, 1.08]) * np.sin(angle), color="#1B2733", linewidth=2
    )
    words = percent(value, 0) if known else _("cannot tell")
    ax.annotate(
        ("▼ " if smallest else "") + words,
        (0, 0.12),
        ha="center",
        fontsize=13 if known else 10,
        fontweight="bold",
        color=ACCENT if low else INK,
    )
    held, still = number(float(row["n"]), 0), number(float(row["n_missing"]), 0)
    ax.annotate(str(row["name"]).capitalize(), (0, -0.16), ha="center", fontsize=10, fontweight="bold")
    ax.annotate(
        _("{n} checks, {open} open").format(n=held, open=still), (0, -0.38), ha="center", fontsize=8.5, color="#3A4552"
    )
    ax.set_xlim(-1.15, 1.15)
    ax.set_ylim(-0.45, 1.12)
    ax.set_aspect("equal")


def plot_load(load: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Busiest month of each person against capacity (person_id, days, capacity_days, over_days)."""
    busiest = load.sort_values("days").drop_duplicates("person_id", keep="last").reset_index(drop=True)
    ax = canvas(ax, height=1.4 + 0.42 * len(busiest))
    for at, row in enumerate(busiest.to_dict("records")):
        over = row["over_days"] > 0
        ax.barh(
            at,
            row["days"],
            color=ACCENT if over else INK,
            height=0.55,
            hatch="////" if over else None,
            edgecolor="white",
            linewidth=0.5,
        )
        if not np.isnan(row["capacity_days"]):
            ax.plot([row["capacity_days"]] * 2, [at - 0.38, at + 0.38], color="#1B2733", linewidth=2)
        words = _("over by {n}").format(n=number(row["over_days"], 1)) if over else ""
        ax.annotate(
            words, (row["days"], at), (6, 0), textcoords="offset points", va="center", fontsize=8.5, color=ACCENT
        )
    ax.set_yticks(range(len(busiest)), list(busiest["person_id"]))
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.6, len(busiest) - 0.4)
    ax.margins(x=0.15)
    ax.set_title(_("Busiest month of everybody who does the work"))
    ax.set_xlabel(_("Working days in that month (mark: days they have)"))
    return ax


def plot_power(curve: pd.DataFrame, ax: Axes | None = None, *, power: float = 0.8, n_available: float = 0.0) -> Axes:
    """Chance to show an effect by customers per arm; one line per effect (n_per_arm, power_share, effect, label)."""
    ax = canvas(ax, height=3.4)
    styles: tuple[tuple[Any, str], ...] = (("-", INK), ("--", ACCENT), (":", BLUE))
    for (name, rows), (line, colour) in zip(curve.groupby("label", sort=False), styles, strict=False):
        ax.plot(rows["n_per_arm"], rows["power_share"], linestyle=line, color=colour, label=str(name))
    ax.axhline(power, color=GREY, linewidth=1)
    ax.annotate(
        _("{share} power").format(share=percent(power, 0)),
        (1.0, power),
        (-2, 3),
        fontsize=8.5,
        ha="right",
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        color="#3A4552",
    )
    handles = [
        Line2D([], [], linestyle=line, color=colour, label=str(name))
        for (name, _rows), (line, colour) in zip(curve.groupby("label", sort=False), styles, strict=False)
    ]
    if n_available > 0:
        ax.axvline(n_available, color="#1B2733", linewidth=1.2)
        ax.annotate(
            _("there are {n}").format(n=number(n_available, 0)),
            (n_available, 0.02),
            (-4, 0),
            fontsize=9,
            ha="right",
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
        )
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: number(value, 0)))
    ax.xaxis.set_minor_formatter(FuncFormatter(lambda value, _place: ""))
    ax.set_ylim(0, 1.03)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: percent(value, 0)))
    ax.set_title(_("Chance to show the effect, if it is there"))
    ax.set_xlabel(_("Customers per arm (logarithmic)"))
    ax.set_ylabel(_("Power"))
    ax.legend(handles=handles, loc="lower right", fontsize=8.5)
    return ax


def plot_balance(balance: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Standardised difference pilot − control per feature with 95% interval (name, estimate, low, high, n)."""
    rows = balance.iloc[::-1].reset_index(drop=True)
    ax = canvas(ax, height=1.5 + 0.45 * len(rows))
    ax.axvspan(-0.1, 0.1, color="#EEF1F4")
    for at, row in enumerate(rows.to_dict("records")):
        colour = INK if abs(row["estimate"]) <= 0.1 else ACCENT
        ax.plot([row["low"], row["high"]], [at, at], color=colour, linewidth=5, alpha=0.35, solid_capstyle="butt")
        ax.plot(row["estimate"], at, "o", color=colour, markersize=7)
    ax.set_yticks(range(len(rows)), list(rows["name"]))
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    widest = float(max(0.25, rows[["low", "high"]].abs().max().max() * 1.1))
    ax.set_xlim(-widest, widest)
    ax.axvline(0, color="#5B6470", linewidth=1)
    ax.set_title(_("Were the arms alike before the pilot?"))
    ax.set_xlabel(
        _("Difference in standard deviations, 95% intervals (grey: too small to matter; n = {n})").format(
            n=number(float(rows["n"].max()), 0)
        )
    )
    return ax


plot_readiness.persons = False  # type: ignore[attr-defined]  # its n counts checks
