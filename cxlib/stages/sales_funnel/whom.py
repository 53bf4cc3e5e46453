"""Whose journeys are followed: the target segment where it is known before the journey, else everybody."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd


class Whom(NamedTuple):
    """members: customer_id, segment, of segments that may be followed beside each other; segment: the focus ("": everybody).

    reason: why it is everybody, "" where it is the segment: no_segment | by_outcome.
    """

    members: pd.DataFrame
    segment: str
    reason: str


def whom(members: pd.DataFrame, segment: str) -> Whom:
    """Never condition on the outcome: a segment cut by what its members bought or did is not followed through its funnel.

    Those who bought would be followed to their purchase, and everybody would get there. Such segments are no benchmark
    of each other either. members: customer_id, segment, by_outcome (of the segment: cut by an outcome of the funnel).
    """
    if not segment or members.empty:
        return Whom(members.iloc[:0], "", "no_segment")
    if members["by_outcome"].astype(bool).any():
        return Whom(members.iloc[:0], "", "by_outcome")
    return Whom(members, segment, "")
