"""Whole sites drawn for pilot and control: the difference when few of them decide, by the lottery itself."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.stages.measurement.effect import effect_row, empty_effect, stacked
from cxlib.statistics.differences import Floats
from cxlib.statistics.intervals import ALPHA

DRAWS = 4000  # of the ways to draw the sites, when there are more: a p of 0.05 is then right to 0.007
MANY_SITES = 30  # from there on cluster-robust errors hold, and the covariate may be used (Cameron & Miller 2015)


def site_difference(outcomes: pd.DataFrame, *, site: str, unit: str, seed: int = 0) -> pd.DataFrame:
    """Pilot minus control when sites, not customers, were drawn: randomisation inference, one row of an effect table.

    `outcomes`: arm, outcome, metric and the column `site`; a site has one arm. The difference of the arms' means is held
    against what every other way to draw as many sites would have given (all of them, or 4,000 at random): p is the share
    at least as large (Fisher 1935). The interval holds every constant effect that this test does not reject (Rosenbaum
    2002, sec. 2.6); it is exact for any number of sites, where cluster-robust errors are too small below 30 (Cameron & Miller
    2015). Limits are infinite, and given as NaN, where even the rarest draw is not rare enough: fewer than 2 × 4 sites.
    n_pilot and n_control count sites; n counts customers. One site in an arm: empty.
    """
    sums = _by_site(outcomes, site)
    pilot = sums["arm"].eq("pilot").to_numpy()
    n_pilots = int(pilot.sum())
    if min(n_pilots, len(sums) - n_pilots) < 2:
        return empty_effect()
    total, n = sums["sum"].to_numpy(float), sums["size"].to_numpy(float)
    own, drawn = (_both(total, n, pilot, ways) for ways in (pilot[None, :], _ways(len(sums), n_pilots, seed)))
    gap = float(own[0][0]), float(own[1][0])  # the gap seen, and what an effect of 1 adds to it
    reach = 10 * float(np.ptp(total / n)) + 1e-9
    low, high = (_limit(gap, drawn, gap[0] + side * reach) for side in (-1.0, 1.0))
    told = {"estimate": gap[0], "low": low, "high": high, "p_value": _p_value(gap, drawn)}
    return effect_row(
        told,
        metric=str(outcomes["metric"].iloc[0]),
        design="sites",
        method="randomisation",
        unit=unit,
        n=int(n.sum()),
        sizes=(n_pilots, len(sums) - n_pilots),
        customers=int(n[pilot].sum()),
        means=(total[pilot].sum() / n[pilot].sum(), total[~pilot].sum() / n[~pilot].sum()),
    )


def site_differences(outcomes: pd.DataFrame) -> pd.DataFrame:
    """`site_difference` of every metric of a long table, when fewer than 30 whole sites were drawn; otherwise empty."""
    few = drawn_by_site(outcomes) and outcomes["site"].nunique() < MANY_SITES
    by_metric = (outcomes if few else outcomes.head(0)).groupby("metric", sort=False)
    return stacked([site_difference(one, site="site", unit=str(one["unit"].iloc[0])) for _metric, one in by_metric])


def cluster_of(outcomes: pd.DataFrame) -> str:
    """The column to cluster errors by: "site" when 30 or more whole sites were drawn, otherwise none."""
    return "site" if drawn_by_site(outcomes) and outcomes["site"].nunique() >= MANY_SITES else ""


def drawn_by_site(outcomes: pd.DataFrame) -> bool:
    """Were whole sites drawn? Each site known, each in one arm, and more than one customer in some."""
    if outcomes.empty or "site" not in outcomes or outcomes["site"].isna().any() or outcomes["site"].eq("").any():
        return False
    arms = outcomes.groupby("site")["arm"].agg(["nunique", "size"])
    return bool(arms["nunique"].eq(1).all() and arms["size"].gt(1).any())


def _by_site(outcomes: pd.DataFrame, site: str) -> pd.DataFrame:
    """Sum of the outcome, number of customers and arm of each site."""
    known = outcomes.dropna(subset=["outcome", "arm", site]) if len(outcomes) else outcomes
    if known.empty:
        return pd.DataFrame({"sum": [], "size": [], "arm": pd.Series(dtype="str")})
    return known.groupby(site).agg(sum=("outcome", "sum"), size=("outcome", "size"), arm=("arm", "first"))


def _ways(sites: int, pilots: int, seed: int) -> NDArray[np.bool_]:
    """Ways to draw the pilot sites, one a row: all of them when there are few enough."""
    if comb(sites, pilots) <= DRAWS:
        chosen = np.array(list(combinations(range(sites), pilots)))
    else:
        chosen = np.random.default_rng(seed).random((DRAWS, sites)).argsort(axis=1)[:, :pilots]
    ways = np.zeros((len(chosen), sites), dtype=bool)
    np.put_along_axis(ways, chosen, True, axis=1)
    return ways


def _both(total: Floats, n: Floats, pilot: NDArray[np.bool_], ways: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The gap of the arms' means under each way to draw, and the gap that a constant effect of 1 in the pilot sites has."""
    return _gaps(total, n, ways), _gaps(n * pilot, n, ways)


def _gaps(total: Floats, n: Floats, ways: NDArray[np.bool_]) -> Floats:
    """Difference of the arms' means under each way to draw."""
    inside, size = ways @ total, ways @ n
    return np.asarray(inside / size - (total.sum() - inside) / (n.sum() - size))


def _p_value(seen: tuple[float, float], drawn: tuple[Floats, Floats], effect: float = 0.0) -> float:
    """Share of the ways whose gap, after a constant effect is taken out of the pilot sites, is at least as large."""
    own = abs(seen[0] - effect * seen[1])
    return float((np.abs(drawn[0] - effect * drawn[1]) >= own - 1e-12).mean())


def _limit(seen: tuple[float, float], drawn: tuple[Floats, Floats], far: float) -> float:
    """The farthest constant effect between the estimate and `far` that is not rejected, by bisection."""
    near = seen[0]
    if _p_value(seen, drawn, far) > ALPHA:
        return float("nan")
    for _step in range(60):
        between = (near + far) / 2
        near, far = (between, far) if _p_value(seen, drawn, between) > ALPHA else (near, between)
    return near
