"""The three tests by hand, and a ranking that does not hang on chance."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.target_segment.scorecard import (
    PEOPLE_COLUMNS,
    _ranks,
    first_segment,
    ranking,
    scorecard,
    sizes,
    with_fit,
    with_need,
)
from cxlib.stages.target_segment.scorecard import people as people_of

AS_OF = pd.Timestamp("2026-06-30")


def people(**columns: object) -> pd.DataFrame:
    base = {"value_money": np.nan, "before_money": np.nan, "fit": np.nan, "need": np.nan}
    table = pd.DataFrame(base | columns)
    return table.assign(customer_id=[str(row) for row in range(len(table))])[PEOPLE_COLUMNS]


def measures(table: pd.DataFrame, segment: str) -> pd.Series:
    rows = scorecard(table)
    return rows[rows["segment"] == segment].set_index("measure")["estimate"]


def test_money_is_that_of_the_last_year_and_the_one_before() -> None:
    members = pd.DataFrame({"customer_id": ["a", "b"], "segment": "s"})
    at = pd.to_datetime(["2026-06-30 18:00", "2025-06-30 00:00", "2024-07-02 00:00"])
    sold = pd.DataFrame(
        {"customer_id": ["a", "a", "a"], "at": at, "revenue": [10.0, 20.0, 40.0], "margin": [1.0, 2.0, 4.0]}
    )
    rows = people_of(members, sold, as_of=AS_OF).set_index("customer_id")
    assert rows.loc["a", ["value_money", "before_money"]].tolist() == [1, 6]
    assert rows.loc["b", ["value_money", "before_money"]].tolist() == [0, 0]
    assert people_of(members, sold, as_of=AS_OF, objective="turnover")["value_money"].tolist() == [10, 0]
    assert people_of(members, sold.iloc[:1], as_of=AS_OF)["before_money"].isna().all()


def test_the_measures_are_what_a_hand_calculation_gives() -> None:
    table = people(
        segment=["s"] * 5,
        value_money=[0.0, 10, 20, 30, 40],
        before_money=[10.0] * 5,
        fit=[0.5, 0.7, np.nan, 0.9, 0.5],
        need=[1.0, 0, 0, 1, np.nan],
    )
    got = measures(table, "s")
    assert got["customer_value"] == 20 and got["segment_value"] == 100
    assert got["headroom"] == 30 + 20 + 10  # the upper quartile is 30
    assert got["growth"] == pytest.approx(1.0)
    assert got["need"] == 2  # half of those asked, of five members: 2.5 rounded to even
    assert got["fit"] == pytest.approx(0.65)


def test_what_is_not_known_stays_blank_and_takes_no_part() -> None:
    table = people(segment=["s", "t"] * 50, need=[1.0, 0.0] * 50)
    got = measures(table, "s")
    assert got[["customer_value", "headroom", "growth", "fit"]].isna().all()
    ranked = ranking(table)
    assert ranked.loc[0, "segment"] == "s"
    assert ranked[["objective", "fit"]].isna().all(axis=None)
    assert ranking(people(segment=["s", "t"] * 50)).empty
    assert ranking(people(segment=["s"] * 50, need=[1.0] * 50)).empty
    assert scorecard(people(segment=[])).empty and ranking(people(segment=[])).empty


def test_a_segment_best_in_every_test_wins_every_weighting() -> None:
    generator = np.random.default_rng(1)
    low, high = generator.gamma(2, 10, 200), generator.gamma(2, 50, 200)
    table = people(segment=["high"] * 200 + ["low"] * 200, value_money=np.r_[high, low], fit=[0.9] * 200 + [0.4] * 200)
    ranked = ranking(table).set_index("segment")
    assert ranked.loc["high", ["estimate", "low", "high"]].tolist() == [1, 1, 1]
    assert ranked["lead_low"].iloc[0] == 1


def test_the_share_of_weightings_is_the_area_that_geometry_gives() -> None:
    scaled = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    weights = np.random.default_rng(0).dirichlet(np.ones(3), 20000)
    assert _ranks(scaled, weights)[:, 0] == pytest.approx([1 / 3] * 3, abs=0.01)
    assert _ranks(np.array([[1.0, 0.0], [0.0, 0.5]]), weights[:, :2])[:, 0].sum() == pytest.approx(1)
    two = np.random.default_rng(1).dirichlet([1, 1], 20000)  # a · 1 > b · 0.5, a + b = 1 → a > 1/3
    assert _ranks(np.array([[1.0, 0.0], [0.0, 0.5]]), two)[:, 0] == pytest.approx([2 / 3, 1 / 3], abs=0.01)


def test_two_segments_alike_share_the_weightings_and_no_lead_is_shown() -> None:
    generator = np.random.default_rng(3)
    table = people(segment=["s", "t"] * 150, value_money=generator.gamma(2, 10, 300), fit=generator.uniform(0, 1, 300))
    assert ranking(table)["lead_low"].iloc[0] <= 0


def test_small_segments_mixed_rests_and_the_unknown_are_never_chosen() -> None:
    members = pd.DataFrame({"segment": ["big"] * 200 + ["small"] * 8 + ["inactive"] * 100 + ["rest-of-area"] * 100})
    table = sizes(members).set_index("segment")
    assert table["eligible"].to_dict() == {"big": True, "small": False, "inactive": False, "rest-of-area": False}
    assert table["size_share"].sum() == pytest.approx(1)


def test_fit_is_the_mean_of_the_grades_and_need_the_last_answer() -> None:
    table = people(segment=["s", "s", "s"])
    customers = pd.DataFrame(
        {"customer_id": ["0", "1", "2"], "home": ["family", "single", "boat"], "area": ["n", "n", "s"]}
    )
    grades = {"home": {"family": 0.9, "single": 0.4}, "area": {"n": 0.5}, "unknown_column": {"x": 1.0}}
    fitted = with_fit(table, customers, fit=grades)["fit"]
    assert fitted.tolist()[:2] == pytest.approx([0.7, 0.45]) and np.isnan(fitted.iloc[2])
    asked = pd.DataFrame(
        {
            "respondent_id": ["0", "0", "1"],
            "question": "nps",
            "touchpoint": "",
            "score": [9.0, 0.0, 8.0],
            "on": pd.to_datetime(["2026-01-01", "2026-02-01", "2026-01-01"]),
        }
    )
    needs = with_need(table, asked, scale=(0, 10))["need"]
    assert needs.tolist()[:2] == [1, 0] and np.isnan(needs.iloc[2])


@pytest.mark.parametrize(
    ("n", "of", "eligible"), [(30, 600, True), (29, 300, False), (50, 1000, True), (50, 1001, False)]
)
def test_a_segment_is_eligible_from_thirty_members_and_one_customer_in_twenty(n: int, of: int, eligible: bool) -> None:
    members = pd.DataFrame({"segment": ["small"] * n + ["rest"] * (of - n)})
    assert sizes(members).set_index("segment").loc["small", "eligible"] == eligible


def test_growth_is_told_as_real_not_shown_or_of_too_few() -> None:
    generator = np.random.default_rng(4)
    before = generator.gamma(2, 50, 400)
    for n, factor, verdict in ((400, 1.5, "real"), (400, 1.0, "not shown"), (29, 1.5, "cannot tell")):
        after = generator.permutation(before[:n]) if factor == 1.0 else before[:n] * factor
        rows = scorecard(people(segment=["s"] * n, value_money=after, before_money=before[:n]))
        assert rows.set_index("measure")["verdict"].to_dict() == {
            "customer_value": "",
            "segment_value": "",
            "headroom": "",
            "growth": verdict,
            "need": "",
            "fit": "",
        }


def test_the_first_leads_only_where_the_lower_limit_of_its_lead_is_above_zero_and_others_fall_behind_it() -> None:
    generator = np.random.default_rng(1)
    low, high = generator.gamma(2, 10, 200), generator.gamma(2, 50, 200)
    clear = people(segment=["high"] * 200 + ["low"] * 200, value_money=np.r_[high, low], fit=[0.4] * 200 + [0.4] * 200)
    ranked = ranking(clear)
    assert ranked["leads"].tolist() == [True, True] and ranked["lead_low"].iloc[0] > 0
    assert ranked["behind"].tolist() == [[], ["objective", "opportunity"]]
    assert first_segment(ranked) == "high" and first_segment(ranked.head(0)) == ""
    close = people(segment=["s", "t"] * 150, value_money=np.repeat(generator.gamma(2, 10, 150), 2))
    assert not ranking(close)["leads"].any()


def test_the_lead_is_judged_at_ninety_five_per_cent(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["cxlib.stages.target_segment.scorecard"]  # the room shows its function under that name
    shares, draws = np.array([[0.6, 0.4], [0.4, 0.6]]), np.zeros((200, 2, 2))
    for behind, leads in ((4, True), (6, False)):  # draws of 200 in which the second is ahead: 2 % and 3 %
        draws[:, 0, 0] = np.where(np.arange(200) < behind, 0.4, 0.7)
        draws[:, 1, 0] = 1 - draws[:, 0, 0]
        kept = pd.DataFrame({"segment": ["s", "t"], "n": [50, 50], "eligible": True})
        weighed = module._Weighed(kept, np.ones((2, 3)), shares, draws)
        monkeypatch.setattr(module, "_weighed", lambda _people, _seed, found=weighed: found)
        assert ranking(kept)["leads"].tolist() == [leads, leads]


@pytest.mark.parametrize(
    ("question", "score", "need"), [("nps", 6.0, 1), ("nps", 7.0, 0), ("overall", 3.0, 1), ("overall", 3.5, 0)]
)
def test_a_detractor_gives_six_or_less_and_an_overall_rating_counts_up_to_the_middle_of_its_scale(
    question: str, score: float, need: int
) -> None:
    asked = pd.DataFrame({"respondent_id": ["0"], "question": question, "touchpoint": "", "score": [score]})
    asked["on"] = pd.Timestamp("2026-01-01")
    assert with_need(people(segment=["s"]), asked, scale=(1, 5))["need"].tolist() == [need]


def test_a_lead_of_nothing_is_no_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["cxlib.stages.target_segment.scorecard"]  # the room shows its function under that name
    kept = pd.DataFrame({"segment": ["s", "t"], "n": [50, 50], "eligible": True})
    even = module._Weighed(kept, np.ones((2, 3)), np.array([[0.6, 0.4], [0.4, 0.6]]), np.full((200, 2, 2), 0.5))
    monkeypatch.setattr(module, "_weighed", lambda _people, _seed: even)
    assert ranking(kept)["lead_low"].tolist() == [0.0, 0.0]
    assert not ranking(kept)["leads"].any()
