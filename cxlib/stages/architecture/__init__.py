"""Stage 4, architecture: where and when should experiences be?"""

from cxlib.journeys.corridor import corridor
from cxlib.journeys.incidence import incidence, windows
from cxlib.journeys.passages import passages
from cxlib.stages.architecture import pictures, pictures_ratings, says, says_ratings, shown
from cxlib.stages.architecture.asymmetry import asymmetry, bands
from cxlib.stages.architecture.boxes import WIDEST_SHARE, both_boxes, box_share, box_width, ranked
from cxlib.stages.architecture.dissatisfaction import key_failures
from cxlib.stages.architecture.dominance import dominance
from cxlib.stages.architecture.drivers import driver_draws, drivers, explained, model_draws, overlap
from cxlib.stages.architecture.moments import along_the_funnel, moments, places, strongest_link, touchpoint_table
from cxlib.stages.architecture.next_step import met_passages, next_step, when_met
from cxlib.stages.architecture.peak_end import lived_series, peak_end
from cxlib.stages.architecture.priorities import disagreement, priorities
from cxlib.stages.architecture.ratings import (
    outcome_question,
    rated_touchpoints,
    rating_question,
    ratings,
    score_table,
    stated_importance,
    touchpoints_to_measure,
    whom_to_measure,
)
from cxlib.statistics.scores import neighbours, nps

__all__ = [  # in the order of the notebook
    "corridor",
    "places",
    "touchpoints_to_measure",
    "whom_to_measure",
    "ratings",
    "outcome_question",
    "rated_touchpoints",
    "driver_draws",
    "explained",
    "drivers",
    "asymmetry",
    "score_table",
    "priorities",
    "stated_importance",
    "passages",
    "met_passages",
    "windows",
    "incidence",
    "next_step",
    "touchpoint_table",
    "strongest_link",
    "when_met",
    "moments",
    "says",
    "rating_question",
    "both_boxes",
    "box_share",
    "ranked",
    "WIDEST_SHARE",
    "nps",
    "neighbours",
    "box_width",
    "shown",
    "says_ratings",
    "pictures_ratings",
    "model_draws",
    "dominance",
    "peak_end",
    "lived_series",
    "pictures",
    "overlap",
    "bands",
    "key_failures",
    "disagreement",
    "along_the_funnel",
]
