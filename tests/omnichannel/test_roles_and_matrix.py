"""The role of a channel once it is chosen, what stopping frees, and the matrix that shows both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.show import grids
from cxlib.stages.omnichannel import says
from cxlib.stages.omnichannel import shown as words
from cxlib.stages.omnichannel.channel_roles import (
    ROLES,
    STOPS,
    channel_margins,
    channel_roles,
    kept_hand_offs,
    stop_list,
)

LABELS = {
    "touchpoint": {"quote": "Quote <now>"},
    "channel": {"web": "Web", "store": "Store"},
    "step": {"buy": "Purchase"},
}
MOMENTS = pd.DataFrame({"moment": ["quote", "delivery"], "step": ["think", "buy"]})


def chosen() -> pd.DataFrame:
    rows = [
        ("delivery", "web", "in", 0.2, 40, "only"),
        ("quote", "web", "in", 0.5, 60, "second"),
        ("quote", "store", "in", 0.7, 50, "best"),
        ("quote", "phone", "not_in", 0.3, 30, "beaten"),
        ("quote", "post", "not_in", 0.0, 0, "unused"),
        ("quote", "app", "later", 0.1, 10, "unknown"),
    ]
    table = pd.DataFrame(rows, columns=["moment", "channel", "state", "score", "n_users", "reason"])
    return table.assign(n_persons=100, selection_share=1.0, cost_money=[5.0, 4, 3, 200, 0, 1], association_share=0.1)


def test_the_best_channel_of_a_moment_leads_and_an_empty_one_is_not_stopped() -> None:
    table = channel_roles(chosen(), MOMENTS, ["think", "buy"])
    assert list(table.columns) == ROLES
    assert table["moment"].tolist() == ["quote"] * 5 + ["delivery"]  # the order of the funnel
    roles = dict(zip(table["moment"] + ":" + table["channel"], table["role"], strict=True))
    quote = {"web": "support", "store": "lead", "phone": "stop", "post": "unused", "app": "later"}
    assert roles == {f"quote:{channel}": role for channel, role in quote.items()} | {"delivery:web": "lead"}


def test_the_order_of_the_rows_does_not_change_a_role() -> None:
    shuffled = channel_roles(chosen().sample(frac=1, random_state=3), MOMENTS, ["think", "buy"])
    keys = ["moment", "channel"]
    pd.testing.assert_frame_equal(
        shuffled.sort_values(keys, ignore_index=True),
        channel_roles(chosen(), MOMENTS, ["think", "buy"]).sort_values(keys, ignore_index=True),
    )


def test_stopping_names_where_customers_go_and_what_it_frees_at_most() -> None:
    (row,) = stop_list(chosen()).to_dict("records")
    assert (row["channel"], row["goes_to"], row["share_of_moment"], row["cost_money"]) == ("phone", "store", 0.3, 200)
    said = says.stops(stop_list(chosen()), chosen(), LABELS).sentence
    assert (
        "Stop 1 place that customers use: phone at Quote <now>, with 30% of the persons there; Store stays open" in said
    )
    assert "€200 a month: the most that stopping can free" in said


def test_the_place_with_the_most_users_stands_first_on_the_stop_list() -> None:
    more = chosen().assign(state=lambda table: table["state"].mask(table["channel"] == "app", "not_in"))
    assert stop_list(more)["channel"].tolist() == ["phone", "app"]


def test_use_over_all_moments_counts_a_person_once() -> None:
    rows = [("a", "quote", "web"), ("a", "delivery", "web"), ("b", "quote", "store"), ("c", "other", "web")]
    contacts = pd.DataFrame(rows, columns=["person", "touchpoint", "channel"])
    costs = pd.DataFrame({"channel": ["web"], "estimate": [2.5]})
    table = channel_margins(contacts, costs, ["quote", "delivery"], ["web", "store"]).set_index("channel")
    assert table["estimate"].to_dict() == {"web": 0.5, "store": 0.5}
    assert table["n"].unique().tolist() == [2]
    assert table.loc["web", "cost_contact_money"] == 2.5
    assert np.isnan(table.loc["store", "cost_contact_money"])
    assert channel_margins(contacts.head(0), costs, ["quote"], ["web"]).empty


def test_nothing_chosen_gives_empty_tables_and_no_matrix() -> None:
    none = chosen().head(0)
    assert channel_roles(none, MOMENTS, ["buy"]).empty
    assert list(stop_list(none).columns) == STOPS
    assert says.stops(stop_list(none), chosen(), LABELS).verdict == "not shown"
    assert says.stops(stop_list(none), none, LABELS).verdict == "cannot tell"
    assert grids.channel_matrix(none, none, LABELS) == ""


def test_the_matrix_tells_the_role_in_words_and_escapes_names() -> None:
    margins = pd.DataFrame({"channel": ["web", "store"], "estimate": [0.9, 0.4], "cost_contact_money": [3.0, np.nan]})
    page = grids.channel_matrix(words.with_reasons(channel_roles(chosen(), MOMENTS, ["think", "buy"])), margins, LABELS)
    roles = ("● lead", "◐ support", "◔ later", "○ stop", "not used")
    for part in (*roles, "Quote &lt;now&gt;", "Step: Purchase", "90%", "€3.00"):
        assert part in page
    assert page.count('scope="rowgroup"') == 2
    assert "nan" not in page


@pytest.mark.parametrize("alike", [True, False])
def test_two_credits_that_rank_differently_are_said_to_disagree(alike: bool) -> None:
    rows = [("buy", "web", 0.6, 0.7 if alike else 0.2), ("buy", "store", 0.4, 0.3 if alike else 0.8)]
    effects = pd.DataFrame(rows, columns=["step", "channel", "credit_share", "shapley_share"]).assign(known=True)
    effects["distance_share"] = (effects["credit_share"] - effects["shapley_share"]).abs()
    said = says.disagreement(effects, LABELS).sentence
    assert ("name the same first channel" in said) == alike
    assert ("disagree on the first channel" in said) == (not alike)


def test_one_channel_alone_leaves_no_credit_to_share() -> None:
    effects = pd.DataFrame({"step": ["buy"], "channel": ["web"], "credit_share": 1.0, "shapley_share": 1.0})
    effects = effects.assign(known=True, distance_share=0.0)
    assert says.disagreement(effects, LABELS).verdict == "cannot tell"
    assert says.disagreement(effects.assign(known=False), LABELS).verdict == "cannot tell"
    assert words.several(effects).empty
    two = pd.concat([effects, effects.assign(channel="store")])
    assert len(words.several(two)) == 2


def test_the_hand_offs_kept_are_those_whose_both_ends_are_in() -> None:
    rows = [("web", "store", 6), ("store", "phone", 3), ("phone", "web", 1)]
    moved = pd.DataFrame(rows, columns=["from_channel", "to_channel", "n_journeys"])
    assert kept_hand_offs(moved, chosen()) == {"estimate": 0.6, "n": 10}
    assert kept_hand_offs(moved.head(0), chosen()) == {}
    said = says.handed_on(moved, chosen(), LABELS)
    assert said.sentence.startswith("Most hand-offs lead from Web to Store") and said.facts[0].value == 0.6


def test_how_far_the_ways_remember_is_said_per_step() -> None:
    rows = [("buy", 1, 1.5, 90, False), ("buy", 2, 1.4, 90, True)]
    orders = pd.DataFrame(rows, columns=["step", "order", "estimate", "n", "chosen"])
    assert "At Purchase a chain that remembers two" in says.memory(orders, LABELS).sentence
    assert says.memory(orders.assign(chosen=[True, False]), LABELS).verdict == "not shown"
    assert says.memory(orders.head(0), LABELS).verdict == "cannot tell"
    assert words.order_table(orders)["channels_remembered"].tolist() == [2]
