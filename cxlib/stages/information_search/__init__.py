"""Stage 5, information search: what do we know for each moment?"""

from cxlib.chain import corridor
from cxlib.journeys.corridor import moment_table
from cxlib.journeys.population import of_segment
from cxlib.stages.information_search import pictures, says, shown, voices
from cxlib.stages.information_search.agreement import codebook_agreement, corrected_shares
from cxlib.stages.information_search.benchmark import beside_others
from cxlib.stages.information_search.empathy import empathy_map
from cxlib.stages.information_search.expectations import expectations
from cxlib.stages.information_search.inventory import capability_inventory, evidence_inventory, insights
from cxlib.stages.information_search.levels import attribute_levels, level_changes, levels, whole_relation
from cxlib.stages.information_search.personas import persona_sheets
from cxlib.stages.information_search.planning import survey_plan
from cxlib.stages.information_search.texts import quotes, read_texts
from cxlib.stages.information_search.themes import theme_difference, theme_prevalence
from cxlib.stages.information_search.topics import not_covered
from cxlib.statistics.current import current

__all__ = [  # in the order of the notebook
    "moment_table",
    "shown",
    "current",
    "expectations",
    "read_texts",
    "of_segment",
    "theme_prevalence",
    "theme_difference",
    "insights",
    "says",
    "whole_relation",
    "levels",
    "level_changes",
    "survey_plan",
    "attribute_levels",
    "pictures",
    "corrected_shares",
    "not_covered",
    "quotes",
    "voices",
    "codebook_agreement",
    "persona_sheets",
    "corridor",
    "empathy_map",
    "beside_others",
    "capability_inventory",
    "evidence_inventory",
]
