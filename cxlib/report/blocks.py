"""Pieces of a notebook as blocks of a page: clean HTML under a tag, tables called after the heading they stand under."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from markupsafe import Markup

from cxlib.language import _
from cxlib.report.audiences import Piece
from cxlib.report.clean import clean_html
from cxlib.report.prose import prose_html

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\sa-zà-ÿ])")
_CELL, _TAG = re.compile(r"<td\b[^>]*>(.*?)</td>", re.DOTALL), re.compile(r"<[^>]*>")
_N = re.compile(r"\bn = (?=\d)")  # "n = 312" stays on one line
_EVIDENCE = re.compile(r"(\([^()]*(?:%|n\s=\s)[^()]*\))")  # "(95% interval 3.0% to 13.8%, n = 1,012)"


@dataclass(frozen=True)
class Block:
    """One block of a page: a tag (its CSS class) and clean HTML."""

    tag: str
    html: Markup
    lead: bool = False


def block_of(piece: Piece, caption: str) -> Block:
    """One piece as clean HTML; `caption` is what its tables are called when they have no caption."""
    if piece.kind in ("code", "text"):
        kind = "code" if piece.kind == "code" else "printed"
        return Block(kind, Markup('<pre tabindex="0"><code>{}</code></pre>').format(piece.text))
    html = prose_html(piece.text) if piece.kind == "prose" else piece.text
    where = _("cell {cell}").format(cell=piece.cell_id)
    return Block(
        piece.tag, Markup(_N.sub("n\u00a0=\u00a0", clean_html(html, where=where, caption=caption))), piece.lead
    )


def is_shown(block: Block) -> bool:
    """Whether there is a picture or a table with something in it, and not only a remark that there is none."""
    if "<img" in block.html:
        return True
    empty = {"", "–", "0", _("cannot tell"), f"? {_('cannot tell')}"}
    cells = _CELL.findall(block.html)
    if not cells:
        return "<table" in block.html  # a list: row headings alone
    return any(_TAG.sub("", cell).strip() not in empty for cell in cells)


def captions(seen: list[Piece], first: str) -> list[str]:
    """For each piece the heading it stands under."""
    found, current = [], first
    for piece in seen:
        headings = re.findall(r"^#{2,4}\s+(.+?)\s*#*$", piece.text, re.MULTILINE) if piece.kind == "prose" else []
        current = headings[-1] if headings else current
        found.append(current)
    return found


def quiet_evidence(html: str) -> Markup:
    """Set intervals and n in brackets back a little, so that a sentence is read first and weighed second."""
    soup = BeautifulSoup(html, "html.parser")
    for text in [found for found in soup.find_all(string=_EVIDENCE) if not found.find_parent(class_="ev")]:
        parts = _EVIDENCE.split(str(text))
        text.replace_with(*(_small(soup, part) if at % 2 else NavigableString(part) for at, part in enumerate(parts)))
    return Markup(soup)


def _small(soup: BeautifulSoup, words: str) -> Tag:
    tag = soup.new_tag("span", attrs={"class": "ev"})
    tag.string = words
    return tag
