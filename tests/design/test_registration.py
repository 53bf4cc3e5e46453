"""The registration: a metric with a path, an effect worth having, one row that binds stage 9."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.facts import Fact
from cxlib.stages.design.registration import ROW, launch_of, register, rulers, sharpest, unit_worth, with_effects

PURCHASES = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c", "c"],
        "revenue": [100.0, 50.0, 80.0, 40.0, -40.0],
        "margin": [30.0, 15.0, 24.0, 12.0, -12.0],
        "at": pd.to_datetime(["2026-02-01", "2026-02-20", "2025-06-01", "2026-02-10", "2026-03-01"]),
    }
)
PEOPLE = pd.Series(["a", "b", "c", "d"])
WORTH = {"purchase_share": 25.0, "margin_per_customer": 1.0, "revenue_per_customer": float("nan")}
CASE = {"cost_pv_money": 240.0, "gain_pv_money": 480.0, "gain_pv_low": 120.0, "gain_pv_high": 960.0}


def test_baselines_counted_by_hand() -> None:
    table = rulers(PURCHASES, PEOPLE, window_days=60, before=pd.Timestamp("2026-03-01"), worth=WORTH).set_index(
        "metric"
    )
    assert table.loc["purchase_share", "baseline"] == 0.5  # a and c bought, the purchase of b is older
    assert table.loc["margin_per_customer", "baseline"] == pytest.approx((30 + 15 + 12) / 4)  # 1 March is not before


def test_a_metric_without_a_path_to_the_objective_is_left_out() -> None:
    table = rulers(PURCHASES, PEOPLE, window_days=60, before=pd.Timestamp("2026-03-01"), worth=WORTH)
    assert "revenue_per_customer" not in set(table["metric"])


def test_the_minimum_effect_pays_exactly_its_cost() -> None:
    table = rulers(PURCHASES, PEOPLE, window_days=60, before=pd.Timestamp("2026-03-01"), worth=WORTH)
    row = with_effects(table, CASE, reach=48.0).set_index("metric").loc["purchase_share"]
    assert row["value_per_unit_money"] == pytest.approx((30 + 15 + 12) / 2)  # two buyers brought the margin
    assert row["minimum_effect"] * row["value_per_unit_money"] * 48 == pytest.approx(240)
    assert row["promised_effect"] == pytest.approx(2 * row["minimum_effect"])


def test_without_transactions_nothing_is_registered() -> None:
    table = rulers(PURCHASES.iloc[:0], PEOPLE, window_days=60, before=pd.Timestamp("2026-03-01"), worth=WORTH)
    ruler = sharpest(with_effects(table, CASE, reach=48.0))
    assert ruler == {}
    row = register(ruler, experience="slot", window_days=60, guardrails=[], cost_money=1.0)
    assert row.empty
    assert row.columns.tolist() == ROW


def test_the_registration_is_one_row() -> None:
    table = rulers(PURCHASES, PEOPLE, window_days=60, before=pd.Timestamp("2026-03-01"), worth=WORTH)
    ruler = sharpest(with_effects(table, CASE, reach=48.0))
    row = register(ruler, experience="slot", window_days=60, guardrails=["nps", "csat:van"], cost_money=240.0)
    assert len(row) == 1
    assert row["guardrails"].iloc[0] == "nps;csat:van"


def test_only_selling_objectives_give_these_metrics_a_worth() -> None:
    purchase, share = Fact("1.purchase_value", 40.0, unit="money"), Fact("1.margin_share", 0.3, unit="share")
    assert unit_worth("gross_margin", purchase, share) == {
        "purchase_share": 40.0,
        "margin_per_customer": 1.0,
        "revenue_per_customer": 0.3,
    }
    turnover = unit_worth("turnover", purchase, share)
    assert turnover["revenue_per_customer"] == 1.0
    assert pd.isna(turnover["margin_per_customer"])
    assert all(pd.isna(worth) for worth in unit_worth("operating_cost", purchase, share).values())


def test_the_launch_is_the_first_day_of_a_pilot() -> None:
    drawn = pd.DataFrame({"starts_on": pd.to_datetime(["2026-03-02", "2026-03-01", None])})
    assert launch_of(drawn, pd.Timestamp("2026-06-30")) == pd.Timestamp("2026-03-01")
    assert launch_of(drawn.head(0), pd.Timestamp("2026-06-30")) == pd.Timestamp("2026-06-30")


def test_the_effects_registered_are_those_per_customer_drawn_which_the_pilot_measures() -> None:
    table = rulers(PURCHASES, PEOPLE, window_days=60, before=pd.Timestamp("2026-03-01"), worth=WORTH)
    every, quarter, unknown, nobody = (
        with_effects(table, CASE, reach=48.0, met_share=share).iloc[0] for share in (1.0, 0.25, np.nan, 0.0)
    )
    effects = ["minimum_effect", "promised_effect", "promised_low", "promised_high"]
    assert (quarter[effects] / every[effects]).tolist() == pytest.approx([0.25] * 4)
    assert quarter["minimum_effect_met"] == pytest.approx(every["minimum_effect"])
    assert unknown[effects].tolist() == nobody[effects].tolist() == every[effects].tolist()  # asks more, never less


def test_a_pilot_measures_what_was_registered_when_only_some_meet_the_experience() -> None:
    generator, n, share, on_those_who_meet = np.random.default_rng(7), 400_000, 0.2, 10.0
    met, pilot = generator.random(n) < share, generator.random(n) < 0.5
    spent = generator.normal(50, 20, n) + on_those_who_meet * (met & pilot)
    measured = spent[pilot].mean() - spent[~pilot].mean()
    ruler = pd.DataFrame([{"metric": "margin_per_customer", "unit": "money", "value_per_unit_money": 1.0}])
    case = {"cost_pv_money": 100.0, "gain_pv_money": on_those_who_meet * 48, "gain_pv_low": 0.0, "gain_pv_high": 900.0}
    registered = with_effects(ruler, case, reach=48.0, met_share=share).iloc[0]
    assert measured == pytest.approx(registered["promised_effect"], abs=0.2)
