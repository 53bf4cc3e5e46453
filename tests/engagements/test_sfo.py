"""Three yearly airport surveys without money: known figures come out, and what the client lacks is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cxlib.engagement.brief import load_brief
from cxlib.engagement.sources import Loaded, check_engagement, load_table
from cxlib.stages.information_search.levels import levels, whole_relation
from cxlib.statistics.scores import nps

SFO = Path(__file__).parent / "sfo"


@cache
def loaded(name: str) -> Loaded:
    return load_table(load_brief(SFO), name)


@pytest.fixture
def responses(shared: Callable[[str], Path]) -> pd.DataFrame:
    shared("data/sfo_survey")
    return loaded("responses").table


@pytest.fixture
def known(shared: Callable[[str], Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("data/oracles.json").read_text())["sfo"]
    return found


def test_the_net_promoter_score_of_2017_is_the_known_one(responses: pd.DataFrame, known: dict[str, Any]) -> None:
    recommend = responses.query("question == 'nps'")
    plain = nps(recommend.drop(columns="weight")).iloc[0]
    assert plain["n"] == known["2017"]["n"]
    assert plain["estimate"] == pytest.approx(known["2017"]["nps"], abs=0.005)


def test_the_weighted_net_promoter_score_of_2017_is_the_known_one(
    responses: pd.DataFrame, known: dict[str, Any]
) -> None:
    weighted = nps(responses.query("question == 'nps'")).iloc[0]
    assert weighted["estimate"] == pytest.approx(known["2017"]["nps_weighted"], abs=0.005)


def test_code_11_is_no_answer_and_code_0_is_a_detractor(responses: pd.DataFrame) -> None:
    scores = responses.query("question == 'nps'")["score"]
    assert scores.max() == 10
    assert (scores == 0).sum() == 17


@pytest.mark.parametrize("year", ["2015", "2016", "2017"])
def test_satisfaction_with_the_whole_airport_is_the_known_mean(
    responses: pd.DataFrame, known: dict[str, Any], year: str
) -> None:
    overall = responses[(responses["question"] == "overall") & (responses["on"].dt.year == int(year))]
    assert overall["score"].mean() == pytest.approx(known["overall_mean_1to5"][year], abs=5e-4)


def test_never_used_is_no_score(responses: pd.DataFrame) -> None:
    ratings = responses.query("question == 'csat'")
    assert ratings["score"].between(1, 5).all()
    assert ratings["touchpoint"].nunique() == 20


def test_respondents_of_different_years_stay_different_people(responses: pd.DataFrame) -> None:
    people = loaded("customers").table
    assert len(people) == people["customer_id"].nunique() == 2958 + 3087 + 2831
    assert set(responses["respondent_id"]) <= set(people["customer_id"])


def test_every_interview_took_place_in_may(responses: pd.DataFrame) -> None:
    assert set(responses["on"].dt.month) == {5}
    assert set(responses["on"].dt.year) == {2015, 2016, 2017}


def test_the_stages_without_money_and_contacts_are_named(shared: Callable[[str], Path]) -> None:
    shared("data/sfo_survey")
    report = check_engagement(SFO)
    blocked = {number for number, effect in report.effects.items() if effect["blocks"]}
    assert blocked == {1, 3, 6, 7, 8, 9, 10}
    assert "blocked without transactions" in report.text()


def test_the_levels_a_reader_is_shown_are_the_known_ones(responses: pd.DataFrame, known: dict[str, Any]) -> None:
    asked = whole_relation(responses)
    shown = levels(asked).set_index(["question", "wave", "answers"])
    assert shown.loc[("nps", "2017", "plain"), "estimate"] == pytest.approx(known["2017"]["nps"], abs=0.005)
    assert shown.loc[("nps", "2017", "weighted"), "estimate"] == pytest.approx(known["2017"]["nps_weighted"], abs=0.005)
    assert shown.loc[("nps", "2017", "plain"), "n"] == known["2017"]["n"]
    means = [shown.loc[("overall", year, "plain"), "estimate"] for year in ("2015", "2016", "2017")]
    assert means == pytest.approx(list(known["overall_mean_1to5"].values()), abs=5e-4)
