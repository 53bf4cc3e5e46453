"""The chain's methods find what was planted in nine clients of ten, and keep their error rates where nothing was."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from tests.simulate.recovery import ASK_SHARE, ROWS, as_text, recovery

N_SEEDS = 10  # of each kind: two minutes; the stored table (recovery.md) rests on more


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> pd.DataFrame:
    made = recovery(N_SEEDS)
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stdout.write("\n" + as_text(made))
    return made


@pytest.mark.parametrize("effect", [row.effect for row in ROWS])
def test_what_was_planted_is_found(table: pd.DataFrame, effect: str) -> None:
    row = table.set_index("effect").loc[effect]
    assert row["found"] >= ASK_SHARE * row["of"]


@pytest.mark.parametrize("effect", [row.effect for row in ROWS if row.rate])
def test_where_nothing_was_planted_no_more_is_declared_than_the_stated_rate_allows(
    table: pd.DataFrame, effect: str
) -> None:
    row = table.set_index("effect").loc[effect]
    assert row["declared_in_null"] <= row["allowed"]
