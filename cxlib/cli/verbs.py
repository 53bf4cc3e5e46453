"""`cx`: verbs only, each a few lines into the rooms. Every command ends with the next step; wrong use ends with 2."""

from __future__ import annotations

import json
import os
import sys
import traceback
from argparse import Namespace as Given
from collections.abc import Callable, Sequence

from cxlib.cli import ask, drafted
from cxlib.cli.grammar import parsed
from cxlib.cli.run import run
from cxlib.errors import CxError, UsageError
from cxlib.language import _


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 stage, 2 usage, 3 data, 4 chain, 75 locked, 129, 130, 138, 143."""
    words = list(sys.argv[1:] if words is None else words)
    if sys.platform == "win32":
        return _complain(_("Windows is not supported; run it under WSL, Linux or macOS"), UsageError.exit_code, words)
    try:
        given = parsed(words)
        return VERBS[given.command](given)
    except CxError as error:
        return _complain(str(error), error.exit_code, words)
    except KeyboardInterrupt as error:
        message = _("stopped. Whatever was finished is kept; run again to continue")
        return _complain(message, getattr(error, "exit_code", 130), words)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nothing more to say
        return 0
    except Exception as error:
        message = _("an unexpected error: {kind}: {error}. Run it again with --debug and report what it prints")
        return _complain(message.format(kind=type(error).__name__, error=error), 1, words)


def _complain(message: str, code: int, words: list[str]) -> int:
    """One clear line; the traceback only for those who asked for it."""
    if "--debug" in words:
        traceback.print_exc()
    ask.warn(f"cx: {message}")
    return code


# -- verbs ---------------------------------------------------------------------------------------------------------


def _upgrade(given: Given) -> int:
    from cxlib.workspace.upgrade import upgrade

    for line in upgrade(ask.workspace(given)):
        ask.say(line)
    return ask.hint(given, _("Next: `cx run{where}`"))


def _restore(given: Given) -> int:
    from cxlib.workspace.upgrade import restore

    own, kept = restore(ask.workspace(given), given.stage)
    ask.say(_("Restored {file}.").format(file=own) + (_(" Yours is kept: {kept}").format(kept=kept) if kept else ""))
    return ask.hint(given, _("Next: `cx run{where}`"))


def _lab(given: Given) -> int:
    from cxlib.workspace.lab import is_root, lab_command
    from cxlib.workspace.make import furnish

    folder = ask.workspace(given)
    furnish(folder)
    if is_root():
        ask.warn(_("cx: you are root, so whoever reaches this JupyterLab may do everything on this machine"))
    command = lab_command(folder, given.passed_on)
    sys.stdout.flush()
    os.execv(command[0], command)


def _doctor(given: Given) -> int:
    from cxlib.run.doctor import examine

    found = examine(given.out)
    ask.say("\n".join(str(one) for one in found))
    if any(one.well is False for one in found):
        ask.say(_("Not ready. Next: do what the arrows say, then `cx doctor` again"))
        return 1
    return ask.hint(
        given, _("Ready. Next: `cx run{where}`") if ask.is_there(given) else _("Ready. Next: `cx new NAME`")
    )


def _check(given: Given) -> int:
    from cxlib.engagement.sources import check_engagement

    report = check_engagement(ask.folder(given))
    if given.json:
        ask.say(json.dumps(report.as_json(), indent=1, ensure_ascii=False))
        return report.exit_code
    ask.say(report.text())
    ask.hint(given, "\n" + report.next_words())
    return report.exit_code


def _schedule(given: Given) -> int:
    from cxlib.run.schedule import schedule_text

    ask.say(schedule_text(ask.folder(given), given.out, given.form, given.every, given.at))
    return ask.hint(given, _("# Next: try it now with `cx run{where} --as-of today --unattended`"))


def _status(given: Given) -> int:
    from cxlib.report.standing import standings
    from cxlib.report.terminal import status_text

    brief, home = ask.engagement(given)
    if given.why:
        from cxlib.run.notebooks import notebooks
        from cxlib.run.upkeep import why_lines

        ask.say("\n".join(why_lines(brief, home, notebooks(engagement=brief.folder))))
        return 0
    stands = standings(brief, home)
    if given.json:
        ask.say(json.dumps({"engagement": brief.name, "stages": [one.as_json() for one in stands]}, indent=1))
        return 0
    ask.say("" if given.quiet else status_text(brief, stands) + "\n")
    return ask.end(given)


def _verify(given: Given) -> int:
    from cxlib.run.upkeep import verified

    brief, home = ask.engagement(given)
    found = verified(home, brief.folder)
    ask.say("\n".join(found))
    if found:
        ask.hint(given, _("{n} damaged. Next: `cx run{where}` computes or publishes them again"), n=len(found))
        return 1
    return ask.hint(given, _("Every byte is as it was written. Next: `cx status{where}`"))


def _diff(given: Given) -> int:
    from cxlib.run.upkeep import difference, difference_lines

    _brief, home = ask.engagement(given)
    rows = difference(home, given.runs)
    ask.say(json.dumps(rows, indent=1, ensure_ascii=False) if given.json else "\n".join(difference_lines(rows)))
    return 0


def _gc(given: Given) -> int:
    from cxlib.run.lock import held
    from cxlib.run.upkeep import collect

    _brief, home = ask.engagement(given)
    with held(home, "cx gc"):
        runs, artifacts = collect(home, given.keep)
    removed = _("Removed {runs} runs and {n} stage results. Next: `cx status{where}`")
    return ask.hint(given, removed, runs=runs, n=artifacts)


def _decide(given: Given) -> int:
    from cxlib.cli.decide import decide

    return decide(given)


def _options(given: Given) -> int:
    from cxlib.cli.decide import options

    return options(given)


def _reopen(given: Given) -> int:
    from cxlib.engagement import decisions

    brief, home = ask.engagement(given)
    entry = decisions.reopen(brief, given.stage, why=given.why, by=given.by, home=home)
    falls = ", ".join(map(str, entry["unseals"]))
    ask.say(_("Reopened: stage {n}. Drafts again: {falls}.").format(n=entry["stage"], falls=falls))
    return ask.refreshed(given)


def _comment(given: Given) -> int:
    from cxlib.engagement.review import about_words, comment

    brief, _home = ask.engagement(given)
    entry = comment(brief, given.about, given.text, by=given.by)
    ask.say(_("Noted on {about}, by {by}.").format(about=about_words(entry["about"]), by=entry["by"]))
    return ask.hint(given, _("Next: `cx run{where} --audience workbook` shows it; no client's page does"))


def _approve(given: Given) -> int:
    from cxlib.engagement.review import approve

    brief, _home = ask.engagement(given)
    entry = approve(brief, given.stage, by=given.by)
    ask.say(_("Approved: stage {n}, by {by}.").format(n=given.stage, by=entry["by"]))
    return ask.refreshed(given)


def _review(given: Given) -> int:
    from cxlib.report.terminal import review_text

    brief, _home = ask.engagement(given)
    ask.say(review_text(brief, ask.named(given) or ask.SAMPLE))
    return ask.end(given)


def _history(given: Given) -> int:
    from cxlib.report.terminal import history_text

    brief, home = ask.engagement(given)
    ask.say(history_text(brief, home))
    return ask.end(given)


def _explain(given: Given) -> int:
    """How a number was made; before there is a run, how it would be; with --list, which numbers there are."""
    if not given.fact and given.list is None:
        what, accepted = _("no number is named"), _("A number has a name like 3.value_at_stake")
        raise UsageError("cx explain", what, accepted, _("`cx explain --list` lists them all"))
    from cxlib.report.explain import declared_text, explain_text, list_text

    if given.list is not None:
        ask.say(list_text(given.list or None))
        return ask.hint(given, _("Next: `cx explain ID{options}` shows how one is made"))
    brief, home = ask.engagement(given) if ask.is_there(given) else (None, None)
    if brief is not None and home is not None and (home / "facts.json").is_file():
        ask.say(explain_text(brief, home, given.fact))
        return ask.hint(given, _("Next: `cx status{where}` shows what rests on it"))
    ask.say(declared_text(given.fact))
    if home is None:
        return ask.hint(given, _("Next: `cx new NAME`, then `cx run NAME`"))
    return ask.hint(given, _("Next: `cx run{where}` computes it"))


def _open(given: Given) -> int:
    from cxlib.engagement import looked, records

    _brief, home = ask.engagement(given)
    index = home / "index.html"
    if not index.is_file():
        todo = _("Run the chain: `cx run{where}`").format(where=ask.where(given))
        raise CxError(str(index), _("there is no report yet"), "", todo)
    if sys.stdout.isatty() and (sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY")):
        import webbrowser

        webbrowser.open(index.as_uri())
    looked.look(home, records.read_records(home))
    ask.say(str(index))
    return ask.end(given)


def _export(given: Given) -> int:
    from cxlib.exports.book import open_book
    from cxlib.exports.export import export, formats_of

    formats = formats_of(given.to)
    brief, home = ask.engagement(given)
    book = open_book(brief, home)
    for one in export(book, formats):
        ask.say(f"{one.format:<5}{one.n_bytes / 1000:>9,.0f} kB  {one.path}")
    ask.say(book.status)
    return ask.end(given)


VERBS: dict[str, Callable[[Given], int]] = {
    "new": drafted.new,
    "map": drafted.add,
    "upgrade": _upgrade,
    "restore": _restore,
    "lab": _lab,
    "doctor": _doctor,
    "check": _check,
    "run": run,
    "schedule": _schedule,
    "status": _status,
    "decide": _decide,
    "options": _options,
    "reopen": _reopen,
    "comment": _comment,
    "approve": _approve,
    "review": _review,
    "history": _history,
    "explain": _explain,
    "open": _open,
    "verify": _verify,
    "diff": _diff,
    "gc": _gc,
    "export": _export,
}
