"""What may be decided at a stage, and what would be sealed: choices in words, what each would mean, and its command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cxlib.chain import Choice, stage_of
from cxlib.engagement import choices
from cxlib.engagement.completion import differing
from cxlib.engagement.records import Record
from cxlib.language import _
from cxlib.report.standing import words_of_command

Words = Callable[[Choice], str]


def options_lines(record: Record, words: Words, *, where: str) -> Iterator[str]:
    """The stage's result, the choice the data recommend, then each alternative; `where`: the options of the commands."""
    stage = stage_of(record["stage"])
    yield f"{stage.number}  {stage.name}: {record['headline']}"
    yield from _option(_("The data recommend"), stage.number, record["recommended"], record["because"], words, where)
    for other in record["alternatives"]:
        if other["choice"]:
            yield from _option(_("Instead"), stage.number, other["choice"], other["meaning"], words, where)


def _option(name: str, number: int, choice: Choice, meaning: str, words: Words, where: str) -> Iterator[str]:
    """One choice: in words, what it would mean, the command that takes it."""
    yield ""
    yield f"{name}: {words(choice)}"
    yield f"  {meaning}"
    asked = choice or dict.fromkeys(stage_of(number).decides, "…")
    yield f'  cx decide {number}{words_of_command(asked)} --why "…" --by "…"{where}'


def seal_lines(entry: Mapping[str, Any], words: Words) -> Iterator[str]:
    """What a seal will hold, whole: every key, by whom and why, where it leaves the recommendation, what it contradicts."""
    stage = stage_of(entry["stage"])
    yield _("Stage {n}, {name}:", n=stage.number, name=stage.name)
    yield f"  {words(entry['choice'])}"
    apart = differing(entry["choice"], entry["recommended"])
    if apart and entry["recommended"]:
        keys = ", ".join(map(choices.part_name, apart))
        told = _("  The data recommend otherwise ({keys}): {choice}", keys=keys, choice=words(entry["recommended"]))
        yield told
    yield from (_("  Contradicts: {what}", what=one) for one in entry["contradicts"])
    yield f"  {entry['by']}: {entry['why']}"
