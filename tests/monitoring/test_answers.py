"""An action has an owner, a day, a suspected cause and a cost, and stays answered until its signal changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.monitoring import shown
from cxlib.stages.monitoring.actions import ACTIONS
from cxlib.stages.monitoring.answers import answers

AS_OF = pd.Timestamp("2026-06-30")
TABLES = {
    "ideas": pd.DataFrame(
        {"idea_id": ["slot", "track", "desk"], "touchpoint": ["van", "van", "shop"]}
        | {"cost_once": [900.0, 2000.0, np.nan], "cost_monthly": [10.0, 0.0, 5.0]}
    ),
    "tasks": pd.DataFrame({"idea_id": ["slot", "track", "slot", None], "accountable": ["P2", "P3", "P2", "P9"]}),
    "assignments": pd.DataFrame({"idea_id": ["slot"], "starts_on": pd.to_datetime(["2026-04-01"])}),
}
NO_MEETING = pd.DataFrame({"starts_at": pd.to_datetime([])})


def acts(*found: tuple[str, str | None]) -> pd.DataFrame:
    table = pd.DataFrame([{"action": name, "subject": name, "since_on": pd.Timestamp(day)} for name, day in found])
    return table.reindex(columns=ACTIONS)


def answered(table: pd.DataFrame, **changed: Any) -> dict[str, Any]:
    options: dict[str, Any] = {"committee": ["member:P2", "chair:P1"], "meetings": NO_MEETING, "history": []}
    return answers(table, TABLES, as_of=AS_OF, **(options | changed)).iloc[0].to_dict()


def test_an_action_at_a_touchpoint_is_owned_by_who_answers_for_its_ideas() -> None:
    row = answered(acts(("act:van", "2026-04-06")))
    assert (row["owner_id"], row["cause"], row["cause_on"]) == ("P2", "slot", pd.Timestamp("2026-04-01"))
    assert row["cost_money"] == 900 + 12 * 10  # the cheapest idea there
    assert row["due_on"] == pd.Timestamp("2026-07-14")


def test_any_other_action_is_the_chairs_and_nothing_is_made_up() -> None:
    row = answered(acts(("act:awareness", None)))
    assert (row["owner_id"], row["cause"]) == ("P1", "") and np.isnan(row["cost_money"])
    assert answered(acts(("act:awareness", None)), committee=[])["owner_id"] == ""


def test_it_is_due_at_the_next_meeting() -> None:
    held = pd.DataFrame({"starts_at": pd.to_datetime(["2026-06-20 10:00", "2026-07-03 10:00", "2026-07-09 10:00"])})
    assert answered(acts(("act:van", "2026-04-06")), meetings=held)["due_on"] == pd.Timestamp("2026-07-03")


@pytest.mark.parametrize(
    ("since", "cause"), [("2026-04-01", "slot"), ("2026-04-15", "slot"), ("2026-04-16", ""), ("2026-03-31", "")]
)
def test_what_was_launched_in_the_fortnight_before_is_suspected(since: str, cause: str) -> None:
    assert answered(acts(("act:van", since)))["cause"] == cause


@pytest.mark.parametrize(("since", "by"), [("2026-04-06", "Ana"), ("2026-05-10", "Ana"), ("2026-05-11", "")])
def test_an_answered_action_stays_answered_until_its_signal_changes(since: str, by: str) -> None:
    seal = {
        "kind": "seal",
        "stage": 10,
        "choice": {"actions": ["act:van"]},
        "by": "Ana",
        "at": "2026-05-10T09:00:00+00:00",
    }
    row = answered(acts(("act:van", since)), history=[seal])
    assert row["answered_by"] == by and pd.isna(row["answered_on"]) == (by == "")
    assert answered(acts(("act:shop", since)), history=[seal])["answered_by"] == ""
    assert answered(acts(("act:van", since)), history=[seal, {"kind": "reopen", "stage": 4}])["answered_by"] == ""


def test_the_table_shows_people_and_days_in_words_and_no_signal_gives_no_row() -> None:
    labels = {"person": {"P2": "head of logistics"}, "idea": {"slot": "Slot"}, "touchpoint": {"van": "Van"}}
    made = answers(acts(("act:van", "2026-04-06")), TABLES, committee=[], meetings=NO_MEETING, history=[], as_of=AS_OF)
    line = shown.answer_rows(made, labels).iloc[0].to_dict()
    assert line["owner"] == "head of logistics" and "Slot" in line["suspected"] and "1,020" in line["cost"]
    nothing = answers(acts(), TABLES, committee=[], meetings=NO_MEETING, history=[], as_of=AS_OF)
    assert nothing.empty and shown.answer_rows(nothing, labels).empty
