"""The site: its tutorial works as written, its pages load nothing from elsewhere, and it names all that can be looked up."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"```(sh|yaml)[^\n]*\n(.*?)```", re.DOTALL)


def merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A brief with what was added to it, block by block."""
    return one | {key: one.get(key, {}) | value if isinstance(value, dict) else value for key, value in other.items()}


def said(words: list[str], folder: Path) -> str:
    """What a command of the tutorial prints; it has to succeed."""
    command = [sys.executable, "-m", "cxlib.cli", *words[1:]] if words[0] == "cx" else words
    place = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=place, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def test_the_tutorial_leads_from_exports_to_a_sealed_decision(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "sample", tmp_path / "data" / "sample")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    brief: dict[str, Any] = {}
    told: dict[str, str] = {}
    for kind, text in BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")):
        if kind == "yaml":
            brief = merged(brief, yaml.safe_load(text))
            (tmp_path / "acme" / "engagement.yaml").write_text(yaml.safe_dump(brief), encoding="utf-8")
            continue
        for line in text.splitlines():
            told[line] = said(shlex.split(line, comments=True), tmp_path)
    assert "3.value_at_stake = " in told["cx explain 3.value_at_stake --engagement acme"]
    assert (tmp_path / "acme" / "reports" / "acme" / "index.html").is_file()
    assert "Ana Ruiz" in (tmp_path / "acme" / "decisions.jsonl").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_no_page_of_the_site_loads_anything_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        loaded = re.findall(r"<(?:script|img|iframe|link)\b[^>]*(?:src|href)=\"?(https?://[^\" >]+)", page.read_text())
        assert loaded == [], page.name


def test_the_site_names_each_fact_each_table_and_each_command(site: Path) -> None:
    facts = (site / "reference" / "facts.html").read_text(encoding="utf-8")
    assert "3.value_at_stake" in facts
    assert "transaction_id" in (site / "reference" / "tables.html").read_text(encoding="utf-8")
    assert "cx explain" in (site / "reference" / "commands.html").read_text(encoding="utf-8")
    assert "minimum_cell" in (site / "reference" / "engagement.html").read_text(encoding="utf-8")
    assert "passages" in (site / "reference" / "stages.html").read_text(encoding="utf-8")
