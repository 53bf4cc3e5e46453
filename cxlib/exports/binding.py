"""The pages of a run bound into one document: cover, contents, summary, overview, ten stages, dictionary, with inner links."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from cxlib.chain import STAGES
from cxlib.errors import ChainError
from cxlib.exports.book import Book
from cxlib.exports.formula import formula
from cxlib.language import _, voice
from cxlib.report.page import css

PAGES = ("summary", "index", *(stage.slug for stage in STAGES), "dictionary")  # in the order of the book
_COMMAND = re.compile(r'<pre tabindex="0"><code>cx .*?</code></pre>\n?', re.DOTALL)
_SCREEN = ("tabindex", "role", "aria-label", "aria-labelledby", "aria-hidden")  # for who moves about a page


def client_page(book: Book, name: str) -> str:
    """A page for the client: as it was made, without the command that the consultant types next.

    Raises ChainError when there is no such page (an older version made the run), or it is another reader's edition.
    """
    path = book.home / f"{name}.html"
    if not path.is_file():
        raise ChainError(path.name, _("the run has no such page"), "", _("Make the pages again: `cx run`"))
    page = path.read_text(encoding="utf-8")
    if '<body class="report">' not in page:
        raise ChainError(
            f"{name}.html",
            _("it is not the client's edition"),
            _("A client is handed the audience `report`"),
            _("Make the pages again: `cx run --audience report`"),
        )
    return _COMMAND.sub("", page)


def bound(book: Book) -> str:
    """The whole book as one HTML document that asks for nothing outside itself."""
    parts = {name: _part(client_page(book, name), name) for name in PAGES}
    contents = "".join(_entry(name, part) for name, part in parts.items())
    return (
        f'<!DOCTYPE html><html lang="{escape(voice().lang)}"><head><meta charset="utf-8"><title>{escape(book.title)}</title>'
        f'<meta name="author" content="{escape(book.brief.company)}"><meta name="description" content="{escape(book.status)}">'
        f"<style>{css()}{_css()}</style></head><body>"
        f'<header class="cover"><p class="client">{escape(book.brief.company)}</p><h1>{escape(book.title)}</h1>'
        f'<p class="standing">{escape(book.status)}</p></header>'
        f'<nav class="contents"><h2>{_("Contents")}</h2><ol>{contents}</ol></nav>'
        + "".join(f'<main class="chapter" id="{name}">{part.decode_contents()}</main>' for name, part in parts.items())
        + "</body></html>"
    )


def _entry(name: str, part: Tag) -> str:
    """A part in the contents, with its questions."""
    heads = "".join(
        f'<li><a href="#{head["id"]}">{escape(head.get_text(" ", strip=True))}</a></li>'
        for head in part.select("section.q > h2[id]")
    )
    title = part.h1.get_text(" ", strip=True) if part.h1 else name
    return f'<li><a href="#{name}">{escape(title)}</a>{f"<ol>{heads}</ol>" if heads else ""}</li>'


def _part(page: str, name: str) -> Tag:
    """The content of a page, its ids made its own, its formulas readable, its links turned inwards."""
    main = BeautifulSoup(page, "html.parser").main
    if main is None:
        raise ChainError(f"{name}.html", _("it has no content"), "", _("Run the chain again"))
    for math in list(main.find_all("math")):
        math.replace_with(BeautifulSoup(_told(math), "html.parser"))
    for tag in main.find_all(True):
        for attribute in _SCREEN:
            tag.attrs.pop(attribute, None)
        if "id" in tag.attrs:
            tag["id"] = f"{name}--{tag['id']}"
        if "href" in tag.attrs:
            tag["href"] = _inward(str(tag["href"]), name)
    return main


def _told(math: Tag) -> str:
    """A formula in one line."""
    block = " block" if math.get("display") == "block" else ""
    return f'<span class="told{block}">{formula(math)}</span>'


def _inward(href: str, name: str) -> str:
    """A link between pages as a link within the book; one that leads outside stays."""
    page, _hash, place = href.partition("#")
    target = page.removesuffix(".html") or name
    if page and (not page.endswith(".html") or target not in PAGES):
        return href
    return f"#{target}--{place}" if place else f"#{target}"


@cache
def _css() -> str:
    """What a book needs beyond a printed page."""
    return (Path(__file__).parent / "book.css").read_text(encoding="utf-8")
