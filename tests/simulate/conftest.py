"""One planted and one null client serve all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxlib.simulate import Client, make_client
from cxlib.simulate.__main__ import SAMPLE_SEED

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


@pytest.fixture(scope="session")
def sample_folder() -> Path:
    return SAMPLE


@pytest.fixture(scope="session")
def planted() -> Client:
    return make_client(SAMPLE_SEED)


@pytest.fixture(scope="session")
def null() -> Client:
    return make_client(SAMPLE_SEED, planted=False)
