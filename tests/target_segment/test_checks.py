"""Segments one by one, by another method, and classes in categories: published figures, planted groups, and noise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import jaccard_score

from cxlib.stages.target_segment import profiles, segments
from cxlib.stages.target_segment import says_checks as says
from cxlib.stages.target_segment.checks import jaccard, other_method, segment_stability
from cxlib.stages.target_segment.latent_classes import class_profile, items, latent_classes
from cxlib.stages.target_segment.scorecard import _ranks, rank_acceptability, ranking

# Dayton (1998): academic cheating of 319 students; lied to avoid an exam, a paper, bought a paper, copied
CHEATING = {
    "0000": 207,
    "1000": 10,
    "0100": 13,
    "1100": 11,
    "0010": 7,
    "1010": 1,
    "0110": 1,
    "1110": 1,
    "0001": 46,
    "1001": 3,
    "0101": 4,
    "1101": 4,
    "0011": 5,
    "1011": 2,
    "0111": 2,
    "1111": 2,
}


def cheating() -> pd.DataFrame:
    rows = [list(pattern) for pattern, count in CHEATING.items() for _ in range(count)]
    return pd.DataFrame(rows, columns=["exam", "paper", "fraud", "copy"])


def planted(n: int = 900, seed: int = 0) -> pd.DataFrame:
    """Two classes that answer six questions of three values in opposite ways, nine times in ten."""
    generator = np.random.default_rng(seed)
    group = generator.random(n) < 0.4
    answers = np.where(group[:, None], "a", "b")
    noise = generator.random((n, 6)) < 0.1
    return pd.DataFrame(np.where(noise, "c", answers), columns=[f"item{place}" for place in range(6)])


def blobs(spread: float) -> tuple[np.ndarray, pd.Series]:
    rows, label = make_blobs(600, centers=[(0, 0), (10, 0), (0, 10)], cluster_std=spread, random_state=0)
    return rows, pd.Series([f"s{one}" for one in label])


def test_the_classes_of_cheating_students_are_those_of_polca() -> None:
    """poLCA (Linzer & Lewis 2011, doi:10.18637/jss.v042.i10): log-likelihood −440.0271, shares 0.1606 and 0.8394."""
    table = latent_classes(cheating(), most=2, replicates=2)
    assert table.empty  # 319 are too few for four items by the rule of 100 each: the likelihood is checked below
    twice = pd.concat([cheating(), cheating()], ignore_index=True)
    found = latent_classes(twice, most=2, replicates=2).set_index("n_classes")
    assert found.loc[2, "log_likelihood"] == pytest.approx(2 * -440.0271, abs=5e-3)
    assert found.loc[2, "bic"] == pytest.approx(2 * 880.0542 + 9 * np.log(638), abs=1e-2)
    sizes = class_profile(twice, n_classes=2).groupby("segment")["n"].first() / 638
    assert sizes.tolist() == pytest.approx([0.8394, 0.1606], abs=5e-3)


def test_two_planted_classes_are_found_stable_and_described() -> None:
    table = latent_classes(planted(), most=3, replicates=3)
    assert table.loc[table["natural"], "n_classes"].tolist() == [2]
    made_of = class_profile(planted(), n_classes=2).set_index(["segment", "attribute", "value"])
    assert made_of.loc[("class-1", "item0", "b"), "estimate"] == pytest.approx(0.9, abs=0.04)
    assert made_of.loc[("class-2", "item0", "a"), "estimate"] == pytest.approx(0.9, abs=0.04)
    assert says.classes(table, items=6).verdict == "real"


def test_independent_answers_are_one_class() -> None:
    noise = pd.DataFrame(np.random.default_rng(0).choice(list("abc"), (600, 4)), columns=list("wxyz"))
    table = latent_classes(noise, most=3)
    assert table["bic"].idxmin() == 0
    assert not table["natural"].any()
    assert "fall into no classes" in says.classes(table, items=4).sentence


def test_only_attributes_of_few_values_that_nearly_all_know_can_serve() -> None:
    customers = pd.DataFrame(
        {
            "customer_id": [str(row) for row in range(40)],
            "area": ["n", "s"] * 20,
            "home": "one",
            "town": [str(row) for row in range(40)],
            "age": ["", "x", "y", "x"] * 10,
        }
    )
    found = items(customers, columns=["area", "home", "town", "age"])
    assert list(found.columns) == ["area"]
    assert latent_classes(found).empty
    assert says.classes(latent_classes(found), items=1).verdict == "cannot tell"


def test_jaccard_is_that_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    one, other = generator.integers(0, 3, 200), generator.integers(0, 3, 200)
    found = jaccard(one, other, 3)
    expected = [[jaccard_score(one == a, other == b) for b in range(3)] for a in range(3)]
    np.testing.assert_allclose(found, expected)


def test_groups_apart_come_back_whole_and_by_a_mixture_too() -> None:
    rows, label = blobs(0.5)
    stable = segment_stability(rows, label, replicates=10)
    assert stable["estimate"].tolist() == [1.0] * 3
    assert stable["n"].tolist() == [200] * 3
    mixture = other_method(rows, label).iloc[0]
    assert (mixture["estimate"], mixture["overlap_share"]) == (1.0, 1.0)
    said = says.each_segment(stable, other_method(rows, label), names={"s0": "first"})
    assert said.sentence.startswith("Each segment comes back")


def test_a_piece_of_noise_called_a_segment_does_not_come_back() -> None:
    rows = np.random.default_rng(0).normal(size=(900, 4))
    label = pd.Series(np.where(np.random.default_rng(1).random(900) < 0.2, "piece", "rest"))
    stable = segment_stability(rows, label, replicates=15).set_index("segment")
    assert not stable.loc["piece", "stable"]
    assert "should not be trusted" in says.each_segment(stable.reset_index(), pd.DataFrame(), names={}).sentence
    assert segment_stability(rows, pd.Series(["one"] * 900)).empty
    assert other_method(rows[:60], label[:60]).empty


def test_the_ranks_of_every_segment_and_every_rank_add_up_to_all_weightings() -> None:
    generator = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "customer_id": [str(row) for row in range(900)],
            "segment": ["s", "t", "u"] * 300,
            "value_money": generator.gamma(2, 20, 900),
            "before_money": np.nan,
            "need": np.nan,
            "fit": generator.uniform(0, 1, 900),
        }
    )
    ranks = rank_acceptability(table)
    np.testing.assert_allclose(ranks.groupby("segment")["estimate"].sum(), 1.0)
    np.testing.assert_allclose(ranks.groupby("rank")["estimate"].sum(), 1.0)
    first = ranks[ranks["rank"] == 1].set_index("segment")["estimate"]
    assert first.to_dict() == ranking(table).set_index("segment")["estimate"].to_dict()
    assert rank_acceptability(table.head(5)).empty


def test_ranks_by_hand() -> None:
    weights = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.9, 0.1]])
    scaled = np.array([[1.0, 0.2], [0.4, 1.0], [0.1, 0.1]])
    np.testing.assert_allclose(_ranks(scaled, weights), [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]])


def test_of_a_hundred_traits_without_any_difference_hardly_one_is_shown() -> None:
    generator = np.random.default_rng(5)
    customers = pd.DataFrame({f"trait{n}": generator.choice(["x", "y"], 3000) for n in range(50)})
    customers["customer_id"] = [str(row) for row in range(3000)]
    members = customers[["customer_id"]].assign(segment=generator.choice(["a", "b"], 3000))
    columns = [f"trait{n}" for n in range(50)]
    assert not profiles.traits(customers, members, columns=columns)["shown"].any()
    differs = customers.assign(trait0=np.where(members["segment"] == "a", "x", customers["trait0"]))
    shown = profiles.traits(differs, members, columns=columns)
    declared = set(shown.loc[shown["shown"], "attribute"])
    assert "trait0" in declared
    assert len(declared) <= 2  # a false one in twenty declared is what the rate allows


def test_clients_without_groups_differ_and_that_widens_the_limit() -> None:
    real, alike = np.array([0.9, 0.8, 0.85, 0.95]), np.tile([0.55, 0.65], (6, 1))
    apart = alike + np.linspace(-0.2, 0.2, 6)[:, None]
    same, wider = (segments._excess(real, null, 0.05) for null in (alike, apart))
    assert same[0] == pytest.approx(0.275) == wider[0]
    assert wider[1] < same[1] < 0.275


def test_the_text_of_the_profile_names_the_strongest_cell() -> None:
    shown = pd.DataFrame(
        {
            "segment": ["big", "small"] * 2,
            "feature": ["purchases"] * 2 + ["contacts"] * 2,
            "distance": [0.4, -1.8, 0.1, 0.2],
        }
    )
    told = says.profile_alt(shown).sentence
    assert told == (
        "How 2 segments differ from everybody in 2 features. Furthest: “small” in purchases, −1.8 standard deviations."
    )
    assert says.profile_alt(shown.head(0)).sentence == ""
