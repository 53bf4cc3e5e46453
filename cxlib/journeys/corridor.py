"""The corridor from the stall to the objective, and the moments chosen in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from cxlib import chain

MOMENT_COLUMNS = ["moment", "touchpoint", "step", "role"]


def corridor(steps: list[str], *, stall_step: str = "", objective_step: str = "") -> pd.DataFrame:
    """The steps from the stall to where the objective is met, in order: step, position; empty when one is unknown."""
    inside = chain.corridor(stall_step, objective_step, steps)
    return pd.DataFrame({"step": pd.Series(inside, dtype="str"), "position": [steps.index(step) for step in inside]})


def moment_table(chosen: Sequence[str], steps: Mapping[str, str]) -> pd.DataFrame:
    """The moments that stage 4 decided ("delivery:repair", …) as rows moment, touchpoint, step, role, in their order.

    steps: funnel step of each touchpoint.
    """
    parts = [entry.partition(":") for entry in chosen]
    rows = [(touchpoint, touchpoint, steps.get(touchpoint, ""), role) for touchpoint, _sep, role in parts]
    return pd.DataFrame(rows, columns=MOMENT_COLUMNS).astype("str").drop_duplicates("moment", ignore_index=True)
