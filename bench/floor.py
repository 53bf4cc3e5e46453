"""The floor: the cells of the ten notebooks in one plain Python process, figures and pages made, no kernel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cxlib.report import quick  # noqa: F401  (first: it makes the next imports fast)

# isort: split
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbformat.v4 import new_output

from cxlib.engagement.brief import load_brief
from cxlib.report.page import stage_page
from cxlib.report.since import since_last
from cxlib.report.standing import standings
from cxlib.run.pages import frame_of


def main(engagement: str, notebooks: str, out: str) -> None:
    """Run the ten and write their pages."""
    brief = load_brief(engagement)
    home, frame = Path(out, brief.name), frame_of(brief, {})
    InteractiveShell.instance()  # so that what cells display can be caught
    parameters = {"engagement": engagement, "out": out, "as_of": ""}
    for path in sorted(Path(notebooks).glob("[01]*.ipynb")):
        notebook = nbformat.read(path, 4)
        namespace: dict[str, Any] = {}
        for cell in notebook.cells:
            if cell.cell_type == "code":
                _run(cell, namespace)
                if "parameters" in cell.metadata.tags:
                    namespace.update(parameters)
        standing = standings(brief, home)[int(path.stem[:2]) - 1]
        page = stage_page(notebook, standing, frame, since_last(brief, home, "", standing.stage.number))
        Path(out, f"{path.stem}.html").write_text(page, encoding="utf-8")


def _run(cell: Any, namespace: dict[str, Any]) -> None:
    with capture_output(stdout=False, stderr=False) as seen:
        exec(cell.source, namespace)
    cell.outputs = [new_output("display_data", data=output.data) for output in seen.outputs]


if __name__ == "__main__":
    main(*sys.argv[1:4])
