"""The committed notebooks, run on the sample, still say what they said when they were stored (nbval)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.clean import digest
from tests.notebooks.workspace import make_workspace, notebooks


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_the_stored_outputs_are_those_that_make_notebooks_stored(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["outputs_sha256"] == digest(notebook), "run: make notebooks"
    counts = [cell["execution_count"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_every_finding_cell_has_its_sentence_stored(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    findings = [cell for cell in cells if "finding" in cell.metadata.get("tags", [])]
    assert findings
    assert all("nbval-check-output" in cell.metadata.tags and cell.outputs for cell in findings)


def test_no_picture_is_stored() -> None:
    stored = "".join(path.read_text(encoding="utf-8") for path in notebooks())
    assert "data:image" not in stored
    assert '"image/' not in stored


def test_the_ten_notebooks_say_again_what_they_said_with_the_facts_of_cx_run(tmp_path: Path, sample_run: Path) -> None:
    folder = make_workspace(tmp_path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--nbval-lax",
        "--nbval-cell-timeout=600",
        "-q",
        "-W",
        "ignore",
        "-c",
        os.devnull,
        "--rootdir",
        str(tmp_path),
        *map(str, notebooks(folder)),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "failed" not in done.stdout
    facts = (tmp_path / "reports" / "sample" / "facts.json").read_bytes()
    assert facts == (sample_run / "facts.json").read_bytes()
