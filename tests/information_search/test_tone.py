from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score

from cxlib.stages.information_search.tone import clear_tone, tone

Shared = Callable[[str], Path]


def texts_of(n: int) -> tuple[pd.Series, pd.Series]:
    generator = np.random.default_rng(3)
    subjects = ["delivery", "kitchen", "quote", "planner", "sofa", "call", "app", "store"]
    drawn = generator.integers(0, 8, (n, 3))
    good = np.arange(n) % 2 == 0
    words = [
        f"{'lovely' if ok else 'dreadful'} {subjects[a]} and {subjects[b]} {subjects[c]} number {i}"
        for i, (ok, (a, b, c)) in enumerate(zip(good, drawn, strict=True))
    ]
    return pd.Series(words, dtype="str"), pd.Series(np.where(good, 1.0, 0.2))


def test_tone_is_learnt_from_ratings_and_tested_on_texts_not_seen() -> None:
    texts, ratings = texts_of(240)
    told, quality = tone(texts, ratings)
    row = quality.set_index("measure").loc["balanced_accuracy"]
    assert told["method"].unique().tolist() == ["learnt"]
    assert row["estimate"] > 0.95 and row["low"] < row["estimate"] <= row["high"]
    decided = told["tone"] != "undecided"
    expected = balanced_accuracy_score(ratings[decided] > 0.5, told.loc[decided, "tone"] == "positive")
    assert row["estimate"] == pytest.approx(expected)


def test_ratings_without_bearing_on_the_words_are_not_told_better_than_chance() -> None:
    texts, _ratings = texts_of(240)
    noise = pd.Series(np.random.default_rng(5).permutation(np.repeat([1.0, 0.2], 120)))
    row = tone(texts, noise)[1].set_index("measure").loc["balanced_accuracy"]
    assert row["low"] < 0.55 < 0.7 > row["estimate"]


def test_the_same_text_never_stands_on_both_sides() -> None:
    texts = pd.Series(["same words"] * 200 + [f"text {i}" for i in range(100)], dtype="str")
    ratings = pd.Series([1.0] * 200 + [0.2] * 100)
    assert tone(texts, ratings)[0].loc[:199, "probability"].nunique() == 1


def test_few_rated_texts_fall_back_on_words_with_negation_and_say_so() -> None:
    texts = pd.Series(
        ["muy bien, gracias", "not good at all", "llegó roto", "péssimo atraso", "the box is blue", ""], dtype="str"
    )
    told, quality = tone(texts, pd.Series([np.nan] * 6))
    assert told["tone"].tolist() == ["positive", "negative", "negative", "negative", "undecided", ""]
    assert set(told["method"]) == {"words"}
    assert quality.empty


def test_no_text_gives_empty_tables_with_their_columns() -> None:
    told, quality = tone(pd.Series([], dtype="str"), pd.Series([], dtype=float))
    assert list(told.columns) == ["tone", "probability", "method"] and told.empty
    assert {"measure", "estimate", "low", "high", "n", "unit"} <= set(quality.columns)


@pytest.mark.parametrize(
    ("path", "text", "score", "lowest", "highest"),
    [
        ("data/nps_verbatim/verbatim_nps.csv", "text", "NPS_SCORE", 0, 10),
        ("data/olist/sample4k/olist_order_reviews_dataset.csv", "review_comment_message", "review_score", 1, 5),
    ],
)
def test_real_comments_in_two_languages_are_told_right_in_at_least_85_percent(
    shared: Shared, path: str, text: str, score: str, lowest: float, highest: float
) -> None:
    table = pd.read_csv(shared(path)).dropna(subset=text)
    quality = tone(table[text].astype("str"), (table[score] - lowest) / (highest - lowest))[1].set_index("measure")
    assert quality.loc["balanced_accuracy", "low"] > 0.85
    assert quality.loc["undecided", "estimate"] < 0.15


def test_only_texts_whose_tone_is_sure_are_quoted() -> None:
    told = pd.DataFrame(
        {"tone": ["positive", "positive", "negative", "undecided"], "probability": [0.95, 0.7, 0.1, 0.5]}
    )
    assert clear_tone(told).tolist() == ["positive", "", "negative", ""]
    edges = pd.DataFrame(
        {"tone": ["positive", "positive", "negative", "negative"], "probability": [0.8, 0.79, 0.19, 0.21]}
    )
    assert clear_tone(edges).tolist() == ["positive", "", "negative", ""]


@pytest.mark.parametrize(("n", "method"), [(80, "learnt"), (79, "words")])
def test_tone_is_learnt_from_forty_texts_of_each_kind_on(n: int, method: str) -> None:
    letters = "abcdefghij"
    texts = pd.Series(
        [f"{'lovely' if k % 2 == 0 else 'dreadful'} {letters[k // 10]}{letters[k % 10]}" for k in range(n)]
    )
    ratings = pd.Series(np.where(np.arange(n) % 2 == 0, 1.0, 0.2))
    assert set(tone(texts, ratings)[0]["method"]) == {method}


def test_a_probability_near_one_half_is_not_called_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("cxlib.stages.information_search.tone")
    given = [0.39, 0.4, 0.5, 0.6, 0.61]
    monkeypatch.setattr(module, "_by_words", lambda clean: pd.Series(given, clean.index))
    told, _quality = tone(pd.Series(["a text"] * 5, dtype="str"), pd.Series([np.nan] * 5))
    assert told["tone"].tolist() == ["negative", "undecided", "undecided", "undecided", "positive"]


def test_only_clearly_good_and_bad_ratings_teach() -> None:
    texts, ratings = texts_of(240)
    for good, bad in ((0.89, 0.6), (0.9, 0.61)):
        assert set(tone(texts, pd.Series(np.where(ratings > 0.5, good, bad)))[0]["method"]) == {"words"}
    edges = pd.Series(np.where(ratings > 0.5, 0.9, 0.6))
    assert set(tone(texts, edges)[0]["method"]) == {"learnt"}
