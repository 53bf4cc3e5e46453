"""What stage 7 says of customers and of risk, read as sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cxlib.stages.design import says_customers as says
from cxlib.stages.design import says_risk as risk
from cxlib.stages.design.business_case import Terms, apart
from cxlib.stages.design.information_value import perfect_information, winners
from cxlib.stages.design.kano import kano
from cxlib.stages.design.personalisation import group_effects, interactions, pilot_outcomes
from cxlib.stages.design.pictures import plot_kano
from cxlib.stages.design.registration import declared_exposure, exposure

LABELS = {"idea": {"slot": "Slot", "studio": "Studio", "app": "App"}}


def survey() -> pd.DataFrame:
    pairs = {"slot": (3, 5), "studio": (1, 3), "app": (3, 3)}
    rows = [(idea, *pair) for idea, pair in pairs.items() for _person in range(120)]
    return kano(pd.DataFrame(rows, columns=["idea_id", "functional", "dysfunctional"]))


def test_the_kano_sentence_names_each_kind_and_warns_of_what_leaves_cold() -> None:
    said = says.kano(survey(), ["slot", "app"], LABELS).sentence
    assert "taken for granted: “Slot”; delights: “Studio”; leaves cold: “App”." in said
    assert "The design holds one that leaves customers cold: App." in said
    assert says.kano(survey().head(0), [], LABELS).verdict == "cannot tell"
    assert says.kano_table(survey())["how_sure"].tolist() == ["✓ stands apart"] * 3


def test_the_kano_picture_shows_each_share_and_its_word() -> None:
    panels = plot_kano(says.kano_words(survey())).axes
    assert [list(panel.lines[0].get_xdata()) for panel in panels] == [[1, 0, 0], [0, 1, 0]] or [
        sorted(panel.lines[0].get_xdata()) for panel in panels
    ] == [[0, 0, 1], [0, 0, 1]]
    assert {text.get_text() for text in panels[1].texts} == {
        "taken for granted (n = 120)",
        "delights (n = 120)",
        "leaves cold (n = 120)",
    }


def assigned(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(n)],
            "arm": ["pilot", "control"] * (n // 2),
            "starts_on": pd.Timestamp("2026-01-01"),
        }
    )


def test_a_pilot_counts_purchases_of_its_window_only_once_it_is_over() -> None:
    bought = pd.DataFrame(
        {
            "customer_id": ["c0", "c1", "c2"],
            "revenue": [10.0, 10.0, -5.0],
            "at": pd.to_datetime(["2026-01-10", "2026-04-01", "2026-01-05"]),
        }
    )
    groups = pd.DataFrame({"customer_id": ["c0", "c1", "c2", "c3"], "household": "family"})
    table = pilot_outcomes(assigned(4), bought, groups, window_days=60, as_of=pd.Timestamp("2026-06-30"))
    assert table["outcome"].tolist() == [1, 0, 0, 0]  # a purchase after the window and a refund are none
    still = pilot_outcomes(assigned(4), bought, groups, window_days=60, as_of=pd.Timestamp("2026-02-01"))
    assert still.empty


def test_one_design_is_the_answer_unless_a_difference_is_shown() -> None:
    table = assigned(400).assign(household=["family", "family", "single", "single"] * 100)
    random = np.random.default_rng(0)
    alike = table.assign(outcome=random.random(400).round())
    none = interactions(alike, ["household"])
    assert says.personal(none, group_effects(alike, ["household"])).sentence.startswith("One design for all: in the")
    lifted = alike["outcome"] + 0.9 * (table["arm"].eq("pilot") & table["household"].eq("family"))
    apart = table.assign(outcome=lifted)
    said = says.personal(interactions(apart, ["household"]), group_effects(apart, ["household"]))
    assert "the effect differs between groups of household, least in single and most in family" in said.sentence
    alone = interactions(table.head(0).assign(outcome=0.0), ["household"])
    assert "no finished experiment" in says.personal(alone, group_effects(apart, [])).sentence
    assert says.interaction_table(none)["n_groups"].tolist() == [2]


def test_who_meets_the_moment_is_a_share_with_wilsons_interval() -> None:
    at = pd.to_datetime(["2026-02-20", "2026-02-21", "2025-01-01", "2026-03-02"])
    met = pd.DataFrame({"customer_id": ["a", "a", "b", "c"], "touchpoint": "van", "at": at})
    people = pd.Series(["a", "b", "c", "d"])
    share = exposure(met, people, "van", window_days=60, before=pd.Timestamp("2026-03-01"))
    assert share["estimate"] == 0.25  # b came too early, c after the launch
    assert (share["low"], share["high"]) == pytest.approx(proportion_confint(1, 4, method="wilson"))
    assert exposure(met, people, "desk", window_days=60, before=pd.Timestamp("2026-03-01")) == {}


def test_the_share_that_meets_it_is_said_with_the_effect_on_those_who_do() -> None:
    row = pd.DataFrame([{"metric": "purchase_share", "unit": "share", "minimum_effect_met": 0.05}])
    met = {"estimate": 0.1, "low": 0.08, "high": 0.12, "n": 900, "unit": "share"}
    said = says.exposed(met, row, "Delivery").sentence
    assert "10.0% (95% interval 8.0% to 12.0%, n = 900) met Delivery" in said
    assert "on those who meet it, 5.0 pp, and the one assumed are registered times that share" in said
    nobody = {"estimate": 0.0, "low": 0.0, "high": 0.004, "n": 900, "unit": "share"}
    assert "registered as if all did" in says.exposed(nobody, row, "Delivery").sentence
    assert says.exposed({}, row, "Delivery").verdict == "cannot tell"


def test_a_share_that_people_have_said_stands_before_the_recorded_one_and_is_called_assumed() -> None:
    assert declared_exposure(pd.DataFrame({"met_share": [np.nan]})) == {}
    told = declared_exposure(pd.DataFrame({"met_share": [0.5]}))
    row = pd.DataFrame([{"metric": "purchase_share", "unit": "share", "minimum_effect_met": 0.05}])
    said = says.exposed(told, row, "Delivery")
    assert "By what the ideas table says 50.0% of them meet the experience" in said.sentence
    assert {fact.id: fact.grade for fact in said.facts}["7.met_share"] == "assumed"
    assert "registered as they are" in says.exposed({**told, "estimate": 1.0}, row, "Delivery").sentence


def test_what_knowing_is_worth_and_what_correlation_does_are_said_in_money() -> None:
    futures = pd.DataFrame({"nothing": 0.0, "p1": np.repeat([10.0, -4.0], [300, 700])})
    said = risk.knowing(
        perfect_information(futures.sample(frac=1, random_state=0)), winners(futures), "nothing"
    ).sentence
    assert "worth more than €2.80" in said
    assert "In 70% of the futures the recommended set is the best" in said
    assert risk.knowing(perfect_information(futures.head(2)), winners(futures), "p1").verdict == "cannot tell"
    both = risk.together(np.arange(101.0), np.arange(51.0), Terms(pairs=(("a", "b", 0.7),))).sentence
    assert "(0.30) P10 and P90 lie €80.00 apart; taken as independent they would lie €40.00 apart" in both
    assert "Pairs declared apart: 1." in both
    assert risk.together(np.empty(0), np.empty(0), Terms()).verdict == "cannot tell"
    assert apart(Terms(pairs=(("a", "b", 0.7),))).matrix(["a", "b"]).tolist() == [[1, 0], [0, 1]]
    options = pd.DataFrame({"option": ["nothing", "p1"]})
    assert risk.with_chances(options, winners(futures))["best_share"].tolist() == pytest.approx([0.7, 0.3])
