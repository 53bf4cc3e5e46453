"""The money: what is bought, what is given back, what the house costs, and the pilot's extra purchases."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.customers import customer_ids
from cxlib.simulate.draws import Random, day_number, pick_rows, season_days, timestamps
from cxlib.simulate.journeys import PILOT_DAYS
from cxlib.simulate.plan import CHANNELS, LOYALTY, N_DAYS, SEASON, START, Plan

MARGIN_SHARE = 0.45
REPEAT_BASKET = 2.0  # a loyal customer buys more at a time
TILL_BASKET = 0.5  # what is bought in passing
REFUND_SHARE = 0.025
COSTS_MONEY = {  # channel → (commercial, operating) a month
    "store": (14_000.0, 21_000.0),
    "web": (9_000.0, 4_500.0),
    "app": (3_500.0, 3_000.0),
    "phone": (2_000.0, 7_500.0),
    "home": (0.0, 16_000.0),
}


def draw_purchases(random: Random, sizes: Plan, people: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Purchases inside journeys (checkout, club) and at the till; columns customer, group, channel, at, basket."""
    reached = contacts[contacts["outcome"] == "reached"]
    bought = reached[reached["touchpoint"].isin(["checkout", "club"])]
    journeys = bought[["customer", "group", "channel", "at"]].assign(
        basket=np.where(bought["step"] == LOYALTY, REPEAT_BASKET, 1.0)
    )
    tills = np.array([group.walk_ins for group in sizes.groups])[people["group"]]
    low, high = people["since"].clip(lower=0), people["left"].clip(upper=N_DAYS)
    counts = random.poisson(tills * (high - low) / 365) + (random.random(len(people)) < 0.6)
    rows = people.assign(low=low, high=high).loc[people.index.repeat(counts)].reset_index(drop=True)
    at = season_days(random, rows["low"].to_numpy(), rows["high"].to_numpy())
    channel = _till(random, sizes, rows["group"])
    walked = rows[["customer", "group"]].assign(at=at, basket=TILL_BASKET, channel=channel)
    return pd.concat([journeys, walked], ignore_index=True)


def _till(random: Random, sizes: Plan, group: pd.Series) -> np.ndarray:
    preference = np.array([one.channels for one in sizes.groups])[group] * np.array([1.0, 1.0, 1.0, 0.3, 0.0])
    return np.asarray(CHANNELS, dtype=object)[pick_rows(random, preference)]


def add_pilot_lift(
    random: Random,
    sizes: Plan,
    purchases: pd.DataFrame,
    assignments: pd.DataFrame,
    people: pd.DataFrame,
    met: pd.Series,
) -> pd.DataFrame:
    """Purchases that the pilot causes: of its arm, only who met the experience buys who would not have bought.

    met: customer → day of meeting it. As many are won as the planted lift of the whole arm says, by lot among those who met
    it in its first days and would not have bought in the window.
    """
    start = day_number(sizes.pilot_on)
    window = purchases[(purchases["at"] >= start) & (purchases["at"] < start + sizes.pilot_days)]
    would = assignments["customer"].isin(window["customer"])
    open_pilots = assignments[(assignments["arm"] == "pilot") & ~would]
    chance = sizes.lift_share / (1 - would.mean()) if len(assignments) else 0.0
    luck = random.random(len(open_pilots))
    early = open_pilots["customer"].isin(met[met < start + PILOT_DAYS].index)
    won = open_pilots.assign(luck=luck)[early].nsmallest(int((luck < chance).sum()), "luck").sort_index()
    group = won["customer"].map(people.set_index("customer")["group"]).astype(int)
    extra = pd.DataFrame({"customer": won["customer"], "group": group, "basket": 0.9})
    extra["at"] = start + PILOT_DAYS + random.random(len(won)) * (sizes.pilot_days - PILOT_DAYS - 1)
    extra["channel"] = _till(random, sizes, group)
    return pd.concat([purchases, extra], ignore_index=True)


def public_transactions(random: Random, sizes: Plan, purchases: pd.DataFrame) -> pd.DataFrame:
    """The transactions table: revenue and margin in euros, refunds as negative rows."""
    rows = purchases.sort_values(["at", "customer"], ignore_index=True)
    basket = np.array([group.basket_money for group in sizes.groups])[rows["group"]]
    rows["revenue"] = np.round(basket * rows["basket"] * random.lognormal(-0.1, 0.45, len(rows)) + 5, 2)
    rows["margin"] = np.round(rows["revenue"] * random.normal(MARGIN_SHARE, 0.05, len(rows)).clip(0.2, 0.7), 2)
    back = rows[random.random(len(rows)) < REFUND_SHARE].copy()
    back["at"] = back["at"] + 3 + random.random(len(back)) * 20
    back[["revenue", "margin"]] = -back[["revenue", "margin"]]
    every = pd.concat([rows, back[back["at"] < N_DAYS]]).sort_values(["at", "customer"], ignore_index=True)
    return every.assign(
        transaction_id=[f"T{number + 1:05d}" for number in range(len(every))],
        customer_id=customer_ids(every["customer"]),
        at=timestamps(every["at"]),
    )


def draw_costs(random: Random) -> pd.DataFrame:
    """Commercial and operating costs per month and channel."""
    months = pd.date_range(START, periods=24, freq="MS").as_unit("us")
    rows = []
    for number, month in enumerate(months):
        for channel, amounts in COSTS_MONEY.items():
            for kind, amount in zip(("commercial", "operating"), amounts, strict=True):
                swing = SEASON[month.month - 1] ** 0.5 * (1 + 0.02 * number / 12)
                if amount:
                    rows.append((month, kind, channel, round(amount * swing * random.normal(1, 0.03), 2)))
    return pd.DataFrame(rows, columns=["on", "kind", "channel", "amount"])
