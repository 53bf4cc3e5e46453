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

from cxlib.language import _, number, percent, quantity, short_money
from cxlib.show.theme import ACCENT, BLACK, GREY, INK, PALE, RED, canvas, figure

BELOW_ABOVE = LinearSegmentedColormap.from_list("below_above", [ACCENT, "white", INK])
MONEY = FuncFormatter(lambda value, _position: short_money(value))
PERCENT = FuncFormatter(lambda value, _position: percent(value, 0))


def plot_stability(table: pd.DataFrame, *, threshold: float = 0.80, ax: Axes | None = None) -> Axes:
    """Agreement of two fits for each number of segments, beside the same for a client without groups.

    table: n_segments, estimate, low, high, null_estimate, null_low, null_high, natural, n.
    """
    ax = canvas(ax, 7.2, 3.6)
    for offset, prefix, colour, mark in ((-0.08, "", INK, "o"), (0.08, "null_", GREY, "s")):
        x = table["n_segments"].to_numpy(float) + offset
        ax.vlines(x, table[f"{prefix}low"], table[f"{prefix}high"], color=colour, lw=2)
        ax.plot(x, table[f"{prefix}estimate"], mark, color=colour, ms=6)
    natural = table[table["natural"].astype(bool)]
    ax.plot(natural["n_segments"] - 0.08, natural["estimate"], "o", ms=13, mfc="none", mec=ACCENT, mew=1.8)
    last = table.iloc[-1]
    for place, (colour, text) in enumerate(((INK, _("● this client")), (GREY, _("■ the same data without groups")))):
        ax.annotate(
            text,
            (0.02 + 0.2 * place, 0.04),
            xycoords="axes fraction",
            color=colour,
            fontsize=8.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
    ax.axhline(threshold, color=BLACK, lw=0.8, ls=(0, (5, 3)))
    ax.annotate(
        _("stable"),
        (float(table["n_segments"].min()) - 0.47, threshold),
        xytext=(0, 3),
        textcoords="offset points",
        fontsize=8.5,
    )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(
        xlim=(float(table["n_segments"].min()) - 0.5, float(table["n_segments"].max()) + 0.4),
        ylim=(0, 1.05),
        title=_("How well two fits agree, by number of segments"),
        xlabel=_("number of segments (n = {n}; ringed: natural)").format(n=number(last["n"], 0)),
        ylabel=_("agreement (adjusted Rand index; 1 = the same)"),
    )
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
    sns.heatmap(
        wide,
        ax=ax,
        cmap=BELOW_ABOVE,
        vmin=-reach,
        vmax=reach,
        annot=signed,
        fmt="",
        cbar=False,
        linewidths=2,
        linecolor="white",
        annot_kws={"fontsize": 9},
    )
    sizes = table.drop_duplicates("segment").set_index("segment")["n"]
    names = [f"{_wrapped(str(name), 11 if crowded else 18)}\nn = {number(sizes[name], 0)}" for name in wide.columns]
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
    shown = table.assign(fit=table["fit"] if known_fit else 0.5).sort_values(
        "value_money", ascending=False, na_position="last"
    )
    value = shown["value_money"].fillna(0).clip(lower=0).to_numpy(float)
    area = 60 + 1500 * value / (float(np.max(value)) or 1.0)
    top = float(np.nanmax(shown[["opportunity_money", "opportunity_high"]].to_numpy(float))) or 1.0
    for (_index, row), size in zip(shown.iterrows(), area, strict=True):
        ring = row["segment"] == chosen
        x, y = float(row["fit"]), float(row["opportunity_money"])
        ax.plot([x, x], [row["opportunity_low"], row["opportunity_high"]], color=BLACK, lw=1.2, zorder=3)
        ax.scatter(
            [x], [y], s=size, color=ACCENT if ring else PALE, edgecolor=INK, linewidth=2.4 if ring else 1.0, zorder=2
        )
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
    side, last = (0.02 if left else 0.98), -np.inf
    for _index, row in shown.sort_values("opportunity_money").iterrows():
        x, y = float(row["fit"]), float(row["opportunity_money"])
        last = max(y, last + 0.14 * top)
        ax.plot([side + (0.31 if left else -0.31), x], [last, y], color=GREY, lw=0.7, zorder=0)
        ax.text(
            side,
            last,
            _wrapped(str(row["segment"]), 20),
            ha="left" if left else "right",
            va="center",
            fontsize=8,
            linespacing=1.0,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )


def _won(ax: Axes, table: pd.DataFrame, chosen: str) -> None:
    rows = [float(row) for row in range(len(table))]
    for row, (_index, line) in zip(rows, table.iterrows(), strict=True):
        colour = ACCENT if line["segment"] == chosen else INK
        ax.plot([line["low"], line["high"]], [row, row], color=colour, lw=2.2)
        ax.plot(line["estimate"], row, "D" if line["segment"] == chosen else "o", color=colour, ms=6.5)
    names = [
        f"{_wrapped(str(name), 20)}\nn = {number(n, 0)}" for name, n in zip(table["segment"], table["n"], strict=True)
    ]
    ax.set(yticks=rows, yticklabels=names, ylim=(len(table) - 0.5, -0.5), xlim=(-0.03, 1.03))
    ax.set(title=_("Wins this share of weightings"), xlabel=_("share of weightings, 95% interval"))
    ax.xaxis.set_major_formatter(PERCENT)
    ax.axvline(0.5, color=RED, lw=0.8, ls=(0, (5, 3)))


def plot_values(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Value ahead per member by segment, most first, with interval and n. table: segment, estimate, low, high, n."""
    shown = table.sort_values("estimate", ascending=False, ignore_index=True)
    ax = canvas(ax, 7.2, 1.1 + 0.42 * len(shown))
    rows = [float(row) for row in range(len(shown))]
    ax.hlines(rows, shown["low"], shown["high"], color=INK, lw=2.2)
    ax.plot(shown["estimate"], rows, "o", color=INK, ms=6)
    right = float(shown[["estimate", "high"]].max().max())
    for row, (_index, values) in zip(rows, shown.iterrows(), strict=True):
        ax.text(
            1.03 * right,
            row,
            _("{money}, n = {n}").format(money=quantity(values["estimate"], "money"), n=number(values["n"], 0)),
            va="center",
            fontsize=8.5,
            color=INK,
        )
    ax.set(yticks=rows, yticklabels=[_wrapped(name, 30) for name in shown["segment"]], ylim=(len(shown) - 0.5, -0.5))
    ax.set(xlim=(min(0.0, float(shown["low"].min())), 1.35 * right), title=_("Value ahead per member"))
    ax.spines["bottom"].set_bounds(ax.get_xlim()[0], right)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(MONEY)
    ax.set_xticks([tick for tick in ax.get_xticks() if ax.get_xlim()[0] <= tick <= right])
    ax.set_xlabel(_("money over the horizon, 95% interval"), loc="left")
    return ax


def _wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))
