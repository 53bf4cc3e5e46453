"""Intervals that several methods share, held against published and library numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from cxlib.statistics.intervals import bootstrap, mean_t, percentile, tidy, wilson

Shared = Callable[[str], Path]
SAMPLE = np.random.default_rng(0).gamma(2.0, 3.0, 200)


def test_wilsons_interval_is_the_published_one(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/wilson_newcombe/oracle.json").read_text())
    for successes, n, low, high in oracle["wilson"]:
        assert wilson(successes, n)[1:] == pytest.approx((low, high), abs=oracle["tol"])
    assert np.isnan(wilson(0, 0)).all()


def test_the_interval_of_a_mean_is_students() -> None:
    expected = stats.t.interval(0.95, len(SAMPLE) - 1, SAMPLE.mean(), stats.sem(SAMPLE))
    assert mean_t(np.append(SAMPLE, np.nan)) == pytest.approx((SAMPLE.mean(), *expected), rel=1e-12)
    assert np.isnan(mean_t(np.array([1.0]))[1]) and np.isnan(mean_t(np.array([]))).all()


def test_the_bootstrap_spread_of_a_mean_is_its_standard_error() -> None:
    draws = bootstrap(lambda rows: SAMPLE[rows].mean(), len(SAMPLE), replicates=3_000)
    closed = SAMPLE.std() / np.sqrt(len(SAMPLE))
    assert draws.std() == pytest.approx(closed, rel=0.05)


def test_percentiles_leave_out_what_is_missing() -> None:
    low, high = percentile(np.array([*range(101), np.nan], dtype=float))
    assert (low, high) == pytest.approx((2.5, 97.5))


def test_a_tidy_table_keeps_its_columns_without_rows() -> None:
    assert list(tidy(["step"]).columns) == ["step", "estimate", "low", "high", "n", "unit"]
