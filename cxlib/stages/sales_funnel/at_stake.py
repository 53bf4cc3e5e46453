"""What each step loses that could be won back, in the money of the objective, and how sure it is that it loses most."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import CONFIDENCE
from cxlib.stages.sales_funnel.booked import money_of_a_purchase, purchases_ahead
from cxlib.stages.sales_funnel.followed import FOCUS, Followed
from cxlib.statistics.intervals import percentile

COLUMNS = [
    *("step", "estimate", "low", "high", "n", "unit", "conversion_share", "conversion_low", "conversion_high"),
    *("benchmark_share", "benchmark_source", "gap_share", "entrants_a_year", "purchases_ahead", "purchase_money"),
    *("lost_purchases", "lost_low", "lost_high", "p_worst", "gap_shown", "tied", "verdict", "doubt"),
    *("lower_benchmark", "lower_value", "needed_conversion"),
]
BESIDE = {"estimate": "value_at_stake", "low": "stake_low", "high": "stake_high", "unit": "stake_unit"}


def value_at_stake(
    followed: Followed,
    benchmarks: pd.DataFrame,
    booked: pd.DataFrame,
    *,
    fallback_money: float = float("nan"),
    p_worst: float = 0.8,
) -> pd.DataFrame:
    """Recoverable value at stake per step and year; the stall is the step that loses most of it, not the lowest rate.

    V_s = N_s·max(0, b_s − c_s)·A_{s+1}·m, with N_s entrants a year, b_s benchmark, c_s conversion, m money of a
    purchase and A_k = w_k + c_k·A_{k+1} the purchases that still lie ahead of a journey at step k (w_k booked there).
    When everything is booked at the last step, A_{s+1} is the product of the conversions after s.

    benchmarks: step, benchmark_share, benchmark_group (resampled with it; empty = a constant), source; booked: money by
    step; `fallback_money`: of a purchase, where none is booked. Without any money the ranking is in journeys that would
    have got to a purchase, unit count. Each row holds the operands of its estimate.

    `p_worst`: share of bootstrap samples in which the step loses most; `tied`: the fewest steps that hold the worst with
    that probability; `gap_shown`: the gap is positive at 5 % over all steps (Bonferroni, one-sided). verdict, of the step
    that loses most: real (gap shown, and worst with that probability) | not shown; doubt: why not (chance | others).
    """
    if followed.samples.empty or benchmarks.empty:
        return pd.DataFrame(columns=COLUMNS)
    money = money_of_a_purchase(booked, fallback=fallback_money)
    known = benchmarks.set_index("step").reindex(followed.steps)
    found = _operands(followed, known, booked)
    lost = np.nan_to_num(found["entrants_a_year"] * np.fmax(found["gap_share"], 0.0) * found["purchases_ahead"])
    value = lost * money if np.isfinite(money) else lost
    (low, high), (lost_low, lost_high) = percentile(value[1:]), percentile(lost[1:])
    most = (value[1:] == value[1:].max(axis=1, keepdims=True)) & (value[1:] > 0)
    own = followed.conversions.xs(FOCUS).reindex(followed.steps)  # one number, one interval: the funnel's
    table = (
        pd.DataFrame({name: draws[0] for name, draws in found.items()})
        .assign(
            step=followed.steps,
            estimate=value[0],
            low=low,
            high=high,
            unit="money" if np.isfinite(money) else "count",
            conversion_low=own["low"].to_numpy(float),
            conversion_high=own["high"].to_numpy(float),
            benchmark_share=found["conversion_share"][0] + found["gap_share"][0],
            benchmark_source=known["source"].to_numpy(),
            purchase_money=money,
            lost_purchases=lost[0],
            lost_low=lost_low,
            lost_high=lost_high,
            p_worst=most.mean(axis=0),
            gap_shown=found["gap_share"][0] > _least_gap(found["gap_share"]),
        )
        .assign(**_sensitivity(found["conversion_share"], found["gap_share"][0], value[0]))
    )
    return _judged(table, p_worst)[COLUMNS].iloc[:-1]


def _sensitivity(conversion: np.ndarray, gap: np.ndarray, value: np.ndarray) -> dict[str, np.ndarray]:
    """How far the value hangs on the benchmark: it is linear in the gap, so half the gap is half the value.

    lower_benchmark: half-way between the conversion and the benchmark; lower_value: what would be at stake against that;
    needed_conversion: the benchmark from which a gap would be shown.
    """
    return {
        "lower_benchmark": conversion[0] + gap / 2,
        "lower_value": value / 2,
        "needed_conversion": conversion[0] + _least_gap(conversion),
    }


def _operands(followed: Followed, known: pd.DataFrame, booked: pd.DataFrame) -> dict[str, np.ndarray]:
    """What the value at stake is the product of, each draws × steps, the estimate first; n: entrants."""
    draws = followed.draws[followed.draws["group"] == FOCUS]
    conversion, entrants = _wide(draws, followed.steps, "estimate"), _wide(draws, followed.steps, "n")
    at_step = purchases_ahead(booked, steps=followed.steps)["purchases_per_journey"].to_numpy(float)
    return {
        "n": entrants,
        "conversion_share": conversion,
        "gap_share": _benchmark(followed.draws, known) - conversion,
        "entrants_a_year": entrants / followed.years,
        "purchases_ahead": _purchases_ahead(conversion, at_step),
    }


def _wide(draws: pd.DataFrame, steps: list[str], value: str) -> np.ndarray:
    """Draws × steps, the estimate (draw −1) first."""
    return draws.pivot(index="draw", columns="step", values=value).sort_index().reindex(columns=steps).to_numpy(float)


def _benchmark(draws: pd.DataFrame, known: pd.DataFrame) -> np.ndarray:
    """Draws × steps of the benchmark: constant when stated, sampled when another group sets it."""
    numbers = draws["draw"].unique()
    constant = np.tile(known["benchmark_share"].to_numpy(float), (len(numbers), 1))
    table = pd.DataFrame(constant, index=np.sort(numbers), columns=known.index)
    for (group, step), mine in draws.groupby(["group", "step"]):
        if step in known.index and known.at[step, "benchmark_group"] == group and len(mine) == len(numbers):
            table[step] = mine.set_index("draw")["estimate"]
    return table.to_numpy(float)


def _purchases_ahead(conversion: np.ndarray, booked: np.ndarray) -> np.ndarray:
    """A_{s+1} per draw and step: what a journey that goes on from s still books; zero after the last step."""
    ahead = np.zeros_like(conversion)
    for place in range(conversion.shape[1] - 2, -1, -1):
        onward = np.nan_to_num(conversion[:, place + 1]) * ahead[:, place + 1]
        ahead[:, place] = booked[place + 1] + onward
    return ahead


def _least_gap(draws: np.ndarray) -> np.ndarray:
    """The gap from which one is beyond chance, one-sided at 5 % over all steps that have a next one (Bonferroni)."""
    family = max(1, draws.shape[1] - 1)
    needed = float(stats.norm.ppf(1 - (1 - CONFIDENCE) / family))
    return np.asarray(needed * np.nan_to_num(draws[1:]).std(axis=0, ddof=1))


def _judged(table: pd.DataFrame, needed: float) -> pd.DataFrame:
    """Add the smallest set of steps that holds the worst one with the needed probability, and the verdict of the worst."""
    order = table["p_worst"].sort_values(ascending=False, kind="stable")
    tied = (order.cumsum().shift(fill_value=0.0) < needed) & (order > 0)
    most = (table.index == table["estimate"].idxmax()) & (table["estimate"] > 0)
    sure = table["p_worst"] >= needed
    verdict = np.select([~most, sure & table["gap_shown"]], ["", "real"], "not shown")
    doubt = np.select([verdict != "not shown", sure], ["", "chance"], "others")
    return table.assign(tied=tied.reindex(table.index), verdict=verdict, doubt=doubt)


def beside(steps: pd.DataFrame, stake: pd.DataFrame, inside: pd.DataFrame) -> pd.DataFrame:
    """The funnel with what is at stake beside it and the role of each step: stall | corridor | objective | "".

    Adds benchmark_share, gap_share, value_at_stake, stake_low, stake_high, stake_unit, p_worst, role.
    """
    columns = ["step", "benchmark_share", "gap_share", *BESIDE.values(), "p_worst"]
    table = steps.merge(stake.rename(columns=BESIDE)[columns], on="step", how="left")
    numbers = [name for name in columns if name not in ("step", "stake_unit")]
    table[numbers] = table[numbers].astype("float64")  # also where there is no stake at all
    order = inside["step"].tolist()
    roles = (
        dict.fromkeys(order, "corridor") | dict.fromkeys(order[-1:], "objective") | dict.fromkeys(order[:1], "stall")
    )
    return table.assign(role=table["step"].map(roles).fillna("").astype("str"))
