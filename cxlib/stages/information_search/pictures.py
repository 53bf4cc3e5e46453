"""Pictures of stage 5: themes of promoters and detractors, and expectation, experience and memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cxlib.facts import rows
from cxlib.language import _, mark, number, percent
from cxlib.show.theme import ACCENT, BLUE, GREY, INK, canvas

SPAN, NOTE = "#D5DBE2", "#3A4552"
GROUPS = {  # colour, mark, how far beside the line of the theme, name
    "promoters": (BLUE, "o", -0.16, mark("Promoters")),
    "detractors": (ACCENT, "s", 0.16, mark("Detractors")),
}
MEASURES = {
    "expectation": (GREY, "D", 0.2, mark("Expected")),
    "lived": (INK, "o", 0.0, mark("Lived")),
    "memory": (ACCENT, "s", -0.2, mark("Remembered")),
    "promise": (BLUE, "^", -0.2, mark("Can be promised")),
}


def plot_themes(prevalence: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share of promoters' and of detractors' texts per theme, with intervals; widest difference on top.

    prevalence: columns theme, group (promoters | detractors are drawn), estimate, low, high, n.
    """
    drawn = prevalence[prevalence["group"].isin(list(GROUPS))]
    wide = drawn.pivot(index="theme", columns="group", values="estimate").reindex(columns=list(GROUPS)).fillna(0)
    order = list((wide["detractors"] - wide["promoters"]).sort_values().index)
    ax = _lines(ax, order, height=1.2 + 0.36 * len(order))
    for group, (colour, marker, shift, name) in GROUPS.items():
        here = drawn[drawn["group"] == group]
        heights = [order.index(theme) - shift for theme in here["theme"]]
        n = int(here["n"].max()) if len(here) else 0
        ax.hlines(heights, here["low"], here["high"], color=colour, linewidth=1.6)
        ax.plot(here["estimate"], heights, marker, color=colour, markersize=6, label=f"{_(name)} (n = {number(n)})")
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _position: percent(share, 0)))
    ax.set_xlabel(_("Share of texts that speak of the theme (95% interval)"))
    return _titled(ax, _("What promoters and detractors write about"))


def plot_expectations(levels: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Expectation, lived experience and memory per touchpoint on 0–10, with intervals; ▲ the promise to keep.

    levels: columns touchpoint, measure (expectation | lived | memory | promise), estimate, low, high, n.
    """
    known = levels[levels["estimate"].notna()]
    order = list(dict.fromkeys(known["touchpoint"]))[::-1]
    ax = _lines(ax, order, height=1.5 + 0.72 * max(len(order), 1))
    for touchpoint, span in known.groupby("touchpoint")["estimate"].agg(["min", "max"]).iterrows():
        ax.hlines(order.index(str(touchpoint)), span["min"], span["max"], color=SPAN, linewidth=3, zorder=1)
    for measure, (colour, marker, shift, name) in MEASURES.items():
        here = known[known["measure"] == measure]
        if len(here):  # what was not asked has no mark to explain
            heights = [order.index(touchpoint) + shift for touchpoint in here["touchpoint"]]
            ax.hlines(heights, here["low"], here["high"], color=colour, linewidth=1.6, zorder=2)
            ax.plot(here["estimate"], heights, marker, color=colour, markersize=6.5, label=_(name), zorder=3)
            if measure != "promise":
                _counts(ax, here["high"].fillna(here["estimate"]), heights, here["n"], colour=colour)
    low, high = known["low"].fillna(known["estimate"]).min(), known["high"].fillna(known["estimate"]).max()
    ax.set_xlim(max(0.0, low - 0.4), min(10.6, high + 0.9))
    ax.set_xlabel(_("Mean on 0–10 (95% interval)"))
    return _titled(ax, _("Expected, lived and remembered"))


def plot_levels(attributes: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The level of each kind of customer as a dot with its interval, in the order of the rows; filled where it is real.

    attributes: columns attribute, value, estimate, low, high, n, unit (score | points), verdict.
    """
    order = [f"{row['attribute']}: {row['value']}" for row in rows(attributes)][::-1]
    ax = _lines(ax, order, height=1.3 + 0.32 * len(attributes))
    heights = range(len(attributes) - 1, -1, -1)
    for height, row in zip(heights, rows(attributes), strict=True):
        colour, inside = (ACCENT, ACCENT) if row["verdict"] == "real" else (GREY, "white")
        ax.hlines(height, row["low"], row["high"], color=colour, linewidth=1.8, zorder=2)
        ax.plot(row["estimate"], height, "o", color=colour, markerfacecolor=inside, zorder=3)
    _counts(ax, attributes["high"], heights, attributes["n"], colour=NOTE)
    ax.margins(x=0.12)
    scores = _("Net promoter score, points (95% interval)")
    means = _("Mean on the question's own scale (95% interval)")
    ax.set_xlabel(scores if (attributes["unit"] == "points").all() else means)
    ax.set_title(_("Level by kind of customer (filled: differs from all others)"))
    return ax


def _lines(ax: Axes | None, names: Sequence[str], *, height: float) -> Axes:
    """Axes with a named line for each thing, the first at the bottom."""
    ax = canvas(ax, height=height)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.grid(axis="x")
    return ax


def _titled(ax: Axes, title: str) -> Axes:
    """A title above a legend in one row."""
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, borderaxespad=0.1)
    ax.set_title(title, pad=26)
    return ax


def _counts(ax: Axes, ends: pd.Series, heights: Sequence[float], counts: pd.Series, *, colour: str) -> None:
    """The n of each mark, right of its interval."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
    place: dict[str, Any] = {"xytext": (5, 0), "textcoords": "offset points", "va": "center", "fontsize": 7.5}
    for x, y, n in zip(ends, heights, counts, strict=True):
        ax.annotate(f"n = {number(int(n))}", (x, y), color=colour, bbox=box, **place)
