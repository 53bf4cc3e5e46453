"""Make a workspace of an engagement's folder: its ten notebooks, where its reports go, and what git must not take."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES
from cxlib.engagement import records
from cxlib.engagement.parameters import shipped
from cxlib.language import _
from cxlib.run.digests import tags_of
from cxlib.run.notebooks import BASE

PARAMETERS = """\
engagement: str = "."  # the engagement this notebook belongs to: the folder above it
out: str = "reports"  # where reports are written: in that folder
as_of: str = ""  # last day that is read, YYYY-MM-DD; empty = as the brief says"""

IGNORED = """\
# what can name persons, and what can be computed again
/data/
/*.csv
/*.csv.gz
/*.xls*
/*.json
/reports/
/notebooks/*.yours-*.ipynb
/.cx/*
!/.cx/base/
.ipynb_checkpoints/
"""

ATTRIBUTES = """\
notebooks/*.ipynb filter=cx-outputs
review.jsonl merge=union
"""

README = """\
# {name}

A workspace of `cxlib`: ten stages from business objective to monitoring, for one client.

1. Put the client's files in `data/` and describe them in `engagement.yaml`; `cx check` says what is wrong with them.
2. `cx run` runs the ten stages; the report is `reports/{name}/index.html`. `cx lab` opens the notebooks in JupyterLab.
3. `cx decide N … --why "…" --by "…"` seals a decision (`decisions.jsonl`); `cx review` says what waits for whom.
4. Change a notebook as you like: `cx upgrade` keeps your cells, `cx restore . N` brings the packaged one back.
5. In git, data, reports and outputs stay out; in a fresh clone run `cx lab` or `cx upgrade` once, which sets that up.
"""


def furnish(folder: Path) -> None:
    """Give an engagement's folder what makes it a workspace; files that are there stay as they are."""
    for name in ("data", "reports", "notebooks"):
        (folder / name).mkdir(exist_ok=True)
    for path, text in packaged():
        for place in ("notebooks", BASE):
            _write_new(folder / place / path.name, text)
    for name, text in ((".gitignore", IGNORED), (".gitattributes", ATTRIBUTES), ("README.md", README)):
        _write_new(folder / name, text.replace("{name}", folder.resolve().name))
    keep_outputs_out(folder)


def packaged() -> Iterator[tuple[Path, str]]:
    """The ten notebooks as a workspace receives them: without outputs, at home in the folder above them."""
    for stage in STAGES:
        path = shipped("notebooks") / f"{stage.slug}.ipynb"
        notebook = without_outputs(json.loads(path.read_text(encoding="utf-8")))
        for cell in notebook["cells"]:
            if "parameters" in tags_of(cell):
                cell["source"] = PARAMETERS.splitlines(keepends=True)
        yield path, as_text(notebook)


def without_outputs(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook with nothing that was computed."""
    notebook["metadata"].pop("outputs_sha256", None)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
            cell.setdefault("metadata", {}).pop("execution", None)
    return notebook


def as_text(notebook: dict[str, Any]) -> str:
    """A notebook as it is stored, so that equal notebooks are equal bytes."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def keep_outputs_out(folder: Path) -> None:
    """Where the folder is in a git repository, let git take notebooks without what they show of the client."""
    command = f'"{sys.executable}" -m cxlib.workspace.clean'
    for key, value in (("clean", command), ("required", "true")):
        try:
            words = ["git", "-C", str(folder), "config", "--local", f"filter.cx-outputs.{key}", value]
            if subprocess.run(words, capture_output=True, check=False).returncode:
                return
        except OSError:
            return  # no git here


def made(folder: Path) -> str:
    """What was made, in a line."""
    return _("Made {folder}: brief, data, ten notebooks, reports, all in one place").format(folder=folder)


def _write_new(path: Path, text: str) -> None:
    if not path.exists():
        records.write_bytes(path, text.encode())
