"""Stage 6, omnichannel: which channels, and which not?"""

from cxlib.chain import corridor
from cxlib.journeys.corridor import moment_table
from cxlib.journeys.paths import corridor_paths, hand_offs, with_steps
from cxlib.journeys.population import of_segment
from cxlib.show import grids
from cxlib.stages.omnichannel import pictures, says, shown
from cxlib.stages.omnichannel.attribution import by_step, checks_by_step, effect_draws, orders_by_step
from cxlib.stages.omnichannel.channel_choice import Limits, budget_prices, choose_channels, limits_of
from cxlib.stages.omnichannel.channel_fit import (
    at_moments,
    channel_fit,
    channel_gates,
    channel_satisfaction,
    channel_use,
    company_side,
    contacts_of,
    cost_to_serve,
    persons_of,
    satisfaction_draws,
    use_draws,
)
from cxlib.stages.omnichannel.channel_roles import channel_margins, channel_roles, stop_list
from cxlib.stages.omnichannel.passing import differences_by_step
from cxlib.statistics.intervals import person_weights

__all__ = [  # in the order of the notebook
    "moment_table",
    "corridor",
    "with_steps",
    "of_segment",
    "corridor_paths",
    "orders_by_step",
    "by_step",
    "differences_by_step",
    "checks_by_step",
    "contacts_of",
    "channel_use",
    "channel_satisfaction",
    "cost_to_serve",
    "channel_gates",
    "company_side",
    "person_weights",
    "persons_of",
    "effect_draws",
    "use_draws",
    "satisfaction_draws",
    "at_moments",
    "channel_fit",
    "limits_of",
    "choose_channels",
    "shown",
    "channel_roles",
    "says",
    "pictures",
    "channel_margins",
    "grids",
    "budget_prices",
    "stop_list",
    "hand_offs",
    "Limits",
]
