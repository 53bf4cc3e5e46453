"""Run the ten notebooks on the sample and store their outputs in the checkout, figures stripped: `make notebooks`.

`python -m tests.notebooks.refresh 4 5` runs stages 1 to 5 and stores only 4 and 5.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.notebooks.clean import sealed, written
from tests.notebooks.workspace import ROOT, make_workspace, notebooks


def execute(path: Path) -> nbformat.NotebookNode:
    """Run one notebook in its own folder; return it with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    return notebook


def stored(notebook: nbformat.NotebookNode) -> str:
    """The notebook as it is stored: without pictures, warnings, times of execution and the machine's versions, and sealed."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            keep = "figure" not in cell.metadata.get("tags", [])
            cell.outputs = [out for out in cell.outputs if out.output_type != "stream"] if keep else []
    return written(sealed(notebook))


def main(numbers: list[int]) -> None:
    """Run all ten in order, or up to the last one named; store those named, by default all."""
    with tempfile.TemporaryDirectory() as temporary:
        for number, path in enumerate(notebooks(make_workspace(Path(temporary))), start=1):
            if numbers and number > max(numbers):
                break
            sys.stdout.write(f"{path.stem}\n")
            executed = stored(execute(path))
            if number in numbers or not numbers:
                (ROOT / "notebooks" / path.name).write_text(executed, encoding="utf-8")


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]])
