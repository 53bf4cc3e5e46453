"""Journeys followed step by step: passages, curves, windows and bootstrap samples, made once for every question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cxlib.journeys.incidence import FOLLOWED, draws, incidence, windows
from cxlib.journeys.passages import compare_groups, observed_years, passages

BY = ("group", "step")
FOCUS = "focus"


@dataclass(frozen=True)
class Followed:
    """What is known of all journeys. Groups: focus (the target segment, or everybody), all, segment:….

    steps: the funnel in order. passages: a row a journey and step reached. curves: share gone on by days since entering.
    windows: days until silence means something, and the horizon to which a step can be followed. draws: conversions and
    waiting times in bootstrap samples of customers; draw −1 is the estimate itself.
    """

    steps: list[str]
    passages: pd.DataFrame
    curves: pd.DataFrame
    windows: pd.DataFrame
    draws: pd.DataFrame

    @property
    def focus(self) -> pd.DataFrame:
        """The passages of those the stage is about."""
        return self.passages[self.passages["group"] == FOCUS]

    @property
    def focus_curves(self) -> pd.DataFrame:
        """The curves of those the stage is about, each with the window of its step (window_days)."""
        mine = self.curves[self.curves["group"] == FOCUS]
        return mine.merge(self.windows[["step", "estimate"]].rename(columns={"estimate": "window_days"}), on="step")

    @property
    def samples(self) -> pd.DataFrame:
        """The bootstrap samples of those the stage is about, without the estimate itself."""
        return self.draws[(self.draws["group"] == FOCUS) & (self.draws["draw"] >= 0)]

    @property
    def years(self) -> float:
        """How long those the stage is about were observed; NaN when nothing was."""
        return observed_years(self.focus)

    @property
    def days(self) -> float:
        """The same in days."""
        return self.years * 365.25

    @cached_property
    def conversions(self) -> pd.DataFrame:
        """Each curve at its horizon, by group and step: estimate, low, high; n (entered)."""
        return _at_horizon(self.curves, self.windows)


def follow(
    interactions: pd.DataFrame,
    *,
    steps: list[str],
    members: pd.DataFrame | None = None,
    segment: str = "",
    as_of: pd.Timestamp | None = None,
    n_draws: int = 300,
) -> Followed:
    """Follow every journey through the steps: the target segment (else everybody) as the focus, others beside it.

    interactions: customer_id, journey_id, step, at, outcome; steps: the funnel in order; members: customer_id, segment;
    segment: which of them is the focus; as_of: last day of the observation (default: the last contact).
    """
    everybody = passages(interactions, steps=steps, as_of=as_of)
    groups = compare_groups(everybody, pd.DataFrame() if members is None else members, focus=segment)
    curves = incidence(groups, by=BY)
    return _followed(steps, groups, curves, windows(curves[curves["group"] == FOCUS]), n_draws)


def halves(followed: Followed, *, n_draws: int = 300) -> Followed:
    """The focus once more, in groups `before` and `after`: by which half of the observation a step was entered in.

    The halves are equally long, so that entrants can be compared as they stand; conversions of both are read at the same
    days, the longest for which both could be followed. Who entered lately has been watched less long, and a conversion
    by different days would change by itself.
    """
    groups = followed.focus.drop(columns="group")
    first, last = groups["entered_at"].min(), groups["left_at"].max()
    after = groups["entered_at"] >= first + (last - first) / 2
    groups = groups.assign(group=np.where(after, "after", "before")).astype({"group": "str"})
    curves = incidence(groups, by=BY)
    seen = curves[curves["followed_share"] >= FOLLOWED].groupby(["step", "group"], sort=False)["days"].max().unstack()
    both = seen.reindex(columns=["before", "after"]).dropna()
    days = pd.DataFrame({"step": both.index.astype("str"), "horizon_days": both.min(axis=1).to_numpy(float)})
    return _followed(followed.steps, groups, curves, days, n_draws)


def _followed(
    steps: list[str], groups: pd.DataFrame, curves: pd.DataFrame, limits: pd.DataFrame, n_draws: int
) -> Followed:
    """All of it, with the estimate itself as draw −1: arithmetic on draws treats it as one more sample."""
    sampled = draws(groups, limits, by=BY, n_draws=n_draws)
    if len(sampled):
        itself = _at_horizon(curves, limits)[["estimate", "n"]].reset_index().assign(draw=-1)
        sampled = pd.concat([itself, sampled], ignore_index=True)
    return Followed(steps, groups, curves, limits, sampled)


def _at_horizon(curves: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    days = curves["step"].map(limits.set_index("step")["horizon_days"]).astype(float)
    read = curves[curves["days"] <= days].groupby(list(BY))[["estimate", "low", "high"]].last()
    return read.assign(n=curves.groupby(list(BY))["n"].max())
