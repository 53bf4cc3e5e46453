"""The level of satisfaction: known figures by hand, order does not matter, too few answers are not compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.stages.information_search import planning, says
from cxlib.stages.information_search import shown as words
from cxlib.stages.information_search.levels import (
    LEVELS,
    SPREAD,
    attribute_levels,
    latest_levels,
    leading_question,
    level_changes,
    levels,
    whole_relation,
)
from cxlib.stages.information_search.pictures import plot_levels


def responses(question: str, given: list[float], *, year: int = 2025, weight: float = 1.0) -> pd.DataFrame:
    people = [f"r{number}" for number in range(len(given))]
    table = pd.DataFrame({"respondent_id": people, "score": given})
    return table.assign(on=pd.Timestamp(year, 5, 1), question=question, touchpoint="", weight=weight)


def two_kinds(north: list[float], south: list[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    answers = responses("overall", [*north, *south])
    region = ["north"] * len(north) + ["south"] * len(south)
    return answers, pd.DataFrame({"customer_id": answers["respondent_id"], "region": region, "household": ""})


def some_kinds(seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    generator = np.random.default_rng(seed)
    answers, customers = two_kinds(list(generator.normal(7, 1, 60)), list(generator.normal(6, 2, 80)))
    return answers, customers.assign(household=generator.choice(["single", "couple", "family"], 140))


def test_each_question_has_its_level_in_each_year_by_hand() -> None:
    asked = whole_relation(
        pd.concat(
            [responses("nps", [10, 9, 8, 0]), responses("overall", [1, 2, 3]), responses("overall", [4], year=2026)]
        )
    )
    table = levels(asked)
    expected = [["nps", "2025", 4, 25.0], ["overall", "2025", 3, 2.0], ["overall", "2026", 1, 4.0]]
    assert table[["question", "wave", "n", "estimate"]].to_numpy().tolist() == expected
    assert table.loc[1, "high"] == pytest.approx(2 + 4.302653 / 3**0.5)  # t with 2 degrees of freedom, s = 1
    assert set(table["answers"]) == {"plain"}


def test_a_weighted_score_stands_beside_the_plain_one_where_weights_differ() -> None:
    heavy = responses("nps", [10.0, 0.0, 0.0]).assign(weight=[2.0, 1.0, 1.0])
    asked = whole_relation(pd.concat([heavy, responses("nps", [10.0, 8.0], year=2026)], ignore_index=True))
    table = levels(asked).set_index(["wave", "answers"])["estimate"]
    assert table.index.tolist() == [("2025", "plain"), ("2025", "weighted"), ("2026", "plain")]
    assert table.tolist() == pytest.approx([-100 / 3, 0.0, 50.0])


def test_answers_about_a_touchpoint_or_without_a_score_do_not_rate_the_whole() -> None:
    given = responses("csat", [5.0, np.nan, 3.0]).assign(touchpoint=["delivery", "", ""])
    assert whole_relation(given)["score"].tolist() == [3.0]
    assert whole_relation(responses("importance", [5.0])).empty


def test_a_kind_of_customer_is_set_against_all_others_as_welch_does() -> None:
    generator = np.random.default_rng(1)
    north, south = generator.normal(8, 1, 40), generator.normal(7, 2, 50)
    table = attribute_levels(*two_kinds(list(north), list(south))).set_index("value")
    test = stats.ttest_ind(south, north, equal_var=False)
    row = table.loc["south"]
    assert (row["estimate"], row["n"]) == (pytest.approx(south.mean()), 50)
    assert (row["difference"], row["p"]) == pytest.approx((south.mean() - north.mean(), test.pvalue))
    assert (row["difference_low"], row["difference_high"]) == pytest.approx(tuple(test.confidence_interval(0.95)))
    assert row["verdict"] == "real"


def test_the_order_of_the_rows_changes_nothing() -> None:
    answers, customers = some_kinds()
    table = attribute_levels(answers, customers)
    shuffled = attribute_levels(answers.sample(frac=1, random_state=1), customers.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(table, shuffled)
    sizes = table["difference"].abs().round(9)
    assert len(table) == 5 and sizes.is_monotonic_decreasing


def test_all_kinds_are_one_family_of_comparisons() -> None:
    """A p under 0.05 stands alone, and not beside twenty attributes that tell nothing."""
    answers, customers = two_kinds([5.0, 7.0] * 40, [5.35, 7.35] * 40)
    noise = {f"a{number}": ["x", "y", "y", "x"] * 40 for number in range(20)}
    alone, family = attribute_levels(answers, customers), attribute_levels(answers, customers.assign(**noise))
    assert 0.05 > alone["p"].max() > 0.05 / 20
    verdicts = [table.set_index("value").loc["north", "verdict"] for table in (alone, family)]
    assert verdicts == ["real", "not shown"]


def test_a_false_discovery_rate_never_finds_more_than_single_tests() -> None:
    table = attribute_levels(*some_kinds())
    assert (table["q"] >= table["p"]).all()


def test_who_answered_often_counts_once_by_the_mean() -> None:
    answers, customers = two_kinds([8.0, 6.0] * 20, [5.0, 4.0] * 20)
    again = pd.concat([answers, answers.head(1).assign(score=0.0)])
    row = attribute_levels(again, customers).set_index("value").loc["north"]
    assert row["n"] == 40
    assert row["estimate"] == pytest.approx((4.0 + 8.0 * 19 + 6.0 * 20) / 40)


def test_a_kind_with_few_answers_is_not_compared_and_neither_is_one_without_others() -> None:
    assert len(attribute_levels(*two_kinds([9.0, 8.0] * 20, [1.0] * 30))) == 2
    assert attribute_levels(*two_kinds([9.0, 8.0] * 20, [1.0] * 29)).empty
    assert attribute_levels(*two_kinds([9.0, 8.0] * 20, [])).empty


def test_kinds_are_compared_in_points_where_only_the_promoter_question_was_asked() -> None:
    answers, customers = two_kinds([10.0, 9.0, 0.0] * 10, [10.0, 0.0, 0.0] * 10)
    table = attribute_levels(answers.assign(question="nps"), customers).set_index("value")
    assert table["unit"].tolist() == ["points", "points"]
    assert table["estimate"].to_dict() == pytest.approx({"north": 100 / 3, "south": -100 / 3})
    both = pd.concat([answers, answers.assign(question="nps")])
    assert set(attribute_levels(both, customers)["unit"]) == {"score"}


def test_the_year_to_speak_of_is_the_latest_with_thirty_answers() -> None:
    years = pd.DataFrame(
        {"question": "overall", "wave": ["2024", "2025", "2026"], "answers": "plain", "n": [40, 30, 29]}
    )
    table = years.reindex(columns=LEVELS)
    assert latest_levels(table)["wave"].tolist() == ["2025"]
    assert latest_levels(table.assign(n=[29, 29, 5]))["wave"].tolist() == ["2026"]
    both = pd.concat([table, table[table["wave"] == "2025"].assign(answers="weighted")], ignore_index=True)
    assert latest_levels(both)["answers"].tolist() == ["weighted"]


def test_where_nobody_differs_at_all_nothing_is_called_real() -> None:
    table = attribute_levels(*two_kinds([5.0] * 30, [5.0] * 30))
    assert set(table["verdict"]) == {"cannot tell"}
    assert says.unequal(table, {}).verdict == "cannot tell"


def test_without_answers_the_tables_are_empty_and_the_findings_cannot_tell() -> None:
    asked = whole_relation(responses("nps", []))
    assert leading_question(asked) == ""
    level = levels(asked)
    kinds = attribute_levels(asked, two_kinds([], [])[1])
    assert list(level.columns) == LEVELS and list(kinds.columns) == SPREAD
    assert words.level_table(level, {}).empty and words.attribute_table(kinds, {}).empty
    assert says.satisfied(level, {}).sentence.startswith("Cannot tell: nobody was asked how satisfied they are")
    assert says.unequal(kinds, {}).sentence.startswith("Cannot tell: no two kinds of customers")


def test_the_level_is_told_of_the_latest_year_with_enough_answers() -> None:
    asked = whole_relation(pd.concat([responses("overall", [4.0, 5.0] * 20), responses("overall", [1.0], year=2026)]))
    said = says.satisfied(levels(asked), {"overall": (1.0, 5.0)})
    assert said.sentence.startswith("Overall satisfaction in 2025, on a scale of 1 to 5: 4.50 (95% interval")
    assert [(fact.id, fact.n) for fact in said.facts] == [("5.overall", 40)]


def test_the_least_and_the_most_satisfied_are_named_with_their_levels() -> None:
    generator = np.random.default_rng(5)
    table = attribute_levels(*two_kinds(list(generator.normal(8, 1, 60)), list(generator.normal(5, 1, 60))))
    said = says.unequal(table, {})
    assert said.verdict == "real"
    assert (
        said.sentence.startswith("Least satisfied: Region: south, ")
        and "Most satisfied: Region: north, " in said.sentence
    )
    assert "2 of 2 kinds of customers differ" in said.sentence
    assert {fact.id for fact in said.facts} >= {"5.least_satisfied_1", "5.most_satisfied_1", "5.level_difference"}


def test_the_two_least_and_the_one_most_satisfied_are_named_widest_first() -> None:
    table = pd.DataFrame({"value": list("abcde"), "difference": [-0.1, -3.0, -2.0, 1.0, 2.0]}).reindex(columns=SPREAD)
    table = table.assign(
        attribute="region", estimate=5.0 + table["difference"], n=50, unit="score", q=0.01, verdict="real"
    )
    said = says.unequal(table, {})
    named = {fact.id: fact.value for fact in said.facts if "satisfied" in fact.id}
    assert named == {"5.least_satisfied_1": 2.0, "5.least_satisfied_2": 3.0, "5.most_satisfied_1": 7.0}


def test_equal_kinds_are_not_shown_to_differ() -> None:
    said = says.unequal(attribute_levels(*two_kinds([5.0, 6.0] * 30, [6.0, 5.0] * 30)), {})
    assert said.verdict == "not shown"


def test_the_picture_has_one_named_dot_a_kind() -> None:
    table = words.kinds(attribute_levels(*some_kinds()), {})
    drawn = plot_levels(table)
    assert drawn.get_yticklabels()[-1].get_text() == f"{table['attribute'][0]}: {table['value'][0]}"  # on top
    assert len(drawn.get_yticks()) == len(table) == 5


def two_years(shift: float, *, n: int = 80, same: bool = True) -> pd.DataFrame:
    generator = np.random.default_rng(9)
    first = generator.normal(7, 1, n)
    old, new = (
        responses("overall", list(first)),
        responses("overall", list(first + shift + generator.normal(0, 0.3, n)), year=2026),
    )
    return whole_relation(pd.concat([old, new if same else new.assign(respondent_id="x" + new["respondent_id"])]))


def test_years_are_compared_as_groups_and_by_those_who_answered_both_as_scipy_does() -> None:
    asked = two_years(0.2)
    table = level_changes(asked).set_index("respondents")
    old, new = (asked.loc[asked["wave"] == year].set_index("respondent_id")["score"] for year in ("2025", "2026"))
    assert table.loc["all", "p_value"] == pytest.approx(stats.ttest_ind(new, old, equal_var=False).pvalue)
    assert table.loc["same", "p_value"] == pytest.approx(stats.ttest_rel(new, old.reindex(new.index)).pvalue)
    assert table["verdict"].to_dict() == {"all": "not shown", "same": "real"}  # pairs see what two groups cannot
    assert table.loc["same", "detectable"] < table.loc["all", "detectable"]
    assert len(level_changes(two_years(0.2, same=False))) == 1


def test_who_answered_twice_in_a_year_is_compared_by_the_last_answer() -> None:
    asked = two_years(0.5)
    hasty = asked[asked["wave"] == "2025"].assign(score=0.0)
    once, twice = (level_changes(table).set_index("respondents") for table in (asked, pd.concat([hasty, asked])))
    assert twice.loc["same", "estimate"] == pytest.approx(once.loc["same", "estimate"])
    assert twice.loc["all", "estimate"] > once.loc["all", "estimate"] + 1


@pytest.mark.parametrize(("n", "verdict", "rows"), [(30, "real", 2), (29, "cannot tell", 1)])
def test_a_change_needs_thirty_answers_a_year_and_so_do_those_who_answered_both(
    n: int, verdict: str, rows: int
) -> None:
    table = level_changes(two_years(2.0, n=n))
    assert table["verdict"].tolist() == [verdict] * rows


def test_a_change_is_told_with_what_could_have_been_seen() -> None:
    hidden = says.changed(level_changes(two_years(0.0, same=False)))
    assert hidden.verdict == "not shown" and "points would have stayed hidden" in hidden.sentence
    seen = says.changed(level_changes(two_years(1.0)))
    assert seen.sentence.startswith("From 2025 to 2026 Overall satisfaction changed by ")
    assert "Among those who answered both years it changed by" in seen.sentence
    few = says.changed(level_changes(two_years(1.0, n=5)))
    assert few.verdict == "cannot tell" and "too few answered" in few.sentence
    assert says.changed(level_changes(two_years(1.0).iloc[:0])).verdict == "cannot tell"


def test_the_changes_and_the_plan_are_told_in_words() -> None:
    shown = words.change_table(level_changes(two_years(1.0)))
    first = ["Overall satisfaction", "2025 to 2026", "all who answered"]
    assert shown.loc[0, ["question", "years", "respondents"]].tolist() == first
    plan = words.plan_table(planning.nps_plan(0.5, 0.2, answered=120))
    assert plan.loc[0, "aim"] == "know the score to ± 10 points" and plan["n_answered_last"].tolist() == [120] * 5
