"""What stage 9 says of scaling: what the measured effect would bring a year, against its promise and the gap."""

from __future__ import annotations

import pandas as pd

from cxlib.facts import Finding, cannot_tell, fact, finding, first
from cxlib.language import _, number, unknown


def scaled(table: pd.DataFrame) -> Finding:
    """What all who are reached would bring a year at the effect measured; table: from `scaled`."""
    if table.empty:
        reason = _("what the effect would bring on all who are reached")
        return cannot_tell(reason, needs=_("a measured effect, what a unit of it is worth, and how many are reached"))
    found, promised = (first(table, what=what) for what in ("scaled", "promised"))
    closes = None if unknown(found["of_gap"]) else found["of_gap"]
    facts = fact("9.scaled", found), fact("9.scaled_promised", promised), fact("9.scaled_gap", closes)
    template = _(
        "On all whom the experience reaches, about {n} customers a year, the measured effect would bring {scaled} a year"
        " (95% interval {scaled:interval}), before its costs; {scaled_promised} a year was promised."
    )
    said = finding(template, *facts, n=number(found["n"], 0))
    if facts[-1].known:
        said += finding(_("That is {scaled_gap} of the gap to the target."), facts[-1])
    return said
