"""Looking more than once, few sites, the ladder of designs, and the smallest effect that an interval would show."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.stages.measurement.effect import difference
from cxlib.stages.measurement.ladder import NEEDED, ladder, strongest
from cxlib.stages.measurement.looks import BOUNDS, always_valid, bounds, crossing
from cxlib.stages.measurement.sites import cluster_of, drawn_by_site, site_difference, site_differences
from cxlib.statistics.intervals import detectable
from cxlib.statistics.power import detectable_mean


def test_the_bounds_of_five_looks_are_the_published_ones() -> None:
    # Jennison & Turnbull (2000), Group Sequential Methods, tables 2.1 and 2.3, α = 0.05: 2.413 and 2.040 √(5/k)
    assert bounds(5)["z"].tolist() == pytest.approx([4.562, 3.226, 2.634, 2.281, 2.040], abs=5e-4)
    assert bounds(5, shape="pocock")["z"].tolist() == pytest.approx([2.413] * 5, abs=5e-4)
    assert [bounds(looks, shape="pocock")["z"].iloc[0] for looks in (2, 3, 10)] == pytest.approx(
        [2.178, 2.289, 2.555], abs=5e-4
    )


def test_five_naive_looks_give_one_false_alarm_in_seven_and_bounded_ones_one_in_twenty() -> None:
    # Armitage, McPherson & Rowe (1969), table 2: 0.142 for five looks, 0.193 for ten
    assert crossing(np.full(5, 1.959964)).sum() == pytest.approx(0.142, abs=5e-4)
    assert crossing(np.full(10, 1.959964)).sum() == pytest.approx(0.193, abs=5e-4)
    assert bounds(7)["spent_share"].iloc[-1] == pytest.approx(0.05, abs=1e-8)


def test_the_recursion_is_what_simulated_trials_do() -> None:
    path = np.random.default_rng(0).normal(size=(200_000, 4)).cumsum(axis=1) / np.sqrt(np.arange(1, 5))
    limits = bounds(4)["z"].to_numpy()
    first = (np.abs(path) > limits).argmax(axis=1)[(np.abs(path) > limits).any(axis=1)]
    assert np.bincount(first, minlength=4) / len(path) == pytest.approx(crossing(limits), abs=1.5e-3)


@pytest.mark.parametrize(("looks", "shape"), [(0, "pocock"), (3, "unknown")])
def test_no_looks_or_an_unknown_shape_have_no_bounds(looks: int, shape: str) -> None:
    assert bounds(looks, shape=shape).empty and list(bounds(looks, shape=shape).columns) == BOUNDS


def test_one_look_is_the_ordinary_test() -> None:
    assert bounds(1)["z"].iloc[0] == pytest.approx(stats.norm.ppf(0.975), abs=1e-8)


def seen(estimate: float, error: float) -> pd.DataFrame:
    half = stats.norm.ppf(0.975) * error
    return pd.DataFrame([{"estimate": estimate, "low": estimate - half, "high": estimate + half}])


def test_the_always_valid_interval_ends_where_the_likelihood_ratio_is_twenty() -> None:
    row = always_valid(seen(0.3, 0.1), mixture_effect=0.2).iloc[0]
    variance, mixture, gap = 0.1**2, 0.2**2, row["estimate"] - row["low"]
    ratio = stats.norm.pdf(gap, 0, np.sqrt(variance + mixture)) / stats.norm.pdf(gap, 0, np.sqrt(variance))
    assert ratio == pytest.approx(20.0, rel=1e-9)


def test_looking_at_every_answer_errs_in_at_most_one_case_of_twenty_with_the_always_valid_interval() -> None:
    generator = np.random.default_rng(0)
    n = np.arange(20, 1_001)
    gap = generator.normal(size=(600, 1_000)).cumsum(axis=1)[:, 19:] / n
    table = seen(0.0, 1.0).loc[[0] * len(n)].assign(low=-1.959964 / np.sqrt(n), high=1.959964 / np.sqrt(n))
    half = always_valid(table, mixture_effect=0.2)["high"].to_numpy()
    assert (np.abs(gap) > half).any(axis=1).mean() <= 0.05
    assert (np.abs(gap) > 1.959964 / np.sqrt(n)).any(axis=1).mean() > 0.3  # the fixed one, looked at as often


def test_without_a_minimum_effect_there_is_no_always_valid_interval() -> None:
    assert always_valid(seen(0.3, 0.1), mixture_effect=float("nan")).empty


def sites(n: int = 6, *, lift: float = 0.0, seed: int = 0, people: int = 10) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    site = np.repeat(np.arange(n), people)
    arm = np.where(site % 2 == 0, "pilot", "control")
    outcome = generator.normal(0, 1, n)[site] + generator.normal(0, 1, len(site)) + lift * (arm == "pilot")
    return pd.DataFrame({"site": [f"s{one}" for one in site], "arm": arm, "outcome": outcome, "metric": "m"})


def test_the_p_value_of_six_sites_is_the_one_counted_by_hand() -> None:
    table = sites(6, lift=1.0)
    means = table.groupby("site")["outcome"].mean().to_numpy()
    gaps = [abs(means[list(way)].mean() - np.delete(means, list(way)).mean()) for way in combinations(range(6), 3)]
    own = abs(means[::2].mean() - means[1::2].mean())
    row = site_difference(table, site="site", unit="score").iloc[0]
    assert row["p_value"] == pytest.approx(np.mean(np.array(gaps) >= own - 1e-12))
    assert row["estimate"] == pytest.approx(means[::2].mean() - means[1::2].mean())
    assert np.isnan(row["low"])  # 20 ways: the rarest has p = 0.1


def test_the_p_value_is_scipys_permutation_test() -> None:
    table = sites(10, lift=1.0)
    means = table.groupby("site")["outcome"].mean().to_numpy()
    known = stats.permutation_test((means[::2], means[1::2]), lambda x, y: x.mean() - y.mean(), n_resamples=np.inf)
    assert site_difference(table, site="site", unit="score")["p_value"].iloc[0] == pytest.approx(known.pvalue)


def test_the_interval_holds_the_effects_that_are_not_rejected_and_covers() -> None:
    row = site_difference(sites(10, lift=2.0), site="site", unit="score").iloc[0]
    for effect, inside in ((row["low"] + 1e-6, True), (row["low"] - 1e-3, False)):
        moved = sites(10, lift=2.0)
        moved["outcome"] -= effect * moved["arm"].eq("pilot")
        assert (site_difference(moved, site="site", unit="score")["p_value"].iloc[0] > 0.05) == inside
    held = []
    for seed in range(60):
        one = site_difference(sites(8, lift=1.0, seed=seed), site="site", unit="score").iloc[0]
        held.append(one["low"] <= 1.0 <= one["high"])
    assert np.mean(held) >= 0.87


def test_customers_drawn_one_by_one_are_not_taken_for_sites() -> None:
    table = sites(6)
    assert drawn_by_site(table)
    assert not drawn_by_site(table.assign(site="")) and not drawn_by_site(table.head(0))
    assert not drawn_by_site(table.assign(arm=np.where(np.arange(len(table)) % 2, "pilot", "control")))
    assert site_difference(table[table["site"].isin(["s0", "s1"])], site="site", unit="score").empty


def test_few_sites_are_judged_by_the_lottery_and_many_by_clustered_errors() -> None:
    few, many = (sites(n).assign(unit="score") for n in (10, 40))
    assert site_differences(few)["design"].tolist() == ["sites"] and cluster_of(few) == ""
    assert site_differences(many).empty and cluster_of(many) == "site"
    assert site_differences(few.assign(site="")).empty and cluster_of(few.head(0)) == ""


def test_the_smallest_effect_shown_is_the_one_of_the_power_formula() -> None:
    table = pd.DataFrame({"arm": ["pilot", "control"] * 2_000, "outcome": np.random.default_rng(0).normal(0, 3, 4_000)})
    row = difference(table.assign(metric="m"), unit="score", adjust=False).iloc[0]
    assert detectable(row["low"], row["high"]) == pytest.approx(detectable_mean(3.0, 2_000), rel=0.02)


def people(arms: list[str], starts: list[str], site: str = "") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{at}" for at in range(len(arms))],
            "arm": arms,
            "starts_on": pd.to_datetime(starts),
            "site": site,
        }
    )


CUSTOMERS = pd.DataFrame({"customer_id": [f"c{at}" for at in range(6)]})
WEEKS = pd.DataFrame({"period_on": pd.date_range("2026-01-05", periods=30, freq="W-MON")})


@pytest.mark.parametrize(
    ("drawn", "customers", "first"),
    [
        (people(["pilot", "pilot", "control", "control"], ["2026-03-01"] * 4), CUSTOMERS, "randomised"),
        (people(["pilot"] * 3, ["2026-03-01", "2026-04-01", "2026-04-02"]), CUSTOMERS, "staggered"),
        (people(["pilot"] * 3, ["2026-03-01"] * 3), CUSTOMERS, "difference_in_differences"),
        (people(["pilot"] * 3, ["2026-04-01"] * 3), CUSTOMERS.head(3), "interrupted_series"),
        (people(["pilot"] * 3, ["2026-01-12"] * 3), CUSTOMERS.head(3), "descriptive"),
        (people([], []), CUSTOMERS, None),
    ],
)
def test_the_ladder_names_the_strongest_design_that_the_data_allow(
    drawn: pd.DataFrame, customers: pd.DataFrame, first: str | None
) -> None:
    table = ladder(drawn, customers, WEEKS)
    assert table["design"].tolist() == list(NEEDED)
    assert next(iter(table.loc[table["possible"], "design"]), None) == first


def test_the_effect_of_the_strongest_design_is_taken() -> None:
    rows = pd.DataFrame(
        {"metric": ["m", "m", "other"], "design": ["descriptive", "randomised", "sites"], "estimate": [1, 2, 3]}
    )
    assert strongest(rows)["estimate"].tolist() == [2, 3] and strongest(rows.head(0)).empty
