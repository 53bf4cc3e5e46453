"""Whether a column is a rating, on which scale, and which of its values are no answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cxlib.draft.profile import Column, plain
from cxlib.draft.vocabulary import first_of, scales, words

_NO_ANSWER = {-1, -9, -99, -999, 88, 97, 98, 99, 999, 9999}
_MOST_VALUES = 25  # different texts of a rating
_FRONT = re.compile(
    r"^(\d{1,2})\s*(?:[-–—:=.)(]\s*\D.*|(?:estrellas?|stars?|sterne|estrelas?|puntos?|points?|von 5|de 5|of 5|/ ?\d+)\b.*)$",
    re.I,
)
_BEHIND = re.compile(r"^[^\d]+[-–—:=(]\s*(\d{1,2})\)?$")
_CODE = re.compile(r"^AO?0*(\d{1,2})$")


@dataclass(frozen=True)
class Rating:
    """A column of ratings: lowest and highest score, what stands for which score, and values that may be no answer."""

    column: Column
    low: int
    high: int
    codes: dict[str, str] = field(default_factory=dict)  # text → score, or "blank"
    unsure: tuple[str, ...] = ()  # values outside the scale that nobody has explained
    unread: tuple[str, ...] = ()  # texts that are no score
    values: frozenset[int] = frozenset()

    @property
    def scale(self) -> tuple[int, int]:
        """Lowest and highest score."""
        return self.low, self.high


def rating_of(column: Column, question: str = "", not_shown: tuple[str, ...] = ()) -> Rating | None:
    """The column as a rating; None when its values are none. `question`: what is asked, where that is known."""
    if not column.counts or len(column.counts) > _MOST_VALUES or column.kind not in ("number", "text"):
        return None
    told = {text: blank for text in column.counts if (blank := _nothing(text, not_shown))}
    scores, unread = dict[str, int](), list[str]()
    for text in column.counts:
        if text not in told:
            score = _score(text)
            if score is None:
                unread.append(text)
            else:
                scores[text] = score
    if len(unread) and len(unread) >= len(scores):
        in_words = _in_words([text for text in column.counts if text not in told])
        if in_words is None:
            return None
        scores, unread = in_words, []
    return _rated(column, question, scores, told, tuple(unread))


def _rated(
    column: Column, question: str, scores: dict[str, int], told: dict[str, str], unread: tuple[str, ...]
) -> Rating | None:
    """The rating with its scale, when its scores lie on one."""
    values = sorted(set(scores.values()))
    inside = [value for value in values if value not in _NO_ANSWER and 0 <= value <= 11]
    if not inside or len(inside) < 2 or any(value not in _NO_ANSWER and not 0 <= value <= 11 for value in values):
        return None
    low, high = _scale(inside, question)
    if high < 2:
        return None
    codes = {text: str(score) for text, score in scores.items() if text != str(score) and score in inside}
    codes |= {text: "blank" for text, score in scores.items() if score in _NO_ANSWER and score < 0} | told
    unsure = [text for text, score in scores.items() if not low <= score <= high and score >= 0]
    return Rating(
        column, low, high, codes, tuple(sorted(unsure, key=lambda text: scores[text])), unread, frozenset(inside)
    )


def _scale(values: list[int], question: str) -> tuple[int, int]:
    """The scale that scores lie on: of the usual ones the narrowest; 0 and 6 beside 1 to 5 are outside it."""
    top = max(values)
    if question == "nps":
        return 0, 10
    if top == 6 and 0 in values and len(values) >= 6:
        return 1, 5
    if top >= 8:
        return (0 if 0 in values else 1), 10
    return (1, top) if top not in (1,) else (0, 1)


def _nothing(text: str, not_shown: tuple[str, ...]) -> str:
    return "blank" if text in not_shown or words("nothing").match(plain(text)) else ""


def _score(text: str) -> int | None:
    """The number in an answer: 4, 4.0, `5 - Very likely`, `5 stars`, `Fully agree - 5`, A4."""
    if re.fullmatch(r"-?\d{1,4}(?:[.,]0+)?", text):
        return int(float(text.replace(",", ".")))
    found = _FRONT.match(text) or _BEHIND.match(text) or _CODE.match(text)
    return int(found[1]) if found else None


def _in_words(texts: list[str]) -> dict[str, int] | None:
    """Answers in words as 1 to n, when each of them is on one and the same known scale."""
    for scale in scales():
        found = {
            text: place
            for text in texts
            for place, words_of in enumerate(scale, start=1)
            if words_of.fullmatch(plain(text))
        }
        if len(found) == len(texts) >= 2:
            return found
    return None


def question_of(column: Column) -> str:
    """What a column asks by its name and question: nps, ces, importance, expectation, memory, overall, csat; "" when unknown."""
    return first_of("questions", column.said)
