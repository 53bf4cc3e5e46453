"""What stage 9 says of exposure: who met the experience, what it did to them, and whether they can carry the effect."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.facts import Finding, cannot_tell, fact, finding, first, rows
from cxlib.language import _
from cxlib.show.terms import gap_unit, metric_name, upper_first


def met(exposed: pd.DataFrame, on_met: pd.DataFrame, carried: pd.DataFrame, place: str) -> Finding:
    """Who of both arms was at the moment, the effect on those who met it, and whether it could move so much.

    exposed, on_met, carried: from `exposed`, `effect_on_met` and `carried`; place: the touchpoint, in words.
    """
    if exposed.empty:
        reason = _("no contact is recorded where the experience lies, so nobody knows who of the pilot met it")
        return cannot_tell(reason, needs=_("contacts at its touchpoint and channel"))
    said = finding("")
    names = {"pilot": "9.met_share", "control": "9.moment_share_control"}
    shares = [fact(names[row["arm"]], row) for row in rows(exposed)]
    template = _("Within the window {met_share:full} of the pilot came to {place}.")
    if len(shares) > 1:
        template = _(
            "Within the window {met_share:full} of the pilot came to {place}, and {moment_share_control:full} of the control."
        )
    said += finding(template, *shares, place=place)
    for row in rows(on_met):
        effect = fact("9.effect_met", {**row, "unit": gap_unit(str(row["unit"]))})
        template = _("{metric}: on those who met the experience the effect is {effect_met:full}, {shown}.")
        if np.isnan(row["low"]):
            template = _("{metric}: so few met it that the effect on them has no interval (estimate {effect_met}).")
        said += finding(
            template, effect, metric=upper_first(metric_name(row["metric"])), shown=_verdict(row["verdict"])
        )
    return said + _carried(carried)


def _carried(carried: pd.DataFrame) -> Finding:
    """Whether those who met it can have moved the mean of all drawn by so much."""
    row = first(carried)
    if not row:
        return finding("")
    most = fact("9.effect_carried", row["ceiling"])
    absent = fact("9.effect_absent", {**row, "unit": gap_unit(str(row["unit"]))})
    beyond = _(
        "That is more than they can carry: had every one of them been won, the arms would differ by {effect_carried}."
        " Something else moved the pilot arm, and the effect is not scaled."
    )
    everywhere = _(
        "Those who never came there gained as well, {effect_absent:full}: something else moved the pilot arm, and the effect"
        " is not scaled."
    )
    doubtful = _("Those who never came there differ, too, {effect_absent:full}: look for what else the pilot arm got.")
    if row["carried"] == "no":
        return finding(everywhere if row["elsewhere"] == "yes" else beyond, most, absent)
    return finding(doubtful if row["elsewhere"] == "yes" else "", most, absent)


def _verdict(code: str) -> str:
    words = {"real": _("which is real"), "not shown": _("which is not shown"), "cannot tell": _("too few to tell")}
    return words[code]
