"""Records are whole or not there, and a damaged one is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cxlib.engagement import records
from cxlib.errors import CxError

FACT = {"id": "1.baseline", "stage": 1, "value": 5.0}


def write(home: Path, stage: int = 1, **more: object) -> records.Record:
    return records.write_record(home, {"stage": stage, "facts": [], "ran_at": "now", **more})


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert records.read_record(tmp_path, 1) is None
    assert records.read_record(tmp_path, write(tmp_path)["stage"]) == write(tmp_path)


def test_when_a_stage_ran_does_not_change_its_digest(tmp_path: Path) -> None:
    assert write(tmp_path, ran_at="monday")["digest"] == write(tmp_path, ran_at="tuesday")["digest"]
    assert write(tmp_path)["digest"] != write(tmp_path, choice={"a": 1})["digest"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"stage": 1}'])
def test_a_damaged_record_is_named_and_never_believed(tmp_path: Path, damage: bytes) -> None:
    write(tmp_path)
    (tmp_path / "live" / "01" / "record.json").write_bytes(damage)
    with pytest.raises(CxError, match="Run stage 1 again"):
        records.read_record(tmp_path, 1)


def test_a_changed_figure_in_a_record_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, facts=[FACT])
    path = tmp_path / "live" / "01" / "record.json"
    path.write_text(path.read_text(encoding="utf-8").replace("5.0", "6.0"), encoding="utf-8")
    with pytest.raises(CxError, match="changed or damaged"):
        records.read_record(tmp_path, 1)


def test_facts_json_gathers_all_stages_and_refuses_a_contradiction(tmp_path: Path) -> None:
    write(tmp_path, facts=[FACT])
    write(tmp_path, stage=2, facts=[{"id": "2.size", "stage": 2, "value": 1}])
    records.write_facts(tmp_path)
    assert [fact["id"] for fact in json.loads((tmp_path / "facts.json").read_text())["facts"]] == [
        "1.baseline",
        "2.size",
    ]
    write(tmp_path, stage=2, facts=[{**FACT, "value": 7.0}])
    with pytest.raises(CxError, match=r"1\.baseline has two values: 5\.0 and 7\.0"):
        records.write_facts(tmp_path)


def test_a_failed_write_leaves_the_old_file_and_no_scrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.html"
    records.write_bytes(path, b"good")
    monkeypatch.setattr(
        "cxlib.engagement.records.os.fsync", lambda _descriptor: (_ for _ in ()).throw(OSError(28, "No space left"))
    )
    with pytest.raises(OSError, match="No space left"):
        records.write_bytes(path, b"half")
    assert path.read_bytes() == b"good"
    assert [child.name for child in tmp_path.iterdir()] == ["page.html"]
