"""More pictures of stage 4: how touchpoints are rated, and which failures reach the dissatisfied."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cxlib.language import _, number, percent
from cxlib.show.theme import ACCENT, BLACK, BLUE, GREY, INK, RED, canvas

PERCENT = FuncFormatter(lambda value, _position: percent(abs(value), 0))


def plot_boxes(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Bottom box to the left, top box to the right, each with its interval; n at the right; pale where there is no rank.

    table: touchpoint, estimate, low, high (top box), bottom_share, bottom_low, bottom_high, n, rank; best on top.
    """
    ax = canvas(ax, 7.2, 1.4 + 0.34 * len(table))
    left, right = float(table["bottom_high"].max()), float(table["high"].max())
    for row, values in enumerate(table.to_dict("records")):
        sure = bool(pd.notna(values["rank"]))
        strength, line = (0.9, BLACK) if sure else (0.3, GREY)
        ax.barh(row, values["estimate"], height=0.5, color=BLUE, alpha=strength)
        ax.barh(row, -values["bottom_share"], height=0.5, color=RED, alpha=strength)
        ax.hlines(row, values["low"], values["high"], color=line, lw=1.1)
        ax.hlines(row, -values["bottom_high"], -values["bottom_low"], color=line, lw=1.1)
        said = f"n = {number(values['n'], 0)}" + ("" if sure else f", {_('not ranked')}")
        ax.text(right + 0.03 * (left + right), row, said, va="center", fontsize=8.5, color=INK if sure else "#5B6470")
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.set(yticks=range(len(table)), yticklabels=table["touchpoint"], ylim=(len(table) - 0.5, -0.5))
    ax.set_xlim(-left - 0.03 * (left + right), right + 0.32 * (left + right))
    ax.spines["bottom"].set_bounds(-left, right)
    ax.set_xticks([tick for tick in ax.get_xticks() if -left <= tick <= right])
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_title(_("Share of bad ratings (left, red) and of top ratings (right, blue)"))
    ax.set_xlabel(_("share of those who rated the touchpoint, 95% interval"), loc="left", fontsize=8.5)
    return ax


def plot_failures(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What each failure adds to dissatisfaction, with interval and n; those on the list in accent, with what it reaches.

    table: touchpoint, estimate, low, high, n, key, reach_share, noise_share; largest first.
    """
    ax = canvas(ax, 7.2, 1.4 + 0.32 * len(table))
    low, high = min(0.0, float(table["low"].min())), max(float(table["high"].max()), 1e-6)
    for row, values in enumerate(table.to_dict("records")):
        colour = ACCENT if values["key"] else INK
        ax.plot([values["low"], values["high"]], [row, row], color=colour, lw=2.2, solid_capstyle="butt")
        ax.plot(values["estimate"], row, "o", color=colour, ms=6)
        said = _("n = {n}, list reaches {reach}, others {noise}").format(
            n=number(values["n"], 0), reach=percent(values["reach_share"], 0), noise=percent(values["noise_share"], 0)
        )
        ax.text(high + 0.04 * (high - low), row, said, va="center", fontsize=8.5, color=colour)
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.set(yticks=range(len(table)), yticklabels=table["touchpoint"], ylim=(len(table) - 0.5, -0.5))
    ax.set_xlim(low - 0.03 * (high - low), high + 0.85 * (high - low))
    ax.spines["bottom"].set_bounds(low, high)
    ax.set_xticks([tick for tick in ax.get_xticks() if low <= tick <= high])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: percent(value, 0)))
    ax.set_title(_("What each failure adds to dissatisfaction"))
    ax.set_xlabel(
        _("share of the dissatisfied it accounts for, less the share of the others; 95% interval"),
        loc="left",
        fontsize=8.5,
    )
    return ax
