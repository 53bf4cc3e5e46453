"""One design or several: does the effect of an experiment differ between groups of customers?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from cxlib.facts import EVIDENCE_N
from cxlib.statistics.intervals import discoveries

GROUPINGS = ("segment", "household", "region", "age_band")
TESTS = ["grouping", "n_groups", "statistic", "p_value", "n", "least", "most", "verdict"]


def personalisation(
    tables: Mapping[str, pd.DataFrame], members: pd.DataFrame, *, window_days: int, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Does the effect of the pilot that is over differ between groups of customers? One row a grouping (`interactions`).

    tables: assignments, transactions, customers. members: customer_id, segment. Pilots whose window is still open at
    `as_of` are left out.
    """
    groups = tables["customers"].merge(members[["customer_id", "segment"]], on="customer_id", how="left")
    over = tables["assignments"]
    over = over[over["starts_on"] + pd.Timedelta(days=window_days) <= pd.Timestamp(as_of)]
    outcomes = pilot_outcomes(over, tables["transactions"], window_days=window_days)
    return interactions(outcomes.merge(groups, on="customer_id", how="left"), GROUPINGS)


def pilot_outcomes(assignments: pd.DataFrame, transactions: pd.DataFrame, *, window_days: int) -> pd.DataFrame:
    """Who bought within the window from the start of the pilot on: customer_id, arm, outcome (0 or 1)."""
    bought = transactions.merge(assignments[["customer_id", "starts_on"]], on="customer_id")
    since = (bought["at"].dt.normalize() - bought["starts_on"]).dt.days
    buyers = bought.loc[since.ge(0) & since.lt(window_days) & bought["revenue"].gt(0), "customer_id"]
    outcome = assignments["customer_id"].isin(buyers).astype(float)
    return assignments[["customer_id", "arm"]].assign(outcome=outcome)


def interactions(outcomes: pd.DataFrame, groupings: Sequence[str]) -> pd.DataFrame:
    """Does the effect differ between the groups? One F test of treatment × group a grouping, Benjamini–Hochberg over all.

    outcomes: one row per person with arm (pilot | control), outcome and the grouping columns. Linear model
    outcome ~ arm × group against arm + group; groups with fewer than 30 persons in an arm are left out. least, most: the
    groups of the smallest and the largest effect. verdict: real (stands at a false-discovery rate of 5 %: different
    experiences may be worth it) | not shown | cannot tell (fewer than two groups with 30 persons an arm).
    """
    table = pd.DataFrame([(grouping, *_tested(outcomes, grouping)) for grouping in groupings], columns=TESTS[:-1])
    known, stands = table["p_value"].notna(), discoveries(table["p_value"].to_list())
    return table.assign(verdict=np.select([~known, stands], ["cannot tell", "real"], "not shown"))


def _tested(outcomes: pd.DataFrame, grouping: str) -> tuple[object, ...]:
    """F test of one grouping: n_groups, statistic, p_value, n, least, most."""
    named = outcomes[outcomes[grouping].fillna("").ne("") & outcomes["outcome"].notna()]
    means, sizes = (
        named.pivot_table("outcome", grouping, "arm", aggfunc=how, observed=True).reindex(columns=["pilot", "control"])
        for how in ("mean", "size")
    )
    large = sizes.index[sizes.ge(EVIDENCE_N).all(axis=1)]
    part = named[named[grouping].isin(large)]
    if len(large) < 2:
        return len(large), np.nan, np.nan, len(part), "", ""
    effects = (means["pilot"] - means["control"])[large].sort_values()
    groups = pd.get_dummies(part[grouping], dtype=float).to_numpy()
    pilot = part["arm"].eq("pilot").to_numpy(dtype=float)[:, None]
    same, differing = (OLS(part["outcome"], np.hstack([groups, more])).fit() for more in (pilot, groups * pilot))
    statistic, p_value, _more = differing.compare_f_test(same) if differing.ssr > 0 else (np.nan,) * 3
    return len(large), statistic, p_value, len(part), str(effects.index[0]), str(effects.index[-1])
