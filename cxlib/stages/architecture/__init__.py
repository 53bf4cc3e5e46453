"""Stage 4, architecture: where and when should experiences be?"""

from cxlib.journeys.corridor import corridor
from cxlib.journeys.passages import passages
from cxlib.stages.architecture import pictures, says, says_drivers, says_touchpoints, shown
from cxlib.stages.architecture.asymmetry import asymmetry
from cxlib.stages.architecture.boxes import league, recommendation
from cxlib.stages.architecture.dissatisfaction import failures
from cxlib.stages.architecture.dominance import dominance
from cxlib.stages.architecture.drivers import model_draws, overlap, split
from cxlib.stages.architecture.moments import along_the_funnel, as_decided, moments, places, touchpoint_table
from cxlib.stages.architecture.next_step import met_passages, next_step
from cxlib.stages.architecture.peak_end import lived_series, peak_end
from cxlib.stages.architecture.priorities import disagreement, priorities
from cxlib.stages.architecture.ratings import judged, outcome_question, rating_question, score_table, stated_importance
from cxlib.statistics.current import current
from cxlib.statistics.scores import neighbours

__all__ = [  # in the order of the notebook
    "corridor",
    "places",
    "judged",
    "outcome_question",
    "split",
    "asymmetry",
    "score_table",
    "priorities",
    "stated_importance",
    "met_passages",
    "passages",
    "next_step",
    "touchpoint_table",
    "moments",
    "says",
    "as_decided",
    "rating_question",
    "current",
    "league",
    "recommendation",
    "neighbours",
    "shown",
    "says_touchpoints",
    "pictures",
    "model_draws",
    "dominance",
    "peak_end",
    "lived_series",
    "says_drivers",
    "overlap",
    "failures",
    "disagreement",
    "along_the_funnel",
]
