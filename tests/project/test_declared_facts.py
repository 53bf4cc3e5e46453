"""Every number that a run writes is declared, and whoever follows the inputs of a number gets its value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cxlib.chain import STAGES
from cxlib.dictionary import UNITS, entries, equation_of, find_entry, recomputed
from cxlib.engagement.tables import CONTRACTS

CENT = 0.005
TABLES = {*CONTRACTS, "decisions", "journey.yaml"}


def written(home: Path) -> dict[str, dict[str, object]]:
    return {fact["id"]: fact for fact in json.loads((home / "facts.json").read_text(encoding="utf-8"))["facts"]}


def declared() -> list[str]:
    return [id for stage in STAGES for id in entries(stage.number)]


def test_every_fact_of_a_run_is_declared_with_its_unit(sample_run: Path) -> None:
    for id, fact in written(sample_run).items():
        found = find_entry(id)
        assert found is not None, id
        assert fact["unit"] in found[0].units, id


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.key)
def test_what_a_fact_is_made_from_is_a_table_the_brief_a_decision_or_a_declared_fact(stage: object) -> None:
    for id, entry in entries(stage.number).items():
        assert set(entry.units) <= set(UNITS)
        for name in entry.made_from:
            known = name in TABLES or name.startswith("brief: ") or ": " in name
            assert known or find_entry(name) is not None, f"{id} is made from {name}"


def test_every_number_that_follows_from_others_is_recomputed_to_the_cent(sample_run: Path) -> None:
    facts = written(sample_run)
    values = {id: fact["value"] for id, fact in facts.items() if isinstance(fact["value"], int | float)}
    followed = {id: recomputed(id, values) for id in values if equation_of(id)}
    assert [id for id, value in followed.items() if value is None] == []
    assert {id: (value, values[id]) for id, value in followed.items() if abs(value - values[id]) >= CENT} == {}
    assert len(followed) >= 15
    for id in followed:
        assert set(facts[id]["inputs"]) >= set(operands(id)), id


def operands(id: str) -> list[str]:
    entry = find_entry(id)
    assert entry is not None
    return [name for name in entry[0].made_from if name[0].isdigit() and ": " not in name and "{" not in name]
