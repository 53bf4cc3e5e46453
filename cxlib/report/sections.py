"""A client's page in the order a reader needs it: the figure that carries the result, the decision, each question with its
figure, answer and table, and how it was computed at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bs4 import BeautifulSoup
from markupsafe import Markup

from cxlib.language import _, sentences
from cxlib.report.audiences import Told
from cxlib.report.blocks import Block, finding_html
from cxlib.report.section import Section
from cxlib.report.unanswered import Open, set_apart, without_repeats

MOST_POINTS = 6  # what is read in thirty seconds
NUMBER = re.compile(r"\d(?:[\d.,\u00a0]*\d)?")
SAME_NUMBERS = 4  # an estimate, its interval and n: no two results share them by chance
SHORTEST_POINT = 60  # characters: "3,578 journeys began." alone is no answer


@dataclass(frozen=True)
class Point:
    """One thing to know: how an answer begins, its verdict, its question, and where the rest stands."""

    sentence: str
    verdict: str
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


_PLACES = {
    "figure": "pictures",
    "read": "pictures",
    "finding": "answer",
    "table": "tables",
    "ask": "method",
    "appendix": "method",
}


@dataclass
class _Parts:
    """A section while it is filled."""

    title: str
    places: dict[str, list[Block]] = field(default_factory=lambda: {place: [] for place in _PLACES.values()})
    decides: bool = False

    def section(self, number: int) -> Section:
        """The section as it stands on the page."""
        title = _("What the decision rests on") if self.decides else self.title
        places = {name: tuple(blocks) for name, blocks in self.places.items()}
        return Section(title, f"q{number}", **places, decides=self.decides)


def reading(blocks: Sequence[Block], headline: str) -> Reading:
    """Put the blocks of a notebook in reading order; what the headline says is not said again among the points."""
    found = _sections(blocks)
    lead = _lead(found)
    still, rest = set_apart([_without(section, lead) for section in found], headline)
    limits = [replace(block, html=_heading(block.html)[1]) for block in _tagged(blocks, "limits")]
    return Reading(
        lead=lead,
        decision=_tagged(blocks, "decision"),
        sections=tuple(one for one in rest if one.pictures or one.answer or one.tables),
        limits=tuple(without_repeats(limits, _tagged(blocks, "finding", "decision"), headline)),
        method=tuple(one for one in found if one.method),
        receives=_tagged(blocks, "receives"),
        points=tuple(_points(found, headline))[:MOST_POINTS],
        open=tuple(still),
    )


def _tagged(blocks: Iterable[Block], *tags: str) -> tuple[Block, ...]:
    return tuple(block for block in blocks if block.tag in tags)


def _sections(blocks: Iterable[Block]) -> list[Section]:
    """The blocks by the question they stand under; what stands before the first question is a section of its own."""
    parts, drawn = [_Parts(_("At a glance"))], True
    for block in blocks:
        if block.tag == "ask":
            title, body = _heading(block.html)
            if title:
                parts.append(_Parts(title))
            block = replace(block, html=body)
        parts[-1].decides |= block.tag == "decision"
        if block.tag not in _PLACES or not block.html.strip():
            continue
        if block.tag == "finding" and block.told:
            block = replace(block, html=finding_html(block.told))
        drawn = block.is_shown if block.tag == "figure" else drawn
        if block.tag != "read" or drawn:  # how to read a figure that could not be drawn tells nobody anything
            parts[-1].places[_PLACES[block.tag]].append(block)
    return [one.section(number) for number, one in enumerate(parts)]


def _heading(html: str) -> tuple[str, Markup]:
    """The heading of a block of prose and what stands below it."""
    soup = BeautifulSoup(html, "html.parser")
    heading = soup.find(re.compile("^h[2-6]$"))
    title = heading.extract().get_text(" ", strip=True) if heading else ""
    return title, Markup(str(soup).strip())


def _lead(found: list[Section]) -> Section | None:
    """The picture that carries the result: the one marked `lead`, else the first; with its notes and its answer."""
    drawn = [(section, picture) for section in found for picture in section.figures if picture.is_shown]
    if not drawn:
        return None
    ranked = sorted(drawn, key=lambda pair: not pair[1].lead)
    told = [pair for pair in ranked if not pair[0].answer or not all(block.is_open for block in pair[0].answer)]
    section, picture = (told or ranked)[0]  # a picture beside an answer, before one whose answer is open
    kept = section.pictures if len(section.figures) == 1 else (picture,)
    return Section(section.title, section.anchor, kept, section.answer, decides=section.decides)


def _without(section: Section, lead: Section | None) -> Section:
    """A section without what stands at the top of the page already."""
    if lead is None or section.anchor != lead.anchor:
        return section
    pictures = tuple(block for block in section.pictures if block not in lead.pictures)
    return replace(section, pictures=pictures, answer=(), anchor=f"{section.anchor}-more")


def _points(found: Iterable[Section], headline: str) -> Iterator[Point]:
    """How each question's first answer begins, unless the title says it; what cannot be told is said further down."""
    for section in found:
        told = next((block.told for block in section.answer if block.told and not block.told.open), Told(""))
        sentence = _opening_words(told.sentence)
        if sentence and sentence not in headline and not _says_no_more(sentence, headline):
            # a later sentence cannot be told, not this one
            verdict = "" if told.verdict == "cannot tell" else told.verdict
            yield Point(sentence, verdict, section.title, f"#{section.anchor}")


def _says_no_more(sentence: str, headline: str) -> bool:
    """Whether a sentence with an interval has no number that the headline has not."""
    numbers = set(NUMBER.findall(sentence))
    return len(numbers) >= SAME_NUMBERS and numbers <= set(NUMBER.findall(headline))


def _opening_words(text: str) -> str:
    """The first sentence, and the next ones while it is too short to say anything."""
    first, *rest = sentences(text)
    while rest and len(first) < SHORTEST_POINT:
        first = f"{first} {rest.pop(0)}"
    return first
