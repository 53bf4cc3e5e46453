"""The pictures of stage 8: the plan with its critical path, six readiness scores, who is overloaded, what a pilot can show."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from cxlib.figures.theme import ACCENT, BLUE, GREY, INK, PALE, canvas
from cxlib.language import _, number, percent


def plot_gantt(plan: pd.DataFrame, ax: Axes | None = None, *, p50: float = 0.0, p80: float = 0.0) -> Axes:
    """The schedule as a Gantt chart, the critical path in accent (label, workstream, start_days, end_days, critical,
    slack_days, criticality_share), with the finish at P50 and P80."""
    rows = plan.sort_values(["start_days", "end_days"], ascending=False, ignore_index=True)
    ax = canvas(ax, height=1.6 + 0.31 * len(rows))
    for at, row in enumerate(rows.to_dict("records")):
        length = row["end_days"] - row["start_days"]
        if row["slack_days"] > 0.05:
            ax.barh(at, row["slack_days"], left=row["end_days"], height=0.16, color=PALE, edgecolor=GREY, linewidth=0.5)
        ax.barh(at, length, left=row["start_days"], height=0.62, color=ACCENT if row["critical"] else INK,
                hatch="////" if row["critical"] else None, edgecolor="white", linewidth=0.5)  # fmt: skip
        ax.annotate(percent(row["criticality_share"], 0), (1.0, at), (36, 0), textcoords="offset points", va="center",
                    xycoords=("axes fraction", "data"), fontsize=8, ha="right", annotation_clip=False,
                    color=ACCENT if row["critical"] else "#3A4552")  # fmt: skip
    names = [textwrap.shorten(str(name), 42, placeholder="…") for name in rows["label"]]
    ax.set_yticks(range(len(rows)), names, fontsize=8)
    ax.tick_params(axis="y", length=0)
    for value, words in ((p50, "P50"), (p80, "P80")):
        if value > 0:
            ax.axvline(value, color=BLUE, linewidth=1, linestyle="--" if words == "P80" else ":")
            ax.annotate(words, (value, 1.0), (0, 2), xycoords=("data", "axes fraction"), textcoords="offset points",
                        ha="right" if words == "P50" else "left", fontsize=8.5, color=BLUE)  # fmt: skip
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.set_xlim(0, max(p80, float((rows["end_days"] + rows["slack_days"]).max())) * 1.08)
    ax.set_title(_("The plan, and how often each task decides the finish"), pad=18)
    ax.set_xlabel(_("Working days from the start"))
    marks = [Patch(facecolor=ACCENT, hatch="////", edgecolor="white", label=_("critical")),
             Patch(facecolor=INK, label=_("has slack")),
             Patch(facecolor=PALE, edgecolor=GREY, label=_("slack"))]  # fmt: skip
    ax.legend(handles=marks, loc="lower left", fontsize=8)
    return ax


def plot_readiness(scores: pd.DataFrame, ax: Axes | None = None, *, ready: float = 0.8) -> Axes:
    """Six readiness scores against the gate (name, estimate, n, n_missing); the smallest is the headline."""
    rows = scores.iloc[::-1].reset_index(drop=True)
    ax = canvas(ax, height=3.2)
    least = float(rows["estimate"].min())
    for at, row in enumerate(rows.to_dict("records")):
        value = row["estimate"]
        ax.barh(at, 1, color="#EEF1F4", height=0.55)
        if np.isnan(value):
            ax.annotate(_("cannot tell"), (0.01, at), va="center", fontsize=9)
            continue
        low = value < ready
        ax.barh(at, value, color=ACCENT if low else INK, height=0.55)
        words = _("{share} of {n} checks").format(share=percent(value, 0), n=number(row["n"], 0))
        ax.annotate(("▼ " if value == least else "") + words, (1, at), (6, 0), textcoords="offset points",
                    va="center", fontsize=8.5, fontweight="bold" if value == least else "normal",
                    annotation_clip=False)  # fmt: skip
    ax.set_yticks(range(len(rows)), list(rows["name"]))
    ax.tick_params(axis="y", length=0)
    ax.axvline(ready, color=BLUE, linewidth=1.2, linestyle="--")
    ax.annotate(_("ready from {share}").format(share=percent(ready, 0)), (ready, 1.0), (0, 2), ha="center",
                xycoords=("data", "axes fraction"), textcoords="offset points", color=BLUE, fontsize=9)  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_title(_("Ready? Six gates; the smallest (▼) decides"), pad=20)
    ax.set_xlabel(_("Checks met or planned (weakest kind of check)"))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: percent(value, 0)))
    return ax


def plot_load(load: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Busiest month of each person against capacity (person_id, days, capacity_days, over_days)."""
    busiest = load.sort_values("days").drop_duplicates("person_id", keep="last").reset_index(drop=True)
    ax = canvas(ax, height=1.4 + 0.42 * len(busiest))
    for at, row in enumerate(busiest.to_dict("records")):
        over = row["over_days"] > 0
        ax.barh(at, row["days"], color=ACCENT if over else INK, height=0.55, hatch="////" if over else None,
                edgecolor="white", linewidth=0.5)  # fmt: skip
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
    ax.annotate(_("{share} power").format(share=percent(power, 0)), (1.0, power), (-2, 3), fontsize=8.5, ha="right",
                xycoords=("axes fraction", "data"), textcoords="offset points", color="#3A4552")  # fmt: skip
    handles = [Line2D([], [], linestyle=line, color=colour, label=str(name))
               for (name, _rows), (line, colour) in zip(curve.groupby("label", sort=False), styles, strict=False)]  # fmt: skip
    if n_available > 0:
        ax.axvline(n_available, color="#1B2733", linewidth=1.2)
        ax.annotate(_("there are {n}").format(n=number(n_available, 0)), (n_available, 0.02), (-4, 0), fontsize=9, ha="right",
                    xycoords=("data", "axes fraction"), textcoords="offset points")  # fmt: skip
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
    """Standardised difference pilot − control per feature with 95 % interval (name, estimate, low, high, n)."""
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
    ax.set_xlabel(_("Difference in standard deviations, 95 % intervals (grey: too small to matter; n = {n})").format(
        n=number(float(rows["n"].max()), 0)))  # fmt: skip
    return ax
