"""Stage 3, sales funnel: where do sales get stalled, and where is the objective met?"""

from cxlib.journeys.corridor import corridor
from cxlib.journeys.incidence import draws, incidence, windows
from cxlib.journeys.passages import compare_groups, observed_years, passages, recorded
from cxlib.stages.sales_funnel import pictures, says, says_moves
from cxlib.stages.sales_funnel.at_stake import beside, value_at_stake, with_estimate
from cxlib.stages.sales_funnel.booked import booked_money, money_of_a_purchase, purchases_ahead
from cxlib.stages.sales_funnel.change import common_horizon, funnel_change, halves
from cxlib.stages.sales_funnel.funnel import benchmarks, beside_everybody, funnel, stated_benchmarks
from cxlib.stages.sales_funnel.leaving import returns, satisfied_but_leaving, usual_gap_days
from cxlib.stages.sales_funnel.time_to_convert import ageing, time_to_convert
from cxlib.stages.sales_funnel.transitions import moves, transitions

__all__ = [  # in the order of the notebook
    "recorded",
    "passages",
    "compare_groups",
    "incidence",
    "windows",
    "with_estimate",
    "draws",
    "funnel",
    "booked_money",
    "stated_benchmarks",
    "benchmarks",
    "money_of_a_purchase",
    "value_at_stake",
    "purchases_ahead",
    "observed_years",
    "says",
    "corridor",
    "beside_everybody",
    "pictures",
    "beside",
    "transitions",
    "says_moves",
    "moves",
    "time_to_convert",
    "ageing",
    "halves",
    "common_horizon",
    "funnel_change",
    "returns",
    "satisfied_but_leaving",
    "usual_gap_days",
]
