"""The Kano survey: what customers would feel if an idea were there, and if it were not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.customers import customer_ids
from cxlib.simulate.draws import dates, day_number, pick
from cxlib.simulate.plan import Plan, read_table

ASKED_ON = (pd.Timestamp("2026-05-04"), pd.Timestamp("2026-05-29"))
N_TARGET, N_OTHERS = 150, 60  # invited customers of the target group, and others
STREAM = 71  # a stream of its own: what is drawn here moves no other number
LOST_SHARE = 0.015  # answers that contradict each other, as a tired respondent gives them

# Shares of the categories in a null client, in the order of `data/kano.csv`.
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
    for idea, *shares in read_table("kano").itertuples(index=False):
        category = pick(random, range(len(_PAIRS)), shares if sizes.planted else _NULL, len(invited))
        pairs = np.asarray(_PAIRS)[category.astype(int)]
        lost = random.random(len(invited)) < LOST_SHARE
        pairs[lost] = 1
        answers = pd.DataFrame(pairs, columns=["functional", "dysfunctional"])
        parts.append(answers.assign(respondent_id=customer_ids(pd.Series(invited)), on=dates(on), idea_id=idea))
    return pd.concat(parts, ignore_index=True).sort_values(["on", "respondent_id", "idea_id"], ignore_index=True)


def _some(random: np.random.Generator, people: pd.DataFrame, n: int) -> np.ndarray:
    """Numbers of at most `n` customers, drawn without replacement."""
    return np.sort(random.choice(people["customer"].to_numpy(), size=min(n, len(people)), replace=False))
