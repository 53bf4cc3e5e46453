"""The customers, the group each belongs to, and who takes part in the pilot."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.draws import Random, dates, day_number, pick
from cxlib.simulate.plan import CHANNELS, N_DAYS, Plan

REGIONS = {
    "Madrid": 0.30,
    "Cataluña": 0.24,
    "Andalucía": 0.18,
    "Comunitat Valenciana": 0.14,
    "Galicia": 0.08,
    "Aragón": 0.06,
}
SMALL_REGION, N_SMALL_REGION = "Ceuta", 3


def draw_customers(random: Random, sizes: Plan, n: int) -> pd.DataFrame:
    """One row per customer with its latent columns (`group`, `since`, `left`, `mood`) beside the public ones."""
    number = np.arange(n)
    shares = np.array([group.share for group in sizes.groups])
    group = random.choice(len(sizes.groups), size=n, p=shares / shares.sum())
    since = np.where(random.random(n) < 0.88, -200 - random.exponential(600, n), random.random(n) * (N_DAYS - 90))
    left = np.where(random.random(n) < sizes.leaving_share, 180 + random.random(n) * (N_DAYS - 180), np.inf)
    left = np.where(left > since + 60, left, np.inf)
    region = pick(random, list(REGIONS), list(REGIONS.values()), n)
    region[random.choice(n, size=min(N_SMALL_REGION, n), replace=False)] = SMALL_REGION
    people = pd.DataFrame({"customer": number, "group": group, "since": since, "left": left, "region": region})
    people["mood"] = random.normal(0, 1, n)
    people["lang"] = np.where(random.random(n) < 0.78, "es", "en")
    people["acquisition_channel"] = pick(random, CHANNELS[:4], [0.45, 0.30, 0.15, 0.10], n)
    people["age_band"] = _by_group(random, sizes, group, "ages")
    people["household"] = _by_group(random, sizes, group, "households")
    return people


def _by_group(random: Random, sizes: Plan, group: np.ndarray, trait: str) -> np.ndarray:
    values = np.empty(len(group), dtype=object)
    for position, one in enumerate(sizes.groups):
        rows = group == position
        shares = getattr(one, trait)
        values[rows] = pick(random, list(shares), list(shares.values()), int(rows.sum()))
    return values


def draw_assignments(random: Random, sizes: Plan, people: pd.DataFrame) -> pd.DataFrame:
    """Who is in the pilot and who is its control: half of each stratum (household by region)."""
    start = day_number(sizes.pilot_on)
    keys = [group.key for group in sizes.groups]
    chosen = people["group"] == keys.index(sizes.target) if sizes.target else people["customer"] % 4 == 0
    pool = people[chosen & (people["since"] < start - 30) & (people["left"] > start)]
    region = pool["region"].where(pool["region"].isin(["Madrid", "Cataluña", "Andalucía"]), "elsewhere")
    stratum = pool["household"].where(pool["household"] == "family", "other") + ":" + region
    throw = pd.Series(random.random(len(pool)), index=pool.index)
    rank = throw.groupby(stratum).rank(method="first")
    offset = stratum.astype("category").cat.codes  # so that odd strata do not all favour the same arm
    arm = np.where((rank.astype(int) + offset) % 2 == 0, "pilot", "control")
    table = pd.DataFrame({"customer": pool["customer"], "arm": arm, "stratum": stratum})
    return table.assign(idea_id="delivery_slot", starts_on=sizes.pilot_on).reset_index(drop=True)


def public_customers(people: pd.DataFrame) -> pd.DataFrame:
    """The customers table as the client would hold it; some ages were never asked."""
    left = people["left"].where(people["left"] < N_DAYS)
    left_on = pd.Series(dates(left.fillna(0)), index=people.index).where(left.notna())
    never_asked = people["customer"] % 23 == 7
    return people.assign(
        customer_id=customer_ids(people["customer"]),
        since_on=dates(people["since"]),
        left_on=left_on,
        age_band=people["age_band"].mask(never_asked),
    )


def customer_ids(numbers: pd.Series) -> pd.Series:
    """C0001 and so on."""
    return ("C" + (numbers.astype(int) + 1).astype(str).str.zfill(4)).astype("str")
