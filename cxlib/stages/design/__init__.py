"""Stage 7, design: which linked experiences, at what return?"""

from cxlib.journeys.paths import with_steps
from cxlib.journeys.population import of_segment
from cxlib.show import grids, maps
from cxlib.show.bridge import bridge
from cxlib.stages.design import pictures, says, says_pilot, says_value, shown
from cxlib.stages.design.business_case import case_of, cases, fan, values
from cxlib.stages.design.captured import captured
from cxlib.stages.design.gates import gates, inherit
from cxlib.stages.design.journey import journey
from cxlib.stages.design.journey_cells import graded_share, journey_cells
from cxlib.stages.design.kano import kano
from cxlib.stages.design.personalisation import personalisation
from cxlib.stages.design.portfolio import coverage, taken, why_not
from cxlib.stages.design.promise import promises
from cxlib.stages.design.reach import by_channel, channel_room, reach
from cxlib.stages.design.registration import Grounds, registration, unit_worth, window_of
from cxlib.stages.design.risk import best, contenders, information, portfolios
from cxlib.stages.design.step_worth import step_worth
from cxlib.stages.design.terms import terms
from cxlib.stages.design.tornado import tornado

__all__ = [  # in the order of the notebook
    "inherit",
    "gates",
    "with_steps",
    "of_segment",
    "channel_room",
    "reach",
    "by_channel",
    "step_worth",
    "terms",
    "values",
    "cases",
    "portfolios",
    "best",
    "taken",
    "case_of",
    "journey",
    "coverage",
    "journey_cells",
    "window_of",
    "unit_worth",
    "Grounds",
    "registration",
    "contenders",
    "says_value",
    "says",
    "shown",
    "kano",
    "pictures",
    "fan",
    "tornado",
    "captured",
    "information",
    "bridge",
    "promises",
    "maps",
    "grids",
    "graded_share",
    "personalisation",
    "says_pilot",
    "why_not",
]
