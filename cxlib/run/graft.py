"""A stored notebook in today's words: outputs as they were computed, prose, tags and states of decisions as they are now."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cxlib.run.digests import NotebookText, tags_of

OPENING = "opening"
INJECTED = "injected-parameters"  # papermill's tag of the cell that it adds


def executed_text(notebook: Any, staging: Path, public: Path) -> str:
    """An executed notebook as it is stored: the report folder named instead of the run's own, which is gone by then."""
    for cell in notebook.cells:
        if INJECTED in tags_of(cell):
            cell.source = cell.source.replace(str(staging.parent), str(public.parent))
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def grafted(executed: dict[str, Any], source: NotebookText, restate: Callable[[str], str]) -> dict[str, Any]:
    """The cells of the source, its code cells with the outputs of the executed notebook, whose code is the same.

    `restate` brings the HTML of an opening up to how decisions stand.
    """
    done = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
    cells: list[dict[str, Any]] = []
    for written in source.cells:
        if written["cell_type"] != "code":
            cells.append(copy.deepcopy(written))
            continue
        cell = _with_tags(_next_own(done), tags_of(written))
        cells.append(_restated(cell, restate) if OPENING in tags_of(written) else cell)
        if done and INJECTED in tags_of(done[0]):
            cells.append(done.pop(0))
    return {**executed, "cells": cells}


def _next_own(done: list[dict[str, Any]]) -> dict[str, Any]:
    while INJECTED in tags_of(done[0]):
        done.pop(0)
    return done.pop(0)


def _with_tags(cell: dict[str, Any], tags: list[str]) -> dict[str, Any]:
    return {**cell, "metadata": {**cell.get("metadata", {}), "tags": tags}}


def _restated(cell: dict[str, Any], restate: Callable[[str], str]) -> dict[str, Any]:
    """A cell whose HTML outputs are brought up to date."""
    outputs = copy.deepcopy(cell["outputs"])
    for data in (output["data"] for output in outputs if "text/html" in output.get("data", {})):
        data["text/html"] = restate("".join(data["text/html"]))
    return {**cell, "outputs": outputs}
