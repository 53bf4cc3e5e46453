"""The brief of the synthetic client: `engagement.yaml` as a consultant would write it."""

from __future__ import annotations

from typing import Any

from cxlib.simulate.company import DEPARTMENTS
from cxlib.simulate.formats import FORMATS
from cxlib.simulate.plan import AS_OF, START, STEPS, TOUCHPOINTS, Plan, benchmarks_onward

STEP_LABELS = {
    "discovery": ("Discovery", "before"),
    "interest": ("Interest", "before"),
    "consideration": ("Consideration", "before"),
    "purchase": ("Purchase", "during"),
    "service": ("Service", "during"),
    "loyalty": ("Loyalty", "after"),
    "recommendation": ("Recommendation", "after"),
}
CHANNEL_FACTS = {  # label, contacts a month it can carry, cost a month to keep it in the programme
    "store": ("Store", 9_000, 4_200),
    "web": ("Web", 60_000, 1_600),
    "app": ("App", 40_000, 1_900),
    "phone": ("Phone", 3_500, 2_600),
    "home": ("At home", 2_400, 5_400),
}
EMOTIONS = {"planner": "excitement", "quote": "clarity", "delivery": "calm", "assembly": "joy", "club": "belonging"}
COMMENTS = {
    "company": "Hogar Claro is invented. Made by `python -m cxlib.simulate`; see README.md and truth.yaml beside this file.",
    "funnel": "The company's steps in order; benchmark = share of those at the step who should go on to the next one.",
    "touchpoints": "Where customer and company meet, and the step it belongs to. Reviews elsewhere are not in our hands.",
    "channels": "capacity: contacts a month; cost_month: what keeping the channel in the programme costs.",
    "objective": "What the client asks for. Stage 1 decides; nothing here is decided yet.",
    "brand": "How well each kind of household fits what the brand stands for, from 0 to 1.",
    "scales": "Lowest and highest score of each question; NPS is always 0 to 10.",
    "thresholds": "From which n on something may be said, and below which nothing may be shown.",
    "judgement": "What people judged because no table can show it.",
    "tables": "Which file holds which table, and how the client writes it.",
}


def brief_of(sizes: Plan) -> dict[str, Any]:
    """The content of engagement.yaml, in the order in which it is written."""
    return {
        "company": "Hogar Claro",
        "currency": "EUR",
        "lang": "en",
        "locale": "en_IE",
        "as_of": AS_OF.date(),
        "period": {"start": START.date(), "end": AS_OF.date(), "unit": "month"},
        "funnel": _funnel(sizes),
        "touchpoints": _touchpoints(),
        "channels": _channels(),
        "objective": {
            "candidates": ["turnover", "gross_margin", "commercial_cost", "operating_cost"],
            "objective": "gross_margin",
            "target_growth": 0.08,
            "deadline": AS_OF.replace(year=AS_OF.year + 1).date(),
            "horizon_months": 24,
            "budget": 120_000,
            "discount_rate": 0.08,
            "confidence": 0.8,
        },
        "brand": {
            "attributes": ["warm", "reliable", "made for family life"],
            "fit": {"household": {"family": 0.9, "couple": 0.6, "single": 0.4}},
        },
        "scales": {question: [0, 10] for question in ("overall", "csat", "ces", "importance", "expectation", "memory")},
        "thresholds": {
            "minimum_cell": 5,
            "minimum_quotes": 8,
            "minimum_stage_n": 100,
            "p_worst": 0.8,
        },
        "staff": dict(DEPARTMENTS),
        "judgement": {"emotions": dict(EMOTIONS)},
        "tables": {name: form.source for name, form in FORMATS.items()},
    }


def _funnel(sizes: Plan) -> list[dict[str, Any]]:
    benchmark = dict(zip(STEPS, benchmarks_onward(sizes), strict=False))
    steps = []
    for step in STEPS:
        label, phase = STEP_LABELS[step]
        entry: dict[str, Any] = {"step": step, "label": label, "phase": phase}
        steps.append(entry | ({"benchmark": benchmark[step]} if step in benchmark else {}))
    return steps


def _touchpoints() -> dict[str, Any]:
    entries = {one.key: {"label": one.label, "step": STEPS[one.step]} for one in TOUCHPOINTS}
    return entries | {"review_request": {**entries["review_request"], "controlled": False}}


def _channels() -> dict[str, Any]:
    return {
        key: {"label": label, "capacity": capacity, "cost_month": cost}
        for key, (label, capacity, cost) in CHANNEL_FACTS.items()
    }
