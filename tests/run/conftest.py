"""A small client and ten small notebooks, to run the chain without its methods."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cxlib.chain import STAGES
from cxlib.errors import CxError
from cxlib.run.execute import Executed, Failure

BRIEF = """\
company: Casa Pequeña
currency: EUR
lang: en
locale: en_IE
as_of: 2026-06-30
period: {start: 2026-01-01, end: 2026-06-30, unit: month}
funnel:
  - {step: quote, label: Quote, phase: before}
  - {step: sale, label: Sale, phase: during}
"""
CHOICES = {3: "{'stall_step': 'quote', 'objective_step': 'sale'}"}


def write_chain(folder: Path, code: dict[int, str] | None = None) -> Path:
    """Ten notebooks that open, decide and finish; `code` is run in a stage before it decides."""
    folder.mkdir()
    for stage in STAGES:
        nbformat.write(_notebook(stage.number, (code or {}).get(stage.number, "pass")), folder / f"{stage.slug}.ipynb")
    return folder


def _notebook(number: int, code: str) -> Any:
    choice = CHOICES.get(number, "{}")
    cells = [
        new_markdown_cell(f"# {number} · Stage\n\nWhy?", metadata={"tags": ["title"]}),
        new_code_cell(
            "from cxlib.facts import Fact, Recommendation, finding\nfrom cxlib.stage import open_stage",
            metadata={"tags": ["internal"]},
        ),
        new_code_cell(
            'engagement: str = "data/sample"\nout: str = "reports"\nas_of: str = ""', metadata={"tags": ["parameters"]}
        ),
        new_code_cell(f"stage = open_stage({number}, globals())\nstage.opening()", metadata={"tags": ["opening"]}),
        new_code_cell(
            f"stage.headline(finding('Stage {number} found {{answer}}.', Fact('{number}.answer', 42)))",
            metadata={"tags": ["headline"]},
        ),
        new_code_cell(code, metadata={"tags": ["internal"]}),
        new_code_cell(
            f"stage.recommend(Recommendation({choice}, finding('So it is.'), ()))\nstage.decide()",
            metadata={"tags": ["decision"]},
        ),
        new_code_cell("stage.finish()", metadata={"tags": ["receives"]}),
    ]
    return new_notebook(cells=cells)


@pytest.fixture
def client(tmp_path: Path) -> Path:
    """The folder of a small client."""
    folder = tmp_path / "casa"
    folder.mkdir()
    (folder / "engagement.yaml").write_text(BRIEF, encoding="utf-8")
    return folder


class InProcess:
    """Runs a notebook's cells here instead of in a kernel; collects what a page needs."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def __call__(self, source: Path, parameters: dict[str, str]) -> Executed:
        self.ran.append(source.stem)
        notebook = nbformat.read(source, 4)
        namespace: dict[str, Any] = {}
        for cell in notebook.cells:
            if cell.cell_type == "code":
                shown = self._run(cell, namespace)
                if isinstance(shown, Failure):
                    return Executed(notebook, shown)
                if "parameters" in cell.metadata.tags:
                    namespace.update(parameters)
        return Executed(notebook)

    def _run(self, cell: Any, namespace: dict[str, Any]) -> Failure | None:
        seen: list[Any] = []
        with patch("cxlib.stage.display", seen.append):
            try:
                exec(cell.source, namespace)
            except CxError as error:
                return Failure("refused", str(error), error.exit_code)
            except Exception as error:
                return Failure("unknown", f"{type(error).__name__}: {error}", 1)
        cell.outputs = [new_output("display_data", data={"text/html": html.data}) for html in seen]
        return None


@pytest.fixture
def in_process() -> InProcess:
    return InProcess()
