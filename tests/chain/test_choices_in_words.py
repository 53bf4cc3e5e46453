"""A choice in words a client knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cxlib import language
from cxlib.chain import STAGES
from cxlib.engagement.choices import choice_words, kinds, part_name

NAMES = {"delivery": "Delivery", "P01": "general manager", "gross_margin": "gross margin"}


def said(**choice: Any) -> str:
    return choice_words(choice, lambda _key, code: NAMES.get(code))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    language.speak("en", "en_IE", "EUR")
    yield
    language.speak("en", "en_IE", "EUR")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"objective": "gross_margin", "target": 88101.78}, "Objective: Gross margin; Target: €88,102"),
        ({"metric": "turnover_per_month", "target": 100.0}, "Target: €100 a month; Metric: Turnover per month"),
        ({"deadline": "2027-06-30"}, "Deadline: 30 Jun 2027"),
        (
            {"metric": "purchase_share", "minimum_effect": 0.0488},
            "Metric: Share of customers who buy; Minimum effect: 4.9 pp",
        ),
        (
            {"metric": "margin_per_customer", "minimum_effect": 2.5},
            "Metric: Margin per customer; Minimum effect: €2.50 per customer",
        ),
        ({"window_days": 60}, "Window: 60 days"),
        (
            {"test": "cuped_difference"},
            "Test: Difference between the groups, adjusted for what each customer did before",
        ),
        ({"guardrails": ["nps", "csat:delivery"]}, "Guardrails: Net promoter score, satisfaction · Delivery"),
        (
            {"assignments": "1506+506@0"},
            "Customers drawn: 1,506 for the pilot, 506 for comparison (random draw, seed 0)",
        ),
        ({"committee": ["chair:P01", "member:P02"]}, "Committee: General manager (chair), P02"),
        (
            {"channels": ["delivery:app:not_in", "delivery:web:in", "quote:web:later"]},
            "Channels: Delivery (web, not app), quote (later web)",
        ),
        ({"actions": ["reopen:4"]}, "Actions: Reopen stage 4"),
        ({"actions": ["act:delivery", "hold"]}, "Actions: Act on Delivery, hold"),
        ({"expectation_threshold": 4.0}, "Promise at most: 4"),
        ({"moments": []}, "Moments: Nothing"),
        ({"committee": [], "assignments": None}, "Committee: Nobody; Customers drawn: Nobody"),
        ({}, "nothing"),
    ],
)
def test_each_part_has_its_name_and_its_unit(choice: dict[str, Any], expected: str) -> None:
    assert said(**choice) == expected


def test_parts_stand_in_the_order_of_the_chain_however_they_were_written() -> None:
    assert said(deadline="2027-06-30", objective="gross_margin") == said(
        objective="gross_margin", deadline="2027-06-30"
    )


def test_money_and_dates_follow_the_locale() -> None:
    language.speak("es", "es_ES", "EUR")
    assert "88.102\xa0€" in said(target=88102.0) and "30 jun 2027" in said(deadline="2027-06-30")


def test_no_part_of_any_choice_shows_its_code() -> None:
    for stage in STAGES:
        for key in stage.decides:
            assert part_name(key)[0].isupper() and "_" not in part_name(key)


def test_a_step_and_a_touchpoint_of_one_key_keep_their_own_names() -> None:
    labels = {"step": {"visit": "Visit the shop"}, "touchpoint": {"visit": "Shop"}}

    def name(key: str, code: str) -> str | None:
        return next((labels[kind][code] for kind in kinds(key) if code in labels.get(kind, {})), None)

    told = choice_words({"stall_step": "visit", "moments": ["visit:repair"]}, name)
    assert told == "Stalled step: Visit the shop; Moments: Shop · repair"
