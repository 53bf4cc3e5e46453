"""A run with everything around it: events while it goes on, limits, and word to the hooks at its end, whatever the end.

events.jsonl holds one line for each thing that happens, for whoever watches: a scheduler, a person with `tail -f`.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxlib.engagement.brief import load_brief
from cxlib.engagement.parameters import check_parameters
from cxlib.engagement.records import open_own, private
from cxlib.errors import CxError
from cxlib.language import _
from cxlib.run import outcome
from cxlib.run.clock import now
from cxlib.run.execute import Executed, execute_notebook
from cxlib.run.hooks import Hooks
from cxlib.run.limits import Limits
from cxlib.run.lock import INTERRUPTED, terminable
from cxlib.run.order import Order, Run
from cxlib.run.parent import hide
from cxlib.run.runner import run_chain

Tell = Callable[[str], None]
LARGEST = 5_000_000  # bytes of events.jsonl; then it is put aside and a new one begun
TOLD = ("run_id", "status", "exit_code", "failure", "alerts", "drift", "undecided", "warnings")


class Events:
    """Appends lines to a file; each is written at once, so that two writers never mix within a line."""

    def __init__(self, path: Path) -> None:
        self.path, self._lock = path, threading.Lock()

    def __call__(self, event: str, **fields: Any) -> None:
        """Write one line: when, what, and what belongs to it."""
        line = json.dumps({"at": now(), "event": event, **fields}, ensure_ascii=False) + "\n"
        with self._lock:
            if self.path.is_file() and self.path.stat().st_size > LARGEST:
                self.path.replace(self.path.with_suffix(".old.jsonl"))
            descriptor = open_own(self.path, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)


class Watched:
    """Executes notebooks within limits and writes what happens: it is what `run_chain` is given to execute with."""

    def __init__(self, events: Events, limits: Limits, execute: Callable[..., Executed] = execute_notebook) -> None:
        self.events, self.limits, self.execute = events, limits, execute

    def __call__(self, source: Path, parameters: dict[str, str]) -> Executed:
        """Execute one notebook; the events `stage`, those of its kernel, and `ended`."""
        stage, clock = int(source.stem.split("_")[0]), time.monotonic()

        def tell(event: str, /, **fields: Any) -> None:
            self.events(event, stage=stage, **fields)

        tell("stage")
        done = self.execute(source, parameters, limits=self.limits, tell=tell)
        failed: dict[str, Any] = {}
        if done.failure is not None:
            failed = {"kind": done.failure.kind, "exit_code": done.failure.exit_code, "reason": done.failure.message}
        tell("ended", seconds=round(time.monotonic() - clock, 2), **failed)
        return done


def unheard(_text: str) -> None:
    """Take what is told and do nothing with it."""


@dataclass(frozen=True)
class Attendance:
    """What surrounds a run: limits, hooks, and who is told of a hook that failed."""

    limits: Limits = field(default_factory=Limits)
    hooks: Hooks = field(default_factory=Hooks)
    warn: Tell = unheard


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


def _events(order: Order) -> Events:
    """The events of the engagement; the first one says that a run begins."""
    given = check_parameters({"engagement": order.engagement, "out": order.out, "as_of": order.as_of})
    home = given.out / load_brief(given.engagement, given.as_of).name
    events = Events(home / "events.jsonl")
    with contextlib.suppress(OSError):  # the run itself says that it cannot write there
        private(home)
        events("begun", process=os.getpid(), as_of=order.as_of)
    return events


def _told(summary: dict[str, object], around: Attendance, events: Events | None) -> None:
    """Tell the hooks, and note the end."""
    failed = {hook: wrong for hook, wrong in around.hooks.send(summary).items() if wrong}
    for hook, wrong in failed.items():
        around.warn(_("cx: --{hook}: {wrong}. The report is not touched by that.").format(hook=hook, wrong=wrong))
    if events is not None:
        with contextlib.suppress(OSError):
            events("finished", **{key: summary[key] for key in TOLD}, hooks_failed=failed)
