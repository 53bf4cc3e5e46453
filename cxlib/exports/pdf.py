"""PDF: the whole book, tagged (PDF/UA-1), with contents, bookmarks, language and title.

WeasyPrint and not a browser: it numbers the contents, it is a library and no program, and equal books give equal bytes.
"""

from __future__ import annotations

import logging

from weasyprint import HTML
from weasyprint.urls import URLFetcher

from cxlib.exports.binding import bound
from cxlib.exports.book import Book


def pdf(book: Book) -> bytes:
    """The book of the client's pages."""
    return printed(bound(book))


def printed(document: str) -> bytes:
    """An HTML document as tagged PDF; nothing outside the document is fetched."""
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it tells every style of the screen that it does not know
    fetcher = URLFetcher(allowed_protocols=["data"], fail_on_errors=False)
    return bytes(HTML(string=document, url_fetcher=fetcher).write_pdf(pdf_variant="pdf/ua-1") or b"")
