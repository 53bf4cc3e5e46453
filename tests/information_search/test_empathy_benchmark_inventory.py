from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.journeys.corridor import moment_table
from cxlib.journeys.population import of_segment
from cxlib.stages.information_search import inventory
from cxlib.stages.information_search.benchmark import benchmark_gaps, own_figures
from cxlib.stages.information_search.empathy import empathy_map, sign_words, text_marks
from cxlib.stages.information_search.themes import find_themes


def series(*texts: str) -> pd.Series:
    return pd.Series(list(texts), dtype="str")


NOTHING = pd.DataFrame({"customer_id": series(), "item": series()})


def empathy_of(n: int) -> pd.DataFrame:
    texts = series(*["I expected it on time, so happy"] * n, *["late and angry"] * 3)
    persons = series(*[f"p{i % max(n // 2, 1)}" for i in range(n)], "a", "b", "b")
    themes = pd.DataFrame({"lateness": [False] * n + [True] * 3, "punctuality": [True] * n + [False] * 3})
    signs = find_themes(texts, pd.Series("en", index=texts.index), sign_words())
    tones = series(*["positive"] * n, *["negative"] * 3)
    words = pd.DataFrame({"item": ["lateness", "punctuality"], "words": ["late", "on time"]})
    return empathy_map(text_marks(persons, themes, tones, signs), NOTHING, words, spoken=persons.nunique())


def test_the_map_counts_persons_not_sentences() -> None:
    table = empathy_of(60).set_index(["cell", "item"])
    assert table.loc[("gains", "punctuality"), "n"] == 30
    assert table.loc[("pains", "lateness"), "n"] == 2
    assert table.loc[("thinks", "punctuality"), "n"] == 30
    assert table.loc[("feels", "anger"), "n"] == 2
    assert table.loc[("gains", "punctuality"), "words"] == "on time"
    assert table.loc[("says", "punctuality"), "estimate"] == pytest.approx(30 / 32)


def test_no_percentage_is_given_below_twenty_persons() -> None:
    assert empathy_of(10)["estimate"].isna().all()
    assert empathy_of(60)["estimate"].notna().all()


def test_what_they_do_comes_from_behaviour() -> None:
    acts = pd.DataFrame({"customer_id": series("a", "a", "b"), "item": series("quote", "quote", "planner")})
    empty = pd.DataFrame({"respondent_id": series(), "cell": series(), "item": series()})
    table = empathy_map(empty, acts, pd.DataFrame({"item": [], "words": []}), spoken=0)
    assert table[["cell", "item", "n"]].to_numpy().tolist() == [["does", "planner", 1], ["does", "quote", 1]]


def test_nps_and_means_are_held_against_the_same_metric_and_place(shared: Callable[[str], Path]) -> None:
    oracle = shared("oracles/nps_rocks/oracle.json")
    assert json.loads(oracle.read_text())
    scores = [0] * 40 + [7] * 85 + [10] * 125  # Rocks (2016), package example: adjusted Wald .24498 to .42695
    table = own_figures(_answers("nps", scores), pd.DataFrame())
    assert table.iloc[0][["estimate", "low", "high"]].tolist() == pytest.approx([34.0, 24.498, 42.695], abs=1e-3)


def test_a_competitor_without_n_is_a_fixed_point_and_one_with_n_widens_the_interval() -> None:
    own = own_figures(_answers("csat", [6, 7, 8] * 40, "delivery"), pd.DataFrame())
    table = benchmark_gaps(
        own, _benchmarks(("Rival", "csat", "delivery", 7.5, np.nan), ("Other", "csat", "delivery", 7.5, 50))
    )
    fixed, known = table.iloc[0], table.iloc[1]
    assert fixed["fixed"] and not known["fixed"]
    assert fixed["estimate"] == known["estimate"] == pytest.approx(-0.5)
    assert known["high"] - known["low"] > fixed["high"] - fixed["low"]
    assert fixed["verdict"] == "real"


def test_a_metric_the_client_does_not_measure_cannot_be_told() -> None:
    table = benchmark_gaps(
        own_figures(_answers("nps", [9]), pd.DataFrame()), _benchmarks(("Rival", "csat", "delivery", 7.5, 50))
    )
    assert table.iloc[0]["verdict"] == "cannot tell" and np.isnan(table.iloc[0]["estimate"])


def test_conversion_is_taken_from_the_funnel() -> None:
    steps = pd.DataFrame({"step": ["consideration"], "estimate": [0.4], "low": [0.38], "high": [0.42], "n": [2000]})
    table = benchmark_gaps(
        own_figures(_answers("nps", []), steps),
        _benchmarks(("Sector", "conversion", "", 0.55, np.nan), step="consideration"),
    )
    assert table.iloc[0]["estimate"] == pytest.approx(-0.15) and table.iloc[0]["verdict"] == "real"


def test_unknown_is_not_viable_yet() -> None:
    rows = [("a", "people", "yes", "delivery"), ("b", "process", "yes", ""), ("c", "legal", "unknown", "delivery"),
            ("d", "technology", "no", "quote"), ("e", "technology", "yes", "delivery"), ("f", "data", "yes", "")]  # fmt: skip
    table = pd.DataFrame(rows, columns=["capability_id", "kind", "available", "touchpoint"])
    found = inventory.capability_inventory(table, ["delivery", "quote", "planner"]).set_index("moment")
    assert found.loc["delivery", "viable"] == "unknown"
    assert found.loc["quote", "viable"] == "no"
    assert found.loc["planner", ["people", "process"]].tolist() == ["unknown", "yes"]
    assert inventory.available_capabilities(table) == ["a", "b", "e", "f"]


def test_an_empty_inventory_knows_nothing() -> None:
    none = pd.DataFrame(columns=["capability_id", "kind", "available", "touchpoint"], dtype="str")
    assert inventory.capability_inventory(none, ["delivery"]).iloc[0]["viable"] == "unknown"
    assert inventory.available_capabilities(none) == []


def test_evidence_is_measured_observed_or_a_gap() -> None:
    tables = {"responses": pd.concat([_answers("csat", [5] * 40, "delivery"), _answers("memory", [5] * 3, "delivery")])}
    found = inventory.evidence_inventory(tables, ["delivery"]).set_index("question")
    assert found.loc[["live", "remember", "expect"], "level"].tolist() == ["measured", "observed", "gap"]
    assert found.loc["live", "n"] == 40
    assert inventory.evidence_inventory(tables, []).empty


def test_moments_keep_their_order_and_role() -> None:
    table = moment_table(["delivery:repair", "planner:delight", "delivery:repair"], {"delivery": "service"})
    assert table[["moment", "step", "role"]].to_numpy().tolist() == [
        ["delivery", "service", "repair"],
        ["planner", "", "delight"],
    ]
    assert moment_table([], {}).empty


def test_a_delight_is_carried_by_praise_and_a_repair_by_complaint() -> None:
    told = pd.DataFrame([("delivery", "lateness", 20, 2, 22), ("delivery", "people", 3, 30, 33),
                         ("planner", "advice", 5, 40, 45)],
                        columns=["touchpoint", "theme", "n_negative", "n_positive", "n"])  # fmt: skip
    moments = moment_table(["delivery:repair", "planner:delight"], {})
    found = inventory.insight_table(told, moments)
    assert found[["moment", "theme", "count"]].to_numpy().tolist() == [
        ["delivery", "lateness", 20],
        ["planner", "advice", 40],
    ]
    assert inventory.insight_table(told.head(0), moments).empty


def test_the_segment_is_looked_at_alone_only_when_large_enough() -> None:
    members = pd.DataFrame({"customer_id": [f"c{i}" for i in range(150)], "segment": ["s"] * 120 + ["t"] * 30})
    rows = pd.DataFrame({"customer_id": [f"c{i}" for i in range(150)]})
    assert of_segment(rows, "customer_id", members, "s")[1] == "s"
    assert len(of_segment(rows, "customer_id", members, "s")[0]) == 120
    assert of_segment(rows, "customer_id", members, "t")[1] == ""
    assert of_segment(rows, "customer_id", pd.DataFrame(), "s")[1] == ""


def _answers(question: str, scores: list[float], touchpoint: str = "") -> pd.DataFrame:
    persons = pd.Series([f"r{i}" for i in range(len(scores))], dtype="str")
    return pd.DataFrame({"respondent_id": persons, "question": pd.Series([question] * len(scores), dtype="str"),
                         "touchpoint": pd.Series([touchpoint] * len(scores), dtype="str"),
                         "score": pd.Series(scores, dtype=float)})  # fmt: skip


def _benchmarks(*rows: tuple[str, str, str, float, float], step: str = "") -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["name", "metric", "touchpoint", "value", "n"])
    return table.assign(step=step, source="panel", on=pd.Timestamp("2026-02-15"))


def test_on_par_is_shown_by_two_one_sided_tests_as_statsmodels_does() -> None:
    from statsmodels.stats.weightstats import ttost_ind

    from cxlib.stages.information_search.benchmark import on_par

    generator = np.random.default_rng(4)
    one, other = generator.normal(7.0, 2.0, 4000), generator.normal(7.05, 2.0, 4000)
    expected = ttost_ind(one, other, -0.2, 0.2, usevar="unequal")[0]
    error = float(np.sqrt(one.var(ddof=1) / 4000 + other.var(ddof=1) / 4000))
    assert on_par(float(one.mean() - other.mean()), error, margin=0.2) == pytest.approx(expected, rel=2e-2)
    assert on_par(0.0, 0.0, margin=0.2) == 0.0 and on_par(0.5, 0.0, margin=0.2) == 1.0


def test_a_small_difference_of_many_answers_is_on_par_and_of_few_is_nothing() -> None:
    theirs = pd.DataFrame({"name": ["A"], "metric": ["csat"], "touchpoint": ["delivery"], "step": [""], "value": [7.0],
                           "n": [np.nan], "source": [""], "on": [pd.NaT]})  # fmt: skip
    for n, standing in ((4000, "on par"), (40, "")):
        scores = np.resize([5.0, 9.0], n)
        answers = pd.DataFrame({"respondent_id": np.arange(n).astype(str), "question": "csat", "touchpoint": "delivery",
                                "score": scores})  # fmt: skip
        row = benchmark_gaps(own_figures(answers, pd.DataFrame()), theirs).iloc[0]
        assert row["standing"] == standing
        assert row["detectable"] > 0


def test_a_score_asked_on_one_to_ten_is_never_held_against_zero_to_ten() -> None:
    theirs = pd.DataFrame({"name": ["A"], "metric": ["nps"], "touchpoint": [""], "step": [""], "value": [20.0],
                           "n": [np.nan], "source": [""], "on": [pd.NaT]})  # fmt: skip
    answers = pd.DataFrame({"respondent_id": np.arange(60).astype(str), "question": "nps", "touchpoint": "",
                            "score": np.resize([10.0, 5.0], 60)})  # fmt: skip
    own = own_figures(answers, pd.DataFrame())
    assert benchmark_gaps(own, theirs).loc[0, "estimate"] == pytest.approx(-20)
    other = benchmark_gaps(own, theirs, nps_scale=(1, 10)).iloc[0]
    assert np.isnan(other["estimate"]) and other["verdict"] == "cannot tell"
