"""`cx export`: the formats that were asked for, each written whole or not at all, into OUT/<engagement>/exports/."""

from __future__ import annotations

import importlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from cxlib.engagement.left import leave
from cxlib.errors import CxError, UsageError, nearest
from cxlib.exports.archive import settled
from cxlib.exports.book import Book
from cxlib.exports.zip import zipped
from cxlib.language import _

NEEDS = {
    "pdf": "weasyprint",
    "pptx": "pptx",
    "xlsx": "xlsxwriter",
    "ics": "",
    "zip": "",
}  # the optional library of each
FORMATS = tuple(NEEDS)
INSTALL = 'pip install "cxlib[export]"'


@dataclass(frozen=True)
class Exported:
    """One file that was written."""

    format: str
    path: Path
    n_bytes: int


def formats_of(words: str) -> tuple[str, ...]:
    """The formats of a word list ("pdf,xlsx"), the archive last; an unknown one is refused with the nearest."""
    asked = [word.strip().casefold() for word in words.split(",") if word.strip()]
    accepted = _("Formats are {names}").format(names=", ".join(FORMATS))
    for one in asked:
        if one not in FORMATS:
            raise UsageError(
                f"--to {words}",
                _("'{name}' is not a format of the exports").format(name=one) + nearest(one, FORMATS),
                accepted,
            )
    if not asked:
        raise UsageError("--to", _("no format is named"), accepted)
    return tuple(one for one in FORMATS if one in asked)


def export(book: Book, formats: tuple[str, ...]) -> list[Exported]:
    """Make every format before the first is written: an export is complete or it has not happened.

    Raises CxError when an optional library is absent, ChainError when the run cannot be exported.
    """
    needed = [
        one for one in FORMATS if one != "zip" and (one in formats or "zip" in formats)
    ]  # it holds every other format
    for one in needed:
        _check_library(one)
    made = {one: content for one in needed if (content := _made(one, book, one in formats)) is not None}
    if "zip" in formats:
        made["zip"] = zipped(book, {file_name(book, one): content for one, content in made.items()})
    names = {one: f"exports/{file_name(book, one)}" for one in formats}
    leave(book.home, {name: made[one] for one, name in names.items()})
    return [Exported(one, book.home / name, len(made[one])) for one, name in names.items()]


def file_name(book: Book, format: str) -> str:
    """hogar-claro_2026-06-30_draft.pdf: whose it is, until when, whether it binds."""
    plain = unicodedata.normalize("NFKD", book.brief.company).encode("ascii", "ignore").decode().casefold()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "client"
    draft = f"_{_('draft')}" if book.draft else ""
    return f"{name}_{book.brief.as_of.isoformat()}{draft}.{format}"


def _made(format: str, book: Book, asked: bool) -> bytes | None:
    """One format's content; None for a calendar that nobody asked for by name and that would hold no meeting."""
    if format == "ics" and not asked and book.kept(8, "meetings").empty:
        return None
    content: bytes = getattr(importlib.import_module(f"cxlib.exports.{format}"), format)(book)
    office = format in ("pptx", "xlsx")  # with fixed times: equal runs give equal bytes
    return settled(content, book.brief.as_of.isoformat()) if office else content


def _check_library(format: str) -> None:
    """Say which command brings a library that is not here."""
    library = NEEDS[format]
    try:
        importlib.import_module(library or "cxlib")
    except (ImportError, OSError) as error:  # OSError: WeasyPrint without its own shared libraries
        raise CxError(
            f"--to {format}",
            _("the library {name} cannot be loaded ({why})").format(name=library, why=str(error).splitlines()[0][:120]),
            _("Exports are an optional part of the package"),
            _("Install it: `{command}`").format(command=INSTALL),
        ) from None
