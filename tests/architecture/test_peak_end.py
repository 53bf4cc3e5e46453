"""Peak and end against scikit-learn's cross-validation, a planted memory, and clients without one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import RepeatedKFold

from cxlib.stages.architecture.peak_end import lived_series, peak_end


def lived(n: int = 400, *, end: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Five rated moments a person; the judgement follows their mean, and the last one by `end`."""
    generator = np.random.default_rng(seed)
    moments = generator.normal(6, 2, (n, 5))
    table = pd.DataFrame(
        {
            "mean": moments.mean(axis=1),
            "peak": moments.max(axis=1),
            "trough": moments.min(axis=1),
            "end": moments[:, -1],
            "trend": moments[:, -1] - moments[:, 0],
            "n_rated": 5.0,
        }
    )
    return table.assign(outcome=table["mean"] + end * table["end"] + generator.normal(0, 1, n))


def test_the_shares_are_those_of_cross_validation_by_scikit_learn() -> None:
    table = lived(300, end=0.3)
    found = peak_end(table).set_index("model")["estimate"]
    outcome = table["outcome"].to_numpy()
    for name, columns in {"mean": ["mean"], "shape": ["mean", "peak", "trough", "end", "trend"]}.items():
        features, error = table[columns].to_numpy(), np.zeros(len(table))
        for taught, judged in RepeatedKFold(n_splits=10, n_repeats=20, random_state=1).split(features):
            model = LinearRegression().fit(features[taught], outcome[taught])
            error[judged] += (outcome[judged] - model.predict(features[judged])) ** 2 / 20
        expected = 1 - error.sum() / ((outcome - outcome.mean()) ** 2).sum()
        assert found[name] == pytest.approx(expected, abs=5e-3)  # other folds, same shares
    assert found["added"] == pytest.approx(found["shape"] - found["mean"])


def test_a_remembered_end_is_found() -> None:
    assert peak_end(lived(end=0.4)).set_index("model").loc["added", "verdict"] == "real"


def test_where_only_the_mean_counts_the_shape_is_not_shown() -> None:
    verdicts = [peak_end(lived(250, seed=seed)).set_index("model").loc["added", "verdict"] for seed in range(12)]
    assert verdicts.count("real") <= 1


def test_fewer_than_two_hundred_persons_cannot_tell() -> None:
    for n, verdict in ((199, "cannot tell"), (200, "real")):
        assert peak_end(lived(n, end=2.0)).set_index("model").loc["added", "verdict"] == verdict
    assert peak_end(lived(10)).empty


def answers(*rows: tuple[str, str, str, str | None, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["respondent_id", "on", "question", "touchpoint", "score"])
    return table.assign(on=pd.to_datetime(table["on"]))


def test_what_was_lived_ends_with_the_judgement() -> None:
    said = answers(
        ("a", "2025-01-01", "csat", "desk", 4),
        ("a", "2025-01-02", "csat", "van", 8),
        ("a", "2025-01-03", "csat", "desk", 6),
        ("a", "2025-01-04", "overall", None, 7),
        ("a", "2025-02-01", "csat", "desk", 0),
        ("b", "2025-01-01", "csat", "desk", 9),
        ("b", "2025-01-02", "overall", None, 9),
        *(("c", "2025-01-01", "csat", place, 9) for place in ("desk", "van", "site")),
        ("c", "2025-01-02", "overall", None, 9),
    )
    table = lived_series(said, question="overall")
    assert table.index.tolist() == ["a"]  # b rated one moment only, c three on one day: no order
    assert table.loc["a"].to_dict() == pytest.approx(
        {"outcome": 7, "mean": 6, "peak": 8, "trough": 4, "end": 6, "trend": 2, "n_rated": 3}
    )
    assert lived_series(said.iloc[:0], question="overall").empty
