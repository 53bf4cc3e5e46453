"""Segments are found where they are, and not where they are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from cxlib.stages.target_segment import behaviour as made_of
from cxlib.stages.target_segment import placing, profiles, segments

AS_OF = pd.Timestamp("2026-06-30")


def table(matrix: np.ndarray) -> pd.DataFrame:
    features = pd.DataFrame(matrix, columns=[f"f{column}_score" for column in range(matrix.shape[1])])
    features.insert(0, "customer_id", [f"C{row:04d}" for row in range(len(features))])
    return features


@pytest.fixture(scope="module")
def groups() -> tuple[pd.DataFrame, np.ndarray]:
    centers = np.random.default_rng(7).choice([-1.0, 1.0], size=(3, 8)) * 1.2
    matrix, label = make_blobs(900, centers=centers, random_state=1)
    return table(matrix), label


@pytest.fixture(scope="module")
def found(groups: tuple[pd.DataFrame, np.ndarray]) -> pd.DataFrame:
    return segments.stability(groups[0], most=5, replicates=8)


def test_three_separate_groups_are_three_natural_segments(
    found: pd.DataFrame, groups: tuple[pd.DataFrame, np.ndarray]
) -> None:
    features, label = groups
    assert segments.choose_n_segments(found) == 3
    placed = segments.members(features, features[["customer_id"]], n_segments=3)
    assert adjusted_rand_score(label, placed["segment"]) > 0.95
    assert placed["segment"].nunique() == 3


def test_two_groups_far_apart_are_two_natural_segments() -> None:
    matrix, _label = make_blobs(600, centers=[(0, 0), (12, 12)], random_state=1)
    assert segments.choose_n_segments(segments.stability(table(matrix), most=3)) == 2


def test_a_long_cloud_without_groups_has_no_natural_segments() -> None:
    generator = np.random.default_rng(4)
    long = generator.normal(size=(600, 1)) * 3 + generator.normal(size=(600, 3))
    agreement = segments.stability(table(long), most=4, replicates=10)
    assert agreement["estimate"].max() > 0.75  # cut in the same middle again and again
    assert segments.choose_n_segments(agreement) == 0


def test_the_null_keeps_the_columns_and_their_rank_correlations_and_nothing_else() -> None:
    generator = np.random.default_rng(2)
    x = generator.gamma(1.5, size=800)
    rows = np.column_stack([x, x**2 + generator.normal(size=800), generator.normal(size=800)])
    null = segments.without_groups(rows, np.random.default_rng(3))
    assert np.allclose(np.sort(null, axis=0), np.sort(rows, axis=0))
    ranks, null_ranks = (pd.DataFrame(part).corr("spearman").to_numpy() for part in (rows, null))
    assert null_ranks == pytest.approx(ranks, abs=0.08)
    assert not np.allclose(null[:, 0], rows[:, 0])


def test_the_scaling_gives_every_block_the_same_weight() -> None:
    generator = np.random.default_rng(5)
    table = pd.DataFrame(generator.gamma(2, size=(300, 2)), columns=["n_purchases", "basket_money"])
    shares = generator.dirichlet([1, 1, 1, 1], 300)
    table[["web_share", "store_share", "app_share", "phone_share"]] = shares
    scaled = made_of.scaled(table.assign(customer_id="x")).to_numpy()
    firsts = [np.linalg.eigvalsh(np.cov(scaled[:, block].T))[-1] for block in (slice(0, 2), slice(2, 6))]
    assert firsts == pytest.approx([1, 1], abs=0.1)


def test_too_few_rows_say_nothing_at_all() -> None:
    small = table(np.random.default_rng(0).normal(size=(50, 3)))
    assert segments.stability(small).empty
    assert segments.choose_n_segments(segments.stability(small)) == 0
    placed = segments.members(small, small[["customer_id"]], n_segments=0)
    assert placed.empty and list(placed.columns) == ["customer_id", "segment"]
    assert profiles.profile(small, placed).empty
    assert placing.rules(small, placed).empty and placing.accuracy(small, placed).empty


def empty(*columns: str, **dates: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=dates.get(name, "str")) for name in (*columns, *dates)})


def test_behaviour_counts_what_customers_do_and_leaves_out_those_who_do_nothing() -> None:
    customers = pd.DataFrame({"customer_id": ["a", "b", "c"]})
    sold = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "at": pd.to_datetime(["2026-06-20", "2026-01-01", "2026-06-28"]),
            "revenue": [10.0, 30.0, 100.0],
        }
    )
    met = pd.DataFrame({"customer_id": ["a", "b", "b"], "channel": ["web", "store", "web"], "at": AS_OF})
    rows = made_of.behaviour(customers, met, sold, as_of=AS_OF).set_index("customer_id")
    assert list(rows.index) == ["a", "b"]
    assert rows.loc["a", ["recency_days", "n_purchases", "basket_money", "n_contacts"]].tolist() == [10, 2, 20, 1]
    usual = 2 / 3
    assert rows.loc["a", "web_share"] == pytest.approx((1 + 5 * usual) / 6)


def test_a_survey_client_is_described_by_its_answers_and_cut_by_the_attribute_that_explains_most() -> None:
    generator = np.random.default_rng(1)
    people = [f"R{row}" for row in range(400)]
    area = np.where(np.arange(400) % 2 == 0, "north", "south")
    customers = pd.DataFrame({"customer_id": people, "area": area, "coin": generator.choice(["heads", "tails"], 400)})
    scores = np.where(area == "north", 8.0, 5.0) + generator.normal(size=400)
    responses = pd.concat(
        pd.DataFrame(
            {
                "respondent_id": people,
                "question": question,
                "touchpoint": touchpoint,
                "score": scores + generator.normal(size=400),
            }
        )
        for question, touchpoint in (("overall", ""), ("csat", "gate"), ("csat", "bags"))
    )
    described = made_of.features(
        customers, empty("customer_id", "channel"), empty("customer_id", revenue="float64"), responses, as_of=AS_OF
    )
    assert set(described.columns) == {"customer_id", "overall_score", "csat_score"}
    placed = segments.members(described, customers, n_segments=0)
    assert set(placed["segment"]) == {"is-area__north", "is-area__south"}


def test_quarters_by_value_are_built_when_nothing_natural_is_there() -> None:
    generator = np.random.default_rng(8)
    features = pd.DataFrame(
        {
            "customer_id": [f"C{row}" for row in range(200)],
            "n_purchases": generator.integers(1, 9, 200),
            "basket_money": generator.gamma(2, 50, 200),
        }
    )
    placed = segments.members(features, features[["customer_id"]], n_segments=0)
    spent = (features["n_purchases"] * features["basket_money"]).groupby(placed["segment"]).agg(["size", "min", "max"])
    assert spent["size"].tolist() == [50, 50, 50, 50]
    assert (spent["min"].to_numpy()[:-1] >= spent["max"].to_numpy()[1:]).all()


def test_the_order_of_the_rows_does_not_change_who_belongs_together(groups: tuple[pd.DataFrame, np.ndarray]) -> None:
    features = groups[0]
    mixed = features.sample(frac=1, random_state=3).reset_index(drop=True)
    one, other = (segments.members(part, features[["customer_id"]], n_segments=3) for part in (features, mixed))
    pd.testing.assert_frame_equal(one, other)


def test_traits_are_shares_with_wilsons_interval_and_small_values_are_left_out() -> None:
    customers = pd.DataFrame(
        {"customer_id": [str(row) for row in range(200)], "home": ["family"] * 80 + ["single"] * 120}
    )
    placed = customers[["customer_id"]].assign(segment=["x"] * 100 + ["y"] * 100)
    traits = profiles.traits(customers, placed).set_index(["segment", "value"])
    assert traits.loc[("x", "family"), "estimate"] == 0.8
    assert traits.loc[("x", "family"), "lift"] == pytest.approx(2)
    assert ("x", "single") not in traits.index  # 20 persons
    assert traits.loc[("x", "family"), ["low", "high"]].tolist() == pytest.approx([0.7112, 0.8666], abs=1e-4)


def test_the_rule_is_right_on_customers_it_has_not_seen_and_says_so_by_segment(
    groups: tuple[pd.DataFrame, np.ndarray],
) -> None:
    features, label = groups
    placed = features[["customer_id"]].assign(segment=[f"s{number}" for number in label])
    right = placing.accuracy(features, placed).set_index("segment")
    assert right.loc["", "estimate"] > 0.75
    assert right.loc["", "by_chance_share"] == pytest.approx(1 / 3)
    assert set(right.index) == {"", "s0", "s1", "s2"}
    rules = placing.rules(features, placed)
    for segment, conditions in rules.groupby("segment"):
        meets = pd.Series(True, index=features.index)
        for row in conditions.to_dict("records"):
            value = features[row["feature"]]
            meets &= value > row["at_least"] if row["at_least"] == row["at_least"] else True
            meets &= value <= row["below"] if row["below"] == row["below"] else True
        assert int(meets.sum()) == conditions["n"].iloc[0]
        assert (placed["segment"][meets] == segment).mean() == pytest.approx(conditions["estimate"].iloc[0])


def test_a_rule_learnt_from_labels_at_random_is_no_better_than_chance() -> None:
    generator = np.random.default_rng(0)
    features = table(generator.normal(size=(400, 3)))
    placed = features[["customer_id"]].assign(segment=generator.choice(["a", "b"], 400))
    overall = placing.accuracy(features, placed).iloc[0]
    assert overall["low"] <= 0.55


def test_a_profile_is_the_mean_of_each_feature_with_students_interval() -> None:
    table = pd.DataFrame({"customer_id": list("abcdef"), "n_visits": [1.0, 2, 3, 7, 8, 9], "basket_money": [5.0] * 6})
    placed = pd.DataFrame({"customer_id": list("abcdef"), "segment": ["x"] * 3 + ["y"] * 3})
    found = profiles.profile(table, placed).set_index(["segment", "feature"])
    half = stats.t.ppf(0.975, 2) / np.sqrt(3)
    assert found.loc[("x", "n_visits"), ["estimate", "low", "high"]].tolist() == pytest.approx([2, 2 - half, 2 + half])
    assert found.loc[("x", "n_visits"), "everybody"] == 5 and found.loc[("x", "basket_money"), "distance"] == 0
    assert found["unit"].to_dict() == {
        (s, f): u for s in "xy" for f, u in (("n_visits", "ratio"), ("basket_money", "money"))
    }


def test_attributes_are_what_describes_a_customer_not_its_key_dates_or_language() -> None:
    assert made_of.attributes(empty("customer_id", "since_on", "home", "lang", "region")) == ["home", "region"]


@pytest.mark.parametrize(
    ("estimate", "excess", "excess_low", "smallest", "natural"),
    [
        (0.80, 0.20, 0.01, 0.05, True),
        (0.79, 0.20, 0.01, 0.05, False),
        (0.80, 0.19, 0.01, 0.05, False),
        (0.80, 0.20, 0.00, 0.05, False),
        (0.80, 0.20, 0.01, 0.049, False),
    ],
)
def test_segments_are_natural_only_where_all_four_limits_are_kept(
    monkeypatch: pytest.MonkeyPatch, estimate: float, excess: float, excess_low: float, smallest: float, natural: bool
) -> None:
    row = dict.fromkeys(segments.STABILITY_COLUMNS[:-1], 0.0) | {"n_segments": 2, "estimate": estimate}
    row |= {"excess": excess, "excess_low": excess_low, "smallest_share": smallest}
    monkeypatch.setattr(segments, "_of_size", lambda *_given: row)
    features = table(np.random.default_rng(0).normal(size=(300, 3)))
    assert segments.stability(features, most=2)["natural"].tolist() == [natural]


def test_the_limit_of_the_excess_allows_for_every_number_of_segments_that_was_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segments, "_excess", lambda _real, _null, tail: (0.5, tail))
    features = table(np.random.default_rng(0).normal(size=(300, 3)))
    found = segments.stability(features, most=3, replicates=1)
    assert found["excess_low"].tolist() == pytest.approx([0.025, 0.025])


def test_a_hundred_rows_for_each_feature_are_needed() -> None:
    features = table(np.random.default_rng(0).normal(size=(300, 3)))
    assert len(segments.stability(features, most=2, replicates=2)) == 1
    assert segments.stability(features.head(299), most=2, replicates=2).empty


@pytest.mark.parametrize(("rare", "used"), [(80, True), (90, False)])
def test_an_attribute_makes_segments_only_where_few_values_cover_four_customers_in_five(rare: int, used: bool) -> None:
    generator = np.random.default_rng(2)
    features = table(generator.normal(size=(400, 2)))
    town = ["north"] * 160 + ["south"] * (240 - rare) + [f"hamlet {place % 40}" for place in range(rare)]
    placed = segments.members(features, features[["customer_id"]].assign(town=town), n_segments=0)
    assert (set(placed["segment"]) == {"is-town__north", "is-town__south", "rest-of-town"}) is used
    assert placed.empty is not used


@pytest.mark.parametrize(("sizes", "placed"), [((50, 50), True), ((50, 49), False), ((95, 5), True), ((96, 4), False)])
def test_a_rule_needs_a_hundred_customers_and_five_of_each_segment(sizes: tuple[int, int], placed: bool) -> None:
    features = table(np.random.default_rng(0).normal(size=(sum(sizes), 2)))
    members = features[["customer_id"]].assign(segment=["a"] * sizes[0] + ["b"] * sizes[1])
    assert bool(len(placing.rules(features, members))) is placed
    assert bool(len(placing.accuracy(features, members))) is placed


@pytest.mark.parametrize(("answered", "used"), [(50, True), (49, False)])
def test_a_question_that_fewer_than_half_have_answered_makes_no_feature(answered: int, used: bool) -> None:
    people = [f"R{row}" for row in range(100)]
    asked = pd.DataFrame(
        {"respondent_id": people, "question": "overall", "touchpoint": "", "score": np.arange(100) % 10}
    )
    more = asked.head(answered).assign(question="ease")
    assert ("ease_score" in made_of.answers(pd.concat([asked, more]))) is used


def test_segments_cut_by_what_customers_did_say_so() -> None:
    made = pd.DataFrame({"customer_id": ["a", "b"], "segment": ["high-basket", "low-basket"]})
    done = pd.DataFrame({"customer_id": ["a", "b"], "basket_money": [1.0, 2.0], "web_share": [0.0, 1.0]})
    said = pd.DataFrame({"customer_id": ["a", "b"], "overall_score": [1.0, 2.0], "n_touchpoints": [1, 2]})
    assert segments.with_ground(made, done)["by_outcome"].all()
    assert not segments.with_ground(made, said)["by_outcome"].any()
    assert not segments.with_ground(made.assign(segment="is-region__North"), done)["by_outcome"].any()
