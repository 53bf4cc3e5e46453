"""The git filter: code and prose reach a commit, what people ran does not, and `make notebooks` still stores its outputs."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks.clean import cleaned, sealed, written

ROOT = Path(__file__).resolve().parents[2]
OUT = {"output_type": "display_data", "data": {"text/html": "<p>stored</p>"}, "metadata": {}}


def notebook(output: dict[str, Any] = OUT, source: str = "stage.say(told)", count: int | None = None) -> dict[str, Any]:
    cell = {
        "cell_type": "code",
        "id": "say",
        "metadata": {"tags": ["finding"], "execution": {"iopub": "2026"}},
        "source": [source],
        "outputs": [output],
        "execution_count": count,
    }
    return {"cells": [cell], "metadata": {"kernelspec": {"name": "mine"}}, "nbformat": 4, "nbformat_minor": 5}


def test_a_notebook_that_was_run_is_committed_as_it_was() -> None:
    stored = sealed(notebook())
    ran = copy.deepcopy(stored)
    ran["cells"][0]["execution_count"] = 7
    ran["cells"][0]["metadata"]["collapsed"] = True
    ran["cells"][0]["outputs"] = [{**OUT, "data": {"text/html": "<p>another client</p>"}}]
    ran["metadata"]["language_info"] = {"name": "python", "version": "3.12.1"}
    assert written(cleaned(ran, stored)) == written(stored)


def test_edited_code_and_prose_are_committed_without_what_they_printed() -> None:
    stored = sealed(notebook())
    ran = notebook({**OUT, "data": {"text/html": "<p>another</p>"}}, source="stage.say(other)", count=3)
    found = cleaned(ran, stored)
    assert found["cells"][0]["source"] == ["stage.say(other)"]
    assert found["cells"][0]["outputs"] == [OUT]


def test_a_new_notebook_is_committed_without_outputs() -> None:
    assert cleaned(notebook(count=1), None)["cells"][0]["outputs"] == []


def test_what_make_notebooks_has_stored_is_committed() -> None:
    before, after = sealed(notebook()), sealed(notebook({**OUT, "data": {"text/html": "<p>new</p>"}}))
    assert cleaned(after, before) == after


@pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
def test_git_itself_keeps_a_run_out_of_the_commit(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        author = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
        return subprocess.run(["git", *author, *words], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    (tmp_path / "notebooks").mkdir()
    git("init", "-q")
    command = f"{sys.executable} {ROOT / 'tests' / 'notebooks' / 'clean.py'} %f"
    git("config", "filter.notebook.clean", command)
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    path = tmp_path / "notebooks" / "01_one.ipynb"
    path.write_text(written(sealed(notebook())), encoding="utf-8")
    git("add", "-A")
    git("commit", "-q", "-m", "stored")
    ran = json.loads(path.read_text(encoding="utf-8"))
    ran["cells"][0] |= {"execution_count": 4, "outputs": []}
    path.write_text(json.dumps(ran), encoding="utf-8")
    git("add", "-A")
    assert git("status", "--porcelain") == ""
