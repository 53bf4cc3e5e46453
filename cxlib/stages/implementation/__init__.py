"""Stage 8, implementation: who does what, when, and how shall we know?"""

from cxlib.show import grids
from cxlib.stages.design.registration import ROW, launch_of
from cxlib.stages.implementation import pictures, says, says_risks, shown
from cxlib.stages.implementation.meetings import meetings, occurrences
from cxlib.stages.implementation.raci import committee, load, raci, raci_checks
from cxlib.stages.implementation.readiness import READY, all_items, for_experiences, go, readiness
from cxlib.stages.implementation.risks import risks
from cxlib.stages.implementation.schedule import check_tasks, dated, finish, milestones, plain_days, schedule
from cxlib.statistics.power import effects_within_reach, power_curves, size_to_draw
from cxlib.statistics.randomisation import assign, balance, eligible, history, launch_waves, ratio_check

__all__ = [  # in the order of the notebook
    "says",
    "for_experiences",
    "check_tasks",
    "schedule",
    "finish",
    "load",
    "raci_checks",
    "ROW",
    "shown",
    "all_items",
    "readiness",
    "go",
    "eligible",
    "effects_within_reach",
    "assign",
    "size_to_draw",
    "history",
    "launch_of",
    "balance",
    "committee",
    "grids",
    "raci",
    "pictures",
    "READY",
    "milestones",
    "plain_days",
    "says_risks",
    "dated",
    "meetings",
    "occurrences",
    "power_curves",
    "ratio_check",
    "launch_waves",
    "risks",
]
