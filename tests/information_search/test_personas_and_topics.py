"""Persona sheets counted by hand, topics planted and found, and the cards that show them."""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cxlib.stages.information_search import personas, voices
from cxlib.stages.information_search.texts import Texts
from cxlib.stages.information_search.topics import topics

NOTHING = pd.DataFrame(columns=["segment", "item", "estimate", "low", "high", "n", "unit"])


def customers(n: int = 100) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sixty of a hundred customers in one kind, all of the north; the others half and half."""
    ids, tenth = [f"c{k}" for k in range(n)], n // 10
    members = pd.DataFrame({"customer_id": ids, "segment": ["big"] * 6 * tenth + ["small"] * 4 * tenth})
    region = ["north"] * 6 * tenth + ["north", "south"] * 2 * tenth
    return members, pd.DataFrame({"customer_id": ids, "region": region, "since_on": pd.Timestamp("2025-01-01")})


def test_sizes_have_the_interval_of_wilson() -> None:
    members, _customers = customers()
    row = personas.sizes(members).set_index("segment").loc["big"]
    assert (row["estimate"], row["n"]) == (0.6, 60)
    assert [row["low"], row["high"]] == pytest.approx(proportion_confint(60, 100, method="wilson"))


def test_a_kind_stands_out_only_by_what_is_surely_more_frequent() -> None:
    members, known = customers(200)
    pairs = personas.attribute_pairs(known)
    assert set(pairs["item"]) == {"region: north", "region: south"}
    found = personas.stands_out(members, pairs)
    expected = [["big", "region: north", 1.0], ["small", "region: south", 0.5]]
    assert found[["segment", "item", "estimate"]].values.tolist() == expected
    assert personas.stands_out(members, pairs.iloc[:0]).empty
    assert personas.attribute_pairs(known[["customer_id", "since_on"]]).empty


@pytest.mark.parametrize(("n", "kinds"), [(150, ["big", "small"]), (140, ["big"])])
def test_a_kind_stands_out_only_by_thirty_persons_or_more(n: int, kinds: list[str]) -> None:
    members, known = customers(n)  # thirty and twenty-eight persons of the small kind live in the south
    assert personas.stands_out(members, personas.attribute_pairs(known))["segment"].tolist() == kinds


def test_a_share_whose_interval_holds_everybodys_does_not_stand_out() -> None:
    members = pd.DataFrame({"customer_id": [f"c{k}" for k in range(400)], "segment": ["a"] * 200 + ["b"] * 200})
    pairs = pd.DataFrame(
        {"customer_id": members["customer_id"], "item": ["x"] * 110 + ["y"] * 90 + ["x"] * 100 + ["y"] * 100}
    )
    assert personas.stands_out(members, pairs).empty  # 55 % against 52.5 % of all


def test_what_most_do_is_counted_in_persons_and_never_of_fewer_than_eight() -> None:
    members, _known = customers()
    met = {"desk": ["c0"] * 50, "van": [f"c{k}" for k in range(8)] + [f"c{k}" for k in range(60, 67)]}
    contacts = pd.DataFrame(
        [(one, place) for place, who in met.items() for one in who], columns=["customer_id", "touchpoint"]
    )
    found = personas.most_common(members, personas.pairs(contacts, "touchpoint"))
    assert found[["segment", "item", "estimate", "n"]].values.tolist() == [["big", "van", 1.0, 8]]


def test_the_sheets_hold_a_line_for_what_nobody_knows_and_at_most_four_kinds() -> None:
    members, _known = customers()
    sheet = personas.sheets(members, pains=NOTHING)
    assert sheet["segment"].drop_duplicates().tolist() == ["big", "small"]
    assert sheet["row"].tolist() == ["size", "pains"] * 2
    assert sheet[sheet["row"] == "pains"]["estimate"].isna().all()
    many = pd.DataFrame({"customer_id": np.arange(50).astype(str), "segment": [f"s{k % 6}" for k in range(50)]})
    assert personas.sheets(many)["segment"].nunique() == 4
    assert personas.sheets(members.iloc[:0]).empty


def test_a_whole_sheet_is_filled_from_the_tables_of_a_client() -> None:
    members, known = customers()
    contacts = pd.DataFrame({"customer_id": members["customer_id"], "touchpoint": "desk", "channel": "phone"})
    nps = pd.DataFrame({"respondent_id": members["customer_id"], "score": np.resize([10.0, 9, 0], 100), "weight": 1.0})
    rows = pd.DataFrame({"respondent_id": members["customer_id"], "tone": ["negative"] * 60 + ["positive"] * 40})
    themes, signs = pd.DataFrame({"price": [True] * 100}), pd.DataFrame(False, range(100), ["thinking", "joy"])
    texts = Texts(rows, themes, signs, pd.DataFrame(), {})
    sheet = personas.persona_sheets(members, known, contacts, nps, texts).set_index(["segment", "row"])
    assert sheet.loc["big"].index.tolist() == ["size", "stands_out", "recommends", "does", "channel", "pains", "gains"]
    assert sheet.loc[("big", "pains"), "item"] == "price" and sheet.loc[("small", "gains"), "n"] == 40
    assert np.isnan(sheet.loc[("big", "gains"), "estimate"])
    assert sheet.loc[("big", "recommends"), "estimate"] == pytest.approx(100 / 3)


def test_a_sheet_says_how_well_each_cell_is_known_and_escapes_what_customers_wrote() -> None:
    members, _known = customers()
    rows = [("big", "<b>van", 0.5, 0.4, 0.6, 30, "share"), ("small", "desk", 0.5, 0.3, 0.7, 29, "share")]
    sheet = personas.sheets(members, does=pd.DataFrame(rows, columns=NOTHING.columns), pains=NOTHING)
    told = voices.persona_cards(sheet, {"segment": {"big": "Families"}})
    assert "Families" in told and "Meets most" in told and 'scope="row"' in told
    assert "&lt;b&gt;van 50%" in told and "<b>van" not in told
    assert "measured, n = 30" in told and "observed, n = 29" in told and told.count("cannot tell") == 2
    assert voices.persona_cards(sheet.iloc[:0], {}) == ""


def test_an_empty_card_of_the_empathy_map_is_assumed_and_says_so() -> None:
    items = [("says", "Price", "caro", 0.4, 40), ("pains", "Price", "", np.nan, 9), ("feels", "Worry", "", np.nan, 4)]
    rows = pd.DataFrame(items, columns=["cell", "item", "words", "estimate", "n"])
    told = voices.empathy_cards(rows, minimum_cell=5)
    assert "Worry" not in told  # four persons are not shown
    assert "Price <small>n = 40, 40%: caro</small>" in told and "Price <small>n = 9</small>" in told
    assert told.count("assumed until somebody asks") == 4
    assert voices.empathy_cards(rows.iloc[:0], minimum_cell=5) == ""


def test_quotes_stand_side_by_side_with_their_n() -> None:
    said = [("positive", "People", "kind", 30), ("positive", "Ease", "easy", 9), ("negative", "Price", "<i>dear", 12)]
    rows = pd.DataFrame(said, columns=["group", "theme", "quote", "n"])
    told = voices.quote_cards(rows)
    assert told.index("What hurts") < told.index("What pleases")
    assert "“&lt;i&gt;dear”" in told and "n = 12" in told and told.count("<tr>") == 3
    assert voices.quote_cards(rows.iloc[:0]) == ""


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


def test_a_topic_of_fewer_than_eight_texts_is_an_orphan() -> None:
    module = importlib.import_module("cxlib.stages.information_search.topics")
    weights = np.array([[1.0, 0, 0]] * 9 + [[0, 1.0, 0]] * 8 + [[0, 0, 1.0]] * 7 + [[0, 0, 0]] * 6)
    found = module._described((weights, np.eye(3)), np.array(["boat", "lamp", "seed"]), 0.9)
    assert [topic.split(",")[0] for topic in found["topic"]] == ["boat", "lamp"]
    assert found["n"].tolist() == [9, 8] and found["estimate"].tolist() == [9 / 30, 8 / 30]


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
