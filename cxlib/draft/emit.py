"""Plain data → YAML as a person would write it, with evidence and questions as comments above the places they are about.

Names of files and columns are a client's text: whatever they hold, they come out as one quoted scalar, or as one line of a
comment, and never as structure.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cxlib.engagement.brief.yaml_text import YamlText

WIDTH = 116
_PLAIN = re.compile(r"^[A-Za-zÀ-ɏ][\wÀ-ɏ ./()+%&-]*$")
Loc = tuple[str | int, ...]
Remarks = Mapping[Loc, Sequence[str]]


def scalar(value: Any) -> str:
    """One value: as it is where YAML reads it back as the same, else in double quotes with escapes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value)
    if _PLAIN.match(text) and text == text.strip() and YamlText(text).data == text:
        return text
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in escaped)


def comment(text: str) -> str:
    """A line of a comment: one line, whatever the text holds."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def block(data: Mapping[str, Any], remarks: Remarks, at: Loc = (), indent: int = 0) -> list[str]:
    """The lines of a mapping, each part below its remarks."""
    lines: list[str] = []
    for key, value in data.items():
        place, pad = (*at, key), " " * indent
        lines += [f"{pad}# {comment(text)}" for text in remarks.get(place, ())]
        lines += _entry(f"{pad}{scalar(str(key)) if not isinstance(key, int) else key}:", value, remarks, place, indent)
    return lines


def _entry(head: str, value: Any, remarks: Remarks, place: Loc, indent: int) -> list[str]:
    """A key with its value: on one line where it fits and nothing inside has a remark, else below."""
    inside = any(known[: len(place)] == place and known != place for known in remarks)
    one_line = f"{head} {flow(value)}"
    nested = isinstance(value, Mapping | list | tuple)
    if not nested or (not inside and len(one_line) <= WIDTH and _flat(value)):
        return [one_line]
    if isinstance(value, Mapping):
        return [head, *block(value, remarks, place, indent + 2)]
    return [head, *_items(value, remarks, place, indent + 2)]


def _items(values: Sequence[Any], remarks: Remarks, at: Loc, indent: int) -> list[str]:
    lines: list[str] = []
    pad = " " * indent
    for number, value in enumerate(values):
        lines += [f"{pad}# {comment(text)}" for text in remarks.get((*at, number), ())]
        inside = any(known[: len(at) + 1] == (*at, number) and len(known) > len(at) + 1 for known in remarks)
        if isinstance(value, Mapping) and (inside or len(flow(value)) + indent > WIDTH or not _flat(value)):
            below = block(value, remarks, (*at, number), indent + 2)
            first = next(place for place, line in enumerate(below) if not line.lstrip().startswith("#"))
            lines += [line[2:] for line in below[:first]]
            lines += [f"{pad}- {below[first].lstrip()}", *below[first + 1 :]]
        else:
            lines.append(f"{pad}- {flow(value)}")
    return lines


def _flat(value: Any) -> bool:
    """Whether a value may stand on one line: nothing deeper in it than a list or a mapping of plain values."""
    inner = value.values() if isinstance(value, Mapping) else value
    return not any(isinstance(one, Mapping) and any(isinstance(two, Mapping) for two in one.values()) for one in inner)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_inside(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    return _inside(value)


def _inside(value: Any) -> str:
    """A scalar inside brackets."""
    text = scalar(value)
    return (
        json.dumps(text, ensure_ascii=False)
        if isinstance(value, str) and re.search(r"[,{}\[\]]", text) and text[:1] != '"'
        else text
    )
