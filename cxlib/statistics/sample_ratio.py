"""Are the arms the sizes they were drawn to be? If not, no effect of the trial can be trusted."""

from __future__ import annotations

import pandas as pd
from scipy import stats

MISMATCH_P = 0.001  # strict, because it is looked at in every trial (Fabijan et al. 2019)
WARNING_P = 0.01  # fair draws are so uneven once in a hundred: worth a look at how they were drawn (policy)
COLUMNS = ["check", "n_pilot", "n_control", "expected_pilot", "p_value", "warning", "mismatch"]


def sample_ratio(arms: pd.DataFrame, *, pilot_share: float = 0.5) -> pd.DataFrame:
    """Chi-square check of the arms' sizes, one row per check.

    `arms`: arm, n_assigned, n_analysed. Check "drawn" compares the assigned with the planned share of the pilot arm;
    "kept" asks whether the arms lost different shares between drawing and analysis. Columns: check, n_pilot, n_control,
    expected_pilot, p_value, warning (p < 0.01), mismatch (p < 0.001). An arm nobody was drawn for: an empty table.
    Source: Fabijan et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments, KDD.
    """
    drawn, kept = (dict(zip(arms["arm"], arms[name], strict=True)) for name in ("n_assigned", "n_analysed"))
    if not {"pilot", "control"} <= set(drawn) or not 0 < pilot_share < 1:
        return pd.DataFrame(columns=COLUMNS)
    sizes, left = ((int(count["pilot"]), int(count["control"])) for count in (drawn, kept))
    if not sum(sizes):
        return pd.DataFrame(columns=COLUMNS)
    rows = [_check("drawn", sizes, pilot_share)]
    if sum(left):
        rows.append(_check("kept", left, sizes[0] / sum(sizes)))
    return pd.DataFrame(rows, columns=COLUMNS)


def ratio_p(sizes: tuple[int, int], *, share: float = 0.5) -> float:
    """p-value that two arms (pilot, control) were drawn in the stated share of the pilot; NaN without anybody."""
    total = sum(sizes)
    return float(stats.chisquare(sizes, [total * share, total * (1 - share)]).pvalue) if total else float("nan")


def _check(name: str, sizes: tuple[int, int], share: float) -> list[object]:
    """One chi-square test of two sizes against an expected share."""
    p_value = ratio_p(sizes, share=share)
    return [name, *sizes, sum(sizes) * share, p_value, p_value < WARNING_P, p_value < MISMATCH_P]
