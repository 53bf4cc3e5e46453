"""A small file cannot take the machine: bounded time and memory, and a refusal that names file, limit and setting."""

from __future__ import annotations

import gzip
import io
import json
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from cxlib.engagement.brief import load_brief
from cxlib.engagement.limits import ALL
from cxlib.engagement.sources import Loaded, check_engagement, load_table
from cxlib.engagement.sources.raw import read_raw
from cxlib.errors import TableError, UsageError

Read = Callable[..., Loaded]
Write = Callable[..., Path]


def book(*cells: tuple[int, int, str]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as made:
        sheet = made.add_worksheet()
        for row, column, value in cells:
            sheet.write(row, column, value)
    return stream.getvalue()


def edited(document: bytes, part: str, old: bytes, new: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            content = source.read(name)
            if part in name:
                assert old in content
                content = content.replace(old, new)
            made.writestr(name, content)
    return stream.getvalue()


def parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, content)
    return stream.getvalue()


ONE = book((0, 0, "a"), (1, 0, "b"))
COUNT, HUGE = b'count="2" uniqueCount="2"', b'count="99999999999" uniqueCount="99999999999"'
REPEATED = pa.DictionaryArray.from_arrays(pa.array([0] * 3_000_000, pa.int32()), pa.array(["x" * 2_000]))
ZEROS = b"a,b\n" + b"0" * 30_000_000
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "a cell in the last corner": ("a.xlsx", book((0, 0, "a"), (1_048_575, 16_383, "z")), "CX_MOST_READER_BYTES"),
    "a cell in the last column": ("a.xlsx", book((0, 0, "a"), (0, 16_383, "z")), "16,384.*CX_MOST_COLUMNS"),
    "a cell beyond every sheet": ("a.xlsx", edited(ONE, "sheet1", b'r="A1"', b'r="ZZZZ99999999"'), "a.xlsx"),
    "a number of texts": ("a.xlsx", edited(ONE, "sharedStrings", COUNT, HUGE), "CX_MOST_READER_BYTES"),
    "a text that is not there": ("a.xlsx", edited(ONE, "sheet1", b"<v>1</v>", b"<v>9</v>"), "cannot be read"),
    "a long text": ("a.xlsx", edited(ONE, "shared", b">b<", b">" + b"b" * 200_000 + b"<"), "CX_MOST_CELL_CHARACTERS"),
    "an entity": ("a.xlsx", edited(ONE, "shared", b"<t>b</t>", b"<t>&x;</t>"), "cannot be read"),
    "no workbook": ("a.xlsx", b"PK\3\4" + bytes(range(256)), "cannot be read"),
    "no old workbook": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 9, "cannot be read"),
    "gzip": ("a.csv.gz", gzip.compress(ZEROS), "CX_MOST_FILE_BYTES"),
    "gzip of a log": ("a.xes.gz", gzip.compress(b"<log>" + b" " * 30_000_000), "CX_MOST_FILE_BYTES"),
    "zip": ("a.zip", zipped("a.csv", ZEROS), "CX_MOST_FILE_BYTES"),
    "a text file": ("a.csv", ZEROS, "CX_MOST_FILE_BYTES"),
    "one text in three million rows": ("a.parquet", parquet(pa.table({"a": REPEATED})), "CX_MOST_READER_BYTES"),
    "many rows": ("a.parquet", parquet(pa.table({"a": pa.array([1] * 9_000_000, pa.int8())})), "CX_MOST_ROWS"),
    "many columns": ("a.parquet", parquet(pa.table({f"c{n}": [1] for n in range(5_001)})), "CX_MOST_COLUMNS"),
    "no parquet": ("a.parquet", b"PAR1" + bytes(200) + b"PAR1", "cannot be read"),
    "many short rows": ("a.csv", b"a,b\n" + b"\n" * 5_000_001, "CX_MOST_ROWS"),
    "many names": ("a.csv", ",".join(map(str, range(16_384))).encode() + b"\n1\n", "16,384.*CX_MOST_COLUMNS"),
    "a long cell": ("a.csv", b'a,b\n"' + b"x" * 131_073 + b'",1\n', "CX_MOST_CELL_CHARACTERS"),
    "a field each": ("a.json", json.dumps([{f"k{n}": 1} for n in range(9_000)]).encode(), "CX_MOST_COLUMNS"),
    "a long field": ("a.jsonl", json.dumps({"a": "x" * 131_073}).encode(), "CX_MOST_CELL_CHARACTERS"),
    "lists in lists": ("a.json", b"[" * 100_000, "no JSON object"),
    "objects in objects": ("a.jsonl", b'{"a":' * 100_000, "no JSON object"),
    "no SPSS": ("a.sav", b"$FL2" + bytes(range(256)) * 9, "cannot be read"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_would_take_the_machine_is_refused(
    tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if case == "no SPSS":
        pytest.importorskip("pyreadstat")
    monkeypatch.setenv("CX_MOST_FILE_BYTES", "20000000")
    name, content, told = HOSTILE[case]
    (tmp_path / name).write_bytes(content)
    start = time.monotonic()
    with pytest.raises(TableError, match=told) as caught:
        read_raw(tmp_path / name)
    assert caught.value.message.startswith(name)
    assert time.monotonic() - start < 20


def test_a_reader_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xlsx").write_bytes(book(*((row, 0, "x") for row in range(0, 1_048_000, 7))))
    monkeypatch.setenv("CX_MOST_READER_SECONDS", "1")
    with pytest.raises(TableError, match="CX_MOST_READER_SECONDS raises the limit"):
        read_raw(tmp_path / "a.xlsx")


def test_every_limit_has_a_setting_of_its_own_that_a_wrong_value_does_not_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len({limit.setting for limit in ALL}) == len(ALL)
    for limit in ALL:
        monkeypatch.setenv(limit.setting, "12")
        assert limit.most == 12
        monkeypatch.setenv(limit.setting, "a lot")
        with pytest.raises(UsageError, match=limit.setting):
            limit.check(1, "x")


def test_what_is_within_the_limits_is_read_as_ever(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + b"1,2\n" * 100_000)
    assert read_raw(tmp_path / "a.csv").frame.shape == (100_000, 2)
    (tmp_path / "b.csv").write_bytes(b'a,b\n"' + b"x" * 131_000 + b'",1\n')
    assert read_raw(tmp_path / "b.csv").frame["a"].str.len().tolist() == [131_000]
    (tmp_path / "c.xlsx").write_bytes(book((0, 0, "a"), (0, 1, "b"), (1, 0, "1"), (2, 1, "é")))
    assert read_raw(tmp_path / "c.xlsx").frame.to_numpy().tolist() == [["1", ""], ["", "é"]]


def test_columns_of_structures_are_opened_and_of_lists_are_named_so(tmp_path: Path) -> None:
    table = pa.table(
        {
            "who": pa.array([{"id": "a", "x": {"y": 1}}, None]),
            "tags": pa.array([["a", "b"], []]),
            "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
            "kind": pa.array(["é", None]).dictionary_encode(),
        }
    )
    (tmp_path / "a.parquet").write_bytes(parquet(table))
    frame = read_raw(tmp_path / "a.parquet").frame
    assert {name: list(cells) for name, cells in frame.items()} == {
        "who.id": ["a", ""],
        "who.x.y": ["1", ""],
        "tags[]": ["a;b", ""],
        "map.k": ["1", ""],
        "kind": ["é", ""],
    }


def test_columns_of_one_name_keep_apart(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,a (2),a,a,b\n1,2,3,4,5\n")
    assert list(read_raw(tmp_path / "a.csv").frame) == ["a", "a (2)", "a (3)", "a (4)", "b"]
    (tmp_path / "a.parquet").write_bytes(parquet(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])))
    assert list(read_raw(tmp_path / "a.parquet").frame) == ["a", "a (2)"]


@pytest.fixture
def two_clients(tmp_path: Path, write: Write) -> Path:
    """A folder for one client inside `tmp_path`, and another client's table beside it."""
    write("")
    for name in ("acme", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / "customers.csv").write_text("customer_id\nsecret\n")
    return tmp_path / "acme"


def brief_of(folder: Path, tables: str) -> Path:
    text = (folder.parent / "engagement.yaml").read_text(encoding="utf-8")
    (folder / "engagement.yaml").write_text(text + tables, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "file", ["../other/customers.csv", "data/../../other/customers.csv", "link.csv", "linked/customers.csv"]
)
def test_a_file_outside_the_folder_is_refused_unless_its_folder_is_listed(two_clients: Path, file: str) -> None:
    (two_clients / "data").mkdir()
    (two_clients / "link.csv").symlink_to(Path("..", "other", "customers.csv"))
    (two_clients / "linked").symlink_to(Path("..", "other"))
    brief = brief_of(two_clients, f"tables: {{customers: {file}}}\n")
    report = check_engagement(brief)
    assert report.failed
    assert "lies outside the engagement's folder" in report.reports["customers"].error
    for root in ("../other", str(two_clients.parent / "other")):
        brief_of(two_clients, f"tables: {{customers: {file}}}\nroots: ['{root}']\n")
        assert load_table(load_brief(two_clients), "customers").table["customer_id"].tolist() == ["secret"]
    brief_of(two_clients, f"tables: {{customers: {file}}}\nroots: ['../oth']\n")
    assert check_engagement(two_clients).failed


def test_names_of_files_in_foreign_folders_are_not_told(two_clients: Path) -> None:
    brief_of(two_clients, "tables: {customers: ../other/custmers.csv}\n")
    assert "customers.csv" not in str(check_engagement(two_clients).reports["customers"].error)


def test_a_join_is_held_to_the_same(two_clients: Path) -> None:
    (two_clients / "a.csv").write_text("customer_id\nx\n")
    join = "{file: a.csv, join: {file: ../other/customers.csv, on: customer_id, columns: [customer_id]}}"
    brief_of(two_clients, f"tables: {{customers: {join}}}\n")
    assert "lies outside" in str(check_engagement(two_clients).reports["customers"].error)


@pytest.mark.parametrize("kind", ["a long name", "links in a circle", "a folder", "a pipe"])
def test_what_is_no_file_is_said_to_be_none(two_clients: Path, kind: str) -> None:
    name = "x" * 300 + ".csv" if kind == "a long name" else "a.csv"
    if kind == "links in a circle":
        (two_clients / name).symlink_to(two_clients / name)
    elif kind == "a folder":
        (two_clients / name).mkdir()
    elif kind == "a pipe":
        os.mkfifo(two_clients / name)
    brief_of(two_clients, f"tables: {{customers: {name}}}\n")
    assert "no such file" in str(check_engagement(two_clients).reports["customers"].error)
