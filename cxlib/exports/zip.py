"""ZIP: what a client is handed. Pages of the client's edition, every document, the calendar; looked through before it leaves."""

from __future__ import annotations

from collections.abc import Mapping

from cxlib.errors import ChainError
from cxlib.exports.archive import packed
from cxlib.exports.binding import PAGES, client_page
from cxlib.exports.book import Book
from cxlib.exports.leaks import leaks, leaks_of
from cxlib.language import _


def zipped(book: Book, documents: Mapping[str, bytes]) -> bytes:
    """The archive of pages and `documents` (file name → content).

    An allow-list: no notebook, record, log or data file has a place in it. Raises ChainError when the pages are another
    reader's, or when a byte of it names this machine or was meant for the analyst.
    """
    pages = {f"{name}.html": client_page(book, name).encode() for name in PAGES}
    held = pages | {f"exports/{name}": content for name, content in documents.items()}
    known = leaks_of(book.brief.folder, book.home)
    found = [one for name in sorted(held) for one in leaks(name, held[name], known)]
    if found:
        part, kind, words = found[0]
        raise ChainError(
            "--to zip",
            _("{part} contains what must not be shared ({kind}: {words!r}), in {n} places").format(
                part=part, kind=kind, words=words[:80], n=len(found)
            ),
            _("Nothing was written"),
            _("Take it out of the brief, the data or the labels, then run the chain again"),
        )
    return packed(held.items())
