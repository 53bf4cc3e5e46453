"""The tree is an identity: to the cent, without remainder, in any order of rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.business_objective import objectives as ob
from cxlib.stages.business_objective.baseline import OBJECTIVES, levels
from cxlib.stages.business_objective.baseline import book as book_of
from cxlib.stages.business_objective.driver_tree import (
    branch,
    customer_values,
    driver_tree,
    has_path,
    identity,
    metric_paths,
    path,
    path_drivers,
    sensitivity,
)
from cxlib.stages.business_objective.driver_tree import leaves as leaves_of
from cxlib.statistics.intervals import wilson

END = dt.date(2026, 6, 30)


@pytest.fixture
def ledgers() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    generator = np.random.default_rng(5)
    n = 600
    sold = pd.DataFrame(
        {
            "transaction_id": [str(row) for row in range(n)],
            "customer_id": generator.integers(0, 150, n).astype(str),
            "at": pd.Timestamp("2024-07-01") + pd.to_timedelta(generator.integers(0, 729, n), unit="D"),
            "revenue": generator.gamma(2, 60, n).round(2),
        }
    )
    sold.loc[::40, "revenue"] *= -1
    sold["margin"] = (sold["revenue"] * 0.4).round(2)
    met = sold[["customer_id", "at"]].sample(400, random_state=1)
    met = pd.concat(
        [met, pd.DataFrame({"customer_id": [f"x{row}" for row in range(80)], "at": pd.Timestamp("2026-02-02")})]
    )
    on = pd.date_range("2024-07-01", periods=24, freq="MS")
    costs = pd.concat(
        [pd.DataFrame({"on": on, "kind": kind, "amount": 123.45}) for kind in ("commercial", "operating")]
    )
    return sold, met, costs


def tree_of(ledgers: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    return driver_tree(*ledgers, end=END)


def test_the_drivers_multiply_out_to_the_books_to_the_cent(ledgers: tuple[pd.DataFrame, ...]) -> None:
    sold, met, costs = ledgers
    book = book_of(sold, costs, start=dt.date(2024, 7, 1), end=END)
    checked = identity(driver_tree(sold, met, costs, end=END), book)
    assert list(checked["total"]) == ["turnover", "gross_margin", "contribution"]
    assert checked["holds"].all()


def test_margins_that_were_never_recorded_break_the_identity_and_it_says_so(ledgers: tuple[pd.DataFrame, ...]) -> None:
    sold, met, costs = ledgers
    sold.loc[sold.index[:300], "margin"] = np.nan
    book = book_of(sold, costs, start=dt.date(2024, 7, 1), end=END)
    checked = identity(driver_tree(sold, met, costs, end=END), book).set_index("total")
    assert checked.loc["turnover", "holds"] and not checked.loc["gross_margin", "holds"]


def test_the_parts_of_a_change_sum_to_the_change(ledgers: tuple[pd.DataFrame, ...]) -> None:
    tree = tree_of(ledgers).set_index("driver")
    for objective in ("turnover", "gross_margin"):
        parts = sensitivity(tree.reset_index(), objective=objective)["moved_money"].sum()
        assert parts == pytest.approx(tree.loc[objective, "estimate"] - tree.loc[objective, "before"])


def test_one_per_cent_more_of_a_factor_is_one_per_cent_more_of_the_product(ledgers: tuple[pd.DataFrame, ...]) -> None:
    tree = tree_of(ledgers)
    rows = sensitivity(tree, objective="gross_margin", gap_money=50.0).set_index("driver")
    margin = tree.set_index("driver").loc["gross_margin", "estimate"]
    assert rows["estimate"].tolist() == pytest.approx([margin / 100] * len(rows))
    assert margin * (1 + rows.loc["basket", "required_share"]) == pytest.approx(margin + 50)
    saving = sensitivity(tree, objective="operating_cost", gap_money=50.0).set_index("driver")
    assert saving.loc["operating_cost", "required"] == pytest.approx(12 * 123.45 - 50)


def test_the_interval_of_conversion_is_close_to_wilsons(ledgers: tuple[pd.DataFrame, ...]) -> None:
    rows = tree_of(ledgers).set_index("driver")
    reached, bought = rows.loc["customers_reached", "estimate"], rows.loc["customers", "estimate"]
    _share, low, high = wilson(bought, reached)
    assert rows.loc["conversion", ["low", "high"]].tolist() == pytest.approx([low, high], abs=0.02)
    assert np.isnan(rows.loc["customers_reached", "low"])


def test_the_order_of_the_rows_does_not_matter(ledgers: tuple[pd.DataFrame, ...]) -> None:
    shuffled = tuple(table.sample(frac=1, random_state=9) for table in ledgers)
    pd.testing.assert_frame_equal(tree_of(ledgers), tree_of(shuffled))


def test_without_interactions_margin_or_costs_the_tree_is_shorter(ledgers: tuple[pd.DataFrame, ...]) -> None:
    sold, met, costs = ledgers
    tree = driver_tree(sold.assign(margin=np.nan), met.iloc[:0], costs.iloc[:0], end=END)
    assert tree["driver"].tolist() == ["customers", "frequency", "basket", "turnover"]
    assert leaves_of(tree) == ["customers", "frequency", "basket"]


def test_one_cost_kind_alone_makes_no_contribution(ledgers: tuple[pd.DataFrame, ...]) -> None:
    sold, met, costs = ledgers
    tree = driver_tree(sold, met, costs[costs["kind"] == "commercial"], end=END)
    assert "commercial_cost" in set(tree["driver"]) and "contribution" not in set(tree["driver"])


def test_no_transactions_give_empty_tables_with_their_columns(ledgers: tuple[pd.DataFrame, ...]) -> None:
    sold, met, costs = ledgers
    tree = driver_tree(sold.iloc[:0], met, costs, end=END)
    assert tree.empty and "before" in tree
    assert sensitivity(tree, objective="turnover").empty
    assert customer_values(sold.iloc[:0], end=END).empty
    assert identity(tree, book_of(sold.iloc[:0], costs, start=dt.date(2024, 7, 1), end=END)).empty


def test_a_metric_without_a_path_to_the_objective_is_refused() -> None:
    assert has_path("purchase_share", "gross_margin")
    assert not has_path("purchase_share", "operating_cost")
    assert not has_path("margin_per_customer", "turnover")
    assert not has_path("nps", "turnover") and not has_path("anything", "turnover")
    table = metric_paths(["nps", "revenue_per_purchase"], objective="gross_margin")
    assert table["accepted"].tolist() == [True, False]
    assert table.loc[0, "path"] == ["basket", "turnover", "gross_margin"]


def test_a_customer_is_worth_the_margin_of_the_year_and_revenue_where_no_margin_is_known(
    ledgers: tuple[pd.DataFrame, ...],
) -> None:
    sold = ledgers[0]
    tree = tree_of(ledgers).set_index("driver")
    rows = customer_values(sold, end=END).set_index("measure")
    assert rows.loc["customer_value", "estimate"] == pytest.approx(
        tree.loc["gross_margin", "estimate"] / tree.loc["customers", "estimate"], rel=0.05
    )
    assert (
        rows.loc["customer_value", "low"] < rows.loc["customer_value", "estimate"] < rows.loc["customer_value", "high"]
    )
    assert set(customer_values(sold.assign(margin=np.nan), end=END)["money"]) == {"turnover"}


def test_the_objectives_are_ordered_by_what_they_bring_and_the_unknown_come_last(
    ledgers: tuple[pd.DataFrame, ...],
) -> None:
    sold, met, costs = ledgers
    book = book_of(sold, costs[costs["kind"] == "operating"], start=dt.date(2024, 7, 1), end=END)
    tree = driver_tree(sold, met, costs[costs["kind"] == "operating"], end=END)
    table = ob.compare_objectives(levels(book), tree, candidates=OBJECTIVES)
    assert table["objective"].tolist() == ["gross_margin", "turnover", "operating_cost", "commercial_cost"]
    assert table["n_drivers"].tolist() == [5, 4, 1, 0]
    assert np.isnan(table.loc[3, "estimate"])
    assert ob.compare_objectives(levels(book).iloc[:0], tree.iloc[:0], candidates=OBJECTIVES)["estimate"].isna().all()


def test_the_way_from_a_driver_to_the_contribution_is_read_upwards() -> None:
    way = path("basket")
    assert way[0] == "basket" and way.index("turnover") < way.index("gross_margin") and path("weather") == []


def test_each_branch_of_the_tree_carries_the_weight_of_its_leaves(ledgers: tuple[pd.DataFrame, ...]) -> None:
    tree = tree_of(ledgers)
    below = path_drivers(tree, "turnover")
    assert below == ["customers_reached", "conversion", "frequency", "basket"]
    weight = branch(tree, objective="gross_margin").set_index("driver")["weight"]
    assert weight["turnover"] == pytest.approx(weight[below].sum()) and weight["gross_margin"] == pytest.approx(1.0)


def test_a_target_without_a_date_is_due_when_the_horizon_ends() -> None:
    end = pd.Timestamp("2026-06-30").date()
    assert ob.deadline(None, end=end, horizon_months=12) == pd.Timestamp("2027-06-30").date()
    asked = pd.Timestamp("2026-12-31").date()
    assert ob.deadline(asked, end=end, horizon_months=12) == asked


def test_the_targets_of_the_drivers_multiply_to_the_target_of_the_objective(ledgers: tuple[pd.DataFrame, ...]) -> None:
    tree = tree_of(ledgers)
    total = float(tree.set_index("driver").loc["gross_margin", "estimate"])
    nodes = branch(tree, objective="gross_margin", gap_money=0.1 * total).set_index("driver")
    assert nodes.loc["gross_margin", "target"] == pytest.approx(1.1 * total)
    leaves = nodes.loc[path_drivers(tree, "gross_margin")]
    assert np.prod(leaves["target"] / leaves["estimate"]) == pytest.approx(1.1)
    assert leaves["gap_money"].sum() == pytest.approx(0.1 * total)
    assert (leaves["gap_share"] >= 0).all()
    assert nodes.loc["turnover", "target"] == pytest.approx(
        nodes.loc["turnover", "estimate"] * 1.1 ** nodes.loc["turnover", "gap_share"]
    )
    assert pd.isna(nodes.loc["operating_cost", "target"])


def test_a_cost_has_a_target_below_itself_and_without_a_gap_nothing_has_one(ledgers: tuple[pd.DataFrame, ...]) -> None:
    tree = tree_of(ledgers)
    cost = branch(tree, objective="commercial_cost", gap_money=100.0).set_index("driver").loc["commercial_cost"]
    assert cost["target"] == pytest.approx(cost["estimate"] - 100)
    for gap in (None, 0.0, -5.0):
        assert branch(tree, objective="gross_margin", gap_money=gap)["target"].isna().all()
