"""Whole sites drawn for pilot and control: the difference when few of them decide, by the lottery itself."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlib.statistics.intervals import TIDY

Floats = NDArray[np.float64]
DRAWS = 4000  # of the ways to draw the sites, when there are more: a p of 0.05 is then right to 0.007
MANY_SITES = 30  # from there on cluster-robust errors hold, and the covariate may be used (Cameron & Miller 2015)
SITES = ["metric", "design", "method", *TIDY, "p_value", "n_pilot", "n_control", "pilot", "control"]


def site_difference(
    outcomes: pd.DataFrame, *, site: str, unit: str, confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Pilot minus control when sites, not customers, were drawn: randomisation inference, one row.

    `outcomes`: arm, outcome, metric and the column `site`; a site has one arm. The difference of the arms' means is held
    against what every other way to draw as many sites would have given (all of them, or 4,000 at random): p is the share
    at least as large (Fisher 1935). The interval holds every constant effect that this test does not reject (Rosenbaum
    2002, sec. 2.6); it is exact for any number of sites, where cluster-robust errors are too small below 30 (Cameron & Miller
    2015). Limits are infinite, and given as NaN, where even the rarest draw is not rare enough: fewer than 2 × 4 sites.
    n_pilot and n_control count sites; n counts customers. Columns as an effect table. One site in an arm: empty.
    """
    sums = _by_site(outcomes, site)
    pilot = sums["arm"].eq("pilot").to_numpy()
    if min(pilot.sum(), (~pilot).sum()) < 2:
        return pd.DataFrame(columns=SITES)
    total, n = sums["sum"].to_numpy(float), sums["size"].to_numpy(float)
    ways = _ways(len(sums), int(pilot.sum()), seed)
    seen, drawn = (
        _both(total, n, pilot, way) for way in (pilot[None, :], ways)
    )  # the gap, and what an effect of 1 adds to it
    estimate, reach = float(seen[0][0]), 10 * float(np.ptp(total / n)) + 1e-9
    own = estimate, float(seen[1][0])
    low, high = (_limit(own, drawn, 1 - confidence, estimate + side * reach) for side in (-1.0, 1.0))
    row = {
        "metric": outcomes["metric"].iloc[0],
        "design": "sites",
        "method": "randomisation",
        "estimate": estimate,
        "low": low,
        "high": high,
        "n": int(n.sum()),
        "unit": unit,
        "p_value": _p_value(own, drawn),
        "n_pilot": int(pilot.sum()),
        "n_control": int((~pilot).sum()),
        "pilot": total[pilot].sum() / n[pilot].sum(),
        "control": total[~pilot].sum() / n[~pilot].sum(),
    }
    return pd.DataFrame([row])[SITES]


def site_differences(outcomes: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """`site_difference` of every metric of a long table, when fewer than 30 whole sites were drawn; otherwise empty."""
    few = drawn_by_site(outcomes) and outcomes["site"].nunique() < MANY_SITES
    parts = [
        site_difference(table, site="site", unit=str(table["unit"].iloc[0]), confidence=confidence)
        for _metric, table in (outcomes if few else outcomes.head(0)).groupby("metric", sort=False)
    ]
    held = [part for part in parts if len(part)]
    return pd.concat(held, ignore_index=True) if held else pd.DataFrame(columns=SITES)


def cluster_of(outcomes: pd.DataFrame) -> str:
    """The column to cluster errors by: "site" when 30 or more whole sites were drawn, otherwise none."""
    return "site" if drawn_by_site(outcomes) and outcomes["site"].nunique() >= MANY_SITES else ""


def drawn_by_site(outcomes: pd.DataFrame, *, site: str = "site") -> bool:
    """Were whole sites drawn? Each site known, each in one arm, and more than one customer in some."""
    if outcomes.empty or site not in outcomes or outcomes[site].isna().any() or outcomes[site].eq("").any():
        return False
    arms = outcomes.groupby(site)["arm"].agg(["nunique", "size"])
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


def _limit(seen: tuple[float, float], drawn: tuple[Floats, Floats], alpha: float, far: float) -> float:
    """The farthest constant effect between the estimate and `far` that is not rejected, by bisection."""
    near = seen[0]
    if _p_value(seen, drawn, far) > alpha:
        return float("nan")
    for _step in range(60):
        between = (near + far) / 2
        near, far = (between, far) if _p_value(seen, drawn, between) > alpha else (near, between)
    return near
