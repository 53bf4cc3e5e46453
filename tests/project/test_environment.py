"""The ways to install agree: pyproject.toml, environment.yml and the lock file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
HOSTS = re.compile(r"(pypi|pythonhosted|anaconda|npmjs|debian)\.(org|com)")


def wanted() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["dependencies"]).union(*project["optional-dependencies"].values())


def test_environment_yml_gives_conda_users_the_same_set() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert set(pip) - {"--no-deps --editable ."} - {"--editable ."} == wanted()
    assert "python>=3.11" in environment["dependencies"]


def test_the_lock_file_pins_every_wanted_package_with_hashes_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {
        name.lower().replace("_", "-") for name in re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==", lock, re.MULTILINE)
    }
    names = {re.split(r"[<>=!\[ ]", entry)[0].lower().replace("_", "-") for entry in wanted()}
    assert names <= pinned, names - pinned
    assert len(re.findall(r"--hash=sha256:", lock)) > len(pinned)
    assert "://" not in lock


def test_no_file_of_the_project_names_a_registry_host() -> None:
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        readable = (
            path.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".lock", ".ipynb", ".txt", ""} and path.is_file()
        )
        if readable and parts[0] not in {".git", ".venv", "reports"} and path != Path(__file__).resolve():
            assert not HOSTS.search(path.read_text(encoding="utf-8", errors="ignore")), path


def test_the_required_packages_are_among_them() -> None:
    names = {re.split(r"[<>=!\[ ]", entry)[0] for entry in wanted()}
    assert {"jupyterlab", "pandas", "seaborn", "matplotlib", "papermill", "nbval", "scikit-learn"} <= names
