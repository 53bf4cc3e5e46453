"""Numbers as people write them → float. Repairs are counted; what cannot be read stays NaN and is named by the caller."""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd

BLANK_WORDS = frozenset(
    {"na", "n/a", "nan", "null", "none", "-", "--", "–", "—", ".", "#n/a", "n.d.", "nd", "s/d", "#nv"}
)
_PLAIN = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_SIGNS = re.compile(r"^(?:[€$£¥]|R\$|US\$|[A-Z]{3}\b)|(?:[€$£¥%]|\b[A-Z]{3}|EUR|USD|euros?)$", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f']")
_COMMA_DECIMAL = re.compile(r",(?:[0-9]{1,2}|[0-9]{4,})$|^[+-]?0,[0-9]+$|\.[0-9]{3},[0-9]+$")
_POINT_DECIMAL = re.compile(r"\.(?:[0-9]{1,2}|[0-9]{4,})$|^[+-]?0\.[0-9]+$|,[0-9]{3}\.[0-9]+$")
_GROUPED = {
    ",": re.compile(r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$"),
    ".": re.compile(r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?$"),
}


def parse_numbers(
    texts: pd.Series[str], *, decimal: str | None = None, thousands: str | None = None
) -> tuple[pd.Series[float], Counter[str]]:
    """Numbers of a column of texts, with the repairs by kind.

    Without `decimal` the column decides: a value that can only be a decimal comma (12,50) makes all commas decimal.
    A column whose only commas or points may be either (1,234) reads the point as decimal and the comma as thousands.
    Blank texts and texts that are no number give NaN.
    """
    repairs: Counter[str] = Counter()
    plain = texts.str.fullmatch(_PLAIN)
    if decimal != "," and thousands != "." and bool((plain | (texts == "")).all()):
        return pd.to_numeric(texts.where(plain, None), errors="coerce").astype("float64"), repairs
    counts = texts[texts != ""].value_counts()
    bare = {text: _bare(text) for text in counts.index}
    mark = decimal or _decimal_of([value for value, _kinds in bare.values()])
    values: dict[str, float] = {}
    for text, (body, kinds) in bare.items():
        number, more = _read(body, mark, thousands)
        if number is not None:
            values[text] = number
            repairs.update({kind: int(counts[text]) for kind in (*kinds, *more)})
    return texts.map(values).astype("float64"), repairs


def _bare(text: str) -> tuple[str, tuple[str, ...]]:
    """The figure without signs of currency, percent, spaces; minus in front. And what was taken off."""
    kinds = []
    body = text.strip()
    stripped = _SIGNS.sub("", _SIGNS.sub("", body).strip()).strip()
    if stripped != body:
        kinds.append("currency_sign")
        body = stripped
    if body.startswith("(") and body.endswith(")"):
        body, kinds = "-" + body[1:-1], [*kinds, "negative_sign"]
    elif body.endswith("-") and len(body) > 1:
        body, kinds = "-" + body[:-1], [*kinds, "negative_sign"]
    body = body.replace("\u2212", "-")
    squeezed = _SPACES.sub("", body)
    if squeezed != body and re.search(r"[0-9][\s\u00a0\u2007\u2009\u202f'][0-9]{3}", body):
        kinds.append("thousands")
    return (squeezed if _spaced_like_thousands(body) else body), tuple(kinds)


def _spaced_like_thousands(body: str) -> bool:
    """Spaces may stand between a sign and the figure or before groups of three; "12 50" is no number."""
    return not re.search(r"[0-9][\s\u00a0\u2007\u2009\u202f'](?![0-9]{3}(?![0-9]))", body)


def _decimal_of(bodies: list[str]) -> str:
    comma = any(_COMMA_DECIMAL.search(body) for body in bodies)
    point = any(_POINT_DECIMAL.search(body) for body in bodies)
    return "," if comma and not point else "."


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
