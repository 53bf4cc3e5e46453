"""Rows of dots: what most pictures of estimates are. Each row has its interval, its estimate and its words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

Texts = Sequence[str] | np.ndarray | pd.Series


def dots(
    ax: Axes,
    table: pd.DataFrame,
    said: Sequence[str],
    *,
    labels: Texts,
    colours: Texts | str,
    at: ArrayLike,
    markers: Texts | str = "o",
) -> None:
    """Draw each row of a tidy table (estimate, low, high) from top to bottom, with its words at the place `at` of the axis.

    labels name the rows on the left; colours, markers and at: one for all rows, or one per row.
    """
    each = zip(*(np.broadcast_to(np.asarray(one), len(table)) for one in (colours, markers, at, said)), strict=True)
    for row, (values, (colour, marker, place, words)) in enumerate(zip(table.to_dict("records"), each, strict=True)):
        ax.plot([values["low"], values["high"]], [row, row], color=colour, lw=2.2, solid_capstyle="butt")
        ax.plot(values["estimate"], row, marker, color=colour, ms=6)
        ax.text(place, row, words, va="center", fontsize=8.5, color=colour)
    ax.set(yticks=range(len(table)), yticklabels=list(labels), ylim=(len(table) - 0.5, -0.5))


def apart(places: Sequence[float], least: float) -> list[float]:
    """Places moved apart until labels of the height `least` do not touch, their order kept."""
    order = np.argsort(places, kind="stable")
    moved = np.array(places, dtype=float)[order]
    for _round in range(200):
        push = np.maximum(least - np.diff(moved), 0.0) / 2
        if not (push > 1e-6).any():
            break
        moved[:-1] -= push
        moved[1:] += push
    back = np.empty_like(moved)
    back[order] = moved
    return [float(place) for place in back]
