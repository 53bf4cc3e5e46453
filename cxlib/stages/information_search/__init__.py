"""Stage 5, information search: what do we know for each moment?"""

from cxlib.chain import corridor
from cxlib.journeys.corridor import moment_table
from cxlib.journeys.population import of_segment
from cxlib.privacy.redaction import redact, redaction_counts
from cxlib.stages.information_search import pictures, says, says_levels, shown, voices
from cxlib.stages.information_search.agreement import codebook_agreement, corrected_shares
from cxlib.stages.information_search.benchmark import benchmark_gaps, own_figures
from cxlib.stages.information_search.codebook import codebook
from cxlib.stages.information_search.empathy import empathy_map, sign_words, text_marks
from cxlib.stages.information_search.expectations import (
    expectation_gaps,
    expectation_levels,
    expectation_table,
    keepable_levels,
    on_ten,
    with_promise,
)
from cxlib.stages.information_search.inventory import (
    SOURCES,
    available_capabilities,
    capability_inventory,
    evidence_inventory,
    insight_table,
)
from cxlib.stages.information_search.language_id import language_of
from cxlib.stages.information_search.levels import (
    attribute_levels,
    leading_question,
    level_changes,
    levels,
    whole_relation,
)
from cxlib.stages.information_search.personas import (
    attribute_pairs,
    most_common,
    pairs,
    sheets,
    sizes,
    stands_out,
    voiced,
)
from cxlib.stages.information_search.planning import plan_of
from cxlib.stages.information_search.themes import (
    STOP,
    coverage,
    evidence_words,
    find_themes,
    plain,
    quotes,
    rating_group,
    rating_share,
    theme_difference,
    theme_prevalence,
    theme_tone,
    uncovered,
)
from cxlib.stages.information_search.tone import clear_tone, tone
from cxlib.stages.information_search.topics import topics
from cxlib.statistics.scores import nps, nps_changes, nps_value

__all__ = [  # in the order of the notebook
    "moment_table",
    "corridor",
    "shown",
    "on_ten",
    "expectation_levels",
    "expectation_gaps",
    "keepable_levels",
    "redact",
    "codebook",
    "language_of",
    "find_themes",
    "rating_share",
    "tone",
    "of_segment",
    "rating_group",
    "theme_prevalence",
    "theme_difference",
    "says",
    "whole_relation",
    "nps",
    "levels",
    "nps_changes",
    "level_changes",
    "plan_of",
    "leading_question",
    "nps_value",
    "attribute_levels",
    "says_levels",
    "pictures",
    "corrected_shares",
    "topics",
    "plain",
    "STOP",
    "uncovered",
    "clear_tone",
    "quotes",
    "voices",
    "redaction_counts",
    "codebook_agreement",
    "coverage",
    "sign_words",
    "voiced",
    "text_marks",
    "sheets",
    "sizes",
    "stands_out",
    "attribute_pairs",
    "most_common",
    "pairs",
    "evidence_words",
    "empathy_map",
    "with_promise",
    "own_figures",
    "benchmark_gaps",
    "capability_inventory",
    "evidence_inventory",
    "SOURCES",
    "insight_table",
    "theme_tone",
    "available_capabilities",
    "expectation_table",
]
