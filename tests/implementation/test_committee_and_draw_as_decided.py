"""Committee and draw are those that were decided on."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlib.stages.implementation.pilot import decided_draw
from cxlib.stages.implementation.raci import as_decided

PEOPLE = pd.DataFrame({"person_id": ["P1", "P2", "P3"], "role": ["head", "clerk", "nurse"], "department": "care"})
COMMITTEE = pd.DataFrame(
    {
        "person_id": ["P1", "P2"],
        "role": ["head", "clerk"],
        "department": "care",
        "function": ["chair", "member"],
        "n_accountable": [2, 0],
        "n_responsible": [1, 3],
    }
)


def test_the_committee_is_the_decided_one_in_its_order_and_keeps_what_each_holds() -> None:
    told = as_decided(COMMITTEE, PEOPLE, ["chair:P3", "member:P1"])
    assert told["person_id"].tolist() == ["P3", "P1"] and told["function"].tolist() == ["chair", "member"]
    assert told["n_accountable"].tolist() == [0, 2] and told["role"].tolist() == ["nurse", "head"]
    assert as_decided(COMMITTEE, PEOPLE, []).empty
    pd.testing.assert_frame_equal(
        as_decided(COMMITTEE, PEOPLE, ["chair:P1", "member:P2"]), COMMITTEE, check_dtype=False
    )


@pytest.mark.parametrize(
    ("assignments", "drawn"), [("506+506@7", (506, 7)), ("3+4@-1", (4, -1)), ("", (100, 0)), ("by hand", (100, 0))]
)
def test_a_decided_draw_has_its_own_size_and_seed(assignments: str, drawn: tuple[float, int]) -> None:
    assert decided_draw(assignments, size=100, seed=0) == drawn
