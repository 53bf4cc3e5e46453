"""The words of the command line: what may be typed, and what to say when something else is."""

from __future__ import annotations

import argparse
import difflib
from typing import NoReturn

from cxlib.errors import UsageError, nearest
from cxlib.language import _


class _Parser(argparse.ArgumentParser):
    """argparse that raises our error: one line, nothing else."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(self.prog, message[:1].lower() + message[1:], "", f"`{self.prog} --help` shows how")


def parsed(words: list[str]) -> argparse.Namespace:
    """Read the command line; whatever is not known is refused with the nearest known word."""
    parser, verbs = _parser()
    verb = next((word for word in words if not word.startswith("-")), "")
    if verb and verb not in verbs:
        raise UsageError(
            _("command"),
            _("'{verb}' is no command").format(verb=verb) + nearest(verb, verbs),
            _("Commands are {verbs}").format(verbs=", ".join(verbs)),
        )
    given, more = parser.parse_known_args(words)
    if not given.command:
        parser.print_help()
        raise SystemExit(0)
    if hasattr(given, "choice"):
        given.choice += [word for word in more if "=" in word and not word.startswith("-")]
        more = [word for word in more if "=" not in word or word.startswith("-")]
    if more:
        options = [option for action in verbs[verb]._actions for option in action.option_strings]
        near = difflib.get_close_matches(more[0].split("=")[0], options, n=1, cutoff=0.5)
        raise UsageError(
            f"cx {verb}",
            _("'{word}' is not expected").format(word=more[0]) + (f"; did you mean '{near[0]}'?" if near else ""),
            "",
            f"`cx {verb} --help` shows how",
        )
    return given


def _parser() -> tuple[_Parser, dict[str, argparse.ArgumentParser]]:
    """All verbs with their words."""
    parser = _Parser(prog="cx", description=_("Ten stages from business objective to monitoring."), allow_abbrev=False)
    parser.set_defaults(command="")
    parser.add_argument("--debug", action="store_true", help=_("show the traceback of an error"))
    verbs = parser.add_subparsers(metavar="COMMAND", title=_("commands"))
    known: dict[str, argparse.ArgumentParser] = {}

    def verb(name: str, help: str, *, folder: bool = True) -> argparse.ArgumentParser:
        known[name] = verbs.add_parser(name, help=help, description=help, allow_abbrev=False)
        known[name].set_defaults(command=name)
        known[name].add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
        if folder:
            known[name].add_argument(
                "folder", nargs="?", help=_("engagement folder; default: this one, else the sample")
            )
        known[name].add_argument("--engagement", metavar="DIR", help=_("engagement folder"))
        known[name].add_argument("--out", metavar="DIR", default="reports", help=_("where reports go (reports)"))
        return known[name]

    new = verb("new", _("make an empty engagement"), folder=False)
    new.add_argument("folder", metavar="NAME", help=_("the folder to make"))
    verb("doctor", _("see whether this machine is ready"), folder=False)
    verb("check", _("read the data and say what is wrong with it, and which stages that touches"))
    _run_words(verb("run", _("run the ten stages and make their pages"), folder=False))
    _schedule_words(verb("schedule", _("print what makes a scheduler run an engagement; installs nothing")))
    status = verb("status", _("show where the ten decisions stand"))
    status.add_argument("--why", action="store_true", help=_("show what has changed since each stage ran"))
    _loudness(status)
    decide = verb("decide", _("seal a stage's decision"), folder=False)
    decide.add_argument("stage", metavar="N")
    decide.add_argument("choice", metavar="KEY=VALUE", nargs="*", help=_("default: what the stage recommends"))
    decide.add_argument("--override", action="store_true", help=_("keep a choice that contradicts the chain"))
    reopen = verb("reopen", _("reopen a sealed stage, and every one after it"), folder=False)
    reopen.add_argument("stage", metavar="N")
    for one in (decide, reopen):
        one.add_argument("--why", default="", help=_("the reason, in one sentence"))
        one.add_argument("--by", default="", help=_("who decides"))
    verb("history", _("show every decision that was ever taken"))
    explain = verb("explain", _("show how a number is made"), folder=False)
    explain.add_argument("fact", metavar="FACT", nargs="?", help=_("e.g. 3.value_at_stake; with --list: a stage"))
    explain.add_argument("--list", action="store_true", help=_("list all facts, or those of stage N"))
    verb("open", _("say where the report is, and open it where there is a display"))
    verb("verify", _("compute every digest again and say what is not as it was written"))
    diff = verb("diff", _("show what differs between two runs, and whether the difference is real"), folder=False)
    diff.add_argument("runs", metavar="RUN", nargs="*", help=_("the beginnings of two run ids; default: the last two"))
    diff.add_argument("--json", action="store_true", help=_("print one JSON document"))
    gc = verb("gc", _("remove old runs and what only they rest on"))
    gc.add_argument("--keep", metavar="N", required=True, help=_("how many of the last runs stay"))
    export = verb(
        "export",
        _("write the run as book (pdf), slides (pptx), business case (xlsx), calendar (ics); all for a client: zip"),
    )
    export.add_argument("--to", metavar="FORMATS", default="pptx,xlsx", help=_("e.g. pdf,pptx,xlsx,ics or zip"))
    return parser, known


def _run_words(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "folders",
        nargs="*",
        metavar="folder",
        help=_("engagement folders, or a folder of engagements; default: this one, else the sample"),
    )
    run.add_argument(
        "--as-of", default="", metavar="DATE", help=_("read nothing after this day (YYYY-MM-DD, or today)")
    )
    run.add_argument("--from", dest="first", default="1", metavar="N", help=_("start at stage N"))
    run.add_argument("--audience", default="report", metavar="NAME", help=_("report (client), workbook or student"))
    run.add_argument("--force", action="store_true", help=_("compute what has not changed, too"))
    run.add_argument("--wait", default="0", metavar="SECONDS", help=_("how long to wait for another run to end (0)"))
    _loudness(run)
    run.add_argument("--unattended", action="store_true", help=_("for schedulers: a stage may take an hour, no more"))
    run.add_argument("--strict", action="store_true", help=_("end with 4 when a decision is not sealed"))
    run.add_argument(
        "--fail-on",
        default="",
        choices=["", "alert"],
        metavar="alert",
        help=_("end with 10 when stage 10 raises an action that is not answered by a seal"),
    )
    run.add_argument("--cell-timeout", metavar="SECONDS", help=_("stop a cell that takes longer, end with 124"))
    run.add_argument("--stage-timeout", metavar="SECONDS", help=_("stop a stage that takes longer, end with 124"))
    run.add_argument(
        "--on-finish", default="", metavar="CMD", help=_("command that gets the summary as JSON on its input")
    )
    run.add_argument(
        "--webhook", default="", metavar="URL", help=_("address that gets it by POST; ${NAME} is a secret")
    )
    run.add_argument(
        "--webhook-header", default="", metavar="HEADER", help=_("e.g. 'Authorization: Bearer ${CX_TOKEN}'")
    )
    run.add_argument("--jobs", default="1", metavar="N", help=_("engagements at a time on this machine (1)"))
    run.add_argument("--scheduler", default="", metavar="ADDRESS", help=_("of dask.distributed: run on its workers"))


def _schedule_words(schedule: argparse.ArgumentParser) -> None:
    schedule.add_argument("--form", default="cron", metavar="NAME", help=_("cron, systemd or github"))
    schedule.add_argument("--every", default="day", metavar="PERIOD", help=_("day, week or month"))
    schedule.add_argument("--at", default="06:00", metavar="HH:MM", help=_("when"))


def _loudness(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))
    parser.add_argument("--quiet", action="store_true", help=_("print only the last line"))
