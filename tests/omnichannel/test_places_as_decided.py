"""The places in force are those that were decided on; where they differ from the best, people decided it."""

from __future__ import annotations

import pandas as pd

from cxlib.stages.omnichannel.channel_choice import as_decided

CHOSEN = pd.DataFrame(
    {
        "moment": ["quote", "quote", "van"],
        "channel": ["web", "store", "home"],
        "state": ["in", "later", "in"],
        "reason": ["best", "unsure", "only"],
    }
)


def test_states_are_those_of_the_decision_and_a_place_left_out_is_not_in() -> None:
    told = as_decided(CHOSEN, ["quote:store:in", "van:home:in"])
    assert told["state"].tolist() == ["not_in", "in", "in"]
    assert told["reason"].tolist() == ["decided", "decided", "only"]


def test_the_recommended_choice_changes_nothing_and_without_any_decision_nothing_is_changed() -> None:
    same = as_decided(CHOSEN, ["quote:web:in", "quote:store:later", "van:home:in"])
    pd.testing.assert_frame_equal(same, CHOSEN, check_dtype=False)
    assert as_decided(CHOSEN, []) is CHOSEN and as_decided(CHOSEN.head(0), ["quote:web:in"]).empty
