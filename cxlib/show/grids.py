"""Grids as semantic HTML tables: the channel matrix, duties by department, the calendar, the canvas of experiences."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlib.language import _, day, number, percent, quantity, term
from cxlib.show.cells import render, said
from cxlib.show.table import Labels
from cxlib.show.theme import ACCENT, INK

ROLES = {"lead": "#C9DDEF", "support": "#E4EEF6", "later": "#F6EBDD", "stop": "#F3DEDA", "unused": "#FFFFFF"}


def channel_matrix(roles: pd.DataFrame, margins: pd.DataFrame, labels: Labels) -> str:
    """Moments by step against channels: role by word and tint; below, how many use a channel and what a contact costs.

    roles: step, moment, channel, role, why, n_persons. margins: channel, estimate (share of persons), cost_contact_money.
    """
    if roles.empty:
        return ""
    channels = list(dict.fromkeys(roles["channel"]))
    names = labels.get("step", {})
    steps = [
        (
            names.get(str(step), str(step)),
            [_moment(str(key), held, channels, labels) for key, held in rows.groupby("moment", sort=False)],
        )
        for step, rows in roles.groupby("step", sort=False)
    ]
    return render(
        "channel_matrix",
        _("Channel matrix: the role of every channel at every moment"),
        channels=[labels.get("channel", {}).get(key, key) for key in channels],
        steps=steps,
        margins=_margins(margins.set_index("channel").reindex(channels)),
    )


def _moment(key: str, held: pd.DataFrame, channels: list[str], labels: Labels) -> dict[str, object]:
    """One moment of the matrix: a cell per channel, None where it has no role."""
    shown = {
        str(row["channel"]): {
            "word": term("channel_role", str(row["role"])),
            "tint": ROLES[str(row["role"])],
            "why": "" if row["role"] == "unused" else row["why"],
        }
        for row in held.to_dict("records")
    }
    persons = number(float(held["n_persons"].max()), 0)
    name = labels.get("touchpoint", {}).get(key, key)
    return {"name": name, "persons": persons, "cells": [shown.get(channel) for channel in channels]}


def _margins(margins: pd.DataFrame) -> list[tuple[str, list[Any]]]:
    """Use and cost to serve below the matrix, as bars; a cost nobody knows is left out."""
    use, cost = margins["estimate"].astype(float), margins["cost_contact_money"].astype(float)
    costs = [_bar(value / cost.max(), quantity(value, "money"), ACCENT) if value == value else None for value in cost]
    return [
        (_("Use: persons who met it"), [_bar(value, percent(value, 0), INK) for value in use]),
        (_("Cost of a contact"), costs),
    ]


def _bar(share: float, words: str, colour: str) -> dict[str, object]:
    """A number in words and a bar as long as its share (0–1) of the cell; no bar where it is unknown."""
    length = max(round(100 * min(max(share, 0.0), 1.0)), 1) if share == share else 0
    return {"words": words, "length": length, "colour": colour}


def raci_table(matrix: pd.DataFrame, people: pd.DataFrame, labels: Labels) -> str:
    """Tasks by workstream against persons by department, with R, A, C, I in the cells; "" without tasks.

    matrix: task_id, label, workstream, person_id, letters. people: person_id, department.
    """
    if matrix.empty:
        return ""
    place = people.set_index("person_id")["department"].to_dict()
    held = sorted(matrix["person_id"].unique(), key=lambda key: (str(place.get(key, "")), str(key)))
    departments = [str(place.get(key, "") or _("unknown")) for key in held]
    letters = matrix.set_index(["task_id", "person_id"])["letters"].to_dict()
    streams = [
        (
            term("workstream", str(stream)),
            [
                (label, [str(letters.get((task, person), "")) for person in held])
                for task, label in tasks[["task_id", "label"]].itertuples(index=False)
            ],
        )
        for stream, tasks in matrix.drop_duplicates("task_id").groupby("workstream", sort=False)
    ]
    return render(
        "raci",
        _("Who does what (R does it, A answers for it, C is asked, I is told)"),
        kind="map centred wide",
        departments=[(name, departments.count(name)) for name in dict.fromkeys(departments)],
        people=[labels.get("person", {}).get(key, key) for key in held],
        streams=streams,
        lead=ROLES["lead"],
        support=ROLES["support"],
    )


def calendar_grid(days: pd.DataFrame) -> str:
    """Weeks against working days, meetings and milestones (◆) in the cells (week_on, on, title, kind); "" without days."""
    if days.empty:
        return ""
    place = days["on"].dt.day_of_week.clip(upper=4)
    weeks = [
        (day(pd.Timestamp(str(week))), [held[place[held.index] == at].to_dict("records") for at in range(5)])
        for week, held in days.groupby("week_on", sort=True)
    ]
    return render("calendar", _("Calendar, week by week"), weeks=weeks, support=ROLES["support"])


def canvas_cards(ideas: pd.DataFrame, labels: Labels) -> str:
    """The canvas of each chosen experience: one column per experience, one row per question of the canvas.

    ideas: idea_id and the canvas columns, already in words (column name → question in its header).
    """
    if ideas.empty:
        return ""
    names = labels.get("idea", {})
    answers = ideas.drop(columns="idea_id")
    questions = [(name, [str(cell) if said(cell) else "" for cell in answers[name]]) for name in answers]
    named = [names.get(str(key), str(key)) for key in ideas["idea_id"]]
    return render("canvas", _("Experience canvas"), ideas=named, questions=questions)
