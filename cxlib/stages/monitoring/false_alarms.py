"""How often does a chart cry wolf: with limits that are known, and with limits learnt from a few periods."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from cxlib.stages.monitoring.control import RUN
from cxlib.stages.monitoring.limits import D2, DECISION, SLACK, WEIGHT, WIDTH, cumulated, smoothed
from cxlib.statistics.differences import Floats

CHARTS = 4_000  # simulated charts: the yearly rate is then right to about 3 %
GRID = 151  # cells of the Markov chain: run lengths right to under 1 %
ALARMS = ["metric", "chart", "n_phase_one", "periods_a_year", "known_a_year", "estimate", "p_any", "n", "unit"]


def run_length(chart: str, *, shift: float = 0.0) -> float:
    """Mean number of periods until a chart with known limits signals, after a lasting shift of `shift` σ.

    xmr (and xbar, p, laney, c, residual): a value beyond 3 σ or the eighth in a row on one side, as a Markov chain over
    the runs (Champ & Woodall 1987): 153 at no shift. ewma (λ 0.1, 2.7 σ) and cusum (k 0.5, h 5): Markov chains over a
    grid (Brook & Evans 1972): 369 and 465 at no shift, about 10 at one σ.
    """
    chain = {"ewma": _smooth_chain, "cusum": _cusum_chain}.get(chart, _run_chain)(shift)
    lengths = np.linalg.solve(np.eye(len(chain)) - chain, np.ones(len(chain)))
    return float(lengths[len(chain) // 2 if chart == "ewma" else 0])  # a moving average begins in the middle


def alarms(charts: pd.DataFrame) -> pd.DataFrame:
    """False alarms to expect in a year of each chart that has limits, if nothing at all happens.

    `charts`: metric, chart, period_on, phase (I|II). Limits learnt from few periods are themselves uncertain, so they cry
    wolf more often than the textbook says: `estimate` counts signals a year over 4,000 simulated steady series whose
    limits were learnt from as many periods (Quesenberry 1993); known_a_year is periods ÷ `run_length`. p_any: chance of
    at least one in the year. Columns: metric, chart, n_phase_one, periods_a_year, known_a_year, estimate, p_any, n, unit.
    """
    limited = charts[charts["chart"].ne("none")]
    rows = []
    for metric, one in limited.groupby("metric", sort=False):
        gap = one["period_on"].sort_values().diff().dt.days.median()
        periods, first = round(365.25 / float(gap)), int(one["phase"].eq("I").sum())
        kind = str(one["chart"].iloc[0])
        rate, some = signal_rate(kind, first=first, watched=periods)
        rows.append([metric, kind, first, periods, periods / run_length(kind), rate * periods, some, len(one), "count"])
    return pd.DataFrame(rows, columns=ALARMS)


@cache
def signal_rate(chart: str, *, first: int, watched: int, seed: int = 0) -> tuple[float, float]:
    """New signals per period, and share of charts with any, over `watched` steady periods after `first` that set the limits.

    A point beyond a limit counts each time, a run when it begins, EWMA and CUSUM once until they are back at the centre.
    """
    values = np.random.default_rng(seed).normal(size=(CHARTS, first + watched))
    values = _not_foretold(values, first) if chart == "residual" else values
    base = values[:, :first]
    centre = base.mean(axis=1, keepdims=True)
    sigma = np.abs(np.diff(base, axis=1)).mean(axis=1, keepdims=True) / D2
    if chart in ("p", "c", "xbar"):  # their spread follows from n, only the centre is learnt
        sigma = np.ones_like(sigma)
    found, lasting = _signals((values - centre) / sigma, chart)
    return float(found[:, first:].mean()), float(lasting[:, first:].any(axis=1).mean())


def _not_foretold(values: Floats, first: int) -> Floats:
    """What each period before does not foretell, with the correlation learnt from the first ones, as in the residual chart."""
    base = values[:, :first] - values[:, :first].mean(axis=1, keepdims=True)
    rho = (base[:, 1:] * base[:, :-1]).sum(axis=1) / (base**2).sum(axis=1)
    gap = values - values[:, :first].mean(axis=1, keepdims=True)
    left = gap.copy()
    left[:, 1:] -= rho[:, None] * gap[:, :-1]
    return np.asarray(left)


def _signals(z: Floats, chart: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of standardised series, one a row: where a signal begins, and every period that has one."""
    if chart == "ewma":
        smooth, limit = smoothed(z), WIDTH * float(np.sqrt(WEIGHT / (2 - WEIGHT)))
        return _begins(smooth, limit), np.abs(smooth) > limit
    if chart == "cusum":
        up, down = cumulated(z)
        larger = np.where(up >= down, up, -down)
        return _begins(larger, DECISION), np.abs(larger) > DECISION
    run, runs = np.zeros(len(z)), np.zeros_like(z)
    for at in range(z.shape[1]):
        same = np.sign(z[:, at]) == np.sign(z[:, at - 1]) if at else np.zeros(len(z), dtype=bool)
        run = np.where(same, run + 1, 1)
        runs[:, at] = run
    beyond = np.abs(z) > 3
    return beyond | (runs == RUN), beyond | (runs >= RUN)


def _begins(values: Floats, limit: float) -> NDArray[np.bool_]:
    """True where |value| first passes the limit since the series was last at its centre: one alarm an excursion."""
    first, side = np.zeros(values.shape, dtype=bool), np.zeros(len(values))
    for at in range(values.shape[1]):
        now = values[:, at]
        side = np.where(np.sign(now) == side, side, 0.0)
        first[:, at] = (np.abs(now) > limit) & (side == 0)
        side = np.where(first[:, at], np.sign(now), side)
    return first


def _run_chain(shift: float) -> Floats:
    """Chances to go from one run to the next without a signal: state 0 none yet, 1–7 above, 8–14 below."""
    above = float(stats.norm.cdf(3 - shift) - stats.norm.cdf(-shift))
    below = float(stats.norm.cdf(-shift) - stats.norm.cdf(-3 - shift))
    chain = np.zeros((2 * RUN - 1, 2 * RUN - 1))
    chain[0, 1], chain[0, RUN] = above, below
    for run in range(1, RUN):
        up, down = run, RUN - 1 + run
        chain[up, RUN], chain[down, 1] = below, above
        if run < RUN - 1:
            chain[up, up + 1], chain[down, down + 1] = above, below
    return chain


def _smooth_chain(shift: float) -> Floats:
    """The moving average on a grid between its limits."""
    limit = WIDTH * np.sqrt(WEIGHT / (2 - WEIGHT))
    edges = np.linspace(-limit, limit, GRID + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    need = (edges[None, :] - (1 - WEIGHT) * middles[:, None]) / WEIGHT - shift
    return np.asarray(np.diff(stats.norm.cdf(need), axis=1))


def _cusum_chain(shift: float) -> Floats:
    """Both sums at once are too many states: the two sides' run lengths add as rates, so one side stands for two.

    Exact for sums that cannot be above zero together on the way to a signal (Van Dobben de Bruyn 1968): 1/L = 1/L⁺ + 1/L⁻.
    """
    lengths = [_one_side(side * shift) for side in (1.0, -1.0)]
    stay = 1 - sum(1 / length for length in lengths)
    return np.array([[stay]])


def _one_side(shift: float) -> float:
    """Run length of one cumulated sum from zero (Brook & Evans 1972)."""
    width = 2 * DECISION / (2 * GRID - 1)
    middles = np.arange(GRID) * width
    upper = middles[None, :] + width / 2 - middles[:, None] + SLACK - shift
    below = stats.norm.cdf(upper)
    chain = np.column_stack([below[:, :1], np.diff(below, axis=1)])
    return float(np.linalg.solve(np.eye(GRID) - chain, np.ones(GRID))[0])
