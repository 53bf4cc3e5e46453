"""Stage 2, target segment: for whom do we design?"""

from cxlib.stages.target_segment import pictures, says, says_checks, says_value, shown
from cxlib.stages.target_segment.checks import other_method, segment_stability
from cxlib.stages.target_segment.latent_classes import items, latent_classes
from cxlib.stages.target_segment.lifetime_value import (
    by_contract,
    by_model,
    by_multiple,
    by_rate,
    checks,
    contract_checks,
    ladder,
    margin_share,
    nothing,
)
from cxlib.stages.target_segment.placing import accuracy, rules
from cxlib.stages.target_segment.profiles import profile, traits
from cxlib.stages.target_segment.repeat_buying import buying_model, expected_purchases, histories, holdout
from cxlib.stages.target_segment.retention import (
    constant_retention,
    periods_ahead,
    renewal_holdout,
    retention_model,
    tenures,
)
from cxlib.stages.target_segment.scorecard import (
    people,
    rank_acceptability,
    ranking,
    scorecard,
    sizes,
    with_fit,
    with_need,
)
from cxlib.stages.target_segment.segments import attributes, choose_n_segments, features, members, scaled, stability
from cxlib.stages.target_segment.spending import expected_spend, frequency_spend, spending_model

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
    "pictures",
    "scaled",
    "segment_stability",
    "other_method",
    "items",
    "attributes",
    "latent_classes",
    "says_checks",
    "profile",
    "traits",
    "rules",
    "accuracy",
    "histories",
    "buying_model",
    "spending_model",
    "holdout",
    "checks",
    "frequency_spend",
    "tenures",
    "retention_model",
    "constant_retention",
    "renewal_holdout",
    "contract_checks",
    "ladder",
    "margin_share",
    "expected_purchases",
    "expected_spend",
    "periods_ahead",
    "by_model",
    "by_rate",
    "by_contract",
    "by_multiple",
    "nothing",
    "says_value",
    "rank_acceptability",
]
