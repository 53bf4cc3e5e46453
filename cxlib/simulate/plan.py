"""What is planted in a synthetic client: every number that the data are drawn from has its home here.

A planted client has four groups of customers and the effects named in `truth.yaml`. A null client has one group,
no stall, no effect of any touchpoint, no lift and no shift: whatever a method declares there, it declares wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

START = pd.Timestamp("2024-07-01")
AS_OF = pd.Timestamp("2026-06-30")
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
    """A latent group of customers; the methods never see it."""

    key: str
    share: float
    n_journeys: float  # purchase projects started in the 24 months, on average, beyond the first
    walk_ins: float  # purchases a year at the till, outside any recorded journey
    basket_money: float
    onward: float  # consideration → purchase
    visits: float  # multiplies the number of touchpoints met within a step
    channels: tuple[float, ...]  # preference for each of CHANNELS
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
    pilot_on: pd.Timestamp = field(default=pd.Timestamp("2026-03-01"))
    pilot_days: int = 60
    shift_on: pd.Timestamp = field(default=pd.Timestamp("2026-04-06"))


_FAMILY = {"family": 0.78, "couple": 0.16, "single": 0.06}
_MIXED = {"family": 0.22, "couple": 0.38, "single": 0.40}
_YOUNG = {"18-29": 0.35, "30-44": 0.40, "45-59": 0.20, "60+": 0.05}
_MIDDLE = {"18-29": 0.05, "30-44": 0.55, "45-59": 0.33, "60+": 0.07}
_OLDER = {"18-29": 0.02, "30-44": 0.10, "45-59": 0.33, "60+": 0.55}

GROUPS = (
    Group("renovators", 0.28, 2.8, 0.4, 900.0, 0.36, 1.4, (0.64, 0.16, 0.08, 0.04, 0.08), _FAMILY, _MIDDLE),
    Group("decorators", 0.28, 1.8, 2.6, 95.0, 0.48, 0.8, (0.05, 0.25, 0.66, 0.02, 0.02), _MIXED, _YOUNG),
    Group("homebodies", 0.18, 1.3, 0.5, 300.0, 0.47, 1.0, (0.05, 0.05, 0.01, 0.55, 0.34), _MIXED, _OLDER),
    Group("occasional", 0.26, 0.1, 0.1, 70.0, 0.46, 0.6, (0.26, 0.68, 0.03, 0.02, 0.01), _MIXED, _YOUNG),
)
_EVERYONE = Group("everyone", 1.0, 1.6, 1.0, 300.0, 0.55, 1.0, (0.34, 0.30, 0.18, 0.11, 0.07), _MIXED, _MIDDLE)


def plan(planted: bool) -> Plan:
    """The sizes of the planted effects, or the null client."""
    if not planted:
        return Plan(planted=False, groups=(_EVERYONE,), target="")
    return Plan(
        planted=True,
        groups=GROUPS,
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
    step: int
    met: float
    channels: tuple[float, ...]
    answered: float  # share of the contacts that answer the short survey after it
    mean: float = 7.6
    label: str = ""


TOUCHPOINTS = (
    Touchpoint("advertising", 0, 0.75, (0.05, 0.45, 0.35, 0.0, 0.15), 0.04, 6.8, "Advertising"),
    Touchpoint("store_window", 0, 0.40, (1.0, 0.0, 0.0, 0.0, 0.0), 0.04, 7.2, "Shop window"),
    Touchpoint("catalogue", 1, 0.60, (0.25, 0.35, 0.20, 0.05, 0.15), 0.06, 7.4, "Catalogue"),
    Touchpoint("inspiration", 1, 0.50, (0.10, 0.50, 0.40, 0.0, 0.0), 0.06, 7.7, "Inspiration pages"),
    Touchpoint("planner", 2, 0.40, (0.45, 0.25, 0.10, 0.05, 0.15), 0.72, 7.9, "Room planner"),
    Touchpoint("store_visit", 2, 0.20, (1.0, 0.0, 0.0, 0.0, 0.0), 0.25, 7.6, "Store visit"),
    Touchpoint("phone_advice", 2, 0.22, (0.0, 0.0, 0.0, 1.0, 0.0), 0.30, 7.3, "Advice by phone"),
    Touchpoint("quote", 2, 0.55, (0.30, 0.35, 0.15, 0.20, 0.0), 0.65, 6.9, "Quote"),
    Touchpoint("checkout", 3, 1.0, (0.40, 0.35, 0.20, 0.05, 0.0), 0.30, 7.9, "Checkout"),
    Touchpoint("financing", 3, 0.20, (0.55, 0.30, 0.05, 0.10, 0.0), 0.35, 7.2, "Financing"),
    Touchpoint("delivery", 4, 1.0, (0.0, 0.0, 0.12, 0.0, 0.88), 0.85, 7.1, "Delivery"),
    Touchpoint("assembly", 4, 0.40, (0.0, 0.0, 0.0, 0.0, 1.0), 0.45, 7.8, "Assembly"),
    Touchpoint("after_sales", 4, 0.25, (0.15, 0.20, 0.15, 0.50, 0.0), 0.45, 7.0, "After-sales service"),
    Touchpoint("club", 5, 1.0, (0.35, 0.25, 0.40, 0.0, 0.0), 0.25, 7.7, "Customer club"),
    Touchpoint("review_request", 6, 1.0, (0.0, 0.60, 0.40, 0.0, 0.0), 0.10, 7.0, "Request for a review"),
)


def benchmarks_onward(sizes: Plan) -> tuple[float, ...]:
    """The benchmark of every step's onward share; in a null client exactly what the client itself does."""
    if not sizes.planted:
        return ONWARD
    return tuple(round(share + margin, 3) for share, margin in zip(ONWARD, BENCHMARK_MARGIN, strict=True))
