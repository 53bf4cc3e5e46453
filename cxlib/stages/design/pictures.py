"""The pictures of stage 7: what each experience may bring, the budget frontier, the tornado, and what can be promised."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from cxlib.language import _, number, percent, short_money
from cxlib.show.theme import ACCENT, BLUE, GREY, INK, PALE, canvas, figure

MONEY = FuncFormatter(lambda value, _place: short_money(value))


def plot_cases(cases: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """P10, P50 and P90 of the net present value of each experience (idea_id, estimate, low, high, p_positive_share)."""
    rows = cases.sort_values("estimate", ignore_index=True)
    ax = canvas(ax, height=1.5 + 0.52 * len(rows))
    place = np.arange(len(rows))
    sure = rows["low"] > 0
    for at, row, colour in zip(place, rows.to_dict("records"), np.where(sure, INK, ACCENT), strict=True):
        ax.plot([row["low"], row["high"]], [at, at], color=colour, linewidth=6, alpha=0.35, solid_capstyle="butt")
        ax.plot(row["estimate"], at, "o", color=colour, markersize=7)
        chance = _("P(> 0) {share}").format(share=percent(row["p_positive_share"], 0))
        ax.annotate(
            chance,
            (row["high"], at),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    _named(ax, rows["idea_id"])
    ax.axvline(0, color="#5B6470", linewidth=1)
    ax.set_title(_("Net present value of each experience: P10, P50 (dot), P90"))
    ax.set_xlabel(_("Present value over the horizon"))
    _money_axis(ax)
    return ax


def plot_frontier(
    options: pd.DataFrame, ax: Axes | None = None, *, budget: float = float("nan"), best: str = ""
) -> Axes:
    """Budget against value: each portfolio's investment and P10–P90 (option, investment_money, estimate, low, high)."""
    ax = canvas(ax, height=3.8)
    rows = options.sort_values("investment_money", ignore_index=True)
    for row in rows.to_dict("records"):
        colour = ACCENT if row["option"] == best else INK if row["path"] else GREY
        ax.plot([row["investment_money"]] * 2, [row["low"], row["high"]], color=colour, linewidth=4, alpha=0.3)
        ax.plot(row["investment_money"], row["estimate"], "o" if row["path"] else "s", color=colour, markersize=7)
    steps = rows.assign(top=rows["estimate"].cummax())
    ax.plot(steps["investment_money"], steps["top"], color=GREY, linewidth=1, drawstyle="steps-post", zorder=0)
    if np.isfinite(budget):
        ax.axvline(budget, color=BLUE, linewidth=1.2, linestyle="--")
        ax.annotate(
            _("budget"),
            (budget, 0.02),
            (4, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=BLUE,
            fontsize=9,
        )
    chosen = rows[rows["option"] == best]
    for row in chosen.to_dict("records"):
        ax.annotate(
            _("recommended"),
            (row["investment_money"], row["high"]),
            (0, 6),
            textcoords="offset points",
            ha="center",
            color=ACCENT,
            fontsize=9,
            fontweight="bold",
        )
    ax.plot(0, 0, "o", color=INK, markersize=7)
    ax.annotate(_("do nothing"), (0, 0), (6, -12), textcoords="offset points", fontsize=9)
    ax.margins(y=0.15)
    ax.axhline(0, color="#5B6470", linewidth=1)
    ax.set_title(_("What more budget buys (● unbroken path, ■ broken; bars P10–P90)"))
    ax.set_xlabel(_("Investment: what is paid before anything comes back"))
    ax.set_ylabel(_("Net present value"))
    _money_axis(ax)
    ax.yaxis.set_major_formatter(MONEY)
    return ax


def plot_fan(fan: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Cumulative discounted value by month with its P10–P90 band (month, estimate, low, high)."""
    ax = canvas(ax, height=3.4)
    ax.fill_between(fan["month"], fan["low"], fan["high"], color=PALE, label=_("P10–P90"))
    ax.plot(fan["month"], fan["estimate"], color=INK)
    ax.axhline(0, color="#5B6470", linewidth=1)
    paid = fan[(fan["estimate"] >= 0) & (fan["month"] > 0)]
    if len(paid):
        first = paid.iloc[0]
        ax.plot(first["month"], first["estimate"], "o", color=ACCENT, markersize=7)
        ax.annotate(
            _("paid back in month {n}").format(n=number(first["month"], 0)),
            (first["month"], first["estimate"]),
            (8, -14),
            textcoords="offset points",
            color=ACCENT,
            fontsize=9,
            fontweight="bold",
        )
    for name, words in (("high", "P90"), ("estimate", "P50"), ("low", "P10")):
        end = fan.iloc[-1]
        ax.annotate(
            f"{words} {short_money(end[name])}",
            (end["month"], end[name]),
            (6, 0),
            va="center",
            textcoords="offset points",
            fontsize=9,
            annotation_clip=False,
        )
    ax.set_title(_("What has come back, month by month"))
    ax.set_xlabel(_("Months after launch"))
    ax.set_ylabel(_("Cumulative present value"))
    ax.set_xlim(0, float(fan["month"].max()))
    ax.yaxis.set_major_formatter(MONEY)
    return ax


def plot_tornado(tornado: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Net present value when one driver goes from its P10 to its P90 (label, low_money, high_money, base_money)."""
    rows = tornado.iloc[::-1].reset_index(drop=True)
    ax = canvas(ax, height=1.4 + 0.46 * len(rows))
    base = float(rows["base_money"].iloc[0])
    for at, row in enumerate(rows.to_dict("records")):
        ax.barh(at, row["low_money"] - base, left=base, color=ACCENT, height=0.6)
        ax.barh(at, row["high_money"] - base, left=base, color=INK, height=0.6)
        ends = sorted((row["low_money"], row["high_money"]))
        for value, shift, side in ((ends[0], -5, "right"), (ends[1], 5, "left")):
            ax.annotate(
                short_money(value),
                (value, at),
                (shift, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8.5,
            )
    _named(ax, rows["label"])
    ax.axvline(base, color="#1B2733", linewidth=1)
    ax.set_title(_("What the value hangs on: one driver at a time"))
    ax.set_xlabel(_("Net present value; orange: driver at its bad tenth, blue: at its good tenth"))
    _money_axis(ax)
    ax.margins(x=0.22)
    return ax


def plot_promise(promise: pd.DataFrame, ax: Axes | None = None, *, kept_share: float = 0.9) -> Axes:
    """Share of customers who live the expected level at each moment, with interval (touchpoint, estimate, low, high, n)."""
    rows = promise[promise["n"] > 0].iloc[::-1].reset_index(drop=True)
    ax = canvas(ax, height=1.5 + 0.5 * max(len(rows), 1))
    for at, row in enumerate(rows.to_dict("records")):
        colour = {"kept": INK, "not kept": ACCENT}.get(str(row["verdict"]), GREY)
        ax.plot([row["low"], row["high"]], [at, at], color=colour, linewidth=6, alpha=0.35, solid_capstyle="butt")
        ax.plot(row["estimate"], at, "o", color=colour, markersize=7)
        ax.annotate(
            f"n = {number(row['n'], 0)}",
            (1.0, at),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )
    _named(ax, rows["touchpoint"])
    ax.axvline(kept_share, color=BLUE, linewidth=1.2, linestyle="--")
    ax.annotate(
        _("kept to {share}").format(share=percent(kept_share, 0)),
        (kept_share, 1.0),
        (-4, 3),
        ha="right",
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        color=BLUE,
        fontsize=9,
    )
    ax.set_xlim(0, 1)
    ax.set_ylim(-0.6, max(len(rows), 1) - 0.4)
    ax.set_title(_("Who lives at least what was expected, with 95% intervals"), pad=20)
    ax.set_xlabel(_("Share of the customers who rated the moment"))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: percent(value, 0)))
    return ax


def plot_kano(kano: pd.DataFrame) -> Figure:
    """Who would be pleased if an idea were there, and who would miss it if not, with 95% intervals, an idea a row.

    kano: idea_id, word, n, better, better_low, better_high, worse, worse_low, worse_high.
    """
    rows = kano.dropna(subset=["better"]).iloc[::-1].reset_index(drop=True)
    paper, axes = figure(8.4, 1.5 + 0.46 * len(rows), columns=2)
    for ax, part, title, colour in zip(
        axes, ("better", "worse"), (_("Would be pleased with it"), _("Would miss it")), (INK, ACCENT), strict=True
    ):
        place = np.arange(len(rows))
        ax.hlines(place, rows[f"{part}_low"], rows[f"{part}_high"], color=colour, linewidth=6, alpha=0.35)
        ax.plot(rows[part], place, "o", color=colour, markersize=6)
        ax.set_xlim(0, 1)
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.set_xticks([0, 0.5, 1])
        ax.grid(axis="x")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: percent(value, 0)))
        ax.set_title(title, fontsize=9.5, pad=6)
    _named(axes[0], rows["idea_id"])
    axes[1].set_yticks([])
    for at, row in enumerate(rows.to_dict("records")):
        axes[1].annotate(
            f"{row['word']} (n = {number(row['n'], 0)})",
            (1.0, at),
            (8, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )
    paper.suptitle(_("What each idea is to customers"), x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK)
    return paper


def _named(ax: Axes, names: Any) -> None:
    """Row names on the vertical axis, wrapped so that they leave room for the data."""
    short = [textwrap.shorten(str(name), 58, placeholder=" …") for name in names]
    ax.set_yticks(range(len(names)), ["\n".join(textwrap.wrap(name, 32)) for name in short])
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.tick_params(axis="y", length=0)


def _money_axis(ax: Axes) -> None:
    """Money on the horizontal axis, few enough ticks to be read."""
    ax.xaxis.set_major_formatter(MONEY)
    ax.locator_params(axis="x", nbins=6)
    ax.margins(x=0.14)
