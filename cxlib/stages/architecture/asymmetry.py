"""Does a bad touchpoint cost more than a good one wins? Penalty–reward contrast, with robust errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import detectable

LOW_SHARE, HIGH_SHARE = 0.6, 0.85  # of the scale: 0–6 / 7–8 / 9–10, and 1–3 / 4 / 5
BAND_N = 30
COLUMNS = [
    "touchpoint",
    "estimate",
    "low",
    "high",
    "n",
    "unit",
    "detectable",
    "penalty",
    "penalty_low",
    "penalty_high",
    "reward",
    "reward_low",
    "reward_high",
    "impact_asymmetry",
    "n_low",
    "n_middle",
    "n_high",
    "adjusted_p",
    "role",
    "verdict",
]


def bands(scores: pd.Series, *, scale: tuple[float, float]) -> pd.Series:
    """low | middle | high by the place on the scale; empty where there is no score."""
    place = (scores - scale[0]) / (scale[1] - scale[0])
    names = np.select([place <= LOW_SHARE + 1e-9, place >= HIGH_SHARE - 1e-9], ["low", "high"], "middle")
    return pd.Series(names, index=scores.index, dtype="str").where(scores.notna())


def penalty_reward(bands: pd.DataFrame, outcome: pd.Series, *, weight: pd.Series | None = None) -> Fit:
    """Regression of the outcome on low and high against middle, all touchpoints at once, with a column for not met.

    y = α + Σ(p_i·low_i + r_i·high_i + m_i·not met_i) (Brandt 1987), HC3 covariance (MacKinnon & White 1985).
    """
    parts: list[np.ndarray] = [np.ones(len(bands))]
    labels = [("", "")]
    for name in bands.columns:
        for band in ("low", "high", "missing"):
            column = np.asarray(bands[name].isna() if band == "missing" else bands[name] == band, dtype=float)
            if 0 < column.sum() < len(column):
                parts.append(column)
                labels.append((str(name), band))
    root = np.sqrt(np.ones(len(bands)) if weight is None else weight.to_numpy(float))
    return Fit.of(np.column_stack(parts) * root[:, None], outcome.to_numpy(float) * root, labels)


class Fit:
    """A fitted penalty–reward regression: coefficients by (touchpoint, band) and their covariance."""

    def __init__(self, labels: list[tuple[str, str]], coefficients: np.ndarray, covariance: np.ndarray) -> None:
        self.places = {label: place for place, label in enumerate(labels)}
        self.coefficients, self.covariance = coefficients, covariance

    @classmethod
    def of(cls, design: np.ndarray, outcome: np.ndarray, labels: list[tuple[str, str]]) -> Fit:
        """Least squares with HC3."""
        inverse = np.linalg.pinv(design.T @ design)
        coefficients = inverse @ design.T @ outcome
        leverage = np.minimum(np.einsum("ij,jk,ik->i", design, inverse, design), 1 - 1e-6)
        scaled = design * ((outcome - design @ coefficients) / (1 - leverage))[:, None]
        return cls(labels, coefficients, inverse @ (scaled.T @ scaled) @ inverse)

    def combination(self, weights: dict[tuple[str, str], float]) -> tuple[float, float]:
        """Value and standard error of a weighted sum of coefficients; NaN when one of them was not estimated."""
        if any(label not in self.places for label in weights):
            return float("nan"), float("nan")
        vector = np.zeros(len(self.coefficients))
        for label, value in weights.items():
            vector[self.places[label]] = value
        return float(vector @ self.coefficients), float(np.sqrt(vector @ self.covariance @ vector))


def asymmetry(
    ratings: pd.DataFrame, *, scale: tuple[float, float], family: list[str] | None = None, confidence: float = 0.95
) -> pd.DataFrame:
    """Penalty and reward of each touchpoint and whether the one outweighs the other.

    penalty = outcome of those who rated it low minus middle; reward = high minus middle (points of the outcome, other
    touchpoints held). impact_asymmetry = (reward − |penalty|) / (reward + |penalty|) (Mikulić & Prebežac 2008).
    estimate = reward per rating point minus penalty per rating point: bands lie unequally far from the middle, so
    that the contrast per point, not the raw one, is tested. role = repair (contrast surely below 0 and a penalty shown)
    or delight (surely above 0 and a reward shown), at 5 % over the `family` of touchpoints that can become moments
    (Holm 1979; default all), and only with 30 ratings in each band. verdict: real | not shown | cannot tell.
    """
    names = [name for name in ratings.columns if name not in ("outcome", "weight")]
    if not names or len(ratings) <= 3 * len(names) + 1:
        return pd.DataFrame(columns=COLUMNS)
    banded = ratings[names].apply(bands, scale=scale)
    fit = penalty_reward(banded, ratings["outcome"], weight=ratings["weight"])
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    table = pd.DataFrame([_row(name, fit, ratings[name], banded[name], z) for name in names])
    return _roles(table, table["touchpoint"].isin(names if family is None else family))[COLUMNS]


def _row(name: str, fit: Fit, scores: pd.Series, band: pd.Series, z: float) -> dict[str, object]:
    """One touchpoint: penalty, reward, contrast per point, counts."""
    penalty, penalty_se = fit.combination({(name, "low"): 1.0})
    reward, reward_se = fit.combination({(name, "high"): 1.0})
    mean = scores.groupby(band).mean()
    down, up = (
        mean.get("middle", np.nan) - mean.get("low", np.nan),
        mean.get("high", np.nan) - mean.get("middle", np.nan),
    )
    value, se = (
        fit.combination({(name, "high"): 1 / up, (name, "low"): 1 / down}) if down > 0 and up > 0 else (np.nan,) * 2
    )
    total = reward - penalty
    n = band.value_counts()
    counts = {f"n_{key}": int(n.get(key, 0)) for key in ("low", "middle", "high")}
    return {
        "touchpoint": name,
        "estimate": value,
        "low": value - z * se,
        "high": value + z * se,
        "n": int(band.notna().sum()),
        "unit": "score",
        "detectable": detectable(value - z * se, value + z * se),
        "penalty": penalty,
        "penalty_low": penalty - z * penalty_se,
        "penalty_high": penalty + z * penalty_se,
        "reward": reward,
        "reward_low": reward - z * reward_se,
        "reward_high": reward + z * reward_se,
        "p": _two_sided(value, se),
        "impact_asymmetry": (reward + penalty) / total if total > 0 else np.nan,
        **counts,
    }


def _two_sided(value: float, se: float) -> float:
    """p of value/se under the normal; NaN without a standard error."""
    return float(2 * stats.norm.sf(abs(value / se))) if se > 0 else float("nan")


def _roles(table: pd.DataFrame, asked: pd.Series) -> pd.DataFrame:
    """Add Holm's p over the touchpoints asked about, role and verdict."""
    enough = table[["n_low", "n_middle", "n_high"]].min(axis=1) >= BAND_N
    p = table["p"].where(enough & asked)
    order = p.rank(method="first")
    stepped = (p * (p.notna().sum() - order + 1)).clip(upper=1.0)
    table["adjusted_p"] = stepped.sort_values(key=lambda column: order[column.index]).cummax().reindex(table.index)
    shown = table["adjusted_p"] < 0.05
    repair = shown & (table["estimate"] < 0) & (table["penalty_high"] < 0)
    delight = shown & (table["estimate"] > 0) & (table["reward_low"] > 0)
    table["role"] = pd.Series(np.select([repair, delight], ["repair", "delight"], ""), dtype="str")
    verdict = np.select([~enough, repair | delight], ["cannot tell", "real"], "not shown")
    return table.assign(verdict=pd.Series(verdict, dtype="str"))
