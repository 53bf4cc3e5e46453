"""A workspace per client: self-contained, found from inside and beside it, its own notebooks run and marked."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from cxlib.cli import main
from cxlib.engagement.parameters import check_parameters, option
from cxlib.run.order import Order
from cxlib.run.runner import run_chain
from tests.run.conftest import BRIEF, InProcess
from tests.workspace.conftest import Workspace

TEXT = {"cell_type": "markdown", "id": "note", "metadata": {}, "source": "What we said to the client."}
CODE = {**TEXT, "cell_type": "code", "id": "extra", "source": "1 + 1", "outputs": [], "execution_count": None}
CODE["metadata"] = {"tags": ["internal"]}


def test_new_makes_all_that_an_engagement_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "acme"]) == 0
    acme = tmp_path / "acme"
    made = {path.name for path in acme.iterdir()}
    assert made >= {"engagement.yaml", "journey.yaml", "data", "notebooks", "reports", ".gitignore", "README.md"}
    assert len((acme / "README.md").read_text(encoding="utf-8").splitlines()) <= 10
    for path in (acme / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        (parameters,) = (cell for cell in cells if "parameters" in cell["metadata"]["tags"])
        assert parameters["source"][0].startswith('engagement: str = "."')
        assert not any(cell.get("outputs") for cell in cells)


@pytest.mark.parametrize("place", [".", "notebooks", "data"])
def test_a_notebook_finds_its_engagement_and_reports_from_inside(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(workspace.folder / place)
    found = check_parameters({"engagement": ".", "out": "reports", "as_of": ""})
    assert found.engagement.resolve() == workspace.folder and found.out.resolve() == workspace.folder / "reports"


@pytest.mark.parametrize("place", ["..", ".", "notebooks"])
def test_the_option_that_is_printed_works_wherever_it_is_pasted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(workspace.folder / place)
    named = option(workspace.folder)
    assert named == " --engagement acme"
    assert check_parameters({"engagement": named.split()[1]}).engagement.resolve() == workspace.folder


def test_engagements_beside_each_other_never_mix(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    other = workspace.folder.with_name("bravo")
    other.mkdir()
    (other / "engagement.yaml").write_text(BRIEF, encoding="utf-8")
    from cxlib.workspace.make import furnish

    furnish(other)
    monkeypatch.chdir(other / "notebooks")
    workspace.run()
    run_chain(Order("."), tell=lambda _line: None, execute=InProcess())
    assert (workspace.home / "index.html").is_file() and (other / "reports" / "bravo" / "index.html").is_file()
    assert [one.name for one in (other / "reports").iterdir()] == ["bravo"]
    assert [one.name for one in (workspace.folder / "reports").iterdir()] == ["acme"]


def test_an_unchanged_notebook_runs_as_packaged_also_when_the_package_is_newer(workspace: Workspace) -> None:
    workspace.edit(3, lambda cells: cells[5].update(source="newer = 1"), workspace.packaged)
    ran, done = workspace.run()
    assert ran == list(range(1, 11)) and not any(row["changed_cells"] for row in done.rows)
    notebook = (workspace.home / "notebooks" / workspace.path(3).name).read_text(encoding="utf-8")
    assert "newer = 1" in notebook


def test_changed_code_runs_from_the_workspace_and_is_marked_on_page_and_in_the_run(workspace: Workspace) -> None:
    workspace.run()
    workspace.edit(3, lambda cells: cells.insert(5, CODE))
    ran, done = workspace.run()
    assert ran == [3]
    assert [row["changed_cells"] for row in done.rows] == [["extra"] if stage == 3 else [] for stage in range(1, 11)]
    pages = {stage: (workspace.home / workspace.path(stage).with_suffix(".html").name).read_text() for stage in (2, 3)}
    assert "an analyst changed 1 of its code cells" in pages[3] and "an analyst changed" not in pages[2]
    assert workspace.run()[0] == []


def test_words_of_ones_own_are_on_the_page_and_compute_nothing_again(workspace: Workspace) -> None:
    workspace.run()
    note = {**TEXT, "metadata": {"tags": ["ask"]}}
    workspace.edit(2, lambda cells: cells.insert(5, note))
    ran, done = workspace.run()
    assert ran == [] and not done.rows[1]["changed_cells"]
    assert TEXT["source"] in (workspace.home / "notebooks" / workspace.path(2).name).read_text(encoding="utf-8")


def test_the_empty_cell_that_jupyterlab_adds_and_outputs_change_nothing(workspace: Workspace) -> None:
    workspace.run()
    workspace.edit(4, lambda cells: cells.append({**CODE, "source": "", "id": "empty"}))
    ran, done = workspace.run()
    assert ran == [] and not done.rows[3]["changed_cells"]


@pytest.mark.parametrize("broken", ["", "{", '{"cells": 3}', "<<<<<<< HEAD\n{}", '{"cells": [1]}'])
def test_a_broken_notebook_is_named_with_the_way_back(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    workspace.path(3).write_text(broken, encoding="utf-8")
    assert main(["run", str(workspace.folder)]) == 2
    said = capsys.readouterr().err
    assert "notebooks/03_sales_funnel.ipynb" in said and "`cx restore acme 3`" in said


def test_git_takes_neither_data_nor_reports_nor_outputs(workspace: Workspace) -> None:
    def git(*words: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words]
        return subprocess.run(command, cwd=workspace.folder, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    from cxlib.workspace.make import keep_outputs_out

    keep_outputs_out(workspace.folder)
    (workspace.folder / "data" / "clients.csv").write_text("Ana\n", encoding="utf-8")
    (workspace.folder / "reports" / "page.html").write_text("Ana\n", encoding="utf-8")
    secret = {"output_type": "stream", "name": "stdout", "text": "Ana García"}
    workspace.edit(1, lambda cells: cells[1].update(outputs=[secret], execution_count=7))
    git("add", "-A")
    git("commit", "-qm", "All")
    taken = git("ls-tree", "-r", "--name-only", "HEAD").split()
    assert "notebooks/01_business_objective.ipynb" in taken and ".cx/base/01_business_objective.ipynb" in taken
    assert not [name for name in taken if name.startswith(("data", "reports"))]
    assert "García" not in git("show", "HEAD:notebooks/01_business_objective.ipynb")
