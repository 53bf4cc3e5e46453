"""The registration: a metric with a path, an effect worth having, one row that binds stage 9."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cxlib.facts import Fact
from cxlib.stages.design.registration import (
    ROW,
    Grounds,
    Pilot,
    baselines,
    exposure,
    first_tested,
    guardrails_of,
    launch_of,
    pilot,
    promised,
    register,
    registration,
    rulers,
    unit_worth,
    window_of,
    with_effects,
)
from cxlib.stages.design.terms import Terms

LAUNCH = pd.Timestamp("2026-03-01")
PURCHASES = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c", "c"],
        "revenue": [100.0, 50.0, 80.0, 40.0, -40.0],
        "margin": [30.0, 15.0, 24.0, 12.0, -12.0],
        "at": pd.to_datetime(["2026-02-01", "2026-02-20", "2025-06-01", "2026-02-10", "2026-03-01"]),
    }
)
WORTH = {"purchase_share": 25.0, "margin_per_customer": 1.0, "revenue_per_customer": float("nan")}
CASE = {"cost_money": 240.0, "gain_money": 480.0, "gain_low": 120.0, "gain_high": 960.0, "reach": 48.0}
RESPONSES = pd.DataFrame({"question": ["nps", "csat", "csat"], "touchpoint": [None, "van", "desk"]})


def drawn_from(met: dict[str, float] | None = None, experience: str = "slot") -> Pilot:
    people = pd.Index(["a", "b", "c", "d"])
    return Pilot(experience, "van", 60, LAUNCH, people, 4, met or {})


def meeting(share: float) -> Pilot:
    return drawn_from({"estimate": share, "low": 0.0, "high": 1.0, "n": 4, "unit": "share"})


def test_baselines_counted_by_hand() -> None:
    table = baselines(PURCHASES, drawn_from(), worth=WORTH).set_index("metric")
    assert table.loc["purchase_share", "baseline"] == 0.5  # a and c bought, the purchase of b is older
    assert table.loc["margin_per_customer", "baseline"] == pytest.approx((30 + 15 + 12) / 4)  # 1 March is not before
    assert table.loc["margin_per_customer", "spread"] == pytest.approx(np.std([45, 0, 12, 0], ddof=1))


@pytest.mark.parametrize(("on", "counts"), [("2026-02-28", 1), ("2026-03-01", 0), ("2025-12-31", 1), ("2025-12-30", 0)])
def test_the_window_is_the_sixty_whole_days_before_the_launch(on: str, counts: int) -> None:
    one = pd.DataFrame({"customer_id": ["a"], "revenue": [5.0], "margin": [1.0], "at": [pd.Timestamp(f"{on} 23:59")]})
    assert baselines(one, drawn_from(), worth=WORTH)["baseline"].sum() == pytest.approx(counts * (0.25 + 0.25))


def test_a_metric_without_a_path_to_the_objective_is_left_out() -> None:
    assert "revenue_per_customer" not in set(baselines(PURCHASES, drawn_from(), worth=WORTH)["metric"])


def test_the_minimum_effect_pays_exactly_its_cost_and_every_effect_is_in_the_same_money() -> None:
    row = rulers(PURCHASES, drawn_from(), worth=WORTH, case=CASE).set_index("metric").loc["purchase_share"]
    assert row["value_per_unit_money"] == pytest.approx((30 + 15 + 12) / 2)  # two buyers brought the margin
    worth = row["value_per_unit_money"] * 48
    effects = row[["minimum_effect", "promised_effect", "promised_low", "promised_high"]].astype(float) * worth
    assert effects.tolist() == pytest.approx([240, 480, 120, 960])


def test_without_transactions_nothing_is_registered() -> None:
    table = rulers(PURCHASES.iloc[:0], drawn_from(), worth=WORTH, case=CASE)
    row = register(table, drawn_from(), RESPONSES)
    assert row.empty
    assert row.columns.tolist()[: len(ROW)] == ROW
    assert register(rulers(PURCHASES, drawn_from(), worth=WORTH, case=CASE), drawn_from(experience=""), RESPONSES).empty


def test_the_registration_is_the_metric_that_needs_the_fewest_customers() -> None:
    table = rulers(PURCHASES, drawn_from(), worth=WORTH, case=CASE)
    row = register(table, drawn_from(), RESPONSES)
    assert len(row) == 1
    assert row["guardrails"].item() == "nps;csat:van"
    needed = table.set_index("metric")["minimum_effect"] / table.set_index("metric")["spread"]
    assert row["metric"].item() == needed.idxmax()


def test_what_must_not_get_worse_is_what_is_asked() -> None:
    assert guardrails_of(RESPONSES, "desk") == ["nps", "csat:desk"]
    assert guardrails_of(RESPONSES[RESPONSES["question"].ne("nps")], "lift") == []


def test_only_selling_objectives_give_these_metrics_a_worth() -> None:
    purchase, share = Fact("1.purchase_value", 40.0, unit="money"), Fact("1.margin_share", 0.3, unit="share")
    margin = {"purchase_share": 40.0, "margin_per_customer": 1.0, "revenue_per_customer": 0.3}
    assert unit_worth("gross_margin", purchase, share) == margin
    turnover = unit_worth("turnover", purchase, share)
    assert turnover["revenue_per_customer"] == 1.0
    assert pd.isna(turnover["margin_per_customer"])
    assert all(pd.isna(worth) for worth in unit_worth("operating_cost", purchase, share).values())


def test_the_launch_is_the_first_day_of_a_pilot() -> None:
    drawn = pd.DataFrame({"starts_on": pd.to_datetime(["2026-03-02", "2026-03-01", None])})
    assert launch_of(drawn, pd.Timestamp("2026-06-30")) == LAUNCH
    assert launch_of(drawn.head(0), pd.Timestamp("2026-06-30")) == pd.Timestamp("2026-06-30")


def test_the_effects_registered_are_those_per_customer_drawn_which_the_pilot_measures() -> None:
    table = baselines(PURCHASES, drawn_from(), worth=WORTH)
    pilots = meeting(1.0), meeting(0.25), drawn_from(), meeting(0.0)
    every, quarter, unknown, nobody = (with_effects(table, CASE, one).iloc[0] for one in pilots)
    effects = ["minimum_effect", "promised_effect", "promised_low", "promised_high"]
    assert (quarter[effects] / every[effects]).tolist() == pytest.approx([0.25] * 4)
    assert quarter["minimum_effect_met"] == pytest.approx(every["minimum_effect"])
    assert unknown[effects].tolist() == nobody[effects].tolist() == every[effects].tolist()  # asks more, never less


def test_without_anybody_who_comes_to_the_step_there_is_no_effect_worth_having() -> None:
    table = with_effects(baselines(PURCHASES, drawn_from(), worth=WORTH), CASE | {"reach": 0.0}, drawn_from())
    assert table["minimum_effect"].isna().all()


def test_a_pilot_measures_what_was_registered_when_only_some_meet_the_experience() -> None:
    generator, n, share, on_those_who_meet = np.random.default_rng(7), 400_000, 0.2, 10.0
    met, treated = generator.random(n) < share, generator.random(n) < 0.5
    spent = generator.normal(50, 20, n) + on_those_who_meet * (met & treated)
    measured = spent[treated].mean() - spent[~treated].mean()
    ruler = pd.DataFrame([{"metric": "margin_per_customer", "unit": "money", "value_per_unit_money": 1.0}])
    ruler = ruler.assign(baseline=50.0, spread=20.0)
    case = CASE | {"gain_money": on_those_who_meet * 48}
    registered = with_effects(ruler, case, meeting(share)).iloc[0]
    assert measured == pytest.approx(registered["promised_effect"], abs=0.2)


def test_what_is_promised_is_the_mean_effect_and_its_tenths_never_above_the_value_at_stake() -> None:
    terms = Terms()
    one = pd.DataFrame({"step": ["use"], "effect_low": [0.02], "effect_likely": [0.05], "effect_high": [0.08]})
    one = one.assign(
        unit_money=5e5, step_money=1e6, reach_share=0.5, cap_money=1e9, cost_pv_money=300.0, entrants_a_year=150
    )
    case = promised(one, terms=terms)
    assert case["gain_money"] == pytest.approx((0.02 + 4 * 0.05 + 0.08) / 6 * 5e5 * terms.gain_factor)
    assert case["gain_low"] < case["gain_money"] < case["gain_high"]
    assert case["cost_money"] == 300
    assert (case["reach_year"], case["reach"]) == (75, pytest.approx(75 * terms.gain_factor))
    capped = promised(one.assign(cap_money=100.0), terms=terms)
    assert {capped[name] for name in ("gain_money", "gain_low", "gain_high")} == {50.0 * terms.gain_factor}
    assert all(np.isnan(value) for value in promised(one.head(0), terms=terms).values())


def test_the_pilot_tests_what_was_drawn_else_where_the_value_is() -> None:
    cases = pd.DataFrame({"idea_id": ["slot", "quote"], "estimate": [5.0, 9.0]})
    drawn = pd.DataFrame({"idea_id": ["slot"]})
    assert first_tested(["quote", "slot"], cases, drawn) == "slot"
    assert first_tested(["quote", "slot"], cases, drawn.iloc[:0]) == "quote"
    assert first_tested([], cases, drawn) == ""


def test_the_window_is_two_months_unless_people_said_another() -> None:
    assert window_of({}) == window_of({"window_days": "soon"}) == window_of({"window_days": 0}) == 60
    assert window_of({"window_days": 90}) == 90


CONTACTS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c"],
        "touchpoint": "van",
        "at": pd.to_datetime(["2026-02-20", "2026-02-21", "2025-01-01", "2026-03-02"]),
    }
)


def test_who_meets_the_moment_is_a_share_with_wilsons_interval() -> None:
    people = pd.Index(["a", "b", "c", "d"])
    share = exposure(CONTACTS, people, "van", window_days=60, before=LAUNCH)
    assert share["estimate"] == 0.25  # b came too early, c after the launch
    assert (share["low"], share["high"]) == pytest.approx(proportion_confint(1, 4, method="wilson"))
    assert exposure(CONTACTS, people, "desk", window_days=60, before=LAUNCH) == {}


def test_a_pilot_takes_what_people_said_before_what_was_recorded_and_only_those_who_stay() -> None:
    tables = {
        "ideas": pd.DataFrame({"idea_id": ["slot", "quote"], "touchpoint": ["van", "van"], "met_share": [np.nan, 0.5]}),
        "customers": pd.DataFrame(
            {"customer_id": ["a", "b", "c", "d"], "left_on": pd.to_datetime([None, None, None, "2026-01-01"])}
        ),
        "interactions": CONTACTS,
        "assignments": pd.DataFrame({"starts_on": pd.to_datetime([])}),
    }
    members = pd.DataFrame({"customer_id": ["a", "b", "d"], "segment": "s"})
    seen, said, none = (pilot(key, tables, members, "s", window_days=60, as_of=LAUNCH) for key in ("slot", "quote", ""))
    assert (list(seen.people), seen.n_available, seen.met["estimate"]) == (["a", "b"], 2, 0.5)
    assert (said.met["estimate"], said.diluted) == (0.5, 0.5)
    assert np.isnan(said.met["n"])
    assert (none.touchpoint, none.met, none.diluted) == ("", {}, 1.0)


def test_what_people_have_decided_is_registered_instead_of_the_sharpest() -> None:
    table = rulers(PURCHASES, drawn_from(), worth=WORTH, case=CASE)
    asked = {"metric": "margin_per_customer", "minimum_effect": 3.0, "test": "cuped_difference", "guardrails": ["nps"]}
    row = register(table, drawn_from(), RESPONSES, decided=asked).iloc[0]
    assert (row["metric"], row["minimum_effect"], row["guardrails"]) == ("margin_per_customer", 3.0, "nps")
    assert np.isnan(row["minimum_effect_met"])  # it is no break-even
    plain = register(table, drawn_from(), RESPONSES, decided={"metric": "margin_per_customer"}).iloc[0]
    assert row["n_needed"] != plain["n_needed"]


def test_a_metric_without_a_path_that_was_decided_on_is_registered_without_worth_and_size() -> None:
    table = rulers(PURCHASES, drawn_from(), worth=WORTH, case=CASE)
    row = register(table, drawn_from(), RESPONSES, decided={"metric": "revenue_per_customer", "minimum_effect": 2.0})
    assert row["metric"].tolist() == ["revenue_per_customer"] and row["minimum_effect"].tolist() == [2.0]
    assert row[["value_per_unit_money", "n_needed"]].isna().all(axis=None)


def test_a_registration_is_its_steps_one_by_one() -> None:
    ideas = pd.DataFrame({"idea_id": ["slot"], "touchpoint": ["van"], "met_share": [0.5]})
    customers = pd.DataFrame({"customer_id": ["a", "b", "c", "d"], "left_on": pd.NaT})
    members = pd.DataFrame({"customer_id": ["a", "b", "c", "d"], "segment": "s"})
    drawn = pd.DataFrame({"customer_id": ["a", "b"], "idea_id": "slot", "starts_on": LAUNCH})
    met = pd.DataFrame({"customer_id": [], "touchpoint": [], "at": pd.to_datetime([])})
    tables = {"ideas": ideas, "customers": customers, "transactions": PURCHASES, "assignments": drawn}
    nothing = pd.DataFrame({"idea_id": pd.Series(dtype="str")})
    grounds = Grounds(
        tables={**tables, "interactions": met},
        responses=RESPONSES,
        members=members,
        segment="s",
        as_of=LAUNCH,
        worth=WORTH,
        values=nothing,
        cases=nothing.assign(estimate=0.0),
        terms=Terms(),
    )
    pilot, known, registered = registration(["slot"], grounds, window_days=60)
    assert (pilot.experience, pilot.touchpoint, pilot.launch, pilot.met["estimate"]) == ("slot", "van", LAUNCH, 0.5)
    unknown = dict.fromkeys(
        (*CASE, "reach_year"), float("nan")
    )  # nobody knows what it costs, so no effect is worth having
    pd.testing.assert_frame_equal(known, rulers(PURCHASES, pilot, worth=WORTH, case=unknown), check_like=True)
    assert registered.empty
