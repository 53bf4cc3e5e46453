"""Whose contacts and answers are read: the target segment, where it is large enough."""

from __future__ import annotations

import pandas as pd


def of_segment(
    table: pd.DataFrame, key: str, members: pd.DataFrame, segment: str, *, minimum: int = 100
) -> tuple[pd.DataFrame, str]:
    """The rows of the target segment's customers, when at least `minimum` persons remain; otherwise all rows.

    Returns the rows and the population they stand for: the segment, or "" for everyone.
    """
    if {"customer_id", "segment"} <= set(members.columns) and segment:
        inside = table[table[key].isin(members.loc[members["segment"] == segment, "customer_id"])]
        if inside[key].nunique() >= minimum:
            return inside, segment
    return table, ""
