"""`cx export`: the formats that were asked for, each written whole or not at all, into OUT/<engagement>/exports/."""

from __future__ import annotations

import importlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from cxlib.engagement import records
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
    """Return the formats of a word list ("pdf,xlsx"), the archive last; an unknown one is refused with the nearest."""
    asked = [word.strip().casefold() for word in words.split(",") if word.strip()]
    for one in asked:
        if one not in FORMATS:
            raise UsageError(
                f"--to {words}",
                _("'{name}' is no format").format(name=one) + nearest(one, FORMATS),
                _("Formats are {names}").format(names=", ".join(FORMATS)),
            )
    if not asked:
        raise UsageError("--to", _("no format is named"), _("Formats are {names}").format(names=", ".join(FORMATS)))
    return tuple(one for one in FORMATS if one in asked)


def export(book: Book, formats: tuple[str, ...]) -> list[Exported]:
    """Make every format before the first is written: an export is complete or it has not happened.

    Raises CxError when an optional library is absent, ChainError when the run cannot be exported.
    """
    for one in _needed(formats):
        _check_library(one)
    made = {one: content for one in _needed(formats) if (content := _made(one, book, one in formats)) is not None}
    if "zip" in formats:
        made["zip"] = zipped(book, {file_name(book, one): content for one, content in made.items()})
    written = []
    for one in formats:
        content = made[one]
        path = book.home / "exports" / file_name(book, one)
        records.write_bytes(path, content)
        written.append(Exported(one, path, len(content)))
    return written


def file_name(book: Book, format: str) -> str:
    """hogar-claro_2026-06-30_draft.pdf: whose it is, until when, whether it binds."""
    plain = unicodedata.normalize("NFKD", book.brief.company).encode("ascii", "ignore").decode().casefold()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "client"
    draft = f"_{_('draft')}" if book.draft else ""
    return f"{name}_{book.brief.as_of.isoformat()}{draft}.{format}"


def _needed(formats: tuple[str, ...]) -> tuple[str, ...]:
    """What has to be made, one by one: the archive holds every other format."""
    return tuple(one for one in FORMATS if one != "zip" and (one in formats or "zip" in formats))


def _made(format: str, book: Book, asked: bool) -> bytes | None:
    """One format's content; None for a calendar that nobody asked for by name and that would hold no meeting."""
    if format == "ics" and not asked and book.kept(8, "meetings").empty:
        return None
    maker = importlib.import_module(f"cxlib.exports.{format}")
    return _settled(format, getattr(maker, format)(book), book)


def _settled(format: str, content: bytes, book: Book) -> bytes:
    """Office documents with fixed times: equal runs give equal bytes."""
    return settled(content, book.brief.as_of.isoformat()) if format in ("pptx", "xlsx") else content


def _check_library(format: str) -> None:
    """Say which command brings a library that is not here."""
    library = NEEDS[format]
    try:
        if library:
            importlib.import_module(library)
    except (ImportError, OSError) as error:  # OSError: WeasyPrint without its own shared libraries
        raise CxError(
            f"--to {format}",
            _("the library {name} cannot be loaded ({why})").format(name=library, why=str(error).splitlines()[0][:120]),
            _("Exports are an optional part of the package"),
            _("Install it: `{command}`").format(command=INSTALL),
        ) from None
