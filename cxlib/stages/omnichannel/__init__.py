"""Stage 6, omnichannel: which channels, and which not?"""

from cxlib.chain import corridor
from cxlib.journeys.corridor import moment_table
from cxlib.journeys.paths import corridor_paths, hand_offs, with_steps
from cxlib.journeys.population import of_segment
from cxlib.show.grids import channel_matrix
from cxlib.stages.omnichannel import pictures, says, shown
from cxlib.stages.omnichannel.attribution import by_step, checks_by_step, orders_by_step
from cxlib.stages.omnichannel.channel_choice import (
    as_decided,
    budget_prices,
    choose_channels,
    costs_of_choice,
    limits_of,
)
from cxlib.stages.omnichannel.channel_fit import (
    channel_fit,
    channel_satisfaction,
    channel_use,
    company_side,
    contacts_of,
    cost_to_serve,
)
from cxlib.stages.omnichannel.channel_roles import channel_margins, channel_roles, stop_list
from cxlib.stages.omnichannel.draws import drawn_again
from cxlib.stages.omnichannel.passing import differences_by_step

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
    "company_side",
    "drawn_again",
    "channel_fit",
    "limits_of",
    "choose_channels",
    "says",
    "as_decided",
    "channel_roles",
    "shown",
    "pictures",
    "channel_margins",
    "channel_matrix",
    "budget_prices",
    "stop_list",
    "costs_of_choice",
    "hand_offs",
]
