"""What segments are made of, and who their members are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, norm

from cxlib.statistics.intervals import mean_t, wilson

FALSE_DISCOVERY = 0.05


def profile(features: pd.DataFrame, members: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Mean of each feature in each segment with a t interval, everybody's mean, and the distance in standard deviations.

    Columns: segment, feature, estimate, low, high, n, unit, everybody, distance. Only describes: the segments were made
    from these features, so a difference here tests nothing.
    """
    joined = features.merge(members, on="customer_id")
    rows = []
    for feature in [str(name) for name in features.columns if name != "customer_id"]:
        mean, spread = np.array(joined[feature].agg(["mean", "std"]), dtype=float)
        for segment, values in joined.groupby("segment")[feature]:
            centre, low, high = mean_t(values, confidence=confidence)
            distance = (centre - mean) / spread if spread else 0.0
            rows.append([segment, feature, centre, low, high, len(values), unit_of(feature), mean, distance])
    columns = ["segment", "feature", "estimate", "low", "high", "n", "unit", "everybody", "distance"]
    return pd.DataFrame(rows, columns=columns)


def traits(customers: pd.DataFrame, members: pd.DataFrame, *, columns: list[str], minimum: int = 30) -> pd.DataFrame:
    """Attributes that played no part in making the segments: share of each value per segment, and everybody's.

    Only values that `minimum` members of the segment have; blank attributes are left out. Largest lift first.
    Columns: segment, attribute, value, estimate, low, high, n, unit, everybody, lift, shown. Interval: Wilson (1927).
    shown: the share differs from that of the other segments beyond chance, at a false discovery rate of 5 % over all
    segments and values (two-sided z test; Benjamini & Hochberg 1995).
    """
    joined = customers.merge(members, on="customer_id")
    rows: list[list[object]] = []
    for attribute in columns:
        known = joined[joined[attribute].astype(str) != ""]
        counts: dict[object, int] = known[attribute].value_counts().to_dict()
        usual = {value: count / len(known) for value, count in counts.items()}
        for segment, values in known.groupby("segment")[attribute]:
            for value, count in values.value_counts().items():
                if count >= minimum:
                    share = wilson(count, len(values))
                    rows.append(
                        [
                            segment,
                            attribute,
                            value,
                            *share,
                            len(values),
                            "share",
                            usual[value],
                            share[0] / usual[value],
                            _p_value(count, len(values), counts[value], len(known)),
                        ]
                    )
    names = ["segment", "attribute", "value", "estimate", "low", "high", "n", "unit", "everybody", "lift", "shown"]
    table = pd.DataFrame(rows, columns=names).sort_values("lift", ascending=False, ignore_index=True)
    p_values = table["shown"].to_numpy(float)
    adjusted = false_discovery_control(p_values) if rows else p_values
    return table.assign(shown=adjusted <= FALSE_DISCOVERY)


def _p_value(inside: int, n: int, everywhere: int, n_all: int) -> float:
    """Two-sided, of a share in a segment against the share in all others together; 1 where nothing can be compared."""
    others, rest = n_all - n, everywhere - inside
    pooled = everywhere / n_all
    if others <= 0 or not 0 < pooled < 1:
        return 1.0
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / others))
    return float(2 * norm.sf(abs(inside / n - rest / others) / error))


def unit_of(feature: str) -> str:
    """The unit of a feature, from its name."""
    if feature.startswith("n_"):
        return "ratio"
    return feature.rsplit("_", 1)[-1]
