"""The draw: repeatable, balanced within strata, nobody twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.statistics.randomisation import assign, balance, draw, eligible, history, strata


def people(n: int, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:04d}" for number in range(n)],
            "region": generator.choice(["north", "south", "east"], n, p=[0.6, 0.3, 0.1]),
            "value": generator.gamma(2.0, 100.0, n),
        }
    )


@settings(max_examples=25, deadline=None)
@given(n=st.integers(2, 300), n_per_arm=st.integers(1, 120), seed=st.integers(0, 99))
def test_arms_are_equal_and_nobody_is_drawn_twice(n: int, n_per_arm: int, seed: int) -> None:
    drawn = draw(people(n), n_per_arm=n_per_arm, by=["region"], seed=seed)
    counts = drawn["arm"].value_counts().reindex(["pilot", "control"], fill_value=0)
    assert drawn["customer_id"].is_unique
    assert abs(counts["pilot"] - counts["control"]) <= 1
    assert len(drawn) == min(n, 2 * n_per_arm)
    within = drawn.groupby("stratum")["arm"].agg(lambda arm: abs((arm == "pilot").sum() - (arm == "control").sum()))
    assert within.max() <= 1


def test_the_seed_makes_the_draw_and_the_order_of_rows_does_not() -> None:
    customers = people(200)
    one = draw(customers, n_per_arm=50, by=["region"], seed=7)
    again = draw(customers.sample(frac=1, random_state=1), n_per_arm=50, by=["region"], seed=7)
    other = draw(customers, n_per_arm=50, by=["region"], seed=8)
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(other)


def test_strata_take_part_in_proportion() -> None:
    drawn = draw(people(1000), n_per_arm=100, by=["region"])
    share = drawn["stratum"].value_counts(normalize=True)
    whole = people(1000)["region"].value_counts(normalize=True)
    assert share["north"] == pytest.approx(whole["north"], abs=0.01)


def test_a_pilot_already_drawn_stands() -> None:
    drawn = pd.DataFrame(
        {
            "customer_id": ["C0001", "C0002"],
            "arm": ["pilot", "control"],
            "stratum": "s",
            "idea_id": "slot",
            "starts_on": pd.Timestamp("2026-03-01"),
        }
    )
    assert assign(drawn, people(50), n_per_arm=10, by=["region"])["customer_id"].tolist() == ["C0001", "C0002"]
    fresh = assign(drawn.iloc[:0], people(50), n_per_arm=400, by=["region"])
    assert len(fresh) == 50
    assert fresh["starts_on"].isna().all()
    assert assign(drawn.iloc[:0], people(50), n_per_arm=float("nan"), by=["region"]).empty


def test_only_staying_customers_of_the_segment_are_eligible() -> None:
    customers = pd.DataFrame({"customer_id": list("abc"), "left_on": pd.to_datetime([None, "2026-01-01", None])})
    members = pd.DataFrame({"customer_id": list("abc"), "segment": ["x", "x", "y"]})
    assert eligible(customers, members, "x")["customer_id"].tolist() == ["a"]
    assert eligible(customers, members.iloc[:0], "x")["customer_id"].tolist() == ["a", "c"]


def test_history_counts_the_year_before() -> None:
    customers = pd.DataFrame({"customer_id": ["a", "b"], "since_on": pd.to_datetime(["2025-01-01", "2026-01-01"])})
    bought = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a"],
            "revenue": [10.0, 20.0, 40.0],
            "at": pd.to_datetime(["2026-02-01", "2026-03-01", "2024-01-01"]),
        }
    )
    table = history(customers, bought, before=pd.Timestamp("2026-03-01")).set_index("customer_id")
    assert table.loc["a", ["tenure_days", "n_purchases", "revenue_money"]].tolist() == [424, 1, 10]
    assert table.loc["b", "n_purchases"] == 0
    assert history(customers, bought.iloc[:0], before=pd.Timestamp("2026-03-01"))["n_purchases"].isna().all()


def test_small_strata_are_pooled() -> None:
    customers = pd.DataFrame({"customer_id": list("abcdefghijkl"), "region": ["x"] * 11 + ["y"]})
    assert set(strata(customers, by=["region"])) == {"x", "other"}
    assert set(strata(customers, by=["nowhere"])) == {"all"}


def test_too_few_customers_draw_nothing() -> None:
    assert draw(people(1), n_per_arm=5, by=["region"]).empty
    assert draw(people(50), n_per_arm=0, by=["region"]).columns.tolist() == ["customer_id", "arm", "stratum"]


def test_a_draw_balances_what_it_did_not_look_at() -> None:
    customers = people(800)
    table = balance(draw(customers, n_per_arm=400, by=["region"]), customers, features=["value", "nothing"])
    assert table["feature"].tolist() == ["value"]
    assert abs(table["estimate"].iloc[0]) < 0.2
