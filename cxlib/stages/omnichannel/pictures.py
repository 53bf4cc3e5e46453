"""Pictures of stage 6: how channels fit customer and company, and their association with going on."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from cxlib.facts import rows
from cxlib.language import _, number, percent
from cxlib.show.theme import ACCENT, BLUE, GREY, INK, figure

STATES = {"in": (INK, "o"), "later": (ACCENT, "D"), "not_in": (GREY, "X")}
KNOWN = {True: (BLUE, "o"), False: (GREY, "D")}
LABEL_GAP = 0.045  # of the height of a panel: two labels nearer than this would touch
SHARES = FuncFormatter(lambda share, _position: percent(share, 0))


def plot_channel_fit(chosen: pd.DataFrame) -> Figure:
    """Customer fit (with interval) against company fit, a panel per moment, a labelled mark per channel in use.

    chosen: columns moment, channel, state, customer_fit, fit_low, fit_high, company_fit, n_users. The state is told by
    colour and shape; a company fit that is not known is drawn at 100 %.
    """
    drawn = chosen[chosen["n_users"] > 0]
    drawn = drawn.assign(height=drawn["company_fit"].fillna(1.0))
    moments = list(drawn["moment"].unique())
    columns = min(3, len(moments))
    lines = -(-len(moments) // columns)
    paper, axes = figure(2.6 * columns + 0.9, 2.9 * lines + 0.9, rows=lines, columns=columns)
    panels = list(axes.flat) if len(moments) > 1 else [axes]
    bottom = min(0.9, float(drawn["height"].min())) - 0.1
    for ax, moment in zip(panels, moments, strict=False):
        _fit_panel(ax, drawn[drawn["moment"] == moment])
        ax.set_ylim(bottom, 1.06)
        ax.set_title(str(moment), fontsize=9.5, pad=6)
    for ax in panels[len(moments) :]:
        ax.set_axis_off()
    unknown = bool(drawn["company_fit"].isna().all())
    paper.supylabel(_("Company fit (cost unknown)") if unknown else _("Company fit: margin left"), fontsize=9.5)
    below = _("Customer fit (95% interval; persons in brackets)     ● in   ◆ later   ✖ not in")
    return _titled(paper, _("How channels fit the customer and the company"), below)


def plot_removal_effects(effects: pd.DataFrame) -> Figure:
    """Removal effect of each channel with its interval, one panel per step; n = journeys through the channel.

    effects: columns step, channel, estimate, low, high, n, known.
    """
    paper, panels = _step_panels(effects, by="estimate")
    for ax, channels, here in panels:
        for known, (colour, marker) in KNOWN.items():
            part = here[here["known"].astype(bool) == known]
            heights = [channels.index(channel) for channel in part["channel"]]
            ax.hlines(heights, part["low"], part["high"], color=colour, linewidth=2)
            ax.plot(part["estimate"], heights, marker, color=colour, markersize=6)
            for x, y, n in zip(part["estimate"], heights, part["n"], strict=True):
                ax.annotate(number(n, 0), (x, y), xytext=(0, 7), textcoords="offset points", ha="center", fontsize=7.5)
    below = _("Share of those who go on that the model would lose (95% interval; above: journeys)")
    return _titled(paper, _("Association of channels with going on: removal effects"), below)


def plot_credit(effects: pd.DataFrame) -> Figure:
    """Credit by removal effect (●) beside Shapley's (◇, with interval), a panel per step: their distance is doubt.

    effects: columns step, channel, credit_share, shapley_share, shapley_low, shapley_high.
    """
    paper, panels = _step_panels(effects, by="credit_share")
    for ax, channels, here in panels:
        heights = [channels.index(channel) for channel in here["channel"]]
        credit, shapley = here["credit_share"], here["shapley_share"]
        ax.hlines(heights, credit, shapley.fillna(credit), color=GREY, linewidth=1)
        ax.hlines(heights, here["shapley_low"], here["shapley_high"], color=ACCENT, linewidth=2.4, alpha=0.5)
        ax.plot(shapley, heights, "D", color=ACCENT, markersize=6, markerfacecolor="white")
        ax.plot(credit, heights, "o", color=BLUE, markersize=6)
    below = _("Share of the credit     ● removal effect   ◇ Shapley (95% interval)")
    return _titled(paper, _("Two ways to share out the credit"), below)


def _step_panels(effects: pd.DataFrame, *, by: str) -> tuple[Figure, Iterator[tuple[Axes, list[str], pd.DataFrame]]]:
    """A panel per step, a line per channel, the largest `by` on top: axes, channels from below, rows of the step."""
    steps = list(effects["step"].unique())
    channels = list(effects.groupby("channel")[by].max().sort_values().index)
    paper, axes = figure(7.6, 1.4 + 0.42 * len(channels), columns=len(steps))
    panels = list(axes) if len(steps) > 1 else [axes]
    for place, (ax, step) in enumerate(zip(panels, steps, strict=True)):
        ax.set_xlim(-0.06, 1)
        ax.set_ylim(-0.6, len(channels) - 0.3)
        ax.set_yticks(range(len(channels)), [""] * len(channels) if place else channels)
        ax.xaxis.set_major_formatter(SHARES)
        ax.set_xticks([0, 0.5, 1])
        ax.grid(axis="x")
        ax.set_title(str(step), fontsize=9.5, pad=6)
    here = (effects[effects["step"] == step] for step in steps)
    return paper, ((ax, channels, part) for ax, part in zip(panels, here, strict=True))


def _fit_panel(ax: Axes, inside: pd.DataFrame) -> None:
    """One moment's channels."""
    for label_y, row in zip(_label_heights(inside["height"]), rows(inside), strict=True):
        colour, marker = STATES[row["state"]]
        x, beside = row["customer_fit"], "right" if row["customer_fit"] > 0.5 else "left"
        ax.hlines(row["height"], row["fit_low"], row["fit_high"], color=colour, linewidth=2)
        ax.plot([x], [row["height"]], marker, color=colour, markersize=7)
        ax.annotate(
            f"{row['channel']} ({number(row['n_users'], 0)})",
            (x, label_y),
            xytext=(-8 if beside == "right" else 8, 0),
            textcoords="offset points",
            ha=beside,
            va="center",
            fontsize=8,
            color=colour,
        )
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1])
    ax.xaxis.set_major_formatter(SHARES)
    ax.yaxis.set_major_formatter(SHARES)
    ax.grid(True)


def _label_heights(heights: pd.Series) -> list[float]:
    """Heights for labels beside their points, lowered where two would lie on each other."""
    taken: dict[object, float] = {}
    for place, height in heights.sort_values(ascending=False, kind="stable").items():
        while any(abs(height - other) < LABEL_GAP for other in taken.values()):
            height -= LABEL_GAP / 4
        taken[place] = height
    return [taken[place] for place in heights.index]


def _titled(paper: Figure, title: str, below: str) -> Figure:
    """The paper with a title above its panels and what they measure below."""
    paper.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK)
    paper.supxlabel(below, fontsize=9.5)
    return paper
