"""A marketplace with money, dates and Portuguese reviews: known figures come out of the mapped tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from cxlib.engagement.brief import load_brief
from cxlib.engagement.sources import CheckReport, Loaded, check_engagement, load_tables
from cxlib.stages.information_search.levels import attribute_levels, leading_question, whole_relation

OLIST = Path(__file__).parent / "olist"


@cache
def tables() -> dict[str, Loaded]:
    return load_tables(load_brief(OLIST))


@pytest.fixture
def olist(shared: Callable[[str], Path]) -> dict[str, pd.DataFrame]:
    shared("data/olist/sample4k")
    return {name: loaded.table for name, loaded in tables().items()}


@pytest.fixture
def known(shared: Callable[[str], Path]) -> dict[str, float]:
    found: dict[str, float] = json.loads(shared("data/oracles.json").read_text())["olist_sample4k"]
    return found


def test_reviews_have_the_known_mean(olist: dict[str, pd.DataFrame], known: dict[str, float]) -> None:
    overall = olist["responses"].query("question == 'overall'")["score"]
    assert len(overall) == known["reviews"]
    assert overall.mean() == pytest.approx(known["mean_score"], abs=5e-5)


@pytest.mark.parametrize("when", ["late", "on_time"])
def test_late_and_punctual_orders_have_their_known_scores(
    olist: dict[str, pd.DataFrame], known: dict[str, float], when: str
) -> None:
    scores = olist["responses"].query(f"touchpoint == 'delivery_{when}'")["score"]
    assert len(scores) == known[f"n_{when}"]
    assert scores.mean() == pytest.approx(known[f"score_{when}"], abs=5e-4)


def test_every_paid_order_is_one_transaction_of_a_person(olist: dict[str, pd.DataFrame]) -> None:
    money = olist["transactions"]
    assert money["transaction_id"].is_unique
    assert len(money) == 3960  # 4,000 orders less 40 cancelled or unavailable
    assert set(money["customer_id"]) <= set(olist["customers"]["customer_id"])
    assert money["margin"].isna().all()


def test_deliveries_after_as_of_are_not_seen(olist: dict[str, pd.DataFrame]) -> None:
    assert olist["interactions"]["at"].max() < pd.Timestamp("2018-09-01")
    assert tables()["interactions"].report.n_later == 25


def test_a_parcel_is_late_or_on_time_but_never_both(olist: dict[str, pd.DataFrame]) -> None:
    deliveries = olist["interactions"].query("step == 'delivery'")
    assert deliveries["journey_id"].is_unique


def test_nothing_of_olist_is_refused(shared: Callable[[str], Path]) -> None:
    shared("data/olist/sample4k")
    report: CheckReport = check_engagement(OLIST)
    assert not report.failed
    assert sum(table.n_refused for table in report.reports.values()) == 0
    assert report.effects[9] == {"blocks": ["assignments"], "weakens": []}


def test_customers_whose_parcel_was_late_are_shown_to_be_less_satisfied(
    olist: dict[str, pd.DataFrame], known: dict[str, float]
) -> None:
    asked = whole_relation(olist["responses"])
    assert leading_question(asked) == "overall"
    table = attribute_levels(asked, olist["customers"])
    shown = table[table["attribute"] == "delivery"].set_index("value")
    assert shown["verdict"].eq("real").all()
    assert shown.loc["late", "estimate"] == pytest.approx(known["score_late"], abs=0.005)
    assert shown.loc["late", "n"] == known["n_late"]
    assert shown.loc["on time", "estimate"] == pytest.approx(known["score_on_time"], abs=0.005)
