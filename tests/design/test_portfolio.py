"""The portfolio: exact under budget, with links, exclusions and an unbroken path."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from cxlib.stages.design.portfolio import choose, coverage, expected_value, options, taken, why_not


def candidates(rows: list[tuple[str, str, float, float, str, str]], cap: float = np.inf) -> pd.DataFrame:
    """idea, step, gain, cost, requires, excludes; the investment is the cost."""
    table = pd.DataFrame(rows, columns=["idea_id", "step", "gain_pv_money", "investment_money", "requires", "excludes"])
    return table.assign(cost_pv_money=table["investment_money"], cap_pv_money=cap)


THREE = [("a", "s1", 100.0, 10.0, "", ""), ("b", "s2", 60.0, 20.0, "a", ""), ("c", "s3", 15.0, 10.0, "", "a")]


def test_the_published_knapsack_is_solved(shared: Callable[[str], Path]) -> None:
    case = json.loads(shared("oracles/milp_knapsack/oracle.json").read_text())["p01"]
    table = (
        pd.DataFrame(
            {
                "idea_id": [f"i{n}" for n in range(10)],
                "step": "s",
                "gain_pv_money": case["v"],
                "investment_money": case["w"],
                "requires": "",
                "excludes": "",
            }
        )
        .astype({"gain_pv_money": float, "investment_money": float})
        .assign(cost_pv_money=0.0, cap_pv_money=np.inf)
    )
    solved = choose(table, budget=case["cap"])
    taken = table["idea_id"].isin(solved)
    assert table.loc[taken, "gain_pv_money"].sum() == case["opt"]
    assert taken.astype(int).tolist() == case["x"]


def test_it_finds_what_trying_everything_finds() -> None:
    generator = np.random.default_rng(5)
    rows = [
        (f"i{n}", f"s{n % 3}", float(generator.integers(5, 90)), float(generator.integers(5, 40)), "", "")
        for n in range(8)
    ]
    table = candidates(rows, cap=150.0)
    every = [list(ids) for size in range(9) for ids in itertools.combinations(table["idea_id"], size)]
    within = [ids for ids in every if table.loc[table["idea_id"].isin(ids), "investment_money"].sum() <= 90]
    assert expected_value(table, choose(table, budget=90)) == max(expected_value(table, ids) for ids in within)


def test_what_is_required_comes_along_and_what_is_excluded_stays_out() -> None:
    assert choose(candidates(THREE), budget=100) == ["a", "b"]
    assert choose(candidates([THREE[1]]), budget=100) == []  # what it requires is not among the candidates
    assert choose(candidates([THREE[2]]), budget=100) == ["c"]  # its rival is not


def test_the_path_is_unbroken_or_nothing_is_chosen() -> None:
    rows = [("a", "s1", 100.0, 10.0, "", ""), ("c", "s3", 15.0, 40.0, "", "")]
    assert choose(candidates(rows), budget=100) == ["a"]
    assert choose(candidates(rows), budget=100, path=("s1", "s3")) == ["a", "c"]
    assert choose(candidates(rows), budget=20, path=("s1", "s3")) == []
    assert choose(candidates(rows), budget=50, path=("s1", "s3")) == ["a", "c"]  # the whole budget may be spent


def test_options_hold_nothing_and_never_spend_more_than_their_budget() -> None:
    table = options(candidates(THREE), budget=30, path=("s1", "s2"))
    assert table["option"].iloc[0] == "nothing"
    assert (table["investment_money"] <= 60).all()  # twice the budget
    assert table["path"].iloc[-1]


def test_without_ideas_or_budget_nothing_is_the_only_option() -> None:
    assert options(candidates(THREE).iloc[:0], budget=30)["option"].tolist() == ["nothing"]
    assert options(candidates(THREE), budget=0.0)["option"].tolist() == ["nothing"]
    assert choose(candidates(THREE).assign(gain_pv_money=np.nan), budget=30) == []


def test_what_an_unbroken_path_costs_is_shown_even_when_it_does_not_pay() -> None:
    poor = candidates([("a", "s1", 5.0, 10.0, "", ""), ("b", "s2", 5.0, 10.0, "", ""), ("c", "s2", 1.0, 10.0, "", "")])
    table = options(poor, budget=30, path=("s1", "s2"))
    assert table["experiences"].tolist() == ["", "a;b"]
    assert [expected_value(poor, cell.split(";")) for cell in table["experiences"]] == [0, -10]


def test_a_budget_that_is_not_stated_does_not_limit() -> None:
    assert choose(candidates(THREE), budget=float("nan")) == ["a", "b"]


def test_a_step_with_a_moment_and_no_experience_is_a_gap() -> None:
    chosen = pd.DataFrame({"idea_id": ["a"], "step": ["s1"]})
    table = coverage(chosen, corridor=("s1", "s2", "s3"), moments={"quote": "s1", "van": "s3"})
    assert table["state"].tolist() == ["covered", "no moment", "gap"]


def test_every_idea_is_in_or_out_for_a_reason() -> None:
    rows = [*THREE, ("d", "s1", 5.0, 10.0, "", ""), ("e", "s1", 90.0, 70.0, "", "")]
    reasons = why_not(candidates(rows), ["a", "b"]).set_index("idea_id")["reason"]
    assert reasons.to_dict() == {"a": "chosen", "b": "chosen", "c": "excluded", "d": "no_return", "e": "budget"}
    apart = why_not(candidates(rows), ["c"]).set_index("idea_id")["reason"]
    assert (apart["a"], apart["b"]) == ("excluded", "requires")  # the rule counts from either side


def test_a_choice_that_people_took_goes_before_the_recommended_one() -> None:
    assert taken({"experiences": ["slot"]}, {"experiences": "quote;slot"}) == ["slot"]
    assert taken({}, {"experiences": "quote;slot"}) == ["quote", "slot"]
    assert taken({"experiences": ["nothing"]}, {"experiences": "quote"}) == []
    assert taken({}, {}) == []
