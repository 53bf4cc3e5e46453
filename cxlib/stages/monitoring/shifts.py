"""When did the level change? Dating of lasting shifts in a series."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import ruptures

from cxlib.stages.monitoring.limits import usual_spread, without_dust
from cxlib.statistics.differences import Floats, student, welch
from cxlib.statistics.intervals import ALPHA, TIDY, detectable

SHIFTS = ["metric", "shift_on", "earliest_on", "latest_on", "before_score", "after_score", *TIDY, "p_value"]
SHIFTS += ["n_before", "n_after", "detectable"]
MINIMUM_PERIODS = 12  # shorter series cannot tell a shift from chance
DATE_95 = 7.35  # loss of fit, in variances, up to which another date is as good (Hansen 2000, table I)
REPLICATES = 400  # shuffles
LASTING = 4  # periods on either side: a shift lasts, a spike does not


def shifts(
    series: pd.DataFrame, *, alpha: float = 0.01, detrend: bool = False, replicates: int = REPLICATES, seed: int = 0
) -> pd.DataFrame:
    """Lasting changes of level that chance does not explain, oldest first.

    PELT with the least-squares cost (Killick, Fearnhead & Eckley 2012; ruptures with jump=1, min_size=2, because its
    default jump of 5 misdates), penalty 3 σ² ln n with σ from the moving range. Each break is dated with every period
    weighted by its n, and held against `replicates` shuffles of its two neighbouring stretches (largest drop in squares,
    wherever it falls); it stays when p ≤ `alpha`, and any do only when the whole series passes the same test first, so
    that a series in which nothing happened is called shifted with probability `alpha` at most. `detrend` takes a
    straight line out first, for totals that grow. Columns: metric, shift_on (first period of the new level),
    earliest_on, latest_on (95 % range of that date), before_score, after_score, estimate (difference), low, high
    (Welch; too narrow, as the date was chosen on the same data), n, unit, p_value, n_before, n_after, detectable
    (smallest change that would have shown). Under 12 periods: an empty table.
    """
    known = series.dropna(subset=["estimate"]).sort_values("period_on", ignore_index=True)
    known["estimate"] = without_dust(known["estimate"])
    if len(known) < MINIMUM_PERIODS or known["estimate"].nunique() < 2:
        return empty_shifts()
    values = known["estimate"].to_numpy(float)
    values = _without_trend(values) if detrend else values
    generator = np.random.default_rng(seed)
    if _chance(values, replicates, generator) > alpha:  # else breaks picked from pure chance pass three times too often
        return empty_shifts()
    weights = known["n"].clip(lower=1).to_numpy(float) if "n" in known else np.ones(len(known))
    edges = _dated(values, weights, [0, *breaks(values), len(values)])
    rows = []
    for place in range(1, len(edges) - 1):
        around = slice(edges[place - 1], edges[place + 1])
        dates = _as_good(values[around], weights[around])
        chance = _chance(values[around], replicates, generator)
        rows.append(_shift(known, values, edges[place - 1 : place + 2], dates) | {"p_value": chance})
    found = pd.DataFrame(rows, columns=SHIFTS)
    lasting = found["n_before"].ge(LASTING) & found["n_after"].ge(LASTING)
    return found[lasting & found["p_value"].le(alpha)].reset_index(drop=True)


def all_shifts(series: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """`shifts` of every metric in a long table; 5 % are shared out among them (Bonferroni), money loses its trend.

    Counts are charted and not dated: a second figure of the same purchases.
    """
    each = [one for _metric, one in series[series["unit"].ne("count")].groupby("metric", sort=False)]
    replicates = max(REPLICATES, int(3 * len(each) / ALPHA))  # a p-value below the shared-out level must be possible
    options: dict[str, Any] = {"alpha": ALPHA / max(len(each), 1), "replicates": replicates, "seed": seed}
    found = [shifts(one, detrend=one["unit"].iloc[0] == "money", **options) for one in each]
    held = [table for table in found if len(table)]
    return pd.concat(held, ignore_index=True) if held else empty_shifts()


def empty_shifts() -> pd.DataFrame:
    """A table of shifts without rows."""
    return pd.DataFrame(columns=SHIFTS).astype({"estimate": float, "low": float, "high": float, "n": float})


def breaks(values: Floats) -> list[int]:
    """Positions where a new level begins, by PELT with the penalty 3 σ² ln n."""
    penalty = 3 * max(usual_spread(values), 1e-12) ** 2 * np.log(len(values))
    found = ruptures.Pelt(model="l2", jump=1, min_size=2).fit(values.reshape(-1, 1)).predict(pen=penalty)
    return [int(place) for place in found[:-1]]


def _without_trend(values: Floats) -> Floats:
    """The values around their straight line, at the height of their mean."""
    time = np.arange(len(values))
    return np.asarray(values - np.polyval(np.polyfit(time, values, 1), time) + values.mean())


def _dated(values: Floats, weights: Floats, edges: list[int]) -> list[int]:
    """The same breaks, each moved to where the two stretches beside it fit best when a period counts by its answers."""
    for place in range(1, len(edges) - 1):
        start, end = edges[place - 1], edges[place + 1]
        edges[place] = start + 1 + int(_weighted_gain(values[start:end], weights[start:end]).argmax())
    return edges


def _weighted_gain(values: Floats, weights: Floats) -> Floats:
    """Drop in the weighted sum of squares for a break after the first, second, … value."""
    left = np.cumsum(weights)[:-1]
    total = np.cumsum(weights * (values - np.average(values, weights=weights)))[:-1]
    return np.asarray(total**2 * weights.sum() / (left * (weights.sum() - left)))


def _as_good(values: Floats, weights: Floats) -> tuple[int, int]:
    """First and last position of a break that the data cannot tell from the best one (95 %; Hansen 2000)."""
    gain = _weighted_gain(values, weights)
    best = int(gain.argmax()) + 1
    levels = np.where(
        np.arange(len(values)) < best,
        np.average(values[:best], weights=weights[:best]),
        np.average(values[best:], weights=weights[best:]),
    )
    variance = float((weights * (values - levels) ** 2).sum()) / max(len(values) - 2, 1)
    near = np.flatnonzero(gain >= gain.max() - DATE_95 * variance)
    return int(near.min()) + 1, int(near.max()) + 1


def _gain(values: Floats) -> Floats:
    """Largest drop in the sum of squares that one break brings, for each row of values."""
    n = values.shape[1]
    left = np.arange(1, n)
    total = np.cumsum(values - values.mean(axis=1, keepdims=True), axis=1)[:, :-1]
    return np.asarray((total**2 * n / (left * (n - left))).max(axis=1))


def _chance(values: Floats, replicates: int, generator: np.random.Generator) -> float:
    """Share of shuffles whose best break is at least as good as the one found."""
    shuffled = generator.permuted(np.tile(values, (replicates, 1)), axis=1)
    return float((1 + (_gain(shuffled) >= _gain(values[None, :])[0]).sum()) / (replicates + 1))


def _shift(known: pd.DataFrame, values: Floats, edges: list[int], dates: tuple[int, int]) -> dict[str, object]:
    """One break between two stretches; `dates` count from the first of them."""
    start, place, end = edges
    before, after = values[start:place], values[place:end]
    alone = min(len(before), len(after)) < 2
    told = welch(after, before) if not alone else student(after.mean() - before.mean(), np.nan)
    first, last = (known["period_on"].iloc[start + date] for date in dates)
    about = {"shift_on": known["period_on"].iloc[place], "earliest_on": first, "latest_on": last, "n": end - start}
    about |= {
        "before_score": before.mean(),
        "after_score": after.mean(),
        "n_before": len(before),
        "n_after": len(after),
    }
    about |= {name: known[name].iloc[0] for name in ("metric", "unit")}
    return {**told, **about, "detectable": detectable(told["low"], told["high"])}
