"""Krippendorff's α against his own example and another library; the codebook against persons who read the same texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cxlib.stages.information_search import says
from cxlib.stages.information_search.agreement import alpha, codebook_agreement, corrected_share, corrected_shares

Shared = Callable[[str], Path]


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_is_that_of_krippendorffs_own_example(shared: Shared, level: str) -> None:
    oracle = json.loads(shared("oracles/krippendorff/oracle.json").read_text())
    values = np.array(oracle["data"], dtype=float)
    assert alpha(values, level=level) == pytest.approx(oracle["alpha"][level], abs=oracle["tol"])
    assert alpha(values, level=level) == pytest.approx(
        krippendorff.alpha(values, level_of_measurement=level), abs=1e-12
    )


def test_a_unit_counted_twice_is_two_units_and_the_order_does_not_matter() -> None:
    values = np.random.default_rng(0).integers(0, 3, (3, 40)).astype(float)
    twice = np.r_[np.full(20, 2.0), np.full(20, 1.0)]
    doubled = np.concatenate([values, values[:, :20]], axis=1)
    assert alpha(values, weight=twice) == pytest.approx(alpha(doubled))
    assert alpha(values[:, ::-1]) == pytest.approx(alpha(values))


def test_agreement_by_chance_is_nought_and_nothing_that_varies_cannot_be_told() -> None:
    guesses = np.random.default_rng(1).integers(0, 2, (2, 4000)).astype(float)
    assert abs(alpha(guesses)) < 0.04
    assert np.isnan(alpha(np.ones((2, 10))))


def texts(n: int, *, right: float = 1.0) -> tuple[pd.DataFrame, pd.Series]:
    """Two themes; a person gives the theme that is there with the share `right`."""
    generator = np.random.default_rng(3)
    found = pd.DataFrame({"price": generator.random(n) < 0.4, "staff": generator.random(n) < 0.3})
    same = generator.random((n, 2)) < right
    told = found.where(same, ~found)
    return found, told.apply(lambda row: ";".join(row.index[row]) or "none", axis=1)


def test_a_person_who_sees_the_same_makes_the_codebook_firm() -> None:
    table = codebook_agreement(*texts(300)).set_index("theme")
    assert table.loc["all", ["estimate", "standing", "n"]].tolist() == [1.0, "firm", 300]
    blurred = codebook_agreement(*texts(300, right=0.7)).set_index("theme")
    assert blurred.loc["all", "standing"] == "weak"
    assert blurred.loc["all", "low"] < blurred.loc["all", "estimate"] < blurred.loc["all", "high"]


def test_few_coded_texts_cannot_tell_and_none_give_an_empty_table() -> None:
    found, told = texts(60)
    assert set(codebook_agreement(found, told)["standing"]) == {"cannot tell"}
    assert codebook_agreement(found, pd.Series("", index=found.index)).empty
    assert codebook_agreement(found, pd.Series(np.nan, index=found.index)).empty


def test_a_codebook_that_agrees_leaves_its_count_and_one_that_helps_nothing_leaves_the_persons() -> None:
    same = np.array([[80.0, 0], [0, 20]])
    share, low, high = corrected_share(same, (200.0, 1000.0))
    assert share == pytest.approx(0.2) and low < 0.2 < high
    told = corrected_share(np.array([[40.0, 10], [40, 10]]), (900.0, 1000.0))
    assert told[0] == pytest.approx(0.2)  # nothing that the codebook says is used
    assert told[1:] == pytest.approx(proportion_confint(20, 100, method="normal"), abs=0.005)
    alone = corrected_share(np.array([[80.0, 0], [0, 20]]), (0.0, 0.0))
    assert alone[0] == pytest.approx(0.2) and np.isnan(corrected_share(np.zeros((2, 2)), (1.0, 2.0))[0])


def test_prediction_powered_shares_are_those_of_the_formula_and_of_rogan_and_gladen_in_the_long_run() -> None:
    n, rest, share, sensitive, specific = 40_000, 400_000, 0.2, 0.7, 0.9
    read = n * np.array([[(1 - share) * specific, share * (1 - sensitive)],
                         [(1 - share) * (1 - specific), share * sensitive]])  # fmt: skip
    counted = share * sensitive + (1 - share) * (1 - specific)
    gladen = (counted + specific - 1) / (sensitive + specific - 1)
    found = corrected_share(read, (rest * counted, rest))
    assert found[0] == pytest.approx(gladen) == pytest.approx(share)
    y, f = (
        np.repeat([0, 1, 0, 1], read.ravel().round().astype(int)),
        np.repeat([0, 0, 1, 1], read.ravel().round().astype(int)),
    )
    covariance = np.cov(y, f)
    weight = covariance[0, 1] / ((1 + n / rest) * covariance[1, 1])
    error = np.sqrt(np.var(y - weight * f) / n + weight**2 * counted * (1 - counted) / rest)
    assert (found[2] - found[1]) / 2 == pytest.approx(1.96 * error, rel=1e-3)


def test_the_interval_holds_the_true_share_and_is_narrower_than_the_persons_alone() -> None:
    generator, held, wide, plain = np.random.default_rng(5), 0, 0.0, 0.0
    for _client in range(400):
        truth = generator.random(1100) < 0.15
        book = np.where(truth, generator.random(1100) < 0.85, generator.random(1100) < 0.04)
        read = np.histogram2d(book[:100], truth[:100], bins=[[-0.5, 0.5, 1.5]] * 2)[0]
        _share, low, high = corrected_share(read, (float(book[100:].sum()), 1000.0))
        ends = proportion_confint(truth[:100].sum(), 100, method="wilson")
        held, wide, plain = held + (low <= 0.15 <= high), wide + high - low, plain + ends[1] - ends[0]
    assert 0.92 <= held / 400 <= 0.99 and wide < 0.85 * plain


def test_shares_are_corrected_only_where_a_person_read_enough() -> None:
    found, told = texts(900)
    some = told.where(np.arange(900) < 300, "")
    table = corrected_shares(found.assign(price=found["price"] | (np.arange(900) % 3 == 0)), some).set_index("theme")
    assert table.loc["price", "verdict"] == "real" and table.loc["staff", "verdict"] == "not shown"
    assert table.loc["price", "low"] <= found["price"].mean() <= table.loc["price", "high"]
    assert set(corrected_shares(found, told.where(np.arange(900) < 50, ""))["verdict"]) == {"cannot tell"}
    assert corrected_shares(found, pd.Series("", index=found.index)).empty
    said = says.corrected(table.reset_index()).sentence
    assert "the codebook alone counts" in said and "n = 300" in said
    assert "furthest apart" in says.corrected(table.loc[["staff"]].reset_index()).sentence
    assert says.corrected(table.head(0)).sentence == ""
    assert says.corrected(table.reset_index().assign(verdict="cannot tell")).verdict == "cannot tell"
