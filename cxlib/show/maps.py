"""Maps as semantic HTML tables: the journey as it is and as it is to be, and the service blueprint.

Views of one table of graded lines (`cxlib.stages.design.journey_cells`); only the emotion curve is a picture.
Every text is escaped.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cxlib.language import MISSING, _, number, percent
from cxlib.show.cards import grade_word
from cxlib.show.cells import HEAD, PAD, TINTS, TOP, head, line, table
from cxlib.show.table import Labels
from cxlib.show.theme import ACCENT, GREY, INK, style

GRADES = ("measured", "observed", "assumed")
COLUMN_EM = 8.5  # narrower columns break words; the box around the map scrolls instead
LANES = ("channel", "doing", "thinking", "feeling", "pain", "moment", "kpi", "owner")


def lane_words(lane: str) -> str:
    """The name of a lane."""
    return {
        "channel": _("Channel"),
        "doing": _("Doing"),
        "thinking": _("Thinking"),
        "feeling": _("Feeling"),
        "pain": _("Pain"),
        "moment": _("Moment of truth"),
        "kpi": _("Measure"),
        "owner": _("Answers for it"),
        "backstage": _("Backstage"),
        "experience": _("Experience"),
    }.get(lane, lane)


def journey_map(cells: pd.DataFrame, rows: pd.DataFrame, labels: Labels, *, state: str, file: Any = None) -> str:
    """The journey map of one state (as_is | to_be): phases over steps, emotion curve, lanes, line of visibility; "" if empty.

    cells: from `journey_cells`; rows: from `journey` (phase, step, as_is, low, high, to_be, grade, n). file: the journey
    file, for the order of the lanes, the names of the phases and whom the map is about.
    """
    if rows.empty:
        return ""
    inside = cells[cells["state"].eq(state)]
    lanes = list(getattr(file, "lanes", LANES))
    if state == "to_be":
        lanes = ["experience", *(lane for lane in lanes if lane != "pain")]
    held = set(inside["lane"])
    body = [_curve_row(rows, labels, state)]
    body += [_lane_row(inside, rows, lane, labels) for lane in lanes if lane in held]
    body.append(line(_("Line of visibility"), len(rows)))
    body += [_lane_row(inside, rows, "backstage", labels)] if "backstage" in held else []
    body += _silent([lane for lane in [*lanes, "backstage"] if lane not in held], len(rows))
    who = str(getattr(getattr(file, "persona", None), "name", "") or "")
    template = {"as_is": _("Journey map, as it is today"), "to_be": _("Journey map, as it is to be")}[state]
    caption = f"{template} · {who}" if who else template
    return _map(caption, rows, labels, body, phases=dict(getattr(file, "phases", {}) or {}))


def blueprint(cells: pd.DataFrame, rows: pd.DataFrame, labels: Labels, *, file: Any = None) -> str:
    """The service blueprint of the design: what customers do, where they meet the company, and what carries it unseen."""
    if rows.empty:
        return ""
    inside = cells[cells["state"].eq("to_be")]
    names = {
        "doing": _("Customer"),
        "experience": _("Frontstage"),
        "channel": _("Channel"),
        "moment": _("Moment of truth"),
    }
    held = set(inside["lane"])
    body = [_lane_row(inside, rows, lane, labels, name=name) for lane, name in names.items() if lane in held]
    body.append(line(_("Line of visibility"), len(rows)))
    body += [_lane_row(inside, rows, lane, labels) for lane in ("backstage", "owner", "kpi") if lane in held]
    return _map(_("Service blueprint"), rows, labels, body, phases=dict(getattr(file, "phases", {}) or {}))


def line_words(row: Mapping[Any, Any], labels: Labels) -> str:
    """One line of a cell in words: a label, and the number behind it where there is one."""
    code, kind, value = str(row["code"]), str(row["kind"]), row["estimate"]
    kinds = {"expects": "touchpoint", "lacking": "capability"}
    name = labels.get(kinds.get(kind, kind), {}).get(code, code.replace("_", " ") if kind == "theme" else code)
    known = value is not None and value == value
    amount = (percent(float(value), 0) if row["unit"] == "share" else number(float(value), 1)) if known else ""
    templates = {
        "expects": _("expects {name}: {amount} of 10"),
        "emotion": _("{sign}{amount} on −2 to +2"),
        "aim": _("at least {sign}{amount} on −2 to +2"),
        "onward": _("{amount} go on"),
        "benchmark": _("{amount} should go on"),
        "lacking": _("not there yet: {name}"),
    }
    template = "◆ {name}" if row["lane"] == "moment" else templates.get(kind, "{name} {amount}")
    sign = "+" if known and float(value) > 0 else ""
    return template.format(name=name, amount=amount, sign=sign).strip()


def _lane_row(inside: pd.DataFrame, rows: pd.DataFrame, lane: str, labels: Labels, *, name: str = "") -> str:
    """One lane: a cell per step, its lines grouped by how well they are known."""
    held = inside[inside["lane"].eq(lane)]
    body = "".join(_cell(held[held["step"].eq(step)], labels) for step in rows["step"])
    return f"<tr>{head(name or lane_words(lane), 'row', style=HEAD)}{body}</tr>"


def _silent(lanes: Sequence[str], width: int) -> list[str]:
    """One row that names the lanes of which nothing is known at any step, instead of empty rows."""
    if not lanes:
        return []
    words = ", ".join(lane_words(lane) for lane in lanes)
    return [
        f"<tr>{head(_('Nothing known of'), 'row', style=HEAD)}"
        f'<td colspan="{width}" style="{TOP};{PAD}">{escape(words)}</td></tr>'
    ]


def _cell(lines: pd.DataFrame, labels: Labels) -> str:
    """One cell: best known lines first, each group with its grade in words; the tint is that of the best."""
    if lines.empty:
        return f'<td style="{TOP};{PAD}">{MISSING}</td>'
    parts, tint, told = [], "", set[str]()
    for grade in GRADES:
        held = lines[lines["grade"].eq(grade)]
        fresh = [word for row in held.to_dict("records") if (word := line_words(row, labels)) not in told]
        told |= set(fresh)
        if fresh:
            words = "<br>".join(map(escape, fresh))
            n = int(held["n"].max())
            word = grade_word(grade) + (f", n = {number(n, 0)}" if n else "")
            parts.append(f"{words}<br><small>{escape(word)}</small>")
            tint = tint or TINTS[grade]
    return f'<td style="{TOP};{PAD};background-color:{tint};color:#1B2733">{"<br>".join(parts)}</td>'


def _map(caption: str, rows: pd.DataFrame, labels: Labels, body: Sequence[str], *, phases: Mapping[str, str]) -> str:
    """A map with its two header rows, wide enough to be read: the box around it scrolls on a small screen."""
    width = round(COLUMN_EM * len(rows) + 7)
    made = table(caption, _phase_rows(rows, labels, phases), body, kind="map wide")
    return made.replace('style="width:100%"', f'style="width:100%;min-width:{width}em"', 1)


def _phase_rows(rows: pd.DataFrame, labels: Labels, phases: Mapping[str, str]) -> str:
    """Two header rows: phases over their steps."""
    names = {
        "before": _("Before: expectation"),
        "during": _("During: experience"),
        "after": _("After: memory"),
        **phases,
    }
    groups: list[tuple[str, int]] = []
    for phase in rows["phase"]:
        if groups and groups[-1][0] == phase:
            groups[-1] = (phase, groups[-1][1] + 1)
        else:
            groups.append((phase, 1))
    top = "".join(
        head(names.get(phase, phase), "colgroup", span=n, style=f"text-align:left;{PAD}") for phase, n in groups
    )
    width = f"width:{89 / len(rows):.1f}%;text-align:left;{PAD}"
    steps = "".join(head(labels.get("step", {}).get(str(step), str(step)), style=width) for step in rows["step"])
    return f"<tr><td></td>{top}</tr><tr><td></td>{steps}</tr>"


def _curve_row(rows: pd.DataFrame, labels: Labels, state: str) -> str:
    """The row that holds the emotion curve, one picture over all steps."""
    asked = rows[rows["grade"].ne("assumed")].dropna(subset=["as_is"])
    known = rows.dropna(subset=["as_is"])
    name_cell = head(_("Emotion"), "row", style=HEAD)
    if known.empty:
        silent = escape(_("nobody was asked how they feel, and nobody wrote what they think it is"))
        return f'<tr>{name_cell}<td colspan="{len(rows)}" style="{TOP};{PAD}">{silent}</td></tr>'
    worst = min(known.to_dict("records"), key=lambda row: float(row["as_is"]))
    name = labels.get("step", {}).get(str(worst["step"]), str(worst["step"]))
    template = _("Emotion along the journey from −2 to +2, {which}; lowest today at {step}: {value}")
    if asked.empty:
        template = _(
            "Emotion along the journey from −2 to +2, {which}: assumed, nobody was asked; lowest at {step}: {value}"
        )
    which = _("today and to be") if state == "to_be" else _("today")
    alt = template.format(which=which, step=name, value=number(worst["as_is"], 1))
    picture = emotion_curve(rows, alt, to_be=state == "to_be")
    return f'<tr>{name_cell}<td colspan="{len(rows)}" style="padding:0">{picture}</td></tr>'


def emotion_curve(rows: pd.DataFrame, alt: str, *, to_be: bool = True) -> str:
    """The emotion curve as an image whose x axis lines up with equal columns (as_is, low, high, to_be, grade).

    Filled marks were asked; hollow grey ones are what people wrote. The band is the 95% interval.
    """
    with style():
        paper = Figure(figsize=(1.5 * len(rows), 1.7))
        paper.set_layout_engine("none")
        FigureCanvasAgg(paper)
        ax = paper.add_axes((0.0, 0.0, 1.0, 1.0))
        middle = np.arange(len(rows)) + 0.5
        for level in (-2, -1, 0, 1, 2):
            ax.axhline(level, color="#E3E7EC" if level else "#8B8F98", linewidth=0.8)
            ax.annotate(
                f"{level:+d}".replace("-", "−") if level else "0",
                (0.01, level),
                (2, 2),
                fontsize=7,
                textcoords="offset points",
                color="#5B6470",
            )
        asked = rows["grade"].ne("assumed").to_numpy()
        today = rows["as_is"].astype(float).to_numpy()
        ax.fill_between(middle, rows["low"].astype(float), rows["high"].astype(float), color="#DCE3EA")
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
    source = f"data:image/svg+xml;base64,{base64.b64encode(content.getvalue()).decode()}"
    return f'<img src="{source}" alt="{escape(alt, quote=True)}" style="width:100%;min-width:100%">'


def _draw_aim(ax: Any, rows: pd.DataFrame, middle: np.ndarray) -> None:
    """What the design has to exceed, where it is above today."""
    aim = rows["to_be"].astype(float).to_numpy()
    raised = aim > rows["as_is"].astype(float).fillna(-np.inf).to_numpy() + 0.05
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
    if to_be and raised.max() > 0.05:
        at = int(raised.argmax())
        ax.annotate(_("to be"), (middle[at], float(rows["to_be"].iloc[at])), (8, 4), color=ACCENT, **mark)
