"""`cx run`: the ten stages in order. What has not changed is kept; the first stage that stops, stops the chain."""

from __future__ import annotations

import contextvars
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES, Stage, stage_of
from cxlib.engagement import decisions, heads, records
from cxlib.engagement.brief import load_brief
from cxlib.engagement.parameters import check_parameters
from cxlib.errors import CxError, StageError, UsageError
from cxlib.language import _, speak
from cxlib.report.audiences import audience as reader_of
from cxlib.report.standing import read_run, standings
from cxlib.report.view import CHANGED
from cxlib.run import pages, staging
from cxlib.run.clock import now, run_id
from cxlib.run.execute import Executed, Failure, execute_notebook
from cxlib.run.inputs import Inputs, reusable
from cxlib.run.lock import INTERRUPTED, held, terminable
from cxlib.run.notebooks import changed_cells, notebooks
from cxlib.run.order import Order, Run
from cxlib.run.outcome import run_log
from cxlib.run.store import Artifact, Store
from cxlib.run.unchanged import line, look, remember
from cxlib.show.opening import restated

Tell = Callable[[str], None]
Execute = Callable[[Path, dict[str, str]], Executed]


def run_chain(order: Order, *, tell: Tell, execute: Execute | None = None) -> Run:
    """Run the stages from `order.first` on; return the run, whose `exit_code` says how it ended.

    Raises UsageError for wrong parameters, BriefError for a wrong brief, ChainError when the stages before `first` do
    not hold, LockedError when another run holds the engagement, KeyboardInterrupt when it is interrupted.
    """
    run, found = _prepared(order)
    with held(run.public, run.id, wait=order.wait), terminable(), _written(run):
        run.id = run_id(last=max((folder.name for folder in staging.runs(run.public)), default=""))
        staging.mend(run.public)
        with staging.staged(run):
            work = Work(run, Store(run.public), Inputs(run.brief, found), found, execute or execute_notebook, tell)
            try:
                work.stages()
            except KeyboardInterrupt as error:
                code = getattr(error, "exit_code", INTERRUPTED)
                records.write_json(run.public / "run.json", {**run_log(run, "interrupted"), "exit_code": code})
                raise
            work.end()
    return run


@contextmanager
def _written(run: Run) -> Iterator[None]:
    """Say in plain words that a file could not be written: the last report is as it was, what was finished is kept."""
    try:
        yield
    except OSError as error:
        raise StageError(
            Path(str(error.filename)).name if error.filename else run.public.name,
            _("it could not be written ({why})").format(why=error.strerror or error),
            _("The last report is as it was, and what was finished is kept"),
            _("Make room, or let it be written; then run again"),
        ) from error


def _prepared(order: Order) -> tuple[Run, dict[int, Path]]:
    """Check everything that can be checked before the lock is asked for."""
    reader_of(order.audience)
    stage_of(order.first)
    given = check_parameters({"engagement": order.engagement, "out": order.out, "as_of": order.as_of})
    folder = given.engagement if given.engagement.is_dir() else given.engagement.parent
    found = notebooks(order.notebooks, engagement=folder)
    made_from = look(folder, found)
    brief = load_brief(given.engagement, given.as_of)
    speak(brief.lang, brief.locale, brief.currency)
    home = given.out / brief.name
    try:
        records.private(home)
    except OSError as error:
        where, what = _("--out {out}").format(out=order.out), _("it cannot be written ({why})")
        raise UsageError(where, what.format(why=error.strerror), _("A folder that you may write to")) from None
    run = Run(order, brief, home, {}, made_from=made_from)
    day = given.as_of.isoformat() if given.as_of else ""
    run.parameters = {"engagement": str(brief.folder.resolve()), "out": str(run.staging.parent), "as_of": day}
    return run, found


@dataclass
class Work:
    """A run as it is carried out: its artifacts and what they depend on, who computes, who is told, its pages.

    Pages are made beside the run: while a kernel computes a stage, a thread writes the page of the one before.
    """

    run: Run
    store: Store
    inputs: Inputs
    notebooks: dict[int, Path]
    execute: Execute
    tell: Tell
    page_keys: dict[str, str] = field(default_factory=dict)
    beside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "pages"))
    making: list[tuple[Stage, Future[None]]] = field(default_factory=list)

    def stages(self) -> None:
        """The stages before the first one as they stand, then each of the others, with their pages."""
        run, first = self.run, self.run.order.first
        try:
            heads.read_whole(run.brief.folder, run.public)
            for stage in STAGES[: first - 1]:
                self._leave(stage)
            decisions.check_open(run.brief, run.staging, first, run.brief.as_of.isoformat())
            self.inputs.look()
            for stage in STAGES[first - 1 :]:
                if run.stopped_at is None:
                    self._stage(stage)
                else:
                    self._waits(stage, run.stopped_at)
            self._made()
        finally:
            self.beside.shutdown(cancel_futures=True)

    def end(self) -> None:
        """Keep the run among those that have ended and publish it.

        Of one that stopped, only that it did is published, when there is a whole one.
        """
        run, status = self.run, "failed" if self.run.failure else "done"
        self._log(status)
        self._index()
        records.write_json(run.staging / "pages.json", self.page_keys)
        self._log(status)
        staging.keep(run)
        run.ended = True
        if run.failure is None or not staging.is_whole(staging.published(run.public)):
            staging.publish(run.public, run.kept)
            remember(run, self.inputs)
            return
        records.write_json(run.public / "run.json", read_run(run.kept))
        self._index()

    def _leave(self, stage: Stage) -> None:
        """A stage before the first one asked for: computed from what is there now, or else as it was left last."""
        found, _damaged = reusable(self.store, self.inputs, stage, self._earlier())
        found = found or staging.in_force(self.run, self.store, stage)
        if found is not None:
            self._keep(stage, found, "kept")

    def _stage(self, stage: Stage) -> None:
        """Keep what a stage has left, if it was made from what is there now; else compute it."""
        run, clock = self.run, time.monotonic()
        if not run.order.force:
            found, damaged = reusable(self.store, self.inputs, stage, self._earlier())
            for artifact in damaged:
                self.store.drop(artifact)
            if found is not None:
                self._keep(stage, found, "cached")
                self.tell(line(stage, None, _("unchanged")))
                return
        done = self.execute(self.notebooks[stage.number], run.parameters)
        failure = done.failure or self._taken(stage, done, clock)
        seconds = round(time.monotonic() - clock, 2)
        if failure is None:
            self._row(stage, "done", seconds)
            self.tell(line(stage, seconds, standings(run.brief, run.home)[stage.number - 1].state.word))
            return
        self._made()
        run.failure, run.stopped_at = failure, stage
        if done.notebook is not None:
            pages.write_notebook(run, stage, pages.executed_text(done.notebook, run))
        self._row(stage, "failed", seconds, failure.message)
        pages.write_stopped(run, stage, failure)
        self.tell(line(stage, seconds, _("stopped")))

    def _waits(self, stage: Stage, cause: Stage) -> None:
        """Leave a page that says which stage this one waits for."""
        reason = _("It waits for stage {n}, {name}.").format(n=cause.number, name=cause.name)
        self._row(stage, "blocked", reason=reason)
        pages.write_waiting(self.run, stage, cause)
        self.tell(line(stage, None, reason))

    def _taken(self, stage: Stage, done: Executed, clock: float) -> Failure | None:
        """Take what a stage has left into the store and let its page be made; return what is wrong with it."""
        run = self.run
        live = records.live_folder(run.staging, stage.number)
        try:
            record = records.read_record(run.staging, stage.number)
            if record is None or not live.exists():
                where, what = _("stage {n}").format(n=stage.number), _("it ended without a record")
                raise CxError(where, what, "", _("Its notebook has to end with stage.finish()"))
            self._mark(stage, done.notebook)
            text = pages.executed_text(done.notebook, run)
            records.write_bytes(live / "notebook.ipynb", text.encode())
            about = {
                "run_id": run.id,
                "made_at": now(),
                "seconds": round(time.monotonic() - clock, 2),
                "output": record["digest"],
                "parts": self.inputs.parts(stage, record, self._earlier()),
            }
            artifact = self.store.commit(live, stage.number, about)
            staging.put(run, stage, artifact)
            pages.write_notebook(run, stage, text)
            self._make_page(stage, done.notebook)
            self.page_keys[stage.slug] = self._page_key(stage, artifact)
        except CxError as error:
            return Failure("refused", str(error), error.exit_code)
        return None

    def _keep(self, stage: Stage, artifact: Artifact, status: str) -> None:
        """Let a stage rest on an artifact; its page stays, or is made again where words, look or reader have changed."""
        run = self.run
        staging.put(run, stage, artifact)
        self._row(stage, status)
        if not artifact.notebook.is_file():
            return  # run by hand: its notebook is where its author has saved it
        key = self.page_keys[stage.slug] = self._page_key(stage, artifact)
        before = staging.published(run.public)
        names = (f"{stage.slug}.html", f"notebooks/{stage.slug}.ipynb")
        same = before is not None and records.read_json(before / "pages.json").get(stage.slug) == key
        if before is not None and same and all((before / name).is_file() for name in names):
            for name in names:
                os.link(before / name, run.staging / name)
            pages.compare_again(run, stage)
            return
        import nbformat

        states, sealed = self.inputs.states(stage, self._earlier()), self.inputs.is_sealed(stage)
        executed = json.loads(artifact.notebook.read_text(encoding="utf-8"))
        source = self.inputs.notebooks[stage.number]
        plain = pages.grafted(executed, source, lambda html: restated(html, states, sealed=sealed))
        notebook = nbformat.from_dict(plain)
        self._mark(stage, notebook)
        pages.write_notebook(run, stage, nbformat.writes(notebook) + "\n")
        self._make_page(stage, notebook)

    def _make_page(self, stage: Stage, notebook: Any) -> None:
        """Let the page be made beside the run, in the language of this moment."""
        speaking = contextvars.copy_context().run
        self.making.append((stage, self.beside.submit(speaking, pages.write_stage, self.run, stage, notebook)))

    def _made(self) -> None:
        """Wait for the pages; one that could not be made is a failure of its stage."""
        run = self.run
        for stage, page in self.making:
            try:
                page.result()
            except CxError as error:
                if run.failure is None:
                    run.failure, run.stopped_at = Failure("refused", str(error), error.exit_code), stage
                    run.rows[stage.number - 1] |= {"status": "failed", "reason": str(error)}
                    pages.write_stopped(run, stage, run.failure)
        self.making.clear()

    def _mark(self, stage: Stage, notebook: Any) -> None:
        """Let a notebook say, for its page, which code cells an analyst of the engagement has changed."""
        notebook.metadata.pop(CHANGED, None)
        if changed := self._changed(stage):
            notebook.metadata[CHANGED] = changed

    def _changed(self, stage: Stage) -> list[str]:
        return changed_cells(self.run.brief.folder, self.notebooks[stage.number])

    def _page_key(self, stage: Stage, artifact: Artifact) -> str:
        states = self.inputs.states(stage, self._earlier())
        prose = self.inputs.notebooks[stage.number].page_digest()
        return pages.page_key(
            self.run, stage, [artifact.id, prose, self.inputs.reader, repr((states, self._changed(stage)))]
        )

    def _earlier(self) -> dict[int, records.Record]:
        """The records of the stages so far."""
        return records.read_records(self.run.staging)

    def _index(self) -> None:
        run = self.run
        pages.refresh_index(run.brief, run.home, run.about, named=run.order.named, out=run.out_named)
        if not run.ended:  # the facts of a published report are those of the run that it is of
            pages.write_dictionary(run)

    def _row(self, stage: Stage, status: str, seconds: float = 0.0, reason: str = "") -> None:
        """Note what became of a stage, in run.json too."""
        row = {"stage": stage.number, "slug": stage.slug, "status": status, "seconds": seconds, "reason": reason}
        self.run.rows.append({**row, CHANGED: self._changed(stage)})
        self._log("running")

    def _log(self, status: str) -> None:
        records.write_json(self.run.home / "run.json", run_log(self.run, status))
