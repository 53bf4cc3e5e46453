"""What a run costs (`make bench`): the naive way, cold, cached, one stage changed, and the floor, measured in turns.

`ROUNDS` rounds; in each, every way once. Wall seconds, processor seconds of the whole tree of processes and its peak
memory (proportional set size, sampled), medians. Prints a table; nothing passes or fails by time.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(sys.executable).parent
TICK = 0.2  # seconds between two looks at memory
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "ignore"}


@dataclass(frozen=True)
class Cost:
    """What one measurement cost."""

    wall: float
    cpu: float
    peak_mb: float


def measured(commands: Iterable[list[str]], folder: Path) -> Cost:
    """Run commands one after the other."""
    before, clock, peak = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0.0
    for command in commands:
        with subprocess.Popen(
            command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            watch = Watch(process.pid)
            _out, error = process.communicate()
            peak = max(peak, watch.stop())
        if process.returncode:
            raise SystemExit(f"{' '.join(command[:4])} …: {error.decode()[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.monotonic() - clock, cpu, peak)


class Watch:
    """Looks at the memory of a process and all below it, until it is stopped."""

    def __init__(self, pid: int) -> None:
        self.pid, self.peak, self.ended = pid, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def stop(self) -> float:
        """The highest sum seen, in MB."""
        self.ended.set()
        self.thread.join()
        return self.peak

    def _look(self) -> None:
        while not self.ended.wait(TICK):
            self.peak = max(self.peak, sum(map(_memory, _tree(self.pid))))


def _tree(pid: int) -> list[int]:
    """A process and its descendants."""
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in below for one in _tree(int(child)))]


def _memory(pid: int) -> float:
    """Proportional set size in MB: what is shared is counted once."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


class Bench:
    """The ways, each on a copy of the sample client in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.client, self.notebooks = folder, folder / "sample", ROOT / "notebooks"
        shutil.copytree(ROOT / "data" / "sample", self.client)

    def naive(self) -> Cost:
        """Ten papermill processes and ten nbconvert processes."""
        out = self._fresh("naive")
        given = ["-p", "engagement", str(self.client), "-p", "out", str(out)]
        commands = []
        for source in sorted(self.notebooks.glob("[01]*.ipynb")):
            done = str(out / source.name)
            commands.append([str(HERE / "papermill"), str(source), done, "--no-progress-bar", *given])
            commands.append([str(HERE / "jupyter"), "nbconvert", "--to", "html", "--log-level", "ERROR", done])
        return measured(commands, self.folder)

    def cold(self) -> Cost:
        """`cx run` where nothing has run before."""
        self._fresh("run")
        return measured([self._cx()], self.folder)

    def cached(self) -> Cost:
        """`cx run` again, nothing changed."""
        return measured([self._cx()], self.folder)

    def one_changed(self) -> Cost:
        """`cx run` after one more answer to the pulse survey, which stage 10 alone reads."""
        path = self.client / "pulse.csv"
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([*lines, f"X{len(lines)},{lines[-1].partition(',')[2]}"]) + "\n", encoding="utf-8")
        return measured([self._cx()], self.folder)

    def floor(self) -> Cost:
        """The same cells in one plain Python process."""
        out = self._fresh("floor")
        command = [sys.executable, str(ROOT / "bench" / "floor.py"), str(self.client), str(self.notebooks), str(out)]
        return measured([command], self.folder)

    def _cx(self) -> list[str]:
        return [str(HERE / "cx"), "run", str(self.client), "--out", str(self.folder / "run")]

    def _fresh(self, name: str) -> Path:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / name).mkdir()
        return self.folder / name


def table(costs: dict[str, list[Cost]]) -> str:
    """Medians, and each way against the floor."""
    middle = {
        way: [statistics.median(getattr(cost, what) for cost in found) for what in ("wall", "cpu", "peak_mb")]
        for way, found in costs.items()
    }
    lines = [f"{'way':<36}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}{'wall/floor':>12}{'cpu/floor':>11}{'spread':>9}"]
    wall, cpu, _peak = middle["e floor: one plain process"]
    for way, (w, c, peak) in middle.items():
        spread = max(cost.wall for cost in costs[way]) / min(cost.wall for cost in costs[way])
        lines.append(f"{way:<36}{w:>9.2f}{c:>9.2f}{peak:>9.0f}{w / wall:>11.2f}×{c / cpu:>10.2f}×{spread:>8.2f}×")
    naive, cold = middle["a naive: papermill, nbconvert × 10"], middle["b cx run, cold"]
    lines.append(
        f"\na / b: {naive[0] / cold[0]:.2f} (wall), {naive[1] / cold[1]:.2f} (cpu).   b / e: {cold[0] / wall:.2f} "
        f"(wall), {cold[1] / cpu:.2f} (cpu).   memory b / a: {cold[2] / naive[2]:.2f}"
    )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--without", default="", help="letters of ways to leave out of all rounds but the first, e.g. a")
    given = words.parse_args()
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder))
        ways: dict[str, Callable[[], Cost]] = {
            "a naive: papermill, nbconvert × 10": bench.naive,
            "b cx run, cold": bench.cold,
            "c cx run, nothing changed": bench.cached,
            "d cx run, data of stage 10 changed": bench.one_changed,
            "e floor: one plain process": bench.floor,
        }
        for turn in range(given.rounds):
            for way, measure in ways.items():
                if not turn or way[0] not in given.without:
                    costs.setdefault(way, []).append(cost := measure())
                    sys.stderr.write(
                        f"round {turn + 1}: {way:<36}{cost.wall:8.2f} s  {cost.cpu:8.2f} s cpu  {cost.peak_mb:6.0f} MB\n"
                    )
    sys.stdout.write(
        f"medians of {given.rounds} rounds in turns, load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors\n"
    )
    sys.stdout.write(table(costs) + "\n")


if __name__ == "__main__":
    main()
