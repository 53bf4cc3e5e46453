"""How many answers settle a question: for a margin, for a change, and for a known base of customers."""

from __future__ import annotations

import math

import pandas as pd
from scipy.special import ndtri

from cxlib.statistics.intervals import Z
from cxlib.statistics.scores import nps

MARGINS, CHANGES = (10.0, 5.0, 3.0), (10.0, 5.0)  # points: a rough, a usual and a fine answer
Z_POWER = float(ndtri(0.8))  # a change is found in four cases of five
PLAN = ["aim", "size_points", "n", "n_of_base", "answered"]


def nps_variance(promoter_share: float, detractor_share: float) -> float:
    """v = P + D − (P − D)², the variance of one answer scored −1, 0, 1."""
    return promoter_share + detractor_share - (promoter_share - detractor_share) ** 2


def nps_sample_size(variance: float, *, half_width_points: float) -> int:
    """Answers needed for an interval of ± `half_width_points`: n = z²v/h². The worst case has variance 1."""
    return math.ceil((Z / (half_width_points / 100)) ** 2 * variance)


def nps_change_sample_size(variances: tuple[float, float], *, change_points: float) -> int:
    """Answers *per wave* that show a change of `change_points`: n = (z_{α/2} + z_β)²(v₁ + v₂)/δ²."""
    return math.ceil((Z + Z_POWER) ** 2 * sum(variances) / (change_points / 100) ** 2)


def finite_sample_size(n: float, *, population: float) -> float:
    """Answers needed when a probability sample is drawn from a known base: n / (1 + (n − 1)/N).

    Not for those who answered an invitation sent to everybody: non-response is not sampling.
    """
    return n / (1 + (n - 1) / population)


def survey_plan(answers: pd.DataFrame, *, population: int = 0) -> pd.DataFrame:
    """How many answers the next survey needs, at the shares of promoters and detractors of the last year.

    answers: from `whole_relation`; population: customers that could be asked. Columns as `nps_plan`; empty when the net
    promoter question was never asked.
    """
    recommending = answers[answers["question"] == "nps"].drop(columns="weight", errors="ignore")
    waves = nps(recommending, by=["wave"])
    if waves.empty:
        return pd.DataFrame(columns=PLAN)
    last = waves.sort_values("wave").iloc[-1]
    shares = float(last["promoter_share"]), float(last["detractor_share"])
    return nps_plan(*shares, answered=int(last["n"]), population=population)


def nps_plan(promoter_share: float, detractor_share: float, *, answered: int, population: int = 0) -> pd.DataFrame:
    """Answers that the next survey needs, at the shares of the last one; one row per aim.

    Columns aim (margin: ± size | change: per wave, 80 % of the cases), size_points, n, n_of_base (drawn at random from
    `population` customers; blank for a change and without a base), answered (in the last wave).
    """
    variance = nps_variance(promoter_share, detractor_share)
    if not variance > 0:
        return pd.DataFrame(columns=PLAN)
    sizes = {size: nps_sample_size(variance, half_width_points=size) for size in MARGINS}
    changes = {size: nps_change_sample_size((variance, variance), change_points=size) for size in CHANGES}
    drawn = {n: math.ceil(finite_sample_size(n, population=population)) for n in sizes.values() if population > 0}
    rows = [("margin", size, n, drawn.get(n, math.nan), answered) for size, n in sizes.items()]
    rows += [("change", size, n, math.nan, answered) for size, n in changes.items()]
    return pd.DataFrame(rows, columns=PLAN)
