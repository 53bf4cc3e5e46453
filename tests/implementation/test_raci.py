"""RACI rules and readiness: exactly one accountable, nobody over capacity, the smallest score counts."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlib.stages.implementation.raci import committee, load, raci, raci_checks
from cxlib.stages.implementation.readiness import (
    AREAS,
    all_items,
    calendar_items,
    experiences_of,
    for_experiences,
    go,
    metric_items,
    readiness,
    still_ahead,
    supply_items,
    training_items,
)
from cxlib.stages.implementation.says_pilot import stands
from cxlib.stages.implementation.schedule import schedule
from cxlib.statistics.pilot_state import standing

PEOPLE = pd.DataFrame(
    {
        "person_id": ["P1", "P2", "P3"],
        "role": ["boss", "cx", "it"],
        "department": ["top", "cx", "it"],
        "capacity_days": [5.0, 20.0, None],
        "trained": ["yes", "no", "yes"],
    }
)
COLUMNS = [
    "task_id",
    "label",
    "workstream",
    "idea_id",
    "days_low",
    "days_likely",
    "days_high",
    "after",
    "responsible",
    "accountable",
    "consulted",
    "informed",
]
TASKS = pd.DataFrame(
    [
        ("T1", "Name the committee", "committee", None, 2, 2, 2, None, "P2", "P1", "P3", None),
        ("T2", "Plan routes", "technology", "slot", 30, 30, 30, "T1", "P2;P3", "P1;P2", None, None),
        ("T3", "Train drivers", "training", "slot", 3, 3, 3, "T1", None, "P1", None, "P9"),
        ("T4", "Weekly meeting", "meetings", None, 1, 1, 1, "T1", "P2", "P1", None, "P3"),
        ("T5", "Draw the studio", "processes", "studio", 4, 4, 4, "T1", "P2", "P1", None, None),
    ],
    columns=COLUMNS,
)


PLAN = schedule(TASKS)[0]


def test_the_matrix_holds_every_letter() -> None:
    cells = raci(TASKS).set_index(["task_id", "person_id"])["letters"]
    assert cells["T1", "P1"] == "A"
    assert cells["T2", "P2"] == "RA"


def test_broken_rules_are_found() -> None:
    checks = raci_checks(TASKS, PEOPLE, load(TASKS, PEOPLE, PLAN))
    failed = {(row["check"], row["subject"]) for row in checks[checks["status"] == "fail"].to_dict("records")}
    assert failed == {("accountable", "T2"), ("responsible", "T3"), ("known", "T3")}
    assert checks.loc[checks["subject"] == "P3", "status"].tolist() == ["unknown"]  # no capacity stated


def test_days_are_spread_over_the_months_and_shared() -> None:
    table = load(TASKS, PEOPLE, PLAN).set_index(["person_id", "month"])["days"]
    # T2: days 2–32, half for P2: 9.5 of the 19 in month 1 (21 working days), 5.5 in month 2; T1 2, T4 1, T5 4 days
    assert table["P2", 1] == (2 + 9.5 + 1 + 4) / 2  # half of a duration is work
    assert table["P2", 2] == 5.5 / 2


def test_somebody_over_capacity_fails() -> None:
    tight = PEOPLE.assign(capacity_days=4.0)
    checks = raci_checks(TASKS, tight, load(TASKS, tight, PLAN))
    assert checks.loc[checks["check"].eq("capacity") & checks["subject"].eq("P2"), "status"].tolist() == ["fail"]


def test_nothing_given_gives_empty_tables() -> None:
    none = TASKS.iloc[:0]
    assert raci(none).empty
    assert load(none, PEOPLE, PLAN.head(0)).empty
    assert raci_checks(none, PEOPLE, load(none, PEOPLE, PLAN.head(0))).empty
    assert committee(none, PEOPLE).empty
    tables = {"tasks": none, "people": PEOPLE, "capabilities": none, "ideas": none}
    assert all_items(tables, checks=none, metrics=none, experiences=[]).empty


def test_the_committee_is_whoever_does_or_answers_for_something() -> None:
    table = committee(TASKS, PEOPLE)
    assert table["person_id"].tolist() == ["P1", "P2", "P3"]
    assert table["function"].tolist() == ["chair", "member", "member"]
    assert table["n_accountable"].tolist() == [5, 1, 0]


def test_tasks_of_other_ideas_fall_away_with_the_links_to_them() -> None:
    linked = TASKS.assign(after=[None, "T1;T5", "T1", "T1", "T1"])
    kept = for_experiences(linked, ["slot"])
    assert kept["task_id"].tolist() == ["T1", "T2", "T3", "T4"]
    assert kept.loc[1, "after"] == "T1"


@pytest.mark.parametrize(("as_of", "left"), [("2026-02-28", 4), ("2026-03-01", 2), ("2026-06-30", 2)])
def test_what_served_a_pilot_that_has_begun_is_done_and_planned_no_more(as_of: str, left: int) -> None:
    linked = TASKS.assign(after=[None, "T1;T5", "T1", "T1", "T1"], idea_id=["", "slot", "slot", "", "other"])
    drawn = pd.DataFrame({"idea_id": ["slot"], "starts_on": [pd.Timestamp("2026-03-01")]})
    pilot = standing(drawn, window_days=60, as_of=pd.Timestamp(as_of), experience="slot")
    ahead = still_ahead(for_experiences(linked, ["slot"]), pilot)
    assert len(ahead) == left and not set(ahead.loc[1:, "after"]) - {"T1"}
    assert stands(pilot, 4 - left).sentence.count("done") == (left < 4)


def test_readiness_is_the_smallest_share_and_unknown_is_not_ready() -> None:
    ideas = pd.DataFrame({"idea_id": ["slot"], "capability": ["routing;licence;app"]})
    capabilities = pd.DataFrame(
        {
            "capability_id": ["routing", "licence", "app"],
            "kind": ["technology", "legal", "data"],
            "available": ["yes", "unknown", "no"],
            "ready_on": pd.to_datetime([None, None, "2026-10-01"]),
        }
    )
    tables = {"tasks": TASKS, "people": PEOPLE, "capabilities": capabilities, "ideas": ideas}
    technology, processes = (supply_items(area, tables, experiences=["slot"]) for area in ("technology", "processes"))
    assert [status for *_about, status in technology] == ["pass", "planned", "pass"]
    assert [status for *_about, status in processes] == ["unknown", "fail"]  # the licence, and no task for the process
    no_metrics = pd.DataFrame(columns=["metric", "formula", "source", "cadence", "owner_id"])
    checks = raci_checks(TASKS, PEOPLE, load(TASKS, PEOPLE, PLAN))
    items = all_items(tables, checks=checks, metrics=no_metrics, experiences=["slot"])
    scores = readiness(items).set_index("area")
    assert list(scores.index) == list(AREAS)
    assert scores.loc[["technology", "processes", "calendar"], "estimate"].tolist() == [1.0, 0.0, 0.0]
    assert scores.loc["committee", "estimate"] == 0.5  # capacity: one of the two who do the work has not said it
    assert pd.isna(scores.loc["metrics", "estimate"])
    assert (scores.loc["processes", "n_missing"], scores.loc["processes", "missing"]) == (2, "licence, slot")


def states(items: list[tuple[str, str, str]]) -> list[str]:
    return [status for _check, _subject, status in items]


def test_training_meetings_and_metrics_are_counted() -> None:
    training = training_items(for_experiences(TASKS, ["slot"]), PEOPLE, experiences=["slot"])
    assert states(training) == ["fail", "pass", "pass"]  # P2 untrained, P3 trained, slot has its task
    taught = TASKS.assign(informed=["", "", "P2", "", ""])
    assert states(training_items(taught, PEOPLE, experiences=["studio"])) == ["planned", "pass", "fail"]
    strangers = training_items(TASKS, PEOPLE.head(1), experiences=[])
    assert states(strangers) == ["unknown", "unknown"]
    assert states(calendar_items(TASKS, PEOPLE)) == ["fail", "pass", "pass"]  # one series only
    twice = pd.concat([TASKS, TASKS.assign(task_id="T9")])
    assert states(calendar_items(twice, PEOPLE))[0] == "pass"
    metrics = pd.DataFrame({"metric": ["m"], "formula": ["x"], "source": ["t"], "cadence": [""], "owner_id": ["P1"]})
    assert states(metric_items(metrics)) == ["pass", "pass", "fail", "pass"]


def test_the_experiences_are_those_that_stage_7_decided() -> None:
    assert experiences_of({"experiences": ["slot", "studio"]}) == ["slot", "studio"]
    assert experiences_of({"experiences": ["nothing"]}) == experiences_of({}) == []


def test_go_follows_the_smallest_score() -> None:
    def scores(*shares: float) -> pd.DataFrame:
        return pd.DataFrame({"estimate": shares})

    assert go(scores(1.0, 0.8)) == "go"
    assert go(scores(1.0, 0.6)) == "wait"
    assert go(scores(1.0, 0.799)) == "wait"
    assert go(scores(1.0, 0.4)) == "wait"
    assert go(scores(1.0, 0.399)) == "no_go"
    assert go(scores(1.0, float("nan"))) == "wait"
    assert go(scores(float("nan"))) == "cannot tell"
