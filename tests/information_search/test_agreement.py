"""Krippendorff's α against his own package; the codebook against persons who read the same texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxlib.stages.information_search import agreement, says
from cxlib.stages.information_search.agreement import alpha, codebook_agreement, corrected_share, corrected_shares

Shared = Callable[[str], Path]


def readings(n: int, *, same: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two readers of n texts; the second says what the first says with probability `same`, else the opposite."""
    generator = np.random.default_rng(seed)
    book = generator.integers(0, 2, n).astype(float)
    return book, np.where(generator.random(n) < same, book, 1 - book)


def test_alpha_is_that_of_krippendorffs_own_package(shared: Shared) -> None:
    """Oracle: krippendorff, also on two observers of Krippendorff's own example who read the same units."""
    book, person = readings(80, same=0.8)
    expected = krippendorff.alpha(np.stack([book, person]), level_of_measurement="nominal")
    assert alpha(book, person) == pytest.approx([expected], abs=1e-12)
    values = np.array(json.loads(shared("oracles/krippendorff/oracle.json").read_text())["data"], dtype=float)
    both = values[:2, ~np.isnan(values[:2]).any(axis=0)] > 2
    expected = krippendorff.alpha(both.astype(float), level_of_measurement="nominal")
    assert alpha(*both.astype(float)) == pytest.approx([expected], abs=1e-12)


def test_a_text_counted_twice_is_two_texts_and_the_order_does_not_matter() -> None:
    book, person = readings(40, same=0.7)
    twice = np.r_[np.full(20, 2.0), np.full(20, 1.0)]
    doubled = alpha(np.r_[book, book[:20]], np.r_[person, person[:20]])
    assert alpha(book, person, np.stack([twice, np.ones(40)])) == pytest.approx([doubled[0], alpha(book, person)[0]])
    assert alpha(book[::-1], person[::-1]) == pytest.approx(alpha(person, book))


def test_agreement_by_chance_is_nought_and_nothing_that_varies_cannot_be_told() -> None:
    assert abs(alpha(*readings(4000, same=0.5))[0]) < 0.04
    assert np.isnan(alpha(np.ones(10), np.ones(10))[0])


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


@pytest.mark.parametrize(
    ("low", "standing"), [(0.8, "firm"), (0.7999, "tentative"), (0.667, "tentative"), (0.6669, "weak")]
)
def test_the_lower_limit_decides_how_far_an_agreement_carries(
    low: float, standing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "percentile", lambda _drawn: (np.float64(low), np.float64(1.0)))
    assert codebook_agreement(*texts(100))["standing"].tolist() == [standing] * 3


def test_few_coded_texts_cannot_tell_and_none_give_an_empty_table() -> None:
    found, told = texts(100)
    assert set(codebook_agreement(found, told)["standing"]) == {"firm"}
    assert set(codebook_agreement(found, told.where(told.index < 99))["standing"]) == {"cannot tell"}
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


def test_few_texts_have_the_wider_interval_of_student() -> None:
    """Ten texts, two on the theme, nobody read more: t with nine degrees of freedom, half a text more in each cell."""
    share, _low, high = corrected_share(np.array([[8.0, 0], [0, 2]]), (0.0, 0.0))
    variance = 3 / 12 * 9 / 12
    assert high - share == pytest.approx(stats.t.ppf(0.975, 9) * np.sqrt(variance / 10))


def test_prediction_powered_shares_are_those_of_the_formula_and_of_rogan_and_gladen_in_the_long_run() -> None:
    n, rest, share, sensitive, specific = 40_000, 400_000, 0.2, 0.7, 0.9
    well, ill = np.array([specific, 1 - specific]), np.array([1 - sensitive, sensitive])
    read = n * np.stack([(1 - share) * well, share * ill], axis=1)
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
    assert set(corrected_shares(found, told.where(np.arange(900) < 99, ""))["verdict"]) == {"cannot tell"}
    assert "cannot tell" not in set(corrected_shares(found, told.where(np.arange(900) < 100, ""))["verdict"])
    assert corrected_shares(found, pd.Series("", index=found.index)).empty
    said = says.corrected(table.reset_index()).sentence
    assert "the codebook alone counts" in said and "n = 300" in said
    assert "furthest apart" in says.corrected(table.loc[["staff"]].reset_index()).sentence
    assert says.corrected(table.head(0)).sentence == ""
    assert says.corrected(table.reset_index().assign(verdict="cannot tell")).verdict == "cannot tell"
