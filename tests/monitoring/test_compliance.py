"""Awareness of the staff, compliance with the method, drift, and the ten keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.stages.monitoring.awareness import asked_enough, awareness, finite_wilson, sample_needed
from cxlib.stages.monitoring.compliance import (
    audit,
    by_stage,
    compliance,
    drift,
    measured_share,
    no_breach_bound,
)
from cxlib.stages.monitoring.keys import ten_keys
from cxlib.statistics.intervals import wilson

AS_OF = pd.Timestamp("2026-06-30")


def record(stage: int, **changed: Any) -> dict[str, Any]:
    plain = {
        "stage": stage,
        "choice": {"a": stage},
        "recommended": {"a": stage},
        "state": "sealed",
        "grade": "measured",
        "as_of": "2026-06-30",
        "rests_on": {str(earlier): {"choice": f'{{"a": {earlier}}}'} for earlier in range(1, stage)},
        "override": False,
    }
    return plain | changed


def seal(stage: int, **changed: Any) -> dict[str, Any]:
    return {"kind": "seal", "stage": stage, "why": "because", "by": "Ana", "override": False} | changed


ALL = [record(stage) for stage in range(1, 10)]
SEALS = [seal(stage) for stage in range(1, 10)]


def failed(records: list[dict[str, Any]], history: list[dict[str, Any]]) -> list[tuple[int, str]]:
    checks = compliance(records, history, as_of=AS_OF).dropna()
    return [(row.stage, row.check) for row in checks.itertuples() if not row.passed]


def test_a_method_kept_in_full_scores_one() -> None:
    scores = by_stage(compliance(ALL, SEALS, as_of=AS_OF))
    assert scores["estimate"].eq(1.0).all() and len(scores) == 9 and scores["breaches"].eq("").all()


@pytest.mark.parametrize(
    ("changed", "breach"),
    [
        ({"grade": "assumed"}, "evidence"),
        ({"state": "draft"}, "sealed"),
        ({"override": True}, "no_override"),
        ({"as_of": "2025-06-30"}, "fresh"),
        ({"rests_on": {"3": {"choice": "another"}}}, "in_order"),
    ],
)
def test_every_breach_is_named_with_its_stage(changed: dict[str, Any], breach: str) -> None:
    records = [record(stage, **(changed if stage == 5 else {})) for stage in range(1, 10)]
    assert failed(records, SEALS) == [(5, breach)]


def test_a_stage_computed_again_with_the_same_result_breaks_no_order() -> None:
    again = [record(stage, ran_at=f"2026-07-01T10:{10 - stage:02d}:00") for stage in range(1, 10)]
    assert failed(again, SEALS) == []
    moved_on = [record(stage, **({"choice": {"a": 7}} if stage == 6 else {})) for stage in range(1, 10)]
    assert (7, "in_order") in failed(moved_on, SEALS) and (6, "in_order") not in failed(moved_on, SEALS)


def test_an_override_or_a_missing_reason_on_the_seal_counts() -> None:
    history = [seal(1), seal(2, override=True), seal(3, why="")]
    assert failed(ALL, history) == [(2, "no_override"), (3, "signed")]


def test_a_stage_that_has_not_run_scores_zero_and_is_the_headline() -> None:
    scores = by_stage(compliance(ALL[:4] + ALL[5:], SEALS, as_of=AS_OF)).set_index("stage")
    assert scores.loc[5, "estimate"] == 0.0
    assert "in_order" in scores.loc[6, "breaches"]


def test_a_reopening_undoes_the_seals_after_it() -> None:
    checks = compliance(ALL, [*SEALS, {"kind": "reopen", "stage": 4, "why": "new data"}], as_of=AS_OF)
    signed = checks[checks["check"].eq("signed")].set_index("stage")["passed"]
    assert signed[3] is True and signed[4:].isna().all()


def test_without_any_record_everything_is_a_breach_and_nothing_breaks() -> None:
    scores = by_stage(compliance([], [], as_of=AS_OF))
    assert scores["estimate"].eq(0.0).all() and drift([]).empty
    assert measured_share([]).set_index("grade").loc["unknown", "n"] == 9


def test_only_a_sealed_decision_drifts() -> None:
    moved = {"recommended": {"a": 99}}
    records = [
        record(1),
        record(2, state="drift", **moved),
        record(3, state="draft", **moved),
        record(4, recommended={}),
    ]
    table = drift([*records, record(5, **moved)])  # 5: sealed as a judgement, against what was recommended then as now
    assert table.set_index("stage")["drift"].to_dict() == {1: False, 2: True, 3: False, 4: False, 5: False}
    assert pd.isna(table["same"].iloc[3]) and table["decided"].iloc[1] == "a: 2"


def test_the_share_of_measured_decisions_is_of_all_nine() -> None:
    records = [record(stage, grade="measured" if stage < 4 else "assumed") for stage in range(1, 10)]
    shares = measured_share(records).set_index("grade")["estimate"]
    assert shares["measured"] == pytest.approx(3 / 9) and shares.sum() == pytest.approx(1.0)


def test_no_breach_in_thirty_may_still_hide_one_in_ten() -> None:
    assert no_breach_bound(30) == pytest.approx(0.095, abs=5e-4)


def test_the_binding_rules_of_nine_stages_bound_the_rate_of_breach() -> None:
    row = audit(compliance(ALL, SEALS, as_of=AS_OF)).iloc[0]
    assert (row["n"], row["broken"]) == (18, 0) and row["estimate"] == pytest.approx(1 - 0.05 ** (1 / 18), abs=1e-9)
    broken = [record(stage, override=stage == 5) for stage in range(1, 10)]
    assert audit(compliance(broken, SEALS, as_of=AS_OF))[["n", "broken"]].to_numpy().tolist() == [[18, 1]]
    assert audit(compliance([], [], as_of=AS_OF)).empty


@pytest.mark.parametrize(("days", "breach"), [(180, []), (181, [(5, "fresh")])])
def test_evidence_is_fresh_for_half_a_year(days: int, breach: list[tuple[int, str]]) -> None:
    old = (AS_OF - pd.Timedelta(days=days)).date().isoformat()
    assert failed([record(stage, **({"as_of": old} if stage == 5 else {})) for stage in range(1, 10)], SEALS) == breach


IDEAS = pd.DataFrame(
    {
        "idea_id": ["slot", "plan"],
        "touchpoint": ["delivery", "planner"],
        "emotion": ["calm", ""],
        "action": ["return", "buy"],
        "segment": ["", "families"],
    }
)
STEP_OF = {"delivery": "service", "planner": "consideration"}
CHOICES: dict[int, dict[str, Any]] = {
    1: {"objective": "turnover", "metric": "m", "target": 10.0, "deadline": "2027-06-30"},
    2: {"segment": "families"},
    3: {"stall_step": "consideration", "objective_step": "service"},
    4: {"moments": ["planner:delight", "delivery:repair"]},
    6: {"channels": ["planner:store:in", "delivery:home:later"]},
    7: {"experiences": ["slot", "plan"]},
}


def scored(choices: dict[int, dict[str, Any]], npv: float = 1.0) -> dict[str, float]:
    checks = compliance(ALL, SEALS, as_of=AS_OF)
    table = ten_keys(choices, checks, ideas=IDEAS, step_of=STEP_OF, npv=npv)
    assert table["key"].tolist() == list(range(1, 11))
    assert table["kept"].tolist() == table["estimate"].eq(1.0).tolist()
    return dict(zip(table["name"], table["estimate"], strict=True))


def test_the_ten_keys_score_what_was_decided() -> None:
    keys = scored(CHOICES)
    assert keys == {
        "objective": 1.0,
        "segment": 1.0,
        "feeling": 0.5,
        "return": 1.0,
        "method": 1.0,
        "order": 1.0,
        "data": 1.0,
        "funnel": 1.0,
        "corridor": 1.0,
        "channels": 0.5,
    }


def test_a_key_that_cannot_be_told_is_not_a_zero() -> None:
    keys = scored({}, npv=float("nan"))
    assert keys["objective"] == 0.0 and keys["segment"] == 0.0
    assert all(np.isnan(keys[name]) for name in ("feeling", "return", "funnel", "corridor", "channels"))


def test_a_return_below_zero_fails_its_key() -> None:
    assert scored(CHOICES, npv=-1.0)["return"] == 0.0


def pulse(aware: int, unaware: int, *, department: str = "store", on: str = "2026-06-01") -> pd.DataFrame:
    scores = [8.0] * aware + [3.0] * unaware
    table = pd.DataFrame({"staff_id": [f"{department}{row}" for row in range(len(scores))], "score": scores})
    return table.assign(on=pd.Timestamp(on), department=department, question="objective")


def test_awareness_is_a_share_with_wilsons_interval() -> None:
    table = awareness(pd.concat([pulse(15, 5), pulse(2, 8, department="web")])).set_index("department")
    assert table.loc["store", ["estimate", "low", "high"]].tolist() == pytest.approx(list(wilson(15, 20)))
    assert table.loc["", "n"] == 30 and table.loc["", "estimate"] == pytest.approx(17 / 30)


def test_a_person_counts_once_with_the_last_answer_and_old_waves_not_at_all() -> None:
    again = pulse(0, 20, on="2026-05-01")
    old = pulse(0, 9, department="old", on="2025-01-01")
    table = awareness(pd.concat([old, again, pulse(15, 5)])).set_index("department")
    assert table.loc["store", "n"] == 20 and table.loc["store", "estimate"] == 0.75 and "old" not in table.index


def test_a_known_staff_size_narrows_the_interval_and_a_census_has_none() -> None:
    open_ended, finite = finite_wilson(15, 20), finite_wilson(15, 20, population=25)
    assert finite[2] - finite[1] < 0.6 * (open_ended[2] - open_ended[1])
    assert finite_wilson(15, 20, population=20) == (0.75, 0.75, 0.75)
    known = awareness(pulse(15, 5), staff={"store": 20})
    assert known["low"].tolist() == [0.75, 0.75]
    elsewhere = awareness(pulse(15, 5), staff={"web": 20})
    assert elsewhere.set_index("department")["n_staff"].isna().to_dict() == {"": False, "store": True}


def test_a_pool_of_departments_has_the_staff_of_all_of_them() -> None:
    both = pd.concat([pulse(4, 4, department="web"), pulse(1, 1, department="finance"), pulse(15, 5)])
    table = awareness(both, staff={"web": 10, "finance": 2, "store": 30}).set_index("department")
    assert table.loc["finance + web", "n_staff"] == 12 and table.loc["", "n_staff"] == 42


def test_who_was_asked_is_held_against_krejcie_and_morgan() -> None:
    table = asked_enough(awareness(pulse(150, 60)), {"store": 500})
    assert table[["n", "n_needed", "enough"]].to_numpy().tolist() == [[210, 217, False]]
    assert asked_enough(awareness(pulse(15, 5)), {}).empty


def test_a_small_department_is_pooled_so_that_it_cannot_be_worked_out_from_the_total() -> None:
    three = pd.concat([pulse(15, 5), pulse(4, 4, department="web"), pulse(1, 1, department="finance")])
    table = awareness(three).set_index("department")
    assert set(table.index) == {"", "store", "finance + web"} and table.loc["finance + web", "n"] == 10
    assert set(awareness(three[three["department"].ne("finance")])["department"]) == {"", "store", "web"}


def test_wilson_is_newcombes(shared: Callable[[str], Path]) -> None:
    oracle = json.loads(shared("oracles/wilson_newcombe/oracle.json").read_text())
    for successes, n, low, high in oracle["wilson"]:
        assert finite_wilson(successes, n)[1:] == pytest.approx((low, high), abs=oracle["tol"])


def test_krejcie_and_morgan_ask_217_of_500_and_278_of_1000() -> None:
    assert (sample_needed(500), sample_needed(1_000)) == (217, 278)


def test_the_staff_are_unaware_when_the_whole_interval_lies_below_half() -> None:
    table = awareness(pd.concat([pulse(14, 26), pulse(10, 30, department="web")])).set_index("department")
    assert table["unaware"].to_dict() == {"": True, "store": False, "web": True}  # store: 35 %, to 50.5 %
    assert table.loc["store", "high"] > 0.5 > table.loc["store", "estimate"]


@pytest.mark.parametrize(("score", "share"), [(6.9, 0.0), (7.0, 1.0)])
def test_an_answer_of_seven_is_aware(score: float, share: float) -> None:
    assert awareness(pulse(20, 0).assign(score=score))["estimate"].eq(share).all()


@pytest.mark.parametrize(("size", "named"), [(4, {"", "finance + web"}), (5, {"", "finance", "web"})])
def test_a_department_of_under_five_is_pooled(size: int, named: set[str]) -> None:
    both = pd.concat([pulse(size, 0, department="finance"), pulse(8, 0, department="web")])
    assert set(awareness(both)["department"]) == named


@pytest.mark.parametrize(("answered", "enough"), [(216, False), (217, True)])
def test_as_many_answers_as_are_needed_are_enough(answered: int, enough: bool) -> None:
    assert asked_enough(awareness(pulse(answered, 0)), {"store": 500})["enough"].tolist() == [enough]


def test_no_answers_give_an_empty_table() -> None:
    assert awareness(pulse(0, 0)).empty and np.isnan(finite_wilson(0, 0)[0])


def test_breaches_everywhere_leave_the_bound_at_one_and_impossible_counts_at_nothing() -> None:
    assert no_breach_bound(5, breaches=5) == stats.binomtest(5, 5).proportion_ci(0.9).high == 1.0
    assert np.isnan(no_breach_bound(5, breaches=6)) and np.isnan(no_breach_bound(0))
