"""Pictures of stage 4: what drives the judgement, where to concentrate, what a bad one costs, where the moments lie."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cxlib.figures.theme import ACCENT, BLACK, BLUE, GREY, INK, PALE, RED, canvas
from cxlib.language import _, number, percent

PERCENT = FuncFormatter(lambda value, _position: percent(value))
ROLE_COLOUR = {"repair": RED, "delight": BLUE, "trigger": ACCENT}


def plot_drivers(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share of the overall judgement that goes with each touchpoint, with interval, relative weight (×), ranks and n.

    table: touchpoint, estimate, low, high, n, rank_low, rank_high, relative_weight, tied; largest first.
    """
    ax = canvas(ax, 7.2, 1.3 + 0.32 * len(table))
    rows = [float(row) for row in range(len(table))]
    top = float(np.nanmax([table["high"].max(), table["relative_weight"].max(), 1e-6]))
    for row, (_index, values) in zip(rows, table.iterrows(), strict=True):
        colour = ACCENT if values["tied"] else INK
        ax.plot([values["low"], values["high"]], [row, row], color=colour, lw=2.2, solid_capstyle="butt")
        ax.plot(values["estimate"], row, "o", color=colour, ms=6)
        ax.plot(values["relative_weight"], row, "x", color=BLACK, ms=5, mew=1.2)
        said = _("rank {low} to {high}, n = {n}").format(
            low=number(values["rank_low"], 0), high=number(values["rank_high"], 0), n=number(values["n"], 0)
        )
        ax.text(1.04 * top, row, said, va="center", fontsize=8.5, color=colour)
    ax.set(yticks=rows, yticklabels=table["touchpoint"], ylim=(len(table) - 0.5, -0.5), xlim=(0, 1.42 * top))
    ax.set_xticks([tick for tick in ax.get_xticks() if 0 <= tick <= top])
    ax.spines["bottom"].set_bounds(0, top)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_title(_("Share of the overall judgement that goes with each touchpoint"))
    ax.set_xlabel(
        _("● exact contribution with 95 % interval, × relative weight (cross-check)"), loc="left", fontsize=8.5
    )
    return ax


def plot_priorities(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Importance against performance with the gap line; above it importance outruns performance. Size = P(concentrate).

    table: touchpoint, importance_scaled, performance_scaled, p_concentrate, n.
    """
    ax = canvas(ax, 7.2, 5.0)
    ax.fill_between([0, 1], [0, 1], [1, 1], color=PALE, alpha=0.55, lw=0)
    ax.plot([0, 1], [0, 1], color=GREY, lw=1.2)
    ax.text(0.52, 0.485, _("gap line: importance = performance"), rotation=33, color="#5B6470", fontsize=8.5, va="top")
    ax.text(0.01, 1.03, _("concentrate here"), color=ACCENT, fontsize=9, weight="bold")
    x, y = table["performance_scaled"].to_numpy(float), table["importance_scaled"].to_numpy(float)
    sure = table["p_concentrate"].to_numpy(float) >= 0.8
    ax.scatter(x, y, s=40 + 60 * table["p_concentrate"], color=np.where(sure, ACCENT, INK), zorder=3)
    names = [
        f"{name} (P {percent(p)})" if p > 0.05 else str(name)
        for name, p in zip(table["touchpoint"], table["p_concentrate"].astype(float), strict=True)
    ]
    for place, (height, left) in enumerate(_label_places(x, y)):
        colour = ACCENT if sure[place] else "#1B2733"
        side = "right" if left else "left"
        ax.annotate(names[place], (x[place], y[place]), (x[place] + (-0.025 if left else 0.025), height), fontsize=8.5,
                    color=colour, ha=side, va="center", arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.6}
                    if abs(height - y[place]) > 0.012 else None)  # fmt: skip
    low = min(-0.05, min(height for height, _left in _label_places(x, y)) - 0.04)
    ax.set(xlim=(-0.06, 1.12), ylim=(low, 1.09), xlabel=_("performance: mean rating, lowest 0 to highest 1"))
    ax.set_ylabel(_("importance: contribution, lowest 0 to highest 1"))
    ax.set_title(_("Importance against performance (n = {low} to {high})").format(
        low=number(table["n"].min(), 0), high=number(table["n"].max(), 0)))  # fmt: skip
    ax.set_xticks([0, 0.5, 1])
    ax.set_yticks([0, 0.5, 1])
    return ax


def _label_places(x: np.ndarray, y: np.ndarray) -> list[tuple[float, bool]]:
    """Height of each label and whether it stands to the left, so that labels do not cover each other."""
    least = 0.042
    taken: list[tuple[float, float, float]] = []
    places: list[tuple[float, bool]] = [(0.0, False)] * len(x)
    for index in np.lexsort((x, -y)):
        left = bool(x[index] > 0.72)
        start, end = (x[index] - 0.36, x[index]) if left else (x[index], x[index] + 0.36)
        height = float(y[index])
        for _try in range(60):
            clash = [h for a, b, h in taken if a < end and start < b and abs(h - height) < least - 1e-9]
            if not clash:
                break
            height = min(clash) - least
        taken.append((start, end, height))
        places[index] = (height, left)
    return places


def plot_penalty_reward(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What a bad rating costs and a good one wins, in points of the overall judgement, with intervals, n and the verdict.

    table: touchpoint, penalty(+_low, _high), reward(+_low, _high), n_low, n_high, role.
    """
    ax = canvas(ax, 7.2, 1.4 + 0.42 * len(table))
    rows = [float(row) for row in range(len(table))]
    words = {"repair": _("repair"), "delight": _("delight")}
    for side, colour, count in (("penalty", RED, "n_low"), ("reward", BLUE, "n_high")):
        ax.barh(rows, table[side].fillna(0.0), height=0.5, color=colour, alpha=0.85)
        ax.hlines(rows, table[f"{side}_low"], table[f"{side}_high"], color=BLACK, lw=1.2)
        outer = table[[side, f"{side}_low" if side == "penalty" else f"{side}_high"]].fillna(0.0)
        edge = outer.min(axis=1).clip(upper=0.0) if side == "penalty" else outer.max(axis=1).clip(lower=0.0)
        for row, at, n in zip(rows, edge, table[count], strict=True):
            gap, align = (-0.04, "right") if side == "penalty" else (0.04, "left")
            ax.text(at + gap, row, f"n = {number(n, 0)}", va="center", ha=align, fontsize=8)
    reach = 1.35 * float(np.nanmax(np.abs(table[["penalty_low", "reward_high"]].to_numpy(float))))
    for row, role in zip(rows, table["role"], strict=True):
        ax.text(1.02 * reach, row, words.get(role, "–"), va="center", fontsize=9, color=ROLE_COLOUR.get(role, GREY),
                weight="bold" if role else "normal")  # fmt: skip
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.set(yticks=rows, yticklabels=table["touchpoint"], ylim=(len(table) - 0.5, -0.5), xlim=(-reach, 1.25 * reach))
    ax.set_title(_("What a bad rating costs, what a good one wins"))
    ax.set_xlabel(
        _("points of the overall judgement against a middling rating, 95 % interval"), loc="left", fontsize=8.5
    )
    return ax


def plot_links(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Link of each touchpoint to the next step, with interval and n; shown ones in accent. table: touchpoint, step, link, …"""
    ax = canvas(ax, 7.2, 1.3 + 0.32 * len(table))
    rows = [float(row) for row in range(len(table))]
    low, high = min(0.0, float(table["low"].min())), max(0.0, float(table["high"].max()))
    for row, (_index, values) in zip(rows, table.iterrows(), strict=True):
        colour = ACCENT if values["verdict"] == "real" else INK
        ax.plot([values["low"], values["high"]], [row, row], color=colour, lw=2.2, solid_capstyle="butt")
        ax.plot(values["estimate"], row, "o" if values["link"] == "rated" else "s", color=colour, ms=5.5)
        ax.text(
            high + 0.03 * (high - low), row, f"n = {number(values['n'], 0)}", va="center", fontsize=8.5, color=colour
        )
    words = {"rated": _("per rating point"), "met": _("met or not")}
    names = [f"{row.touchpoint}, {words[str(row.link)]}" for row in table.itertuples()]
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.set(yticks=rows, yticklabels=names, ylim=(len(table) - 0.5, -0.5), xlim=(low, high + 0.2 * (high - low)))
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_title(_("Difference in the share that goes on to the next step"))
    ax.set_xlabel(_("● per rating point, ■ met against not met, 95 % interval"), loc="left", fontsize=8.5)
    return ax


def plot_moments(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The funnel steps as a line in time with a ◆ at each moment; its size is its contribution, its colour and word the role.

    table: step, position, inside (rows of all steps); moment, role, importance for those with a moment (else empty).
    """
    ax = canvas(ax, 7.6, 2.9)
    steps = table.drop_duplicates("step")
    inside = steps[steps["inside"]]["position"]
    if len(inside):
        ax.axvspan(inside.min() - 0.45, inside.max() + 0.45, color=PALE, alpha=0.7, lw=0)
        ax.text(inside.min() - 0.42, 1.92, _("corridor: stall → objective"), fontsize=8.5, color=INK, va="top")
    ax.axhline(0, color=GREY, lw=2, zorder=1)
    ax.plot(steps["position"], np.zeros(len(steps)), "o", color=INK, ms=6, zorder=2)
    found = table[table["moment"].notna()]
    most = max(float(found["importance"].max() or 0.0), 1e-9) if len(found) else 1.0
    words = {"repair": _("repair"), "delight": _("delight"), "trigger": _("trigger")}
    for _step, rows in found.groupby("position"):
        for level, (_index, row) in enumerate(rows.iterrows()):
            height = 0.5 + 0.55 * level
            size = 60 + 160 * np.sqrt(max(0.0, np.nan_to_num(row["importance"])) / most)
            ax.scatter(row["position"], height, marker="D", s=size, color=ROLE_COLOUR[row["role"]], zorder=3)
            ax.text(row["position"] + 0.16, height, f"{row['moment']}\n{words[row['role']]}", va="center", fontsize=8.5,
                    color=ROLE_COLOUR[row["role"]], linespacing=1.1)  # fmt: skip
    ax.set(xlim=(-0.6, len(steps) - 0.1), ylim=(-0.3, 2.0), yticks=[], title=_("Moments along the funnel"))
    ax.set_xticks(steps["position"], steps["step"], rotation=0 if len(steps) <= 7 else 25)
    ax.tick_params(axis="x", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    return ax
