"""What is planted in a synthetic client: every number that the data are drawn from has its home here.

A planted client has four groups of customers and the effects named in `truth.yaml`. A null client has one group,
no stall, no effect of any touchpoint, no lift and no shift: whatever a method declares there, it declares wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

DATA = Path(__file__).parent / "data"
START = pd.Timestamp("2024-07-01")
AS_OF = pd.Timestamp("2026-06-30")
PILOT_ON, SHIFT_ON = pd.Timestamp("2026-03-01"), pd.Timestamp("2026-04-06")
N_DAYS = (AS_OF - START).days + 1
WARM_DAYS = 365  # life before the first day, so that the money and the ratings do not start from nothing

STEPS = ("discovery", "interest", "consideration", "purchase", "service", "loyalty", "recommendation")
CHANNELS = ("store", "web", "app", "phone", "home")
CONSIDERATION, PURCHASE, SERVICE, LOYALTY = 2, 3, 4, 5

# Share of a step that goes on to the next one, and the days it takes (median, sigma of the logarithm).
ONWARD = (0.85, 0.80, 0.55, 0.95, 0.47, 0.30)
DELAYS = ((4.0, 0.8), (8.0, 0.8), (16.0, 0.9), (6.0, 0.6), (60.0, 0.8), (20.0, 0.8))
# The published benchmark lies a little above most steps, as benchmarks do, and far above the stalled one.
BENCHMARK_MARGIN = (0.01, 0.01, 0.0, 0.0, 0.01, 0.01)

# month → relative demand: furniture sells before Christmas and after the summer, little in August.
SEASON = (1.05, 0.92, 1.00, 1.02, 1.00, 0.92, 0.90, 0.72, 1.08, 1.06, 1.20, 1.13)
TREND_SHARE = 0.05  # growth of demand a year


@dataclass(frozen=True)
class Group:
    """A latent group of customers, as `data/groups.yaml` describes it."""

    key: str
    share: float
    n_journeys: float
    walk_ins: float
    basket_money: float
    onward: float
    visits: float
    channels: list[float]
    households: dict[str, float]
    ages: dict[str, float]


@dataclass(frozen=True)
class Plan:
    """One client to be: its groups and the size of every planted effect (zero in a null client)."""

    planted: bool
    groups: tuple[Group, ...]
    target: str
    store_logit: float = 0.0  # a consideration that passes through a store goes on more often
    quote_logit: float = 0.0  # a rating point of the quote, on the logit of going on to purchase
    delivery_penalty: float = 0.0  # points of overall satisfaction lost per rating point under 6.5
    planner_reward: float = 0.0  # points of overall satisfaction won per rating point over 8
    small_effect: float = 0.0  # every other touchpoint, per rating point
    lift_share: float = 0.0  # purchase share within the pilot's 60 days
    lift_overall: float = 0.0  # overall satisfaction of the pilot arm, points
    bad_delivery: float = 0.25
    bad_delivery_pilot: float = 0.25
    bad_delivery_shift: float = 0.25
    leaving_share: float = 0.02  # of the customers, over the 24 months
    pilot_on: pd.Timestamp = PILOT_ON
    pilot_days: int = 60
    shift_on: pd.Timestamp = SHIFT_ON


def read_yaml(name: str) -> Any:
    """The content of a YAML file of `data/`."""
    return yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))


def read_table(name: str) -> pd.DataFrame:
    """The rows of a CSV file of `data/`."""
    return pd.read_csv(DATA / f"{name}.csv")


def _groups(kind: str) -> tuple[Group, ...]:
    return tuple(Group(key, **about) for key, about in read_yaml("groups")[kind].items())


def plan(planted: bool) -> Plan:
    """The sizes of the planted effects, or the null client."""
    if not planted:
        return Plan(planted=False, groups=_groups("nothing"), target="")
    return Plan(
        planted=True,
        groups=_groups("planted"),
        target="renovators",
        store_logit=1.0,
        quote_logit=0.40,
        delivery_penalty=0.85,
        planner_reward=1.1,
        small_effect=0.03,
        lift_share=0.12,
        lift_overall=0.7,
        bad_delivery_pilot=0.15,
        bad_delivery_shift=0.55,
        leaving_share=0.14,
    )


@dataclass(frozen=True)
class Touchpoint:
    """Where customer and company meet: its step, how often it is met there, in which channels, how it is rated."""

    key: str
    label: str
    step: int
    met: float
    channels: list[float]
    answered: float  # share of the contacts that answer the short survey after it
    mean: float


def _touchpoint(row: dict[Any, Any]) -> Touchpoint:
    return Touchpoint(channels=[row.pop(channel) for channel in CHANNELS], **row)


TOUCHPOINTS = tuple(_touchpoint(row) for row in read_table("touchpoints").to_dict("records"))


def benchmarks_onward(sizes: Plan) -> tuple[float, ...]:
    """The benchmark of every step's onward share; in a null client exactly what the client itself does."""
    if not sizes.planted:
        return ONWARD
    return tuple(round(share + margin, 3) for share, margin in zip(ONWARD, BENCHMARK_MARGIN, strict=True))
