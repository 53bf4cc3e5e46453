"""The tree is an identity: to the cent, without remainder, in any order of rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cxlib.dictionary import recomputed
from cxlib.stages.business_objective import objectives as ob
from cxlib.stages.business_objective import says_drivers
from cxlib.stages.business_objective.baseline import book as book_of
from cxlib.stages.business_objective.baseline import levels
from cxlib.stages.business_objective.driver_tree import customer_values, driver_tree, identity
from cxlib.stages.business_objective.sensitivity import branch, metric_paths, path, sensitivity
from cxlib.stages.business_objective.vocabulary import OBJECTIVES
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
    assert list(sensitivity(tree, objective="turnover")["driver"]) == ["customers", "frequency", "basket"]


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
    accepted = {
        objective: set(table.loc[table["accepted"], "metric"])
        for objective in OBJECTIVES
        for table in [metric_paths(objective=objective)]
    }
    assert "purchase_share" in accepted["gross_margin"] and "purchase_share" not in accepted["operating_cost"]
    assert "margin_per_customer" not in accepted["turnover"]
    assert not {"nps", "followers"} & set.union(*accepted.values())
    assert not metric_paths(["anything"], objective="turnover")["accepted"].any()
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
    below = sensitivity(tree, objective="turnover")["driver"].tolist()
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
    leaves = nodes.loc[sensitivity(tree, objective="gross_margin")["driver"]]
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


@pytest.mark.parametrize("margin", [True, False])
def test_whoever_follows_the_inputs_gets_the_worth_of_a_customer_a_purchase_and_one_per_cent(
    ledgers: tuple[pd.DataFrame, ...], margin: bool
) -> None:
    sold, met, costs = ledgers
    sold = sold if margin else sold.assign(margin=np.nan)
    tree, values = driver_tree(sold, met, costs, end=END), customer_values(sold, end=END)
    book = book_of(sold, costs, start=dt.date(2024, 7, 1), end=END)
    objective = "gross_margin" if margin else "turnover"
    told = says_drivers.tree(tree, identity(tree, book), values)
    told += says_drivers.moves(sensitivity(tree, objective=objective), objective=objective)
    known = {fact.id: fact.value for fact in told.facts}
    followed = ["1.customer_value", "1.purchase_value", "1.one_per_cent", "1.sensitivity_basket"]
    for id in followed + ["1.contribution"] * margin:
        assert recomputed(id, known) == pytest.approx(known[id], abs=0.005), id
    year = sold[sold["at"].between("2025-07-01", "2026-06-30 23:59")]
    buyers = year.loc[year["revenue"] > 0, "customer_id"]
    theirs = year[year["customer_id"].isin(buyers)]
    assert known["1.year_money"] == pytest.approx(theirs["margin" if margin else "revenue"].sum())
    assert (known["1.year_customers"], known["1.year_purchases"]) == (buyers.nunique(), len(buyers))


def test_the_identity_holds_to_the_cent_and_not_beyond() -> None:
    tree = pd.DataFrame(
        {"driver": ["customers", "frequency", "basket", "turnover"], "estimate": [10.0, 2.0, 5.0, 100.0]}
    )
    for difference, holds in ((0.004, True), (0.006, False)):
        book = pd.DataFrame({"turnover": [100.0 - difference]})
        assert identity(tree, book)["holds"].tolist() == [holds]


def test_an_objective_drifts_the_wrong_way_only_where_its_trend_is_real_and_takes_from_the_contribution() -> None:
    def trended(objective: str, low: float, high: float) -> list[dict[str, object]]:
        about = {"objective": objective, "n": 100, "low": 0.0, "high": 0.0, "estimate": 100.0}
        return [
            about | {"measure": "level"},
            about | {"measure": "trend", "estimate": (low + high) / 2, "low": low, "high": high},
        ]

    tree = pd.DataFrame({"driver": ["margin_share"], "parent": ["gross_margin"], "estimate": [0.5]})
    cases = {(0.01, 0.2): (True, 1), (-0.2, -0.01): (True, -1), (-0.01, 0.2): (False, 1), (0.0, 0.2): (False, 1)}
    for (low, high), (real, sign) in cases.items():
        rows = trended("gross_margin", low, high) + trended("operating_cost", low, high)
        table = ob.compare_objectives(pd.DataFrame(rows), tree, candidates=["gross_margin", "operating_cost"])
        found = table.set_index("objective")
        assert found["drift_real"].tolist() == [real, real]
        assert found["adverse"].to_dict() == {"gross_margin": real and sign < 0, "operating_cost": real and sign > 0}


def test_the_objective_is_the_one_asked_for_else_the_first_known() -> None:
    compared = pd.DataFrame({"objective": ["turnover", "gross_margin"], "estimate": [np.nan, 5.0]})
    assert ob.chosen_objective(compared, None) == "gross_margin"
    assert ob.chosen_objective(compared, "turnover") == "turnover"
    assert ob.chosen_objective(compared.head(1), None) == ""


@pytest.mark.parametrize(("first", "known"), [("2024-07-31", True), ("2024-08-02", False)])
def test_the_year_before_is_blank_where_the_ledger_does_not_reach_back(
    ledgers: tuple[pd.DataFrame, ...], first: str, known: bool
) -> None:
    sold, met, costs = ledgers
    sold = sold[sold["at"] >= first]
    sold = pd.concat([sold, sold.tail(1).assign(at=pd.Timestamp(first))])
    before = driver_tree(sold, met, costs, end=END).set_index("driver")["before"]
    assert bool(before[["turnover", "frequency"]].notna().all()) is known


def test_only_drivers_that_helped_carry_the_gap_and_a_cost_helps_by_falling(ledgers: tuple[pd.DataFrame, ...]) -> None:
    tree = tree_of(ledgers)
    tree.loc[tree["driver"] == "basket", "before"] = tree.loc[tree["driver"] == "basket", "estimate"] * 1.5
    share = branch(tree, objective="turnover", gap_money=100.0).set_index("driver")["gap_share"]
    assert share["basket"] == 0.0 and share["turnover"] == pytest.approx(1.0)
    fallen = pd.DataFrame({"driver": ["operating_cost"], "parent": ["contribution"], "estimate": 90.0, "before": 100.0})
    fallen = fallen.assign(low=np.nan, high=np.nan, n=9, unit="money")
    saved = branch(fallen, objective="operating_cost", gap_money=9.0).iloc[0]
    assert (saved["gap_share"], saved["target"]) == (1.0, pytest.approx(81.0))
