"""What segments are made of: what customers do, or, where that is not known, what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOGGED = ("recency_days", "n_purchases", "basket_money", "n_contacts")
PRIOR_CONTACTS = 5  # a channel share is drawn towards everybody's as if by five more contacts
MINIMUM_ANSWERED = 0.5  # share of the respondents who must have answered a question


def features(
    customers: pd.DataFrame,
    interactions: pd.DataFrame,
    transactions: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """What customers do (`behaviour`); of a client without purchases and contacts, what they said (`answers`)."""
    done = behaviour(customers, interactions, transactions, as_of=as_of)
    if len(done) and len(done.columns) > 2:
        return done
    known = answers(responses)
    return known[known["customer_id"].isin(customers["customer_id"])].reset_index(drop=True)


def attributes(customers: pd.DataFrame) -> list[str]:
    """The text columns that describe a customer; its key, its dates and its language are none."""
    left_out = ("customer_id", "since_on", "left_on", "lang")
    return [str(name) for name in customers.columns if name not in left_out]


def behaviour(
    customers: pd.DataFrame, interactions: pd.DataFrame, transactions: pd.DataFrame, *, as_of: pd.Timestamp
) -> pd.DataFrame:
    """One row per customer who bought or was met: recency, frequency, value and where the contacts took place.

    recency_days since the last purchase and basket_money (mean revenue of a purchase), both blank for whoever never
    bought; n_purchases, n_contacts, and <channel>_share of the contacts, drawn towards everybody's share by five contacts
    so that one visit is no habit. Columns that cannot vary or have no data are left out.
    """
    people = pd.Index(customers["customer_id"].unique(), name="customer_id")
    table = pd.DataFrame(index=people)
    bought = transactions[transactions["revenue"] > 0]
    if len(bought):
        each = bought.groupby("customer_id")
        table["recency_days"] = (as_of - each["at"].max()).dt.days.clip(lower=0).reindex(people)
        table["n_purchases"] = each.size().reindex(people).fillna(0)
        table["basket_money"] = each["revenue"].mean().reindex(people)
    if len(interactions):
        counts = pd.crosstab(interactions["customer_id"], interactions["channel"]).reindex(people).fillna(0)
        table["n_contacts"] = counts.sum(axis=1)
        named = counts.loc[:, [str(channel).strip() != "" for channel in counts.columns]]
        usual = named.sum() / max(named.to_numpy().sum(), 1)
        drawn = named.add(PRIOR_CONTACTS * usual).div(named.sum(axis=1) + PRIOR_CONTACTS, axis=0)
        table = table.join(drawn.add_suffix("_share")) if len(named.columns) > 1 else table
    seen = table.reindex(columns=["n_purchases", "n_contacts"]).fillna(0).sum(axis=1) > 0
    return _varying(table[seen]).reset_index()


def answers(responses: pd.DataFrame) -> pd.DataFrame:
    """One row per respondent, for a client without purchases or contacts: what they said, and how much they met.

    <question>_score: mean answer (blank where none was given); n_touchpoints rated, that is, used.
    """
    if responses.empty:
        return pd.DataFrame({"customer_id": pd.Series(dtype="str")})
    table = responses.pivot_table(index="respondent_id", columns="question", values="score", aggfunc="mean")
    table = table.loc[:, table.notna().mean() >= MINIMUM_ANSWERED].add_suffix("_score")
    rated = responses[responses["touchpoint"].astype(str) != ""]
    table["n_touchpoints"] = rated.groupby("respondent_id")["touchpoint"].nunique().reindex(table.index).fillna(0)
    return _varying(table).rename_axis("customer_id").reset_index()


def scaled(features: pd.DataFrame) -> pd.DataFrame:
    """The features as k-means sees them: logged counts and money, standard scores within ±3, two blocks of equal weight.

    What customers do and where they do it are a block each, divided by the root of its first eigenvalue so that
    neither rules by its number of columns (multiple factor analysis, Escofier & Pagès 1994). Here alone a blank needs a
    place: no purchase lies as far back as the oldest, other blanks in the middle. Rows by customer_id.
    """
    values = features.set_index("customer_id").astype(float)
    values = values.fillna({"recency_days": values["recency_days"].max()} if "recency_days" in values else {})
    values = values.fillna(values.median())
    logged = [name for name in LOGGED if name in values]
    values[logged] = np.log1p(values[logged])
    scores = ((values - values.mean()) / values.std(ddof=0).replace(0, 1)).clip(-3, 3)
    varied = [str(name) for name in scores if scores[name].any()]
    where = [name for name in varied if name.endswith("_share")]
    for block in (where, [name for name in varied if name not in where]):
        if len(block) > 1 and len(scores) > 1:
            first = np.linalg.eigvalsh(np.corrcoef(scores[block].to_numpy().T))[-1]
            scores[block] /= np.sqrt(first)
    return scores


def _varying(table: pd.DataFrame) -> pd.DataFrame:
    return table.loc[:, table.nunique() > 1]
