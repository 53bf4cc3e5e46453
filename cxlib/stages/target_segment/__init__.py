"""Stage 2, target segment: for whom do we design?"""

from cxlib.stages.target_segment import pictures, says, says_segments, says_value, shown
from cxlib.stages.target_segment.behaviour import features
from cxlib.stages.target_segment.checks import other_method, segment_stability
from cxlib.stages.target_segment.entry import entry_traits
from cxlib.stages.target_segment.latent_classes import latent_classes
from cxlib.stages.target_segment.lifetime_value import Horizon, contract_value_ahead, value_ahead
from cxlib.stages.target_segment.placing import accuracy, rules
from cxlib.stages.target_segment.profiles import profile, traits
from cxlib.stages.target_segment.scorecard import (
    people,
    rank_acceptability,
    ranking,
    scorecard,
    sizes,
    with_fit,
    with_need,
)
from cxlib.stages.target_segment.segments import choose_n_segments, members, stability, with_ground

__all__ = [  # in the order of the notebook
    "features",
    "stability",
    "choose_n_segments",
    "members",
    "shown",
    "people",
    "with_fit",
    "with_need",
    "scorecard",
    "sizes",
    "ranking",
    "says",
    "says_segments",
    "pictures",
    "segment_stability",
    "other_method",
    "latent_classes",
    "profile",
    "traits",
    "rules",
    "accuracy",
    "entry_traits",
    "Horizon",
    "contract_value_ahead",
    "value_ahead",
    "says_value",
    "rank_acceptability",
    "with_ground",
]
