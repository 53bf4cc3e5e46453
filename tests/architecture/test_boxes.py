"""The league of touchpoints: boxes by hand, and the gates of a rank."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlib.stages.architecture.boxes import league, ranked, recommendation


def answers(question: str, **scores: list[float]) -> pd.DataFrame:
    rows = [(question, touchpoint, score) for touchpoint, said in scores.items() for score in said]
    return pd.DataFrame(rows, columns=["question", "touchpoint", "score"])


def test_the_league_is_by_top_boxes_of_those_known_well_enough() -> None:
    said = answers(
        "csat", van=[8.0] * 90 + [2.0] * 10, desk=[10.0] * 95 + [5.0] * 5, site=[9.0] * 29, till=[9.0] * 20 + [3.0] * 20
    )
    both = pd.concat([said, answers("csat", other=[9.0] * 99), answers("nps", van=[0.0] * 99)])
    found = league(both, question="csat", touchpoints=["van", "desk", "site", "till"], scale=(0.0, 10.0))
    assert found["touchpoint"].tolist()[:2] == ["desk", "van"] and found["rank"].tolist()[:2] == [1.0, 2.0]
    assert found.set_index("touchpoint")["reason"].to_dict() == {
        "desk": "",
        "van": "",
        "site": "too few",
        "till": "too wide",
    }
    van = found.set_index("touchpoint").loc["van"]
    assert (van["estimate"], van["bottom_share"], van["n"]) == pytest.approx((0.9, 0.1, 100))


def test_recommendation_is_read_where_it_was_asked() -> None:
    said = answers("nps", van=[10.0] * 60 + [0.0] * 40, desk=[9.0] * 300)
    found = recommendation(said, touchpoints=["van", "desk"]).set_index("touchpoint")
    assert found["estimate"].to_dict() == {"desk": 100.0, "van": 20.0}
    assert found["reason"].to_dict() == {"desk": "", "van": "too wide"}  # ± 19 points
    assert recommendation(said, touchpoints=[]).empty


@pytest.mark.parametrize(
    ("n", "half", "reason"), [(29, 5.0, "too few"), (30, 5.0, ""), (99, 15.0, ""), (99, 15.1, "too wide")]
)
def test_a_rank_needs_thirty_answers_and_a_narrow_interval(n: int, half: float, reason: str) -> None:
    table = pd.DataFrame([{"touchpoint": "van", "estimate": 20.0, "low": 20.0 - half, "high": 20.0 + half, "n": n}])
    assert ranked(table)["reason"].tolist() == [reason]
