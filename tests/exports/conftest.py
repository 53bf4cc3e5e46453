"""The book of one sample run, and LibreOffice where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cxlib.engagement.brief import load_brief
from cxlib.exports.book import Book, open_book
from cxlib.language import speak


@pytest.fixture(scope="session")
def book(sample_run: Path) -> Book:
    root = Path(__file__).resolve().parents[2]
    brief = load_brief(root / "data" / "sample")
    speak(brief.lang, brief.locale, brief.currency)
    return open_book(brief, sample_run)


@pytest.fixture
def office(tmp_path: Path) -> Callable[[Path, str], Path]:
    """`office(file, "pdf")` is the file as LibreOffice converts it; skips, saying so, where it is not installed."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        reason = "LibreOffice is not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)

    def convert(file: Path, to: str) -> Path:
        home, out = tmp_path / "office", tmp_path / "converted"
        command = [
            program,
            f"-env:UserInstallation={home.as_uri()}",
            "--headless",
            "--convert-to",
            to,
            "--outdir",
            str(out),
        ]
        subprocess.run([*command, str(file)], check=True, capture_output=True, timeout=180)
        return out / f"{file.stem}.{to}"

    return convert
