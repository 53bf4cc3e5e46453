"""The table of the trial: windows, censoring, what counts as an outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.measurement import trial
from cxlib.stages.measurement.effect import difference_in_differences
from cxlib.stages.measurement.ladder import panel
from cxlib.stages.measurement.trial import arms, outcomes, plan, satisfaction
from cxlib.statistics.sample_ratio import sample_ratio

START = pd.Timestamp("2026-03-01")


def assigned(n: int = 4) -> pd.DataFrame:
    arm = ["pilot" if row % 2 == 0 else "control" for row in range(n)]
    return pd.DataFrame(
        {"customer_id": [f"c{row}" for row in range(n)], "arm": arm, "stratum": "s", "starts_on": START}
    )


def bought(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "at", "revenue", "margin"])
    return table.assign(at=pd.to_datetime(table["at"]))


PURCHASES = bought(
    ("c0", "2026-03-01 10:00", 100.0, 30.0),  # first day of the window
    ("c0", "2026-03-30 23:00", 50.0, 10.0),  # last day of 30
    ("c1", "2026-03-31 00:00", 80.0, 20.0),  # the day after
    ("c2", "2026-03-05 00:00", -20.0, -5.0),  # a refund is no purchase
    ("c3", "2026-02-28 23:59", 60.0, 12.0),  # before the start
)


def test_the_window_holds_its_first_and_last_day_and_nothing_else() -> None:
    table = outcomes(
        assigned(), PURCHASES, metrics=["revenue_per_customer"], window_days=30, as_of=pd.Timestamp("2026-06-30")
    )
    assert table.set_index("customer_id")["outcome"].to_dict() == {"c0": 150.0, "c1": 0.0, "c2": -20.0, "c3": 0.0}
    assert table.set_index("customer_id")["before"].to_dict() == {"c0": 0.0, "c1": 0.0, "c2": 0.0, "c3": 60.0}


def test_a_refund_alone_is_not_a_purchase() -> None:
    table = outcomes(
        assigned(), PURCHASES, metrics=["purchase_share"], window_days=30, as_of=pd.Timestamp("2026-06-30")
    )
    assert table["outcome"].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_an_open_window_is_left_out_and_not_counted_as_zero() -> None:
    table = outcomes(
        assigned(), PURCHASES, metrics=["purchase_share"], window_days=30, as_of=pd.Timestamp("2026-03-29")
    )
    assert not table["complete"].any() and table["outcome"].isna().all()
    counted = arms(table)
    assert counted["n_open"].tolist() == [2, 2] and counted["n_analysed"].tolist() == [0, 0]
    closed = outcomes(
        assigned(), PURCHASES, metrics=["purchase_share"], window_days=30, as_of=pd.Timestamp("2026-03-30")
    )
    assert closed["complete"].all()


@pytest.mark.parametrize("metric", ["purchase_share", "margin_per_customer", "smiles"])
def test_without_transactions_or_with_an_unknown_metric_nothing_is_known(metric: str) -> None:
    purchases = PURCHASES if metric == "smiles" else PURCHASES.head(0)
    table = outcomes(assigned(), purchases, metrics=[metric], window_days=30, as_of=pd.Timestamp("2026-06-30"))
    assert table["outcome"].isna().all() and len(table) == 4


def test_without_assignments_the_table_is_empty() -> None:
    table = outcomes(assigned(0), PURCHASES, metrics=["purchase_share"], window_days=30, as_of=START)
    assert table.empty and arms(table).empty and sample_ratio(arms(table)).empty


def test_the_order_of_purchases_changes_nothing() -> None:
    options = {"metrics": ["margin_per_customer"], "window_days": 30, "as_of": pd.Timestamp("2026-06-30")}
    shuffled = PURCHASES.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(outcomes(assigned(), PURCHASES, **options), outcomes(assigned(), shuffled, **options))


def test_a_zero_is_a_detractor_and_one_person_counts_once() -> None:
    answers = pd.DataFrame(
        [("c0", "2026-03-05", 0.0), ("c0", "2026-03-09", 10.0), ("c1", "2026-03-05", 8.0), ("c2", "2026-02-05", 9.0)],
        columns=["respondent_id", "on", "score"],
    ).assign(question="nps", touchpoint="")
    answers["on"] = pd.to_datetime(answers["on"])
    table = satisfaction(assigned(), answers, window_days=30)
    assert table.set_index("customer_id")["outcome"].to_dict() == {"c0": 0.0, "c1": 0.0}
    assert satisfaction(assigned(), answers.head(0), window_days=30).empty


def test_a_touchpoint_question_takes_only_its_own_answers() -> None:
    answers = pd.DataFrame(
        [("c0", "2026-03-05", 4.0, "delivery"), ("c0", "2026-03-05", 9.0, "club")],
        columns=["respondent_id", "on", "score", "touchpoint"],
    ).assign(question="csat", on=pd.Timestamp("2026-03-05"))
    table = satisfaction(assigned(), answers, window_days=30, touchpoint="delivery")
    assert table["outcome"].tolist() == [4.0] and table["metric"].tolist() == ["csat:delivery"]


def counted(pilot: int, control: int, *, kept: tuple[int, int] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {"arm": ["pilot", "control"], "n_assigned": [pilot, control], "n_analysed": kept or (pilot, control)}
    )


def test_a_small_imbalance_is_chance_and_a_large_one_is_a_mismatch() -> None:
    assert not sample_ratio(counted(510, 490))["mismatch"].any()
    assert sample_ratio(counted(600, 400))["mismatch"].tolist() == [True, False]


def test_arms_that_lose_different_shares_are_a_mismatch_even_when_drawn_well() -> None:
    checks = sample_ratio(counted(1000, 1000, kept=(1000, 800)))
    assert checks.set_index("check")["mismatch"].to_dict() == {"drawn": False, "kept": True}


def test_the_chi_square_is_the_one_done_by_hand() -> None:
    # (821 − 815.5)² / 815.5 · 2 = 0.0742, p = 0.7853 (Kohavi, Tang & Xu 2020, ch. 21: 821,588 vs 815,482 gives 1.8e-6)
    assert sample_ratio(counted(821_588, 815_482))["p_value"].iloc[0] == pytest.approx(1.8e-6, rel=0.03)
    assert np.isclose(sample_ratio(counted(821, 810))["p_value"].iloc[0], 0.7853, atol=5e-4)


def test_the_registration_is_read_with_its_margins() -> None:
    row = {
        "experience": "slot",
        "metric": "purchase_share",
        "window_days": 60.0,
        "minimum_effect": 0.04,
        "value_per_unit_money": 50.0,
        "guardrails": "nps;csat:delivery>=-0.5",
        "promised_effect": 0.06,
    }
    registered = plan(pd.DataFrame([row]))
    assert registered["guardrails"] == {"nps": trial.MARGINS["nps"], "csat:delivery": 0.5}
    assert registered["window_days"] == 60 and registered["promised"][0] == 0.06


def test_without_a_registration_nothing_is_guessed() -> None:
    registered = plan(pd.DataFrame())
    assert registered["experience"] == "" and np.isnan(registered["minimum_effect"]) and registered["guardrails"] == {}


def test_a_pilot_of_another_experience_is_not_measured() -> None:
    data = assigned().assign(idea_id="other")
    assert trial.assigned(data, data.head(0), experience="slot").empty
    assert len(trial.assigned(data, data.head(0), experience="other")) == 4
    drawn = assigned()[["customer_id", "arm", "stratum"]]
    waiting = trial.assigned(data.head(0), drawn, experience="slot")
    assert len(waiting) == 4 and waiting["starts_on"].isna().all()
    table = outcomes(waiting, PURCHASES, window_days=30, as_of=pd.Timestamp("2026-06-30"))
    assert not table["complete"].any() and table["outcome"].isna().all()


def test_a_pilot_without_control_is_held_against_everybody_else_before_and_after() -> None:
    people = pd.DataFrame({"customer_id": [f"c{row}" for row in range(4)], "since_on": pd.NaT})
    pilots = assigned()[lambda table: table["arm"].eq("pilot")]
    table = panel(pilots, people, PURCHASES, metric="revenue_per_customer", window_days=30)
    # pilots c0, c2: 0 → 150, 0 → −20, mean +65; others c1, c3: 0 → 0, 60 → 0, mean −30; difference 95
    assert difference_in_differences(table, cluster="customer_id").iloc[0]["estimate"] == pytest.approx(95.0)
    assert panel(assigned(), people, PURCHASES, metric="revenue_per_customer", window_days=30).empty
