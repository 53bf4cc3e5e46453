"""Why more or fewer reach the end of the funnel than before: an exact split of the change over entrants and steps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import percentile

COLUMNS = ["component", "before", "after", "estimate", "low", "high", "n", "unit", "shown"]
ENTRANTS, TOTAL = "entrants", "total"
FOLLOWED = 0.1  # a curve is read as far as a tenth of the entrants could have been followed
MINIMUM_N = 30
ALPHA = 0.05


def halves(passages: pd.DataFrame) -> pd.DataFrame:
    """The passages of the focus twice over: group `before` and `after`, by which half of the observation a step was
    entered in. The halves are equally long, so that entrants can be compared as they stand."""
    if passages.empty:
        return passages.assign(group=pd.Series(dtype="str"))
    first, last = passages["entered_at"].min(), passages["left_at"].max()
    after = passages["entered_at"] >= first + (last - first) / 2
    return passages.assign(group=np.where(after, "after", "before")).astype({"group": "str"})


def common_horizon(curves: pd.DataFrame) -> pd.DataFrame:
    """The days up to which each step can be followed in both halves: step, horizon_days. curves: group, step, days, …

    Who entered lately has been watched less long; a conversion by different days would change by itself.
    """
    seen = curves[curves["followed_share"] >= FOLLOWED].groupby(["step", "group"], sort=False)["days"].max().unstack()
    both = seen.reindex(columns=["before", "after"]).dropna()
    return pd.DataFrame({"step": both.index.astype("str"), "horizon_days": both.min(axis=1).to_numpy(float)})


def funnel_change(draws: pd.DataFrame, *, steps: list[str]) -> pd.DataFrame:
    """Δ ln N_out = Δ ln N_in + Σ_s Δ ln c_s: what entrants and each conversion added to the number that gets to the end.

    draws: group (before | after), step, draw (−1 the estimate itself), n, estimate. Rows: entrants, every step but the
    last, total; before and after: entrants or conversion; estimate: difference of logarithms (0.10 is 10.5 % more), which
    adds up exactly; interval from bootstrap samples of customers. shown: beyond chance, at a false discovery rate of 5 %
    over entrants and steps (Benjamini & Hochberg 1995), the total by itself. Blank below 30 entrants a half.
    """
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
        known = n >= MINIMUM_N and before[0] > 0 and after[0] > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = np.log(after) - np.log(before) if known else np.full(len(before), np.nan)
        low, high = percentile(moved[1:][np.isfinite(moved[1:])]) if known else (np.nan, np.nan)
        rows.append([name, before[0], after[0], moved[0], low, high, n, "ratio"])
        p_values.append(_p_value(moved) if known else 1.0)
    adjusted = np.append(stats.false_discovery_control(p_values[:-1]), p_values[-1])
    return pd.DataFrame(rows, columns=COLUMNS[:-1]).assign(shown=adjusted <= ALPHA)


def _p_value(moved: np.ndarray) -> float:
    """Two-sided, of no change, by the spread of the draws around the estimate; 1 where nothing can vary."""
    spread = float(np.std(moved[1:][np.isfinite(moved[1:])], ddof=1))
    return float(2 * stats.norm.sf(abs(moved[0]) / spread)) if spread > 0 else 1.0


def _drawn(draws: pd.DataFrame, half: str, name: str, steps: list[str]) -> np.ndarray:
    """Entrants of the first step, or the conversion of one, per draw, the estimate first; NaN where a half lacks it."""
    step, column = (steps[0], "n") if name == ENTRANTS else (name, "estimate")
    mine = draws[(draws["group"] == half) & (draws["step"] == step)].set_index("draw")[column]
    return mine.reindex(range(-1, int(draws["draw"].max()) + 1)).to_numpy(float)
