"""Numbers as people write them → float. Repairs are counted; what can be read two ways is not read, and asked about."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

BLANK_WORDS = frozenset(
    {"na", "n/a", "nan", "null", "none", "-", "--", "–", "—", ".", "#n/a", "n.d.", "nd", "s/d", "#nv", "n/c", "ns/nc"}
)
_PLAIN = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_SYMBOLS = {  # a sign of currency → the currencies that use it, the commonest first
    "€": ("EUR",), "£": ("GBP",), "¥": ("JPY", "CNY"), "₹": ("INR",), "₽": ("RUB",), "₺": ("TRY",), "₩": ("KRW",),
    "R$": ("BRL",), "US$": ("USD",), "S/": ("PEN",), "S/.": ("PEN",), "Bs": ("BOB",), "zł": ("PLN",), "Fr": ("CHF",),
    "$": ("USD", "MXN", "COP", "ARS", "CLP", "CAD", "AUD", "NZD", "UYU", "DOP", "HKD", "SGD"),
    "kr": ("SEK", "NOK", "DKK"), "EUROS": ("EUR",), "EURO": ("EUR",), "PESOS": ("MXN", "COP", "ARS", "CLP", "UYU"),
    "DOLARES": ("USD",), "DÓLARES": ("USD",), "DOLLARS": ("USD",), "LIBRAS": ("GBP",),
}  # fmt: skip
_COMMON = ("EUR", "USD", "GBP", "MXN", "COP", "ARS", "CLP", "PEN", "BRL", "CHF")
UNITS = {
    **dict.fromkeys(("k", "mil", "miles", "thousand", "thousands", "tsd", "tsd."), 1e3),
    **dict.fromkeys(
        ("m", "mm", "mln", "mio", "mio.", "mill", "mill.", "millon", "millón", "millones", "million", "millions"), 1e6
    ),
    **dict.fromkeys(("bn", "billion", "mrd", "mrd."), 1e9),
}
_WORD = re.compile(r"^(?P<before>[^\d\s.,()+−-]+\.?)?\s*(?P<body>.*?[\d).,-])\s*(?P<after>[^\d\s.,()+-][^\d]*)?$")
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f']")
_COMMA_DECIMAL = re.compile(r",(?:[0-9]{1,2}|[0-9]{4,})$|^[+-]?0,[0-9]+$|\.[0-9]{3},[0-9]+$")
_POINT_DECIMAL = re.compile(r"\.(?:[0-9]{1,2}|[0-9]{4,})$|^[+-]?0\.[0-9]+$|,[0-9]{3}\.[0-9]+$")
_POINT_GROUPS = re.compile(r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}(?:,[0-9]+)?$")
_COMMA_GROUPS = re.compile(r"^[+-]?[0-9]{1,3}(?:,[0-9]{3}){2,}(?:\.[0-9]+)?$")
_EITHER = re.compile(r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$")
_GROUPED = {
    ",": re.compile(r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$"),
    ".": re.compile(r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?$"),
}
LARGEST_WHOLE = 2**53  # beyond it, whole numbers are no longer held exactly


@dataclass
class ReadNumbers:
    """Numbers of a column, its repairs, and the values that were not read because they can be read two ways.

    `either` could be thousands or decimals, `scaled` bear a unit (mil, k, MLN), `foreign` name another currency than the
    client's (value → code), `percent` bear a percent sign.
    """

    values: pd.Series[float]
    repairs: Counter[str] = field(default_factory=Counter)
    either: list[str] = field(default_factory=list)
    scaled: list[str] = field(default_factory=list)
    foreign: dict[str, str] = field(default_factory=dict)
    percent: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Figure:
    """One text taken apart: the figure, its unit as a factor, its currency, and what was taken off."""

    body: str
    factor: float = 1.0
    currencies: tuple[str, ...] = ()
    percent: bool = False
    kinds: tuple[str, ...] = ()


def parse_numbers(
    texts: pd.Series[str],
    *,
    decimal: str | None = None,
    thousands: str | None = None,
    currency: str = "",
    units: bool = False,
) -> ReadNumbers:
    """Numbers of a column of texts.

    Without `decimal` and `thousands` the column decides: 12,50 makes commas decimal, 1.250.000 makes points group. Where
    nothing decides (1.200 alone), such values are not read. `currency` is the client's code: amounts that name another
    one are not read; `units` reads `3 mil` as 3000. Blank texts and texts that are no number give NaN.
    """
    plain = texts.str.fullmatch(_PLAIN)
    unclear = decimal is None and thousands is None and bool(texts.str.fullmatch(_EITHER).any())
    if decimal != "," and thousands != "." and not unclear and bool((plain | (texts == "")).all()):
        return ReadNumbers(_finite(pd.to_numeric(texts.where(plain, None), errors="coerce")))
    counts = texts[texts != ""].value_counts()
    figures = {str(text): _taken_apart(str(text)) for text in counts.index}
    bodies = [figure.body for figure in figures.values()]
    mark = decimal or ({".": ",", ",": "."}.get(thousands or "")) or _decimal_of(bodies)
    read, values = ReadNumbers(texts.astype("object")), dict[str, float]()
    for text, figure in figures.items():
        if not mark and _EITHER.match(figure.body):
            read.either.append(text)
            continue
        number, more = _read(figure.body, mark or ".", thousands)
        if number is None:
            continue
        if currency and figure.currencies and currency not in figure.currencies:
            read.foreign[text] = figure.currencies[0]
        elif figure.factor != 1 and not units:
            read.scaled.append(text)
        else:
            read.percent += [text] * figure.percent
            values[text] = number * figure.factor
            read.repairs.update({kind: int(counts[text]) for kind in (*figure.kinds, *more)})
    read.values = _finite(texts.map(values))
    return read


def _finite(values: pd.Series[float]) -> pd.Series[float]:
    """Numbers that are held as they were written: finite, and whole ones within 2⁵³."""
    numbers = values.astype("float64")
    return numbers.where(np.isfinite(numbers) & (numbers.abs() < LARGEST_WHOLE))


@cache
def _currency(word: str) -> tuple[str, ...]:
    """The currencies that a word or sign may mean; () when it means none."""
    from babel.numbers import is_currency

    folded = {sign.upper(): codes for sign, codes in _SYMBOLS.items()}
    code = word.strip().upper()
    spelled = word.strip().isupper() or code in _COMMON  # "Top 10" is no amount in Tonga's currency
    return folded.get(code) or ((code,) if spelled and len(code) == 3 and is_currency(code) else ())


def _taken_apart(text: str) -> _Figure:
    """The figure without signs of currency, percent, units and spaces; minus in front. And what was taken off."""
    body, factor, currencies, percent = text.strip(), 1.0, tuple[str, ...](), False
    kinds = list[str]()
    found = _WORD.match(body)
    if found and (found["before"] or found["after"]):
        words = [*(found["before"] or "").split(), *(found["after"] or "").split()]
        for word in words:
            if word == "%":
                percent = True
            elif (scale := UNITS.get(word.casefold())) is not None:
                factor *= scale
            elif known := _currency(word):
                currencies = known
            else:
                return _Figure(body)
        kinds, body = ["currency_sign"], found["body"].strip()
    if body.startswith("(") and body.endswith(")"):
        body, kinds = "-" + body[1:-1], [*kinds, "negative_sign"]
    elif body.endswith("-") and len(body) > 1:
        body, kinds = "-" + body[:-1], [*kinds, "negative_sign"]
    body = body.replace("\u2212", "-")
    squeezed = _SPACES.sub("", body)
    if squeezed != body and re.search(r"[0-9][\s\u00a0\u2007\u2009\u202f'][0-9]{3}", body):
        kinds.append("thousands")
    whole = squeezed if _spaced_like_thousands(body) else body
    return _Figure(whole, factor, currencies, percent, tuple(kinds))


def _spaced_like_thousands(body: str) -> bool:
    """Spaces may stand between a sign and the figure or before groups of three; "12 50" is no number."""
    return not re.search(r"[0-9][\s\u00a0\u2007\u2009\u202f'](?![0-9]{3}(?![0-9]))", body)


def _decimal_of(bodies: list[str]) -> str:
    """The decimal mark that the column shows; "" where its only marks may group or divide."""
    comma = any(_COMMA_DECIMAL.search(body) or _POINT_GROUPS.match(body) for body in bodies)
    point = any(_POINT_DECIMAL.search(body) or _COMMA_GROUPS.match(body) for body in bodies)
    if comma == point:
        return "" if not comma else "."
    return "," if comma else "."


def _read(body: str, decimal: str, thousands: str | None) -> tuple[float | None, tuple[str, ...]]:
    """One figure under a decimal mark; the other mark may only group by three."""
    kinds: list[str] = []
    other = thousands if thousands in (",", ".") else ("." if decimal == "," else ",")
    if other in body:
        if not _GROUPED[other].match(body):
            return None, ()
        body, kinds = body.replace(other, ""), ["thousands"]
    if decimal == "," and "," in body:
        body, kinds = body.replace(",", "."), [*kinds, "decimal_comma"]
    return (float(body), tuple(kinds)) if re.fullmatch(_PLAIN, body) else (None, ())
