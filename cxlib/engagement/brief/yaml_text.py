"""YAML with line numbers: plain values as written, every line remembered, keys given twice found."""

from __future__ import annotations

import math
import re
from typing import Any, NoReturn

import yaml

from cxlib.engagement.characters import named
from cxlib.engagement.limits import BRIEF_VALUES
from cxlib.language import _

Loc = tuple[str | int, ...]
_MERGE = "tag:yaml.org,2002:merge"
_LONG = 64  # characters of a text that count as one more value: aliases repeat long texts, too


class _PlainLoader(yaml.SafeLoader):
    """YAML 1.2 scalars: `on`, `yes` and `no` are words (columns and codes are called so), 007 and 12:30 are texts."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value of a node. Whatever its tag and content, what is wrong is told as a mistake at its place."""
        try:
            value = super().construct_object(node, deep=deep)
        except (yaml.YAMLError, RecursionError):
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            _refuse(node, _("'{value}' is no {tag}", value=str(node.value)[:40], tag=node.tag.rpartition(":")[2]))
        if isinstance(value, float) and not math.isfinite(value):
            _refuse(node, _("'{value}' is not a finite number", value=str(node.value)[:40]))
        if isinstance(value, str) and (sign := named(value)):
            _refuse(node, _("{sign} is a character that no text has", sign=sign))
        return value


class _Refused(yaml.MarkedYAMLError):
    """YAML as it should be, with a value that a brief may not hold."""


def _refuse(node: yaml.Node, what: str) -> NoReturn:
    raise _Refused(problem=what, problem_mark=node.start_mark)


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
        self._n_values = 0
        try:
            loader = _PlainLoader(text)
            node = loader.get_single_node()
            if node is not None:
                self._note(node, (), ())
                self.data = loader.construct_document(node)
        except yaml.MarkedYAMLError as error:
            mark, told = error.problem_mark or error.context_mark, str(error.problem or error.context)
            what = told if isinstance(error, _Refused) else _("this is not YAML: {why}", why=told)
            self.mistakes.append((mark.line + 1 if mark else 1, what))
        except yaml.reader.ReaderError as error:
            line = text[: error.position].count("\n") + 1
            what = _("U+{code:04X} is a character that no text has", code=error.character)
            self.mistakes.append((line, what))
        except RecursionError:
            self.mistakes.append((1, _("this is not YAML: blocks inside blocks without end")))
        except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            self.mistakes.append((1, _("this is not YAML: {why}", why=str(error).partition("\n")[0])))

    def line(self, loc: Loc) -> int:
        """The line of a place, or of the nearest place around it."""
        return next(self.lines[loc[:end]] for end in range(len(loc), -1, -1) if loc[:end] in self.lines)

    def _note(self, node: yaml.Node, loc: Loc, open_nodes: tuple[int, ...]) -> None:
        """Remember the lines below a node; an alias of a node that is still open would never end."""
        self._n_values += 1 + (len(node.value) // _LONG if isinstance(node, yaml.ScalarNode) else 0)
        if self._n_values > BRIEF_VALUES.most:
            _refuse(node, BRIEF_VALUES.exceeded())
        if id(node) in open_nodes:
            _refuse(node, _("an alias that contains itself"))
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
