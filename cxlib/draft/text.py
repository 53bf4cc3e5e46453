"""A draft as the text of `engagement.yaml`: the template, with the blocks that the files could fill in their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cxlib.draft.draft import Draft
from cxlib.draft.emit import Loc, block
from cxlib.engagement.brief.open_questions import MARK
from cxlib.language import _


def draft_text(template: str, draft: Draft) -> str:
    """The template with the draft's blocks, evidence as comments and open questions as `# ?` above their places."""
    remarks = remarks_of(draft)
    text = template
    for key, value in draft.blocks.items():
        part = {place: told for place, told in remarks.items() if place[0] == key}
        text = with_block(text, key, "\n".join(block({key: value}, part)) + "\n")
    told = _(
        "A draft made from the files in data/. A line that begins with `# ?` is a question: correct what stands below it, or\n"
        "leave it, and remove the ?. `cx check` lists the questions that are still open."
    )
    return "".join(f"# {line}\n" for line in told.splitlines()) + text


def remarks_of(draft: Draft) -> dict[Loc, list[str]]:
    """Place → lines of comment: evidence, then questions; a question whose place is not written stands at what holds it."""
    remarks = {place: list(told) for place, told in draft.evidence.items()}
    for doubt in draft.doubts:
        choices = f" [{' | '.join(doubt.choices)}]" if doubt.choices else ""
        likely = _(" Likely: {answer}.", answer=doubt.likely) if doubt.likely else ""
        place = _written(draft.blocks, doubt.place)
        remarks.setdefault(place, []).append(f"{MARK}{doubt.what}{choices}{likely}")
    return remarks


def _written(blocks: Any, place: Loc) -> Loc:
    """The part of a place that is there."""
    inside, there = blocks, list[str | int]()
    for key in place:
        if isinstance(inside, Mapping) and key not in inside:
            break
        inside = inside[key]
        there.append(key)
    return tuple(there)


def with_block(text: str, key: str, written: str) -> str:
    """The text with one top-level block in place of the one there, or of its commented example, else at the end."""
    there = re.compile(rf"^{re.escape(key)}:.*\n(?:[ ]+.*\n|#  .*\n|#\w+:.*\n(?=#  ))*", re.MULTILINE)
    example = re.compile(rf"^#{re.escape(key)}:.*\n(?:#  .*\n)*", re.MULTILINE)
    for known in (there, example):
        if hit := known.search(text):
            others = [
                line for line in hit[0].splitlines(keepends=True)[1:] if re.match(r"#\w", line)
            ]  # of other blocks
            return text[: hit.start()] + written + "".join(others) + text[hit.end() :]
    return f"{text.rstrip()}\n\n{written}"
