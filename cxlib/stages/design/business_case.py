"""What experiences bring and cost: cash flow, net present value, payback, break-even, and how sure it is.

Only recoverable money counts: the gain of an experience is its effect × the money that one unit of conversion is worth
on the journeys it reaches (`reach`), and all experiences together never bring more than the part that they can reach of
the value at stake that stage 3 found. Effects
are judgements until a pilot measures them; the simulation carries their spread, it does not turn them into evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.stages.design.reach import reached_share
from cxlib.stages.design.terms import Floats, Terms
from cxlib.statistics.intervals import TIDY, correlated_levels

COST_FACTOR = (0.9, 1.0, 1.3)  # costs overrun more often than they underrun (Flyvbjerg 2006); assumed, no history
EFFECT = ["effect_low", "effect_likely", "effect_high"]
VALUES = [
    *("idea_id", "label", "touchpoint", "step", *EFFECT, "step_money", "reach_share", "unit_money", "cap_money"),
    *("worth_sd", "entrants_a_year"),
    *("cost_once_money", "cost_monthly_money", "investment_money", "gain_pv_money", "cap_pv_money", "cost_pv_money"),
    *("requires", "excludes"),
]
RISK = [*TIDY, "p_positive_share"]
CASES = ["idea_id", "step", *RISK, "investment_money", "payback_months", "breakeven_share", "effect_likely"]


def values(ideas: pd.DataFrame, worth: pd.DataFrame, *, reached: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """What each idea can recover and costs; money is NaN where the worth of a conversion (`step_worth`) is unknown.

    reached: from `reach`. step_money: worth a year of a unit of conversion on all journeys of its step; unit_money: on those
    it reaches (step_money × reach_share). investment_money: what is paid before anything comes back; running costs are part
    of the flow. …_pv_money: present value over the horizon, the gain at the PERT mean (low + 4·likely + high)/6 of the
    effect and before the cap.
    """
    about = reached[["idea_id", "step", "estimate", "entrants_a_year"]].rename(columns={"estimate": "reach_share"})
    worth = worth.rename(columns={"unit_money": "step_money"})
    table = ideas.drop(columns="step", errors="ignore").merge(about, on="idea_id").merge(worth, on="step", how="left")
    once, monthly = table["cost_once"].fillna(0.0), table["cost_monthly"].fillna(0.0)
    table["unit_money"] = table["step_money"] * table["reach_share"]
    return table.assign(
        cost_once_money=once,
        cost_monthly_money=monthly,
        investment_money=once,
        gain_pv_money=mean_effects(table) * table["unit_money"] * terms.gain_factor,
        cap_pv_money=table["cap_money"] * terms.gain_factor,
        cost_pv_money=(once + monthly * terms.run_factor) * pert_mean(COST_FACTOR),
    )[VALUES]


def cases(candidates: pd.DataFrame, *, terms: Terms) -> pd.DataFrame:
    """The business case of each experience on its own.

    Returns idea_id, step, effect_likely and the columns of `case_of`.
    """
    alone = [candidates.iloc[[place]] for place in range(len(candidates))]
    rows = [{**one.iloc[0], **case_of(one, terms=terms)} for one in alone]
    return pd.DataFrame(rows, columns=CASES)


def case_of(chosen: pd.DataFrame, *, terms: Terms) -> dict[str, Any]:
    """The business case of some experiences together.

    estimate/low/high (net present value P50/P10/P90), n (draws), unit, p_positive_share, investment_money,
    payback_months (expected flows, undiscounted; NaN = not within the horizon), breakeven_share (uplift of conversion
    at which the expected value of a single one is 0; NaN = never), spread_money (P90 − P10).
    """
    worth = float(chosen["unit_money"].sum()) * terms.gain_factor
    risk = summary(simulate(chosen, terms=terms))
    return {
        **risk,
        "spread_money": risk["high"] - risk["low"],
        "investment_money": float(chosen["investment_money"].sum()),
        "payback_months": payback(chosen, terms=terms),
        "breakeven_share": float(chosen["cost_pv_money"].sum()) / worth if worth > 0 else float("nan"),
    }


def payback(chosen: pd.DataFrame, *, terms: Terms) -> float:
    """First month in which the expected cumulative flow is no longer negative; NaN when not within the horizon."""
    flows = cash_flow(chosen, terms=terms)
    return float(flows.loc[flows["cumulative_money"].ge(0) & flows["month"].gt(0), "month"].min())


def cash_flow(chosen: pd.DataFrame, *, terms: Terms) -> pd.DataFrame:
    """Expected undiscounted flow: month (0 = launch), gain_money, cost_money, flow_money, cumulative_money."""
    yearly = capture(chosen)
    once, monthly = chosen["cost_once_money"].sum(), chosen["cost_monthly_money"].sum()
    gain = np.concatenate([[0.0], yearly / 12 * terms.growth()])
    cost = pert_mean(COST_FACTOR) * np.concatenate([[once], np.full(terms.horizon_months, monthly)])
    table = pd.DataFrame({"month": np.arange(terms.horizon_months + 1), "gain_money": gain, "cost_money": cost})
    return table.assign(flow_money=gain - cost, cumulative_money=(gain - cost).cumsum())


def simulate(chosen: pd.DataFrame, *, terms: Terms) -> Floats:
    """Simulated net present values of some experiences together, one a draw; empty when no money is known.

    Effects are beta-PERT with a Gaussian copula of the declared correlations (independence would understate the
    spread); the worth of a conversion varies by its interval, costs by COST_FACTOR.
    """
    return net(chosen, terms, *drivers(chosen, terms)) if has_money(chosen) else np.empty(0)


def fan(chosen: pd.DataFrame, *, terms: Terms) -> pd.DataFrame:
    """Cumulative discounted value by month: month, estimate (P50), low (P10), high (P90), n (draws), unit."""
    if not has_money(chosen):
        return pd.DataFrame(columns=["month", *TIDY])
    effects, worth, costs = drivers(chosen, terms)
    gains, spent = yearly_gain(chosen, effects, worth), costs * chosen["cost_monthly_money"].sum()
    years = np.append(0.0, (terms.growth() * terms.discount()).cumsum() / 12)
    months = np.append(0.0, terms.discount().cumsum())
    value = np.outer(gains, years) - np.outer(spent, months) - costs[:, None] * chosen["cost_once_money"].sum()
    rows = [{"month": month, **summary(value[:, month])} for month in range(len(years))]
    return pd.DataFrame(rows, columns=["month", *TIDY])


def summary(draws: Floats) -> dict[str, Any]:
    """P50 (estimate), P10 (low) and P90 (high) of simulated money, n = draws, and p_positive_share; NaN without draws."""
    low, middle, high = np.quantile(draws, [0.1, 0.5, 0.9]) if len(draws) else [float("nan")] * 3
    sure = float((draws > 0).mean()) if len(draws) else float("nan")
    return dict(zip(RISK, (middle, low, high, len(draws), "money", sure), strict=True))


def has_money(chosen: pd.DataFrame) -> bool:
    """Whether there are experiences, and each has a known worth."""
    return len(chosen) > 0 and bool(chosen["unit_money"].notna().all())


def levels(ideas: Sequence[str], *, terms: Terms) -> tuple[Floats, Floats, Floats]:
    """What the simulation draws before it becomes money, one row a draw.

    Levels (0–1) of each idea's effect, correlated as declared; standard normal deviations of a conversion's worth; levels
    of the costs.
    """
    generator = np.random.default_rng(terms.seed)
    level = correlated_levels(terms.matrix(ideas), terms.draws, seed=int(generator.integers(2**31)))
    return level, generator.standard_normal((terms.draws, 1)), generator.random((terms.draws, 1))


def drivers(chosen: pd.DataFrame, terms: Terms) -> tuple[Floats, Floats, Floats]:
    """Draws of the drivers: effects (draws × ideas), worth of a conversion (draws × ideas), cost factor (draws)."""
    level, worth, cost = levels(list(chosen["idea_id"]), terms=terms)
    effects = pert_quantile(level, *(chosen[name].to_numpy() for name in EFFECT))
    return effects, np.maximum(0, 1 + worth * chosen["worth_sd"].to_numpy()), pert_quantile(cost[:, 0], *COST_FACTOR)


def net(chosen: pd.DataFrame, terms: Terms, effects: Floats, worth: Floats, costs: Floats) -> Floats:
    """Net present value per draw: gains, together not above the value at stake, less costs."""
    spent = chosen["cost_once_money"].sum() + chosen["cost_monthly_money"].sum() * terms.run_factor
    return np.asarray(yearly_gain(chosen, effects, worth) * terms.gain_factor - costs * spent)


def yearly_gain(chosen: pd.DataFrame, effects: Floats, worth: Floats) -> Floats:
    """Gain a year per draw: effects × worth of a unit, together not above what is reachable, × deviation of the worth."""
    gains = (effects * chosen["unit_money"].to_numpy()).sum(axis=1)
    return np.asarray(np.minimum(gains, reachable(chosen)) * worth.mean(axis=1))


def reachable(chosen: pd.DataFrame) -> float:
    """The part of the value at stake that some experiences can reach: value at stake × `reached_share`, money a year."""
    return float(chosen["cap_money"].max()) * reached_share(chosen)


def capture(chosen: pd.DataFrame, effects: pd.Series | Floats | None = None) -> float:
    """Gain a year at full run at these effects (their means unless given), together not above what is reachable."""
    effects = mean_effects(chosen) if effects is None else effects
    return min(float((effects * chosen["unit_money"].to_numpy()).sum()), reachable(chosen))


def mean_effects(table: pd.DataFrame) -> pd.Series:
    """PERT mean of each effect."""
    return pd.Series(pert_mean([table[name] for name in EFFECT]))


def pert_mean(ends: Sequence[Any]) -> Any:
    """Mean of a PERT distribution from its low, likely and high ends: numbers, or columns of a table."""
    return (ends[0] + 4 * ends[1] + ends[2]) / 6


def pert_quantile(level: Any, low: Any, likely: Any, high: Any) -> Floats:
    """Quantile of the beta-PERT distribution (shape 4; Malcolm et al. 1959); a point when low = high."""
    apart = np.asarray(high) > np.asarray(low)
    width = np.where(apart, np.asarray(high) - np.asarray(low), 1.0)
    beta = stats.beta.ppf(level, 1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width)
    return np.asarray(np.where(apart, low + beta * width, low))
