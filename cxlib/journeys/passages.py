"""How each journey passes the steps of the funnel: one row per journey and step it reached."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = ["customer_id", "journey_id", "step", "position", "entered_at", "left_at", "days", "outcome", "skipped"]
DAY_SECONDS = 86_400.0
NEVER = np.iinfo(np.int64).max
ARRIVED = ("reached", "undone")  # outcomes of the last step: nobody is waiting there to go on


def passages(interactions: pd.DataFrame, *, steps: list[str], as_of: pd.Timestamp | None = None) -> pd.DataFrame:
    """One row per journey and step reached, with what came next.

    A journey begins at the step where it is first seen (its entry) and moves only forward: coming back to an earlier
    step is not a new entry. A step that is jumped over counts as passed at the moment of the jump (`skipped`), so that
    shares of the previous step multiply to shares of the entrants. A journey that is recorded as lost and later
    advances was not lost. What is still under way at the end of the observation is `open`: censored, never counted as
    lost. The last step is reached by a contact there, not by a loss recorded there (a booking declined, a bid refused):
    that ends the step before. Lost after it was reached, it is `undone` (cancelled, returned).

    interactions: customer_id, at, step, journey_id, outcome (reached | lost); steps: the funnel in order;
    as_of: last day of the observation; without it the last interaction ends it, and silence after that is not seen.
    Returns COLUMNS: days = time in the step until it was left or until the observation ends;
    outcome = advanced | lost | open (the last step: reached | undone).
    """
    events = _events(interactions, steps)
    if not len(events.at):
        return _empty()
    seen = events if as_of is None else events.before(pd.Timestamp(as_of).normalize() + pd.Timedelta(days=1))
    if not len(seen.at):
        return _empty()
    until = seen.at.max() if as_of is None else max(pd.Timestamp(as_of).to_datetime64(), seen.at.max())
    first = seen.first_times(len(steps))
    table = _reached(first, seen, steps)
    return _outcomes(table, seen, until, last=len(steps) - 1)[COLUMNS] if len(table) else _empty()


def recorded(interactions: pd.DataFrame, *, steps: list[str]) -> list[str]:
    """The steps at which any contact was recorded, in order; all of them where there are no contacts.

    Whether anyone went on to a step that no file mentions cannot be told: it is left out, not counted as never reached.
    """
    seen = set(interactions["step"])
    return [step for step in steps if step in seen] or steps


class _Events(NamedTuple):
    """Interactions as numbers: journey and position (−1 unknown) are codes, `at` times; names are the journeys in order."""

    names: pd.Index
    customer: pd.Series
    journey: NDArray[np.int64]
    position: NDArray[np.int64]
    at: NDArray[np.datetime64]
    lost: NDArray[np.bool_]

    def before(self, end: pd.Timestamp) -> _Events:
        """Those before `end`."""
        kept = self.at < end.to_datetime64()
        return self._replace(
            customer=self.customer[kept],
            journey=self.journey[kept],
            position=self.position[kept],
            at=self.at[kept],
            lost=self.lost[kept],
        )

    def first_times(self, n_steps: int) -> NDArray[np.int64]:
        """Journeys × steps: when each step was first seen, as an integer; NEVER where it was not."""
        known = (self.position >= 0) & ~(self.lost & (self.position == n_steps - 1))
        first = np.full(len(self.names) * n_steps, NEVER)
        place = self.journey[known] * n_steps + self.position[known]
        np.minimum.at(first, place, self.at[known].astype(np.int64))
        return first.reshape(len(self.names), n_steps)

    def lost_times(self) -> NDArray[np.int64]:
        """When each journey was last seen lost; −NEVER where it was not."""
        last = np.full(len(self.names), -NEVER)
        np.maximum.at(last, self.journey[self.lost], self.at[self.lost].astype(np.int64))
        return last


def _events(interactions: pd.DataFrame, steps: list[str]) -> _Events:
    """The interactions with a known step, and the losses; a loss without a step belongs to the furthest step so far."""
    position = interactions["step"].map({step: place for place, step in enumerate(steps)}).fillna(-1).to_numpy(np.int64)
    lost = interactions["outcome"].eq("lost").fillna(False).to_numpy(bool)
    kept = interactions["customer_id"].notna() & interactions["at"].notna() & ((position >= 0) | lost)
    rows = interactions.loc[kept, ["customer_id", "journey_id", "at"]]
    journey = rows["journey_id"].where(rows["journey_id"].notna(), rows["customer_id"]).astype("str")
    code, names = pd.factorize(journey)
    order = names.argsort()
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    at = rows["at"].to_numpy()
    return _Events(
        pd.Index(names[order]),
        rows["customer_id"],
        rank[code],
        np.asarray(position[kept], dtype=np.int64),
        at,
        lost[kept],
    )


def _reached(first: NDArray[np.int64], events: _Events, steps: list[str]) -> pd.DataFrame:
    """Every step from the entry on that was reached, at the first time the journey was seen there or further."""
    entry = first.argmin(axis=1)
    ahead = np.minimum.accumulate(first[:, ::-1], axis=1)[:, ::-1]
    journey, position = np.nonzero((ahead < NEVER) & (np.arange(len(steps)) >= entry[:, None]))
    entered = ahead[journey, position]
    owner = np.zeros(len(first), dtype=np.int64)
    begins = np.flatnonzero(events.at.astype(np.int64) == first.min(axis=1)[events.journey])
    owner[events.journey[begins[::-1]]] = begins[::-1]
    return pd.DataFrame(
        {
            "customer_id": events.customer.iloc[owner[journey]].to_numpy(),
            "journey_id": events.names.take(journey),
            "step": pd.array(steps, dtype="str").take(position),
            "position": position,
            "entered_at": entered.astype(events.at.dtype),
            "skipped": first[journey, position] > entered,
            "_journey": journey,
        }
    ).astype({"customer_id": "str"})


def _outcomes(reached: pd.DataFrame, events: _Events, until: np.datetime64, *, last: int) -> pd.DataFrame:
    """Add left_at, days and outcome to the reached steps."""
    journey, position = reached.pop("_journey").to_numpy(), reached["position"].to_numpy()
    entered = reached["entered_at"].to_numpy()
    goes_on = np.append(journey[1:] == journey[:-1], False)
    lost_at = events.lost_times()[journey]
    at_end, lost = position == last, ~goes_on & (lost_at >= entered.astype(np.int64))
    kind = np.select([goes_on, at_end & lost, at_end, lost], [0, 4, 1, 2], 3)
    left = np.where(
        goes_on, np.append(entered[1:], until), np.where(lost & ~at_end, lost_at.astype(entered.dtype), until)
    )
    days = (left - entered) / np.timedelta64(1, "s") / DAY_SECONDS
    outcome = pd.array(["advanced", "reached", "lost", "open", "undone"], dtype="str").take(kind)
    return reached.assign(left_at=left.astype(entered.dtype), days=days, outcome=outcome)


def compare_groups(table: pd.DataFrame, members: pd.DataFrame, *, focus: str = "") -> pd.DataFrame:
    """The passages once per group they belong to: `focus`, `all`, and every other segment.

    members: customer_id, segment (may be empty: then the focus is everybody).
    """
    if table.empty:
        return table.assign(group=pd.Series(dtype="str"))
    parts = [table.assign(group="all")]
    chosen = table
    if focus and not members.empty:
        segment = table["customer_id"].map(members.drop_duplicates("customer_id").set_index("customer_id")["segment"])
        chosen = table[segment == focus]
        parts += [table[segment == name].assign(group=f"segment:{name}") for name in _names(segment) if name != focus]
    parts.append(chosen.assign(group="focus"))
    return pd.concat(parts, ignore_index=True).astype({"group": "str"})


def observed_years(table: pd.DataFrame) -> float:
    """Length of the observation in years (365.25 days); NaN when nothing was observed."""
    if table.empty:
        return float("nan")
    days = float((table["left_at"].max() - table["entered_at"].min()).total_seconds()) / DAY_SECONDS
    return max(days, 1.0) / 365.25


def _names(segment: pd.Series) -> list[str]:
    """The segments in order."""
    return sorted(str(name) for name in segment.dropna().unique())


def _empty() -> pd.DataFrame:
    """The table without rows."""
    times = {"entered_at": "datetime64[ns]", "left_at": "datetime64[ns]"}
    kinds = {"position": "int64", "days": "float64", "skipped": "bool"}
    return pd.DataFrame(columns=COLUMNS).astype(dict.fromkeys(COLUMNS, "str") | times | kinds)
