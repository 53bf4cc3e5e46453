"""Both real clients run through all ten stages; what cannot be known is said, never guessed."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from cxlib.chain import STAGES
from cxlib.pipeline.run import Order, run_chain
from tests.conftest import SHARED

HERE = Path(__file__).parent
DATA = {"olist": "data/olist/sample4k", "sfo": "data/sfo_survey"}


@cache
def run(name: str) -> tuple[int | None, Path]:
    """Exit code and folder of one run of a client."""
    out = Path(mkdtemp(prefix=f"cx-{name}-"))
    done = run_chain(Order(engagement=str(HERE / name), out=str(out)), tell=lambda _line: None)
    return done.exit_code, out / name


@pytest.fixture(params=["olist", "sfo"])
def client(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if not (SHARED / DATA[name]).exists():
        reason = f"shared/{DATA[name]} is not beside this checkout"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return name


def facts(name: str) -> dict[str, dict[str, Any]]:
    return {fact["id"]: fact for fact in json.loads((run(name)[1] / "facts.json").read_text())["facts"]}


def words(page: Path) -> str:
    """What a reader sees of a page."""
    text = re.sub(r"<(style|svg|figure|math)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_all_ten_stages_run_and_leave_a_page(client: str) -> None:
    code, home = run(client)
    assert code == 0
    assert (home / "index.html").is_file()
    assert [stage.slug for stage in STAGES if not (home / f"{stage.slug}.html").is_file()] == []
    assert {row["status"] for row in json.loads((home / "run.json").read_text())["stages"]} == {"done"}


def test_no_page_shows_a_hole_in_its_words(client: str) -> None:
    for stage in STAGES:
        text = words(run(client)[1] / f"{stage.slug}.html")
        found = re.findall(r"\bTraceback\b|\bnan\b|\bNaN\b|\bNone\b|\bNaT\b|\{\w+\}", text)
        assert found == [], f"{stage.slug}: {found}"


def test_a_client_without_money_gets_no_money() -> None:
    if not (SHARED / DATA["sfo"]).exists():
        pytest.skip("shared/data/sfo_survey is not beside this checkout")
    told = {key: fact["value"] for key, fact in facts("sfo").items() if fact["unit"] == "money"}
    assert [key for key, value in told.items() if value is not None] == []
    assert told, "what is missing is a fact without a value, not a missing fact"


@pytest.mark.parametrize("number", [1, 3, 7, 8, 9])
def test_a_stage_without_its_tables_says_what_it_cannot_tell(number: int) -> None:
    if not (SHARED / DATA["sfo"]).exists():
        pytest.skip("shared/data/sfo_survey is not beside this checkout")
    text = words(run("sfo")[1] / f"{STAGES[number - 1].slug}.html")
    assert "Cannot tell" in text
    assert "It would take" in text


def test_judgement_in_the_place_of_data_carries_its_name(client: str) -> None:
    text = words(run(client)[1] / "01_business_objective.html")
    assert "Judged by" in text


def test_the_market_place_knows_its_money(client: str) -> None:
    if client != "olist":
        pytest.skip("only the market place has money")
    baseline = facts("olist")["1.baseline"]
    assert baseline["unit"] == "money"
    assert baseline["low"] < baseline["value"] < baseline["high"]
    assert facts("olist").get("1.margin_share", {"value": None})["value"] is None
