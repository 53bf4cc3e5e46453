"""What stage 8 says and draws: go, wait, no, cannot tell; and whether the pilot is large enough."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlib.language import speak
from cxlib.show import grids
from cxlib.stages.implementation import pictures as draw
from cxlib.stages.implementation import says, says_pilot
from cxlib.stages.implementation import shown as words
from cxlib.stages.implementation.pilot import Pilot, alike, judged, pilot
from cxlib.stages.implementation.readiness import AREAS, go
from cxlib.stages.implementation.schedule import dated, schedule
from cxlib.statistics.power import effects_within_reach, power_curves

LABELS = {"person": {"P1": "boss", "P2": "head of <cx>"}, "touchpoint": {"van": "Delivery"}}
TASKS = pd.DataFrame(
    {
        "task_id": ["a", "b", "c"],
        "label": ["Plan", "Build", "Train"],
        "workstream": ["committee", "technology", "training"],
        "idea_id": None,
        "days_low": [1.0, 4.0, 2.0],
        "days_likely": [2.0, 6.0, 3.0],
        "days_high": [3.0, 12.0, 9.0],
        "after": [None, "a", "a"],
        "responsible": ["P1", "P2", "P2"],
        "accountable": "P1",
        "consulted": None,
        "informed": None,
    }
)
REGISTRATION = pd.DataFrame(
    [
        {
            "experience": "slot",
            "metric": "purchase_share",
            "unit": "share",
            "baseline": 0.2,
            "spread": 0.4,
            "minimum_effect": 0.03,
            "promised_low": 0.04,
            "promised_effect": 0.09,
            "promised_high": 0.12,
            "alpha": 0.05,
            "power": 0.8,
            "guardrails": "nps;csat:van",
        }
    ]
)


@pytest.fixture(autouse=True)
def english() -> None:
    speak("en", "en_IE", "EUR")


def scores(*shares: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "area": AREAS,
            "estimate": shares,
            "low": float("nan"),
            "high": float("nan"),
            "n": 5,
            "unit": "share",
            "n_missing": [0 if share == 1 else 1 for share in shares],
            "missing": "",
        }
    )


def arms(n: int, idea: str = "slot") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": range(2 * n),
            "arm": ["pilot", "control"] * n,
            "idea_id": idea,
            "starts_on": pd.Timestamp("2026-03-01"),
        }
    )


def test_the_headline_is_go_wait_or_no_by_the_weakest_gate() -> None:
    ends = schedule(TASKS)[1]
    for shares, opening in (
        ((1, 0.85, 1, 1, 1, 1), "Go: the weakest of six gates, training, stands at 85.0%"),
        ((1, 1, 1, 1, 0.5, 1), "Not yet: technology stands at 50.0%"),
        ((0.1, 1, 1, 1, 1, 1), "No: committee stands at 10.0% only"),
    ):
        table = scores(*shares)
        assert str(says.headline(table, ends, go(table), experiences=["slot"])).startswith(opening)


def test_with_nothing_known_every_sentence_says_what_it_would_take() -> None:
    nan = float("nan")
    none, unknown = TASKS.iloc[:0], scores(*[nan] * 6)
    plan, ends = schedule(none)
    said = [
        says.headline(unknown, ends, go(unknown), experiences=["slot"]),
        says.ready(unknown),
        says.duties(pd.DataFrame(), pd.DataFrame(), LABELS),
        says.plan(plan, ends, pd.DataFrame(columns=["problem"])),
        says_pilot.pilot(drawn(0)),
        says_pilot.alike(pd.DataFrame()),
    ]
    assert all(one.verdict == "cannot tell" and "It would take" in str(one) for one in said), [str(one) for one in said]


def test_a_circle_of_tasks_is_told() -> None:
    problems = pd.DataFrame({"task_id": ["a"], "problem": ["circle"], "detail": ["a → b → a"]})
    said = says.plan(pd.DataFrame(), pd.DataFrame(), problems)
    assert "in a circle: a → b → a" in str(said)


def drawn(n: int, *, existing: bool = True, idea: str = "slot", verdict: str = "") -> Pilot:
    """A pilot of n customers an arm, held against the registration."""
    reach, none = effects_within_reach(REGISTRATION, n_available=2 * n), pd.DataFrame()
    found = verdict or judged(arms(n, idea), reach, existing=existing, experience="slot")
    return Pilot(none, arms(n, idea), existing, 2 * n, reach, none, none, found)


def test_a_pilot_too_small_says_what_would_do() -> None:
    said = says_pilot.pilot(drawn(400))
    assert said.verdict == "cannot tell"
    assert "it stands and is not drawn again" in str(said)
    assert "What would do: it can show the assumed effect (9.0 pp)" in str(said)
    assert "more customers (a second segment" in str(says_pilot.pilot(drawn(20)))
    large = says_pilot.pilot(drawn(3000, existing=False))
    assert (large.verdict, large.facts[0].value) == ("real", 3000)
    needed = {fact.name: fact.value for fact in large.facts}["n_per_arm"]
    assert (drawn(int(needed)).verdict, drawn(int(needed) - 1).verdict) == ("enough", "small")


def test_a_pilot_of_another_experience_or_a_broken_draw_cannot_tell() -> None:
    for verdict, words_ in (
        ("other", "another experience"),
        ("broken", "too unequal"),
        ("unknown", "no minimum effect"),
    ):
        said = says_pilot.pilot(drawn(400, verdict=verdict))
        assert said.verdict == "cannot tell" and words_ in str(said)


def test_what_may_be_said_of_a_pilot_turns_at_its_limits() -> None:
    reach = effects_within_reach(REGISTRATION, n_available=800)
    assert judged(arms(0), reach, existing=False, experience="slot") == "none"
    assert judged(arms(9, "club"), reach, existing=True, experience="slot") == "other"
    assert judged(arms(9, "club"), reach, existing=False, experience="slot") == "small"  # a new draw is for no other
    assert judged(arms(9), reach.head(0), existing=True, experience="") == "unknown"
    by_p = {
        p: pd.DataFrame({"arm": ["pilot"] * n + ["control"] * (1000 - n), "idea_id": "slot"})
        for p, n in (("ok", 551), ("no", 553))
    }
    verdicts = {p: judged(table, reach, existing=True, experience="slot") for p, table in by_p.items()}
    assert verdicts == {"ok": "small", "no": "broken"}  # p = 0.0013 and 0.0008


@pytest.mark.parametrize(
    ("estimate", "low", "high", "verdict", "said"),
    [
        (0.1, 0.05, 0.15, "alike", "not shown"),
        (-0.1, -0.15, -0.05, "alike", "not shown"),
        (0.101, 0.001, 0.2, "apart", "real"),
        (-0.101, -0.2, -0.001, "apart", "real"),
        (0.101, -0.001, 0.2, "not shown", "not shown"),
    ],
)
def test_arms_are_alike_within_a_tenth_of_a_standard_deviation(
    estimate: float, low: float, high: float, verdict: str, said: str
) -> None:
    small = {"name": "tenure", "estimate": 0.01, "low": -0.1, "high": 0.1, "n": 90, "unit": "ratio"}
    large = {"name": "revenue", "estimate": estimate, "low": low, "high": high, "n": 90, "unit": "ratio"}
    table = alike(pd.DataFrame([small, large]))
    assert table["verdict"].tolist() == ["alike", verdict]
    found = says_pilot.alike(table)
    assert (found.verdict, found.facts[0].value) == (said, estimate)


def test_a_pilot_is_drawn_from_those_who_stay_or_is_the_one_already_drawn() -> None:
    customers = pd.DataFrame({"customer_id": [f"c{i}" for i in range(60)], "household": "family", "region": "n"})
    customers = customers.assign(since_on=pd.Timestamp("2025-01-01"), left_on=pd.NaT)
    bought = pd.DataFrame({"customer_id": ["c0"], "revenue": [9.0], "at": [pd.Timestamp("2026-01-01")]})
    tables = {"customers": customers, "transactions": bought, "assignments": arms(0)}
    members = customers[["customer_id"]].assign(segment="s")
    when = pd.Timestamp("2026-03-01")
    new = pilot(tables, members, "s", REGISTRATION, seed=3, as_of=when)
    assert (new.existing, new.n_available, new.n_arms, new.too_small) == (False, 60, {"pilot": 30, "control": 30}, True)
    assert new.verdict == "small" and new.balance["feature"].tolist() == ["n_purchases", "revenue_money"]
    before = arms(5).assign(stratum="all", customer_id=[f"c{i}" for i in range(10)])
    old = pilot({**tables, "assignments": before}, members, "s", REGISTRATION, seed=3, as_of=when)
    assert (old.existing, old.n_available, old.n_arms) == (True, 10, {"pilot": 5, "control": 5})
    unknown = pilot(tables, members, "s", REGISTRATION.head(0), seed=3, as_of=when)
    assert (unknown.verdict, unknown.too_small) == ("none", True)


def test_the_recommendation_names_committee_and_arms() -> None:
    people = pd.DataFrame({"function": ["chair", "member"], "person_id": ["P1", "P2"]})
    told = {"because": says.ready(scores(1, 1, 1, 1, 1, 1)), "seed": 7, "people": people}
    advice = says.recommendation("go", people, drawn(3), experiences=["slot"], **told)
    assert advice.choice == {"rollout": "go", "committee": ["chair:P1", "member:P2"], "assignments": "3+3@7"}
    assert advice.grade == "observed"
    idle = says.recommendation("go", people.iloc[:0], drawn(0), experiences=[], **told)
    assert (idle.choice["rollout"], idle.grade) == ("wait", "assumed")
    blind = says.recommendation("cannot tell", people, drawn(3), experiences=["slot"], **told)
    assert (blind.choice["rollout"], blind.grade) == ("wait", "unknown")


def test_the_dictionary_covers_the_metric_and_its_guardrails() -> None:
    table = words.metric_dictionary(REGISTRATION, TASKS.assign(workstream="metrics"), LABELS)
    assert table["metric"].tolist() == [
        "share of customers who buy",
        "net promoter score",
        "satisfaction with Delivery",
    ]
    assert table["owner_id"].unique().tolist() == ["P1"]
    assert words.metric_dictionary(REGISTRATION.iloc[:0], TASKS, LABELS).empty


def test_every_picture_is_drawn_with_its_title_and_axis() -> None:
    plan, reach = schedule(TASKS)[0], power_curves(REGISTRATION, n_available=800)
    load = pd.DataFrame({"person_id": ["P1"], "month": [1], "days": [9.0], "capacity_days": [5.0], "over_days": [4.0]})
    balance = pd.DataFrame(
        {"name": ["tenure"], "estimate": [0.2], "low": [0.1], "high": [0.3], "n": [90], "verdict": ["apart"]}
    )
    drawn = [
        draw.plot_gantt(dated(plan, pd.Timestamp("2026-07-01"))),
        draw.plot_load(load),
        draw.plot_balance(balance),
        draw.plot_power(words.name_effects(reach), n_available=400),
    ]
    assert all(ax.get_title() and ax.get_xlabel() for ax in drawn)


def test_the_raci_is_a_table_with_escaped_names() -> None:
    matrix = pd.DataFrame(
        {
            "task_id": ["a", "a"],
            "label": "Plan & draw",
            "workstream": "committee",
            "person_id": ["P1", "P2"],
            "letters": ["A", "R"],
        }
    )
    people = pd.DataFrame({"person_id": ["P1", "P2"], "department": ["stores", "stores"]})
    page = grids.raci_table(matrix, people, LABELS)
    assert '<th scope="colgroup" colspan="2"' in page
    assert "head of &lt;cx&gt;" in page
    assert "Plan &amp; draw" in page
    assert grids.raci_table(matrix.iloc[:0], people, LABELS) == ""


def test_the_smallest_score_decides_and_an_area_nobody_knows_counts_as_none() -> None:
    said = says.ready(scores(1, 0.9, 1, float("nan"), 1, 1))
    assert said.facts[0].value == 0
    assert "the score of processes" in str(said) and "Nothing is written down for processes" in str(said)
    assert "1 check is open, in training" in str(says.ready(scores(1, 0.9, 1, 1, 1, 1)))
    assert words.known_scores(scores(*[float("nan")] * 6)).empty


def test_duties_say_who_is_asked_for_more_than_they_have() -> None:
    load = pd.DataFrame({"person_id": ["P1", "P1", "P2"], "month": [1, 2, 1], "days": [9.0, 8.0, 4.0]})
    load = load.assign(capacity_days=[5.0, 5.0, 4.0], over_days=[4.0, 3.0, 0.0])
    checks = pd.DataFrame({"check": ["known", "capacity"], "subject": ["a", "P1"], "status": ["pass", "fail"]})
    said = says.duties(checks, load, LABELS)
    assert (said.facts[0].value, said.facts[0].n) == (1, 2)
    assert "Boss is asked for 9.0 days in month 1 and has 5.0." in str(said) and "month 2" not in str(said)
    table = words.check_table(checks, LABELS)
    assert table[["n_held", "n_broken", "where_broken"]].to_numpy().tolist() == [[1, 0, ""], [0, 1, "boss"]]


def test_a_calendar_says_how_many_meetings_and_hours() -> None:
    series = pd.DataFrame({"title": ["Weekly", "Steering"], "n_meetings": [9, 2], "minutes": [40.0, 60.0]})
    series = series.assign(starts_at=pd.to_datetime(["2026-07-06 10:00", "2026-07-07 10:00"]))
    said = says.calendar(series, pd.DataFrame({"on": pd.to_datetime(["2026-09-01"])}))
    assert said.facts[0].value == 11
    assert "8 hours" in str(said) and "“Weekly” comes first, on 6 Jul 2026" in str(said)
    assert says.calendar(series.head(0), pd.DataFrame({"on": []})).verdict == "cannot tell"
