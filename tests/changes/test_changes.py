"""Two runs compared: hand-checked differences, and what holds for any two runs."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.engagement.changes import changes, counted, difference
from cxlib.facts import Fact

Content = dict[str, Any]


def run(*facts: Fact, decisions: list[Content] | None = None) -> Content:
    return {"facts": [fact.as_json() for fact in facts], "decisions": decisions or []}


def estimate(value: float | None, half: float | None = 1.0, n: int | None = 400, unit: str = "money") -> Fact:
    low, high = (None, None) if value is None or half is None else (value - half, value + half)
    return Fact("3.value_at_stake", value, low, high, n, unit)


def decided(choice: Content, words: str, state: str = "draft") -> list[Content]:
    return [{"stage": 3, "choice": choice, "words": words, "state": state}]


def test_the_half_widths_of_two_estimates_are_combined_as_a_root_of_squares() -> None:
    assert difference(estimate(100, 3), estimate(110, 4)) == (5.0, 15.0)  # 10 ± √(3² + 4²)


def test_two_proportions_give_the_interval_that_newcombe_printed() -> None:
    """56/70 against 48/80: 0.0524 to 0.3339 (Newcombe 1998, Statistics in Medicine 17, p. 882, method 10)."""

    def wilson(k: int, n: int) -> Fact:
        z, p = 1.959964, k / n
        middle, width = (p + z * z / 2 / n), z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
        low, high = ((middle + sign * width) / (1 + z * z / n) for sign in (-1, 1))
        return Fact("3.conversion", p, low, high, n, "share")

    assert difference(wilson(48, 80), wilson(56, 70)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (estimate(100, 3), estimate(106, 4), "real"),  # 6 against √(9 + 16) = 5
        (estimate(100, 3), estimate(104, 4), "not shown"),
        (estimate(100, 3, n=29), estimate(106, 4), "cannot tell"),
        (estimate(100, 3, n=None), estimate(106, 4), "cannot tell"),
        (estimate(100, None), estimate(106, 4), "cannot tell"),
        (estimate(None), estimate(106, 4), "cannot tell"),
        (estimate(0.4, unit="share"), estimate(106, 4), "cannot tell"),
    ],
)
def test_the_verdict_follows_interval_n_and_unit(before: Fact, after: Fact, verdict: str) -> None:
    (change,) = changes(run(before), run(after))
    assert (change.before, change.after, change.verdict) == (before.value, after.value, verdict)


def test_what_did_not_change_gives_no_row() -> None:
    first = run(estimate(100), Fact("1.metric", "margin", unit="text"))
    again = run(estimate(100 * (1 + 1e-13), 5), Fact("1.metric", "margin", unit="text"))
    assert changes(first, again) == ()


def test_a_number_that_only_one_run_has_cannot_be_told() -> None:
    (gone,) = changes(run(estimate(100)), run())
    (new,) = changes({}, run(estimate(100)))
    assert (gone.before, gone.after, gone.verdict) == (100, None, "cannot tell")
    assert (new.before, new.after, new.verdict) == (None, 100, "cannot tell")


def test_a_changed_decision_is_decided_and_stands_before_the_numbers_of_its_stage() -> None:
    before = run(estimate(100, 3), decisions=decided({"stall_step": "quote"}, "stall step: Quote"))
    after = run(estimate(190, 4), decisions=decided({"stall_step": "visit"}, "stall step: Visit", "sealed"))
    found = changes(before, after)
    assert [(one.id, one.before, one.after) for one in found[:2]] == [
        ("3.decision", "stall step: Quote", "stall step: Visit"),
        ("3.state", "draft", "sealed"),
    ]
    assert counted(found) == {"decided": 2, "real": 1, "not shown": 0, "cannot tell": 0}
    assert found[2].as_json()["unit"] == "money"


def test_what_cannot_be_compared_after_another_decision_is_decided_and_before_it_is_not() -> None:
    before = run(Fact("2.size", 10), Fact("4.effect", 3), decisions=decided({"stall_step": "quote"}, "Quote"))
    after = run(Fact("2.size", 12), Fact("4.effect", 5), decisions=decided({"stall_step": "visit"}, "Visit"))
    verdicts = {one.id: one.verdict for one in changes(before, after)}
    assert verdicts == {"2.size": "cannot tell", "3.decision": "decided", "4.effect": "decided"}


finite = st.floats(-1e6, 1e6, allow_nan=False)
half = st.one_of(st.none(), st.floats(0, 1e5))
facts = st.builds(estimate, st.one_of(st.none(), finite), half, st.one_of(st.none(), st.integers(0, 500)))


@given(facts, facts)
def test_the_verdict_is_the_same_whichever_run_comes_first(one: Fact, other: Fact) -> None:
    there, back = changes(run(one), run(other)), changes(run(other), run(one))
    assert [change.verdict for change in there] == [change.verdict for change in back]


@given(facts)
def test_a_run_compared_with_itself_has_not_changed(one: Fact) -> None:
    assert changes(run(one), run(one)) == ()
