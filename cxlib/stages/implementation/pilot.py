"""Who gets the pilot, and is it large enough: the arms, what they can show, and whether they were alike before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.stages.design.registration import launch_of
from cxlib.statistics import power, randomisation
from cxlib.statistics.sample_ratio import MISMATCH_P, ratio_p

STRATA = ["household", "region"]
FEATURES = ["tenure_days", "n_purchases", "revenue_money"]
SMALL = 0.1  # standard deviations: an imbalance beyond it is worth naming (Austin 2009)
Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Pilot:
    """The arms of a pilot and what is known of them.

    verdict: none (nobody drawn) | other (drawn for another experience) | broken (arms too unequal for a fair draw) |
    unknown (no size can be named) | enough | small.
    """

    able: pd.DataFrame  # customers who could be drawn
    assigned: pd.DataFrame  # customer_id, arm, stratum, idea_id, starts_on
    existing: bool  # drawn before this stage ran
    n_available: int  # customers, both arms together
    reach: pd.DataFrame  # from `effects_within_reach`
    curves: pd.DataFrame  # from `power_curves`
    balance: pd.DataFrame  # from `balance`, with verdict (`alike`)
    verdict: str

    @property
    def n_arms(self) -> dict[str, int]:
        """Customers of each arm."""
        return {arm: int(self.assigned["arm"].eq(arm).sum()) for arm in ("pilot", "control")}

    @property
    def too_small(self) -> bool:
        """Whether the customers there are cannot show the effect worth having, or nobody knows."""
        return not power.size_to_draw(self.reach) <= len(self.able) / 2


def decided_draw(assignments: str, *, size: float, seed: int) -> tuple[float, int]:
    """Customers an arm and seed of a draw that was decided on ("506+506@7"); else the size and the seed given."""
    found = re.fullmatch(r"(\d+)\+(\d+)@(-?\d+)", assignments)
    return (max(int(found[1]), int(found[2])), int(found[3])) if found else (size, seed)


def pilot(
    tables: Tables,
    members: pd.DataFrame,
    segment: str,
    registration: pd.DataFrame,
    *,
    seed: int,
    as_of: pd.Timestamp,
    decided: str = "",
) -> Pilot:
    """The pilot that was drawn already, which stands, else a new stratified draw from a stated seed.

    tables: customers, transactions, assignments. members: customer_id, segment. registration: of stage 7 (one row or none).
    decided: the draw that people have decided on, pilot+control@seed; "" for none.
    """
    drawn = tables["assignments"]
    able = randomisation.eligible(tables["customers"], members, segment)
    n_available = len(drawn) or len(able)
    reach = power.effects_within_reach(registration, n_available=n_available)
    size, seed = decided_draw(decided, size=power.size_to_draw(reach), seed=seed)
    assigned = randomisation.assign(drawn, able, n_per_arm=size, by=STRATA, seed=seed)
    before = randomisation.history(tables["customers"], tables["transactions"], before=launch_of(drawn, as_of))
    return Pilot(
        able=able,
        assigned=assigned,
        existing=len(drawn) > 0,
        n_available=n_available,
        reach=reach,
        curves=power.power_curves(registration, n_available=n_available),
        balance=alike(randomisation.balance(assigned, before, features=FEATURES)),
        verdict=judged(assigned, reach, existing=len(drawn) > 0, experience="".join(registration["experience"])),
    )


def judged(assigned: pd.DataFrame, reach: pd.DataFrame, *, existing: bool, experience: str) -> str:
    """What may be said of a pilot: see `Pilot.verdict`. experience: the registered one, "" for none."""
    if assigned.empty:
        return "none"
    if existing and experience and experience not in set(assigned["idea_id"]):
        return "other"
    sizes = assigned["arm"].value_counts()
    if ratio_p((int(sizes.get("pilot", 0)), int(sizes.get("control", 0)))) < MISMATCH_P:
        return "broken"
    needed = power.size_to_draw(reach)
    if np.isnan(needed):
        return "unknown"
    return "enough" if assigned["arm"].value_counts().min() >= needed else "small"


def alike(balance: pd.DataFrame) -> pd.DataFrame:
    """The balance table, largest difference first, with a verdict: alike (within 0.1) | apart (real) | not shown."""
    size = balance["estimate"].abs()
    apart = balance["low"].gt(0) | balance["high"].lt(0)
    verdict = np.select([size.le(SMALL), apart], ["alike", "apart"], "not shown")
    return balance.assign(verdict=verdict)
