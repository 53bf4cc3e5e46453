"""Value ahead per segment: which rung of the ladder the data reach, and what each rung says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.target_segment import ladder, lifetime_value, repeat_buying, retention, spending
from cxlib.stages.target_segment.lifetime_value import Horizon
from cxlib.statistics.intervals import TIDY, Z
from tests.target_segment.test_repeat_buying import END, Shared, purchases
from tests.target_segment.test_retention import REGULAR, survivors
from tests.target_segment.test_retention import members as joined

TWO_YEARS = Horizon(END, 24, 0.1)


def asked(table: pd.DataFrame, end: pd.Timestamp = END) -> pd.DataFrame:
    known = repeat_buying.histories(table, end=end)
    models = {"buying": repeat_buying.buying_model(known), "spending": spending.spending_model(known)}
    missed = repeat_buying.holdout(table, end=end)
    return ladder.checks(known, models, missed, spending.frequency_spend(known))


def test_cdnow_passes_every_check_of_the_likelihood(shared: Shared) -> None:
    found = asked(purchases(shared))
    assert found.loc[found["method"] == "bg_nbd", "passed"].all()
    assert ladder.ladder(found) == "bg_nbd"


def test_a_ledger_of_steady_buyers_falls_to_the_constant_rate_and_one_without_repeats_to_nothing() -> None:
    days = pd.date_range("2024-01-01", periods=24, freq="MS")
    steady = pd.DataFrame(
        {"customer_id": np.repeat([str(row) for row in range(200)], 24), "at": np.tile(days, 200), "revenue": 10.0}
    )
    assert ladder.ladder(asked(steady, days[-1])) == "constant_rate"
    assert ladder.ladder(asked(steady.drop_duplicates("customer_id"), days[-1])) == "none"


def test_the_margin_multiple_is_the_published_table(shared: Callable[[str], Path]) -> None:
    told = json.loads(shared("oracles/clv_margin_multiple/oracle.json").read_text())
    for rate, row in told["table"].items():
        found = [lifetime_value.margin_multiple(retention, float(rate)) for retention in told["retention"]]
        np.testing.assert_allclose(found, row, atol=told["tol"])


def test_the_constant_rate_is_the_money_of_repeats_by_the_time_since_the_first_purchase() -> None:
    known = pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "n_repeats": [2, 0, 1, 3],
            "recency_weeks": [9.0, 0.0, 4.0, 9.0],
            "age_weeks": [10.0, 10.0, 20.0, 40.0],
            "repeat_money": [50.0, np.nan, 20.0, 10.0],
        }
    )
    members = pd.DataFrame({"customer_id": list("abcdx"), "segment": ["s", "s", "t", "t", "t"]})
    year = Horizon(END, 12, 0.0)
    found = lifetime_value.by_rate(members, known, horizon=year, margin_share=0.5).set_index("segment")
    assert found.loc["s", "estimate"] == pytest.approx(100 / 20 * 365.25 / 7 * 0.5)
    assert found.loc["t", "estimate"] == pytest.approx(50 / 60 * 365.25 / 7 * 0.5)
    assert found["n"].tolist() == [2, 2]
    assert (found["low"] < found["estimate"]).all()


def test_the_value_by_the_model_is_purchases_times_money_and_its_interval_carries_the_model(shared: Shared) -> None:
    known = repeat_buying.histories(purchases(shared), end=END)
    models = {"buying": repeat_buying.buying_model(known), "spending": spending.spending_model(known)}
    ahead = repeat_buying.expected_purchases(known, models["buying"], weeks=TWO_YEARS.weeks, discount_rate=0.1)
    each = spending.expected_spend(known, models["spending"])
    members = known[["customer_id"]].assign(segment=np.where(known["n_repeats"] > 0, "again", "once"))
    found = lifetime_value.by_model(members, known, models, horizon=TWO_YEARS, margin_share=0.4).set_index("segment")
    by_hand = (ahead["estimate"] * each["estimate"] * 0.4)[(known["n_repeats"] > 0).to_numpy()].mean()
    assert found.loc["again", "estimate"] == pytest.approx(by_hand)
    assert found.loc["once", "estimate"] < found.loc["again", "estimate"]
    sure = {name: table.assign(covariance=[0 * row for row in table["covariance"]]) for name, table in models.items()}
    surer = lifetime_value.by_model(members, known, sure, horizon=TWO_YEARS, margin_share=0.4).set_index("segment")
    assert surer.loc["once", "high"] < found.loc["once", "high"]


def test_a_member_under_contract_is_worth_the_periods_ahead_times_the_money_of_one() -> None:
    table = survivors(REGULAR)
    model = retention.retention_model(table)
    ahead = retention.periods_ahead(table, model, periods=12, discount_rate=0.01)
    members = table.loc[~table["left"], ["customer_id"]].assign(segment="all", money=20.0)
    found = lifetime_value.by_contract(members, ahead, model).iloc[0]
    assert found["estimate"] == pytest.approx(20 * ahead["estimate"].mean())
    assert found["low"] < found["estimate"] < found["high"]


def test_the_ladder_under_contract_takes_the_multiple_only_where_retention_is_constant() -> None:
    table = survivors(REGULAR)
    model = retention.retention_model(table)
    nothing = pd.DataFrame(columns=TIDY)
    constant = retention.constant_retention(table, model)
    assert ladder.ladder(ladder.contract_checks(model, nothing, constant, nothing)) == "none"
    kept = constant.assign(p_value=0.6)
    assert ladder.ladder(ladder.contract_checks(model, nothing, kept, nothing)) == "margin_multiple"
    members = table[["customer_id"]].assign(segment="all", money=0.0)
    found = lifetime_value.by_multiple(members, kept, discount_rate=0.1)
    assert found["estimate"].tolist() == [0.0]


def test_margin_is_spared_where_the_objective_is_turnover_or_nobody_knows_it() -> None:
    sold = pd.DataFrame({"revenue": [100.0, 50.0, 30.0], "margin": [40.0, 20.0, np.nan]})
    assert lifetime_value.margin_share(sold, objective="gross_margin") == pytest.approx(0.4)
    assert lifetime_value.margin_share(sold, objective="turnover") == 1.0
    assert lifetime_value.margin_share(sold.assign(margin=np.nan), objective="gross_margin") == 1.0


def test_discounted_weeks_are_fewer_than_weeks_by_the_integral_of_the_factor() -> None:
    assert Horizon(END, 12, 0.0).discounted_weeks == Horizon(END, 12, 0.0).weeks == pytest.approx(365.25 / 7)
    day_by_day = sum(1.1 ** -(day / 365.25) / 7 for day in np.arange(0.05, 730.5, 0.1)) / 10
    assert TWO_YEARS.discounted_weeks == pytest.approx(day_by_day, rel=1e-6)
    assert (1 + TWO_YEARS.month_rate) ** 12 == pytest.approx(1.1)


def test_without_members_or_histories_there_is_no_value() -> None:
    nobody = pd.DataFrame(columns=["customer_id", "segment"])
    nothing = pd.DataFrame(
        {"customer_id": pd.Series(dtype="str"), "at": pd.to_datetime([]), "revenue": pd.Series(dtype=float)}
    )
    known = repeat_buying.histories(nothing, end=END)
    models = {"buying": repeat_buying.buying_model(known), "spending": spending.spending_model(known)}
    assert lifetime_value.by_model(nobody, known, models, horizon=TWO_YEARS).empty
    assert lifetime_value.by_rate(nobody, known, horizon=TWO_YEARS).empty
    missed = pd.DataFrame(columns=repeat_buying.HOLDOUT_COLUMNS)
    found = ladder.checks(known, models, missed, spending.frequency_spend(known))
    assert not found["passed"].any()
    assert ladder.ladder(found) == "none"


def test_only_the_model_that_the_ladder_reaches_is_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    days = pd.date_range("2024-01-01", periods=24, freq="MS")
    sold = pd.DataFrame({"customer_id": np.repeat([str(row) for row in range(200)], 24), "at": np.tile(days, 200)})
    sold = sold.assign(revenue=10.0, margin=4.0)
    people = sold[["customer_id"]].drop_duplicates().assign(segment="all")
    for name in ("by_model", "by_contract", "by_multiple"):
        monkeypatch.setattr(lifetime_value, name, pytest.fail)
    horizon = Horizon(days[-1], 12, 0.0)
    found = lifetime_value.value_ahead(people, sold, horizon=horizon)
    row = found.values.iloc[0]
    assert (row["method"], row["margin_share"]) == ("constant_rate", pytest.approx(0.4))
    assert row["units_ahead"] == pytest.approx(horizon.weeks)
    assert lifetime_value.value_ahead(people, sold, horizon=horizon, objective="turnover").values["estimate"].iloc[
        0
    ] == pytest.approx(row["estimate"] / 0.4)
    once = sold.drop_duplicates("customer_id")
    assert lifetime_value.value_ahead(people, once, horizon=horizon).values.empty


@pytest.mark.parametrize(("chance", "method"), [(None, "sbg"), (0.05, "margin_multiple")])
def test_under_contract_the_tenures_decide_and_those_who_left_have_no_value_ahead(
    chance: float | None, method: str
) -> None:
    customers = joined(chance=chance)
    horizon = Horizon(pd.Timestamp("2026-01-01"), 24, 0.08)
    people = customers[["customer_id"]].assign(segment="all", value_money=120.0)
    found = lifetime_value.contract_value_ahead(people, customers, horizon=horizon)
    if method == "margin_multiple":  # a likelihood that finds no difference between customers is flat
        assert not found.checks.set_index("check").loc["retention", "passed"]
    row = found.values.iloc[0]
    assert row["method"] == method
    assert row["n"] == customers["left_on"].isna().sum()
    assert row["unit_money"] == pytest.approx(10.0)


def test_the_value_is_its_units_times_the_money_of_one_by_every_model(shared: Shared) -> None:
    sold = purchases(shared).assign(margin=lambda table: table["revenue"] * 0.4)
    known = repeat_buying.histories(sold, end=END)
    people = known[["customer_id"]].assign(segment=np.where(known["n_repeats"] > 0, "again", "once"), money=10.0)
    models = {"buying": repeat_buying.buying_model(known), "spending": spending.spending_model(known)}
    table = survivors(REGULAR)
    staying = retention.retention_model(table)
    here = table[["customer_id"]].assign(segment="all", money=np.arange(len(table)) % 7)
    stay = retention.periods_ahead(table, staying, periods=12)
    one = retention.constant_retention(table, staying)
    for values in (
        lifetime_value.by_model(people, known, models, horizon=TWO_YEARS, margin_share=0.4),
        lifetime_value.by_rate(people, known, horizon=TWO_YEARS, margin_share=0.4),
        lifetime_value.by_contract(here, stay, staying),
        lifetime_value.by_multiple(here, one, discount_rate=0.01),
    ):
        np.testing.assert_allclose(values["units_ahead"] * values["unit_money"], values["estimate"], rtol=1e-12)


def check(name: str, passed: bool, method: str = "bg_nbd", n: int = 900) -> dict[str, object]:
    return {"method": method, "check": name, "passed": passed, "n": n}


@pytest.mark.parametrize(
    ("failed", "repeaters", "reason"),
    [
        (["buying", "spending"], 100, "buying"),
        (["buying"], 99, "repeaters"),
        (["customers", "buying"], 99, "customers"),
        (["holdout"], 100, "holdout"),
        (["holdout"], 99, "repeaters"),
        (["independence", "holdout"], 100, "independence"),
    ],
)
def test_the_reason_is_the_first_check_that_failed_or_that_hardly_anybody_has_bought_twice(
    failed: list[str], repeaters: int, reason: str
) -> None:
    names = ["customers", "span", "buying", "spending", "independence", "holdout"]
    table = pd.DataFrame([check(name, name not in failed, n=repeaters if name == "span" else 900) for name in names])
    assert ladder.why_not(table) == reason


@pytest.mark.parametrize(("found", "passed"), [(0.25, True), (-0.25, True), (0.2501, False), (np.nan, False)])
def test_a_model_may_miss_by_a_quarter_and_not_by_more(found: float, passed: bool) -> None:
    holdouts = pd.DataFrame({"method": ["constant_rate"], "estimate": found, "low": 0.1, "high": 0.3, "n": 40})
    known = repeat_buying.histories(pd.DataFrame({"customer_id": ["a"], "at": [END], "revenue": [1.0]}), end=END)
    models = dict.fromkeys(("buying", "spending"), pd.DataFrame())
    row = ladder.checks(known, models, holdouts, pd.DataFrame()).iloc[-1]
    assert (row["passed"], row["verdict"]) == (passed, "real")


@pytest.mark.parametrize(
    ("name", "at", "passes", "fails"),
    [
        ("customers", 500, 500, 499),
        ("span", 2.0, 2.0, 1.99),
        ("independence", 0.3, -0.3, 0.31),
    ],
)
def test_bg_nbd_asks_for_customers_a_span_and_independence(name: str, at: float, passes: float, fails: float) -> None:
    for value, passed in ((passes, True), (fails, False)):
        n = int(value) if name == "customers" else 600
        age = 10.0 * (value if name == "span" else 5)
        known = pd.DataFrame({"customer_id": range(n), "n_repeats": 1, "recency_weeks": 10.0, "age_weeks": age})
        correlation = pd.DataFrame({"estimate": [value], "n": [n]})
        models = dict.fromkeys(("buying", "spending"), pd.DataFrame())
        nothing = pd.DataFrame(columns=repeat_buying.HOLDOUT_COLUMNS)
        found = ladder.checks(known, models, nothing, correlation).set_index("check").loc[name]
        assert (found["passed"], found["needed"]) == (passed, at)


def test_the_intervals_of_value_ahead_are_those_of_a_ratio_of_sums_and_of_a_mean_with_a_model_that_is_sure() -> None:
    known = pd.DataFrame({"customer_id": list("abc"), "n_repeats": [1, 2, 3], "repeat_money": [10.0, 20.0, 30.0]})
    known["age_weeks"] = [10.0, 20.0, 20.0]
    year = Horizon(END, 12, 0.0)
    row = lifetime_value.by_rate(known[["customer_id"]].assign(segment="s"), known, horizon=year).iloc[0]
    rate = (10 + 40 + 90) / 50
    half = Z * np.std([10 - 10 * rate, 40 - 20 * rate, 90 - 20 * rate], ddof=1) * np.sqrt(3) / 50 * year.weeks
    assert row[["low", "high"]].tolist() == pytest.approx([row["estimate"] - half, row["estimate"] + half])
    people = known[["customer_id"]].assign(segment="s", money=1.0)
    stay = known[["customer_id"]].assign(estimate=[4.0, 6.0, 8.0], slope_alpha=1.0, slope_beta=1.0)
    sure = pd.DataFrame({"covariance": [[0.0, 0.0], [0.0, 0.0]]})
    row = lifetime_value.by_contract(people, stay, sure).iloc[0]
    assert row[["low", "high"]].tolist() == pytest.approx([6 - Z * 2 / np.sqrt(3), 6 + Z * 2 / np.sqrt(3)])
