"""events.jsonl: what happens while a run goes on, one line each, for whoever watches: a scheduler, a person with `tail -f`."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cxlib.run.clock import now
from cxlib.run.execute import Executed, execute_notebook
from cxlib.run.limits import Limits

LARGEST = 5_000_000  # bytes; then the file is put aside and a new one begun


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
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
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
        self.events("stage", stage=stage)
        done = self.execute(
            source, parameters, limits=self.limits, tell=lambda kind, **fields: self.events(kind, stage=stage, **fields)
        )
        failed = (
            {}
            if done.failure is None
            else {"kind": done.failure.kind, "exit_code": done.failure.exit_code, "reason": done.failure.message}
        )
        self.events("ended", stage=stage, seconds=round(time.monotonic() - clock, 2), **failed)
        return done
