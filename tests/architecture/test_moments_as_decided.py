"""The moments in force are those that were decided on, each in the role it was given."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.stages.architecture.moments import COLUMNS, as_decided

TEXTS = {"step": "use", "phase": "during", "role": "", "also": "", "verdict": "", "priority": ""}
SIDES = [f"{side}{part}" for side in ("penalty", "reward", "trigger") for part in ("", "_low", "_high")]


def touchpoints() -> pd.DataFrame:
    table = pd.DataFrame({"touchpoint": ["van", "desk", "app"]})
    for name in COLUMNS:
        if name not in ("moment", "effect", "effect_low", "effect_high"):
            table[name] = TEXTS.get(name, 1.0)
    return table.assign(**{name: float(place) for place, name in enumerate(SIDES)}, n_linked=np.nan, inside=True)


def found() -> pd.DataFrame:
    table = as_decided(pd.DataFrame(columns=COLUMNS), touchpoints(), ["van:repair", "desk:trigger"])
    return table.assign(verdict="real")


def test_the_decided_moments_come_in_their_order_with_the_effect_of_their_role() -> None:
    told = as_decided(found(), touchpoints(), ["app:delight", "van:repair"])
    assert told["moment"].tolist() == ["app", "van"] and told["role"].tolist() == ["delight", "repair"]
    assert told["verdict"].tolist() == ["not shown", "real"]
    assert told["effect"].tolist() == [float(SIDES.index("reward")), float(SIDES.index("penalty"))]


def test_another_role_than_the_one_that_is_shown_is_not_shown() -> None:
    assert as_decided(found(), touchpoints(), ["van:delight"])["verdict"].tolist() == ["not shown"]


def test_what_was_found_stands_where_it_was_decided_on_and_nothing_decided_is_no_moment() -> None:
    table = found()
    assert as_decided(table, touchpoints(), ["van:repair", "desk:trigger"]) is table
    assert as_decided(table, touchpoints(), []).empty
