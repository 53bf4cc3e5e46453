"""The bridge of the money: from the gap to what all who are reached would bring; the same lines wherever it is shown."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from cxlib.dictionary import label_of
from cxlib.facts import Fact
from cxlib.statistics.intervals import TIDY

BRIDGE = (  # in its order; each line follows from the ones before it, as its formula says
    *("1.gap", "3.value_at_stake", "7.reachable", "7.capture", "7.gap_closed"),
    *("9.return_realised", "9.scaled"),
)
COLUMNS = ["line", *TIDY, "how_it_is_made", "fact"]


def bridge(fact_of: Callable[[str], Fact]) -> pd.DataFrame:
    """The lines of the bridge that can be told so far: line, estimate, low, high, n, unit, how_it_is_made, fact (id).

    fact_of: the fact of an id, unknown where no stage has made it. Nothing is computed: each line is a fact.
    """
    known = [fact for fact in map(fact_of, BRIDGE) if fact.known]
    lines = [(label_of(one.id), one.value, one.low, one.high, one.n, one.unit, one.formula, one.id) for one in known]
    return pd.DataFrame(lines, columns=COLUMNS)
