"""What changed since the last run, on the page and on the overview; and a page brought up to date without its notebook."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cxlib.chain import STAGES
from cxlib.engagement.brief import Brief, load_brief
from cxlib.facts import Fact
from cxlib.report.page import stage_page, with_band, with_since
from cxlib.report.since import Since, since_last
from cxlib.report.standing import Standing
from cxlib.report.states import state
from cxlib.report.view import Frame


@pytest.fixture(scope="module")
def brief() -> Brief:
    return load_brief(Path(__file__).resolve().parents[2] / "data" / "sample")


def write(folder: Path, *facts: Fact, **run: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "facts.json").write_text(json.dumps({"facts": [fact.as_json() for fact in facts]}))
    (folder / "run.json").write_text(json.dumps(run))


def stake(value: float) -> Fact:
    return Fact("3.value_at_stake", value, value - 3, value + 3, 400, "money")


def test_a_first_run_has_nothing_to_be_compared_with(tmp_path: Path, brief: Brief) -> None:
    write(tmp_path, stake(100))
    assert since_last(brief, tmp_path, "now") == Since()


def test_a_stage_is_compared_with_the_last_run_that_came_to_its_end(tmp_path: Path, brief: Brief) -> None:
    nps = Fact("5.nps", 10, 5, 15, 300, "points")
    write(tmp_path / "runs" / "20260101-a", stake(500), status="done", started="2026-01-01T10:00:00+00:00")
    write(tmp_path / "runs" / "20260102-b", stake(100), nps, status="done", started="2026-01-02T10:00:00+00:00")
    write(tmp_path / "runs" / "20260103-c", status="failed", started="2026-01-03T10:00:00+00:00")
    write(tmp_path / "runs" / "now", stake(120), status="done")
    write(tmp_path, stake(120), replace(nps, value=11))
    stage = since_last(brief, tmp_path, "now", 3)
    assert stage.day == "2 Jan 2026" and stage.summary == "1 figure has moved: 1 really."
    (row,) = stage.rows
    assert (row.name, row.before, row.after, row.verdict) == ("Value at stake", "€100", "€120", "real")
    everything = since_last(brief, tmp_path, "now")
    assert everything.summary == "2 figures have moved: 1 really, 1 within their intervals."
    assert [row.stage for row in everything.rows] == [3]  # the overview names what is real


def test_a_run_that_cannot_be_read_is_no_reason_to_stop(tmp_path: Path, brief: Brief) -> None:
    write(tmp_path / "runs" / "20260101-a", stake(100), status="done")
    (tmp_path / "runs" / "20260101-a" / "facts.json").write_text("{")
    write(tmp_path, stake(100))
    assert since_last(brief, tmp_path, "now").summary == "1 figure has moved: of 1 it cannot be told."


def test_a_page_is_brought_up_to_date_without_its_notebook(notebook: Any) -> None:
    draft = Standing(STAGES[2], state("draft"), {}, ran_at="2026-01-01")
    sealed = replace(draft, state=state("sealed"), by="Ana", why="Seen & done")
    for reader in ("report", "workbook"):
        frame = Frame(company="Hogar Claro", audience=reader)
        page = stage_page(notebook, draft, frame)
        changed = with_since(with_band(page, sealed), Since("2 Jan 2026", "Nothing has changed."))
        assert changed == stage_page(notebook, sealed, frame, Since("2 Jan 2026", "Nothing has changed."))
