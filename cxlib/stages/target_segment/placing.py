"""A readable rule that places a new customer in a segment, and how often it is right."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from cxlib.statistics.intervals import wilson

DEPTH = 3  # questions a person can keep in mind
FOLDS = 5
MINIMUM_N = 100
MINIMUM_LEAF, LEAF_SHARE = 20, 50  # customers at the end of a branch: 20, or one in fifty

RULE_COLUMNS = ["segment", "feature", "at_least", "below", "estimate", "low", "high", "n", "unit", "covered_share"]
ACCURACY_COLUMNS = ["segment", "estimate", "low", "high", "n", "unit", "by_chance_share"]


def rules(features: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """For each segment the conditions of its best leaf in a tree of at most three questions; one row a condition.

    at_least, below: bounds of the feature in its own unit (blank: none). estimate: share of those who meet all the
    conditions that belong to the segment, Wilson interval; covered_share: share of the segment that meets them.
    Breiman, Friedman, Olshen & Stone (1984). Empty below 100 customers or with one segment.
    """
    inputs, segment = _joined(features, members)
    if inputs.empty or not _enough(segment):
        return pd.DataFrame(columns=RULE_COLUMNS)
    tree = _tree(len(segment)).fit(inputs.to_numpy(), segment)
    leaf = pd.Series(tree.apply(inputs.to_numpy()), index=inputs.index)
    rows: list[list[object]] = []
    for name, leaves in leaf.groupby(segment):
        best = leaves.value_counts().index[0]
        hits, n = int(leaves.eq(best).sum()), int(leaf.eq(best).sum())
        known = [*wilson(hits, n), n, "share", hits / len(leaves)]
        rows += [[name, *condition, *known] for condition in _conditions(tree, int(best), list(inputs.columns))]
    return pd.DataFrame(rows, columns=RULE_COLUMNS)


def accuracy(features: pd.DataFrame, members: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """How often the rule is right for customers it has not seen (five-fold cross-validation), per segment and overall.

    Overall is the row with a blank segment; by_chance_share: what calling everybody the largest segment would reach.
    """
    inputs, segment = _joined(features, members)
    if inputs.empty or not _enough(segment):
        return pd.DataFrame(columns=ACCURACY_COLUMNS)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    right = cross_val_predict(_tree(len(segment)), inputs, segment, cv=folds) == segment
    chance = segment.value_counts(normalize=True).iloc[0]
    rows: list[list[object]] = [["", *wilson(int(right.sum()), len(right)), len(right), "share", chance]]
    for name, of_segment in right.groupby(segment):
        n = len(of_segment)
        rows.append([name, *wilson(int(of_segment.sum()), n), n, "share", np.nan])
    return pd.DataFrame(rows, columns=ACCURACY_COLUMNS)


def _tree(n: int) -> DecisionTreeClassifier:
    smallest = max(MINIMUM_LEAF, n // LEAF_SHARE)
    return DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=smallest, random_state=0)


def _joined(features: pd.DataFrame, members: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[str]]:
    both = features.merge(members, on="customer_id").sort_values("customer_id").reset_index(drop=True)
    return both.drop(columns=["customer_id", "segment"]).astype(float), both["segment"].astype(str)


def _enough(segment: pd.Series[str]) -> bool:
    sizes = segment.value_counts()
    return len(segment) >= MINIMUM_N and len(sizes) > 1 and int(sizes.min()) >= FOLDS


def _conditions(tree: DecisionTreeClassifier, leaf: int, names: list[str]) -> list[tuple[str, float, float]]:
    """The path to a leaf as (feature, at least, below), one for each feature on it; blank where it has no bound."""
    inner = tree.tree_
    sides = (inner.children_left, inner.children_right)
    parent = {int(child): node for side in sides for node, child in enumerate(side) if child >= 0}
    bounds: dict[str, tuple[float, float]] = {}
    while leaf in parent:
        node = parent[leaf]
        name, cut = names[inner.feature[node]], float(inner.threshold[node])
        low, high = bounds.get(name, (np.nan, np.nan))
        left = inner.children_left[node] == leaf
        bounds[name] = (low, float(np.fmin(high, cut))) if left else (float(np.fmax(low, cut)), high)
        leaf = node
    return [(name, *limits) for name, limits in reversed(bounds.items())]
