"""Series that are watched, sizes of a pilot and draws: their values to the last column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.statistics.intervals import percentile
from cxlib.statistics.periods import all_series, count_series, objective_series, satisfaction_series, watched
from cxlib.statistics.power import (
    detectable_mean,
    detectable_share,
    effects_within_reach,
    n_two_means,
    n_two_shares,
    pilot_size,
    power_curves,
    size_to_draw,
)
from cxlib.statistics.randomisation import balance, draw, history
from cxlib.statistics.sample_ratio import ratio_p, sample_ratio

MONDAY = pd.Timestamp("2026-01-05")


def answers(question: str, scores: list[float], *, touchpoint: str = "", week: int = 0) -> pd.DataFrame:
    """One answer each, from Monday on, three a day: seven days are a complete week of twenty-one."""
    days = [MONDAY + pd.Timedelta(days=7 * week + place // 3) for place in range(len(scores))]
    return pd.DataFrame({"on": days, "question": question, "touchpoint": touchpoint, "score": scores})


def months(question: str, scores: list[float], *, touchpoint: str = "") -> pd.DataFrame:
    """The answers of one complete month: the first and the last day have one."""
    days = pd.to_datetime(np.linspace(0, 30, len(scores)).round(), unit="D", origin="2026-01-01")
    return pd.DataFrame({"on": days, "question": question, "touchpoint": touchpoint, "score": scores})


def test_a_month_shows_its_mean_its_spread_and_who_was_dissatisfied() -> None:
    scores = [2.0, 4.0, 5.0, 8.0, 9.0]
    rows = pd.concat([months("overall", [6.0, 7.0, 8.0, 9.0, 10.0]), months("csat", scores, touchpoint="till")])
    found = satisfaction_series(rows, touchpoints=["till"], scales={}).set_index("metric")
    assert list(found.index) == ["overall", "csat:till", "dissatisfied"]
    assert found["unit"].tolist() == ["score", "score", "share"]
    assert found["estimate"].tolist() == pytest.approx(
        [8.0, np.mean(scores), 0.4]
    )  # 5 is the middle of 0 to 10, not below it
    assert found["spread"].tolist()[:2] == pytest.approx([np.std([6, 7, 8, 9, 10], ddof=1), np.std(scores, ddof=1)])
    assert found["n"].tolist() == [5.0, 5.0, 5.0]
    assert found.loc["dissatisfied", "successes"] == 2.0
    assert np.isnan(found.loc["overall", "successes"])
    assert found["period_on"].tolist() == [pd.Timestamp("2026-01-01")] * 3


def test_of_four_answers_nothing_is_shown_but_how_many_there_are() -> None:
    found = satisfaction_series(months("overall", [1.0, 2.0, 3.0, 4.0]), touchpoints=[], scales={}).iloc[0]
    assert np.isnan(found["estimate"]) and np.isnan(found["spread"]) and found["n"] == 4.0


def test_without_an_overall_question_the_net_promoter_score_stands_for_it() -> None:
    found = satisfaction_series(months("nps", [10.0, 9.0, 8.0, 0.0, 10.0]), touchpoints=[], scales={})
    assert found[["metric", "estimate", "unit"]].to_numpy().tolist() == [["nps", pytest.approx(40.0), "points"]]


def test_the_declared_scale_says_where_dissatisfaction_begins() -> None:
    rows = months("csat", [1.0, 2.0, 3.0, 4.0, 5.0], touchpoint="till")
    told = {
        name: satisfaction_series(rows, touchpoints=[], scales=scales)["estimate"].iloc[0]
        for name, scales in {"default": {}, "five": {"csat": (1.0, 5.0)}}.items()
    }
    assert told == {"default": pytest.approx(0.8), "five": pytest.approx(0.4)}


def test_answers_about_a_touchpoint_are_not_the_overall_judgement() -> None:
    rows = pd.concat([months("overall", [9.0] * 6), months("overall", [1.0] * 6, touchpoint="till")])
    assert satisfaction_series(rows, touchpoints=[], scales={})["estimate"].tolist() == [9.0]


def test_thirty_weeks_with_enough_answers_are_watched_weekly() -> None:
    by_week = [answers("overall", [float(week % 9)] * 21, week=week) for week in range(31)]
    weekly = satisfaction_series(pd.concat(by_week[:30]), touchpoints=[], scales={})
    monthly = satisfaction_series(pd.concat(by_week[:29]), touchpoints=[], scales={})
    assert len(weekly) == 30 and weekly["estimate"].iloc[3] == 3.0
    assert len(monthly) < 8


def test_the_decided_moments_are_watched_else_the_six_most_rated() -> None:
    places = [f"p{place}" for place in range(8)]
    rows = pd.concat([months("csat", [5.0] * (10 - at), touchpoint=name) for at, name in enumerate(places)])
    rows = pd.concat([rows, months("csat", [5.0] * 30), months("ces", [5.0] * 30, touchpoint="p7")])
    assert watched({}, rows) == places[:6]
    assert watched({"moments": ["p7:repair", "p7:delight", "p1:trigger"]}, rows) == ["p7", "p1"]


def bought(days: list[str], money: float = 10.0) -> pd.DataFrame:
    return pd.DataFrame({"at": pd.to_datetime(days, format="ISO8601"), "revenue": money, "margin": money / 2})


def test_a_week_without_purchases_counts_zero_and_one_cut_short_does_not_count() -> None:
    rows = bought(["2026-01-05 09:00", "2026-01-11 21:00", "2026-01-20", "2026-01-27"])
    found = count_series(rows, at="at", metric="purchases", as_of=pd.Timestamp("2026-01-28"))
    assert found["estimate"].tolist() == [2.0, 0.0, 1.0]  # the week of the 26th is not over
    assert found["n"].tolist() == [2.0, 0.0, 1.0]
    assert set(found["unit"]) == {"count"} and set(found["metric"]) == {"purchases"}


@pytest.mark.parametrize(("objective", "expected"), [("turnover", 20.0), ("gross_margin", 10.0)])
def test_the_objective_of_the_books_is_a_sum_of_money(objective: str, expected: float) -> None:
    rows = bought(["2026-01-01", "2026-01-31"])
    found = objective_series(rows, pd.DataFrame(), objective=objective, every="month", as_of=pd.Timestamp("2026-01-31"))
    assert found[["metric", "estimate", "unit"]].to_numpy().tolist() == [[objective, expected, "money"]]


@pytest.mark.parametrize(("objective", "expected"), [("commercial_cost", 7.0), ("operating_cost", 3.0)])
def test_costs_of_the_month_that_runs_are_whole(objective: str, expected: float) -> None:
    days = pd.to_datetime(["2026-01-01", "2026-01-01"])
    costs = pd.DataFrame({"on": days, "kind": ["commercial", "operating"], "amount": [7.0, 3.0]})
    found = objective_series(bought([]), costs, objective=objective, every="week", as_of=pd.Timestamp("2026-01-15"))
    assert found[["metric", "estimate"]].to_numpy().tolist() == [[objective, expected]]


def test_everything_that_is_watched_stands_in_one_table() -> None:
    rows = bought(["2026-01-05", "2026-01-11"])
    objective = objective_series(
        rows, pd.DataFrame(), objective="turnover", every="week", as_of=pd.Timestamp("2026-01-18")
    )
    asked = pd.concat([months("overall", [5.0] * 6), months("csat", [5.0] * 6, touchpoint="till")])
    found = all_series(objective, asked, rows, moments={}, scales={}, as_of=pd.Timestamp("2026-01-18"))
    assert found["metric"].tolist() == [
        "turnover",
        "turnover",
        "overall",
        "csat:till",
        "dissatisfied",
        "purchases",
        "purchases",
    ]
    assert found.index.tolist() == list(range(7))
    assert found.loc[found["metric"].eq("purchases"), "estimate"].tolist() == [2.0, 0.0]


REGISTERED = pd.DataFrame(
    [
        {
            "unit": "share",
            "baseline": 0.20,
            "spread": 0.4,
            "minimum_effect": 0.05,
            "promised_low": 0.02,
            "promised_effect": 0.08,
            "promised_high": 0.10,
            "alpha": 0.10,
            "power": 0.90,
        }
    ]
)


def test_each_registered_effect_needs_what_its_own_alpha_and_power_ask() -> None:
    reach = effects_within_reach(REGISTERED, n_available=2_400)
    needed = [np.ceil(n_two_shares(0.20, effect, alpha=0.10, power=0.90)) for effect in (0.05, 0.02, 0.08, 0.10)]
    assert reach["effect"].tolist() == ["minimum", "low", "likely", "high"]
    assert reach["n_needed"].tolist() == needed
    assert set(reach["n_available"]) == {1_200}
    assert reach["enough"].tolist() == [one <= 1_200 for one in needed]
    assert size_to_draw(reach) == needed[0]


def test_the_power_curve_passes_through_the_planned_size() -> None:
    curve = power_curves(REGISTERED, n_available=100_000)
    assert curve["effect"].tolist() == ["minimum"] * 60 + ["likely"] * 60
    assert curve.index.tolist() == list(range(120))
    assert set(curve["unit"]) == {"share"} and curve["size"].unique().tolist() == [0.05, 0.08]
    assert curve["n_per_arm"].min() == pytest.approx(20) and curve["n_per_arm"].max() == pytest.approx(150_000)
    least = curve[curve["effect"].eq("minimum")]
    there = np.interp(n_two_shares(0.20, 0.05, alpha=0.10, power=0.90), least["n_per_arm"], least["power_share"])
    assert there == pytest.approx(0.90, abs=0.01)


def test_shares_of_none_and_of_all_can_be_planned_and_shares_beyond_cannot() -> None:
    assert n_two_shares(0.0, 0.1) > 0 and n_two_shares(1.0, -0.1) > 0 and n_two_shares(0.9, 0.1) > 0
    assert np.isnan(
        [n_two_shares(-0.1, 0.2), n_two_shares(0.95, 0.1), n_two_shares(1.5, 0.1), n_two_shares(0.5, 0.0)]
    ).all()


@pytest.mark.parametrize("n", [40, 400, 20_000])
def test_what_can_be_detected_is_what_needs_the_customers_that_are_there(n: int) -> None:
    assert n_two_shares(0.3, detectable_share(0.3, n)) == pytest.approx(n, rel=1e-6)
    quantiles = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert detectable_mean(2.0, n) == pytest.approx(quantiles * 2.0 * np.sqrt(2 / n))


def test_nothing_can_be_detected_without_customers_room_or_spread() -> None:
    unknown = [
        detectable_share(0.3, 1),
        detectable_share(1.0, 99),
        detectable_share(-0.1, 99),
        detectable_share(0.99, 3),
    ]
    assert np.isnan(
        [*unknown, detectable_mean(0.0, 99), detectable_mean(1.0, 1), n_two_means(0.0, 1.0), n_two_means(1.0, 0.0)]
    ).all()
    assert detectable_share(0.0, 30) > 0


def test_a_pilot_has_half_of_the_customers_an_arm() -> None:
    metrics = pd.DataFrame(
        [
            {"metric": "buyers", "unit": "share", "baseline": 0.2, "spread": 0.4, "minimum_effect": 0.1},
            {"metric": "margin", "unit": "money", "baseline": 9.0, "spread": 4.0, "minimum_effect": 1.0},
        ]
    )
    sizes = pilot_size(metrics, n_available=601)
    assert sizes["n_available"].tolist() == [300, 300]
    assert sizes["n_needed"].tolist() == [np.ceil(n_two_shares(0.2, 0.1)), np.ceil(n_two_means(4.0, 1.0))]
    assert sizes["detectable"].tolist() == pytest.approx([detectable_share(0.2, 300), detectable_mean(4.0, 300)])
    assert sizes["enough"].tolist() == [True, True]
    assert sizes.columns.tolist() == [
        "metric",
        "unit",
        "minimum_effect",
        "n_needed",
        "n_available",
        "detectable",
        "enough",
    ]


@pytest.mark.parametrize("seed", range(8))
def test_two_odd_strata_give_their_extra_customers_to_different_arms(seed: int) -> None:
    people = pd.DataFrame({"customer_id": [f"C{at:02d}" for at in range(62)], "region": ["a"] * 31 + ["b"] * 31})
    drawn = draw(people, n_per_arm=31, by=["region"], seed=seed)
    assert drawn["customer_id"].tolist() == people["customer_id"].tolist()
    counts = drawn.groupby("stratum")["arm"].apply(lambda arm: int(arm.eq("pilot").sum())).tolist()
    assert sorted(counts) == [15, 16]


def test_which_arm_comes_first_is_drawn_too() -> None:
    people = pd.DataFrame({"customer_id": ["A", "B", "C"]})
    larger = {draw(people, n_per_arm=9, by=[], seed=seed)["arm"].value_counts().idxmax() for seed in range(12)}
    assert larger == {"pilot", "control"}


def test_places_left_over_go_to_the_largest_remainder() -> None:
    people = pd.DataFrame({"customer_id": [f"C{at:03d}" for at in range(200)], "region": ["a"] * 133 + ["b"] * 67})
    drawn = draw(people, n_per_arm=5, by=["region"])
    assert drawn["stratum"].value_counts().to_dict() == {"a": 7, "b": 3}  # 6.65 and 3.35 of ten


def test_the_year_before_has_365_days() -> None:
    customers = pd.DataFrame({"customer_id": ["A"], "since_on": [pd.Timestamp("2025-12-01")]})
    days = ["2024-12-31", "2025-01-01", "2025-12-31 23:59", "2026-01-01"]
    rows = pd.DataFrame({"customer_id": "A", "at": pd.to_datetime(days, format="ISO8601")})
    found = history(customers, rows.assign(revenue=[1.0, 2.0, 4.0, 8.0]), before=pd.Timestamp("2026-01-01")).iloc[0]
    assert (found["n_purchases"], found["revenue_money"], found["tenure_days"]) == (2.0, 6.0, 31.0)
    unknown = history(customers, rows.assign(revenue=0.0).iloc[:0], before=pd.Timestamp("2026-01-01")).iloc[0]
    assert np.isnan(unknown["n_purchases"]) and np.isnan(unknown["revenue_money"])


def test_the_ratio_of_the_arms_is_judged_against_the_share_that_was_meant() -> None:
    assert ratio_p((300, 100), share=0.75) == pytest.approx(1.0)
    assert ratio_p((300, 100)) == pytest.approx(stats.chisquare([300, 100]).pvalue)
    assert ratio_p((505, 495)) == pytest.approx(0.7518, abs=1e-4)  # chi-square 0.1 with one degree of freedom
    assert np.isnan(ratio_p((0, 0)))


@pytest.mark.parametrize(
    ("pilots", "warning", "mismatch"), [(550, False, False), (563, True, False), (580, True, True)]
)
def test_arms_that_are_hardly_by_chance_so_uneven_are_a_warning(pilots: int, warning: bool, mismatch: bool) -> None:
    counts = [pilots, 1042 - pilots]
    row = sample_ratio(pd.DataFrame({"arm": ["pilot", "control"], "n_assigned": counts, "n_analysed": counts})).iloc[0]
    assert (row["warning"], row["mismatch"]) == (warning, mismatch)
    assert row["p_value"] == pytest.approx(stats.chisquare(counts).pvalue)


def test_customers_that_no_table_knows_do_not_count_in_the_balance() -> None:
    customers = pd.DataFrame({"customer_id": ["A", "B", "C", "D"], "value": [1.0, 2.0, 3.0, 5.0]})
    arms = pd.DataFrame(
        {"customer_id": ["A", "B", "C", "D", "E"], "arm": ["pilot", "pilot", "control", "control", "pilot"]}
    )
    found = balance(arms, customers, features=["value", "absent"])
    assert found[["n", "unit"]].to_numpy().tolist() == [[4, "ratio"]]
    assert found["estimate"].iloc[0] == pytest.approx((1.5 - 4.0) / np.sqrt((0.5 + 2.0) / 2))


def test_a_percentile_interval_of_nothing_is_nothing() -> None:
    assert [end.shape for end in percentile(np.empty((200, 0)))] == [(0,), (0,)]
    assert all(np.isnan(end).all() and end.shape == (3,) for end in percentile(np.empty((0, 3))))
    low, high = percentile(np.arange(101.0)[:, None])
    assert (low[0], high[0]) == pytest.approx((2.5, 97.5))
