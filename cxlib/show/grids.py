"""Grids as semantic HTML tables: the channel matrix, duties by department, the calendar."""

from __future__ import annotations

from html import escape

import pandas as pd

from cxlib.language import _, day, number, percent, quantity
from cxlib.show import cells
from cxlib.show.table import Labels
from cxlib.show.theme import ACCENT, INK

ROLES = {"lead": "#C9DDEF", "support": "#E4EEF6", "later": "#F6EBDD", "stop": "#F3DEDA", "unused": "#FFFFFF"}


def role_words(role: str) -> str:
    """The role of a channel at a moment, as a sign and a word."""
    return {
        "lead": _("● lead"),
        "support": _("◐ support"),
        "later": _("◔ later"),
        "stop": _("○ stop"),
        "unused": _("not used"),
    }.get(role, role)


def channel_matrix(roles: pd.DataFrame, margins: pd.DataFrame, labels: Labels) -> str:
    """Moments by step against channels: role by word and tint; below, how many use a channel and what a contact costs.

    roles: step, moment, channel, role, why, n_persons. margins: channel, estimate (share of persons), cost_contact_money.
    """
    if roles.empty:
        return ""
    channels = list(dict.fromkeys(roles["channel"]))
    names = labels.get("channel", {})
    even = f"text-align:left;{cells.PAD};width:{76 / len(channels):.1f}%"  # equal columns, so that bars compare
    top = (
        f"<tr>{cells.head(_('Moment'))}{''.join(cells.head(names.get(key, key), style=even) for key in channels)}"
        f"{cells.head(_('Persons'))}</tr>"
    )
    rows = []
    for step, at_step in roles.groupby("step", sort=False):
        label = _("Step: {name}", name=labels.get("step", {}).get(str(step), str(step)))
        rows.append(
            f'<tr><th scope="rowgroup" colspan="{len(channels) + 2}" style="text-align:left">{escape(label)}</th></tr>'
        )
        rows += [_moment_row(moment, held, channels, labels) for moment, held in at_step.groupby("moment", sort=False)]
    rows += _margin_rows(margins.set_index("channel").reindex(channels))
    return cells.table(_("Channel matrix: the role of every channel at every moment"), top, rows)


def _moment_row(moment: object, held: pd.DataFrame, channels: list[str], labels: Labels) -> str:
    """One moment of the matrix."""
    by_channel = {str(row["channel"]): row for row in held.to_dict("records")}
    body = []
    for channel in channels:
        row = by_channel.get(channel)
        if row is None:
            body.append("<td></td>")
            continue
        why = f"<br><small>{escape(str(row['why']))}</small>" if row["role"] != "unused" else ""
        body.append(
            cells.tinted(f"<strong>{escape(role_words(str(row['role'])))}</strong>{why}", ROLES[str(row["role"])])
        )
    name = labels.get("touchpoint", {}).get(str(moment), str(moment))
    persons = number(float(held["n_persons"].max()), 0)
    return f"<tr>{cells.head(name, 'row')}{''.join(body)}<td>{escape(persons)}</td></tr>"


def _margin_rows(margins: pd.DataFrame) -> list[str]:
    """Use and cost to serve below the matrix, as bars; a row nobody knows is left out."""
    rows = []
    dearest = margins["cost_contact_money"].astype(float).max()
    for name, shown in (
        (
            _("Use: persons who met it"),
            [cells.bar(value, percent(value, 0), INK) for value in margins["estimate"].astype(float)],
        ),
        (
            _("Cost of a contact"),
            [
                cells.bar(value / dearest, quantity(value, "money"), ACCENT) if value == value else ""
                for value in margins["cost_contact_money"].astype(float)
            ],
        ),
    ):
        if any(shown):
            body = "".join(f'<td style="{cells.PAD}">{cell}</td>' for cell in shown)
            rows.append(f"<tr>{cells.head(name, 'row')}{body}<td></td></tr>")
    return rows


def raci_table(matrix: pd.DataFrame, people: pd.DataFrame, labels: Labels) -> str:
    """Tasks by workstream against persons by department, with R, A, C, I in the cells; "" without tasks.

    matrix: task_id, label, workstream, person_id, letters. people: person_id, department.
    """
    if matrix.empty:
        return ""
    place = people.set_index("person_id")["department"].to_dict()
    held = sorted(matrix["person_id"].unique(), key=lambda key: (str(place.get(key, "")), str(key)))
    departments = [str(place.get(key, "") or _("unknown")) for key in held]
    groups = [(name, departments.count(name)) for name in dict.fromkeys(departments)]
    names = labels.get("person", {})
    middle = f"text-align:center;{cells.PAD}"
    top = (
        f"<tr><td></td>{''.join(cells.head(name, span=n, style=middle) for name, n in groups)}</tr>"
        f"<tr><td></td>{''.join(cells.head(names.get(key, key), style=middle) for key in held)}</tr>"
    )
    letters = matrix.set_index(["task_id", "person_id"])["letters"].to_dict()
    rows = []
    for stream, tasks in matrix.drop_duplicates("task_id").groupby("workstream", sort=False):
        rows.append(
            f'<tr><th scope="rowgroup" colspan="{len(held) + 1}" style="text-align:left">'
            f"{escape(_workstream(str(stream)))}</th></tr>"
        )
        for task, label in tasks[["task_id", "label"]].itertuples(index=False):
            marks = [str(letters.get((task, person), "")) for person in held]
            rows.append(
                f"<tr>{cells.head(label, 'row', style='width:26%;text-align:left')}{''.join(map(_letter, marks))}</tr>"
            )
    caption = _("Who does what (R does it, A answers for it, C is asked, I is told)")
    return cells.table(caption, top, rows, kind="map centred wide")


def _letter(mark: str) -> str:
    """One cell of a RACI: whoever answers for the task stands out, by weight and by tint."""
    style = "text-align:center"
    if "A" in mark:
        return cells.tinted(f"<strong>{escape(mark)}</strong>", ROLES["lead"], style=style)
    if "R" in mark:
        return cells.tinted(escape(mark), ROLES["support"], style=style)
    return f'<td style="{style};{cells.PAD}">{escape(mark)}</td>'


def _workstream(key: str) -> str:
    """A workstream's name."""
    return {
        "committee": _("Committee"),
        "training": _("Training"),
        "processes": _("Processes"),
        "metrics": _("Metrics"),
        "technology": _("Technology"),
        "meetings": _("Meetings"),
    }.get(key, key)


def calendar_grid(days: pd.DataFrame) -> str:
    """Weeks against working days, meetings and milestones (◆) in the cells (week_on, on, title, kind); "" without days."""
    if days.empty:
        return ""
    names = [_("Week of"), _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday")]
    rows = []
    for week, held in days.groupby("week_on", sort=True):
        texts: list[list[str]] = [[] for _day in range(5)]
        for row in held.to_dict("records"):
            mark = "<strong>◆ {}</strong>" if row["kind"] == "milestone" else "{}"
            texts[min(row["on"].day_of_week, 4)].append(mark.format(escape(str(row["title"]))))
        body = [cells.tinted("<br>".join(text), ROLES["support"]) if text else "<td></td>" for text in texts]
        rows.append(f"<tr>{cells.head(day(pd.Timestamp(str(week))), 'row')}{''.join(body)}</tr>")
    return cells.table(_("Calendar, week by week"), f"<tr>{''.join(map(cells.head, names))}</tr>", rows)


def canvas_cards(ideas: pd.DataFrame, labels: Labels) -> str:
    """The canvas of each chosen experience: one column an experience, one row a question of the canvas.

    ideas: idea_id and the canvas columns, already in words (column name → question in its header).
    """
    if ideas.empty:
        return ""
    names = labels.get("idea", {})
    top = f"<tr><td></td>{''.join(cells.head(names.get(str(key), str(key))) for key in ideas['idea_id'])}</tr>"
    rows = [
        cells.lane(str(name), [escape(str(cell)) if cells.said(cell) else "" for cell in ideas[name]])
        for name in ideas.columns
        if name != "idea_id"
    ]
    return cells.table(_("Experience canvas"), top, rows)
