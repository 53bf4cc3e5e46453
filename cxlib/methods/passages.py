"""How each journey passes the steps of the funnel: one row per journey and step it reached."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ["customer_id", "journey_id", "step", "position", "entered_at", "left_at", "days", "outcome", "skipped"]
DAY_SECONDS = 86_400.0


def passages(interactions: pd.DataFrame, *, steps: list[str], as_of: pd.Timestamp | None = None) -> pd.DataFrame:
    """One row per journey and step reached, with what came next.

    A journey begins at the step where it is first seen (its entry) and moves only forward: coming back to an earlier
    step is no new entry. A step that is jumped over counts as passed in the moment of the jump (`skipped`), so that
    shares of the previous step multiply to shares of the entrants. A journey that is seen lost and later advances was
    not lost. What is still under way at the end of the observation is `open`: censored, never counted as lost.

    interactions: customer_id, at, step, journey_id, outcome (reached | lost); steps: the funnel in order;
    as_of: end of the observation (never later than the last interaction).
    Returns COLUMNS: days = time in the step until it was left or until the observation ends;
    outcome = advanced | lost | open (the last step: reached).
    """
    events = _events(interactions, steps)
    if events.empty:
        return _empty()
    until = events["at"].max() if as_of is None else min(pd.Timestamp(as_of), events["at"].max())
    reached = _reached(events[events["at"] <= until])
    if reached.empty:
        return _empty()
    lost_at = events[(events["outcome"] == "lost") & (events["at"] <= until)].groupby("journey_id")["at"].max()
    table = _outcomes(reached, lost_at, until, last=len(steps) - 1)
    return table.assign(step=np.asarray(steps, dtype=object)[table["position"]])[COLUMNS].astype({"step": "str"})


def _events(interactions: pd.DataFrame, steps: list[str]) -> pd.DataFrame:
    """The interactions with a known step, in order; a loss without a step belongs to the furthest step so far."""
    events = interactions[["customer_id", "at", "step", "journey_id", "outcome"]].dropna(subset=["customer_id", "at"])
    events = events.assign(
        position=events["step"].map({step: place for place, step in enumerate(steps)}).astype(float),
        journey_id=events["journey_id"].fillna(events["customer_id"]),
        outcome=events["outcome"].fillna("reached"),
    )
    return events[events["position"].notna() | (events["outcome"] == "lost")].sort_values(
        ["journey_id", "at", "position"], kind="stable", ignore_index=True
    )


def _reached(events: pd.DataFrame) -> pd.DataFrame:
    """First passage of every step, the steps jumped over filled in."""
    known = events[events["position"].notna()]
    furthest = known.groupby("journey_id")["position"].cummax()
    before = furthest.groupby(known["journey_id"]).shift()
    new = known.assign(before=before)[before.isna() | (furthest > before)]
    start = np.where(new["before"].isna(), new["position"], new["before"] + 1).astype(int)
    position = new["position"].to_numpy(dtype=int)
    times = position - start + 1
    rows = new.loc[new.index.repeat(times), ["customer_id", "journey_id", "at"]].reset_index(drop=True)
    offset = np.arange(times.sum()) - np.repeat(times.cumsum() - times, times)
    rows["position"] = np.repeat(start, times) + offset
    rows["skipped"] = rows["position"].to_numpy() < np.repeat(position, times)
    return rows.rename(columns={"at": "entered_at"})


def _outcomes(reached: pd.DataFrame, lost_at: pd.Series, until: pd.Timestamp, *, last: int) -> pd.DataFrame:
    """Add left_at, days and outcome to the reached steps."""
    next_at = reached.groupby("journey_id")["entered_at"].shift(-1)
    gone_at = pd.Series(lost_at.reindex(reached["journey_id"]).to_numpy(), index=reached.index).astype(next_at.dtype)
    lost = next_at.isna() & gone_at.notna() & (gone_at >= reached["entered_at"])
    outcome = np.select([next_at.notna(), reached["position"] == last, lost], ["advanced", "reached", "lost"], "open")
    left_at = next_at.where(next_at.notna(), gone_at.where(lost & (reached["position"] != last), until))
    days = (left_at - reached["entered_at"]).dt.total_seconds() / DAY_SECONDS
    return reached.assign(left_at=left_at, outcome=pd.Series(outcome, index=reached.index, dtype="str"), days=days)


def compare_groups(table: pd.DataFrame, members: pd.DataFrame, *, focus: str = "") -> pd.DataFrame:
    """The passages once per group they belong to: `focus`, `all`, every other segment, and the `earlier` half.

    members: customer_id, segment (may be empty: then the focus is everybody). `earlier` holds the entrants of the
    first half of the focus' observation: the previous period, as a benchmark of last resort.
    """
    if table.empty:
        return table.assign(group=pd.Series(dtype="str"))
    parts = [table.assign(group="all")]
    chosen = table
    if focus and not members.empty:
        segment = table["customer_id"].map(members.drop_duplicates("customer_id").set_index("customer_id")["segment"])
        chosen = table[segment == focus]
        parts += [table[segment == name].assign(group=f"segment:{name}") for name in _names(segment) if name != focus]
    middle = chosen["entered_at"].min() + (chosen["left_at"].max() - chosen["entered_at"].min()) / 2
    parts += [chosen.assign(group="focus"), chosen[chosen["entered_at"] < middle].assign(group="earlier")]
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
