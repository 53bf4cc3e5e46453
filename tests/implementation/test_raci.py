"""RACI rules and readiness: exactly one accountable, nobody over capacity, the smallest score counts."""

from __future__ import annotations

import pandas as pd

from cxlib.stages.implementation.raci import committee, ids, load, raci, raci_checks
from cxlib.stages.implementation.readiness import (
    all_items,
    calendar_items,
    committee_items,
    for_experiences,
    go,
    metric_items,
    readiness,
    supply_items,
    training_items,
)
from cxlib.stages.implementation.readiness import ids as readiness_ids
from cxlib.stages.implementation.schedule import schedule

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


def test_the_matrix_holds_every_letter() -> None:
    cells = raci(TASKS).set_index(["task_id", "person_id"])["letters"]
    assert cells["T1", "P1"] == "A"
    assert cells["T2", "P2"] == "RA"


def test_broken_rules_are_found() -> None:
    checks = raci_checks(TASKS, PEOPLE, schedule(TASKS, draws=20))
    failed = {(row["check"], row["subject"]) for row in checks[checks["status"] == "fail"].to_dict("records")}
    assert failed == {("accountable", "T2"), ("responsible", "T3"), ("known", "T3")}
    assert checks.loc[checks["subject"] == "P3", "status"].tolist() == ["unknown"]  # no capacity stated


def test_days_are_spread_over_the_months_and_shared() -> None:
    table = load(TASKS, PEOPLE, schedule(TASKS, draws=20)).set_index(["person_id", "month"])["days"]
    # T2: days 2–32, half for P2: 9.5 of the 19 in month 1 (21 working days), 5.5 in month 2; T1 2, T4 1, T5 4 days
    assert table["P2", 1] == (2 + 9.5 + 1 + 4) / 2  # half of a duration is work
    assert table["P2", 2] == 5.5 / 2


def test_somebody_over_capacity_fails() -> None:
    tight = PEOPLE.assign(capacity_days=4.0)
    checks = raci_checks(TASKS, tight, schedule(TASKS, draws=20))
    assert checks.loc[checks["check"].eq("capacity") & checks["subject"].eq("P2"), "status"].tolist() == ["fail"]


def test_nothing_given_gives_empty_tables() -> None:
    none = TASKS.iloc[:0]
    assert raci(none).empty
    assert load(none, PEOPLE, schedule(none)).empty
    assert raci_checks(none, PEOPLE, schedule(none)).empty
    assert committee(none, PEOPLE).empty
    tables = {"tasks": none, "people": PEOPLE, "capabilities": none, "ideas": none}
    assert all_items(tables, checks=none, metrics=none, experiences=[]).empty
    assert ids(None) == ids("") == []
    assert readiness_ids("a; b;") == ids("a; b;") == ["a", "b"]


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
    technology = supply_items("technology", TASKS, capabilities, ideas, experiences=["slot"])
    processes = supply_items("processes", TASKS, capabilities, ideas, experiences=["slot"])
    assert technology["status"].tolist() == ["pass", "planned", "pass"]
    assert processes["status"].tolist() == ["unknown", "fail"]  # the licence, and no task that describes the process
    scores = readiness(pd.concat([technology, processes])).set_index("area")["estimate"]
    assert (scores["technology"], scores["processes"]) == (1.0, 0.0)
    assert pd.isna(scores["committee"])


def test_training_meetings_and_metrics_are_counted() -> None:
    training = training_items(for_experiences(TASKS, ["slot"]), PEOPLE, experiences=["slot"])
    assert training["status"].tolist() == ["fail", "pass", "pass"]  # P2 untrained, P3 trained, slot has its task
    assert calendar_items(TASKS, PEOPLE)["status"].tolist() == ["fail", "pass", "pass"]  # one series only
    metrics = pd.DataFrame({"metric": ["m"], "formula": ["x"], "source": ["t"], "cadence": [""], "owner_id": ["P1"]})
    assert metric_items(metrics)["status"].tolist() == ["pass", "pass", "fail", "pass"]
    assert committee_items(pd.DataFrame(columns=["check", "subject", "status", "detail"])).empty


def test_go_follows_the_smallest_score() -> None:
    def scores(*shares: float) -> pd.DataFrame:
        return pd.DataFrame({"estimate": shares})

    assert go(scores(1.0, 0.8)) == "go"
    assert go(scores(1.0, 0.6)) == "wait"
    assert go(scores(1.0, 0.1)) == "no_go"
    assert go(scores(1.0, float("nan"))) == "wait"
    assert go(scores(float("nan"))) == "cannot tell"
