"""`cx`: verbs only, each a few lines into the rooms. Every command ends with the next step; wrong use ends with 2."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.cli import ask
from cxlib.cli.words import parsed
from cxlib.errors import CxError, UsageError
from cxlib.language import _

if TYPE_CHECKING:
    from cxlib.engagement.brief import Brief


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 stage, 2 usage, 3 data, 4 chain, 75 locked, 129, 130, 138, 143."""
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
    ask.warn(f"cx: {message}")
    return code


# -- verbs ---------------------------------------------------------------------------------------------------------


def _new(given: argparse.Namespace) -> int:
    from cxlib.engagement.brief.template import new_engagement

    file = new_engagement(given.folder)
    ask.say(_("Made {file}. Next: fill it in, then `cx check {folder}`").format(file=file, folder=given.folder))
    return 0


def _doctor(given: argparse.Namespace) -> int:
    from cxlib.run.doctor import examine

    found = examine(given.out)
    ask.say("\n".join(str(one) for one in found))
    well = all(one.well for one in found)
    ask.say(
        _("Ready. Next: `cx run`") if well else _("Not ready. Next: do what the arrows say, then `cx doctor` again")
    )
    return 0 if well else 1


def _check(given: argparse.Namespace) -> int:
    from cxlib.engagement.sources import check_engagement

    report = check_engagement(ask.folder(given))
    ask.say(report.text())
    todo = (
        _("Next: mend what is marked ✗, then `cx check{where}` again") if report.failed else _("Next: `cx run{where}`")
    )
    ask.say("\n" + todo.format(where=ask.where(given, "")))
    return 3 if report.failed else 0


def _run(given: argparse.Namespace) -> int:
    from cxlib.run.places import engagements_in

    folders = engagements_in(given.folders)
    given.folder = folders[0] if folders else None
    if len(folders) < 2 and _unchanged(given):
        return 0
    from cxlib.run.conduct import Attendance, conduct, limits_of
    from cxlib.run.hooks import Hooks
    from cxlib.run.many import run_many
    from cxlib.run.order import Order
    from cxlib.run.outcome import warnings

    around = Attendance(
        limits_of(given.cell_timeout, given.stage_timeout, unattended=given.unattended),
        Hooks(given.on_finish, given.webhook, given.webhook_header),
        ask.warn,
    )
    tell = ask.quiet if given.quiet or given.json else ask.say
    order = Order(
        ask.folder(given),
        given.out,
        ask.day(given),
        ask.number("--from", given.first),
        given.audience,
        named=ask.named(given),
        force=given.force,
        wait=ask.seconds("--wait", given.wait),
        strict=given.strict,
        fail_on=given.fail_on,
    )
    if len(folders) > 1 or given.scheduler:
        orders = [replace(order, engagement=folder, named=folder) for folder in folders or [order.engagement]]
        done = run_many(orders, around, tell=tell, jobs=ask.number("--jobs", given.jobs), scheduler=given.scheduler)
        ask.say(json.dumps(done.summaries, indent=1) if given.json else done.text)
        return done.exit_code
    run = conduct(order, tell=tell, around=around)
    if run.failure and given.debug:
        ask.warn(run.failure.detail)
    if given.json:
        ask.say((run.home / "run.json").read_text(encoding="utf-8"))
    elif run.failure and run.stopped_at:
        page = run.home / f"{run.stopped_at.slug}.html"
        ask.warn(f"cx: {run.failure.message}")
        ask.say(_("Stopped at stage {n}. Next: read {page}").format(n=run.stopped_at.number, page=page))
    else:
        if run.exit_code:
            ask.warn("\n".join(f"cx: {said}" for said in warnings(run)))
        ask.say("" if given.quiet else ask.next(given))
        ask.say(_("Open {index}").format(index=run.home / "index.html"))
    return run.exit_code


def _schedule(given: argparse.Namespace) -> int:
    from cxlib.run.schedule import schedule_text

    ask.say(schedule_text(ask.folder(given), given.out, given.form, given.every, given.at))
    ask.say(_("# Next: try it now with `cx run{where} --as-of today --unattended`").format(where=ask.where(given, "")))
    return 0


def _unchanged(given: argparse.Namespace) -> bool:
    """Whether nothing has changed since the last run; then say so."""
    from cxlib.chain import STAGES
    from cxlib.run.unchanged import asked, line, nothing_to_do

    wanted = asked(ask.folder(given), ask.day(given), given.audience, ask.named(given), given.out)
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
    note = nothing_to_do(wanted, ask.seconds("--wait", given.wait)) if plain else None
    if note is None:
        return False
    if given.json:
        ask.say((note["home"] / "run.json").read_text(encoding="utf-8"))
    else:
        words, command = note["next"]
        told = [line(stage, None, _("unchanged")) for stage in STAGES]
        told.append(_("Next: {words}\n  {command}").format(words=words, command=command))
        ask.say("" if given.quiet else "\n".join(told))
        ask.say(_("Open {index}").format(index=note["home"] / "index.html"))
    return True


def _status(given: argparse.Namespace) -> int:
    from cxlib.report.standing import standings
    from cxlib.report.terminal import status_text

    brief, home = ask.engagement(given)
    if given.why:
        return _why(brief, home)
    stands = standings(brief, home)
    if given.json:
        ask.say(json.dumps({"engagement": brief.name, "stages": [one.as_json() for one in stands]}, indent=1))
        return 0
    ask.say("" if given.quiet else status_text(brief, stands) + "\n")
    ask.say(ask.next(given))
    return 0


def _why(brief: Brief, home: Path) -> int:
    """What has changed since each stage ran."""
    from cxlib.run.order import notebooks
    from cxlib.run.upkeep import why_lines

    ask.say("\n".join(why_lines(brief, home, notebooks())))
    return 0


def _verify(given: argparse.Namespace) -> int:
    from cxlib.run.upkeep import verified

    brief, home = ask.engagement(given)
    found = verified(home, brief.folder)
    ask.say("\n".join(found))
    damaged = _("{n} damaged. Next: `cx run{where}` computes or publishes them again")
    words = damaged if found else _("Every byte is as it was written. Next: `cx status{where}`")
    ask.say(words.format(n=len(found), where=ask.where(given, "" if found else " --engagement")))
    return 1 if found else 0


def _diff(given: argparse.Namespace) -> int:
    from cxlib.run.upkeep import difference, difference_lines

    _brief, home = ask.engagement(given)
    if len(given.runs) not in (0, 2):
        raise UsageError(
            "cx diff", _("{n} runs are named").format(n=len(given.runs)), _("Two runs, or none for the last two")
        )
    rows = difference(home, given.runs)
    ask.say(json.dumps(rows, indent=1, ensure_ascii=False) if given.json else "\n".join(difference_lines(rows)))
    return 0


def _gc(given: argparse.Namespace) -> int:
    from cxlib.run.lock import held
    from cxlib.run.upkeep import collect

    _brief, home = ask.engagement(given)
    with held(home, "cx gc"):
        runs, artifacts = collect(home, int(ask.seconds("--keep", given.keep)))
    ask.say(
        _("Removed {runs} runs and {n} results of stages. Next: `cx status{where}`").format(
            runs=runs, n=artifacts, where=ask.where(given)
        )
    )
    return 0


def _decide(given: argparse.Namespace) -> int:
    from cxlib.chain import parse_choice, stage_of
    from cxlib.engagement import decisions

    stage = stage_of(ask.number("decide", given.stage))
    brief, home = ask.engagement(given)
    entry = decisions.seal(
        brief,
        home,
        stage.number,
        parse_choice(stage.number, given.choice),
        why=given.why,
        by=given.by,
        override=given.override,
    )
    ask.say(
        _("Sealed: stage {n}, {name}. {count} contradiction(s) kept by override.").format(
            n=stage.number, name=stage.name, count=len(entry["contradicts"])
        )
        if entry["override"]
        else _("Sealed: stage {n}, {name}.").format(n=stage.number, name=stage.name)
    )
    return ask.refreshed(given)


def _reopen(given: argparse.Namespace) -> int:
    from cxlib.engagement import decisions

    brief, _home = ask.engagement(given)
    entry = decisions.reopen(brief, ask.number("reopen", given.stage), why=given.why, by=given.by)
    falls = ", ".join(map(str, entry["unseals"]))
    ask.say(_("Reopened: stage {n}. Drafts again: {falls}.").format(n=entry["stage"], falls=falls))
    return ask.refreshed(given)


def _history(given: argparse.Namespace) -> int:
    from cxlib.report.terminal import history_text

    brief, _home = ask.engagement(given)
    ask.say(history_text(brief))
    ask.say(ask.next(given))
    return 0


def _explain(given: argparse.Namespace) -> int:
    from cxlib.report.explain import explain_text, list_text

    if given.list:
        ask.say(list_text(ask.number("explain --list", given.fact) if given.fact else None))
        return 0
    if not given.fact:
        raise UsageError(
            "cx explain",
            _("no fact is named"),
            _("A fact is named as in 3.value_at_stake"),
            _("`cx explain --list` lists all"),
        )
    brief, home = ask.engagement(given)
    ask.say(explain_text(brief, home, given.fact))
    ask.say(_("Next: `cx status{where}` shows what rests on it").format(where=ask.where(given)))
    return 0


def _open(given: argparse.Namespace) -> int:
    _brief, home = ask.engagement(given)
    index = home / "index.html"
    if not index.is_file():
        raise CxError(
            str(index),
            _("there is no report yet"),
            "",
            _("Run the chain: `cx run{where}`").format(where=ask.where(given, "")),
        )
    if sys.stdout.isatty() and (sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY")):
        import webbrowser

        webbrowser.open(index.as_uri())
    ask.say(str(index))
    ask.say(ask.next(given))
    return 0


def _export(given: argparse.Namespace) -> int:
    from cxlib.exports.book import open_book
    from cxlib.exports.export import export, formats_of

    formats = formats_of(given.to)
    brief, home = ask.engagement(given)
    book = open_book(brief, home)
    for one in export(book, formats):
        ask.say(f"{one.format:<5}{one.n_bytes / 1000:>9,.0f} kB  {one.path}")
    ask.say(book.status)
    ask.say(ask.next(given))
    return 0


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "verify": _verify,
    "diff": _diff,
    "gc": _gc,
    "new": _new,
    "doctor": _doctor,
    "check": _check,
    "run": _run,
    "status": _status,
    "decide": _decide,
    "reopen": _reopen,
    "history": _history,
    "explain": _explain,
    "open": _open,
    "export": _export,
    "schedule": _schedule,
}
