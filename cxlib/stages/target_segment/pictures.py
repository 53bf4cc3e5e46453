"""Pictures of stage 2: how stable the groups are, what tells them apart, and the three tests side by side."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cxlib.facts import rows
from cxlib.language import _, number, percent, quantity, short_money
from cxlib.show.theme import ACCENT, BLACK, GREY, INK, PALE, RED, canvas, figure
from cxlib.stages.target_segment.segments import STABLE

BELOW_ABOVE = LinearSegmentedColormap.from_list("below_above", [ACCENT, "white", INK])
MONEY = FuncFormatter(lambda value, _position: short_money(value))
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # a text stays readable over lines
PERCENT = FuncFormatter(lambda value, _position: percent(value, 0))


def plot_stability(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Agreement of two fits for each number of segments, beside the same for a client without groups.

    table: n_segments, estimate, low, high, null_estimate, null_low, null_high, natural, n.
    """
    ax = canvas(ax, 7.2, 3.6)
    least, most = float(table["n_segments"].min()), float(table["n_segments"].max())
    kinds = (
        (-0.08, "", INK, "o", _("● this client")),
        (0.08, "null_", GREY, "s", _("■ the same data without groups")),
    )
    for place, (offset, prefix, colour, mark, text) in enumerate(kinds):
        x = table["n_segments"].to_numpy(float) + offset
        ax.vlines(x, table[f"{prefix}low"], table[f"{prefix}high"], color=colour, lw=2)
        ax.plot(x, table[f"{prefix}estimate"], mark, color=colour, ms=6)
        at = (0.02 + 0.2 * place, 0.04)
        ax.annotate(text, at, xycoords="axes fraction", color=colour, fontsize=8.5, bbox=BEHIND)
    natural = table[table["natural"].astype(bool)]
    ax.plot(natural["n_segments"] - 0.08, natural["estimate"], "o", ms=13, mfc="none", mec=ACCENT, mew=1.8)
    ax.axhline(STABLE, color=BLACK, lw=0.8, ls=(0, (5, 3)))
    ax.annotate(_("stable"), (least - 0.47, STABLE), xytext=(0, 3), textcoords="offset points", fontsize=8.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlim=(least - 0.5, most + 0.4), ylim=(0, 1.05), title=_("How well two fits agree, by number of segments"))
    ax.set_xlabel(_("number of segments (n = {n}; ringed: natural)").format(n=number(table["n"].iloc[-1], 0)))
    ax.set_ylabel(_("agreement (adjusted Rand index; 1 = the same)"))
    return ax


def plot_profile(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """How far each segment lies from everybody in each feature, in standard deviations.

    table: segment and feature (as shown), distance, n.
    """
    wide = table.pivot(index="feature", columns="segment", values="distance").reindex(table["feature"].unique())
    signed = wide.map(lambda distance: f"{'+' if distance >= 0.05 else ''}{number(round(distance, 1) + 0.0, 1)}")
    reach = max(1.0, float(wide.abs().max().max()))
    crowded = len(wide.columns) > 6
    ax = canvas(ax, 9.6 if crowded else 7.4, 1.6 + 0.38 * len(wide) + 0.2 * crowded)
    cells = {"linewidths": 2, "linecolor": "white", "annot_kws": {"fontsize": 9}, "cbar": False}
    sns.heatmap(wide, ax=ax, cmap=BELOW_ABOVE, vmin=-reach, vmax=reach, annot=signed, fmt="", **cells)
    sizes = table.drop_duplicates("segment").set_index("segment")["n"]
    names = [_with_n(name, sizes[name], 11 if crowded else 18) for name in wide.columns]
    ax.set_xticks([place + 0.5 for place in range(len(names))], names, rotation=0, fontsize=7.5 if crowded else 9)
    ax.set_yticks([place + 0.5 for place in range(len(wide))], list(wide.index), rotation=0)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.set(xlabel="", ylabel="", title=_("Distance from everybody, in standard deviations"))
    return ax


def plot_scorecard(table: pd.DataFrame, *, chosen: str = "") -> Figure:
    """Left: fit to the brand against opportunity, area = value to the objective. Right: share of weightings won.

    table: segment (as shown), fit, opportunity_money, opportunity_low, opportunity_high, opportunity_unit (money, or
    count: members with an unmet need, of a client without money), value_money, estimate, low, high, n.
    chosen: the segment to ring, as shown.
    """
    paper, axes = figure(8.8, max(3.8, 1.9 + 0.55 * len(table)), columns=2)
    _bubbles(axes[0], table, chosen)
    _won(axes[1], table, chosen)
    return paper


def _bubbles(ax: Axes, table: pd.DataFrame, chosen: str) -> None:
    known_fit = bool(table["fit"].notna().any())
    shown = table.assign(fit=table["fit"] if known_fit else 0.5)
    shown = shown.sort_values("value_money", ascending=False, na_position="last")
    value = shown["value_money"].fillna(0).clip(lower=0).to_numpy(float)
    area = 60 + 1500 * value / (float(np.max(value)) or 1.0)
    top = float(np.nanmax(shown[["opportunity_money", "opportunity_high"]].to_numpy(float))) or 1.0
    for row, size in zip(rows(shown), area, strict=True):
        colour, width = (ACCENT, 2.4) if row["segment"] == chosen else (PALE, 1.0)
        x, y = float(row["fit"]), float(row["opportunity_money"])
        ax.plot([x, x], [row["opportunity_low"], row["opportunity_high"]], color=BLACK, lw=1.2, zorder=3)
        ax.scatter([x], [y], s=size, color=colour, edgecolor=INK, linewidth=width, zorder=2)
    _side_labels(ax, shown, top)
    ax.set(xlim=(0, 1), ylim=(-0.12 * top, 1.12 * top), title=_("Fit and opportunity"))
    ax.set(xlabel=_("fit to the brand (0–1)") if known_fit else _("fit to the brand: cannot tell"))
    in_money = str(table["opportunity_unit"].iloc[0]) == "money"
    ax.set(ylabel=_("headroom a year (area: value a year)") if in_money else _("members with an unmet need"))
    words = short_money if in_money else number
    ax.yaxis.set_major_formatter(FuncFormatter(lambda tick, _position: words(tick)))
    if not known_fit:
        ax.set_xticks([])


def _side_labels(ax: Axes, shown: pd.DataFrame, top: float) -> None:
    """Names on the emptier side, pushed apart so that none covers another, each with a thin leader."""
    left = float(shown["fit"].mean()) >= 0.5
    side, inwards, align = (0.02, 0.31, "left") if left else (0.98, -0.31, "right")
    last = -np.inf
    for row in rows(shown.sort_values("opportunity_money")):
        x, y = float(row["fit"]), float(row["opportunity_money"])
        last, name = max(y, last + 0.14 * top), _wrapped(str(row["segment"]), 20)
        ax.plot([side + inwards, x], [last, y], color=GREY, lw=0.7, zorder=0)
        ax.text(side, last, name, ha=align, va="center", fontsize=8, linespacing=1.0, bbox=BEHIND)


def _won(ax: Axes, table: pd.DataFrame, chosen: str) -> None:
    for place, row in enumerate(rows(table)):
        colour, mark = (ACCENT, "D") if row["segment"] == chosen else (INK, "o")
        ax.plot([row["low"], row["high"]], [place, place], color=colour, lw=2.2)
        ax.plot(row["estimate"], place, mark, color=colour, ms=6.5)
    names = [_with_n(name, n, 20) for name, n in zip(table["segment"], table["n"], strict=True)]
    ax.set(yticks=range(len(table)), yticklabels=names, ylim=(len(table) - 0.5, -0.5), xlim=(-0.03, 1.03))
    ax.set(title=_("Wins this share of weightings"), xlabel=_("share of weightings, 95% interval"))
    ax.xaxis.set_major_formatter(PERCENT)
    ax.axvline(0.5, color=RED, lw=0.8, ls=(0, (5, 3)))


def plot_values(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Value ahead per member by segment, most first, with interval and n. table: segment, estimate, low, high, n."""
    shown = table.sort_values("estimate", ascending=False, ignore_index=True)
    ax = canvas(ax, 7.2, 1.1 + 0.42 * len(shown))
    ax.hlines(shown.index, shown["low"], shown["high"], color=INK, lw=2.2)
    ax.plot(shown["estimate"], shown.index, "o", color=INK, ms=6)
    right = float(shown[["estimate", "high"]].max().max())
    for place, row in enumerate(rows(shown)):
        told = _("{money}, n = {n}").format(money=quantity(row["estimate"], "money"), n=number(row["n"], 0))
        ax.text(1.03 * right, place, told, va="center", fontsize=8.5, color=INK)
    names = [_wrapped(str(name), 30) for name in shown["segment"]]
    ax.set(yticks=range(len(shown)), yticklabels=names, ylim=(len(shown) - 0.5, -0.5))
    ax.set(xlim=(min(0.0, float(shown["low"].min())), 1.35 * right), title=_("Value ahead per member"))
    ax.spines["bottom"].set_bounds(ax.get_xlim()[0], right)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(MONEY)
    ax.set_xticks([tick for tick in ax.get_xticks() if ax.get_xlim()[0] <= tick <= right])
    ax.set_xlabel(_("money over the horizon, 95% interval"), loc="left")
    return ax


def _with_n(name: object, n: float, width: int) -> str:
    """A name as wide as there is place for, and how many it stands for."""
    return f"{_wrapped(str(name), width)}\nn = {number(n, 0)}"


def _wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))
