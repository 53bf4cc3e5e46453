"""Maps as semantic HTML tables: journey, service blueprint, canvas, RACI. Only the emotion curve is a picture.

Every text is escaped here; nothing but the tables' own marks reaches the page as HTML.
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

from cxlib.figures.cards import grade_word
from cxlib.figures.show import Labels, labelled
from cxlib.figures.theme import ACCENT, GREY, INK, style
from cxlib.language import MISSING, _, day, number

TINTS = {"measured": "#DDEBF5", "observed": "#F6EBDD", "assumed": "#EFEFF1", "unknown": "#FFFFFF"}
HEAD = "width:11%;text-align:left"


def journey_map(rows: pd.DataFrame, labels: Labels) -> str:
    """The to-be journey map: phases as column groups, steps, emotion curve, lanes; "" without rows.

    rows: as `cxlib.methods.journey.journey` returns them.
    """
    if rows.empty:
        return ""
    lanes = [_lane(_("Moment of truth"), _listed(rows["moments"], labels, "touchpoint", mark="◆ ")),
             _lane(_("Experience"), _listed(rows["experiences"], labels, "idea", mark="• ")),
             _curve_lane(rows, labels),
             _lane(_("Doing"), _listed(rows["doing"], labels, "")),
             _lane(_("Feeling (wanted)"), _listed(rows["feeling"], labels, "")),
             _lane(_("What hurts today"), _listed(rows["pain"], labels, "")),
             _lane(_("Channel"), _listed(rows["channels"], labels, "channel")),
             _evidence_lane(rows)]  # fmt: skip
    return _table(_("To-be journey map"), _phase_rows(rows, labels), lanes)


def blueprint(rows: pd.DataFrame, labels: Labels) -> str:
    """The service blueprint: what customers do, where they meet the company, the line of visibility, what carries it."""
    if rows.empty:
        return ""
    lanes = [_lane(_("Customer"), _listed(rows["doing"], labels, "")),
             _lane(_("Frontstage"), _listed(rows["experiences"], labels, "idea", mark="• ")),
             _lane(_("Channel"), _listed(rows["channels"], labels, "channel")),
             _line(_("line of visibility"), len(rows)),
             _lane(_("Backstage"), _listed(rows["backstage"], labels, "capability")),
             _lane(_("Answers for it"), _listed(rows["owners"], labels, "person"))]  # fmt: skip
    return _table(_("Service blueprint"), _phase_rows(rows, labels), lanes)


def canvas_cards(ideas: pd.DataFrame, labels: Labels) -> str:
    """The canvas of each chosen experience: one column an experience, one row a question of the canvas.

    ideas: idea_id and the canvas columns, already in words (column name → question in its header).
    """
    if ideas.empty:
        return ""
    shown = labelled(ideas, labels)
    head = f"<tr><td></td>{''.join(_cell(name, 'th', 'col') for name in shown['idea_id'])}</tr>"
    rows = [_lane(str(name), [escape(str(cell)) if _said(cell) else MISSING for cell in shown[name]])
            for name in shown.columns if name != "idea_id"]  # fmt: skip
    return _table(_("Experience canvas"), head, rows)


def raci_table(matrix: pd.DataFrame, labels: Labels) -> str:
    """Tasks against persons, with R, A, C, I in the cells (task_id, label, workstream, person_id, letters)."""
    if matrix.empty:
        return ""
    people = sorted(matrix["person_id"].unique())
    cells = matrix.set_index(["task_id", "person_id"])["letters"]
    head = (
        "<tr><td></td>"
        + "".join(_cell(labels.get("person", {}).get(key, key), "th", "col") for key in people)
        + "</tr>"
    )
    rows = []
    for task, label in matrix.drop_duplicates("task_id")[["task_id", "label"]].itertuples(index=False):
        marks = [str(cells.get((task, person), "")) for person in people]
        letters = [f"<strong>{escape(mark)}</strong>" if "A" in mark else escape(mark) for mark in marks]
        rows.append(_lane(str(label), letters, blank="", head="width:26%;text-align:left"))
    caption = _("Who does what (R does it, A answers for it, C is asked, I is told)")
    return _table(caption, head, rows, centred=True)


def calendar_grid(days: pd.DataFrame) -> str:
    """Weeks against working days, meetings and milestones (◆) in the cells (week_on, on, title, kind); "" without days."""
    if days.empty:
        return ""
    names = [_("Week of"), _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday")]
    head = f"<tr>{''.join(_cell(name, 'th', 'col') for name in names)}</tr>"
    rows = []
    for week, held in days.groupby("week_on", sort=True):
        texts: list[list[str]] = [[] for _day in range(5)]
        for row in held.to_dict("records"):
            mark = "<strong>◆ {}</strong>" if row["kind"] == "milestone" else "{}"
            texts[min(row["on"].day_of_week, 4)].append(mark.format(escape(str(row["title"]))))
        rows.append(_lane(day(pd.Timestamp(str(week))), ["<br>".join(text) for text in texts], blank=""))
    return _table(_("Calendar, week by week"), head, rows)


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


def _listed(cells: pd.Series, labels: Labels, kind: str, *, mark: str = "") -> list[str]:
    """Cells with several codes (;) as lines of labels."""
    names: Mapping[str, str] = labels.get(kind, {})
    return ["<br>".join(escape(mark + names.get(key.strip(), key.strip())) for key in str(cell).split(";") if key.strip())
            if _said(cell) else "" for cell in cells]  # fmt: skip


def _lane(name: str, cells: Sequence[str], *, blank: str = MISSING, head: str = HEAD) -> str:
    """One row: its name, then cells that are already escaped."""
    body = "".join(f'<td style="text-align:left;vertical-align:top">{cell or blank}</td>' for cell in cells)
    return f'<tr><th scope="row" style="{head}">{escape(name)}</th>{body}</tr>'


def _line(name: str, width: int) -> str:
    """The line of visibility."""
    rule, words = f"border-top:2px dashed {GREY}", _("below this line customers see nothing")
    return f'<tr><th scope="row" style="{HEAD};{rule}">{escape(name)}</th>' \
           f'<td colspan="{width}" style="{rule}">{escape(words)}</td></tr>'  # fmt: skip


def _cell(text: str, tag: str, scope: str) -> str:
    return f'<{tag} scope="{scope}" style="text-align:left">{escape(str(text))}</{tag}>'


def _table(caption: str, head: str, rows: Sequence[str], *, centred: bool = False) -> str:
    kind = "map centred" if centred else "map"
    return f'<table class="{kind}" style="width:100%"><caption>{escape(caption)}</caption><thead>{head}</thead>' \
           f"<tbody>{''.join(rows)}</tbody></table>"  # fmt: skip


def _said(cell: object) -> bool:
    return cell is not None and cell == cell and str(cell) != ""
