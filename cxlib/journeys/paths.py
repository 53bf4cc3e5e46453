"""The routes customers take through the channels up to a funnel step, and where they change channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from cxlib.statistics.intervals import tidy, wilson

ARROW = " > "


def with_steps(interactions: pd.DataFrame, step_of: Mapping[str, str]) -> pd.DataFrame:
    """Interactions in time order, with the touchpoint's step where none is recorded; journey blank = customer."""
    known = interactions["step"].fillna("")
    placed = interactions.assign(
        step=known.where(known != "", interactions["touchpoint"].map(lambda key: step_of.get(key, ""))),
        channel=interactions["channel"].fillna(""),
        journey_id=interactions["journey_id"].fillna(interactions["customer_id"]),
        outcome=interactions["outcome"].fillna("reached"),
    )
    return placed.sort_values(["journey_id", "at"], kind="stable").reset_index(drop=True)


def channel_paths(
    placed: pd.DataFrame,
    steps: Sequence[str],
    step: str,
    *,
    window_days: float = 0.0,
    as_of: date | None = None,
    whole_way: bool = False,
) -> pd.DataFrame:
    """One row per journey that came to `step`: the channels met there, and whether it went on.

    placed: from `with_steps`. Columns journey_id, path ("web > store"), person, converted (a later step was reached). Channels
    met there count until the journey first reaches a later step; with `whole_way`, so do those of all earlier steps.
    Journeys that came to the step less than `window_days` before `as_of` are left out: they have not had time to go on.
    """
    position = placed["step"].map({name: number for number, name in enumerate(steps)})
    here = steps.index(step) if step in steps else len(steps)
    rows = placed.assign(position=position, later=(position > here) & (placed["outcome"] != "lost"))
    rows = rows[rows["position"].notna()]
    entered = rows[rows["position"] == here].groupby("journey_id")["at"].min()
    if as_of is not None and window_days > 0:
        entered = entered[entered <= pd.Timestamp(as_of) - pd.Timedelta(days=window_days)]
    rows = rows[rows["journey_id"].isin(entered.index)]
    gone = rows[rows["later"] & (rows["at"] >= _when(rows, entered))].groupby("journey_id")["at"].min()
    counts = rows["position"] <= here if whole_way else rows["position"] == here
    before = rows[counts & (rows["channel"] != "")]
    before = before[~(before["at"] > _when(before, gone))]
    journeys = before.groupby("journey_id", sort=True)
    table = journeys.agg(path=("channel", ARROW.join), person=("customer_id", "first")).reset_index()
    return table.assign(converted=table["journey_id"].isin(gone.index)).astype({"journey_id": "str", "path": "str"})


def corridor_paths(
    placed: pd.DataFrame, steps: Sequence[str], wanted: Sequence[str], *, window_days: float, as_of: date
) -> pd.DataFrame:
    """`channel_paths` for several steps, stacked: columns step, journey_id, path, person, converted."""
    columns = ["step", "journey_id", "path", "person", "converted"]
    parts = [
        channel_paths(placed, steps, step, window_days=window_days, as_of=as_of).assign(step=step)[columns]
        for step in wanted
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def count_paths(paths: pd.DataFrame) -> pd.DataFrame:
    """The same paths counted: columns path, n_converted, n_lost, one row per distinct path."""
    counted = paths.assign(
        n_converted=paths["converted"].astype(int), n_lost=(~paths["converted"].astype(bool)).astype(int)
    )
    return counted.groupby("path", sort=True)[["n_converted", "n_lost"]].sum().reset_index()


def hand_offs(placed: pd.DataFrame, steps: Sequence[str], corridor: Sequence[str]) -> pd.DataFrame:
    """Where customers change channel inside the corridor: columns from_channel, to_channel, n (journeys), tidy.

    estimate = share of the journeys handed on by `from_channel` that went to `to_channel`, with Wilson interval; n is
    the number of journeys handed on by `from_channel`, n_journeys those that took this hand-off.
    """
    inside = placed[placed["step"].isin(list(corridor)) & placed["step"].isin(list(steps)) & (placed["channel"] != "")]
    following = inside.groupby("journey_id")["channel"].shift(-1)
    moves = inside.assign(to_channel=following)[following.notna() & (following != inside["channel"])]
    moves = moves[["journey_id", "channel", "to_channel"]].drop_duplicates()
    totals = moves.groupby("channel")["journey_id"].nunique()
    taken = moves.groupby(["channel", "to_channel"])["journey_id"].nunique()
    rows: list[dict[str, object]] = []
    for origin, target, count in taken.rename("count").reset_index().itertuples(index=False):
        share, low, high = wilson(int(count), int(totals[origin]))
        rows.append(
            {
                "from_channel": origin,
                "to_channel": target,
                "n_journeys": int(count),
                "estimate": share,
                "low": low,
                "high": high,
                "n": int(totals[origin]),
                "unit": "share",
            }
        )
    table = tidy(["from_channel", "to_channel", "n_journeys"], rows)
    return table.sort_values("n_journeys", ascending=False, kind="stable").reset_index(drop=True)


def _when(rows: pd.DataFrame, moments: pd.Series) -> pd.Series:
    """The time each row's journey has in `moments` (indexed by journey); blank when it has none."""
    return pd.to_datetime(rows["journey_id"].map(moments.to_dict()))
