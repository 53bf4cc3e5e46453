"""The three parts of the customer fit under other draws of the persons: how firm a choice of channels is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlib.stages.omnichannel.attribution import effect_draws
from cxlib.stages.omnichannel.channel_fit import KEYS, rated_contacts
from cxlib.statistics.intervals import person_weights

PLACE = ["touchpoint", "channel"]


def drawn_again(
    contacts: pd.DataFrame,
    responses: pd.DataFrame,
    paths: pd.DataFrame,
    moments: pd.DataFrame,
    *,
    orders: pd.DataFrame,
    scale: tuple[float, float],
) -> dict[str, pd.DataFrame]:
    """Use, satisfaction and association at every moment and channel, with all persons drawn again 200 times.

    contacts: from `contacts_of`; paths: from `corridor_paths`; moments: moment, step; orders: from `orders_by_step`;
    scale: of csat. Part → rows (moment, channel), one column a draw. A person keeps together what stands in the three
    tables.
    """
    persons = pd.concat([contacts["person"], responses["respondent_id"], paths["person"]], ignore_index=True)
    weights, names = person_weights(persons.astype("str")), moments["moment"].to_list()
    return {
        "use": use_draws(contacts, names, weights),
        "satisfaction": satisfaction_draws(responses, names, weights, scale=scale),
        "association": at_moments(effect_draws(paths, weights, orders=orders), moments),
    }


def use_draws(contacts: pd.DataFrame, moments: Sequence[str], weights: pd.DataFrame) -> pd.DataFrame:
    """`channel_use` under other weights of the persons: one row per (moment, channel), one column a draw.

    weights: one row per person, one column per draw (`intervals.person_weights`).
    """
    inside = contacts[contacts["touchpoint"].isin(list(moments)) & (contacts["channel"].fillna("") != "")]
    met = inside[["person", *PLACE]].drop_duplicates()
    base = _summed(met.drop_duplicates(["person", "touchpoint"]), ["touchpoint"], weights)
    users = _summed(met, PLACE, weights)
    return users.div(base.reindex(users.index.get_level_values(0)).to_numpy()).rename_axis(KEYS)


def satisfaction_draws(
    responses: pd.DataFrame, moments: Sequence[str], weights: pd.DataFrame, *, scale: tuple[float, float]
) -> pd.DataFrame:
    """`channel_satisfaction`, as a share of its scale, under other weights: rows (moment, channel), a column a draw."""
    rated = rated_contacts(responses, moments, scale)
    total = _summed(rated, PLACE, weights, rated["share"])
    return total.div(_summed(rated, PLACE, weights)).rename_axis(KEYS)


def at_moments(draws: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
    """Draws by (step, channel) handed to every moment of the step (columns moment, step): rows (moment, channel)."""
    placed = draws.reset_index().merge(moments[["moment", "step"]], on="step")
    return placed.drop(columns="step").set_index(KEYS)


def _summed(
    rows: pd.DataFrame, keys: list[str], weights: pd.DataFrame, amount: pd.Series | float = 1.0
) -> pd.DataFrame:
    """Σ weight × amount of the rows of each key, a column a draw: one product of matrices."""
    groups = rows.groupby(keys, sort=True)
    person = weights.index.get_indexer(pd.Index(rows["person"]))
    held = person >= 0
    amounts = np.broadcast_to(np.asarray(amount, dtype=float), len(rows))[held]
    names = groups.size().index
    table = np.zeros((len(names), len(weights)))
    np.add.at(table, (groups.ngroup().to_numpy()[held], person[held]), amounts)
    return pd.DataFrame(table @ weights.to_numpy(), index=names, columns=weights.columns)
