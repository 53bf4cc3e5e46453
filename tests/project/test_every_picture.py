"""Every picture is drawn by a test that reads it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_plot_is_drawn_in_a_test() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cxlib" / "stages").glob("*/pictures*.py"))
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    plots = re.findall(r"^def (plot_\w+)", code, flags=re.MULTILINE)
    assert len(plots) > 30
    assert [name for name in plots if f"{name}(" not in tests] == []
