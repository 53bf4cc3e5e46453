"""What customers will bring: value ahead per segment, by the best model whose checks the data pass."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.stages.target_segment import ladder, repeat_buying, retention, spending
from cxlib.statistics.intervals import Z

Floats = NDArray[np.float64]

MONTHS = 12
HOLDOUT_DAYS = 365  # under contract the last year is kept apart to see how far the model misses
VALUE_COLUMNS = ["segment", "estimate", "low", "high", "n", "unit", "alive_share", "method"]
VALUE_COLUMNS += ["units_ahead", "unit_money", "margin_share"]


@dataclass(frozen=True)
class Horizon:
    """From which day value is looked ahead, how far, and what a year of waiting takes from it (share)."""

    as_of: pd.Timestamp
    months: int
    discount_rate: float

    @property
    def weeks(self) -> float:
        """The months in weeks: a month is a twelfth of 365.25 days."""
        return self.months * repeat_buying.YEAR_DAYS / (MONTHS * repeat_buying.WEEK_DAYS)

    @property
    def month_rate(self) -> float:
        """The discount rate of a month."""
        return float((1 + self.discount_rate) ** (1 / MONTHS) - 1)

    @property
    def discounted_weeks(self) -> float:
        """The weeks, each worth (1 + rate)^−(its year): the integral of the discount factor."""
        if self.discount_rate == 0:
            return self.weeks
        decay = np.log1p(self.discount_rate) / repeat_buying.YEAR_WEEKS
        return float(-np.expm1(-decay * self.weeks) / decay)


@dataclass(frozen=True)
class ValueAhead:
    """`values`: what a member of each segment will bring, empty where no model holds; `checks`: the ladder; `models`."""

    checks: pd.DataFrame
    models: dict[str, pd.DataFrame]
    values: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=VALUE_COLUMNS))


def value_ahead(
    people: pd.DataFrame, transactions: pd.DataFrame, *, horizon: Horizon, objective: str = "gross_margin"
) -> ValueAhead:
    """What members without contract will bring: by BG/NBD and Gamma–Gamma, else at a constant rate, else unknown.

    people: customer_id, segment. Only the model that the ladder reaches is evaluated.
    """
    known = repeat_buying.histories(transactions, end=horizon.as_of)
    models = {"buying": repeat_buying.buying_model(known), "spending": spending.spending_model(known)}
    missed = repeat_buying.holdout(transactions, end=horizon.as_of)
    tried = ladder.checks(known, models, missed, spending.frequency_spend(known))
    reached, margin = ladder.ladder(tried), margin_share(transactions, objective=objective)
    if reached == ladder.LIKELIHOOD:
        return ValueAhead(tried, models, by_model(people, known, models, horizon=horizon, margin_share=margin))
    if reached == ladder.RATE:
        return ValueAhead(tried, models, by_rate(people, known, horizon=horizon, margin_share=margin))
    return ValueAhead(tried, models)


def contract_value_ahead(people: pd.DataFrame, customers: pd.DataFrame, *, horizon: Horizon) -> ValueAhead:
    """What members under contract will bring: by how long they have stayed, else at one retention, else unknown.

    people: customer_id, segment, value_money (of the last year; blank brings nothing); those who left have no value ahead.
    """
    tenure = retention.tenures(customers, end=horizon.as_of)
    model = retention.retention_model(tenure)
    renewals = retention.constant_retention(tenure, model)
    missed = retention.renewal_holdout(customers, end=horizon.as_of, days=HOLDOUT_DAYS)
    leavers = retention.leavers_missing(customers, end=horizon.as_of)
    tried, models = ladder.contract_checks(model, missed, renewals, leavers), {"staying": model}
    here = people[people["customer_id"].isin(tenure.loc[~tenure["left"], "customer_id"])]
    here = here.assign(money=here["value_money"].astype(float).fillna(0.0) / MONTHS)
    reached = ladder.ladder(tried)
    if reached == ladder.CONTRACT:
        stay = retention.periods_ahead(tenure, model, periods=horizon.months, discount_rate=horizon.month_rate)
        return ValueAhead(tried, models, by_contract(here, stay, model))
    if reached == ladder.MULTIPLE:
        return ValueAhead(tried, models, by_multiple(here, renewals, discount_rate=horizon.month_rate))
    return ValueAhead(tried, models)


def by_model(
    people: pd.DataFrame,
    histories: pd.DataFrame,
    models: dict[str, pd.DataFrame],
    *,
    horizon: Horizon,
    margin_share: float = 1.0,
) -> pd.DataFrame:
    """Value ahead per member who has bought: expected purchases × expected money of one × margin share, by segment.

    The interval carries the uncertainty of the models' parameters and the spread of the members. n: members who have
    bought.
    """
    ahead = repeat_buying.expected_purchases(
        histories, models["buying"], weeks=horizon.weeks, discount_rate=horizon.discount_rate
    )
    each = spending.expected_spend(histories, models["spending"])
    both = people[["customer_id", "segment"]].merge(ahead, on="customer_id")
    both = both.merge(each, on="customer_id", suffixes=("", "_spend")).rename(columns={"estimate": "units"})
    both["money"] = both["estimate_spend"] * margin_share
    both[_slopes(ahead)] = both[_slopes(ahead)].mul(both["money"], axis=0)
    both[_slopes(each)] = both[_slopes(each)].mul(both["units"] * margin_share, axis=0)
    carried = {"buying": _slopes(ahead), "spending": _slopes(each)}
    table = _by_segment(both, [(slopes, models[name]) for name, slopes in carried.items()])
    alive = both.groupby("segment")["alive_share"].mean().to_numpy()
    return table.assign(alive_share=alive, method=ladder.LIKELIHOOD, margin_share=margin_share)[VALUE_COLUMNS]


def by_rate(
    people: pd.DataFrame, histories: pd.DataFrame, *, horizon: Horizon, margin_share: float = 1.0
) -> pd.DataFrame:
    """Value ahead per member who has bought if the segment went on repeating at its rate so far, nobody leaving.

    Rate = Σ money of repeat purchases ÷ Σ time since the first purchase; × weeks, discounted. Interval of a ratio of sums.
    """
    both = people[["customer_id", "segment"]].merge(histories, on="customer_id")
    ahead = horizon.discounted_weeks * margin_share
    rows: list[list[object]] = []
    for segment, part in both.groupby("segment", sort=True):
        money = (part["n_repeats"] * part["repeat_money"].fillna(0.0)).to_numpy(float)
        age = part["age_weeks"].to_numpy(float)
        if age.sum() <= 0 or len(part) < 2:
            continue
        rate = money.sum() / age.sum()
        error = float((money - rate * age).std(ddof=1)) * np.sqrt(len(part)) / age.sum()
        interval = [(rate + side * Z * error) * ahead for side in (0, -1, 1)]
        about = [len(part), "money", np.nan, ladder.RATE, horizon.discounted_weeks, rate * margin_share, margin_share]
        rows.append([segment, *interval, *about])
    return pd.DataFrame(rows, columns=VALUE_COLUMNS)


def by_contract(people: pd.DataFrame, ahead: pd.DataFrame, model: pd.DataFrame) -> pd.DataFrame:
    """Value ahead per member under contract: discounted months they are expected to stay × their money of a month.

    people: customer_id, segment, money (of a month); ahead: from `retention.periods_ahead`.
    """
    both = people[["customer_id", "segment", "money"]].merge(ahead, on="customer_id")
    both = both.rename(columns={"estimate": "units"})
    both[_slopes(ahead)] = both[_slopes(ahead)].mul(both["money"], axis=0)
    table = _by_segment(both, [(_slopes(ahead), model)])
    return table.assign(alive_share=1.0, method=ladder.CONTRACT, margin_share=np.nan)[VALUE_COLUMNS]


def by_multiple(people: pd.DataFrame, renewals: pd.DataFrame, *, discount_rate: float) -> pd.DataFrame:
    """Value ahead per member under contract at one constant retention: money of a month × margin multiple, by segment.

    people: segment, money (of a month); renewals: one row estimate, low, high, of which the limits give the interval;
    discount_rate: of one month.
    """
    table = people.groupby("segment")["money"].agg(unit_money="mean", n="size").reset_index()
    for name in ("estimate", "low", "high"):
        table[name] = margin_multiple(float(renewals[name].iloc[0]), discount_rate) * table["unit_money"]
    units = margin_multiple(float(renewals["estimate"].iloc[0]), discount_rate)
    table = table.assign(unit="money", alive_share=1.0, method=ladder.MULTIPLE, units_ahead=units, margin_share=np.nan)
    return table[VALUE_COLUMNS]


def margin_multiple(retention: float, discount_rate: float) -> float:
    """Value of a customer under contract ÷ the margin of a period: r/(1 + i − r), for ever and at one constant rate.

    Gupta & Lehmann (2003), doi:10.1002/dir.10045. Both rates are shares of the same period; r below 1 + i.
    """
    return retention / (1 + discount_rate - retention)


def margin_share(transactions: pd.DataFrame, *, objective: str) -> float:
    """Margin ÷ revenue of all purchases that know both; 1 when the objective is turnover or no margin is known."""
    known = transactions[transactions["margin"].notna() & transactions["revenue"].gt(0)]
    if objective == "turnover" or known.empty:
        return 1.0
    return float(known["margin"].sum() / known["revenue"].sum())


def _by_segment(both: pd.DataFrame, carried: list[tuple[list[str], pd.DataFrame]]) -> pd.DataFrame:
    """Mean of units × money by segment, with the spread of the members and what each model's parameters leave open.

    carried: the columns that hold the derivatives of the value by the log parameters of a model, and the model.
    """
    rows: list[dict[str, object]] = []
    for segment, part in both.groupby("segment", sort=True):
        value = (part["units"] * part["money"]).to_numpy(float)
        error = float(np.var(value, ddof=1)) / len(part) if len(part) > 1 else np.nan
        error += sum(_variance(part[slopes].to_numpy(float), model) for slopes, model in carried)
        half, mean, units = Z * float(np.sqrt(error)), float(value.mean()), float(part["units"].mean())
        row = {"segment": segment, "estimate": mean, "low": mean - half, "high": mean + half, "n": len(part)}
        rows.append({**row, "unit": "money", "units_ahead": units, "unit_money": mean / units if units else 0.0})
    return pd.DataFrame(rows, columns=VALUE_COLUMNS)


def _slopes(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table if str(name).startswith("slope_")]


def _variance(slopes: Floats, model: pd.DataFrame) -> float:
    """Variance of a mean that comes from the uncertainty of the model's log parameters (delta method)."""
    mean = slopes.mean(axis=0)
    return float(mean @ np.array(model["covariance"].tolist(), dtype=float) @ mean)
