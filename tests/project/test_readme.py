"""What the README tells people to type exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines() if line.strip()]


def test_the_first_command_stands_in_the_first_lines() -> None:
    assert "make report" in "\n".join(README.splitlines()[:15])


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {words[1] for words in commands() if words[0] == "make"} <= targets


def test_every_verb_and_option_of_cx_exists() -> None:
    for words in commands():
        if words[0] == "cx":
            done = subprocess.run(
                [sys.executable, "-m", "cxlib.cli", words[1], "--help"], capture_output=True, text=True
            )
            assert done.returncode == 0, words
            for option in [word for word in words if word.startswith("--")]:
                assert option in done.stdout, (words[1], option)


def test_every_file_it_links_to_exists() -> None:
    assert all((ROOT / name).exists() for name in re.findall(r"\]\(([A-Z]+\.md)\)", README))
