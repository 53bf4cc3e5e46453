"""One visual language: palette, type and the paper every figure is drawn on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#0B3D66"  # titles, the chosen thing
ACCENT = "#B8540A"  # the one thing to look at
BLUE = "#0072B2"
RED = "#7A1F14"
GREY = "#8B8F98"  # everything else
BLACK = "#000000"
# ≥ 3:1 on white each, and the widest distance found under the three common colour blindnesses
PALETTE = (INK, BLUE, ACCENT, RED, GREY, BLACK)
PALE = "#DCE3EA"  # fills behind text

# What a reader's machine draws the text with: Verdana has the widths of DejaVu Sans, which figures are measured with
FONTS = "DejaVu Sans,Verdana,sans-serif"

STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.5,
    "text.color": "#1B2733",
    "text.parse_math": False,  # R$ 5 to R$ 9 is money, not a formula
    "axes.edgecolor": "#5B6470",
    "axes.labelcolor": "#1B2733",
    "axes.labelsize": 9.5,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": "#E3E7EC",
    "xtick.color": "#3A4552",
    "ytick.color": "#3A4552",
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "cxlib",  # equal figures are equal bytes
    "svg.fonttype": "none",  # text stays text: a third of the bytes, and sharp at any size
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house style, and leave matplotlib's settings as they were."""
    with mpl.rc_context(STYLE):
        yield


def figure(width: float = 7.2, height: float = 3.6, *, rows: int = 1, columns: int = 1) -> tuple[Figure, Any]:
    """A new figure (inches) and its axes, outside pyplot's global state; several axes come as an array."""
    with style():
        paper = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(paper)
        axes = paper.subplots(rows, columns)
    return paper, axes


def canvas(ax: Axes | None, width: float = 7.2, height: float = 3.6) -> Axes:
    """The axes to draw on: those given, or those of a new figure."""
    if ax is not None:
        return ax
    drawn: Axes = figure(width, height)[1]
    return drawn
