from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.es import dni, nie

from cxlib.privacy.redaction import MARKS, redact, redact_text, redaction_counts


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
        ("reached us as 123456789012 once", "number"),
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


# text, the kind that is in it ("" for none), whether it is told right
HARD = [
    ("escríbeme a ana.gil+x@mi-correo.com.es.", "email", True),
    ("ANA.GIL@CORREO.ES", "email", True),
    ("ana (at) correo (dot) es", "email", True),
    ("mail: ana @ correo . es", "email", True),
    ("IBAN: GB29 NWBK 6016 1331 9268 19", "iban", True),
    ("DE89-3704-0044-0532-0130-00 es mi cuenta", "iban", True),
    ("pagué con 5500-0055-5555-5559", "card", True),
    ("amex 3782 822463 10005", "card", True),
    ("mi DNI es 12345678 Z", "identity", True),
    ("nie: Y-1234567-X", "identity", True),
    ("mi móvil: 612-34-56-78", "phone", True),
    ("tel. (91) 123 45 67", "phone", True),
    ("0034 612 345 678", "phone", True),
    ("+49 30 901820", "phone", True),
    ("+1 (212) 555-0123 me", "phone", True),
    ("móvil 612.345.678", "phone", True),
    ("pedido nº 4512345 sin noticias", "order", True),
    ("llegó el 2024-05-12 14:30:00", "", True),
    ("costó 1.234,56 € y 2.345,67 €", "", True),
    ("del 12/05/2024 al 15/05/2024", "", True),
    ("código postal 28013 Madrid", "", True),
    ("ref. AB-123456-C", "order", True),
    ("1.299.000 € en total", "", True),
    ("pedido 20240512-0034 no llegó", "order", True),
    ("EAN 8412345678905", "", False),
    ("pedido 612345678", "order", True),
]


@pytest.mark.parametrize(("text", "kind", "right"), HARD)
def test_hard_cases_are_told_as_the_table_says(text: str, kind: str, right: bool) -> None:
    clean, counts = redact_text(text)
    assert (counts == ({kind: 1} if kind else {})) is right
    assert (clean == text) is (right and not kind)


# what says who wrote it, in the shapes in which people write it; the mark, and what must not be left
SHAPES = [
    ("@canaryhandle on instagram", "handle", "canary"),
    ("as u/bob99 wrote", "handle", "bob99"),
    ("me sigues en Instagram: bob.smith", "handle", "bob"),
    ("escríbeme a @ana_gil.", "handle", "gil"),
    ("canary.mail AT gmail DOT com", "email", "canary"),
    ("juan[arroba]gmail[punto]com", "email", "juan"),
    ("juan (arroba) gmail (punto) com", "email", "juan"),
    ("juan{at}gmail{dot}com", "email", "juan"),
    ("juan<at>gmail<dot>com", "email", "juan"),
    ("juanperez at gmail.com", "email", "juan"),
    ("j u a n @ g m a i l . c o m", "email", "j u"),
    ("juan.perez@empresa", "email", "juan"),
    ("canary@localhost", "email", "canary"),
    ("ana＠correo.es", "email", "ana"),
    ("canary\u200bzw@mail.example", "email", "zw"),
    ("mailto:juan@mail.es", "email", "juan"),
    ("https://instagram.com/canaryurl", "link", "canary"),
    ("t.me/juan", "link", "juan"),
    ("www.example.org/u/juan?x=1", "link", "juan"),
    ("4111_1111_1111_1111", "card", "11"),
    ("4111/1111/1111/1111", "card", "11"),
    ("4111,1111,1111,1111", "card", "11"),
    ("4111–1111–1111–1111", "card", "11"),
    ("612_345_678", "number", "345"),
    ("612/345/678", "number", "345"),
    ("612\u200b345\u200b678", "phone", "345"),
    ("６１２３４５６７８", "phone", "３４"),
    ("tel. 612 34 56", "phone", "34"),
    ("phone: 4512345", "phone", "45"),
    ("CIF B12345674", "identity", "123"),
    ("B-12345674", "identity", "123"),
    ("DNI 12345678A", "identity", "123"),
    ("passport AAB123456", "identity", "123"),
    ("pasaporte nº XDA123456", "identity", "123"),
    ("matrícula 1234BCD", "plate", "1234"),
    ("mi coche es el 1234 BCD", "plate", "1234"),
    ("M-1234-AB", "plate", "1234"),
    ("my car, AB12 CDE, was hit", "plate", "12"),
    ("Calle Canarystreet 12, 3B, 28013 Madrid", "address", "anary"),
    ("C/ Mayor 12, 28013", "address", "Mayor"),
    ("vivo en avenida de la Paz 4", "address", "Paz"),
    ("rua das Flores, 21", "address", "Flores"),
    ("I live at 221B Baker Street", "address", "Baker"),
    ("GPS 40.4168, -3.7038", "address", "40"),
    ("born on 12/03/1984", "birth", "1984"),
    ("nacida el 12 de marzo de 1984", "birth", "1984"),
    ("fecha de nacimiento: 1984-03-12", "birth", "1984"),
    ("DOB 12.03.84", "birth", "84"),
    ("order CANORDER-88123", "order", "88123"),
    ("pedido 88123-CAN", "order", "88123"),
    ("account no. 00123-99", "order", "99"),
    ("customer id: AB-10234", "order", "10234"),
    ("factura F2024/00123", "order", "00123"),
    ("seis uno dos tres cuatro cinco seis siete ocho", "number", "cinco"),
    ("six one two, three four five, six seven eight", "number", "five"),
    ("IP 192.168.13.7", "number", "192"),
    ("cvv 123", "number", "123"),
]


@pytest.mark.parametrize(("text", "kind", "left"), SHAPES)
def test_what_says_who_wrote_it_is_masked_in_any_shape(text: str, kind: str, left: str) -> None:
    clean, counts = redact_text(f"{text} gracias")
    assert counts[kind] >= 1
    assert MARKS[kind] in clean
    assert left not in clean


@pytest.mark.parametrize(
    "text",
    [
        "I looked at it at home. Then I left",
        "arrived at 10.30 at the store",
        "born to run, and the order came late",
        "the order of 2 tables and 4 chairs in 2024",
        "la cuenta de 15 euros",
        "calle arriba y calle abajo",
        "2 or 3 times a week, 24/7",
        "temporadas 2023/2024/2025",
        "uno de los dos sofás, y tres sillas",
        "plaza con 20 coches",
        "10 minutes drive",
        "una espera de 3 semanas (12/05/2024, 14:30)",
        "from 10 to 12 and 5 to 6",
    ],
)
def test_what_says_nothing_of_who_wrote_it_stays(text: str) -> None:
    assert redact_text(text) == (text, {})


LONG = 131_072
PIECES = [
    "x",
    "1",
    "1 ",
    "a@",
    "a.",
    "A",
    "(1)",
    "1.",
    "a a ",
    "+34 6 ",
    "612 345 67 ",
    "calle a ",
    "order ",
    "1 Aa ",
    "born ",
    "www.",
    "uno ",
    "a at b.",
    "@ ",
    "X-1234567-",
    "ref:-",
    "12/34/",
    "[at]",
    "ES91 ",
    "ES91A",
    "AA00",
    "0@0 .",
    "6123456,",
]


@pytest.mark.parametrize("piece", PIECES)
def test_the_longest_cell_takes_no_longer_than_its_length_asks_for(piece: str) -> None:
    text = piece * (LONG // len(piece)) + "@"
    start = time.process_time()
    redact_text(text)
    assert time.process_time() - start < 8


def _foreigner(body: str) -> str:
    return body + nie.calc_check_digit(body)


def _checked(digits: str) -> str:
    return digits + luhn.calc_check_digit(digits)


def _iban(account: str) -> str:
    rest = int(account + "142800")  # E is 14, S is 28 (ISO 13616)
    return f"ES{98 - rest % 97:02d}{account}"


def _spanish_account(bank: int, number: int) -> str:
    """A Spanish account with the two control digits that stdnum asks for."""
    from stdnum.es import ccc

    body = f"{bank:08d}{number:010d}"
    return _iban(body[:8] + ccc.calc_check_digits(body[:8] + "00" + body[8:]) + body[8:])


secrets = st.one_of(
    st.integers(0, 99_999_999).map(lambda n: f"{n:08d}" + dni.calc_check_digit(f"{n:08d}")),
    st.builds(lambda first, n: _foreigner(f"{first}{n:07d}"), st.sampled_from("XYZ"), st.integers(0, 9_999_999)),
    st.integers(10**14, 10**15 - 1).filter(lambda n: str(n)[0] in "3456").map(lambda n: _checked(str(n))),
    st.builds(_spanish_account, st.integers(0, 99_999_999), st.integers(0, 9_999_999_999)),
)


@settings(max_examples=200, deadline=None)
@given(secrets, st.sampled_from(["{}", "es {}, gracias", "({})", "n.º:{}."]))
def test_no_valid_number_survives_and_what_is_clean_stays_as_it_is(secret: str, sentence: str) -> None:
    clean, counts = redact_text(sentence.format(secret))
    assert secret not in clean and sum(counts.values()) >= 1
    assert not any(run.isdigit() and len(run) > 3 for run in clean.split())
    assert redact_text(clean) == (clean, {})


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789 .-+@()aeXZES/€", max_size=60))
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once, _counts = redact_text(text)
    assert redact_text(once)[0] == once


def test_a_row_of_equal_digits_is_a_number_and_no_card() -> None:
    assert luhn.is_valid("0" * 16) and redact_text("0000 0000 0000 0000")[1] == {"number": 1}
