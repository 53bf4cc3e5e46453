"""CONTRIBUTING leads to files that are there."""

from __future__ import annotations

import re
from pathlib import Path

from cxlib.chain import STAGES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PATHS = re.findall(r"`((?:cxlib|tests|notebooks|calibration|docs|data)/[^`\s]*)`", PAGE)


def test_every_path_it_names_is_in_the_tree() -> None:
    assert len(PATHS) >= 20
    plain = [path for path in PATHS if "KEY" not in path]
    assert [path for path in plain if not list(ROOT.glob(path.rstrip("/")))] == []


def test_what_it_says_of_a_stage_holds_for_all_ten() -> None:
    for path in (path for path in PATHS if "KEY" in path):
        for stage in STAGES:
            assert (ROOT / path.replace("NN", f"{stage.number:02d}").replace("KEY", stage.key)).exists(), (
                path,
                stage.key,
            )


def test_every_stage_room_has_the_files_of_the_table() -> None:
    table = re.findall(r"^\| `([\w.…]+)` \|", PAGE, re.MULTILINE)
    assert "facts.yaml" in table
    for stage in STAGES:
        room = ROOT / "cxlib" / "stages" / stage.key
        assert [name for name in table if not list(room.glob(name.replace("…", "*")))] == [], stage.key


def test_it_walks_through_five_changes() -> None:
    section = PAGE.split("## Five changes")[1].split("## Also")[0]
    changes = re.split(r"^\d\. ", section, flags=re.MULTILINE)[1:]
    assert len(changes) == 5
    assert all(re.search(r"`(cxlib|tests|notebooks)/", change) for change in changes)
