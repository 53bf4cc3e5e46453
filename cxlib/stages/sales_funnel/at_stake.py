"""What each step loses that could be won back, in the money of the objective, and how sure it is that it loses most."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import percentile

COLUMNS = [
    "step",
    "estimate",
    "low",
    "high",
    "n",
    "unit",
    "conversion_share",
    "benchmark_share",
    "gap_share",
    "gap_low",
    "gap_high",
    "lost_purchases",
    "p_worst",
    "gap_shown",
    "tied",
]


def value_at_stake(
    draws: pd.DataFrame,
    benchmarks: pd.DataFrame,
    purchases: pd.DataFrame,
    *,
    purchase_money: float,
    years: float,
    p_worst: float = 0.8,
) -> pd.DataFrame:
    """Recoverable value at stake per step and year; the stall is the step that loses most of it, not the lowest rate.

    V_s = N_s·max(0, b_s − c_s)·A_{s+1}·m, with N_s entrants a year, b_s benchmark, c_s conversion, m money of a
    purchase and A_k = w_k + c_k·A_{k+1} the purchases that still lie ahead of a journey at step k (w_k booked there).
    When everything is booked at the last step, A_{s+1} is the product of the conversions after s.

    draws: group, step (in funnel order), draw, n, estimate; row draw = −1 holds the estimate itself.
    benchmarks: step, benchmark_share, benchmark_group (resampled with it; empty = a constant); purchases: step,
    purchases_per_journey for every step in order. Without money (`purchase_money` NaN) the ranking is in journeys that
    would have got to a purchase, unit count.

    `p_worst` = share of bootstrap samples in which the step loses most; `tied` = the smallest set of steps that holds
    the worst with that probability; `gap_shown` = the gap to the benchmark is positive at 5 % over all steps
    (Bonferroni, one-sided): without it the largest loss is a largest chance.
    """
    steps = purchases["step"].tolist()
    focus = draws[draws["group"] == "focus"]
    if focus.empty or benchmarks.empty:
        return pd.DataFrame(columns=COLUMNS)
    conversion, entrants = _wide(focus, steps, "estimate"), _wide(focus, steps, "n")
    gap = _benchmark(draws, benchmarks, steps) - conversion
    ahead = _purchases_ahead(conversion, purchases["purchases_per_journey"].to_numpy(float))
    lost = entrants / years * np.fmax(gap, 0.0) * ahead
    value = lost * purchase_money if np.isfinite(purchase_money) else lost
    table = _summary(steps, value, gap, "money" if np.isfinite(purchase_money) else "count")
    table = table.assign(n=entrants[0], conversion_share=conversion[0], lost_purchases=lost[0])
    table["benchmark_share"] = table["conversion_share"] + table["gap_share"]
    return table.assign(tied=_tied(table["p_worst"], p_worst))[COLUMNS].iloc[:-1]


def with_estimate(draws: pd.DataFrame, curves: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """The draws with the estimate itself as draw −1: value_at_stake treats it as one more sample."""
    if draws.empty:
        return draws
    inside = curves[curves["days"] <= curves["step"].map(windows.set_index("step")["horizon_days"]).astype(float)]
    itself = inside.groupby(["group", "step"], sort=False)["estimate"].last().reset_index()
    sizes = curves.groupby(["group", "step"])["n"].max()
    itself["n"] = sizes.reindex(pd.MultiIndex.from_frame(itself[["group", "step"]])).to_numpy(float)
    return pd.concat([itself.assign(draw=-1), draws], ignore_index=True)


def _wide(draws: pd.DataFrame, steps: list[str], value: str) -> np.ndarray:
    """Draws × steps, the estimate (draw −1) first."""
    return draws.pivot(index="draw", columns="step", values=value).sort_index().reindex(columns=steps).to_numpy(float)


def _benchmark(draws: pd.DataFrame, benchmarks: pd.DataFrame, steps: list[str]) -> np.ndarray:
    """Draws × steps of the benchmark: constant when stated, sampled when another group sets it."""
    known = benchmarks.set_index("step").reindex(steps)
    n_draws = draws["draw"].nunique()
    columns = []
    for step, row in known.iterrows():
        mine = draws[(draws["group"] == row["benchmark_group"]) & (draws["step"] == step)].sort_values("draw")
        sampled = len(mine) == n_draws
        columns.append(mine["estimate"].to_numpy(float) if sampled else np.full(n_draws, row["benchmark_share"]))
    return np.column_stack(columns).astype(float)


def _purchases_ahead(conversion: np.ndarray, booked: np.ndarray) -> np.ndarray:
    """A_{s+1} per draw and step: what a journey that goes on from s still books; zero after the last step."""
    ahead = np.zeros_like(conversion)
    for place in range(conversion.shape[1] - 2, -1, -1):
        onward = np.nan_to_num(conversion[:, place + 1]) * ahead[:, place + 1]
        ahead[:, place] = booked[place + 1] + onward
    return ahead


def _summary(steps: list[str], value: np.ndarray, gap: np.ndarray, unit: str) -> pd.DataFrame:
    """Estimate (draw −1), percentiles and P(worst) of each step."""
    filled = np.nan_to_num(value[1:])
    worst = (filled == filled.max(axis=1, keepdims=True)) & (filled > 0)
    low, high = percentile(np.where(np.isnan(value[1:]), 0.0, value[1:]))
    gap_low, gap_high = percentile(np.where(np.isnan(gap[1:]), 0.0, gap[1:]))
    spread = np.nan_to_num(gap[1:]).std(axis=0, ddof=1)
    needed = float(stats.norm.ppf(1 - 0.05 / max(1, len(steps) - 1)))
    return pd.DataFrame(
        {
            "step": steps,
            "estimate": np.nan_to_num(value[0]),
            "low": low,
            "high": high,
            "unit": unit,
            "gap_share": gap[0],
            "gap_low": gap_low,
            "gap_high": gap_high,
            "p_worst": worst.mean(axis=0),
            "gap_shown": np.nan_to_num(gap[0], nan=-1.0) > needed * spread,
        }
    )


def _tied(p_worst: pd.Series, needed: float) -> pd.Series:
    """The smallest set of steps that holds the worst one with the needed probability."""
    order = p_worst.sort_values(ascending=False, kind="stable")
    before = order.cumsum().shift(fill_value=0.0)
    return ((before < needed) & (order > 0)).reindex(p_worst.index)


def beside(steps: pd.DataFrame, stake: pd.DataFrame, inside: pd.DataFrame) -> pd.DataFrame:
    """The funnel with what is at stake beside it and the role of each step: stall | corridor | objective | "".

    Adds benchmark_share, gap_share, value_at_stake, stake_low, stake_high, stake_unit, p_worst, role.
    """
    names = {"estimate": "value_at_stake", "low": "stake_low", "high": "stake_high", "unit": "stake_unit"}
    columns = ["step", "benchmark_share", "gap_share", *names.values(), "p_worst"]
    table = steps.merge(stake.rename(columns=names)[columns], on="step", how="left")
    numbers = [name for name in columns if name not in ("step", "stake_unit")]
    table[numbers] = table[numbers].astype("float64")  # also where there is no stake at all
    order = inside["step"].tolist()
    place = [order.index(step) if step in order else -1 for step in table["step"]]
    role = [
        "" if at < 0 else "stall" if at == 0 else "objective" if at == len(order) - 1 else "corridor" for at in place
    ]
    return table.assign(role=pd.Series(role, dtype="str"))
