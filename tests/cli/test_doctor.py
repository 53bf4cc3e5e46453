"""`cx doctor`: what is wrong is found, and each hint works when it is followed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from cxlib.cli import main
from cxlib.run import doctor, notebooks
from cxlib.run.doctor import Finding, examine

READY = {"PYTHONIOENCODING": "utf-8"}


def finding(name: str, out: str = "reports") -> Finding:
    return next(one for one in examine(out) if one.what == name)


def command_in(hint: str) -> list[str]:
    """The command between backticks."""
    return shlex.split(hint.split("`")[1])


def doctor_in(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name not in doctor.LOUD}
    inside = {**known, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    command = [sys.executable, "-m", "cxlib.cli", "doctor"]
    return subprocess.run(command, cwd=folder, env=inside, capture_output=True, text=True, encoding="utf-8")


def test_what_is_missing_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = ["pandas>=99", "nowhere-to-be-found<2", "pandas>=1", "nothing; extra == 'dev'"]
    monkeypatch.setattr("cxlib.run.doctor.metadata.requires", lambda _name: needed)
    found = finding("Packages")
    assert found.well is False and found.found == "missing: pandas>=99, nowhere-to-be-found<2"
    command = command_in(found.todo)
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert [Requirement(one).name for one in command[4:]] == ["pandas", "nowhere-to-be-found"]


def test_a_package_that_is_only_on_the_path_is_told_from_one_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise doctor.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("cxlib.run.doctor.metadata.requires", absent)
    found = finding("Packages")
    assert found.well is False and (Path(command_in(found.todo)[-1]) / "pyproject.toml").is_file()


def test_without_sockets_another_folder_for_them_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> Path:
        if os.environ.get("TMPDIR") != str(tmp_path):
            raise PermissionError(13, "Permission denied")
        return Path(tempfile.mkdtemp(dir=tmp_path))

    monkeypatch.setattr(doctor, "socket_folder", refused)
    assert finding("Kernel").well is False and "TMPDIR" in finding("Kernel").todo
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert finding("Kernel").well


def test_the_real_kernel_folder_is_tried_and_leaves_nothing(tmp_path: Path) -> None:
    done = doctor_in(tmp_path, TMPDIR=str(tmp_path), **READY)
    assert "✓ Kernel" in done.stdout and list(tmp_path.iterdir()) == []


def test_notebooks_are_found_inside_the_project_and_one_that_is_lost_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finding("Notebooks").well
    real = notebooks.notebooks
    monkeypatch.setattr(doctor, "notebooks", lambda: real(tmp_path / "nowhere"))
    assert finding("Notebooks").todo == "Call `cx` inside the project"
    monkeypatch.setattr(doctor, "notebooks", lambda: real(tmp_path))
    lost = finding("Notebooks")
    assert lost.well is False and "01_business_objective.ipynb" in lost.found and "Put it back" in lost.todo


def test_reports_that_cannot_be_written_go_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    there = finding("Reports", str(tmp_path / "file" / "reports"))
    assert there.well is False and "--out" in there.todo
    assert finding("Reports", str(tmp_path / "reports")).well


def test_a_full_disk_is_not_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 10**18)
    assert finding("Reports", str(tmp_path)).well is False


def test_a_terminal_that_knows_few_signs_still_reads_the_hint_and_following_it_helps(tmp_path: Path) -> None:
    done = doctor_in(tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1 and "Set PYTHONIOENCODING=utf-8" in done.stdout, done.stderr
    done = doctor_in(tmp_path, PYTHONIOENCODING="utf-8")
    assert done.returncode == 0 and "✓ Encoding" in done.stdout


def test_what_changes_python_is_for_a_person_to_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    assert finding("Environment").well is None and "PYTHONPATH" in str(finding("Environment"))
    for name in doctor.LOUD:
        monkeypatch.delenv(name, raising=False)
    assert finding("Environment").well


def test_what_is_next_works_where_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`cx run` where there is an engagement or the sample, else `cx new`."""
    monkeypatch.setattr("cxlib.run.doctor._encoding", lambda: Finding(True, "Encoding", "utf-8"))
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Ready. Next: `cx run`"
    monkeypatch.chdir(tmp_path)
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Ready. Next: `cx new NAME`"


def test_each_extra_says_what_it_misses_and_none_stops_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = [
        "pandas>=1",
        "nowhere-to-be-found; extra == 'spss'",
        "pandas; extra == 'export'",
        "nothing; extra == 'dev'",
    ]
    monkeypatch.setattr("cxlib.run.doctor.metadata.requires", lambda _name: needed)
    found = {one.what: one for one in examine()}
    assert found["export"].well is True and found["spss"].well is None and "dev" not in found
    assert found["spss"].found == "missing: nowhere-to-be-found" and command_in(found["spss"].todo)[-1] == "cxlib[spss]"


def test_windows_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cxlib.cli.verbs.sys.platform", "win32")
    assert main(["run"]) == 2
    assert capsys.readouterr().err == "cx: Windows is not supported; run it under WSL, Linux or macOS\n"


def test_the_refusal_of_windows_is_reached_without_what_windows_lacks() -> None:
    code = "import sys; sys.modules['fcntl'] = None; import cxlib.cli"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
