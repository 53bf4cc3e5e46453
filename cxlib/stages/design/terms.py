"""The terms of the business case: horizon and discount rate of the brief, ramp and correlation declared, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """The terms of the calculation: horizon and discount rate from the brief, the rest declared assumptions."""

    horizon_months: int = 24
    discount_rate: float = 0.08
    ramp_months: int = 3  # months until an experience works in full, growing evenly
    correlation: float = 0.3  # between the effects of experiences: ideas of one house tend to fail together
    pairs: tuple[tuple[str, str, float], ...] = ()  # ideas whose effects are declared to go together otherwise
    draws: int = 4000
    seed: int = 0

    @property
    def gain_factor(self) -> float:
        """Present value of one unit of yearly gain over the horizon."""
        return float((self.growth() * self.discount()).sum() / 12)

    @property
    def run_factor(self) -> float:
        """Present value of one unit of monthly cost over the horizon."""
        return float(self.discount().sum())

    def discount(self) -> Floats:
        """Discount factor of month 1, 2, … horizon."""
        return np.asarray((1 + self.discount_rate) ** (-self._months() / 12))

    def growth(self) -> Floats:
        """Share of the full effect in month 1, 2, … horizon."""
        return np.minimum(1.0, self._months() / max(self.ramp_months, 1))

    def independent(self) -> Terms:
        """The same terms with effects that are taken as independent, to show what that would hide."""
        return replace(self, correlation=0.0, pairs=())

    def matrix(self, ideas: Sequence[str]) -> Floats:
        """Declared correlation of the effects of some ideas."""
        size, place = len(ideas), {key: number for number, key in enumerate(ideas)}
        declared = np.full((size, size), self.correlation)
        for one, other, value in self.pairs:
            if one in place and other in place:
                declared[place[one], place[other]] = declared[place[other], place[one]] = value
        np.fill_diagonal(declared, 1.0)
        return declared

    def _months(self) -> Floats:
        return np.arange(1, self.horizon_months + 1, dtype=float)


def terms(objective: Any, judgement: Any) -> Terms:
    """The terms of the brief: its objective (horizon_months, discount_rate) and what it judges of correlations."""
    pairs = tuple((*pair.between, float(pair.value)) for pair in judgement.correlations)
    months, rate = int(objective.horizon_months), float(objective.discount_rate)
    return Terms(months, rate, correlation=float(judgement.correlation), pairs=pairs)


def npv(rate: float, flows: Sequence[float] | Floats) -> float:
    """Net present value of flows at period 0, 1, 2 …: Σ flowₜ/(1 + rate)ᵗ."""
    return float(sum(flow / (1 + rate) ** period for period, flow in enumerate(flows)))
