"""The grammar of the command line: what may be typed (`grammar.yaml`), and what to say when something else is."""

from __future__ import annotations

import argparse
import datetime as dt
import difflib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import yaml

from cxlib.engagement.characters import named
from cxlib.errors import UsageError, nearest
from cxlib.language import _


def stage(text: str) -> int:
    """A stage's number."""
    if text not in map(str, range(1, 11)):
        what = _("'{text}' is not a stage; a stage is a whole number from 1 to 10")
        raise argparse.ArgumentTypeError(what.format(text=text))
    return int(text)


def count(text: str) -> int:
    """How many: one or more."""
    if not text.isdecimal() or not int(text):
        what = _("'{text}' is not a count; a count is a whole number, 1 or more")
        raise argparse.ArgumentTypeError(what.format(text=text))
    return int(text)


def seconds(text: str) -> float:
    """A time in seconds."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        what = _("'{text}' is not a time; a time is a number of seconds, e.g. 600")
        raise argparse.ArgumentTypeError(what.format(text=text))
    return value


def limit(text: str) -> float:
    """A time in seconds that something may take."""
    if not seconds(text):
        raise argparse.ArgumentTypeError(
            _("'{text}' is not a limit; for no limit, leave the option out").format(text=text)
        )
    return seconds(text)


def day(text: str) -> str:
    """A day as it was typed, today by its date."""
    return dt.date.today().isoformat() if text == "today" else text


TYPES: dict[str, Callable[[str], Any]] = {one.__name__: one for one in (stage, count, seconds, limit, day)}


class _Parser(argparse.ArgumentParser):
    """argparse that raises our error: one line, nothing else."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(self.prog, message[:1].lower() + message[1:], "", f"`{self.prog} --help` shows how")


def parsed(words: list[str]) -> argparse.Namespace:
    """Read the command line; whatever is not known is refused with the nearest known word."""
    for word in words:
        if sign := named(word):
            what = _("'{word}' holds {sign}, which no text has").format(word=ascii(word)[1:-1], sign=sign)
            raise UsageError("cx", what, _("A word is text in UTF-8"))
    parser, verbs = _parser()
    verb = next((word for word in words if not word.startswith("-")), "")
    if verb and verb not in verbs:
        what = _("'{verb}' is not a command").format(verb=verb) + nearest(verb, verbs)
        raise UsageError(_("command"), what, _("Commands are {verbs}").format(verbs=", ".join(verbs)))
    words, passed_on = _passed_on(words) if verb == "lab" else (words, [])
    given, more = parser.parse_known_args(words)
    given.passed_on = passed_on
    if not given.command:
        parser.print_help()
        raise SystemExit(0)
    if hasattr(given, "choice"):
        pairs = [word for word in more if "=" in word and not word.startswith("-")]
        given.choice += pairs
        more = [word for word in more if word not in pairs]
    if more:
        options = [option for action in verbs[verb]._actions for option in action.option_strings]
        near = difflib.get_close_matches(more[0].split("=")[0], options, n=1, cutoff=0.5)
        what = _("'{word}' is not expected").format(word=more[0]) + (f"; did you mean '{near[0]}'?" if near else "")
        raise UsageError(f"cx {verb}", what, "", f"`cx {verb} --help` shows how")
    return given


def _passed_on(words: list[str]) -> tuple[list[str], list[str]]:
    """The words of `cx lab`, and from the first option that is not ours on, those of JupyterLab."""
    ours = ("--engagement", "--out", "--debug", "--help", "-h")
    first = (i for i, word in enumerate(words) if word.startswith("-") and word.split("=")[0] not in ours)
    cut = next(first, len(words))
    return words[:cut], words[cut:]


def verb_names() -> list[str]:
    """The verbs, in the order of their help."""
    return list(_grammar())


@cache
def _grammar() -> dict[str, dict[str, Any]]:
    plain: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return plain


def _parser() -> tuple[_Parser, dict[str, _Parser]]:
    """The parser of `cx`, and that of each verb."""
    parser = _Parser(prog="cx", description=_("Ten stages from business objective to monitoring."), allow_abbrev=False)
    parser.set_defaults(command="")
    parser.add_argument("--debug", action="store_true", help=_("show the traceback of an error"))
    verbs = parser.add_subparsers(metavar="COMMAND", title=_("commands"))
    known: dict[str, _Parser] = {}
    for name, grammar in _grammar().items():
        about = _(grammar["help"])
        known[name] = verb = verbs.add_parser(name, help=about, description=about, allow_abbrev=False)
        verb.set_defaults(command=name)
        verb.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
        for argument, options in grammar.items():
            if argument != "help":
                _add(verb, argument, options)
        verb.add_argument("--engagement", metavar="DIR", help=_("engagement folder"))
        verb.add_argument("--out", metavar="DIR", default="reports", help=_("where reports go (reports)"))
    return parser, known


def _add(verb: _Parser, argument: str, options: dict[str, Any]) -> None:
    """Let a verb take an argument."""
    given = {**options, "help": _(options.get("help", ""))}
    if "type" in given:
        given["type"] = TYPES[given["type"]]
    verb.add_argument(argument, **given)
