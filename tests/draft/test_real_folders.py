"""Real folders that nobody here wrote become briefs with no line typed by hand: what they fill, and the figures they give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cxlib.draft.make import new_from
from cxlib.engagement.brief import load_brief
from cxlib.engagement.sources import check_engagement, load_table

Shared = Callable[[str], Path]
FOLDERS = {  # folder → tables it fills, most questions that may be asked
    "olist/sample4k": ("customers interactions responses verbatims transactions", 2),
    "nps_verbatim": ("customers responses verbatims", 0),
    "helpdesk": ("customers interactions", 1),
    "hillstrom": ("customers transactions assignments", 3),
    "sfo_survey": ("customers responses", 5),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_real_folder_fills_its_tables_without_a_row_refused(shared: Shared, tmp_path: Path, name: str) -> None:
    file, draft = new_from(tmp_path / "acme", shared(f"data/{name}"))
    tables, most = FOLDERS[name]
    assert draft.tables == set(tables.split())
    assert len(draft.doubts) <= most
    file.write_text(file.read_text(encoding="utf-8").replace('"?"', '"2008-03-20"'), encoding="utf-8")
    report = check_engagement(file.parent)
    assert not report.failed
    assert {table: report.reports[table].n_refused for table in draft.tables} == dict.fromkeys(draft.tables, 0)


def test_a_marketplace_is_read_as_the_brief_that_was_written_by_hand_reads_it(shared: Shared, tmp_path: Path) -> None:
    file, _draft = new_from(tmp_path / "acme", shared("data/olist/sample4k"))
    by_hand = load_table(load_brief(Path(__file__).parents[1] / "engagements" / "olist"), "transactions").table
    drafted = load_table(load_brief(file), "transactions").table
    assert len(drafted) == len(by_hand)
    assert drafted["revenue"].sum() == pytest.approx(by_hand["revenue"].sum())
    assert set(drafted["customer_id"]) == set(by_hand["customer_id"])
