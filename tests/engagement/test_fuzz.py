"""Mutated briefs, journeys and files, from fixed seeds: every outcome is a message of ours or a table, in bounded time.

`make test` tries a few thousand; `make fuzz` (CX_FUZZ=ROUNDS) as many as are asked for, from other seeds.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from cxlib.engagement.brief import load_brief, load_journey
from cxlib.engagement.sources import load_table
from cxlib.engagement.sources.raw import read_raw
from cxlib.errors import BriefError, CxError, TableError
from tests.engagement.conftest import HEAD

ROUNDS = int(os.environ.get("CX_FUZZ", "1"))
SLOWEST = 20  # seconds of this process for one input

BRIEF = (
    HEAD
    + """\
objective: {objective: turnover, target_growth: 0.08, budget: 60000, horizon_months: 24}
brand: {attributes: [calm], fit: {region: {north: 0.5}}}
thresholds: {minimum_cell: 6, p_worst: 0.9}
staff: {stores: 12}
judgement: {emotions: {checkout: calm}, correlations: [{between: [a, b], value: 0.2}]}
labels: {segment: {a: A}}
choices: {1: {objective: turnover, why: so, by: Ana}}
tables:
  customers: {file: t.csv, columns: {customer_id: who, region: place}, attributes: [sector]}
  transactions:
    - rows: [{transaction_id: t1, customer_id: c1, at: 2026-01-02, revenue: 5}]
  responses: {file: t.csv, wide: {columns: {q: {question: nps}}}, columns: {respondent_id: who, on: day}, dates: iso}
"""
)
JOURNEY = """\
by: Workshop
phases: {before: Hope}
lanes: [channel, doing]
steps:
  discovery: {channel: [store], doing: [looks], emotion: 0.5, to_be: {doing: [saves]}}
  purchase: {thinking: could we, owner: [head], kpi: [visits]}
"""
ROWS = [
    ["who", "place", "day", "q", "sector"],
    ["c1", "north", "2026-01-02", "9", "a"],
    ["c2", "süd", "2026-02-03", "7", ""],
]
WORDS = [
    "!!bool",
    "!!int",
    "!!timestamp x",
    "!!float",
    "!!binary",
    "!!set",
    "&a",
    "*a",
    "<<: *a",
    "~",
    "null",
    "true",
    "[]",
    "{}",
    "- ",
    ": ",
    "? ",
    "|",
    ">",
    "'",
    '"',
    "%",
    "@",
    "`",
    "\t",
    "\n",
    "\n  ",
    "\r",
    "1e999",
    ".inf",
    ".nan",
    "-0",
    "9" * 40,
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "../x.csv",
    "/etc/passwd",
    "x" * 300,
    "\\u0000",
    '"\\uD800"',
    "\x00",
    "\x85",
    "\u2028",
    "\ufeff",
    "\uffff",
    "é",
    "😀",
    "[[[[",
    "}}",
    "#",
    "---\n",
    "...\n",
    "key: {a: 1}",
    "1",
    "-1",
    "0.5",
    "customers",
]


def mutated(text: str, chance: random.Random) -> str:
    """A text with one to four changes: cut, doubled, swapped, a word put in, a value replaced."""
    for _round in range(chance.randint(1, 4)):
        if not text:
            return chance.choice(WORDS)
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice([0, 1, 2, 5, 20, 80]))
        match chance.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:]
            case 2:
                text = text[:start] + chance.choice(WORDS) + text[start:]
            case 3:
                text = text[:start] + chance.choice(WORDS) + text[end:]
            case _:
                lines = text.splitlines(keepends=True)
                one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
                lines[one], lines[other] = lines[other], lines[one]
                text = "".join(lines)
    return text


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Bytes with one to six changes: a bit, a byte, a piece cut, doubled, blanked, or moved."""
    content = bytearray(data)
    for _round in range(chance.randint(1, 6)):
        if not content:
            return bytes(content)
        start = chance.randrange(len(content))
        end = min(len(content), start + chance.choice([1, 2, 4, 16, 200]))
        match chance.randrange(5):
            case 0:
                content[start] ^= 1 << chance.randrange(8)
            case 1:
                content[start:end] = chance.randbytes(end - start)
            case 2:
                del content[start:end]
            case 3:
                content[start:start] = content[start:end]
            case _:
                content[start:end] = chance.choice([b"\x00", b"\xff"]) * (end - start)
    return bytes(content)


def text_of(mark: str) -> bytes:
    return "\n".join(mark.join(row) for row in ROWS).encode()


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def written(method: str, frame: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    getattr(frame, method)(stream, index=False)
    return stream.getvalue()


FRAME = pd.DataFrame(ROWS[1:], columns=ROWS[0])
EVENTS = (
    "<log><trace><string key='concept:name' value='c1'/><event><date key='t' value='2026-01-01'/></event></trace></log>"
)
PLAIN: dict[str, bytes] = {
    "a.csv": text_of(","),
    "a.txt": text_of("\t"),
    "a.tsv": "\n".join(";".join(row) for row in ROWS).encode("utf-16"),
    "a.json": json.dumps({"data": FRAME.to_dict("records")}).encode(),
    "a.jsonl": "\n".join(json.dumps({**row, "more": {"x": [1, 2]}}) for row in FRAME.to_dict("records")).encode(),
    "a.xes": EVENTS.encode(),
    "a.csv.gz": gzip.compress(text_of(","), mtime=0),
    "a.zip": packed({"a.csv": text_of(",")}),
}
APART: dict[str, bytes] = {"a.xlsx": written("to_excel", FRAME), "a.parquet": written("to_parquet", FRAME)}


def inside(document: bytes, chance: random.Random) -> bytes:
    """A packed document with one of its parts damaged before it is packed again, so that its sums are right."""
    with zipfile.ZipFile(io.BytesIO(document)) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    name = chance.choice(sorted(parts))
    text = parts[name].decode("utf-8", "replace")
    parts[name] = (
        mutated(text, chance).encode("utf-8", "replace") if chance.random() < 0.7 else damaged(parts[name], chance)
    )
    return packed(parts)


def answered(read: Callable[[], object], seed: str) -> bool:
    """Whether something was read; a refusal of ours is an answer, too. Anything else fails, with the seed that did it."""
    start = time.process_time()
    try:
        read()
        return True
    except (BriefError, TableError, CxError) as error:
        assert error.message, seed
        assert not any(0xD800 <= ord(sign) < 0xE000 for sign in error.message), seed
        return False
    except BaseException as error:
        raise AssertionError(f"{seed}: {type(error).__name__}: {error}") from error
    finally:
        assert time.process_time() - start < SLOWEST, f"{seed}: too slow"


def seeds(name: str, n: int) -> Iterator[tuple[str, random.Random]]:
    """As many seeds as are asked for; other ones in each round."""
    for number in range(n * ROUNDS):
        yield f"{name}:{number}", random.Random(f"{name}:{number}")


def test_the_plain_ones_are_read(tmp_path: Path) -> None:
    (tmp_path / "engagement.yaml").write_text(BRIEF, encoding="utf-8")
    (tmp_path / "journey.yaml").write_text(JOURNEY, encoding="utf-8")
    (tmp_path / "t.csv").write_bytes(PLAIN["a.csv"])
    brief = load_brief(tmp_path)
    assert load_journey(brief).by == "Workshop"
    assert load_table(brief, "customers").table["customer_id"].tolist() == ["c1", "c2"]
    for name, content in (PLAIN | APART).items():
        (tmp_path / name).write_bytes(content)
        assert len(read_raw(tmp_path / name).frame) >= 1, name


def test_any_brief_is_answered(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(PLAIN["a.csv"])
    (tmp_path / "a").mkdir()

    def read() -> None:
        brief = load_brief(tmp_path)
        for name in ("customers", "transactions", "responses"):
            load_table(brief, name)

    n_read = 0
    for seed, chance in seeds("brief", 900):
        (tmp_path / "engagement.yaml").write_bytes(mutated(BRIEF, chance).encode("utf-8", "surrogatepass"))
        n_read += answered(read, seed)
    assert n_read > 20  # else nothing but the first line was tried


def test_any_journey_is_answered(tmp_path: Path) -> None:
    (tmp_path / "engagement.yaml").write_text(BRIEF, encoding="utf-8")
    brief, n_read = load_brief(tmp_path), 0
    for seed, chance in seeds("journey", 700):
        (tmp_path / "journey.yaml").write_bytes(mutated(JOURNEY, chance).encode("utf-8", "surrogatepass"))
        n_read += answered(lambda: load_journey(brief), seed)
    assert n_read > 20


@pytest.mark.parametrize("name", PLAIN)
def test_any_file_is_answered(tmp_path: Path, name: str) -> None:
    for seed, chance in seeds(name, 150):
        changed = mutated(PLAIN[name].decode("utf-8", "surrogateescape"), chance).encode("utf-8", "surrogatepass")
        (tmp_path / name).write_bytes(changed if chance.random() < 0.5 else damaged(PLAIN[name], chance))
        answered(lambda: read_raw(tmp_path / name), seed)


@pytest.mark.parametrize("name", APART)
def test_any_workbook_or_parquet_is_answered(tmp_path: Path, name: str) -> None:
    for seed, chance in seeds(name, 80):
        within = name.endswith(".xlsx") and chance.random() < 0.8
        (tmp_path / name).write_bytes((inside if within else damaged)(APART[name], chance))
        answered(lambda: read_raw(tmp_path / name), seed)


def test_any_table_of_a_client_is_answered(tmp_path: Path) -> None:
    (tmp_path / "engagement.yaml").write_text(BRIEF, encoding="utf-8")
    brief = load_brief(tmp_path)
    for seed, chance in seeds("table", 150):
        (tmp_path / "t.csv").write_bytes(mutated(PLAIN["a.csv"].decode(), chance).encode("utf-8", "surrogatepass"))
        for table in ("customers", "responses"):
            answered(lambda table=table: load_table(brief, table), f"{seed} {table}")  # type: ignore[misc]
