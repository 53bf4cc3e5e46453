"""Maps as semantic HTML tables: journey and service blueprint. Only the emotion curve is a picture.

Every text is escaped here; nothing but the tables' own marks reaches the page as HTML.
"""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cxlib.figures.cards import grade_word
from cxlib.figures.cells import HEAD, TINTS, lane, line, listed, table
from cxlib.figures.show import Labels
from cxlib.figures.theme import ACCENT, INK, style
from cxlib.language import _, number


def journey_map(rows: pd.DataFrame, labels: Labels) -> str:
    """The to-be journey map: phases as column groups, steps, emotion curve, lanes; "" without rows.

    rows: as `cxlib.methods.journey.journey` returns them.
    """
    if rows.empty:
        return ""
    lanes = [lane(_("Moment of truth"), listed(rows["moments"], labels, "touchpoint", mark="◆ ")),
             lane(_("Experience"), listed(rows["experiences"], labels, "idea", mark="• ")),
             _curve_lane(rows, labels),
             lane(_("Doing"), listed(rows["doing"], labels, "")),
             lane(_("Feeling (wanted)"), listed(rows["feeling"], labels, "")),
             lane(_("What hurts today"), listed(rows["pain"], labels, "")),
             lane(_("Channel"), listed(rows["channels"], labels, "channel")),
             _evidence_lane(rows)]  # fmt: skip
    return table(_("To-be journey map"), _phase_rows(rows, labels), lanes)


def blueprint(rows: pd.DataFrame, labels: Labels) -> str:
    """The service blueprint: what customers do, where they meet the company, the line of visibility, what carries it."""
    if rows.empty:
        return ""
    lanes = [lane(_("Customer"), listed(rows["doing"], labels, "")),
             lane(_("Frontstage"), listed(rows["experiences"], labels, "idea", mark="• ")),
             lane(_("Channel"), listed(rows["channels"], labels, "channel")),
             line(_("line of visibility"), len(rows)),
             lane(_("Backstage"), listed(rows["backstage"], labels, "capability")),
             lane(_("Answers for it"), listed(rows["owners"], labels, "person"))]  # fmt: skip
    return table(_("Service blueprint"), _phase_rows(rows, labels), lanes)


def emotion_curve(rows: pd.DataFrame, alt: str) -> str:
    """The emotion curve as an image whose x axis lines up with equal columns (as_is, low, high, to_be)."""
    with style():
        paper = Figure(figsize=(1.5 * len(rows), 1.7))
        paper.set_layout_engine("none")
        FigureCanvasAgg(paper)
        ax = paper.add_axes((0.0, 0.0, 1.0, 1.0))
        middle = np.arange(len(rows)) + 0.5
        for level in (-2, -1, 0, 1, 2):
            ax.axhline(level, color="#E3E7EC" if level else "#8B8F98", linewidth=0.8)
            ax.annotate(f"{level:+d}".replace("-", "−") if level else "0", (0.01, level), (2, 2), fontsize=7,
                        textcoords="offset points", color="#5B6470")  # fmt: skip
        ax.fill_between(middle, rows["low"].astype(float), rows["high"].astype(float), color="#DCE3EA")
        ax.plot(middle, rows["as_is"].astype(float), "o-", color=INK, markersize=5)
        to_be = rows["to_be"].astype(float)
        raised = (to_be > rows["as_is"] + 0.05).to_numpy()
        ax.plot(middle, to_be, "--", color=ACCENT, linewidth=1.4, zorder=1)
        ax.plot(middle[raised], to_be[raised], "D", color=ACCENT, markersize=6, markerfacecolor="white")
        _end_labels(ax, rows, middle)
        ax.set_xlim(0, len(rows))
        ax.set_ylim(-2.3, 2.5)
        ax.axis("off")
        content = io.BytesIO()
        paper.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    source = f"data:image/svg+xml;base64,{base64.b64encode(content.getvalue()).decode()}"
    return f'<img src="{source}" alt="{escape(alt, quote=True)}" style="width:100%;min-width:100%">'


def _end_labels(ax: Any, rows: pd.DataFrame, middle: np.ndarray) -> None:
    """Name the two lines where each is last known, not only by colour."""
    known = rows["as_is"].notna().to_numpy()
    if not known.any():
        ax.annotate(_("nobody was asked"), (len(rows) / 2, 0.2), ha="center", fontsize=9)
        return
    last = int(np.flatnonzero(known)[-1])
    mark: dict[str, Any] = {"textcoords": "offset points", "fontsize": 8}
    ax.annotate(_("today"), (middle[last], rows["as_is"].iloc[last]), (8, -9), color=INK, **mark)
    raise_by = (rows["to_be"] - rows["as_is"]).astype(float).fillna(0.0).to_numpy()
    if raise_by.max() > 0.05:
        at = int(raise_by.argmax())
        ax.annotate(_("to be"), (middle[at], rows["to_be"].iloc[at]), (8, 4), color=ACCENT, **mark)


def _curve_lane(rows: pd.DataFrame, labels: Labels) -> str:
    """The row that holds the emotion curve."""
    known = rows.dropna(subset=["as_is"])
    alt = _("Emotion along the journey from −2 to +2: nobody was asked")
    if len(known):
        worst = min(known.to_dict("records"), key=lambda row: float(row["as_is"]))
        name = labels.get("step", {}).get(str(worst["step"]), str(worst["step"]))
        alt = _("Emotion along the journey from −2 to +2, today and to be; lowest today at {step}: {value}").format(
            step=name, value=number(worst["as_is"], 1))  # fmt: skip
    return f'<tr><th scope="row" style="{HEAD}">{escape(_("Emotion"))}<br><small>−2 … +2</small></th>' \
           f'<td colspan="{len(rows)}" style="padding:0">{emotion_curve(rows, alt)}</td></tr>'  # fmt: skip


def _evidence_lane(rows: pd.DataFrame) -> str:
    """How well the emotion of each step is known, by word and tint."""
    cells = []
    for row in rows.to_dict("records"):
        words = grade_word(str(row["grade"])) + (f", n = {number(row['n'], 0)}" if row["n"] else "")
        cells.append(f'<td style="background-color:{TINTS[str(row["grade"])]};color:#1B2733">{escape(words)}</td>')
    return f'<tr><th scope="row" style="{HEAD}">{escape(_("How we know"))}</th>{"".join(cells)}</tr>'


def _phase_rows(rows: pd.DataFrame, labels: Labels) -> str:
    """Two header rows: phases over their steps."""
    phases = {"before": _("Before: expectation"), "during": _("During: experience"), "after": _("After: memory")}
    groups: list[tuple[str, int]] = []
    for phase in rows["phase"]:
        if groups and groups[-1][0] == phase:
            groups[-1] = (phase, groups[-1][1] + 1)
        else:
            groups.append((phase, 1))
    top = "".join(f'<th scope="colgroup" colspan="{n}" style="text-align:left">{escape(phases.get(phase, phase))}</th>'
                  for phase, n in groups)  # fmt: skip
    width = 89 / len(rows)
    names = "".join(f'<th scope="col" style="width:{width:.1f}%;text-align:left">'
                    f"{escape(labels.get('step', {}).get(str(step), str(step)))}</th>" for step in rows["step"])  # fmt: skip
    return f"<tr><td></td>{top}</tr><tr><td></td>{names}</tr>"
