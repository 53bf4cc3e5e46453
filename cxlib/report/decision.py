"""The decision card of a page: a choice part by part, said once, with its alternatives below it."""

from __future__ import annotations

import re
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag

from cxlib.chain import Stage
from cxlib.engagement import choices
from cxlib.language import _
from cxlib.report.standing import Standing
from cxlib.report.states import State

LONGEST = 150  # characters of one part of a choice where it is listed: two lines
_PART = re.compile(r";\s+(?=[^:;,]{1,40}: )")  # "stall step: Quote; objective step: Sale" between its parts


def decision_card(html: str, standing: Standing, *, commands: bool = True) -> str:
    """The card as the decision stands now, in parts; "As recommended" where it repeats the recommendation.

    `commands` keeps the line that says how to seal it.
    """
    soup = BeautifulSoup(html, "html.parser")
    _as_it_stands(soup, standing)
    if not commands or standing.by:
        _without_commands(soup)
    recommended, decided = _first(soup, "recommendation"), _first(soup, "decision")
    if recommended is not None and decided is not None and recommended.get_text() == decided.get_text():
        decided.string = _("As recommended")
        decided = None
    for choice in (recommended, decided):
        if choice is not None:
            _in_parts(soup, choice)
    return str(soup)


def _as_it_stands(soup: BeautifulSoup, standing: Standing) -> None:
    """Say that the decision was sealed after the notebook ran, by whom and why."""
    band, word, choice = soup.select_one("p.band"), soup.select_one("p.band strong"), _first(soup, "decision")
    if not standing.by or band is None or word is None or "sealed" in (band.get("class") or []):
        return
    word.string = f"{standing.state.word}."
    for text in list(word.next_siblings):
        text.extract()
    band.append(" " + _("Sealed by {by}: {why}").format(by=standing.by, why=standing.why))
    if choice is not None and standing.choice_words:
        choice.string = standing.choice_words


def _without_commands(soup: BeautifulSoup) -> None:
    """Drop the rows that hold a command."""
    for row in soup.select("dl.decision > dd"):
        term = row.find_previous_sibling("dt")
        if term is not None and row.get_text().startswith("cx "):
            term.decompose()
            row.decompose()


def inherited_list(html: str) -> str:
    """The list of inherited decisions with each choice in parts."""
    soup = BeautifulSoup(html, "html.parser")
    for choice in soup.find_all("dd"):
        _in_parts(soup, choice)
    return str(soup)


def choice_parts(words: str) -> list[str]:
    """The parts of a choice in words: "Stall step: Quote", "Objective step: Sale"."""
    return [part[:1].upper() + part[1:] for part in _PART.split(words) if part]


class Part(NamedTuple):
    """A part of a choice: its key, what it is called, its value in words."""

    key: str
    name: str
    words: str


class Stands:
    """What shows one stage's standing: the stage, its state, its choice."""

    standing: Standing

    @property
    def stage(self) -> Stage:
        """The stage itself."""
        return self.standing.stage

    @property
    def state(self) -> State:
        """Its state."""
        return self.standing.state

    @property
    def choice(self) -> list[Part]:
        """The choice in force in words, part by part."""
        return choice_pairs(self.standing)


def choice_pairs(standing: Standing, longest: int = LONGEST) -> list[Part]:
    """The choice in force, part by part, in its order; long lists cut with how many entries they have."""
    parts = choice_parts(standing.choice_words) if standing.choice else []
    named = (part.partition(": ") for part in parts)
    return [
        Part(key, name, _short(words, value, longest))
        for (key, value), (name, _colon, words) in zip(choices.ordered(standing.choice), named, strict=False)
    ]


def _short(words: str, value: object, longest: int) -> str:
    """A list as far as it fits, and how many entries it has."""
    if len(words) <= longest:
        return words
    head = words[:longest].rpartition(" ")[0].rstrip(",;: ")
    if not isinstance(value, list):
        return f"{head} …"
    return _("{first} … ({n} in all)").format(first=head, n=len(value))


def _first(soup: BeautifulSoup, css: str) -> Tag | None:
    """The first description of a list."""
    return soup.select_one(f"dl.{css} > dd")


def _in_parts(soup: BeautifulSoup, choice: Tag) -> None:
    """Put each part of a choice on its own line, its name before it."""
    parts = choice_parts(choice.get_text(" ", strip=True))
    choice.clear()
    for part in parts:
        name, colon, value = part.partition(": ")
        line = soup.new_tag("span", attrs={"class": "part"})
        if colon:
            key = soup.new_tag("span", attrs={"class": "key"})
            key.string = f"{name}: "
            line.append(key)
        line.append(value if colon else part)
        choice.append(line)
