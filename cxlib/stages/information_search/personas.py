"""Who the kinds of customers are: what stands out, what they do, what hurts and what pleases them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import EVIDENCE_N
from cxlib.stages.information_search.empathy import text_marks
from cxlib.stages.information_search.levels import NOT_DESCRIBING
from cxlib.stages.information_search.texts import Texts
from cxlib.statistics.intervals import TIDY, share_row
from cxlib.statistics.scores import nps

KEYS = ["segment", "item"]
COLUMNS = ["segment", "row", "item", *TIDY]
LEAST = 8  # persons behind an item: below, it is nobody's but theirs
MOST = 4  # sheets: more are not compared by eye
TOP = 2  # items a row


def persona_sheets(
    members: pd.DataFrame, customers: pd.DataFrame, contacts: pd.DataFrame, recommending: pd.DataFrame, texts: Texts
) -> pd.DataFrame:
    """What is known of each kind of customer, row by row: how many, by what they stand out, what they do, say and feel.

    members: customer_id, segment; customers: customer_id and attributes; contacts: customer_id, touchpoint, channel;
    recommending: answers to the net promoter question; texts: from `read_texts`. Columns segment, row (size |
    stands_out | recommends | does | channel | pains | gains), item, estimate, low, high, n, unit; as `sheets` arranges
    them.
    """
    marks = text_marks(texts).rename(columns={"respondent_id": "customer_id"})
    voiced = {cell: marks.loc[marks["cell"] == cell] for cell in ("pains", "gains")}
    joined = recommending.merge(members, left_on="respondent_id", right_on="customer_id")
    return sheets(
        members,
        stands_out=stands_out(members, attribute_pairs(customers)),
        recommends=nps(joined, by=["segment"]).assign(item=""),
        does=most_common(members, pairs(contacts, "touchpoint")),
        channel=most_common(members, pairs(contacts, "channel")),
        **{cell: most_common(members, pairs(said, "item")) for cell, said in voiced.items()},
    )


def sheets(members: pd.DataFrame, **rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the persona sheets, largest kind of customer first, at most four: segment, row, item and estimate.

    members: customer_id, segment; rows: name of the row → table from `most_common`, `stands_out` or a table segment,
    item, estimate, low, high, n, unit. A row nobody gave data for has one line without an estimate.
    """
    if members.empty:
        return pd.DataFrame(columns=COLUMNS)
    size = sizes(members)
    shown = size.sort_values("estimate", ascending=False, kind="stable")["segment"].head(MOST).tolist()
    parts = []
    for name, table in {"size": size, **rows}.items():
        known = table[table["segment"].isin(shown)]
        lost = pd.DataFrame({"segment": [one for one in shown if one not in set(known["segment"])]})
        blank = lost.assign(item="", estimate=np.nan, low=np.nan, high=np.nan, n=0, unit="share")
        parts += [part.assign(row=name)[COLUMNS] for part in (known, blank) if len(part)]
    table = pd.concat(parts, ignore_index=True)
    order = table["segment"].map(shown.index)
    return table.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def sizes(members: pd.DataFrame) -> pd.DataFrame:
    """Share of the customers in each segment (Wilson 1927): segment, item "", estimate, low, high, n, unit."""
    counts = members.drop_duplicates("customer_id")["segment"].value_counts().sort_index()
    rows = [_row(segment, "", int(n), int(counts.sum())) for segment, n in counts.items()]
    return pd.DataFrame(rows, columns=[*KEYS, *TIDY])


def most_common(members: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The two items most persons of each segment have, as a share of its persons with any item.

    pairs: customer_id, item. Only items of at least eight persons. Columns segment, item, estimate, low, high (Wilson
    1927), n (persons behind the item), unit.
    """
    table = _shares(members, pairs).sort_values(["segment", "n", "item"], ascending=[True, False, True])
    top = table.groupby("segment").head(TOP)
    return top[top["n"] >= LEAST][[*KEYS, *TIDY]].reset_index(drop=True)


def stands_out(members: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The two items by which each segment differs most: those whose interval leaves out everybody's share.

    pairs: customer_id, item; columns as in `most_common`. Each item needs as many persons of the segment as the
    evidence gate asks. An item that is merely frequent everywhere says nothing of a segment.
    """
    table = _shares(members, pairs)
    table = table[(table["n"] >= EVIDENCE_N) & (table["low"] > table["usual"])]
    table = table.assign(lift=table["estimate"] - table["usual"])
    table = table.sort_values(["segment", "lift", "item"], ascending=[True, False, True])
    return table.groupby("segment").head(TOP)[[*KEYS, *TIDY]].reset_index(drop=True)


def pairs(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Who had what: customer_id and the values of a column as item, each once; blanks left out."""
    known = table[["customer_id", column]].rename(columns={column: "item"}).dropna()
    return known[known["item"].astype(str) != ""].drop_duplicates(ignore_index=True)


def attribute_pairs(customers: pd.DataFrame) -> pd.DataFrame:
    """Attributes of customers as pairs customer_id, item ("region: North"): all columns but key and dates."""
    present = [str(name) for name in customers.columns if name not in NOT_DESCRIBING]
    long = customers.melt("customer_id", present, var_name="attribute", value_name="value").dropna(subset="value")
    long = long[long["value"].astype(str) != ""]
    item = long["attribute"].astype(str) + ": " + long["value"].astype(str)
    return pd.DataFrame({"customer_id": long["customer_id"], "item": item.str.replace("_", " ")})


def _shares(members: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Every item of every segment: the share of the segment's persons who have it, and that of all persons (usual)."""
    kinds = members[["customer_id", "segment"]].drop_duplicates("customer_id")
    joined = pairs.drop_duplicates().merge(kinds, on="customer_id")
    base = joined.groupby("segment")["customer_id"].nunique()
    counts = joined.groupby(KEYS).size().reset_index().itertuples(index=False)
    rows = [_row(segment, item, int(n), int(base[segment])) for segment, item, n in counts]
    usual = joined["item"].value_counts() / max(joined["customer_id"].nunique(), 1)
    table = pd.DataFrame(rows, columns=[*KEYS, *TIDY])
    return table.assign(usual=table["item"].map(usual.to_dict()).astype(float))


def _row(segment: object, item: object, n: int, base: int) -> dict[str, Any]:
    """Persons of a segment behind an item, as a share of its persons."""
    return {"segment": str(segment), "item": str(item)} | share_row(n, base) | {"n": n}
