"""The words by which a theme, a feeling or a tone is known: the lists of codebook.yaml, beside this module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

Codebook = Mapping[str, Mapping[str, Sequence[str]]]

LANGUAGES = ("en", "es", "pt")
LISTS: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
STOP_WORDS: frozenset[str] = frozenset(LISTS["stop"])
IDIOMS: tuple[str, ...] = tuple(LISTS["idioms"])
THINKING = "thinking"


def codebook(extra: Codebook | None = None) -> Codebook:
    """The themes with a client's own words: a theme or language given in `extra` takes the place of the one here."""
    merged = {theme: dict(words) for theme, words in LISTS["themes"].items()}
    for theme, languages in (extra or {}).items():
        if isinstance(languages, Mapping):
            merged.setdefault(theme, {}).update(languages)
    return merged


def sign_words() -> Codebook:
    """The words of thinking and of each feeling in the form of a codebook; one list serves the three languages."""
    named = {THINKING: LISTS[THINKING], **LISTS["feelings"]}
    return {name: dict.fromkeys(LANGUAGES, words) for name, words in named.items()}
