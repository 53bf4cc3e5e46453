"""Pictures of stage 6: how channels fit customer and company, and their association with going on."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from cxlib.language import _, number, percent
from cxlib.show.theme import ACCENT, BLUE, GREY, INK, figure

STATES = {"in": (INK, "o"), "later": (ACCENT, "D"), "not_in": (GREY, "X")}
LABEL_GAP = 0.045  # of the height of a panel: two labels nearer than this would touch


def plot_channel_fit(chosen: pd.DataFrame) -> Figure:
    """Customer fit (with interval) against company fit, a panel per moment, a labelled mark per channel in use.

    chosen: columns moment, channel, state, customer_fit, fit_low, fit_high, company_fit, n_users. The state is told by
    colour and shape; a company fit that is not known is drawn at 100 %.
    """
    drawn = chosen[chosen["n_users"] > 0]
    drawn = drawn.assign(height=drawn["company_fit"].fillna(1.0))
    moments = list(dict.fromkeys(drawn["moment"]))
    columns = min(3, len(moments))
    rows = -(-len(moments) // columns)
    paper, axes = figure(2.6 * columns + 0.9, 2.9 * rows + 0.9, rows=rows, columns=columns)
    panels = list(axes.flat) if len(moments) > 1 else [axes]
    bottom = min(0.9, float(drawn["height"].min())) - 0.1
    for ax, moment in zip(panels, moments, strict=False):
        _fit_panel(ax, drawn[drawn["moment"] == moment])
        ax.set_ylim(bottom, 1.06)
        ax.set_title(str(moment), fontsize=9.5, pad=6)
    for ax in panels[len(moments) :]:
        ax.set_axis_off()
    unknown = bool(drawn["company_fit"].isna().all())
    paper.suptitle(_("How channels fit the customer and the company"), x=0.01, ha="left", fontsize=11, fontweight="bold",
                   color=INK)  # fmt: skip
    paper.supxlabel(_("Customer fit (95% interval; persons in brackets)     ● in   ◆ later   ✖ not in"), fontsize=9.5)
    paper.supylabel(_("Company fit (cost unknown)") if unknown else _("Company fit: margin left"), fontsize=9.5)
    return paper


def _fit_panel(ax: Axes, inside: pd.DataFrame) -> None:
    """One moment's channels."""
    places = _spread(list(zip(inside["customer_fit"], inside["height"], strict=True)))
    for (_x, label_y), row in zip(places, inside.to_dict("records"), strict=True):
        colour, marker = STATES[str(row["state"])]
        ax.hlines(row["height"], row["fit_low"], row["fit_high"], color=colour, linewidth=2)
        ax.plot([row["customer_fit"]], [row["height"]], marker, color=colour, markersize=7)
        left = row["customer_fit"] > 0.5
        ax.annotate(f"{row['channel']} ({number(row['n_users'], 0)})", (row["customer_fit"], label_y),
                    xytext=(-8 if left else 8, 0), textcoords="offset points", ha="right" if left else "left",
                    va="center", fontsize=8, color=colour)  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda share, _position: percent(share, 0)))
    ax.grid(True)


def plot_removal_effects(effects: pd.DataFrame) -> Figure:
    """Removal effect of each channel with its interval, one panel per step; n = journeys through the channel.

    effects: columns step, channel, estimate, low, high, n, known.
    """
    steps = list(dict.fromkeys(effects["step"]))
    channels = list(effects.groupby("channel")["estimate"].max().sort_values().index)
    paper, axes = figure(7.6, 1.4 + 0.42 * len(channels), columns=len(steps))
    for number_of_panel, (step, ax) in enumerate(zip(steps, axes if len(steps) > 1 else [axes], strict=True)):
        rows = effects[effects["step"] == step]
        for known, colour, marker in ((True, BLUE, "o"), (False, GREY, "D")):
            part = rows[rows["known"].astype(bool) == known]
            heights = [channels.index(channel) for channel in part["channel"]]
            ax.hlines(heights, part["low"], part["high"], color=colour, linewidth=2)
            ax.plot(part["estimate"], heights, marker, color=colour, markersize=6)
            for x, y, n in zip(part["estimate"], heights, part["n"], strict=True):
                ax.annotate(number(n, 0), (x, y), xytext=(0, 7), textcoords="offset points", ha="center", fontsize=7.5)
        ax.set_xlim(-0.06, 1)
        ax.set_ylim(-0.6, len(channels) - 0.3)
        ax.set_yticks(range(len(channels)), channels if number_of_panel == 0 else [""] * len(channels))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _position: percent(share, 0)))
        ax.set_xticks([0, 0.5, 1])
        ax.grid(axis="x")
        ax.set_title(str(step), fontsize=9.5, pad=6)
    paper.suptitle(_("Association of channels with going on: removal effects"), x=0.01, ha="left", fontsize=11,
                   fontweight="bold", color=INK)  # fmt: skip
    paper.supxlabel(
        _("Share of those who go on that the model would lose (95% interval; above: journeys)"), fontsize=9.5
    )
    return paper


def plot_credit(effects: pd.DataFrame) -> Figure:
    """Credit by removal effect (●) beside Shapley's (◇, with interval), a panel per step: their distance is doubt.

    effects: columns step, channel, credit_share, shapley_share, shapley_low, shapley_high.
    """
    steps = list(dict.fromkeys(effects["step"]))
    channels = list(effects.groupby("channel")["credit_share"].max().sort_values().index)
    paper, axes = figure(7.6, 1.4 + 0.42 * len(channels), columns=len(steps))
    for number_of_panel, (step, ax) in enumerate(zip(steps, axes if len(steps) > 1 else [axes], strict=True)):
        rows = effects[effects["step"] == step]
        heights = [channels.index(channel) for channel in rows["channel"]]
        ax.hlines(
            heights, rows["credit_share"], rows["shapley_share"].fillna(rows["credit_share"]), color=GREY, linewidth=1
        )
        ax.hlines(heights, rows["shapley_low"], rows["shapley_high"], color=ACCENT, linewidth=2.4, alpha=0.5)
        ax.plot(rows["shapley_share"], heights, "D", color=ACCENT, markersize=6, markerfacecolor="white")
        ax.plot(rows["credit_share"], heights, "o", color=BLUE, markersize=6)
        ax.set_xlim(-0.06, 1)
        ax.set_ylim(-0.6, len(channels) - 0.3)
        ax.set_yticks(range(len(channels)), channels if number_of_panel == 0 else [""] * len(channels))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _position: percent(share, 0)))
        ax.set_xticks([0, 0.5, 1])
        ax.grid(axis="x")
        ax.set_title(str(step), fontsize=9.5, pad=6)
    paper.suptitle(_("Two ways to share out the credit"), x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK)
    paper.supxlabel(_("Share of the credit     ● removal effect   ◇ Shapley (95% interval)"), fontsize=9.5)
    return paper


def _spread(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places for labels at the height of their points, lowered where two would lie on each other."""
    taken: list[float] = []
    places: dict[int, tuple[float, float]] = {}
    for index in sorted(range(len(points)), key=lambda index: -points[index][1]):
        x, y = points[index]
        while any(abs(y - other) < LABEL_GAP for other in taken):
            y -= LABEL_GAP / 4
        taken.append(y)
        places[index] = (x, y)
    return [places[index] for index in range(len(points))]
