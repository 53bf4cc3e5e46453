"""What the client brings besides its customers' traces and the tables of `data/`: competitors and the staff survey."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.draws import Random, score
from cxlib.simulate.plan import STEPS, Plan, benchmarks_onward

COMPETITORS = {"Nidalia": 0.3, "Casa Roble": -0.2}  # both are invented; points of csat against the sector's mean
_SECTOR = {"delivery": 8.0, "planner": 7.6, "quote": 7.4, "assembly": 7.9, "after_sales": 7.3, "checkout": 7.9}
_PUBLISHED = pd.Timestamp("2026-02-15")

DEPARTMENTS = {"stores": 22, "logistics": 14, "online": 9, "customer experience": 6, "technology": 7, "finance": 3}
_PULSE_MEANS = {"objective": (6.1, 7.2), "role": (6.8, 7.3), "method": (5.2, 6.9), "pride": (7.6, 7.8)}
PULSE_ON = (pd.Timestamp("2026-01-20"), pd.Timestamp("2026-06-16"))


def draw_benchmarks(sizes: Plan) -> pd.DataFrame:
    """Figures of two invented competitors and of their sector."""
    rows: list[tuple[object, ...]] = []
    for name, better in COMPETITORS.items():
        for touchpoint, mean in _SECTOR.items():
            rows.append((name, "csat", touchpoint, "", round(mean + better, 1), 400, "Hogar panel 2026", _PUBLISHED))
        rows.append((name, "overall", "", "", round(7.4 + better, 1), 900, "Hogar panel 2026", _PUBLISHED))
        rows.append((name, "nps", "", "", round(14 + 40 * better), 900, "Hogar panel 2026", _PUBLISHED))
    for step, share in zip(STEPS, benchmarks_onward(sizes), strict=False):
        rows.append(("Sector", "conversion", "", step, share, np.nan, "Retail yearbook 2025", _PUBLISHED))
    return pd.DataFrame(rows, columns=["name", "metric", "touchpoint", "step", "value", "n", "source", "on"])


def draw_pulse(random: Random) -> pd.DataFrame:
    """Two waves of the staff survey; one in six does not answer."""
    staff = [(f"S{n + 1:03d}", name) for n, name in enumerate(np.repeat(list(DEPARTMENTS), list(DEPARTMENTS.values())))]
    rows = []
    for wave, day in enumerate(PULSE_ON):
        answering = random.random(len(staff)) < 0.84
        for question, means in _PULSE_MEANS.items():
            scores = score(random.normal(means[wave], 1.7, len(staff)))
            rows += [
                (who, day, where, question, given)
                for (who, where), given, yes in zip(staff, scores, answering, strict=True)
                if yes
            ]
    return pd.DataFrame(rows, columns=["staff_id", "on", "department", "question", "score"])
