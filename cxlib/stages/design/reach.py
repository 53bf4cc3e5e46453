"""Whom an experience reaches: the journeys at its moment, through the channels in force there, as far as it is offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import rows
from cxlib.journeys.passages import observed_years, passages
from cxlib.statistics.intervals import TIDY, wilson

REACH = ["idea_id", "step", "how", "channels", "n_moment", "n_met", "met_share", "offered_share", "capacity_share"]
REACH += [*TIDY, "entrants_a_year", "grade"]
BY_CHANNEL = ["touchpoint", "channel", "state", "n_met"]
MONTHS = 12
Channels = Mapping[str, str]


def in_force(channels: Channels, touchpoint: str) -> list[str] | None:
    """The channels that are in at a touchpoint; None where stage 6 decided nothing about it.

    channels: "touchpoint:channel" → in | later | not_in.
    """
    decided = {
        place.partition(":")[2]: state for place, state in channels.items() if place.startswith(f"{touchpoint}:")
    }
    return [channel for channel, state in decided.items() if state == "in"] if decided else None


def channel_room(contacts: pd.DataFrame, capacity: Mapping[str, float]) -> dict[str, float]:
    """Share of its contacts of today that each channel has room for (1 at most).

    contacts: channel, at, of everybody; capacity: contacts a month by channel, where the brief states it.
    """
    months = contacts["at"].dt.to_period("M").nunique()
    a_month = contacts.groupby("channel").size() / max(months, 1)
    return {
        channel: min(1.0, room / a_month[channel]) for channel, room in capacity.items() if channel in a_month.index
    }


def reach(
    ideas: pd.DataFrame,
    contacts: pd.DataFrame,
    *,
    steps: Sequence[str],
    step_of: Mapping[str, str],
    channels: Channels,
    room: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """What part of the journeys at its step each idea can reach: one row an idea.

    estimate = met_share × offered_share × capacity_share. met_share: journeys that met its touchpoint through a channel in
    force there ÷ journeys that came to its step (`passages`), with Wilson's interval. An idea whose `reach` is `channel`
    cannot exist without its own channel, and only that counts; one that is `all`, with a reason, serves its moment whatever
    the channel (where the moment is on no record: every journey at its step), which is assumed. Without a decision on the
    moment, or where no contact there names a channel, every contact counts. offered_share: of the ideas (1 unless said).
    capacity_share: what the channels have room for (`channel_room`), and the idea's own `capacity`, customers a month.

    contacts: of the population, with steps (`with_steps`). Columns idea_id, step, how (channels | channel | all | any),
    channels (;), n_moment, n_met (journeys), met_share, offered_share, capacity_share, the tidy ones (n: journeys at the
    step; nobody there: 0), entrants_a_year (journeys that come to the step), grade (measured | assumed).
    """
    passed = passages(contacts, steps=list(steps))
    years, at_step = observed_years(passed), passed.groupby("step")["journey_id"].nunique()
    seen = {step: set(part) for step, part in passed.groupby("step")["journey_id"]}
    found = []
    for idea in rows(ideas):
        step = step_of.get(idea["touchpoint"], "")
        n = int(at_step.get(step, 0))
        there = contacts[
            contacts["touchpoint"].eq(idea["touchpoint"]) & contacts["journey_id"].isin(seen.get(step, set()))
        ]
        how, taken = _through(idea, there, in_force(channels, idea["touchpoint"]))
        met = there if taken is None else there[there["channel"].isin(taken)]
        n_moment, n_met = int(there["journey_id"].nunique()), int(met["journey_id"].nunique())
        everyone = how == "all" and not n_moment
        share, low, high = wilson(n_met, n) if n and not everyone else (float(everyone), np.nan, np.nan)
        offered, entrants = _known(idea.get("offered_share"), 1.0), n / years if n else np.nan
        fits = _room(met, room or {}) * _own_room(idea, entrants * share * offered)
        whole = offered * fits
        values = (how, ";".join(taken or ()), n_moment, n if everyone else n_met, share, offered, fits)
        grade = "assumed" if how == "all" else "measured"
        told = (share * whole, low * whole, high * whole, n, "share", entrants, grade)
        found.append((idea["idea_id"], step, *values, *told))
    return pd.DataFrame(found, columns=REACH)


def by_channel(
    ideas: pd.DataFrame, contacts: pd.DataFrame, *, step_of: Mapping[str, str], channels: Channels
) -> pd.DataFrame:
    """Through which channels the journeys at a step meet the moments of ideas: one row a moment and channel.

    Columns touchpoint, channel, state (of stage 6; "" where it decided nothing), n_met (journeys that met the moment
    through it), estimate (share of the journeys at the step), low, high (Wilson), n, unit. A journey may use several.
    """
    found = []
    for place in dict.fromkeys(ideas["touchpoint"]):
        n = contacts.loc[contacts["step"].eq(step_of.get(place, "")), "journey_id"].nunique()
        there = contacts[contacts["touchpoint"].eq(place) & contacts["step"].eq(step_of.get(place, ""))]
        for channel, met in there[there["channel"].ne("")].groupby("channel")["journey_id"].nunique().items():
            share = dict(zip(("estimate", "low", "high"), wilson(int(met), n), strict=True))
            state = channels.get(f"{place}:{channel}", "")
            found.append({"touchpoint": place, "channel": channel, "state": state, "n_met": met, **share, "n": n})
    return pd.DataFrame(found, columns=[*BY_CHANNEL, *TIDY]).assign(unit="share")


def reached_share(chosen: pd.DataFrame) -> float:
    """Part of the money that journeys carry at the steps of some experiences which meets at least one of them.

    Σ over the steps of worth × (1 − Π(1 − reach)) ÷ Σ of worth: meetings at one step are taken as independent. chosen: step,
    step_money (worth of a unit on all journeys of the step), reach_share.
    """
    if chosen.empty:
        return 0.0
    by_step = chosen.assign(missed=1 - chosen["reach_share"]).groupby("step")
    worth, met = by_step["step_money"].first(), 1 - by_step["missed"].prod()
    return float((worth * met).sum() / worth.sum()) if worth.sum() > 0 else float("nan")


def _through(idea: Mapping[str, Any], there: pd.DataFrame, decided: list[str] | None) -> tuple[str, list[str] | None]:
    """How an idea reaches people, and through which channels (None: whichever)."""
    if idea.get("reach") == "all" and str(idea.get("reach_why") or "").strip():
        return "all", None
    own = str(idea.get("channel") or "")
    if idea.get("reach") == "channel" and own:
        return "channel", [own] if decided is None or own in decided else []
    nameless = len(there) > 0 and not there["channel"].ne("").any()
    return ("any", None) if decided is None or nameless else ("channels", decided)


def _room(met: pd.DataFrame, room: Mapping[str, float]) -> float:
    """Share of these contacts that their channels have room for."""
    each = met["channel"].map(dict(room)).fillna(1.0) if room and len(met) else pd.Series([1.0])
    return float(each.astype(float).mean())


def _own_room(idea: Mapping[str, Any], wanted_a_year: float) -> float:
    """Share of the customers wanting it a year that the idea's own capacity, customers a month, can serve."""
    capacity = _known(idea.get("capacity"), np.inf)
    return min(1.0, MONTHS * capacity / wanted_a_year) if wanted_a_year > 0 else 1.0


def _known(value: Any, otherwise: float) -> float:
    """A number; `otherwise` where there is none."""
    return otherwise if value is None or pd.isna(value) else float(value)
