"""`cx lab`: JupyterLab in an engagement's workspace, with a notebook on the left and the overview on the right."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cxlib.chain import STAGES
from cxlib.engagement.brief import load_brief
from cxlib.engagement.parameters import DEFAULTS, OWN, reports_of
from cxlib.errors import CxError
from cxlib.language import speak
from cxlib.report.standing import read_run
from cxlib.run.pages import refresh_index
from cxlib.workspace.make import keep_outputs_out

EXTENSION = "cxlib.workspace.server"


def lab_command(folder: Path, options: Sequence[str]) -> list[str]:
    """What starts JupyterLab in a workspace; the options of the person come last, and so prevail."""
    root = folder.resolve()
    keep_outputs_out(root)
    layouts = root / OWN / "lab"
    _lay_out(root, layouts, _overview(root))
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={root}",
        f"--ServerApp.jpserver_extensions={ {EXTENSION: True}!r}",
        f"--LabApp.workspaces_dir={layouts}",
        f"--LabApp.default_url=/lab/workspaces/{OWN[1:]}",
    ]
    return [*command, *(["--allow-root"] if is_root() else []), *options]


def is_root() -> bool:
    """Whether whoever starts it may do everything on this machine; Jupyter's server then wants to be told."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _overview(root: Path) -> str:
    """The overview, written if there is none yet, by its path in the workspace; "" when the brief is wrong."""
    try:
        brief = load_brief(root)
    except CxError:
        return ""
    home = reports_of(root, DEFAULTS["out"]) / brief.name
    if not (home / "index.html").is_file():
        speak(brief.lang, brief.locale, brief.currency)
        refresh_index(brief, home, read_run(home), named=brief.name)
    return (home / "index.html").relative_to(root).as_posix()


def _lay_out(root: Path, layouts: Path, overview: str) -> None:
    """Say which documents stand where when JupyterLab opens for the first time; later it opens as it was left."""
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    if layouts.is_dir():
        return
    layouts.mkdir(parents=True)
    notebook = f"notebooks/{STAGES[0].slug}.ipynb"
    shown = {f"notebook:{notebook}": {"path": notebook, "factory": "Notebook"}}
    if overview:
        shown[f"htmlviewer:{overview}"] = {"path": overview, "factory": "HTML Viewer"}
    areas = [{"type": "tab-area", "currentIndex": 0, "widgets": [widget]} for widget in shown]
    sizes = [1 / len(areas)] * len(areas)
    dock = {"type": "split-area", "orientation": "horizontal", "sizes": sizes, "children": areas}
    left = {"collapsed": False, "visible": True, "current": "filebrowser", "widgets": ["filebrowser"]}
    layout = {"main": {"dock": dock, "current": f"notebook:{notebook}"}, "left": left, "relativeSizes": [0.16, 0.84, 0]}
    data = {"layout-restorer:data": layout, **{widget: {"data": about} for widget, about in shown.items()}}
    layouts_file = json.dumps({"data": data, "metadata": {"id": OWN[1:]}})
    WorkspacesManager(str(layouts)).save(OWN[1:], layouts_file)
