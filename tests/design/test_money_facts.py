"""Whoever follows the dictionary with pandas gets the money of stage 7 to the cent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxlib.dictionary import entries, equation_of, recomputed
from cxlib.stages.design.terms import Terms

HORIZON, RATE = 24, 0.08  # of the sample's brief
CENT = 0.005
Values = dict[str, float]


@pytest.fixture
def told(sample_run: Path) -> Values:
    """Id → value of every fact of the sample."""
    facts = json.loads((sample_run / "facts.json").read_text(encoding="utf-8"))["facts"]
    return {fact["id"]: fact["value"] for fact in facts if isinstance(fact["value"], int | float)}


@pytest.fixture
def decided(sample_run: Path) -> dict[int, dict[str, Any]]:
    """Stage → choice in force."""
    paths = {number: sample_run / "stages" / f"{number:02d}" / "record.json" for number in (3, 7)}
    return {number: json.loads(path.read_text(encoding="utf-8"))["choice"] for number, path in paths.items()}


@pytest.fixture
def ideas(root: Path) -> pd.DataFrame:
    return pd.read_csv(root / "data" / "sample" / "ideas.csv").set_index("idea_id").fillna({"cost_monthly": 0.0})


MONTHS = np.arange(1, HORIZON + 1)
FACTORS = (1 + RATE) ** (-MONTHS / 12)
M, G = FACTORS.sum(), (FACTORS * np.minimum(1, MONTHS / 3)).sum() / 12


def test_every_fact_that_follows_from_others_is_recomputed(told: Values) -> None:
    followed = {id: recomputed(id, told) for id in told if id[0] in "78" and equation_of(id)}
    assert set(followed) >= {"7.largest_swing", "7.spread", "7.minimum_effect", "7.promised_effect", "8.n_per_arm"}
    assert followed == pytest.approx({id: told[id] for id in followed}, abs=CENT)


def test_costs_are_read_off_the_ideas(told: Values, decided: dict[int, dict[str, Any]], ideas: pd.DataFrame) -> None:
    chosen = ideas.loc[decided[7]["experiences"]]
    assert told["7.investment"] == pytest.approx(chosen["cost_once"].sum(), abs=CENT)
    costs = (ideas["cost_once"] + ideas["cost_monthly"] * M) * 31 / 30
    assert np.abs(costs - told["7.tested_cost"]).min() < CENT


def test_the_dictionary_names_the_draws_and_the_seed_of_what_is_simulated() -> None:
    simulated = ["npv", "npv_p10", "npv_p90", "p_positive", "best_npv", "evpi", "spread_apart"]
    for name in simulated:
        formula = entries(7)[f"7.{name}"].formula
        assert f"{Terms().draws:,}" in formula and f"seed {Terms().seed}" in formula, name
    for name in ("finish_p50_days", "finish_p80_days"):
        assert "2,000 simulated plans" in entries(8)[f"8.{name}"].formula
