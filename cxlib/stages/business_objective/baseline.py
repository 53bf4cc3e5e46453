"""What the objective stands at today: money per month, its trend and season, and the gap to the target."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd

from cxlib.facts import compare, first
from cxlib.language import unknown
from cxlib.stages.business_objective.line import SEASON, Line, fitted
from cxlib.stages.business_objective.vocabulary import COSTS, OBJECTIVES

BASELINE_COLUMNS = ["period_on", "observed_money", "estimate", "low", "high", "n", "unit"]
LEVEL_COLUMNS = ["objective", "measure", "estimate", "low", "high", "n", "unit", "n_months", "verdict"]
GAP_COLUMNS = ["measure", "estimate", "low", "high", "n", "unit", "verdict"]
CENT = 0.01  # a target is decided on to the cent
NOT_BELOW_ZERO = ("turnover", *COSTS)  # where no month was


def book(transactions: pd.DataFrame, costs: pd.DataFrame, *, start: dt.date, end: dt.date) -> pd.DataFrame:
    """Money per complete calendar month: the four objectives, the contribution, and the entries behind them.

    start, end: the period of the brief; months that are cut by it are left out, and so are months before the first
    and after the last row of the ledgers. A month without any row of a cost kind that is kept elsewhere is blank, not 0.
    Columns: period_on, turnover, gross_margin, commercial_cost, operating_cost, contribution (margin − both costs),
    n_purchases (rows with positive revenue), n_costs.
    """
    months = _complete_months(start, end)
    sold = transactions[transactions["at"].dt.to_period("M").isin(months)]
    month = sold["at"].dt.to_period("M")
    table = pd.DataFrame(index=months)
    table["turnover"] = sold.groupby(month)["revenue"].sum()
    table["gross_margin"] = sold.groupby(month)["margin"].sum(min_count=1)
    table["n_purchases"] = sold["revenue"].gt(0).groupby(month).sum()
    if len(sold):
        traded = (months >= month.min()) & (months <= month.max())
        filled = ["turnover", "n_purchases"]
        table.loc[traded, filled] = table.loc[traded, filled].fillna(0.0)
    booked = costs["on"].dt.to_period("M")
    for column in COSTS:
        of_kind = costs["kind"] == column.removesuffix("_cost")
        table[column] = costs.loc[of_kind, "amount"].groupby(booked[of_kind]).sum(min_count=1)
    table["n_costs"] = costs["amount"].groupby(booked).count()
    table["contribution"] = table["gross_margin"] - table["commercial_cost"] - table["operating_cost"]
    table = table.set_index(months.to_timestamp()).rename_axis("period_on")
    return table.loc[table[list(OBJECTIVES)].notna().any(axis=1)].reset_index()


def baseline(book: pd.DataFrame, *, objective: str) -> pd.DataFrame:
    """Per month: money observed, and fitted by level, trend and season (`line.fitted`) with the interval of the fit.

    Fewer than 24 months: trend and season cannot be told apart, the fit is the mean of the last twelve.
    """
    series, line = _fit(book, objective)
    if line is None:
        return pd.DataFrame(columns=BASELINE_COLUMNS)
    known = series.tail(len(line.y)).rename(columns={"y": "observed_money"}).reset_index(drop=True)
    rows = line.design @ line.solver
    estimate, half = rows @ line.y, line.half(rows)
    least = -math.inf if can_be_negative(series, objective) else 0.0
    ends = {"estimate": estimate, "low": estimate - half, "high": estimate + half}
    table = known.assign(**{name: np.maximum(end, least) for name, end in ends.items()}, unit="money")
    return table[BASELINE_COLUMNS]


def levels(book: pd.DataFrame) -> pd.DataFrame:
    """For each objective: its `level` (money a month, over the last twelve) and `trend` (share of the level a year).

    The level is that of a whole year, so the season cancels. n counts the purchases (or cost entries) behind it.
    The trend is blank below 24 months: a season and a trend look alike. verdict: of the trend, against no change.
    """
    rows: list[dict[str, object]] = []
    for objective in OBJECTIVES:
        series, line = _fit(book, objective)
        if line is None:
            continue
        about = {"objective": objective, "n": _counted(series), "n_months": len(series)}
        free = can_be_negative(series, objective)
        trend = line.trend() if free else _floored(line.trend(), -1.0)  # a year takes no more than there is
        level = line.around(line.level_row) if free else _floored(line.around(line.level_row), 0.0)
        verdict = compare(trend["low"], trend["high"], n=_counted(series))
        rows.append({**about, "measure": "level", "unit": "money", "verdict": "", **level})
        rows.append({**about, "measure": "trend", "unit": "share", "verdict": verdict, **trend})
    return pd.DataFrame(rows, columns=LEVEL_COLUMNS)


def gap(
    book: pd.DataFrame,
    *,
    objective: str,
    target_growth: float | None,
    deadline: dt.date,
    target_money: float | None = None,
) -> pd.DataFrame:
    """What is missing to the target: rows target (money a month), gap and gap_with_trend (money a year, at the deadline).

    target_growth: improvement asked for, share a year, compounded from the end of the book to the deadline; for a cost
    it is a fall. target_money: the target that was decided on, money a month; it goes before the growth, which is then the
    one that leads to it. Both gaps are positive when something is missing. `gap_with_trend` lets today's trend run on to the
    deadline with nothing done, counted from the middle of the last twelve months; verdict: whether it leaves out zero.
    The other rows are what these follow from: direction (1, for a cost −1), target_growth, months_to_deadline (calendar
    months), can_be_negative (1 or 0; what cannot is not foretold below 0), and level_with_trend (money a month on the
    deadline). Empty without a target or a level.
    """
    series, line = _fit(book, objective)
    if line is None or (target_growth is None and target_money is None):
        return pd.DataFrame(columns=GAP_COLUMNS)
    direction = -1.0 if objective in COSTS else 1.0
    end = series["period_on"].iloc[-1] + pd.offsets.MonthEnd(0)
    months = months_between(end, pd.Timestamp(deadline))
    years = months / SEASON
    free = can_be_negative(series, objective)
    growth = abs(target_growth or 0.0)
    target = line.level * (1 + direction * growth) ** years
    if target_money is not None and (target_growth is None or abs(target_money - target) > CENT):
        target, growth = target_money, _growth(line.level, target_money, direction=direction, years=years)
    ahead = line.level_row + years * line.change_row if line.seasonal else None
    today = line.around(line.level_row) if free else _floored(line.around(line.level_row), 0.0)
    reached = {} if ahead is None else line.around(ahead) if free else _floored(line.around(ahead), 0.0)
    later = _missing(target, reached, direction)
    verdict = compare(later.get("low"), later.get("high"), n=_counted(series))
    rows: list[dict[str, object]] = [
        {"measure": "target", "estimate": target},
        {"measure": "gap", **_missing(target, today, direction)},
        {"measure": "gap_with_trend", **later, "verdict": verdict},
        {"measure": "direction", "estimate": direction, "unit": "ratio"},
        {"measure": "target_growth", "estimate": growth, "unit": "share"},
        {"measure": "months_to_deadline", "estimate": months, "unit": "months"},
        {"measure": "can_be_negative", "estimate": float(free), "unit": "ratio"},
    ]
    if reached:
        rows.append({"measure": "level_with_trend", **reached})
    return pd.DataFrame([{"n": _counted(series), "unit": "money", "verdict": "", **row} for row in rows])[GAP_COLUMNS]


def _growth(level: float, target: float, *, direction: float, years: float) -> float:
    """The improvement a year that leads from the level to the target; NaN where no growth does."""
    if not years > 0 or not level > 0 or not target > 0:
        return math.nan
    return direction * float((target / level) ** (1 / years) - 1)


def amount(gap: pd.DataFrame, measure: str) -> float | None:
    """The money of one row of `gap`: `gap` itself or the `target`; None when it cannot be told."""
    row = first(gap, measure=measure)
    return None if unknown(row.get("estimate")) else float(row["estimate"])


def months_between(end: pd.Timestamp, deadline: pd.Timestamp) -> float:
    """Calendar months from a month's last day to a deadline, never below 0: its own month counts by its days."""
    whole = (deadline.year - end.year) * SEASON + deadline.month - end.month - 1
    return max(whole + deadline.day / deadline.days_in_month, 0.0)


def can_be_negative(series: pd.DataFrame, objective: str) -> bool:
    """Whether a month of this money may lie below zero: a margin may, other money where a month has (refunds)."""
    return objective not in NOT_BELOW_ZERO or bool((series["y"] < 0).any())


def _floored(ends: dict[str, float], least: float) -> dict[str, float]:
    """An estimate and its limits, none below the least; blank stays blank."""
    return {name: end if math.isnan(end) else max(end, least) for name, end in ends.items()}


def _missing(target: float, reached: dict[str, float], direction: float) -> dict[str, float]:
    """Money a year between the target and a level; blank when the level cannot be told."""
    if not reached:
        return dict.fromkeys(("estimate", "low", "high"), math.nan)
    estimate, *limits = (SEASON * direction * (target - reached[name]) for name in ("estimate", "low", "high"))
    return {"estimate": estimate, "low": min(limits), "high": max(limits)}


def _fit(book: pd.DataFrame, objective: str) -> tuple[pd.DataFrame, Line | None]:
    """The latest run of months without a gap of one objective (period_on, y, n), and the line through it."""
    if objective not in book or book[objective].isna().all():
        return pd.DataFrame({"period_on": book["period_on"].iloc[:0], "y": [], "n": []}), None
    counted = "n_costs" if objective in COSTS else "n_purchases"
    series = pd.DataFrame({"period_on": book["period_on"], "y": book[objective], "n": book[counted]})
    series = series.loc[: series["y"].last_valid_index()]
    blank = series.index[series["y"].isna()]
    series = series.loc[blank[-1] + 1 :] if len(blank) else series
    return series, fitted(series["y"].to_numpy(float))


def _counted(series: pd.DataFrame) -> int:
    """The entries behind the level: those of the last twelve months."""
    return int(series["n"].tail(SEASON).sum())


def _complete_months(start: dt.date, end: dt.date) -> pd.PeriodIndex:
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    begin = first.to_period("M") if first.day == 1 else first.to_period("M") + 1
    finish = last.to_period("M") if last.is_month_end else last.to_period("M") - 1
    return pd.period_range(begin, finish, freq="M")
