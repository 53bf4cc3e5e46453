"""The pictures of stage 4 show the numbers of their tables, each with its interval and n."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from cxlib.show.theme import ACCENT
from cxlib.stages.architecture.pictures import plot_links, plot_penalty_reward, plot_priorities


def test_points_lie_at_importance_and_performance_and_the_sure_ones_are_in_the_accent() -> None:
    table = pd.DataFrame(
        {
            "touchpoint": ["Van", "Desk", "Shop"],
            "importance_scaled": [1.0, 0.4, 0.0],
            "n": [300, 80, 95],
            "performance_scaled": [0.1, 0.6, 1.0],
            "p_concentrate": [0.97, 0.3, 0.0],
            "sure": [True, False, False],
        }
    )
    ax = plot_priorities(table)
    (points,) = [found for found in ax.collections if len(found.get_offsets()) == 3]
    assert np.asarray(points.get_offsets()).tolist() == [[0.1, 1.0], [0.6, 0.4], [1.0, 0.0]]
    assert [to_hex(colour) == ACCENT.lower() for colour in points.get_facecolors()] == [True, False, False]
    assert np.all(np.diff(points.get_sizes()) < 0)
    assert {"Van (P 97%)", "Desk (P 30%)", "Shop"} <= {text.get_text() for text in ax.texts}
    assert "n = 80 to 300" in ax.get_title()


def test_a_bad_rating_goes_left_a_good_one_right_and_what_is_not_shown_is_pale() -> None:
    table = pd.DataFrame(
        {
            "touchpoint": ["Van", "Desk"],
            "penalty": [-1.2, -0.1],
            "penalty_low": [-1.5, -0.6],
            "penalty_high": [-0.9, 0.4],
            "reward": [0.2, 0.1],
            "reward_low": [-0.1, -0.4],
            "reward_high": [0.5, 0.6],
            "n_low": [60, 12],
            "n_high": [90, 11],
            "role": ["repair", ""],
            "verdict": ["real", "cannot tell"],
        }
    )
    ax = plot_penalty_reward(table)
    assert [bar.get_width() for bar in ax.patches] == [-1.2, 0.2, -0.1, 0.1]
    assert [bar.get_alpha() for bar in ax.patches] == [0.9, 0.9, 0.3, 0.3]
    assert [text.get_text() for text in ax.texts] == ["n = 60 / 90", "repair", "n = 12 / 11", "cannot tell"]
    ends = {tuple(line[:, 0]) for found in ax.collections for line in found.get_segments()}
    assert {(-1.5, -0.9), (-0.1, 0.5), (-0.6, 0.4), (-0.4, 0.6)} == ends


def test_links_to_the_next_step_carry_interval_and_n_and_the_shown_ones_the_accent() -> None:
    table = pd.DataFrame(
        {
            "touchpoint": ["Quote", "Quote"],
            "step": "consider",
            "link": ["rated", "met"],
            "estimate": [0.07, 0.01],
            "low": [0.05, -0.04],
            "high": [0.09, 0.06],
            "n": [1141, 300],
            "verdict": ["real", "not shown"],
        }
    )
    ax = plot_links(table)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Quote, per rating point", "Quote, met or not"]
    pieces = [
        tuple(line.get_xdata())
        for line in ax.lines
        if len(line.get_xdata()) == 2 and line.get_ydata()[0] == line.get_ydata()[1]
    ]
    assert pieces == [(0.05, 0.09), (-0.04, 0.06)]
    assert [text.get_text() for text in ax.texts] == ["n = 1,141", "n = 300"]
    assert [to_hex(text.get_color()) == ACCENT.lower() for text in ax.texts] == [True, False]
