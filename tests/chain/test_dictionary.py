"""The dictionary of facts: declared once, found by id, filled, recomputed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxlib import dictionary
from cxlib.dictionary import entries, equation_of, find_entry, label_of, recomputed
from cxlib.errors import CxError
from cxlib.facts import fact

pytestmark = pytest.mark.usefixtures("declared")


def test_a_fact_takes_what_its_entry_says_and_the_values_of_a_row() -> None:
    made = fact("1.level", {"estimate": 80.0, "low": 70.0, "high": 90.0, "n": 40})
    assert (made.value, made.low, made.high, made.n, made.unit) == (80.0, 70.0, 90.0, 40, "money")
    assert (made.formula, made.inputs, made.grade) == ("mean of twelve months", ("transactions",), "measured")


def test_a_judgement_stays_assumed_and_an_empty_row_is_unknown() -> None:
    assert fact("1.target", {"estimate": 100.0, "low": 90.0, "high": 110.0, "n": 99}).grade == "assumed"
    assert fact("1.target", {}).grade == "unknown"
    assert fact("1.target", {}).value is None


def test_a_plain_value_needs_no_row() -> None:
    made = fact("1.level", 3, n=5)
    assert (made.value, made.n, made.grade) == (3, 5, "observed")


def test_the_inputs_of_an_equation_are_its_operands() -> None:
    assert fact("1.gap", 240.0).inputs == ("1.target", "1.level")
    assert recomputed("1.gap", {"1.target": 100.0, "1.level": 80.0}) == 240.0
    assert recomputed("1.gap", {"1.target": 100.0}) is None
    assert recomputed("1.level", {}) is None


def test_a_family_fills_its_places() -> None:
    made = fact("1.penalty_{touchpoint}", -1.5, touchpoint="delivery", n=12)
    assert (made.id, made.formula, made.n_of) == ("1.penalty_delivery", "regression for delivery", "answers")
    assert label_of("1.penalty_delivery") == "Penalty of a bad delivery"
    entry, places = find_entry("1.penalty_delivery") or pytest.fail("not found")
    assert entry.id == "1.penalty_{touchpoint}"
    assert places == {"touchpoint": "delivery"}
    assert equation_of("1.penalty_delivery") == ""


def test_what_is_not_declared_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(CxError, match=r"fact 1\.levl: it is not declared; did you mean '1\.level'\?"):
        fact("1.levl", 1)
    assert label_of("1.of_an_older_run") == "of an older run"


def test_an_entry_without_a_formula_is_refused(tmp_path: Path) -> None:
    (tmp_path / "business_objective" / "facts.yaml").write_text("gap: {label: Gap, unit: money}", encoding="utf-8")
    dictionary.entries.cache_clear()
    with pytest.raises(CxError, match="'gap' is not a whole entry"):
        entries(1)
