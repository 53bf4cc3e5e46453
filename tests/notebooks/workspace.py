"""A copy of the notebooks and the sample client in a folder of its own, so that a run leaves the checkout alone."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def make_workspace(folder: Path) -> Path:
    """Copy notebooks/ and data/sample/ into `folder`; return its notebooks folder."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copytree(
        ROOT / "data" / "sample", folder / "data" / "sample", ignore=shutil.ignore_patterns("decisions.jsonl")
    )
    return folder / "notebooks"


def notebooks(folder: Path | None = None) -> list[Path]:
    """The ten notebooks, in their order."""
    return sorted((folder or ROOT / "notebooks").glob("[01]*.ipynb"))
