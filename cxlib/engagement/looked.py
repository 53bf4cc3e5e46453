"""Which results a person has looked at since they were made: nobody decides on a page that nobody has read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cxlib.engagement import records

FILE = "looked_at.json"


def look(home: Path, shown: Mapping[int, records.Record]) -> None:
    """Note that these records, by stage, were shown to a person."""
    known = records.read_json(home / FILE)
    records.write_json(home / FILE, known | {str(number): record["digest"] for number, record in shown.items()})


def looked_at(home: Path, record: records.Record) -> bool:
    """Whether a record was shown as it is now."""
    return bool(records.read_json(home / FILE).get(str(record["stage"])) == record["digest"])
