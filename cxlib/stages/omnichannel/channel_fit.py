"""How each channel fits the customer (use, satisfaction, association) and the company (cost to serve, capability)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import Z, mean_row, share_row, tidy

PARTS = ("use", "satisfaction", "association")
KEYS = ["moment", "channel"]
COST = ["channel", "estimate", "low", "high", "n", "unit", "month_money"]
TEN = 10.0


def contacts_of(interactions: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Who met which touchpoint through which channel: from behaviour, else from answers that name a channel.

    Columns person, touchpoint, channel, source (interactions | responses).
    """
    sources = {"interactions": (interactions, "customer_id"), "responses": (responses, "respondent_id")}
    found = [
        table.rename(columns={key: "person"}).assign(source=source)[["person", "touchpoint", "channel", "source"]]
        for source, (table, key) in sources.items()
    ]
    named = [table[(table["channel"].fillna("") != "") & (table["touchpoint"].fillna("") != "")] for table in found]
    return next((table for table in named if len(table)), named[0])


def channel_use(contacts: pd.DataFrame, moments: Sequence[str], channels: Sequence[str]) -> pd.DataFrame:
    """Share of a moment's persons who met it through each channel, with Wilson intervals.

    contacts: from `contacts_of`. Columns moment, channel, n_users, estimate, low, high, n (persons of the moment),
    unit.
    """
    rows: list[dict[str, object]] = []
    for moment in moments:
        inside = contacts[(contacts["touchpoint"] == moment) & (contacts["channel"].fillna("") != "")]
        base, users = int(inside["person"].nunique()), inside.groupby("channel")["person"].nunique()
        for channel in channels if base else ():
            n = int(users.get(channel, 0))
            rows.append({"moment": moment, "channel": channel, "n_users": n} | share_row(n, base))
    return tidy([*KEYS, "n_users"], rows)


def channel_satisfaction(
    responses: pd.DataFrame, moments: Sequence[str], scale: tuple[float, float] = (0.0, TEN)
) -> pd.DataFrame:
    """Mean satisfaction (csat) by moment and channel, on 0–10, with Student-t intervals; moment, channel, tidy."""
    rated = rated_contacts(responses, moments, scale)
    rows = [
        {"moment": moment, "channel": channel} | mean_row(share * TEN)
        for (moment, channel), share in rated.groupby(["touchpoint", "channel"], sort=True)["share"]
    ]
    return tidy(KEYS, rows)


def rated_contacts(responses: pd.DataFrame, moments: Sequence[str], scale: tuple[float, float]) -> pd.DataFrame:
    """The csat answers that name their channel: person, touchpoint, channel, share (0–1 of the scale)."""
    lowest, highest = scale
    asked = responses["question"].eq("csat") & responses["touchpoint"].isin(list(moments))
    rated = responses[asked & responses["score"].notna() & responses["channel"].fillna("").ne("")]
    share = (rated["score"] - lowest) / (highest - lowest)
    return rated.assign(person=rated.get("respondent_id"), share=share)[["person", "touchpoint", "channel", "share"]]


def cost_to_serve(costs: pd.DataFrame, interactions: pd.DataFrame, fixed: Mapping[str, float]) -> pd.DataFrame:
    """Cost of one contact by channel: its costs over the months both tables cover, divided by its contacts in them.

    costs: on, channel, amount; rows without a channel are not spread. fixed: cost a month by channel from the brief,
    used where the table has none. Columns channel, estimate (money a contact), low, high (the contacts taken as
    Poisson), n (contacts), unit money, month_money (cost a month).
    """
    known = costs[(costs["channel"].fillna("") != "") & costs["amount"].notna()]
    paid_in, met_in = known["on"].dt.to_period("M"), interactions["at"].dt.to_period("M")
    shared = set(met_in) & set(paid_in) if len(known) else set(met_in)
    contacts = interactions[met_in.isin(shared)].groupby("channel").size()
    paid = known[paid_in.isin(shared)].groupby("channel")["amount"].sum().to_dict()
    totals = {channel: float(month) * len(shared) for channel, month in fixed.items()} | paid
    table = pd.DataFrame({"channel": sorted(totals)}, dtype="str")
    total, n = (
        table["channel"].map(totals).astype(float),
        table["channel"].map(contacts.to_dict()).fillna(0).astype(int),
    )
    spread, each = Z / n**0.5, total / n
    table = table.assign(estimate=each, low=each / (1 + spread), high=each / (1 - spread).clip(lower=0.01), n=n)
    table = table.assign(unit="money", month_money=total / max(len(shared), 1))
    return table[(n > 0) & (total > 0)][COST].reset_index(drop=True)


def company_side(
    capabilities: pd.DataFrame,
    costs: pd.DataFrame,
    interactions: pd.DataFrame,
    moments: Sequence[str],
    channels: Sequence[str],
) -> pd.DataFrame:
    """Gate, cost of a contact and cost a month at each moment and channel (contacts a month × cost of a contact).

    costs: from `cost_to_serve`; interactions: columns touchpoint, channel, at, one row per contact. Columns moment,
    channel, gate (`channel_gates`), cost_contact_money, cost_money; costs are blank where they are not known.
    """
    table = channel_gates(capabilities, moments, channels)
    months = interactions["at"].dt.to_period("M").nunique()
    counted = (
        interactions.rename(columns={"touchpoint": "moment"}).groupby(KEYS).size().rename("contacts").reset_index()
    )
    table = table.merge(costs[["channel", "estimate"]].rename(columns={"estimate": "cost_contact_money"}), how="left")
    table = table.merge(counted, on=KEYS, how="left")
    monthly = table["contacts"].astype(float).fillna(0.0) / (months or np.nan)
    return table.assign(cost_money=table["cost_contact_money"].astype(float) * monthly).drop(columns="contacts")


def channel_gates(capabilities: pd.DataFrame, moments: Sequence[str], channels: Sequence[str]) -> pd.DataFrame:
    """Whether the company can run each channel at each moment: columns moment, channel, gate.

    yes: every capability named for the channel (and for this moment or all) stands ready; no: one is missing; unknown:
    one is not known; unnamed: none was named, so that only use of today speaks for it.
    """
    place, names = capabilities["touchpoint"].fillna(""), capabilities["channel"].fillna("")
    available = capabilities["available"].fillna("unknown")
    rows = [
        (moment, channel, _gate(set(available[(names == channel) & place.isin([moment, ""])])))
        for moment in moments
        for channel in channels
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "gate"])


def channel_fit(
    use: pd.DataFrame,
    satisfaction: pd.DataFrame,
    association: pd.DataFrame,
    company: pd.DataFrame,
    *,
    contact_value: float = float("nan"),
) -> pd.DataFrame:
    """Everything known of a moment and channel on one row, with the two fits.

    association: columns moment, channel, estimate, low, high, known (removal effect at the moment's step; one that is
    not known, on < 30 journeys or < 100 conversions, is left out and marked few_journeys). company: from
    `company_side`. contact_value: margin of a purchase. customer_fit = mean of use (0–1), satisfaction (score / 10) and
    association (0–1), as far as they are known; fit_low and fit_high take the three parts as independent; company_fit =
    1 − cost of a contact / margin of a purchase, between 0 and 1 (blank: cost or margin unknown).
    """
    known = association["known"].astype(bool)
    score = satisfaction.assign(**(satisfaction[["estimate", "low", "high"]] / TEN))
    table = use[[*KEYS, "n_users", "n"]].rename(columns={"n": "n_persons"})
    for name, part in zip(PARTS, (use, score, association[known]), strict=True):
        limits = {"estimate": f"{name}_share", "low": f"{name}_low", "high": f"{name}_high"}
        table = table.merge(part[[*KEYS, *limits]].rename(columns=limits), on=KEYS, how="left")
    few = association.loc[~known, KEYS].assign(few_journeys=True)
    table = table.merge(company, on=KEYS, how="left").merge(few, on=KEYS, how="left")
    shares = table[[f"{name}_share" for name in PARTS]].astype(float)
    centre = shares.clip(0, 1).mean(axis=1)
    halves = pd.concat([(table[f"{name}_high"] - table[f"{name}_low"]) / 2 for name in PARTS], axis=1)
    half = np.sqrt((halves**2).sum(axis=1)) / shares.notna().sum(axis=1)
    left = 1 - table["cost_contact_money"] / (contact_value if contact_value > 0 else np.nan)
    return table.assign(
        few_journeys=table["few_journeys"].eq(True),
        customer_fit=centre,
        fit_low=(centre - half).clip(lower=0),
        fit_high=(centre + half).clip(upper=1),
        company_fit=left.clip(0, 1),
    )


def _gate(states: set[str]) -> str:
    """The weakest of the states of the capabilities that a channel needs."""
    if not states:
        return "unnamed"
    if "no" in states:
        return "no"
    return "yes" if states == {"yes"} else "unknown"
