from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.es import dni

from cxlib.methods.redaction import MARKS, redact, redact_text, redaction_counts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("escríbeme a ana.gil@correo.es, gracias", "email"),
        ("ana arroba correo punto es", "email"),
        ("mi cuenta es ES91 2100 0418 4502 0005 1332", "iban"),
        ("IBAN es9121000418450200051332 y nada más", "iban"),
        ("pagué con 4111 1111 1111 1111", "card"),
        ("DNI 12345678Z", "identity"),
        ("dni 12.345.678-z por favor", "identity"),
        ("NIE X1234567L", "identity"),
        ("llámame al 612 345 678", "phone"),
        ("call +44 20 7946 0958 please", "phone"),
        ("order 123456789012 never came", "number"),
    ],
)
def test_each_kind_of_personal_data_is_masked(text: str, kind: str) -> None:
    clean, counts = redact_text(text)
    assert MARKS[kind] in clean
    assert counts == {kind: 1}
    assert not any(len(run) > 3 for run in "".join(c if c.isdigit() else " " for c in clean).split())


@pytest.mark.parametrize(
    "text", ["llegó el 12/05/2024 a las 10:30", "costó 1.234.567 euros", "2 sofas, 3 tables", "ok", ""]
)
def test_dates_amounts_and_counts_are_left_alone(text: str) -> None:
    assert redact_text(text) == (text, {})


def test_words_after_an_iban_stay() -> None:
    assert redact_text("ES91 2100 0418 4502 0005 1332 gracias por nada")[0] == "[IBAN] gracias por nada"


def test_check_digits_decide_the_kind_and_a_wrong_one_is_masked_all_the_same() -> None:
    assert luhn.is_valid("4111111111111111") and not luhn.is_valid("4111111111111112")
    assert redact_text("4111 1111 1111 1112")[1] == {"number": 1}
    assert dni.is_valid("12345678Z") and not dni.is_valid("12345678A")
    assert iban.is_valid("ES9121000418450200051332")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 99_999_999), st.sampled_from(["", "-", " "]))
def test_any_dni_with_its_letter_is_masked(number: int, gap: str) -> None:
    letter = "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]
    assert "[ID]" in redact_text(f"soy {number:08d}{gap}{letter}, gracias")[0]


def test_missing_texts_and_empty_tables_survive() -> None:
    none = redact(pd.Series([None, ""], dtype="str"))
    assert none["text"].tolist() == ["", ""]
    assert redaction_counts(none)["n_items"].sum() == 0
    assert redact(pd.Series([], dtype="str")).empty


def test_hostile_markup_is_text_like_any_other() -> None:
    assert redact_text("<script>alert('x')</script>")[0] == "<script>alert('x')</script>"
