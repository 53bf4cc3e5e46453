"""Are the arms the sizes they were drawn to be? If not, no effect of the trial can be trusted."""

from __future__ import annotations

import pandas as pd
from scipy import stats

MISMATCH_P = 0.001  # strict, because it is looked at in every trial (Fabijan et al. 2019)


def sample_ratio(arms: pd.DataFrame, *, pilot_share: float = 0.5) -> pd.DataFrame:
    """Chi-square check of the arms' sizes, one row per check.

    `arms`: arm, n_assigned, n_analysed. Check "drawn" compares the assigned with the planned share of the pilot arm;
    "kept" asks whether the arms lost different shares between drawing and analysis. Columns: check, n_pilot, n_control,
    expected_pilot, p_value, mismatch (p < 0.001). An arm without anybody: an empty table.
    Source: Fabijan et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments, KDD.
    """
    columns = ["check", "n_pilot", "n_control", "expected_pilot", "p_value", "mismatch"]
    drawn, kept = (dict(zip(arms["arm"], arms[name], strict=True)) for name in ("n_assigned", "n_analysed"))
    if not {"pilot", "control"} <= set(drawn) or not 0 < pilot_share < 1:
        return pd.DataFrame(columns=columns)
    sizes, left = ((int(count["pilot"]), int(count["control"])) for count in (drawn, kept))
    if not sum(sizes):
        return pd.DataFrame(columns=columns)
    rows = [_check("drawn", sizes, pilot_share)]
    if sum(left):
        rows.append(_check("kept", left, sizes[0] / sum(sizes)))
    return pd.DataFrame(rows, columns=columns)


def _check(name: str, sizes: tuple[int, int], share: float) -> dict[str, object]:
    """One chi-square test of two sizes against an expected share."""
    total = sum(sizes)
    p_value = float(stats.chisquare(sizes, [total * share, total * (1 - share)]).pvalue)
    return {
        "check": name,
        "n_pilot": sizes[0],
        "n_control": sizes[1],
        "expected_pilot": total * share,
        "p_value": p_value,
        "mismatch": p_value < MISMATCH_P,
    }
