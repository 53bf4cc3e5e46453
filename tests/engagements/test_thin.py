"""Clients with next to nothing: ten pages come out, none with a hole in its words, and what is not known is said."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from cxlib.chain import STAGES
from cxlib.engagement.brief import load_brief
from cxlib.engagement.sources import load_tables
from cxlib.engagement.tables import CONTRACTS
from cxlib.run.order import Order
from cxlib.run.runner import run_chain
from tests.engagements.test_chain import words

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "sample"
Tables = dict[str, pd.DataFrame]


def one_row_each(tables: Tables) -> Tables:
    return {name: table.head(1) for name, table in tables.items()}


def no_margin_and_no_customer_file(tables: Tables) -> Tables:
    few = _of(tables, 300)
    return {**few, "transactions": few["transactions"].assign(margin=np.nan), "customers": few["customers"].head(0)}


def only_purchases_on_one_day(tables: Tables) -> Tables:
    few = _of(tables, 120)
    bought = few["interactions"].query("step == 'purchase'").assign(at=pd.Timestamp("2026-06-01"))
    sold = few["transactions"].assign(at=pd.Timestamp("2026-06-01"), revenue=100.0)
    return {
        name: {"interactions": bought, "transactions": sold, "customers": few["customers"]}.get(name, table.head(0))
        for name, table in few.items()
    }


def _of(tables: Tables, n: int) -> Tables:
    """What concerns the first n customers."""
    chosen = set(tables["customers"]["customer_id"].head(n))
    person = {
        name: next((key for key in ("customer_id", "respondent_id") if key in table), "")
        for name, table in tables.items()
    }
    return {name: table[table[person[name]].isin(chosen)] if person[name] else table for name, table in tables.items()}


@pytest.mark.parametrize("thin", [one_row_each, no_margin_and_no_customer_file, only_purchases_on_one_day])
def test_a_thin_client_gets_ten_pages_that_say_what_cannot_be_told(
    tmp_path: Path, thin: Callable[[Tables], Tables]
) -> None:
    folder = tmp_path / "thin"
    folder.mkdir()
    brief = yaml.safe_load((SAMPLE / "engagement.yaml").read_text(encoding="utf-8"))
    shutil.copy(SAMPLE / "journey.yaml", folder)
    tables = thin({name: loaded.table for name, loaded in load_tables(load_brief(SAMPLE)).items()})
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    extra = [key for key in tables["customers"] if key not in CONTRACTS["customers"].column_names]
    brief["tables"] = {name: {"file": f"{name}.csv"} for name in tables}
    brief["tables"]["customers"]["attributes"] = extra
    (folder / "engagement.yaml").write_text(yaml.safe_dump(brief, allow_unicode=True), encoding="utf-8")
    told: list[str] = []
    assert run_chain(Order(engagement=str(folder), out=str(tmp_path / "out")), tell=told.append).exit_code == 0, told
    home = tmp_path / "out" / "thin"
    for stage in STAGES:
        page = words(home / f"{stage.slug}.html")
        assert re.findall(r"\bTraceback\b|\bnan\b|\bNaN\b|\bNone\b|\bNaT\b|\binf\b|\{\w+\}", page) == [], stage.slug
    facts = json.loads((home / "facts.json").read_text(encoding="utf-8"))["facts"]
    assert not [fact["id"] for fact in facts if fact["grade"] == "measured" and fact["value"] is None]
