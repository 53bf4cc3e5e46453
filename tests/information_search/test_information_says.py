"""What stage 5 says, read as sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cxlib.privacy.redaction import KINDS
from cxlib.stages.information_search import says, voices
from cxlib.stages.information_search import shown as words
from cxlib.stages.information_search.inventory import capability_inventory, evidence_inventory
from cxlib.stages.information_search.pictures import plot_expectations, plot_themes
from cxlib.stages.information_search.texts import Texts

LABELS = {"delivery": "Delivery", "planner": "Room planner"}
NO_GAPS = pd.DataFrame(columns=["touchpoint", "gap", "estimate", "low", "high", "n", "unit", "verdict"])
NO_THEMES = pd.DataFrame(columns=["theme", "estimate", "low", "high", "n", "unit", "verdict"])
NO_LEVELS = pd.DataFrame(columns=["touchpoint", "level", "estimate", "low", "high", "n", "unit"])
NO_INSIGHTS = pd.DataFrame(columns=["moment", "theme", "count"], dtype="str")
CAPABILITIES = pd.DataFrame({"capability_id": ["routing", "drones"], "available": ["yes", "no"]})
NO_QUALITY = pd.DataFrame(columns=["measure", "method", "estimate", "low", "high", "n", "unit"])


def no_table(_name: str) -> pd.DataFrame:
    return pd.DataFrame()


def gaps(*rows: tuple[str, float, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["touchpoint", "estimate", "verdict"])
    return table.assign(
        gap="lived_minus_expectation", low=table["estimate"] - 0.5, high=table["estimate"] + 0.5, n=100, unit="score"
    )


def themes(*rows: tuple[str, float, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["theme", "estimate", "verdict"])
    return table.assign(low=table["estimate"] - 0.05, high=table["estimate"] + 0.05, n=100, unit="share")


def levels(*rows: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["touchpoint", "level"]).assign(
        estimate=0.85, low=0.81, high=0.9, n=300, unit="share"
    )


def test_the_headline_is_the_widest_real_gap() -> None:
    said = says.headline(
        gaps(("planner", -3.0, "cannot tell"), ("delivery", -1.5, "real")), NO_THEMES, NO_LEVELS, LABELS, {}
    )
    assert said.sentence.startswith(
        "Delivery falls short of what customers expect by 1.5 points of ten. "
        "Lived minus expected: −1.50 (95% interval −2.00 to −1.00, n = 100)"
    )
    assert said.verdict == "real"


def test_without_gaps_the_headline_is_the_theme_of_the_detractors() -> None:
    said = says.headline(NO_GAPS, themes(("lateness", 0.2, "real"), ("price", 0.1, "real")), NO_LEVELS, LABELS, {})
    assert said.sentence.startswith("Detractors are set apart by Lateness: the share of their texts on it lies 20.0%")


def test_a_client_that_asked_only_satisfaction_learns_what_can_be_promised() -> None:
    said = says.headline(NO_GAPS, NO_THEMES, levels(("delivery", 5.0)), LABELS, {})
    assert said.sentence == "Four in five customers live 5 or better on 0 to 10; what they expected is not known."


def test_with_nothing_asked_and_nothing_written_the_headline_cannot_tell_and_says_what_it_takes() -> None:
    said = says.headline(NO_GAPS, NO_THEMES, NO_LEVELS, LABELS, {})
    assert said.verdict == "cannot tell"
    assert "It would take expectation and satisfaction asked at the moments, or rated comments." in said.sentence


def test_the_same_number_is_said_twice_as_one_fact() -> None:
    table = gaps(("planner", -3.0, "cannot tell"), ("delivery", -1.5, "real"))
    assert (
        says.headline(table, NO_THEMES, NO_LEVELS, LABELS, {}).facts[0]
        == says.expectation(table, NO_LEVELS, LABELS, {}).facts[0]
    )
    apart = themes(("price", 0.3, "not shown"), ("lateness", 0.2, "real"))
    assert says.headline(NO_GAPS, apart, NO_LEVELS, LABELS, {}).facts[0] == says.themes_apart(apart).facts[0]


def texts_of(n: int, quality: pd.DataFrame) -> Texts:
    """n texts, six of ten of them on price, an e-mail address masked in the first."""
    rows = pd.DataFrame({f"n_{kind}": [0] * n for kind in KINDS}).assign(n_email=[1] * min(n, 1) + [0] * max(n - 1, 0))
    rows["lang"] = "en"
    return Texts(rows, pd.DataFrame({"price": [k % 10 < 6 for k in range(n)]}), pd.DataFrame(), quality, {})


def test_the_way_tone_was_told_is_said() -> None:
    row = {"measure": "balanced_accuracy", "estimate": 0.9, "low": 0.85, "high": 0.93, "n": 200, "unit": "share"}
    learnt, by_words = (texts_of(100, pd.DataFrame([row | {"method": method}])) for method in ("learnt", "words"))
    said = says.read(learnt, population="Families")
    assert "100 texts of “Families” were read" in said.sentence and "held out it is right in 90.0%" in said.sentence
    values = {fact.id: fact.value for fact in said.facts}
    assert values == {"5.n_texts": 100, "5.coverage": 0.6, "5.n_masked": 1, "5.tone_accuracy": 0.9}
    told = says.read(by_words, population="").sentence
    assert "a word list was used" in told and "all customers" in told
    assert says.read(texts_of(0, NO_QUALITY), population="").verdict == "cannot tell"
    assert "Tone cannot be checked" in says.read(texts_of(40, NO_QUALITY), population="").sentence


def test_the_codebook_is_held_against_a_person_or_nobody_has_checked_it() -> None:
    row = {"theme": "all", "estimate": 0.7, "low": 0.66, "high": 0.74, "n": 300, "unit": "ratio", "standing": "weak"}
    table = pd.DataFrame([row, row | {"theme": "price", "estimate": 0.4}])
    said = says.agreed(table, 500).sentence
    assert "agrees with α = 0.70 (95% interval 0.66 to 0.74, n = 300), too weak to build on" in said
    assert said.endswith("It agrees least on Price (α = 0.40).")
    assert says.agreed(table.iloc[:0], 500).sentence.startswith("Nobody has checked the codebook yet")
    assert says.agreed(table.iloc[:0], 0).sentence == ""


def test_the_threshold_is_the_lowest_level_of_the_moments_and_the_best_is_the_alternative() -> None:
    insights = pd.DataFrame({"moment": ["delivery"], "theme": ["lateness"], "count": [40]})
    held = levels(("delivery", 4.0), ("planner", 7.0))
    found = says.recommend(insights, held, CAPABILITIES, n_texts=30, scales={})
    assert found.choice == {
        "insights": ["delivery:lateness"],
        "expectation_threshold": 4.0,
        "capabilities": ["routing"],
    }
    assert found.alternatives[0].choice == {"expectation_threshold": 7.0}
    assert found.grade == "measured"
    assert says.recommend(insights, held, CAPABILITIES, n_texts=29, scales={}).grade == "observed"
    assert says.recommend(insights, held.assign(n=29), CAPABILITIES, n_texts=400, scales={}).grade == "observed"
    assert says.recommend(insights.head(0), held, CAPABILITIES, n_texts=0, scales={}).grade == "measured"


def test_an_unknown_threshold_is_left_out_of_the_choice() -> None:
    found = says.recommend(NO_INSIGHTS, NO_LEVELS, CAPABILITIES, n_texts=0, scales={})
    assert found.choice == {"capabilities": ["routing"]}
    assert says.recommend(NO_INSIGHTS, NO_LEVELS, CAPABILITIES.tail(1), n_texts=0, scales={}).choice == {}


def test_others_abilities_and_evidence_say_when_they_are_unknown() -> None:
    none = pd.DataFrame(columns=["estimate", "low", "high", "verdict", "standing", "fixed"])
    empty = pd.DataFrame(columns=["kind", "available", "touchpoint"], dtype="str")
    assert says.others(none).verdict == "cannot tell"
    assert says.able(capability_inventory(empty, ["delivery"]), LABELS).verdict == "cannot tell"
    assert says.known(evidence_inventory(no_table, [])).verdict == "cannot tell"
    silent = says.known(evidence_inventory(no_table, ["delivery"]))
    assert "Nothing at all is known of: What do they expect?" in silent.sentence
    assert [fact.value for fact in silent.facts] == [0.0]


def test_the_standings_of_the_comparisons_are_counted() -> None:
    standings = ["behind", "behind", "ahead", "on par", ""]
    table = pd.DataFrame({"estimate": 1.0, "standing": standings, "fixed": False})
    said = says.others(table)
    assert {fact.id: fact.value for fact in said.facts} == {"5.n_behind": 2, "5.n_ahead": 1, "5.n_on_par": 1}
    assert said.verdict == "real" and says.others(table.tail(1)).verdict == "not shown"
    assert "fixed point" in says.others(table.assign(fixed=True)).sentence


def test_the_moments_that_stand_ready_are_counted_and_those_that_miss_something_named() -> None:
    table = pd.DataFrame(
        {"moment": ["delivery", "planner", "club"], "viable": ["no", "yes", "unknown"], "n_capabilities": 1}
    )
    said = says.able(table, LABELS)
    assert [fact.value for fact in said.facts] == [1] and said.sentence.endswith("missing at: Delivery.")


def test_a_small_cell_of_the_evidence_table_is_not_counted_out() -> None:
    answers = pd.DataFrame(
        {"respondent_id": ["a", "b"], "question": "csat", "touchpoint": "delivery", "score": [1.0, 2.0]}
    )
    figures = pd.DataFrame({"touchpoint": ["delivery", "delivery"]})
    tables = {"responses": answers, "benchmarks": figures}
    known = evidence_inventory(lambda name: tables.get(name, pd.DataFrame()), ["delivery"])
    told = voices.evidence_heat(words.evidence_rows(known, LABELS), minimum_cell=5)
    assert "◐ observed <small>n &lt; 5</small>" in told  # two persons
    assert "● measured <small>n = 2</small>" in told  # two competitors are no persons
    assert told.count("○ gap") == 6 and told.count("<tr>") == 9
    assert voices.evidence_heat(words.evidence_rows(evidence_inventory(no_table, []), LABELS), minimum_cell=5) == ""


def test_the_pictures_draw_every_theme_and_moment_once() -> None:
    shares = {"promoters": 0.1, "detractors": 0.3, "all": 0.2}
    rows = [(theme, group, share) for theme in ("Price", "Lateness") for group, share in shares.items()]
    table = pd.DataFrame(rows, columns=["theme", "group", "estimate"])
    axes = plot_themes(table.assign(low=table["estimate"] - 0.05, high=table["estimate"] + 0.05, n=100))
    assert sorted(label.get_text() for label in axes.get_yticklabels()) == ["Lateness", "Price"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "Promoters (n = 100)",
        "Detractors (n = 100)",
    ]
    rows_of = [("expectation", 8.0, 7.5, 8.5, 50), ("lived", 7.0, np.nan, np.nan, 1)]
    drawn = pd.DataFrame(rows_of, columns=["measure", "estimate", "low", "high", "n"]).assign(touchpoint="Delivery")
    panel = plot_expectations(drawn)
    assert isinstance(panel.figure, Figure)
    assert "0–10" in panel.get_xlabel()
