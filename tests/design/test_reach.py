"""Whom an experience reaches: counted from contacts, through the channels in force, as far as it is offered and fits."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.journeys.paths import with_steps
from cxlib.stages.design.reach import by_channel, channel_room, in_force, reach, reached_share

STEP_OF = {"quote": "consider", "desk": "consider", "van": "use"}
STEPS = ["consider", "use"]
IN = {"quote:web": "in", "quote:store": "not_in", "quote:app": "in"}


def contacts(places: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Customer, touchpoint and channel of each contact, one a day."""
    table = pd.DataFrame(places, columns=["customer_id", "touchpoint", "channel"])
    table["at"] = pd.date_range("2025-01-01", periods=len(table), freq="D")
    return with_steps(table.assign(step=None, journey_id=None, outcome=None), STEP_OF)


TEN = [("c0", "quote", "web"), ("c0", "quote", "app"), ("c1", "quote", "web"), ("c2", "quote", "store")]
TEN += [(f"c{k}", "desk", "store") for k in range(3, 10)] + [("c0", "van", "home"), ("c1", "van", "home")]


def idea(**changes: object) -> pd.DataFrame:
    row = {"idea_id": "i", "touchpoint": "quote", "channel": "web", "reach": "channels", "reach_why": ""}
    return pd.DataFrame([{**row, "offered_share": 1.0, "capacity": float("nan"), **changes}])


def one(channels: dict[str, str] | None = None, **changes: object) -> dict[str, object]:
    table = reach(
        idea(**changes), contacts(TEN), steps=STEPS, step_of=STEP_OF, channels=IN if channels is None else channels
    )
    return dict(table.iloc[0])


@pytest.mark.parametrize(
    ("changes", "channels", "share", "how"),
    [
        ({}, None, 2 / 10, "channels"),  # c0 and c1 of ten at the step, by web or app
        ({}, {"quote:store": "in", "quote:web": "not_in"}, 1 / 10, "channels"),  # another channel sealed: another reach
        ({}, {"quote:phone": "in"}, 0.0, "channels"),
        ({}, {}, 3 / 10, "any"),  # nothing decided about channels
        ({"channel": "app", "reach": "channel"}, None, 1 / 10, "channel"),
        ({"channel": "store", "reach": "channel"}, None, 0.0, "channel"),  # its only channel is not in
        ({"reach": "all", "reach_why": "a letter to everybody"}, None, 3 / 10, "all"),
        ({"reach": "all"}, None, 2 / 10, "channels"),  # without a reason it is not believed
        ({"offered_share": 0.25}, None, 0.05, "channels"),
        ({"touchpoint": "van"}, {}, 1.0, "any"),
        ({"touchpoint": "nowhere"}, {}, 0.0, "any"),
    ],
)
def test_reach_is_counted_through_the_channels_in_force(
    changes: dict[str, object], channels: dict[str, str] | None, share: float, how: str
) -> None:
    row = one(channels, **changes)
    assert (row["estimate"], row["how"]) == (pytest.approx(share), how)


def test_who_reaches_everybody_where_the_moment_is_on_no_record_is_assumed() -> None:
    new = reach(
        idea(touchpoint="letter", reach="all", reach_why="sent to all"),
        contacts(TEN),
        steps=STEPS,
        step_of={**STEP_OF, "letter": "consider"},
        channels={},
    ).iloc[0]
    assert (new["estimate"], new["grade"], new["n"]) == (1.0, "assumed", 10)


def test_a_capacity_limits_those_who_come_in_a_month() -> None:
    free, full = one(), one(capacity=1.0)
    wanted = free["entrants_a_year"] * free["estimate"] / 12  # customers a month
    assert full["estimate"] == pytest.approx(free["estimate"] * min(1, 1 / wanted))
    assert one(capacity=1e9)["estimate"] == free["estimate"]


def test_a_channel_without_room_for_its_contacts_reaches_fewer() -> None:
    met = contacts(TEN)
    room = channel_room(met, {"web": 1.0, "app": 50.0, "fax": 3.0})  # two contacts by web in the one month
    assert room == {"web": 0.5, "app": 1.0}
    row = reach(idea(), met, steps=STEPS, step_of=STEP_OF, channels=IN, room=room).iloc[0]
    assert row["capacity_share"] == pytest.approx((0.5 + 1.0 + 0.5) / 3)
    assert row["estimate"] == pytest.approx(0.2 * row["capacity_share"])


def test_channels_are_in_force_where_stage_6_took_them() -> None:
    assert in_force(IN, "quote") == ["web", "app"]
    assert in_force(IN, "van") is None


def test_contacts_without_a_channel_count_where_none_there_has_one() -> None:
    nameless = contacts([("a", "quote", ""), ("b", "desk", "")])
    row = reach(idea(), nameless, steps=STEPS, step_of=STEP_OF, channels=IN).iloc[0]
    assert (row["how"], row["estimate"]) == ("any", 0.5)


def test_nobody_is_reached_without_contacts_or_ideas() -> None:
    assert reach(idea(), contacts([]), steps=STEPS, step_of=STEP_OF, channels=IN)["estimate"].tolist() == [0.0]
    assert reach(idea().head(0), contacts(TEN), steps=STEPS, step_of=STEP_OF, channels=IN).empty
    assert by_channel(idea(), contacts([]), step_of=STEP_OF, channels=IN).empty


def test_each_channel_of_a_moment_is_told_with_what_stage_6_says_of_it() -> None:
    table = by_channel(idea(), contacts(TEN), step_of=STEP_OF, channels=IN).set_index("channel")
    assert table["n_met"].to_dict() == {"app": 1, "store": 1, "web": 2}
    assert table["state"].to_dict() == {"app": "in", "store": "not_in", "web": "in"}
    assert table["estimate"].to_dict() == pytest.approx({"app": 0.1, "store": 0.1, "web": 0.2})


@given(shares=st.lists(st.floats(0, 1), min_size=1, max_size=5), more=st.floats(0, 1))
def test_one_more_experience_never_reaches_fewer(shares: list[float], more: float) -> None:
    table = pd.DataFrame({"step": "s", "step_money": 100.0, "reach_share": [*shares, more]})
    before, after = reached_share(table.iloc[:-1]), reached_share(table)
    assert max(shares) - 1e-9 <= before <= after + 1e-9 <= 1 + 2e-9


def test_what_is_reached_at_two_steps_is_weighed_by_their_money() -> None:
    table = pd.DataFrame({"step": ["a", "a", "b"], "step_money": [300.0, 300.0, 100.0], "reach_share": [0.5, 0.5, 1.0]})
    assert reached_share(table) == pytest.approx((300 * 0.75 + 100) / 400)
    assert reached_share(table.head(0)) == 0
