"""What stage 7 says of risk: what knowing would be worth, how often the choice wins, and what correlation does to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import Finding, cannot_tell, fact, finding
from cxlib.language import _, money, number, percent


def knowing(information: pd.DataFrame, winners: pd.DataFrame, best: str) -> Finding:
    """The most that any study could be worth, and how often the recommended set is the best one."""
    if information.empty:
        return cannot_tell(
            _("there are not two portfolios with a known value to choose between"),
            needs=_("ideas that pass the gates and a value at stake in money"),
        )
    row = information.iloc[0]
    worth = fact("7.evpi", row["estimate"], low=row["low"], high=row["high"])
    share = winners.set_index("option")["best_share"].to_dict().get(best, float("nan"))
    said = finding(_("No study of the effects before the start is worth more than {evpi}."), worth)
    if np.isfinite(share):
        said += finding(
            _("In {share} of the futures the recommended set is the best of those compared."), share=percent(share, 0)
        )
    return said


def together(declared: np.ndarray, apart: np.ndarray, terms: Any) -> Finding:
    """What the declared correlation of the effects does to the spread, against independence."""
    if len(declared) == 0 or len(apart) == 0:
        return cannot_tell(
            _("there is no value whose spread could be compared"), needs=_("a chosen experience with a value")
        )
    spread = [float(np.subtract(*np.quantile(draws, [0.9, 0.1]))) for draws in (declared, apart)]
    stated = fact("7.spread", spread[0])
    said = finding(
        _(
            "With the declared correlation of the effects ({common}) P10 and P90 lie {spread} apart; taken as "
            "independent they would lie {other} apart."
        ),
        stated,
        common=number(terms.correlation, 2),
        other=money(spread[1]),
    )
    if terms.pairs:
        said += finding(_("Pairs declared apart: {n}."), n=number(len(terms.pairs), 0))
    return said


def with_chances(options: pd.DataFrame, winners: pd.DataFrame) -> pd.DataFrame:
    """The portfolios with the share of futures in which each is the best (column best_share)."""
    return options.merge(winners[["option", "best_share"]], on="option", how="left")
