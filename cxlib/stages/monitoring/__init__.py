"""Stage 10, monitoring: are we still on course?"""

from cxlib.stages.monitoring import pictures, says, shown
from cxlib.stages.monitoring.actions import actions
from cxlib.stages.monitoring.attainment import attainment, path, way_done
from cxlib.stages.monitoring.awareness import asked_enough, awareness
from cxlib.stages.monitoring.compliance import breach_bound, by_stage, compliance, drift, headline, measured_share
from cxlib.stages.monitoring.control import can_tell, chart_summary, control_charts
from cxlib.stages.monitoring.false_alarms import alarms
from cxlib.stages.monitoring.keys import ten_keys
from cxlib.stages.monitoring.shifts import all_shifts
from cxlib.statistics.periods import count_series, objective_series, satisfaction_series, watched

__all__ = [  # in the order of the notebook
    "objective_series",
    "attainment",
    "path",
    "way_done",
    "watched",
    "satisfaction_series",
    "count_series",
    "control_charts",
    "chart_summary",
    "all_shifts",
    "alarms",
    "compliance",
    "by_stage",
    "ten_keys",
    "drift",
    "measured_share",
    "awareness",
    "asked_enough",
    "actions",
    "says",
    "can_tell",
    "headline",
    "shown",
    "pictures",
    "breach_bound",
]
