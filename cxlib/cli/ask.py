"""What was given on the command line, as the rooms want it, and how `cx` answers."""

from __future__ import annotations

import argparse
import datetime as dt
import shlex
import sys
from pathlib import Path

from cxlib.errors import UsageError
from cxlib.language import _, speak

SAMPLE, OUT = "data/sample", "reports"


def say(text: str) -> None:
    """Print what there is to say, at once."""
    if text:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def warn(text: str) -> None:
    """Say what went wrong, apart from the results."""
    sys.stderr.write(text + "\n")


def quiet(_text: str) -> None:
    """Say nothing."""


def folder(given: argparse.Namespace) -> str:
    """The engagement: as named, else this folder if it is one, else the sample."""
    named = getattr(given, "folder", None) or given.engagement
    return named or ("." if Path("engagement.yaml").is_file() else SAMPLE)


def named(given: argparse.Namespace) -> str:
    """How later commands name the engagement; "" when they find it themselves."""
    place = folder(given)
    return "" if place in (".", SAMPLE) else place


def out(given: argparse.Namespace) -> str:
    """Where reports go, when it has to be said."""
    return "" if given.out == OUT else str(given.out)


def where(given: argparse.Namespace, option: str = " --engagement") -> str:
    """The words that lead a suggested command to the engagement."""
    to = f" --out {shlex.quote(out(given))}" if out(given) else ""
    return (f"{option} {shlex.quote(named(given))}" if named(given) else "") + to


def engagement(given: argparse.Namespace):  # type: ignore[no-untyped-def]
    """The brief, read as a notebook would read it, and the folder of its reports."""
    from cxlib.engagement.brief import load_brief
    from cxlib.engagement.parameters import check_parameters

    found = check_parameters({"engagement": folder(given), "out": given.out, "as_of": ""})
    brief = load_brief(found.engagement)
    speak(brief.lang, brief.locale, brief.currency)
    return brief, found.out / brief.name


def next(given: argparse.Namespace) -> str:
    """The next step of the engagement, with a command that can be pasted."""
    from cxlib.report.standing import next_step, standings

    brief, home = engagement(given)
    step = next_step(standings(brief, home), named(given), out(given))
    return _("Next: {words}\n  {command}").format(words=step.words, command=step.command)


def refreshed(given: argparse.Namespace) -> int:
    """Bring the pages up to date after a decision, and say what is next."""
    from cxlib.run.pages import refresh_index, refresh_pages

    brief, home = engagement(given)
    if (home / "index.html").is_file():
        refresh_index(brief, home, named=named(given), out=out(given))
        refresh_pages(brief, home)
    say(next(given))
    return 0


def number(where: str, text: str) -> int:
    """A stage's number from a word."""
    if not text.isdigit():
        raise UsageError(
            where, _("'{text}' is not a stage").format(text=text), _("A stage is a whole number from 1 to 10")
        )
    return int(text)


def day(given: argparse.Namespace) -> str:
    """The day after which nothing is read, as it was asked for."""
    return dt.date.today().isoformat() if given.as_of == "today" else str(given.as_of)


def seconds(where: str, text: str) -> float:
    """A number of seconds, or of runs, from a word."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UsageError(where, _("'{text}' is no number").format(text=text), _("A number from 0 up"))
    return value
