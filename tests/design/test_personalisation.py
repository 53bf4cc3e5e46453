"""Different experiences for different groups only when the effect is shown to differ between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.anova import anova_lm

from cxlib.stages.design.personalisation import GROUPS, TESTS, group_effects, interactions


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


def test_the_effect_of_a_group_is_welchs_difference() -> None:
    table = outcomes(0.1, seed=3)
    row = group_effects(table, ["household"]).set_index("group").loc["family"]
    arms = [
        table.loc[table["household"].eq("family") & table["arm"].eq(arm), "outcome"] for arm in ("pilot", "control")
    ]
    welch = stats.ttest_ind(*arms, equal_var=False).confidence_interval(0.95)
    assert row["estimate"] == pytest.approx(arms[0].mean() - arms[1].mean())
    assert (row["low"], row["high"]) == pytest.approx((welch.low, welch.high), abs=2e-3)


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
    assert group_effects(alone.head(20), ["household"]).empty
    empty = interactions(alone.head(0), ["household"])
    assert (list(empty.columns), empty["verdict"].item()) == (TESTS, "cannot tell")
    assert list(group_effects(alone.head(0), ["household"]).columns) == GROUPS
