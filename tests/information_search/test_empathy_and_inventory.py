"""The empathy map counted in persons; what is known and can be done at each moment; the insights it hands on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.journeys.corridor import moment_table
from cxlib.journeys.population import of_segment
from cxlib.stages.information_search import inventory
from cxlib.stages.information_search.codebook import codebook, sign_words
from cxlib.stages.information_search.empathy import empathy_map, text_marks
from cxlib.stages.information_search.texts import Texts
from cxlib.stages.information_search.themes import find_themes

NOTHING = pd.DataFrame({"customer_id": [], "touchpoint": []}, dtype="str")


def read(*texts: tuple[str, str, str], touchpoint: str = "delivery") -> Texts:
    """Texts of (person, tone, text), read in English."""
    rows = pd.DataFrame(list(texts), columns=["respondent_id", "tone", "text"]).astype("str")
    english = pd.Series("en", index=rows.index)
    themes, signs = (find_themes(rows["text"], english, book) for book in (codebook(), sign_words()))
    return Texts(rows.assign(touchpoint=touchpoint), themes, signs, pd.DataFrame(), codebook())


def persons(n: int) -> Texts:
    """n texts of half as many persons who are pleased, and three of two persons who are not."""
    happy = [(f"p{i % max(n // 2, 1)}", "positive", "I expected it on time, so happy") for i in range(n)]
    return read(*happy, *[(person, "negative", "late and angry") for person in ("a", "b", "b")])


def test_the_map_counts_persons_not_sentences() -> None:
    table = empathy_map(persons(60), NOTHING).set_index(["cell", "item"])
    assert table.loc[("gains", "punctuality"), "n"] == 30
    assert table.loc[("pains", "lateness"), "n"] == 2
    assert table.loc[("thinks", "punctuality"), "n"] == 30
    assert table.loc[("feels", "anger"), "n"] == 2
    assert table.loc[("gains", "punctuality"), "words"] == "on time"
    assert table.loc[("says", "punctuality"), "estimate"] == pytest.approx(30 / 32)


def test_no_percentage_is_given_below_twenty_persons() -> None:
    assert empathy_map(persons(34), NOTHING)["estimate"].isna().all()  # 17 + 2 persons
    assert empathy_map(persons(36), NOTHING)["estimate"].notna().all()  # 18 + 2
    assert empathy_map(persons(34), NOTHING)["n"].max() == 17


def test_what_they_do_comes_from_behaviour() -> None:
    acts = pd.DataFrame({"customer_id": ["a", "a", "b"], "touchpoint": ["quote", "quote", "planner"]})
    table = empathy_map(read(), acts)
    assert table[["cell", "item", "n", "base"]].to_numpy().tolist() == [
        ["does", "planner", 1, 2],
        ["does", "quote", 1, 2],
    ]
    assert empathy_map(read(), NOTHING).empty


def test_a_mark_is_made_once_a_person_and_only_in_a_clear_tone() -> None:
    marks = text_marks(read(("a", "positive", "on time"), ("a", "positive", "on time"), ("b", "undecided", "late")))
    assert marks.to_numpy().tolist() == [
        ["a", "says", "punctuality"],
        ["b", "says", "lateness"],
        ["a", "gains", "punctuality"],
    ]


CAPABILITIES = pd.DataFrame(
    [
        ("a", "people", "yes", "delivery"),
        ("b", "process", "yes", ""),
        ("c", "legal", "unknown", "delivery"),
        ("d", "technology", "no", "quote"),
        ("e", "technology", "yes", "delivery"),
        ("f", "data", "yes", ""),
    ],
    columns=["capability_id", "kind", "available", "touchpoint"],
)


def test_unknown_is_not_viable_yet() -> None:
    found = inventory.capability_inventory(CAPABILITIES, ["delivery", "quote", "planner"]).set_index("moment")
    assert found["viable"].to_dict() == {"delivery": "unknown", "quote": "no", "planner": "unknown"}
    assert found.loc["planner", ["people", "process"]].tolist() == ["unknown", "yes"]
    assert inventory.available_capabilities(CAPABILITIES) == ["a", "b", "e", "f"]


def test_a_moment_with_all_five_kinds_is_viable_and_a_blank_is_not_a_yes() -> None:
    law = pd.DataFrame(
        {"capability_id": ["g", "h"], "kind": "legal", "available": ["yes", None], "touchpoint": ["van", "desk"]}
    )
    people = pd.DataFrame(
        {"capability_id": "i", "kind": ["people", "technology"], "available": "yes", "touchpoint": ""}
    )
    whole = pd.concat([CAPABILITIES.loc[[1, 5]], law, people])
    assert inventory.capability_inventory(whole, ["van", "desk"])["viable"].tolist() == ["yes", "unknown"]


def test_an_empty_inventory_knows_nothing() -> None:
    none = CAPABILITIES.head(0)
    assert inventory.capability_inventory(none, ["delivery"]).iloc[0]["viable"] == "unknown"
    assert inventory.available_capabilities(none) == []


def asked(question: str, n: int) -> pd.DataFrame:
    people = [f"r{number}" for number in range(n)]
    return pd.DataFrame({"respondent_id": people, "question": question, "touchpoint": "delivery", "score": 5.0})


def test_evidence_is_measured_observed_or_a_gap() -> None:
    """Thirty persons are enough, twenty-nine are not; of competitors and capabilities one is."""
    one = pd.DataFrame({"touchpoint": ["delivery"]})
    tables = {"responses": pd.concat([asked("csat", 30), asked("memory", 29)]), "benchmarks": one, "capabilities": one}
    tables["interactions"] = pd.DataFrame({"customer_id": ["a"] * 40, "touchpoint": "delivery"})
    found = inventory.evidence_inventory(lambda name: tables.get(name, pd.DataFrame()), ["delivery"]).set_index(
        "question"
    )
    levels = {"live": "measured", "remember": "observed", "expect": "gap", "do": "observed", "say": "gap"}
    assert found.loc[list(levels), "level"].to_dict() == levels
    assert found.loc[["others", "can"], "level"].tolist() == ["measured", "measured"]
    assert found.loc[["live", "do"], "n"].tolist() == [30, 1]
    assert inventory.evidence_inventory(lambda name: tables.get(name, pd.DataFrame()), []).empty


def test_moments_keep_their_order_and_role() -> None:
    table = moment_table(["delivery:repair", "planner:delight", "delivery:repair"], {"delivery": "service"})
    found = table[["moment", "step", "role"]].to_numpy().tolist()
    assert found == [["delivery", "service", "repair"], ["planner", "", "delight"]]
    assert moment_table([], {}).empty


WORDS = {"late": "late", "price": "cheap", "staff": "friendly", "web": "website"}  # a word of a theme each


def told(*counts: tuple[str, str, int, int]) -> Texts:
    """Texts of (touchpoint, word, in a bad tone, in a good tone), and one undecided text a theme."""
    rows = [
        (place, tone, WORDS[word])
        for place, word, bad, good in counts
        for tone in ("negative",) * bad + ("positive",) * good
    ]
    places = pd.Series([place for place, _tone, _word in rows], dtype="str")
    texts = read(*[("p", tone, word) for _place, tone, word in rows])
    return Texts(texts.rows.assign(touchpoint=places), texts.themes, texts.signs, texts.quality, texts.book)


def test_a_delight_is_carried_by_praise_and_a_repair_by_complaint() -> None:
    texts = told(("delivery", "late", 20, 2), ("delivery", "staff", 3, 30), ("planner", "web", 5, 40))
    found = inventory.insights(texts, moment_table(["delivery:repair", "planner:delight"], {}))
    expected = [["delivery", "lateness", "negative", 20, 22], ["planner", "ease", "positive", 40, 45]]
    assert found[["moment", "theme", "tone", "count", "n"]].to_numpy().tolist() == expected
    assert inventory.insights(texts, moment_table([], {})).empty
    assert inventory.insights(read(), moment_table(["delivery:repair"], {})).empty


def test_a_moment_hands_on_at_most_two_themes_with_enough_texts_in_its_tone() -> None:
    moment = moment_table(["van:repair"], {})
    texts = told(("van", "late", 8, 8), ("van", "price", 7, 0), ("van", "staff", 9, 10), ("van", "web", 30, 0))
    assert inventory.insights(texts, moment)["theme"].tolist() == ["ease", "lateness"]  # staff is praised more
    assert inventory.insights(texts, moment, minimum=7)["theme"].tolist() == ["ease", "lateness"]  # price comes third
    assert inventory.insights(texts, moment, minimum=9)["theme"].tolist() == ["ease"]


def test_the_segment_is_looked_at_alone_only_when_large_enough() -> None:
    members = pd.DataFrame({"customer_id": [f"c{i}" for i in range(150)], "segment": ["s"] * 120 + ["t"] * 30})
    rows = pd.DataFrame({"customer_id": [f"c{i}" for i in range(150)]})
    assert of_segment(rows, "customer_id", members, "s")[1] == "s"
    assert len(of_segment(rows, "customer_id", members, "s")[0]) == 120
    assert of_segment(rows, "customer_id", members, "t")[1] == ""
    assert of_segment(rows, "customer_id", pd.DataFrame(), "s")[1] == ""
    hundred = members.assign(segment=np.where(np.arange(150) < 100, "s", "t"))
    assert [of_segment(rows, "customer_id", hundred, one)[1] for one in ("s", "t")] == ["s", ""]
