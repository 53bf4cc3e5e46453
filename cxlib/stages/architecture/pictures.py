"""Pictures of stage 4: ratings, what drives the judgement, what goes with a bad one, where to concentrate, the moments."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from cxlib.language import _, interval, number, percent, quantity
from cxlib.show.cards import verdict_word
from cxlib.show.dots import apart, dots
from cxlib.show.theme import ACCENT, BLACK, BLUE, GREY, INK, PALE, RED, canvas
from cxlib.stages.architecture.shown import link_words, role_words, spans

PERCENT = FuncFormatter(lambda value, _position: percent(value, 0))
MUTED = "#5B6470"
FOOT = 0.12  # below it a name hangs under the axis
ROLE_COLOUR = {"repair": RED, "delight": BLUE, "trigger": ACCENT}


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
        ax.text(right + 0.03 * (left + right), row, said, va="center", fontsize=8.5, color=INK if sure else MUTED)
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.set(yticks=range(len(table)), yticklabels=table["touchpoint"], ylim=(len(table) - 0.5, -0.5))
    ax.set_xlim(-left - 0.03 * (left + right), right + 0.32 * (left + right))
    _bound(ax, -left, right)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: percent(abs(value), 0)))
    ax.set_title(_("Share of bad ratings (left, red) and of top ratings (right, blue)"))
    ax.set_xlabel(_("share of those who rated the touchpoint, 95% interval"), loc="left", fontsize=8.5)
    return ax


def plot_drivers(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Share of the overall judgement that goes with each touchpoint, with interval, relative weight (×), ranks and n.

    table: touchpoint, estimate, low, high, n, rank_low, rank_high, relative_weight, tied; largest first.
    """
    ax = canvas(ax, 7.2, 1.3 + 0.32 * len(table))
    top = float(np.nanmax([table["high"].max(), table["relative_weight"].max(), 1e-6]))
    said = [
        _("rank {ranks}, n = {n}").format(ranks=ranks, n=number(n, 0))
        for ranks, n in zip(spans(table), table["n"], strict=True)
    ]
    colours = np.where(table["tied"].astype(bool), ACCENT, INK)
    dots(ax, table, said, labels=table["touchpoint"], colours=colours, at=1.04 * top)
    ax.plot(table["relative_weight"], range(len(table)), "x", color=BLACK, ms=5, mew=1.2)
    ax.set_xlim(0, 1.42 * top)
    _bound(ax, 0, top)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_title(_("Share of the overall judgement that goes with each touchpoint"))
    label = _("● exact contribution with 95% interval, × relative weight (cross-check)")
    ax.set_xlabel(label, loc="left", fontsize=8.5)
    return ax


def plot_priorities(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Importance against performance with the gap line; above it importance outruns performance. Size = P(concentrate).

    table: touchpoint, importance_scaled, performance_scaled, p_concentrate, sure, n.
    """
    ax = canvas(ax, 7.2, 5.4)
    ax.fill_between([0, 1], [0, 1], [1, 1], color=PALE, alpha=0.55, lw=0)
    ax.plot([0, 1], [0, 1], color=GREY, lw=1.2)
    ax.text(1.0, 1.06, _("line: importance = performance"), ha="right", color=MUTED, fontsize=8.5)
    ax.text(0.0, 1.06, _("above the line: concentrate"), color=ACCENT, fontsize=9, weight="bold")
    sure = table["sure"].to_numpy(bool)
    x, y = table["performance_scaled"].to_numpy(float), table["importance_scaled"].to_numpy(float)
    ax.scatter(x, y, s=40 + 60 * table["p_concentrate"], color=np.where(sure, ACCENT, INK), zorder=3)
    _label_points(ax, table.assign(x=x, y=y))
    ax.set(xlim=(-0.06, 1.1), ylim=(-0.06, 1.12), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    ax.set_xlabel(_("performance: mean rating, lowest 0 to highest 1"))
    ax.set_ylabel(_("importance: contribution, lowest 0 to highest 1"))
    ax.xaxis.set_label_position("top")
    ax.xaxis.tick_top()
    ax.spines[["top"]].set_visible(True)
    ax.spines[["bottom"]].set_visible(False)
    ax.set_title(
        _("Importance against performance (n = {low} to {high})").format(
            low=number(table["n"].min(), 0), high=number(table["n"].max(), 0)
        )
    )
    return ax


def _label_points(ax: Axes, points: pd.DataFrame) -> None:
    """Names beside the points that matter; those at the foot hang below, slanted and moved apart, with a leader."""
    line = {"arrowstyle": "-", "color": GREY, "lw": 0.6}
    foot, upper = points[points["y"] < FOOT].sort_values("x"), points[points["y"] >= FOOT]
    for point, place in zip(foot.to_dict("records"), apart(foot["x"].tolist(), 0.052), strict=True):
        ax.annotate(
            str(point["touchpoint"]),
            (point["x"], point["y"]),
            (place, -0.1),
            rotation=40,
            ha="right",
            va="top",
            rotation_mode="anchor",
            fontsize=8.5,
            arrowprops=line,
            annotation_clip=False,
        )
    heights = apart(upper["y"].tolist(), 0.047)
    for point, height in zip(upper.to_dict("records"), heights, strict=True):
        chance = float(point["p_concentrate"])
        name = f"{point['touchpoint']} (P {percent(chance, 0)})" if chance >= 0.05 else str(point["touchpoint"])
        right = upper["x"] - point["x"]
        crowded = ((right > 0) & (right < 0.08) & ((upper["y"] - point["y"]).abs() < 0.06)).any()
        left = point["x"] > 0.7 or (crowded and point["x"] > 0.25)
        ax.annotate(
            name,
            (point["x"], point["y"]),
            (point["x"] + (-0.03 if left else 0.03), height),
            fontsize=8.5,
            ha="right" if left else "left",
            va="center",
            color=ACCENT if point["sure"] else "#1B2733",
            arrowprops=line if abs(height - point["y"]) > 0.012 else None,
        )


def plot_penalty_reward(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What goes with a bad rating and with a good one, in points of the overall judgement, with intervals, n and the verdict.

    table: touchpoint, penalty(+_low, _high), reward(+_low, _high), n_low, n_high, role, verdict. Pale: no role is shown.
    """
    ax = canvas(ax, 7.2, 1.4 + 0.44 * len(table))
    words = role_words()
    ends = table[["penalty_low", "penalty_high", "reward_low", "reward_high"]].to_numpy(float)
    low, high = min(0.0, float(np.nanmin(ends))), max(0.0, float(np.nanmax(ends)))
    for row, values in enumerate(table.to_dict("records")):
        role = str(values["role"])
        for side, colour, shift in (("penalty", RED, -0.16), ("reward", BLUE, 0.16)):
            value = np.nan_to_num(float(values[side]))
            ax.barh(row + shift, value, height=0.28, color=colour, alpha=0.9 if role else 0.3)
            ax.hlines(row + shift, values[f"{side}_low"], values[f"{side}_high"], color=BLACK if role else GREY, lw=1.1)
        counts = f"n = {number(values['n_low'], 0)} / {number(values['n_high'], 0)}"
        ax.text(high + 0.04 * (high - low), row, counts, va="center", fontsize=8.5)
        ax.text(
            high + 0.33 * (high - low),
            row,
            words.get(role, verdict_word(str(values["verdict"]))),
            va="center",
            fontsize=8.5,
            color=ROLE_COLOUR.get(role, MUTED),
            weight="bold" if role else "normal",
        )
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.set(yticks=range(len(table)), yticklabels=table["touchpoint"], ylim=(len(table) - 0.5, -0.5))
    ax.set_xlim(low - 0.03 * (high - low), high + 0.53 * (high - low))
    _bound(ax, low, high)
    ax.set_title(_("What goes with a bad rating (red) and with a good one (blue)"))
    ax.set_xlabel(
        _("points of the overall judgement against a middling rating, 95% interval; n = bad / good ratings"),
        loc="left",
        fontsize=8.5,
    )
    return ax


def plot_failures(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What each failure adds to dissatisfaction, with interval and n; those on the list in accent, with what it reaches.

    table: touchpoint, estimate, low, high, n, key, reach_share, noise_share; largest first.
    """
    ax = canvas(ax, 7.2, 1.4 + 0.32 * len(table))
    low, high = min(0.0, float(table["low"].min())), max(float(table["high"].max()), 1e-6)
    template = _("n = {n}, list reaches {reach}, others {noise}")
    said = [
        template.format(n=number(n, 0), reach=percent(reach, 0), noise=percent(noise, 0))
        for n, reach, noise in zip(table["n"], table["reach_share"], table["noise_share"], strict=True)
    ]
    colours = np.where(table["key"].astype(bool), ACCENT, INK)
    dots(ax, table, said, labels=table["touchpoint"], colours=colours, at=high + 0.04 * (high - low))
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.set_xlim(low - 0.03 * (high - low), high + 0.85 * (high - low))
    _bound(ax, low, high)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_title(_("What each failure adds to dissatisfaction"))
    label = _("share of the dissatisfied it accounts for, less the share of the others; 95% interval")
    ax.set_xlabel(label, loc="left", fontsize=8.5)
    return ax


def plot_links(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Link of each touchpoint to the next step, with interval and n; shown ones in accent. table: touchpoint, step, link, …"""
    ax = canvas(ax, 7.2, 1.3 + 0.32 * len(table))
    low, high = min(0.0, float(table["low"].min())), max(0.0, float(table["high"].max()))
    words = link_words()
    names = [f"{name}, {words[link]}" for name, link in zip(table["touchpoint"], table["link"], strict=True)]
    said = [f"n = {number(n, 0)}" for n in table["n"]]
    markers = np.where(table["link"] == "rated", "o", "s")
    colours = np.where(table["verdict"] == "real", ACCENT, INK)
    dots(ax, table, said, labels=names, colours=colours, at=high + 0.03 * (high - low), markers=markers)
    ax.axvline(0, color=BLACK, lw=0.8)
    ax.set_xlim(low - 0.03 * (high - low), high + 0.2 * (high - low))
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_title(_("Difference in the share that goes on to the next step"))
    ax.set_xlabel(_("● per rating point, ■ met against not met, 95% interval"), loc="left", fontsize=8.5)
    return ax


def plot_moments(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The funnel steps as a line in time with a ◆ for each moment; its size is its effect, its colour and word the role.

    table: step, position, inside (rows of all steps); moment, role, effect(+_low, _high), n, verdict for those with a
    moment (else empty). Effects in points (repair, delight) and in shares (trigger) are each sized by their own largest.
    """
    found = table[table["moment"].notna()].reset_index(drop=True)
    ax = canvas(ax, 7.6, 1.5 + 0.5 * max(len(found), 1))
    steps = table.drop_duplicates("step")
    inside, top = steps[steps["inside"]]["position"], len(found) + 0.1
    if len(inside):
        ax.axvspan(inside.min() - 0.45, inside.max() + 0.45, color=PALE, alpha=0.7, lw=0)
        ax.text(inside.min() - 0.42, top + 0.28, _("corridor: stall → objective"), fontsize=8.5, color=INK, va="center")
    ax.axhline(0, color=GREY, lw=2, zorder=1)
    ax.plot(steps["position"], np.zeros(len(steps)), "o", color=INK, ms=6, zorder=2)
    share = found["role"] == "trigger"
    size = (
        found["effect"]
        .astype(float)
        .abs()
        .groupby(share)
        .transform(lambda each: each / max(each.max(), 1e-9))
        .fillna(0.3)
    )
    for place, row in enumerate(found.to_dict("records")):
        height, colour = float(len(found) - place), ROLE_COLOUR[str(row["role"])]
        ax.vlines(row["position"], 0, height, color=colour, lw=0.8, alpha=0.5, zorder=1)
        ax.scatter(row["position"], height, marker="D", s=50 + 170 * float(size[place]), color=colour, zorder=3)
        right = row["position"] <= (len(steps) - 1) / 2
        ax.text(
            row["position"] + (0.2 if right else -0.2),
            height,
            f"{row['moment']}: {_effect_words(row)}",
            va="center",
            ha="left" if right else "right",
            fontsize=8.5,
            color=colour,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.9},
        )
    ax.set(xlim=(-0.6, len(steps) - 0.4), ylim=(-0.3, top + 0.5), yticks=[], title=_("Moments along the funnel"))
    ax.set_xticks(steps["position"], steps["step"], rotation=0 if len(steps) <= 7 else 25, fontsize=8.5)
    ax.tick_params(axis="x", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    return ax


def _effect_words(row: dict[Hashable, Any]) -> str:
    """Role and effect of a moment with its interval and n, as far as they are known."""
    words = role_words()
    unit = "share" if row["role"] == "trigger" else "score"
    if pd.isna(row["effect"]):
        return words[str(row["role"])]
    return _("{role} {effect} ({interval}, n = {n})").format(
        role=words[str(row["role"])],
        effect=quantity(row["effect"], unit),
        n=number(row["n"], 0),
        interval=interval(row["effect_low"], row["effect_high"], unit),
    )


def _bound(ax: Axes, low: float, high: float) -> None:
    """End the axis and its ticks where the data end: what is said stands beyond."""
    ax.spines["bottom"].set_bounds(low, high)
    ax.set_xticks([tick for tick in ax.get_xticks() if low <= tick <= high])
