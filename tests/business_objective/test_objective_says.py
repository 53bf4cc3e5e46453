"""What stage 1 says, also where it can say nothing; and its pictures."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from cxlib.stages.business_objective import objectives as ob
from cxlib.stages.business_objective import pictures as figures
from cxlib.stages.business_objective import says, says_choice, says_drivers
from cxlib.stages.business_objective import shown as words
from cxlib.stages.business_objective.baseline import amount, baseline, book, gap, levels
from cxlib.stages.business_objective.driver_tree import customer_values, driver_tree, identity
from cxlib.stages.business_objective.sensitivity import branch as branch_of
from cxlib.stages.business_objective.sensitivity import metric_paths, sensitivity

START, END, DEADLINE = dt.date(2024, 7, 1), dt.date(2026, 6, 30), dt.date(2027, 6, 30)
CANDIDATES = ("turnover", "gross_margin", "commercial_cost", "operating_cost")


class Client:
    """The tables of stage 1 for a client with (or without) books."""

    def __init__(self, n: int, objective: str = "gross_margin", growth: float | None = 0.08) -> None:
        generator = np.random.default_rng(3)
        self.sold = pd.DataFrame(
            {
                "customer_id": generator.integers(0, 300, n).astype(str),
                "at": pd.Timestamp("2024-07-01") + pd.to_timedelta(np.sort(generator.integers(0, 730, n)), unit="D"),
                "revenue": generator.gamma(2, 50, n),
            }
        ).astype({"at": "datetime64[ns]"})
        self.sold["margin"] = self.sold["revenue"] * 0.4
        on = pd.date_range("2024-07-01", periods=24 if n else 0, freq="MS")
        costs = [pd.DataFrame({"on": on, "kind": kind, "amount": 500.0}) for kind in ("commercial", "operating")]
        met = self.sold[["customer_id", "at"]]
        self.objective = objective
        self.book = book(self.sold, pd.concat(costs), start=START, end=END)
        self.levels = levels(self.book)
        self.tree = driver_tree(self.sold, met, pd.concat(costs), end=END)
        self.gap = gap(self.book, objective=objective, target_growth=growth, deadline=DEADLINE)
        self.sensitivity = sensitivity(self.tree, objective=objective, gap_money=amount(self.gap, "gap"))
        self.compared = ob.compare_objectives(self.levels, self.tree, candidates=CANDIDATES)
        self.values = customer_values(self.sold, end=END)
        self.identity = identity(self.tree, self.book)


@pytest.fixture(scope="module")
def shop() -> Client:
    return Client(2000)


@pytest.fixture(scope="module")
def survey() -> Client:
    return Client(0)


def wish(**given: object) -> dict[str, object]:
    return {"objective": None, "metric": None, "candidates": CANDIDATES, "own": None} | given


def test_the_headline_says_where_it_stands_and_what_is_missing(shop: Client) -> None:
    said = says.headline(shop.levels, shop.gap, objective="gross_margin", deadline=DEADLINE)
    assert said.sentence.startswith("Gross margin stands at €")
    assert {fact.id for fact in said.facts} == {"1.baseline", "1.target", "1.gap"}
    assert next(fact for fact in said.facts if fact.id == "1.target").grade == "assumed"


def test_a_client_without_books_is_told_what_it_would_take(survey: Client) -> None:
    findings = [
        says.headline(survey.levels, survey.gap, objective="turnover", deadline=DEADLINE),
        says.baseline(survey.levels, objective="turnover"),
        says_drivers.tree(survey.tree, survey.identity, survey.values),
        says_drivers.moves(survey.sensitivity, objective="turnover"),
        says.gap(survey.gap, growth=0.08, deadline=DEADLINE),
        says_choice.objectives(survey.compared, asked=None),
    ]
    for said in findings:
        assert said.sentence.startswith("Cannot tell: ")
        assert "It would take" in said.sentence
        assert all(fact.value is None for fact in said.facts)


def test_a_judged_objective_without_books_is_assumed_and_without_a_wish_nothing_is_recommended(survey: Client) -> None:
    asked = says_choice.recommend(
        survey.compared,
        {"turnover": survey.gap},
        wish=wish(objective="turnover"),
        deadline=DEADLINE,
        paths=metric_paths(objective="turnover"),
    )
    assert (asked.grade, asked.choice["objective"], "target" in asked.choice) == ("assumed", "turnover", False)
    nothing = says_choice.recommend(
        survey.compared, {"turnover": survey.gap}, wish=wish(), deadline=DEADLINE, paths=metric_paths(objective="")
    )
    assert (nothing.choice, nothing.grade) == ({}, "unknown")


def test_the_data_choose_when_the_brief_does_not_and_the_others_are_kept_as_alternatives(shop: Client) -> None:
    advice = says_choice.recommend(
        shop.compared,
        {"gross_margin": shop.gap},
        wish=wish(),
        deadline=DEADLINE,
        paths=metric_paths(objective="gross_margin"),
    )
    assert advice.choice == {
        "objective": "gross_margin",
        "metric": "gross_margin_per_month",
        "deadline": "2027-06-30",
        "target": round(amount(shop.gap, "target") or 0, 2),
    }
    assert advice.grade == "measured"
    assert [other.choice["objective"] for other in advice.alternatives] == [
        "turnover",
        "commercial_cost",
        "operating_cost",
    ]


def test_a_metric_without_a_path_is_refused_and_an_unknown_one_is_a_judgement(shop: Client) -> None:
    paths = metric_paths(objective="gross_margin")
    refused = says_choice.recommend(
        shop.compared, {"gross_margin": shop.gap}, wish=wish(metric="nps"), deadline=DEADLINE, paths=paths
    )
    assert refused.choice["metric"] == "gross_margin_per_month" and "nps" not in refused.offered["metric"]
    assert "The metric 'nps' of the brief is refused" in refused.because.sentence
    own = says_choice.recommend(
        shop.compared, {"gross_margin": shop.gap}, wish=wish(metric="stars"), deadline=DEADLINE, paths=paths
    )
    assert own.choice["metric"] == "stars" and "is a judgement" in own.because.sentence


def test_a_trend_is_not_claimed_below_two_years() -> None:
    young = Client(2000)
    table = levels(young.book.tail(18))
    said = says.baseline(table, objective="gross_margin")
    assert "a season and a trend look alike" in said.sentence


def test_a_target_that_nobody_set_is_asked_for(shop: Client) -> None:
    said = says.gap(shop.gap.iloc[:0], growth=None, deadline=DEADLINE)
    assert said.sentence == (
        "Cannot tell: the gap to a target. It would take a target growth in the brief (objective.target_growth)."
    )


def test_a_share_that_would_have_to_pass_one_is_out_of_reach(shop: Client) -> None:
    rows = shop.sensitivity.assign(required=1.2, required_share=0.2, value_unit="share")
    assert set(words.sensitivity_table(rows)["needed_alone"]) == {"out of reach alone (20.0%)"}


def test_the_pictures_show_every_month_every_driver_and_every_move(shop: Client) -> None:
    months = baseline(shop.book, objective="gross_margin")
    drawn = figures.plot_baseline(months, target_money=amount(shop.gap, "target"))
    dots = next(line for line in drawn.lines if line.get_marker() == "o")
    assert dots.get_ydata() == pytest.approx(months["observed_money"].to_numpy())
    assert len(drawn.collections) == 1  # the interval
    branch = branch_of(shop.tree, objective="gross_margin", gap_money=100.0)
    tree = figures.plot_driver_tree(words.worded(branch))
    assert isinstance(tree, Axes) and len(tree.patches) == len(shop.tree)
    boxes = " ".join(text.get_text() for text in tree.texts)
    assert boxes.count("→") - 1 == int(branch["gap_share"].gt(0).sum()) == boxes.count("missing: ")
    plain = figures.plot_driver_tree(words.worded(branch_of(shop.tree, objective="gross_margin")))
    assert not any("missing: " in text.get_text() for text in plain.texts)
    bars = figures.plot_moves(words.moves_table(shop.sensitivity))
    assert sorted(bar.get_width() for bar in bars.patches) == pytest.approx(sorted(shop.sensitivity["moved_money"]))


def test_boxes_of_the_tree_never_share_a_place(shop: Client) -> None:
    places = figures._places(shop.tree)
    assert len(set(places.values())) == len(places) == len(shop.tree)


def test_a_currency_written_with_a_dollar_is_no_formula() -> None:
    from cxlib.show.theme import figure, style

    with style():
        _paper, ax = figure(3, 2)
        text = ax.text(0, 0, "R$5 to R$9")
    assert not text.get_parse_math()


def test_the_alternative_texts_carry_base_target_and_gap_in_250_characters(shop: Client) -> None:
    branch = branch_of(shop.tree, objective="gross_margin", gap_money=100.0)
    told = says_drivers.tree_picture(branch, objective="gross_margin").sentence
    assert told.startswith("Driver tree of gross margin: €") and "€100 missing. Most of the gap lies on" in told
    moved = says_drivers.moves_picture(shop.sensitivity, objective="gross_margin").sentence
    assert moved.startswith("What moved gross margin since the year before")
    assert max(len(told), len(moved)) <= 250
    assert says_drivers.moves_picture(shop.sensitivity.head(0), objective="gross_margin").sentence == ""
    assert says_drivers.tree_picture(branch.head(0), objective="gross_margin").sentence == ""
    assert "no objective can be told yet" in says_drivers.tree_picture(branch, objective="").sentence
    lacking = branch[branch["driver"] != "gross_margin"]
    assert "is not among them" in says_drivers.tree_picture(lacking, objective="gross_margin").sentence
    plain = says_drivers.tree_picture(branch_of(shop.tree, objective="gross_margin"), objective="gross_margin").sentence
    assert "boxes" in plain
