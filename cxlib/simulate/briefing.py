"""The brief of the synthetic client: `engagement.yaml` as a consultant would write it."""

from __future__ import annotations

from typing import Any

from cxlib.simulate.company import DEPARTMENTS
from cxlib.simulate.plan import AS_OF, START, STEPS, TOUCHPOINTS, Plan, benchmarks_onward, read_yaml

FIXED = read_yaml("brief")
COMMENTS: dict[str, str] = FIXED["comments"]


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
        "channels": FIXED["channels"],
        "objective": FIXED["objective"],
        "brand": FIXED["brand"],
        "scales": {question: [0, 10] for question in ("overall", "csat", "ces", "importance", "expectation", "memory")},
        "thresholds": {
            "minimum_cell": 5,
            "minimum_quotes": 8,
            "minimum_stage_n": 100,
            "p_worst": 0.8,
        },
        "staff": dict(DEPARTMENTS),
        "judgement": FIXED["judgement"],
        "tables": read_yaml("tables"),
    }


def _funnel(sizes: Plan) -> list[dict[str, Any]]:
    benchmark = {
        step: {"benchmark": share} for step, share in zip(STEPS, benchmarks_onward(sizes), strict=False)
    }  # the last step leads nowhere
    return [{"step": step, **FIXED["steps"][step], **benchmark.get(step, {})} for step in STEPS]


def _touchpoints() -> dict[str, Any]:
    entries = {one.key: {"label": one.label, "step": STEPS[one.step]} for one in TOUCHPOINTS}
    return entries | {"review_request": {**entries["review_request"], "controlled": False}}
