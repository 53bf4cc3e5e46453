"""What all tests share: the project's folder, data that lies beside the project, one run of the sample client."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from cxlib import dictionary

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


def absent(what: str) -> NoReturn:
    """What a test needs is not here: it skips, saying so; where `CX_REAL_DATA=required` is set, it fails."""
    reason = f"{what} is not here"
    pytest.fail(reason) if os.environ.get("CX_REAL_DATA") == "required" else pytest.skip(reason)


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """`shared("data/…")` is a file beside the project, `shared("oracles/…")` one of tests/oracles or beside the project."""

    def find(name: str) -> Path:
        places = [ROOT / "tests" / name] if name.startswith("oracles/") else []
        for path in (*places, SHARED / name):
            if path.exists():
                return path
        absent(f"shared/{name}")

    return find


@pytest.fixture
def root() -> Path:
    """The project's folder."""
    return ROOT


Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """`once(name, make)` is the folder that `make` filled, once for all tests of all workers."""

    def folder(name: str, make: Callable[[Path], None]) -> Path:
        base = tmp_path_factory.getbasetemp()
        shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (shared / f"{name}.made").exists():
                (shared / name).mkdir()
                make(shared / name)
                (shared / f"{name}.made").touch()
        return shared / name

    return folder


@pytest.fixture(scope="session")
def sample_run(once: Once) -> Path:
    """The report folder of one `cx run` on the sample client, made once for all tests."""

    return once("sample_run", lambda out: _run(ROOT / "data" / "sample", out)) / "sample"


@pytest.fixture(scope="session")
def strict_run(once: Once) -> Path:
    """As `sample_run`, of a client that shows no group below a hundred persons; its brief lies in `sample` beside `out`."""

    def run(folder: Path) -> None:
        shutil.copytree(ROOT / "data" / "sample", folder / "sample")
        brief = folder / "sample" / "engagement.yaml"
        brief.write_text(
            brief.read_text(encoding="utf-8").replace("minimum_cell: 5", "minimum_cell: 100"), encoding="utf-8"
        )
        _run(folder / "sample", folder / "out")

    return once("strict_run", run) / "out" / "sample"


def _run(engagement: Path, out: Path) -> None:
    command = [sys.executable, "-m", "cxlib.cli", "run", str(engagement), "--out", str(out)]
    done = subprocess.run(command, cwd=out.parent, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


DECLARED_FACTS = """
level: {label: Level, unit: money, formula: mean of twelve months, inputs: [transactions]}
target: {label: Target, unit: money, formula: what the brief wants, inputs: ["brief: objective"], grade: assumed}
gap:
  label: Gap to the target
  unit: money
  formula: twelve times the target less the level
  equation: "12 * ({1.target} - {1.level})"
share_of_gap: {label: Share of the gap, unit: share, formula: gap to the level, equation: "{1.gap} / {1.level}"}
"penalty_{touchpoint}":
  label: Penalty of a bad {touchpoint}
  unit: score
  formula: regression for {touchpoint}
  n_of: answers
"""


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A small dictionary instead of the project's: four facts of stage 1 and a family."""
    folder = tmp_path / "business_objective"
    folder.mkdir()
    (folder / "facts.yaml").write_text(DECLARED_FACTS, encoding="utf-8")
    monkeypatch.setattr(dictionary, "STAGES_FOLDER", tmp_path)
    caches = (dictionary.entries, dictionary._families)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()
