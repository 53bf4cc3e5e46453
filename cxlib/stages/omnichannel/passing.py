"""Do journeys that met a channel go on more often than those that did not? A difference that does not grow with use."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import tidy, wilson

ARROW = " > "
MINIMUM_JOURNEYS = 30  # in the smaller group; below, no verdict


def passing_difference(paths: pd.DataFrame) -> pd.DataFrame:
    """Conversion of the journeys that met a channel minus that of those that did not, largest first.

    paths: one row per journey, columns path, converted. Removal effects grow with use; this does not. Columns channel,
    estimate, low, high (Newcombe 1998, method 10), n (smaller of the two groups), unit share, with_share,
    without_share, verdict (real: the interval leaves out 0 | not shown | cannot tell: n under 30).
    """
    met = paths["path"].map(lambda path: set(path.split(ARROW)))
    rows: list[dict[str, object]] = []
    for channel in sorted(set().union(*met)):
        inside = met.map(lambda channels, sought=channel: sought in channels).astype(bool)
        groups = [paths.loc[chosen, "converted"] for chosen in (inside, ~inside)]
        (p1, low1, high1), (p2, low2, high2) = (wilson(int(group.sum()), len(group)) for group in groups)
        low = p1 - p2 - float(np.hypot(p1 - low1, high2 - p2))
        high = p1 - p2 + float(np.hypot(high1 - p1, p2 - low2))
        n = min(map(len, groups))
        verdict = "cannot tell" if n < MINIMUM_JOURNEYS else "real" if low > 0 or high < 0 else "not shown"
        rows.append({"channel": channel, "estimate": p1 - p2, "low": low, "high": high, "n": n, "unit": "pp",
                     "with_share": p1, "without_share": p2, "verdict": verdict})  # fmt: skip
    table = tidy(["channel"], rows) if rows else tidy(["channel"]).assign(with_share=[], without_share=[], verdict=[])
    return table.sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)


def differences_by_step(paths: pd.DataFrame) -> pd.DataFrame:
    """`passing_difference` of each step, with a column step."""
    parts = [passing_difference(inside).assign(step=step) for step, inside in paths.groupby("step", sort=False)]
    return pd.concat(parts, ignore_index=True) if parts else passing_difference(paths).assign(step=[])
