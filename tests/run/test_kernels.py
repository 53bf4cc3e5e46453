"""Kernels that the warm parent forks: a process of their own each, limits, and nothing left whatever ends them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from cxlib.run.conduct import Events, Watched
from cxlib.run.execute import Executed, execute_notebook
from cxlib.run.limits import Limits

pytestmark = pytest.mark.filterwarnings("default")  # of papermill and its neighbours


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Executed]:
    """`run("1 + 1", …, limits=…)` executes a notebook of these cells in a warm kernel."""

    def execute(*cells: str, **options: Any) -> Executed:
        path = tmp_path / "small.ipynb"
        nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), path)
        return execute_notebook(path, {}, **options)

    return execute


def shown(done: Executed) -> Any:
    """What the last cell returned."""
    assert done.failure is None, done.failure
    return eval(done.notebook.cells[-1].outputs[0].data["text/plain"])


def is_running(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(*pids: int) -> bool:
    """Whether these processes end within ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until and any(map(is_running, pids)):
        time.sleep(0.05)
    return not any(map(is_running, pids))


linux = pytest.mark.skipif(
    sys.platform != "linux", reason="kernels are forked on Linux only; elsewhere they are started"
)


@linux
def test_a_warm_kernel_is_forked_by_a_parent_of_one_thread_that_has_imported_everything(
    run: Callable[..., Executed],
) -> None:
    cell = (
        "import os, sys; parent = os.getppid(); loaded = {'pandas', 'seaborn', 'cxlib.stage'} <= set(sys.modules)\n"
        "os.getpid(), os.getpgid(0), len(os.listdir(f'/proc/{parent}/task')), loaded, os.getcwd()"
    )
    pid, group, threads, loaded, folder = shown(run(cell))
    other = shown(run(cell))[0]
    assert (group, threads, loaded, folder) == (pid, 1, True, str(Path.cwd()))
    assert other != pid


@linux
def test_what_one_notebook_changes_in_its_process_the_next_does_not_see(run: Callable[..., Executed]) -> None:
    shown(run("import pandas as pd, os; pd.marked = True; os.environ['MARKED'] = '1'; 0"))
    assert shown(run("import pandas as pd, os; hasattr(pd, 'marked'), 'MARKED' in os.environ")) == (False, False)


@pytest.mark.parametrize("warm", [True, False])
def test_what_a_notebook_starts_does_not_outlive_it(run: Callable[..., Executed], warm: bool) -> None:
    assert gone(shown(run("import subprocess; subprocess.Popen(['sleep', '60']).pid", warm=warm)))


DAEMON = """
import os
ready, told = os.pipe()
if os.fork() == 0:  # as daemons are made: a session of its own, a parent that is gone
    os.setsid()
    pid = os.fork()
    if pid:
        os.write(told, str(pid).encode())
        os._exit(0)
    os.execvp('sleep', ['sleep', '60'])
int(os.read(ready, 20))
"""


@linux
def test_a_daemon_that_a_notebook_makes_does_not_outlive_it(run: Callable[..., Executed]) -> None:
    assert gone(shown(run(DAEMON)))


def test_a_cell_that_takes_too_long_ends_with_124_and_says_which(run: Callable[..., Executed]) -> None:
    done = run("import time; time.sleep(60)", "2", limits=Limits(cell_seconds=0.3))
    assert done.failure is not None and (done.failure.kind, done.failure.exit_code) == ("timeout", 124)
    assert f"cell {done.notebook.cells[0].id}: the cell took longer than 0.3 seconds." in done.failure.message
    assert [cell.metadata.papermill.status for cell in done.notebook.cells] == ["failed", "pending"]


def test_a_stage_has_a_limit_of_its_own_and_a_cell_that_ignores_interrupts_is_killed(
    run: Callable[..., Executed],
) -> None:
    stubborn = (
        "import signal, time\nfor one in (signal.SIGINT, signal.SIGTERM):\n    signal.signal(one, signal.SIG_IGN)"
    )
    done = run(
        "import os; os.getpid()",
        f"{stubborn}\nend = time.time() + 60\nwhile time.time() < end:\n    pass",
        limits=Limits(stage_seconds=1),
    )
    assert done.failure is not None and done.failure.exit_code == 124
    assert "the stage took longer than 1 seconds" in done.failure.message
    assert gone(int(done.notebook.cells[0].outputs[0].data["text/plain"]))


@pytest.mark.parametrize("catches", ["ZeroDivisionError", "KeyboardInterrupt"])
def test_a_stage_that_prints_without_end_is_stopped_even_when_it_will_not_hear(
    run: Callable[..., Executed], catches: str
) -> None:
    cell = f"while True:\n    try:\n        print('x' * 10_000)\n    except {catches}:\n        pass"
    done = run(cell, limits=Limits(output_bytes=500_000))
    assert done.failure is not None and done.failure.kind == "refused" and done.failure.exit_code == 1
    assert "shows more than 0.5 MB" in done.failure.message
    assert len(nbformat.writes(done.notebook)) < 600_000


def test_a_long_cell_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """events.jsonl names the cell, the seconds it has taken and whether its kernel answers."""
    monkeypatch.setattr("cxlib.run.engine.HEARTBEAT", 0.5)
    path = tmp_path / "03_long.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1"), new_code_cell("import time; time.sleep(2.5)")]), path)
    events = Events(tmp_path / "events.jsonl")
    assert Watched(events, Limits())(path, {}).failure is None
    told = [json.loads(line) for line in events.path.read_text(encoding="utf-8").splitlines()]
    assert [one["event"] for one in told[:2]] == ["stage", "kernel"] and told[-1]["event"] == "ended"
    beats = [one for one in told if one["event"] == "heartbeat"]
    assert beats and {(one["stage"], one["cell"], one["answers"]) for one in beats} == {(3, 1, True)}
    assert [one["seconds"] for one in beats] == sorted(one["seconds"] for one in beats)


DRIVER = """
import sys
from pathlib import Path
from cxlib.run.execute import execute_notebook
done = execute_notebook(Path(sys.argv[1]), {})
sys.exit(done.failure.exit_code if done.failure else 0)
"""
LONG = """
import os, pathlib, subprocess, time
child = subprocess.Popen(['sleep', '60'])
pathlib.Path('pids.tmp').write_text(f'{os.getpid()} {child.pid} {os.getppid()}')
os.rename('pids.tmp', 'pids')
time.sleep(60)
"""


def driver(folder: Path) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A driver whose kernel is in a long cell; the processes: kernel, what it has started, warm parent."""
    path = folder / "long.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(LONG)]), path)
    started = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", DRIVER, str(path)],
        cwd=folder,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    until = time.monotonic() + 60
    while not (folder / "pids").exists() and time.monotonic() < until:
        time.sleep(0.05)
    return started, [int(pid) for pid in (folder / "pids").read_text().split()]


@linux
def test_a_killed_driver_leaves_no_process_and_no_socket(tmp_path: Path) -> None:
    started, pids = driver(tmp_path)
    started.kill()
    assert started.wait(30) == -signal.SIGKILL
    assert gone(*pids)
    until = time.monotonic() + 5
    while list(tmp_path.glob("cx-*")) and time.monotonic() < until:
        time.sleep(0.05)
    assert not list(tmp_path.glob("cx-*"))


@linux
def test_a_killed_warm_parent_takes_its_kernels_along_and_the_driver_says_138(tmp_path: Path) -> None:
    started, pids = driver(tmp_path)
    os.kill(pids[-1], signal.SIGKILL)
    assert started.wait(30) == 138
    assert gone(*pids)
    assert not list(tmp_path.glob("cx-*"))


def test_papermill_finds_the_engine_and_its_entry_point_imports_nothing_of_others(tmp_path: Path) -> None:
    loads = "import sys; before = set(sys.modules); import cxlib.run.entry; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    others = {name for name in done.stdout.split() if name.split(".")[0] not in sys.stdlib_module_names}
    assert others == {"cxlib", "cxlib.run", "cxlib.run.entry"}
    nbformat.write(
        new_notebook(cells=[new_code_cell("1"), new_code_cell("import os; os.kill(os.getpid(), 9)")]),
        tmp_path / "a.ipynb",
    )
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "papermill",
        "--engine",
        "cx",
        "-k",
        "python3",
        "--no-progress-bar",
        str(tmp_path / "a.ipynb"),
        str(tmp_path / "b.ipynb"),
    ]
    assert subprocess.run(command, capture_output=True, text=True).returncode != 0
    states = [cell.metadata.papermill.status for cell in nbformat.read(tmp_path / "b.ipynb", 4).cells]
    assert states == ["completed", "failed"]


AT_ONCE = """
import os, socket
from cxlib.run.warm import Parent
parent = Parent(socket.socket())
here, there = socket.socketpair()
pid = os.fork()
if pid == 0:
    os._exit(0)
parent.kernels[pid] = here
parent._watch(here, parent._left)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
there.close()  # the driver leaves in the moment in which the kernel ends
parent._reap(parent.rung)
parent._left(here)
print("goes on")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_a_kernel_and_its_driver_that_end_at_once_do_not_end_the_parent() -> None:
    done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "goes on\n", done.stderr
