"""Where a pilot stands, on each day around its start and its window."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlib.statistics.pilot_state import standing


def drawn(*days: str | None, idea: str = "slot") -> pd.DataFrame:
    return pd.DataFrame({"idea_id": [idea] * len(days), "starts_on": pd.to_datetime(list(days))})


@pytest.mark.parametrize(
    ("as_of", "state"),
    [("2026-02-28", "planned"), ("2026-03-01", "running"), ("2026-04-28", "running"), ("2026-04-29", "over")],
)
def test_one_start_is_planned_running_and_over_once_its_window_of_sixty_days_has_closed(as_of: str, state: str) -> None:
    found = standing(drawn("2026-03-01", "2026-03-01"), window_days=60, as_of=pd.Timestamp(as_of), experience="slot")
    assert (found.state, found.closes_on, found.begun) == (state, pd.Timestamp("2026-04-29"), state != "planned")


def test_waves_wait_for_the_last_window() -> None:
    waves = drawn("2026-03-01", "2026-05-01")
    states = {
        day: standing(waves, window_days=60, as_of=pd.Timestamp(day)).state for day in ("2026-05-02", "2026-06-29")
    }
    assert states == {"2026-05-02": "waiting", "2026-06-29": "over"}


def test_nobody_drawn_is_no_pilot_and_a_draw_without_a_day_is_planned() -> None:
    as_of = pd.Timestamp("2026-06-30")
    assert standing(drawn(), window_days=60, as_of=as_of).state == "none"
    assert standing(drawn(None), window_days=60, as_of=as_of).state == "planned"
    assert standing(drawn("2026-03-01"), window_days=60, as_of=as_of, experience="other").state == "none"
    assert (
        standing(drawn("2026-03-01", idea=""), window_days=float("nan"), as_of=as_of, experience="other").state
        == "over"
    )
