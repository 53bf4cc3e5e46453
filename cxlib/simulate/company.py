"""What the client brings besides its customers' traces: competitors, ideas, capabilities, people, tasks, staff pulse."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.draws import Random, score
from cxlib.simulate.plan import STEPS, Plan, benchmarks_onward

COMPETITORS = {"Nidalia": 0.3, "Casa Roble": -0.2}  # both are invented; points of csat against the sector's mean
_SECTOR = {"delivery": 8.0, "planner": 7.6, "quote": 7.4, "assembly": 7.9, "after_sales": 7.3, "checkout": 7.9}
_PUBLISHED = pd.Timestamp("2026-02-15")

_IDEA = (
    "idea_id",
    "label",
    "touchpoint",
    "channel",
    "emotion",
    "action",
    "effect_low",
    "effect_likely",
    "effect_high",
    "cost_once",
    "cost_monthly",
    "capability",
    "requires",
    "excludes",
    "segment",
    "expects_score",
)
_IDEAS = (
    (
        "delivery_slot",
        "Two-hour delivery slot with a message when the van is near",
        "delivery",
        "home",
        "calm",
        "keep the order and buy again",
        0.02,
        0.06,
        0.10,
        9_000,
        350,
        "routing;messages",
        "",
        "",
        "",
        8.0,
    ),
    (
        "delivery_tracking",
        "See the van on a map in the app",
        "delivery",
        "app",
        "control",
        "wait without calling",
        0.00,
        0.02,
        0.04,
        26_000,
        900,
        "routing;app_team",
        "delivery_slot",
        "",
        "",
        7.5,
    ),
    (
        "damage_pledge",
        "Damaged piece replaced within 72 hours, no questions",
        "delivery",
        "phone",
        "trust",
        "tell others",
        0.01,
        0.03,
        0.05,
        9_000,
        1_800,
        "spare_stock",
        "",
        "",
        "",
        8.5,
    ),
    (
        "planner_studio",
        "An hour with a designer in the store, the room drawn with you",
        "planner",
        "store",
        "pride",
        "ask for the quote",
        0.02,
        0.05,
        0.09,
        16_000,
        1_300,
        "designers",
        "",
        "",
        "",
        7.0,
    ),
    (
        "planner_at_home",
        "The designer comes home with samples",
        "planner",
        "home",
        "being cared for",
        "ask for the quote",
        0.03,
        0.06,
        0.10,
        30_000,
        6_500,
        "designers;insurance",
        "planner_studio",
        "",
        "",
        7.5,
    ),
    (
        "quote_24h",
        "A clear quote within 24 hours, with three price levels",
        "quote",
        "web",
        "clarity",
        "say yes",
        0.04,
        0.08,
        0.12,
        18_000,
        1_500,
        "quote_desk",
        "",
        "",
        "",
        7.5,
    ),
    (
        "quote_live",
        "Quote made together on the screen before leaving the store",
        "quote",
        "store",
        "being in charge",
        "say yes",
        0.03,
        0.06,
        0.11,
        41_000,
        1_200,
        "quote_engine",
        "",
        "quote_24h",
        "",
        7.5,
    ),
    (
        "fair_financing",
        "Ten instalments without small print",
        "financing",
        "store",
        "relief",
        "sign today",
        0.00,
        0.02,
        0.04,
        12_000,
        3_800,
        "credit_licence",
        "",
        "",
        "",
        7.0,
    ),
    (
        "first_evening",
        "Assembly the same day, the room ready for the first evening",
        "assembly",
        "home",
        "joy",
        "show it to friends",
        0.01,
        0.03,
        0.06,
        24_000,
        4_200,
        "fitters",
        "delivery_slot",
        "",
        "",
        8.0,
    ),
    (
        "club_room_check",
        "A visit after six months: what would you change now?",
        "club",
        "store",
        "belonging",
        "buy the next room",
        0.02,
        0.04,
        0.07,
        1_500,
        90,
        "designers;customer_data",
        "",
        "",
        "",
        7.0,
    ),
    (
        "review_thanks",
        "Thanks and a photo of the finished room for every review",
        "review_request",
        "web",
        "pride",
        "recommend",
        0.00,
        0.02,
        0.05,
        4_000,
        300,
        "customer_data",
        "",
        "",
        "",
        6.5,
    ),
)

_CAPABILITY = (
    "capability_id",
    "label",
    "kind",
    "available",
    "maturity",
    "cost",
    "owner",
    "ready_on",
    "channel",
    "touchpoint",
)
_CAPABILITIES = (
    ("routing", "Route planning by two-hour slots", "technology", "yes", 3, 0, "P05", "", "home", "delivery"),
    ("messages", "Messages to customers on the day", "technology", "yes", 4, 0, "P06", "", "app", "delivery"),
    (
        "app_team",
        "A team that can change the app each month",
        "people",
        "yes",
        2,
        15_000,
        "P06",
        "2026-10-01",
        "app",
        "",
    ),
    (
        "spare_stock",
        "Stock of spare pieces in each region",
        "process",
        "no",
        1,
        32_000,
        "P05",
        "2026-12-01",
        "",
        "delivery",
    ),
    ("designers", "Interior designers in the ten largest stores", "people", "yes", 4, 0, "P03", "", "store", "planner"),
    (
        "insurance",
        "Liability cover for visits at home",
        "legal",
        "unknown",
        np.nan,
        np.nan,
        "P09",
        "",
        "home",
        "planner",
    ),
    ("quote_desk", "A desk that answers quotes within a day", "process", "yes", 3, 0, "P04", "", "web", "quote"),
    (
        "quote_engine",
        "Price engine on the store's screens",
        "technology",
        "no",
        2,
        28_000,
        "P06",
        "2027-01-15",
        "store",
        "quote",
    ),
    ("credit_licence", "Licence to arrange credit", "legal", "unknown", np.nan, np.nan, "P09", "", "", "financing"),
    (
        "fitters",
        "Fitters bound to the delivery calendar",
        "people",
        "yes",
        3,
        6_000,
        "P05",
        "2026-08-01",
        "home",
        "assembly",
    ),
    ("customer_data", "One record per customer across channels", "data", "yes", 3, 0, "P07", "", "", "club"),
)

_PEOPLE = (
    ("P01", "general manager", "management", 3, "yes"),
    ("P02", "head of customer experience", "customer experience", 14, "yes"),
    ("P03", "head of stores", "stores", 6, "yes"),
    ("P04", "head of online and quotes", "online", 8, "no"),
    ("P05", "head of logistics", "logistics", 9, "yes"),
    ("P06", "head of technology", "technology", 10, "no"),
    ("P07", "data analyst", "customer experience", 15, "yes"),
    ("P08", "training lead", "people", 12, "yes"),
    ("P09", "legal counsel", "legal", 4, "unknown"),
    ("P10", "controller", "finance", 5, "no"),
)

_TASK = (
    "task_id",
    "label",
    "workstream",
    "idea_id",
    "days_low",
    "days_likely",
    "days_high",
    "after",
    "responsible",
    "accountable",
    "consulted",
    "informed",
)
_MEETINGS = {"K05": ("weekly", 45), "K06": ("monthly", 60), "K20": ("once", 120)}
_TASKS = (
    ("K01", "Name the committee and its calendar", "committee", "", 2, 3, 6, "", "P02", "P01", "P10", "P03;P05;P06"),
    ("K02", "Agree what the pilot must show", "committee", "", 2, 4, 8, "K01", "P02;P07", "P01", "P10", "P05"),
    ("K03", "Define metrics, owners and sources", "metrics", "", 3, 5, 9, "K01", "P07", "P02", "P10", "P06"),
    ("K04", "Build the weekly report", "metrics", "", 4, 8, 14, "K03", "P07", "P02", "P06", "P01"),
    ("K05", "Weekly meeting of the pilot", "meetings", "", 1, 2, 3, "K02", "P02", "P01", "P05", "P03;P04"),
    ("K06", "Monthly meeting with the stores", "meetings", "", 1, 2, 4, "K05", "P03", "P02", "P08", "P05"),
    (
        "K07",
        "Describe the delivery day, step by step",
        "processes",
        "delivery_slot",
        4,
        7,
        12,
        "K02",
        "P05",
        "P02",
        "P03",
        "P08",
    ),
    (
        "K08",
        "Agree slots with the carriers",
        "processes",
        "delivery_slot",
        5,
        10,
        25,
        "K07",
        "P05",
        "P02",
        "P09",
        "P10",
    ),
    ("K09", "Plan routes by slot", "technology", "delivery_slot", 8, 14, 30, "K07", "P06", "P02", "P05", "P07"),
    ("K10", "Message when the van is near", "technology", "delivery_slot", 5, 8, 15, "K09", "P06", "P02", "P05", "P08"),
    ("K11", "Train drivers and call centre", "training", "delivery_slot", 4, 6, 10, "K07", "P08", "P02", "P05", "P03"),
    (
        "K12",
        "Rehearse ten deliveries",
        "processes",
        "delivery_slot",
        3,
        5,
        9,
        "K08;K10;K11",
        "P05",
        "P02",
        "P08",
        "P07",
    ),
    ("K13", "Draw the room studio", "processes", "planner_studio", 5, 8, 14, "K02", "P03", "P02", "P08", "P10"),
    ("K14", "Train the designers", "training", "planner_studio", 5, 9, 15, "K13", "P08", "P02", "P03", "P07"),
    (
        "K15",
        "Appointments for the studio",
        "technology",
        "planner_studio",
        6,
        10,
        20,
        "K13",
        "P06",
        "P02",
        "P03",
        "P04",
    ),
    ("K16", "Three price levels for the quote", "processes", "quote_24h", 4, 6, 12, "K02", "P04", "P02", "P10", "P03"),
    ("K17", "Quote desk: who answers when", "processes", "quote_24h", 3, 5, 9, "K16", "P04", "P02", "P03", "P08"),
    ("K18", "Train the quote desk", "training", "quote_24h", 2, 4, 7, "K17", "P08", "P02", "P04", "P07"),
    ("K19", "Measure time to quote", "metrics", "quote_24h", 2, 4, 8, "K03;K17", "P07", "P02", "P04", "P10"),
    (
        "K20",
        "Dress rehearsal with the committee",
        "committee",
        "",
        1,
        2,
        3,
        "K04;K06;K12;K14;K15;K18;K19",
        "P02",
        "P01",
        "P05",
        "P10",
    ),
)

DEPARTMENTS = {"stores": 22, "logistics": 14, "online": 9, "customer experience": 6, "technology": 7, "finance": 3}
_PULSE_MEANS = {"objective": (6.1, 7.2), "role": (6.8, 7.3), "method": (5.2, 6.9), "pride": (7.6, 7.8)}
PULSE_ON = (pd.Timestamp("2026-01-20"), pd.Timestamp("2026-06-16"))


def draw_benchmarks(sizes: Plan) -> pd.DataFrame:
    """Figures of two invented competitors and of their sector."""
    rows: list[tuple[object, ...]] = []
    for name, better in COMPETITORS.items():
        for touchpoint, mean in _SECTOR.items():
            rows.append((name, "csat", touchpoint, "", round(mean + better, 1), 400, "Hogar panel 2026", _PUBLISHED))
        rows.append((name, "overall", "", "", round(7.4 + better, 1), 900, "Hogar panel 2026", _PUBLISHED))
        rows.append((name, "nps", "", "", round(14 + 40 * better), 900, "Hogar panel 2026", _PUBLISHED))
    for step, share in zip(STEPS, benchmarks_onward(sizes), strict=False):
        rows.append(("Sector", "conversion", "", step, share, np.nan, "Retail yearbook 2025", _PUBLISHED))
    columns = ["name", "metric", "touchpoint", "step", "value", "n", "source", "on"]
    return _typed(pd.DataFrame(rows, columns=columns), ("value", "n"), ("on",))


def ideas() -> pd.DataFrame:
    """The ideas on the table, linked by what they require and exclude."""
    numbers = ("effect_low", "effect_likely", "effect_high", "cost_once", "cost_monthly", "expects_score", "met_share")
    table = pd.DataFrame(_IDEAS, columns=list(_IDEA))
    offered = table["idea_id"].map({"delivery_slot": 1.0})  # everybody drawn is offered the slot, on the first day
    return _typed(table.assign(met_share=offered), numbers)


def capabilities() -> pd.DataFrame:
    """What the company can do today, not yet, or does not know whether."""
    return _typed(pd.DataFrame(_CAPABILITIES, columns=list(_CAPABILITY)), ("maturity", "cost"), ("ready_on",))


def people() -> pd.DataFrame:
    """Who can work on it, by neutral code."""
    names = ["person_id", "role", "department", "capacity_days", "trained"]
    return _typed(pd.DataFrame(_PEOPLE, columns=names), ("capacity_days",))


def tasks() -> pd.DataFrame:
    """Twenty tasks without a cycle."""
    table = pd.DataFrame(_TASKS, columns=list(_TASK))
    table["repeats"] = [_MEETINGS.get(task, ("", 0))[0] for task in table["task_id"]]
    table["minutes"] = [_MEETINGS.get(task, ("", np.nan))[1] for task in table["task_id"]]
    return _typed(table, ("days_low", "days_likely", "days_high", "minutes"))


def draw_pulse(random: Random) -> pd.DataFrame:
    """Two waves of the staff survey; one in six does not answer."""
    staff = [(f"S{n + 1:03d}", name) for n, name in enumerate(np.repeat(list(DEPARTMENTS), list(DEPARTMENTS.values())))]
    rows = []
    for wave, day in enumerate(PULSE_ON):
        answering = random.random(len(staff)) < 0.84
        for question, means in _PULSE_MEANS.items():
            scores = score(random.normal(means[wave], 1.7, len(staff)))
            rows += [
                (who, day, where, question, given)
                for (who, where), given, yes in zip(staff, scores, answering, strict=True)
                if yes
            ]
    columns = ["staff_id", "on", "department", "question", "score"]
    return _typed(pd.DataFrame(rows, columns=columns), ("score",), ("on",))


def _typed(table: pd.DataFrame, numbers: tuple[str, ...], days: tuple[str, ...] = ()) -> pd.DataFrame:
    """The table with the dtypes of its contract; blank texts are missing."""
    kinds = dict.fromkeys(numbers, "float64") | dict.fromkeys(days, "datetime64[us]")
    texts = [name for name in table.columns if name not in kinds]
    table = table.assign(**{name: pd.to_datetime(table[name].replace("", None)) for name in days})
    table = table.assign(**{name: table[name].replace("", None) for name in texts})
    return table.astype(kinds | dict.fromkeys(texts, "str"))
