"""Did it work? The difference the experience made, by the strongest design that the data allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from cxlib.facts import compare
from cxlib.statistics.differences import Floats, paired, seen, student, welch
from cxlib.statistics.intervals import TIDY, detectable, newcombe, pooled_p

TEXT = ["metric", "design", "method"]
EFFECT = [*TEXT, *TIDY, "p_value", "n_pilot", "n_control", "n_customers", "pilot", "control", "detectable", "verdict"]
ARMS = ("pilot", "control")
LEAST_CLUSTERS = 3  # with one a side there is no spread between clusters to see
MINIMUM_PERIODS = 8  # before and after each, for a series; below it the slope is noise (Bernal et al. 2017)


def effect_row(
    told: Mapping[str, float],
    *,
    n: int,
    sizes: tuple[int, int],
    means: tuple[float, float],
    customers: int | None = None,
    **about: str,
) -> pd.DataFrame:
    """One row of an effect table.

    `told`: its interval (estimate, low, high, p_value); sizes and means: of pilot and control; customers: of the pilot, where
    its size counts something else; about: metric, design, method, unit. detectable: the smallest true effect it would have
    shown in four cases of five; verdict: real | not shown | cannot tell, by the interval and the size of the smaller arm.
    """
    row: dict[str, Any] = {**told, **about, "n": n}
    row["n_pilot"], row["n_control"], row["pilot"], row["control"] = *sizes, *means
    row["n_customers"] = sizes[0] if customers is None else customers
    row["detectable"] = detectable(row["low"], row["high"])
    row["verdict"] = compare(row["low"], row["high"], n=int(min(sizes)))
    return pd.DataFrame([row])[EFFECT]


def empty_effect() -> pd.DataFrame:
    """An effect table without rows."""
    texts = {*TEXT, "unit", "verdict"}
    return pd.DataFrame({name: pd.Series(dtype="str" if name in texts else float) for name in EFFECT})


def stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Effect tables one below the other; an empty one when none has rows."""
    held = [table for table in tables if len(table)]
    return pd.concat(held, ignore_index=True) if held else empty_effect()


def difference(outcomes: pd.DataFrame, *, unit: str, adjust: bool = True, cluster: str = "") -> pd.DataFrame:
    """Pilot minus control of a randomised trial, one row of an effect table; the estimate is in the metric's unit.

    `outcomes`: arm (pilot|control), outcome, before (covariate), metric; rows with NaN outcome are left out.
    With `adjust`, CUPED: $y' = y - \\theta(x - \\bar x)$, $\\theta = cov(x, y)/var(x)$, which leaves the estimand and
    cuts its variance by $1-\\rho^2$ (Deng, Xu, Kohavi & Walker 2013). A person without covariate gets its mean, so that
    nobody is lost. Welch interval; with `cluster` (column) errors are clustered (statsmodels, small-sample corrected).
    Columns: metric, design, method, estimate, low, high, n, unit, p_value, n_pilot, n_control, n_customers (of the pilot),
    pilot, control, detectable, verdict. Where nobody differs within the arms the spread is unknown: Newcombe's interval for
    0/1 outcomes, else none (NaN). Below two persons in an arm, or fewer than three clusters: an empty table.
    """
    table = outcomes.dropna(subset=["outcome", "arm"]) if len(outcomes) else outcomes
    n_pilot, n_control = (int(table["arm"].eq(arm).sum()) for arm in ARMS)
    if min(n_pilot, n_control) < 2 or (cluster and table[cluster].nunique() < LEAST_CLUSTERS):
        return empty_effect()
    values, adjusted = adjusted_outcome(table) if adjust else (table["outcome"].to_numpy(float), False)
    pilot, control = (values[table["arm"].eq(arm).to_numpy()] for arm in ARMS)
    told = _clustered(table, values, cluster) if cluster else welch(pilot, control)
    if np.isnan(told["low"]) and not cluster and unit == "share" and table["outcome"].isin([0, 1]).all():
        return share_difference(table)
    return effect_row(
        told,
        metric=str(table["metric"].iloc[0]),
        design="randomised",
        method="+".join(["CUPED"] * adjusted + ["cluster" if cluster else "Welch"]),
        n=len(table),
        unit=unit,
        sizes=(n_pilot, n_control),
        means=(float(pilot.mean()), float(control.mean())),
    )


def differences(outcomes: pd.DataFrame, *, adjust: bool = True, cluster: str = "") -> pd.DataFrame:
    """`difference` of every metric in a long table of outcomes (columns as there, and unit), one row per metric."""
    by_metric = outcomes.groupby("metric", sort=False)
    return stacked(
        [difference(one, unit=str(one["unit"].iloc[0]), adjust=adjust, cluster=cluster) for _metric, one in by_metric]
    )


def adjusted_outcome(table: pd.DataFrame) -> tuple[Floats, bool]:
    """The outcome with the part that the covariate foretells taken out; (values, whether anything was adjusted).

    Nothing is, where nobody has a past: a pilot among new customers is measured without a covariate.
    """
    outcome = table["outcome"].to_numpy(float)
    before = table["before"].to_numpy(float) if "before" in table else np.full(len(table), np.nan)
    if np.isnan(before).all() or np.nanstd(before) == 0:
        return outcome, False
    before = np.where(np.isnan(before), np.nanmean(before), before)
    theta = float(np.cov(before, outcome)[0, 1] / np.var(before, ddof=1))
    return outcome - theta * (before - before.mean()), True


def _clustered(table: pd.DataFrame, values: Floats, cluster: str) -> dict[str, float]:
    """Difference in means with errors clustered by a column, t on (clusters − 1) degrees of freedom."""
    pilot = table["arm"].eq("pilot").to_numpy(float)
    groups = pd.factorize(table[cluster])[0]
    design = np.column_stack([np.ones(len(values)), pilot])
    fit = OLS(values, design).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    return student(float(fit.params[1]), float(fit.bse[1]), float(len(np.unique(groups)) - 1))


def share_difference(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Unadjusted pilot minus control of a 0/1 outcome with Newcombe's (1998, method 10) interval: the cross-check.

    Same columns as `difference`; p by the pooled two-proportion z test. Empty below one person in an arm.
    """
    table = outcomes.dropna(subset=["outcome", "arm"]) if len(outcomes) else outcomes
    pilot, control = (table.loc[table["arm"].eq(arm), "outcome"].to_numpy(float) for arm in ARMS)
    if min(len(pilot), len(control)) < 1:
        return empty_effect()
    counts = (pilot.sum(), len(pilot)), (control.sum(), len(control))
    told = dict(zip(("estimate", "low", "high"), newcombe(*counts), strict=True)) | {"p_value": pooled_p(*counts)}
    return effect_row(
        told,
        metric=str(table["metric"].iloc[0]),
        design="randomised",
        method="Newcombe",
        n=len(table),
        unit="share",
        sizes=(len(pilot), len(control)),
        means=(float(pilot.mean()), float(control.mean())),
    )


def difference_in_differences(panel: pd.DataFrame, *, cluster: str = "") -> pd.DataFrame:
    """How much more the treated changed than the others: used where there was no random control.

    `panel`: outcome, treated (0/1), after (0/1), metric, unit. OLS of
    $y = a + b\\,treated + c\\,after + \\delta\\,treated \\cdot after$; the estimate is $\\delta$. It is causal only if
    both groups would have moved in parallel (Card & Krueger 1994). Cluster by person when persons appear twice.
    Columns as `difference`; n_pilot and n_control count clusters, else rows; pilot and control are changes. Empty when one of
    the four cells is missing, or with fewer than three clusters.
    """
    known = panel.dropna(subset=["outcome", "treated", "after"]) if len(panel) else panel
    few = bool(cluster) and len(known) and known[cluster].nunique() < LEAST_CLUSTERS
    if known.empty or few or len(known.groupby(["treated", "after"])) < 4:
        return empty_effect()
    values, treated, after = (known[name].to_numpy(float) for name in ("outcome", "treated", "after"))
    options = {"cov_type": "cluster", "cov_kwds": {"groups": pd.factorize(known[cluster])[0]}} if cluster else {}
    fit = OLS(values, np.column_stack([treated * after, np.ones(len(known)), treated, after])).fit(**options)
    units = known[cluster] if cluster else known.index.to_series()
    freedom = float(units.nunique() - 1) if cluster else float(fit.df_resid)
    cells = known.groupby(["treated", "after"])["outcome"].mean()
    return effect_row(
        student(float(fit.params[0]), seen(float(fit.bse[0]), values), freedom),
        metric=str(known["metric"].iloc[0]),
        design="difference_in_differences",
        method="OLS+cluster" if cluster else "OLS",
        n=len(known),
        unit=str(known["unit"].iloc[0]),
        sizes=(units[treated == 1].nunique(), units[treated == 0].nunique()),
        means=(float(cells[1, 1] - cells[1, 0]), float(cells[0, 1] - cells[0, 0])),
    )


def before_after(outcomes: pd.DataFrame, *, unit: str) -> pd.DataFrame:
    """Change within the persons measured both times: descriptive only, it has no comparison group.

    Paired t interval of outcome − before; design "descriptive", pilot and control are the means after and before. Empty
    below two pairs.
    """
    pairs = outcomes.dropna(subset=["outcome", "before"]) if len(outcomes) else outcomes
    if len(pairs) < 2:
        return empty_effect()
    outcome, before = (pairs[name].to_numpy(float) for name in ("outcome", "before"))
    return effect_row(
        paired(outcome, before),
        metric=str(pairs["metric"].iloc[0]),
        design="descriptive",
        method="paired t",
        n=len(pairs),
        unit=unit,
        sizes=(len(pairs), 0),
        means=(float(outcome.mean()), float(before.mean())),
    )


def interrupted_series(series: pd.DataFrame, *, starts_on: pd.Timestamp, metric: str, unit: str) -> pd.DataFrame:
    """Jump and change of slope of one group's series when the experience began: segmented regression.

    `series`: period_on, estimate. $y_t = a + bt + c\\,D_t + d\\,(t-t_0)D_t$. Two rows (design "interrupted_series"; method
    "level" and "slope"). Newey–West (HAC) errors alone are too small here: 95 % intervals held 83 % at 30 periods, 78 % with
    neighbours alike (calibration/). So the model is fitted with residuals that follow the one before ($\\rho$ corrected for its
    bias; Prais & Winsten 1954, advised by Turner et al. 2021), t on the effective number of periods less 4, and the
    larger of that error and the HAC one is taken. What else changed at the same time would look the same. Empty below 8
    periods on either side (Wagner et al. 2002).
    """
    known = series.dropna(subset=["estimate"]).sort_values("period_on", ignore_index=True)
    after = known["period_on"].ge(pd.Timestamp(starts_on)).to_numpy(float)
    if min(after.sum(), len(after) - after.sum()) < MINIMUM_PERIODS:
        return empty_effect()
    time = np.arange(len(known), dtype=float)
    design = np.column_stack([np.ones(len(known)), time, after, (time - time[after.argmax()]) * after])
    values = known["estimate"].to_numpy(float)
    coefficients, errors, freedom = prais_winsten(values, design)
    errors = np.maximum(errors, newey_west(values, design))
    n_after, n = int(after.sum()), len(known)
    about: dict[str, Any] = {"metric": metric, "design": "interrupted_series", "unit": unit}
    rows = []
    for method, place in (("level", 2), ("slope", 3)):
        told = student(float(coefficients[place]), seen(float(errors[place]), values), freedom)
        rows.append(effect_row(told, method=method, n=n, sizes=(n_after, n - n_after), means=(np.nan, np.nan), **about))
    return pd.concat(rows, ignore_index=True)


def newey_west(values: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Least-squares errors that allow for alike neighbours, lag $\\lfloor 4(n/100)^{2/9} \\rfloor$ (Newey & West 1987)."""
    lags = int(np.floor(4 * (len(values) / 100) ** (2 / 9)))
    fit = OLS(values, design).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    return np.asarray(fit.bse, dtype=float)


def prais_winsten(values: np.ndarray, design: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Regression whose residuals follow the one before: coefficients, standard errors, degrees of freedom.

    ρ by iteration, $r + (1 + 4r)/n$ for its bias (Marriott & Pope 1954), between 0 and 0.95; the effective number of periods
    is $n(1-\\rho)/(1+\\rho)$, and at least 3 degrees of freedom are left.
    """
    n, (coefficients, rho) = len(values), (np.linalg.lstsq(design, values, rcond=None)[0], 0.0)
    for _round in range(50):
        residual = values - design @ coefficients
        squares = float(residual @ residual)
        alike = float(residual[1:] @ residual[:-1]) / squares if squares > 1e-20 * n else 0.0
        last, rho = rho, min(max(alike + (1 + 4 * alike) / n, 0.0), 0.95) if squares > 1e-20 * n else 0.0
        moved, response = _less_the_one_before(design, rho), _less_the_one_before(values, rho)
        coefficients = np.linalg.lstsq(moved, response, rcond=None)[0]
        if abs(rho - last) < 1e-8:
            break
    left = response - moved @ coefficients
    covariance = np.linalg.inv(moved.T @ moved) * float(left @ left) / (n - design.shape[1])
    return coefficients, np.sqrt(np.diag(covariance)), max(n * (1 - rho) / (1 + rho) - design.shape[1], 3.0)


def _less_the_one_before(values: np.ndarray, rho: float) -> np.ndarray:
    """Each row less ρ times the one before; the first scaled so that its variance is that of the others."""
    return np.concatenate([np.sqrt(1 - rho**2) * values[:1], values[1:] - rho * values[:-1]])
