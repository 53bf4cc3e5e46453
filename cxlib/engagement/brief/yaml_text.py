"""YAML with line numbers: plain values as written, every line remembered, keys given twice found."""

from __future__ import annotations

import re
from typing import Any

import yaml

Loc = tuple[str | int, ...]
_MERGE = "tag:yaml.org,2002:merge"


class _PlainLoader(yaml.SafeLoader):
    """YAML 1.2 scalars: `on`, `yes` and `no` are words (columns and codes are called so), 007 and 12:30 are texts."""


_SCALARS = {
    "null": (r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    "bool": (r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    "int": (r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    "float": (r"^[-+]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)$", list("-+.0123456789")),
    "timestamp": (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", list("0123456789")),
}
_PlainLoader.yaml_implicit_resolvers = {"<": [(_MERGE, re.compile(r"^(?:<<)$"))]}
for _name, (_pattern, _first) in _SCALARS.items():
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(_pattern), _first)


class YamlText:
    """A YAML document: its `data`, the line of every place, and `mistakes` as (line, message) pairs."""

    def __init__(self, text: str) -> None:
        self.data: Any = None
        self.lines: dict[Loc, int] = {(): 1}
        self.mistakes: list[tuple[int, str]] = []
        try:
            loader = _PlainLoader(text)
            node = loader.get_single_node()
            if node is not None:
                self._note(node, (), ())
                self.data = loader.construct_document(node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.mistakes.append((mark.line + 1 if mark else 1, f"this is not YAML: {error.problem or error.context}"))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            self.mistakes.append((1, f"this is not YAML: {str(error).splitlines()[0]}"))

    def line(self, loc: Loc) -> int:
        """The line of a place, or of the nearest place around it."""
        return next(self.lines[loc[:end]] for end in range(len(loc), -1, -1) if loc[:end] in self.lines)

    def _note(self, node: yaml.Node, loc: Loc, open_nodes: tuple[int, ...]) -> None:
        """Remember the lines below a node; an alias of a node that is still open would never end."""
        if id(node) in open_nodes:
            raise ValueError("an alias that contains itself")
        inside = (*open_nodes, id(node))
        if isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.lines[(*loc, index)] = item.start_mark.line + 1
                self._note(item, (*loc, index), inside)
        elif isinstance(node, yaml.MappingNode):
            self._note_mapping(node, loc, inside)

    def _note_mapping(self, node: yaml.MappingNode, loc: Loc, inside: tuple[int, ...]) -> None:
        seen: dict[Any, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = _key(key_node)
            if key_node.tag != _MERGE and key in seen:
                self.mistakes.append((line, f"'{key}' is given twice, first on line {seen[key]}"))
            seen[key] = line
            self.lines[(*loc, key)] = line
            self._note(value_node, (*loc, key), inside)


def _key(node: yaml.Node) -> str | int:
    """A key as pydantic's places name it: a number when it is one."""
    text = str(node.value)
    return int(text) if node.tag.endswith(":int") else text
