"""How far an engagement is, in a sentence, and the one next step, which can be pasted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cxlib.chain import STAGES
from cxlib.engagement.brief import Brief, load_brief
from cxlib.errors import ChainError
from cxlib.exports import book as books
from cxlib.report.decision import choice_pairs
from cxlib.report.standing import LONGEST, Standing, next_step, summary
from cxlib.report.states import grade_word, state, states, verdict_word


def stands(**changed: str) -> list[Standing]:
    """Ten sealed stages, but for those that are named: stands(s3="draft")."""
    return [Standing(one, state(changed.get(f"s{one.number}", "sealed")), {}) for one in STAGES]


@pytest.fixture
def brief(root: Any) -> Brief:
    return load_brief(root / "data" / "sample")


def test_every_state_has_a_word_a_meaning_an_icon_of_its_own_and_a_way_to_be_counted() -> None:
    assert len({one.icon for one in states().values()}) == len({one.word for one in states().values()}) == len(states())
    assert all(one.explained.endswith(".") and "{" not in one.counted(2) for one in states().values())
    assert state("of a later version").key == "not_run"


def test_the_summary_counts_what_binds_first_then_the_rest() -> None:
    assert summary(stands()) == "10 of 10 decisions are binding."
    some = stands(s4="drift", s5="draft", s6="draft", s7="open", s8="not_run")
    assert summary(some) == (
        "6 of 10 decisions are binding. 2 are drafts. 1 is undecided. Under 1 the evidence has moved. 1 has not run."
    )
    nothing = [replace(one, state=state("failed")) for one in stands()]
    assert summary(nothing) == "No decision is binding yet. 10 stages stopped."


def test_words_of_grades_and_verdicts() -> None:
    assert [grade_word(one) for one in ("measured", "observed", "assumed", "unknown")] == [
        "measured",
        "observed",
        "assumed",
        "cannot tell",
    ]
    assert [verdict_word(one) for one in ("real", "not shown", "cannot tell", "")] == [
        "real",
        "not shown",
        "cannot tell",
        "",
    ]


@pytest.mark.parametrize(
    ("changed", "words", "command"),
    [
        ({"s3": "draft", "s5": "failed"}, "Stage 5 (Information search) stopped.", "cx run casa --from 5 --out o"),
        ({"s1": "not_run", "s2": "draft"}, "Run the chain on from stage 1", "cx run casa --out o"),
        (
            {"s3": "draft", "s6": "stale"},
            "from stage 6 (Omnichannel): Something before",
            "cx run casa --from 6 --out o",
        ),
        ({"s4": "drift", "s3": "draft"}, "Decide stage 3 (Sales funnel). It is a draft", "cx decide 3 stall_step=…"),
        ({"s4": "open"}, "The data recommend nothing", "cx decide 4 moments=…"),
        ({"s2": "drift", "s4": "draft"}, "Review stage 2 (Target segment)", "cx reopen 2 --why"),
        ({}, "Run again when new data have come.", "cx run casa --out o"),
    ],
)
def test_the_next_step_mends_then_runs_then_decides_in_the_order_of_the_chain(
    changed: dict[str, str], words: str, command: str
) -> None:
    step = next_step(stands(**changed), "casa", "o")
    assert words in step.words and step.command.startswith(command)
    assert step.command.endswith("--out o")


def test_a_page_older_than_its_decision_asks_for_one_more_run() -> None:
    older = stands()
    older[6] = replace(older[6], older=True)
    assert "Run once more" in next_step(older).words and next_step(older).command == "cx run"
    newer = stands()
    newer[6] = replace(newer[6], reason="The decision is newer than this page.")
    assert next_step(newer).words.endswith("(Design): The decision is newer than this page.")


def test_a_long_choice_is_sealed_unsaid_and_a_short_one_by_its_values() -> None:
    found = stands(s1="draft")
    found[0] = replace(found[0], choice={"objective": "turnover", "target": 1000.0, "metric": "two words"})
    assert 'decide 1 objective=turnover target=1000 metric="two words" --why' in next_step(found).command
    found[0] = replace(found[0], choice={"objective": "x" * LONGEST})
    assert "decide 1 --why" in next_step(found).command


def test_a_long_list_of_a_choice_is_cut_and_counted() -> None:
    words = "Moments: " + ", ".join(["Delivery · repair"] * 9)
    one = replace(stands()[3], choice={"moments": ["delivery:repair"] * 9}, choice_words=words)
    (part,) = choice_pairs(one, 60)
    assert (part.key, part.name) == ("moments", "Moments")
    assert part.words == "Delivery · repair, Delivery · repair, Delivery · repair … (9 in all)"


@pytest.mark.parametrize("key", list(states()))
def test_only_ten_stages_that_ran_on_the_same_data_are_exported(
    brief: Brief, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr(books, "standings", lambda *_asked: stands(s10=key))
    if key in ("sealed", "drift", "draft", "open"):
        assert books.open_book(brief, tmp_path).draft is (key in ("draft", "open"))
        return
    with pytest.raises(ChainError, match=r"stage 10 \(Monitoring\): it cannot be exported: .*`cx run"):
        books.open_book(brief, tmp_path)
