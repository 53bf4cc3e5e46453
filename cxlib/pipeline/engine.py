"""The papermill engine: a killed kernel is never recorded as completed, and kernels talk over private sockets.

papermill's own engine marks every cell of a notebook as completed when its kernel is killed or interrupted. Here the cell
that was running is marked as failed and the ones after it stay pending. Kernels use Unix sockets in a folder that only
this user can read, and always the interpreter that runs `cx`, whatever kernels the user has installed.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from cxlib.report import quick  # noqa: F401  (first: it makes the next imports fast)

from nbclient.exceptions import CellExecutionError  # isort: skip
from papermill.clientwrap import PapermillNotebookClient  # isort: skip
from papermill.engines import NBClientEngine, papermill_engines  # isort: skip

ENGINE = "cxlib"


class ChainClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client with honest cell states, private sockets and this interpreter's kernel."""

    sockets: tempfile.TemporaryDirectory[str] | None = None

    def create_kernel_manager(self) -> Any:
        """A kernel manager for this interpreter; over Unix sockets where there are any."""
        manager = super().create_kernel_manager()
        manager.kernel_spec_manager.kernel_dirs = []  # leaves ipykernel of this interpreter
        if os.name == "posix":
            self.sockets = tempfile.TemporaryDirectory(prefix="cx-", ignore_cleanup_errors=True)
            manager.transport, manager.ip = "ipc", str(Path(self.sockets.name) / "k")
        return manager

    def papermill_execute_cells(self) -> None:
        """Run the cells in order; whatever ends one, its state says so."""
        for index, cell in enumerate(self.nb.cells):
            self.nb_man.cell_start(cell, index)
            try:
                self.execute_cell(cell, index)
            except BaseException as error:
                self.nb_man.cell_exception(self.nb.cells[index], cell_index=index, exception=error)
                self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
                if isinstance(error, CellExecutionError):
                    return  # papermill reports it from the notebook
                raise
            self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)


class ChainEngine(NBClientEngine):  # type: ignore[misc]
    """Runs a notebook with `ChainClient`; puts the notebook into `caught` before the first cell, so that it is never lost."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        """Execute the notebook that `nb_man` holds."""
        options["caught"].append(nb_man.nb)
        client = ChainClient(
            nb_man, kernel_name=kernel_name, startup_timeout=options.get("start_timeout", 60), timeout=None
        )
        try:
            return client.execute(stderr=subprocess.DEVNULL)  # the kernel's log; what cells print comes by another way
        finally:
            if client.sockets is not None:
                client.sockets.cleanup()


papermill_engines.register(ENGINE, ChainEngine)
