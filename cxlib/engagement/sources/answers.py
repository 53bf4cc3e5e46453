"""Answers that carry words or are words → the point of the scale they name (`answers.yaml` holds the worded scales)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import pandas as pd

from cxlib.engagement.sources.numbers import UNITS
from cxlib.language import read_yaml

_LEADING = re.compile(  # 10 - Extremely likely; 5 estrellas; 4 (good); 3 = neutral; 7/10 keeps its first figure
    r"^(?P<point>-?[0-9]{1,3}(?:[.,][0-9])?)\s*(?:[-–—:=.)]+\s*|\()?(?:\s|(?<=[-–—:=.)(]))[^\d]*\)?$"
)
_STARS = re.compile(r"^[★⭐]{1,10}[☆]{0,10}$")


def plain_words(text: str) -> str:
    """Words without letter case, accents, full stops and repeated blanks."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    return " ".join(bare.replace(".", " ").replace("’", "'").split())


@cache
def worded_scales() -> tuple[tuple[str, ...], ...]:
    """The known scales in words, each from its worst to its best answer."""
    return tuple(tuple(map(str, scale)) for scale in read_yaml(Path(__file__).with_suffix(".yaml")))


def worded_scale(words: set[str], n_points: int = 0) -> tuple[str, ...]:
    """The one scale that holds all the words, of so many points where it is given; () when none or several do."""
    fitting = [scale for scale in worded_scales() if words <= set(scale) and n_points in (0, len(scale))]
    points = {(len(scale), *(scale.index(word) for word in sorted(words))) for scale in fitting}
    return fitting[0] if len(points) == 1 else ()


def _ends(words: set[str]) -> dict[str, int]:
    """Words that name only the two ends of a scale, however many points lie between: 0 the worst, 1 the best."""
    for scale in worded_scales():
        if len(scale) > 2 and words == {scale[0], scale[-1]}:
            return {scale[0]: 0, scale[-1]: 1}
    return {}


def points_of(texts: pd.Series[str], low: float, high: float) -> tuple[pd.Series[str], int, set[str]]:
    """Answers to one question as figures on its scale, how many were put so, and the worded answers that were left.

    Words become points where one known scale holds them all and has as many points as the question's, or where they name
    its two ends. A figure in front of words is the point. What is left stands as it is.
    """
    unique = {text: _figure(text) for text in texts.unique() if text}
    rest = {text: plain_words(text) for text, figure in unique.items() if figure is None and not _number(text)}
    told = {text: figure for text, figure in unique.items() if figure is not None}
    points = {word: low + place for place, word in enumerate(worded_scale(set(rest.values()), int(high - low) + 1))}
    if rest and not points and len(rest) < len(unique):
        points = {word: high if end else low for word, end in _ends(set(rest.values())).items()}
    if rest and points:
        told |= {text: f"{points[words]:g}" for text, words in rest.items()}
        rest = {}
    hit = texts.isin(list(told))
    return texts.where(~hit, texts.map(told)).astype("str"), int(hit.sum()), set(rest)


def _number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[0-9]+(?:[.,][0-9]+)?(?:[eE][-+]?[0-9]+)?%?", text.strip()))


def _figure(text: str) -> str | None:
    """The figure that stands before words, or the number of stars; None when there are no words beside a figure."""
    if _STARS.match(text):
        return str(sum(sign in "★⭐" for sign in text))
    found = _LEADING.match(text.strip()) if not _number(text) else None
    if found is None or text[found.end("point") :].strip().casefold() in (*UNITS, "%"):
        return None
    return found["point"].replace(",", ".")
