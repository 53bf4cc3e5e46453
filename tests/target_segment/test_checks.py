"""Segments one by one, by another method, and classes in categories: published figures, planted groups, and noise."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import jaccard_score

from cxlib.stages.target_segment import checks, profiles, segments
from cxlib.stages.target_segment import says_segments as says
from cxlib.stages.target_segment.checks import jaccard, other_method, segment_stability
from cxlib.stages.target_segment.latent_classes import items, latent_classes
from cxlib.stages.target_segment.scorecard import _ranks, rank_acceptability, ranking

# Dayton (1998): academic cheating of 319 students; lied to avoid an exam, a paper, bought a paper, copied
CHEATING = {
    f"{place:04b}"[::-1]: count for place, count in enumerate([207, 10, 13, 11, 7, 1, 1, 1, 46, 3, 4, 4, 5, 2, 2, 2])
}


def cheating() -> pd.DataFrame:
    rows = [list(pattern) for pattern, count in CHEATING.items() for _ in range(count)]
    return identified(pd.DataFrame(rows, columns=["exam", "paper", "fraud", "copy"]))


def identified(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(customer_id=[str(row) for row in range(len(table))])


def planted(n: int = 900, seed: int = 0) -> pd.DataFrame:
    """Two classes that answer six questions of three values in opposite ways, nine times in ten."""
    generator = np.random.default_rng(seed)
    group = generator.random(n) < 0.4
    answers = np.where(group[:, None], "a", "b")
    noise = generator.random((n, 6)) < 0.1
    return identified(pd.DataFrame(np.where(noise, "c", answers), columns=[f"item{place}" for place in range(6)]))


def clients(rows: np.ndarray, label: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features and members, from rows and the segment of each."""
    features = identified(pd.DataFrame(rows, columns=[f"q{place}_score" for place in range(rows.shape[1])]))
    return features, features[["customer_id"]].assign(segment=label)


def blobs(spread: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, label = make_blobs(600, centers=[(0, 0), (10, 0), (0, 10)], cluster_std=spread, random_state=0)
    return clients(rows, [f"s{one}" for one in label])


def test_the_classes_of_cheating_students_are_those_of_polca() -> None:
    """poLCA (Linzer & Lewis 2011, doi:10.18637/jss.v042.i10): log-likelihood −440.0271, shares 0.1606 and 0.8394."""
    table = latent_classes(cheating(), most=2, replicates=2)
    assert table.empty  # 319 are too few for four items by the rule of 100 each: the likelihood is checked below
    twice = identified(pd.concat([cheating(), cheating()], ignore_index=True))
    found = latent_classes(twice, most=2, replicates=2).set_index("n_classes")
    assert found.loc[2, "log_likelihood"] == pytest.approx(2 * -440.0271, abs=5e-3)
    assert found.loc[2, "bic"] == pytest.approx(2 * 880.0542 + 9 * np.log(638), abs=1e-2)
    assert found.loc[2, "smallest_share"] == pytest.approx(0.1606, abs=0.05)  # placed whole, not by their chances


def test_two_planted_classes_are_found_and_stable() -> None:
    table = latent_classes(planted(), most=3, replicates=3)
    assert table.loc[table["natural"], "n_classes"].tolist() == [2]
    assert table.loc[table["natural"], "smallest_share"].iloc[0] == pytest.approx(0.4, abs=0.04)
    assert says.classes(table).verdict == "real"


def test_independent_answers_are_one_class() -> None:
    noise = identified(pd.DataFrame(np.random.default_rng(0).choice(list("abc"), (600, 4)), columns=list("wxyz")))
    table = latent_classes(noise, most=3)
    assert table["bic"].idxmin() == 0
    assert not table["natural"].any()
    assert "fall into no classes" in says.classes(table).sentence


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
    found = items(customers)
    assert list(found.columns) == ["area"]
    assert latent_classes(customers).empty
    assert says.classes(latent_classes(customers)).verdict == "cannot tell"


def test_jaccard_is_that_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    one, other = generator.integers(0, 3, 200), generator.integers(0, 3, 200)
    found = jaccard(one, other)
    expected = [[jaccard_score(one == a, other == b) for b in range(3)] for a in range(3)]
    np.testing.assert_allclose(found, expected)


def test_groups_apart_come_back_whole_and_by_a_mixture_too() -> None:
    features, members = blobs(0.5)
    stable = segment_stability(features, members, replicates=10)
    assert stable["estimate"].tolist() == [1.0] * 3
    assert stable["n"].tolist() == [200] * 3
    mixture = other_method(features, members).iloc[0]
    assert (mixture["estimate"], mixture["overlap_share"]) == (1.0, 1.0)
    said = says.each_segment(stable, other_method(features, members), names={"s0": "first"})
    assert said.sentence.startswith("Each segment comes back")


def test_a_piece_of_noise_called_a_segment_does_not_come_back() -> None:
    rows = np.random.default_rng(0).normal(size=(900, 4))
    label = np.where(np.random.default_rng(1).random(900) < 0.2, "piece", "rest")
    features, members = clients(rows, label.tolist())
    stable = segment_stability(features, members, replicates=15).set_index("segment")
    assert not stable.loc["piece", "stable"]
    assert "should not be trusted" in says.each_segment(stable.reset_index(), pd.DataFrame(), names={}).sentence
    assert segment_stability(features, members.assign(segment="one")).empty
    assert segment_stability(features, members.head(0)).empty
    assert other_method(features.head(99), members.head(99)).empty
    assert len(other_method(features.head(100), members.head(100))) == 1


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
    assert not profiles.traits(customers, members)["shown"].any()
    differs = customers.assign(trait0=np.where(members["segment"] == "a", "x", customers["trait0"]))
    shown = profiles.traits(differs, members)
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
    told = says.profile_picture(shown).sentence
    assert told == (
        "How 2 segments differ from everybody in 2 features. Furthest: “small” in purchases, −1.8 standard deviations."
    )
    assert says.profile_picture(shown.head(0)).sentence == ""


@pytest.mark.parametrize(
    ("similarity", "stable", "doubtful"),
    [(0.75, True, False), (0.7499, False, False), (0.6, False, False), (0.5999, False, True)],
)
def test_a_segment_is_stable_from_075_and_doubtful_below_06(
    monkeypatch: pytest.MonkeyPatch, similarity: float, stable: bool, doubtful: bool
) -> None:
    monkeypatch.setattr(checks, "jaccard", lambda _one, _other: np.full((3, 3), similarity))
    found = segment_stability(*blobs(0.5), replicates=1)
    assert found["stable"].tolist() == [stable] * 3
    assert found["doubtful"].tolist() == [doubtful] * 3


@pytest.mark.parametrize("n", [29, 30])
def test_a_trait_of_fewer_than_thirty_members_is_left_out_and_a_telling_one_is_shown_and_no_border(n: int) -> None:
    home = ["family"] * n + ["single"] * (100 - n) + ["single"] * 300
    segment = ["x"] * 100 + ["y"] * 200 + ["inactive"] * 100
    members = identified(pd.DataFrame({"segment": segment}))
    customers = members[["customer_id"]].assign(home=home, made=segment)
    found = profiles.traits(customers, members).set_index(["segment", "attribute", "value"])
    assert (("x", "home", "family") in found.index) is (n == 30)
    telling = found.index[found["telling"]].tolist()
    assert telling == ([("x", "home", "family")] if n == 30 else [])
    assert found.loc[("y", "made", "y"), "shown"]


def test_an_indistinct_trait_is_not_telling_however_sure_it_is() -> None:
    generator = np.random.default_rng(0)
    members = identified(pd.DataFrame({"segment": ["x", "y"] * 20000}))
    chance = np.where(members["segment"] == "x", 0.52, 0.48)
    customers = members[["customer_id"]].assign(home=np.where(generator.random(40000) < chance, "a", "b"))
    found = profiles.traits(customers, members)
    assert found["shown"].all() and not found["telling"].any()


@pytest.mark.parametrize(
    ("agreed", "shuffled", "smallest", "natural"),
    [(0.80, 0.60, 0.05, True), (0.79, 0.1, 0.3, False), (0.9, 0.71, 0.3, False), (0.9, 0.1, 0.049, False)],
)
def test_classes_are_natural_only_where_all_three_limits_are_kept(
    monkeypatch: pytest.MonkeyPatch, agreed: float, shuffled: float, smallest: float, natural: bool
) -> None:
    module = sys.modules["cxlib.stages.target_segment.latent_classes"]  # the room shows its function under that name
    told = iter([agreed] * 3 + [shuffled] * 3)

    def row(_rows: object, size: int, _seed: int) -> dict[str, float]:
        return {"n_classes": size, "log_likelihood": 0.0, "bic": -size, "smallest_share": smallest}

    monkeypatch.setattr(module, "agreement", lambda *_given: next(told))
    monkeypatch.setattr(module, "_row", row)
    table = latent_classes(planted(), most=2, replicates=3)
    assert table["natural"].tolist() == [False, natural]
    assert table["preferred"].tolist() == [False, True]
