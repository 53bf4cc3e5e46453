"""What it would be worth to know before choosing: the expected value of perfect information, and how often each option wins."""

from __future__ import annotations

import numpy as np
import pandas as pd

INFORMATION = ["name", "estimate", "low", "high", "n", "unit"]
WINNERS = ["option", "best_share", "regret_money"]
BATCHES = 20  # parts of the draws whose spread gives the interval


def perfect_information(futures: pd.DataFrame) -> pd.DataFrame:
    """Expected value of perfect information: E[max over options] − max over options of E (Raiffa & Schlaifer 1961).

    futures: net present value, one row a draw, one column an option, all in the same draws. No study of the effects is
    worth more than this. One row: name evpi, estimate (money), low, high (95 %, over 20 batches of draws), n (draws), unit.
    Empty without futures or with fewer than two options.
    """
    if len(futures) < 2 * BATCHES or futures.shape[1] < 2:
        return pd.DataFrame(columns=INFORMATION)
    values = futures.to_numpy(dtype=float)
    best = int(values.mean(axis=0).argmax())
    lost = values.max(axis=1) - values[:, best]
    parts = np.array([part.mean() for part in np.array_split(lost, BATCHES)])
    half = 1.96 * parts.std(ddof=1) / np.sqrt(BATCHES)
    row = ("evpi", lost.mean(), max(lost.mean() - half, 0.0), lost.mean() + half, len(futures), "money")
    return pd.DataFrame([row], columns=INFORMATION)


def winners(futures: pd.DataFrame) -> pd.DataFrame:
    """How often each option is the best in the same future, and what choosing it costs on average against knowing.

    Columns option, best_share (ties are shared out), regret_money (mean of best − this one, never negative).
    """
    if futures.empty:
        return pd.DataFrame(columns=WINNERS)
    values = futures.to_numpy(dtype=float)
    top = values.max(axis=1, keepdims=True)
    first = np.isclose(values, top)
    share = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)
    return pd.DataFrame({"option": futures.columns, "best_share": share, "regret_money": (top - values).mean(axis=0)})
