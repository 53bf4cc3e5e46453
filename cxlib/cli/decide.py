"""`cx decide` and `cx options`: what may be decided, what will be sealed, and the question before it is written."""

from __future__ import annotations

import sys
from argparse import Namespace as Given
from pathlib import Path

from cxlib.chain import Choice, stage_of
from cxlib.cli import ask
from cxlib.engagement import decisions, looked, records
from cxlib.engagement.brief import Brief
from cxlib.engagement.completion import candidates_of
from cxlib.engagement.inheritance import Inheritance
from cxlib.engagement.labels import Labels
from cxlib.engagement.naming import parse_choice, stage_labels
from cxlib.errors import ChainError, UsageError
from cxlib.language import _
from cxlib.report.options import Words, options_lines, seal_lines
from cxlib.show.cards import choice_words


def options(given: Given) -> int:
    """Show what may be decided at a stage, and note that somebody has looked."""
    brief, home = ask.engagement(given)
    record = _record(home, given.stage)
    ask.say("\n".join(options_lines(record, _words(_labels(brief, home, record)), where=ask.to(given))))
    looked.look(home, {given.stage: record})
    return 0


def decide(given: Given) -> int:
    """Show what will be sealed, whole; ask at a terminal; seal."""
    stage, (brief, home) = stage_of(given.stage), ask.engagement(given)
    record = records.read_record(home, stage.number)
    labels = _labels(brief, home, record) if record else Labels(lambda _kind: {})
    choice: Choice = parse_choice(stage.number, given.choice, labels, candidates_of(record) if record else ())
    signed = {"why": given.why, "by": given.by, "override": given.override}
    entry = decisions.drafted_seal(brief, home, stage.number, choice, **signed)
    ask.say("\n".join(seal_lines(entry, _words(labels))))
    if record and not given.unread and not _seen(given, home, record):
        what = _("nobody has looked at the stage since it ran")
        todo = _("`cx options {n}{where}` shows it; --unread seals all the same", n=stage.number, where=ask.to(given))
        raise UsageError(_("decision of stage {n}", n=stage.number), what, "", todo)
    if not given.yes and _at_a_terminal() and not ask.agreed(_("Seal this? [y/N] ")):
        ask.say(_("Nothing was sealed."))
        return 0
    decisions.written(brief, home, entry)
    sealed = _("Sealed: stage {n}, {name}.")
    if entry["override"]:
        sealed = _("Sealed: stage {n}, {name}. {count} contradiction(s) kept by override.")
    ask.say(sealed.format(n=stage.number, name=stage.name, count=len(entry["contradicts"])))
    return ask.refreshed(given)


def _seen(given: Given, home: Path, record: records.Record) -> bool:
    """Whether a person has looked at the stage; at a terminal its result is shown now."""
    if looked.looked_at(home, record):
        return True
    if given.yes or not _at_a_terminal():
        return False
    ask.say(f"  {record['headline']}")
    looked.look(home, {record["stage"]: record})
    return True


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _record(home: Path, number: int) -> records.Record:
    record = records.read_record(home, number)
    if record is None:
        what, todo = _("it has not run, so nothing is known of it"), _("Run it first: `cx run`")
        raise ChainError(_("stage {n}", n=number), what, "", todo)
    return record


def _labels(brief: Brief, home: Path, record: records.Record) -> Labels:
    """The labels that the pages of a stage show."""
    known = records.read_records(home)
    before = {number: one for number, one in known.items() if number < record["stage"]}
    return stage_labels(record, Inheritance(record["stage"], brief, home, before).labels)


def _words(labels: Labels) -> Words:
    return lambda choice: choice_words(choice, labels)
