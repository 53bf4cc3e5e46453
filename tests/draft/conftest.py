"""Engagements drafted from small invented files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cxlib.draft.draft import Draft
from cxlib.draft.make import new_from

Make = Callable[..., tuple[Path, Draft]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """`make(files)` writes the files (name → content) into a folder and drafts an engagement from it: its brief, the draft."""

    def made(files: dict[str, str | bytes], name: str = "acme") -> tuple[Path, Draft]:
        source = tmp_path / f"{name}-files"
        for file, content in files.items():
            path = source / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return new_from(tmp_path / name, source)

    return made
