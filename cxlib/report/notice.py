"""The page of a stage that has no result: it stopped, or it waits. Plain words, never a traceback."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.chain import Stage
from cxlib.language import _
from cxlib.report.page import render
from cxlib.report.standing import Standing
from cxlib.report.states import state
from cxlib.report.view import Frame, StageView


@dataclass(frozen=True)
class Notice:
    """Why a stage has no result: one sentence, what happened, what to do, and a command."""

    headline: str
    happened: tuple[str, ...]
    todo: tuple[str, ...]
    command: str = ""


def notice_page(stage: Stage, frame: Frame, notice: Notice, state_key: str) -> str:
    """Return the page of a stopped (`failed`) or waiting (`blocked`) stage."""
    view = StageView(Standing(stage, state(state_key), {}))
    return render(
        "notice.html.j2",
        frame=frame,
        page=view,
        strip=view.strip,
        current=stage.number,
        headline=notice.headline,
        happened=notice.happened,
        todo=notice.todo,
        command=notice.command,
    )


def stopped(stage: Stage, kind: str, message: str, command: str) -> Notice:
    """The words for a stage that stopped: `kind` is refused | unknown | killed | timeout."""
    lines = tuple(line.strip() for line in message.splitlines() if line.strip())
    if kind == "killed":
        happened: tuple[str, ...] = (
            _(
                "The process that computed this stage was ended from outside while it worked. "
                "Most often the computer has run out of memory."
            ),
        )
        todo = (_("Close other programs or use a machine with more memory, then run on from this stage."),)
    elif kind == "timeout":
        happened = (_("This stage was stopped because it took too long: {error}").format(error=" ".join(lines)),)
        todo = (_("Run on from this stage, with more time if it needs it."),)
    elif kind == "refused":
        happened, todo = lines, (_("Mend what is named above, then run on from this stage."),)
    else:
        happened = (_("The stage met an error that it has no words for: {error}").format(error=" ".join(lines)),)
        todo = (_("Check the data with `cx check`. If they are sound, run on with --debug and report what it prints."),)
    return Notice(_("Stage {n} could not be finished.").format(n=stage.number), happened, todo, command)


def waiting(stage: Stage, cause: Stage, command: str) -> Notice:
    """The words for a stage that could not start because an earlier one stopped."""
    return Notice(
        _("This stage waits for stage {n}, {name}.").format(n=cause.number, name=cause.name),
        (
            _(
                "Stage {n} stopped. The ten stages bind each other: none is skipped, and what a stage decides is a fact "
                "for the next, so stage {k} was not run."
            ).format(n=cause.number, k=stage.number),
        ),
        (_("Mend stage {n} first; its page says how.").format(n=cause.number),),
        command,
    )
