"""From where to where customers really go: steps skipped, repeated and revisited."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import wilson

COLUMNS = ["from_step", "to_step", "kind", "estimate", "low", "high", "n", "unit", "n_moves"]
KINDS = ("onward", "skip", "back", "again", "lost", "end")


def transitions(interactions: pd.DataFrame, *, steps: list[str]) -> pd.DataFrame:
    """What followed each contact of a journey: the transition table of a first-order Markov chain.

    One row per pair of steps that was seen, in the order of the funnel: estimate: share of the contacts at from_step that
    were followed by to_step, Wilson interval; n: contacts at from_step; n_moves. kind: onward (one step), skip (more than
    one), back, again (the same step), lost (seen lost), end (the last contact known; to_step blank in both).

    interactions: customer_id, journey_id, step, at, outcome; contacts without a step of the funnel are passed over.
    """
    place = interactions["step"].map({step: number for number, step in enumerate(steps)})
    known = place.notna() & interactions["at"].notna()
    journey = interactions["journey_id"].where(interactions["journey_id"].notna(), interactions["customer_id"])
    code = pd.factorize(journey[known])[0]
    position = place[known].to_numpy(np.int64)
    order = np.lexsort((position, interactions.loc[known, "at"].to_numpy(), code))
    if not len(order):
        return pd.DataFrame(columns=COLUMNS)
    code, position = code[order], position[order]
    lost = interactions.loc[known, "outcome"].eq("lost").to_numpy(bool)[order]
    follows = np.append(code[1:] == code[:-1], False)
    target = np.where(follows, np.append(position[1:], 0), np.where(lost, len(steps), len(steps) + 1))
    counts = np.bincount(position * (len(steps) + 2) + target, minlength=len(steps) * (len(steps) + 2))
    table = counts.reshape(len(steps), -1)
    rows: list[list[object]] = []
    for start, end in zip(*np.nonzero(table), strict=True):
        n, moves = int(table[start].sum()), int(table[start, end])
        name = steps[end] if end < len(steps) else ""
        rows.append([steps[start], name, _kind(int(start), int(end), len(steps)), *wilson(moves, n), n, "share", moves])
    return pd.DataFrame(rows, columns=COLUMNS)


def moves(transitions: pd.DataFrame) -> pd.DataFrame:
    """How journeys move on the whole: share of the moves between two contacts that are of each kind, Wilson interval.

    kind: onward, skip, back, again; n: all moves from a contact to a next one. Empty where nobody was met twice.
    """
    inner = transitions[~transitions["kind"].isin(["lost", "end"])]
    n = int(inner["n_moves"].sum()) if len(inner) else 0
    rows = [
        [kind, *wilson(int(inner.loc[inner["kind"] == kind, "n_moves"].sum()), n), n, "share"]
        for kind in KINDS[:4]
        if n
    ]
    return pd.DataFrame(rows, columns=["kind", "estimate", "low", "high", "n", "unit"])


def _kind(start: int, end: int, n_steps: int) -> str:
    """The kind of a move from one position to another; beyond the steps: lost, then end."""
    if end >= n_steps:
        return "lost" if end == n_steps else "end"
    return {0: "again", 1: "onward"}.get(end - start, "skip" if end > start else "back")
