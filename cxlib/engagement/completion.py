"""A choice is whole or refused: keys left out are filled from the choice that fits what was given, never from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cxlib.chain import Choice, stage_of

FREE = ("number", "date")  # kinds of a key whose value says nothing of what else was meant


def candidates_of(record: Mapping[str, Any]) -> list[Choice]:
    """Every choice that a stage's record knows of, the recommended one first."""
    others = [other["choice"] for other in record.get("alternatives", ())]
    return [record["recommended"], *others, *record.get("possible", ())]


def complete(number: int, given: Choice, candidates: Sequence[Choice]) -> tuple[Choice, tuple[str, ...]]:
    """The choice begun by `given`, made whole, and the keys that cannot be filled and must be asked for.

    candidates: choices that the stage knows of, the recommended one first. The first that agrees with every name given
    fills what was left out; a key that follows from another (`follows` in chain.yaml) is never taken from a choice in
    which that one is different. Asked for is only what the stage knows for another choice, or what follows from a given key;
    nothing follows from choosing nothing (no experience needs no metric).
    """
    stage = stage_of(number)
    recommended = candidates[0] if candidates else {}
    names = {key: value for key, value in given.items() if stage.decides.get(key) not in FREE}
    fits = next((one for one in (candidates if names else candidates[:1]) if _agrees(one, names)), {})
    whole = {**fits, **given}
    for key in stage.decides:
        leads = stage.follows.get(key, ())
        if key not in whole and key in recommended and all(whole.get(one) == recommended.get(one) for one in leads):
            whole[key] = recommended[key]
    asked = {key for one in candidates for key in one} or {key for key in stage.follows if given}
    idle = {key for key, leads in stage.follows.items() if any(whole.get(one) == [] for one in leads)}
    missing = tuple(key for key in stage.decides if key in asked - idle and key not in whole and not fits)
    return {key: whole[key] for key in stage.decides if key in whole}, missing


def differing(choice: Choice, recommended: Choice) -> list[str]:
    """The keys in which two choices differ, in the order of the chain's table."""
    return [key for key in dict.fromkeys([*choice, *recommended]) if choice.get(key) != recommended.get(key)]


def _agrees(candidate: Choice, names: Choice) -> bool:
    """Whether a choice holds everything that was named."""
    return bool(candidate) and all(candidate.get(key) == value for key, value in names.items())
