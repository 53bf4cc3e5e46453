"""What is shown to people: strings through gettext, numbers, dates and money through Babel.

The engagement's language, locale and currency are set once, when a stage opens (`speak`), and hold for this process.
English is the source language; catalogs lie in `cxlib/locales/<lang>/LC_MESSAGES/cxlib.mo`.
"""

from __future__ import annotations

import datetime as dt
import gettext as _gettext
import math
import re
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent

from cxlib.errors import nearest

LOCALES = Path(__file__).parent / "locales"
MISSING = "–"
MINUS = "−"  # U+2212: as wide as a plus, and no line breaks after it
CERTAIN = 1e-9  # nearer to 0 or 1 than this is a rounding error, not a share of its own


@dataclass(frozen=True)
class Voice:
    """How this run speaks: language of the words, locale of the figures, currency of the money."""

    lang: str = "en"
    locale: str = "en_IE"
    currency: str = "EUR"
    catalog: _gettext.NullTranslations = _gettext.NullTranslations()  # noqa: RUF009  (stateless)


_voice: ContextVar[Voice] = ContextVar("voice", default=Voice())  # noqa: B039  (frozen)


def speak(lang: str, locale: str, currency: str) -> Voice:
    """Set language, locale and currency of everything shown from here on; without a catalog of `lang` the words are English."""
    catalog = _gettext.translation("cxlib", LOCALES, languages=[lang], fallback=True)
    found = isinstance(catalog, _gettext.GNUTranslations)
    voice = Voice(lang if found else "en", locale, currency, catalog)  # a page says the language that its words are in
    _voice.set(voice)
    return voice


def is_translated(lang: str) -> bool:
    """Whether what is shown can be told in a language; numbers and dates follow the locale in any case."""
    return lang == "en" or _gettext.find("cxlib", str(LOCALES), languages=[lang]) is not None


def voice() -> Voice:
    """The language, locale and currency in force."""
    return _voice.get()


def _(message: str, /, **places: object) -> str:
    """The message in the language in force; its places are filled after translation. "" stays empty."""
    told = _voice.get().catalog.gettext(message) if message else ""
    return told.format(**places) if places else told


def upper_first(text: str) -> str:
    """The text with a capital first letter; the rest stays, names keep theirs."""
    return text[:1].upper() + text[1:]


_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\sa-zà-ÿ])")
_ABBREVIATIONS = r"vs|approx|ca|e\.g|i\.e|etc|Dra?|Mrs?|Ms|Sra?|St|Nos?|n|núm|pág|aprox|Inc|Ltd|Co|Corp|Avda|EE"
_POINT_OF_A_WORD = re.compile(rf"\b(?:{_ABBREVIATIONS}|[A-ZÀ-Ý])\.$")  # "vs.", "R. García"


def sentences(text: str) -> list[str]:
    """The sentences of a text. A point behind an abbreviation or an initial ends none."""
    found: list[str] = []
    for part in _SENTENCE_END.split(text):
        if found and _POINT_OF_A_WORD.search(found[-1]):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def not_among(message: str, value: object, known: Iterable[object], **places: object) -> str:
    """A (translated) message about a value that is none of the known ones: {value}, {near} (the likeliest) and {known}."""
    names = [str(name) for name in known]
    near = nearest(str(value), names) or "."
    return message.format(value=value, near=near, known=", ".join(names) or _("none"), **places)


def term(kind: str, code: str, otherwise: str | None = None) -> str:
    """What a code of the method is called (`vocabulary.yaml`), in the language in force; else `otherwise`, or the code."""
    words = vocabulary()[kind].get(code)
    return _(words) if words else code if otherwise is None else otherwise


@cache
def vocabulary() -> dict[str, dict[str, str]]:
    """Kind → code → what it is called, untranslated."""
    return read_yaml(Path(__file__).with_name("vocabulary.yaml"))


def read_yaml(path: Path) -> dict[str, Any]:
    """The content of a YAML file of the package; {} when there is none."""
    if not path.is_file():
        return {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] | None = yaml.load(path.read_text(encoding="utf-8"), loader)
    return content or {}


def mark(message: str) -> str:
    """Mark a message for translation where it is defined; it is translated where it is shown."""
    return message


def ngettext(one: str, many: str, count: int) -> str:
    """Return the singular or plural message in the language in force."""
    return _voice.get().catalog.ngettext(one, many, count)


def number(value: float | None, digits: int | None = None) -> str:
    """A number with the locale's separators; by default 0 decimals from 100 on, else up to 2."""
    if unknown(value):
        return MISSING
    plain_value = float(value)  # type: ignore[arg-type]
    places = digits if digits is not None else (0 if abs(plain_value) >= 100 or plain_value == int(plain_value) else 2)
    return _signed(
        format_decimal(round(plain_value, places) + 0.0, format="#,##0." + "0" * places, locale=voice().locale)
    )


def percent(share: float | None, digits: int = 1) -> str:
    """A share (0–1) as a percentage: none and all without decimals, nearly none and nearly all as "<0.1%" and ">99.9%"."""
    if unknown(share):
        return MISSING
    value, step = float(share), 10.0 ** -(digits + 2)  # type: ignore[arg-type]
    if min(abs(value), abs(abs(value) - 1)) < CERTAIN:
        return _as_percent(round(value), 0)
    if 0 < value < step / 2:
        return f"<{_as_percent(step, digits)}"
    if 1 - step / 2 < value < 1:
        return f">{_as_percent(1 - step, digits)}"
    return _as_percent(value if abs(value) >= step / 2 else 0.0, digits)  # no "−0.0%"


def _as_percent(share: float, digits: int) -> str:
    pattern = Locale.parse(voice().locale).percent_formats[None].pattern
    places = "." + "0" * digits if digits else ""
    return _signed(format_percent(share, format=pattern.replace("0", "0" + places), locale=voice().locale))


def _signed(text: str) -> str:
    """The text with a true minus where a hyphen stands for it."""
    return text.replace("-", MINUS)


def money(value: float | None, digits: int | None = None) -> str:
    """An amount in the engagement's currency; cents only below 100."""
    if unknown(value):
        return MISSING
    amount = float(value)  # type: ignore[arg-type]
    places = digits if digits is not None else (2 if 0 < abs(amount) < 100 else 0)
    standard = str(Locale.parse(voice().locale).currency_formats["standard"].pattern)
    pattern = standard.replace("0.00", f"0.{'0' * places}".rstrip("."))
    rounded = round(amount, places) + 0.0  # −0 would print a sign
    spoken = voice()
    return _signed(
        format_currency(rounded, spoken.currency, locale=spoken.locale, currency_digits=False, format=pattern)
    )


def short_money(value: float | None) -> str:
    """An amount for an axis or a label: €1.2M, €340K."""
    if unknown(value):
        return MISSING
    digits = 1 if abs(float(value)) >= 1000 else 0  # type: ignore[arg-type]
    return _signed(format_compact_currency(value, voice().currency, locale=voice().locale, fraction_digits=digits))


def day(value: dt.date | dt.datetime | None) -> str:
    """A date as people of the locale write it."""
    if value is None or value != value:
        return MISSING
    return str(format_date(value, format="medium", locale=voice().locale))


def quantity(value: float | int | str | None, unit: str) -> str:
    """A value with its unit: share|pp|points|money|days|months|count|score|ratio|text; pp is a difference of shares (0–1)."""
    if isinstance(value, str):
        return value
    if value is None or unknown(value):
        return MISSING
    if unit in ("share", "money"):
        return percent(value) if unit == "share" else money(value)
    if unit == "pp":
        return _("{} pp").format(number(100 * value, 1))
    spelled = {"days": _("{} days"), "months": _("{} months"), "years": _("{} years")}
    digits = {"points": 1, "ratio": 2, "score": 2}.get(unit, 1 if unit in spelled and value % 1 else None)
    return spelled.get(unit, "{}").format(number(value, digits))


def interval(low: float | None, high: float | None, unit: str) -> str:
    """An interval in words: "€10 to €14"; "–" when there is none."""
    if unknown(low) or unknown(high):
        return MISSING
    return _("{low} to {high}", low=quantity(low, unit), high=quantity(high, unit))


def unknown(value: object) -> bool:
    """Whether a value cannot be shown as a number: None, NaN, an infinity."""
    return value is None or (isinstance(value, float) and not math.isfinite(value)) or value != value
