"""The files a run leaves for people, each written whole or not at all: pages, notebooks, the overview."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.dates import format_time

from cxlib.chain import Stage
from cxlib.engagement import records
from cxlib.engagement.brief import Brief
from cxlib.facts import Fact
from cxlib.language import day, voice
from cxlib.report.corridor import corridor
from cxlib.report.explain import DICTIONARY, read_facts
from cxlib.report.since import since_last
from cxlib.report.standing import next_step, read_run, standings
from cxlib.report.trace import trace
from cxlib.run.execute import Failure
from cxlib.run.order import Run, shown

if TYPE_CHECKING:
    from cxlib.report.view import Frame


def frame_of(brief: Brief, run: dict[str, Any]) -> Frame:
    """What surrounds every page: client, language, freshness, run."""
    from cxlib.report.view import Frame  # here, so that a run begins before what makes its pages is loaded

    started = run.get("started", "")
    when = ""
    if started:
        moment = dt.datetime.fromisoformat(started)
        when = f"{day(moment)}, {format_time(moment, 'short', tzinfo=dt.UTC, locale=voice().locale)} UTC"
    return Frame(
        company=brief.company, lang=voice().lang, as_of=day(brief.as_of), run_at=when, run_id=run.get("run_id", ""),
        period=f"{day(brief.period.start)} – {day(brief.period.end)}", version=metadata.version("cxlib"),
        audience=run.get("audience", "report"),
    )  # fmt: skip


def write_stage(run: Run, stage: Stage, notebook: Any) -> None:
    """The page of a stage that has run."""
    from cxlib.report.page import stage_page

    standing = standings(run.brief, run.home)[stage.number - 1]
    since = since_last(run.brief, run.home, run.id, stage.number)
    _write(run, stage, stage_page(notebook, standing, _frame(run), since))


def compare_again(run: Run, stage: Stage) -> None:
    """Let the page of a stage that was not computed again say what has changed since the run before this one."""
    from cxlib.report.page import with_since

    path = run.home / f"{stage.slug}.html"
    page = path.read_text(encoding="utf-8")
    fresh = with_since(page, since_last(run.brief, run.home, run.id, stage.number))
    if fresh != page:
        records.write_bytes(path, fresh.encode())


def page_key(run: Run, stage: Stage, made_from: list[str]) -> str:
    """What the page of a stage depends on, beside the run that makes it."""
    standing = standings(run.brief, run.home)[stage.number - 1]
    frame = replace(_frame(run), run_at="", run_id="")
    return records.token([*made_from, repr(standing), repr(frame)])


def write_stopped(run: Run, stage: Stage, failure: Failure) -> None:
    """The page of a stage that stopped."""
    from cxlib.report.notice import notice_page, stopped

    notice = stopped(stage, failure.kind, failure.message, run.command(stage.number))
    _write(run, stage, notice_page(stage, _frame(run), notice, "failed"))


def write_waiting(run: Run, stage: Stage, cause: Stage) -> None:
    """The page of a stage that waits for one that stopped."""
    from cxlib.report.notice import notice_page, waiting

    notice = waiting(stage, cause, run.command(cause.number))
    _write(run, stage, notice_page(stage, _frame(run), notice, "blocked"))


def write_notebook(run: Run, stage: Stage, text: str) -> None:
    """The executed notebook of a stage, as far as it came."""
    records.write_bytes(run.home / "notebooks" / f"{stage.slug}.ipynb", text.encode())


def write_index(run: Run) -> None:
    """The overview, its summary and, while the run works, the dictionary of its facts."""
    refresh_index(run.brief, run.home, {"started": run.started, "run_id": run.id, "audience": run.order.audience},
                  named=run.order.named, out=run.out_named)  # fmt: skip
    if not run.ended:  # the facts of a published report are those of the run that it is of
        from cxlib.report.dictionary_page import dictionary_page

        records.write_bytes(run.home / DICTIONARY, dictionary_page(_frame(run), _facts(run.home).values()).encode())


def refresh_index(
    brief: Brief, home: Path, run: dict[str, Any] | None = None, *, named: str = "", out: str = ""
) -> None:
    """Write the overview and its summary anew, e.g. after a decision."""
    from cxlib.report.index import Overview, index_page, summary_page

    about = run if run is not None else _about(read_run(home))
    frame, stands = frame_of(brief, about), standings(brief, home)
    known = Overview(stands, next_step(stands, shown(named), shown(out)), corridor(brief, home, stands),
                     trace(stands, _facts(home)), since_last(brief, home, about["run_id"]))  # fmt: skip
    records.write_bytes(home / "index.html", index_page(frame, known).encode())
    records.write_bytes(home / "summary.html", summary_page(frame, known).encode())


def refresh_pages(brief: Brief, home: Path) -> None:
    """Bring the stages' pages up to a decision that is newer: the band of each, the whole page where the state changed."""
    import nbformat

    from cxlib.report.page import stage_page, with_band

    about = _about(read_run(home))
    for one in standings(brief, home):
        path, notebook = home / f"{one.stage.slug}.html", home / "notebooks" / f"{one.stage.slug}.ipynb"
        page = path.read_text(encoding="utf-8") if path.is_file() else ""
        fresh = with_band(page, one)
        if fresh == page:
            continue
        if one.older and notebook.is_file():
            since = since_last(brief, home, about["run_id"], one.stage.number)
            fresh = stage_page(nbformat.read(notebook, 4), one, frame_of(brief, about), since)
        records.write_bytes(path, fresh.encode())


def _facts(home: Path) -> dict[str, Fact]:
    return read_facts(home) if (home / "facts.json").is_file() else {}


def _about(log: dict[str, Any]) -> dict[str, Any]:
    """Run, time and audience of the last run."""
    return {"started": log.get("started", ""), "run_id": log.get("run_id", ""),
            "audience": log.get("parameters", {}).get("audience", "report")}  # fmt: skip


def _frame(run: Run) -> Frame:
    return frame_of(run.brief, {"started": run.started, "run_id": run.id, "audience": run.order.audience})


def _write(run: Run, stage: Stage, page: str) -> None:
    records.write_bytes(run.home / f"{stage.slug}.html", page.encode())
