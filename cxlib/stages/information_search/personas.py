"""Who the kinds of customers are: what stands out, what they do, what hurts and what pleases them, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import TIDY, wilson

COLUMNS = ["segment", "row", "item", *TIDY]
LEAST = 8  # persons behind an item: below, it is nobody's but theirs
NOT_DESCRIBING = ("customer_id", "since_on", "left_on")
MOST = 4  # sheets: more are not compared by eye


def sheets(members: pd.DataFrame, size: pd.DataFrame, **rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the persona sheets, largest kind of customer first, at most four: segment, row, item and estimate.

    members: customer_id, segment; size: from `sizes`; rows: name of the row → table from `most_common`, `stands_out` or a
    table segment, item, estimate, low, high, n, unit. A row nobody gave data for has one line without an estimate.
    """
    if members.empty:
        return pd.DataFrame(columns=COLUMNS)
    shown = size.sort_values("estimate", ascending=False, kind="stable")["segment"].head(MOST).tolist()
    parts = []
    for name, table in {"size": size, **rows}.items():
        known = table[table["segment"].isin(shown)].assign(row=name)
        lost = [one for one in shown if one not in set(known["segment"])]
        blank = pd.DataFrame({"segment": lost, "row": name, "item": "", "estimate": np.nan, "low": np.nan, "high": np.nan,
                              "n": 0, "unit": "share"})  # fmt: skip
        parts += [part[COLUMNS] for part in (known, blank) if len(part)]
    table = pd.concat(parts, ignore_index=True)
    place = table["segment"].map({one: place for place, one in enumerate(shown)})
    order = table["row"].map({name: place for place, name in enumerate(["size", *rows])})
    return table.assign(p=place, o=order).sort_values(["p", "o"], kind="stable")[COLUMNS].reset_index(drop=True)


def sizes(members: pd.DataFrame) -> pd.DataFrame:
    """Share of the customers in each segment, with Wilson's (1927) interval: segment, item "", estimate, low, high, n, unit."""
    counts = members.drop_duplicates("customer_id")["segment"].value_counts().sort_index()
    rows = [(str(segment), "", *wilson(int(n), int(counts.sum())), int(n), "share") for segment, n in counts.items()]
    return pd.DataFrame(rows, columns=["segment", "item", *TIDY])


def most_common(members: pd.DataFrame, pairs: pd.DataFrame, *, top: int = 2) -> pd.DataFrame:
    """The items most persons of each segment have, as a share of its persons with any item.

    pairs: customer_id, item, one row each. Only items of at least eight persons. Columns segment, item, estimate, low,
    high (Wilson 1927), n (persons behind the item), unit.
    """
    joined = pairs.drop_duplicates().merge(
        members[["customer_id", "segment"]].drop_duplicates("customer_id"), on="customer_id"
    )
    rows = []
    for segment, inside in joined.groupby("segment"):
        counts = inside["item"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
        base = inside["customer_id"].nunique()
        rows += [(str(segment), str(item), *wilson(int(n), base), int(n), "share")
                 for item, n in counts.head(top).items() if n >= LEAST]  # fmt: skip
    return pd.DataFrame(rows, columns=["segment", "item", *TIDY])


def stands_out(members: pd.DataFrame, pairs: pd.DataFrame, *, least: int = 30, top: int = 2) -> pd.DataFrame:
    """The items by which each segment differs from everybody: those whose interval leaves out everybody's share, widest first.

    pairs: customer_id, item; columns as in `most_common`. Each item needs `least` persons of the segment. An item that is
    merely frequent everywhere says nothing of a segment.
    """
    joined = pairs.drop_duplicates().merge(
        members[["customer_id", "segment"]].drop_duplicates("customer_id"), on="customer_id"
    )
    if joined.empty:
        return pd.DataFrame(columns=["segment", "item", *TIDY])
    usual: Mapping[object, float] = (joined["item"].value_counts() / joined["customer_id"].nunique()).to_dict()
    rows = []
    for segment, inside in joined.groupby("segment"):
        base = inside["customer_id"].nunique()
        for item, n in inside["item"].value_counts().sort_index().items():
            share, low, high = wilson(int(n), base)
            if n >= least and low > usual[item]:
                rows.append((share - usual[item], str(segment), str(item), share, low, high, int(n), "share"))
    table = pd.DataFrame(rows, columns=["lift", "segment", "item", *TIDY])
    table = table.sort_values(["segment", "lift"], ascending=[True, False], kind="stable").drop(columns="lift")
    return table.groupby("segment").head(top).reset_index(drop=True)


def pairs(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Who had what: customer_id and the values of a column as item, each once; blanks left out."""
    known = table[["customer_id", column]].rename(columns={column: "item"}).dropna()
    return known[known["item"].astype(str) != ""].drop_duplicates(ignore_index=True)


def voiced(marks: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Pains and gains of each person as pairs, from the marks of the empathy map (respondent_id, cell, item)."""
    named = marks.rename(columns={"respondent_id": "customer_id"})
    return {cell: pairs(named[named["cell"] == cell], "item") for cell in ("pains", "gains")}


def attribute_pairs(customers: pd.DataFrame) -> pd.DataFrame:
    """Attributes of customers as pairs customer_id, item ("region: North"): every column but key and dates; no blanks."""
    present = [str(name) for name in customers.columns if name not in NOT_DESCRIBING]
    if not present:
        return pd.DataFrame(columns=["customer_id", "item"])
    long = customers.melt("customer_id", present, var_name="attribute", value_name="value").dropna(subset="value")
    long = long[long["value"].astype(str) != ""]
    item = long["attribute"].astype(str) + ": " + long["value"].astype(str)
    return pd.DataFrame({"customer_id": long["customer_id"], "item": item.str.replace("_", " ")})
