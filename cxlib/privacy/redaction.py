"""Personal data out of client text: whatever says who wrote it, or where to find them, becomes a mark.

Found are e-mails (spaced, bracketed and in words, too), handles and links, IBANs, cards, identity numbers (DNI, NIE, CIF,
passports), plates, telephone numbers, street addresses, dates of birth, numbers of orders and accounts, and any other run
of nine or more digits. Check digits decide the kind (Luhn for cards, ISO 7064 for IBAN, the control letter for DNI/NIE).
Names of persons are not found by any rule here: quotes are therefore shown only from groups large enough (`themes.quotes`).
Every pattern has an upper bound, so that the time is linear in the length of a text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping

import pandas as pd
import phonenumbers
from stdnum import iban, luhn
from stdnum.es import cif, dni, nie

MARKS: Mapping[str, str] = {
    "email": "[e-mail]",
    "link": "[link]",
    "handle": "[handle]",
    "iban": "[IBAN]",
    "card": "[card]",
    "identity": "[ID]",
    "plate": "[plate]",
    "birth": "[date of birth]",
    "order": "[reference]",
    "address": "[address]",
    "phone": "[phone]",
    "number": "[number]",
}
KINDS = tuple(MARKS)
REGIONS = ("ES", "GB", "IE", "PT", "BR")  # where the three languages of the method are spoken by most clients

_I = re.IGNORECASE
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")  # letters of no width, which part a number unseen
_OPEN, _CLOSE = r"[(\[{<]\s?", r"\s?[)\]}>]"
_AT = rf"(?:\s?[@＠]\s?|\s?{_OPEN}(?:at|arroba|@){_CLOSE}\s?|\s(?:arroba)\s)"
_DOT = rf"(?:\s?\.\s?|\s?{_OPEN}(?:dot|punto|ponto|\.){_CLOSE}\s?|\s(?:dot|punto|ponto)\s)"
_WORDED = rf"(?:\s?{_OPEN}(?:dot|punto|ponto){_CLOSE}\s?|\s(?:dot|punto|ponto)\s)"
_LOCAL, _LABEL = r"[\w.+%-]{1,64}+", r"[\w-]{1,63}+"
_COMMON = r"(?:com|net|org|es|eu|pt|br|uk|ie|fr|de|it|info|edu|cat|mx|ar|co)"
_EMAIL = re.compile(
    rf"{_LOCAL}{_AT}{_LABEL}(?:{_DOT}{_LABEL}){{0,4}}(?:\.[a-z]{{2,24}}|{_DOT}[a-z]{{2,4}})\b"
    rf"|{_LOCAL}\sat\s{_LABEL}(?:(?:\.|{_WORDED}){_LABEL}){{0,3}}(?:{_WORDED}[a-z]{{2,24}}|\.{_COMMON})\b"
    rf"|(?:\w\s){{2,40}}\w?\s?@(?:\s\w){{2,40}}\s?\.\s?\w(?:\s\w){{1,10}}\b"
    rf"|{_LOCAL}[@＠]{_LABEL}",
    _I,
)
_SITES = r"(?:t\.me|wa\.me|(?:instagram|facebook|linkedin|twitter|x|tiktok|youtube|threads)\.com)"
_LINK = re.compile(rf"(?:https?://|www\.)\S{{1,2000}}|\b{_SITES}/\S{{1,200}}", _I)
_NETWORK = r"\b(?:insta(?:gram)?|twitter|tiktok|telegram|snapchat|facebook)"
_HANDLE = re.compile(rf"(?<![\w@＠])[@＠][\w.]{{2,40}}|(?<![\w/])u/[\w-]{{3,40}}|{_NETWORK}\s?:\s?[\w.]{{3,40}}", _I)
_IBAN = re.compile(r"\b[A-Z]{2}\s?\d{2}(?:[\s.-]?[A-Z0-9]){11,30}", _I)
_CARD = re.compile(r"(?<!\d)\d(?:[\s._/,–-]{0,2}\d){12,18}(?!\d)")
_IDENTITY = re.compile(r"\b(?:[XYZ][\s.-]?\d{7}|\d{1,2}\.?\d{3}\.?\d{3})[\s.-]?[A-Z]\b", _I)
_COMPANY = re.compile(r"\b[ABCDEFGHJNPQRSUVW][\s.-]?\d{7}[\s.-]?[0-9A-J]\b", _I)
_PASSPORT = re.compile(
    r"\b(?:passport|pasaporte|passaporte|passeport)\W{0,3}(?:(?:n[.ºo°]{0,3}|no|number|número)\W{1,3})?[A-Z]{0,3}\d{5,9}\b"
    r"|\b(?-i:[A-Z]{2,3})\d{6}\b"
    r"|\b(?:dni|nie|nif|cif|nuss|ssn|nhs|cpf|nino)\W{1,3}[A-Z]{0,2}\s?\d(?:[\s.-]{0,2}\d){5,13}[\s-]?[A-Z]?\b",
    _I,
)
_PLATE = re.compile(
    r"\b\d{4}[\s-]?[BCDFGHJKLMNPRSTVWXYZ]{3}\b|\b[A-Z]{1,2}[\s-]\d{4}[\s-][A-Z]{1,2}\b|\b[A-Z]{2}\d{2}\s?[A-Z]{3}\b"
    r"|\b(?i:matr[ií]cula|number plate|registration plate|placa)\W{1,3}(?=[\w-]{0,8}\d)[\w-]{4,10}"
)
_MONTH = r"(?:[a-zç]{3,10})"
_DAYS = rf"(?:\d{{1,4}}[/. -]\d{{1,2}}[/. -]\d{{2,4}}|\d{{1,2}}\s(?:de\s|of\s)?{_MONTH},?\s(?:de\s|del\s)?\d{{4}}"
_DAYS += rf"|{_MONTH}\s\d{{1,2}},?\s\d{{4}}|(?:19|20)\d\d)"
_BIRTH = re.compile(
    r"\b(?:born|nac(?:í|i|id[oa]|imiento)?|nascid[oa]|nascimento|d\.?o\.?b|birth(?:day|date)?|cumpleaños|aniversário)\b"
    rf"\W{{1,3}}(?:(?:on|in|el|en|em|a|de|is|es|fecha|día|date|the)\W{{1,2}}){{0,3}}{_DAYS}\b",
    _I,
)
_THING = r"order|pedido|encomenda|invoice|factura|fatura|account|cuenta|conta|customer|cliente|contract|contrato|policy"
_THING += (
    r"|póliza|poliza|ticket|ref|referencia|referência|reference|booking|reserva|reservation|expediente|tracking|albarán"
)
_ORDER = re.compile(
    rf"\b(?:{_THING})\b[\s.:#-]{{0,4}}(?:(?:n[.ºo°]{{0,3}}|no|num|nr|number|número|id|code|código)[\s.:#-]{{1,4}})?"
    r"(?=[A-Z0-9/-]{5,30}\b)(?=(?:[A-Z/-]{0,20}\d){4})[A-Z0-9][A-Z0-9/-]{3,28}[A-Z0-9]\b",
    _I,
)
_WAY = r"calle|c/|avda\.?|avenida|plaza|pza\.?|paseo|camino|carretera|ctra\.?|ronda|travesía|travessa|rua|rúa|carrer"
_WORD = r"[^\W\d][\w'’.-]{0,30}"
_NAMED = rf"(?:(?!(?:con|en|a|para|por|hay|que|desde|com|em|unos|unas)\s){_WORD}\s){{0,4}}(?!con\s|en\s){_WORD}"
_FLAT = r"(?:,?\s(?:n[.ºo°]{0,3}\s?)?\d{1,4}\s?(?:º|ª|[a-z]\b)?)"
_STREET = r"street|st|road|rd|avenue|ave|lane|ln|drive|close|court|square|boulevard|blvd|terrace|crescent"
_ADDRESS = re.compile(
    rf"(?<!\w)(?:{_WAY})\s?{_NAMED}{_FLAT}(?:,\s?\d{{1,2}}\s?º?\s?[a-z]?\b)?(?:,?\s\d{{5}}(?:\s[^\W\d]{{2,30}})?)?"
    rf"|\b\d{{1,5}}[a-z]?,?\s(?:(?-i:[A-ZÁÉÍÓÚ])[\w'’-]{{0,30}}\s){{1,4}}(?:{_STREET})\b"
    r"|-?\b\d{1,2}\.\d{3,8},\s?-?\d{1,3}\.\d{3,8}\b",
    _I,
)
_DAY = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_LONG_RUN = re.compile(rf"(?!{_DAY}(?!\d|[.-]\d))" r"(?<!\d)\+?\(?\d(?:[\s.()–-]{0,2}\d){8,}")
_GROUPS = re.compile(r"(?<![\d/,_])\d{2,4}(?:[/,_]\d{3,4}){2,7}(?!\d)")
_PHONE_LIKE = re.compile(r"\+?\(?\d(?:[\s().–-]{0,3}\d){5,}")
_CALLED = re.compile(
    r"\b(?:tel(?:[ée]fono|efone|ephone|f)?|tfno?|tf|phone|m[óo]vil|mobile|whatsapp|fax|extension|ext)\b\W{1,3}"
    r"(?:(?:number|n[.ºo°]{0,2}|is|es)\W{1,2})?\+?\d(?:[\s.-]{0,2}\d){3,14}",
    _I,
)
_YEARS = re.compile(r"(?:19|20)\d\d(?:[/,_](?:19|20)\d\d)+")
_DIGIT = r"cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|zero|one|two|three|four|five|six|seven|eight|nine"
_DIGIT += r"|um|dois|três|quatro|sete|oito|nove"
_SPOKEN = re.compile(rf"\b(?:{_DIGIT})\b(?:[\s,.-]{{1,2}}(?:{_DIGIT})\b){{6,30}}", _I)
_CODES = re.compile(r"\bcv[vc]2?\W{0,3}\d{3,4}\b|\b(?:\d{1,3}\.){3}\d{1,3}\b", _I)
_SUSPECT = re.compile(rf"[@＠/]|{_NETWORK}|\bat\b|arroba|www|\d|\b(?:{_DIGIT})\b[\s,.-]{{1,2}}(?:{_DIGIT})\b", _I)
_LONGEST_PHONE = 60  # characters; a longer run of digits is masked as a number


def redact(texts: pd.Series, *, regions: tuple[str, ...] = REGIONS) -> pd.DataFrame:
    """Return the texts with personal data replaced by marks, and how many of each kind were found.

    Columns: text, then n_<kind> for each of KINDS (counts per text); index as given.
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
    seen = _UNSEEN.sub("", text)
    if not _SUSPECT.search(seen):
        return text, counts
    for kind, pattern, trim in _RULES:
        seen = _mask(seen, pattern, trim, kind, counts)
    seen = _mask_phones(seen, regions, counts)
    seen = _mask(seen, _CALLED, len_of_match, "phone", counts)
    for pattern in (_GROUPS, _SPOKEN, _CODES, _LONG_RUN):
        seen = _mask(seen, pattern, _number_length, "number", counts)
    return (seen if counts else text), counts


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
    parts, position, kept = [], 0, 0
    while match := pattern.search(text, position):
        length = trim(match.group())
        position = match.start() + (length or 1)
        if length:
            parts += [text[kept : match.start()], MARKS[kind]]
            counts[kind] += 1
            kept = position
    return "".join([*parts, text[kept:]])


def _mask_phones(text: str, regions: tuple[str, ...], counts: Counter[str]) -> str:
    """Replace every number that is a valid phone number in one of the regions."""

    def told(run: re.Match[str]) -> str:
        return _phones_masked(run.group(), regions, counts) if len(run.group()) <= _LONGEST_PHONE else run.group()

    return _PHONE_LIKE.sub(told, text)


def _phones_masked(run: str, regions: tuple[str, ...], counts: Counter[str]) -> str:
    for region in regions:
        matches = list(phonenumbers.PhoneNumberMatcher(run, region, leniency=phonenumbers.Leniency.VALID))
        for match in reversed(matches):
            run = run[: match.start] + MARKS["phone"] + run[match.end :]
            counts["phone"] += 1
    return run


def _iban_length(candidate: str) -> int:
    """How many characters of the candidate are a valid IBAN: words may follow it without a full stop."""
    signs = [
        (place, int(sign, 36)) for place, sign in enumerate(candidate, start=1) if sign.isascii() and sign.isalnum()
    ]
    head = "".join(str(sign) for _place, sign in signs[:4])
    shift, body, length = 10 ** len(head), 0, 0
    for place, sign in signs[4:]:  # ISO 7064 of every beginning in one pass: the library is asked where it may be one
        body = (body * (10 if sign < 10 else 100) + sign) % 97
        if (body * shift + int(head)) % 97 == 1 and iban.is_valid(candidate[:place]):
            length = place
    return length


def _card_length(candidate: str) -> int:
    digits = re.sub(r"\D", "", candidate)
    return len(candidate) if luhn.is_valid(digits) and len(set(digits)) > 1 else 0


def _identity_length(candidate: str) -> int:
    plain = re.sub(r"[\s.-]", "", candidate).upper()
    if plain[0] not in "0123456789XYZ":
        return len(candidate) if cif.is_valid(plain) else 0
    plain = plain if plain[0] in "XYZ" else plain.zfill(9)
    return len(candidate) if dni.is_valid(plain) or nie.is_valid(plain) else 0


def _number_length(candidate: str) -> int:
    """A row of years is no number of anybody."""
    return 0 if _YEARS.fullmatch(candidate) else len(candidate)


_RULES: tuple[tuple[str, re.Pattern[str], Callable[[str], int]], ...] = (
    ("link", _LINK, len_of_match),
    ("email", _EMAIL, len_of_match),
    ("handle", _HANDLE, len_of_match),
    ("iban", _IBAN, _iban_length),
    ("birth", _BIRTH, len_of_match),
    ("order", _ORDER, len_of_match),
    ("card", _CARD, _card_length),
    ("identity", _IDENTITY, _identity_length),
    ("identity", _COMPANY, _identity_length),
    ("identity", _PASSPORT, len_of_match),
    ("plate", _PLATE, len_of_match),
    ("address", _ADDRESS, len_of_match),
)
