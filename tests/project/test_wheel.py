"""Installed from its wheel, in a folder that is no clone, the project does what it does in a clone."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, root = tmp_path_factory.mktemp("wheel"), Path(__file__).parents[2]
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own that sees the packages of this one, but only the wheel's cxlib; an empty folder beside it."""
    base = tmp_path_factory.mktemp("elsewhere")
    venv.create(base / "env", with_pip=False)
    python = base / "env" / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(install, check=True)
    own = next((base / "env" / "lib").glob("python*/site-packages"))
    (own / "other_packages.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    (base / "work").mkdir()
    return base


def cx(elsewhere: Path, *words: str) -> str:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV"))}
    done = subprocess.run(
        [elsewhere / "env" / "bin" / "cx", *words], cwd=elsewhere / "work", env=env, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_brings_notebooks_sample_and_data_files_and_no_client_or_test(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert sum(name.startswith("cxlib/packaged/notebooks/") for name in names) == 10
    assert {"cxlib/packaged/sample/engagement.yaml", "cxlib/chain.yaml", "cxlib/py.typed"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "reports/", "docs/"))]


def test_an_empty_engagement_is_made_and_checked_without_a_clone(elsewhere: Path) -> None:
    assert "acme/engagement.yaml" in cx(elsewhere, "new", "acme")
    assert str(elsewhere / "env") in cx(elsewhere, "doctor")


def test_it_is_the_wheel_that_runs(elsewhere: Path) -> None:
    python, code = elsewhere / "env" / "bin" / "python", "import cxlib; print(cxlib.__file__)"
    told = subprocess.run([python, "-I", "-c", code], text=True, capture_output=True, check=True).stdout
    assert told.startswith(str(elsewhere))


def test_the_sample_runs_through_all_ten_stages_without_a_clone(elsewhere: Path) -> None:
    cx(elsewhere, "new", "try", "--sample")
    cx(elsewhere, "run", "try", "--out", "out")
    pages = sorted(path.name for path in (elsewhere / "work" / "out" / "try").glob("*.html"))
    assert len([name for name in pages if name[:2].isdigit()]) == 10
    assert "index.html" in pages
    assert "10" in cx(elsewhere, "status", "try", "--out", "out")
