"""A client's page in the order a reader needs it: the figure that carries the result, the decision, each question with its
figure, answer and table, and how it was computed at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from bs4 import BeautifulSoup
from markupsafe import Markup

from cxlib.language import _
from cxlib.report.blocks import SENTENCE, Block, is_shown, quiet_evidence
from cxlib.report.section import Section
from cxlib.report.unanswered import Open, is_open, set_apart, without_repeats

MOST_POINTS = 6  # what is read in thirty seconds
NUMBER = re.compile(r"\d(?:[\d.,\u00a0]*\d)?")
SAME_NUMBERS = 4  # an estimate, its interval and n: no two results share them by chance
SHORTEST_POINT = 60  # characters: "3,578 journeys began." alone is no answer


@dataclass(frozen=True)
class Point:
    """One thing to know: the first sentence of an answer, its verdict, its question, and where the rest stands."""

    sentence: Markup
    verdict: Markup
    question: str
    href: str


@dataclass(frozen=True)
class Reading:
    """A stage in reading order."""

    lead: Section | None = None
    decision: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    limits: tuple[Block, ...] = ()
    method: tuple[Section, ...] = ()
    receives: tuple[Block, ...] = ()
    points: tuple[Point, ...] = ()
    open: tuple[Open, ...] = ()

    def with_decision(self, card: Markup) -> Reading:
        """The reading with its decision as one card."""
        return replace(self, decision=(Block("decision", card),))


@dataclass
class _Parts:
    """A section while it is filled."""

    title: str
    pictures: list[Block] = field(default_factory=list)
    answer: list[Block] = field(default_factory=list)
    tables: list[Block] = field(default_factory=list)
    method: list[Block] = field(default_factory=list)
    decides: bool = False


_PLACES = {
    "figure": "pictures",
    "read": "pictures",
    "finding": "answer",
    "table": "tables",
    "ask": "method",
    "appendix": "method",
}


def reading(blocks: Sequence[Block], headline: str) -> Reading:
    """Put the blocks of a notebook in reading order; what the headline says is not said again among the points."""
    found = _sections(blocks)
    lead = _lead(found)
    still, rest = set_apart([_without(section, lead) for section in found], headline)
    told = [block for block in blocks if block.tag in ("finding", "decision")]
    limits = [replace(block, html=_heading(block.html)[1]) for block in blocks if block.tag == "limits"]
    return Reading(
        lead=lead,
        decision=tuple(block for block in blocks if block.tag == "decision"),
        sections=tuple(one for one in rest if one.pictures or one.answer or one.tables),
        limits=tuple(without_repeats(limits, told, headline)),
        method=tuple(one for one in found if one.method),
        receives=tuple(block for block in blocks if block.tag == "receives"),
        points=tuple(_points(found, headline))[:MOST_POINTS],
        open=tuple(still),
    )


def _sections(blocks: Iterable[Block]) -> list[Section]:
    """The blocks by the question they stand under; what stands before the first question is a section of its own."""
    parts, drawn = [_Parts(_("At a glance"))], True
    for block in blocks:
        if block.tag == "ask":
            title, body = _heading(block.html)
            if title:
                parts.append(_Parts(title))
            block = replace(block, html=body)
        if block.tag == "decision" and not parts[-1].decides:
            parts[-1].decides = True
        if block.tag in _PLACES and block.html.strip():
            html = quiet_evidence(block.html) if block.tag == "finding" else block.html
            drawn = is_shown(block) if block.tag == "figure" else drawn
            if block.tag != "read" or drawn:  # how to read a figure that could not be drawn tells nobody anything
                getattr(parts[-1], _PLACES[block.tag]).append(replace(block, html=html))
    return [
        Section(
            _("What the decision rests on") if one.decides else one.title,
            f"q{number}",
            tuple(one.pictures),
            tuple(one.answer),
            tuple(one.tables),
            tuple(one.method),
            one.decides,
        )
        for number, one in enumerate(parts)
    ]


def _heading(html: str) -> tuple[str, Markup]:
    """The heading of a block of prose and what stands below it."""
    soup = BeautifulSoup(html, "html.parser")
    heading = soup.find(re.compile("^h[2-6]$"))
    title = heading.extract().get_text(" ", strip=True) if heading else ""
    return title, Markup(str(soup).strip())


def _lead(found: list[Section]) -> Section | None:
    """The picture that carries the result: the one marked `lead`, else the first; with its notes and its answer."""
    drawn = [(section, picture) for section in found for picture in section.figures if is_shown(picture)]
    marked = [pair for pair in drawn if pair[1].lead]
    if not drawn:
        return None
    told = [pair for pair in (*marked, *drawn) if not pair[0].answer or not all(map(is_open, pair[0].answer))]
    section, picture = (told or marked or drawn)[0]  # a picture beside an answer, before one whose answer is open
    kept = section.pictures if len(section.figures) == 1 else (picture,)
    return Section(section.title, section.anchor, kept, section.answer, decides=section.decides)


def _without(section: Section, lead: Section | None) -> Section:
    """A section without what stands at the top of the page already."""
    if lead is None or section.anchor != lead.anchor:
        return section
    pictures = tuple(block for block in section.pictures if block not in lead.pictures)
    return replace(section, pictures=pictures, answer=(), anchor=f"{section.anchor}-more")


def _points(found: Iterable[Section], headline: str) -> Iterable[Point]:
    """How each question's answer begins, unless the title says it; what cannot be told is said once, further down."""
    for section in found:
        for block in [one for one in section.answer if not is_open(one)][:1]:
            soup = BeautifulSoup(block.html, "html.parser")
            paragraph = soup.find("p") or soup
            mark = paragraph.select_one(".verdict")
            verdict = Markup(mark.extract()) if mark else Markup()
            sentence = _opening_words(paragraph.get_text().strip())
            if sentence and sentence not in headline and not _says_no_more(sentence, headline):
                known = (
                    Markup() if "cannot-tell" in verdict else verdict
                )  # a later sentence cannot be told, not this one
                yield Point(quiet_evidence(str(Markup.escape(sentence))), known, section.title, f"#{section.anchor}")


def _says_no_more(sentence: str, headline: str) -> bool:
    """Whether a sentence with an interval has no number that the headline has not."""
    numbers = set(NUMBER.findall(sentence))
    return len(numbers) >= SAME_NUMBERS and numbers <= set(NUMBER.findall(headline))


def _opening_words(text: str) -> str:
    """The first sentence, and the next ones while it is too short to say anything."""
    first, *rest = SENTENCE.split(text)
    while rest and len(first) < SHORTEST_POINT:
        first = f"{first} {rest.pop(0)}"
    return first
