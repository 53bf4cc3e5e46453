"""By which periods purchases are charted, and until when."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.monitoring.says import charted_by
from cxlib.statistics.rhythm import Rhythm, rhythm

UNTIL = pd.Timestamp("2026-06-30")


def sold(days: pd.DatetimeIndex) -> pd.DataFrame:
    return pd.DataFrame({"at": days, "revenue": 10.0})


def on_every_day(start: str) -> pd.DataFrame:
    return sold(pd.date_range(start, UNTIL))


def test_bills_are_charted_by_month_whatever_the_unit() -> None:
    bills = sold(pd.DatetimeIndex(np.repeat(pd.date_range("2024-07-01", UNTIL, freq="MS"), 20)))
    for unit in ("week", "month"):
        assert rhythm(bills, unit=unit, until=UNTIL)[:2] == ("month", "billed")


@pytest.mark.parametrize(
    ("start", "unit", "told"),
    [
        ("2024-07-01", "month", ("week", "short")),
        ("2020-01-01", "month", ("month", "long")),
        ("2020-01-01", "week", ("week", "asked")),
    ],
)
def test_visits_are_charted_as_the_unit_says_unless_months_are_too_few(
    start: str, unit: str, told: tuple[str, str]
) -> None:
    assert rhythm(on_every_day(start), unit=unit, until=UNTIL) == Rhythm(*told, UNTIL, silent=False)


def test_weeks_that_are_mostly_empty_are_no_period() -> None:
    rare = sold(pd.date_range("2016-01-01", UNTIL, freq="17D"))
    assert rhythm(rare, unit="week", until=UNTIL).why == "sparse"


def test_nothing_is_charted_after_a_file_that_may_end_before_the_observation() -> None:
    ended = sold(pd.date_range("2015-01-01", "2015-12-30"))
    known = rhythm(ended, unit="month", until=UNTIL)
    assert known.silent and known.until == pd.Timestamp("2015-12-30")
    assert "extract_ends" in charted_by(known).sentence and "2015" in charted_by(known).sentence
    pause = sold(pd.date_range("2025-01-01", UNTIL - pd.Timedelta(days=20)))
    assert not rhythm(pause, unit="week", until=UNTIL).silent


def test_without_purchases_the_brief_decides() -> None:
    nothing = sold(pd.DatetimeIndex([]))
    assert rhythm(nothing, unit="month", until=UNTIL) == Rhythm("month", "asked", UNTIL, silent=False)
