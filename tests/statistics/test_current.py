"""Today means today: the answers of the last months, else of the last year with enough of them."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlib.statistics.current import current

UNTIL = pd.Timestamp("2026-06-30")


def answers(**counts: int) -> pd.DataFrame:
    """So many answers of one score per month, m2026_05=40, the score being the year's last digit."""
    rows = [
        (pd.Timestamp(f"{month[1:5]}-{month[6:]}-15"), float(month[4]))
        for month, count in counts.items()
        for _each in range(count)
    ]
    return pd.DataFrame(rows, columns=["on", "score"]).assign(question="csat", touchpoint="delivery")


@pytest.mark.parametrize(
    ("counts", "period", "mean"),
    [
        ({"m2024_05": 500, "m2026_05": 30}, "lately", 6.0),
        ({"m2024_05": 500, "m2025_05": 30, "m2026_05": 29}, "2025", 5.0),
        ({"m2024_05": 20, "m2025_05": 20}, "ever", 4.5),
    ],
)
def test_a_score_is_of_the_last_months_that_hold_enough(counts: dict[str, int], period: str, mean: float) -> None:
    found = current(answers(**counts), until=UNTIL, months=6)
    assert set(found["period"]) == {period} and found["score"].mean() == mean


def test_each_touchpoint_has_its_own_period_and_nothing_stays_nothing() -> None:
    both = pd.concat([answers(m2026_05=40), answers(m2024_05=40).assign(touchpoint="desk")], ignore_index=True)
    assert current(both, until=UNTIL, months=6).groupby("touchpoint")["period"].first().to_dict() == {
        "delivery": "lately",
        "desk": "2024",
    }
    assert current(answers(m2026_05=1).head(0), until=UNTIL, months=6).empty
