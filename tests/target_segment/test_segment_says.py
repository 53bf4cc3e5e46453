"""What stage 2 says, also where it can say nothing; and its pictures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.target_segment import pictures as figures
from cxlib.stages.target_segment import placing, says, says_segments, segments
from cxlib.stages.target_segment import shown as words
from cxlib.stages.target_segment.scorecard import PEOPLE_COLUMNS, scorecard
from cxlib.stages.target_segment.scorecard import people as people_of
from cxlib.stages.target_segment.scorecard import ranking as ranking_of
from cxlib.stages.target_segment.scorecard import sizes as sizes_of

CHANNELS = {"store": "Store", "web": "Web"}

CUSTOMERS = pd.DataFrame({"customer_id": ["a"], "age_band": ["18-29"]})


def judged(lead: bool = True) -> pd.DataFrame:
    generator = np.random.default_rng(2)
    table = pd.DataFrame({"segment": ["high-basket__high-store"] * 200 + ["low-contacts__low-purchases"] * 300})
    money = np.r_[generator.gamma(2, 60 if lead else 45, 200), generator.gamma(2, 20 if lead else 30, 300)]
    table["value_money"], table["before_money"], table["need"] = money, money * 0.9, np.nan
    table["fit"] = 0.8 if lead else np.r_[np.full(200, 0.6), np.full(300, 0.9)]
    return table.assign(customer_id=[str(row) for row in range(500)])[PEOPLE_COLUMNS]


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return judged()


def names(table: pd.DataFrame) -> dict[str, str]:
    return words.segment_names(table["segment"].unique(), CHANNELS, CUSTOMERS)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("high-basket__high-store", "large baskets, often store"),
        ("low-recency__low-web", "bought lately, seldom web"),
        ("value-quarter-1", "quarter of the most value"),
        ("is-age_band__18-29", "age band: 18-29"),
        ("inactive", "nothing known of them"),
    ],
)
def test_a_segment_is_named_by_what_distinguishes_it(key: str, name: str) -> None:
    assert words.segment_names([key], CHANNELS, CUSTOMERS) == {key: name}


def test_the_best_segment_is_recommended_and_the_others_say_why_not(people: pd.DataFrame) -> None:
    scores, sizes, ranking = scorecard(people), sizes_of(people), ranking_of(people)
    advice = says.recommend(ranking, scores, sizes, names=names(people), n_segments=2)
    assert advice.choice == {"segment": "high-basket__high-store"} and advice.grade == "measured"
    assert "less value per member" in advice.alternatives[0].meaning
    assert set(advice.offered["segment"]) == set(people["segment"])
    said = says.headline(ranking, sizes, scores, segment="high-basket__high-store", names=names(people))
    assert said.sentence.startswith("Design for “large baskets, often store”: 40.0% of the customers")


def test_constructed_segments_are_never_more_than_observed(people: pd.DataFrame) -> None:
    ranked = ranking_of(people), scorecard(people), sizes_of(people)
    assert says.recommend(*ranked, names={}, n_segments=0).grade == "observed"


def test_a_lead_that_weights_could_turn_is_not_claimed() -> None:
    table = judged(lead=False)
    ranking = ranking_of(table)
    said = says.robustness(ranking, names=names(table))
    assert said.verdict == "not shown" and "that is for people to say" in said.sentence
    first = says.headline(
        ranking, sizes_of(table), scorecard(table), segment=ranking["segment"].iloc[0], names=names(table)
    )
    assert "its lead over the next is not shown" in first.sentence


def test_one_known_test_is_named_as_the_only_one(people: pd.DataFrame) -> None:
    needs = people.assign(value_money=np.nan, before_money=np.nan, fit=np.nan, need=np.r_[np.ones(200), np.zeros(300)])
    said = says.robustness(ranking_of(needs), names=names(people))
    assert "Only one of the three tests has data" in said.sentence


def test_nothing_known_says_what_it_would_take() -> None:
    empty = pd.DataFrame({"customer_id": [], "segment": []}, dtype="str")
    nobody = people_of(empty, pd.DataFrame(columns=["at", "revenue", "margin"]), as_of=pd.Timestamp("2026-06-30"))
    ranking, scores, sizes = ranking_of(nobody), scorecard(nobody), sizes_of(empty)
    features = pd.DataFrame({"customer_id": pd.Series(dtype="str")})
    agreement = segments.stability(features)
    findings = [
        says.headline(ranking, sizes, scores, segment="", names={}),
        says_segments.stability(agreement, n_segments=0, n=0),
        says_segments.rule(
            placing.rules(features, empty), placing.accuracy(features, empty), segment="", names={}, channels={}
        ),
        says.tests(scores, sizes, segment="", names={}),
        says.robustness(ranking, names={}),
    ]
    assert all(said.sentence.startswith("Cannot tell: ") for said in findings)
    advice = says.recommend(ranking, scores, sizes, names={}, n_segments=0)
    assert (advice.choice, advice.grade) == ({}, "unknown")


def test_no_natural_segments_is_said_as_a_result() -> None:
    row = {
        "n_segments": 2,
        "estimate": 0.9,
        "low": 0.8,
        "high": 0.95,
        "n": 900,
        "unit": "ratio",
        "excess": 0.02,
        "null_estimate": 0.88,
        "null_low": 0.7,
        "null_high": 0.95,
        "natural": False,
    }
    said = says_segments.stability(pd.DataFrame([row]), n_segments=0, n=900)
    assert said.sentence.startswith("There are no natural segments") and said.verdict == "not shown"


def test_a_rule_reads_as_one_line_with_whole_counts() -> None:
    rows = pd.DataFrame(
        {
            "feature": ["basket_money", "n_contacts", "store_share"],
            "at_least": [249.4, 5.5, 0.2],
            "below": [np.nan, np.nan, 0.4],
        }
    )
    assert words.rule_words(rows, CHANNELS) == (
        "revenue per purchase at least €249; contacts at least 6; share of contacts: Store from 20.0% to below 40.0%"
    )


def test_the_pictures_draw_every_segment_with_its_interval(people: pd.DataFrame) -> None:
    scores, ranking = scorecard(people), ranking_of(people)
    paper = figures.plot_scorecard(words.scorecard_picture(scores, ranking), chosen="high-basket__high-store")
    bubbles, won = paper.axes
    assert len(bubbles.collections) == 2 and len(bubbles.texts) == 2
    assert [line.get_marker() for line in won.lines].count("D") == 1
    agreement = pd.DataFrame(
        {
            "n_segments": [2, 3],
            "estimate": [0.9, 0.8],
            "low": [0.8, 0.7],
            "high": [1.0, 0.9],
            "n": [9, 9],
            "null_estimate": [0.5, 0.5],
            "null_low": [0.4, 0.4],
            "null_high": [0.6, 0.6],
            "natural": [True, False],
        }
    )
    drawn = figures.plot_stability(agreement)
    assert "ringed: natural" in drawn.get_xlabel() and len(drawn.collections) == 2


def test_the_picture_is_drawn_without_any_fit_or_money(people: pd.DataFrame) -> None:
    needs = people.assign(value_money=np.nan, before_money=np.nan, fit=np.nan, need=np.r_[np.ones(200), np.zeros(300)])
    table = words.scorecard_picture(scorecard(needs), ranking_of(needs))
    assert "cannot tell" in figures.plot_scorecard(table).axes[0].get_xlabel()


def test_an_unmet_need_is_drawn_in_persons_and_never_in_money(people: pd.DataFrame) -> None:
    needs = people.assign(value_money=np.nan, before_money=np.nan, need=np.r_[np.ones(200), np.zeros(300)])
    table = words.scorecard_picture(scorecard(needs), ranking_of(needs))
    bubbles = figures.plot_scorecard(table).axes[0]
    assert bubbles.get_ylabel() == "members with an unmet need"
    assert bubbles.yaxis.get_major_formatter()(50.0, 0) == "50"


def test_a_choice_is_measured_only_where_the_lead_of_natural_segments_is_shown(people: pd.DataFrame) -> None:
    ranking, scores, sizes = ranking_of(people), scorecard(people), sizes_of(people)
    for leads, n_segments, grade in ((True, 2, "measured"), (False, 2, "observed"), (True, 0, "observed")):
        told = ranking.assign(leads=leads)
        assert says.recommend(told, scores, sizes, names={}, n_segments=n_segments).grade == grade
