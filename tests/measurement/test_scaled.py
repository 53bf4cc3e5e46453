"""The measured effect on all who are reached, a year, in the way its promise takes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.measurement import says_scaled
from cxlib.stages.measurement.scaled import COLUMNS, scaled

EFFECT = pd.DataFrame([{"estimate": 0.05, "low": 0.02, "high": 0.08}])
GIVEN = {"value_per_unit_money": 300.0, "registered_share": 0.5, "reach_year": 1_000.0, "promised": (0.04, 0.02, 0.06)}


def test_an_effect_is_scaled_to_all_who_are_reached() -> None:
    table = scaled(EFFECT, **GIVEN, gap=60_000.0).set_index("what")
    assert table.loc["scaled", ["estimate", "low", "high"]].tolist() == pytest.approx([30_000, 12_000, 48_000])
    assert table.loc["promised", "estimate"] == pytest.approx(0.04 / 0.5 * 1_000 * 300)
    assert table.loc["scaled", "of_gap"] == pytest.approx(0.5)
    assert (table["n"] == 1_000).all()


def test_the_effect_promised_gives_the_gain_it_was_made_of() -> None:
    gain, share = 24_000.0, 0.3  # registered: gain ÷ (customers × worth) × share
    promised = gain / (1_000 * 300) * share
    table = scaled(EFFECT, **GIVEN | {"registered_share": share, "promised": (promised,) * 3}).set_index("what")
    assert table.loc["promised", "estimate"] == pytest.approx(gain)
    assert np.isnan(table.loc["scaled", "of_gap"])


@pytest.mark.parametrize("missing", ["value_per_unit_money", "registered_share", "reach_year"])
def test_nothing_is_scaled_where_a_part_is_not_known(missing: str) -> None:
    table = scaled(EFFECT, **GIVEN | {missing: float("nan")})
    assert table.empty and list(table.columns) == COLUMNS
    assert scaled(EFFECT.head(0), **GIVEN).empty
    assert says_scaled.scaled(table).verdict == "cannot tell"


def test_what_scaling_would_bring_is_said_with_its_interval_and_its_promise() -> None:
    said = says_scaled.scaled(scaled(EFFECT, **GIVEN, gap=60_000.0)).sentence
    assert all(words in said for words in ("30,000", "12,000", "48,000", "24,000", "50.0"))
