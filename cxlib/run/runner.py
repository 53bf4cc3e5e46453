"""`cx run`: the ten stages in order. What has not changed is kept; the first stage that stops, stops the chain."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cxlib.chain import STAGES, Stage, stage_of
from cxlib.engagement import decisions, records
from cxlib.engagement.brief import load_brief
from cxlib.engagement.parameters import check_parameters
from cxlib.errors import CxError, StageError, UsageError
from cxlib.language import _, speak
from cxlib.report.audiences import audience as reader_of
from cxlib.report.standing import read_run, standings
from cxlib.run import pages, staging
from cxlib.run.beside import Beside
from cxlib.run.clock import now, run_id
from cxlib.run.execute import Executed, Failure, execute_notebook
from cxlib.run.graft import executed_text, grafted
from cxlib.run.inputs import Inputs
from cxlib.run.lock import INTERRUPTED, held, terminable
from cxlib.run.log import new_log
from cxlib.run.order import Order, Run, notebooks
from cxlib.run.plan import reusable
from cxlib.run.store import Artifact, Store
from cxlib.run.unchanged import line, look, remember
from cxlib.show.opening import restated

Tell = Callable[[str], None]
Execute = Callable[[Path, dict[str, str]], Executed]


@dataclass
class Work:
    """What carries a run out: where artifacts are, what they depend on, who computes, who is told, which pages there are."""

    store: Store
    inputs: Inputs
    notebooks: dict[int, Path]
    execute: Execute
    tell: Tell
    pages: dict[str, str]
    beside: Beside


def run_chain(order: Order, *, tell: Tell, execute: Execute | None = None) -> Run:
    """Run the stages from `order.first` on; return the run, whose `exit_code` says how it ended.

    Raises UsageError for wrong parameters, BriefError for a wrong brief, ChainError when the stages before `first` do not
    hold, LockedError when another run holds the engagement, KeyboardInterrupt when it is interrupted.
    """
    found = notebooks(order.notebooks)
    run = _prepared(order, found)
    with held(run.public, run.id, wait=order.wait), terminable(), _written(run):
        run.id = run_id(last=max((folder.name for folder in staging.runs(run.public)), default=""))
        staging.mend(run.public)
        with staging.staged(run), Beside() as beside:
            work = Work(
                Store(run.public), Inputs(run.brief, found), found, execute or execute_notebook, tell, {}, beside
            )
            try:
                _stages(run, work)
            except KeyboardInterrupt as error:
                code = getattr(error, "exit_code", INTERRUPTED)
                records.write_json(run.public / "run.json", {**new_log(run, "interrupted"), "exit_code": code})
                raise
            _end(run, work)
    return run


@contextmanager
def _written(run: Run) -> Iterator[None]:
    """Say in plain words that a file could not be written: the last report is as it was, what was finished is kept."""
    try:
        yield
    except OSError as error:
        where = Path(str(error.filename)).name if error.filename else run.public.name
        raise StageError(
            where,
            _("it could not be written ({why})").format(why=error.strerror or error),
            _("The last report is as it was, and what was finished is kept"),
            _("Make room, or let it be written; then run again"),
        ) from error


def _prepared(order: Order, found: dict[int, Path]) -> Run:
    """Check everything that can be checked before the lock is asked for."""
    reader_of(order.audience)
    stage_of(order.first)
    given = check_parameters({"engagement": order.engagement, "out": order.out, "as_of": order.as_of})
    folder = given.engagement if given.engagement.is_dir() else given.engagement.parent
    made_from = look(folder, found)
    brief = load_brief(given.engagement, given.as_of)
    speak(brief.lang, brief.locale, brief.currency)
    home = given.out / brief.name
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            _("--out {out}").format(out=order.out),
            _("it cannot be written ({why})").format(why=error.strerror),
            _("A folder that you may write to"),
        ) from None
    run = Run(order, brief, home, {}, made_from=made_from)
    day = given.as_of.isoformat() if given.as_of else ""
    run.parameters = {"engagement": str(brief.folder.resolve()), "out": str(run.staging.parent), "as_of": day}
    return run


def _stages(run: Run, work: Work) -> None:
    """The stages before the first one as they stand, then each of the others."""
    first = run.order.first
    for stage in STAGES[: first - 1]:
        _keep(run, stage, work)
    decisions.check_open(run.brief, run.staging, first, run.brief.as_of.isoformat())
    work.inputs.look()
    for stage in STAGES[first - 1 :]:
        if run.stopped_at is None:
            _stage(run, stage, work)
        else:
            _waits(run, stage, run.stopped_at, work)
    _made(run, work)


def _keep(run: Run, stage: Stage, work: Work) -> None:
    """A stage that the order leaves as it is: computed from what is there now, or else as it was left last."""
    found, _damaged = reusable(work.store, work.inputs, stage, records.read_records(run.staging))
    found = found or staging.in_force(run, work.store, stage)
    if found is not None:
        staging.put(run, stage, found)
        _show_kept(run, stage, found, work)
        _row(run, stage, status="kept")


def _stage(run: Run, stage: Stage, work: Work) -> None:
    """Keep what a stage has left, if it was made from what is there now; else compute it."""
    clock = time.monotonic()
    earlier = records.read_records(run.staging)
    found, damaged = (None, []) if run.order.force else reusable(work.store, work.inputs, stage, earlier)
    for artifact in damaged:
        work.store.drop(artifact)
    if found is not None:
        staging.put(run, stage, found)
        _show_kept(run, stage, found, work)
        _row(run, stage, status="cached")
        work.tell(line(stage, None, _("unchanged")))
        return
    done = work.execute(work.notebooks[stage.number], run.parameters)
    failure = done.failure or _taken(run, stage, done, work, clock)
    seconds = round(time.monotonic() - clock, 2)
    if failure is None:
        _row(run, stage, status="done", seconds=seconds)
        work.tell(line(stage, seconds, standings(run.brief, run.home)[stage.number - 1].state.word))
        return
    _made(run, work)
    run.failure, run.stopped_at = failure, stage
    if done.notebook is not None:
        pages.write_notebook(run, stage, executed_text(done.notebook, run.staging, run.public))
    _row(run, stage, status="failed", seconds=seconds, reason=failure.message)
    pages.write_stopped(run, stage, failure)
    work.tell(line(stage, seconds, _("stopped")))


def _made(run: Run, work: Work) -> None:
    """Wait for the pages; one that could not be made is a failure of its stage."""
    wrong = work.beside.wait()
    if wrong is not None and run.failure is None:
        stage, error = wrong
        run.failure, run.stopped_at = Failure("refused", str(error), error.exit_code), stage
        run.rows[stage.number - 1] |= {"status": "failed", "reason": str(error)}
        pages.write_stopped(run, stage, run.failure)


def _taken(run: Run, stage: Stage, done: Executed, work: Work, clock: float) -> Failure | None:
    """Take what a stage has left into the store and let its page be made; what is wrong with it is a failure of the stage."""
    try:
        record = records.read_record(run.staging, stage.number)
        if record is None or not records.live_folder(run.staging, stage.number).exists():
            raise CxError(
                _("stage {n}").format(n=stage.number),
                _("it ended without a record"),
                "",
                _("Its notebook has to end with stage.finish()"),
            )
        live = records.live_folder(run.staging, stage.number)
        text = executed_text(done.notebook, run.staging, run.public)
        records.write_bytes(live / "notebook.ipynb", text.encode())
        parts = work.inputs.parts(stage, record, records.read_records(run.staging))
        artifact = work.store.commit(
            live,
            stage.number,
            {
                "run_id": run.id,
                "made_at": now(),
                "seconds": round(time.monotonic() - clock, 2),
                "output": record["digest"],
                "parts": parts,
            },
        )
        staging.put(run, stage, artifact)
        pages.write_notebook(run, stage, text)
        work.beside.make(stage, pages.write_stage, run, stage, done.notebook)
        work.pages[stage.slug] = _page_key(run, stage, artifact, work)
    except CxError as error:
        return Failure("refused", str(error), error.exit_code)
    return None


def _show_kept(run: Run, stage: Stage, artifact: Artifact, work: Work) -> None:
    """The page of a stage that was not computed: as it is, or made again where words, look or reader have changed."""
    if not artifact.notebook.is_file():
        return  # run by hand: its notebook is where its author has saved it
    key = work.pages[stage.slug] = _page_key(run, stage, artifact, work)
    before = staging.published(run.public)
    names = (f"{stage.slug}.html", f"notebooks/{stage.slug}.ipynb")
    if (
        before
        and records.read_json(before / "pages.json").get(stage.slug) == key
        and all((before / name).is_file() for name in names)
    ):
        for name in names:
            os.link(before / name, run.staging / name)
        pages.compare_again(run, stage)
        return
    import nbformat

    states, sealed = work.inputs.states(stage, records.read_records(run.staging)), work.inputs.is_sealed(stage)
    plain = grafted(
        json.loads(artifact.notebook.read_text(encoding="utf-8")),
        work.inputs.notebook(stage.number),
        lambda html: restated(html, states, sealed=sealed),
    )
    notebook = nbformat.from_dict(plain)
    pages.write_notebook(run, stage, nbformat.writes(notebook) + "\n")
    work.beside.make(stage, pages.write_stage, run, stage, notebook)


def _page_key(run: Run, stage: Stage, artifact: Artifact, work: Work) -> str:
    states = work.inputs.states(stage, records.read_records(run.staging))
    made_from = [artifact.id, work.inputs.notebook(stage.number).page_digest(), work.inputs.reader, repr(states)]
    return pages.page_key(run, stage, made_from)


def _waits(run: Run, stage: Stage, cause: Stage, work: Work) -> None:
    """Leave a page that says which stage this one waits for."""
    reason = _("It waits for stage {n}, {name}.").format(n=cause.number, name=cause.name)
    _row(run, stage, status="blocked", reason=reason)
    pages.write_waiting(run, stage, cause)
    work.tell(line(stage, None, reason))


def _end(run: Run, work: Work) -> None:
    """Keep the run among those that have ended and publish it; of one that stopped, only that it did, if there is a whole one."""
    status = "failed" if run.failure else "done"
    _log(run, status)
    pages.write_index(run)
    records.write_json(run.staging / "pages.json", work.pages)
    _log(run, status)
    staging.keep(run)
    run.ended = True
    if run.failure is None or not staging.is_whole(staging.published(run.public)):
        staging.publish(run.public, run.kept)
        remember(run, work.inputs)
        return
    records.write_json(run.public / "run.json", read_run(run.kept))
    pages.write_index(run)


def _row(run: Run, stage: Stage, *, status: str, seconds: float = 0.0, reason: str = "") -> None:
    """Note what became of a stage, in run.json too."""
    run.rows.append({"stage": stage.number, "slug": stage.slug, "status": status, "seconds": seconds, "reason": reason})
    _log(run, "running")


def _log(run: Run, status: str) -> None:
    """Write run.json."""
    records.write_json(run.home / "run.json", new_log(run, status))
