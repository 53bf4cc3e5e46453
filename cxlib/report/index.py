"""The overview of an engagement: ten decisions with their state, evidence, result and freshness, and the next step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cxlib.language import _, day
from cxlib.report.decision import choice_parts
from cxlib.report.page import render
from cxlib.report.standing import NextStep, Standing
from cxlib.report.states import State
from cxlib.report.summary import grade_word, summary
from cxlib.report.view import Frame

LONGEST = 150  # characters of one part of a choice on the overview: two lines


@dataclass(frozen=True)
class Row:
    """One stage on the overview."""

    standing: Standing
    notes: tuple[str, ...]

    @property
    def stage(self) -> object:
        """The stage itself."""
        return self.standing.stage

    @property
    def state(self) -> State:
        """Its state."""
        return self.standing.state

    @property
    def choice(self) -> list[tuple[str, str]]:
        """The choice in force in words, part by part: its name and its value, long lists cut."""
        parts = choice_parts(self.standing.choice_words) if self.standing.choice else []
        return [(name, _short(value)) for name, _colon, value in (part.partition(": ") for part in parts)]

    @property
    def headline(self) -> str:
        """Its result in a sentence; of a stopped stage, what stopped it."""
        return self.standing.headline or self.standing.reason


def _short(value: str) -> str:
    """A list as far as it fits, and how many entries it has."""
    if len(value) <= LONGEST:
        return value
    return _("{first}, … ({n} in all)").format(first=value[:LONGEST].rpartition(", ")[0], n=value.count(", ") + 1)


@dataclass(frozen=True)
class IndexView:
    """What the overview shows."""

    rows: tuple[Row, ...]
    summary: str
    progress: str
    todo: str
    command: str


def index_page(frame: Frame, stands: list[Standing], step: NextStep) -> str:
    """Return the overview as an HTML page."""
    rows = tuple(Row(one, tuple(_notes(one))) for one in stands)
    view = IndexView(rows, summary(stands), _evidence(stands), step.words, step.command)
    return render("index.html.j2", frame=frame, page=view, current=0)


def _evidence(stands: list[Standing]) -> str:
    """How many decisions rest on measured evidence."""
    measured = sum(one.grade == "measured" for one in stands)
    graded = sum(bool(one.grade) for one in stands)
    return _("{n} of {total} rest on measured evidence.").format(n=measured, total=graded) if graded else ""


def _notes(one: Standing) -> list[str]:
    """Evidence and freshness, as far as they are known."""
    notes = []
    if one.grade:
        notes.append(_("Evidence: {grade}").format(grade=grade_word(one.grade)))
    if one.as_of:
        notes.append(_("Data up to {day}").format(day=day(dt.date.fromisoformat(one.as_of))))
    if one.ran_at:
        notes.append(_("Run {day}").format(day=day(dt.datetime.fromisoformat(one.ran_at))))
    if one.older:
        notes.append(_("Its page is older than the decision."))
    if one.reason and one.headline:
        notes.append(one.reason)
    return notes
