"""The overview of an engagement and its one-page summary: ten decisions, the corridor, the money, and the next step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple

from cxlib.language import _, day, sentences
from cxlib.report.corridor import Step
from cxlib.report.decision import Stands
from cxlib.report.page import render
from cxlib.report.since import Since
from cxlib.report.standing import NextStep, Standing, summary
from cxlib.report.states import grade_word
from cxlib.report.trace import Link
from cxlib.report.view import Frame

SHORT = 150  # characters of a stage's result on the summary: two lines of a sheet


class Overview(NamedTuple):
    """What the overview knows: where the ten stages stand, what to do next, the corridor, the money, what changed."""

    stands: list[Standing]
    step: NextStep
    corridor: tuple[Step, ...] = ()
    trace: tuple[Link, ...] = ()
    since: Since = Since()


@dataclass(frozen=True)
class Row(Stands):
    """One stage on the overview."""

    standing: Standing
    notes: tuple[str, ...]

    @property
    def headline(self) -> str:
        """Its result in a sentence; of a stopped stage, what stopped it."""
        return self.standing.headline or self.standing.reason

    @property
    def short(self) -> str:
        """The first sentence of its result, as far as two lines hold it."""
        first = sentences(self.headline)[0]
        return first if len(first) <= SHORT else first[:SHORT].rpartition(" ")[0].rstrip(",;:") + " …"

    @property
    def evidence(self) -> str:
        """Its grade of evidence in a word."""
        return grade_word(self.standing.grade) if self.standing.grade else ""


def index_page(frame: Frame, known: Overview) -> str:
    """The overview as an HTML page."""
    return render("index.html.j2", frame=frame, current=0, **_shown(known))


def summary_page(frame: Frame, known: Overview) -> str:
    """The executive summary, which prints on one sheet of A4."""
    return render("summary.html.j2", frame=frame, current=-1, **_shown(known))


def _shown(known: Overview) -> dict[str, Any]:
    """What both pages show, by the names that their templates use."""
    rows = [Row(one, tuple(_notes(one))) for one in known.stands]
    return {"rows": rows, "summary": summary(known.stands), "progress": _evidence(known.stands), "known": known}


def _evidence(stands: list[Standing]) -> str:
    """How many decisions rest on measured evidence."""
    measured = sum(one.grade == "measured" for one in stands)
    graded = sum(bool(one.grade) for one in stands)
    return _("{n} of {total} rest on measured evidence.").format(n=measured, total=graded) if graded else ""


def _notes(one: Standing) -> list[str]:
    """Evidence and freshness, as far as they are known."""
    notes = [
        _("Evidence: {grade}").format(grade=grade_word(one.grade)) if one.grade else "",
        _("Data up to {day}").format(day=day(dt.date.fromisoformat(one.as_of))) if one.as_of else "",
        _("Run {day}").format(day=day(dt.datetime.fromisoformat(one.ran_at))) if one.ran_at else "",
        one.reason if one.headline else "",
    ]
    return [note for note in notes if note]
