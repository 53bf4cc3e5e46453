"""Persona sheets counted by hand, topics planted and found, and the cards that show them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cxlib.stages.information_search import personas, voices
from cxlib.stages.information_search.topics import topics


def customers(n: int = 100) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sixty of a hundred customers in one kind, all of the north; the others half and half."""
    ids = [f"c{k}" for k in range(n)]
    members = pd.DataFrame({"customer_id": ids, "segment": ["big"] * 60 + ["small"] * 40})
    region = ["north"] * 60 + ["north", "south"] * 20
    return members, pd.DataFrame({"customer_id": ids, "region": region, "since_on": pd.Timestamp("2025-01-01")})


def test_sizes_have_the_interval_of_wilson() -> None:
    members, _customers = customers()
    row = personas.sizes(members).set_index("segment").loc["big"]
    assert (row["estimate"], row["n"]) == (0.6, 60)
    assert [row["low"], row["high"]] == pytest.approx(proportion_confint(60, 100, method="wilson"))


def test_a_kind_stands_out_only_by_what_is_surely_more_frequent() -> None:
    members, known = customers()
    pairs = personas.attribute_pairs(known)
    assert set(pairs["item"]) == {"region: north", "region: south"}
    found = personas.stands_out(members, pairs, least=10)
    assert found[["segment", "item", "estimate"]].values.tolist() == [
        ["big", "region: north", 1.0], ["small", "region: south", 0.5],
    ]  # fmt: skip
    assert personas.stands_out(members, pairs, least=61).empty
    assert personas.stands_out(members, pairs.iloc[:0]).empty


def test_what_most_do_is_counted_in_persons_and_never_of_fewer_than_eight() -> None:
    members, _known = customers()
    contacts = pd.DataFrame({"customer_id": ["c0"] * 50 + [f"c{k}" for k in range(10)] + [f"c{k}" for k in range(60, 67)],
                             "touchpoint": ["desk"] * 50 + ["van"] * 10 + ["van"] * 7})  # fmt: skip
    found = personas.most_common(members, personas.pairs(contacts, "touchpoint"))
    assert found[["segment", "item", "estimate", "n"]].values.tolist() == [["big", "van", 1.0, 10]]


def test_the_sheets_hold_a_line_for_what_nobody_knows_and_at_most_four_kinds() -> None:
    members, known = customers()
    nothing = pd.DataFrame(columns=["segment", "item", "estimate", "low", "high", "n", "unit"])
    sheet = personas.sheets(members, personas.sizes(members), pains=nothing)
    assert sheet["segment"].drop_duplicates().tolist() == ["big", "small"]
    assert sheet[sheet["row"] == "pains"]["estimate"].isna().all()
    many = pd.DataFrame({"customer_id": np.arange(50).astype(str), "segment": [f"s{k % 6}" for k in range(50)]})
    assert personas.sheets(many, personas.sizes(many))["segment"].nunique() == 4
    assert personas.sheets(members.iloc[:0], nothing).empty and known["region"].notna().all()


def test_voices_are_split_into_pains_and_gains() -> None:
    marks = pd.DataFrame(
        {"respondent_id": ["a", "a", "b"], "cell": ["pains", "says", "gains"], "item": ["price", "price", "staff"]}
    )
    found = personas.voiced(marks)
    assert found["pains"].values.tolist() == [["a", "price"]] and found["gains"].values.tolist() == [["b", "staff"]]


def test_a_sheet_says_how_well_each_cell_is_known_and_escapes_what_customers_wrote() -> None:
    members, _known = customers()
    nothing = pd.DataFrame(columns=["segment", "item", "estimate", "low", "high", "n", "unit"])
    does = pd.DataFrame([("big", "<b>van", 0.5, 0.4, 0.6, 30, "share"), ("small", "desk", 0.5, 0.3, 0.7, 20, "share")],
                        columns=nothing.columns)  # fmt: skip
    sheet = personas.sheets(members, personas.sizes(members), does=does, pains=nothing)
    told = voices.persona_sheets(sheet, {"segment": {"big": "Families"}}, row_names={"does": "Meets most"})
    assert "Families" in told and "Meets most" in told and 'scope="row"' in told
    assert "&lt;b&gt;van 50%" in told and "<b>van" not in told
    assert "measured, n = 30" in told and "observed, n = 20" in told and told.count("cannot tell") == 2
    assert voices.persona_sheets(sheet.iloc[:0], {}, row_names={}) == ""


def test_an_empty_card_of_the_empathy_map_is_assumed_and_says_so() -> None:
    rows = pd.DataFrame([{"cell": "says", "item": "Price", "words": "caro", "estimate": 0.4, "n": 40},
                         {"cell": "pains", "item": "Price", "words": "", "estimate": np.nan, "n": 9},
                         {"cell": "feels", "item": "Worry", "words": "", "estimate": np.nan, "n": 4}])  # fmt: skip
    told = voices.empathy_cards(rows, cell_names={"says": "Says", "pains": "Pains"}, minimum_cell=5)
    assert "Worry" not in told  # four persons are not shown
    assert "Price <small>n = 40, 40%: caro</small>" in told and "Price <small>n = 9</small>" in told
    assert told.count("assumed until somebody asks") == 4
    assert voices.empathy_cards(rows.iloc[:0], cell_names={}, minimum_cell=5) == ""


def test_quotes_stand_side_by_side_with_their_n() -> None:
    rows = pd.DataFrame({"group": ["negative", "positive", "positive"], "theme": ["Price", "People", "Ease"],
                         "quote": ["<i>dear", "kind", "easy"], "n": [12, 30, 9]})  # fmt: skip
    told = voices.quote_cards(rows, columns={"negative": "What hurts", "positive": "What pleases"})
    assert "“&lt;i&gt;dear”" in told and "n = 12" in told and told.count("<tr>") == 3
    assert voices.quote_cards(rows.iloc[:0], columns={}) == ""


def planted(n: int, *, seed: int = 0, topics_of: int = 3) -> pd.Series:
    """Texts that each draw seven words of one topic and two of a common stock."""
    generator = np.random.default_rng(seed)
    words = [[f"{stem}{letter}" for letter in "abcdefgh"] for stem in ("boat", "lamp", "seed")[:topics_of]]
    common = [f"stock{letter * 2}" for letter in "abcdefghij"]
    said = [" ".join([*generator.choice(words[k % topics_of], 7), *generator.choice(common, 2)]) for k in range(n)]
    return pd.Series(said)


def test_planted_topics_are_found_and_each_has_its_texts() -> None:
    found = topics(planted(300), pd.Series(False, index=range(300)))
    assert len(found) == 3
    assert sorted({word[:4] for word in topic.split(", ")} == {topic[:4]} for topic in found["topic"]) == [True] * 3
    assert found["n"].tolist() == pytest.approx([100, 100, 100], abs=3)
    assert (found["stability"] > 0.6).all() and (found["low"] < found["estimate"]).all()


def test_words_without_topics_are_not_called_topics() -> None:
    generator = np.random.default_rng(2)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    stock = ["word" + a + b for a in letters for b in letters[:8]]
    noise = pd.Series([" ".join(generator.choice(stock, 8)) for _text in range(400)])
    assert topics(noise, pd.Series(False, index=noise.index)).empty


def test_few_texts_or_covered_texts_give_no_topic() -> None:
    assert topics(planted(150), pd.Series(False, index=range(150))).empty
    assert topics(planted(300), pd.Series(True, index=range(300))).empty
    assert topics(pd.Series([""] * 300), pd.Series(False, index=range(300))).empty
