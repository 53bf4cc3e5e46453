"""Personal data out of client text: e-mail, phone, card, DNI/NIE, IBAN and handles of networks become marks.

Check digits decide the kind (Luhn for cards, ISO 7064 for IBAN, the control letter for DNI/NIE); a run of nine or more
digits that passes none of them is masked all the same. Names of persons are not found by any rule here: quotes are
therefore shown only from groups large enough (see `themes.quotes`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping

import pandas as pd
import phonenumbers
from stdnum import iban, luhn
from stdnum.es import dni, nie

KINDS = ("email", "handle", "iban", "card", "identity", "phone", "number")
MARKS: Mapping[str, str] = {
    "email": "[e-mail]",
    "handle": "[handle]",
    "iban": "[IBAN]",
    "card": "[card]",
    "identity": "[ID]",
    "phone": "[phone]",
    "number": "[number]",
}
REGIONS = ("ES", "GB", "IE", "PT", "BR")  # where the three languages of the method are spoken by most clients

_EMAIL = re.compile(
    r"[\w.+%-]+\s?(?:@|\(at\)|\[at\]|\barroba\b)\s?[\w-]+(?:\s?(?:\.|\bpunto\b|\bponto\b|\bdot\b|\(dot\)|\[dot\])\s?[\w-]+)*"
    r"(?:\s?\.|\s(?:punto|ponto|dot|\(dot\)|\[dot\])\s|\s\.\s)[a-z]{2,}",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<![\w@])@\w[\w.-]*\w|(?:https?://)?(?:www\.)?(?:twitter|x|instagram|facebook|tiktok|linkedin)\.com/\S+|\bu/\w{3,}",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\s?\d{2}(?:[\s.-]?[A-Z0-9]){11,30}", re.IGNORECASE)
_CARD = re.compile(r"(?<!\d)\d(?:[\s.-]?\d){12,18}(?!\d)")
_IDENTITY = re.compile(r"\b(?:[XYZ][\s.-]?\d{7}|\d{1,2}\.?\d{3}\.?\d{3})[\s.-]?[A-Z]\b", re.IGNORECASE)
_DAY = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_LONG_RUN = re.compile(rf"(?!{_DAY}(?!\d|[.-]\d))" r"(?<!\d)\+?\(?\d(?:[\s.()-]{0,2}\d){8,}")
_SUSPECT = re.compile(r"@|\.com/|\bu/|\(at\)|\[at\]|arroba|(?:\d\D{0,3}){6}", re.IGNORECASE)


def redact(texts: pd.Series, *, regions: tuple[str, ...] = REGIONS) -> pd.DataFrame:
    """Return the texts with personal data replaced by marks, and how many of each kind were found.

    Columns: text, then n_email, n_handle, n_iban, n_card, n_identity, n_phone, n_number (counts per text); index as given.
    """
    found = [redact_text(text, regions=regions) for text in texts.fillna("").astype(str)]
    counted = pd.DataFrame(
        [[clean, *(counts[kind] for kind in KINDS)] for clean, counts in found],
        columns=["text", *(f"n_{kind}" for kind in KINDS)],
        index=texts.index,
    )
    return counted.astype({"text": "str"} | {f"n_{kind}": "int64" for kind in KINDS})


def redact_text(text: str, *, regions: tuple[str, ...] = REGIONS) -> tuple[str, Counter[str]]:
    """One text without personal data, and the count of each kind."""
    counts: Counter[str] = Counter()
    if not _SUSPECT.search(text):
        return text, counts
    for kind, pattern, trim in _RULES:
        text = _mask(text, pattern, trim, kind, counts)
    text = _mask_phones(text, regions, counts)
    return _mask(text, _LONG_RUN, len_of_match, "number", counts), counts


def redaction_counts(redacted: pd.DataFrame) -> pd.DataFrame:
    """How many items of each kind were masked, and in how many texts: columns kind, n_items, n_texts."""
    rows = [
        {"kind": kind, "n_items": int(redacted[f"n_{kind}"].sum()), "n_texts": int((redacted[f"n_{kind}"] > 0).sum())}
        for kind in KINDS
    ]
    return pd.DataFrame(rows)


def len_of_match(candidate: str) -> int:
    """All of the candidate is personal data."""
    return len(candidate)


def _mask(text: str, pattern: re.Pattern[str], trim: Callable[[str], int], kind: str, counts: Counter[str]) -> str:
    """Replace what the pattern finds and `trim` confirms; `trim` tells how many characters of a candidate belong."""
    parts, position = [], 0
    while match := pattern.search(text, position):
        length = trim(match.group())
        if length:
            parts += [text[position : match.start()], MARKS[kind]]
            counts[kind] += 1
            position = match.start() + length
        else:
            parts.append(text[position : match.start() + 1])
            position = match.start() + 1
    return "".join([*parts, text[position:]])


def _mask_phones(text: str, regions: tuple[str, ...], counts: Counter[str]) -> str:
    """Replace every number that is a valid phone number in one of the regions."""
    for region in regions:
        matches = list(phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID))
        for match in reversed(matches):
            text = text[: match.start] + MARKS["phone"] + text[match.end :]
            counts["phone"] += 1
    return text


def _iban_length(candidate: str) -> int:
    """How many characters of the candidate are a valid IBAN: words may follow it without a full stop."""
    lengths = range(len(candidate), 14, -1)
    return next((end for end in lengths if candidate[end - 1].isalnum() and iban.is_valid(candidate[:end])), 0)


def _card_length(candidate: str) -> int:
    digits = re.sub(r"\D", "", candidate)
    return len(candidate) if luhn.is_valid(digits) and len(set(digits)) > 1 else 0


def _identity_length(candidate: str) -> int:
    plain = re.sub(r"[\s.-]", "", candidate).upper()
    plain = plain if plain[0] in "XYZ" else plain.zfill(9)
    return len(candidate) if dni.is_valid(plain) or nie.is_valid(plain) else 0


_RULES: tuple[tuple[str, re.Pattern[str], Callable[[str], int]], ...] = (
    ("email", _EMAIL, len_of_match),
    ("handle", _HANDLE, len_of_match),
    ("iban", _IBAN, _iban_length),
    ("card", _CARD, _card_length),
    ("identity", _IDENTITY, _identity_length),
)
