"""The registered rule, the guardrails, false discoveries, the return and the waves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.stages.measurement.effect import empty_effect
from cxlib.stages.measurement.realised import realised
from cxlib.stages.measurement.verdicts import RULES, family, guardrails, verdict
from cxlib.stages.measurement.waves import nps_change, same_people, wave_changes
from cxlib.statistics.intervals import false_discovery
from cxlib.statistics.power import n_two_means
from cxlib.statistics.scores import nps_difference

Shared = Callable[[str], Path]


def effect(low: float, estimate: float, high: float, *, metric: str = "purchase_share") -> pd.DataFrame:
    row = {
        "metric": metric,
        "estimate": estimate,
        "low": low,
        "high": high,
        "n": 400,
        "unit": "share",
        "n_pilot": 200,
        "n_control": 200,
        "n_customers": 200,
    }
    return pd.DataFrame([row])


UP, FLAT, DOWN = effect(0.1, 0.5, 0.9), effect(-0.2, 0.1, 0.4), effect(-0.9, -0.5, -0.1)


@pytest.mark.parametrize(
    ("found", "satisfied", "breached", "mismatch", "rule"),
    [
        (effect(0.02, 0.06, 0.10), UP, False, False, "worth_it"),
        (effect(0.02, 0.06, 0.10), FLAT, False, False, "worth_it"),
        (effect(0.02, 0.06, 0.10), DOWN, False, False, "less_satisfied"),
        (effect(0.02, 0.06, 0.10), UP, True, False, "guardrail"),
        (effect(0.02, 0.06, 0.10), UP, False, True, "mismatch"),
        (effect(0.005, 0.03, 0.055), UP, False, False, "real_but_small"),
        (effect(-0.03, 0.02, 0.07), UP, False, False, "open"),
        (effect(-0.03, 0.0, 0.03), FLAT, False, False, "too_small"),
        (effect(-0.03, 0.0, 0.03), UP, False, False, "liked_not_bought"),
        (effect(-0.10, -0.06, -0.02), UP, False, False, "harm"),
        (empty_effect(), UP, False, False, "no_trial"),
    ],
)
def test_the_rule_gives_the_registered_verdict(
    found: pd.DataFrame, satisfied: pd.DataFrame, breached: bool, mismatch: bool, rule: str
) -> None:
    status = pd.Series(["breached" if breached else "held"])
    row = verdict(found, minimum_effect=0.04, satisfaction=satisfied, guardrail_status=status, mismatch=mismatch).iloc[
        0
    ]
    assert row["rule"] == rule and row["verdict"] == RULES[rule]


def test_an_open_verdict_names_the_n_that_would_settle_it() -> None:
    # two arms of 200 with sd 1: half width 1.96 · sqrt(2/200) = 0.196
    found = effect(0.05 - 0.196, 0.05, 0.05 + 0.196)
    row = verdict(found, minimum_effect=0.2, satisfaction=FLAT, guardrail_status=pd.Series(dtype="str")).iloc[0]
    assert row["n_needed"] == pytest.approx(n_two_means(1.0, 0.2), abs=3)


def test_guardrails_are_held_breached_or_unknown() -> None:
    effects = pd.concat(
        [
            effect(-0.2, 0.1, 0.4, metric="csat"),
            effect(-9.0, -7.0, -5.0, metric="nps"),
            effect(-0.6, 0.0, 0.6, metric="overall"),
        ]
    )
    status = guardrails(effects, {"csat": 0.3, "nps": 3.0, "overall": 0.3, "returns": 1.0}).set_index("metric")[
        "status"
    ]
    assert status.to_dict() == {"csat": "held", "nps": "breached", "overall": "cannot tell", "returns": "cannot tell"}
    assert guardrails(effects, {}).empty


def test_benjamini_and_hochberg_find_their_four(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/bh1995/oracle.json").read_text())
    adjusted = false_discovery(pd.Series(oracle["p"]))
    assert int(adjusted.le(oracle["q"]).sum()) == oracle["rejections"]["bh"]


def test_missing_p_values_do_not_count_in_the_family() -> None:
    adjusted = false_discovery(pd.Series([0.01, np.nan, 0.04]))
    assert adjusted.round(6).tolist()[0] == 0.02 and np.isnan(adjusted[1]) and adjusted[2] == pytest.approx(0.04)
    assert false_discovery(pd.Series(dtype=float)).empty


def test_the_return_is_the_effect_on_the_pilots_times_its_worth() -> None:
    table = realised(
        effect(0.02, 0.05, 0.08), value_per_unit_money=300.0, promised=(0.04, 0.02, 0.06), minimum_effect=1 / 60
    ).set_index("what")
    assert table.loc["realised", ["estimate", "low", "high"]].tolist() == pytest.approx([3_000, 1_200, 4_800])
    assert table.loc["net", "estimate"] == pytest.approx(2_000) and table.loc["promised", "estimate"] == 2_400
    assert table.loc["realised", "of_promise"] == pytest.approx(1.25)
    assert (table["effect"] * table["n"] * table["unit_money"]).tolist() == pytest.approx(table["estimate"].tolist())


def test_no_money_is_shown_without_a_worth_or_an_effect() -> None:
    assert realised(effect(0, 1, 2), value_per_unit_money=float("nan"), promised=(1, 1, 1)).empty
    assert realised(empty_effect(), value_per_unit_money=10.0, promised=(1, 1, 1)).empty
    nothing = realised(effect(0, 1, 2), value_per_unit_money=10.0, promised=(0, 0, 0))
    assert nothing["of_promise"].isna().all()


def answers(year: int, scores: list[float], question: str = "nps") -> pd.DataFrame:
    table = pd.DataFrame({"score": scores, "on": pd.Timestamp(f"{year}-05-10"), "question": question})
    return table.assign(touchpoint="", weight=1.0)


def test_waves_a_year_apart_are_compared_and_called_descriptive() -> None:
    both = pd.concat([answers(2016, [0.0, 7, 9, 10] * 30), answers(2017, [8.0, 9, 9, 10] * 30)])
    row = wave_changes(both).iloc[0]
    assert row["from_score"] == 25 and row["to_score"] == 75 and row["estimate"] == 50
    assert row["verdict"] == "real" and row["low"] > 0 and row["unit"] == "points"
    # by hand: per wave variance p + d - (p - d)^2 with 120 answers
    error = 100 * np.sqrt((0.75 - 0.25**2) / 119 + (0.75 - 0.75**2) / 119)
    assert (row["high"] - row["low"]) / 2 == pytest.approx(
        stats.t.ppf(0.975, 220) * error, rel=2e-3
    )  # Welch: 196 to 238


def test_one_wave_is_no_change() -> None:
    assert wave_changes(answers(2017, [9.0, 10.0])).empty and wave_changes(answers(2017, [])).empty


def test_a_change_between_waves_is_the_one_of_two_samples() -> None:
    generator = np.random.default_rng(0)
    old, new = generator.normal(7, 1, 60).round(), generator.normal(7.5, 2, 90).round()
    both = pd.concat([answers(2016, list(old), "csat"), answers(2017, list(new), "csat")])
    row, known = wave_changes(both).iloc[0], stats.ttest_ind(new, old, equal_var=False)
    assert row["estimate"] == pytest.approx(new.mean() - old.mean(), rel=1e-9)
    assert (row["low"], row["high"]) == pytest.approx(tuple(known.confidence_interval()), rel=1e-9)
    assert row["p_value"] == pytest.approx(known.pvalue, rel=1e-9)


def test_two_waves_without_spread_or_weight_are_not_compared_for_sure() -> None:
    both = pd.concat([answers(2016, [5.0, 5.0], "csat"), answers(2017, [7.0, 7.0], "csat")])
    assert wave_changes(both)[["low", "high", "p_value"]].isna().all(axis=None)
    assert wave_changes(both.assign(weight=0.0)).empty


def test_who_answered_in_both_waves_is_paired_with_the_last_answer_of_each() -> None:
    early = answers(2016, [5.0, 6.0, 4.0], "overall").assign(respondent_id=["a", "b", "d"])
    again = answers(2016, [7.0], "overall").assign(respondent_id=["a"], on=pd.Timestamp("2016-05-20"))
    late = answers(2017, [9.0, 1.0, 8.0], "overall").assign(respondent_id=["a", "c", "d"])
    row = same_people(pd.concat([early, again, late])).iloc[0]
    assert (row["n"], row["control"], row["pilot"], row["estimate"]) == (2, 5.5, 8.5, 3.0)  # a 7 to 9, d 4 to 8
    assert same_people(early).empty and same_people(early.head(0)).empty


def test_the_net_promoter_score_of_the_same_people_is_in_points() -> None:
    old = answers(2016, [5.0, 7.0, 9.0]).assign(respondent_id=list("abc"))
    new = answers(2017, [9.0, 7.0, 10.0]).assign(respondent_id=list("abc"))
    row = same_people(pd.concat([old, new])).iloc[0]
    assert row["unit"] == "points" and row["estimate"] == pytest.approx(200 / 3)


def test_two_waves_of_the_net_promoter_score_are_compared_unless_they_are_weighted() -> None:
    both = pd.concat([answers(2016, [5.0, 6.0] * 30), answers(2017, [9.0, 10.0] * 30)])
    row, known = nps_change(both).iloc[0], nps_difference((0, 0, 60), (60, 0, 0)).iloc[0]
    assert (row["estimate"], row["low"], row["verdict"]) == (known["estimate"], known["low"], "real")
    assert nps_change(pd.concat([both.head(29), both.tail(60)]))["verdict"].tolist() == ["cannot tell"]
    assert nps_change(both.assign(weight=np.arange(120.0) + 1)).empty and nps_change(both.head(60)).empty


def test_the_n_that_would_settle_it_is_told_in_customers_or_not_at_all() -> None:
    def told(**change: object) -> float:
        found = effect(-0.01, 0.02, 0.05).assign(**change)
        return float(
            verdict(found, minimum_effect=0.03, satisfaction=empty_effect(), guardrail_status=pd.Series([], dtype=str))[
                "n_needed"
            ].iloc[0]
        )

    assert told(design="sites", n_pilot=10, n_control=10) == pytest.approx(told(design="randomised"), rel=1e-3)
    assert np.isnan(told(design="interrupted_series"))
    assert np.isnan(told(n_control=0))


def test_arms_in_which_everybody_did_the_same_decide_nothing() -> None:
    found = effect(np.nan, 0.0, np.nan)
    told = verdict(found, minimum_effect=0.03, satisfaction=empty_effect(), guardrail_status=pd.Series([], dtype=str))
    assert told[["verdict", "rule"]].iloc[0].tolist() == ["keep measuring", "no_spread"]


def test_the_return_of_drawn_sites_is_counted_in_their_customers() -> None:
    found = effect(0.02, 0.05, 0.08).assign(design="sites", n_pilot=10, n_customers=120)
    table = realised(found, value_per_unit_money=300.0, promised=(0.04, 0.02, 0.06)).set_index("what")
    assert table.loc["realised", ["estimate", "n"]].tolist() == pytest.approx([0.05 * 120 * 300, 120])


@pytest.mark.parametrize(("late", "told"), [(14, "cannot tell"), (15, "real")])
def test_a_change_between_waves_is_judged_from_thirty_answers(late: int, told: str) -> None:
    old, new = [1.0, 2.0, 1.0, 2.0, 1.0] * 3, [8.0, 9.0, 8.0, 9.0, 8.0] * 3
    both = pd.concat([answers(2016, old, "csat"), answers(2017, new[:late], "csat")])
    assert wave_changes(both)["verdict"].tolist() == [told]


def test_of_a_family_verdict_and_interval_are_corrected_alike() -> None:
    z = stats.norm.ppf(0.975)
    gaps = {"registered": 2.2, "clear": 4.0, "near": 2.1, "nothing": 0.3}  # in standard errors
    table = pd.concat([effect(gap - z, gap, gap + z).assign(metric=name) for name, gap in gaps.items()])
    table = table.assign(p_value=[2 * stats.norm.sf(gap) for gap in gaps.values()], verdict="real")
    found = family(table, registered="registered").set_index("metric")
    share = found["p_adjusted"].le(0.05).sum() / 3
    half = stats.norm.ppf(1 - 0.05 * share / 2)  # Benjamini & Yekutieli (2005)
    assert found.loc["near", "low"] == pytest.approx(2.1 - half) and found.loc["near", "verdict"] == "not shown"
    assert found.loc["registered", "low"] == pytest.approx(2.2 - z)
    assert ((found["verdict"] == "real") == (found["low"] > 0)).all()
    others = found.drop("registered")
    assert ((others["verdict"] == "real") == (others["p_adjusted"] <= 0.05)).all()


def test_a_gain_that_nobody_can_carry_is_not_scaled() -> None:
    told = {"minimum_effect": 0.04, "satisfaction": UP, "guardrail_status": pd.Series(["held"]), "beyond": True}
    row = verdict(effect(0.05, 0.08, 0.11), **told).iloc[0]
    assert (row["rule"], row["verdict"]) == ("not_carried", "keep measuring")
    assert verdict(effect(-0.11, -0.08, -0.05), **told)["rule"].item() == "harm"
