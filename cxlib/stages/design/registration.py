"""What is written down before launch: which metric, which effect is worth having, how many customers it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import Fact, rows
from cxlib.stages.design.business_case import EFFECT, capture, mean_effects, pert_quantile
from cxlib.stages.design.terms import Terms
from cxlib.statistics.intervals import wilson
from cxlib.statistics.power import pilot_size
from cxlib.statistics.randomisation import eligible

UNITS = {"purchase_share": "share", "margin_per_customer": "money", "revenue_per_customer": "money"}
RULERS = ["metric", "unit", "baseline", "spread", "n", "value_per_unit_money"]
ROW = [
    *("experience", "metric", "unit", "minimum_effect", "window_days", "alpha", "power", "test", "guardrails"),
    *("value_per_unit_money", "baseline", "spread", "promised_effect", "promised_low", "promised_high"),
    *("cost_money", "met_share", "minimum_effect_met", "detectable"),
]
ALPHA, POWER = 0.05, 0.8
TEST = "cuped_difference"  # of the arms, adjusted for the same metric before (Deng et al. 2013), two-sided
WINDOW_DAYS = 60  # two months: long enough for a second purchase in most trades, short enough to learn this year


@dataclass(frozen=True)
class Pilot:
    """What is tested, on whom, and when.

    people: customers who are drawn from; n_available: how many are drawn, or could be; met: the share of them who meet
    the experience, as a row of a tidy table ({} when nobody knows; without n when people have said it).
    """

    experience: str
    touchpoint: str
    window_days: int
    launch: pd.Timestamp
    people: pd.Index
    n_available: int
    met: Mapping[str, Any]

    @property
    def diluted(self) -> float:
        """What an effect on those who meet it is multiplied by, to have it per customer drawn; 1 when nobody knows."""
        share = float(self.met.get("estimate", 0.0))
        return share if share > 0 else 1.0


def window_of(assumptions: Mapping[str, Any]) -> int:
    """Days in which an effect is looked for: judgement.assumptions.window_days, else two months."""
    given = assumptions.get("window_days")
    return int(given) if isinstance(given, int | float) and given > 0 else WINDOW_DAYS


def first_tested(chosen: Sequence[str], cases: pd.DataFrame, assignments: pd.DataFrame) -> str:
    """The experience that the pilot tests: the one already drawn for, else the one on which most of the value rests."""
    drawn = [key for key in assignments["idea_id"].dropna().unique() if key in chosen]
    by_value = cases[cases["idea_id"].isin(chosen)].sort_values("estimate", ascending=False)
    return str(next(iter([*drawn, *by_value["idea_id"], *chosen]), ""))


def pilot(
    experience: str,
    tables: Mapping[str, pd.DataFrame],
    members: pd.DataFrame,
    segment: str,
    *,
    window_days: int,
    as_of: pd.Timestamp,
) -> Pilot:
    """The pilot of one experience: from the first day of a pilot already drawn, else from the last day that may be read.

    tables: ideas, customers, interactions, assignments. members: customer_id, segment. The share that meets the experience
    is what the table of ideas says (known before, where all are offered it), else who met its touchpoint in the window
    before, of the customers of the segment who have not left.
    """
    idea = tables["ideas"][tables["ideas"]["idea_id"].eq(experience)]
    drawn, touchpoint = tables["assignments"], "".join(idea["touchpoint"])
    able = eligible(tables["customers"], members, segment)["customer_id"]
    launch, people = launch_of(drawn, as_of), pd.Index(able.dropna().unique())
    met = exposure(tables["interactions"], people, touchpoint, window_days=window_days, before=launch)
    for said in idea["met_share"].dropna():
        met = {"estimate": float(said), "low": np.nan, "high": np.nan, "n": np.nan, "unit": "share"}
    return Pilot(experience, touchpoint, window_days, launch, people, len(drawn) or len(able), met)


@dataclass(frozen=True)
class Grounds:
    """What every registration of a stage is made from: tables by name, prices and paths, and the day it is written."""

    tables: Mapping[str, pd.DataFrame]  # ideas, customers, transactions, interactions, assignments
    responses: pd.DataFrame
    members: pd.DataFrame
    segment: str
    as_of: pd.Timestamp
    worth: Mapping[str, float]  # from `unit_worth`
    values: pd.DataFrame  # of every idea
    cases: pd.DataFrame
    terms: Terms


def registration(
    experiences: Sequence[str], grounds: Grounds, *, window_days: int, decided: Mapping[str, Any] | None = None
) -> tuple[Pilot, pd.DataFrame, pd.DataFrame]:
    """The pilot of a portfolio, the rulers it could be judged by, and its registration (see `register`)."""
    tables, values = grounds.tables, grounds.values
    experience = first_tested(experiences, grounds.cases, tables["assignments"])
    drawn = pilot(experience, tables, grounds.members, grounds.segment, window_days=window_days, as_of=grounds.as_of)
    tested = values[values["idea_id"].eq(experience)]
    case = promised(tested, terms=grounds.terms)
    known = rulers(tables["transactions"], drawn, worth=grounds.worth, case=case)
    return drawn, known, register(known, drawn, grounds.responses, decided=decided)


def launch_of(assignments: pd.DataFrame, as_of: pd.Timestamp) -> pd.Timestamp:
    """The first day of the pilot: that of a pilot already drawn, else the last day that may be read."""
    started = assignments["starts_on"].min()
    return pd.Timestamp(as_of if pd.isna(started) else started)


def exposure(
    interactions: pd.DataFrame, people: pd.Index, touchpoint: str, *, window_days: int, before: pd.Timestamp
) -> dict[str, Any]:
    """Share of these customers who met a touchpoint in the window before `before`, with its Wilson interval.

    Everybody drawn is measured, met or not (intention to treat): an effect on those who meet is diluted by this share.
    Keys estimate, low, high, n, unit; {} when nothing is known of the touchpoint.
    """
    there = interactions[interactions["touchpoint"].eq(touchpoint)]
    if there.empty or people.empty:
        return {}
    met = there.loc[_just_before(there["at"], before, window_days), "customer_id"]
    share, low, high = wilson(int(people.isin(met).sum()), len(people))
    return {"estimate": share, "low": low, "high": high, "n": len(people), "unit": "share"}


def unit_worth(objective: str, purchase_value: Fact, margin_share: Fact) -> dict[str, float]:
    """Money of the objective that one unit of each metric is worth on one customer; NaN: no path to the objective."""
    sells = objective in ("turnover", "gross_margin")
    revenue = {"turnover": 1.0, "gross_margin": margin_share.number()}
    return {
        "purchase_share": purchase_value.number() if sells else float("nan"),
        "margin_per_customer": 1.0 if objective == "gross_margin" else float("nan"),
        "revenue_per_customer": revenue.get(objective, float("nan")),
    }


def rulers(
    transactions: pd.DataFrame, pilot: Pilot, *, worth: Mapping[str, float], case: Mapping[str, float]
) -> pd.DataFrame:
    """The metrics that could judge the pilot, as they stood before (`baselines`), with the effects and sizes it takes.

    worth: from `unit_worth`; case: from `promised`. Columns of `baselines` and `with_effects`.
    """
    return with_effects(baselines(transactions, pilot, worth=worth), case, pilot)


def baselines(transactions: pd.DataFrame, pilot: Pilot, *, worth: Mapping[str, float]) -> pd.DataFrame:
    """Metrics that lead to the objective, as they stood in the window before the launch, among the pilot's people.

    worth: metric → money that one unit on one customer is worth; metrics without a worth (NaN) have no path to the
    objective and are left out. One more buyer is worth what a buyer in the window brings, where that is recorded.
    Returns metric, unit, baseline (mean), spread (standard deviation), n (customers), value_per_unit_money. Empty
    without customers or transactions.
    """
    ours = transactions[transactions["customer_id"].isin(pilot.people)]
    inside = ours[_just_before(ours["at"], pilot.launch, pilot.window_days)]
    found = []
    for metric, value in worth.items():
        amounts = _per_customer(inside, pilot.people, metric)
        if np.isfinite(value) and len(amounts) > 1:
            baseline, spread = float(amounts.mean()), float(amounts.std(ddof=1))
            found.append((metric, UNITS[metric], baseline, spread, len(amounts), value))
    return _worth_of_a_buyer(pd.DataFrame(found, columns=RULERS))


def promised(one: pd.DataFrame, *, terms: Terms) -> dict[str, float]:
    """What one experience costs, brings and reaches over the horizon, all as present values.

    one: its row of `values` (no row: all NaN). Keys cost_money, gain_money (at the mean of its effect), gain_low, gain_high
    (at its P10 and P90; none above the part of the value at stake that it reaches), reach_year: customers a year who come to
    its step and are reached, and reach: the same over the horizon, discounted like the gain.
    """
    if one.empty:
        return dict.fromkeys(("cost_money", "gain_money", "gain_low", "gain_high", "reach_year", "reach"), float("nan"))
    row = one.iloc[0]
    effects = np.append(mean_effects(one), pert_quantile(np.array([0.1, 0.9]), *row[EFFECT].astype(float)))
    gains = np.array([capture(one, np.array([effect])) for effect in effects]) * terms.gain_factor
    reached = float(row["entrants_a_year"] * row["reach_share"])
    told = dict(zip(("gain_money", "gain_low", "gain_high"), gains.tolist(), strict=True))
    people = {"reach_year": reached, "reach": reached * terms.gain_factor}
    return {"cost_money": float(row["cost_pv_money"]), **told, **people}


def with_effects(rulers: pd.DataFrame, case: Mapping[str, float], pilot: Pilot) -> pd.DataFrame:
    """Add the effect worth having and the effect promised, per customer drawn, and the customers it takes to show them.

    case: from `promised`. On those who meet it the break-even is minimum_effect_met = cost / (reach · worth of a unit):
    below it the experience costs more than it brings. Stage 9 measures everybody drawn, met or not (intention to treat;
    Fisher 1935), so all effects registered are those times the share of the drawn who will meet it; unknown or zero: as
    if all did, which asks more. Purchases after the window are not counted. n_needed, n_available (customers an arm) and
    detectable (effect that n_available would show): from `pilot_size`.
    """
    people = (case["reach"] if case["reach"] > 0 else np.nan) * rulers["value_per_unit_money"]
    diluted = people / pilot.diluted
    table = rulers.assign(
        minimum_effect=case["cost_money"] / diluted,
        promised_effect=case["gain_money"] / diluted,
        promised_low=case["gain_low"] / diluted,
        promised_high=case["gain_high"] / diluted,
        met_share=float(pilot.met.get("estimate", np.nan)),
        minimum_effect_met=case["cost_money"] / people,
        **case,
    )
    sizes = pilot_size(table, n_available=pilot.n_available)
    return table.assign(**sizes[["n_needed", "n_available", "detectable"]])


def register(
    rulers: pd.DataFrame, pilot: Pilot, responses: pd.DataFrame, *, decided: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """The registration: one row that stage 9 is held to (ROW, and what it was made of); empty when there is none.

    responses: what is asked, and so may be a guardrail. Of the metrics (from `rulers`) the sharpest is taken: the one whose
    minimum effect is largest against its spread, for it needs the fewest customers. decided: what people have decided on
    (metric, minimum_effect, test, guardrails); it goes before.
    """
    asked = decided or {}
    usable = rulers[rulers["spread"].gt(0) & rulers["minimum_effect"].gt(0)]
    sharpest = (usable["minimum_effect"] / usable["spread"]).sort_values(ascending=False).index[:1]
    table = usable.loc[sharpest].reset_index(drop=True) if pilot.experience else usable.head(0)
    if asked.get("metric") and pilot.experience:
        table = _of_metric(rulers, str(asked["metric"]))
    effect = asked.get("minimum_effect")
    if effect is not None and len(table) and not _rounds_to(float(table["minimum_effect"].iloc[0]), float(effect)):
        table = _with_minimum(table, float(effect), pilot)
    table = table.assign(
        experience=pilot.experience,
        window_days=pilot.window_days,
        alpha=ALPHA,
        power=POWER,
        test=str(asked.get("test") or TEST),
        guardrails=";".join(asked.get("guardrails", guardrails_of(responses, pilot.touchpoint))),
        diluted=pilot.diluted,
    )
    return table[[*ROW, *(name for name in table if name not in ROW)]]


def _of_metric(rulers: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The row of one metric; of one that no path leads from to the objective, a row without worth and size."""
    found = rulers[rulers["metric"].eq(metric)].reset_index(drop=True)
    if len(found):
        return found
    return pd.DataFrame([{"metric": metric, "unit": UNITS.get(metric, "score")}]).reindex(columns=rulers.columns)


def _rounds_to(effect: float, decided: float) -> bool:
    """Whether a decided effect is the computed one, as it is written in a choice."""
    return bool(np.isclose(effect, decided, rtol=0.01))


def _with_minimum(table: pd.DataFrame, effect: float, pilot: Pilot) -> pd.DataFrame:
    """The row with a minimum effect that people have decided on: no break-even, and the size that it takes."""
    told = table.assign(minimum_effect=effect, minimum_effect_met=np.nan)
    sizes = pilot_size(told.drop(columns=["n_needed", "n_available", "detectable"]), n_available=pilot.n_available)
    return told.assign(**sizes[["n_needed", "n_available", "detectable"]])


def guardrails_of(responses: pd.DataFrame, touchpoint: str) -> list[str]:
    """What must not get worse: recommendation, and satisfaction at the touchpoint, as far as they are asked."""
    satisfied = responses["question"].eq("csat") & responses["touchpoint"].eq(touchpoint)
    asked = {"nps": responses["question"].eq("nps").any(), f"csat:{touchpoint}": satisfied.any()}
    return [name for name, known in asked.items() if known]


def _just_before(at: pd.Series, before: pd.Timestamp, window_days: int) -> pd.Series:
    """Whether a moment lies in the whole days of the window that ends the day before."""
    days: pd.Series[int] = (pd.Timestamp(before).normalize() - at.dt.normalize()).dt.days
    return days.between(1, window_days)


def _per_customer(inside: pd.DataFrame, people: pd.Index, metric: str) -> pd.Series:
    """The metric of each customer in the window; empty when no amount is recorded."""
    column = "margin" if metric == "margin_per_customer" else "revenue"
    if not inside[column].notna().any():
        return pd.Series(dtype=float)
    amounts = inside.groupby("customer_id")[column]
    found: pd.Series[Any] = amounts.max().gt(0) if metric == "purchase_share" else amounts.sum()
    return pd.Series(found.astype(float).reindex(people, fill_value=0.0))


def _worth_of_a_buyer(table: pd.DataFrame) -> pd.DataFrame:
    """Worth of a buyer from the data: money per customer / share of customers who buy, margin before revenue."""
    by_metric = {row["metric"]: row for row in rows(table)}
    buying = by_metric.get("purchase_share", {}).get("baseline", 0.0)
    money = by_metric.get("margin_per_customer") or by_metric.get("revenue_per_customer")
    if not money or not buying > 0:
        return table
    brought = money["baseline"] * money["value_per_unit_money"] / buying
    worth = table["value_per_unit_money"].mask(table["metric"].eq("purchase_share"), brought)
    return table.assign(value_per_unit_money=worth)
