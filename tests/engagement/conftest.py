"""A small engagement in a folder of its own, to be filled with one table and read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cxlib.engagement.brief import load_brief
from cxlib.engagement.sources import Loaded, load_table

HEAD = """\
company: Hogar
currency: EUR
as_of: 2026-06-30
period: {start: 2024-07-01}
funnel:
  - {step: discovery, label: Discovery, phase: before}
  - {step: purchase, label: Purchase, phase: during}
touchpoints:
  advert: {label: Advertising, step: discovery, controlled: false}
  checkout: {label: Checkout, step: purchase}
channels: {store: {label: Store}, web: {label: Web}}
scales: {csat: [1, 5], overall: [1, 5]}
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """`write(tables, head=…)` writes engagement.yaml and returns its folder."""

    def write_brief(tables: str, head: str = HEAD) -> Path:
        (tmp_path / "engagement.yaml").write_text(head + tables, encoding="utf-8")
        return tmp_path

    return write_brief


@pytest.fixture
def read(tmp_path: Path, write: Callable[..., Path]) -> Callable[..., Loaded]:
    """`read(table, mapping, text)` writes `text` as file.csv and reads the table under the mapping."""

    def read_table(table: str, mapping: str, content: str | bytes, file: str = "file.csv") -> Loaded:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / file).write_bytes(data)
        return load_table(load_brief(write(f"tables:\n  {table}: {{file: {file}, {mapping}}}\n")), table)

    return read_table
