"""The decision ledger: append-only, hash-chained, and every change is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.engagement import ledger
from cxlib.errors import LedgerError

SEAL = {
    "kind": "seal",
    "stage": 1,
    "choice": {"objective": "turnover"},
    "why": "año nuevo",
    "by": "Ana",
    "override": False,
}


def filled(folder: Path, stages: int = 3) -> Path:
    for stage in range(1, stages + 1):
        ledger.append(folder, {**SEAL, "stage": stage})
    return folder / ledger.LEDGER


def test_an_empty_folder_has_no_decisions(tmp_path: Path) -> None:
    assert ledger.read_ledger(tmp_path) == []


def test_each_line_rests_on_the_hash_of_the_line_before(tmp_path: Path) -> None:
    filled(tmp_path)
    entries = ledger.read_ledger(tmp_path)
    assert [entry["previous"] for entry in entries] == [ledger.ROOT, entries[0]["hash"], entries[1]["hash"]]
    assert ledger.verify(tmp_path) == 3


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10_000), byte=st.integers(1, 255))
def test_one_changed_byte_is_named_with_its_line(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
) -> None:
    path = filled(tmp_path_factory.mktemp("ledger"))
    content = bytearray(path.read_bytes())
    place %= len(content)
    content[place] ^= byte
    path.write_bytes(bytes(content))
    with pytest.raises(LedgerError, match=r"decisions\.jsonl, line \d"):
        ledger.read_ledger(path.parent)


@pytest.mark.parametrize("order", [[0, 2], [1, 0, 2], [0, 1, 1, 2]])
def test_a_removed_moved_or_repeated_line_is_noticed(tmp_path: Path, order: list[int]) -> None:
    path = filled(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[number] for number in order))
    with pytest.raises(LedgerError, match="does not rest on the line before"):
        ledger.read_ledger(tmp_path)


def test_a_cut_last_line_is_noticed(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LedgerError, match="cut off"):
        ledger.read_ledger(tmp_path)


def test_the_message_says_what_to_do(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("Ana", "Eva", 1), encoding="utf-8")
    with pytest.raises(LedgerError) as raised:
        ledger.read_ledger(tmp_path)
    assert raised.value.message == (
        "decisions.jsonl, line 1: its content does not match its hash: it was changed after it was written. "
        "Decisions are only ever added, by `cx decide` and `cx reopen`. "
        "Restore the file from version control or a backup; nothing that follows may run until then."
    )


def test_reopening_a_stage_unseals_it_and_every_stage_after_it(tmp_path: Path) -> None:
    filled(tmp_path, 5)
    ledger.append(tmp_path, {"kind": "reopen", "stage": 3, "why": "new data", "by": "Ana"})
    assert sorted(ledger.seals(ledger.read_ledger(tmp_path))) == [1, 2]


def test_a_stage_sealed_again_after_a_reopening_is_sealed(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    ledger.append(tmp_path, {"kind": "reopen", "stage": 1, "why": "x", "by": "Ana"})
    ledger.append(tmp_path, SEAL)
    assert sorted(ledger.seals(ledger.read_ledger(tmp_path))) == [1]


def test_an_entry_is_one_line_of_plain_json_in_utf8(tmp_path: Path) -> None:
    path = filled(tmp_path, 1)
    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert "año nuevo" in line
    assert json.loads(line)["seq"] == 1


def forged(folder: Path, line: int, **more: object) -> None:
    """Write one line anew, with a hash that fits what it says now."""
    path = folder / ledger.LEDGER
    entries = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    entries[line - 1] |= more
    entries[line - 1]["hash"] = ledger.digest(entries[line - 1])
    path.write_bytes(b"".join(ledger.canonical(entry) + b"\n" for entry in entries))


@pytest.mark.parametrize("more", [{"previous": "f" * 64}, {"seq": 7}])
def test_a_forged_last_line_with_a_hash_that_fits_does_not_follow(tmp_path: Path, more: dict[str, object]) -> None:
    filled(tmp_path)
    forged(tmp_path, 3, **more)
    with pytest.raises(LedgerError, match=r"line 3.* does not rest on the line before"):
        ledger.read_ledger(tmp_path)


def test_a_forged_line_is_noticed_by_the_line_after_it(tmp_path: Path) -> None:
    filled(tmp_path)
    forged(tmp_path, 2, why="another reason")
    with pytest.raises(LedgerError, match=r"line 3.* does not rest on the line before"):
        ledger.read_ledger(tmp_path)


def test_a_line_that_says_the_same_in_other_bytes_was_changed(tmp_path: Path) -> None:
    path = filled(tmp_path, 1)
    path.write_bytes(json.dumps(json.loads(path.read_bytes()), sort_keys=True).encode() + b"\n")
    with pytest.raises(LedgerError, match="changed after it was written"):
        ledger.read_ledger(tmp_path)


def test_the_head_is_the_hash_of_the_last_line(tmp_path: Path) -> None:
    filled(tmp_path)
    entries = ledger.read_ledger(tmp_path)
    assert ledger.head(entries) == entries[-1]["hash"] != entries[0]["hash"]
    assert ledger.head([]) == ledger.ROOT


def test_of_several_reopenings_the_latest_is_named(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    for stage, why in ((2, "first"), (1, "second"), (2, "third"), (3, "of a later stage")):
        ledger.append(tmp_path, {"kind": "reopen", "stage": stage, "why": why, "by": "Ana"})
    entries = ledger.read_ledger(tmp_path)
    assert [(ledger.reopened_after(entries, 2, seq) or {}).get("why") for seq in (2, 4, 5)] == ["third", "third", None]


def test_of_two_seals_the_last_is_in_force(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    ledger.append(tmp_path, {**SEAL, "by": "Eva"})
    assert ledger.seals(ledger.read_ledger(tmp_path))[1]["by"] == "Eva"
