"""Stage 9, measurement: did it work, for the business and for satisfaction?"""

from cxlib.show.bridge import bridge
from cxlib.stages.measurement import pictures, says, says_change, says_exposure, says_scaled, shown
from cxlib.stages.measurement.effect import differences, stacked
from cxlib.stages.measurement.exposure import carried, effect_on_met, exposed, meetings
from cxlib.stages.measurement.ladder import by_lot, effects, gather
from cxlib.stages.measurement.looks import always_valid, bounds
from cxlib.stages.measurement.realised import realised
from cxlib.stages.measurement.scaled import scaled
from cxlib.stages.measurement.staggered import event_study, pre_trend
from cxlib.stages.measurement.trial import arms, assigned, plan, satisfaction
from cxlib.stages.measurement.verdicts import family, guardrails, verdict
from cxlib.stages.measurement.waves import nps_change, same_people, wave_changes
from cxlib.statistics.sample_ratio import sample_ratio

__all__ = [  # in the order of the notebook
    "plan",
    "assigned",
    "gather",
    "arms",
    "sample_ratio",
    "satisfaction",
    "by_lot",
    "family",
    "effects",
    "differences",
    "always_valid",
    "event_study",
    "meetings",
    "effect_on_met",
    "carried",
    "wave_changes",
    "nps_change",
    "same_people",
    "guardrails",
    "verdict",
    "says",
    "realised",
    "scaled",
    "shown",
    "stacked",
    "exposed",
    "pictures",
    "says_exposure",
    "says_change",
    "pre_trend",
    "says_scaled",
    "bridge",
    "bounds",
]
