"""The driver's end of the warm parent (`cxlib.run.warm`): start it, ask it for kernels, let it go.

It is started before anything heavy is imported here, so that both import at the same time.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LONGEST_FOLDER = 70  # characters: the path of a Unix socket ends at 107
BACKLOG = 64
PATIENCE = 300.0  # seconds: it may still be importing, or reading the tables of a large client
FAREWELL = 3.0  # seconds that the parent has to leave by itself
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")} | {
    "VECLIB_MAXIMUM_THREADS": "1"
}
INLINE = "module://matplotlib_inline.backend_inline"  # matplotlib's backend, as a kernel sets it
ALONE = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}  # the one library that starts a thread when imported
SHARED = "CX_WARM_PARENT"  # the socket of a parent that another process has started and shares
_own: list[WarmParent] = []
_hidden: set[str] = set()


class Forked:
    """A forked kernel, as far as Jupyter needs it to look like a `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.connection, self.pid = connection, pid
        self.returncode: int | None = None
        connection.setblocking(False)

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs. A parent that is gone took its kernels with it."""
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            said = b""
            with contextlib.suppress(OSError):
                said = self.connection.recv(4096)
            self.returncode = int(json.loads(said)["code"]) if said else -signal.SIGKILL
            if not said:
                self.kill()
            self.connection.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            select.select([self.connection], [], [], 0.05)
        return code

    def send_signal(self, number: int) -> None:
        """Signal its process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """Kill its process group."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask its process group to end."""
        self.send_signal(signal.SIGTERM)


class WarmParent:
    """A warm parent that ends with this process, at the latest."""

    def __init__(self) -> None:
        self.folder = socket_folder()
        self.address = str(self.folder / "warm")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.address)
            listener.listen(BACKLOG)
            command = [sys.executable, "-m", "cxlib.run.warm", str(listener.fileno()), str(self.folder)]
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                start_new_session=True,
                env={**kernel_environment(), **ALONE},
            )

    def close(self) -> None:
        """Let it end, with every kernel that still runs."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(FAREWELL)
        except subprocess.TimeoutExpired:  # still importing
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def fork_kernel(address: str, request: dict[str, Any]) -> Forked:
    """A new kernel from the warm parent at `address`, asked for by argv, env, cwd and ahead.

    Raises OSError when the parent is gone or could not warm up.
    """
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(PATIENCE)
    try:
        connection.connect(address)
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as answers:
            answer = answers.readline()
        if not answer:
            raise ConnectionResetError(address)
        return Forked(connection, int(json.loads(answer)["pid"]))
    except BaseException:
        connection.close()
        raise


def warm_parent() -> str:
    """The address of a warm parent, started when there is none yet; "" where forking is unsafe or unavailable."""
    if sys.platform != "linux":
        return ""
    if shared := os.environ.get(SHARED):
        return shared
    if not _own:
        _own.append(WarmParent())
        atexit.register(let_go)
    return _own[0].address


def let_go() -> None:
    """End the warm parent of this process, if it has one."""
    atexit.unregister(let_go)
    while _own:
        _own.pop().close()


def socket_folder() -> Path:
    """A new folder that only this user can read, with a path short enough for sockets."""
    usual = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="cx-", dir=usual if len(usual) <= LONGEST_FOLDER else "/tmp"))


def kernel_environment() -> dict[str, str]:
    """This environment with one thread for numeric libraries: kernels share the machine, and sums keep their order."""
    mine = {name: value for name, value in os.environ.items() if name not in _hidden}
    return {**ONE_THREAD, **mine, "MPLBACKEND": os.environ.get("MPLBACKEND", INLINE)}


def hide(names: Iterable[str]) -> None:
    """Let no kernel inherit these environment variables: they are secrets of the driver."""
    _hidden.update(names)
