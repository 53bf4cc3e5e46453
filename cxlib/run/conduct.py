"""A run with everything around it: events while it goes on, limits, and word to the hooks at its end, whatever the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cxlib.engagement.brief import load_brief
from cxlib.engagement.parameters import check_parameters
from cxlib.errors import CxError, UsageError
from cxlib.language import _
from cxlib.run import outcome
from cxlib.run.events import Events, Watched
from cxlib.run.hooks import Hooks
from cxlib.run.limits import Limits
from cxlib.run.lock import INTERRUPTED, terminable
from cxlib.run.order import Order, Run
from cxlib.run.parent import hide
from cxlib.run.runner import run_chain

HOUR = 3600.0
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Attendance:
    """What surrounds a run: limits, hooks, and who is told of a hook that failed."""

    limits: Limits = field(default_factory=Limits)
    hooks: Hooks = field(default_factory=Hooks)
    warn: Tell = lambda _text: None


def conduct(order: Order, *, tell: Tell, around: Attendance) -> Run:
    """Run the chain; raises what `run_chain` raises, after the hooks have heard of it."""
    around.hooks.check()
    hide(around.hooks.secrets)
    name, events = Path(order.engagement).name, None
    with terminable():
        try:
            events = _events(order)
            run = run_chain(order, tell=tell, execute=Watched(events, around.limits))
        except (CxError, KeyboardInterrupt) as error:
            code = getattr(error, "exit_code", INTERRUPTED)
            _told(outcome.refused(name, code, str(error) or _("it was interrupted")), around, events)
            raise
        _told(outcome.summary(run), around, events)
    return run


def limits_of(cell: str | None, stage: str | None, *, unattended: bool) -> Limits:
    """The limits that were typed; unattended, a stage may take an hour when nothing was."""
    longest = _seconds("--stage-timeout", stage)
    return Limits(_seconds("--cell-timeout", cell), longest or (HOUR if unattended else None))


def _seconds(option: str, text: str | None) -> float | None:
    try:
        seconds = float(text) if text is not None else None
    except ValueError:
        seconds = 0.0
    if seconds is not None and not 0 < seconds < float("inf"):
        raise UsageError(
            f"{option} {text}", _("'{text}' is no time").format(text=text), _("A time is a number of seconds, e.g. 600")
        )
    return seconds


def _events(order: Order) -> Events:
    """The events of the engagement; the first one says that a run begins."""
    given = check_parameters({"engagement": order.engagement, "out": order.out, "as_of": order.as_of})
    home = given.out / load_brief(given.engagement, given.as_of).name
    events = Events(home / "events.jsonl")
    with contextlib.suppress(OSError):  # the run itself says that it cannot write there
        home.mkdir(parents=True, exist_ok=True)
        events("begun", process=os.getpid(), as_of=order.as_of)
    return events


def _told(summary: dict[str, object], around: Attendance, events: Events | None) -> None:
    """Tell the hooks, and note the end."""
    failed = {hook: wrong for hook, wrong in around.hooks.send(summary).items() if wrong}
    for hook, wrong in failed.items():
        around.warn(_("cx: --{hook}: {wrong}. The report is not touched by that.").format(hook=hook, wrong=wrong))
    if events is not None:
        keys = ("run_id", "status", "exit_code", "failure", "alerts", "drift", "undecided", "warnings")
        with contextlib.suppress(OSError):
            events("finished", **{key: summary[key] for key in keys}, hooks_failed=failed)
