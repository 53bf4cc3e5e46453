"""Stage 9, measurement: did it work, for the business and for satisfaction?"""

from cxlib.stages.measurement import pictures, says, says_designs, shown
from cxlib.stages.measurement.effect import before_after, difference_in_differences, differences, one_series
from cxlib.stages.measurement.ladder import ladder, strongest
from cxlib.stages.measurement.looks import always_valid, bounds
from cxlib.stages.measurement.realised import kept_promise, realised
from cxlib.stages.measurement.sample_ratio import sample_ratio
from cxlib.stages.measurement.sites import cluster_of, drawn_by_site, site_differences
from cxlib.stages.measurement.staggered import as_effect, event_study, launches, pre_trend
from cxlib.stages.measurement.trial import arms, assigned, outcomes, panel, plan, satisfaction, touchpoint_of
from cxlib.stages.measurement.verdicts import family, guardrails, verdict
from cxlib.stages.measurement.waves import halves, moved, pairs, wave_changes
from cxlib.statistics.intervals import detectable_of
from cxlib.statistics.periods import money_series
from cxlib.statistics.scores import nps_counts, nps_difference, nps_paired

__all__ = [  # in the order of the notebook
    "plan",
    "touchpoint_of",
    "assigned",
    "outcomes",
    "satisfaction",
    "arms",
    "drawn_by_site",
    "sample_ratio",
    "money_series",
    "ladder",
    "panel",
    "launches",
    "event_study",
    "site_differences",
    "differences",
    "cluster_of",
    "as_effect",
    "difference_in_differences",
    "one_series",
    "strongest",
    "family",
    "always_valid",
    "detectable_of",
    "moved",
    "wave_changes",
    "pairs",
    "before_after",
    "nps_paired",
    "halves",
    "nps_difference",
    "nps_counts",
    "guardrails",
    "verdict",
    "realised",
    "says",
    "shown",
    "says_designs",
    "pictures",
    "pre_trend",
    "kept_promise",
    "bounds",
]
