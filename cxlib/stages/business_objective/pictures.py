"""Pictures of stage 1: the baseline with its season, the driver tree, what moved the objective."""

from __future__ import annotations

import textwrap

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import FuncFormatter

from cxlib.language import _, interval, number, percent, quantity, short_money, unknown
from cxlib.show.theme import ACCENT, BLACK, GREY, INK, PALE, canvas

MONEY = FuncFormatter(lambda value, _position: short_money(value))
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
    last, fitted = len(table) - 1, float(table["estimate"].iloc[-1])
    lift = 0.0
    if target_money is not None and not unknown(target_money):
        near = abs(target_money - fitted) < 0.12 * float(table["high"].max())
        lift = (6.0 if target_money >= fitted else -6.0) if near else 0.0
        ax.axhline(target_money, color=BLACK, lw=1, ls=(0, (5, 3)))
        ax.annotate(
            _("target {money}").format(money=quantity(target_money, "money")),
            (float(on[last]), target_money),
            fontsize=8.5,
            xytext=(12, lift),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    ax.annotate(
        _("fitted, 95% interval shaded"),
        (float(on[last]), fitted),
        color=INK,
        fontsize=8.5,
        va="center",
        xytext=(12, -lift),
        textcoords="offset points",
        annotation_clip=False,
    )
    ax.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 7)))  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%m/%Y"))  # type: ignore[no-untyped-call]
    ax.yaxis.set_major_formatter(MONEY)
    ax.set_ylim(bottom=min(0.0, float(table["low"].min())))
    ax.set(title=_("Money per month"), ylabel=_("booked (dots)"))
    ax.text(
        0,
        -0.2,
        _("n = {n} entries in {months} months").format(n=number(table["n"].sum(), 0), months=len(table)),
        transform=ax.transAxes,
        fontsize=8.5,
        color="#5B6470",
    )
    return ax


def plot_driver_tree(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """The tree from left to right: each box base → target and what is missing; a line is as thick as its share of the gap.

    table: driver, parent (both as shown), estimate, low, high, n, unit, before, chosen, weight, gap_share, gap_money,
    target. Without a gap the boxes show the year before, and lines are as thick as what moved the objective since then.
    """
    with_gap = bool(table["target"].notna().any())
    places = _places(table)
    rows = 1 + max(y for _x, y in places.values())
    ax = canvas(ax, 8.8, 0.9 + 0.98 * rows)
    for _index, row in table.iterrows():
        x, y = places[row["driver"]]
        if row["parent"] in places:
            _branch(ax, places[row["parent"]], (x, y), width=_thickness(row, with_gap), dark=bool(row["chosen"]))
        _box(ax, x, y, row)
    width = 1 + max(x for x, _y in places.values())
    ax.set(xlim=(-0.48, width - 0.5), ylim=(rows - 0.25, -0.55), xticks=[], yticks=[])
    ax.set_title(
        _("What the money of the last twelve months is made of, and what is missing")
        if with_gap
        else _("What the money of the last twelve months is made of")
    )
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    told = _("n = {n} purchases. Thickness: part in what moved the objective since the year before.")
    if with_gap and table["before"].isna().all():
        told = _(
            "n = {n} purchases. Arrow: today → target, if every driver carries an equal part of the gap. Thickness: share "
            "of the gap."
        )
    elif with_gap:
        told = _(
            "n = {n} purchases. Arrow: today → target, if the gap closes the way the objective grew last year. Thickness: "
            "share of the gap."
        )
    ax.text(
        -0.45, rows - 0.27, told.format(n=number(table["n"].iloc[0], 0)), fontsize=8.5, color="#5B6470", va="bottom"
    )
    return ax


def plot_moves(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Which driver moved the objective since the year before, in money a year.

    table: driver (as shown), moved_money, changed_share, n.
    """
    known = table[table["moved_money"].notna()].sort_values("moved_money")
    ax = canvas(ax, 7.2, 1.2 + 0.42 * len(known))
    rows = [float(row) for row in range(len(known))]
    colours = [INK if moved >= 0 else ACCENT for moved in known["moved_money"]]
    ax.barh(rows, known["moved_money"], height=0.55, color=colours)
    reach = float(known["moved_money"].abs().max()) or 1.0
    for row, (_index, line) in zip(rows, known.iterrows(), strict=True):
        sign = 1 if line["moved_money"] >= 0 else -1
        text = f"{quantity(line['moved_money'], 'money')}  ({percent(line['changed_share'])})"
        ax.text(
            line["moved_money"] + sign * 0.02 * reach,
            row,
            text,
            va="center",
            ha="left" if sign > 0 else "right",
            fontsize=8.5,
        )
    low, high = min(float(known["moved_money"].min()), 0.0), max(float(known["moved_money"].max()), 0.0)
    ax.set(yticks=rows, yticklabels=known["driver"], xlim=(low - 0.5 * reach * (low < 0), high + 0.5 * reach))
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.xaxis.set_major_formatter(MONEY)
    ax.set(
        title=_("What moved the objective since the year before"),
        xlabel=_("money a year (in brackets: change of the driver; n = {n} purchases)").format(
            n=number(known["n"].max(), 0)
        ),
    )
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
    ax.plot(
        [left, middle, middle, right],
        [start[1], start[1], end[1], end[1]],
        color=INK if dark else GREY,
        lw=width,
        solid_joinstyle="round",
        solid_capstyle="butt",
        zorder=1,
    )


def _thickness(row: pd.Series[float], with_gap: bool) -> float:
    share = row["gap_share"] if with_gap else row["weight"]
    return 0.8 + (0.0 if unknown(float(share)) else 6.0 * float(share))


def _box(ax: Axes, x: float, y: float, row: pd.Series[float]) -> None:
    """Name, value and target, interval, and what is missing; without a target the year before."""
    dark = bool(row["chosen"])
    ax.add_patch(
        FancyBboxPatch(
            (x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2),
            BOX_WIDTH,
            BOX_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=PALE if dark else "white",
            edgecolor=INK if dark else GREY,
            lw=1.6 if dark else 1.0,
            zorder=2,
        )
    )
    unit = str(row["unit"])
    today, aims = quantity(row["estimate"], unit), not unknown(row["target"]) and row["gap_share"] > 0
    lines = [f"{today} → {quantity(row['target'], unit)}" if aims else today]
    if not unknown(row["low"]):
        lines.append(interval(row["low"], row["high"], unit))
    if aims:
        lines.append(_("missing: {money}").format(money=quantity(row["gap_money"], "money")))
    elif not unknown(row["before"]):
        lines.append(_("before: {value}").format(value=quantity(row["before"], unit)))
    name = "\n".join(textwrap.wrap(str(row["driver"]), 20))
    ax.text(
        x, y - 0.33, name, ha="center", va="top", fontsize=8, fontweight="bold", color=INK if dark else BLACK, zorder=3
    )
    ax.text(x, y + 0.35, "\n".join(lines), ha="center", va="bottom", fontsize=7.6, zorder=3, linespacing=1.25)
