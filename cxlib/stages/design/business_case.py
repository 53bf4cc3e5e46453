"""What experiences bring and cost: cash flow, net present value, payback, break-even, and how sure it is.

Only recoverable money counts: the gain of an experience is its effect × the money that one unit of conversion is worth
at its funnel step, and all experiences together never bring more than the value at stake that stage 3 found. Effects
are judgements until a pilot measures them; the simulation carries their spread, it does not turn them into evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.stages.design.terms import Terms
from cxlib.statistics.intervals import correlated_levels

COST_FACTOR = (0.9, 1.0, 1.3)  # costs overrun more often than they underrun (Flyvbjerg 2006); assumed, no history
VALUES = [
    "idea_id",
    "label",
    "touchpoint",
    "step",
    "effect_low",
    "effect_likely",
    "effect_high",
    "unit_money",
    "cap_money",
    "worth_sd",
    "gain_money",
    "cost_once_money",
    "cost_monthly_money",
    "investment_money",
    "gain_pv_money",
    "cap_pv_money",
    "cost_pv_money",
    "requires",
    "excludes",
]
CASES = [
    "idea_id",
    "step",
    "estimate",
    "low",
    "high",
    "n",
    "unit",
    "p_positive_share",
    "investment_money",
    "payback_months",
    "breakeven_share",
    "effect_likely",
]
FAN = ["month", "estimate", "low", "high", "n", "unit"]


def values(ideas: pd.DataFrame, worth: pd.DataFrame, *, step_of: Mapping[str, str], terms: Terms) -> pd.DataFrame:
    """What each idea can recover and costs; money is NaN where the worth of a conversion (`step_worth`) is unknown.

    gain_money: a year, at the PERT mean (low + 4·likely + high)/6, not above cap_money. investment_money: what is paid
    before anything comes back; running costs are part of the flow. …_pv_money: present value over the horizon;
    gain_pv_money before the cap.
    """
    table = ideas.assign(step=ideas["touchpoint"].map(dict(step_of)).astype("str"))
    table = table.merge(worth, on="step", how="left")
    effect = (table["effect_low"] + 4 * table["effect_likely"] + table["effect_high"]) / 6
    once, monthly = table["cost_once"].fillna(0.0), table["cost_monthly"].fillna(0.0)
    return table.assign(
        gain_money=np.minimum(effect * table["unit_money"], table["cap_money"]),
        cost_once_money=once,
        cost_monthly_money=monthly,
        investment_money=once,
        gain_pv_money=effect * table["unit_money"] * terms.gain_factor,
        cap_pv_money=table["cap_money"] * terms.gain_factor,
        cost_pv_money=(once + monthly * terms.run_factor) * pert_mean(COST_FACTOR),
    )[VALUES]


def simulate(chosen: pd.DataFrame, *, terms: Terms, seed: int = 0) -> np.ndarray:
    """Simulated net present values of some experiences together, one a draw; empty when no money is known.

    Effects are beta-PERT with a Gaussian copula of the declared correlations (independence would understate the
    spread); the worth of a conversion varies by its interval, costs by COST_FACTOR.
    """
    if chosen.empty or chosen["unit_money"].isna().any():
        return np.empty(0)
    return _net(chosen, terms, *_drivers(chosen, terms, seed))


def levels(ideas: Sequence[str], *, terms: Terms, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the simulation draws before it becomes money, one row a draw.

    Levels (0–1) of each idea's effect, correlated as declared; standard normal deviations of a conversion's worth; levels
    of the costs.
    """
    generator = np.random.default_rng(seed)
    level = correlated_levels(terms.matrix(ideas), terms.draws, seed=int(generator.integers(2**31)))
    return level, generator.standard_normal((terms.draws, 1)), generator.random((terms.draws, 1))


def summary(draws: np.ndarray) -> dict[str, Any]:
    """P50 (estimate), P10 (low) and P90 (high) of simulated money, n = draws, and p_positive_share."""
    if len(draws) == 0:
        return {
            "estimate": float("nan"),
            "low": float("nan"),
            "high": float("nan"),
            "n": 0,
            "unit": "money",
            "p_positive_share": float("nan"),
        }
    low, middle, high = np.quantile(draws, [0.1, 0.5, 0.9])
    return {
        "estimate": middle,
        "low": low,
        "high": high,
        "n": len(draws),
        "unit": "money",
        "p_positive_share": float((draws > 0).mean()),
    }


def evaluate(options: pd.DataFrame, candidates: pd.DataFrame, *, terms: Terms, seed: int = 0) -> pd.DataFrame:
    """Risk of every portfolio: its columns and estimate (P50), low (P10), high (P90), n, unit, p_positive_share."""
    rows = [{**row, **_risk(str(row["experiences"]), candidates, terms, seed)} for row in options.to_dict("records")]
    return pd.DataFrame(rows, columns=[*options.columns, "estimate", "low", "high", "n", "unit", "p_positive_share"])


def futures(options: pd.DataFrame, candidates: pd.DataFrame, *, terms: Terms, seed: int = 0) -> pd.DataFrame:
    """Net present value of every portfolio in the same futures: one row a draw, one column an option; 0 for nothing.

    The drivers of all candidates are drawn once, so that two options differ by what they hold and not by chance.
    """
    if candidates.empty or candidates["unit_money"].isna().any():
        return pd.DataFrame(columns=list(options["option"]), dtype=float)
    effects, worth, costs = _drivers(candidates, terms, seed)
    columns = {}
    for option, cell in zip(options["option"], options["experiences"], strict=True):
        held = candidates["idea_id"].isin(str(cell).split(";")).to_numpy()
        columns[option] = _net(candidates[held], terms, effects[:, held], worth[:, held], costs) if held.any() else 0.0
    return pd.DataFrame(columns, index=range(terms.draws), dtype=float)


def scenarios(candidates: pd.DataFrame, *, terms: Terms, n: int = 200, seed: int = 0) -> dict[str, np.ndarray]:
    """A few futures for the programme that bounds risk: gains and costs (n × ideas) and cap (n), all present values."""
    if candidates.empty or candidates["unit_money"].isna().any():
        return {}
    effects, worth, costs = _drivers(candidates, replace(terms, draws=n), seed)
    middle = worth.mean(axis=1, keepdims=True)
    spent = candidates["cost_once_money"] + candidates["cost_monthly_money"] * terms.run_factor
    return {
        "gains": effects * candidates["unit_money"].to_numpy() * middle * terms.gain_factor,
        "costs": costs[:, None] * spent.to_numpy()[None, :],
        "cap": float(candidates["cap_money"].max()) * middle[:, 0] * terms.gain_factor,
    }


def best(evaluated: pd.DataFrame, *, budget: float, confidence: float) -> dict[str, Any]:
    """The portfolio with the highest P50 within budget whose chance of a positive value reaches `confidence`.

    Portfolios with an unbroken path go first; "nothing" when none is sure enough, {} when there is no option at all.
    """
    if evaluated.empty:
        return {}
    limit = budget if np.isfinite(budget) else np.inf
    within = evaluated[
        (evaluated["investment_money"] <= limit)
        & (evaluated["n_experiences"] > 0)
        & (evaluated["p_positive_share"] >= confidence)
        & (evaluated["estimate"] > 0)
    ]
    if within.empty:
        return dict(evaluated[evaluated["n_experiences"].eq(0)].iloc[0])
    return dict(within.sort_values(["path", "estimate"], ascending=False).iloc[0])


def cases(candidates: pd.DataFrame, *, terms: Terms, seed: int = 0) -> pd.DataFrame:
    """The business case of each experience on its own.

    Returns idea_id, step, estimate/low/high (net present value P50/P10/P90), n (draws), unit, p_positive_share,
    investment_money, payback_months (expected flows, undiscounted; NaN = not within the horizon), breakeven_share
    (uplift of conversion at which the expected value is 0) and effect_likely.
    """
    rows = []
    for number in range(len(candidates)):
        one = candidates.iloc[[number]]
        row = one.iloc[0]
        rows.append(
            {
                "idea_id": row["idea_id"],
                "step": row["step"],
                **summary(simulate(one, terms=terms, seed=seed)),
                "investment_money": row["investment_money"],
                "payback_months": payback(one, terms=terms),
                "breakeven_share": breakeven(one, terms=terms),
                "effect_likely": row["effect_likely"],
            }
        )
    return pd.DataFrame(rows, columns=CASES)


def promised(one: pd.DataFrame, *, terms: Terms) -> dict[str, float]:
    """Present value of one experience's cost and gain over the horizon: gain at the mean, P10 and P90 of its effect."""
    if one.empty:
        return dict.fromkeys(("cost_pv_money", "gain_pv_money", "gain_pv_low", "gain_pv_high"), float("nan"))
    row = one.iloc[0]
    ends = pert_quantile(np.array([0.1, 0.9]), row["effect_low"], row["effect_likely"], row["effect_high"])
    gains = np.minimum(np.append(_mean_effects(one), ends) * row["unit_money"], row["cap_money"]) * terms.gain_factor
    return {
        "cost_pv_money": float(row["cost_pv_money"]),
        "gain_pv_money": float(gains[0]),
        "gain_pv_low": float(gains[1]),
        "gain_pv_high": float(gains[2]),
    }


def breakeven(one: pd.DataFrame, *, terms: Terms) -> float:
    """Uplift of conversion at which one experience's expected net present value is zero; NaN when never."""
    row = one.iloc[0]
    worth = row["unit_money"] * terms.gain_factor
    return float(row["cost_pv_money"] / worth) if worth > 0 else float("nan")


def payback(chosen: pd.DataFrame, *, terms: Terms) -> float:
    """First month in which the expected cumulative flow is no longer negative; NaN when not within the horizon."""
    flows = cash_flow(chosen, terms=terms)
    paid = flows.loc[flows["cumulative_money"] >= 0, "month"]
    return float(paid[paid > 0].min()) if len(paid) else float("nan")


def cash_flow(chosen: pd.DataFrame, *, terms: Terms) -> pd.DataFrame:
    """Expected undiscounted flow: month (0 = launch), gain_money, cost_money, flow_money, cumulative_money."""
    yearly, once, monthly = _expected_year(chosen), chosen["cost_once_money"].sum(), chosen["cost_monthly_money"].sum()
    factor = pert_mean(COST_FACTOR)
    gain = np.concatenate([[0.0], yearly / 12 * terms.growth()])
    cost = factor * np.concatenate([[once], np.full(terms.horizon_months, monthly)])
    flow = gain - cost
    return pd.DataFrame(
        {
            "month": np.arange(terms.horizon_months + 1),
            "gain_money": gain,
            "cost_money": cost,
            "flow_money": flow,
            "cumulative_money": flow.cumsum(),
        }
    )


def fan(chosen: pd.DataFrame, *, terms: Terms, seed: int = 0) -> pd.DataFrame:
    """Cumulative discounted value by month: month, estimate (P50), low (P10), high (P90), n (draws), unit."""
    if chosen.empty or chosen["unit_money"].isna().any():
        return pd.DataFrame(columns=FAN)
    drawn = _drivers(chosen, terms, seed)
    rows = []
    for month in range(terms.horizon_months + 1):
        spread = summary(_net(chosen, replace(terms, horizon_months=month), *drawn))
        rows.append({"month": month, **{name: spread[name] for name in FAN[1:]}})
    return pd.DataFrame(rows, columns=FAN)


def _risk(experiences: str, candidates: pd.DataFrame, terms: Terms, seed: int) -> dict[str, Any]:
    """Risk of one portfolio; doing nothing brings and risks nothing."""
    ids = [key for key in experiences.split(";") if key]
    if not ids:
        return {
            "estimate": 0.0,
            "low": 0.0,
            "high": 0.0,
            "n": terms.draws,
            "unit": "money",
            "p_positive_share": float("nan"),
        }
    return summary(simulate(candidates[candidates["idea_id"].isin(ids)], terms=terms, seed=seed))


def _drivers(chosen: pd.DataFrame, terms: Terms, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draws of the drivers: effects (draws × ideas), worth of a conversion (draws × ideas), cost factor (draws)."""
    level, worth, cost = levels(list(chosen["idea_id"]), terms=terms, seed=seed)
    effects = pert_quantile(level, *(chosen[f"effect_{name}"].to_numpy() for name in ("low", "likely", "high")))
    return effects, np.maximum(0, 1 + worth * chosen["worth_sd"].to_numpy()), pert_quantile(cost[:, 0], *COST_FACTOR)


def _net(chosen: pd.DataFrame, terms: Terms, effects: np.ndarray, worth: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Net present value per draw: gains, together not above the value at stake, less costs."""
    gains = (effects * chosen["unit_money"].to_numpy()).sum(axis=1)
    total = np.minimum(gains, float(chosen["cap_money"].max())) * worth.mean(axis=1)
    spent = chosen["cost_once_money"].sum() + chosen["cost_monthly_money"].sum() * terms.run_factor
    return np.asarray(total * terms.gain_factor - costs * spent)


def _expected_year(chosen: pd.DataFrame) -> float:
    """Expected gain a year of some experiences together, not above the value at stake."""
    return float(min((_mean_effects(chosen) * chosen["unit_money"]).sum(), chosen["cap_money"].max()))


def _mean_effects(chosen: pd.DataFrame) -> np.ndarray:
    """PERT mean of each effect."""
    return ((chosen["effect_low"] + 4 * chosen["effect_likely"] + chosen["effect_high"]) / 6).to_numpy(dtype=float)


def pert_mean(ends: tuple[float, float, float]) -> float:
    """Mean of a PERT distribution."""
    return (ends[0] + 4 * ends[1] + ends[2]) / 6


def pert_quantile(level: np.ndarray, low: Any, likely: Any, high: Any) -> np.ndarray:
    """Quantile of the beta-PERT distribution (shape 4; Malcolm et al. 1959); a point when low = high."""
    width = np.where(np.asarray(high) > np.asarray(low), np.asarray(high) - np.asarray(low), 1.0)
    beta = stats.beta.ppf(level, 1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width)
    return np.asarray(np.where(np.asarray(high) > np.asarray(low), low + beta * width, low))
