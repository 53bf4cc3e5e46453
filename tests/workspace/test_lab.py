"""JupyterLab in a workspace: what starts it, what is written when a notebook is saved, what an open notebook says."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from cxlib.cli.grammar import parsed
from cxlib.errors import BriefError
from cxlib.notebook.opened import Opened
from cxlib.workspace import lab
from cxlib.workspace.saved import write_page
from tests.run.conftest import InProcess
from tests.workspace.conftest import Workspace


def by_hand(workspace: Workspace, number: int) -> Path:
    """Run a notebook as a person does, and save it."""
    path = workspace.path(number)
    where = {"engagement": str(workspace.folder), "out": str(workspace.folder / "reports"), "as_of": ""}
    done = InProcess()(path, where)
    assert done.failure is None
    for place, cell in enumerate(done.notebook.cells):
        if cell.cell_type == "code":
            cell.execution_count = place + 1
    nbformat.write(done.notebook, path)
    return path


def test_a_saved_notebook_has_its_page_and_the_overview_written(workspace: Workspace) -> None:
    page = write_page(workspace.folder, by_hand(workspace, 1))
    assert page == workspace.home / "01_business_objective.html"
    assert "Stage 1 found 42." in page.read_text(encoding="utf-8")
    overview = (workspace.home / "index.html").read_text(encoding="utf-8")
    assert "cx run acme --from 2" in overview


def test_the_page_of_a_saved_notebook_says_that_its_code_was_changed(workspace: Workspace) -> None:
    workspace.edit(1, lambda cells: cells[5].update(source="mine = 1"))
    page = write_page(workspace.folder, by_hand(workspace, 1))
    assert page is not None and "an analyst changed 1 of its code cells" in page.read_text(encoding="utf-8")


def test_what_is_not_whole_leaves_the_page_as_it_is(workspace: Workspace) -> None:
    path = by_hand(workspace, 1)
    workspace.edit(1, lambda cells: cells[3].update(execution_count=None))
    assert write_page(workspace.folder, path) is None
    failed = {"output_type": "error", "ename": "KeyError", "evalue": "x", "traceback": []}
    workspace.edit(1, lambda cells: cells[3].update(execution_count=3, outputs=[failed]))
    assert write_page(workspace.folder, path) is None
    assert write_page(workspace.folder, workspace.path(2)) is None  # has not run
    assert write_page(workspace.folder, workspace.folder / "notebooks" / "scratch.ipynb") is None
    assert not workspace.home.joinpath("01_business_objective.html").exists()


def test_a_wrong_brief_is_an_error_that_names_it(workspace: Workspace) -> None:
    path = by_hand(workspace, 1)
    (workspace.folder / "engagement.yaml").write_text("company: 3\n", encoding="utf-8")
    with pytest.raises(BriefError):
        write_page(workspace.folder, path)


@pytest.mark.parametrize("root", [True, False])
def test_jupyterlab_opens_there_with_the_options_of_the_person_last(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, root: bool
) -> None:
    monkeypatch.setattr(lab, "is_root", lambda: root)
    command = lab.lab_command(workspace.folder, ["--port", "9000", "--no-browser"])
    assert command[-3:] == ["--port", "9000", "--no-browser"]
    assert f"--ServerApp.root_dir={workspace.folder}" in command and ("--allow-root" in command) is root
    (layout,) = (workspace.folder / ".cx" / "lab").iterdir()
    shown = json.loads(layout.read_text(encoding="utf-8"))["data"]
    assert {"notebook:notebooks/01_business_objective.ipynb", "htmlviewer:reports/acme/index.html"} <= set(shown)
    assert (workspace.home / "index.html").is_file()


def test_jupyterlab_opens_also_when_the_brief_is_wrong_and_as_it_was_left(workspace: Workspace) -> None:
    (workspace.folder / "engagement.yaml").write_text("company: 3\n", encoding="utf-8")
    lab.lab_command(workspace.folder, [])
    (layout,) = (workspace.folder / ".cx" / "lab").iterdir()
    layout.write_text("{}", encoding="utf-8")
    lab.lab_command(workspace.folder, [])
    assert layout.read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize(
    ("words", "folder", "passed_on"),
    [
        (["lab"], None, []),
        (["lab", "acme", "--port", "9000"], "acme", ["--port", "9000"]),
        (["lab", "--port=9000", "--no-browser"], None, ["--port=9000", "--no-browser"]),
        (["lab", "acme", "--IdentityProvider.token=x", "a b"], "acme", ["--IdentityProvider.token=x", "a b"]),
    ],
)
def test_the_options_of_jupyterlab_are_passed_on(words: list[str], folder: str | None, passed_on: list[str]) -> None:
    given = parsed(words)
    assert (given.folder, given.passed_on) == (folder, passed_on)


def executed(workspace: Workspace, *more: str) -> list[Any]:
    """The code cells of stage 1 after a kernel has run them, with these cells before the last one."""
    notebook = nbformat.read(workspace.path(1), 4)
    notebook.cells[-1:-1] = [new_code_cell(source, id=f"more-{place}") for place, source in enumerate(more)]
    client = NotebookClient(
        notebook, allow_errors=True, resources={"metadata": {"path": workspace.folder / "notebooks"}}
    )
    client.execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def html_of(cell: Any) -> str:
    return "".join(output.data.get("text/html", "") for output in cell.outputs if "data" in output)


def test_an_open_notebook_says_that_its_brief_has_changed_and_which_cell_has_failed(workspace: Workspace) -> None:
    brief = workspace.folder / "engagement.yaml"
    change = f"open({str(brief)!r}, 'a').write('# more')"
    cells = executed(
        workspace, "quiet = 1", change, "told = 1", "silent = 1", "x = 1\n\n1 / 0", "stage.table('nothing')"
    )
    said = {cell.source: html_of(cell) for cell in cells}
    assert "engagement.yaml has changed" in said["told = 1"]
    assert not said["quiet = 1"] and not said["silent = 1"]
    (opening,) = (html for source, html in said.items() if "open_stage(1" in source)
    assert "01_business_objective.ipynb stopped at cell" in opening and "cx restore acme 1" in opening
    assert "ZeroDivisionError" in opening or "nothing" in opening


def test_what_is_said_of_a_cell_goes_when_it_passes_and_not_before(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("cxlib.notebook.opened.display", lambda html, **_options: said.append(html.data))
    notebook = Opened(1, "01_business_objective", workspace.folder, [])
    notebook.top("OPENING")

    def ran(cell: str, error: Exception | None = None) -> None:
        info = SimpleNamespace(cell_id=cell, raw_cell="x")
        notebook.after_cell(SimpleNamespace(error_before_exec=None, error_in_exec=error, info=info))

    ran("one", KeyError("<b>"))
    assert "stopped at cell one" in said[-1] and "&lt;b&gt;" in said[-1] and said[-1].endswith("OPENING")
    ran("two")
    assert len(said) == 1
    ran("one")
    assert said[-1] == "OPENING"
