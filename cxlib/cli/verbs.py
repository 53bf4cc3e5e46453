"""`cx`: verbs only, each a few lines into the rooms. Every command ends with the next step; wrong use ends with 2."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.cli.words import parsed
from cxlib.errors import CxError, UsageError
from cxlib.language import _, speak

if TYPE_CHECKING:
    from cxlib.brief import Brief

SAMPLE, OUT = "data/sample", "reports"


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 stage, 2 usage, 3 data, 4 chain, 75 locked, 130, 138, 143."""
    words = list(sys.argv[1:] if words is None else words)
    try:
        given = parsed(words)
        return VERBS[given.command](given)
    except CxError as error:
        return _complain(str(error), error.exit_code, words)
    except KeyboardInterrupt as error:
        return _complain(
            _("stopped. What was finished is kept; run again to go on"), getattr(error, "exit_code", 130), words
        )
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nothing more to say
        return 0
    except Exception as error:
        message = _("an error without words: {kind}: {error}. Run it again with --debug and report what it prints")
        return _complain(message.format(kind=type(error).__name__, error=error), 1, words)


def _complain(message: str, code: int, words: list[str]) -> int:
    """One clear line; the traceback only for those who asked for it."""
    if "--debug" in words:
        traceback.print_exc()
    _warn(f"cx: {message}")
    return code


# -- verbs ---------------------------------------------------------------------------------------------------------


def _new(given: argparse.Namespace) -> int:
    from cxlib.brief.template import new_engagement

    file = new_engagement(given.folder)
    _say(_("Made {file}. Next: fill it in, then `cx check {folder}`").format(file=file, folder=given.folder))
    return 0


def _doctor(given: argparse.Namespace) -> int:
    from cxlib.pipeline.doctor import examine

    found = examine(given.out)
    _say("\n".join(str(one) for one in found))
    well = all(one.well for one in found)
    _say(_("Ready. Next: `cx run`") if well else _("Not ready. Next: do what the arrows say, then `cx doctor` again"))
    return 0 if well else 1


def _check(given: argparse.Namespace) -> int:
    from cxlib.sources import check_engagement

    report = check_engagement(_folder(given))
    _say(report.text())
    todo = (
        _("Next: mend what is marked ✗, then `cx check{where}` again") if report.failed else _("Next: `cx run{where}`")
    )
    _say("\n" + todo.format(where=_where(given, "")))
    return 3 if report.failed else 0


def _run(given: argparse.Namespace) -> int:
    from cxlib.pipeline.places import engagements_in

    folders = engagements_in(given.folders)
    given.folder = folders[0] if folders else None
    if len(folders) < 2 and _unchanged(given):
        return 0
    from cxlib.pipeline.conduct import Attendance, conduct, limits_of
    from cxlib.pipeline.hooks import Hooks
    from cxlib.pipeline.many import run_many
    from cxlib.pipeline.order import Order
    from cxlib.pipeline.outcome import warnings

    around = Attendance(limits_of(given.cell_timeout, given.stage_timeout, unattended=given.unattended),
                        Hooks(given.on_finish, given.webhook, given.webhook_header), _warn)  # fmt: skip
    tell = _quiet if given.quiet or given.json else _say
    order = Order(_folder(given), given.out, _day(given), _number("--from", given.first), given.audience,
                  named=_named(given), force=given.force, wait=_seconds("--wait", given.wait), strict=given.strict,
                  fail_on=given.fail_on)  # fmt: skip
    if len(folders) > 1 or given.scheduler:
        orders = [replace(order, engagement=folder, named=folder) for folder in folders or [order.engagement]]
        done = run_many(orders, around, tell=tell, jobs=_number("--jobs", given.jobs), scheduler=given.scheduler)
        _say(json.dumps(done.summaries, indent=1) if given.json else done.text)
        return done.exit_code
    run = conduct(order, tell=tell, around=around)
    if run.failure and given.debug:
        _warn(run.failure.detail)
    if given.json:
        _say((run.home / "run.json").read_text(encoding="utf-8"))
    elif run.failure and run.stopped_at:
        page = run.home / f"{run.stopped_at.slug}.html"
        _warn(f"cx: {run.failure.message}")
        _say(_("Stopped at stage {n}. Next: read {page}").format(n=run.stopped_at.number, page=page))
    else:
        if run.exit_code:
            _warn("\n".join(f"cx: {said}" for said in warnings(run)))
        _say("" if given.quiet else _next(given))
        _say(_("Open {index}").format(index=run.home / "index.html"))
    return run.exit_code


def _schedule(given: argparse.Namespace) -> int:
    from cxlib.pipeline.schedule import schedule_text

    _say(schedule_text(_folder(given), given.out, given.form, given.every, given.at))
    _say(_("# Next: try it now with `cx run{where} --as-of today --unattended`").format(where=_where(given, "")))
    return 0


def _unchanged(given: argparse.Namespace) -> bool:
    """Whether nothing has changed since the last run; then say so."""
    from cxlib.chain import STAGES
    from cxlib.pipeline.unchanged import asked, line, nothing_to_do

    wanted = asked(_folder(given), _day(given), given.audience, _named(given), given.out)
    unusual = (
        given.force,
        given.unattended,
        given.on_finish,
        given.webhook,
        given.strict,
        given.fail_on,
        given.scheduler,
    )
    plain = given.first == "1" and not any(unusual)
    note = nothing_to_do(wanted, _seconds("--wait", given.wait)) if plain else None
    if note is None:
        return False
    if given.json:
        _say((note["home"] / "run.json").read_text(encoding="utf-8"))
    else:
        words, command = note["next"]
        told = [line(stage, None, _("unchanged")) for stage in STAGES]
        told.append(_("Next: {words}\n  {command}").format(words=words, command=command))
        _say("" if given.quiet else "\n".join(told))
        _say(_("Open {index}").format(index=note["home"] / "index.html"))
    return True


def _status(given: argparse.Namespace) -> int:
    from cxlib.report.standing import standings
    from cxlib.report.terminal import status_text

    brief, home = _engagement(given)
    if given.why:
        return _why(brief, home)
    stands = standings(brief, home)
    if given.json:
        _say(json.dumps({"engagement": brief.name, "stages": [one.as_json() for one in stands]}, indent=1))
        return 0
    _say("" if given.quiet else status_text(brief, stands) + "\n")
    _say(_next(given))
    return 0


def _why(brief: Brief, home: Path) -> int:
    """What has changed since each stage ran."""
    from cxlib.pipeline.order import notebooks
    from cxlib.pipeline.upkeep import why_lines

    _say("\n".join(why_lines(brief, home, notebooks())))
    return 0


def _verify(given: argparse.Namespace) -> int:
    from cxlib.pipeline.upkeep import problems

    brief, home = _engagement(given)
    found = list(problems(home, brief.folder))
    _say("\n".join(found))
    _say(_("{n} damaged. Next: `cx run{where}` computes or publishes them again").format(n=len(found), where=_where(given, ""))
         if found else _("Every byte is as it was written. Next: `cx status{where}`").format(where=_where(given)))  # fmt: skip
    return 1 if found else 0


def _diff(given: argparse.Namespace) -> int:
    from cxlib.pipeline.upkeep import difference, difference_lines

    brief, home = _engagement(given)
    if len(given.runs) not in (0, 2):
        raise UsageError(
            "cx diff", _("{n} runs are named").format(n=len(given.runs)), _("Two runs, or none for the last two")
        )
    rows = difference(home, given.runs, brief.thresholds.evidence_n)
    _say(json.dumps(rows, indent=1, ensure_ascii=False) if given.json else "\n".join(difference_lines(rows)))
    return 0


def _gc(given: argparse.Namespace) -> int:
    from cxlib.pipeline.lock import held
    from cxlib.pipeline.upkeep import collect

    _brief, home = _engagement(given)
    with held(home, "cx gc"):
        runs, artifacts = collect(home, int(_seconds("--keep", given.keep)))
    _say(_("Removed {runs} runs and {n} results of stages. Next: `cx status{where}`").format(
        runs=runs, n=artifacts, where=_where(given)))  # fmt: skip
    return 0


def _decide(given: argparse.Namespace) -> int:
    from cxlib import decisions
    from cxlib.chain import parse_choice, stage_of

    stage = stage_of(_number("decide", given.stage))
    brief, home = _engagement(given)
    entry = decisions.seal(brief, home, stage.number, parse_choice(stage.number, given.choice), why=given.why, by=given.by,
                           override=given.override)  # fmt: skip
    _say(_("Sealed: stage {n}, {name}. {count} contradiction(s) kept by override.").format(
        n=stage.number, name=stage.name, count=len(entry["contradicts"])) if entry["override"]
        else _("Sealed: stage {n}, {name}.").format(n=stage.number, name=stage.name))  # fmt: skip
    return _refreshed(given)


def _reopen(given: argparse.Namespace) -> int:
    from cxlib import decisions

    brief, _home = _engagement(given)
    entry = decisions.reopen(brief, _number("reopen", given.stage), why=given.why, by=given.by)
    falls = ", ".join(map(str, entry["unseals"]))
    _say(_("Reopened: stage {n}. Drafts again: {falls}.").format(n=entry["stage"], falls=falls))
    return _refreshed(given)


def _history(given: argparse.Namespace) -> int:
    from cxlib.report.terminal import history_text

    brief, _home = _engagement(given)
    _say(history_text(brief))
    _say(_next(given))
    return 0


def _explain(given: argparse.Namespace) -> int:
    from cxlib.report.terminal import explain_text

    brief, home = _engagement(given)
    _say(explain_text(brief, home, given.fact))
    _say(_("Next: `cx status{where}` shows what rests on it").format(where=_where(given)))
    return 0


def _open(given: argparse.Namespace) -> int:
    _brief, home = _engagement(given)
    index = home / "index.html"
    if not index.is_file():
        raise CxError(str(index), _("there is no report yet"), "", _("Run the chain: `cx run{where}`").format(
            where=_where(given, "")))  # fmt: skip
    if sys.stdout.isatty() and (sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY")):
        import webbrowser

        webbrowser.open(index.as_uri())
    _say(str(index))
    _say(_next(given))
    return 0


def _export(given: argparse.Namespace) -> int:
    from cxlib.exports.book import open_book
    from cxlib.exports.export import export, formats_of

    formats = formats_of(given.to)
    brief, home = _engagement(given)
    book = open_book(brief, home)
    for one in export(book, formats):
        _say(f"{one.format:<5}{one.n_bytes / 1000:>9,.0f} kB  {one.path}")
    _say(book.status)
    _say(_next(given))
    return 0


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "verify": _verify, "diff": _diff, "gc": _gc,
    "new": _new, "doctor": _doctor, "check": _check, "run": _run, "status": _status, "decide": _decide,
    "reopen": _reopen, "history": _history, "explain": _explain, "open": _open, "export": _export,
    "schedule": _schedule,
}  # fmt: skip


# -- what verbs share ----------------------------------------------------------------------------------------------


def _say(text: str) -> None:
    """Print what there is to say, at once."""
    if text:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _warn(text: str) -> None:
    """Say what went wrong, apart from the results."""
    sys.stderr.write(text + "\n")


def _quiet(_text: str) -> None:
    """Say nothing."""


def _folder(given: argparse.Namespace) -> str:
    """The engagement: as named, else this folder if it is one, else the sample."""
    named = getattr(given, "folder", None) or given.engagement
    return named or ("." if Path("engagement.yaml").is_file() else SAMPLE)


def _named(given: argparse.Namespace) -> str:
    """How later commands name the engagement; "" when they find it themselves."""
    folder = _folder(given)
    if folder in (".", SAMPLE):
        return ""
    return folder


def _out(given: argparse.Namespace) -> str:
    """Where reports go, when it has to be said."""
    return "" if given.out == OUT else str(given.out)


def _where(given: argparse.Namespace, option: str = " --engagement") -> str:
    """The words that lead a suggested command to the engagement."""
    folder = _folder(given)
    out = f" --out {_out(given)}" if _out(given) else ""
    return ("" if folder in (".", SAMPLE) else f"{option} {folder}") + out


def _engagement(given: argparse.Namespace):  # type: ignore[no-untyped-def]
    """The brief, read as a notebook would read it, and the folder of its reports."""
    from cxlib.brief import load_brief
    from cxlib.parameters import check_parameters

    found = check_parameters({"engagement": _folder(given), "out": given.out, "as_of": ""})
    brief = load_brief(found.engagement)
    speak(brief.lang, brief.locale, brief.currency)
    return brief, found.out / brief.name


def _next(given: argparse.Namespace) -> str:
    """The next step of the engagement, with a command that can be pasted."""
    from cxlib.report.standing import next_step, standings

    brief, home = _engagement(given)
    step = next_step(standings(brief, home), _named(given), _out(given))
    return _("Next: {words}\n  {command}").format(words=step.words, command=step.command)


def _refreshed(given: argparse.Namespace) -> int:
    """Bring the pages up to date after a decision, and say what is next."""
    from cxlib.pipeline.pages import refresh_index, refresh_pages

    brief, home = _engagement(given)
    if (home / "index.html").is_file():
        refresh_index(brief, home, named=_named(given), out=_out(given))
        refresh_pages(brief, home)
    _say(_next(given))
    return 0


def _number(where: str, text: str) -> int:
    """A stage's number from a word."""
    if not text.isdigit():
        raise UsageError(
            where, _("'{text}' is not a stage").format(text=text), _("A stage is a whole number from 1 to 10")
        )
    return int(text)


def _day(given: argparse.Namespace) -> str:
    """The day after which nothing is read, as it was asked for."""
    return dt.date.today().isoformat() if given.as_of == "today" else str(given.as_of)


def _seconds(where: str, text: str) -> float:
    """A number of seconds, or of runs, from a word."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UsageError(where, _("'{text}' is no number").format(text=text), _("A number from 0 up"))
    return value
