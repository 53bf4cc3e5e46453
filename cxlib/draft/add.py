"""New sources into the text of a brief that a person has edited: what is written there stays, letter by letter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cxlib.draft.draft import Draft
from cxlib.draft.emit import Loc, block, flow
from cxlib.draft.text import remarks_of, with_block
from cxlib.engagement.brief.yaml_text import YamlText

_KEYED = ("touchpoints", "channels", "scales")


def with_sources(text: str, draft: Draft) -> str:
    """The brief with the draft's sources below its own, and the touchpoints, channels and scales that it does not know yet."""
    remarks, known = remarks_of(draft), YamlText(text).data or {}
    for key in _KEYED:
        there = known.get(key) or {}
        new = {name: value for name, value in draft.blocks.get(key, {}).items() if name not in there}
        steps = [step.get("step") for step in known.get("funnel", ()) if isinstance(step, Mapping)]
        if key == "touchpoints" and steps:
            new = {name: value | {"step": _near(value["step"], steps)} for name, value in new.items()}
        text = _below(text, key, there, new, {})
    for name, sources in draft.blocks.get("tables", {}).items():
        there = (YamlText(text).data or {}).get("tables") or {}
        part = {place[1:]: told for place, told in remarks.items() if place[:2] == ("tables", name)}
        if name in there:
            text = _one_more(text, name, there[name], sources, part)
        else:
            text = _below(text, "tables", there, {name: sources}, part)
    return text


def _near(step: str, steps: list[Any]) -> str:
    return step if step in steps else str(steps[len(steps) // 2])


def _below(
    text: str, key: str, there: Mapping[str, Any], new: Mapping[str, Any], remarks: Mapping[Loc, list[str]]
) -> str:
    """Entries at the end of a top-level block; a block on one line, or none, is written anew."""
    if not new:
        return text
    lines = block(new, remarks, (), 2)
    span = _span(text, key)
    if span is None or not there:
        return with_block(text, key, "\n".join([f"{key}:", *lines]) + "\n")
    rows = text.splitlines()
    start, end = span
    if rows[start].split(":", 1)[1].split("#")[0].strip():  # on one line: written over several, all of it kept
        return with_block(text, key, "\n".join([f"{key}:", *block(there, {}, (), 2), *lines]) + "\n")
    return "\n".join([*rows[:end], *lines, *rows[end:]]) + "\n"


def _one_more(text: str, name: str, there: Any, sources: list[Any], remarks: Mapping[Loc, list[str]]) -> str:
    """Sources below those that a table has; a lone source becomes the first of a list."""
    rows = text.splitlines()
    document = YamlText(text)
    start = document.lines["tables", name] - 1
    indent = len(rows[start]) - len(rows[start].lstrip())
    end = next((n for n in range(start + 1, len(rows)) if _ends(rows[n], indent)), len(rows))
    while end > start + 1 and (not rows[end - 1].strip() or rows[end - 1].lstrip().startswith("#")):
        end -= 1
    new = block({name: sources}, remarks, (), indent)[1:]
    head, _colon, value = rows[start].partition(":")
    old = rows[start + 1 : end]
    if value.split(" #")[0].strip():  # the whole table on one line
        old = [f"{' ' * (indent + 2)}- {flow(source)}" for source in (there if isinstance(there, list) else [there])]
    elif not isinstance(there, list):
        old = _as_item(old, indent + 2)
    elif old and not old[0].startswith(" " * (indent + 2)):
        new = [line.removeprefix("  ") for line in new]
    return "\n".join([*rows[:start], f"{head}:", *old, *new, *rows[end:]]) + "\n"


def _ends(line: str, indent: int) -> bool:
    """Whether a line lies outside a block whose key stands at this indent."""
    bare = line.strip()
    if not bare or bare.startswith("#"):
        return False
    at = len(line) - len(line.lstrip())
    return at < indent or (at == indent and not bare.startswith("- "))


def _as_item(lines: list[str], indent: int) -> list[str]:
    """The lines of a mapping as one item of a list."""
    first = next((n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), 0)
    moved = [f"  {line}" if line.strip() else line for line in lines]
    moved[first] = f"{' ' * indent}- {lines[first].strip()}"
    own = len(lines[first]) - len(lines[first].lstrip())
    return moved if own == indent else [re.sub(rf"^ {{{own + 2}}}", " " * (indent + 2), line) for line in moved]


def _span(text: str, key: str) -> tuple[int, int] | None:
    """First line of a top-level block and the line behind it, from 0."""
    rows = text.splitlines()
    start = next((n for n, row in enumerate(rows) if row.startswith(f"{key}:")), None)
    if start is None:
        return None
    end = next((n for n in range(start + 1, len(rows)) if _ends(rows[n], 0)), len(rows))
    while end > start + 1 and (not rows[end - 1].strip() or rows[end - 1].startswith("#")):
        end -= 1
    return start, end
