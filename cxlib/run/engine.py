"""The papermill engine: honest states, warm kernels, limits, and nothing left behind.

papermill's own engine marks every cell of a notebook as completed when its kernel is killed or interrupted. Here the
cell that was running is marked as failed, and those after it stay pending. Kernels come from `cxlib.run.kernels`. A
cell or stage that takes too long is stopped, and so is a stage that prints without end.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

from cxlib.report import quick  # noqa: F401  (first: it makes the next imports fast)

# isort: split
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.util import ensure_async
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

from cxlib.run.kernels import FAREWELL, POLL, ChainKernelManager, kernel_manager
from cxlib.run.limits import Limits, OutputLimit, StageTimeout

ENGINE = "cx"
ASK_AGAIN = 0.2  # seconds: what a kernel says before we listen is lost
HEARTBEAT = 30.0  # seconds between two signs of life of a long cell
Tell = Callable[..., None]


def _silent(_kind: str, **_fields: Any) -> None:
    """Tell nobody."""


@dataclass
class Job:
    """What the engine is given beside the notebook, and gives back when it fails: the notebook as far as it came."""

    limits: Limits = field(default_factory=Limits)
    tell: Tell = _silent
    warm: bool = False
    ahead: tuple[str, ...] = ()  # engagement and date whose tables the next kernels will read
    notebook: Any = None


class ChainClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client with honest cell states, limits and signs of life."""

    job: Job
    shown_bytes = 0
    cell_index = 0
    _silencing: asyncio.Future[None] | None = None
    cell_since = stage_since = told_at = 0.0

    def create_kernel_manager(self) -> ChainKernelManager:
        """A kernel of this interpreter, over private sockets."""
        self.km = kernel_manager(warm=self.job.warm, ahead=self.job.ahead)
        return self.km

    async def async_start_new_kernel_client(self) -> Any:
        """Connect, and wait until the kernel answers on both channels."""
        self.kc = self.km.client()
        try:
            await self._listening()
            self.kc.start_channels(stdin=False)
            await self._answering()
        except BaseException:
            await self._async_cleanup_kernel()
            raise
        self.kc.allow_stdin = False
        return self.kc

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    async def _listening(self) -> None:
        """Wait until the kernel has opened its sockets; connecting earlier means waiting for ZeroMQ to try again."""
        until = time.monotonic() + self.startup_timeout
        while not self.km.is_listening() and time.monotonic() < until:
            await asyncio.sleep(POLL)
            await self._async_check_alive()

    async def _answering(self) -> None:
        """Ask until the kernel says on the output channel that it is idle again: from then on nothing is lost."""
        until = time.monotonic() + self.startup_timeout
        while time.monotonic() < until:
            asked = self.kc.kernel_info()
            with contextlib.suppress(Empty):
                while True:
                    said = await ensure_async(self.kc.iopub_channel.get_msg(timeout=ASK_AGAIN))
                    if (
                        said["parent_header"].get("msg_id") == asked
                        and said["content"].get("execution_state") == "idle"
                    ):
                        return
            await self._async_check_alive()
        raise RuntimeError(f"no answer in {self.startup_timeout} seconds")

    def papermill_execute_cells(self) -> None:
        """Run the cells in order; whatever ends one, its state says so."""
        self.job.tell("kernel", forked=bool(getattr(self.km.provisioner, "forked", False)))
        self.stage_since = time.monotonic()
        for index, cell in enumerate(self.nb.cells):
            self.cell_index, self.cell_since = index, time.monotonic()
            self.nb_man.cell_start(cell, index)
            try:
                self._execute(cell, index)
            except BaseException as error:
                self.nb_man.cell_exception(self.nb.cells[index], cell_index=index, exception=error)
                self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
                if isinstance(error, CellExecutionError):
                    return  # papermill reports it from the notebook
                raise
            self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)

    def _execute(self, cell: Any, index: int) -> None:
        """Run one cell within the limits."""
        self.told_at = self.cell_since
        try:
            self.execute_cell(cell, index)
        except CellTimeoutError:
            raise StageTimeout(
                cell.get("id", str(index)), self.job.limits, time.monotonic() - self.stage_since
            ) from None
        except (CellExecutionError, DeadKernelError):
            if not self._flooded:
                raise
        if self._silencing is not None:
            self._silencing.cancel()
        if self._flooded:
            raise OutputLimit(cell.get("id", str(index)), self.job.limits)

    def _get_timeout(self, cell: Any) -> float | None:
        """What is left for this cell: its own limit, or what the stage has left."""
        left = self.job.limits.left(time.monotonic() - self.stage_since)
        return None if left is None or cell is None else max(left, 0.01)

    @property
    def _flooded(self) -> bool:
        return self.shown_bytes > self.job.limits.output_bytes

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Take an output, up to the limit; beyond it take none and interrupt the cell."""
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "error", "update_display_data"):
            before, self.shown_bytes = self._flooded, self.shown_bytes + _size(msg["content"])
            if self._flooded:
                if not before:
                    self._silencing = asyncio.ensure_future(self._silence())
                return None
        return super().process_message(msg, cell, cell_index)

    async def _silence(self) -> None:
        """Interrupt a cell that shows too much; kill the kernel of one that goes on."""
        await self.km.interrupt_kernel()
        await asyncio.sleep(FAREWELL)
        await self.km.signal_kernel(signal.SIGKILL)

    async def _async_check_alive(self) -> None:
        """Once a second: is the kernel there? Now and then a sign of life."""
        await super()._async_check_alive()
        if self.cell_since and time.monotonic() - self.told_at >= HEARTBEAT:
            self.told_at = time.monotonic()
            self.job.tell(
                "heartbeat",
                cell=self.cell_index,
                seconds=round(self.told_at - self.cell_since),
                answers=bool(self.kc.hb_channel.is_beating()),
            )


class ChainEngine(Engine):  # type: ignore[misc]
    """Runs a notebook with `ChainClient`; without a `job` (from papermill's command line) with a kernel of its own."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Execute the notebook that `nb_man` holds; the job has it before the first cell, so that it is never lost."""
        job: Job = options.get("job") or Job(limits=Limits(cell_seconds=options.get("execution_timeout")))
        job.notebook = nb_man.nb
        client = ChainClient(
            nb_man,
            kernel_name=kernel_name,
            startup_timeout=options.get("start_timeout") or 60,
            log_output=options.get("log_output", False),
            stdout_file=options.get("stdout_file"),
            stderr_file=options.get("stderr_file"),
        )
        client.job = job
        return client.execute(stderr=subprocess.DEVNULL)  # the kernel's log; what cells print comes by another way


def _size(content: dict[str, Any]) -> int:
    """About how many bytes a message shows."""
    if "text" in content:
        return len(content["text"])
    if "traceback" in content:
        return sum(map(len, content["traceback"]))
    return sum(len(str(value)) for value in content.get("data", {}).values())


papermill_engines.register(ENGINE, ChainEngine)
