"""Stage 10, monitoring: are we still on course?"""

from cxlib.show.bridge import bridge
from cxlib.stages.monitoring import pictures, says, shown
from cxlib.stages.monitoring.actions import actions, states
from cxlib.stages.monitoring.answers import answers
from cxlib.stages.monitoring.attainment import course
from cxlib.stages.monitoring.awareness import asked_enough, awareness
from cxlib.stages.monitoring.compliance import audit, by_stage, compliance, drift, measured_share
from cxlib.stages.monitoring.control import chart_summary, control_charts
from cxlib.stages.monitoring.false_alarms import alarms
from cxlib.stages.monitoring.keys import ten_keys
from cxlib.stages.monitoring.shifts import all_shifts
from cxlib.statistics.periods import all_series
from cxlib.statistics.rhythm import rhythm

__all__ = [  # in the order of the notebook
    "rhythm",
    "course",
    "all_series",
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
    "answers",
    "states",
    "shown",
    "pictures",
    "bridge",
    "audit",
]
