from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from cxlib.privacy.redaction import redact
from cxlib.stages.information_search.agreement import codebook_agreement
from cxlib.stages.information_search.codebook import codebook, sign_words
from cxlib.stages.information_search.language_id import language_of
from cxlib.stages.information_search.texts import Texts, evidence_words, quotes, read_texts
from cxlib.stages.information_search.themes import (
    coverage,
    find_themes,
    pattern,
    plain,
    rating_group,
    rating_share,
    theme_difference,
    theme_prevalence,
    two_shares_p,
)
from cxlib.stages.information_search.topics import not_covered, uncovered

Shared = Callable[[str], Path]


def series(*texts: str) -> pd.Series:
    return pd.Series(list(texts), dtype="str")


def test_the_language_of_a_sentence_is_told_in_three_languages() -> None:
    texts = series(
        "The delivery was late and nobody told me",
        "El pedido llegó tarde y nadie me avisó de nada",
        "A entrega atrasou e ninguém me avisou de nada",
    )
    assert language_of(texts).tolist() == ["en", "es", "pt"]


def test_a_declared_language_is_kept_and_a_short_text_follows_a_clear_majority() -> None:
    texts = series("ok", "Todo perfecto", "El pedido llegó tarde y nadie me avisó", "Muy contentos con la cocina nueva")
    assert language_of(texts, series("en", "", "", "")).tolist() == ["en", "", "es", "es"]
    assert language_of(series("ok", *["El pedido llegó tarde y nadie me avisó"] * 10)).iloc[0] == "es"
    assert language_of(series()).empty


def test_stems_find_forms_without_accents_or_capitals_in_the_language_of_the_text() -> None:
    texts = series("RETRASADO otra vez", "It was delayed", "retrasado", "contigo")
    found = find_themes(texts, series("es", "en", "en", "es"), codebook())
    assert found["lateness"].tolist() == [True, True, False, False]


def test_a_text_of_unknown_language_is_read_with_all_words() -> None:
    found = find_themes(series("llegó tarde", "too late"), series("", ""), codebook())
    assert found["lateness"].all()


def test_a_clients_own_words_take_the_place_of_the_codebooks() -> None:
    book = codebook({"parking": {"en": ["car park", "parking"]}, "price": {"en": ["tariff"]}})
    found = find_themes(series("the car park was full", "cheap tariff", "price"), series("en", "en", "en"), book)
    assert found["parking"].tolist() == [True, False, False]
    assert found["price"].tolist() == [False, True, False]


def test_a_score_of_zero_is_a_detractor_and_a_blank_is_nobody() -> None:
    table = pd.DataFrame({"score": [0, 6, 7, 8, 9, 10, np.nan, 5, 4, 3], "score_question": ["nps"] * 7 + ["csat"] * 3})
    shares = rating_share(table, {"csat": (1.0, 5.0)})
    low, middle, high = "detractors", "passives", "promoters"
    assert rating_group(shares).tolist() == [low, low, middle, middle, high, high, "", high, middle, low]


def test_p_and_q_agree_with_statsmodels() -> None:
    assert two_shares_p(56, 70, 48, 80) == pytest.approx(proportions_ztest([56, 48], [70, 80])[1])
    generator = np.random.default_rng(1)
    groups = pd.Series(["promoters"] * 80 + ["detractors"] * 60, dtype="str")
    found = pd.DataFrame(
        {f"t{i}": generator.random(140) < (0.2 + 0.3 * (i < 2) * (groups == "detractors")) for i in range(8)}
    )
    table = theme_difference(found, groups)
    assert table["q"].to_numpy() == pytest.approx(multipletests(table["p"], method="fdr_bh")[1])
    assert set(table.loc[table["verdict"] == "real", "theme"]) == {"t0", "t1"}


def test_the_family_of_fifteen_gives_the_published_four_discoveries(shared: Shared) -> None:
    from scipy.stats import false_discovery_control

    oracle = json.loads(shared("oracles/bh1995/oracle.json").read_text())
    assert (false_discovery_control(oracle["p"]) <= oracle["q"]).sum() == oracle["rejections"]["bh"]


def test_the_themes_are_one_family_of_comparisons() -> None:
    """A p of 0.04 stands alone, and not among sixteen themes."""
    groups = pd.Series(["promoters"] * 100 + ["detractors"] * 100, dtype="str")
    rare = np.r_[np.arange(100) < 20, np.arange(100) < 33]
    one = pd.DataFrame({"t0": rare})
    many = one.assign(**{f"t{number}": np.arange(200) % 4 == 0 for number in range(1, 16)})
    assert 0.03 < theme_difference(one, groups).loc[0, "p"] < 0.05
    verdicts = [theme_difference(table, groups).set_index("theme").loc["t0", "verdict"] for table in (one, many)]
    assert verdicts == ["real", "not shown"]


def test_prevalence_is_counted_by_hand() -> None:
    found = pd.DataFrame({"price": [True, False, True, False]})
    table = theme_prevalence(found, series("promoters", "promoters", "detractors", "")).set_index("group")
    assert table["estimate"].to_dict() == {"all": 0.5, "promoters": 0.5, "detractors": 1.0}
    assert table.loc["all", "n"] == 4
    assert coverage(found)["estimate"] == 0.5


def two_groups(n: int) -> tuple[pd.DataFrame, pd.Series]:
    """n texts of detractors, all on price, and forty of promoters, none on it."""
    groups = pd.Series(["detractors"] * n + ["promoters"] * 40, dtype="str")
    return pd.DataFrame({"price": groups == "detractors"}), groups


@pytest.mark.parametrize(("n", "verdict"), [(30, "real"), (29, "cannot tell")])
def test_few_texts_of_a_group_cannot_tell(n: int, verdict: str) -> None:
    row = theme_difference(*two_groups(n)).iloc[0]
    assert (row["verdict"], row["n"], row["estimate"]) == (verdict, n, 1.0)


def test_without_texts_the_tables_are_empty() -> None:
    nothing = find_themes(series(), series(), codebook())
    for table in (
        theme_difference(nothing, series()),
        theme_prevalence(nothing, series()),
        not_covered(series(), nothing),
    ):
        assert table.empty
        assert {"estimate", "low", "high", "n", "unit"} <= set(table.columns)
    assert np.isnan(float(str(coverage(nothing)["estimate"])))


def read(texts: pd.Series, language: str, persons: pd.Series, *, clear: str = "negative") -> Texts:
    spoken = pd.Series(language, index=texts.index, dtype="str")
    found = find_themes(texts, spoken, codebook())
    rows = pd.DataFrame({"text": texts, "respondent_id": persons, "clear": clear})
    return Texts(rows, found, pd.DataFrame(False, texts.index, list(sign_words())), pd.DataFrame(), codebook())


def test_quotes_come_only_from_groups_of_eight_persons_and_without_personal_data() -> None:
    texts = redact(series(*["llegó tarde, soy 12345678Z"] * 9, *["muy caro"] * 9))["text"]
    persons = series(*[f"p{i}" for i in range(9)], *[f"p{i}" for i in range(7)], "p1", "p2")
    table = quotes(read(texts, "es", persons), minimum=8)
    assert table["theme"].tolist() == ["lateness"]
    assert "12345678" not in table.iloc[0]["quote"] and "[ID]" in table.iloc[0]["quote"]
    assert table.iloc[0]["n"] == 9
    assert len(quotes(read(texts, "es", persons), minimum=7)) == 2
    assert quotes(read(texts, "es", persons, clear=""), minimum=1).empty  # its tone is not surely told


def test_the_quote_is_of_middle_length_and_cut_at_a_word() -> None:
    texts = series("late", "late again and again " * 12, "so late")
    assert quotes(read(texts, "en", series("a", "b", "c")), minimum=1)["quote"].tolist() == ["so late"]
    cut = quotes(read(texts.iloc[[1]], "en", series("a").set_axis([1])), minimum=1)["quote"].item()
    assert cut.endswith("again …") and len(cut) <= 162


def test_evidence_words_are_the_forms_people_wrote() -> None:
    texts = series("late again", "so late", "delayed")
    words = evidence_words(read(texts, "en", series("a", "b", "c"))).set_index("item")["words"]
    assert words["lateness"] == "late, delayed" and words["price"] == ""


def test_a_client_is_read_from_text_to_tone_in_one_go() -> None:
    table = pd.DataFrame({"respondent_id": ["a", "b"], "touchpoint": "delivery", "coded": None, "score": [1, 10]})
    table = table.assign(text=["tarde, soy 12345678Z", "muy puntual, gracias"], lang="es", score_question="nps")
    told = read_texts(table, {}, own_words={"manners": {"es": ["gracias"]}})
    assert told.rows["group"].tolist() == ["detractors", "promoters"]
    assert told.themes.loc[1, ["punctuality", "manners"]].all() and told.themes.loc[0, "lateness"]
    assert told.rows.loc[0, "text"] == "tarde, soy [ID]" and told.rows.loc[0, "n_identity"] == 1
    assert told.signs.loc[1, "gratitude"] and told.of(table.index[1:]).rows["respondent_id"].tolist() == ["b"]


def test_accents_and_capitals_of_a_clients_own_words_do_not_matter() -> None:
    found = find_themes(
        series("una decepción", "decepcao"), series("es", "pt"), {"sad": {"es": ["Decepción"], "pt": ["decepç*"]}}
    )
    assert found["sad"].all()
    assert pattern(["café"]) == pattern(["cafe"]) and plain(series("Café!")).item() == "cafe"


def test_words_no_theme_covers_are_listed() -> None:
    texts = series("the broadband broadband", "broadband again", "late")
    found = find_themes(texts, series("en", "en", "en"), codebook())
    assert uncovered(texts, found.any(axis=1)).iloc[0][["word", "count", "n"]].tolist() == ["broadband", 2, 2]
    assert not_covered(texts, found)["word"].tolist() == ["broadband"]


def test_shuffling_rows_changes_nothing() -> None:
    generator = np.random.default_rng(0)
    found = pd.DataFrame(generator.random((90, 3)) < 0.4, columns=list("abc"))
    groups = pd.Series(generator.choice(["promoters", "detractors"], 90), dtype="str")
    order = generator.permutation(90)
    pd.testing.assert_frame_equal(
        theme_difference(found, groups), theme_difference(found.iloc[order], groups.iloc[order])
    )


def test_human_labels_of_patients_comments_are_met_far_above_chance(shared: Shared) -> None:
    comments = pd.read_csv(shared("data/nhs_feedback/v6framework_230831.csv"), encoding="utf-8", low_memory=False)
    expected = json.loads(shared("data/oracles.json").read_text())["nhs_v6"]
    assert (len(comments), comments["Respondent ID"].nunique()) == (expected["comments"], expected["respondents"])
    for label, count in expected["top_human_labels"].items():
        assert (pd.to_numeric(comments[label], errors="coerce") > 0).sum() == count
    comments = comments[comments["FFT answer"].notna()].reset_index(drop=True)
    found = find_themes(comments["FFT answer"].astype("str"), pd.Series("en", index=comments.index), codebook())
    labels = {"staff": "Staff manner & personal attributes", "waiting": "Timeliness of care"}
    human = pd.DataFrame({theme: comments[label].fillna(0).astype(float) > 0 for theme, label in labels.items()})
    for theme in labels:
        with_label, without = found.loc[human[theme], theme].mean(), found.loc[~human[theme], theme].mean()
        assert human[theme].sum() > 100
        assert with_label > 3 * without, (theme, with_label, without)
    coded = human.apply(lambda row: ";".join(row.index[row]) or "none", axis=1)
    agreement = codebook_agreement(found[list(labels)], coded).set_index("theme")
    assert agreement.loc["all", "low"] > 0.25  # far from chance, and as far from firm: the page says so
    assert set(agreement["standing"]) == {"weak"}


def test_detractors_of_the_telecom_wait_and_promoters_find_it_easy(shared: Shared) -> None:
    answers = pd.read_csv(shared("data/nps_verbatim/verbatim_nps.csv"))
    texts = redact(answers["text"].astype("str"))["text"]
    found = find_themes(texts, language_of(texts), codebook())
    table = theme_difference(found, rating_group(answers["NPS_SCORE"] / 10)).set_index("theme")
    assert (table.loc["waiting", "low"] > 0) and table.loc["waiting", "verdict"] == "real"
    assert (table.loc["ease", "high"] < 0) and table.loc["ease", "verdict"] == "real"


def test_portuguese_reviews_complain_of_lateness(shared: Shared) -> None:
    reviews = pd.read_csv(shared("data/olist/sample4k/olist_order_reviews_dataset.csv")).dropna(
        subset="review_comment_message"
    )
    texts = reviews["review_comment_message"].astype("str")
    spoken = language_of(texts)
    assert (spoken == "pt").mean() > 0.98
    table = theme_difference(find_themes(texts, spoken, codebook()), rating_group((reviews["review_score"] - 1) / 4))
    assert table.iloc[0]["theme"] == "lateness" and table.iloc[0]["verdict"] == "real"


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("un lugar precioso y unas vistas preciosas", "price"),
        ("las instalaciones estan muy cuidadas", "assembly"),
        ("pedimos cambiar de habitacion", "returns"),
        ("la caja fuerte no funcionaba", "payment"),
        ("espero volver pronto", "waiting"),
        ("por la tarde el jardin es precioso", "lateness"),
        ("una cama comoda", "ease"),
    ],
)
def test_a_word_that_looks_like_a_theme_is_none(text: str, theme: str) -> None:
    texts, spoken = series(text), series("es")
    assert not find_themes(texts, spoken, codebook())[theme].any()


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("los precios son muy altos", "price"),
        ("la instalacion del mueble fue mal", "assembly"),
        ("quise cambiarlo por otro y no me dejaron", "returns"),
        ("la cola para pagar en caja", "payment"),
        ("tuvimos que esperar mucho", "waiting"),
        ("el pedido llego tarde", "lateness"),
        ("la web es muy sencilla", "ease"),
    ],
)
def test_the_words_of_a_theme_are_still_found(text: str, theme: str) -> None:
    assert find_themes(series(text), series("es"), codebook())[theme].all()


def test_a_declared_language_that_nobody_reads_stays_what_it_is() -> None:
    table = pd.DataFrame({"respondent_id": ["a", "b"], "touchpoint": "", "coded": None, "score": None})
    table = table.assign(
        text=["Die Lieferung kam late und never", "late again"], lang=["de", "en"], score_question="nps"
    )
    told = read_texts(table.astype({"score": float}), {})
    assert told.rows["lang"].tolist() == ["de", "en"]
    assert told.themes["lateness"].tolist() == [False, True]
