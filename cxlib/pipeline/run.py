"""`cx run`: the ten stages in order, each leaving a notebook and a page; the first that stops, stops the chain."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from cxlib import decisions, records
from cxlib.brief import load_brief
from cxlib.chain import STAGES, Stage, stage_of
from cxlib.errors import CxError, LockedError, UsageError
from cxlib.language import _, number, speak
from cxlib.parameters import check_parameters, project_folder
from cxlib.pipeline import pages
from cxlib.pipeline.execute import Executed, Failure, execute_notebook
from cxlib.pipeline.log import new_log
from cxlib.pipeline.order import Order, Run
from cxlib.report.audiences import audience as reader_of
from cxlib.report.standing import standings

Tell = Callable[[str], None]
Execute = Callable[[Path, dict[str, str]], Executed]
TERMINATED = 143


def run_chain(order: Order, *, tell: Tell, execute: Execute | None = None) -> Run:
    """Run the stages from `order.first` on; return the run, whose `exit_code` says how it ended.

    Raises UsageError for wrong parameters, BriefError for a wrong brief, ChainError when the stages before `first` do not
    hold, LockedError when another run holds the engagement, KeyboardInterrupt when it is interrupted.
    """
    run = _prepared(order)
    work = execute or execute_notebook
    with _held(run.home, run.id), _terminable():
        try:
            pages.rewrite_kept(run)
            _log(run, "running")
            for stage in STAGES[order.first - 1 :]:
                _stage(run, stage, tell=tell, execute=work)
                pages.write_index(run)
        except KeyboardInterrupt:
            _log(run, "interrupted")
            raise
        _log(run, "failed" if run.failure else "done")
    return run


def _prepared(order: Order) -> Run:
    """Check everything that can be checked before the first kernel starts."""
    reader_of(order.audience)
    stage_of(order.first)
    given = check_parameters({"engagement": order.engagement, "out": order.out, "as_of": order.as_of})
    brief = load_brief(given.engagement, given.as_of)
    speak(brief.lang, brief.locale, brief.currency)
    home = given.out / brief.name
    try:
        (home / "notebooks").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(_("--out {out}").format(out=order.out), _("it cannot be written ({why})").format(why=error.strerror),
                         _("A folder that you may write to")) from None  # fmt: skip
    decisions.check_open(brief, home, order.first, brief.as_of.isoformat())
    day = given.as_of.isoformat() if given.as_of else ""
    run = Run(order, brief, home, {"engagement": str(brief.folder.resolve()), "out": str(given.out), "as_of": day})
    run.rows = [{"stage": s.number, "slug": s.slug, "status": "kept", "seconds": 0.0, "reason": ""}
                for s in STAGES[: order.first - 1]]  # fmt: skip
    return run


def _stage(run: Run, stage: Stage, *, tell: Tell, execute: Execute) -> None:
    """Run one stage, or leave a page that says which stage it waits for."""
    if run.stopped_at is not None:
        reason = _("It waits for stage {n}, {name}.").format(n=run.stopped_at.number, name=run.stopped_at.name)
        _row(run, stage, status="blocked", seconds=0.0, reason=reason)
        pages.write_waiting(run, stage, run.stopped_at)
        tell(_line(stage, None, reason))
        return
    clock = time.monotonic()
    done = execute(_notebook(run, stage), run.parameters)
    failure = done.failure or _paged(run, stage, done)
    if done.notebook is not None:
        pages.write_notebook(run, stage, done.notebook)
    seconds = round(time.monotonic() - clock, 2)
    if failure is None:
        _row(run, stage, status="done", seconds=seconds, reason="")
        tell(_line(stage, seconds, standings(run.brief, run.home)[stage.number - 1].state.word))
        return
    run.failure, run.stopped_at = failure, stage
    _row(run, stage, status="failed", seconds=seconds, reason=failure.message)
    pages.write_stopped(run, stage, failure)
    tell(_line(stage, seconds, _("stopped")))


def _paged(run: Run, stage: Stage, done: Executed) -> Failure | None:
    """Write the stage's page; what is wrong with the page is a failure of the stage."""
    try:
        if records.read_record(run.home, stage.number) is None:
            raise CxError(_("stage {n}").format(n=stage.number), _("it ended without a record"),
                          "", _("Its notebook has to end with stage.finish()"))  # fmt: skip
        pages.write_stage(run, stage, done.notebook)
    except CxError as error:
        return Failure("refused", str(error), error.exit_code)
    return None


def _row(run: Run, stage: Stage, *, status: str, seconds: float, reason: str) -> None:
    """Note what became of a stage, in run.json too."""
    row = {"stage": stage.number, "slug": stage.slug, "status": status, "seconds": seconds, "reason": reason}
    run.rows.append(row)
    _log(run, "running")


def _log(run: Run, status: str) -> None:
    """Write run.json."""
    records.write_json(run.home / "run.json", new_log(run, status))


def _line(stage: Stage, seconds: float | None, word: str) -> str:
    """One line of progress."""
    took = f"{number(seconds, 1):>7} s" if seconds is not None else f"{'–':>7}  "
    return f"{stage.number:>2}  {stage.name:<22}{took}  {word}"


def _notebook(run: Run, stage: Stage) -> Path:
    """The notebook of a stage: beside the package, or in the project that `cx` is called from."""
    beside = Path(__file__).resolve().parents[2] / "notebooks"
    folders = [run.order.notebooks] if run.order.notebooks else [beside, project_folder() / "notebooks"]
    for folder in folders:
        if (folder / f"{stage.slug}.ipynb").is_file():
            return folder / f"{stage.slug}.ipynb"
    raise UsageError(_("stage {n}").format(n=stage.number), _("its notebook {slug}.ipynb is not found").format(slug=stage.slug),
                     _("The ten notebooks lie in the project's folder notebooks/"),
                     _("Call `cx` inside the project"))  # fmt: skip


@contextmanager
def _held(home: Path, run: str) -> Iterator[None]:
    """Hold the engagement's reports for one run; the lock goes with the process."""
    descriptor = os.open(home / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            raise LockedError(home.name, _("another run holds it: {holder}").format(holder=holder or _("unknown")), "",
                              _("Wait until it has ended, or stop it")) from None  # fmt: skip
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, _("run {run}, process {pid}").format(run=run, pid=os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


class Terminated(KeyboardInterrupt):
    """The run was asked to end by SIGTERM: it ends like an interrupt, so that no kernel is left behind."""

    exit_code = TERMINATED


@contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM into an exception that closes the kernel on its way out."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise Terminated

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread: whoever runs us there handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
