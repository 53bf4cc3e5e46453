"""Launches in waves, held against another program's numbers, against regressions, and against what was planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS

from cxlib.stages.measurement.staggered import (
    EVENT,
    as_effect,
    event_study,
    launches,
    overall,
    pre_trend,
)

WAVES = np.array([np.nan, 3, 4, 6])

# csdid 0.4.3 (a port of R `did`), run once on `panel()`: xformla y ~ 1, est_method "reg", analytic errors
CSDID = {
    "never": {
        "dynamic": [-0.1613893, 0.3887371, -0.1519652, 0.0033687, 1.0136999, 1.2632858, 1.7170469, 2.3970951],
        "dynamic_se": [0.2468431, 0.2549934, 0.1819607, 0.1297879, 0.1238949, 0.1702792, 0.1703214, 0.2376127],
        "group": (1.3312142, 0.1212861),
        "wald": (5.3048312, 0.62282),
    },
    "not_yet": {
        "dynamic": [-0.1525466, 0.3055464, -0.1188522, -0.0368788, 1.002405, 1.3474303, 1.7325286, 2.3970951],
        "dynamic_se": [0.2178129, 0.2352952, 0.1723224, 0.1291037, 0.1218699, 0.1555238, 0.1603798, 0.2376127],
        "group": (1.3538609, 0.1205695),
        "wald": (5.3001574, 0.62338),
    },
}
both = pytest.mark.parametrize("control", ["never", "not_yet"])


def panel(*, seed: int = 2021, effect: float = 1.0) -> pd.DataFrame:
    """240 units over six periods; waves at 3, 4 and 6 gain `effect`, and half of it more each period."""
    generator = np.random.default_rng(seed)
    unit = np.arange(240)
    first = np.where(unit % 9 == 0, np.nan, WAVES[unit % 4])
    base = generator.normal(0, 2, 240)
    parts = []
    for period in range(1, 7):
        gain = np.where(period >= first, effect * (1 + 0.5 * (period - first)), 0)
        outcome = np.round(base + 0.3 * period + generator.normal(0, 1, 240) + gain, 6)
        parts.append(pd.DataFrame({"unit_id": unit, "period_on": period, "first_on": first, "outcome": outcome}))
    return pd.concat(parts, ignore_index=True).assign(unit="money")


@both
def test_the_event_study_and_its_errors_are_those_of_another_program(control: str) -> None:
    found, known = event_study(panel(), control=control), CSDID[control]
    assert found["event"].tolist() == list(range(-4, 4))
    assert found["estimate"].tolist() == pytest.approx(known["dynamic"], abs=1e-6)
    assert found["standard_error"].tolist() == pytest.approx(known["dynamic_se"], abs=1e-6)


@both
def test_the_effect_over_all_waves_and_the_test_of_pre_trends_are_those_of_another_program(control: str) -> None:
    row, known = overall(panel(), control=control).iloc[0], CSDID[control]
    assert (row["estimate"], row["standard_error"]) == pytest.approx(known["group"], abs=1e-6)
    early = pre_trend(panel(), control=control).iloc[0]
    assert early["statistic"] == pytest.approx(known["wald"][0], abs=1e-5)
    assert early["p_value"] == pytest.approx(known["wald"][1], abs=0.03)  # F instead of χ²: a little larger
    assert overall(panel(), control=control, waves=4).empty


def test_the_overall_effect_stands_among_the_effects_of_other_designs() -> None:
    row = as_effect(panel(), metric="m", waves=2).iloc[0]
    assert (row["n"], row["n_pilot"], row["n_control"]) == (240, 160, 80) and row["design"] == "staggered"
    assert row["estimate"] == overall(panel())["estimate"].iloc[0] and as_effect(panel(), metric="m", waves=4).empty


def test_one_wave_and_two_periods_are_the_classical_difference_in_differences() -> None:
    table = panel().query("period_on in (3, 4)")
    table = table[table["first_on"].isna() | table["first_on"].eq(4)]
    treated, after = table["first_on"].notna().astype(float), table["period_on"].eq(4).astype(float)
    design = np.column_stack([np.ones(len(table)), treated, after, treated * after])
    fit = OLS(table["outcome"].to_numpy(), design).fit(
        cov_type="cluster", cov_kwds={"groups": table["unit_id"].to_numpy(), "use_correction": False}
    )
    row = event_study(table).iloc[0]
    assert (row["estimate"], row["standard_error"]) == pytest.approx((fit.params[3], fit.bse[3]), rel=1e-6)


def test_the_band_of_the_event_study_is_wider_than_pointwise_intervals() -> None:
    found = event_study(panel())
    assert ((found["high"] - found["low"]) > 2 * 1.96 * found["standard_error"]).all()


def test_without_an_effect_the_band_leaves_out_zero_in_at_most_a_few_of_a_hundred() -> None:
    wrong = []
    for seed in range(80):
        found = event_study(panel(seed=seed, effect=0.0))
        wrong.append(bool(((found["low"] > 0) | (found["high"] < 0)).any()))
    assert np.mean(wrong) <= 0.125


def test_shuffled_rows_and_a_unit_with_a_missing_period_change_nothing() -> None:
    extra = pd.DataFrame({"unit_id": [999], "period_on": [2], "first_on": [3.0], "outcome": [50.0], "unit": "money"})
    shuffled = pd.concat([panel(), extra]).sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(event_study(panel()), event_study(shuffled))


def test_without_a_launch_or_a_control_nothing_is_told() -> None:
    never = panel().assign(first_on=np.nan)
    everybody = panel().assign(first_on=3.0)
    for table in (never, everybody, panel().head(0)):
        assert overall(table).empty and pre_trend(table).empty
        assert list(event_study(table).columns) == EVENT and event_study(table).empty


def test_an_event_is_judged_by_its_band_and_by_the_smallest_event_after_the_launch() -> None:
    found = event_study(panel())
    assert found["clear"].tolist() == ((found["low"] > 0) | (found["high"] < 0)).tolist() and found["clear"].any()
    assert found.loc[found["clear"], "verdict"].eq("real").all()
    assert found.loc[~found["clear"], "verdict"].eq("not shown").all()
    few = panel().query("unit_id < 60")
    assert event_study(few)["verdict"].eq("cannot tell").all()  # 15 or fewer units a wave


def test_groups_moved_apart_when_chance_would_do_so_less_than_once_in_twenty() -> None:
    table = panel(effect=0.0)
    assert not pre_trend(table)["apart"].iloc[0]
    drift = table["outcome"] + 0.6 * table["period_on"] * table["first_on"].notna()
    row = pre_trend(table.assign(outcome=drift)).iloc[0]
    assert row["apart"] and row["p_value"] < 0.05


def test_launches_make_a_month_by_month_panel_of_pilots_and_controls() -> None:
    people = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "arm": ["pilot", "pilot", "control"],
            "starts_on": pd.to_datetime(["2026-03-01", "2026-04-10", None]),
        }
    )
    customers = pd.DataFrame(
        {"customer_id": ["a", "b", "c", "new"], "since_on": pd.to_datetime([None, "2020-01-01", None, "2026-02-01"])}
    )
    bought = pd.DataFrame(
        {
            "customer_id": ["a", "a", "c"],
            "revenue": [10.0, 5.0, 7.0],
            "margin": [1.0, 1, 1],
            "at": pd.to_datetime(["2026-03-02", "2026-03-20", "2026-05-31"]),
        }
    )
    options = {"metric": "revenue_per_customer", "as_of": pd.Timestamp("2026-06-15")}
    table = launches(people, customers, bought, **options)
    assert table["period_on"].nunique() == 9 and set(table["unit_id"]) == {"a", "b", "c"}  # September to May
    march = table[table["period_on"].eq(pd.Timestamp("2026-03-01"))].set_index("unit_id")["outcome"]
    assert march.to_dict() == {"a": 15.0, "b": 0.0, "c": 0.0}
    assert table.set_index("unit_id")["first_on"]["b"].iloc[0] == pd.Timestamp("2026-04-01")
    assert set(launches(people.head(2), customers, bought, **options)["unit_id"]) == {"a", "b", "c"}
    assert launches(people.tail(1), customers, bought, **options).empty
    assert launches(people, customers, bought, **(options | {"metric": "visits"})).empty


def test_where_nobody_is_left_without_the_wave_still_waiting_is_the_control() -> None:
    wide = pd.DataFrame({0: [1.0, 2, 3, 2], 1: [2.0, 5, 4, 3], 2: [9.0, 9, 9, 9]})
    table = wide.rename_axis("unit_id").reset_index().melt("unit_id", var_name="month", value_name="outcome")
    months = pd.Series(pd.date_range("2026-01-01", periods=3, freq="MS"))
    first = pd.Series([months[1], months[1], months[2], months[2]])
    table = table.assign(period_on=table["month"].map(months), first_on=table["unit_id"].map(first), unit="money")
    row = as_effect(table, metric="m", waves=1).iloc[0]
    assert row["estimate"] == pytest.approx(
        (1 + 3) / 2 - (1 + 1) / 2
    )  # the second wave after its launch has no control
    assert (row["n_pilot"], row["n_control"]) == (2, 2)
    assert event_study(table, control="never").empty


def test_customers_drawn_as_they_came_are_held_against_those_who_came_when_they_did() -> None:
    """Months count from each customer's own start; buying before it is alike in both arms, whatever the season."""
    starts = pd.to_datetime(["2026-01-10", "2026-02-20", "2026-03-05"])
    people = pd.DataFrame(
        {
            "customer_id": [f"{arm}{at}" for arm in "pc" for at in range(3)],
            "arm": ["pilot"] * 3 + ["control"] * 3,
            "starts_on": list(starts) * 2,
        }
    )
    bought = pd.concat([people.assign(at=people["starts_on"] - pd.Timedelta(days=1)), people.head(3).assign(at=starts)])
    sales = bought.assign(revenue=10.0, margin=4.0)[["customer_id", "at", "revenue", "margin"]]
    customers = people[["customer_id"]].assign(since_on=pd.Timestamp("2020-01-01"))
    panel = launches(people, customers, sales, metric="revenue_per_customer", as_of=pd.Timestamp("2026-05-31"))
    wide = panel.pivot_table(index="unit_id", columns="period_on", values="outcome")
    assert wide.columns.tolist() == pd.date_range("2025-07-01", "2026-03-01", freq="MS").tolist()
    assert (
        panel.drop_duplicates("unit_id").set_index("unit_id")["first_on"].dropna().eq(pd.Timestamp("2026-01-01")).all()
    )
    own_start = wide[pd.Timestamp("2026-01-01")]
    assert own_start.to_dict() == {"c0": 10.0, "c1": 10.0, "c2": 10.0, "p0": 20.0, "p1": 20.0, "p2": 20.0}
    assert wide.drop(columns=pd.Timestamp("2026-01-01")).to_numpy().sum() == 0
