"""Kernels for the driver: forked by the warm parent where there is one, else started as Jupyter does.

They talk over Unix sockets in a folder that only this user can read, are always of the interpreter that runs `cx`, and
have a process group of their own, which is killed when they end: what a notebook starts does not outlive it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import signal
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from cxlib.run.parent import fork_kernel, kernel_environment, socket_folder, warm_parent

FAREWELL = 2.0  # seconds that a kernel has to leave by itself before its group is killed
POLL = 0.01
_numbers = itertools.count(1)


class GroupProvisioner(LocalProvisioner):
    """Launches a kernel, forked when it can be, and kills its whole process group at the end."""

    forked = False

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Launch a kernel; `cmd` is what Jupyter would start."""
        if not self.parent.warm:
            return await super().launch_kernel(cmd, **options)
        request = {
            "argv": cmd[cmd.index("-m") + 1 :],
            "env": options["env"],
            "cwd": options.get("cwd") or str(Path.cwd()),
            "ahead": self.parent.ahead,
        }
        try:
            kernel = fork_kernel(self.parent.warm, request)
        except OSError:  # the warm parent is gone; a kernel takes longer, and comes
            return await super().launch_kernel(cmd, **options)
        self.process: Any = kernel
        self.pid = self.pgid = kernel.pid
        self.forked = True
        return self.connection_info

    async def wait(self) -> int | None:
        """Wait for the kernel's end, without Jupyter's long naps."""
        while self.process is not None and await self.poll() is None:
            await asyncio.sleep(POLL)
        return await super().wait()

    async def cleanup(self, restart: bool = False) -> None:
        """Kill what the kernel has started and left running; a warm parent does it for its own kernels."""
        if self.pgid and not self.forked:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pgid, signal.SIGKILL)
        await super().cleanup(restart=restart)


class ChainKernelManager(AsyncKernelManager):
    """A manager for one kernel of this interpreter, over private sockets."""

    warm = ""
    ahead: tuple[str, ...] = ()

    async def _async_pre_start_kernel(self, **options: Any) -> Any:
        """Sockets, connection file and provisioner, before the kernel is launched."""
        self.kernel_spec_manager.kernel_dirs = []  # leaves ipykernel of this interpreter
        self.shutdown_wait_time = 2 * FAREWELL  # of which each of its two steps gets one half
        self.kernel_id = f"{os.getpid()}-{next(_numbers)}"
        self.sockets = Path(self.warm).parent / self.kernel_id if self.warm else socket_folder()
        self.sockets.mkdir(
            mode=0o700, exist_ok=True
        )  # in the parent's folder: it goes with it, whatever ends the driver
        if os.name == "posix":
            self.transport, self.ip = "ipc", str(self.sockets / "k")
        self.connection_file = str(self.sockets / "kernel.json")
        self.provisioner = GroupProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(env=kernel_environment(), **options)

    def is_listening(self) -> bool:
        """Whether the kernel has opened its sockets, as far as that can be seen."""
        ports = (self.shell_port, self.iopub_port, self.stdin_port, self.hb_port, self.control_port)
        return self.transport != "ipc" or all(Path(f"{self.ip}-{port}").exists() for port in ports)

    async def _async_finish_shutdown(
        self, waittime: float | None = None, pollinterval: float = POLL, restart: bool = False
    ) -> None:
        """Wait for the kernel to leave, then make it."""
        await super()._async_finish_shutdown(waittime, pollinterval, restart)

    finish_shutdown = _async_finish_shutdown

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        """The sockets go with the kernel."""
        await super()._async_cleanup_resources(restart=restart)
        shutil.rmtree(self.sockets, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources


def kernel_manager(*, warm: bool, ahead: tuple[str, ...] = ()) -> ChainKernelManager:
    """A manager whose kernel is not started yet; `ahead` is the engagement and date that later kernels will read."""
    manager = ChainKernelManager(kernel_name="python3")
    manager.warm, manager.ahead = warm_parent() if warm else "", ahead
    return manager
