"""The Kano survey: what customers would feel if an idea were there, and if it were not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.customers import customer_ids
from cxlib.simulate.draws import dates, day_number, pick
from cxlib.simulate.plan import Plan

ASKED_ON = (pd.Timestamp("2026-05-04"), pd.Timestamp("2026-05-29"))
N_TARGET, N_OTHERS = 150, 60  # invited customers of the target group, and others
STREAM = 71  # a stream of its own: what is drawn here moves no other number
LOST_SHARE = 0.015  # answers that contradict each other, as a tired respondent gives them

# Share of answers per category: attractive, one-dimensional, must-be, indifferent, reverse.
SHARES = {
    "delivery_slot": (0.14, 0.30, 0.47, 0.08, 0.01),
    "delivery_tracking": (0.34, 0.08, 0.04, 0.53, 0.01),
    "damage_pledge": (0.10, 0.38, 0.42, 0.09, 0.01),
    "planner_studio": (0.62, 0.16, 0.04, 0.16, 0.02),
    "planner_at_home": (0.46, 0.08, 0.02, 0.34, 0.10),
    "quote_24h": (0.20, 0.55, 0.15, 0.10, 0.00),
    "quote_live": (0.40, 0.22, 0.06, 0.30, 0.02),
    "fair_financing": (0.18, 0.10, 0.06, 0.60, 0.06),
    "first_evening": (0.66, 0.14, 0.03, 0.15, 0.02),
    "club_room_check": (0.40, 0.06, 0.02, 0.46, 0.06),
    "review_thanks": (0.14, 0.03, 0.01, 0.72, 0.10),
}
_NULL = (0.05, 0.05, 0.05, 0.83, 0.02)
_PAIRS = ((1, 3), (1, 5), (3, 5), (3, 3), (5, 3))  # functional and dysfunctional answer typical of each category


def draw_kano(seed: int, sizes: Plan, people: pd.DataFrame) -> pd.DataFrame:
    """One row per invited customer and idea; answered in May 2026 by customers who have not left."""
    random = np.random.default_rng([seed, STREAM])
    here = people[(people["left"] > day_number(ASKED_ON[1])) & (people["since"] < day_number(ASKED_ON[0]))]
    target = here["group"] == next((n for n, group in enumerate(sizes.groups) if group.key == sizes.target), 0)
    invited = np.concatenate([_some(random, here[target], N_TARGET), _some(random, here[~target], N_OTHERS)])
    on = day_number(ASKED_ON[0]) + random.random(len(invited)) * (ASKED_ON[1] - ASKED_ON[0]).days
    parts = []
    for idea, shares in SHARES.items():
        category = pick(random, ("0", "1", "2", "3", "4"), shares if sizes.planted else _NULL, len(invited)).astype(int)
        pairs = np.asarray(_PAIRS)[category]
        lost = random.random(len(invited)) < LOST_SHARE
        pairs[lost] = 1
        parts.append(
            pd.DataFrame(
                {
                    "respondent_id": customer_ids(pd.Series(invited)),
                    "on": dates(on),
                    "idea_id": idea,
                    "functional": pairs[:, 0].astype(float),
                    "dysfunctional": pairs[:, 1].astype(float),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True).astype({"respondent_id": "str", "idea_id": "str"})
    return table.sort_values(["on", "respondent_id", "idea_id"], ignore_index=True)


def _some(random: np.random.Generator, people: pd.DataFrame, n: int) -> np.ndarray:
    """Numbers of at most `n` customers, drawn without replacement."""
    return np.sort(random.choice(people["customer"].to_numpy(), size=min(n, len(people)), replace=False))
