"""The decision card of a page: a choice part by part, said once, with its alternatives below it."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag

from cxlib.language import _

_PART = re.compile(r";\s+(?=[^:;,]{1,40}: )")  # "stall step: Quote; objective step: Sale" between its parts


def decision_card(html: str) -> str:
    """Return the card with its choices in parts, and "As recommended" where the decision repeats the recommendation."""
    soup = BeautifulSoup(html, "html.parser")
    recommended, decided = _first(soup, "recommendation"), _first(soup, "decision")
    if recommended is not None and decided is not None and recommended.get_text() == decided.get_text():
        decided.string = _("As recommended")
        decided = None
    for choice in (recommended, decided):
        if choice is not None:
            _in_parts(soup, choice)
    return str(soup)


def inherited_list(html: str) -> str:
    """Return the list of inherited decisions with each choice in parts."""
    soup = BeautifulSoup(html, "html.parser")
    for choice in soup.find_all("dd"):
        _in_parts(soup, choice)
    return str(soup)


def choice_parts(words: str) -> list[str]:
    """The parts of a choice in words: "Stall step: Quote", "Objective step: Sale"."""
    return [part[:1].upper() + part[1:] for part in _PART.split(words) if part]


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
