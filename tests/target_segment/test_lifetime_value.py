"""Value ahead per segment: which rung of the ladder the data reach, and what each rung says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.target_segment import lifetime_value, repeat_buying, retention, spending
from tests.target_segment.test_repeat_buying import END, Shared, purchases
from tests.target_segment.test_retention import REGULAR, survivors

YEAR = lifetime_value.YEAR_WEEKS


def asked(table: pd.DataFrame, end: pd.Timestamp = END) -> pd.DataFrame:
    known = repeat_buying.histories(table, end=end)
    models = {"buying": repeat_buying.buying_model(known), "spending": spending.spending_model(known)}
    missed = repeat_buying.holdout(table, end=end)
    return lifetime_value.checks(known, models, missed, spending.frequency_spend(known))


def test_cdnow_passes_every_check_of_the_likelihood(shared: Shared) -> None:
    found = asked(purchases(shared))
    assert found.loc[found["method"] == "bg_nbd", "passed"].all()
    assert lifetime_value.ladder(found) == "bg_nbd"


def test_a_ledger_of_steady_buyers_falls_to_the_constant_rate_and_one_without_repeats_to_nothing() -> None:
    days = pd.date_range("2024-01-01", periods=24, freq="MS")
    steady = pd.DataFrame(
        {"customer_id": np.repeat([str(row) for row in range(200)], 24), "at": np.tile(days, 200), "revenue": 10.0}
    )
    assert lifetime_value.ladder(asked(steady, days[-1])) == "constant_rate"
    assert lifetime_value.ladder(asked(steady.drop_duplicates("customer_id"), days[-1])) == "none"


def test_the_margin_multiple_is_the_published_table(shared: Callable[[str], Path]) -> None:
    told = json.loads(shared("oracles/clv_margin_multiple/oracle.json").read_text())
    for rate, row in told["table"].items():
        found = [lifetime_value.margin_multiple(retention, float(rate)) for retention in told["retention"]]
        np.testing.assert_allclose(found, row, atol=told["tol"])


@pytest.mark.parametrize("retention_rate", [-0.1, 1.2])
def test_a_retention_that_is_no_share_has_no_margin_multiple(retention_rate: float) -> None:
    with pytest.raises(ValueError, match="give no finite value"):
        lifetime_value.margin_multiple(retention_rate, 0.1)


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
    found = lifetime_value.by_rate(members, known, weeks=10.0, margin_share=0.5).set_index("segment")
    assert found.loc["s", "estimate"] == pytest.approx(100 / 20 * 10 * 0.5)
    assert found.loc["t", "estimate"] == pytest.approx(50 / 60 * 10 * 0.5)
    assert found["n"].tolist() == [2, 2]
    assert (found["low"] < found["estimate"]).all()


def test_the_value_by_the_model_is_purchases_times_money_and_its_interval_carries_the_model(shared: Shared) -> None:
    known = repeat_buying.histories(purchases(shared), end=END)
    models = {"buying": repeat_buying.buying_model(known), "spending": spending.spending_model(known)}
    ahead = repeat_buying.expected_purchases(known, models["buying"], weeks=52, discount_rate=0.1)
    each = spending.expected_spend(known, models["spending"])
    members = known[["customer_id"]].assign(segment=np.where(known["n_repeats"] > 0, "again", "once"))
    found = lifetime_value.by_model(members, ahead, each, models, margin_share=0.4).set_index("segment")
    by_hand = (ahead["estimate"] * each["estimate"] * 0.4)[(known["n_repeats"] > 0).to_numpy()].mean()
    assert found.loc["again", "estimate"] == pytest.approx(by_hand)
    assert found.loc["once", "estimate"] < found.loc["again", "estimate"]
    sure = {name: table.assign(covariance=[0 * row for row in table["covariance"]]) for name, table in models.items()}
    surer = lifetime_value.by_model(members, ahead, each, sure, margin_share=0.4).set_index("segment")
    assert surer.loc["once", "high"] < found.loc["once", "high"]


def test_a_member_under_contract_is_worth_the_periods_ahead_times_the_money_of_one() -> None:
    table = survivors(REGULAR)
    model = retention.retention_model(table)
    ahead = retention.periods_ahead(table, model, periods=12, discount_rate=0.01)
    members = table.loc[~table["left"], ["customer_id"]].assign(segment="all")
    money = pd.Series(20.0, index=members["customer_id"])
    found = lifetime_value.by_contract(members, ahead, model, period_money=money).iloc[0]
    assert found["estimate"] == pytest.approx(20 * ahead["estimate"].mean())
    assert found["low"] < found["estimate"] < found["high"]


def test_the_ladder_under_contract_takes_the_multiple_only_where_retention_is_constant() -> None:
    table = survivors(REGULAR)
    model = retention.retention_model(table)
    nothing = pd.DataFrame(columns=retention.HOLDOUT_COLUMNS)
    constant = retention.constant_retention(table, model)
    assert lifetime_value.ladder(lifetime_value.contract_checks(model, nothing, constant)) == "none"
    kept = constant.assign(p_value=0.6)
    assert lifetime_value.ladder(lifetime_value.contract_checks(model, nothing, kept)) == "margin_multiple"
    members = table[["customer_id"]].assign(segment="all")
    found = lifetime_value.by_multiple(members, kept, period_money=pd.Series(dtype=float), discount_rate=0.1)
    assert found["estimate"].tolist() == [0.0]


def test_margin_is_spared_where_the_objective_is_turnover_or_nobody_knows_it() -> None:
    sold = pd.DataFrame({"revenue": [100.0, 50.0, 30.0], "margin": [40.0, 20.0, np.nan]})
    assert lifetime_value.margin_share(sold, objective="gross_margin") == pytest.approx(0.4)
    assert lifetime_value.margin_share(sold, objective="turnover") == 1.0
    assert lifetime_value.margin_share(sold.assign(margin=np.nan), objective="gross_margin") == 1.0


def test_discounted_weeks_are_fewer_than_weeks_by_the_integral_of_the_factor() -> None:
    assert lifetime_value.discounted_weeks(10.0, 0.0) == 10.0
    day_by_day = sum(1.1 ** -(day / 365.25) / 7 for day in np.arange(0.5, 731, 1))
    assert lifetime_value.discounted_weeks(731 / 7, 0.1) == pytest.approx(day_by_day, rel=1e-6)


def test_without_members_or_histories_there_is_no_value() -> None:
    nobody = pd.DataFrame(columns=["customer_id", "segment"])
    nothing = pd.DataFrame(
        {"customer_id": pd.Series(dtype="str"), "at": pd.to_datetime([]), "revenue": pd.Series(dtype=float)}
    )
    known = repeat_buying.histories(nothing, end=END)
    models = {"buying": repeat_buying.buying_model(known), "spending": spending.spending_model(known)}
    ahead = repeat_buying.expected_purchases(known, models["buying"], weeks=YEAR)
    each = spending.expected_spend(known, models["spending"])
    assert lifetime_value.by_model(nobody, ahead, each, models).empty
    assert lifetime_value.by_rate(nobody, known, weeks=YEAR).empty
    missed = pd.DataFrame(columns=repeat_buying.HOLDOUT_COLUMNS)
    found = lifetime_value.checks(known, models, missed, spending.frequency_spend(known))
    assert not found["passed"].any()
    assert lifetime_value.ladder(found) == "none"
