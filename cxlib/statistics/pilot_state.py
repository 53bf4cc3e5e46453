"""Where a pilot stands: planned, running, waiting for its window, over, with its dates."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

STATES = ("none", "planned", "running", "waiting", "over")


@dataclass(frozen=True)
class Standing:
    """A pilot on one day.

    state: none (nobody was drawn) | planned (nothing has begun) | running (begun, and no window has closed) | waiting (some
    windows have closed, others not) | over (all have). Days are NaT where there is none; closes_on: of the last window.
    """

    state: str
    experience: str
    starts_on: pd.Timestamp
    first_closes_on: pd.Timestamp
    closes_on: pd.Timestamp

    @property
    def begun(self) -> bool:
        """Whether anybody has got the experience."""
        return self.state in ("running", "waiting", "over")


def standing(assignments: pd.DataFrame, *, window_days: float, as_of: pd.Timestamp, experience: str = "") -> Standing:
    """Where the pilot of an experience stands on a day; of everything drawn, where no experience is named.

    assignments: idea_id, starts_on. A window's last day is starts_on + window_days − 1; on the day after it is closed.
    """
    idea = assignments["idea_id"].fillna("")
    ours = assignments[idea.isin(["", experience])] if experience else assignments
    starts = pd.to_datetime(ours["starts_on"]).dropna()
    if starts.empty:
        return Standing("planned" if len(ours) else "none", experience, *[pd.Timestamp("NaT")] * 3)
    today, window = pd.Timestamp(as_of).normalize(), pd.Timedelta(days=(window_days if window_days >= 1 else 1) - 1)
    first, last = starts.min() + window, starts.max() + window
    cases = {"planned": starts.min() > today, "running": first > today, "waiting": last > today}
    state = next((name for name, holds in cases.items() if holds), "over")
    return Standing(state, experience, starts.min(), first, last)
