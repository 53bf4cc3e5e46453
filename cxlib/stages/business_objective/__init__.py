"""Stage 1, business objective: what must the experiences achieve?"""

from cxlib.stages.business_objective import pictures, says, says_choice, says_drivers, shown
from cxlib.stages.business_objective.baseline import amount, baseline, book, gap, levels
from cxlib.stages.business_objective.driver_tree import customer_values, driver_tree, identity
from cxlib.stages.business_objective.objectives import chosen_objective, compare_objectives, deadline, decided_target
from cxlib.stages.business_objective.sensitivity import branch, metric_paths, sensitivity

__all__ = [  # in the order of the notebook
    "shown",
    "book",
    "levels",
    "driver_tree",
    "customer_values",
    "compare_objectives",
    "chosen_objective",
    "deadline",
    "gap",
    "metric_paths",
    "says_choice",
    "decided_target",
    "amount",
    "branch",
    "sensitivity",
    "says",
    "baseline",
    "pictures",
    "identity",
    "says_drivers",
]
