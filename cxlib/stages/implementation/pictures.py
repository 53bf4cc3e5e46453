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
from matplotlib.patches import Patch, Wedge
from matplotlib.ticker import FuncFormatter, NullFormatter

from cxlib.facts import rows
from cxlib.language import _, day, number, percent
from cxlib.show.terms import upper_first
from cxlib.show.theme import ACCENT, BLUE, GREY, INK, PALE, canvas, figure
from cxlib.stages.design.pictures import SHARE, draw_range, name_rows, note
from cxlib.stages.design.registration import POWER
from cxlib.stages.implementation.pilot import SMALL
from cxlib.stages.implementation.readiness import READY

DARK, SOFT = "#1B2733", "#3A4552"
HATCH = "////"  # a second cue beside colour
DAY = FuncFormatter(lambda value, _place: day(num2date(value).date()))  # type: ignore[no-untyped-call]
COUNT = FuncFormatter(lambda value, _place: number(value, 0))


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
    lines = plan.reset_index(drop=True)
    streams = lines.drop_duplicates("workstream")["workstream"]
    place = np.arange(len(lines)) + 1 + 1.25 * lines["workstream"].ne(lines["workstream"].shift()).cumsum()
    height = float(place.max())
    ax = canvas(ax, 8.4, 1.7 + 0.27 * height)
    for row, at in zip(rows(lines), place, strict=True):
        _gantt_bar(ax, row, at)
    _gantt_marks(ax, today, milestones)
    short = [textwrap.shorten(str(label), 42, placeholder="…") for label in lines["label"]]
    heads = zip(place[streams.index] - 1, streams, strict=True)
    names = sorted([*heads, *zip(place, short, strict=True)], key=lambda name: name[0])
    ax.set_yticks([at for at, _name in names], [name for _at, name in names], fontsize=8)
    for tick, (at, _name) in zip(ax.get_yticklabels(), names, strict=True):
        if at not in set(place):
            tick.set(fontweight="bold", color=INK)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(height + 0.8, -0.6)
    ax.xaxis.set_major_locator(AutoDateLocator(maxticks=6))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(DAY)
    ax.set_title(_("The plan by workstream, and how often each task decides the finish"), pad=22)
    ax.set_xlabel(_("Working days only; the thin bar is how far a task may slip"))
    _gantt_legend(ax, height)
    return ax


def _gantt_legend(ax: Axes, height: float) -> None:
    """What the bars mean, below the axis."""
    marks = [
        Patch(facecolor=ACCENT, hatch=HATCH, edgecolor="white", label=_("critical path")),
        Patch(facecolor=INK, label=_("has slack")),
        Patch(facecolor=PALE, edgecolor=GREY, label=_("slack")),
    ]
    below = (0.5, -0.09 - 0.6 / max(height, 1))
    ax.legend(handles=marks, loc="upper center", bbox_to_anchor=below, ncols=3, fontsize=8)


def _gantt_bar(ax: Axes, row: Mapping[str, Any], at: float) -> None:
    """One task: its bar, its slack, and in how many simulated plans it is critical."""
    start, end, free = (_place_of(row[name]) for name in ("start_on", "end_on", "free_on"))
    colour, hatch = (ACCENT, HATCH) if row["critical"] else (INK, None)
    if free > end:
        ax.barh(at, free - end, left=end, height=0.18, color=PALE, edgecolor=GREY, linewidth=0.5)
    long = max(end - start, 0.6)
    ax.barh(at, long, left=start, height=0.66, color=colour, hatch=hatch, edgecolor="white", linewidth=0.5)
    told, beside = percent(row["criticality_share"], 0), {"ha": "right", "va": "center", "annotation_clip": False}
    ink = ACCENT if row["critical"] else SOFT
    note(ax, told, (1.0, at), (34, 0), xycoords=("axes fraction", "data"), fontsize=8, color=ink, **beside)


def _gantt_marks(ax: Axes, today: pd.Timestamp | None, milestones: pd.DataFrame | None) -> None:
    """Milestones as ◆ above the bars, their names kept apart; today as a line."""
    if today is not None:
        now = _place_of(today)
        ax.axvline(now, color=BLUE, linewidth=1.4)
        above = {"xycoords": ("data", "axes fraction"), "ha": "center", "annotation_clip": False}
        note(ax, _("today"), (now, 1.0), (0, 4), color=BLUE, **above)
    held = [] if milestones is None else rows(milestones.sort_values("on"))
    for number_, row in enumerate(held):
        x, (shift, side) = _place_of(row["on"]), ((-7, "right"), (7, "left"))[number_ % 2]
        ax.axvline(x, color=BLUE, linewidth=0.9, linestyle=":")
        ax.plot([x], [0.1], "D", color=BLUE, markersize=6, clip_on=False)
        note(ax, str(row["title"]), (x, 0.1), (shift, 0), color=BLUE, ha=side, va="center", annotation_clip=False)


def plot_readiness(scores: pd.DataFrame) -> Figure:
    """Six dials: readiness of each area against the gate (name, estimate, n, n_missing); the smallest is marked."""
    paper, axes = figure(8.4, 4.6, rows=2, columns=3)
    least = float(scores["estimate"].min())
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, row in zip(axes.flat, rows(scores), strict=False):
        _dial(ax, row, smallest=row["estimate"] == least)
    title = _("Ready? Six gates; the smallest (▼) decides; the tick is the gate, {share}")
    gate = percent(READY, 0)
    paper.suptitle(title.format(share=gate), x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK)
    return paper


def _dial(ax: Axes, row: Mapping[str, Any], *, smallest: bool) -> None:
    """One dial from 0 (left) to 100 % (right)."""
    value, known = float(row["estimate"]), bool(row["estimate"] == row["estimate"])
    colour, hatch = (ACCENT, HATCH) if value < READY else (INK, None)
    ax.add_patch(Wedge((0, 0), 1.0, 0, 180, width=0.26, facecolor="#E6EAEE"))
    if known:
        filled = {"facecolor": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
        ax.add_patch(Wedge((0, 0), 1.0, 180 - 180 * value, 180, width=0.26, **filled))
    angle, radius = np.pi * (1 - READY), np.array([0.68, 1.08])
    ax.plot(radius * np.cos(angle), radius * np.sin(angle), color=DARK, linewidth=2)
    words, size = (percent(value, 0), 13) if known else (_("cannot tell"), 10)
    mark = "▼ " if smallest else ""
    still = _("{n} checks, {open} open").format(n=number(row["n"], 0), open=number(row["n_missing"], 0))
    ax.annotate(mark + words, (0, 0.12), ha="center", fontsize=size, fontweight="bold", color=colour)
    ax.annotate(upper_first(row["name"]), (0, -0.16), ha="center", fontsize=10, fontweight="bold")
    ax.annotate(still, (0, -0.38), ha="center", fontsize=8.5, color=SOFT)
    ax.set(xlim=(-1.15, 1.15), ylim=(-0.45, 1.12), aspect="equal")


def plot_load(load: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Busiest month of each person against capacity (person_id, days, capacity_days, over_days)."""
    busiest = load.sort_values("days").drop_duplicates("person_id", keep="last").reset_index(drop=True)
    ax = canvas(ax, height=1.4 + 0.42 * len(busiest))
    for at, row in enumerate(rows(busiest)):
        over = row["over_days"] > 0
        colour, hatch = (ACCENT, HATCH) if over else (INK, None)
        ax.barh(at, row["days"], color=colour, height=0.55, hatch=hatch, edgecolor="white", linewidth=0.5)
        ax.plot([row["capacity_days"]] * 2, [at - 0.38, at + 0.38], color=DARK, linewidth=2)
        if over:
            told = _("over by {n}").format(n=number(row["over_days"], 1))
            note(ax, told, (row["days"], at), (6, 0), va="center", color=ACCENT)
    name_rows(ax, busiest["person_id"])
    ax.margins(x=0.15)
    title = _("Busiest month of everybody who does the work")
    ax.set(title=title, xlabel=_("Working days in that month (mark: days they have)"))
    return ax


def plot_power(curves: pd.DataFrame, ax: Axes | None = None, *, n_available: float = 0.0) -> Axes:
    """Chance to show an effect by customers per arm; one line per effect (n_per_arm, power_share, effect, label)."""
    ax = canvas(ax, height=3.4)
    looks: tuple[tuple[Any, str], ...] = (("-", INK), ("--", ACCENT), (":", BLUE))
    for (name, held), (line, colour) in zip(curves.groupby("label", sort=False), looks, strict=False):
        ax.plot(held["n_per_arm"], held["power_share"], linestyle=line, color=colour, label=str(name))
    ax.axhline(POWER, color=GREY, linewidth=1)
    power, corner = _("{share} power").format(share=percent(POWER, 0)), ("axes fraction", "data")
    note(ax, power, (1.0, POWER), (-2, 3), ha="right", xycoords=corner, color=SOFT)
    if n_available > 0:
        ax.axvline(n_available, color=DARK, linewidth=1.2)
        there, foot = _("there are {n}").format(n=number(n_available, 0)), ("data", "axes fraction")
        note(ax, there, (n_available, 0.02), (-4, 0), fontsize=9, ha="right", xycoords=foot)
    ax.set(title=_("Chance to show the effect, if it is there"), ylim=(0, 1.03))
    ax.set(xlabel=_("Customers per arm (logarithmic)"), ylabel=_("Power"), xscale="log")
    ax.xaxis.set_major_formatter(COUNT)
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_major_formatter(SHARE)
    ax.legend(loc="lower right", fontsize=8.5)
    return ax


def plot_balance(balance: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Standardised difference pilot − control per feature with 95% interval (name, estimate, low, high, n, verdict)."""
    shown = balance.iloc[::-1].reset_index(drop=True)
    ax = canvas(ax, height=1.5 + 0.45 * len(shown))
    ax.axvspan(-SMALL, SMALL, color="#EEF1F4")
    for at, row in enumerate(rows(shown)):
        draw_range(ax, row, at, INK if row["verdict"] == "alike" else ACCENT)
    name_rows(ax, shown["name"])
    widest = float(max(0.25, shown[["low", "high"]].abs().max().max() * 1.1))
    ax.axvline(0, color="#5B6470", linewidth=1)
    below = _("Difference in standard deviations, 95% intervals (grey: too small to matter; n = {n})")
    below = below.format(n=number(shown["n"].max(), 0))
    ax.set(title=_("Were the arms alike before the pilot?"), xlabel=below, xlim=(-widest, widest))
    return ax


def _place_of(moment: pd.Timestamp) -> float:
    """A day as matplotlib counts them."""
    return float(date2num(moment))  # type: ignore[no-untyped-call]


plot_readiness.persons = False  # type: ignore[attr-defined]  # its n counts checks
