"""NPS against R (packages NPS and survey), by hand, and by properties."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.errors import CxError
from cxlib.stages.architecture.boxes import ranked
from cxlib.statistics import scores

Shared = Callable[[str], Path]


def answers(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"score": values}, dtype=float)


def test_a_score_of_zero_is_a_detractor_and_never_missing() -> None:
    assert scores.nps_counts(pd.Series([0.0, 7, 7, 9, 9, 9])) == (1, 2, 3)
    row = scores.nps(answers(0, 7, 7, 9, 9, 9)).iloc[0]
    assert row["estimate"] == pytest.approx(100 / 3)
    assert row["n"] == 6


def test_a_blank_and_a_score_outside_the_scale_are_no_answers() -> None:
    assert scores.nps(answers(10, 11, -1, np.nan)).loc[0, "n"] == 1


def test_the_adjusted_wald_interval_is_that_of_the_author(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/nps_rocks/oracle.json").read_text())
    for case in oracle["one_sample"]:
        limits = np.array(scores.nps_interval(tuple(case["c"]))) / 100
        assert limits == pytest.approx(case["adjusted_wald"], abs=1e-10)


def test_the_difference_of_two_samples_is_that_of_the_author(shared: Shared) -> None:
    oracle = json.loads(shared("oracles/nps_rocks/oracle.json").read_text())["two_sample"]
    row = scores.nps_difference(tuple(oracle["x"]), tuple(oracle["y"])).iloc[0]
    expected = oracle["adjusted"]
    assert [row["estimate"] / 100, row["low"] / 100, row["high"] / 100] == pytest.approx(
        [expected["delta"], *expected["ci"]], abs=1e-10
    )
    assert row["p_value"] == pytest.approx(expected["p"], abs=1e-10)


def test_weighted_scores_of_a_sample_and_of_its_groups_are_those_of_r_survey(shared: Shared) -> None:
    folder = shared("oracles/survey_nps")
    expected = json.loads((folder / "oracle.json").read_text())
    samples = {"strat": "stratified.csv", "cluster": "cluster.csv"}
    for name, file in samples.items():
        schools = pd.read_csv(folder / file).rename(columns={"rating": "score", "pw": "weight"})
        assert scores.nps(schools)["estimate"].iloc[0] == pytest.approx(expected[name]["nps"], abs=1e-6)
    schools = pd.read_csv(folder / "stratified.csv").rename(columns={"rating": "score", "pw": "weight"})
    groups = scores.nps(schools, by=["sch.wide"]).set_index("sch.wide")["estimate"]
    assert {name: groups[name] for name in ("No", "Yes")} == pytest.approx(
        {name: expected["domains_sch_wide"][name][0] for name in ("No", "Yes")}, abs=1e-6
    )


def test_scaling_all_weights_and_shuffling_rows_change_nothing() -> None:
    generator = np.random.default_rng(1)
    table = pd.DataFrame({"score": generator.integers(0, 11, 80).astype(float), "weight": generator.uniform(1, 3, 80)})
    first = scores.nps(table)
    second = scores.nps(table.sample(frac=1, random_state=2).assign(weight=lambda t: t["weight"] * 7))
    pd.testing.assert_frame_equal(first, second)


def test_equal_weights_are_no_weights() -> None:
    table = answers(*range(11))
    pd.testing.assert_frame_equal(scores.nps(table), scores.nps(table.assign(weight=1.0)))


def test_the_adjusted_interval_covers_where_plain_wald_does_not() -> None:
    generator = np.random.default_rng(3)
    draws = generator.multinomial(10, [0.02, 0.06, 0.92], size=4000)
    limits = np.array([scores.nps_interval(tuple(draw)) for draw in np.unique(draws, axis=0)])
    shares = np.array([(draws == draw).all(axis=1).mean() for draw in np.unique(draws, axis=0)])
    covered = shares[(limits[:, 0] <= 90) & (limits[:, 1] >= 90)].sum()
    assert 0.94 <= covered <= 0.98


def test_limits_beyond_the_scale_are_clipped_and_flagged() -> None:
    row = scores.nps(answers(10, 10, 10, 9, 9)).iloc[0]
    assert (row["high"], row["clipped"]) == (100.0, True)


def test_unanimous_weighted_answers_still_have_an_interval() -> None:
    table = answers(10, 10, 10, 9, 9).assign(weight=[1, 2, 1, 2, 1])
    assert scores.nps(table).loc[0, "low"] < 60


def test_the_same_respondents_twice_are_compared_in_pairs() -> None:
    before, after = pd.Series([3.0, 7, 9, np.nan]), pd.Series([9.0, 7, 9, 10])
    row = scores.nps_paired(before, after).iloc[0]
    assert row["n"] == 3
    assert row["estimate"] == pytest.approx(200 / 3)
    error = np.std([200, 0, 0], ddof=1) / np.sqrt(3)
    assert (row["high"] - row["low"]) / 2 == pytest.approx(stats.t.ppf(0.975, 2) * error)


def test_nobody_answered_gives_an_empty_table_and_blank_differences() -> None:
    empty = answers().assign(touchpoint="")
    assert scores.nps(empty).empty
    assert "touchpoint" in scores.nps(empty, by=["touchpoint"])
    assert scores.nps_difference((0, 0, 0), (1, 2, 3))["estimate"].isna().all()
    assert scores.nps_paired(empty["score"], empty["score"])["low"].isna().all()
    assert np.isnan(scores.nps_interval((0, 0, 0))).all()


@pytest.mark.parametrize(("column", "expected"), [(None, 39.84), ("weight", 40.40)])
def test_an_airport_survey_gives_its_known_score(shared: Shared, column: str | None, expected: float) -> None:
    survey = pd.read_csv(shared("data/sfo_survey/2017_SFO_Customer_Survey_20250817.csv"), low_memory=False)
    table = pd.DataFrame({"score": pd.to_numeric(survey["NETPRO"], errors="coerce")})
    if column:
        table["weight"] = pd.to_numeric(survey["WEIGHT"], errors="coerce")
    row = scores.nps(table).iloc[0]
    assert round(row["estimate"], 2) == expected
    assert row["low"] < expected < row["high"]


def test_one_to_ten_is_another_scale_and_only_where_declared() -> None:
    asked = pd.Series([0.0, 1, 6, 7, 9, 10])
    assert scores.nps_value(asked, scale=(1, 10)).tolist()[1:] == [-100, -100, 0, 100, 100]
    assert scores.nps_value(asked, scale=(1, 10)).isna().tolist() == [True, False, False, False, False, False]
    with pytest.raises(
        CxError, match=r"found 1 to 5\. A net promoter score is asked on 0 to 10 or, where declared, on 1 to 10"
    ):
        scores.nps_value(asked, scale=(1, 5))


def test_the_least_change_stands_beside_every_comparison() -> None:
    row = scores.nps_difference((200, 300, 500), (200, 300, 500)).iloc[0]
    n = 958  # answers a wave that show ten points at 50 % promoters and 20 % detractors (published plan)
    planned = scores.nps_difference((0.2 * n, 0.3 * n, 0.5 * n), (0.2 * n, 0.3 * n, 0.5 * n)).iloc[0]
    assert planned["detectable"] == pytest.approx(10, abs=0.05)
    error = (row["high"] - row["low"]) / 2 / 1.959964
    assert row["detectable"] == pytest.approx(2.8016 * error, rel=1e-4)


def test_a_stage_of_thirty_is_not_ranked(shared: Shared) -> None:
    texts = pd.read_csv(shared("data/nps_verbatim/verbatim_nps.csv"), encoding="latin-1")
    expected = json.loads(shared("data/oracles.json").read_text())["bt_nps_verbatim"]
    table = texts.rename(columns={"NPS_SCORE": "score", "SURVEY_SUB_TYPE": "stage"})[["score", "stage"]]
    by_stage = ranked(scores.nps(table, by=["stage"]))
    known = by_stage.set_index("stage")
    whole, counted = (
        scores.nps(table).iloc[0],
        len(table),
    )  # the expected figures divide by 32 rows without a score, too
    assert round(whole["estimate"] * whole["n"] / counted, 2) == expected["nps"]
    for stage, (value, n) in expected["by_stage"].items():
        assert n == (table["stage"] == stage).sum()
        assert round(known.loc[stage, "estimate"] * known.loc[stage, "n"] / n, 2) == value
    assert (known.loc["Service in Use", "n"], round(known.loc["Service in Use", "estimate"], 2)) == (30, -76.67)
    assert known.loc["Service in Use", "reason"] == "too wide" and np.isnan(known.loc["Service in Use", "rank"])
    assert by_stage["stage"].tolist()[:3] == ["Order", "First Payment", "Equipment Received"]
    pairs = scores.neighbours(by_stage, key="stage")
    assert pairs["second"].tolist() == ["First Payment", "Equipment Received"]
    assert (pairs["verdict"] == "real").all()


def test_two_waves_are_compared_as_samples_and_by_those_who_answered_both() -> None:
    persons = [f"p{k}" for k in range(60)]
    waves = pd.DataFrame(
        {
            "respondent_id": persons * 2,
            "wave": ["2024"] * 60 + ["2025"] * 60,
            "score": [8.0] * 30 + [5.0] * 30 + [9.0] * 30 + [5.0] * 30,
        }
    )
    found = scores.nps_changes(waves).set_index("respondents")
    assert found["estimate"].to_dict() == {"all": pytest.approx(50 * 60 / 63), "same": 50.0}
    assert found["verdict"].tolist() == ["real", "real"]
    assert found.loc["same", "high"] - found.loc["same", "low"] < found.loc["all", "high"] - found.loc["all", "low"]


def test_the_weighted_score_has_the_linearised_error_of_the_textbook() -> None:
    table = answers(10, 9, 0, 8, 7, 3).assign(weight=[1.0, 2.0, 1.0, 3.0, 2.0, 1.0])
    value, weight = scores.nps_value(table["score"]).to_numpy(), table["weight"].to_numpy()
    u = weight * (value - np.average(value, weights=weight)) / weight.sum()  # Lumley (2004): V = n/(n − 1) Σ(u − ū)²
    half = stats.t.ppf(0.975, 5) * np.sqrt(6 / 5 * ((u - u.mean()) ** 2).sum())
    row = scores.nps(table).iloc[0]
    assert (row["low"], row["high"]) == pytest.approx(
        (max(-100.0, row["estimate"] - half), min(100.0, row["estimate"] + half))
    )


def test_weighted_waves_are_compared_as_domains_of_one_sample() -> None:
    generator = np.random.default_rng(5)
    table = pd.DataFrame(
        {
            "respondent_id": np.arange(200).astype(str),
            "wave": np.repeat(["a", "b"], 100),
            "score": generator.integers(0, 11, 200).astype(float),
            "weight": generator.uniform(0.5, 2, 200),
        }
    )
    row = scores.nps_changes(table).set_index("respondents").loc["weighted"]
    value, weight, later = scores.nps_value(table["score"]), table["weight"], table["wave"].eq("b")
    influence = pd.Series(0.0, table.index)
    means = {}
    for group, sign in ((later, 1), (~later, -1)):
        means[sign] = np.average(value[group], weights=weight[group])
        influence[group] = sign * weight[group] * (value[group] - means[sign]) / weight[group].sum()
    half = stats.t.ppf(0.975, 199) * np.sqrt(200 / 199 * ((influence - influence.mean()) ** 2).sum())
    assert row["estimate"] == pytest.approx(means[1] - means[-1])
    assert (row["high"] - row["low"]) / 2 == pytest.approx(half)


@pytest.mark.parametrize(("n", "verdicts"), [(29, ["cannot tell"]), (30, ["real", "real"])])
def test_under_thirty_answers_a_change_is_not_judged_and_nobody_is_compared_with_themselves(
    n: int, verdicts: list[str]
) -> None:
    persons = [f"p{place}" for place in range(n)]
    old = answers(*[2.0] * (n - 1), 10.0).assign(respondent_id=persons, wave=1)
    new = answers(*[10.0] * n).assign(respondent_id=persons, wave=2)
    assert scores.nps_changes(pd.concat([old, new]))["verdict"].tolist() == verdicts


def test_where_nothing_changed_few_waves_differ() -> None:
    generator = np.random.default_rng(8)
    real = 0
    for _client in range(60):
        table = pd.DataFrame(
            {
                "respondent_id": np.arange(400).astype(str),
                "wave": np.repeat(["a", "b"], 200),
                "score": generator.integers(0, 11, 400).astype(float),
            }
        )
        real += int((scores.nps_changes(table)["verdict"] == "real").sum())
    assert real <= 9  # 5 % of 60 is 3


def test_one_wave_has_nothing_before_it() -> None:
    table = answers(9, 8).assign(respondent_id=["a", "b"], wave="2025")
    assert scores.nps_changes(table).empty
    few = pd.concat([table, table.assign(wave="2026")])
    assert scores.nps_changes(few)["verdict"].tolist() == ["cannot tell"]


def test_repeated_row_labels_change_nothing() -> None:
    table = answers(10, 9, 0, 8, 10, 3).assign(weight=[1.0, 2, 1, 3, 2, 1], group=list("aabbab"))
    twice = table.set_axis([0, 0, 1, 1, 2, 2])
    pd.testing.assert_frame_equal(scores.nps(table, by=["group"]), scores.nps(twice, by=["group"]))


def test_few_pairs_have_the_p_of_students_t_and_pairs_alike_have_none() -> None:
    before, after = pd.Series([5.0, 5, 9, 7]), pd.Series([9.0, 9, 8, 7])
    row = scores.nps_paired(before, after).iloc[0]
    known = stats.ttest_rel(scores.nps_value(after), scores.nps_value(before))
    assert row["p_value"] == pytest.approx(known.pvalue)
    assert (row["low"], row["high"]) == pytest.approx(tuple(known.confidence_interval()))
    alike = scores.nps_paired(pd.Series([5.0] * 3), pd.Series([9.0] * 3)).iloc[0]
    assert alike["estimate"] == 200 and alike[["low", "high", "p_value"]].isna().all()


def test_weighted_waves_all_alike_are_still_told_apart() -> None:
    table = pd.concat([answers(*[9] * 40).assign(wave=1), answers(*[2] * 40).assign(wave=2)], ignore_index=True)
    table = table.assign(respondent_id=[f"r{place}" for place in range(80)], weight=np.tile([1.0, 2.0], 40))
    weighted = scores.nps_changes(table).set_index("respondents").loc["weighted"]
    effective = 60**2 / 100  # Kish: 20 answers of weight 1, 20 of weight 2
    known = scores.nps_difference((effective, 0, 0), (0, 0, effective)).iloc[0]
    assert weighted["verdict"] == "real" and (weighted["low"], weighted["high"]) == pytest.approx(
        (known["low"], known["high"])
    )
