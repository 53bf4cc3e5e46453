"""How many customers an experiment needs, and the smallest effect it could show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

from cxlib.facts import rows
from cxlib.statistics.intervals import ALPHA, POWER, Z_POWER, Z

COLUMNS = ["metric", "unit", "minimum_effect", "n_needed", "n_available", "detectable", "enough"]
ROUNDING = 1e-9  # by so much a share may lie beyond 0 or 1


def n_two_shares(control: float, effect: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """Customers per arm that show a difference between two shares; NaN where it cannot be told.

    n = (z_{1−α/2}·√(2p̄q̄) + z_power·√(p₁q₁ + p₂q₂))² / (p₁ − p₂)²   (Fleiss, Levin & Paik 2003; R power.prop.test)
    """
    if not (0 <= control <= 1 and -ROUNDING <= control + effect <= 1 + ROUNDING) or effect == 0:
        return float("nan")
    pooled, apart = _spreads(control, effect)
    return ((_z(1 - alpha / 2) * pooled + _z(power) * apart) / effect) ** 2


def n_two_means(spread: float, effect: float, *, alpha: float = ALPHA, power: float = POWER) -> float:
    """Customers per arm that show a difference between two means of standard deviation `spread`; exact noncentral t.

    Power = P(|T| > t_{1−α/2, 2n−2}) with noncentrality |effect|/spread·√(n/2)   (R power.t.test, strict = FALSE)
    """
    if not (spread > 0) or effect == 0 or math.isnan(effect):
        return float("nan")
    ratio = abs(effect) / spread

    def lacking(n: float) -> float:
        freedom = 2 * (n - 1)
        return float(stats.nct.sf(stats.t.ppf(1 - alpha / 2, freedom), freedom, ratio * math.sqrt(n / 2))) - power

    if not lacking(2) < 0:  # two customers an arm show an effect that dwarfs the spread
        return 2.0
    rough = 2 * ((_z(1 - alpha / 2) + _z(power)) / ratio) ** 2
    if rough > 5_000:  # the t and the normal agree there, and the noncentral t grows slow
        return rough
    return float(optimize.brentq(lacking, 2, rough + 50))


def detectable_share(control: float, n_per_arm: float) -> float:
    """Smallest rise of a share that `n_per_arm` customers would show; NaN when even a rise to 1 would stay hidden."""
    if not (n_per_arm > 1) or not 0 <= control < 1:
        return float("nan")

    def spare(effect: float) -> float:
        return n_per_arm - n_two_shares(control, effect)

    most, least = 1 - control, (1 - control) * ROUNDING
    if spare(most) < 0:
        return float("nan")
    return least if spare(least) >= 0 else float(optimize.brentq(spare, least, most, xtol=1e-15))


def detectable_mean(spread: float, n_per_arm: float) -> float:
    """Smallest difference of means that `n_per_arm` customers would show (normal approximation)."""
    if not (n_per_arm > 1) or not spread > 0:
        return float("nan")
    return (Z + Z_POWER) * spread * math.sqrt(2 / n_per_arm)


def pilot_size(metrics: pd.DataFrame, *, n_available: int) -> pd.DataFrame:
    """Per candidate metric: customers per arm needed for its minimum effect, and the smallest effect within reach.

    metrics: metric, unit (share|money), baseline, spread, minimum_effect, one row each.
    n_available: customers who could be drawn, both arms together.
    Returns metric, unit, minimum_effect, n_needed (per arm), n_available (per arm), detectable, enough (bool).
    """
    n_arm = n_available // 2
    found = [_size(row, n_arm) for row in rows(metrics)]
    return pd.DataFrame(found, columns=COLUMNS)


def effects_within_reach(registration: pd.DataFrame, *, n_available: int) -> pd.DataFrame:
    """Customers per arm that each effect of a registration would need: the one worth having and the ones assumed.

    registration: one row with unit, baseline, spread, minimum_effect, promised_low, promised_effect, promised_high, alpha,
    power. Returns effect (minimum | low | likely | high), size, unit, n_needed (per arm), n_available (per arm), enough.
    """
    columns = ["effect", "size", "unit", "n_needed", "n_available", "enough"]
    if registration.empty:
        return pd.DataFrame(columns=columns)
    row = rows(registration)[0]
    names = {"minimum": "minimum_effect", "low": "promised_low", "likely": "promised_effect", "high": "promised_high"}
    told = [(name, row[column], row["unit"], _needed(row, row[column])) for name, column in names.items()]
    table = pd.DataFrame(told, columns=columns[:4]).assign(n_available=n_available // 2)
    return table.assign(enough=table["n_needed"] <= table["n_available"])


def size_to_draw(reach: pd.DataFrame) -> float:
    """Customers per arm to draw: what the minimum effect needs (NaN when unknown); all if that is too many."""
    needed = reach.loc[reach["effect"].eq("minimum"), "n_needed"]
    return float(needed.iloc[0]) if len(needed) else float("nan")


def power_curves(registration: pd.DataFrame, *, n_available: int) -> pd.DataFrame:
    """Chance of showing the minimum and the likely effect: effect, size, unit, n_per_arm (customers), power_share."""
    columns = ["effect", "size", "unit", "n_per_arm", "power_share"]
    reach = effects_within_reach(registration, n_available=n_available)
    reach = reach[reach["effect"].isin(["minimum", "likely"]) & reach["n_needed"].notna()]
    if reach.empty:
        return pd.DataFrame(columns=columns)
    sizes = np.geomspace(20, 3 * max(float(reach["n_needed"].max()), n_available / 2), 60)
    parts = []
    for one in rows(reach):
        chance = _power(rows(registration)[0], one["size"], sizes)
        part = pd.DataFrame({"n_per_arm": sizes, "power_share": chance})
        parts.append(part.assign(effect=one["effect"], size=one["size"], unit=one["unit"])[columns])
    return pd.concat(parts, ignore_index=True)


def _power(row: Mapping[str, Any], effect: float, sizes: np.ndarray) -> np.ndarray:
    """Power by customers per arm, normal approximation."""
    control, spread = row["baseline"], row["spread"]
    pooled, apart = _spreads(control, effect) if row["unit"] == "share" else (math.sqrt(2) * spread,) * 2
    shown = np.sqrt(sizes) * abs(effect) - _z(1 - row["alpha"] / 2) * pooled
    return np.asarray(stats.norm.cdf(shown / max(apart, ROUNDING)))


def _spreads(control: float, effect: float) -> tuple[float, float]:
    """Spread of the difference of two shares by n, when they are alike and when they lie `effect` apart."""
    pilot = min(max(control + effect, 0.0), 1.0)
    middle = (control + pilot) / 2
    return math.sqrt(2 * middle * (1 - middle)), math.sqrt(control * (1 - control) + pilot * (1 - pilot))


def _needed(row: Mapping[str, Any], effect: float) -> float:
    """Customers per arm for one effect of a registration, rounded up; NaN when it cannot be told."""
    given = {"alpha": row.get("alpha", ALPHA), "power": row.get("power", POWER)}
    if row["unit"] == "share":
        needed = n_two_shares(row["baseline"], effect, **given)
    else:
        needed = n_two_means(row["spread"], effect, **given)
    return math.ceil(needed) if math.isfinite(needed) else float("nan")


def _size(row: Mapping[str, Any], n_arm: int) -> dict[str, Any]:
    """One line of `pilot_size`."""
    needed = _needed(row, row["minimum_effect"])
    share = row["unit"] == "share"
    reach = detectable_share(row["baseline"], n_arm) if share else detectable_mean(row["spread"], n_arm)
    told = {"n_needed": needed, "n_available": n_arm, "detectable": reach, "enough": bool(needed <= n_arm)}
    return {name: row[name] for name in ("metric", "unit", "minimum_effect")} | told


def _z(level: float) -> float:
    """Quantile of the standard normal."""
    return float(stats.norm.ppf(level))
