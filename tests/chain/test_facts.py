"""Facts, findings, verdicts: what a page may say about a number."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from cxlib.errors import CxError
from cxlib.facts import (
    Fact,
    Recommendation,
    cannot_tell,
    compare,
    finding,
    grade_of,
    persons,
    tell_from,
    weakest,
    withheld,
)

STAKE = Fact("3.value_at_stake", 1234.5, 1000, 1500, 312, "money")


def test_a_fact_belongs_to_the_stage_of_its_id() -> None:
    assert (STAKE.stage, STAKE.name) == (3, "value_at_stake")


@pytest.mark.parametrize("bad", ["3", "11.x", "0.x", "3.Value", "value"])
def test_a_malformed_id_is_refused(bad: str) -> None:
    with pytest.raises(CxError, match=r"An id is '<stage>\.<name>'"):
        Fact(bad, 1)


@pytest.mark.parametrize("nothing", [None, float("nan"), np.float64("nan"), math.inf])
def test_what_is_no_number_is_an_unknown(nothing: float | None) -> None:
    fact = Fact("3.x", nothing)
    assert (fact.value, fact.grade, fact.known) == (None, "unknown", False)
    assert f"{fact}" == "cannot tell"


def test_numpy_numbers_become_plain_ones() -> None:
    assert type(Fact("3.x", np.int64(3), n=np.int64(9)).value) is int


def test_a_fact_survives_the_way_through_json() -> None:
    assert Fact.from_json(STAKE.as_json()) == STAKE


@pytest.mark.parametrize(
    ("low", "n", "grade"),
    [(1.0, 30, "measured"), (1.0, 29, "observed"), (None, 500, "observed"), (float("nan"), 500, "observed")],
)
def test_measured_needs_an_interval_and_enough_cases(low: float | None, n: int, grade: str) -> None:
    assert grade_of(1.5, low, 2.0, n) == grade


def test_the_weakest_grade_decides() -> None:
    assert weakest("measured", "assumed", "observed") == "assumed"


def test_a_sentence_takes_its_numbers_from_facts() -> None:
    said = finding("{step} loses {value_at_stake:full}; {value_at_stake:interval}.", STAKE, step="Quote")
    assert said.sentence == "Quote loses €1,234 (95% interval €1,000 to €1,500, n = 312); €1,000 to €1,500."
    assert said.facts == (STAKE,)


def test_braces_in_a_clients_label_are_text() -> None:
    assert finding("{step} stalls.", step="{value.__class__}").sentence == "{value.__class__} stalls."


def test_cannot_tell_says_what_would_settle_it() -> None:
    said = cannot_tell("no transactions", needs="revenue per purchase", n_needed=120)
    assert said.sentence == "Cannot tell: no transactions. It would take revenue per purchase (n = 120)."
    assert said.verdict == "cannot tell"


@pytest.mark.parametrize(
    ("low", "high", "n", "verdict"),
    [
        (0.1, 0.2, 30, "real"),
        (-0.2, -0.1, 30, "real"),
        (0.1, 0.2, 29, "cannot tell"),
        (-0.1, 0.2, 40, "not shown"),
        (0.1, 0.2, 10, "cannot tell"),
        (float("nan"), 1.0, 40, "cannot tell"),
    ],
)
def test_every_comparison_ends_in_one_of_three_verdicts(low: float, high: float, n: int, verdict: str) -> None:
    assert compare(low, high, n=n) == verdict


def test_a_recommendation_holds_plain_values() -> None:
    assert Recommendation({"target": np.float64(2.0)}, finding("x")).choice == {"target": 2.0}


def test_a_finding_on_few_persons_is_withheld_with_its_facts_and_one_on_few_months_is_not() -> None:
    few, months = Fact("3.rate", 0.25, 0.1, 0.5, 4, "share"), Fact("3.way", 0.5, n=3, unit="share", n_of="months")
    said = withheld(finding("{rate:full} of them.", few, STAKE), 5)
    assert said.sentence == "Withheld: this rests on fewer than 5 persons." and said.verdict == "cannot tell"
    assert (said.facts[0].value, said.facts[0].low, said.facts[0].n, said.facts[1]) == (None, None, None, STAKE)
    kept = finding("{way:full}", months)
    assert withheld(kept, 5) == kept and Fact.from_json(months.as_json()) == months


def test_a_count_of_few_persons_is_few_whatever_it_is_a_part_of() -> None:
    assert Fact("3.x", 4, n=600, n_of="persons counted").few(5) and not Fact("3.x", 4, n=600).few(5)
    assert not Fact("3.x", 0, n=0, n_of="persons counted").few(5)
    assert not Fact("3.x", 0.5, n=5).few(5) and Fact("3.x", 0.5, n=1).few(5)


def test_a_small_n_told_in_words_alone_is_not_told_and_a_needed_one_is() -> None:
    assert [persons(n) for n in (1, 4, 5, 41, 0)] == ["n < 5", "n < 5", "n = 5", "n = 41", "n = 0"]
    assert withheld(cannot_tell("no costs", n_needed=3), 5).sentence.endswith("It would take n = 3.")
    tell_from(10)
    try:
        assert persons(9) == "n < 10"
    finally:
        tell_from(5)


def test_no_sentence_of_a_stage_types_an_n_that_could_not_hide_itself() -> None:
    """In a sentence an n stands in a fact or comes from `persons`; both know how few may be told."""
    stages = Path(__file__).resolve().parents[2] / "cxlib" / "stages"
    typed = [
        path.name for path in stages.glob("*/says*.py") if re.search(r"\bn = \{", path.read_text(encoding="utf-8"))
    ]
    assert typed == []
