"""Contributions against R (relaimpo), properties of a fair split, and what is not split."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.outliers_influence import variance_inflation_factor

from cxlib.stages.architecture.drivers import (
    _verdict,
    driver_draws,
    drivers,
    explained,
    lmg,
    overlap,
    relative_weights,
    split,
)
from cxlib.stages.architecture.ratings import (
    judged,
    outcome_question,
    rated_touchpoints,
    rating_question,
    ratings,
    score_table,
    stated_importance,
    touchpoints_to_measure,
    whom_to_measure,
)


def simulated(n: int = 600, *, met: float = 1.0, seed: int = 0, effect: float = 0.8, p: int = 4) -> pd.DataFrame:
    """Ratings t0, t1, …: t0 has an effect on the outcome; each is met by the share `met`."""
    generator = np.random.default_rng(seed)
    table = pd.DataFrame({f"t{k}": generator.integers(0, 11, n).astype(float) for k in range(p)})
    outcome = effect * table["t0"] + generator.normal(0, 2, n)
    return table.where(generator.random(table.shape) < met).assign(outcome=outcome, weight=1.0)


def test_lmg_and_relative_weights_are_those_of_relaimpo(shared) -> None:  # type: ignore[no-untyped-def]
    oracle = json.loads(shared("oracles/relaimpo_swiss/oracle.json").read_text())
    swiss = pd.read_csv(shared("oracles/relaimpo_swiss/swiss.csv"))
    columns = swiss[[*oracle["predictors"], "Fertility"]].to_numpy(float)
    single = [[k] for k in range(5)]
    np.testing.assert_allclose(lmg(np.cov(columns.T), single), oracle["lmg"], atol=1e-11)
    np.testing.assert_allclose(relative_weights(np.corrcoef(columns.T)), oracle["johnson_relative_weights"], atol=1e-10)
    weights = 1 + np.arange(1, len(swiss) + 1) % 3
    np.testing.assert_allclose(lmg(np.cov(columns.T, aweights=weights), single), oracle["weighted"]["lmg"], atol=1e-11)


def test_the_whole_chain_from_ratings_gives_the_published_split(shared) -> None:  # type: ignore[no-untyped-def]
    oracle = json.loads(shared("oracles/relaimpo_swiss/oracle.json").read_text())
    swiss = (
        pd.read_csv(shared("oracles/relaimpo_swiss/swiss.csv"))
        .rename(columns={"Fertility": "outcome"})
        .assign(weight=1.0)
    )
    first = driver_draws(swiss, n_draws=2).head(5)
    np.testing.assert_allclose(first["importance"], oracle["lmg"], atol=1e-11)
    assert first["importance"].sum() == pytest.approx(oracle["r2"])


def test_contributions_add_up_to_r2_with_groups_of_two_columns() -> None:
    table = simulated(met=0.6)
    draws = driver_draws(table, n_draws=3)
    design = np.column_stack(
        [*(table[f"t{k}"].notna() for k in range(4)), *(table[f"t{k}"].fillna(0) for k in range(4))]
    )
    design = np.column_stack([np.ones(len(table)), design]).astype(float)
    residual = table["outcome"] - design @ np.linalg.lstsq(design, table["outcome"].to_numpy(), rcond=None)[0]
    assert draws[draws["draw"] == -1]["importance"].sum() == pytest.approx(1 - residual.var() / table["outcome"].var())


def test_who_did_not_meet_a_touchpoint_is_not_given_a_rating() -> None:
    table = simulated(met=0.5)
    shifted = table.assign(t0=table["t0"] + 5.0)  # the place of the scale must not matter to those who did not rate
    one, other = (driver_draws(each, n_draws=1)["importance"] for each in (table, shifted))
    np.testing.assert_allclose(one[:4], other[:4], atol=1e-9)


def test_the_planted_driver_is_first_and_the_others_are_not_told_apart() -> None:
    table = simulated()
    found = drivers(driver_draws(table, n_draws=100), table)
    assert found.loc[0, "touchpoint"] == "t0"
    assert found.loc[0, "tied"] and not found.loc[1:, "tied"].any()
    assert (found.loc[1:, "rank_high"] - found.loc[1:, "rank_low"]).max() >= 1
    assert (found["low"] <= found["estimate"]).all() and (found["estimate"] <= found["high"] + 1e-9).all()
    np.testing.assert_allclose(found["estimate"], found["relative_weight"], atol=0.02)


def test_the_order_of_rows_and_the_scale_of_weights_do_not_matter() -> None:
    table = simulated(met=0.7)
    plain = driver_draws(table, n_draws=1)["importance"][:4]
    shuffled = driver_draws(table.sample(frac=1, random_state=3), n_draws=1)["importance"][:4]
    heavier = driver_draws(table.assign(weight=3.0), n_draws=1)["importance"][:4]
    np.testing.assert_allclose(plain, shuffled, atol=1e-12)
    np.testing.assert_allclose(plain, heavier, atol=1e-12)


def test_a_copy_of_a_driver_shares_its_credit() -> None:
    table = simulated().assign(copy=lambda frame: frame["t0"])[["outcome", "weight", "t0", "copy", "t1"]]
    split = driver_draws(table, n_draws=1).head(3).set_index("touchpoint")["importance"]
    assert split["t0"] == pytest.approx(split["copy"])


def test_nothing_is_split_when_little_is_explained_or_few_answered_or_all_is_one_judgement_or_at_the_top() -> None:
    noise, few = simulated(effect=0.0), simulated(n=50)
    assert explained(driver_draws(noise, n_draws=20), noise).loc[0, "verdict"] == "too little explained"
    gate = explained(driver_draws(few, n_draws=20), few)
    assert gate.loc[0, ["verdict", "n", "n_needed"]].tolist() == ["too few", 50, 100]
    halo = simulated(n=300)
    for name in ("t1", "t2", "t3"):
        halo[name] = halo["t0"] + np.random.default_rng(1).normal(0, 0.5, 300)
    assert explained(driver_draws(halo, n_draws=20), halo).loc[0, "verdict"] == "common method"
    content = simulated().assign(outcome=lambda frame: frame["outcome"].rank(pct=True).gt(0.15) * 10.0)
    assert explained(driver_draws(content, n_draws=20), content, top=10.0).loc[0, "verdict"] == "ceiling"
    good = simulated()
    assert explained(driver_draws(good, n_draws=20), good).loc[0, "verdict"] == "ok"


def test_more_than_fifteen_touchpoints_fall_back_to_relative_weights() -> None:
    table = simulated(p=17)
    first = driver_draws(table, n_draws=2).head(17)
    np.testing.assert_allclose(first["importance"], first["relative_weight"])


def test_without_ratings_the_tables_are_empty() -> None:
    nothing = pd.DataFrame({"outcome": [], "weight": []})
    draws = driver_draws(nothing)
    assert draws.empty and drivers(draws, nothing).empty and explained(draws, nothing).empty


def responses(*rows: tuple[str, str, str, str | None, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["respondent_id", "on", "question", "touchpoint", "score"])
    return table.assign(on=pd.to_datetime(table["on"]), weight=1.0)


@pytest.fixture
def one_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A touchpoint may be rated by one person."""
    monkeypatch.setattr("cxlib.stages.architecture.ratings.EVIDENCE_N", 1)


def test_only_ratings_until_the_last_judgement_stand_beside_it(one_is_enough: None) -> None:
    said = responses(
        ("a", "2025-01-01", "csat", "desk", 4),
        ("a", "2025-01-05", "csat", "desk", 8),
        ("a", "2025-01-05", "overall", None, 7),
        ("a", "2025-01-01", "overall", None, 2),
        ("a", "2025-02-01", "csat", "desk", 0),
        ("b", "2025-01-01", "csat", "desk", 9),
    )
    table = ratings(said, touchpoints=["desk"])
    assert table.to_dict("index") == {"a": {"outcome": 7.0, "weight": 1.0, "desk": 6.0}}


def test_ratings_without_any_judgement_of_the_whole_are_an_empty_table(one_is_enough: None) -> None:
    said = responses(("a", "2025-01-01", "csat", "desk", 4), ("b", "2025-01-01", "csat", "desk", 8))
    assert ratings(said, touchpoints=["desk"]).empty


def test_recommendation_stands_in_where_the_whole_was_not_asked(one_is_enough: None) -> None:
    said = responses(("a", "2025-01-01", "nps", None, 9), ("a", "2025-01-01", "csat", "desk", 8))
    assert outcome_question(said) == "nps"
    assert ratings(said, touchpoints=["desk"])["outcome"].tolist() == [9.0]


@pytest.mark.parametrize(("n", "columns"), [(29, []), (30, ["desk"])])
def test_a_touchpoint_is_measured_from_thirty_ratings(n: int, columns: list[str]) -> None:
    whole = [(f"c{k}", "2025-01-02", "overall", None, 7.0) for k in range(40)]
    said = responses(*whole, *((f"c{k}", "2025-01-01", "csat", "desk", 8.0) for k in range(n)))
    assert rated_touchpoints(ratings(said, touchpoints=["desk"])) == columns


def test_the_judged_are_the_segment_or_everybody_and_so_are_their_contacts() -> None:
    said = responses(*((f"c{k}", "2025-01-01", "overall", None, 7.0) for k in range(150)))
    members = pd.DataFrame({"customer_id": [f"c{k}" for k in range(150)], "segment": ["gold"] * 120 + ["iron"] * 30})
    contacts = pd.DataFrame({"customer_id": ["c1", "c140"]})
    for segment, n, seen in (("gold", 120, ["c1"]), ("iron", 150, ["c1", "c140"])):
        found = judged(said, members, touchpoints=["desk"], inside=["desk"], segment=segment)
        assert len(found.ratings) == n and found.touchpoints == []
        assert found.of(contacts)["customer_id"].tolist() == seen


def test_nothing_is_handed_on_of_a_split_that_means_nothing() -> None:
    good, noise = split(simulated(), top=99.0), split(simulated(effect=0.0), top=99.0)
    assert good.ok and len(good.contribution) == 4 and set(good.draws["draw"]) == set(range(-1, 1000))
    assert not noise.ok and noise.contribution.empty and noise.draws.empty
    assert noise.explained.loc[0, "verdict"] == "too little explained"


@pytest.mark.parametrize(("n", "verdict"), [(149, "too few"), (150, "ok")])
def test_a_split_needs_fifteen_respondents_a_touchpoint(n: int, verdict: str) -> None:
    table = simulated(n, p=10, effect=3.0)
    found = explained(driver_draws(table, n_draws=5), table).loc[0]
    assert (found["n_needed"], found["verdict"]) == (150, verdict)


@pytest.mark.parametrize(
    ("share", "common", "best", "verdict"),
    [
        (0.10, 0.9, 0.80, "ok"),
        (0.099, 0.9, 0.80, "too little explained"),
        (0.10, 1.0, 0.80, "common method"),
        (0.05, 1.0, 0.801, "ceiling"),
    ],
)
def test_the_gates_of_a_split_stand_where_they_are_said_to(
    share: float, common: float, best: float, verdict: str
) -> None:
    assert _verdict(share, common, best) == verdict


def test_a_touchpoint_whose_ranks_reach_the_first_place_is_tied() -> None:
    shares = {"a": [0.3] + [0.3] * 94 + [0.1] * 6, "b": [0.2] * 101, "c": [0.1] + [0.1] * 98 + [0.3] * 2}
    rows = [
        (draw, name, share, np.nan, 0.0)
        for draw in range(-1, 100)
        for name, share in ((name, values[draw + 1]) for name, values in shares.items())
    ]
    draws = pd.DataFrame(rows, columns=["draw", "touchpoint", "importance", "relative_weight", "score"])
    found = drivers(draws, pd.DataFrame(1.0, index=range(9), columns=list("abc"))).set_index("touchpoint")
    assert found["tied"].to_dict() == {"a": True, "b": True, "c": False}  # c is first in 2 %, less than 2.5 % a side
    assert found["p_top"].to_dict() == pytest.approx({"a": 0.94, "b": 0.04, "c": 0.02})
    assert found.loc["a", ["rank", "rank_low"]].tolist() == [1, 1] and found.loc["a", "rank_high"] >= 2


def test_scores_and_stated_importance_are_means_among_those_who_said_something() -> None:
    said = responses(("a", "2025-01-01", "importance", "desk", 9), ("b", "2025-01-01", "importance", "desk", 7))
    assert stated_importance(said).to_dict("records") == [{"touchpoint": "desk", "stated": 8.0}]
    table = pd.DataFrame({"outcome": [1.0, 2.0], "weight": 1.0, "desk": [0.0, np.nan]})
    row = score_table(table, scale=(0, 10)).loc[0]
    assert row[["estimate", "n", "reach_share", "headroom_share"]].tolist() == [0.0, 1, 0.5, 1.0]  # a zero is a score


def test_what_is_remembered_stands_in_where_nothing_was_rated_at_once() -> None:
    said = responses(("a", "2025-01-01", "memory", "desk", 3), ("a", "2025-01-01", "overall", None, 4))
    assert rating_question(said) == "memory"
    assert (
        rating_question(responses(("a", "2025-01-01", "csat", "desk", 3), ("a", "2025-01-01", "memory", "desk", 4)))
        == "csat"
    )
    assert rating_question(said.iloc[1:]) == ""


def test_too_many_touchpoints_are_cut_to_the_corridor() -> None:
    many = [f"t{k}" for k in range(20)]
    assert touchpoints_to_measure(many, many[:3]) == many[:3]
    assert touchpoints_to_measure(many[:5], many[:3]) == many[:5]
    assert touchpoints_to_measure(many[:15], many[:3]) == many[:15]
    assert touchpoints_to_measure(many[:16], many[:3]) == many[:3]


def test_a_real_survey_of_nine_drivers_gives_its_r2(shared) -> None:  # type: ignore[no-untyped-def]
    data = pd.read_csv(shared("data/customersat/customerSat.csv"))
    table = data.rename(columns={"q1": "outcome"}).assign(weight=1.0)
    draws = driver_draws(table, n_draws=30)
    assert draws[draws["draw"] == -1]["importance"].sum() == pytest.approx(0.7167, abs=5e-4)
    assert set(drivers(draws, table)["touchpoint"].head(2)) <= {"q4", "q6", "q5", "q2", "q3"}


def test_the_segment_is_measured_alone_only_if_enough_of_it_answered() -> None:
    said = responses(*((f"c{k}", "2025-01-01", "overall", None, 7.0) for k in range(150)))
    members = pd.DataFrame({"customer_id": [f"c{k}" for k in range(150)], "segment": ["gold"] * 120 + ["iron"] * 30})
    chosen = whom_to_measure(said, members, segment="gold", n_touchpoints=3)
    assert chosen is not None and len(chosen) == 120
    assert whom_to_measure(said, members, segment="gold", n_touchpoints=8) is not None  # 8 touchpoints need 120
    assert whom_to_measure(said, members, segment="gold", n_touchpoints=9) is None  # 9 touchpoints need 135
    assert whom_to_measure(said, members, segment="iron", n_touchpoints=1) is None
    assert whom_to_measure(said, members.iloc[:0], segment="", n_touchpoints=1) is None


def test_overlap_is_the_inflation_of_statsmodels_also_beside_a_copy_and_a_constant() -> None:
    table = simulated(300, p=4)
    names = [name for name in table if name not in ("outcome", "weight")]
    first, second, third, fourth = names
    table = table.assign(**{second: 0.7 * table[first] + 0.3 * table[second], fourth: 5.0})
    told = overlap(table).set_index("touchpoint")
    design = np.column_stack([np.ones(len(table)), table[[first, second, third]]])
    for place, name in enumerate((first, second, third), start=1):
        assert told.loc[name, "estimate"] == pytest.approx(variance_inflation_factor(design, place))
    assert np.isnan(told.loc[fourth, "estimate"]) and not told.loc[fourth, "repeats"]
    copied = overlap(table.assign(**{second: table[first]})).set_index("touchpoint")
    assert copied["repeats"].tolist() == [True, True, False, False] and copied.loc[third, "estimate"] < 1.1


def test_ratings_of_no_weight_are_no_ratings() -> None:
    table = simulated(120)
    assert driver_draws(table.assign(weight=0.0), n_draws=5).empty
    half = table.assign(weight=np.where(np.arange(120) < 60, 1.0, 0.0))
    pd.testing.assert_frame_equal(driver_draws(half, n_draws=5), driver_draws(half.head(60), n_draws=5))


def test_the_interval_of_a_mean_rating_is_the_normal_one_for_equal_weights() -> None:
    scores = np.array([2.0, 4.0, 5.0, 8.0, 9.0])
    row = score_table(pd.DataFrame({"outcome": 1.0, "weight": 2.0, "desk": scores}), scale=(0, 10)).loc[0]
    half = stats.norm.ppf(0.975) * scores.std(ddof=1) / np.sqrt(5)
    assert row[["low", "high"]].tolist() == pytest.approx([scores.mean() - half, scores.mean() + half])


def test_the_explained_share_is_the_adjusted_one_of_statsmodels() -> None:
    table = simulated(120)
    found = explained(driver_draws(table, n_draws=5), table).loc[0, "estimate"]
    design = np.column_stack([np.ones(len(table)), table[[f"t{k}" for k in range(4)]]])
    assert found == pytest.approx(OLS(table["outcome"].to_numpy(), design).fit().rsquared_adj)
