"""How clients call things (`words.yaml`), as patterns."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from cxlib.language import read_yaml


@cache
def _told() -> dict[str, Any]:
    return read_yaml(Path(__file__).with_name("words.yaml"))


@cache
def words(kind: str) -> re.Pattern[str]:
    """One pattern of the vocabulary: personal, time, clock, lost, won, refused, nothing."""
    return re.compile(_told()[kind])


@cache
def roles(column: str) -> tuple[re.Pattern[str], ...]:
    """The names that a contract column goes by, the most trusted first; () when it has none but its own."""
    return tuple(re.compile(text) for text in _told()["roles"].get(column, ()))


@cache
def kinds(kind: str) -> dict[str, re.Pattern[str]]:
    """Key → pattern, in their order: questions, steps."""
    return {key: re.compile(text) for key, text in _told()[kind].items()}


def first_of(kind: str, text: str) -> str:
    """The first key of a kind whose pattern is found in a text; "" when none is."""
    return next((key for key, pattern in kinds(kind).items() if pattern.search(text)), "")


@cache
def scales() -> tuple[tuple[re.Pattern[str], ...], ...]:
    """Scales in words, each from the lowest answer to the highest."""
    return tuple(tuple(re.compile(f"(?:{text})") for text in scale) for scale in _told()["scales"])
