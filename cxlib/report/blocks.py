"""Pieces of a notebook as blocks of a page: clean HTML under a tag, tables called after the heading they stand under."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from bs4 import BeautifulSoup
from markupsafe import Markup

from cxlib.language import _
from cxlib.report.audiences import Piece, Told
from cxlib.report.clean import clean_html
from cxlib.report.prose import prose_html
from cxlib.report.states import verdict_word

_N = re.compile(r"\bn = (?=\d)")  # "n = 312" stays on one line
_EVIDENCE = re.compile(r"(\([^()]*(?:%|n\s=\s)[^()]*\))")  # "(95% interval 3.0% to 13.8%, n = 1,012)"


@dataclass(frozen=True)
class Block:
    """One block of a page: a tag (its CSS class), clean HTML, and of a finding what it says."""

    tag: str
    html: Markup
    lead: bool = False
    told: Told | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is a finding that leaves its question open."""
        return self.told is not None and self.told.open

    @cached_property
    def is_shown(self) -> bool:
        """Whether there is a picture or a table with something in it, and not only a remark that there is none."""
        if "<img" in self.html or "<table" not in self.html:
            return "<img" in self.html
        empty = {"", "–", "0", _("cannot tell"), f"? {_('cannot tell')}"}
        cells = BeautifulSoup(self.html, "html.parser").find_all("td")
        return not cells or any(cell.get_text().strip() not in empty for cell in cells)  # no cell: row headings alone

    @cached_property
    def words(self) -> str:
        """Its words without a verdict, blanks between them."""
        text = self.told.sentence if self.told else BeautifulSoup(self.html, "html.parser").get_text()
        return plain(text)


def block_of(piece: Piece, caption: str) -> Block:
    """One piece as clean HTML; `caption` is what its tables are called when they have no caption."""
    if piece.kind in ("code", "text"):
        kind = "code" if piece.kind == "code" else "printed"
        return Block(kind, Markup('<pre tabindex="0"><code>{}</code></pre>').format(piece.text))
    html = prose_html(piece.text) if piece.kind == "prose" else piece.text
    clean = clean_html(html, where=_("cell {cell}").format(cell=piece.cell_id), caption=caption)
    told = piece.told and piece.told._replace(sentence=_bound(piece.told.sentence))
    return Block(piece.tag, Markup(_bound(clean)), piece.lead, told)


def captions(seen: list[Piece], first: str) -> list[str]:
    """For each piece the heading it stands under."""
    found, current = [], first
    for piece in seen:
        headings = re.findall(r"^#{2,4}\s+(.+?)\s*#*$", piece.text, re.MULTILINE) if piece.kind == "prose" else []
        current = headings[-1] if headings else current
        found.append(current)
    return found


def quiet(sentence: str) -> Markup:
    """A sentence with its intervals and n in brackets set back a little: read first, weighed second."""
    parts = enumerate(_EVIDENCE.split(sentence))
    return Markup().join(Markup('<span class="ev">{}</span>').format(part) if at % 2 else part for at, part in parts)


def verdict_html(verdict: str) -> Markup:
    """A verdict as a word in its colour; nothing for none."""
    tag = Markup('<span class="verdict {}">{}</span>')
    return tag.format(verdict.replace(" ", "-"), verdict_word(verdict)) if verdict_word(verdict) else Markup()


def finding_html(told: Told, css: str = "finding") -> Markup:
    """What a finding says as a paragraph, its evidence set back, its verdict after it."""
    said = quiet(told.sentence)
    if verdict_word(told.verdict):
        said += Markup(" ") + verdict_html(told.verdict)
    return Markup('<p class="{}">{}</p>').format(css, said)


def plain(words: str) -> str:
    """Words with one blank between them."""
    return " ".join(words.split())


def _bound(text: str) -> str:
    return _N.sub("n\u00a0=\u00a0", text)
