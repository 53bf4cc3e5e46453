"""The journey as rows for a map: what is lived at each step today, what it is to become, and how well that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.facts import EVIDENCE_N
from cxlib.statistics.intervals import TIDY, mean_t

COLUMNS = ["phase", "step", "as_is", "low", "high", "n", "to_be", "grade"]
SPAN = 2.0  # the emotion curve runs from −2 to +2
TEN = (0.0, 10.0)  # the scale on which ideas say what they aim at


def lived(responses: pd.DataFrame, *, step_of: Mapping[str, str], scale: tuple[float, float]) -> pd.DataFrame:
    """Mean csat of each funnel step's touchpoints, on −2 … +2: step, estimate, low, high, n (answers), unit."""
    asked = responses[responses["question"].eq("csat") & responses["score"].notna()]
    by_step = emotion(asked["score"], scale).groupby(asked["touchpoint"].map(dict(step_of)))
    found = [(step, *mean_t(values), len(values), "score") for step, values in by_step]
    return pd.DataFrame(found, columns=["step", *TIDY])


def journey(brief: Any, responses: pd.DataFrame, chosen: pd.DataFrame, *, file: Any) -> pd.DataFrame:
    """One row per funnel step, in order, for the journey map and the service blueprint.

    brief: for its funnel, its touchpoints and the scale of csat. chosen: the ideas that were chosen, with their step. file:
    the journey file. as_is is what was asked (from `lived`: low, high, n), else what people wrote of the step, else blank.
    to_be is a judgement: what the chosen experience has to exceed, never below as_is. grade: measured (n ≥ 30) | observed |
    assumed (nothing asked).
    """
    step_of = {key: brief.step_of(key) for key in brief.touchpoints}
    today = lived(responses, step_of=step_of, scale=brief.scale("csat"))
    table = pd.DataFrame([(step.step, step.phase) for step in brief.funnel], columns=["step", "phase"], dtype="str")
    table = table.merge(today.rename(columns={"estimate": "as_is"}), on="step", how="left")
    n = table["n"].fillna(0).astype(int)
    felt = table["step"].map({key: step.emotion for key, step in file.steps.items()}).astype(float)
    as_is = table["as_is"].astype(float).fillna(felt)
    aim = emotion(table["step"].map(chosen.groupby("step")["expects_score"].max()).astype(float), TEN)
    grade = np.select([n.ge(EVIDENCE_N), n.gt(0)], ["measured", "observed"], "assumed")
    return table.assign(as_is=as_is, n=n, to_be=np.fmax(as_is, aim), grade=grade)[COLUMNS]


def emotion(scores: pd.Series, scale: tuple[float, float]) -> pd.Series:
    """Scores moved from their scale onto −2 … +2."""
    middle, half = (scale[0] + scale[1]) / 2, (scale[1] - scale[0]) / 2
    return (scores - middle) / half * SPAN
