"""How each channel fits the customer (use, satisfaction, association) and the company (cost to serve, capability)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import mean_t, tidy, wilson

PARTS = ("use_share", "satisfaction_share", "association_share")
KEYS = ["moment", "channel"]


def channel_use(contacts: pd.DataFrame, moments: Sequence[str], channels: Sequence[str]) -> pd.DataFrame:
    """Share of a moment's persons who met it through each channel, with Wilson intervals.

    contacts: columns person, touchpoint, channel (interactions, or answers where there are none). Columns moment,
    channel, estimate, low, high, n (persons of the moment), unit share, n_users.
    """
    rows: list[dict[str, object]] = []
    for moment in moments:
        inside = contacts[(contacts["touchpoint"] == moment) & (contacts["channel"].fillna("") != "")]
        base = int(inside["person"].nunique())
        users = inside.groupby("channel")["person"].nunique()
        for channel in channels if base else ():
            count = int(users.get(channel, 0))
            share, low, high = wilson(count, base)
            rows.append({"moment": moment, "channel": channel, "n_users": count, "estimate": share, "low": low,
                         "high": high, "n": base, "unit": "share"})  # fmt: skip
    return tidy([*KEYS, "n_users"], rows)


def channel_satisfaction(
    responses: pd.DataFrame, moments: Sequence[str], scale: tuple[float, float] = (0.0, 10.0)
) -> pd.DataFrame:
    """Mean satisfaction (csat) by moment and channel, on 0–10, with Student-t intervals; moment, channel, tidy."""
    lowest, highest = scale
    rated = responses[(responses["question"] == "csat") & responses["touchpoint"].isin(list(moments))]
    rated = rated[(rated["channel"].fillna("") != "") & rated["score"].notna()]
    rows: list[dict[str, object]] = []
    for (moment, channel), group in rated.groupby(["touchpoint", "channel"], sort=True):
        estimate, low, high = mean_t((group["score"] - lowest) / (highest - lowest) * 10)
        rows.append({"moment": moment, "channel": channel, "estimate": estimate, "low": low, "high": high,
                     "n": len(group), "unit": "score"})  # fmt: skip
    return tidy(KEYS, rows)


def use_draws(contacts: pd.DataFrame, moments: Sequence[str], weights: pd.DataFrame) -> pd.DataFrame:
    """`channel_use` under other weights of the persons: one row per (moment, channel), one column a draw.

    weights: one row per person, one column per draw (`intervals.person_weights`).
    """
    inside = contacts[contacts["touchpoint"].isin(list(moments)) & (contacts["channel"].fillna("") != "")]
    met = inside[["person", "touchpoint", "channel"]].drop_duplicates()
    base = _summed(met.drop_duplicates(["person", "touchpoint"]), ["touchpoint"], weights)
    users = _summed(met, ["touchpoint", "channel"], weights)
    return users.div(base.reindex(users.index.get_level_values(0)).to_numpy()).rename_axis(KEYS)


def satisfaction_draws(
    responses: pd.DataFrame, moments: Sequence[str], weights: pd.DataFrame, *, scale: tuple[float, float] = (0.0, 10.0)
) -> pd.DataFrame:
    """`channel_satisfaction`, as a share of its scale, under other weights: rows (moment, channel), one column a draw."""
    rated = responses[(responses["question"] == "csat") & responses["touchpoint"].isin(list(moments))]
    rated = rated[(rated["channel"].fillna("") != "") & rated["score"].notna()].rename(
        columns={"respondent_id": "person"}
    )
    share = (rated["score"] - scale[0]) / (scale[1] - scale[0])
    total = _summed(rated, ["touchpoint", "channel"], weights, share)
    return total.div(_summed(rated, ["touchpoint", "channel"], weights)).rename_axis(KEYS)


def at_moments(draws: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
    """Draws by (step, channel) handed to every moment of the step (columns moment, step): rows (moment, channel)."""
    placed = draws.reset_index().merge(moments[["moment", "step"]], on="step")
    return placed.drop(columns="step").set_index(KEYS)


def _summed(
    rows: pd.DataFrame, keys: list[str], weights: pd.DataFrame, amount: pd.Series | float = 1.0
) -> pd.DataFrame:
    """Σ weight × amount of the rows of each key, a column a draw: one product of matrices."""
    groups = rows.groupby(keys, sort=True).ngroup().to_numpy()
    names = rows.groupby(keys, sort=True).size().index
    person = weights.index.get_indexer(pd.Index(rows["person"]))
    held = person >= 0
    amounts = np.broadcast_to(np.asarray(amount, dtype=float), len(rows))[held]
    table = np.zeros((len(names), len(weights)))
    np.add.at(table, (groups[held], person[held]), amounts)
    return pd.DataFrame(table @ weights.to_numpy(), index=names, columns=weights.columns)


def cost_to_serve(costs: pd.DataFrame, interactions: pd.DataFrame, fixed: Mapping[str, float]) -> pd.DataFrame:
    """Cost of one contact by channel: its costs over the months both tables cover, divided by its contacts in them.

    costs: on, channel, amount; rows without a channel are not spread. fixed: cost a month by channel from the brief,
    used where the table has none. Columns channel, estimate (money a contact), low, high (the contacts taken as
    Poisson), n (contacts), unit money, month_money (cost a month).
    """
    known = costs[(costs["channel"].fillna("") != "") & costs["amount"].notna()]
    months = interactions["at"].dt.to_period("M") if len(interactions) else pd.Series(dtype="period[M]")
    shared = set(known["on"].dt.to_period("M")) & set(months) if len(known) else set(months)
    contacts = interactions[months.isin(shared)].groupby("channel").size()
    within = known[known["on"].dt.to_period("M").isin(shared)] if len(known) else known
    paid = {str(channel): float(amount) for channel, amount in within.groupby("channel")["amount"].sum().items()}
    rows: list[dict[str, object]] = []
    for channel in sorted({*paid, *fixed}) if shared else ():
        total = paid.get(channel, fixed.get(channel, 0.0) * len(shared))
        n = int(contacts.get(channel, 0))
        if n and total > 0:
            spread = 1.96 / np.sqrt(n)
            rows.append({"channel": channel, "estimate": total / n, "low": total / n / (1 + spread),
                         "high": total / n / max(1 - spread, 0.01), "n": n, "unit": "money",
                         "month_money": total / len(shared)})  # fmt: skip
    return tidy(["channel"], rows) if rows else tidy(["channel"]).assign(month_money=[])


def channel_gates(capabilities: pd.DataFrame, moments: Sequence[str], channels: Sequence[str]) -> pd.DataFrame:
    """Whether the company can run each channel at each moment: columns moment, channel, gate.

    yes: every capability named for the channel (and for this moment or all) stands ready; no: one is missing; unknown:
    one is not known; unnamed: none was named, so that only use of today speaks for it.
    """
    place, names = capabilities["touchpoint"].fillna(""), capabilities["channel"].fillna("")
    rows = []
    for moment in moments:
        for channel in channels:
            states = set(capabilities.loc[(names == channel) & place.isin([moment, ""]), "available"].fillna("unknown"))
            gate = "no" if "no" in states else "unknown" if states - {"yes"} else "yes" if states else "unnamed"
            rows.append((moment, channel, gate))
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

    association: columns moment, channel, estimate, low, high, known (removal effect at the moment's step; one that is not
    known, on < 30 journeys or < 100 conversions, is left out and marked few_journeys). company: columns
    moment, channel, gate, cost_contact_money, cost_money (a month at this moment). contact_value: margin of a purchase.
    customer_fit = mean of use (0–1), satisfaction (score / 10) and association (0–1), as far as they are known;
    fit_low and fit_high take the three parts as independent; company_fit = 1 − cost of a contact / margin of a
    purchase, between 0 and 1 (blank: cost or margin unknown).
    """
    table = use.rename(columns={"estimate": "use_share", "low": "use_low", "high": "use_high", "n": "n_persons"})
    table = table.drop(columns="unit").merge(company, on=KEYS, how="left")
    known = association["known"].astype(bool) if "known" in association.columns else pd.Series(True, association.index)
    few = association.loc[~known, KEYS].assign(few_journeys=True)
    association = association[known]
    scored = satisfaction[[*KEYS, "estimate", "low", "high"]]
    scored = scored.assign(**{column: scored[column] / 10 for column in ("estimate", "low", "high")})
    for name, part in (("satisfaction", scored), ("association", association[[*KEYS, "estimate", "low", "high"]])):
        named = {"estimate": f"{name}_share", "low": f"{name}_low", "high": f"{name}_high"}
        table = table.merge(part.rename(columns=named), on=KEYS, how="left")
    table = table.merge(few, on=KEYS, how="left")
    table["few_journeys"] = table["few_journeys"].eq(True)
    table["customer_fit"] = table[list(PARTS)].clip(0, 1).mean(axis=1)
    names = [part.removesuffix("_share") for part in PARTS]
    halves = pd.concat([(table[f"{name}_high"] - table[f"{name}_low"]) / 2 for name in names], axis=1)
    half = np.sqrt((halves**2).sum(axis=1)) / table[list(PARTS)].notna().sum(axis=1)
    table["fit_low"], table["fit_high"] = (
        (table["customer_fit"] - half).clip(0),
        (table["customer_fit"] + half).clip(upper=1),
    )
    left = 1 - table["cost_contact_money"] / (contact_value if contact_value > 0 else np.nan)
    table["company_fit"] = left.clip(0, 1)
    return table


def company_side(gates: pd.DataFrame, costs: pd.DataFrame, interactions: pd.DataFrame) -> pd.DataFrame:
    """Gate, cost of a contact and cost a month at each moment and channel (contacts a month × cost of a contact).

    interactions: columns touchpoint, channel, at, one row per contact. Columns moment, channel, gate,
    cost_contact_money, cost_money; costs are blank where they are not known.
    """
    months = interactions["at"].dt.to_period("M").nunique() if len(interactions) else 0
    counted = interactions.groupby(["touchpoint", "channel"]).size().rename("contacts").reset_index()
    counted = counted.rename(columns={"touchpoint": "moment"})
    table = gates.merge(costs[["channel", "estimate"]].rename(columns={"estimate": "cost_contact_money"}), how="left")
    table = table.merge(counted, on=KEYS, how="left")
    monthly = table["contacts"].astype(float).fillna(0.0) / (months or np.nan)
    return table.assign(cost_money=table["cost_contact_money"].astype(float) * monthly).drop(columns="contacts")


def persons_of(contacts: pd.DataFrame, responses: pd.DataFrame, paths: pd.DataFrame) -> pd.Series:
    """Everybody who stands in one of the three tables (person, respondent_id, person)."""
    return pd.concat([contacts["person"], responses["respondent_id"], paths["person"]], ignore_index=True).astype("str")


def contacts_of(interactions: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Who met which touchpoint through which channel: from behaviour, else from answers that name a channel.

    Columns person, touchpoint, channel, source (interactions | responses).
    """
    for table, key, source in (
        (interactions, "customer_id", "interactions"),
        (responses, "respondent_id", "responses"),
    ):
        named = table[(table["channel"].fillna("") != "") & (table["touchpoint"].fillna("") != "")]
        if len(named):
            return named.rename(columns={key: "person"})[["person", "touchpoint", "channel"]].assign(source=source)
    return pd.DataFrame(columns=["person", "touchpoint", "channel", "source"], dtype="str")
