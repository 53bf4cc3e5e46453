"""The floor: the code cells of the ten notebooks in one plain Python process, figures rendered, pages made. No kernel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cxlib.report import quick  # noqa: F401  (first: it makes the next imports fast)

import nbformat  # isort: skip
from IPython.utils.capture import capture_output  # isort: skip
from nbformat.v4 import new_output  # isort: skip

from cxlib.chain import stage_of  # isort: skip
from cxlib.report.page import stage_page  # isort: skip
from cxlib.report.view import Frame  # isort: skip


def main(engagement: str, notebooks: str, out: str) -> None:
    """Run the ten and write their pages."""
    parameters = {"engagement": engagement, "out": out, "as_of": ""}
    for path in sorted(Path(notebooks).glob("[01]*.ipynb")):
        notebook = nbformat.read(path, 4)
        namespace: dict[str, Any] = {}
        for cell in notebook.cells:
            if cell.cell_type == "code":
                _run(cell, namespace)
                if "parameters" in cell.metadata.tags:
                    namespace.update(parameters)
        frame = Frame(company="", lang="en", as_of="", run_at="", run_id="", period="", version="", audience="report")
        page = stage_page(notebook, stage_of(int(path.stem[:2])), frame, "draft")
        Path(out, f"{path.stem}.html").write_text(page, encoding="utf-8")


def _run(cell: Any, namespace: dict[str, Any]) -> None:
    with capture_output(stdout=False, stderr=False) as seen:
        exec(cell.source, namespace)
    cell.outputs = [new_output("display_data", data=output.data) for output in seen.outputs]


if __name__ == "__main__":
    main(*sys.argv[1:4])
