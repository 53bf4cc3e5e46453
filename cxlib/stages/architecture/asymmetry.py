"""Does a bad touchpoint cost more than a good one wins? Penalty–reward contrast, with robust errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import CONFIDENCE, EVIDENCE_N
from cxlib.stages.architecture.ratings import rated_touchpoints
from cxlib.statistics.intervals import TIDY, Z, detectable, holm

LOW_SHARE, HIGH_SHARE = 0.6, 0.85  # of the scale: 0–6 / 7–8 / 9–10, and 1–3 / 4 / 5
SIDES = ["penalty", "penalty_low", "penalty_high", "reward", "reward_low", "reward_high"]
COUNTS = {"low": "n_low", "middle": "n_middle", "high": "n_high"}
COLUMNS = ["touchpoint", *TIDY, "detectable", *SIDES, *COUNTS.values(), "adjusted_p", "role", "verdict"]


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


def asymmetry(ratings: pd.DataFrame, *, scale: tuple[float, float], family: list[str] | None = None) -> pd.DataFrame:
    """Penalty and reward of each touchpoint and whether the one outweighs the other.

    penalty = outcome of those who rated it low minus middle; reward = high minus middle (points of the outcome, other
    touchpoints held).
    estimate = reward per rating point minus penalty per rating point: bands lie unequally far from the middle, so
    that the contrast per point, not the raw one, is tested. role = repair (contrast surely below 0 and a penalty shown)
    or delight (surely above 0 and a reward shown), at 5 % over the `family` of touchpoints that can become moments
    (Holm 1979; default all), and only with 30 ratings in each band. verdict: real | not shown | cannot tell.
    """
    names = rated_touchpoints(ratings)
    if not names or len(ratings) <= 3 * len(names) + 1:
        return pd.DataFrame(columns=COLUMNS)
    banded = ratings[names].apply(bands, scale=scale)
    fit = penalty_reward(banded, ratings["outcome"], weight=ratings["weight"])
    table = pd.DataFrame([_row(name, fit, ratings[name], banded[name]) for name in names])
    return _roles(table, table["touchpoint"].isin(names if family is None else family))[COLUMNS]


def _row(name: str, fit: Fit, scores: pd.Series, band: pd.Series) -> dict[str, object]:
    """One touchpoint: penalty, reward, contrast per rating point, counts."""
    low, middle, high = scores.groupby(band).mean().reindex(list(COUNTS))
    down, up = middle - low, high - middle
    value = error = float("nan")
    if down > 0 and up > 0:
        value, error = fit.combination({(name, "high"): 1 / up, (name, "low"): 1 / down})
    (penalty, penalty_error), (reward, reward_error) = (fit.combination({(name, end): 1.0}) for end in ("low", "high"))
    row: dict[str, object] = {"touchpoint": name, "n": int(band.notna().sum()), "unit": "score"}
    for prefix, centre, half in (
        ("", value, error),
        ("penalty_", penalty, penalty_error),
        ("reward_", reward, reward_error),
    ):
        row |= {f"{prefix}low": centre - Z * half, f"{prefix}high": centre + Z * half}
    return row | {
        "estimate": value,
        "detectable": detectable(value - Z * error, value + Z * error),
        "penalty": penalty,
        "reward": reward,
        "p": float(2 * stats.norm.sf(abs(value / error))) if error > 0 else np.nan,
        **{column: int((band == key).sum()) for key, column in COUNTS.items()},
    }


def _roles(table: pd.DataFrame, asked: pd.Series) -> pd.DataFrame:
    """Add Holm's p over the touchpoints asked about, role and verdict."""
    enough = table[list(COUNTS.values())].min(axis=1) >= EVIDENCE_N
    adjusted = holm(table["p"].where(enough & asked))
    shown = adjusted < 1 - CONFIDENCE
    repair = shown & (table["estimate"] < 0) & (table["penalty_high"] < 0)
    delight = shown & (table["estimate"] > 0) & (table["reward_low"] > 0)
    return table.assign(
        adjusted_p=adjusted,
        role=pd.Series(np.select([repair, delight], ["repair", "delight"], ""), dtype="str"),
        verdict=pd.Series(np.select([~enough, repair | delight], ["cannot tell", "real"], "not shown"), dtype="str"),
    )
