"""What the data leave open, said once: the answers that cannot be told, taken out of a page's questions into one list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bs4 import BeautifulSoup
from markupsafe import Markup

from cxlib.language import _
from cxlib.report.blocks import Block, is_shown
from cxlib.report.section import Section


@dataclass(frozen=True)
class Open:
    """A question these data leave open: why, and what would settle it."""

    question: str
    sentences: tuple[str, ...]


def is_open(answer: Block) -> bool:
    """Whether an answer says that nothing can be told: it begins so, or its verdict is so and it holds no number."""
    soup = BeautifulSoup(answer.html, "html.parser")
    mark = soup.select_one(".verdict.cannot-tell")
    words = _sentence(answer)
    return mark is not None and (words.startswith(_opening()) or not re.search(r"\d", words))


def set_apart(sections: Iterable[Section], headline: str) -> tuple[list[Open], list[Section]]:
    """Return what is open, each sentence once and none that the headline says, and the sections that show something."""
    found: list[Open] = []
    kept, said = [], {_plain(headline)}
    for section in sections:
        section = _without_remarks(section)
        shows = any(is_shown(block) for block in (*section.pictures, *section.tables))
        if not shows and not section.answer:
            continue  # remarks alone: what is missing is said where a question is answered
        if shows or not section.answer or not all(map(is_open, section.answer)):
            kept.append(section)
            continue
        words = [_sentence(block) for block in section.answer]
        new = [one for one in dict.fromkeys(words) if not any(one in told for told in said)]
        said.update(new)
        if new:
            found.append(Open(section.title, tuple(one.removeprefix(_opening()).lstrip() for one in new)))
    capital = [replace(one, sentences=tuple(s[:1].upper() + s[1:] for s in one.sentences)) for one in found]
    return capital, kept


def without_repeats(limits: Iterable[Block], told: Sequence[Block], headline: str) -> list[Block]:
    """The limits without the lines that an answer, the decision or the headline has said."""
    said = [_plain(headline), *(_sentence(block) for block in told)]
    kept = []
    for block in limits:
        soup = BeautifulSoup(block.html, "html.parser")
        for line in soup.select("ul.limits > li"):
            if any(_plain(line.get_text()) in words for words in said):
                line.decompose()
        if soup.get_text(strip=True):
            kept.append(replace(block, html=Markup(str(soup))))
    return kept


def _without_remarks(section: Section) -> Section:
    """A section without remarks on pictures that are not there when it has an answer, and on tables when that is open."""
    told, is_missing = bool(section.answer), any(map(is_open, section.answer))
    once = {_plain(block.html): block for block in section.pictures if block.tag != "read" and not is_shown(block)}
    return replace(
        section,
        pictures=tuple(
            one
            for one in section.pictures
            if one.tag == "read" or is_shown(one) or (not told and once[_plain(one.html)] is one)
        ),
        tables=tuple(one for one in section.tables if not is_missing or is_shown(one)),
    )


def _opening() -> str:
    """How an answer begins that cannot be told."""
    return _("Cannot tell: {reason}.").partition("{")[0].strip()


def _sentence(block: Block) -> str:
    """The words of an answer without its verdict."""
    soup = BeautifulSoup(block.html, "html.parser")
    for mark in soup.select(".verdict"):
        mark.decompose()
    return _plain(soup.get_text())


def _plain(words: str) -> str:
    return " ".join(words.split())
