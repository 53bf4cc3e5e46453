"""The answers: ratings after each touchpoint, the relation as a whole, importance, expectation and memory."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.customers import customer_ids
from cxlib.simulate.draws import Floats, Random, dates, day_number, score
from cxlib.simulate.plan import N_DAYS, TOUCHPOINTS, Plan

BASE_OVERALL = 7.15
NOISE_OVERALL = 0.8
LIVED_DAYS = 4  # after meeting the experience, until an answer is about it
HURTS_BELOW, DELIGHTS_ABOVE = 6.5, 8.0
STATED_IMPORTANCE = {"delivery": 8.8, "quote": 8.1, "planner": 6.4, "checkout": 7.6, "store_visit": 7.7}
EXPECTED = {"delivery": 8.9, "planner": 6.6, "quote": 7.8, "assembly": 8.0, "after_sales": 7.4}


def draw_ratings(random: Random, sizes: Plan, contacts: pd.DataFrame, met_pilot: pd.Series) -> pd.DataFrame:
    """What customers say of a touchpoint within two days of it; who met the pilot's experience has fewer bad deliveries."""
    met = contacts[contacts["rating"].notna() & (contacts["outcome"] == "reached")].copy()
    helped = (
        met["customer"].isin(met_pilot.index)
        & (met["at"] >= day_number(sizes.pilot_on))
        & (met["touchpoint"] == "delivery")
    )
    spared = helped & (met["rating"] < 5.5) & (random.random(len(met)) > sizes.bad_delivery_pilot / sizes.bad_delivery)
    met["rating"] = met["rating"].mask(spared, 8.2)
    share = met["touchpoint"].map({one.key: one.answered for one in TOUCHPOINTS}).to_numpy(dtype=float)
    met["answered"] = random.random(len(met)) < share
    met["on"] = np.minimum(met["at"] + random.random(len(met)) * 2, N_DAYS - 0.5)
    met["score"] = score(met["rating"])
    return met


def draw_relation(
    random: Random, sizes: Plan, people: pd.DataFrame, ratings: pd.DataFrame, assignments: pd.DataFrame, met: pd.Series
) -> pd.DataFrame:
    """Overall satisfaction and recommendation, asked in two waves and, in spring 2026, of the pilot and its control.

    The planted lift of the pilot arm is that of those who met its experience, times their share.
    """
    asked = [_wave(random, people, 0.6, 120, 364), _wave(random, people, 0.75, 500, N_DAYS - 1)]
    asked.append(_wave(random, people[people["customer"].isin(assignments["customer"])], 0.65, 640, 667))
    rows = pd.concat(asked, ignore_index=True)
    living = rows["on"] >= rows["customer"].map(met) + LIVED_DAYS
    share = len(met) / max(int((assignments["arm"] == "pilot").sum()), 1)
    rows["lift"] = np.where(living, sizes.lift_overall / max(share, 0.01), 0.0)
    rows = rows.assign(row=np.arange(len(rows)))
    latent = BASE_OVERALL + rows["lift"] + _felt(sizes, rows, ratings) + random.normal(0, NOISE_OVERALL, len(rows))
    latent = latent + 0.25 * rows["mood"]
    rows["overall"] = score(latent)
    likely = score(1.5 * (latent - 7) + 7.5 + random.normal(0, 1.2, len(rows)))
    furious = (likely <= 4) & (random.random(len(rows)) < 0.2)
    rows["nps"] = np.where(furious, 0.0, likely)
    return rows


def _wave(random: Random, people: pd.DataFrame, share: float, first: float, last: float) -> pd.DataFrame:
    on = first + random.random(len(people)) * (last - first)
    asked = (
        (random.random(len(people)) < share) & (people["since"] < on - 20).to_numpy() & (people["left"] > on).to_numpy()
    )
    return people.loc[asked, ["customer", "mood"]].assign(on=on[asked])


def _felt(sizes: Plan, asked: pd.DataFrame, ratings: pd.DataFrame) -> Floats:
    """What the experiences so far add to or take from overall satisfaction: the planted asymmetries."""
    pairs = asked[["row", "customer", "on"]].merge(ratings[["customer", "touchpoint", "at", "rating"]], on="customer")
    mean = pairs[pairs["at"] < pairs["on"]].groupby(["row", "touchpoint"])["rating"].mean().clip(0, 10).reset_index()
    felt = sizes.small_effect * (mean["rating"] - 7)
    lacking, beyond = (HURTS_BELOW - mean["rating"]).clip(lower=0), (mean["rating"] - DELIGHTS_ABOVE).clip(lower=0)
    felt = felt.mask(mean["touchpoint"] == "delivery", -sizes.delivery_penalty * lacking)
    felt = felt.mask(mean["touchpoint"] == "planner", sizes.planner_reward * beyond)
    return felt.groupby(mean["row"]).sum().reindex(asked["row"], fill_value=0.0).to_numpy(dtype=float)


def _judgements(random: Random, sizes: Plan, relation: pd.DataFrame, ratings: pd.DataFrame) -> list[pd.DataFrame]:
    """Importance, expectation and memory of the touchpoints met, asked of a sub-sample."""
    asked = relation.drop_duplicates("customer")
    asked = asked[random.random(len(asked)) < 0.20][["customer", "on"]]
    pairs = asked.merge(ratings[["customer", "touchpoint", "at", "rating"]], on="customer")
    lived = pairs[pairs["at"] < pairs["on"]].groupby(["customer", "on", "touchpoint"], as_index=False)["rating"].mean()
    flat, hoped = (STATED_IMPORTANCE, EXPECTED) if sizes.planted else ({}, {})
    noise = random.normal(0, 1.3, (3, len(lived)))
    parts = []
    for question, latent, later in (
        ("importance", lived["touchpoint"].map(flat).fillna(7.0) + noise[0], 0.0),
        ("expectation", lived["touchpoint"].map(hoped).fillna(7.3) + noise[1], 0.0),
        ("memory", 0.8 * lived["rating"] + 1.2 + noise[2], 25.0),
    ):
        part = lived[["customer", "touchpoint"]].assign(on=lived["on"] + later, question=question, score=score(latent))
        parts.append(part[(part["on"] < N_DAYS) & (random.random(len(part)) < 0.85)])
    return parts


def public_responses(random: Random, sizes: Plan, relation: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """The responses table: one row per answer; a few questions of every questionnaire stay unanswered."""
    columns = ["customer", "on", "touchpoint", "channel", "score"]
    said = ratings.loc[ratings["answered"], columns].assign(question="csat")
    effort = said[said["touchpoint"].isin(["checkout", "after_sales"]) & (random.random(len(said)) < 0.5)]
    effort = effort.assign(question="ces", score=score(effort["score"] - 0.3 + random.normal(0, 1, len(effort))))
    parts = [said, effort, *_judgements(random, sizes, relation, ratings)]
    for question in ("overall", "nps"):
        part = relation[["customer", "on"]].assign(question=question, score=relation[question])
        parts.append(part[random.random(len(part)) < 0.96])
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.sort_values(["on", "customer", "question", "touchpoint"], ignore_index=True, na_position="first")
    return rows.assign(respondent_id=customer_ids(rows["customer"]), on=dates(rows["on"]), weight=1.0)
