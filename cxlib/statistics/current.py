"""What is so today: the answers of the last months, not the average of all that was ever asked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.facts import EVIDENCE_N

KEYS = ["question", "touchpoint"]
LATELY, EVER = "lately", "ever"


def current(responses: pd.DataFrame, *, until: pd.Timestamp, months: int) -> pd.DataFrame:
    """The answers that tell how it is today, per question and touchpoint, with the `period` they are of.

    lately: the last `months` until the end of the observation, where 30 answered; else the latest calendar year in which
    30 did ("2025"); else all of them (ever). Waves are never pooled where one of them is enough, and never in silence.
    responses: on, question, touchpoint, score. Same rows and columns, fewer of them, and period.
    """
    known = responses[responses["score"].notna() & responses["on"].notna()]
    keys = [known[name].fillna("").astype("str") for name in KEYS]
    lately = known["on"] > until - pd.DateOffset(months=months)
    years = known["on"].dt.year
    in_year = known["score"].groupby([*keys, years]).transform("size")
    enough_year = years.where(in_year >= EVIDENCE_N)
    latest = enough_year.groupby(keys).transform("max")
    enough_lately = lately.groupby(keys).transform("sum") >= EVIDENCE_N
    kept = np.select([enough_lately, latest.notna()], [lately, years == latest], True).astype(bool)
    told = latest.astype("Int64").astype("str")
    period = pd.Series(np.select([enough_lately, latest.notna()], [LATELY, told], EVER), known.index, dtype="str")
    today: pd.DataFrame = known.assign(period=period).loc[kept]
    return today
