"""Importance against performance: where to concentrate, by the gap line rather than by movable crosshairs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import TIDY, Z, percentile

SURE = 0.8  # probability from which importance outruns performance (policy)
LEAST_ASKED = 4  # touchpoints below which a rank correlation says nothing
SCALED = ["importance_scaled", "performance_scaled", "stated_scaled"]
COLUMNS = ["touchpoint", *TIDY, *SCALED, "p_concentrate", "sure", "priority", "rank"]


def scaled(values: np.ndarray) -> np.ndarray:
    """Values on 0–1 along the last axis (smallest 0, largest 1); NaN where all are equal."""
    low, high = values.min(axis=-1, keepdims=True), values.max(axis=-1, keepdims=True)
    return np.asarray(np.divide(values - low, high - low, out=np.full_like(values, np.nan), where=high > low))


def priorities(draws: pd.DataFrame, stated: pd.DataFrame, reach: pd.DataFrame) -> pd.DataFrame:
    """Gap of each touchpoint with interval, P(concentrate here) and priority = reach × impact × headroom; best first.

    The gap line: above it importance outruns performance, both on 0–1 over the touchpoints (Hawes & Rao 1985, Slack 1994,
    Abalo et al. 2007). Importance is derived (contribution to the overall judgement); `stated_scaled` is what customers
    say, where they were asked: a disagreement is a finding, not an error. p_concentrate = share of bootstrap samples in
    which the touchpoint lies above the gap line and is of more than average importance; sure: that share is 0.8 or more.

    draws: draw (−1 = the data), touchpoint, importance, score; stated: touchpoint, stated; reach: touchpoint, n,
    reach_share, headroom_share.
    """
    names = draws["touchpoint"].unique().tolist()
    if len(names) < 2:
        return pd.DataFrame(columns=COLUMNS)
    importance, performance = (
        draws.pivot(index="draw", columns="touchpoint", values=value).reindex(columns=names).to_numpy(float)
        for value in ("importance", "score")
    )
    important, performing = scaled(importance), scaled(performance)
    gap = important - performing
    above = (gap > 0) & (importance > importance.mean(axis=1, keepdims=True))
    low, high = percentile(gap[1:])
    known = reach.set_index("touchpoint").reindex(names)
    said = stated.set_index("touchpoint")["stated"] if len(stated) else pd.Series(dtype=float)
    said = said.reindex(names).astype(float)
    spread = said.max() - said.min()
    table = pd.DataFrame({"touchpoint": names, "estimate": gap[0]}).assign(
        low=low,
        high=high,
        n=known["n"].to_numpy(),
        unit="ratio",
        importance_scaled=important[0],
        performance_scaled=performing[0],
        stated_scaled=((said - said.min()) / (spread if spread > 0 else np.nan)).to_numpy(),
        p_concentrate=above[1:].mean(axis=0),
        sure=above[1:].mean(axis=0) >= SURE,
        priority=known["reach_share"].to_numpy() * importance[0] * known["headroom_share"].to_numpy(),
    )
    table["rank"] = table["priority"].rank(ascending=False, method="first").astype(int)
    return table.sort_values("rank")[COLUMNS].reset_index(drop=True)


def disagreement(table: pd.DataFrame) -> pd.DataFrame:
    """Agreement of stated and derived importance: one row with Spearman's rank correlation, its interval and verdict.

    Interval: Fisher's z with the standard error of Bonett & Wright (2000). verdict: real (above 0) | not shown. n:
    touchpoints. Empty with fewer than 4 touchpoints asked.
    """
    both = table[["importance_scaled", "stated_scaled"]].astype(float).dropna()
    columns = [*TIDY, "n_of", "verdict"]
    if len(both) < LEAST_ASKED:
        return pd.DataFrame(columns=columns)
    r = float(both.rank().corr().to_numpy()[0, 1])
    half = Z * float(np.sqrt((1 + r**2 / 2) / (len(both) - 3)))
    centre = float(np.arctanh(np.clip(r, -0.999999, 0.999999)))
    low, high = np.tanh(centre - half), np.tanh(centre + half)
    verdict = "real" if low > 0 else "not shown"
    return pd.DataFrame([(r, low, high, len(both), "ratio", "touchpoints", verdict)], columns=columns)
