"""The same notebooks under plain papermill, as a scheduler calls it: the same facts, the same refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks.workspace import ROOT, notebooks


def papermill(number: int, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one notebook by papermill's own command."""
    path = notebooks()[number - 1]
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "papermill",
        str(path),
        str(folder / path.name),
        "--no-progress-bar",
        "-p",
        "engagement",
        str(ROOT / "data" / "sample"),
        "-p",
        "out",
        str(folder / "reports"),
        *words,
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def facts_of(home: Path, stages: range) -> list[dict[str, Any]]:
    facts = json.loads((home / "facts.json").read_text(encoding="utf-8"))["facts"]
    return [fact for fact in facts if fact["stage"] in stages]


def test_a_plain_papermill_loop_gives_the_facts_of_cx_run(tmp_path: Path, sample_run: Path) -> None:
    for number in range(1, 5):
        done = papermill(number, tmp_path, "-p", "as_of", "2026-06-30")
        assert done.returncode == 0, done.stderr[-3000:]
    found = facts_of(tmp_path / "reports" / "sample", range(1, 5))
    assert found
    assert found == facts_of(sample_run, range(1, 5))


def test_notebook_05_alone_refuses_in_the_words_of_the_method(tmp_path: Path) -> None:
    done = papermill(5, tmp_path)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "stage 5: it cannot open: stage 1 (Business objective) has not run." in said
    assert "none is skipped, none is swapped" in said
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-p", "as_off", "2026-06-30"], "'as_off' is not a parameter; did you mean 'as_of'?"),
        (["-p", "as_of", "30/06/2026"], "A date is YYYY-MM-DD"),
    ],
)
def test_a_wrong_parameter_is_refused_inside_the_kernel(tmp_path: Path, words: list[str], said: str) -> None:
    done = papermill(1, tmp_path, *words)
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
    assert not (tmp_path / "reports").exists()
