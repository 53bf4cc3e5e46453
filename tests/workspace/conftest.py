"""A workspace of a small client, made of ten small packaged notebooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cxlib.chain import STAGES
from cxlib.run import notebooks
from cxlib.run.order import Order, Run
from cxlib.run.runner import run_chain
from cxlib.workspace import make
from tests.run.conftest import BRIEF, InProcess, write_chain


class Workspace:
    """A workspace, and the small packaged notebooks that it was made from."""

    def __init__(self, folder: Path, packaged: Path) -> None:
        self.folder, self.packaged, self.home = folder, packaged, folder / "reports" / folder.name

    def path(self, number: int, where: Path | None = None) -> Path:
        return (where or self.folder / "notebooks") / f"{STAGES[number - 1].slug}.ipynb"

    def cells(self, number: int, where: Path | None = None) -> list[dict[str, Any]]:
        cells: list[dict[str, Any]] = json.loads(self.path(number, where).read_text(encoding="utf-8"))["cells"]
        return cells

    def edit(
        self, number: int, change: Callable[[list[dict[str, Any]]], object], where: Path | None = None
    ) -> list[dict[str, Any]]:
        path = self.path(number, where)
        notebook = json.loads(path.read_text(encoding="utf-8"))
        change(notebook["cells"])
        path.write_text(json.dumps(notebook), encoding="utf-8")
        cells: list[dict[str, Any]] = notebook["cells"]
        return cells

    def run(self) -> tuple[list[int], Run]:
        work = InProcess()
        done = run_chain(Order(str(self.folder)), tell=lambda _line: None, execute=work)
        return [int(name[:2]) for name in work.ran], done


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    packaged = write_chain(tmp_path / "packaged")
    for place in (notebooks, make):
        monkeypatch.setattr(place, "shipped", lambda _name: packaged)
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "engagement.yaml").write_text(BRIEF, encoding="utf-8")
    make.furnish(folder)
    return Workspace(folder, packaged)
