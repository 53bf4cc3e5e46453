"""The files a run leaves for people, each written whole or not at all: pages, notebooks, the overview."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.dates import format_time

from cxlib.chain import Stage
from cxlib.engagement import records
from cxlib.engagement.brief import Brief
from cxlib.engagement.left import leave
from cxlib.facts import Fact
from cxlib.language import day, voice
from cxlib.report.corridor import corridor
from cxlib.report.explain import DICTIONARY, read_facts
from cxlib.report.since import since_last
from cxlib.report.standing import next_step, read_run, standings
from cxlib.report.trace import trace
from cxlib.run.digests import NotebookText, source_of, tags_of
from cxlib.run.execute import Failure
from cxlib.run.order import Run, shown

if TYPE_CHECKING:  # loaded only when a page is made, so that a run begins sooner
    from cxlib.report.view import Frame

OPENING = "opening"
INJECTED = "injected-parameters"  # papermill's tag of the cell that it adds


def frame_of(brief: Brief, run: dict[str, Any]) -> Frame:
    """What surrounds every page: client, language, freshness, and the run, as run.json describes it ({}: none)."""
    from cxlib.report.view import Frame

    when = ""
    if started := run.get("started", ""):
        moment = dt.datetime.fromisoformat(started)
        when = f"{day(moment)}, {format_time(moment, 'short', tzinfo=dt.UTC, locale=voice().locale)} UTC"
    return Frame(
        company=brief.company,
        lang=voice().lang,
        as_of=day(brief.as_of),
        run_at=when,
        run_id=run.get("run_id", ""),
        period=f"{day(brief.period.start)} – {day(brief.period.end)}",
        version=metadata.version("cxlib"),
        audience=run.get("parameters", {}).get("audience", "report"),
    )


def write_stage(run: Run, stage: Stage, notebook: Any) -> None:
    """Write the page of a stage that has run."""
    from cxlib.report.page import stage_page

    standing = standings(run.brief, run.home)[stage.number - 1]
    since = since_last(run.brief, run.home, run.id, stage.number)
    _write(run, stage, stage_page(notebook, standing, frame_of(run.brief, run.about), since))


def compare_again(run: Run, stage: Stage) -> None:
    """Let the page of a stage that was not computed again say what has changed since the run before this one."""
    from cxlib.report.page import with_since

    page = (run.home / f"{stage.slug}.html").read_text(encoding="utf-8")
    fresh = with_since(page, since_last(run.brief, run.home, run.id, stage.number))
    if fresh != page:
        _write(run, stage, fresh)


def page_key(run: Run, stage: Stage, made_from: list[str]) -> str:
    """What the page of a stage depends on, beside the run that makes it."""
    standing = standings(run.brief, run.home)[stage.number - 1]
    frame = replace(frame_of(run.brief, run.about), run_at="", run_id="")
    return records.token([*made_from, repr(standing), repr(frame)])


def write_stopped(run: Run, stage: Stage, failure: Failure) -> None:
    """Write the page of a stage that stopped."""
    from cxlib.report.notice import notice_page, stopped

    notice = stopped(stage, failure.kind, failure.message, run.command(stage.number))
    _write(run, stage, notice_page(stage, frame_of(run.brief, run.about), notice, "failed"))


def write_waiting(run: Run, stage: Stage, cause: Stage) -> None:
    """Write the page of a stage that waits for one that stopped."""
    from cxlib.report.notice import notice_page, waiting

    notice = waiting(stage, cause, run.command(cause.number))
    _write(run, stage, notice_page(stage, frame_of(run.brief, run.about), notice, "blocked"))


def _write(run: Run, stage: Stage, page: str) -> None:
    records.write_bytes(run.home / f"{stage.slug}.html", page.encode())


def refresh_index(brief: Brief, home: Path, run: dict[str, Any], *, named: str = "", out: str = "") -> None:
    """Write the overview and its summary as the chain stands now; `run` is what run.json holds or will hold."""
    from cxlib.report.index import Overview, index_page, summary_page

    frame, stands = frame_of(brief, run), standings(brief, home)
    facts = _facts(home)
    known = Overview(
        stands,
        next_step(stands, shown(named), shown(out)),
        corridor(brief, home, stands),
        trace(stands, facts),
        since_last(brief, home, frame.run_id),
    )
    leave(
        home,
        {"index.html": index_page(frame, known).encode(), "summary.html": summary_page(frame, known).encode()},
    )


def write_dictionary(run: Run) -> None:
    """Write the page of all facts that the run has made so far."""
    from cxlib.report.dictionary_page import dictionary_page

    page = dictionary_page(frame_of(run.brief, run.about), _facts(run.home).values())
    records.write_bytes(run.home / DICTIONARY, page.encode())


def _facts(home: Path) -> dict[str, Fact]:
    return read_facts(home) if (home / "facts.json").is_file() else {}


def refresh_pages(brief: Brief, home: Path) -> None:
    """Bring the stages' pages up to date after a decision: the band of each, the whole page where the state changed."""
    import nbformat

    from cxlib.report.page import stage_page, with_band

    frame, made = frame_of(brief, read_run(home)), dict[str, bytes]()
    for one in standings(brief, home):
        path, notebook = home / f"{one.stage.slug}.html", home / "notebooks" / f"{one.stage.slug}.ipynb"
        page = path.read_text(encoding="utf-8") if path.is_file() else ""
        fresh = with_band(page, one)
        if fresh == page:
            continue
        if one.older and notebook.is_file():
            since = since_last(brief, home, frame.run_id, one.stage.number)
            fresh = stage_page(nbformat.read(notebook, 4), one, frame, since)
        made[path.name] = fresh.encode()
    leave(home, made)


# -- notebooks -----------------------------------------------------------------------------------------------------


def write_notebook(run: Run, stage: Stage, text: str) -> None:
    """Write the executed notebook of a stage, as far as it came."""
    records.write_bytes(run.home / "notebooks" / f"{stage.slug}.ipynb", text.encode())


def executed_text(notebook: Any, run: Run) -> str:
    """An executed notebook as it is stored: the report folder named instead of the run's own, which is gone by then."""
    for cell in notebook.cells:
        if INJECTED in tags_of(cell):
            cell.source = cell.source.replace(str(run.staging.parent), str(run.public.parent))
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def grafted(executed: dict[str, Any], source: NotebookText, restate: Callable[[str], str]) -> dict[str, Any]:
    """A stored notebook in today's words: the cells of the source, its code cells with the outputs once computed.

    The code of both is the same. `restate` brings the HTML of an opening up to how decisions stand.
    """
    code = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
    injected = [cell for cell in code if INJECTED in tags_of(cell)]
    own = iter([cell for cell in code if INJECTED not in tags_of(cell) and source_of(cell).strip()])
    cells: list[dict[str, Any]] = []
    for written in source.cells:
        if written["cell_type"] != "code":
            cells.append(copy.deepcopy(written))
            continue
        if not source_of(written).strip():
            continue  # JupyterLab adds one after the last
        cell, tags = next(own), tags_of(written)
        cell = {**cell, "metadata": {**cell.get("metadata", {}), "tags": tags}}
        cells.append(_restated(cell, restate) if OPENING in tags else cell)
        if "parameters" in tags:
            cells += injected
    return {**executed, "cells": cells}


def _restated(cell: dict[str, Any], restate: Callable[[str], str]) -> dict[str, Any]:
    """A cell whose HTML outputs are brought up to date."""
    outputs = copy.deepcopy(cell["outputs"])
    for data in (output["data"] for output in outputs if "text/html" in output.get("data", {})):
        data["text/html"] = restate("".join(data["text/html"]))
    return {**cell, "outputs": outputs}
