"""A table is read once, and again as soon as one byte of what it is made from has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cxlib.engagement.brief import load_brief
from cxlib.engagement.sources import load, load_table, once

BRIEF = """\
company: Casa
currency: EUR
locale: en_IE
as_of: 2026-06-30
period: {start: 2026-01-01, end: 2026-06-30, unit: month}
funnel: [{step: quote, label: Quote, phase: before}, {step: sale, label: Sale, phase: during}]
tables:
  costs: {file: costs.csv}
"""
HEAD = "on,kind,amount\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    once._known.clear()
    (tmp_path / "engagement.yaml").write_text(BRIEF)
    (tmp_path / "costs.csv").write_text(HEAD + "2026-06-01,operating,10\n")
    return tmp_path


def amounts(folder: Path) -> list[float]:
    table = load_table(load_brief(folder), "costs").table
    return [float(value) for value in table["amount"]]


def test_the_same_bytes_are_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    inner = load._read
    monkeypatch.setattr(load, "_read", lambda brief, name: (reads.append(name), inner(brief, name))[1])
    assert amounts(folder) == amounts(folder) == [10.0]
    assert reads == ["costs"]


def test_a_file_of_the_same_size_and_date_with_another_byte_is_read_again(folder: Path) -> None:
    amounts(folder)
    file = folder / "costs.csv"
    before = file.stat()
    file.write_text(HEAD + "2026-06-01,operating,20\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert amounts(folder) == [20.0]


def test_another_brief_or_date_reads_again(folder: Path) -> None:
    amounts(folder)
    (folder / "engagement.yaml").write_text(BRIEF.replace("as_of: 2026-06-30\n", "as_of: 2026-05-31\n"))
    assert amounts(folder) == []


def test_what_one_reader_changes_the_next_does_not_see(folder: Path) -> None:
    found = load_table(load_brief(folder), "costs")
    found.table["amount"] = 0.0
    found.report.n_rows = 99
    again = load_table(load_brief(folder), "costs")
    assert again.table["amount"].tolist() == [10.0]
    assert again.report.n_rows == 1


def test_only_so_many_tables_are_held_the_oldest_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxlib.engagement.sources.once.MOST_TABLES", 2)
    for name in ("customers", "people", "costs"):
        load_table(load_brief(folder), name)
    held = list(once._known.values())
    assert [one.report.table for one in held] == ["people", "costs"]


def test_a_file_too_large_is_read_and_not_held(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxlib.engagement.sources.once.MOST_BYTES", 3)
    assert amounts(folder) == [10.0]
    assert [one for one in once._known.values() if one.report.table == "costs" and len(one.table)] == []
