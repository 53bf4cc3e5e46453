"""Pictures of stage 5: themes of promoters and detractors, and expectation, experience and memory."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cxlib.language import _, number, percent
from cxlib.show.theme import ACCENT, BLUE, GREY, INK, canvas

MARKS = {"promoters": (BLUE, "o", -0.16), "detractors": (ACCENT, "s", 0.16)}


def plot_themes(prevalence: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share of promoters' and of detractors' texts per theme, with intervals; widest difference on top.

    prevalence: columns theme, group (promoters | detractors are drawn), estimate, low, high, n.
    """
    drawn = prevalence[prevalence["group"].isin(list(MARKS))]
    wide = drawn.pivot(index="theme", columns="group", values="estimate").reindex(columns=list(MARKS))
    order = list((wide["detractors"].fillna(0) - wide["promoters"].fillna(0)).sort_values().index)
    ax = canvas(ax, height=1.2 + 0.36 * len(order))
    for group, (colour, marker, shift) in MARKS.items():
        rows = drawn[drawn["group"] == group]
        heights = [order.index(theme) - shift for theme in rows["theme"]]
        name = {"promoters": _("Promoters"), "detractors": _("Detractors")}[group]
        n = int(rows["n"].max()) if len(rows) else 0
        ax.hlines(heights, rows["low"], rows["high"], color=colour, linewidth=1.6)
        ax.plot(rows["estimate"], heights, marker, color=colour, markersize=6, label=f"{name} (n = {number(n)})")
    ax.set_yticks(range(len(order)), order)
    ax.set_ylim(-0.6, len(order) - 0.4)
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _position: percent(share, 0)))
    ax.set_xlabel(_("Share of texts that speak of the theme (95% interval)"))
    ax.grid(axis="x")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, borderaxespad=0.1)
    ax.set_title(_("What promoters and detractors write about"), pad=26)
    return ax


def plot_expectations(levels: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Expectation, lived experience and memory per touchpoint on 0–10, with intervals, joined by a line; ▲ the promise to keep.

    levels: columns touchpoint, measure (expectation | lived | memory | promise), estimate, low, high, n.
    """
    known = levels[levels["estimate"].notna()]
    order = list(dict.fromkeys(known["touchpoint"]))[::-1]
    ax = canvas(ax, height=1.5 + 0.72 * max(len(order), 1))
    spans = known.groupby("touchpoint")["estimate"].agg(["min", "max"])
    for touchpoint, span in spans.iterrows():
        ax.hlines(order.index(str(touchpoint)), span["min"], span["max"], color="#D5DBE2", linewidth=3, zorder=1)
    styles = {"expectation": (GREY, "D", 0.2), "lived": (INK, "o", 0.0), "memory": (ACCENT, "s", -0.2),
              "promise": (BLUE, "^", -0.2)}  # fmt: skip
    names = {
        "expectation": _("Expected"),
        "lived": _("Lived"),
        "memory": _("Remembered"),
        "promise": _("Can be promised"),
    }
    for measure, (colour, marker, shift) in styles.items():
        rows = known[known["measure"] == measure]
        if rows.empty:
            continue  # what was not asked has no mark to explain
        heights = [order.index(touchpoint) + shift for touchpoint in rows["touchpoint"]]
        ax.hlines(heights, rows["low"], rows["high"], color=colour, linewidth=1.6, zorder=2)
        ax.plot(rows["estimate"], heights, marker, color=colour, markersize=6.5, label=names[measure], zorder=3)
        ends = rows["high"].fillna(rows["estimate"]) if measure != "promise" else rows["high"].head(0)
        for x, y, n in zip(ends, heights, rows["n"], strict=False):
            ax.annotate(f"n = {number(int(n))}", (x, y), xytext=(5, 0), textcoords="offset points", va="center",
                        fontsize=7.5, color=colour,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85})  # fmt: skip
    ax.set_yticks(range(len(order)), order)
    ax.set_ylim(-0.6, len(order) - 0.4)
    low, high = known["low"].fillna(known["estimate"]).min(), known["high"].fillna(known["estimate"]).max()
    ax.set_xlim(max(0.0, low - 0.4), min(10.6, high + 0.9))
    ax.set_xlabel(_("Mean on 0–10 (95% interval)"))
    ax.set_title(_("Expected, lived and remembered"), pad=26)
    ax.grid(axis="x")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, borderaxespad=0.1)
    return ax


def plot_levels(attributes: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The level of each kind of customer as a dot with its interval, in the order of the rows; filled where it is real.

    attributes: columns attribute, value, estimate, low, high, n, unit (score | points), verdict.
    """
    ax = canvas(ax, height=1.3 + 0.32 * len(attributes))
    heights = range(len(attributes) - 1, -1, -1)
    for height, row in zip(heights, attributes.to_dict("records"), strict=True):
        real = row["verdict"] == "real"
        colour = ACCENT if real else GREY
        ax.hlines(height, row["low"], row["high"], color=colour, linewidth=1.8, zorder=2)
        ax.plot(row["estimate"], height, "o", color=colour, markerfacecolor=colour if real else "white", zorder=3)
        ax.annotate(f"n = {number(int(row['n']))}", (row["high"], height), xytext=(5, 0), textcoords="offset points",
                    va="center", fontsize=7.5, color="#3A4552")  # fmt: skip
    ax.set_yticks(list(heights), [f"{row['attribute']}: {row['value']}" for row in attributes.to_dict("records")])
    ax.set_ylim(-0.6, len(attributes) - 0.4)
    ax.margins(x=0.12)
    ax.set_xlabel(_("Net promoter score, points (95% interval)") if (attributes["unit"] == "points").all()
                  else _("Mean on the question's own scale (95% interval)"))  # fmt: skip
    ax.set_title(_("Level by kind of customer (filled: differs from all others)"))
    ax.grid(axis="x")
    return ax
