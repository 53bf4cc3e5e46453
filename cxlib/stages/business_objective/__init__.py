"""Stage 1, business objective: what must experiences bring?"""

from cxlib.stages.business_objective import pictures, says, says_pictures, shown
from cxlib.stages.business_objective.baseline import baseline, book, gap, levels
from cxlib.stages.business_objective.driver_tree import (
    branch,
    customer_values,
    driver_tree,
    identity,
    metric_paths,
    sensitivity,
)
from cxlib.stages.business_objective.objectives import compare_objectives, deadline

__all__ = [  # in the order of the notebook
    "shown",
    "book",
    "levels",
    "driver_tree",
    "compare_objectives",
    "says",
    "customer_values",
    "deadline",
    "gap",
    "branch",
    "sensitivity",
    "baseline",
    "pictures",
    "identity",
    "says_pictures",
    "metric_paths",
]
