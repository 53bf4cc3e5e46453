"""How many customers an experiment needs, and the smallest effect it could show."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
from scipy import optimize, stats

COLUMNS = ["metric", "unit", "minimum_effect", "n_needed", "n_available", "detectable", "enough"]


def n_two_shares(control: float, effect: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Customers per arm that show a difference between two shares; NaN where it cannot be told.

    n = (z_{1−α/2}·√(2p̄q̄) + z_power·√(p₁q₁ + p₂q₂))² / (p₁ − p₂)²   (Fleiss, Levin & Paik 2003; R power.prop.test)
    """
    pilot = control + effect
    if not (0 <= control <= 1 and 0 <= pilot <= 1) or effect == 0 or math.isnan(effect):
        return float("nan")
    middle = (control + pilot) / 2
    pooled = math.sqrt(2 * middle * (1 - middle))
    apart = math.sqrt(control * (1 - control) + pilot * (1 - pilot))
    return ((_z(1 - alpha / 2) * pooled + _z(power) * apart) / effect) ** 2


def n_two_shares_arcsine(control: float, pilot: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Customers per arm by Cohen's h = 2·asin√p₁ − 2·asin√p₂, a cross-check of `n_two_shares` (Cohen 1988; R pwr)."""
    height = abs(2 * math.asin(math.sqrt(control)) - 2 * math.asin(math.sqrt(pilot)))
    if height == 0:
        return float("nan")
    start = 2 * ((_z(1 - alpha / 2) + _z(power)) / height) ** 2

    def lacking(n: float) -> float:
        shift = height * math.sqrt(n / 2)
        return float(stats.norm.sf(_z(1 - alpha / 2) - shift) + stats.norm.cdf(-_z(1 - alpha / 2) - shift)) - power

    return float(optimize.brentq(lacking, start / 2, start * 2))


def n_two_means(spread: float, effect: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Customers per arm that show a difference between two means of standard deviation `spread`; exact noncentral t.

    Power = P(|T| > t_{1−α/2, 2n−2}) with noncentrality |effect|/spread·√(n/2)   (R power.t.test, strict = FALSE)
    """
    if not (spread > 0) or effect == 0 or math.isnan(effect):
        return float("nan")
    ratio = abs(effect) / spread

    def lacking(n: float) -> float:
        freedom = 2 * (n - 1)
        return float(stats.nct.sf(stats.t.ppf(1 - alpha / 2, freedom), freedom, ratio * math.sqrt(n / 2))) - power

    rough = 2 * ((_z(1 - alpha / 2) + _z(power)) / ratio) ** 2
    if rough > 5_000:  # the t and the normal agree there, and the noncentral t grows slow
        return rough
    return float(optimize.brentq(lacking, 2, rough + 50))


def detectable_share(control: float, n_per_arm: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest rise of a share that `n_per_arm` customers would show; NaN when even a rise to 1 would stay hidden."""
    if not (n_per_arm > 1) or not 0 <= control < 1:
        return float("nan")

    def spare(effect: float) -> float:
        return n_per_arm - n_two_shares(control, effect, alpha=alpha, power=power)

    most = 1 - control
    return float("nan") if spare(most) < 0 else float(optimize.brentq(spare, 1e-6, most))


def detectable_mean(spread: float, n_per_arm: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Smallest difference of means that `n_per_arm` customers would show (normal approximation)."""
    if not (n_per_arm > 1) or not spread > 0:
        return float("nan")
    return (_z(1 - alpha / 2) + _z(power)) * spread * math.sqrt(2 / n_per_arm)


def pilot_size(metrics: pd.DataFrame, *, n_available: int, alpha: float = 0.05, power: float = 0.8) -> pd.DataFrame:
    """Per candidate metric: customers per arm needed for its minimum effect, and the smallest effect within reach.

    metrics: metric, unit (share|money), baseline, spread, minimum_effect, one row each.
    n_available: customers who could be drawn, both arms together.
    Returns metric, unit, minimum_effect, n_needed (per arm), n_available (per arm), detectable, enough (bool).
    """
    rows = [_size(row, n_available // 2, alpha, power) for row in metrics.to_dict("records")]
    return pd.DataFrame(rows, columns=COLUMNS)


def effects_within_reach(registration: pd.DataFrame, *, n_available: int) -> pd.DataFrame:
    """Customers per arm that each effect of a registration would need: the one worth having and the ones assumed.

    registration: one row with unit, baseline, spread, minimum_effect, promised_low, promised_effect, promised_high, alpha,
    power. Returns effect (minimum | low | likely | high), size, unit, n_needed (per arm), n_available (per arm), enough.
    """
    columns = ["effect", "size", "unit", "n_needed", "n_available", "enough"]
    if registration.empty:
        return pd.DataFrame(columns=columns)
    row = registration.iloc[0]
    names = {"minimum": "minimum_effect", "low": "promised_low", "likely": "promised_effect", "high": "promised_high"}
    rows = [
        (name, float(row[column]), row["unit"], _needed(dict(row), float(row[column])))
        for name, column in names.items()
    ]
    table = pd.DataFrame(rows, columns=columns[:4]).assign(n_available=n_available // 2)
    return table.assign(enough=table["n_needed"] <= table["n_available"])


def size_to_draw(reach: pd.DataFrame) -> float:
    """Customers per arm to draw: what the minimum effect needs (NaN when unknown); all there are when that is too many."""
    needed = reach.loc[reach["effect"].eq("minimum"), "n_needed"]
    return float(needed.iloc[0]) if len(needed) else float("nan")


def power_curves(registration: pd.DataFrame, *, n_available: int) -> pd.DataFrame:
    """Chance to show the minimum and the likely effect by customers per arm: effect, size, unit, n_per_arm, power_share."""
    columns = ["effect", "size", "unit", "n_per_arm", "power_share"]
    reach = effects_within_reach(registration, n_available=n_available)
    reach = reach[reach["effect"].isin(["minimum", "likely"]) & reach["n_needed"].notna()]
    if reach.empty:
        return pd.DataFrame(columns=columns)
    row = registration.iloc[0]
    sizes = np.geomspace(20, 3 * max(float(reach["n_needed"].max()), n_available / 2), 60)
    parts = [
        pd.DataFrame(
            {
                "effect": one["effect"],
                "size": one["size"],
                "unit": one["unit"],
                "n_per_arm": sizes,
                "power_share": _power(dict(row), float(one["size"]), sizes),
            }
        )
        for one in reach.to_dict("records")
    ]
    return pd.concat(parts, ignore_index=True)


def _power(row: Mapping[Hashable, object], effect: float, sizes: np.ndarray) -> np.ndarray:
    """Power by customers per arm, normal approximation."""
    control, spread, alpha = (float(str(row[name])) for name in ("baseline", "spread", "alpha"))
    apart = pooled = math.sqrt(2) * spread
    if row["unit"] == "share":
        middle, pilot = control + effect / 2, control + effect
        pooled = math.sqrt(2 * middle * (1 - middle))
        apart = math.sqrt(control * (1 - control) + pilot * (1 - pilot))
    return np.asarray(stats.norm.cdf((np.sqrt(sizes) * abs(effect) - _z(1 - alpha / 2) * pooled) / apart))


def _needed(row: Mapping[Hashable, object], effect: float) -> float:
    """Customers per arm for one effect of a registration, rounded up; NaN when it cannot be told."""
    control, spread, alpha, power = (float(str(row[name])) for name in ("baseline", "spread", "alpha", "power"))
    needed = (
        n_two_shares(control, effect, alpha=alpha, power=power)
        if row["unit"] == "share"
        else n_two_means(spread, effect, alpha=alpha, power=power)
    )
    return math.ceil(needed) if math.isfinite(needed) else float("nan")


def _size(row: Mapping[Hashable, object], n_arm: int, alpha: float, power: float) -> dict[str, object]:
    """One line of `pilot_size`."""
    baseline, spread, effect = (float(str(row[name])) for name in ("baseline", "spread", "minimum_effect"))
    if row["unit"] == "share":
        needed = n_two_shares(baseline, effect, alpha=alpha, power=power)
        reach = detectable_share(baseline, n_arm, alpha=alpha, power=power)
    else:
        needed = n_two_means(spread, effect, alpha=alpha, power=power)
        reach = detectable_mean(spread, n_arm, alpha=alpha, power=power)
    needed = math.ceil(needed) if math.isfinite(needed) else needed
    return dict(
        zip(COLUMNS, [row["metric"], row["unit"], effect, needed, n_arm, reach, bool(needed <= n_arm)], strict=True)
    )


def _z(level: float) -> float:
    """Quantile of the standard normal."""
    return float(stats.norm.ppf(level))
