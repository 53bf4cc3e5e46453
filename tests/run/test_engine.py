"""The papermill engine, with real kernels: honest states, exit codes, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from papermill.exceptions import PapermillExecutionError

from cxlib.run.execute import _failure, execute_notebook

pytestmark = pytest.mark.filterwarnings("default")  # of papermill and its neighbours


def notebook(folder: Path, *cells: str) -> Path:
    parameters = new_code_cell("answer = 1", metadata={"tags": ["parameters"]})
    path = folder / "small.ipynb"
    nbformat.write(new_notebook(cells=[parameters, *(new_code_cell(cell) for cell in cells)]), path)
    return path


def states(executed: object) -> list[str]:
    return [cell.metadata.papermill.status for cell in executed.notebook.cells]  # type: ignore[attr-defined]


def test_a_kernel_runs_this_interpreter_and_gets_the_parameters(tmp_path: Path) -> None:
    done = execute_notebook(notebook(tmp_path, "import sys; sys.executable, answer"), {"answer": "given"})
    assert done.failure is None and states(done) == ["completed"] * 3
    assert done.notebook.cells[-1].outputs[0].data["text/plain"] == repr((sys.executable, "given"))


def test_a_killed_kernel_is_not_recorded_as_completed(tmp_path: Path) -> None:
    done = execute_notebook(notebook(tmp_path, "import os; os.kill(os.getpid(), 9)", "2"), {})
    assert done.failure is not None and done.failure.kind == "killed" and done.failure.exit_code == 138
    assert states(done) == ["completed", "failed", "pending"]


def test_our_errors_carry_their_exit_code_and_words_out_of_the_kernel(tmp_path: Path) -> None:
    done = execute_notebook(
        notebook(tmp_path, "from cxlib.errors import TableError\nraise TableError('a.csv', 'x')"), {}
    )
    assert done.failure is not None
    assert (done.failure.kind, done.failure.exit_code, done.failure.message) == ("refused", 3, "a.csv: x.")
    assert "papermill-error" not in nbformat.writes(done.notebook)


def test_an_interrupt_ends_the_kernel_and_its_sockets(tmp_path: Path) -> None:
    """SIGINT to the driver, as Ctrl-C does: exit by KeyboardInterrupt, no kernel, no socket folder left."""
    cell = "import os, pathlib, time; pathlib.Path({!r}).write_text(str(os.getpid())); time.sleep(60)"
    path = notebook(tmp_path, cell.format(str(tmp_path / "pid")))
    script = "from pathlib import Path; from cxlib.run.execute import execute_notebook as run; run(Path({!r}), {{}})"
    driver = subprocess.Popen(
        [sys.executable, "-c", script.format(str(path))],
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    kernel = _pid(tmp_path / "pid")
    driver.send_signal(signal.SIGINT)
    _out, error = driver.communicate(timeout=60)
    assert b"KeyboardInterrupt" in error and driver.returncode != 0
    assert _gone(kernel)
    assert not list(tmp_path.glob("cx-*"))


def _pid(path: Path) -> int:
    for _attempt in range(600):
        if path.is_file() and path.read_text():
            return int(path.read_text())
        time.sleep(0.1)
    raise AssertionError("the kernel did not start")


def _gone(pid: int) -> bool:
    for _attempt in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_a_cell_that_could_not_send_its_error_is_said_in_plain_words() -> None:
    error = PapermillExecutionError(1, 1, "x", "CellExecutionError", "", [])
    assert _failure(error).message == "a cell failed and could not say why; most often memory has run out"
