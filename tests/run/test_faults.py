"""Whatever ends a run: the last good report stays, nothing is half-written or left, the next run gives equal facts.

A small chain that has run on `OLD` data is run on `NEW` data and hit. The driver is a fork of this process that runs
the stages in itself; where a kernel is hit, one stage runs in a real one.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cxlib.chain import STAGES
from cxlib.errors import CxError, LockedError, StageError
from cxlib.run import clock, staging, upkeep
from cxlib.run.execute import Executed, execute_notebook
from cxlib.run.limits import Limits
from cxlib.run.lock import held
from cxlib.run.order import Order, Run
from cxlib.run.runner import run_chain
from tests.run.conftest import BRIEF, InProcess, write_chain

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
    pytest.mark.filterwarnings("default:.*zmq"),
]
TABLES = "tables:\n  transactions: {file: transactions.csv}\n"
HEAD = "transaction_id,customer_id,at,revenue\n"
OLD, NEW = HEAD + "t1,c1,2026-02-01,5\n", HEAD + "t1,c1,2026-02-01,5\nt2,c1,2026-02-02,5\n"
VICTIM = 3  # the stage that waits where a test asks for it: it reads the rows, as the first two do
ROWS = "stage.say(finding('{{rows}}', Fact('{n}.rows', len(stage.table('transactions')))))"
WAITS = (
    "\nimport os, pathlib, time\nhere = stage.brief.folder.parent / 'wait'\nif here.exists():\n"
    "    (here / 'pid').write_text(str(os.getpid()))\n    exec((here / 'code').read_text())"
)
LITTLE_MEMORY = (
    "import resource\nused = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
    "resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, used + 2**28))"
)  # room to say what happened
FORK = multiprocessing.get_context("fork")


@dataclass
class Place:
    """A client, its notebooks and its reports, in one folder."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "out" / "casa"

    def data(self, text: str) -> None:
        (self.folder / "casa" / "transactions.csv").write_text(text, encoding="utf-8")

    def wait(self, code: str) -> None:
        """Let the victim run this code."""
        (self.folder / "wait").mkdir()
        (self.folder / "wait" / "code").write_text(code, encoding="utf-8")

    def calm(self) -> None:
        shutil.rmtree(self.folder / "wait", ignore_errors=True)

    def run(self, execute: Callable[..., Executed] | None = None, **order: object) -> Run:
        places = (str(self.folder / "casa"), str(self.folder / "out"))
        given = Order(*places, notebooks=self.folder / "notebooks", **order)  # type: ignore[arg-type]
        return run_chain(given, tell=lambda _line: None, execute=execute or InProcess())

    def resumed(self) -> list[int]:
        """Run again, to the end; the stages that were computed."""
        work = InProcess()
        assert self.run(work).exit_code == 0
        return [int(name[:2]) for name in work.ran]

    def report(self) -> dict[str, bytes]:
        """What people read; the next run clears the hidden scrap of a write that was killed (`leftovers`)."""
        files = [*self.home.glob("*.html"), self.home / "facts.json", *self.home.glob("notebooks/[!.]*")]
        return {path.name: path.read_bytes() for path in files}

    def leftovers(self) -> list[str]:
        return [path.name for path in self.home.rglob("*") if path.name.endswith(".tmp") or path.name == ".staging"]

    def in_store(self) -> set[int]:
        return {
            int(path.parent.parent.name)
            for path in self.home.glob("store/*/*/manifest.json")
            if '"order": 2' in path.read_text()
        }


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("base"))
    (place.folder / "casa").mkdir()
    (place.folder / "casa" / "engagement.yaml").write_text(BRIEF + TABLES, encoding="utf-8")
    write_chain(
        place.folder / "notebooks", {n: ROWS.format(n=n) + (WAITS if n == VICTIM else "") for n in (1, 2, 3, 7, 9)}
    )
    place.data(OLD)
    assert place.run().exit_code == 0
    return place


@pytest.fixture(scope="module")
def whole(base: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """What a run on the new data leaves that nothing disturbs."""
    place = copied(base, tmp_path_factory.mktemp("whole") / "place")
    assert place.run().exit_code == 0
    return place


@pytest.fixture
def place(base: Place, tmp_path: Path) -> Place:
    return copied(base, tmp_path / "place")


def copied(base: Place, folder: Path) -> Place:
    shutil.copytree(base.folder, folder, symlinks=True)
    place = Place(folder)
    place.data(NEW)
    return place


def driver(
    place: Place, before: Callable[[], None] = lambda: None, **order: object
) -> multiprocessing.process.BaseProcess:
    """A run in a process of its own, which ends with the run's exit code."""

    def work() -> None:
        before()
        try:
            code = place.run(**order).exit_code
        except CxError as error:
            code = error.exit_code
        except KeyboardInterrupt as error:
            code = getattr(error, "exit_code", 130)
        os._exit(code)

    process = FORK.Process(target=work)
    process.start()
    return process


def ended(process: multiprocessing.process.BaseProcess) -> int:
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def assert_good(place: Place, base: Place, *, pages: bool = True) -> None:
    """The report is the old one to the byte (or, where a run stopped and says so, all but the overview)."""
    here, good = place.report(), base.report()
    names = [name for name in good if pages or name not in ("index.html", "summary.html")]
    assert [name for name in names if here.get(name) != good[name]] == []
    assert json.loads((place.home / "run.json").read_text())["run_id"]
    assert list(upkeep.problems(place.home, place.folder / "casa")) == []


def assert_resumes(place: Place, whole: Place) -> None:
    """The next run ends well, with the facts of a run that nothing disturbed, and leaves nothing behind."""
    place.calm()
    done = place.in_store()
    assert not done & set(place.resumed())
    assert (place.home / "facts.json").read_bytes() == (whole.home / "facts.json").read_bytes()
    assert place.leftovers() == [] and list(upkeep.problems(place.home, place.folder / "casa")) == []
    assert place.resumed() == []


def test_25_killed_drivers(base: Place, whole: Place, tmp_path: Path) -> None:
    dice, hit = random.Random(7), 0
    place = copied(base, tmp_path / "timed")
    clock_ = time.monotonic()
    assert ended(driver(place)) == 0
    longest = time.monotonic() - clock_
    for attempt in range(25):
        place = copied(base, tmp_path / str(attempt))
        process = driver(place)
        time.sleep(dice.uniform(0, longest))
        os.kill(process.pid or 0, signal.SIGKILL)
        killed = ended(process) == -signal.SIGKILL
        hit += killed
        readable(place, base)
        assert_resumes(place, whole)
    assert hit >= 15


def readable(place: Place, base: Place) -> None:
    """Every file is whole: of the old report, or, while a run that came to its end was published, of the new one."""
    runs = staging.runs(place.home)
    new = {path.name: path.read_bytes() for path in (runs[-1]).rglob("*") if path.is_file()} if len(runs) > 1 else {}
    old = base.report()
    for name, content in place.report().items():
        assert content in (old[name], new.get(name)), name
    json.loads((place.home / "run.json").read_text())
    assert all((place.home / "stages" / f"{stage.number:02d}" / "record.json").is_file() for stage in STAGES)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_driver_that_is_asked_to_end_says_so_and_ends_with_128_and_the_signal(
    place: Place, base: Place, whole: Place, number: int, code: int
) -> None:
    place.wait("time.sleep(60)")
    process = driver(place)
    until((place.folder / "wait" / "pid").exists)
    os.kill(process.pid or 0, number)
    assert ended(process) == code
    log = json.loads((place.home / "run.json").read_text())
    assert (log["status"], log["exit_code"]) == ("interrupted", code)
    assert_good(place, base)
    assert place.leftovers() == []
    assert_resumes(place, whole)


@pytest.mark.parametrize("n_bytes", [500, 3_000, 6_000, 12_000, 24_000])
def test_a_full_disk_is_said_and_leaves_the_report(place: Place, base: Place, whole: Place, n_bytes: int) -> None:
    """No file may grow beyond n_bytes: what the kernel hands on, the store, a page or run.json cannot be written."""
    process = driver(place, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes)))
    assert ended(process) == 1
    readable(place, base)
    assert_resumes(place, whole)


def test_the_words_for_a_disk_that_is_full(place: Place, base: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device", "manifest.json")

    monkeypatch.setattr("cxlib.run.runner.Store.commit", full)
    with pytest.raises(
        StageError, match=r"manifest\.json: it could not be written \(No space left on device\)\. The last report"
    ):
        place.run()
    assert_good(place, base)


@contextlib.contextmanager
def without_rights() -> Iterator[None]:
    """As a user who may only what everybody may; root may everything."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_store_that_cannot_be_written_is_said_and_stays(base: Place, whole: Place) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        place = copied(base, folder / "place")
        for path in (folder, *folder.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o777 if path.is_dir() else 0o666)
        for path in (place.home / "store").iterdir():
            path.chmod(0o555)
        with without_rights(), pytest.raises(StageError, match="it could not be written"):
            place.run()
        for path in (place.home / "store").iterdir():
            path.chmod(0o777)
        assert_good(place, base)
        assert_resumes(place, whole)
    finally:
        shutil.rmtree(folder)


def test_of_two_runs_at_once_the_second_ends_with_75_or_waits(place: Place, base: Place, whole: Place) -> None:
    place.wait(
        "until = time.monotonic() + 30\nwhile not (here / 'go').exists() and time.monotonic() < until: time.sleep(0.02)"
    )
    first = driver(place)
    until((place.folder / "wait" / "pid").exists)
    with pytest.raises(LockedError, match=rf"another run holds it: run \S+, process {first.pid} on "):
        place.run()
    assert ended(driver(place)) == 75
    second = driver(place, wait=30.0)
    time.sleep(0.3)
    assert second.is_alive()
    (place.folder / "wait" / "go").touch()
    assert (ended(first), ended(second)) == (0, 0)
    assert (place.home / "facts.json").read_bytes() == (whole.home / "facts.json").read_bytes()
    assert place.leftovers() == []


def test_what_verify_finds_while_a_run_holds_the_report_is_not_called_damage(place: Place) -> None:
    """A run that publishes has replaced some files and not yet the others."""
    (place.home / "facts.json").write_text("{}")
    assert upkeep.verified(place.home, place.folder / "casa") == ["facts.json: not as the run has left it"]
    with held(place.home, "abc"), pytest.raises(LockedError, match="another run holds it: run abc"):
        upkeep.verified(place.home, place.folder / "casa")


def test_a_clock_set_back_changes_neither_order_nor_facts(
    place: Place, whole: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = clock.dt.datetime

    class Earlier(real):
        @classmethod
        def now(cls, tz: object = None) -> object:  # type: ignore[override]
            return real.now(clock.dt.UTC) - clock.dt.timedelta(days=400)

    monkeypatch.setattr(clock.dt, "datetime", Earlier)
    assert place.resumed()
    assert staging.published(place.home) == staging.runs(place.home)[-1]
    assert (place.home / "facts.json").read_bytes() == (whole.home / "facts.json").read_bytes()
    assert place.resumed() == []


# -- a real kernel -------------------------------------------------------------------------------------------------


class Hybrid(InProcess):
    """The victim in a real kernel, the other stages here."""

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__()
        self.limits = limits

    def __call__(self, source: Path, parameters: dict[str, str]) -> Executed:
        if int(source.stem[:2]) != VICTIM:
            return super().__call__(source, parameters)
        self.ran.append(source.stem)
        return execute_notebook(source, parameters, limits=self.limits)


def until(there: Callable[[], bool]) -> None:
    for _attempt in range(600):
        if there():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return (
        "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if sys.platform == "linux"
        else True
    )


def kernel_of(place: Place) -> int:
    return int((place.folder / "wait" / "pid").read_text())


def test_10_killed_kernels_end_with_138_and_the_good_report_stays(base: Place, whole: Place, tmp_path: Path) -> None:
    dice = random.Random(11)
    for attempt in range(10):
        place = copied(base, tmp_path / str(attempt))
        place.wait("(here / 'pid2').touch()\ntime.sleep(60)")
        pause = dice.uniform(0, 0.3)

        def kill(place: Place = place, pause: float = pause) -> None:
            until((place.folder / "wait" / "pid2").exists)
            time.sleep(pause)
            os.kill(kernel_of(place), signal.SIGKILL)

        thread = threading.Thread(target=kill)
        thread.start()
        done = place.run(Hybrid())
        thread.join()
        assert done.exit_code == 138
        assert_good(place, base, pages=False)
        assert "Stopped" in (place.home / "index.html").read_text(encoding="utf-8")
        assert (done.kept / "03_sales_funnel.html").is_file() and not alive(kernel_of(place))
        assert_resumes(place, whole)


@pytest.mark.parametrize(
    ("code", "exit_code", "words"),
    [
        ("time.sleep(60)", 124, "the cell took longer than 1 seconds"),
        (f"{LITTLE_MEMORY}\nbytearray(2**30)", 1, "MemoryError"),
    ],
    ids=["hung", "memory"],
)
def test_a_cell_that_hangs_or_wants_too_much_memory(
    place: Place, base: Place, whole: Place, code: str, exit_code: int, words: str
) -> None:
    place.wait(code)
    done = place.run(Hybrid(Limits(cell_seconds=1.0)))
    assert done.exit_code == exit_code and done.failure is not None and words in done.failure.message
    assert_good(place, base, pages=False)
    assert not alive(kernel_of(place)) and place.leftovers() == []
    assert_resumes(place, whole)
