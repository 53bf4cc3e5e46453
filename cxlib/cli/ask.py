"""What was given on the command line, as the rooms want it, and how `cx` answers."""

from __future__ import annotations

import os
import shlex
import sys
from argparse import Namespace as Given
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cxlib.engagement.parameters import BRIEF, project_folder
from cxlib.errors import UsageError
from cxlib.language import _, speak

if TYPE_CHECKING:
    from cxlib.draft.guesses import Doubt
    from cxlib.engagement.brief import Brief

SAMPLE, OUT = "data/sample", "reports"


def say(text: str) -> None:
    """Print what there is to say, at once."""
    if text:
        _print(text, sys.stdout)


def warn(text: str) -> None:
    """Say what went wrong, apart from the results."""
    _print(text, sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    """Print; a terminal that does not know a sign gets a question mark, as `cx doctor` has to be read there, too."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    stream.flush()


def answer(doubt: Doubt) -> str | None:
    """What a person says to a question: nothing typed takes the likely answer, `?` leaves it open, as does the end of input."""
    while True:
        choices = f" [{' | '.join(doubt.choices)}]" if doubt.choices else ""
        say(f"? {doubt.what}{choices}")
        prompt = _("  Enter takes {likely}; ? leaves it open: ", likely=doubt.likely) if doubt.likely else "  : "
        try:
            typed = input(prompt).strip()
        except EOFError:
            return None
        if typed == "?" or (not typed and not doubt.likely):
            return None
        if not typed or not doubt.choices or typed in doubt.choices:
            return typed or doubt.likely
        say(_("  '{typed}' is none of these", typed=typed))


def quiet(_text: str) -> None:
    """Say nothing."""


def folder(given: Given) -> str:
    """The engagement: as named, else the one that this folder is or lies in, else the sample."""
    named = getattr(given, "folder", None) or given.engagement
    here = Path.cwd()
    up = next((one for one in (here, *here.parents) if (one / BRIEF).is_file()), None)
    return named or (SAMPLE if up is None else os.path.relpath(up))


def is_there(given: Given) -> bool:
    """Whether there is an engagement to speak of: a named one is for its reader to find."""
    return folder(given) != SAMPLE or (project_folder() / SAMPLE).is_dir()


def folders(named: list[str]) -> list[str]:
    """The engagements that are named; a folder that is none, but has some in it, stands for these.

    Raises UsageError for two of one name, by which their reports are kept.
    """
    found: list[str] = []
    for one in named:
        inside = sorted(str(file.parent) for file in Path(one).glob(f"*/{BRIEF}"))
        found += inside if inside and not Path(one, BRIEF).is_file() else [one]
    names = [Path(one).resolve().name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        where, what = _("engagement {name}").format(name=twice), _("two folders have this name")
        raise UsageError(
            where,
            what,
            _("Reports are filed under the name of the folder"),
            _("Run them separately, each with its own --out"),
        )
    return found


def named(given: Given) -> str:
    """How later commands name the engagement, wherever they are pasted; "" for the sample."""
    place = folder(given)
    return Path(place).resolve().name if set(Path(place).parts) <= {".."} else "" if place == SAMPLE else place


def out(given: Given) -> str:
    """Where reports go, when it has to be said."""
    return "" if given.out == OUT else str(given.out)


def where(given: Given) -> str:
    """The engagement and the reports, as a suggested command that takes a folder names them."""
    return (f" {shlex.quote(named(given))}" if named(given) else "") + _to(given)


def _to(given: Given) -> str:
    return f" --out {shlex.quote(out(given))}" if out(given) else ""


def hint(given: Given, words: str, **more: object) -> int:
    """Say the next step, with where the engagement is; 0, with which a verb may end.

    `{where}` in the words becomes a folder, `{options}` the option of verbs that take no folder.
    """
    say(words.format(where=where(given), options=to(given), **more))
    return 0


def to(given: Given) -> str:
    """The options that name engagement and reports in a suggested command."""
    return (f" --engagement {shlex.quote(named(given))}" if named(given) else "") + _to(given)


def agreed(question: str) -> bool:
    """Ask at the terminal; only a yes is one."""
    try:
        return input(question).strip().casefold() in ("y", "yes", "s", "sí", "si")
    except EOFError:
        return False


def engagement(given: Given) -> tuple[Brief, Path]:
    """The brief, read as a notebook would read it, and the folder of its reports."""
    from cxlib.engagement.brief import load_brief
    from cxlib.engagement.parameters import check_parameters

    found = check_parameters({"engagement": folder(given), "out": given.out, "as_of": ""})
    brief = load_brief(found.engagement)
    speak(brief.lang, brief.locale, brief.currency)
    home = found.out / brief.name
    if os.path.lexists(home / ".staging"):
        from cxlib.run.staging import tidy

        tidy(home)
    return brief, home


def workspace(given: Given) -> Path:
    """The folder of an engagement whose notebooks may be changed; the sample's are everybody's. Its brief may be wrong."""
    from cxlib.engagement.brief.load import brief_file

    if folder(given) == SAMPLE:
        what, todo = _("no engagement is named"), _("Name one, or make one to try things on: `cx new NAME --sample`")
        raise UsageError(f"cx {given.command}", what, _("The sample is not changed"), todo)
    return brief_file(folder(given)).parent


def end(given: Given) -> int:
    """Say the next step of the engagement, with a command that can be pasted; 0, with which a verb may end."""
    from cxlib.report.standing import next_step, standings

    brief, home = engagement(given)
    step = next_step(standings(brief, home), named(given), out(given))
    say(step_text(step.words, step.command))
    return 0


def step_text(words: str, command: str) -> str:
    """A next step as it is printed."""
    return _("Next: {words}\n  {command}").format(words=words, command=command)


def refreshed(given: Given) -> int:
    """Bring the pages up to date after a decision, and say what is next."""
    from cxlib.report.standing import read_run
    from cxlib.run.pages import refresh_index, refresh_pages

    brief, home = engagement(given)
    if (home / "index.html").is_file():
        refresh_index(brief, home, read_run(home), named=named(given), out=out(given))
        refresh_pages(brief, home)
    return end(given)
