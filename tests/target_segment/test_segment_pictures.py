"""The profile of the segments as a picture."""

from __future__ import annotations

import pandas as pd

from cxlib.stages.target_segment.pictures import plot_profile


def test_the_profile_writes_each_distance_with_its_sign_and_each_segment_with_its_n() -> None:
    table = pd.DataFrame(
        {
            "segment": ["A", "A", "B", "B"],
            "feature": ["visits", "basket", "visits", "basket"],
            "distance": [1.24, -0.52, -0.04, 0.0],
            "n": [120, 120, 80, 80],
        }
    )
    ax = plot_profile(table)
    assert [text.get_text() for text in ax.texts] == ["+1.2", "0.0", "−0.5", "0.0"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["A\nn = 120", "B\nn = 80"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["visits", "basket"]
