"""Files that are neither CSV nor xlsx: JSON, JSON lines, archives, other workbooks, event logs, SPSS."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cxlib.engagement.sources import Loaded
from cxlib.engagement.sources.raw import read_raw
from cxlib.errors import TableError

Read = Callable[..., Loaded]
SALE = {"order": {"id": "T1", "at": "2026-01-05T10:00:00", "net": 12.5}, "who": "u1", "tags": ["a", "b"]}
BOUGHT = "columns: {transaction_id: order.id, customer_id: who, at: order.at, revenue: order.net}"


@pytest.mark.parametrize("wrapped", [lambda rows: rows, lambda rows: {"page": 1, "data": {"results": rows}}])
def test_json_is_read_wherever_its_rows_stand(read: Read, wrapped: Callable[[list[object]], object]) -> None:
    second = {**SALE, "order": {**SALE["order"], "id": "T2", "net": 7}}  # type: ignore[dict-item]
    loaded = read("transactions", BOUGHT, json.dumps(wrapped([SALE, second])), "sales.json")
    assert loaded.table["revenue"].tolist() == [12.5, 7.0]
    assert loaded.table["customer_id"].tolist() == ["u1", "u1"]


def test_one_object_on_each_line_is_a_row_and_blank_lines_are_none(read: Read) -> None:
    lines = json.dumps(SALE) + "\n\n" + json.dumps({"who": "u2", "order": {"id": "T2", "at": "2026-01-06", "net": 1}})
    loaded = read("transactions", BOUGHT, lines, "sales.jsonl")
    assert loaded.table["transaction_id"].tolist() == ["T1", "T2"]


def test_a_single_line_is_one_row(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text('{"event":"view","who":"u1"}\n')
    assert read_raw(tmp_path / "e.jsonl").frame.to_dict("records") == [{"event": "view", "who": "u1"}]


def test_parameters_of_analytics_exports_become_fields(tmp_path: Path) -> None:
    param = {"key": "page", "value": {"string_value": "/home", "int_value": None}}
    (tmp_path / "e.jsonl.gz").write_bytes(gzip.compress(json.dumps({"event_params": [param], "n": [1, 2]}).encode()))
    row = read_raw(tmp_path / "e.jsonl.gz").frame.iloc[0]
    assert row["event_params.page"] == "/home"
    assert row["n"] == "1;2"


def test_json_inside_a_cell_is_opened_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('who,props\nu1,"{""plan"": ""pro"", ""n"": 2}"\nu2,\n')
    frame = read_raw(tmp_path / "a.csv").frame
    assert list(frame) == ["who", "props", "props.plan", "props.n"]
    assert frame["props.plan"].tolist() == ["pro", ""]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.jsonl", '{"a": 1}\n{"a":', "line 2"),
        ("a.json", '{"a": {"b": 1}}', "no list of objects"),
        ("a.jsonl", "5\n6\n", "line 1"),
        ("a.xes", "<log><trace></log>", "not an event log"),
        ("a.xes", '<!DOCTYPE l [<!ENTITY a "b">]><log>&a;</log>', "not an event log"),
        ("a.zip", "PK no", "cannot be read"),
        ("a.sav", "no", "SPSS"),
    ],
)
def test_what_is_no_such_file_is_named(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(TableError, match=told):
        read_raw(tmp_path / name)


def packed(folder: Path, **files: bytes) -> Path:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_csv", ".csv").replace("_xlsx", ".xlsx"), data)
    return path


def test_the_only_file_of_an_archive_is_read_and_of_several_the_named_one(tmp_path: Path) -> None:
    assert list(read_raw(packed(tmp_path, a_csv=b"x,y\n1,2\n")).frame) == ["x", "y"]
    book = io.BytesIO()
    with pd.ExcelWriter(book) as writer:
        pd.DataFrame({"q": [1]}).to_excel(writer, sheet_name="one", index=False)
        pd.DataFrame({"z": [2]}).to_excel(writer, sheet_name="two", index=False)
    several = packed(tmp_path, a_csv=b"x,y\n1,2\n", b_xlsx=book.getvalue())
    with pytest.raises(TableError, match=r"a\.csv, b\.xlsx"):
        read_raw(several)
    assert list(read_raw(several, sheet="a.csv").frame) == ["x", "y"]
    assert list(read_raw(several, sheet="b.xlsx/two").frame) == ["z"]
    with pytest.raises(TableError, match=r"did you mean 'a\.csv'"):
        read_raw(several, sheet="aa.csv")


LOG = """<?xml version="1.0"?><log xmlns="http://www.xes-standard.org/">
<trace><string key="concept:name" value="case 1"/>
<event><string key="concept:name" value="call"/><date key="time:timestamp" value="2026-01-05T10:00:00.000+01:00"/></event>
<event><string key="concept:name" value="close"/><date key="time:timestamp" value="2026-01-06T10:00:00.000+01:00"/></event>
<string key="channel" value="web"/></trace></log>"""


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz"])
def test_an_event_log_has_a_row_an_event_with_what_is_said_of_its_case(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(LOG.encode()) if name.endswith("gz") else LOG.encode())
    frame = read_raw(tmp_path / name).frame
    assert frame["concept:name"].tolist() == ["call", "close"]
    assert frame["case:concept:name"].tolist() == ["case 1", "case 1"]
    assert frame["case:channel"].tolist() == ["web", "web"]


def test_spss_values_that_mean_no_answer_are_blank_and_labels_stand_beside_their_codes(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = pd.DataFrame({"Q1": [5.0, 99.0, None], "Q2": [1.0, 8.0, 9.0], "when": ["a", "b", "c"]})
    pyreadstat.write_sav(
        frame,
        str(tmp_path / "s.sav"),
        column_labels=["How likely are you to recommend us?", "Region", "x"],
        variable_value_labels={"Q2": {1.0: "North", 8.0: "South"}},
        missing_ranges={"Q1": [99.0], "Q2": [{"lo": 9.0, "hi": 12.0}]},
    )
    raw = read_raw(tmp_path / "s.sav")
    assert raw.frame["Q1"].tolist() == ["5", "", ""]
    assert raw.frame["Q2.label"].tolist() == ["North", "South", ""]
    assert raw.repairs["user_missing"] == 2
    assert raw.labels["Q1"] == "How likely are you to recommend us?"
