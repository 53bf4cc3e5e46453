"""By which periods money is charted, weeks or months, and until which day: the brief and the data's own rhythm decide."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

ENOUGH_MONTHS = 37  # 25 months set the limits and a year is watched; with fewer, weeks find a shift sooner
BILLING_DAYS, BILLED_SHARE, LEAST_BILLS = 5, 0.8, 60  # so many on so few days of the month are bills, not visits
EMPTY_SHARE = 0.25  # of the weeks: more of them without a purchase, and a week is too short
SILENCE, LEAST_SILENCE = 3, 31  # times the longest gap between two days of purchase, and days


class Rhythm(NamedTuple):
    """every: week | month; why: asked | billed | sparse | long | short; until: last day charted.

    silent: the purchases end before the observation does, so that nothing after the last one is charted.
    """

    every: str
    why: str
    until: pd.Timestamp
    silent: bool


def rhythm(transactions: pd.DataFrame, *, unit: str, until: pd.Timestamp) -> Rhythm:
    """How the purchases are to be charted.

    unit: of the brief's period. "week" is kept unless bills fall on few days of the month or weeks are mostly empty;
    "month" is kept from 37 months on, below that weeks are charted. until: end of the observation. Where the silence after
    the last purchase is longer than three times the longest gap before it (and than a month), the file may end there:
    what came after it is not known to be nothing. transactions: at, revenue.
    """
    days = transactions.loc[transactions["revenue"].gt(0) & transactions["at"].notna(), "at"].dt.normalize()
    days = days[days <= until].sort_values()
    if days.empty:
        return Rhythm(unit, "asked", until, silent=False)
    longest = max(LEAST_SILENCE, SILENCE * days.drop_duplicates().diff().max().days if days.nunique() > 1 else 0)
    silent = (until - days.iloc[-1]).days > longest
    end = days.iloc[-1] if silent else until
    return Rhythm(*_every(days, unit, end), end, silent)


def _every(days: pd.Series, unit: str, until: pd.Timestamp) -> tuple[str, str]:
    """The period, and why."""
    months = (until - days.iloc[0]).days / (365.25 / 12)
    if len(days) >= LEAST_BILLS and months >= 3:
        if days.dt.day.value_counts(normalize=True).head(BILLING_DAYS).sum() >= BILLED_SHARE:
            return "month", "billed"
        weeks = days.dt.to_period("W-SUN").nunique()
        if weeks < (1 - EMPTY_SHARE) * max(1, (until - days.iloc[0]).days // 7):
            return "month", "sparse"
    if unit == "week":
        return "week", "asked"
    return ("month", "long") if months >= ENOUGH_MONTHS else ("week", "short")
