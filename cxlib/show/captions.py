"""Captions of a stage's tables and maps, and why one of them is empty: declared in `stages/<key>/captions.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cxlib.chain import STAGES
from cxlib.language import _, read_yaml

FILE = "captions.yaml"
FOLDER = Path(__file__).parents[1] / "stages"


@cache
def _declared(number: int) -> Mapping[str, Mapping[str, str]]:
    known = read_yaml(FOLDER / STAGES[number - 1].key / FILE)
    return {"captions": known.get("captions") or {}, "nothing": known.get("nothing") or {}}


def caption(number: int, key: str, places: Mapping[str, object] | None = None) -> str:
    """The caption that a stage declares under a key, in the language in force; a text that is not a key is kept."""
    declared = _declared(number)["captions"]
    return _(declared[key], **places or {}) if key in declared else key


def nothing(number: int, key: str) -> str:
    """Why a table or map of a stage is empty, by its key; a text that is not a key is kept, "" stays empty."""
    declared = _declared(number)["nothing"]
    return _(declared[key]) if key in declared else key
