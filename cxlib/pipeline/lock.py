"""One run at a time: the lock on an engagement's reports, and an end by SIGTERM that leaves nothing behind."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from cxlib.errors import LockedError
from cxlib.language import _

TERMINATED = 143
_PAUSE = 0.1  # seconds between two tries for the lock


@contextmanager
def held(home: Path, holder: str, *, wait: float = 0.0) -> Iterator[None]:
    """Hold a report folder for one run, waiting up to `wait` seconds; the lock goes with the process, however it ends.

    Raises LockedError, naming the holder.
    """
    descriptor = os.open(home / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor, home.name, time.monotonic() + wait)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, _("run {run}, process {pid}").format(run=holder, pid=os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, name: str, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(_PAUSE)
                continue
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            raise LockedError(name, _("another run holds it: {holder}").format(holder=holder or _("unknown")), "",
                              _("Wait until it has ended (`--wait SECONDS`), or stop it")) from None  # fmt: skip


class Terminated(KeyboardInterrupt):
    """The run was asked to end by SIGTERM: it ends like an interrupt, so that no kernel is left behind."""

    exit_code = TERMINATED


@contextmanager
def terminable() -> Iterator[None]:
    """Turn SIGTERM into an exception that closes the kernel on its way out."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise Terminated

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread: whoever runs us there handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
