"""What stage 8 says and draws: go, wait, no, cannot tell; and whether the pilot is large enough."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlib.language import speak
from cxlib.show import grids
from cxlib.stages.implementation import pictures as draw
from cxlib.stages.implementation import says
from cxlib.stages.implementation import shown as words
from cxlib.stages.implementation.readiness import AREAS, go
from cxlib.stages.implementation.schedule import dated, finish, schedule
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
    ends = finish(TASKS, draws=200)
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
    plan, ends = schedule(none), finish(none)
    said = [
        says.headline(unknown, ends, go(unknown), experiences=["slot"]),
        says.ready(unknown),
        says.duties(pd.DataFrame(), pd.DataFrame(), LABELS),
        says.plan(plan, ends, pd.DataFrame(columns=["problem"]), plain_days=nan),
        says.pilot(arms(0), effects_within_reach(REGISTRATION, n_available=0), ratio_p=nan, existing=False),
        says.alike(pd.DataFrame()),
    ]
    assert all(one.verdict == "cannot tell" and "It would take" in str(one) for one in said), [str(one) for one in said]


def test_a_circle_of_tasks_is_told() -> None:
    problems = pd.DataFrame({"task_id": ["a"], "problem": ["circle"], "detail": ["a → b → a"]})
    said = says.plan(pd.DataFrame(), pd.DataFrame(), problems, plain_days=float("nan"))
    assert "in a circle: a → b → a" in str(said)


def test_a_pilot_too_small_says_what_would_do() -> None:
    reach = effects_within_reach(REGISTRATION, n_available=800)
    said = str(says.pilot(arms(400), reach, ratio_p=0.9, existing=True, experience="slot"))
    assert "it stands and is not drawn again" in said
    assert "too small" in said
    assert "What would do: it can show the assumed effect (9.0 pp)" in said
    large = says.pilot(arms(3000), reach, ratio_p=0.9, existing=False, experience="slot")
    assert "large enough" in str(large)
    assert large.verdict == "real"


def test_a_pilot_of_another_experience_or_a_broken_draw_cannot_tell() -> None:
    reach = effects_within_reach(REGISTRATION, n_available=800)
    assert "another experience" in str(
        says.pilot(arms(400, "club"), reach, ratio_p=0.9, existing=True, experience="slot")
    )
    assert "too unequal" in str(says.pilot(arms(400), reach, ratio_p=1e-6, existing=True, experience="slot"))


def test_the_recommendation_names_committee_and_arms() -> None:
    people = pd.DataFrame({"function": ["chair", "member"], "person_id": ["P1", "P2"]})
    because = says.ready(scores(1, 1, 1, 1, 1, 1))
    advice = says.recommendation("go", people, arms(3), because=because, experiences=["slot"], seed=7)
    assert advice.choice == {"rollout": "go", "committee": ["chair:P1", "member:P2"], "assignments": "3+3@7"}
    idle = says.recommendation("go", people.iloc[:0], arms(0), because=because, experiences=[], seed=7)
    assert idle.choice["rollout"] == "wait"


def test_the_dictionary_covers_the_metric_and_its_guardrails() -> None:
    table = words.metric_dictionary(REGISTRATION, TASKS.assign(workstream="metrics"), LABELS)
    assert table["metric"].tolist() == [
        "share of customers who buy",
        "net promoter score",
        "satisfaction with Delivery (csat)",
    ]
    assert table["owner_id"].unique().tolist() == ["P1"]
    assert words.metric_dictionary(REGISTRATION.iloc[:0], TASKS, LABELS).empty


def test_every_picture_is_drawn_with_its_title_and_axis() -> None:
    plan, reach = schedule(TASKS, draws=100), power_curves(REGISTRATION, n_available=800)
    load = pd.DataFrame({"person_id": ["P1"], "month": [1], "days": [9.0], "capacity_days": [5.0], "over_days": [4.0]})
    balance = pd.DataFrame({"name": ["tenure"], "estimate": [0.2], "low": [0.1], "high": [0.3], "n": [90]})
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
