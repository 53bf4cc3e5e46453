"""A notebook that is saved in JupyterLab: its page and the overview are written anew from what it shows."""

from __future__ import annotations

import contextvars
import json
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES
from cxlib.engagement import records
from cxlib.engagement.brief import load_brief
from cxlib.engagement.parameters import DEFAULTS, reports_of
from cxlib.language import speak
from cxlib.report.since import since_last
from cxlib.report.standing import read_run, standings
from cxlib.report.view import CHANGED
from cxlib.run.digests import source_of
from cxlib.run.notebooks import changed_cells
from cxlib.run.pages import frame_of, refresh_index


def write_page(folder: Path, notebook: Path) -> Path | None:
    """Write the page of a stage's notebook as it was saved, and the overview; return the page.

    None when there is nothing whole to show: the file is not a stage's notebook, a cell has not run or has failed, or
    its stage has not finished. Raises CxError for a wrong brief.
    """
    return contextvars.copy_context().run(_written, folder, notebook)


def _written(folder: Path, notebook: Path) -> Path | None:
    stage = next((stage for stage in STAGES if notebook.name == f"{stage.slug}.ipynb"), None)
    if stage is None or notebook.parent.resolve() != (folder / "notebooks").resolve():
        return None
    saved = json.loads(notebook.read_text(encoding="utf-8"))
    brief = load_brief(folder)
    home = reports_of(folder, DEFAULTS["out"]) / brief.name
    record = records.read_json(records.live_folder(home, stage.number) / "record.json")
    if not record or not _is_whole(saved):
        return None
    import nbformat

    from cxlib.report.page import stage_page

    speak(brief.lang, brief.locale, brief.currency)
    saved["metadata"][CHANGED] = changed_cells(folder, notebook)
    about = {**read_run(home), "started": record["ran_at"]}
    frame = frame_of(brief, about)
    since = since_last(brief, home, frame.run_id, stage.number)
    page = home / f"{stage.slug}.html"
    html = stage_page(nbformat.from_dict(saved), standings(brief, home)[stage.number - 1], frame, since)
    records.write_bytes(page, html.encode())
    refresh_index(brief, home, about, named=brief.name)
    return page


def _is_whole(notebook: dict[str, Any]) -> bool:
    """Whether every code cell has run, and none has failed."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and source_of(cell).strip()]
    failed = [output for cell in code for output in cell["outputs"] if output["output_type"] == "error"]
    return all(cell["execution_count"] for cell in code) and not failed
