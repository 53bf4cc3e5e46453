"""The meeting calendar: first day, rhythm, who sits in it."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.stages.implementation.meetings import COLUMNS, OCCURS, meetings, occurrences

START = pd.Timestamp("2026-07-01")  # a Wednesday
PEOPLE = pd.DataFrame({"person_id": ["P1", "P2"], "role": ["head", "analyst"]})


def task(repeats: str, *, workstream: str = "meetings", minutes: float = 45) -> pd.DataFrame:
    row = {"task_id": "K5", "label": "Weekly meeting", "workstream": workstream, "repeats": repeats, "minutes": minutes}
    return pd.DataFrame([{**row, "accountable": "P2", "responsible": "P1", "consulted": "", "informed": None}])


def plan(end_days: float) -> pd.DataFrame:
    return pd.DataFrame({"task_id": ["K5"], "end_days": [end_days]})


def test_a_series_starts_on_the_working_day_after_it_is_set_up_with_its_chair_first() -> None:
    row = meetings(task("weekly"), PEOPLE, plan(3), start=START, until=pd.Timestamp("2026-08-31")).iloc[0]
    assert row["starts_at"] == pd.Timestamp("2026-07-06 10:00")  # 1, 2, 3 July are the three days; 4 and 5 a weekend
    assert row["minutes"] == 45
    assert row["attendees"] == "P2;P1"
    assert row["roles"] == "analyst;head"
    assert row["n_meetings"] == 9


@pytest.mark.parametrize(
    ("repeats", "expected"),
    [
        ("weekly", ["2026-07-06", "2026-07-13", "2026-07-20", "2026-07-27", "2026-08-03"]),
        ("fortnightly", ["2026-07-06", "2026-07-20", "2026-08-03", "2026-08-17", "2026-08-31"]),
        ("monthly", ["2026-07-06", "2026-08-03", "2026-09-07", "2026-10-05", "2026-11-02"]),
        ("quarterly", ["2026-07-06", "2026-10-05", "2027-01-04", "2027-04-05"]),
    ],
)
def test_the_days_are_those_of_a_paper_calendar(repeats: str, expected: list[str]) -> None:
    """Oracle: the Mondays of a printed calendar; every month the first one."""
    series = meetings(task(repeats), PEOPLE, plan(3), start=START, until=pd.Timestamp("2027-06-30"))
    found = occurrences(series, pd.DataFrame(columns=["title", "on"]))
    assert found["on"].dt.strftime("%Y-%m-%d").tolist()[:5] == expected
    assert series["n_meetings"].item() == len(found)


def test_the_fifth_weekday_of_a_month_becomes_the_fourth_of_the_next() -> None:
    series = meetings(task("monthly"), PEOPLE, plan(20), start=START, until=pd.Timestamp("2026-10-31"))
    found = occurrences(series, pd.DataFrame(columns=["title", "on"]))
    assert found["on"].dt.strftime("%Y-%m-%d").tolist() == ["2026-07-29", "2026-08-26", "2026-09-23", "2026-10-28"]
    assert series["rule"].item() == "FREQ=MONTHLY;BYDAY=4WE"


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["weekly", "fortnightly", "monthly", "quarterly"]), st.integers(0, 40), st.integers(0, 400))
def test_no_meeting_falls_on_a_weekend_and_a_week_begins_on_monday(repeats: str, end: int, days: int) -> None:
    series = meetings(task(repeats), PEOPLE, plan(end), start=START, until=START + pd.Timedelta(days=days))
    found = occurrences(series, pd.DataFrame({"title": ["Go"], "on": [START]}))
    assert (found.loc[found["kind"] == "meeting", "on"].dt.day_of_week < 5).all()
    assert (found["week_on"].dt.day_of_week == 0).all()
    assert (found["kind"] == "milestone").sum() == 1


def test_a_task_of_another_workstream_meets_when_it_says_how_often() -> None:
    once = meetings(task("once", workstream="committee"), PEOPLE, plan(2), start=START, until=START)
    assert once[["repeats", "n_meetings"]].to_numpy().tolist() == [["once", 1]]
    assert once["starts_at"].dt.date.item() == pd.Timestamp("2026-07-02").date()  # its last working day
    assert meetings(task("", workstream="committee"), PEOPLE, plan(2), start=START, until=START).empty


def test_a_series_without_rhythm_or_length_gets_the_conventions() -> None:
    row = meetings(task("", minutes=float("nan")), PEOPLE, plan(2), start=START, until=START).iloc[0]
    assert (row["repeats"], row["minutes"]) == ("weekly", 60)


def test_without_a_plan_there_is_no_calendar() -> None:
    none = meetings(task("weekly").head(0), PEOPLE, plan(1).head(0), start=START, until=START)
    assert none.empty
    assert list(none.columns) == COLUMNS
    empty = occurrences(none, pd.DataFrame(columns=["title", "on"]))
    assert empty.empty
    assert list(empty.columns) == OCCURS
