"""Language, locale and currency of a client, as its files show them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from cxlib.draft.guesses import Doubt, Guess, matching
from cxlib.draft.profile import File, plain
from cxlib.language import _

Ask = Callable[[Doubt], None]
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
_SPANISH = re.compile(
    r"\b(fecha|cliente|pedido|importe|correo|nombre|provincia|usted|como|valoracion|satisfech|recomendar|marca|hora|pregunta|que)\w*\b"
)


def currency_of(guesses: list[Guess], doubt: Ask) -> str:
    """The currency a column names, or a sign beside the amounts; else asked."""
    money = [guess for guess in guesses if guess.table == "transactions"]
    for guess in money:
        names = (
            guess.file.dialect.currency
            if guess.file.dialect
            else ("currency", "moneda", "divisa", "currency code", "wahrung")
        )
        column = matching(guess.file, names)
        if column is not None:
            codes = Counter(
                {text.upper(): n for text, n in column.counts.items() if re.fullmatch(r"[A-Za-z]{3}", text)}
            )
            if codes:
                return _one_currency(guess, column.name, codes)
    signs = Counter(
        code
        for guess in money
        if (client := guess.client("revenue"))
        for text in client.counts
        for sign, code in _SIGNS.items()
        if sign in text
    )
    if signs:
        return signs.most_common(1)[0][0]
    if money:
        doubt(Doubt(("currency",), _("no file says in which currency the amounts are"), (), "EUR"))
    return "EUR"


def _one_currency(guess: Guess, column: str, codes: Counter[str]) -> str:
    """The currency of most rows; where there are others, only its rows are read, and the file's person is asked."""
    usual = codes.most_common(1)[0][0]
    if len(codes) > 1:
        spelled = [text for text in guess.file.column(column).counts if text.upper() == usual]  # type: ignore[union-attr]
        guess.mapping.setdefault("where", {})[column] = spelled
        listed = ", ".join(f"{code} ({n} ×)" for code, n in codes.most_common(5))
        what = _(
            "amounts in several currencies, {listed}: only {usual} is read, or is there a column converted to one?",
            listed=listed,
            usual=usual,
        )
        guess.doubts.append(Doubt(("where",), what, (), usual))
    return usual


def language_of(files: list[File]) -> str:
    """Spanish where the headers are, else English."""
    heads = [plain(column.label or column.name) for file in files for column in file.columns]
    spanish = sum(bool(_SPANISH.search(head)) for head in heads)
    return "es" if heads and spanish >= 0.2 * len(heads) else "en"


def locale_of(lang: str, currency: str) -> str:
    return {("en", "USD"): "en_US", ("en", "GBP"): "en_GB"}.get((lang, currency), "es_ES" if lang == "es" else "en_IE")
