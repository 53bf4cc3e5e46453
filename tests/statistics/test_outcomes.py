"""Outcomes of a window: purchases, and any other that a trial may be registered on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.statistics.outcomes import measured, unit_of, within

START = pd.Timestamp("2026-05-01")
PEOPLE = pd.DataFrame({"customer_id": list("abcd"), "starts_on": START})
RECORDS = {
    "transactions": pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "at": pd.to_datetime(["2026-05-01", "2026-05-10", "2026-04-20", "2026-05-31"]),
            "revenue": [10.0, -4.0, 7.0, 9.0],
            "margin": [np.nan] * 4,
        }
    ),
    "interactions": pd.DataFrame(
        {
            "customer_id": ["a", "b", "b", "d"],
            "at": pd.to_datetime(["2026-05-01", "2026-05-02", "2026-05-08", "2026-05-02"]),
            "touchpoint": ["app", "app", "desk", "desk"],
            "step": ["use", "use", "renew", "renew"],
            "outcome": ["reached", "reached", "reached", "lost"],
        }
    ),
    "customers": pd.DataFrame(
        {"customer_id": list("abc"), "left_on": pd.to_datetime(["2026-05-20", None, "2026-06-30"])}
    ),
    "responses": pd.DataFrame(
        {
            "respondent_id": ["a", "a", "b", "c", "d"],
            "on": pd.to_datetime(["2026-05-02", "2026-05-09", "2026-05-09", "2026-04-09", "2026-05-10"]),
            "question": ["overall"] * 4 + ["nps"],
            "touchpoint": [None] * 5,
            "score": [9.0, 7.0, 7.0, 10.0, 10.0],
        }
    ),
}
NAN = float("nan")


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("purchase_share", [1, 0, 0, 0]),
        ("revenue_per_customer", [6, 0, 0, 0]),
        ("margin_per_customer", [NAN] * 4),
        ("retention_day_1", [0, 1, 0, 1]),
        ("retention_d7", [0, 1, 0, 0]),
        ("retained_day_9", [1, 0, 0, 0]),
        ("retention_day_30", [NAN] * 4),  # beyond the window
        ("renewed_share", [0, 1, 1, NAN]),  # d is in no table of customers
        ("satisfied_share", [1, 0, NAN, NAN]),
        ("reached_share:desk", [0, 1, 0, 0]),
        ("reached_share:renew", [0, 1, 0, 0]),
        ("reached_share:nowhere", [NAN] * 4),
        ("happiness", [NAN] * 4),
    ],
)
def test_each_outcome_is_the_one_counted_by_hand(metric: str, expected: list[float]) -> None:
    found = measured(PEOPLE, RECORDS, metric, begins=0, days=30)
    assert found.tolist() == pytest.approx(expected, nan_ok=True)


def test_before_the_start_there_is_a_purchase_but_no_retention() -> None:
    assert measured(PEOPLE, RECORDS, "purchase_share", begins=-30, days=30).tolist() == [0, 1, 0, 0]
    assert measured(PEOPLE, RECORDS, "retention_day_1", begins=-30, days=30).isna().all()
    assert measured(PEOPLE, RECORDS, "renewed_share", begins=-30, days=30).isna().all()


@pytest.mark.parametrize(("scale", "satisfied"), [((0, 10), 1.0), ((1, 5), 1.0), ((0, 12), 0.0)])
def test_satisfied_is_three_quarters_up_the_scale_asked(scale: tuple[float, float], satisfied: float) -> None:
    found = measured(PEOPLE, RECORDS, "satisfied_share", begins=0, days=30, scale=scale)
    assert found.iloc[0] == satisfied  # a gave 9 and 7


@pytest.mark.parametrize("metric", ["purchase_share", "retention_day_1", "renewed_share", "satisfied_share"])
def test_what_no_table_shows_is_not_known(metric: str) -> None:
    assert measured(PEOPLE, {}, metric, begins=0, days=30).isna().all()
    assert measured(PEOPLE.head(0), RECORDS, metric, begins=0, days=30).empty


def test_a_unit_is_known_for_every_metric_that_can_be_counted() -> None:
    shares = (
        "purchase_share",
        "retention_day_1",
        "retention_d30",
        "renewed_share",
        "satisfied_share",
        "reached_share:x",
    )
    assert {unit_of(name) for name in shares} == {"share"}
    assert [unit_of(name) for name in ("margin_per_customer", "happiness", "")] == ["money", "", ""]


def test_a_window_has_whole_days() -> None:
    table = pd.DataFrame({"customer_id": ["a"] * 3, "at": pd.to_datetime(["2026-05-01", "2026-05-30", "2026-05-31"])})
    assert len(within(PEOPLE, table, at="at", begins=0, days=30)) == 2
