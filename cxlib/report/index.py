"""The overview of an engagement: ten decisions with their state, evidence, result and freshness, and the next step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cxlib.language import _, day, ngettext
from cxlib.report.page import render
from cxlib.report.standing import NextStep, Standing
from cxlib.report.states import State
from cxlib.report.view import Frame


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
    def choice(self) -> str:
        """The choice in force, in words."""
        words = self.standing.choice_words if self.standing.choice else ""
        return words[:1].upper() + words[1:]

    @property
    def headline(self) -> str:
        """Its result in a sentence; of a stopped stage, what stopped it."""
        return self.standing.headline or self.standing.reason


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


def summary(stands: list[Standing]) -> str:
    """How far the decisions are, in a sentence."""
    count = {key: sum(one.state.key == key for one in stands) for key in (one.state.key for one in stands)}
    binding, total = count.get("sealed", 0) + count.get("drift", 0), len(stands)
    first = _("{n} of {total} decisions are binding.") if binding else _("No decision is binding yet.")
    said = [_counted(key, count[key]) for key in _COUNTED if count.get(key)]
    return " ".join([first.format(n=binding, total=total), *said])


_COUNTED = ("draft", "open", "drift", "stale", "reopened", "failed", "blocked", "not_run")


def _counted(key: str, n: int) -> str:
    """How many stages are in a state, in a sentence."""
    words = {
        "draft": ngettext("{n} is a draft.", "{n} are drafts.", n),
        "open": ngettext("{n} is undecided.", "{n} are undecided.", n),
        "drift": ngettext("Under {n} the evidence has moved.", "Under {n} the evidence has moved.", n),
        "stale": ngettext("{n} is out of date.", "{n} are out of date.", n),
        "reopened": ngettext("{n} is reopened.", "{n} are reopened.", n),
        "failed": ngettext("{n} stage stopped.", "{n} stages stopped.", n),
        "blocked": ngettext("{n} waits for it.", "{n} wait for it.", n),
        "not_run": ngettext("{n} has not run.", "{n} have not run.", n),
    }
    return words[key].format(n=n)


def grade_word(grade: str) -> str:
    """The word for a grade of evidence."""
    return {"measured": _("measured"), "observed": _("observed"), "assumed": _("assumed")}.get(grade, _("cannot tell"))


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
    if one.reason and one.headline:
        notes.append(one.reason)
    return notes
