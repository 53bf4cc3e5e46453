"""Krippendorff's α against his own example and another library; the codebook against persons who read the same texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pytest

from cxlib.methods.agreement import alpha, codebook_agreement

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
