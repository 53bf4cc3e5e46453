"""What is written down before launch: which metric, which effect is worth having, how many customers it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import Fact
from cxlib.statistics.intervals import wilson

UNITS = {"purchase_share": "share", "margin_per_customer": "money", "revenue_per_customer": "money"}
RULERS = ["metric", "unit", "baseline", "spread", "n", "value_per_unit_money"]
ROW = [
    "experience",
    "metric",
    "unit",
    "minimum_effect",
    "window_days",
    "alpha",
    "power",
    "test",
    "guardrails",
    "value_per_unit_money",
    "baseline",
    "spread",
    "promised_effect",
    "promised_low",
    "promised_high",
    "cost_money",
    "met_share",
    "minimum_effect_met",
    "detectable",
]
ALPHA, POWER = 0.05, 0.8
TEST = "cuped_difference"  # of the arms, adjusted for the same metric before (Deng et al. 2013), two-sided


def unit_worth(objective: str, purchase_value: Fact, margin_share: Fact) -> dict[str, float]:
    """Money of the objective that one unit of each metric is worth on one customer; NaN: no path to the objective."""
    sells = objective in ("turnover", "gross_margin")
    revenue = {"turnover": 1.0, "gross_margin": margin_share.number()}.get(objective, float("nan"))
    return {
        "purchase_share": purchase_value.number() if sells else float("nan"),
        "margin_per_customer": 1.0 if objective == "gross_margin" else float("nan"),
        "revenue_per_customer": revenue,
    }


def launch_of(assignments: pd.DataFrame, as_of: pd.Timestamp) -> pd.Timestamp:
    """The first day of the pilot: that of a pilot already drawn, else the last day that may be read."""
    started = assignments["starts_on"].dropna()
    return pd.Timestamp(started.min()) if len(started) else pd.Timestamp(as_of)


def rulers(
    transactions: pd.DataFrame,
    eligible: pd.Series,
    *,
    window_days: int,
    before: pd.Timestamp,
    worth: Mapping[str, float],
) -> pd.DataFrame:
    """Metrics that lead to the objective, as they stood in the window before `before`, among the eligible customers.

    worth: metric → money that one unit on one customer is worth; metrics without a worth (NaN) have no path to the
    objective and are left out. One more buyer is worth what a buyer in the window brings, where that is recorded.
    Returns metric, unit, baseline (mean), spread (standard deviation), n (customers), value_per_unit_money. Empty
    without customers or transactions.
    """
    people = pd.Index(eligible.dropna().unique())
    if len(people) < 2 or transactions.empty:
        return pd.DataFrame(columns=RULERS)
    days = (pd.Timestamp(before).normalize() - transactions["at"].dt.normalize()).dt.days
    inside = transactions[days.gt(0) & days.le(window_days) & transactions["customer_id"].isin(people)]
    rows = []
    for metric, value in worth.items():
        amounts = _per_customer(inside, people, metric)
        if np.isfinite(value) and amounts is not None:
            rows.append(
                {
                    "metric": metric,
                    "unit": UNITS[metric],
                    "baseline": float(amounts.mean()),
                    "spread": float(amounts.std(ddof=1)),
                    "n": len(people),
                    "value_per_unit_money": value,
                }
            )
    return _worth_of_a_buyer(pd.DataFrame(rows, columns=RULERS))


def _worth_of_a_buyer(table: pd.DataFrame) -> pd.DataFrame:
    """Worth of a buyer from the data: money per customer / share of customers who buy, margin before revenue."""
    share = table["metric"].eq("purchase_share")
    money = table[table["metric"].isin(["margin_per_customer", "revenue_per_customer"])].sort_values("metric").head(1)
    buying = table.loc[share, "baseline"]
    if money.empty or buying.empty or not buying.iloc[0] > 0:
        return table
    brought = float(money["baseline"].iloc[0] * money["value_per_unit_money"].iloc[0] / buying.iloc[0])
    return table.assign(value_per_unit_money=table["value_per_unit_money"].mask(share, brought))


def exposure(
    interactions: pd.DataFrame, eligible: pd.Series, touchpoint: str, *, window_days: int, before: pd.Timestamp
) -> dict[str, Any]:
    """Share of the eligible customers who met a touchpoint in the window before `before`, with its Wilson interval.

    Everybody drawn is measured, met or not (intention to treat): an effect on those who meet is diluted by this share.
    Keys estimate, low, high, n, unit; {} when nothing is known of the touchpoint.
    """
    people = eligible.dropna().unique()
    days = (pd.Timestamp(before).normalize() - interactions["at"].dt.normalize()).dt.days
    there = interactions["touchpoint"].eq(touchpoint)
    met = interactions.loc[there & days.gt(0) & days.le(window_days), "customer_id"]
    if not there.any() or len(people) == 0:
        return {}
    share, low, high = wilson(int(np.isin(people, met.unique()).sum()), len(people))
    return {"estimate": share, "low": low, "high": high, "n": len(people), "unit": "share"}


def declared_exposure(idea: pd.DataFrame) -> dict[str, Any]:
    """The share of the drawn who meet an idea (its one row), as people have said it: known before, where all are offered it.

    Keys as `exposure`, without interval and n; {} when nobody has said it.
    """
    said = idea["met_share"].dropna()
    if said.empty:
        return {}
    return {"estimate": float(said.iloc[0]), "low": np.nan, "high": np.nan, "n": np.nan, "unit": "share"}


def with_effects(
    rulers: pd.DataFrame, case: Mapping[str, float], *, reach: float, met_share: float = float("nan")
) -> pd.DataFrame:
    """Add the effect worth having and the effect promised, per customer drawn, in the metric's unit.

    case: cost_pv_money, gain_pv_money, gain_pv_low, gain_pv_high of the experience over the horizon; reach: customers who
    meet it in that horizon, discounted like the gain. On those who meet it the break-even is minimum_effect_met =
    cost / (reach · worth of a unit): below it the experience costs more than it brings. Stage 9 measures everybody drawn,
    met or not (intention to treat; Fisher 1935), so all effects registered are those times met_share, the share of the
    drawn who will meet it; unknown or zero: as if all did, which asks more. Purchases after the window are not counted.
    """
    people = reach * rulers["value_per_unit_money"] if reach > 0 else rulers["value_per_unit_money"] * np.nan
    diluted = people / (met_share if met_share > 0 else 1.0)
    return rulers.assign(
        minimum_effect=case["cost_pv_money"] / diluted,
        promised_effect=case["gain_pv_money"] / diluted,
        promised_low=case["gain_pv_low"] / diluted,
        promised_high=case["gain_pv_high"] / diluted,
        met_share=met_share,
        minimum_effect_met=case["cost_pv_money"] / people,
    )


def sharpest(rulers: pd.DataFrame) -> dict[str, Any]:
    """The metric whose minimum effect is largest against its spread: it needs the fewest customers; {} when none."""
    usable = rulers[rulers["spread"].gt(0) & rulers["minimum_effect"].gt(0)]
    if usable.empty:
        return {}
    order = (usable["minimum_effect"] / usable["spread"]).sort_values(ascending=False)
    return dict(usable.loc[order.index[0]])


def register(
    ruler: Mapping[str, Any], *, experience: str, window_days: int, guardrails: list[str], cost_money: float
) -> pd.DataFrame:
    """The registration: one row that stage 9 is held to; empty when there is nothing to register."""
    if not ruler or not experience:
        return pd.DataFrame(columns=ROW)
    given = {
        "experience": experience,
        "window_days": window_days,
        "alpha": ALPHA,
        "power": POWER,
        "test": TEST,
        "guardrails": ";".join(guardrails),
        "cost_money": cost_money,
    }
    return pd.DataFrame([{**{name: ruler.get(name) for name in ROW}, **given}], columns=ROW)


def _per_customer(inside: pd.DataFrame, people: pd.Index, metric: str) -> pd.Series | None:
    """The metric of each customer in the window; None when no amount is recorded."""
    column = "margin" if metric == "margin_per_customer" else "revenue"
    if not inside[column].notna().any():
        return None
    by_customer = inside.groupby("customer_id")[column]
    found = by_customer.max().gt(0).astype(float) if metric == "purchase_share" else by_customer.sum()
    return found.reindex(people, fill_value=0.0).astype(float)
