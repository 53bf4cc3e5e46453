"""Why more or fewer reach the end of the funnel than before: an exact split of the change over entrants and steps."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import CONFIDENCE, EVIDENCE_N
from cxlib.stages.sales_funnel.followed import Followed, halves
from cxlib.statistics.intervals import discoveries, percentile

ENTRANTS, TOTAL = "entrants", "total"
LOGS = ["estimate", "low", "high"]
CHANGES = ["change", "change_low", "change_high"]
COLUMNS = ["component", "before", "after", *LOGS, *CHANGES, "n", "unit", "shown"]


def funnel_change(followed: Followed, *, n_draws: int = 300) -> pd.DataFrame:
    """Δ ln N_out = Δ ln N_in + Σ_s Δ ln c_s: what entrants and each conversion added to the number that gets to the end.

    The observation is cut in two halves (`halves`). Rows: entrants, every step but the last, total; before and after:
    entrants or conversion; estimate, low, high: difference of logarithms (0.10 is 10.5 % more), which adds up exactly,
    with an interval from bootstrap samples of customers; change, change_low, change_high: the same as shares. shown:
    beyond chance, at a false discovery rate of 5 % over entrants and steps (Benjamini & Hochberg 1995), the total by
    itself. Blank below 30 entrants a half.
    """
    draws, steps = halves(followed, n_draws=n_draws).draws, followed.steps
    if draws.empty or draws["group"].nunique() < 2:
        return pd.DataFrame(columns=COLUMNS)
    found = {
        name: [_drawn(draws, half, name, steps) for half in ("before", "after")] for name in (ENTRANTS, *steps[:-1])
    }
    found[TOTAL] = [np.prod([pair[half] for pair in found.values()], axis=0) for half in (0, 1)]
    sizes = draws[draws["draw"] == -1].groupby("step")["n"].min()
    rows, p_values = [], []
    for name, (before, after) in found.items():
        n = float(sizes.get(steps[0] if name in (ENTRANTS, TOTAL) else name, 0))
        moved = _moved(before, after) if n >= EVIDENCE_N else np.full(len(before), np.nan)
        rows.append([name, before[0], after[0], *_summary(moved), n, "ratio"])
        p_values.append(_p_value(moved))
    table = pd.DataFrame(rows, columns=["component", "before", "after", *LOGS, "n", "unit"])
    table[CHANGES] = table[LOGS].map(math.expm1).to_numpy(float)
    alone = p_values[-1] <= 1 - CONFIDENCE
    return table.assign(shown=np.append(discoveries(p_values[:-1]), alone))[COLUMNS]


def _moved(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Difference of logarithms, the estimate first; NaN throughout when the estimate has no logarithm."""
    if not (before[0] > 0 and after[0] > 0):
        return np.full(len(before), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(after) - np.log(before))


def _summary(moved: np.ndarray) -> tuple[float, float, float]:
    """The estimate with its percentile interval in the draws."""
    if np.isnan(moved[0]):
        return np.nan, np.nan, np.nan
    low, high = percentile(moved[1:][np.isfinite(moved[1:])])
    return moved[0], float(low), float(high)


def _p_value(moved: np.ndarray) -> float:
    """Two-sided, of no change, by the spread of the draws around the estimate; 1 where nothing is known or can vary."""
    drawn = moved[1:][np.isfinite(moved[1:])]
    spread = float(np.std(drawn, ddof=1)) if len(drawn) > 1 else 0.0
    return float(2 * stats.norm.sf(abs(moved[0]) / spread)) if spread > 0 else 1.0


def _drawn(draws: pd.DataFrame, half: str, name: str, steps: list[str]) -> np.ndarray:
    """Entrants of the first step, or the conversion of one, per draw, the estimate first; NaN where a half lacks it."""
    step, column = (steps[0], "n") if name == ENTRANTS else (name, "estimate")
    mine = draws[(draws["group"] == half) & (draws["step"] == step)].set_index("draw")[column]
    return mine.reindex(range(-1, int(draws["draw"].max()) + 1)).to_numpy(float)
