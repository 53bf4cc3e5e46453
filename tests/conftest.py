"""What all tests share: the project's folder, data that lies beside the project, one run of the sample client."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """`shared("data/…")` is a file beside the project; the test skips, saying so, where it is absent, and fails under CI."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            reason = f"shared/{name} is not beside this checkout"
            pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
        return path

    return find


@pytest.fixture
def root() -> Path:
    """The project's folder."""
    return ROOT
