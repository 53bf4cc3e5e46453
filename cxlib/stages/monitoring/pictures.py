"""The pictures of stage 10: control charts with rule letters, the path to the target, awareness, the compliance strip."""

from __future__ import annotations

import textwrap
from typing import Any

import matplotlib.dates as dates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cxlib.language import _, number, percent, quantity, short_money
from cxlib.show.theme import ACCENT, BLUE, GREY, INK, PALE, canvas, figure
from cxlib.stages.monitoring.awareness import AWARE_SHARE

TEXT = "#1B2733"
COLUMNS = 2
MOST = 4  # a grid of two by two can be read at a glance


def plot_charts(charts: pd.DataFrame) -> Figure:
    """Up to four control charts, two by two (metric, label, period_on, estimate, centre, lower, upper, phase, letters,
    unit, shift_on): limits, phase I shaded, signals ringed with their rule letter, dated shift as a dashed line."""
    metrics = list(dict.fromkeys(charts["metric"]))[:MOST]
    columns, lines = min(COLUMNS, len(metrics)), -(-len(metrics) // COLUMNS)
    paper, axes = figure(8.2, 2.7 * lines + 0.3, rows=lines, columns=columns)
    flat = np.atleast_1d(axes).ravel()
    for ax, metric in zip(flat, metrics, strict=False):
        _chart(ax, charts[charts["metric"].eq(metric)].reset_index(drop=True))
    for ax in flat[len(metrics) :]:
        ax.set_axis_off()
    return paper


def _chart(ax: Axes, rows: pd.DataFrame) -> None:
    """One control chart."""
    begun = rows.loc[rows["phase"].eq("I"), "period_on"]
    if len(begun):  # its periods may all hold too few persons to be drawn
        ax.axvspan(begun.iloc[0], begun.iloc[-1], color=PALE, alpha=0.45, linewidth=0)
    ax.plot(rows["period_on"], rows["centre"], color=GREY, linewidth=1)
    for limit in ("lower", "upper"):
        ax.plot(rows["period_on"], rows[limit], color=BLUE, linewidth=1, linestyle=(0, (4, 2)), drawstyle="steps-mid")
    gap = rows["period_on"].diff()
    for _part, run in rows.groupby(gap.gt(3 * gap.median()).cumsum()):  # no line over weeks in which nobody answered
        ax.plot(run["period_on"], run["estimate"], color=INK, linewidth=1, marker=".", markersize=3.5)
    signals = rows[rows["letters"].ne("")]
    ax.plot(signals["period_on"], signals["estimate"], "o", markersize=7, markerfacecolor="none", color=ACCENT)
    for _at, near in signals.groupby(signals.index.to_series().diff().gt(3).cumsum()):
        _letter(ax, near)
    if pd.notna(rows["shift_on"].iloc[0]):
        ax.axvline(rows["shift_on"].iloc[0], color=ACCENT, linewidth=1.3, linestyle=":")
    unit = str(rows["unit"].iloc[0])
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: _tick(value, unit)))
    _months(ax, 4)
    ax.margins(y=0.14)
    ax.set_title(textwrap.fill(str(rows["label"].iloc[0]), 44), fontsize=9.5, pad=6)
    ax.set_ylabel(_unit_word(unit), fontsize=8.5)


def _letter(ax: Axes, near: pd.DataFrame) -> None:
    """The letters of signals that lie close together, once, at their farthest point."""
    far = near.iloc[int((near["estimate"] - near["centre"]).abs().to_numpy().argmax())]
    letters = "".join(letter for letter in "AB" if near["letters"].str.contains(letter).any())
    lift = 6 if far["estimate"] >= far["centre"] else -15
    ax.annotate(letters, (far["period_on"], far["estimate"]), (0, lift), ha="center", fontweight="bold", **_note(8.5))


def plot_path(table: pd.DataFrame, ax: Axes | None = None, *, target: float = float("nan")) -> Axes:
    """The objective month by month, its forecast (80% interval) and the way to the target (period_on, estimate, …)."""
    ax = canvas(ax, height=3.7)
    ax.plot(table["period_on"], table["estimate"], color=INK, marker=".", markersize=5)
    ahead = table[table["forecast"].notna()]
    ax.fill_between(ahead["period_on"], ahead["low"], ahead["high"], color=BLUE, alpha=0.16, linewidth=0)
    ax.plot(ahead["period_on"], ahead["forecast"], color=BLUE, linewidth=1.4)
    ax.plot(table["period_on"], table["target"], color=ACCENT, linewidth=1.6, linestyle="--")
    if len(ahead):
        peak = ahead.iloc[int(ahead["high"].to_numpy().argmax())]
        ax.annotate(_("forecast"), (peak["period_on"], peak["high"]), (0, 5), ha="center", **_note(9, color=BLUE))
        end = (ahead["period_on"].iloc[-1], target)
        name = _("target {value}").format(value=short_money(target))
        ax.annotate(name, end, (5, 0), va="center", annotation_clip=False, **_note(9))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: short_money(value)))
    _months(ax, 8)
    ax.margins(y=0.15)
    ax.set_title(_("The objective by month: so far, forecast (80% band) and the way to the target"))
    ax.set_ylabel(_("Per month"))
    return ax


def plot_awareness(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share of all staff aware of each question, with interval (question, estimate, low, high, n); the line is half."""
    rows = table.sort_values("estimate", ascending=False)
    ax = canvas(ax, height=1.5 + 0.5 * len(rows))
    for at, row in enumerate(rows.to_dict("records")):
        low, estimate, high = (100 * row[name] for name in ("low", "estimate", "high"))
        ax.plot([low, high], [at, at], color=INK, linewidth=5, alpha=0.35, solid_capstyle="butt")
        ax.plot(estimate, at, "o", color=INK, markersize=7)
        told = f"{percent(row['estimate'], 0)}  n = {number(row['n'], 0)}"
        ax.annotate(told, (high, at), (7, 0), va="center", **_note(8.5, color=TEXT))
    ax.set_yticks(range(len(rows)), [textwrap.fill(str(question), 30) for question in rows["question"]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.axvline(100 * AWARE_SHARE, color=ACCENT, linewidth=1.3, linestyle="--")
    ax.set(xlim=(0, 115), xticks=range(0, 101, 20), xlabel=_("Staff aware, % (answers of 7 or more of 10)"))
    ax.set_title(_("Internal awareness, with 95% interval (dashed: half of the staff)"))
    return ax


def plot_compliance(scores: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The strip of stages: share of the method's checks passed (stage, name, passed_share; blank: this stage, n_checks)."""
    ax = canvas(ax, width=8.6, height=1.75)
    for at, row in enumerate(scores.to_dict("records")):
        _box(ax, at, row["passed_share"], row["n_checks"], weakest=row["passed_share"] == scores["passed_share"].min())
    labels = [f"{row['stage']}\n" + textwrap.fill(str(row["name"]), 14) for row in scores.to_dict("records")]
    ax.set_xticks(np.arange(len(scores)) + 0.5, labels, fontsize=7.5)
    ax.set(yticks=[], xlim=(0, len(scores)))
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.set_title(_("Checks of the method passed, stage by stage (orange: the weakest)"))
    return ax


def _box(ax: Axes, at: int, share: float, n: int, *, weakest: bool) -> None:
    """The box of a stage, filled by its share; of a stage that is not held to anything yet, dotted."""
    frame: dict[str, Any] = {"left": at + 0.04, "height": 1}
    write: dict[str, Any] = {"ha": "center", "va": "center"}
    if not np.isfinite(share):
        ax.barh(0, 0.92, color="white", edgecolor=GREY, linewidth=1.2, linestyle=":", **frame)
        ax.text(at + 0.5, 0, _("this page"), fontsize=8, **write)
        return
    full = share >= 1
    colour, mark = (INK, "✓") if full else (ACCENT if weakest else GREY, "!")
    ax.barh(0, 0.92, color="white", edgecolor=colour, linewidth=1.8, **frame)
    ax.barh(0, 0.92 * share, color=colour, alpha=0.25, **frame)
    bold = write | {"fontsize": 9.5, "color": colour if full else TEXT, "fontweight": "bold"}
    ax.text(at + 0.5, 0.16, f"{mark} {percent(share, 0)}", **bold)
    passed = _("{n} of {all}").format(n=number(share * n, 0), all=number(n, 0))
    ax.text(at + 0.5, -0.24, passed, fontsize=8, **write)


def plot_keys(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Scores of the ten keys (key, label, estimate, n); a key that cannot be told is written so."""
    ax = canvas(ax, height=1.2 + 0.34 * len(table))
    for at, row in enumerate(table.to_dict("records")):
        length, told = 100 * row["estimate"], f"{percent(row['estimate'], 0)}  ({number(row['n'], 0)})"
        if not np.isfinite(length):
            length, told = 0.0, _("cannot tell")
        ax.barh(at, length, height=0.6, color=INK if length >= 100 else GREY)
        ax.annotate(told, (length, at), (6, 0), va="center", **_note(8.5, color=TEXT))
    ax.set_yticks(range(len(table)), [f"{row['key']} · {row['label']}" for row in table.to_dict("records")])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set(xlim=(0, 122), xticks=range(0, 101, 20), xlabel=_("Kept, % (in brackets: things looked at)"))
    ax.set_title(_("The ten keys"))
    return ax


def _note(size: float, *, color: str = ACCENT) -> dict[str, Any]:
    """How a word beside a mark is written."""
    return {"textcoords": "offset points", "fontsize": size, "color": color}


def _months(ax: Axes, most: int) -> None:
    """A few dated ticks: year and month."""
    first, last = (dates.num2date(edge) for edge in ax.dataLim.intervalx)  # type: ignore[no-untyped-call]
    months = (last.year - first.year) * 12 + last.month - first.month
    every = next((step for step in (1, 2, 3, 4, 6, 12, 24) if months / step <= most), 60)
    ax.xaxis.set_major_locator(dates.MonthLocator(bymonth=range(1, 13, min(every, 12)), interval=1))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(dates.DateFormatter("%Y-%m"))  # type: ignore[no-untyped-call]
    for tick in ax.get_xticklabels():
        tick.set_fontsize(8)


def _tick(value: float, unit: Any) -> str:
    """A number on an axis, short."""
    if unit == "money":
        return short_money(value)
    return percent(value, 0) if unit == "share" else quantity(value, str(unit))


def _unit_word(unit: str) -> str:
    """What the axis measures."""
    return {
        "money": _("Money"),
        "share": _("Share"),
        "score": _("Mean score"),
        "points": _("Points"),
        "count": _("Number"),
    }.get(unit, unit)


plot_compliance.persons = False  # type: ignore[attr-defined]  # its n counts checks
plot_keys.persons = False  # type: ignore[attr-defined]  # its n counts checks
