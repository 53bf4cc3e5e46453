"""What stage 9 says and draws, with a trial, without one, and with one that is not over."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.show.terms import brief
from cxlib.stages.measurement import pictures as draws
from cxlib.stages.measurement import says
from cxlib.stages.measurement import says_designs as designs
from cxlib.stages.measurement import shown as shows
from cxlib.stages.measurement.effect import before_after, difference, differences, empty_effect
from cxlib.stages.measurement.ladder import ladder
from cxlib.stages.measurement.looks import always_valid, bounds
from cxlib.stages.measurement.realised import kept_promise, realised
from cxlib.stages.measurement.sample_ratio import sample_ratio
from cxlib.stages.measurement.staggered import event_study, pre_trend
from cxlib.stages.measurement.trial import arms, outcomes, plan
from cxlib.stages.measurement.verdicts import RULES, family, guardrails, verdict
from cxlib.stages.measurement.waves import moved, wave_changes
from cxlib.statistics.intervals import detectable_of
from cxlib.statistics.scores import nps_difference, nps_paired

LABELS = {"touchpoint": {"delivery": "Delivery"}, "idea": {"slot": "Two-hour slot"}}
PLAN = plan(
    pd.DataFrame(
        [
            {
                "experience": "slot",
                "metric": "purchase_share",
                "window_days": 60,
                "minimum_effect": 0.03,
                "value_per_unit_money": 60.0,
                "guardrails": "nps;csat:delivery",
                "promised_effect": 0.06,
                "promised_low": 0.02,
                "promised_high": 0.1,
            }
        ]
    )
)
GATE = {"minimum_effect": PLAN["minimum_effect"], "guardrail_status": pd.Series(["held"])}


def trial(n: int = 1000, *, lift: float = 0.12, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    arm = np.where(np.arange(n) % 2 == 0, "pilot", "control")
    bought = generator.random(n) < 0.24 + lift * (arm == "pilot")
    return pd.DataFrame(
        {
            "customer_id": [f"c{row}" for row in range(n)],
            "arm": arm,
            "stratum": "s",
            "metric": "purchase_share",
            "unit": "share",
            "outcome": bought.astype(float),
            "before": generator.random(n).round(),
            "starts_on": pd.Timestamp("2026-03-01"),
            "closes_on": pd.Timestamp("2026-04-29"),
            "complete": True,
        }
    )


def answered(n: int = 300) -> pd.DataFrame:
    generator = np.random.default_rng(1)
    arm = np.where(np.arange(n) % 2 == 0, "pilot", "control")
    frames = [
        pd.DataFrame(
            {
                "arm": arm,
                "metric": metric,
                "unit": unit,
                "before": np.nan,
                "outcome": generator.normal(level, spread, n) + gain * (arm == "pilot"),
            }
        )
        for metric, unit, level, spread, gain in (
            ("overall", "score", 7, 1, 0.5),
            ("nps", "points", 20, 80, 25.0),
            ("csat:delivery", "score", 6, 2, 0.0),
        )
    ]
    return pd.concat(frames, ignore_index=True)


def test_a_trial_that_worked_is_told_from_both_arms_to_the_verdict() -> None:
    table = trial()
    effect = difference(table, unit="share")
    liked = differences(answered())
    guards = guardrails(liked, PLAN["guardrails"])
    rule = verdict(effect, minimum_effect=0.03, satisfaction=liked, guardrail_status=guards["status"])
    head = says.headline(effect, rule, wave_changes(pd.DataFrame(columns=["score", "on", "question"])), LABELS)
    assert head.verdict == "real" and "without" in head.sentence and "scale it" in head.sentence
    choice = says.recommend(rule, effect, "Two-hour slot")
    assert choice.choice == {"verdict": "scale"} and choice.grade == "measured" and len(choice.alternatives) == 3
    assert "purchase_share" not in head.sentence


def test_satisfaction_and_guardrails_are_told_beside_the_business() -> None:
    liked = differences(answered())
    guards = guardrails(liked, PLAN["guardrails"])
    said = says.satisfied(liked, guards, LABELS)
    assert said.verdict == "real" and "Guardrails held: net promoter score" in said.sentence
    assert "satisfaction with Delivery" in said.sentence
    assert says.satisfied(empty_effect(), guards, LABELS).verdict == "cannot tell"
    figure = draws.plot_satisfaction(shows.satisfaction_rows(liked, guards, LABELS))
    assert len(figure.axes) == 2 and all(ax.get_xlabel() for ax in figure.axes)


def test_no_assignments_cannot_tell_and_keeps_measuring() -> None:
    rule = verdict(empty_effect(), satisfaction=empty_effect(), **GATE)
    table = arms(trial(0))
    said = says.trusted(table, sample_ratio(table), PLAN)
    choice = says.recommend(rule, empty_effect(), "")
    assert said.verdict == "cannot tell" and "drawn at random" in said.sentence
    assert choice.choice == {"verdict": "keep measuring"} and choice.grade == "assumed"
    assert says.business(empty_effect(), empty_effect(), PLAN).verdict == "cannot tell"
    assert (
        says.returned(realised(empty_effect(), value_per_unit_money=1.0, promised=(1, 1, 1)), np.nan).verdict
        == "cannot tell"
    )


def test_a_pilot_of_another_experience_and_an_open_window_are_said() -> None:
    other = says.trusted(arms(trial(0)), sample_ratio(arms(trial(0))), PLAN, n_on_record=952)
    assert "952 customers" in other.sentence and "another experience" in other.sentence
    people = trial(40)[["customer_id", "arm", "stratum", "starts_on"]]
    none = pd.DataFrame({"customer_id": ["c0"], "at": [pd.Timestamp("2026-03-02")], "revenue": [1.0], "margin": [1.0]})
    open_arms = arms(outcomes(people, none, window_days=60, as_of=pd.Timestamp("2026-04-01")))
    waiting = says.trusted(open_arms, sample_ratio(open_arms), PLAN)
    assert (
        waiting.verdict == "cannot tell" and "has not closed" in waiting.sentence and "29 Apr 2026" in waiting.sentence
    )


def test_arms_of_the_wrong_size_are_never_trusted() -> None:
    table = trial(1000)
    lopsided = arms(table[table["arm"].eq("pilot") | (table.index % 4 == 1)])
    checks = sample_ratio(lopsided)
    assert "no effect can be trusted" in says.trusted(lopsided, checks, PLAN).sentence
    assert (
        verdict(
            difference(table, unit="share"),
            satisfaction=empty_effect(),
            mismatch=bool(checks["mismatch"].any()),
            **GATE,
        )["verdict"].iloc[0]
        == "keep measuring"
    )


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_its_reason_and_every_verdict_its_meaning(rule: str) -> None:
    assert says.reason(rule).sentence.endswith(".")
    assert "slot" in says.meaning(RULES[rule], "The slot") or RULES[rule] == "keep measuring"


def test_an_open_verdict_is_told_with_the_n_it_takes() -> None:
    effect = difference(trial(100, lift=0.02), unit="share")
    rule = verdict(effect, minimum_effect=0.05, satisfaction=empty_effect(), guardrail_status=pd.Series(dtype="str"))
    said = says.recommend(rule, effect, "slot").because
    assert "customers per arm" in said.sentence and {fact.id for fact in said.facts} == {"9.effect", "9.n_needed"}


def test_the_effect_is_drawn_against_the_minimum_and_the_promise() -> None:
    effect = difference(trial(), unit="share")
    plain = difference(trial(), unit="share", adjust=False)
    rows = shows.compared(effect, plain, PLAN)
    ax = draws.plot_effect(rows, minimum=0.03)
    assert rows["label"].tolist() == ["Registered: adjusted", "Not adjusted", "Promised (assumed)"]
    assert any("worth having: +3.0 pp" in text.get_text() for text in ax.texts) and ax.get_xlabel()
    assert "worth having" in says.business(effect, plain, PLAN).sentence
    assert shows.compared(empty_effect(), empty_effect(), PLAN).empty


def months(*, lift: float = 0.3, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    first = np.where(np.arange(200) % 2 == 0, 4.0, np.nan)
    parts = [
        pd.DataFrame(
            {
                "unit_id": np.arange(200),
                "period_on": at,
                "first_on": first,
                "unit": "share",
                "outcome": (generator.random(200) < 0.2 + lift * (at >= first)).astype(float),
            }
        )
        for at in range(1, 7)
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_months_around_the_launch_are_told_and_drawn_with_the_launch_marked() -> None:
    events, early = event_study(months()), pre_trend(months())
    said = designs.around_launch(events, early, "purchase_share")
    assert "moved alike: 2 months" in said.sentence and "pp" in said.sentence and said.verdict == "real"
    ax = draws.plot_events(events)
    assert ax.texts[0].get_text() == "launch" and len(ax.get_xticks()) == len(events) == 5
    dots = [line.get_ydata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert dots == pytest.approx((100 * events["estimate"]).tolist())
    assert designs.event_rows(events)["unit"].eq("pp").all()
    assert designs.around_launch(events.head(0), early.head(0), "x").verdict == "cannot tell"


def test_the_ladder_is_shown_with_what_each_rung_takes() -> None:
    people = trial().assign(site="")
    rows = designs.ladder_rows(ladder(people, people[["customer_id"]], pd.DataFrame({"period_on": []})))
    assert rows.loc[rows["state"].eq("✓ used"), "comparison"].tolist() == ["Customers drawn by lot"]
    assert "8 sites" in rows["it_takes"].iloc[0] and len(rows) == 6


def test_looking_early_and_the_smallest_visible_effect_are_said_beside_the_effect() -> None:
    effect = difference(trial(), unit="share")
    always = always_valid(effect, mixture_effect=0.03)
    assert "holds at any time" in designs.looked(always).sentence and not designs.looked(always.head(0)).sentence
    assert "four cases of five" in designs.visible(effect, detectable_of(effect)).sentence
    rows = designs.look_rows(bounds(5), bounds(5, shape="pocock"))
    assert rows["stop_if_p_below"].tolist()[0] == "under 0.0001" and len(rows) == 5


def test_the_same_people_are_told_in_points_of_the_scale_and_of_the_net_promoter_score() -> None:
    two = pd.DataFrame({"before": [6.0, 7, 9, 3] * 20, "outcome": [9.0, 8, 9, 7] * 20, "metric": "overall"})
    said = designs.same_people(before_after(two, unit="score"), nps_paired(two["before"], two["outcome"]))
    assert "80 who answered in both waves" in said.sentence and len(said.facts) == 2
    assert not designs.same_people(empty_effect(), empty_effect()).sentence
    changed = designs.nps_wave(nps_difference((10, 20, 30), (30, 20, 10)))
    assert changed.verdict == "real" and not designs.nps_wave(empty_effect()).sentence


def test_promise_and_return_are_of_the_same_customers() -> None:
    returns = realised(
        difference(trial(), unit="share"), value_per_unit_money=60.0, promised=PLAN["promised"], minimum_effect=0.03
    )
    said = says.returned(returns, kept_promise(returns))
    assert {fact.id for fact in said.facts} == {"9.return_realised", "9.return_promised", "9.return_needed"}
    assert "of the promise" in said.sentence and said.facts[1].grade == "assumed"
    assert len(draws.plot_return(shows.return_rows(returns)).patches) == 4


def test_waves_are_told_as_descriptive_and_drawn() -> None:
    days = pd.to_datetime(["2025-05-10", "2026-05-10"] * 60)
    table = pd.DataFrame(
        {"on": days, "score": [7.0, 8.0, 6.0, 9.0] * 30, "question": "overall", "touchpoint": "", "weight": 1.0}
    )
    changes = moved(wave_changes(table))
    said = says.satisfaction_changed(changes, LABELS)
    assert "descriptive" in said.sentence and said.verdict == "real" and bool(changes["moved"].iloc[0])
    assert draws.plot_waves(shows.wave_rows(changes, LABELS)).get_xlabel() and "waves" in shows.span(changes)
    assert says.satisfaction_changed(moved(changes.head(0)), LABELS).verdict == "cannot tell"


def test_secondary_figures_are_corrected_as_one_family_without_the_registered_one() -> None:
    both = family(difference(trial(), unit="share"), differences(answered()), registered="purchase_share")
    assert set(both["metric"]) == {"overall", "nps", "csat:delivery"} and (both["p_adjusted"] >= both["p_value"]).all()
    assert "adjusted_p" in shows.effect_rows(both, LABELS)
    assert family(empty_effect(), empty_effect(), registered="x").empty


def test_the_registration_is_shown_in_words_or_not_at_all() -> None:
    rows = shows.registration_rows(PLAN, LABELS)
    assert "Two-hour slot" in set(rows["as"]) and shows.registration_rows(plan(pd.DataFrame()), LABELS).empty


def test_an_alternative_text_ends_with_a_sentence() -> None:
    long = says.Finding("First sentence is here. " + "Second one " * 40 + ".")
    assert brief(long) == "First sentence is here."
