"""The warm parent: a process that has imported what the notebooks import, and forks a kernel whenever it is asked to.

Importing takes seconds, forking milliseconds, and what was imported once is shared memory for all kernels. Each
notebook still has a process, process group and session of its own. The parent has one thread, as forking demands: no
ZeroMQ sockets, and one thread for numeric libraries. It accepts connections to a Unix socket that the driver has
opened: a line of JSON {argv, env, cwd, ahead} asks for a kernel and is answered with {pid}, later with {code}; `ahead`
names the engagement and date whose tables the next kernels will want. When the connection closes, the kernel's process
group is killed, and so is what it has moved into other groups: orphans of a kernel are given to this process, not to
init. It ends when its standard input does, so that a killed driver leaves no process behind.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import datetime as dt
import gc
import importlib
import json
import os
import pkgutil
import selectors
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

ROOMS = ("cxlib.stage", "cxlib.stages")
LIBRARIES = (
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "pyarrow.parquet",
    "sqlite3",
    "tornado.platform.asyncio",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.extensions.storemagic",
)  # the last ones at a kernel's start
LONGEST_REQUEST = 1_000_000  # bytes: a whole environment
ADOPT = 36  # prctl's PR_SET_CHILD_SUBREAPER: orphans below a process become its children; a fork does not inherit it
PATIENCE = 10  # seconds: a driver writes its request in one go


def main(words: list[str]) -> None:
    """Warm up, then serve the socket whose descriptor is the first word; the second names the folder to remove."""
    listener, folder = socket.socket(fileno=int(words[0])), Path(words[1])
    try:
        warm_up()
        gc.collect()
        gc.freeze()  # what is shared stays shared: collections in a kernel do not touch it
        _adopt_orphans()
        Parent(listener).serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def warm_up() -> None:
    """Import what the notebooks import, and draw a figure, which loads the fonts."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for name in ROOMS:
        room = importlib.import_module(name)
        for inner in pkgutil.walk_packages(getattr(room, "__path__", []), f"{name}."):
            importlib.import_module(inner.name)
    from cxlib.show.table import figure_html
    from cxlib.show.theme import figure

    paper, axes = figure()
    axes.plot([0, 1], [0, 1], label="warm")
    axes.set_title("warm")
    axes.legend()
    figure_html(paper, "warm")


def read_ahead(engagement: str, as_of: str) -> None:
    """While a kernel works, read what the next one will: the tables and a model. Errors are left to the kernel."""
    import pandas as pd

    from cxlib.engagement.brief import load_brief
    from cxlib.engagement.sources import load_tables
    from cxlib.language import speak
    from cxlib.stages.information_search.language_id import language_of

    brief = load_brief(Path(engagement), dt.date.fromisoformat(as_of) if as_of else None)
    speak(brief.lang, brief.locale, brief.currency)
    load_tables(brief)
    language_of(pd.Series(["a sentence that is long enough"]))


class Parent:
    """Forks kernels, each bound to the connection that asked for it."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.kernels: dict[int, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        self.bell, self.rung = socket.socketpair()
        for end in (self.bell, self.rung):
            end.setblocking(False)

    def serve(self) -> None:
        """Serve until standard input ends; then kill what still runs."""
        signal.signal(signal.SIGCHLD, _noticed)
        signal.set_wakeup_fd(self.bell.fileno())
        self._watch(self.listener, self._accept)
        self._watch(self.rung, self._reap)
        self._watch(sys.stdin, None)
        while True:
            for key, _events in self.selector.select():
                if key.data is None:
                    self._end()
                    return
                key.data(key.fileobj)

    def _watch(self, end: Any, answer: Callable[[Any], None] | None) -> None:
        self.selector.register(end, selectors.EVENT_READ, answer)

    def _accept(self, listener: socket.socket) -> None:
        connection, _address = listener.accept()
        connection.settimeout(PATIENCE)
        with contextlib.suppress(OSError, ValueError):  # who asks and leaves at once, or asks nonsense, gets no kernel
            with connection.makefile("rb") as words:
                request = json.loads(words.readline(LONGEST_REQUEST))
            pid = os.fork()
            if pid == 0:
                self._child(request, connection)
            self.kernels[pid] = connection
            self._watch(connection, self._left)
            _say(connection, {"pid": pid})
            if request.get("ahead"):
                with contextlib.suppress(Exception):
                    read_ahead(*request["ahead"])
            return
        connection.close()

    def _child(self, request: dict[str, Any], asker: socket.socket) -> NoReturn:
        """Become a kernel: in a session of its own, without the parent's descriptors, handlers and exit functions."""
        code = 1
        try:
            parent = os.getppid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            _adopt_orphans()  # while this kernel lives, its daemons are its own, and no other kernel's end ends them
            self.selector.close()
            for end in (self.listener, self.bell, self.rung, asker, *self.kernels.values()):
                end.close()
            atexit._clear()
            code = _kernel(request, parent)
        finally:
            with contextlib.suppress(BaseException):
                atexit._run_exitfuncs()
            os._exit(code)

    def _left(self, connection: socket.socket) -> None:
        """The driver closed the connection of a kernel, or said something, which it never does: end the kernel.

        The kernel may have ended as well since the selector looked: then its connection is closed and watched no more.
        """
        for pid, held in self.kernels.items():
            if held is connection:
                _kill_group(pid)
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(connection)

    def _reap(self, rung: socket.socket) -> None:
        """Tell the drivers which kernels have ended; whatever these started and left running is killed."""
        with contextlib.suppress(BlockingIOError):
            rung.recv(4096)
        for pid in list(self.kernels):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _kill_group(pid)  # before it is reaped, while its number is still its own
            _pid, status = os.waitpid(pid, 0)
            connection = self.kernels.pop(pid)
            with contextlib.suppress(KeyError):
                self.selector.unregister(connection)
            with contextlib.suppress(OSError):
                _say(connection, {"code": os.waitstatus_to_exitcode(status)})
            connection.close()
        self._sweep()

    def _sweep(self) -> None:
        """Kill what ended kernels have left in groups of their own, and what that leaves in turn."""
        while strays := _children() - set(self.kernels):
            for pid in strays:
                _kill_group(pid)
                os.waitpid(pid, 0)

    def _end(self) -> None:
        for pid in self.kernels:
            _kill_group(pid)
        for pid in self.kernels:
            os.waitpid(pid, 0)
        self.kernels.clear()
        self._sweep()


def _kernel(request: dict[str, Any], parent: int) -> int:
    """Run a kernel in this process until it is shut down."""
    from ipykernel.kernelapp import IPKernelApp

    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.argv = list(request["argv"])
    IPKernelApp.launch_instance(argv=[*sys.argv[1:], f"--IPKernelApp.parent_handle={parent}"])  # polls for its parent
    return 0


def _adopt_orphans() -> None:
    """Be given the orphans among one's descendants."""
    ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0)


def _children() -> set[int]:
    """The children of this process, which has one thread; none where the kernel does not list them."""
    try:
        return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))
    except FileNotFoundError:
        return set()


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)  # forked a moment ago, its group may not be there yet


def _say(connection: socket.socket, words: dict[str, int]) -> None:
    connection.sendall(json.dumps(words).encode() + b"\n")


def _noticed(_signal: int, _frame: FrameType | None) -> None:
    """A child has ended; the wake-up descriptor has rung."""


if __name__ == "__main__":
    main(sys.argv[1:])
