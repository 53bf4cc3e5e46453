"""What stage 9 says and draws, with a trial, without one, and with one that is not over."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.dictionary import recomputed
from cxlib.show.terms import brief
from cxlib.stages.measurement import pictures as draws
from cxlib.stages.measurement import says
from cxlib.stages.measurement import says_change as changes
from cxlib.stages.measurement import shown as shows
from cxlib.stages.measurement.effect import difference, differences, empty_effect
from cxlib.stages.measurement.ladder import ladder
from cxlib.stages.measurement.looks import always_valid, bounds
from cxlib.stages.measurement.realised import realised
from cxlib.stages.measurement.staggered import event_study, pre_trend
from cxlib.stages.measurement.trial import arms, outcomes, plan
from cxlib.stages.measurement.verdicts import RULES, family, guardrails, verdict
from cxlib.stages.measurement.waves import nps_change, same_people, wave_changes
from cxlib.statistics.sample_ratio import sample_ratio

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
    head = says.headline(effect, wave_changes(asked([], "overall")), LABELS, decided=rule["verdict"].item())
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
    assert says.business(empty_effect(), empty_effect(), rule, minimum=0.03).verdict == "cannot tell"
    assert (
        says.returned(realised(empty_effect(), value_per_unit_money=1.0, promised=(1, 1, 1))).verdict == "cannot tell"
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
    assert "{name}" in says.meanings()[RULES[rule]] or RULES[rule] == "keep measuring"


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
    rule = verdict(effect, satisfaction=empty_effect(), **GATE)
    assert "worth having" in says.business(effect, plain, rule, minimum=0.03).sentence
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
    said = changes.around_launch(events, early, "purchase_share")
    assert "moved alike: 2 months" in said.sentence and "pp" in said.sentence and said.verdict == "real"
    ax = draws.plot_events(events)
    assert ax.texts[0].get_text() == "launch" and len(ax.get_xticks()) == len(events) == 5
    dots = [line.get_ydata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert dots == pytest.approx((100 * events["estimate"]).tolist())
    assert shows.event_rows(events)["unit"].eq("pp").all()
    assert changes.around_launch(events.head(0), early.head(0), "x").verdict == "cannot tell"


def test_the_ladder_is_shown_with_what_each_rung_takes() -> None:
    people = trial().assign(site="")
    rows = shows.ladder_rows(ladder(people, people[["customer_id"]], pd.DataFrame({"period_on": []})))
    assert rows.loc[rows["state"].eq("✓ used"), "comparison"].tolist() == ["Customers drawn by lot"]
    assert "8 sites" in rows["it_takes"].iloc[0] and len(rows) == 6


def test_looking_early_and_the_smallest_visible_effect_are_said_beside_the_effect() -> None:
    effect = difference(trial(), unit="share")
    always = always_valid(effect, mixture_effect=0.03)
    assert "holds at any time" in changes.looked(always).sentence and not changes.looked(always.head(0)).sentence
    assert "four cases of five" in changes.visible(effect).sentence
    rows = shows.look_rows(bounds(5), bounds(5, shape="pocock"))
    assert rows["stop_if_p_below"].tolist()[0] == "under 0.0001" and len(rows) == 5


def asked(scores: list[float], question: str, *, year: int = 2026) -> pd.DataFrame:
    people = [f"p{place}" for place in range(len(scores))]
    about = {"question": question, "touchpoint": "", "weight": 1.0, "on": pd.Timestamp(f"{year}-05-10")}
    return pd.DataFrame({"score": scores, "respondent_id": people}).assign(**about).astype({"score": float})


def test_the_same_people_are_told_in_points_of_the_scale_and_of_the_net_promoter_score() -> None:
    waves = [
        asked(scores * 20, question, year=year)
        for question in ("overall", "nps")
        for year, scores in ((2025, [6.0, 7, 9, 3]), (2026, [9.0, 8, 9, 7]))
    ]
    told = changes.same_people(same_people(pd.concat(waves)))
    assert "80 who answered in both waves" in told.sentence
    assert [one.id for one in told.facts] == ["9.same_people_change", "9.same_people_nps"]
    assert [one.value for one in told.facts] == [2.0, 75.0]
    assert not changes.same_people(empty_effect()).sentence
    changed = changes.nps_wave(nps_change(pd.concat(waves)))
    assert changed.verdict == "real" and not changes.nps_wave(nps_change(waves[0])).sentence


def test_promise_and_return_are_of_the_same_customers() -> None:
    returns = realised(
        difference(trial(), unit="share"), value_per_unit_money=60.0, promised=PLAN["promised"], minimum_effect=0.03
    )
    said = says.returned(returns)
    values = {one.id: one.value for one in said.facts}
    for name in ("9.return_realised", "9.return_promised", "9.return_needed"):
        effect = {"9.effect": returns.set_index("what").loc["realised", "effect"]}
        assert recomputed(name, values | effect) == pytest.approx(values[name], abs=0.005)  # to the cent
    assert "of the promise" in said.sentence and said.facts[1].grade == "assumed"
    assert len(draws.plot_return(shows.return_rows(returns)).patches) == 4


def test_waves_are_told_as_descriptive_and_drawn() -> None:
    table = wave_changes(pd.concat([asked([7.0, 6.0] * 30, "overall", year=2025), asked([8.0, 9.0] * 30, "overall")]))
    said = changes.satisfaction_changed(table, LABELS)
    assert "descriptive" in said.sentence and said.verdict == "real" and bool(table["moved"].iloc[0])
    assert draws.plot_waves(shows.wave_rows(table, LABELS)).get_xlabel() and "waves" in shows.span(table)
    assert changes.satisfaction_changed(table.head(0), LABELS).verdict == "cannot tell"


def test_secondary_figures_are_corrected_as_one_family_without_the_registered_one() -> None:
    both = family(difference(trial(), unit="share"), differences(answered()), registered="purchase_share")
    first, others = both.head(1), both.tail(3)
    assert first["metric"].tolist() == ["purchase_share"] and first["p_adjusted"].isna().all()
    assert set(others["metric"]) == {"overall", "nps", "csat:delivery"}
    assert others["p_adjusted"].tolist() == pytest.approx(stats.false_discovery_control(others["p_value"]).tolist())
    assert "adjusted_p" in shows.effect_rows(others, LABELS, adjusted=True)
    assert family(empty_effect(), empty_effect(), registered="x").empty


def test_the_registration_is_shown_in_words_or_not_at_all() -> None:
    rows = shows.registration_rows(PLAN, LABELS)
    assert "Two-hour slot" in set(rows["as"]) and shows.registration_rows(plan(pd.DataFrame()), LABELS).empty


def test_an_alternative_text_ends_with_a_sentence() -> None:
    long = says.Finding("First sentence is here. " + "Second one " * 40 + ".")
    assert brief(long) == "First sentence is here."
