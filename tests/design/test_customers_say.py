"""What stage 7 says of customers, of risk and of the pilot: facts, verdict and meaning."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.design import says, says_pilot, says_value, shown
from cxlib.stages.design.kano import kano
from cxlib.stages.design.personalisation import interactions
from cxlib.stages.design.pictures import plot_kano
from cxlib.stages.design.registration import Pilot
from cxlib.stages.design.risk import perfect_information, winners
from cxlib.stages.design.terms import Terms

LABELS = {"idea": {"slot": "Slot", "studio": "Studio", "app": "App"}}
REGISTERED = pd.DataFrame(
    [
        {
            "experience": "slot",
            "metric": "margin_per_customer",
            "unit": "money",
            "minimum_effect": 0.5,
            "minimum_effect_met": 5.0,
            "promised_effect": 1.0,
            "promised_low": 0.25,
            "promised_high": 2.0,
            "window_days": 60,
            "cost_money": 480.0,
            "gain_money": 960.0,
            "gain_low": 240.0,
            "gain_high": 1920.0,
            "reach": 48.0,
            "reach_year": 30.0,
            "value_per_unit_money": 2.0,
            "diluted": 0.1,
            "baseline": 40.0,
            "spread": 90.0,
            "n": 800,
            "n_needed": 700.0,
            "n_available": 400,
        }
    ]
)


def survey() -> pd.DataFrame:
    pairs = {"slot": (3, 5), "studio": (1, 3), "app": (3, 3)}
    rows = [(idea, *pair) for idea, pair in pairs.items() for _person in range(120)]
    return kano(pd.DataFrame(rows, columns=["idea_id", "functional", "dysfunctional"]))


def test_the_kano_sentence_names_each_kind_and_warns_of_what_leaves_cold() -> None:
    said = says.kano(survey(), ["slot", "app"], LABELS)
    assert "taken for granted: “Slot”; delights: “Studio”; leaves cold: “App”." in said.sentence
    assert "The design holds one that leaves customers cold: App." in said.sentence
    assert said.facts[0].value == 120
    assert "App." not in says.kano(survey(), ["slot"], LABELS).sentence
    assert says.kano(survey().head(0), [], LABELS).verdict == "cannot tell"
    assert shown.kano_table(survey())["how_sure"].tolist() == ["✓ stands apart"] * 3


def test_the_kano_picture_shows_each_share_and_its_word() -> None:
    panels = plot_kano(shown.kano_words(survey())).axes
    assert [sorted(panel.lines[0].get_xdata()) for panel in panels] == [[0, 0, 1], [0, 0, 1]]
    words = {"taken for granted (n = 120)", "delights (n = 120)", "leaves cold (n = 120)"}
    assert {text.get_text() for text in panels[1].texts} == words


def test_a_mixed_idea_is_called_by_both_its_categories() -> None:
    mixed = survey().assign(verdict="mixed", second="indifferent")
    assert shown.kano_words(mixed)["word"].str.endswith(" / leaves cold").all()
    assert "no idea stands out" in says.kano(mixed, [], LABELS).sentence


def test_one_design_is_the_answer_unless_a_difference_is_shown() -> None:
    table = pd.DataFrame(
        {"arm": ["pilot", "control"] * 200, "household": ["family", "family", "single", "single"] * 100}
    )
    alike = table.assign(outcome=np.random.default_rng(0).random(400).round())
    none = interactions(alike, ["household"])
    assert (says_pilot.personal(none).verdict, says_pilot.personal(none).facts[0].value) == ("not shown", 0)
    lifted = alike["outcome"] + 0.9 * (table["arm"].eq("pilot") & table["household"].eq("family"))
    said = says_pilot.personal(interactions(table.assign(outcome=lifted), ["household"]))
    assert (said.verdict, said.facts[0].value) == ("real", 1)
    assert "least in single and most in family" in said.sentence
    alone = interactions(table.head(0).assign(outcome=0.0), ["household"])
    assert says_pilot.personal(alone).verdict == "cannot tell"
    assert shown.interaction_table(none)["n_groups"].tolist() == [2]


def drawn(met: dict[str, float]) -> Pilot:
    return Pilot("slot", "van", 60, pd.Timestamp("2026-03-01"), pd.Index(["a"]), 1, met)


def test_the_share_that_meets_it_is_said_with_the_effect_on_those_who_do() -> None:
    met = {"estimate": 0.1, "low": 0.08, "high": 0.12, "n": 900, "unit": "share"}
    said = says_pilot.exposed(drawn(met), REGISTERED, "Delivery")
    assert "10.0% (95% interval 8.0% to 12.0%, n = 900) met Delivery" in said.sentence
    assert {fact.id: fact.value for fact in said.facts} == {"7.met_share": 0.1, "7.minimum_effect_met": 5.0}
    assert {fact.id: fact.grade for fact in said.facts} == {
        "7.met_share": "measured",
        "7.minimum_effect_met": "assumed",
    }
    nobody = {"estimate": 0.0, "low": 0.0, "high": 0.004, "n": 900, "unit": "share"}
    assert "registered as if all did" in says_pilot.exposed(drawn(nobody), REGISTERED, "Delivery").sentence
    assert says_pilot.exposed(drawn({}), REGISTERED, "Delivery").verdict == "cannot tell"
    assert says_pilot.exposed(drawn(met), REGISTERED.head(0), "Delivery").verdict == "cannot tell"


def test_a_share_that_people_have_said_is_called_assumed() -> None:
    told = {"estimate": 0.5, "low": np.nan, "high": np.nan, "n": np.nan, "unit": "share"}
    said = says_pilot.exposed(drawn(told), REGISTERED, "Delivery")
    assert "By what the ideas table says 50.0% of them meet the experience" in said.sentence
    assert {fact.id: fact.grade for fact in said.facts}["7.met_share"] == "assumed"
    assert "registered as they are" in says_pilot.exposed(drawn({**told, "estimate": 1.0}), REGISTERED, "").sentence


def test_a_registration_is_said_with_all_it_follows_from() -> None:
    facts = {fact.name: fact for fact in says_pilot.registered(REGISTERED, LABELS).facts}
    value = {name: fact.value for name, fact in facts.items()}
    assert value["minimum_effect_met"] == value["tested_cost"] / (value["tested_reach"] * value["worth_of_a_unit"])
    assert value["minimum_effect"] == value["minimum_effect_met"] * value["registered_share"]
    worth, share = value["tested_reach"] * value["worth_of_a_unit"], value["registered_share"]
    gain, effect = facts["tested_gain"], facts["promised_effect"]
    for end in ("value", "low", "high"):  # each in the unit of the metric, none left in other money
        assert getattr(effect, end) == pytest.approx(getattr(gain, end) / worth * share)
    assert {fact.unit for fact in facts.values()} == {"money", "count", "share"}
    assert says_pilot.registered(REGISTERED.head(0), LABELS).verdict == "cannot tell"


FUTURES = pd.DataFrame({"nothing": 0.0, "p1": np.repeat([10.0, -4.0], [300, 700])}).sample(frac=1, random_state=0)


def test_what_knowing_is_worth_is_said_with_how_often_the_choice_is_best() -> None:
    said = says_value.knowing(perfect_information(FUTURES), winners(FUTURES), {"option": "nothing"})
    assert said.facts[0].value == pytest.approx(2.8)
    assert said.facts[0].low < 2.8 < said.facts[0].high
    assert "In 70% of the futures the recommended set is the best" in said.sentence
    few = perfect_information(FUTURES.head(2))
    assert says_value.knowing(few, winners(FUTURES), {"option": "p1"}).verdict == "cannot tell"


def test_what_correlation_does_is_said_in_money() -> None:
    case, apart = ({"estimate": 50.0, "low": 10.0, "high": 10.0 + wide, "spread_money": wide} for wide in (80.0, 40.0))
    said = says_value.together(case, apart, Terms(pairs=(("a", "b", 0.7),)))
    value = {fact.name: fact.value for fact in said.facts}
    assert value == {"spread": 80, "npv_p10": 10, "npv_p90": 90, "spread_apart": 40}
    assert "Pairs declared apart: 1" in said.sentence
    assert says_value.together(case | {"estimate": np.nan}, apart, Terms()).verdict == "cannot tell"


@pytest.mark.parametrize(("days", "measured", "told"), [(60, 209, "shorter"), (60, 60, "holds"), (90, 60, "holds")])
def test_a_window_shorter_than_the_step_takes_says_what_it_cannot_show(days: int, measured: int, told: str) -> None:
    registered, steps = pd.DataFrame({"window_days": [days]}), pd.DataFrame({"step": ["s"], "window_days": [measured]})
    assert told in says_pilot.window(registered, "s", steps, "Service").sentence
    unknown = [(registered.head(0), "s", steps), (registered, "other", steps), (registered, "s", steps[["step"]])]
    assert all(says_pilot.window(*case, "Service").sentence == "" for case in unknown)
