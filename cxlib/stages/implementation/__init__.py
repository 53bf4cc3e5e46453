"""Stage 8, implementation: who does what, when, and how shall we know?"""

from cxlib.show import grids
from cxlib.stages.design.registration import ROW
from cxlib.stages.implementation import pictures, says, says_pilot, shown
from cxlib.stages.implementation.meetings import meetings, occurrences
from cxlib.stages.implementation.pilot import pilot
from cxlib.stages.implementation.raci import as_decided, committee, load, raci, raci_checks
from cxlib.stages.implementation.readiness import all_items, experiences_of, for_experiences, go, readiness, still_ahead
from cxlib.stages.implementation.risks import risks
from cxlib.stages.implementation.schedule import check_tasks, dated, last_day, milestones, rollout_day, schedule
from cxlib.statistics.pilot_state import standing
from cxlib.statistics.randomisation import launch_waves

__all__ = [  # in the order of the notebook
    "experiences_of",
    "for_experiences",
    "ROW",
    "standing",
    "still_ahead",
    "check_tasks",
    "schedule",
    "load",
    "raci_checks",
    "shown",
    "all_items",
    "readiness",
    "go",
    "pilot",
    "committee",
    "says",
    "as_decided",
    "grids",
    "raci",
    "pictures",
    "milestones",
    "dated",
    "says_pilot",
    "last_day",
    "meetings",
    "occurrences",
    "rollout_day",
    "launch_waves",
    "risks",
]
