"""The journeys: which touchpoints each purchase project meets, when, in which channel, and how it feels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.customers import customer_ids
from cxlib.simulate.draws import (
    Floats,
    Ints,
    Random,
    calibrate,
    day_number,
    logistic,
    pick_rows,
    season_days,
    timestamps,
)
from cxlib.simulate.plan import (
    CHANNELS,
    CONSIDERATION,
    DELAYS,
    LOYALTY,
    N_DAYS,
    ONWARD,
    SERVICE,
    STEPS,
    TOUCHPOINTS,
    WARM_DAYS,
    Plan,
    Touchpoint,
)

FEWEST_DAYS = 0.02
PILOT_DAYS = 3  # within which the pilot arm is told of its slot
PILOT_DRAWS = 9  # marks the random numbers of the pilot's own contacts


def draw_journeys(random: Random, sizes: Plan, people: pd.DataFrame) -> pd.DataFrame:
    """Every contact: customer, journey, step, touchpoint, channel, at (days), rating (latent), outcome, logged.

    Journeys under way on the first day are not `logged`: their purchases and answers are known, their steps are not.
    """
    open_journeys = _start(random, sizes, people)
    started = open_journeys.set_index("journey")["at"]
    contacts = []
    for step in range(len(STEPS)):
        delays = random.lognormal(np.log(DELAYS[min(step, 5)][0]), DELAYS[min(step, 5)][1], len(open_journeys))
        open_journeys = open_journeys.assign(delay=delays + FEWEST_DAYS)
        met = _contacts(random, sizes, open_journeys, step)
        contacts.append(met)
        if step == len(STEPS) - 1:
            break
        onward = random.random(len(open_journeys)) < _onward(sizes, open_journeys, met, step)
        contacts.append(_lost(random, open_journeys[~onward], met, step))
        if step == LOYALTY:
            contacts.append(_again(random, sizes, open_journeys))
        open_journeys = open_journeys[onward].assign(at=lambda rows: rows["at"] + rows["delay"])
    every = pd.concat(contacts, ignore_index=True)
    every = every[(every["at"] >= 0) & (every["at"] < np.minimum(N_DAYS - 0.001, every["left"]))]
    logged = every["journey"].map(started) >= 0
    return every.assign(logged=logged).sort_values(["at", "journey", "touchpoint"], ignore_index=True)


def _start(random: Random, sizes: Plan, people: pd.DataFrame) -> pd.DataFrame:
    extra = np.array([group.n_journeys for group in sizes.groups])[people["group"]]
    low, high = people["since"].clip(lower=-WARM_DAYS), people["left"].clip(upper=N_DAYS)
    counts = 1 + random.poisson(extra * (high - low) / N_DAYS)
    rows = people.assign(low=low, high=high).loc[people.index.repeat(counts)].reset_index(drop=True)
    starts = season_days(random, rows["low"].to_numpy(), rows["high"].to_numpy())
    rows = (
        rows[["customer", "group", "since", "left", "mood"]]
        .assign(at=starts)
        .sort_values(["customer", "at"], ignore_index=True)
    )
    return rows.assign(journey=np.arange(len(rows)))


def _contacts(random: Random, sizes: Plan, journeys: pd.DataFrame, step: int) -> pd.DataFrame:
    here = [touchpoint for touchpoint in TOUCHPOINTS if touchpoint.step == step]
    eager = np.array([group.visits for group in sizes.groups])[journeys["group"]]
    liking = np.stack([_liking(sizes, touchpoint) for touchpoint in here], axis=1)[journeys["group"]]
    chance = np.minimum(np.array([touchpoint.met for touchpoint in here]) * eager[:, None] * liking, 0.95)
    met = random.random(chance.shape) < np.where([[t.met == 1.0 for t in here]], 1.0, chance)
    none = ~met.any(axis=1)
    met[none, pick_rows(random, chance[none])] = True
    parts = [_meet(random, sizes, journeys[met[:, number]], one) for number, one in enumerate(here)]
    every = pd.concat(parts, ignore_index=True)
    first = every.groupby("journey")["at"].transform("min") == every["at"]
    start = every["journey"].map(journeys.set_index("journey")["at"])
    return every.assign(at=every["at"].mask(first, start), outcome="reached")


def _meet(random: Random, sizes: Plan, journeys: pd.DataFrame, touchpoint: Touchpoint) -> pd.DataFrame:
    span = np.minimum(journeys["delay"], 21.0)
    met = journeys[["customer", "group", "journey", "left", "mood"]].assign(
        step=touchpoint.step,
        touchpoint=touchpoint.key,
        at=journeys["at"] + span * random.random(len(journeys)) * 0.9,
    )
    preference = np.array([group.channels for group in sizes.groups])[met["group"]]
    fits = np.array(touchpoint.channels)[None, :] * (preference + 0.02)
    met["channel"] = np.asarray(CHANNELS, dtype=object)[pick_rows(random, fits)]
    met["rating"] = _rating(random, sizes, touchpoint, met)
    return met


def _liking(sizes: Plan, touchpoint: Touchpoint) -> Floats:
    """How a touchpoint's channels suit each group, against the average of the groups."""
    suits = np.array([group.channels for group in sizes.groups]) @ np.array(touchpoint.channels)
    usual = suits @ np.array([group.share for group in sizes.groups])
    return np.asarray(np.clip((suits / usual) ** 0.7, 0.3, 1.3), dtype=np.float64)


def _rating(random: Random, sizes: Plan, touchpoint: Touchpoint, met: pd.DataFrame) -> Floats:
    n, mood = len(met), 0.35 * met["mood"].to_numpy()
    if touchpoint.key == "delivery":
        shifted = met["at"].to_numpy() >= day_number(sizes.shift_on)
        bad = random.random(n) < np.where(shifted, sizes.bad_delivery_shift, sizes.bad_delivery)
        return mood + np.where(bad, random.normal(3.0, 1.5, n), random.normal(8.2, 1.2, n))
    if touchpoint.key == "planner":
        kind = pick_rows(random, np.tile([0.42, 0.46, 0.12], (n, 1)))
        return mood + random.normal(np.array([9.4, 7.0, 4.3])[kind], np.array([0.7, 1.0, 1.2])[kind])
    return mood + random.normal(touchpoint.mean, 1.7 if touchpoint.key == "quote" else 1.4, n)


def _onward(sizes: Plan, journeys: pd.DataFrame, met: pd.DataFrame, step: int) -> Floats:
    if step != CONSIDERATION:
        return np.full(len(journeys), ONWARD[step])
    store = journeys["journey"].isin(met.loc[met["channel"] == "store", "journey"])
    quote = met[met["touchpoint"] == "quote"].groupby("journey")["rating"].mean().clip(0, 10)
    felt = journeys["journey"].map(quote).sub(6.9).fillna(0.0)
    linear = (sizes.store_logit * store + sizes.quote_logit * felt).to_numpy(dtype=float)
    chance = np.empty(len(journeys))
    for position, group in enumerate(sizes.groups):
        rows = (journeys["group"] == position).to_numpy()
        if rows.any():
            chance[rows] = logistic(linear[rows] + calibrate(linear[rows], group.onward))
    return chance


def _lost(random: Random, journeys: pd.DataFrame, met: pd.DataFrame, step: int) -> pd.DataFrame:
    """One in four of those who stop says so; the others just fall silent."""
    said = journeys[random.random(len(journeys)) < 0.25]
    last = met.drop_duplicates("journey", keep="last").set_index("journey")[["touchpoint", "channel"]]
    rows = said[["customer", "group", "journey", "left", "mood", "at"]].join(last, on="journey")
    return rows.assign(step=step, at=rows["at"] + said["delay"] + 2.0, outcome="lost", rating=np.nan)


def _again(random: Random, sizes: Plan, loyal: pd.DataFrame) -> pd.DataFrame:
    """Further purchases in the club within the same journey, most of them delivered."""
    counts: Ints = random.poisson(1.5, len(loyal))
    rows = loyal.loc[loyal.index.repeat(counts)].reset_index(drop=True)
    rows["at"] = rows["at"] + random.exponential(90.0, len(rows)) + 5.0
    rows["delay"] = 1.0
    touchpoints = {one.key: one for one in TOUCHPOINTS}
    bought = _meet(random, sizes, rows, touchpoints["club"])
    arrives = bought["at"] + random.lognormal(np.log(6.0), 0.5, len(rows))
    brought = rows.assign(at=arrives.to_numpy())[random.random(len(rows)) < 0.8]
    delivered = _meet(random, sizes, brought, touchpoints["delivery"]).assign(step=SERVICE)
    return pd.concat([bought, delivered], ignore_index=True).assign(outcome="reached")


def add_pilot_meetings(seed: int, sizes: Plan, contacts: pd.DataFrame, assignments: pd.DataFrame) -> pd.DataFrame:
    """The contacts with those by which the pilot arm meets its experience in the first days, at its touchpoint and channel.

    Met by those of the arm who have had a delivery: nobody else can get a slot for the next one. It belongs to their last
    journey that was delivered. Drawn apart from all else, so that nothing else in the client depends on it.
    """
    start, random = day_number(sizes.pilot_on), np.random.default_rng([seed, PILOT_DRAWS])
    arm = (
        assignments.loc[assignments["arm"].eq("pilot"), "customer"]
        if sizes.lift_share
        else assignments.loc[[], "customer"]
    )
    delivered = contacts[contacts["touchpoint"].eq("delivery") & contacts["logged"] & contacts["customer"].isin(arm)]
    last = delivered[delivered["at"] < start].drop_duplicates("customer", keep="last")
    told = last.assign(at=start + PILOT_DAYS * random.random(len(last)), channel="home", rating=np.nan)
    told = told[told["left"] > told["at"]]
    return pd.concat([contacts, told]).sort_values(["at", "journey", "touchpoint"], ignore_index=True)


def met_pilot(sizes: Plan, contacts: pd.DataFrame, assignments: pd.DataFrame) -> pd.Series:
    """When each customer of the pilot arm first met the experience (days since the start): customer → at."""
    start = day_number(sizes.pilot_on)
    mine = contacts["customer"].isin(assignments.loc[assignments["arm"].eq("pilot"), "customer"])
    there = contacts["touchpoint"].eq("delivery") & contacts["channel"].eq("home") & contacts["logged"] & mine
    window = contacts["at"].ge(start) & contacts["at"].lt(start + sizes.pilot_days)
    return contacts[there & window].groupby("customer")["at"].min()


def public_interactions(contacts: pd.DataFrame) -> pd.DataFrame:
    """The interactions table as the client would hold it: the journeys that have begun since the log was kept."""
    logged = contacts[contacts["logged"]].reset_index(drop=True)
    return logged.assign(
        customer_id=customer_ids(logged["customer"]),
        at=timestamps(logged["at"]),
        step=np.asarray(STEPS, dtype=object)[logged["step"]],
        journey_id="J" + (logged["journey"].astype(int) + 1).astype(str).str.zfill(5),
    )
