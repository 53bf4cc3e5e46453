"""A stored notebook in today's words: outputs as they were computed, prose and tags as they are written now."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from cxlib.pipeline.digests import NotebookText, tags_of

INJECTED = "injected-parameters"  # papermill's tag of the cell that it adds


def executed_text(notebook: Any, staging: Path, public: Path) -> str:
    """An executed notebook as it is stored: the report folder named instead of the run's own, which is gone by then."""
    for cell in notebook.cells:
        if INJECTED in tags_of(cell):
            cell.source = cell.source.replace(str(staging.parent), str(public.parent))
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def grafted(executed: dict[str, Any], source: NotebookText) -> dict[str, Any]:
    """The cells of the source, its code cells with the outputs of the executed notebook, whose code is the same."""
    done = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
    cells: list[dict[str, Any]] = []
    for written in source.cells:
        if written["cell_type"] != "code":
            cells.append(copy.deepcopy(written))
            continue
        cells.append(_with_tags(_next_own(done), tags_of(written)))
        if done and INJECTED in tags_of(done[0]):
            cells.append(done.pop(0))
    return {**executed, "cells": cells}


def _next_own(done: list[dict[str, Any]]) -> dict[str, Any]:
    while INJECTED in tags_of(done[0]):
        done.pop(0)
    return done.pop(0)


def _with_tags(cell: dict[str, Any], tags: list[str]) -> dict[str, Any]:
    return {**cell, "metadata": {**cell.get("metadata", {}), "tags": tags}}
