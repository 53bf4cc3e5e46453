"""Recoverable value at stake, the corridor, where money is booked, and the satisfied who leave."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.journeys.corridor import corridor
from cxlib.journeys.incidence import draws, incidence, windows
from cxlib.journeys.passages import compare_groups, passages
from cxlib.stages.sales_funnel.at_stake import beside, value_at_stake, with_estimate
from cxlib.stages.sales_funnel.booked import booked_money, money_of_a_purchase, purchases_ahead
from cxlib.stages.sales_funnel.funnel import benchmarks, funnel
from cxlib.stages.sales_funnel.leaving import returns, satisfied_but_leaving, usual_gap_days
from tests.sales_funnel.test_passages import STEPS, contacts

NOBODY = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "segment": pd.Series(dtype="str")})


def sampled(shares: dict[str, float], n: dict[str, int]) -> pd.DataFrame:
    """Draws without noise: the estimate and five equal samples."""
    rows = [("focus", step, draw, n[step], share) for step, share in shares.items() for draw in range(-1, 5)]
    return pd.DataFrame(rows, columns=["group", "step", "draw", "n", "estimate"])


def goals(shares: dict[str, float]) -> pd.DataFrame:
    rows = [(step, share, "", "brief", np.nan) for step, share in shares.items()]
    return pd.DataFrame(rows, columns=["step", "benchmark_share", "benchmark_group", "source", "benchmark_n"])


def test_value_at_stake_is_the_formula_checked_by_hand() -> None:
    known = sampled({"see": 0.5, "try": 0.4, "buy": 0.5}, {"see": 1000, "try": 500, "buy": 200})
    table = value_at_stake(
        known,
        goals({"see": 0.6, "try": 0.6, "buy": 0.4}),
        purchases_ahead(pd.DataFrame(), steps=STEPS),
        purchase_money=100.0,
        years=2.0,
    ).set_index("step")
    assert table.loc["see", "estimate"] == pytest.approx(
        500 * 0.1 * 0.4 * 0.5 * 100
    )  # N·gap·Π of the later conversions·m
    assert table.loc["try", "estimate"] == pytest.approx(250 * 0.2 * 0.5 * 100)
    assert table.loc["buy", "estimate"] == 0.0  # above its benchmark: nothing to win back
    assert table["p_worst"].to_dict() == {"see": 0.0, "try": 1.0, "buy": 0.0}
    assert table.loc["try", "tied"] and table.loc["try", "gap_shown"]


def test_the_lowest_conversion_need_not_be_the_stall() -> None:
    known = sampled({"see": 0.05, "try": 0.5, "buy": 0.9}, {"see": 1000, "try": 500, "buy": 250})
    table = value_at_stake(
        known,
        goals({"see": 0.055, "try": 0.9, "buy": 0.9}),
        purchases_ahead(pd.DataFrame(), steps=STEPS),
        purchase_money=10.0,
        years=1.0,
    )
    assert table.loc[table["estimate"].idxmax(), "step"] == "try"
    assert table.loc[table["conversion_share"].idxmin(), "step"] == "see"


def test_without_money_the_ranking_is_in_journeys() -> None:
    known = sampled({"see": 0.5, "try": 0.4, "buy": 0.5}, {"see": 1000, "try": 500, "buy": 200})
    table = value_at_stake(
        known,
        goals({"see": 0.6, "try": 0.6, "buy": 0.4}),
        purchases_ahead(pd.DataFrame(), steps=STEPS, objective_step="buy"),
        purchase_money=float("nan"),
        years=1.0,
    )
    assert set(table["unit"]) == {"count"}
    assert table["estimate"].tolist() == pytest.approx([1000 * 0.1 * 0.4, 500 * 0.2, 0.0])


def test_a_gap_that_is_noise_is_not_shown() -> None:
    generator = np.random.default_rng(3)
    rows = [("focus", "see", draw, 100, 0.5 + 0.05 * generator.normal() * (draw >= 0)) for draw in range(-1, 200)]
    known = pd.DataFrame(rows, columns=["group", "step", "draw", "n", "estimate"])
    table = value_at_stake(
        known,
        goals({"see": 0.53}),
        purchases_ahead(pd.DataFrame(), steps=["see", "buy"]),
        purchase_money=1.0,
        years=1.0,
    )
    assert not table["gap_shown"].any()
    assert table["p_worst"].iloc[0] > 0.5


def test_from_contacts_to_the_stall_a_planted_loss_is_found() -> None:
    generator = np.random.default_rng(0)
    rows = []
    for number in range(900):
        reach = 1 + (generator.random() < 0.8) * (1 + (generator.random() < 0.3) * (1 + (generator.random() < 0.8)))
        rows += [(f"c{number}", f"2025-0{place + 1}-10", STEPS[place], "reached") for place in range(int(reach))]
    groups = compare_groups(passages(contacts(*rows), steps=STEPS, as_of=pd.Timestamp("2025-12-31")), NOBODY)
    curves = incidence(groups, by=("group", "step"))
    mine = curves[curves["group"] == "focus"]
    limits = windows(mine)
    known = with_estimate(draws(groups, limits, by=("group", "step"), n_draws=100), curves, limits)
    given = pd.DataFrame({"step": STEPS[:3], "benchmark": [0.8, 0.6, 0.8], "source": "brief"})
    stake = value_at_stake(
        known,
        benchmarks(curves, limits, given),
        purchases_ahead(pd.DataFrame(), steps=STEPS),
        purchase_money=50.0,
        years=1.0,
    )
    worst = stake.loc[stake["estimate"].idxmax()]
    assert worst["step"] == "try" and worst["gap_shown"] and worst["p_worst"] > 0.95
    assert worst["low"] < worst["estimate"] < worst["high"]
    steps = funnel(groups[groups["group"] == "focus"], mine, limits, known[known["group"] == "focus"], steps=STEPS)
    roles = (
        beside(steps, stake, corridor(STEPS, stall_step="try", objective_step="use"))
        .set_index("step")["role"]
        .to_dict()
    )
    assert roles == {"see": "", "try": "stall", "buy": "corridor", "use": "objective"}


def test_the_corridor_leads_forward_or_is_empty() -> None:
    assert corridor(STEPS, stall_step="try", objective_step="use")["step"].tolist() == ["try", "buy", "use"]
    assert corridor(STEPS, stall_step="use", objective_step="try").empty
    assert corridor(STEPS).empty


def test_nothing_at_stake_can_be_told_without_draws() -> None:
    nothing = pd.DataFrame(columns=["group", "step", "draw", "n", "estimate"])
    assert value_at_stake(
        nothing, goals({}), purchases_ahead(pd.DataFrame(), steps=STEPS), purchase_money=1.0, years=1.0
    ).empty


def sales(*rows: tuple[str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "at", "revenue"]).assign(margin=np.nan)
    return table.assign(at=pd.to_datetime(table["at"]), revenue=table["revenue"].astype(float))


def test_money_is_booked_at_the_step_the_customer_was_last_seen_to_reach() -> None:
    passed = passages(
        contacts(
            ("a", "2025-01-01", "see", "reached"),
            ("a", "2025-01-05", "buy", "reached"),
            ("b", "2025-01-01", "see", "reached"),
        ),
        steps=STEPS,
    )
    table = booked_money(
        sales(
            ("a", "2025-01-05", 60.0), ("a", "2025-01-09", -10.0), ("b", "2025-02-01", 50.0), ("x", "2025-02-01", 999.0)
        ),
        passed,
        steps=STEPS,
        measure="margin",
    ).set_index("step")
    assert table["booked_money"].to_dict() == {"see": 50.0, "try": 0.0, "buy": 50.0, "use": 0.0}
    assert table["n"].sum() == 2  # a refund is no purchase, a stranger is not in the funnel
    assert table["estimate"].sum() == pytest.approx(1.0)
    assert money_of_a_purchase(table.reset_index()) == 50.0


def test_without_sales_or_contacts_no_money_is_placed() -> None:
    passed = passages(contacts(("a", "2025-01-01", "see", "reached")), steps=STEPS)
    assert booked_money(sales(), passed, steps=STEPS).empty
    assert booked_money(sales(("a", "2025-01-05", 60.0)), passages(contacts(), steps=STEPS), steps=STEPS).empty
    assert booked_money(sales(("a", "2025-01-05", -60.0)), passed, steps=STEPS).empty  # refunds have no shares
    assert money_of_a_purchase(pd.DataFrame(), fallback=7.0) == 7.0


def answers(*rows: tuple[str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["respondent_id", "on", "score"]).assign(question="overall", touchpoint=None)
    return table.assign(on=pd.to_datetime(table["on"]))


def test_the_satisfied_who_are_not_seen_again_have_left() -> None:
    said = answers(("a", "2025-01-01", 9), ("b", "2025-01-01", 8), ("c", "2025-01-01", 3), ("d", "2025-12-20", 10))
    acts = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c", "d"],
            "at": pd.to_datetime(["2024-12-01", "2025-02-01", "2024-12-24", "2024-12-24", "2025-12-31"]),
        }
    )
    table = satisfied_but_leaving(said, acts, scales={}, window_days=90).set_index("group")
    assert table.loc["satisfied", ["estimate", "n"]].tolist() == [0.5, 2]  # a stayed, b left, d has not had the time
    assert table.loc["other", ["estimate", "n"]].tolist() == [1.0, 1]
    assert 0 <= table.loc["satisfied", "low"] < 0.5 < table.loc["satisfied", "high"] <= 1


def test_a_recorded_leaving_date_counts_even_if_something_came_after() -> None:
    said = answers(("a", "2025-01-01", 9))
    acts = pd.DataFrame({"customer_id": ["a", "z"], "at": pd.to_datetime(["2025-02-01", "2025-12-31"])})
    left = pd.Series(pd.to_datetime(["2025-02-15"]), index=["a"])
    assert satisfied_but_leaving(said, acts, scales={}, window_days=90, left_on=left)["estimate"].iloc[0] == 1.0


def test_on_a_scale_of_five_four_is_satisfied() -> None:
    said = answers(("a", "2025-01-01", 4), ("b", "2025-01-01", 3))
    acts = pd.DataFrame(
        {"customer_id": ["a", "b", "z"], "at": pd.to_datetime(["2024-01-01", "2024-01-01", "2025-12-31"])}
    )
    table = satisfied_but_leaving(said, acts, scales={"overall": (1, 5)}, window_days=30).set_index("group")
    assert table["n"].to_dict() == {"satisfied": 1, "other": 1}


def test_who_leaves_cannot_be_told_without_answers_contacts_or_a_window() -> None:
    acts = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "at": pd.Series(dtype="datetime64[ns]")})
    assert satisfied_but_leaving(answers(("a", "2025-01-01", 9)), acts, scales={}, window_days=30).empty
    assert satisfied_but_leaving(answers(), acts, scales={}, window_days=float("nan")).empty
    assert np.isnan(usual_gap_days(acts))


def test_the_usual_gap_counts_the_gaps_still_open() -> None:
    rows = [(f"c{n}", pd.Timestamp("2025-01-01")) for n in range(100)] + [
        (f"c{n}", pd.Timestamp("2025-01-11")) for n in range(60)
    ]
    rows.append(("z", pd.Timestamp("2025-06-30")))
    assert usual_gap_days(pd.DataFrame(rows, columns=["customer_id", "at"])) == 10.0


def test_a_later_contact_of_the_same_journey_is_no_return() -> None:
    log = contacts(
        ("a", "2025-01-01", "see", "reached"),
        ("a", "2025-01-09", "use", "reached"),
        ("b", "2025-01-02", "see", "reached"),
    )
    table = returns(log.assign(journey_id=["j1", "j1", None]), sales(("a", "2025-03-01", 5.0)))
    assert sorted(table["customer_id"]) == ["a", "a", "b"]
    assert table["at"].max() == pd.Timestamp("2025-03-01")
