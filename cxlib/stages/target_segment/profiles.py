"""What segments are made of, and who their members are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxlib.facts import EVIDENCE_N
from cxlib.stages.target_segment.behaviour import attributes
from cxlib.stages.target_segment.segments import INACTIVE
from cxlib.statistics.intervals import discoveries, mean_t, wilson

TELLING = 1.15  # times everybody's share, from which a trait is worth a sentence

PROFILE_COLUMNS = ["segment", "feature", "estimate", "low", "high", "n", "unit", "everybody", "distance"]
TRAIT_COLUMNS = ["segment", "attribute", "value", "estimate", "low", "high", "n", "unit", "everybody", "lift"]
TRAIT_COLUMNS += ["shown", "telling"]


def profile(features: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Mean of each feature in each segment with a t interval, everybody's mean, and the distance in standard deviations.

    Of those whose value is known (n); a segment in which nobody bought has no revenue per purchase: its row is blank.

    Only describes: the segments were made from these features, so a difference here tests nothing.
    """
    joined = features.merge(members, on="customer_id")
    rows: list[list[object]] = []
    for feature in [str(name) for name in features.columns if name != "customer_id"]:
        mean, spread = float(joined[feature].mean()), float(joined[feature].std())
        unit = "ratio" if feature.startswith("n_") else feature.rsplit("_", 1)[-1]
        for segment, values in joined.groupby("segment")[feature]:
            centre, low, high = mean_t(values)
            distance = (centre - mean) / spread if spread else 0.0
            rows.append([segment, feature, centre, low, high, int(values.notna().sum()), unit, mean, distance])
    return pd.DataFrame(rows, columns=PROFILE_COLUMNS)


def traits(customers: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Attributes that played no part in making the segments: share of each value per segment, and everybody's.

    Only values that 30 members of the segment have; blank attributes are left out. Largest lift first.
    Columns: segment, attribute, value, estimate, low, high, n, unit, everybody, lift, shown, telling. Interval: Wilson
    (1927). shown: the share differs from that of the other segments beyond chance, at a false discovery rate of 5 % over
    all segments and values (two-sided z test; Benjamini & Hochberg 1995). telling: shown, 1.15 times everybody's share or
    more, and neither of the unknown nor of a segment that was made from the attribute.
    """
    named = customers[["customer_id", *attributes(customers)]].merge(members, on="customer_id")
    long = named.melt(["customer_id", "segment"], var_name="attribute")
    keys = ["segment", "attribute", "value"]
    table = long[long["value"].astype(str) != ""].groupby(keys).size().reset_index(name="count")
    table["n"] = table.groupby(["segment", "attribute"])["count"].transform("sum")
    table["everywhere"] = table.groupby(["attribute", "value"])["count"].transform("sum")
    table["n_all"] = table.groupby("attribute")["count"].transform("sum")
    table = table[table["count"] >= EVIDENCE_N].reset_index(drop=True)
    intervals = [wilson(count, n) for count, n in zip(table["count"], table["n"], strict=True)]
    table[["estimate", "low", "high"]] = np.array(intervals, dtype=float).reshape(-1, 3)
    table["everybody"], table["unit"] = table["everywhere"] / table["n_all"], "share"
    table["lift"] = table["estimate"] / table["everybody"]
    table["shown"] = discoveries(_p_values(table).tolist())
    made_of_it = table["estimate"].ge(1) | table["segment"].eq(INACTIVE)
    table["telling"] = table["shown"] & table["lift"].ge(TELLING) & ~made_of_it
    return table.sort_values("lift", ascending=False, kind="stable", ignore_index=True)[TRAIT_COLUMNS]


def _p_values(table: pd.DataFrame) -> pd.Series[float]:
    """Two-sided, of each share in a segment against the share in all others together; 1 where nothing can be compared."""
    others, pooled = table["n_all"] - table["n"], table["everybody"]
    comparable = others.gt(0) & pooled.lt(1)
    others = others.where(comparable, 1)
    rest = (table["everywhere"] - table["count"]) / others
    error = np.sqrt(pooled * (1 - pooled) * (1 / table["n"] + 1 / others)).where(comparable, 1.0)
    p_value = pd.Series(2 * norm.sf((table["estimate"] - rest).abs() / error), index=table.index)
    return p_value.where(comparable, 1.0)
