"""From where on something is judged: each gate, limit and constant of stage 9 a little below and a little above."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.measurement.effect import (
    difference,
    difference_in_differences,
    differences,
    effect_row,
    empty_effect,
    interrupted_series,
)
from cxlib.stages.measurement.ladder import (
    Trial,
    by_lot,
    effects,
    gather,
    ladder,
    one_series,
    panel,
    strongest,
    weekly_series,
)
from cxlib.stages.measurement.looks import always_valid
from cxlib.stages.measurement.sites import cluster_of, site_differences
from cxlib.stages.measurement.staggered import launches
from cxlib.stages.measurement.trial import outcomes, plan
from cxlib.stages.measurement.verdicts import guardrails, verdict
from cxlib.statistics.intervals import Z
from cxlib.statistics.sample_ratio import sample_ratio

HELD = pd.Series(["held"])


def row(low: float, estimate: float, high: float, *, n: int = 200, **about: object) -> pd.DataFrame:
    told = {"estimate": estimate, "low": low, "high": high, "p_value": 0.5}
    known = {"metric": "m", "design": "randomised", "method": "Welch", "unit": "share"}
    made = effect_row(told, n=2 * n, sizes=(n + 1, n), means=(0.3, 0.2), **known)
    return made.assign(**about)


@pytest.mark.parametrize(("n", "told"), [(29, "cannot tell"), (30, "real")])
def test_an_effect_is_judged_from_thirty_in_the_smaller_arm(n: int, told: str) -> None:
    assert row(0.01, 0.05, 0.09, n=n)["verdict"].iloc[0] == told


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(0.001, 0.1, "real"), (-0.1, -0.001, "real"), (0.0, 0.1, "not shown"), (-0.001, 0.1, "not shown")],
)
def test_an_effect_is_real_when_its_limits_leave_out_zero_whatever_its_estimate(
    low: float, high: float, told: str
) -> None:
    assert row(low, 0.05, high)["verdict"].iloc[0] == told


def ruled(found: pd.DataFrame, liked: pd.DataFrame | None = None, **options: object) -> pd.Series:
    given = {"minimum_effect": 0.04, "satisfaction": row(-0.1, 0.0, 0.1) if liked is None else liked}
    return verdict(found, **(given | {"guardrail_status": HELD} | options)).iloc[0]


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        ((-0.20, -0.06, -0.0001), "harm"),  # the whole interval below zero, not its estimate alone
        ((-0.20, -0.06, 0.01), "too_small"),
        ((-0.20, -0.06, 0.05), "open"),
        ((-0.01, 0.02, 0.0399), "too_small"),
        ((-0.01, 0.02, 0.04), "open"),
        ((0.0001, 0.06, 0.10), "worth_it"),
        ((0.0001, 0.04, 0.10), "worth_it"),
        ((0.0001, 0.0399, 0.10), "real_but_small"),
        ((0.0, 0.06, 0.10), "open"),
    ],
)
def test_the_rule_reads_the_limits_and_not_the_estimate(limits: tuple[float, float, float], rule: str) -> None:
    assert ruled(row(*limits))["rule"] == rule


def test_satisfaction_counts_by_its_limits_too() -> None:
    worth, small = row(0.01, 0.06, 0.10), row(-0.01, 0.02, 0.03)
    assert ruled(worth, row(-0.2, -0.1, -0.001))["rule"] == "less_satisfied"
    assert ruled(worth, row(-0.2, -0.1, 0.001))["rule"] == "worth_it"
    assert ruled(small, row(0.001, 0.1, 0.2))["rule"] == "liked_not_bought"
    assert ruled(small, row(-0.001, 0.1, 0.2))["rule"] == "too_small"


@pytest.mark.parametrize(
    ("limits", "where"),
    [
        ((0.04, 0.06, 0.1), "above"),
        ((0.03, 0.06, 0.1), "around"),
        ((0.0, 0.02, 0.039), "below"),
        ((0, 0.1, 0.04), "around"),
    ],
)
def test_the_whole_interval_is_held_against_the_minimum(limits: tuple[float, float, float], where: str) -> None:
    assert ruled(row(*limits))["against_minimum"] == where
    assert ruled(row(*limits), minimum_effect=float("nan"))["against_minimum"] == "unknown"
    assert ruled(row(np.nan, 0.1, np.nan))["against_minimum"] == ""


def test_evidence_is_measured_only_by_lot_and_from_thirty_an_arm() -> None:
    limits = (0.01, 0.06, 0.10)
    assert [ruled(row(*limits, n=n))["grade"] for n in (29, 30)] == ["observed", "measured"]
    assert ruled(row(*limits, design="staggered"))["grade"] == "observed"
    assert ruled(empty_effect())["grade"] == "assumed"


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        ((-0.29, 0.0, 0.3), "held"),
        ((-0.30, 0.0, 0.3), "cannot tell"),
        ((-0.90, -0.4, -0.01), "breached"),
        ((-0.90, -0.4, 0.01), "cannot tell"),
        ((-0.90, -0.2, -0.01), "cannot tell"),
        ((-0.90, -0.5, -0.31), "breached"),
        ((np.nan, 0.5, np.nan), "cannot tell"),
    ],
)
def test_a_guardrail_is_held_or_breached_by_its_limits(limits: tuple[float, float, float], status: str) -> None:
    assert guardrails(row(*limits), {"m": 0.3})["status"].tolist() == [status]


def test_the_interval_that_holds_at_any_time_is_read_off_a_95_percent_interval() -> None:
    found = row(-Z * 0.1, 0.0, Z * 0.1)
    wide = always_valid(found, mixture_effect=0.2).iloc[0]
    half = np.sqrt(2 * 0.01 * 0.05 / 0.04 * (np.log(20) + np.log(5) / 2))  # V = 0.01, τ² = 0.04, α = 1/20
    assert (wide["low"], wide["high"]) == pytest.approx((-half, half))


@pytest.mark.parametrize(("pilots", "mismatch"), [(551, False), (553, True)])
def test_arms_mismatch_when_chance_would_do_it_once_in_a_thousand(pilots: int, mismatch: bool) -> None:
    sizes = [pilots, 1_000 - pilots]
    table = pd.DataFrame({"arm": ["pilot", "control"], "n_assigned": sizes, "n_analysed": sizes})
    assert sample_ratio(table)["mismatch"].iloc[0] == mismatch


@pytest.mark.parametrize(("after", "rows"), [(7, 0), (8, 2)])
def test_a_series_needs_eight_periods_on_either_side(after: int, rows: int) -> None:
    days = pd.date_range("2024-01-01", periods=20 + after, freq="W-MON")
    series = pd.DataFrame({"period_on": days, "estimate": np.random.default_rng(0).normal(size=len(days))})
    for starts_on, table in ((days[20], series), (days[after], series)):
        assert len(interrupted_series(table, starts_on=starts_on, metric="m", unit="money")) == rows


def people(n: int, *, sites: int = 0) -> pd.DataFrame:
    at = np.arange(n)
    arm = np.where((at % sites if sites else at) % 2 == 0, "pilot", "control")
    site = [f"s{place}" for place in at % sites] if sites else ""
    table = pd.DataFrame({"customer_id": [f"c{place}" for place in at], "arm": arm, "site": site})
    outcome = np.random.default_rng(3).normal(size=n) + (arm == "pilot")
    return table.assign(outcome=outcome, before=np.nan, metric="m", unit="score")


@pytest.mark.parametrize(("sites", "design", "cluster"), [(29, 1, ""), (30, 0, "site")])
def test_under_thirty_sites_the_lottery_decides_and_from_thirty_on_clusters(
    sites: int, design: int, cluster: str
) -> None:
    table = people(240, sites=sites)
    assert len(site_differences(table)) == design and cluster_of(table) == cluster


def test_whole_sites_are_judged_before_their_customers() -> None:
    few, many, nobody = people(240, sites=10), people(240, sites=30), people(240)
    assert by_lot(few)[["design", "n_pilot", "n_customers"]].iloc[0].tolist() == ["sites", 5, 120]
    assert by_lot(many)["method"].tolist() == ["cluster"]
    pd.testing.assert_frame_equal(by_lot(nobody), differences(nobody))


def test_three_clusters_are_the_least() -> None:
    table = people(60)
    assert difference(table.assign(site=np.arange(60) % 3), unit="score", cluster="site").shape[0] == 1
    assert difference(table.assign(site=np.arange(60) % 2), unit="score", cluster="site").empty


STARTS = pd.Timestamp("2026-03-01")
REGISTERED = plan(pd.DataFrame([{"experience": "slot", "metric": "revenue_per_customer", "window_days": 30.0}]))
NOBODY = pd.DataFrame({"customer_id": [], "at": pd.to_datetime([]), "revenue": [], "margin": []})


def pilots(n: int, *, starts: str = "2026-03-01") -> pd.DataFrame:
    ids = [f"c{place}" for place in range(n)]
    table = pd.DataFrame({"customer_id": ids, "arm": "pilot", "stratum": "s", "site": ""})
    return table.assign(starts_on=pd.Timestamp(starts))


def customers(n: int) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"c{place}" for place in range(n)], "since_on": pd.NaT})


def purchases(n: int) -> pd.DataFrame:
    generator = np.random.default_rng(4)
    days = pd.to_timedelta(generator.integers(0, 300, 20 * n), unit="D")
    who = [f"c{place}" for place in generator.integers(0, n, 20 * n)]
    table = pd.DataFrame({"customer_id": who, "at": pd.Timestamp("2025-08-15") + days})
    return table.assign(revenue=generator.gamma(2, 10, 20 * n).round(2), margin=1.0)


def test_all_that_a_trial_is_judged_by_is_gathered_at_once() -> None:
    drawn, everybody, bought, as_of = pilots(20), customers(60), purchases(60), pd.Timestamp("2026-06-10")
    trial = gather(drawn, everybody, bought, plan=REGISTERED, as_of=as_of)
    pd.testing.assert_frame_equal(trial.bought, outcomes(drawn, bought, window_days=30, as_of=as_of))
    options = {"metric": "revenue_per_customer"}
    pd.testing.assert_frame_equal(trial.months, launches(drawn, everybody, bought, as_of=as_of, **options))
    pd.testing.assert_frame_equal(trial.others, panel(drawn, everybody, bought, window_days=30, **options))
    pd.testing.assert_frame_equal(trial.rungs, ladder(drawn, everybody, trial.weekly))
    assert trial.starts_on == STARTS
    known = difference_in_differences(trial.others, cluster="customer_id")  # nobody drawn by lot, one launch month
    pd.testing.assert_frame_equal(effects(trial), strongest(known))
    assert effects(gather(drawn.head(0), everybody, NOBODY, plan=REGISTERED, as_of=as_of)).empty


def test_a_launch_to_everybody_is_read_off_one_series_and_any_other_is_not() -> None:
    drawn, bought = pilots(20), purchases(20)
    trial = gather(drawn, customers(20), bought, plan=REGISTERED, as_of=pd.Timestamp("2026-06-10"))
    assert isinstance(trial, Trial)
    known = interrupted_series(trial.weekly, starts_on=STARTS, metric="revenue_per_customer", unit="money").head(1)
    pd.testing.assert_frame_equal(one_series(trial), known)
    others = gather(drawn, customers(21), bought, plan=REGISTERED, as_of=pd.Timestamp("2026-06-10"))
    assert one_series(others).empty


def test_the_series_is_that_of_the_metric_registered() -> None:
    days = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-12", "2026-01-18"])
    sold = pd.DataFrame({"customer_id": ["a", "a", "b", "a", "b"], "at": days, "revenue": [5.0, 5.0, 4.0, 3.0, -2.0]})
    sold = sold.assign(margin=sold["revenue"] / 2)
    as_of = pd.Timestamp("2026-01-18")
    expected = {
        "purchase_share": [2, 1],  # a once though twice there; who only gives back is no buyer
        "revenue_per_customer": [14, 1],
        "margin_per_customer": [7, 0.5],
        "retention_day_1": [],
    }
    found = {name: weekly_series(sold, name, as_of=as_of)["estimate"].tolist() for name in expected}
    assert found == expected
