"""Maps as semantic HTML tables: the journey as it is and as it is to be, and the service blueprint.

Views of one table of graded lines (`cxlib.stages.design.journey_cells`); only the emotion curve is a picture.
Every text is escaped.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cxlib.engagement.brief.journey import LANES, Journey
from cxlib.language import _, number, percent, term
from cxlib.show.cards import grade_word
from cxlib.show.cells import render
from cxlib.show.table import Labels
from cxlib.show.theme import ACCENT, GREY, INK, PALE, style

GRADES = ("measured", "observed", "assumed")
COLUMN_EM = 8.5  # narrower columns break words; the box around the map scrolls instead
FROM = 0.05  # a difference of emotions that is smaller cannot be seen
Row = dict[str, Any]


def journey_map(
    cells: pd.DataFrame, rows: pd.DataFrame, labels: Labels, *, state: str, file: Journey | None = None
) -> str:
    """The journey map of one state (as_is | to_be): phases over steps, emotion curve, lanes, line of visibility; "" if empty.

    cells: from `journey_cells`; rows: from `journey` (phase, step, as_is, low, high, to_be, grade, n). file: the journey
    file, for the order of the lanes, the names of the phases and whom the map is about.
    """
    if rows.empty:
        return ""
    lanes: list[str] = list(file.lanes if file else LANES)
    if state == "to_be":
        lanes = ["experience", *(lane for lane in lanes if lane != "pain")]
    inside = cells[cells["state"].eq(state)]
    held = set(inside["lane"])
    body = [_curve_row(rows, labels, to_be=state == "to_be")]
    body += [_lane_row(inside, rows, lane, labels) for lane in lanes if lane in held]
    body.append(_line_of_visibility())
    body += [_lane_row(inside, rows, "backstage", labels)] if "backstage" in held else []
    if silent := [term("lane", lane) for lane in [*lanes, "backstage"] if lane not in held]:
        body.append({"name": _("Nothing known of"), "words": ", ".join(silent)})
    caption = _("Journey map, as it is to be") if state == "to_be" else _("Journey map, as it is today")
    who = file.persona.name if file else ""
    return _map(f"{caption} · {who}" if who else caption, rows, labels, body, file)


def blueprint(cells: pd.DataFrame, rows: pd.DataFrame, labels: Labels, *, file: Journey | None = None) -> str:
    """The service blueprint of the design: what customers do, where they meet the company, and what carries it unseen."""
    if rows.empty:
        return ""
    inside = cells[cells["state"].eq("to_be")]
    held = set(inside["lane"])
    names = {"doing": _("Customer"), "experience": _("Frontstage"), "channel": "", "moment": ""}
    body = [_lane_row(inside, rows, lane, labels, name=name) for lane, name in names.items() if lane in held]
    body.append(_line_of_visibility())
    body += [_lane_row(inside, rows, lane, labels) for lane in ("backstage", "owner", "kpi") if lane in held]
    return _map(_("Service blueprint"), rows, labels, body, file)


def _map(caption: str, rows: pd.DataFrame, labels: Labels, body: Sequence[Row], file: Journey | None) -> str:
    """A map with its two header rows, wide enough to be read: the box around it scrolls on a small screen."""
    names: Mapping[str, str] = file.phases if file else {}  # type: ignore[assignment]
    runs = [(phase, len(list(run))) for phase, run in groupby(rows["phase"])]
    return render(
        "journey_map",
        caption,
        kind="map wide",
        width=round(COLUMN_EM * len(rows) + 7),
        phases=[(names.get(phase) or term("phase", phase), n) for phase, n in runs],
        steps=[_step_name(step, labels) for step in rows["step"]],
        rows=body,
        grey=GREY,
    )


def _step_name(step: object, labels: Labels) -> str:
    return labels.get("step", {}).get(str(step), str(step))


def _line_of_visibility() -> Row:
    return {"lane": "visibility", "name": _("Line of visibility")}


def _lane_row(inside: pd.DataFrame, rows: pd.DataFrame, lane: str, labels: Labels, *, name: str = "") -> Row:
    """One lane: a cell per step, its lines grouped by how well they are known."""
    held = inside[inside["lane"].eq(lane)]
    cells = [_cell(held[held["step"].eq(step)], labels) for step in rows["step"]]
    return {"name": name or term("lane", lane), "cells": cells}


def _cell(lines: pd.DataFrame, labels: Labels) -> list[Row]:
    """The groups of lines of one cell, best known first, each with its grade in words; the first gives the tint."""
    parts, told = [], set[str]()
    for grade in GRADES:
        held = lines[lines["grade"].eq(grade)]
        fresh = [words for row in held.to_dict("records") if (words := line_words(row, labels)) not in told]
        told |= set(fresh)
        if fresh:
            n = int(held["n"].max())
            word = grade_word(grade) + (f", n = {number(n, 0)}" if n else "")
            parts.append({"grade": grade, "lines": fresh, "word": word})
    return parts


def line_words(row: Mapping[Any, Any], labels: Labels) -> str:
    """One line of a cell in words: a label, and the number behind it where there is one."""
    code, kind, value = str(row["code"]), str(row["kind"]), row["estimate"]
    kinds = {"expects": "touchpoint", "lacking": "capability"}
    name = labels.get(kinds.get(kind, kind), {}).get(code, code.replace("_", " ") if kind == "theme" else code)
    amount = sign = ""
    if value is not None and value == value:
        amount = percent(float(value), 0) if row["unit"] == "share" else number(float(value), 1)
        sign = "+" if float(value) > 0 else ""
    templates = {
        "expects": _("expects {name}: {amount} of 10"),
        "emotion": _("{sign}{amount} on −2 to +2"),
        "aim": _("at least {sign}{amount} on −2 to +2"),
        "onward": _("{amount} go on"),
        "benchmark": _("{amount} should go on"),
        "lacking": _("not there yet: {name}"),
    }
    template = "◆ {name}" if row["lane"] == "moment" else templates.get(kind, "{name} {amount}")
    return template.format(name=name, amount=amount, sign=sign).strip()


def _curve_row(rows: pd.DataFrame, labels: Labels, *, to_be: bool) -> Row:
    """The row that holds the emotion curve, one picture over all steps."""
    known = rows.dropna(subset=["as_is"])
    if known.empty:
        silent = _("nobody was asked how they feel, and nobody wrote what they think it is")
        return {"name": _("Emotion"), "words": silent}
    worst = min(known.to_dict("records"), key=lambda row: float(row["as_is"]))
    told = _("Emotion along the journey from −2 to +2, {which}; lowest today at {step}: {value}")
    if known["grade"].eq("assumed").all():
        told = _(
            "Emotion along the journey from −2 to +2, {which}: assumed, nobody was asked; lowest at {step}: {value}"
        )
    which = _("today and to be") if to_be else _("today")
    alt = told.format(which=which, step=_step_name(worst["step"], labels), value=number(worst["as_is"], 1))
    return {"name": _("Emotion"), "picture": emotion_curve(rows, to_be=to_be), "alt": alt}


def emotion_curve(rows: pd.DataFrame, *, to_be: bool = True) -> str:
    """The emotion curve as the address of an image whose x axis lines up with equal columns (as_is, low, high, to_be, grade).

    Filled marks were asked; hollow grey ones are what people wrote. The band is the 95% interval.
    """
    with style():
        paper = Figure(figsize=(1.5 * len(rows), 1.7))
        paper.set_layout_engine("none")
        FigureCanvasAgg(paper)
        ax = paper.add_axes((0.0, 0.0, 1.0, 1.0))
        middle = np.arange(len(rows)) + 0.5
        for level in (-2, -1, 0, 1, 2):
            ax.axhline(level, color="#E3E7EC" if level else GREY, linewidth=0.8)
            mark = f"{level:+d}".replace("-", "−") if level else "0"
            ax.annotate(mark, (0.01, level), (2, 2), fontsize=7, textcoords="offset points", color="#5B6470")
        asked = rows["grade"].ne("assumed").to_numpy()
        today = rows["as_is"].astype(float).to_numpy()
        ax.fill_between(middle, rows["low"].astype(float), rows["high"].astype(float), color=PALE)
        ax.plot(middle, today, "-", color=GREY, linewidth=1.2)
        ax.plot(middle, np.where(asked, today, np.nan), "o-", color=INK, markersize=5)
        ax.plot(middle[~asked], today[~asked], "o", color=GREY, markersize=5, markerfacecolor="white")
        if to_be:
            _draw_aim(ax, rows, middle)
        _name_lines(ax, rows, middle, to_be)
        ax.set_xlim(0, len(rows))
        ax.set_ylim(-2.3, 2.5)
        ax.axis("off")
        content = io.BytesIO()
        paper.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    return f"data:image/svg+xml;base64,{base64.b64encode(content.getvalue()).decode()}"


def _draw_aim(ax: Any, rows: pd.DataFrame, middle: np.ndarray) -> None:
    """What the design has to exceed, where it is above today."""
    aim = rows["to_be"].astype(float).to_numpy()
    raised = aim > rows["as_is"].astype(float).fillna(-np.inf).to_numpy() + FROM
    ax.plot(middle, aim, "--", color=ACCENT, linewidth=1.4, zorder=1)
    ax.plot(middle[raised], aim[raised], "D", color=ACCENT, markersize=6, markerfacecolor="white")


def _name_lines(ax: Any, rows: pd.DataFrame, middle: np.ndarray, to_be: bool) -> None:
    """Name the lines where each is last known, not only by colour."""
    today = rows["as_is"].astype(float)
    known = today.notna().to_numpy()
    mark: dict[str, Any] = {"textcoords": "offset points", "fontsize": 8}
    asked = known & rows["grade"].ne("assumed").to_numpy()
    last = int(np.flatnonzero(asked if asked.any() else known)[-1])
    word, colour = (_("today"), INK) if asked.any() else (_("assumed"), "#5B6470")
    ax.annotate(word, (middle[last], today.iloc[last]), (7, -10), color=colour, **mark)
    raised = (rows["to_be"].astype(float) - today).fillna(0.0).to_numpy()
    if to_be and raised.max() > FROM:
        at = int(raised.argmax())
        ax.annotate(_("to be"), (middle[at], float(rows["to_be"].iloc[at])), (8, 4), color=ACCENT, **mark)
