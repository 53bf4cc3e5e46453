"""Risks read off the plan, and a launch in waves drawn by lot."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.show import grids
from cxlib.stages.implementation import pictures as draw
from cxlib.stages.implementation import says, says_pilot
from cxlib.stages.implementation import shown as words
from cxlib.stages.implementation.pilot import Pilot
from cxlib.stages.implementation.risks import RISKS, risks
from cxlib.stages.implementation.schedule import dated, schedule
from cxlib.statistics.randomisation import WAVES, launch_waves

TASKS = pd.DataFrame(
    {
        "task_id": ["a", "b", "c", "d"],
        "label": ["Plan", "Build", "Train", "Rehearse"],
        "idea_id": None,
        "workstream": ["committee", "technology", "training", "committee"],
        "days_low": [1.0, 4.0, 3.0, 1.0],
        "days_likely": [2.0, 6.0, 5.0, 1.0],
        "days_high": [3.0, 12.0, 11.0, 1.0],
        "after": ["", "a", "a", "b;c"],
        "responsible": ["P1", "P2", "P2", "P1"],
        "accountable": ["P1", "P1", "P1", "P2"],
    }
)
LABELS = {"person": {"P1": "boss", "P2": "builder"}}
NO_LOAD = pd.DataFrame(columns=["person_id", "month", "days", "capacity_days", "over_days"])
NO_REACH = pd.DataFrame(columns=["effect", "size", "unit", "n_needed", "n_available", "enough"])
NO_ITEMS = pd.DataFrame(columns=["area", "check", "subject", "status"])


def kinds(table: pd.DataFrame) -> dict[str, list[str]]:
    return {str(kind): list(rows["subject"]) for kind, rows in table.groupby("kind")}


def test_each_risk_is_read_off_its_table() -> None:
    plan = schedule(TASKS)[0]
    load = pd.DataFrame(
        {"person_id": ["P2", "P2"], "month": [1, 2], "days": [12.0, 9.0], "capacity_days": 8.0, "over_days": [4.0, 1.0]}
    )
    items = pd.DataFrame(
        [
            ("training", "trained", "P2", "unknown"),
            ("committee", "capacity", "P2", "fail"),
            ("metrics", "formula", "nps", "pass"),
        ],
        columns=["area", "check", "subject", "status"],
    )
    reach = pd.DataFrame({"effect": ["minimum"], "n_needed": [900.0], "n_available": [500]})
    found = risks(TASKS, plan, load, items, reach=reach)
    assert list(found.columns) == RISKS
    assert kinds(found) == {
        "not_ready": ["P2"],
        "late": ["b"],
        "surprise": ["c"],
        "overload": ["P2"],
        "one_person": ["P1"],
        "small_pilot": [""],
    }
    assert found.set_index("kind")["estimate"][["overload", "small_pilot", "one_person"]].tolist() == [4, 400, 0.75]
    assert found["weight"].tolist() == sorted(found["weight"], key=["before the start", "delays", "weakens"].index)


def test_a_sound_plan_shows_no_risk_and_no_plan_cannot_tell() -> None:
    sure = TASKS.assign(
        days_high=TASKS["days_likely"], days_low=TASKS["days_likely"], accountable=["P1", "P2", "P3", "P4"]
    )
    assert risks(sure, schedule(sure)[0], NO_LOAD, NO_ITEMS, reach=NO_REACH).empty
    assert (
        says.risky(risks(sure, schedule(sure)[0], NO_LOAD, NO_ITEMS, reach=NO_REACH), sure, LABELS).verdict
        == "not shown"
    )
    none = TASKS.head(0)
    assert risks(none, schedule(none)[0], NO_LOAD, NO_ITEMS, reach=NO_REACH).empty
    assert (
        says.risky(risks(none, schedule(none)[0], NO_LOAD, NO_ITEMS, reach=NO_REACH), none, LABELS).verdict
        == "cannot tell"
    )


def test_risks_are_said_with_names_and_what_to_do() -> None:
    plan = schedule(TASKS)[0]
    items = pd.DataFrame([("training", "trained", "P2", "unknown")], columns=["area", "check", "subject", "status"])
    found = risks(TASKS, plan, NO_LOAD, items, reach=NO_REACH)
    table = words.risk_table(found, TASKS, LABELS)
    assert table["what_could_go_wrong"].iloc[0] == "Training is not ready: builder"
    assert any(
        "“Build” is on the critical path and may take 5.3 days longer" in text for text in table["what_could_go_wrong"]
    )
    assert any("boss answers for 75% of the tasks" in text for text in table["what_could_go_wrong"])
    assert "First: Training is not ready: builder. What to do: close it" in says.risky(found, TASKS, LABELS).sentence


def pilot(*, small: bool) -> Pilot:
    """A pilot of ten customers that needs five or six an arm."""
    reach = pd.DataFrame({"effect": ["minimum"], "n_needed": [6.0 if small else 5.0]})
    able, none = pd.DataFrame({"customer_id": range(10)}), pd.DataFrame()
    return Pilot(able, none, False, 10, reach, none, none, "small")


def people(**sizes: int) -> pd.DataFrame:
    regions = [name for name, n in sizes.items() for _person in range(n)]
    return pd.DataFrame({"customer_id": [f"c{i}" for i in range(len(regions))], "region": regions})


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 200), min_size=0, max_size=9), st.integers(1, 5), st.integers(0, 9))
def test_every_unit_starts_once_and_waves_are_even(sizes: list[int], n_waves: int, seed: int) -> None:
    customers = people(**{f"r{number}": size for number, size in enumerate(sizes)})
    table = launch_waves(customers, by="region", start=pd.Timestamp("2026-09-01"), n_waves=n_waves, seed=seed)
    assert table["unit"].is_unique
    assert (table["n"] >= 30).all()
    counts = table["wave"].value_counts()
    assert counts.empty or counts.max() - counts.min() <= 1
    assert counts.empty or set(counts.index) == set(range(1, min(n_waves, len(table)) + 1))


def test_small_units_are_pooled_and_the_lot_can_be_repeated() -> None:
    customers = people(north=100, south=90, east=20, west=15)
    first = launch_waves(customers, by="region", start=pd.Timestamp("2026-09-01"), seed=4)
    again = launch_waves(
        customers.sample(frac=1, random_state=1), by="region", start=pd.Timestamp("2026-09-01"), seed=4
    )
    pd.testing.assert_frame_equal(first, again)
    assert dict(zip(first["unit"], first["n"], strict=True)) == {"north": 100, "south": 90, "other": 35}
    assert first["starts_on"].diff().dropna().dt.days.tolist() == [28, 28]
    assert words.wave_table(first)["region"].tolist() == first["unit"].tolist()


def test_one_region_alone_has_no_order() -> None:
    alone = launch_waves(people(north=100), by="region", start=pd.Timestamp("2026-09-01"))
    assert list(alone.columns) == WAVES
    assert says_pilot.waves(alone, pilot(small=True), experiences=["slot"]).verdict == "cannot tell"
    both = launch_waves(people(north=100, south=50), by="region", start=pd.Timestamp("2026-09-01"))
    assert (
        "2 regions start in 2 waves from 1 Sept 2026 to 29 Sept 2026"
        in says_pilot.waves(both, pilot(small=True), experiences=["slot"]).sentence
    )
    assert "The pilot is large enough" in says_pilot.waves(both, pilot(small=False), experiences=["slot"]).sentence


def test_nothing_to_launch_needs_no_order() -> None:
    both = launch_waves(people(north=100, south=50), by="region", start=pd.Timestamp("2026-09-01"))
    assert (
        says_pilot.waves(both, pilot(small=True), experiences=[]).sentence
        == "Nothing is to be launched, so no order is drawn."
    )


def test_each_order_of_the_lot_is_as_likely_as_another() -> None:
    customers = people(north=40, south=40, east=40)
    firsts = [
        launch_waves(customers, by="region", start=pd.Timestamp("2026-09-01"), seed=seed)["unit"].iloc[0]
        for seed in range(300)
    ]
    counts = pd.Series(firsts).value_counts()
    assert counts.min() > 300 / 3 - 3 * np.sqrt(300 * 2 / 9)


def test_the_chart_holds_every_task_under_its_workstream_with_today_and_milestones() -> None:
    plan = words.gantt_rows(dated(schedule(TASKS)[0], pd.Timestamp("2026-07-01")))
    marks = words.finish_marks(
        pd.DataFrame(
            {"code": ["start", "p50", "p80"], "on": pd.to_datetime(["2026-07-01", "2026-07-15", "2026-07-20"])}
        )
    )
    ax = draw.plot_gantt(plan, today=pd.Timestamp("2026-07-01"), milestones=marks)
    shown = [tick.get_text() for tick in ax.get_yticklabels()]
    assert shown == ["Committee", "Plan", "Rehearse", "Technology", "Build", "Training", "Train"]
    assert {text.get_text() for text in ax.texts} >= {"today", "even chance", "four in five"}
    assert plan["free_on"].ge(plan["end_on"]).all()


def test_six_dials_show_each_score_and_mark_the_smallest() -> None:
    scores = pd.DataFrame({"name": list("abcdef"), "estimate": [1, 0.5, 0.9, 1, np.nan, 1], "n": 4.0, "n_missing": 1.0})
    words = [text.get_text() for ax in draw.plot_readiness(scores).axes for text in ax.texts]
    assert [word for word in words if "%" in word or word == "cannot tell"] == [
        "100%",
        "▼ 50%",
        "90%",
        "100%",
        "cannot tell",
        "100%",
    ]


@pytest.mark.parametrize("kind", ["meeting", "milestone"])
def test_the_calendar_holds_each_day_in_its_week(kind: str) -> None:
    days = pd.DataFrame(
        {
            "week_on": [pd.Timestamp("2026-07-06")],
            "on": [pd.Timestamp("2026-07-08")],
            "title": ["A <b>"],
            "minutes": [45.0],
            "kind": [kind],
        }
    )
    page = grids.calendar_grid(days)
    assert "6 Jul 2026" in page and "A &lt;b&gt;" in page
    assert ("◆" in page) == (kind == "milestone")
    assert grids.calendar_grid(days.head(0)) == ""


@pytest.mark.parametrize(("share", "kind"), [(0.199, []), (0.2, ["surprise"])])
def test_a_task_with_slack_is_a_surprise_from_a_fifth_of_the_plans_on(share: float, kind: list[str]) -> None:
    plan = schedule(TASKS)[0].assign(criticality_share=share, days_expected=99.0)
    found = risks(TASKS.assign(accountable=["P1", "P2", "P3", "P4"]), plan, NO_LOAD, NO_ITEMS, reach=NO_REACH)
    assert list(found["kind"]) == kind


@pytest.mark.parametrize(("accountable", "kind"), [("1122", []), ("1112", ["one_person"]), ("112", []), ("111", [])])
def test_one_person_is_a_risk_beyond_half_of_more_than_three_tasks(accountable: str, kind: list[str]) -> None:
    tasks = TASKS.head(len(accountable)).assign(accountable=list(accountable))
    found = risks(tasks, schedule(tasks)[0].head(0), NO_LOAD, NO_ITEMS, reach=NO_REACH)
    assert list(found["kind"]) == kind


@pytest.mark.parametrize(("needed", "short"), [(500.0, []), (501.0, [1.0])])
def test_a_pilot_is_too_small_by_the_customers_it_lacks(needed: float, short: list[float]) -> None:
    reach = pd.DataFrame({"effect": ["minimum"], "n_needed": [needed], "n_available": [500]})
    tasks = TASKS.assign(accountable=["P1", "P2", "P3", "P4"])
    found = risks(tasks, schedule(tasks)[0].head(0), NO_LOAD, NO_ITEMS, reach=reach)
    assert found["estimate"].tolist() == short


def test_a_risk_of_the_plan_is_answered_for_by_whoever_answers_for_its_task() -> None:
    found = risks(TASKS, schedule(TASKS)[0], NO_LOAD, NO_ITEMS, reach=NO_REACH).set_index("kind")
    assert found.loc[["late", "surprise", "one_person"], "owner"].tolist() == ["P1", "P1", "P1"]
    assert found.loc["late", "estimate"] == pytest.approx(12 - (4 + 24 + 12) / 6)
