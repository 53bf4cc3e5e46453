"""ZIP: what a client is handed. Pages of the client's edition, every document, the calendar; looked through before it leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cxlib.chain import STAGES
from cxlib.errors import ChainError
from cxlib.exports.archive import packed
from cxlib.exports.book import Book
from cxlib.exports.leaks import leaks, leaks_of
from cxlib.language import _

PAGES = ("index", "summary", *(stage.slug for stage in STAGES))
_COMMAND = re.compile(r'<pre tabindex="0"><code>cx .*?</code></pre>\n?', re.DOTALL)


def zipped(book: Book, documents: Mapping[str, bytes]) -> bytes:
    """Return the archive of pages and `documents` (file name → content).

    An allow-list: no notebook, record, log or data file has a place in it. Raises ChainError when the pages are another
    reader's, or when a byte of it names this machine or was meant for the analyst.
    """
    held = {f"{name}.html": _page(book, name) for name in PAGES} | {f"exports/{k}": v for k, v in documents.items()}
    known = leaks_of(book.brief.folder, book.home)
    found = [one for name in sorted(held) for one in leaks(name, held[name], known)]
    if found:
        part, kind, words = found[0]
        raise ChainError("--to zip", _("{part} holds what may not leave ({kind}: {words!r}), {n} such places").format(
            part=part, kind=kind, words=words[:80], n=len(found)), _("Nothing was written"),
            _("Take it out of the brief, the data or the labels, then run the chain again"))  # fmt: skip
    return packed(held.items())


def _page(book: Book, name: str) -> bytes:
    """A page for the client: as it was made, without the command that the consultant types next."""
    page = (book.home / f"{name}.html").read_text(encoding="utf-8")
    if '<body class="report">' not in page:
        raise ChainError("--to zip", _("{name} is not the client's edition").format(name=f"{name}.html"),
                         _("A client is handed the audience `report`"),
                         _("Make the pages again: `cx run --audience report`"))  # fmt: skip
    return _COMMAND.sub("", page).encode()
