"""The shifted beta-geometric model against the published retention of two groups, and when one rate is enough."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.target_segment import retention
from cxlib.stages.target_segment.lifetime_value import Horizon, contract_value_ahead
from cxlib.stages.target_segment.says_value import value_ahead

# Fader & Hardie (2007), table 1: customers of 1,000 still there after each year
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


def survivors(here: list[int]) -> pd.DataFrame:
    """One row a customer, as `tenures` gives it, from a table of survivors."""
    gone = [(year, True) for year, (one, two) in enumerate(pairwise(here)) for _ in range(one - two)]
    rows = gone + [(len(here) - 1, False)] * here[-1]
    return pd.DataFrame(rows, columns=["n_periods", "left"]).assign(customer_id=[str(row) for row in range(len(rows))])


def members(n: int = 2000, chance: float | None = None, seed: int = 0) -> pd.DataFrame:
    """Members by the month with a chance of leaving of their own, beta(1, 4), or the same for all."""
    generator = np.random.default_rng(seed)
    leaves = generator.beta(1, 4, n) if chance is None else np.full(n, chance)
    months = generator.geometric(np.clip(leaves, 1e-3, 1))
    since = pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 365, n), unit="D")
    left = pd.Series(since + pd.to_timedelta(months * retention.MONTH_DAYS - 1, unit="D"))
    return pd.DataFrame(
        {
            "customer_id": [str(row) for row in range(n)],
            "since_on": since,
            "left_on": left.where(left <= pd.Timestamp("2026-01-01")),
        }
    )


@pytest.mark.parametrize(
    ("here", "alpha", "beta", "likelihood"), [(HIGH_END, 0.668, 3.806, -1611.2), (REGULAR, 0.704, 1.182, -1680.3)]
)
def test_the_parameters_are_those_of_fader_and_hardie(
    here: list[int], alpha: float, beta: float, likelihood: float
) -> None:
    model = retention.retention_model(survivors(here))
    np.testing.assert_allclose(model["estimate"], [alpha, beta], atol=5e-4)
    assert model["log_likelihood"].iloc[0] == pytest.approx(likelihood, abs=0.05)
    assert model["sound"].all()


def test_one_rate_for_all_is_refuted_where_customers_differ_and_kept_where_they_do_not() -> None:
    mixed = survivors(REGULAR)
    assert not retention.constant_retention(mixed, retention.retention_model(mixed))["constant"].iloc[0]
    alike = retention.tenures(members(chance=0.05), end=pd.Timestamp("2026-01-01"))
    found = retention.constant_retention(alike, retention.retention_model(alike)).iloc[0]
    assert found["constant"]
    assert found["low"] < 0.95 < found["high"]


def test_a_tenure_is_counted_in_whole_periods_up_to_leaving_or_the_end() -> None:
    day = pd.Timestamp("2026-01-01")
    table = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "since_on": [day] * 3 + [pd.NaT],
            "left_on": [pd.NaT, day + pd.Timedelta(days=70), day + pd.Timedelta(days=400), pd.NaT],
        }
    )
    found = retention.tenures(table, end=day + pd.Timedelta(days=92))  # a month: 30.44 days
    assert found["n_periods"].tolist() == [3, 2, 3]
    assert found["left"].tolist() == [False, True, False]


def test_periods_ahead_are_more_for_the_loyal_and_fewer_discounted_and_never_more_than_asked() -> None:
    table = survivors(REGULAR)
    model = retention.retention_model(table)
    new, old = (pd.DataFrame({"customer_id": ["a"], "n_periods": [periods], "left": [False]}) for periods in (0, 7))
    ahead = [retention.periods_ahead(who, model, periods=10)["estimate"].iloc[0] for who in (new, old)]
    a, b = model["estimate"]
    by_hand = np.cumprod([(b + t - 1) / (a + b + t - 1) for t in range(1, 11)]).sum()
    assert ahead[0] == pytest.approx(by_hand)
    assert ahead[0] < ahead[1] < 10
    assert retention.periods_ahead(old, model, periods=10, discount_rate=0.1)["estimate"].iloc[0] < ahead[1]


def test_the_holdout_error_of_members_who_leave_as_the_model_says_is_small() -> None:
    found = retention.renewal_holdout(members(), end=pd.Timestamp("2026-01-01"), days=183).iloc[0]
    assert found["low"] <= 0.03
    assert abs(found["estimate"]) < 0.06
    assert found["n"] > 500


def test_few_who_left_have_no_model() -> None:
    few = survivors([100, 90])
    model = retention.retention_model(few)
    assert model.empty
    assert retention.periods_ahead(few, model, periods=5).empty
    assert retention.constant_retention(few, model).empty
    assert retention.renewal_holdout(members(20), end=pd.Timestamp("2026-01-01"), days=183).empty


def test_thirty_who_left_have_a_model_and_twenty_nine_have_none() -> None:
    assert retention.retention_model(survivors([100, 71])).empty
    assert len(retention.retention_model(survivors([100, 70]))) == 2


@pytest.mark.parametrize(("p_value", "constant"), [(0.0501, True), (0.0499, False)])
def test_one_rate_for_all_is_refuted_below_five_per_cent(
    monkeypatch: pytest.MonkeyPatch, p_value: float, constant: bool
) -> None:
    table = survivors(REGULAR)
    monkeypatch.setattr(retention.stats.chi2, "sf", lambda _ratio, _freedom: 2 * p_value)
    found = retention.constant_retention(table, retention.retention_model(table)).iloc[0]
    assert (found["p_value"], found["constant"]) == (pytest.approx(p_value), constant)


def gone_in(months: int, n: int = 60) -> pd.DataFrame:
    """Customers of three years; n of them left, evenly over the last so many months."""
    left = pd.Timestamp("2026-06-30") - pd.to_timedelta(np.arange(n) * (months * 30 / n), unit="D")
    joined = pd.Timestamp("2023-06-30") + pd.to_timedelta(np.arange(200), unit="D")
    dates = pd.Series(pd.NaT, range(200)).astype("datetime64[ns]")
    dates.iloc[:n] = left
    return pd.DataFrame({"customer_id": [str(row) for row in range(200)], "since_on": joined, "left_on": dates})


def test_leavers_of_one_month_only_are_survivorship() -> None:
    end = pd.Timestamp("2026-06-30")
    assert retention.leavers_missing(gone_in(1), end=end)["estimate"].tolist() == [1.0]
    assert retention.leavers_missing(gone_in(24), end=end)["estimate"].item() < 0.1
    assert retention.leavers_missing(gone_in(1, n=29), end=end).empty
    horizon = Horizon(end, 12, 0.0)
    people = gone_in(1)[["customer_id"]].assign(segment="all", value_money=120.0)
    said = value_ahead(
        contract_value_ahead(people, gone_in(1), horizon=horizon), segment="all", names={}, horizon=horizon
    )
    assert "survivorship" in said.sentence and "60 who left" in said.sentence and "30 customers" not in said.sentence
