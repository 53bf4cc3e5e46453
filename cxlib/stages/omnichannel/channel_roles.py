"""What a channel is at each moment once the choice is made: lead, support, later, stop; and what stopping frees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cxlib.statistics.intervals import share_row, tidy

ROLES = ["step", "moment", "channel", "role", "reason", "n_users", "n_persons", "selection_share"]
STOPS = ["moment", "channel", "n_users", "share_of_moment", "cost_money", "goes_to", "association_share"]


def channel_roles(chosen: pd.DataFrame, moments: pd.DataFrame, steps: Sequence[str]) -> pd.DataFrame:
    """The role of every channel at every moment, moments in the order of the funnel.

    chosen: from `choose_channels`. moments: moment, step. role: lead (the best of those that are in) | support (in
    beside it) | later | stop (not in, though customers use it) | unused (not in, and nobody is there).
    """
    table = chosen.merge(moments[["moment", "step"]], on="moment", how="left")
    inside = table["state"].eq("in")
    best = table["score"].where(inside).groupby(table["moment"]).rank(ascending=False, method="first").eq(1)
    role = table["state"].map({"in": "support", "later": "later", "not_in": "stop"})
    role = role.mask(best, "lead").mask(table["state"].eq("not_in") & table["n_users"].eq(0), "unused")
    table = table.assign(role=role, place=table["step"].map({step: number for number, step in enumerate(steps)}))
    return table.sort_values("place", kind="stable", ignore_index=True)[ROLES]


def stop_list(chosen: pd.DataFrame) -> pd.DataFrame:
    """Where a channel is used and yet not in, most users first.

    Columns moment, channel, n_users, share_of_moment, cost_money (a month: the most that stopping can free), goes_to (the
    best channel that stays), association_share (what the model would lose).
    """
    inside = chosen[chosen["state"].eq("in")].sort_values("score", ascending=False)
    best = inside.drop_duplicates("moment").set_index("moment")["channel"]
    out = chosen[chosen["state"].eq("not_in") & chosen["n_users"].gt(0)]
    table = out.assign(share_of_moment=out["n_users"] / out["n_persons"], goes_to=out["moment"].map(best.to_dict()))
    return table.sort_values("n_users", ascending=False, ignore_index=True)[STOPS]


def channel_margins(
    contacts: pd.DataFrame, costs: pd.DataFrame, moments: Sequence[str], channels: Sequence[str]
) -> pd.DataFrame:
    """Each channel over all moments: the share of persons who met it there, and what a contact costs.

    contacts: person, touchpoint, channel. costs: from `cost_to_serve`. Columns channel, cost_contact_money (blank: not
    known), estimate (share of persons; low, high by Wilson), n (persons at the moments), unit.
    """
    inside = contacts[contacts["touchpoint"].isin(list(moments)) & contacts["channel"].fillna("").ne("")]
    n, met = int(inside["person"].nunique()), inside.groupby("channel")["person"].nunique()
    cost = costs.set_index("channel")["estimate"]
    rows = [
        {"channel": channel, "cost_contact_money": float(cost.get(channel, float("nan")))}
        | share_row(int(met.get(channel, 0)), n)
        for channel in (channels if n else ())
    ]
    return tidy(["channel", "cost_contact_money"], rows)


def kept_hand_offs(hand_offs: pd.DataFrame, chosen: pd.DataFrame) -> dict[str, Any]:
    """Share of the hand-offs between channels that both are in at some moment; {} without hand-offs.

    hand_offs: from `hand_offs`. Keys estimate, n (hand-offs).
    """
    kept = chosen.loc[chosen["state"] == "in", "channel"]
    held = hand_offs["from_channel"].isin(kept) & hand_offs["to_channel"].isin(kept)
    total = int(hand_offs["n_journeys"].sum())
    return {"estimate": int(hand_offs.loc[held, "n_journeys"].sum()) / total, "n": total} if total else {}
