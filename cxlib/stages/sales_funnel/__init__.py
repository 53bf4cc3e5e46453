"""Stage 3, sales funnel: where do sales stall, and where is the objective met?"""

from cxlib.journeys.corridor import corridor
from cxlib.journeys.passages import recorded
from cxlib.stages.sales_funnel import pictures, says, says_journeys, shown
from cxlib.stages.sales_funnel.at_stake import beside, value_at_stake
from cxlib.stages.sales_funnel.booked import booked_money, purchases_ahead
from cxlib.stages.sales_funnel.change import funnel_change
from cxlib.stages.sales_funnel.followed import follow
from cxlib.stages.sales_funnel.funnel import benchmarks, funnel, stated_benchmarks
from cxlib.stages.sales_funnel.leaving import satisfied_but_leaving
from cxlib.stages.sales_funnel.time_to_convert import ageing, time_to_convert, waiting_too_long
from cxlib.stages.sales_funnel.transitions import moves, transitions
from cxlib.stages.sales_funnel.whom import whom

__all__ = [  # in the order of the notebook
    "recorded",
    "whom",
    "follow",
    "funnel",
    "booked_money",
    "stated_benchmarks",
    "benchmarks",
    "value_at_stake",
    "says",
    "corridor",
    "shown",
    "pictures",
    "beside",
    "says_journeys",
    "transitions",
    "moves",
    "time_to_convert",
    "ageing",
    "waiting_too_long",
    "funnel_change",
    "satisfied_but_leaving",
    "purchases_ahead",
]
