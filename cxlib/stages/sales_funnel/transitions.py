"""From where to where customers really go: steps skipped, repeated and revisited."""

from __future__ import annotations

import pandas as pd

from cxlib.statistics.intervals import wilson

COLUMNS = ["from_step", "to_step", "kind", "estimate", "low", "high", "n", "unit", "n_moves"]
MOVES = ["kind", "estimate", "low", "high", "n", "unit", "loose"]
KINDS = ("onward", "skip", "back", "again")  # of a move from one contact to the next
LOOSE = 0.25  # of the moves that skip a step or go back: from here on the steps themselves are in doubt (policy)


def transitions(interactions: pd.DataFrame, *, steps: list[str]) -> pd.DataFrame:
    """What followed each contact of a journey: the transition table of a first-order Markov chain.

    One row per pair of steps that was seen, in the order of the funnel: estimate: share of the contacts at from_step that
    were followed by to_step, Wilson interval; n: contacts at from_step; n_moves. kind: onward (one step), skip (more than
    one), back, again (the same step), lost (seen lost), end (the last contact known; to_step blank in both).

    interactions: customer_id, journey_id, step, at, outcome; contacts without a step of the funnel are passed over.
    """
    place = interactions["step"].map({step: number for number, step in enumerate(steps)})
    journey = interactions["journey_id"].where(interactions["journey_id"].notna(), interactions["customer_id"])
    placed = interactions.assign(place=place, journey=journey)[place.notna() & interactions["at"].notna()]
    placed = placed.sort_values(["journey", "at", "place"], kind="stable")
    beyond = placed["outcome"].eq("lost").map({True: len(steps), False: len(steps) + 1})
    target = placed.groupby("journey")["place"].shift(-1).fillna(beyond)
    pairs = pd.DataFrame({"start": placed["place"].astype(int), "end": target.astype(int)})
    contacts = pairs["start"].value_counts().to_dict()
    rows: list[list[object]] = []
    for start, end, moved in pairs.groupby(["start", "end"]).size().reset_index().itertuples(index=False):
        n, name = int(contacts[start]), steps[end] if end < len(steps) else ""
        rows.append([steps[start], name, _kind(start, end, len(steps)), *wilson(moved, n), n, "share", int(moved)])
    return pd.DataFrame(rows, columns=COLUMNS)


def moves(transitions: pd.DataFrame) -> pd.DataFrame:
    """How journeys move on the whole: share of the moves between two contacts that are of each kind, Wilson interval.

    kind: onward, skip, back, again; n: all moves from a contact to a next one; loose: more than a quarter of all moves
    skip or go back. Empty where nobody was met twice.
    """
    counts = transitions.groupby("kind")["n_moves"].sum().reindex(list(KINDS), fill_value=0)
    n = int(counts.sum())
    if not n:
        return pd.DataFrame(columns=MOVES)
    loose = bool((counts["skip"] + counts["back"]) / n > LOOSE)
    rows = [(kind, *wilson(int(count), n), n, "share", loose) for kind, count in counts.items()]
    return pd.DataFrame(rows, columns=MOVES)


def _kind(start: int, end: int, n_steps: int) -> str:
    """The kind of a move from one position to another; beyond the steps: lost, then end."""
    if end >= n_steps:
        return "lost" if end == n_steps else "end"
    return {0: "again", 1: "onward"}.get(end - start, "skip" if end > start else "back")
