"""Many engagements: several at a time on this machine, or on the workers of a dask.distributed scheduler.

Each is a run of its own, with its own lock, events and exit code. On this machine each has a process of its own; all
share one warm parent, so that libraries are imported once. On workers, a task whose worker is lost is run again on
another one: what was finished is found in the report folder, which every machine must be able to see.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlib.errors import CxError, UsageError
from cxlib.language import _, number
from cxlib.run import outcome
from cxlib.run.conduct import Attendance, Tell, conduct, unheard
from cxlib.run.lock import INTERRUPTED, terminable
from cxlib.run.order import Order
from cxlib.run.parent import SHARED, hide, warm_parent

WORST_FIRST = (143, 129, 130, 138, 124, 1, 3, 2, 75, 4, 10)
RETRIES = 3  # times that a task is run again when its worker is lost


@dataclass(frozen=True)
class Many:
    """What became of them: one summary each, in their order."""

    summaries: list[dict[str, Any]]

    @property
    def exit_code(self) -> int:
        """The worst of their exit codes."""
        codes = {int(one["exit_code"]) for one in self.summaries} - {0}
        return next((code for code in WORST_FIRST if code in codes), max(codes, default=0))

    @property
    def text(self) -> str:
        """How many ended well, and which did not."""
        bad = [one for one in self.summaries if one["exit_code"]]
        lines = [f"{one['engagement']}: {one['exit_code']}  {_reason(one)}" for one in bad]
        total = len(self.summaries)
        return "\n".join([*lines, _("{n} of {total} ended with 0.").format(n=total - len(bad), total=total)])


def run_many(orders: list[Order], around: Attendance, *, tell: Tell, jobs: int, scheduler: str) -> Many:
    """Run each; `tell` gets a line whenever one has ended. The hooks hear of each."""
    around.hooks.check()
    hide(around.hooks.secrets)
    results = _distributed(orders, around, scheduler) if scheduler else _here(orders, around, jobs)
    summaries: dict[int, dict[str, Any]] = {}
    for place, summary in results:
        summaries[place] = summary
        took, code = number(summary.get("seconds", 0.0), 1), _("exit code {code}").format(code=summary["exit_code"])
        tell(f"{summary['engagement']:<24}{took:>8} s  {code}  {_reason(summary)}")
    return Many([summaries[place] for place in sorted(summaries)])


def run_one(order: Order, around: Attendance) -> dict[str, Any]:
    """Run an engagement in this process; errors come back in its summary. This is what a worker does."""
    clock = time.monotonic()
    try:
        said = outcome.summary(conduct(order, tell=unheard, around=around))
    except CxError as error:
        said = outcome.refused(Path(order.engagement).resolve().name, error.exit_code, str(error))
    return {**said, "seconds": round(time.monotonic() - clock, 2)}


# -- on this machine -----------------------------------------------------------------------------------------------


def _here(orders: list[Order], around: Attendance, jobs: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """A process for each, `jobs` at a time, all on one warm parent."""
    environment = {**os.environ, SHARED: warm_parent()}
    running: set[subprocess.Popen[bytes]] = set()
    lock = threading.Lock()
    stopped = threading.Event()

    def one(order: Order) -> dict[str, Any]:
        with lock:
            if stopped.is_set():
                return outcome.refused(Path(order.engagement).name, INTERRUPTED, _("it was not begun"))
            command = [sys.executable, "-m", "cxlib.run.many"]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
            running.add(process)
        said, _errors = process.communicate(pickle.dumps((order, around)))  # secrets stay references
        running.discard(process)
        with contextlib.suppress(ValueError):
            return dict(json.loads(said))
        return outcome.refused(Path(order.engagement).name, abs(process.returncode or 1), _("its process was ended"))

    with terminable(), ThreadPoolExecutor(max(1, jobs)) as pool:
        tasks = [pool.submit(one, order) for order in orders]
        try:
            for place, task in enumerate(tasks):
                yield place, task.result()
        except BaseException:
            stopped.set()
            with lock:
                for process in running:
                    process.terminate()
            raise


def main() -> int:
    """One engagement in a process of its own: an order and what surrounds it come in, its summary goes out."""
    order, around = pickle.load(sys.stdin.buffer)  # from the process that has started this one
    try:
        said = run_one(order, around)
    except KeyboardInterrupt as error:
        code = getattr(error, "exit_code", INTERRUPTED)
        said = outcome.refused(Path(order.engagement).name, code, _("it was interrupted"))
    sys.stdout.write(json.dumps(said))
    return int(said["exit_code"])


# -- on a cluster --------------------------------------------------------------------------------------------------


def _distributed(orders: list[Order], around: Attendance, address: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """A task for each on the workers of a scheduler; one that a worker takes with it is given to another."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        what, accepted = _("dask.distributed is not installed"), _("It comes with the extra `cluster`")
        raise UsageError("--scheduler", what, accepted, "pip install 'cxlib[cluster]'") from None
    try:
        client = Client(address, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        what = _("it does not answer ({why})").format(why=type(error).__name__)
        raise UsageError(f"--scheduler {address}", what, _("An address looks like tcp://host:8786")) from None
    with client:
        tasks = {
            client.submit(run_one, order, around, pure=False, retries=RETRIES): place
            for place, order in enumerate(orders)
        }
        for task in as_completed(tasks):  # type: ignore[no-untyped-call]
            place = tasks[task]
            try:
                yield place, task.result()
            except Exception as error:  # the worker was lost again and again
                yield place, outcome.refused(Path(orders[place].engagement).name, 1, f"{type(error).__name__}: {error}")


def _reason(summary: dict[str, Any]) -> str:
    lines = str(summary["failure"].get("reason") or "; ".join(summary["warnings"])).splitlines()
    return lines[0] if lines else ""


if __name__ == "__main__":
    sys.exit(main())
