"""One run at a time: the lock on an engagement's reports, and a clean end on SIGTERM and SIGHUP."""

from __future__ import annotations

import fcntl
import os
import platform
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from cxlib.engagement.records import open_own
from cxlib.errors import LockedError, UsageError
from cxlib.language import _

INTERRUPTED = 130  # the exit code after Ctrl-C
_PAUSE = 0.1  # seconds between two tries for the lock


@contextmanager
def held(home: Path, holder: str, *, wait: float = 0.0) -> Iterator[None]:
    """Hold a report folder for one run, waiting up to `wait` seconds; the lock goes with the process, however it ends.

    Raises LockedError, naming the holder, UsageError when the folder cannot be written.
    """
    try:
        descriptor = open_own(home / ".lock", os.O_RDWR)
    except OSError as error:
        raise UsageError(
            str(home),
            _("it cannot be written ({why})").format(why=error.strerror),
            _("A folder that you may write to (--out)"),
        ) from None
    try:
        _take(descriptor, home.name, time.monotonic() + wait)
        os.ftruncate(descriptor, 0)
        said = _("run {run}, process {pid} on {host}").format(run=holder, pid=os.getpid(), host=platform.node())
        os.pwrite(descriptor, said.encode(), 0)
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
            raise LockedError(
                name,
                _("another run holds it: {holder}").format(holder=holder or _("unknown")),
                "",
                _("Wait until it has ended (`--wait SECONDS`), or stop it"),
            ) from None


class Terminated(KeyboardInterrupt):
    """The run was asked to end by a signal: it ends like an interrupt, so that no kernel is left behind."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


@contextmanager
def terminable() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP (a closed terminal) into an exception that closes the kernel on its way out.

    A signal that is ignored stays so (`nohup`); outside the main thread whoever runs us handles signals.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        raise Terminated(number)

    with ExitStack() as back:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):
                before = signal.getsignal(number)
                if before is not signal.SIG_IGN:
                    signal.signal(number, end)
                    back.callback(signal.signal, number, before or signal.SIG_DFL)
        yield
