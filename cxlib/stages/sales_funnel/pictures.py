"""Pictures of stage 3: the funnel with its stall, the waiting times, the value at stake, who leaves."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cxlib.language import _, number, percent, quantity
from cxlib.show.dots import apart, dots
from cxlib.show.theme import ACCENT, BLACK, BLUE, GREY, INK, PALE, RED, canvas, figure
from cxlib.stages.sales_funnel.shown import signed

PERCENT = FuncFormatter(lambda value, _position: percent(value, 0))


def plot_funnel(table: pd.DataFrame) -> Figure:
    """Bars of the entrants; beside them conversion with interval, benchmark tick, money at stake, stall → objective.

    table: step, n, estimate, low, high, benchmark_share, value_at_stake, stake_unit, role (stall marks the accent).
    """
    paper, axes = figure(7.6, 1.5 + 0.55 * len(table), columns=2)
    _bars(axes[0], table)
    _conversions(axes[1], table)
    return paper


def _bars(ax: Axes, table: pd.DataFrame) -> None:
    """How many entered each step, and the bracket of the corridor."""
    rows = [float(row) for row in range(len(table))]
    ax.barh(rows, table["n"], height=0.55, color=[ACCENT if role == "stall" else PALE for role in table["role"]])
    top = float(table["n"].max())
    for row, n in zip(rows, table["n"], strict=True):
        ax.text(n + 0.015 * top, row, number(n, 0), va="center", fontsize=8.5)
    ax.set(yticks=rows, yticklabels=table["step"], xlim=(0, 1.42 * top), xticks=[], title=_("Entered the step"))
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(table) - 0.4, -0.6)
    inside = [row for row, role in zip(rows, table["role"], strict=True) if role]
    if len(inside) > 1:
        x, arm = 1.27 * top, 0.03 * top
        ax.plot([x - arm, x, x, x - arm], [inside[0], inside[0], inside[-1], inside[-1]], color=INK, lw=1.4)
        ax.text(
            x + 0.03 * top,
            (inside[0] + inside[-1]) / 2,
            _("stall → objective"),
            rotation=90,
            va="center",
            fontsize=8.5,
            color=INK,
        )


def _conversions(ax: Axes, table: pd.DataFrame) -> None:
    """Share that goes on, between the rows, with its interval, the benchmark and what is at stake."""
    known = table[table["estimate"].notna()]
    for place, (_index, row) in zip(known.index, known.iterrows(), strict=True):
        y, colour = place + 0.5, ACCENT if row["role"] == "stall" else INK
        ax.plot([row["low"], row["high"]], [y, y], color=colour, lw=2.2, solid_capstyle="butt")
        ax.plot(row["estimate"], y, "o", color=colour, ms=3.6)
        if not np.isnan(row["benchmark_share"]):
            ax.plot([row["benchmark_share"]] * 2, [y - 0.27, y + 0.27], color=BLACK, lw=1.6)
        ax.text(1.06, y - 0.02, percent(row["estimate"]), va="center", fontsize=8.5, color=colour)
        if row["value_at_stake"] > 0:
            at_stake = quantity(row["value_at_stake"], row["stake_unit"])
            weight = "bold" if row["role"] == "stall" else "normal"
            ax.text(1.72, y - 0.02, at_stake, va="center", ha="right", fontsize=8.5, color=colour, weight=weight)
    ax.set(xlim=(0, 1.74), ylim=(len(table) - 0.4, -0.6), yticks=[], title=_("Go on to the next step"))
    ax.set_xticks([0, 0.5, 1.0])
    ax.xaxis.set_major_formatter(PERCENT)
    ax.spines["left"].set_visible(False)
    ax.spines["bottom"].set_bounds(0, 1)
    if table["value_at_stake"].gt(0).any():
        ax.text(1.72, -0.15, _("at stake a year"), ha="right", va="center", fontsize=8.5, color=INK)
    ax.set_xlabel(_("dot: share with 95% interval; tick: benchmark"), loc="left", fontsize=8.5)


def plot_waiting(curves: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share that has gone on, by days since entering the step, with its band and n; one line per step, labelled directly.

    curves: step, days, estimate, low, high, n (at risk), window_days (a mark on the line; unknown: no mark).
    """
    ax = canvas(ax, 7.2, 4.4)
    steps = list(dict.fromkeys(curves["step"]))
    colours = [INK, BLUE, ACCENT, RED, GREY, BLACK]
    ends_at = curves["window_days"].max() if curves["window_days"].notna().any() else curves["days"].max()
    longest = 1.15 * max(float(ends_at), 1.0)
    ends = []
    for place, step in enumerate(steps):
        whole = curves[curves["step"] == step]
        start = whole.head(1).assign(
            days=0.0, estimate=0.0, low=0.0, high=0.0
        )  # on the day of entering nobody has gone on
        rows = pd.concat([start, whole[whole["days"] <= longest]])
        colour, dash = colours[place % len(colours)], ("-", "--", ":")[place // len(colours) % 3]
        ax.step(rows["days"], rows["estimate"], where="post", color=colour, ls=dash, lw=1.6)
        ax.fill_between(rows["days"], rows["low"], rows["high"], step="post", color=colour, alpha=0.12, lw=0)
        window = rows[rows["days"] <= rows["window_days"]].tail(1)
        ax.plot(window["days"], window["estimate"], "o", color=colour, ms=5)
        ends.append((float(rows["estimate"].iloc[-1]), f"{step} (n = {number(whole['n'].max(), 0)})", colour))
        ax.plot([rows["days"].iloc[-1], longest], [rows["estimate"].iloc[-1]] * 2, color=colour, ls=dash, lw=1.6)
    for height, (_end, text, colour) in zip(apart([end[0] for end in ends], 0.055), ends, strict=True):
        ax.text(1.01 * longest, height, text, color=colour, va="center", fontsize=8.5)
    ax.set(xlim=(0, 1.34 * longest), ylim=(0, 1.02), xlabel=_("days since entering the step"))
    ax.set_title(_("Share that has gone on; ● = end of the window"))
    ax.spines["bottom"].set_bounds(0, longest)
    ax.set_xticks([tick for tick in ax.get_xticks() if tick <= longest])
    ax.yaxis.set_major_formatter(PERCENT)
    return ax


def plot_at_stake(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What each step loses a year against its benchmark, with interval, P(it is the worst) and n; the stall in accent.

    table: step, estimate, low, high, n, unit, p_worst, verdict.
    """
    ax = canvas(ax, 7.2, 1.3 + 0.45 * len(table))
    top = float(np.nanmax([table["high"].max(), table["estimate"].max(), 1.0]))  # nothing at stake is zero, not noise
    said = [
        _("P(worst) {p}, n = {n}").format(p=percent(p), n=number(n, 0))
        for p, n in zip(table["p_worst"], table["n"], strict=True)
    ]
    dots(ax, table, said, labels=table["step"], colours=np.where(table["verdict"] != "", ACCENT, INK), at=1.05 * top)
    unit = str(table["unit"].iloc[0])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: quantity(value, unit)))
    ax.set_xlim(-0.02 * top, 1.48 * top)
    ax.spines["bottom"].set_bounds(0, top)
    ax.set_xticks(_ticks(top))
    label = _("money a year, 95% interval") if unit == "money" else _("journeys a year, 95% interval")
    ax.set_xlabel(label, loc="left")
    ax.set_title(_("Recoverable value at stake by step"))
    return ax


def _ticks(top: float) -> list[float]:
    """Four round ticks from zero."""
    size = 10 ** np.floor(np.log10(top / 3))
    step = next(size * factor for factor in (1, 2, 5, 10) if top / (size * factor) <= 4)
    return [float(value) for value in np.arange(0, top + 1e-9, step)]


def plot_change(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What entrants and each step added to the arrivals at the end, with interval; what is shown in accent, the sum dark.

    table: step (as shown), estimate, low, high (differences of logarithms), change, n, shown, total.
    """
    ax = canvas(ax, 7.2, 1.3 + 0.4 * len(table))
    reach = 1.08 * float(np.nanmax(table[["low", "high", "estimate"]].abs().to_numpy()))
    colours = np.select([table["total"], table["shown"]], [INK, ACCENT], GREY)
    said = [f"{signed(change)} (n = {number(n, 0)})" for change, n in zip(table["change"], table["n"], strict=True)]
    markers = np.where(table["total"], "D", "o")
    dots(ax, table, said, labels=table["step"], colours=colours, at=1.04 * reach, markers=markers)
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.axhline(len(table) - 1.5, color=GREY, lw=0.6)
    ax.set_xlim(-reach, reach)
    ticks = [tick for tick in MaxNLocator(5).tick_values(np.expm1(-reach), np.expm1(reach)) if tick > -1]
    ax.set_xticks([float(np.log1p(tick)) for tick in ticks if abs(np.log1p(tick)) <= reach])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: percent(np.expm1(value), 0)))
    ax.set_title(_("What changed the arrivals at the end of the funnel"))
    ax.set_xlabel(_("second half against the first, 95% interval"), loc="left")
    return ax


def plot_booked(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share of the money booked at each step, with interval and number of purchases. table: step, estimate, low, high, n."""
    ax = canvas(ax, 7.2, 1.2 + 0.42 * len(table))
    rows = range(len(table))
    ends = table[["high", "estimate"]].max(axis=1)
    top = float(ends.max())
    most = np.where(table["estimate"] == table["estimate"].max(), ACCENT, GREY)
    ax.barh(rows, table["estimate"], height=0.5, color=most)
    ax.hlines(rows, table["low"], table["high"], color=BLACK, lw=1.4)
    for row, (end, share, n) in enumerate(zip(ends, table["estimate"], table["n"], strict=True)):
        said = _("{share} (n = {n} purchases)").format(share=percent(share), n=number(n, 0))
        ax.text(end + 0.02 * top, row, said, va="center", fontsize=8.5)
    ax.set(yticks=rows, yticklabels=table["step"], ylim=(len(table) - 0.5, -0.5))
    ax.set_xlim(min(0.0, table["low"].min()), 1.5 * top)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.spines["bottom"].set_bounds(0, top)
    ax.set_xticks(_ticks(top))
    ax.set_title(_("Where the money is booked"))
    ax.set_xlabel(_("share of the money booked, 95% interval"), loc="left")
    return ax


def plot_leaving(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share not seen again within the window, satisfied and other, with interval and n. table: group, estimate, low, high, n."""
    ax = canvas(ax, 7.2, 2.1)
    names = {"satisfied": _("Satisfied"), "other": _("Not satisfied")}
    said = [f"{percent(share)} (n = {number(n, 0)})" for share, n in zip(table["estimate"], table["n"], strict=True)]
    colours = np.where(table["group"] == "satisfied", ACCENT, INK)
    dots(ax, table, said, labels=table["group"].map(names), colours=colours, at=table["high"] + 0.01)
    ax.set_xlim(0, min(1.0, 1.6 * float(table["high"].max()) + 0.02))
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_title(_("Not seen again within the window"))
    ax.set_xlabel(_("share of respondents, 95% interval"), loc="left")
    return ax
