"""One design or several: does the effect of an experiment differ between groups of customers?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import discoveries

GROUPS = ["grouping", "group", "estimate", "low", "high", "n", "unit"]
TESTS = ["grouping", "n_groups", "statistic", "p_value", "n", "verdict"]
MINIMUM_ARM = 30  # persons of each arm that a group needs to be compared


def pilot_outcomes(
    assignments: pd.DataFrame,
    transactions: pd.DataFrame,
    groups: pd.DataFrame,
    *,
    window_days: int,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """Who bought within the window of a pilot that is over: arm, outcome (0 or 1) and the columns of `groups`.

    groups: customer_id and the grouping columns. Pilots whose window is still open at `as_of` are left out.
    """
    over = assignments[assignments["starts_on"] + pd.Timedelta(days=window_days) <= pd.Timestamp(as_of)]
    bought = transactions.merge(over[["customer_id", "starts_on"]], on="customer_id")
    since = (bought["at"].dt.normalize() - bought["starts_on"]).dt.days
    buyers = bought.loc[since.ge(0) & since.lt(window_days) & bought["revenue"].gt(0), "customer_id"]
    table = over[["customer_id", "arm"]].merge(groups, on="customer_id", how="left")
    return table.assign(outcome=table["customer_id"].isin(buyers).astype(float))


def group_effects(outcomes: pd.DataFrame, groupings: Sequence[str], *, unit: str = "share") -> pd.DataFrame:
    """Difference pilot − control within each group of each grouping, with a 95 % interval (unequal variances).

    outcomes: one row per person with arm (pilot | control), outcome and the grouping columns. Groups with fewer than 30
    persons in an arm are left out. Returns grouping, group, estimate, low, high, n, unit.
    """
    rows = []
    for grouping in groupings:
        for group, part in _kept(outcomes, grouping).groupby(grouping, sort=True):
            arms = [part.loc[part["arm"].eq(arm), "outcome"].to_numpy(dtype=float) for arm in ("pilot", "control")]
            error = np.sqrt(sum(arm.var(ddof=1) / len(arm) for arm in arms))
            gap = float(arms[0].mean() - arms[1].mean())
            rows.append((grouping, str(group), gap, gap - 1.96 * error, gap + 1.96 * error, len(part), unit))
    return pd.DataFrame(rows, columns=GROUPS)


def interactions(outcomes: pd.DataFrame, groupings: Sequence[str], *, rate: float = 0.05) -> pd.DataFrame:
    """Does the effect differ between the groups? One F test of treatment × group a grouping, Benjamini–Hochberg over all.

    Linear model outcome ~ arm × group against arm + group. verdict: real (stands at the false-discovery rate: different
    experiences may be worth it) | not shown | cannot tell (fewer than two groups with 30 persons an arm).
    """
    rows = [_tested(outcomes, grouping) for grouping in groupings]
    table = pd.DataFrame(rows, columns=TESTS[:-1])
    stands = discoveries(table["p_value"].to_list(), rate=rate)
    table["verdict"] = np.where(table["p_value"].isna(), "cannot tell", np.where(stands, "real", "not shown"))
    return table


def _kept(outcomes: pd.DataFrame, grouping: str) -> pd.DataFrame:
    """The persons of the groups that are large enough in both arms."""
    named = outcomes[outcomes[grouping].fillna("").ne("") & outcomes["outcome"].notna()]
    sizes = (
        named.groupby([grouping, "arm"])
        .size()
        .unstack(fill_value=0)
        .reindex(columns=["pilot", "control"], fill_value=0)
    )
    return named[named[grouping].isin(sizes.index[(sizes >= MINIMUM_ARM).all(axis=1)])]


def _tested(outcomes: pd.DataFrame, grouping: str) -> tuple[object, ...]:
    """F test of one grouping."""
    part = _kept(outcomes, grouping)
    groups = pd.get_dummies(part[grouping], dtype=float).to_numpy()
    n_groups, n = groups.shape[1] if len(part) else 0, len(part)
    if n_groups < 2:
        return grouping, n_groups, np.nan, np.nan, n
    pilot, outcome = part["arm"].eq("pilot").to_numpy(dtype=float)[:, None], part["outcome"].to_numpy(dtype=float)
    small, large = np.hstack([groups, pilot]), np.hstack([groups, groups * pilot])
    left = [float(np.square(outcome - design @ np.linalg.lstsq(design, outcome)[0]).sum()) for design in (small, large)]
    free = n - 2 * n_groups
    statistic = (left[0] - left[1]) / (n_groups - 1) / (left[1] / free) if left[1] > 0 else np.nan
    return grouping, n_groups, statistic, float(stats.f.sf(statistic, n_groups - 1, free)), n
