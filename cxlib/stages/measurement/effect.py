"""Did it work? The difference the experience made, by the strongest design that the data allow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS

from cxlib.statistics.intervals import TIDY, newcombe

EFFECT = ["metric", "design", "method", *TIDY, "p_value", "n_pilot", "n_control", "pilot", "control"]
MINIMUM_PERIODS = (
    8  # before and after each, for an interrupted series; below it the slope is noise (Bernal et al. 2017)
)
LEAST_CLUSTERS = 3  # with one a side there is no spread between clusters to see
BLIND = 1e-9  # of the largest value: a standard error below it is rounding, not spread
MINIMUM_CLUSTERS = 30  # cluster-robust errors are too small below about 30 clusters (Cameron & Miller 2015)


def difference(
    outcomes: pd.DataFrame, *, unit: str, confidence: float = 0.95, adjust: bool = True, cluster: str = ""
) -> pd.DataFrame:
    """Pilot minus control of a randomised trial, one row; the estimate is in the metric's unit.

    `outcomes`: arm (pilot|control), outcome, before (covariate), metric; rows with NaN outcome are left out.
    With `adjust`, CUPED: $y' = y - \\theta(x - \\bar x)$, $\\theta = cov(x, y)/var(x)$, which leaves the estimand and
    cuts its variance by $1-\\rho^2$ (Deng, Xu, Kohavi & Walker 2013). A person without covariate gets its mean, so that
    nobody is lost. Welch interval; with `cluster` (column) errors are clustered (statsmodels, small-sample corrected).
    Returned columns: metric, design, method, estimate, low, high, n, unit, p_value, n_pilot, n_control, pilot, control.
    Where nobody differs within the arms the spread is unknown: Newcombe's interval for 0/1 outcomes, else none (NaN).
    Below two persons in an arm, or fewer than three clusters: an empty table.
    """
    table = outcomes.dropna(subset=["outcome", "arm"]) if len(outcomes) else outcomes
    sizes = {arm: int(table["arm"].eq(arm).sum()) for arm in ("pilot", "control")}
    if min(sizes.values()) < 2 or (cluster and table[cluster].nunique() < LEAST_CLUSTERS):
        return empty_effect()
    values, adjusted = _cuped(table) if adjust else (table["outcome"].to_numpy(float), False)
    row = _clustered(table, values, cluster, confidence) if cluster else _welch(table, values, confidence)
    method = "+".join(["CUPED"] * adjusted + ["cluster" if cluster else "Welch"])
    if np.isnan(row["low"]) and not cluster and unit == "share" and table["outcome"].isin([0, 1]).all():
        return share_difference(table, confidence=confidence).assign(unit=unit)
    row |= {"metric": str(table["metric"].iloc[0]), "design": "randomised", "method": method, "n": len(table)}
    row |= {"unit": unit, "n_pilot": sizes["pilot"], "n_control": sizes["control"]}
    return pd.DataFrame([row])[EFFECT]


def differences(
    outcomes: pd.DataFrame, *, adjust: bool = True, cluster: str = "", confidence: float = 0.95
) -> pd.DataFrame:
    """`difference` of every metric in a long table of outcomes (columns as there, and unit), one row per metric."""
    rows = [
        difference(table, unit=str(table["unit"].iloc[0]), confidence=confidence, adjust=adjust, cluster=cluster)
        for _metric, table in outcomes.groupby("metric", sort=False)
    ]
    found = [row for row in rows if len(row)]
    return pd.concat(found, ignore_index=True) if found else empty_effect()


def empty_effect() -> pd.DataFrame:
    """An effect table without rows."""
    return pd.DataFrame({name: pd.Series(dtype="str" if name in _TEXT else float) for name in EFFECT})


_TEXT = {"metric", "design", "method", "unit"}


def _cuped(table: pd.DataFrame) -> tuple[np.ndarray, bool]:
    """The outcome with the part that the covariate foretells taken out; (values, whether anything was adjusted)."""
    outcome = table["outcome"].to_numpy(float)
    before = table["before"].to_numpy(float) if "before" in table else np.full(len(table), np.nan)
    if np.isnan(before).all() or np.nanstd(before) == 0:
        return outcome, False
    before = np.where(np.isnan(before), np.nanmean(before), before)
    theta = float(np.cov(before, outcome)[0, 1] / np.var(before, ddof=1))
    return outcome - theta * (before - before.mean()), True


def _welch(table: pd.DataFrame, values: np.ndarray, confidence: float) -> dict[str, Any]:
    """Difference in means with Welch's (1947) interval."""
    pilot, control = (values[table["arm"].eq(arm).to_numpy()] for arm in ("pilot", "control"))
    part = [float(arm.var(ddof=1)) / len(arm) for arm in (pilot, control)]
    error = float(np.sqrt(sum(part)))
    spread = part[0] ** 2 / (len(pilot) - 1) + part[1] ** 2 / (len(control) - 1)
    freedom = sum(part) ** 2 / spread if spread else float(len(values) - 2)
    error = error if error > BLIND * np.abs(values).max() else 0.0
    return _interval(float(pilot.mean() - control.mean()), error, freedom, confidence) | {
        "pilot": float(pilot.mean()),
        "control": float(control.mean()),
    }


def _clustered(table: pd.DataFrame, values: np.ndarray, cluster: str, confidence: float) -> dict[str, Any]:
    """Difference in means with errors clustered by a column, t on (clusters − 1) degrees of freedom."""
    pilot = table["arm"].eq("pilot").to_numpy(float)
    groups = pd.factorize(table[cluster])[0]
    fit = OLS(values, np.column_stack([np.ones(len(values)), pilot])).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    row = _interval(float(fit.params[1]), float(fit.bse[1]), float(len(np.unique(groups)) - 1), confidence)
    return row | {"pilot": float(fit.params.sum()), "control": float(fit.params[0])}


def _interval(estimate: float, error: float, freedom: float, confidence: float) -> dict[str, Any]:
    """estimate, low, high and the two-sided p-value by Student's t; NaN without an error: no spread seen is none known."""
    if not error > 0:
        return {"estimate": estimate, "low": float("nan"), "high": float("nan"), "p_value": float("nan")}
    half = float(stats.t.ppf(0.5 + confidence / 2, freedom)) * error
    p_value = 2 * float(stats.t.sf(abs(estimate) / error, freedom))
    return {"estimate": estimate, "low": estimate - half, "high": estimate + half, "p_value": p_value}


def share_difference(outcomes: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Unadjusted pilot minus control of a 0/1 outcome with Newcombe's (1998, method 10) interval: the cross-check.

    Same columns as `difference`; p by the pooled two-proportion z test. Empty below one person in an arm.
    """
    table = outcomes.dropna(subset=["outcome", "arm"]) if len(outcomes) else outcomes
    pilot, control = (table.loc[table["arm"].eq(arm), "outcome"].to_numpy(float) for arm in ("pilot", "control"))
    if min(len(pilot), len(control)) < 1:
        return empty_effect()
    counts = (pilot.sum(), len(pilot)), (control.sum(), len(control))
    estimate, low, high = newcombe(*counts, confidence=confidence)
    pooled = float(np.concatenate([pilot, control]).mean())
    error = float(np.sqrt(pooled * (1 - pooled) * (1 / len(pilot) + 1 / len(control))))
    row = {
        "metric": table["metric"].iloc[0],
        "design": "randomised",
        "method": "Newcombe",
        "estimate": estimate,
        "low": low,
        "high": high,
        "n": len(table),
        "unit": "share",
        "p_value": 2 * float(stats.norm.sf(abs(estimate) / error)) if error else float("nan"),
        "n_pilot": len(pilot),
        "n_control": len(control),
        "pilot": float(pilot.mean()),
        "control": float(control.mean()),
    }
    return pd.DataFrame([row])[EFFECT]


def difference_in_differences(
    panel: pd.DataFrame, *, covariates: tuple[str, ...] = (), cluster: str = "", confidence: float = 0.95
) -> pd.DataFrame:
    """How much more the treated changed than the others: used where there was no random control.

    `panel`: outcome, treated (0/1), after (0/1), metric, unit, plus covariate columns. OLS of
    $y = a + b\\,treated + c\\,after + \\delta\\,treated \\cdot after$; the estimate is $\\delta$. It is causal only if
    both groups would have moved in parallel (Card & Krueger 1994). Cluster by person when persons appear twice.
    Columns as `difference`; n_pilot and n_control count clusters, else rows. Empty when one of the four cells is missing, or
    with fewer than three clusters.
    """
    known = panel.dropna(subset=["outcome", "treated", "after", *covariates]) if len(panel) else panel
    if known.empty or len(known.groupby(["treated", "after"])) < 4:
        return empty_effect()
    if cluster and known[cluster].nunique() < LEAST_CLUSTERS:
        return empty_effect()
    both = known["treated"].astype(float) * known["after"].astype(float)
    design = np.column_stack(
        [both, np.ones(len(known)), known["treated"], known["after"], *(known[name] for name in covariates)]
    ).astype(float)
    options = {"cov_type": "cluster", "cov_kwds": {"groups": pd.factorize(known[cluster])[0]}} if cluster else {}
    fit = OLS(known["outcome"].to_numpy(float), design).fit(**options)
    cells = known.groupby(["treated", "after"])["outcome"].mean()
    units = known[cluster] if cluster else known.index.to_series()
    error = float(fit.bse[0]) if fit.bse[0] > BLIND * known["outcome"].abs().max() else 0.0
    freedom = float(units.nunique() - 1) if cluster else float(fit.df_resid)
    row = _interval(float(fit.params[0]), error, freedom, confidence)
    row |= {
        "metric": str(known["metric"].iloc[0]),
        "design": "difference_in_differences",
        "n": len(known),
        "method": "OLS+cluster" if cluster else "OLS",
        "unit": str(known["unit"].iloc[0]),
        "n_pilot": units[known["treated"].eq(1)].nunique(),
        "n_control": units[known["treated"].eq(0)].nunique(),
        "pilot": float(cells[1, 1] - cells[1, 0]),
        "control": float(cells[0, 1] - cells[0, 0]),
    }
    return pd.DataFrame([row])[EFFECT]


def interrupted_series(
    series: pd.DataFrame, *, starts_on: pd.Timestamp, metric: str, unit: str, confidence: float = 0.95
) -> pd.DataFrame:
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
    errors = np.where(errors > BLIND * np.abs(values).max(), errors, 0.0)
    rows = [
        _interval(float(coefficients[place]), float(errors[place]), freedom, confidence)
        | {
            "metric": metric,
            "design": "interrupted_series",
            "method": name,
            "n": len(known),
            "unit": unit,
            "n_pilot": int(after.sum()),
            "n_control": int(len(known) - after.sum()),
            "pilot": float("nan"),
            "control": float("nan"),
        }
        for name, place in (("level", 2), ("slope", 3))
    ]
    return pd.DataFrame(rows)[EFFECT]


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
        seen = float(residual[1:] @ residual[:-1]) / squares if squares > 1e-20 * n else 0.0
        last, rho = rho, min(max(seen + (1 + 4 * seen) / n, 0.0), 0.95) if squares > 1e-20 * n else 0.0
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


def one_series(series: pd.DataFrame, people: pd.DataFrame, *, rungs: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The jump of `interrupted_series` at the first launch, where the ladder (`rungs`) finds that everybody was launched.

    One row, or none: without a launch to everybody the series holds people who never got it.
    """
    possible = rungs.loc[rungs["design"].eq("interrupted_series"), "possible"]
    if not possible.any():
        return empty_effect()
    starts_on = people.loc[people["arm"].eq("pilot"), "starts_on"].min()
    return interrupted_series(series, starts_on=starts_on, metric=metric, unit="money").head(1)


def before_after(outcomes: pd.DataFrame, *, unit: str, confidence: float = 0.95) -> pd.DataFrame:
    """Change within the persons measured both times: descriptive only, it has no comparison group.

    Paired t interval of outcome − before; design "descriptive". Empty below two pairs.
    """
    pairs = outcomes.dropna(subset=["outcome", "before"]) if len(outcomes) else outcomes
    if len(pairs) < 2:
        return empty_effect()
    change = (pairs["outcome"] - pairs["before"]).to_numpy(float)
    error = float(change.std(ddof=1) / np.sqrt(len(change)))
    error = error if error > BLIND * float(pairs[["outcome", "before"]].abs().to_numpy().max()) else 0.0
    row = _interval(float(change.mean()), error, float(len(change) - 1), confidence)
    row |= {
        "metric": str(pairs["metric"].iloc[0]),
        "design": "descriptive",
        "method": "paired t",
        "n": len(pairs),
        "unit": unit,
        "n_pilot": len(pairs),
        "n_control": 0,
        "pilot": float(pairs["outcome"].mean()),
        "control": float(pairs["before"].mean()),
    }
    return pd.DataFrame([row])[EFFECT]
