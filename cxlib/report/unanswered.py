"""What the data leave open, said once: the answers that cannot be told, taken out of a page's questions into one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bs4 import BeautifulSoup
from markupsafe import Markup

from cxlib.language import _
from cxlib.report.blocks import Block, plain
from cxlib.report.section import Section


@dataclass(frozen=True)
class Open:
    """A question these data leave open: why, and what would settle it."""

    question: str
    sentences: tuple[str, ...]


def set_apart(sections: Iterable[Section], headline: str) -> tuple[list[Open], list[Section]]:
    """What is open, each sentence once and none that the headline says; and the sections that show or answer something."""
    found: list[Open] = []
    kept, said = [], {plain(headline)}
    for section in map(_without_remarks, sections):
        shows = any(block.is_shown for block in (*section.pictures, *section.tables))
        if not shows and not section.answer:
            continue  # remarks alone: what is missing is said where a question is answered
        if shows or not all(block.is_open for block in section.answer):
            kept.append(section)
            continue
        words = dict.fromkeys(block.words for block in section.answer)
        new = [one for one in words if not any(one in told for told in said)]
        said.update(new)
        if new:
            found.append(Open(section.title, tuple(map(_reason, new))))
    return found, kept


def without_repeats(limits: Iterable[Block], told: Sequence[Block], headline: str) -> list[Block]:
    """The limits without the lines that an answer, the decision or the headline has said."""
    said = [plain(headline), *(block.words for block in told)]
    kept = []
    for block in limits:
        soup = BeautifulSoup(block.html, "html.parser")
        for line in soup.select("ul.limits > li"):
            if any(plain(line.get_text()) in words for words in said):
                line.decompose()
        if soup.get_text(strip=True):
            kept.append(replace(block, html=Markup(str(soup))))
    return kept


def _without_remarks(section: Section) -> Section:
    """A section without remarks on pictures that are not there when it has an answer, and on tables when that is open."""
    is_missing = any(block.is_open for block in section.answer)
    once = {block.words: block for block in section.pictures if block.tag != "read" and not block.is_shown}

    def stays(block: Block) -> bool:
        return block.tag == "read" or block.is_shown or (not section.answer and once[block.words] is block)

    tables = tuple(one for one in section.tables if not is_missing or one.is_shown)
    return replace(section, pictures=tuple(filter(stays, section.pictures)), tables=tables)


def _reason(sentence: str) -> str:
    """Why a question is open, without the words that say that it is."""
    opening = _("Cannot tell: {reason}.").partition("{")[0].strip()
    reason = sentence.removeprefix(opening).lstrip()
    return reason[:1].upper() + reason[1:]
