"""What people read: locale of numbers, money and dates; missing is a dash, zero is a zero."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from cxlib import language
from cxlib.language import sentences


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    language.speak("en", "en_IE", "EUR")


@pytest.mark.parametrize(
    ("locale", "currency", "expected"),
    [
        ("en_IE", "EUR", "€1,234,568"),
        ("es_ES", "EUR", "1.234.568\xa0€"),
        ("pt_BR", "BRL", "R$\xa01.234.568"),
    ],
)
def test_money_follows_the_locale(locale: str, currency: str, expected: str) -> None:
    language.speak("en", locale, currency)
    assert language.money(1234567.8) == expected


def test_zero_is_a_value_and_nothing_is_a_dash() -> None:
    assert (language.money(0), language.percent(0.0), language.number(0)) == ("€0", "0%", "0")
    assert {language.money(None), language.percent(float("nan")), language.day(None)} == {"–"}


def test_a_tiny_negative_amount_does_not_print_minus_zero() -> None:
    assert (language.money(-0.004), language.percent(-0.0004), language.percent(-0.004, 0)) == ("€0.00", "0.0%", "0%")
    assert language.percent(-0.0006) == "−0.1%"


def test_none_and_all_are_said_plainly_and_nearly_all_is_not_all() -> None:
    assert [language.percent(share) for share in (0.0, 1.0, 1.0 - 1e-12, 0.0004, 0.9996, 0.9994)] == [
        "0%",
        "100%",
        "100%",
        "<0.1%",
        ">99.9%",
        "99.9%",
    ]
    assert [language.percent(share, 0) for share in (0.004, 0.996, 1.004)] == ["<1%", ">99%", "100%"]


def test_less_than_nothing_has_a_true_minus_in_every_locale() -> None:
    for locale in ("en_IE", "es_ES", "sv_SE"):
        language.speak("en", locale, "EUR")
        shown = [
            language.number(-2.5),
            language.percent(-0.25),
            language.money(-1200),
            language.short_money(-1200),
            language.quantity(-0.05, "pp"),
            language.quantity(-3, "days"),
        ]
        assert all("−" in text and "-" not in text for text in shown), shown
    language.speak("en", "en_IE", "EUR")
    assert (language.number(-0.001, 1), language.number(-0.0, 0)) == ("0.0", "0")


def test_cents_are_shown_only_where_they_matter() -> None:
    assert (language.money(12.5), language.money(1250)) == ("€12.50", "€1,250")


def test_an_interval_reads_as_words() -> None:
    assert language.interval(0.1, 0.2, "share") == "10.0% to 20.0%"
    assert language.interval(None, 0.2, "share") == "–"


def test_dates_are_written_out() -> None:
    assert language.day(dt.date(2026, 3, 4)) == "4 Mar 2026"


def test_text_passes_unchanged() -> None:
    assert language.quantity("delivery", "text") == "delivery"


def test_without_a_catalog_the_words_are_english_and_the_page_says_so() -> None:
    voice = language.speak("xx", "es_ES", "EUR")
    assert (voice.lang, voice.locale) == ("en", "es_ES") and language.percent(0.5) == "50,0\xa0%"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two stand here. And a third.", ["Two stand here.", "And a third."]),
        ("Web vs. Store: approx. 5 of 9. Next.", ["Web vs. Store: approx. 5 of 9.", "Next."]),
        ("Ask R. García of EE. UU. first. Then go.", ["Ask R. García of EE. UU. first.", "Then go."]),
        ("Is it 8.5 %? Yes! €3 more.", ["Is it 8.5 %?", "Yes!", "€3 more."]),
        ("", [""]),
    ],
)
def test_a_sentence_ends_where_a_reader_sees_it_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
