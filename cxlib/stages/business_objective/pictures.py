"""Pictures of stage 1: the baseline with its season, the driver tree, what moved the objective."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import Any

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FuncFormatter

from cxlib.facts import rows
from cxlib.language import _, interval, number, percent, quantity, short_money, unknown
from cxlib.show.theme import ACCENT, BLACK, GREY, INK, PALE, canvas

MONEY = FuncFormatter(lambda value, _position: short_money(value))
QUIET = "#5B6470"  # of remarks below a picture
BOX_WIDTH, BOX_HEIGHT = 0.86, 0.80


def plot_baseline(table: pd.DataFrame, *, target_money: float | None = None, ax: Axes | None = None) -> Axes:
    """Money per month: what was booked, the line of level, trend and season with its interval, and the target.

    table: period_on, observed_money, estimate, low, high, n; target_money: money a month.
    """
    ax = canvas(ax, 7.2, 3.4)
    on = mdates.date2num(pd.to_datetime(table["period_on"]).to_numpy())  # type: ignore[no-untyped-call]
    ax.fill_between(on, table["low"].to_numpy(float), table["high"].to_numpy(float), color=PALE, lw=0)
    ax.plot(on, table["estimate"], color=INK)
    ax.plot(on, table["observed_money"], "o", color=ACCENT, ms=4.5)
    last, fitted = float(on[-1]), float(table["estimate"].iloc[-1])
    lift = 0.0
    beside: dict[str, Any] = {"fontsize": 8.5, "va": "center", "textcoords": "offset points", "annotation_clip": False}
    if target_money is not None and not unknown(target_money):
        near = abs(target_money - fitted) < 0.12 * float(table["high"].max())
        lift = math.copysign(6.0, target_money - fitted) if near else 0.0
        ax.axhline(target_money, color=BLACK, lw=1, ls=(0, (5, 3)))
        target = _("target {money}").format(money=quantity(target_money, "money"))
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        ax.annotate(target, (last, target_money), xytext=(12, lift), bbox=box, **beside)
    ax.annotate(_("fitted, 95% interval shaded"), (last, fitted), xytext=(12, -lift), color=INK, **beside)
    ax.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 7)))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%m/%Y"))  # type: ignore[no-untyped-call]
    ax.yaxis.set_major_formatter(MONEY)
    ax.set_ylim(bottom=min(0.0, float(table["low"].min())))
    ax.set(title=_("Money per month"), ylabel=_("booked (dots)"))
    entries = _("n = {n} entries in {months} months").format(n=number(table["n"].sum(), 0), months=len(table))
    ax.text(0, -0.2, entries, transform=ax.transAxes, fontsize=8.5, color=QUIET)
    return ax


def plot_driver_tree(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The tree from left to right: each box base → target and what is missing; a line is as thick as its share of the gap.

    table: driver, parent (both as shown), estimate, low, high, n, unit, before, chosen, weight, gap_share, gap_money,
    target. Without a gap the boxes show the year before, and lines are as thick as what moved the objective since then.
    """
    with_gap = bool(table["target"].notna().any())
    places = _places(table)
    height = 1 + max(y for _x, y in places.values())
    ax = canvas(ax, 8.8, 0.9 + 0.98 * height)
    share = table["gap_share"] if with_gap else table["weight"]
    for row, part in zip(rows(table), share.fillna(0.0), strict=True):
        x, y = places[row["driver"]]
        if row["parent"] in places:
            _branch(ax, places[row["parent"]], (x, y), width=0.8 + 6.0 * part, dark=bool(row["chosen"]))
        _box(ax, x, y, row)
    width = 1 + max(x for x, _y in places.values())
    ax.set(xlim=(-0.48, width - 0.5), ylim=(height - 0.25, -0.55), xticks=[], yticks=[])
    title = _("What the money of the last twelve months is made of")
    if with_gap:
        title = _("What the money of the last twelve months is made of, and what is missing")
    ax.set_title(title)
    ax.spines[["left", "bottom"]].set_visible(False)
    told = _how_to_read(with_gap, bool(table["before"].notna().any())).format(n=number(table["n"].iloc[0], 0))
    ax.text(-0.45, height - 0.27, told, fontsize=8.5, color=QUIET, va="bottom")
    return ax


def _how_to_read(with_gap: bool, with_before: bool) -> str:
    if not with_gap:
        return _("n = {n} purchases. Thickness: part in what moved the objective since the year before.")
    if not with_before:
        return _(
            "n = {n} purchases. Arrow: today → target, if every driver carries an equal part of the gap. Thickness: share "
            "of the gap."
        )
    return _(
        "n = {n} purchases. Arrow: today → target, if the gap closes the way the objective grew last year. Thickness: "
        "share of the gap."
    )


def plot_moves(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Which driver moved the objective since the year before, in money a year.

    table: driver (as shown), moved_money, changed_share, n.
    """
    known = table[table["moved_money"].notna()].sort_values("moved_money")
    moved = known["moved_money"].to_numpy(float)
    ax = canvas(ax, 7.2, 1.2 + 0.42 * len(known))
    places = [float(place) for place in range(len(known))]
    ax.barh(places, moved, height=0.55, color=[INK if part >= 0 else ACCENT for part in moved])
    reach = float(abs(moved).max()) or 1.0
    for place, part, change in zip(places, moved, known["changed_share"], strict=True):
        text, sign = f"{quantity(part, 'money')}  ({percent(change)})", 1 if part >= 0 else -1
        ax.text(part + sign * 0.02 * reach, place, text, va="center", ha="left" if sign > 0 else "right", fontsize=8.5)
    low, high = min(float(moved.min()), 0.0), max(float(moved.max()), 0.0)
    ax.set(yticks=places, yticklabels=known["driver"], xlim=(low - 0.5 * reach * (low < 0), high + 0.5 * reach))
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.xaxis.set_major_formatter(MONEY)
    below = _("money a year (in brackets: change of the driver; n = {n} purchases)")
    ax.set(title=_("What moved the objective since the year before"))
    ax.set_xlabel(below.format(n=number(known["n"].max(), 0)))
    return ax


def _places(table: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Driver → column and row: the root at the left, each column filled from the top, what has parts of its own first."""
    parents = dict(zip(table["driver"].astype(str), table["parent"].astype(str), strict=True))
    places: dict[str, tuple[float, float]] = {}
    depth, level = 0.0, [driver for driver, parent in parents.items() if parent not in parents]
    while level:
        level.sort(key=lambda driver: driver not in parents.values())
        places |= {driver: (depth, float(row)) for row, driver in enumerate(level)}
        depth, level = depth + 1, [driver for driver, parent in parents.items() if parent in level]
    return places


def _branch(ax: Axes, start: tuple[float, float], end: tuple[float, float], *, width: float, dark: bool) -> None:
    """A right-angled line from the parent's right edge to the child's left edge."""
    left, right = start[0] + BOX_WIDTH / 2, end[0] - BOX_WIDTH / 2
    middle = (left + right) / 2
    x, y = [left, middle, middle, right], [start[1], start[1], end[1], end[1]]
    colour = INK if dark else GREY
    ax.plot(x, y, color=colour, lw=width, solid_joinstyle="round", solid_capstyle="butt", zorder=1)


def _box(ax: Axes, x: float, y: float, row: Mapping[str, Any]) -> None:
    """Name, value and target, interval, and what is missing; without a target the year before."""
    dark = bool(row["chosen"])
    corner, colours = (x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2), (PALE, INK) if dark else ("white", GREY)
    box = FancyBboxPatch(corner, BOX_WIDTH, BOX_HEIGHT, boxstyle="round,pad=0,rounding_size=0.05")
    box.set(facecolor=colours[0], edgecolor=colours[1], linewidth=1.6 if dark else 1.0, zorder=2)
    ax.add_patch(box)
    unit = str(row["unit"])
    today, aims = quantity(row["estimate"], unit), not unknown(row["target"]) and row["gap_share"] > 0
    lines = [f"{today} → {quantity(row['target'], unit)}" if aims else today]
    if not unknown(row["low"]):
        lines.append(interval(row["low"], row["high"], unit))
    if aims:
        lines.append(_("missing: {money}").format(money=quantity(row["gap_money"], "money")))
    elif not unknown(row["before"]):
        lines.append(_("before: {value}").format(value=quantity(row["before"], unit)))
    name, colour = "\n".join(textwrap.wrap(str(row["driver"]), 20)), INK if dark else BLACK
    ax.text(x, y - 0.33, name, ha="center", va="top", fontsize=8, fontweight="bold", color=colour, zorder=3)
    ax.text(x, y + 0.35, "\n".join(lines), ha="center", va="bottom", fontsize=7.6, zorder=3, linespacing=1.25)
