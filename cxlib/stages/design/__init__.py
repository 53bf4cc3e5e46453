"""Stage 7, design: which linked experiences, at what return?"""

from cxlib.journeys.paths import with_steps
from cxlib.journeys.population import of_segment
from cxlib.show import grids, maps
from cxlib.stages.design import pictures, says, says_customers, says_risk, shown
from cxlib.stages.design.business_case import (
    best,
    cases,
    evaluate,
    fan,
    futures,
    payback,
    promised,
    scenarios,
    simulate,
    summary,
    values,
)
from cxlib.stages.design.gates import gates, inherit
from cxlib.stages.design.information_value import perfect_information, winners
from cxlib.stages.design.journey import context_of, evidence_of, insights_of, journey, lived, steps_of
from cxlib.stages.design.journey_cells import expected_at_steps, graded_share, journey_cells, met_both_ways
from cxlib.stages.design.kano import kano
from cxlib.stages.design.personalisation import group_effects, interactions, pilot_outcomes
from cxlib.stages.design.portfolio import coverage, options, why_not
from cxlib.stages.design.promise import promise
from cxlib.stages.design.registration import (
    declared_exposure,
    exposure,
    launch_of,
    register,
    rulers,
    sharpest,
    unit_worth,
    with_effects,
)
from cxlib.stages.design.step_worth import reach, step_worth
from cxlib.stages.design.terms import apart, terms
from cxlib.stages.design.tornado import tornado
from cxlib.stages.information_search.expectations import on_ten
from cxlib.statistics.power import pilot_size
from cxlib.statistics.randomisation import eligible

__all__ = [  # in the order of the notebook
    "inherit",
    "gates",
    "step_worth",
    "terms",
    "values",
    "cases",
    "scenarios",
    "options",
    "evaluate",
    "futures",
    "winners",
    "best",
    "says",
    "summary",
    "simulate",
    "payback",
    "of_segment",
    "on_ten",
    "promise",
    "context_of",
    "lived",
    "journey",
    "steps_of",
    "coverage",
    "with_steps",
    "insights_of",
    "evidence_of",
    "met_both_ways",
    "expected_at_steps",
    "journey_cells",
    "shown",
    "kano",
    "says_customers",
    "pictures",
    "says_risk",
    "fan",
    "tornado",
    "apart",
    "perfect_information",
    "maps",
    "grids",
    "graded_share",
    "pilot_outcomes",
    "interactions",
    "group_effects",
    "eligible",
    "unit_worth",
    "launch_of",
    "exposure",
    "declared_exposure",
    "rulers",
    "promised",
    "reach",
    "with_effects",
    "pilot_size",
    "sharpest",
    "register",
    "why_not",
]
