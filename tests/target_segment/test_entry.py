"""Placing somebody nobody knows yet, and what segments are called."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.stages.target_segment.entry import entry_traits
from cxlib.stages.target_segment.placing import accuracy, rules
from cxlib.stages.target_segment.says_segments import counter
from cxlib.stages.target_segment.segments import members, value_keys
from cxlib.stages.target_segment.shown import segment_names

NO_CONTACTS = pd.DataFrame(columns=["customer_id", "at", "channel", "touchpoint"])


def people(n: int = 400) -> pd.DataFrame:
    generator = np.random.default_rng(2)
    homes = generator.choice(["family", "single", "couple"], n)
    return pd.DataFrame({"customer_id": [f"c{row}" for row in range(n)], "home": homes, "code": range(n)}).astype("str")


def test_traits_are_what_can_be_asked_or_seen_first() -> None:
    met = pd.DataFrame(
        {
            "customer_id": ["c0", "c0", "c1"],
            "at": pd.to_datetime(["2026-01-02", "2026-01-01", "2026-01-01"]),
            "channel": ["web", "store", "web"],
            "touchpoint": ["site", "desk", "site"],
        }
    )
    found = entry_traits(people(3), met).set_index("customer_id")
    assert found.loc["c0", "first_channel=store"] == 1.0 and found.loc["c0", "first_channel=web"] == 0.0
    assert found.loc["c2"].filter(like="first_").sum() == 0
    assert not any(
        name.startswith("code=") for name in entry_traits(people(), NO_CONTACTS)
    )  # 400 values are no question


def test_somebody_can_be_placed_by_a_question() -> None:
    customers = people()
    told = pd.DataFrame(
        {"customer_id": customers["customer_id"], "segment": np.where(customers["home"] == "family", "a", "b")}
    )
    asked = entry_traits(customers, NO_CONTACTS)
    right = accuracy(asked, told)
    said = counter(rules(asked, told), right, segment="a", names={"a": "those who renovate"}, channels={})
    assert said.verdict == "real" and "Ask for “those who renovate”: home: family" in said.sentence
    chance = told.assign(segment=np.random.default_rng(5).choice(["a", "b"], len(told)))
    assert (
        counter(rules(asked, chance), accuracy(asked, chance), segment="a", names={}, channels={}).verdict
        == "not shown"
    )
    nothing = entry_traits(customers[["customer_id"]], NO_CONTACTS)
    unknown = counter(rules(nothing, told), accuracy(nothing, told), segment="a", names={}, channels={})
    assert unknown.verdict == "cannot tell"


def test_collected_values_bear_another_name_than_a_value_called_other() -> None:
    n = 1000
    before = ["never"] * 500 + ["other"] * 460 + ["won"] * 40
    customers = pd.DataFrame({"customer_id": [f"c{row}" for row in range(n)], "before": before})
    said = pd.Series(before).map({"never": 3.0, "other": 5.0, "won": 4.0})
    features = pd.DataFrame({"customer_id": customers["customer_id"], "overall_score": said, "n_touchpoints": 0.0})
    found = members(features, customers, n_segments=0)
    names = segment_names(found["segment"].unique(), {}, customers)
    assert sorted(names.values()) == ["before: all other values", "before: never", "before: other"]
    assert found.loc[found["segment"] == "rest-of-before", "customer_id"].nunique() == 40


def test_values_keep_their_spelling_and_their_own_key() -> None:
    keys = value_keys("region", ["Cataluña", "C+", "C", "São-Paulo", "é", "e"])
    assert set(keys.values()) == {"Cataluña", "C+", "C", "São-Paulo", "é", "e"}
    customers = pd.DataFrame({"customer_id": ["a", "b"], "region": ["Cataluña", "La Rioja-Alta"]})
    names = segment_names(value_keys("region", customers["region"]), {}, customers)
    assert set(names.values()) == {"region: Cataluña", "region: La Rioja-Alta"}


def test_people_name_segments_in_the_brief_by_key_or_by_name() -> None:
    keys = ["value-quarter-1", "value-quarter-2"]
    given = {"value-quarter-1": "families who renovate", "second quarter by value": "movers"}
    names = segment_names(keys, {}, pd.DataFrame({"customer_id": []}), given=given)
    assert list(names.values()) == ["families who renovate", "movers"]
