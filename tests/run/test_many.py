"""Many engagements: on this machine, and on workers of a real scheduler of which one is killed."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cxlib.chain import STAGES
from cxlib.cli import ask, main
from cxlib.errors import UsageError
from cxlib.run.conduct import Attendance
from cxlib.run.many import Many, run_many
from cxlib.run.order import Order
from tests.run.conftest import write_chain

pytestmark = pytest.mark.filterwarnings("default")  # of papermill, distributed and their neighbours
SLOW = "import time; time.sleep(1.5)"


@pytest.fixture
def three(client: Path) -> list[Order]:
    """Orders for three clients of the same small chain."""
    notebooks = write_chain(client.parent / "notebooks", {3: SLOW})
    for name in ("b", "c"):
        shutil.copytree(client, client.parent / name)
    return [
        Order(str(client.parent / name), str(client.parent / "out"), notebooks=notebooks) for name in ("casa", "b", "c")
    ]


def ended(order: Order) -> list[int]:
    """The stages that were computed to their end, from the events."""
    lines = (Path(order.out) / Path(order.engagement).name / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event["stage"] for event in map(json.loads, lines) if event["event"] == "ended"]


def whole(order: Order, most_runs: int = 1) -> bool:
    """Whether a report is there with all its pages, its facts and one run (or so many) that came to its end."""
    home = Path(order.out) / Path(order.engagement).name
    pages = all((home / f"{stage.slug}.html").is_file() for stage in STAGES)
    facts = {fact["stage"] for fact in json.loads((home / "facts.json").read_text(encoding="utf-8"))["facts"]}
    return pages and facts == set(range(1, 11)) and 1 <= len(list((home / "runs").iterdir())) <= most_runs


def test_a_folder_of_engagements_stands_for_those_in_it(three: list[Order], tmp_path: Path) -> None:
    assert [Path(found).name for found in ask.folders([str(tmp_path)])] == ["b", "c", "casa"]
    assert ask.folders([three[0].engagement]) == [three[0].engagement]
    (tmp_path / "more").mkdir()
    shutil.copytree(three[0].engagement, tmp_path / "more" / "casa")
    with pytest.raises(UsageError, match="engagement casa: two folders have this name"):
        ask.folders([three[0].engagement, str(tmp_path / "more" / "casa")])


def test_several_at_a_time_each_in_its_process_with_its_own_end(three: list[Order], tmp_path: Path) -> None:
    (tmp_path / "c" / "engagement.yaml").write_text("company: C\n", encoding="utf-8")
    told: list[str] = []
    done = run_many(three, Attendance(), tell=told.append, jobs=2, scheduler="")
    assert [one["exit_code"] for one in done.summaries] == [0, 0, 2] and done.exit_code == 2
    assert all(whole(order) and ended(order) == list(range(1, 11)) for order in three[:2])
    assert len(told) == 3 and "mistake(s)" in told[2]
    assert done.text.splitlines()[-1] == "2 of 3 ended with 0."


def test_the_worst_exit_code_is_that_of_all() -> None:
    ends = [[0, 0], [0, 10], [10, 4], [4, 1], [1, 138], [0, 75]]
    assert [Many([{"exit_code": code} for code in codes]).exit_code for codes in ends] == [0, 10, 4, 1, 138, 75]


def test_an_order_survives_the_way_to_a_worker(three: list[Order]) -> None:
    around = Attendance(warn=ask.warn)
    assert pickle.loads(pickle.dumps((three[0], around))) == (three[0], around)


def test_a_scheduler_that_does_not_answer_or_is_not_installed_is_said(
    client: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["run", str(client), "--out", str(client.parent / "out"), "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert "dask.distributed is not installed. It comes with the extra `cluster`." in capsys.readouterr().err


class Cluster:
    """A scheduler and two workers on this machine, each a process."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.log = (folder / "cluster.log").open("w")
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file)
        )
        self.workers = [
            self._start(
                "worker",
                "--scheduler-file",
                str(self.file),
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
                "--host",
                "127.0.0.1",
            )
            for _worker in range(2)
        ]

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-W", "ignore", "-m", "distributed.cli.dask_" + words[0], *words[1:]]
        self.processes.append(subprocess.Popen(command, stdout=self.log, stderr=self.log))
        return self.processes[-1]

    @property
    def address(self) -> str:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self.file.is_file() and self.file.read_text():
                return str(json.loads(self.file.read_text())["address"])
            time.sleep(0.1)
        raise AssertionError("the scheduler did not start")

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self.log.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    started = Cluster(tmp_path)
    yield started
    started.close()


def kill_the_worker_of(home: Path, workers: list[subprocess.Popen[bytes]]) -> Callable[[], None]:
    """Kill the worker that runs an engagement, as soon as it is in stage 3."""

    def work() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            text = (home / "events.jsonl").read_text(encoding="utf-8") if (home / "events.jsonl").is_file() else ""
            if '"event": "stage", "stage": 3' in text:
                pid = int(re.findall(r'"process": (\d+)', text)[0])
                os.kill(next(worker.pid for worker in workers if worker.pid == pid), signal.SIGKILL)
                return
            time.sleep(0.05)

    return work


def test_workers_run_them_and_one_that_is_killed_takes_no_report_along(
    three: list[Order], cluster: Cluster, tmp_path: Path
) -> None:
    killer = threading.Thread(target=kill_the_worker_of(tmp_path / "out" / "casa", cluster.workers))
    killer.start()
    done = run_many(three, Attendance(), tell=lambda _line: None, jobs=1, scheduler=cluster.address)
    killer.join()
    assert [one["exit_code"] for one in done.summaries] == [0, 0, 0], done.summaries
    assert [worker.poll() for worker in cluster.workers].count(-signal.SIGKILL) == 1
    for order in three:
        # a result that was lost with its worker is asked for again, and found: a second run, which computes nothing
        assert whole(order, most_runs=2) and ended(order) == list(range(1, 11)), (
            order.engagement
        )  # none twice, also of the killed one
