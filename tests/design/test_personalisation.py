"""Different experiences for different groups only when the effect is shown to differ between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.anova import anova_lm

from cxlib.stages.design.personalisation import TESTS, interactions, personalisation, pilot_outcomes


def outcomes(gap: float, n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Two households; the pilot lifts families by 0.2 and others by 0.2 − gap; a region that does nothing."""
    random = np.random.default_rng(seed)
    family, pilot = random.random(n) < 0.5, random.random(n) < 0.5
    lift = np.where(family, 0.2, 0.2 - gap) * pilot
    return pd.DataFrame(
        {
            "arm": np.where(pilot, "pilot", "control"),
            "household": np.where(family, "family", "single"),
            "region": random.choice(["n", "s", "w"], n),
            "outcome": random.normal(0.3 + lift, 0.3),
        }
    )


def test_the_test_is_that_of_a_linear_model_with_and_without_interaction() -> None:
    table = outcomes(0.1, seed=3)
    models = [smf.ols(f"outcome ~ arm {sign} region", table).fit() for sign in ("+", "*")]
    expected = anova_lm(*models).iloc[1]
    found = interactions(table, ["region"]).iloc[0]
    assert found["statistic"] == pytest.approx(expected["F"])
    assert found["p_value"] == pytest.approx(expected["Pr(>F)"])


def test_the_groups_of_the_smallest_and_the_largest_effect_are_named() -> None:
    row = interactions(outcomes(0.3, seed=3), ["household"]).iloc[0]
    assert (row["least"], row["most"], row["verdict"]) == ("single", "family", "real")


@pytest.mark.parametrize(("n", "verdict"), [(29, "cannot tell"), (30, "real")])
def test_a_group_is_compared_from_thirty_persons_an_arm_on(n: int, verdict: str) -> None:
    parts = [("family", "pilot", 200, 1.0), ("family", "control", 200, 0.0), ("single", "pilot", n, 0.0)]
    parts.append(("single", "control", 200, 0.0))
    table = pd.DataFrame(
        [(group, arm, lift + i % 2) for group, arm, size, lift in parts for i in range(size)],
        columns=["household", "arm", "outcome"],
    )
    row = interactions(table, ["household"]).iloc[0]
    assert (row["verdict"], row["n_groups"]) == (verdict, 2 if verdict == "real" else 1)


def test_the_false_discoveries_of_all_groupings_are_held_down_together() -> None:
    table = outcomes(0.1, seed=24)
    alone = interactions(table, ["household"]).iloc[0]
    among = interactions(
        table.assign(**{f"other{i}": table["region"] for i in range(9)}),
        ["household", *(f"other{i}" for i in range(9))],
    ).iloc[0]
    assert alone["p_value"] == among["p_value"] < 0.05
    assert (alone["verdict"], among["verdict"]) == ("real", "not shown")


def test_only_a_pilot_whose_window_is_over_is_compared() -> None:
    drawn = pd.DataFrame({"customer_id": [f"c{i}" for i in range(80)], "arm": ["pilot", "control"] * 40})
    tables = {
        "assignments": drawn.assign(starts_on=pd.Timestamp("2026-01-01")),
        "customers": drawn[["customer_id"]].assign(household="family", region="n", age_band="30"),
        "transactions": pd.DataFrame({"customer_id": ["c0"], "revenue": [5.0], "at": pd.to_datetime(["2026-01-02"])}),
    }
    members = drawn[["customer_id"]].assign(segment="s")
    over, still = (
        personalisation(tables, members, window_days=60, as_of=pd.Timestamp(day))
        for day in ("2026-03-02", "2026-03-01")
    )
    assert over["n"].tolist() == [80] * 4
    assert still["n"].tolist() == [0] * 4


def test_a_pilot_counts_purchases_of_its_window_only() -> None:
    drawn = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(5)],
            "arm": ["pilot", "control"] * 2 + ["pilot"],
            "starts_on": pd.Timestamp("2026-01-01"),
        }
    )
    bought = pd.DataFrame(
        {
            "customer_id": ["c0", "c1", "c2", "c3", "c4"],
            "revenue": [10.0, 10.0, -5.0, 3.0, 3.0],
            "at": pd.to_datetime(["2026-03-01", "2026-03-02", "2026-01-05", "2025-12-31", "2026-01-01"]),
        }
    )
    table = pilot_outcomes(drawn, bought, window_days=60)
    assert table["outcome"].tolist() == [1, 0, 0, 0, 1]  # the 61st day, a refund and the day before count for nothing


def test_a_planted_difference_is_found_and_none_is_declared_at_the_stated_rate() -> None:
    found = [
        interactions(outcomes(0.25, seed=seed), ["household", "region"]).set_index("grouping") for seed in range(20)
    ]
    assert sum(table.loc["household", "verdict"] == "real" for table in found) >= 18
    declared = sum(
        (interactions(outcomes(0.0, seed=seed), ["household", "region"])["verdict"] == "real").any()
        for seed in range(60)
    )
    assert declared <= stats.binom.ppf(0.99, 60, 0.05)


def test_one_group_alone_cannot_tell() -> None:
    alone = outcomes(0.1).query("household == 'family'")
    row = interactions(alone, ["household"]).iloc[0]
    assert row["verdict"] == "cannot tell"
    empty = interactions(alone.head(0), ["household"])
    assert (list(empty.columns), empty["verdict"].item()) == (TESTS, "cannot tell")
