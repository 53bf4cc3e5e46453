"""How a number is made, told with and without a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cxlib.engagement.brief import Brief, load_brief
from cxlib.errors import ChainError, UsageError
from cxlib.facts import Fact, fact
from cxlib.report.explain import declared_text, explain_text, list_text

pytestmark = pytest.mark.usefixtures("declared")


@pytest.fixture
def brief(root: Path) -> Brief:
    return load_brief(root / "data" / "sample")


def written(home: Path, *facts: Fact) -> Path:
    """A report folder whose last run wrote these facts."""
    (home / "facts.json").write_text(json.dumps({"facts": [one.as_json() for one in facts]}), encoding="utf-8")
    return home


LEVEL = {"estimate": 80.0, "low": 70.0, "high": 90.0, "n": 40}


def test_a_fact_is_told_without_a_run_down_to_tables_and_brief() -> None:
    assert declared_text("1.gap").splitlines() == [
        "1.gap: Gap to the target",
        "Stage 1, Business objective. Unit: money. n counts persons.",
        "Formula: twelve times the target less the level",
        "Arithmetic: 12 × (Target − Level)",
        "Made from:",
        "    1.target: Target  (what the brief wants)",
        "        brief: objective",
        "    1.level: Level  (mean of twelve months)",
        "        transactions",
    ]


def test_what_two_facts_rest_on_is_opened_once() -> None:
    lines = declared_text("1.share_of_gap").splitlines()
    assert sum("1.level" in line for line in lines) == 2
    assert sum("transactions" in line for line in lines) == 1


def test_one_of_a_family_is_told_with_its_place_filled() -> None:
    text = declared_text("1.penalty_delivery")
    assert "Penalty of a bad delivery" in text and "regression for delivery" in text and "n counts answers" in text
    assert "Made from" not in text and "Arithmetic" not in text


def test_an_id_that_nobody_declares_is_refused_with_the_nearest_and_those_of_its_stage() -> None:
    with pytest.raises(
        UsageError, match=r"explain 1\.gpa: there is no such fact; did you mean '1\.gap'\? Facts of stage 1"
    ):
        declared_text("1.gpa")
    with pytest.raises(UsageError, match=r"Facts look like 3\.value_at_stake"):
        declared_text("gap")


def test_the_declared_facts_are_listed_by_stage() -> None:
    every, first, none = list_text(None), list_text(1), list_text(2)
    assert every == first
    assert first.splitlines()[0] == "1 · Business objective"
    assert "    1.gap                   Gap to the target (money)" in first.splitlines()
    assert "1.penalty_{touchpoint}  Penalty of a bad touchpoint (score)" in first
    assert none.splitlines() == ["2 · Target segment", "    No fact is declared here."]
    with pytest.raises(UsageError, match="stage"):
        list_text(11)


def test_after_a_run_the_arithmetic_is_told_with_its_numbers(tmp_path: Path, brief: Brief) -> None:
    home = written(tmp_path, fact("1.level", LEVEL), fact("1.target", 100.0), fact("1.gap", 240.0))
    lines = explain_text(brief, home, "1.gap").splitlines()
    assert lines[0] == "1.gap = €240" and "Evidence: observed." in lines[2]
    start = lines.index("Arithmetic: 12 × (Target − Level)")
    assert lines[start + 1 : start + 7] == [
        "    = 12 × (€100 − €80.00)",
        "    = €240",
        "Made from:",
        "    1.target = €100  (what the brief wants)",
        "        brief: objective",
        "    1.level = €80.00  (mean of twelve months)",
    ]
    told = explain_text(brief, home, "1.level")
    for words in ("n = 40 (persons)", "95% interval: €70.00 to €90.00", "Evidence: measured"):
        assert words in told


def test_where_the_arithmetic_gives_another_value_both_are_told(tmp_path: Path, brief: Brief) -> None:
    home = written(tmp_path, fact("1.level", LEVEL), fact("1.target", 100.0), fact("1.gap", 300.0))
    assert "    = €240; the run wrote €300" in explain_text(brief, home, "1.gap")


@pytest.mark.parametrize("level", [None, 0.0])
def test_an_operand_that_is_unknown_or_zero_gives_nothing(tmp_path: Path, brief: Brief, level: float | None) -> None:
    home = written(tmp_path, fact("1.level", level), fact("1.gap", 240.0), fact("1.share_of_gap", None))
    assert "    = cannot tell" in explain_text(brief, home, "1.share_of_gap").splitlines()


def test_a_fact_of_an_older_run_explains_itself(tmp_path: Path, brief: Brief) -> None:
    older = Fact("1.old_level", 7, n=3, formula="as it was then", inputs=("1.level", "visits"))
    lines = explain_text(brief, written(tmp_path, older), "1.old_level").splitlines()
    assert lines[:2] == ["1.old_level = 7 (n = 3)", "old level"] and "Formula: as it was then" in lines
    assert lines[-4:] == [
        "Made from:",
        "    1.level: Level  (mean of twelve months)",
        "        transactions",
        "    visits",
    ]


def test_a_declared_fact_that_the_run_did_not_write_is_told_as_declared(tmp_path: Path, brief: Brief) -> None:
    text = explain_text(brief, written(tmp_path, fact("1.target", 100.0)), "1.gap")
    assert text.startswith("1.gap: Gap to the target") and text.endswith("The last run did not write it.")


def test_without_a_run_there_is_nothing_to_explain(tmp_path: Path, brief: Brief) -> None:
    with pytest.raises(ChainError, match="no stage has run"):
        explain_text(brief, tmp_path, "1.gap")
