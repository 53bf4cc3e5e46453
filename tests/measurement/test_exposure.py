"""Who met the experience, the effect on them, and whether they can carry the effect on all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.sandbox.regression.gmm import IV2SLS

from cxlib.dictionary import entry_of
from cxlib.stages.measurement import says_exposure
from cxlib.stages.measurement.effect import difference
from cxlib.stages.measurement.exposure import anderson_rubin, carried, effect_on_met, exposed, meetings

START = pd.Timestamp("2026-03-01")
PLACE: dict[str, Any] = {"touchpoint": "van", "channels": [], "window_days": 30}


def trial(n: int = 2000, *, share: float = 0.5, effect: float = 0.2, elsewhere: float = 0.0, seed: int = 0) -> Any:
    """Outcomes and meetings: `effect` on those who met it, `elsewhere` on the others of the pilot arm."""
    generator = np.random.default_rng(seed)
    pilot, there = np.arange(n) % 2 == 0, generator.random(n) < share
    chance = 0.3 + pilot * np.where(there, effect, elsewhere)
    table = pd.DataFrame({"customer_id": [f"c{row}" for row in range(n)], "arm": np.where(pilot, "pilot", "control")})
    bought = table.assign(
        metric="purchase_share", unit="share", outcome=(generator.random(n) < chance).astype(float), before=np.nan
    )
    return bought, table.assign(there=there, met=there & pilot)


def contacts(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "at", "touchpoint", "channel"])
    return table.assign(at=pd.to_datetime(table["at"], format="ISO8601"))


def drawn() -> pd.DataFrame:
    return pd.DataFrame({"customer_id": list("abcd"), "arm": ["pilot", "pilot", "control", "control"]}).assign(
        starts_on=START
    )


OLD = ("x", "2026-01-10", "van", "home")


def test_who_met_it_has_a_contact_at_its_place_and_channel_within_the_window() -> None:
    seen = contacts(
        OLD,
        ("a", "2026-03-30 23:00", "van", "home"),
        ("b", "2026-03-31", "van", "home"),
        ("b", "2026-03-05", "van", "store"),
        ("c", "2026-03-02", "van", "home"),
        ("d", "2026-02-27", "van", "home"),
    )
    table = meetings(drawn(), seen, **(PLACE | {"channels": ["home"]})).set_index("customer_id")
    assert table["there"].to_dict() == {"a": True, "b": False, "c": True, "d": False}
    assert table["met"].to_dict() == {"a": True, "b": False, "c": False, "d": False}  # the control has the old moment
    assert meetings(drawn(), seen, **PLACE).set_index("customer_id")["there"]["b"]  # any channel where none is named
    unnamed = seen.assign(channel="")
    assert meetings(drawn(), unnamed, **(PLACE | {"channels": ["home"]}))["there"].any()  # nor where none is recorded


def test_at_a_moment_that_is_new_the_control_meets_the_experience_itself() -> None:
    seen = contacts(("x", "2026-01-10", "desk", "home"), ("a", "2026-03-02", "van", ""), ("c", "2026-03-02", "van", ""))
    table = meetings(drawn(), seen, **PLACE).set_index("customer_id")
    assert table["met"].to_dict() == {"a": True, "b": False, "c": True, "d": False}


@pytest.mark.parametrize("touchpoint", ["", "nowhere"])
def test_without_a_contact_at_the_place_nobody_knows_who_met_it(touchpoint: str) -> None:
    table = meetings(drawn(), contacts(OLD), **(PLACE | {"touchpoint": touchpoint}))
    bought, _met = trial(40)
    assert table.empty and exposed(table).empty and effect_on_met(bought, table).empty
    effect = difference(bought, unit="share")
    assert carried(effect, bought, table).empty
    said = says_exposure.met(exposed(table), effect_on_met(bought, table), carried(effect, bought, table), "the van")
    assert said.verdict == "cannot tell" and "no contact is recorded" in said.sentence


def test_the_share_of_an_arm_is_the_one_counted() -> None:
    _bought, met = trial(200, share=0.4, seed=4)
    row = exposed(met).set_index("arm").loc["pilot"]
    there = met.loc[met["arm"].eq("pilot"), "there"]
    low, high = stats.binomtest(int(there.sum()), 100).proportion_ci(method="wilson")
    assert [row["estimate"], row["low"], row["high"]] == pytest.approx([there.mean(), low, high])


def test_the_effect_on_those_who_met_it_is_that_of_two_stage_least_squares() -> None:
    bought, met = trial(seed=2)
    row = effect_on_met(bought, met).iloc[0]
    constant = np.ones(len(met))
    instrument = np.column_stack([constant, met["arm"].eq("pilot")]).astype(float)
    fit = IV2SLS(bought["outcome"], np.column_stack([constant, met["met"].astype(float)]), instrument).fit()
    assert row["estimate"] == pytest.approx(fit.params.iloc[1], abs=1e-9)
    assert row["n_customers"] == met["met"].sum()
    assert row["low"] < 0.2 < row["high"] and row["verdict"] == "real"


@pytest.mark.parametrize("seed", [1, 5, 9])
def test_the_interval_ends_where_a_welch_test_turns(seed: int) -> None:
    bought, met = trial(600, share=0.3, seed=seed)
    values, took, pilot = bought["outcome"].to_numpy(), met["met"].to_numpy(float), met["arm"].eq("pilot").to_numpy()
    for end in anderson_rubin(values, took, pilot):
        less = values - end * took
        p_value = stats.ttest_ind(less[pilot], less[~pilot], equal_var=False).pvalue
        assert p_value == pytest.approx(0.05, abs=5e-4)


def test_a_draw_that_changes_hardly_who_meets_it_leaves_the_interval_open() -> None:
    bought, met = trial(400, share=0.004, seed=3)
    row = effect_on_met(bought, met).iloc[0]
    assert np.isnan(row["low"]) and row["verdict"] == "cannot tell" and row["method"].endswith("unbounded")
    assert effect_on_met(bought, met.assign(met=False)).empty
    assert effect_on_met(bought.head(2), met.head(2)).empty


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 200), share=st.floats(0.1, 1.0))
def test_the_effect_on_all_is_the_effect_on_those_who_met_it_times_their_share(seed: int, share: float) -> None:
    bought, met = trial(400, share=share, seed=seed)
    on_met, every = effect_on_met(bought, met).iloc[0], difference(bought, unit="share").iloc[0]
    taken = met.loc[met["arm"].eq("pilot"), "met"].mean()
    assert on_met["estimate"] * taken == pytest.approx(every["estimate"])
    assert not on_met["low"] > on_met["estimate"] and not on_met["high"] < on_met["estimate"]
    assert (on_met["low"] > 0) == (every["low"] > 0) or on_met["method"].endswith("unbounded")


def test_the_interval_holds_its_level_with_few_who_meet_it() -> None:
    held = []
    for seed in range(300):
        bought, met = trial(300, share=0.25, effect=0.3, seed=seed)
        row = effect_on_met(bought, met).iloc[0]
        held.append(np.isnan(row["low"]) or row["low"] <= 0.3 <= row["high"])
    assert 0.92 <= np.mean(held) <= 0.98


@pytest.mark.parametrize(
    ("share", "effect", "elsewhere", "state"),
    [(0.5, 0.25, 0.0, "yes"), (0.08, 0.1, 0.1, "no"), (0.6, 0.15, 0.15, "no"), (0.5, 0.0, 0.0, "cannot tell")],
)
def test_a_gain_beyond_those_who_met_it_is_flagged(share: float, effect: float, elsewhere: float, state: str) -> None:
    bought, met = trial(4000, share=share, effect=effect, elsewhere=elsewhere, seed=7)
    every = difference(bought, unit="share")
    row = carried(every, bought, met)
    assert row["carried"].tolist() == [state]
    pilot, there = met["arm"].eq("pilot"), met["there"]
    usual = bought.loc[~pilot & there, "outcome"].mean()
    assert row["ceiling"].item() == pytest.approx(there[pilot].mean() * (1 - usual))
    said = says_exposure.met(exposed(met), effect_on_met(bought, met), row, "the van")
    assert ("not scaled" in said.sentence) == (state == "no")
    assert {fact.id for fact in said.facts} <= {entry_of(fact.id).id for fact in said.facts}


def test_of_money_there_is_no_ceiling_but_those_who_were_not_there_tell() -> None:
    bought, met = trial(4000, share=0.5, effect=0.3, elsewhere=0.3, seed=1)
    money = bought.assign(unit="money", outcome=bought["outcome"] * 40)
    row = carried(difference(money, unit="money"), money, met).iloc[0]
    assert np.isnan(row["ceiling"]) and row["carried"] == "no"
