"""The pictures of stage 7: what each experience may bring, the budget frontier, the tornado, and what can be promised."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from cxlib.facts import rows
from cxlib.language import _, number, percent, short_money
from cxlib.show.theme import ACCENT, BLUE, GREY, INK, PALE, canvas, figure
from cxlib.stages.design.promise import PROMISE_SHARE

MONEY = FuncFormatter(lambda value, _place: short_money(value))
SHARE = FuncFormatter(lambda value, _place: percent(value, 0))
ZERO = "#5B6470"


def plot_cases(cases: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """P10, P50 and P90 of the net present value of each experience (idea_id, estimate, low, high, p_positive_share)."""
    shown = cases.sort_values("estimate", ignore_index=True)
    ax = canvas(ax, height=1.5 + 0.52 * len(shown))
    for at, row in enumerate(rows(shown)):
        draw_range(ax, row, at, INK if row["low"] > 0 else ACCENT)
        sure = _("P(> 0) {share}").format(share=percent(row["p_positive_share"], 0))
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        note(ax, sure, (row["high"], at), (6, 0), va="center", fontsize=8.5, bbox=behind)
    name_rows(ax, shown["idea_id"])
    ax.axvline(0, color=ZERO, linewidth=1)
    title = _("Net present value of each experience: P10, P50 (dot), P90")
    ax.set(title=title, xlabel=_("Present value over the horizon"))
    _money_axis(ax)
    return ax


def plot_frontier(
    options: pd.DataFrame, ax: Axes | None = None, *, budget: float = float("nan"), best: str = ""
) -> Axes:
    """Budget against value: each portfolio's investment and P10–P90 (option, investment_money, estimate, low, high)."""
    ax = canvas(ax, height=3.8)
    shown = options.sort_values("investment_money", ignore_index=True)
    for row in rows(shown):
        _portfolio(ax, row, best)
    top = shown["estimate"].cummax()
    ax.plot(shown["investment_money"], top, color=GREY, linewidth=1, drawstyle="steps-post", zorder=0)
    if np.isfinite(budget):
        ax.axvline(budget, color=BLUE, linewidth=1.2, linestyle="--")
        note(ax, _("budget"), (budget, 0.02), (4, 0), xycoords=("data", "axes fraction"), color=BLUE)
    ax.plot(0, 0, "o", color=INK, markersize=7)
    note(ax, _("do nothing"), (0, 0), (6, -12))
    ax.margins(y=0.15)
    ax.axhline(0, color=ZERO, linewidth=1)
    spent = _("Investment: what is paid before anything comes back")
    title = _("What more budget buys (● unbroken path, ■ broken; bars P10–P90)")
    ax.set(title=title, xlabel=spent, ylabel=_("Net present value"))
    _money_axis(ax)
    ax.yaxis.set_major_formatter(MONEY)
    return ax


def _portfolio(ax: Axes, row: Mapping[str, Any], best: str) -> None:
    """One portfolio: its range over what it takes, the recommended one by name."""
    spent, recommended = row["investment_money"], row["option"] == best
    whole, marker = (INK, "o") if row["path"] else (GREY, "s")
    colour = ACCENT if recommended else whole
    ax.plot([spent] * 2, [row["low"], row["high"]], color=colour, linewidth=4, alpha=0.3)
    ax.plot(spent, row["estimate"], marker, color=colour, markersize=7)
    if recommended:
        note(ax, _("recommended"), (spent, row["high"]), (0, 6), ha="center", color=ACCENT, fontweight="bold")


def plot_fan(fan: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Cumulative discounted value by month with its P10–P90 band (month, estimate, low, high)."""
    ax = canvas(ax, height=3.4)
    ax.fill_between(fan["month"], fan["low"], fan["high"], color=PALE, label=_("P10–P90"))
    ax.plot(fan["month"], fan["estimate"], color=INK)
    ax.axhline(0, color=ZERO, linewidth=1)
    for first in rows(fan[fan["estimate"].ge(0) & fan["month"].gt(0)].head(1)):
        back, at = _("paid back in month {n}").format(n=number(first["month"], 0)), (first["month"], first["estimate"])
        ax.plot(*at, "o", color=ACCENT, markersize=7)
        note(ax, back, at, (8, -14), color=ACCENT, fontweight="bold")
    end = fan.iloc[-1]
    for name, words in (("high", "P90"), ("estimate", "P50"), ("low", "P10")):
        told = f"{words} {short_money(end[name])}"
        note(ax, told, (end["month"], end[name]), (6, 0), va="center", annotation_clip=False)
    ax.set(title=_("What has come back, month by month"), xlim=(0, float(fan["month"].max())))
    ax.set(xlabel=_("Months after launch"), ylabel=_("Cumulative present value"))
    ax.yaxis.set_major_formatter(MONEY)
    return ax


def plot_tornado(tornado: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Net present value when one driver goes from its P10 to its P90 (label, low_money, high_money, base_money)."""
    shown = tornado.iloc[::-1].reset_index(drop=True)
    ax = canvas(ax, height=1.4 + 0.46 * len(shown))
    base = float(shown["base_money"].iloc[0])
    for at, row in enumerate(rows(shown)):
        ends = (row["low_money"], row["high_money"])
        ax.barh([at, at], np.subtract(ends, base), left=base, color=[ACCENT, INK], height=0.6)
        for value, shift, side in ((min(ends), -5, "right"), (max(ends), 5, "left")):
            note(ax, short_money(value), (value, at), (shift, 0), ha=side, va="center", fontsize=8.5)
    name_rows(ax, shown["label"])
    ax.axvline(base, color="#1B2733", linewidth=1)
    below = _("Net present value; orange: driver at its bad tenth, blue: at its good tenth")
    ax.set(title=_("What the value hangs on: one driver at a time"), xlabel=below)
    _money_axis(ax)
    ax.margins(x=0.22)
    return ax


def plot_promise(promises: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share of customers who live the expected level at each moment, with interval (touchpoint, estimate, low, high, n)."""
    shown = promises.iloc[::-1].reset_index(drop=True)
    ax = canvas(ax, height=1.5 + 0.5 * len(shown))
    for at, row in enumerate(rows(shown)):
        draw_range(ax, row, at, {"kept": INK, "not kept": ACCENT}.get(row["verdict"], GREY))
        _beside(ax, f"n = {number(row['n'], 0)}", at, 6)
    name_rows(ax, shown["touchpoint"])
    ax.axvline(PROMISE_SHARE, color=BLUE, linewidth=1.2, linestyle="--")
    kept = _("kept to {share}").format(share=percent(PROMISE_SHARE, 0))
    note(ax, kept, (PROMISE_SHARE, 1.0), (-4, 3), xycoords=("data", "axes fraction"), ha="right", color=BLUE)
    ax.set_title(_("Who lives at least what was expected, with 95% intervals"), pad=20)
    ax.set(xlabel=_("Share of the customers who rated the moment"), xlim=(0, 1))
    ax.xaxis.set_major_formatter(SHARE)
    return ax


def plot_kano(kano: pd.DataFrame) -> Figure:
    """Who would be pleased if an idea were there, and who would miss it if not, with 95% intervals, an idea a row.

    kano: idea_id, word, n, better, better_low, better_high, worse, worse_low, worse_high.
    """
    shown = kano.iloc[::-1].reset_index(drop=True)
    paper, axes = figure(8.4, 1.5 + 0.46 * len(shown), columns=2)
    parts = {"better": (_("Would be pleased with it"), INK), "worse": (_("Would miss it"), ACCENT)}
    for ax, (part, (title, colour)) in zip(axes, parts.items(), strict=True):
        place = np.arange(len(shown))
        ax.hlines(place, shown[f"{part}_low"], shown[f"{part}_high"], color=colour, linewidth=6, alpha=0.35)
        ax.plot(shown[part], place, "o", color=colour, markersize=6)
        name_rows(ax, shown["idea_id"])
        ax.set(xlim=(0, 1), xticks=[0, 0.5, 1])
        ax.grid(axis="x")
        ax.xaxis.set_major_formatter(SHARE)
        ax.set_title(title, fontsize=9.5, pad=6)
    axes[1].set_yticks([])
    for at, row in enumerate(rows(shown)):
        _beside(axes[1], f"{row['word']} (n = {number(row['n'], 0)})", at, 8)
    paper.suptitle(_("What each idea is to customers"), x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK)
    return paper


def draw_range(ax: Axes, row: Mapping[str, Any], at: float, colour: str) -> None:
    """An interval as a pale bar with its estimate as a dot."""
    ax.plot([row["low"], row["high"]], [at, at], color=colour, linewidth=6, alpha=0.35, solid_capstyle="butt")
    ax.plot(row["estimate"], at, "o", color=colour, markersize=7)


def note(ax: Axes, words: str, at: tuple[float, float], shift: tuple[float, float], **look: Any) -> None:
    """Words beside a point, so many points away."""
    ax.annotate(words, at, shift, textcoords="offset points", **{"fontsize": 9, **look})


def _beside(ax: Axes, words: str, at: float, shift: float) -> None:
    """Words at the end of a row whose axis ends at one."""
    note(ax, words, (1.0, at), (shift, 0), va="center", fontsize=8.5, annotation_clip=False)


def name_rows(ax: Axes, names: Iterable[Any]) -> None:
    """Row names on the vertical axis, wrapped so that they leave room for the data."""
    short = [textwrap.shorten(str(name), 58, placeholder=" …") for name in names]
    ax.set_yticks(range(len(short)), ["\n".join(textwrap.wrap(name, 32)) for name in short])
    ax.set_ylim(-0.6, len(short) - 0.4)
    ax.tick_params(axis="y", length=0)


def _money_axis(ax: Axes) -> None:
    """Money on the horizontal axis, few enough ticks to be read."""
    ax.xaxis.set_major_formatter(MONEY)
    ax.locator_params(axis="x", nbins=6)
    ax.margins(x=0.14)
