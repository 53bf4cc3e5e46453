"""Do journeys that met a channel go on more often than those that did not? A difference that does not grow with use."""

from __future__ import annotations

import pandas as pd

from cxlib.facts import compare
from cxlib.journeys.paths import ARROW
from cxlib.statistics.intervals import TIDY, newcombe

COLUMNS = ["channel", *TIDY, "with_share", "without_share", "verdict"]


def passing_difference(paths: pd.DataFrame) -> pd.DataFrame:
    """Conversion of the journeys that met a channel minus that of those that did not, largest first.

    paths: one row per journey, columns path, converted. Removal effects grow with use; this does not. Columns channel,
    estimate, low, high (Newcombe 1998, method 10), n (smaller of the two groups), unit pp, with_share, without_share,
    verdict (real: the interval leaves out 0 | not shown | cannot tell: n under the evidence gate).
    """
    met = paths["path"].str.get_dummies(ARROW).astype(bool)
    rows = [_row(channel, paths["converted"], met[channel]) for channel in met.columns]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)


def differences_by_step(paths: pd.DataFrame) -> pd.DataFrame:
    """`passing_difference` of each step, with a column step."""
    parts = [passing_difference(inside).assign(step=step) for step, inside in paths.groupby("step", sort=False)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*COLUMNS, "step"])


def _row(channel: str, converted: pd.Series, met: pd.Series) -> tuple[object, ...]:
    """One channel: the two groups of journeys and their difference."""
    (won, n), (lost, others) = ((int(group.sum()), len(group)) for group in (converted[met], converted[~met]))
    estimate, low, high = newcombe((won, n), (lost, others))
    smaller = min(n, others)
    shares = (count / size if size else float("nan") for count, size in ((won, n), (lost, others)))
    return (channel, estimate, low, high, smaller, "pp", *shares, compare(low, high, n=smaller))
