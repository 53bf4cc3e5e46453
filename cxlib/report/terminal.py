"""What `cx status` and `cx history` print: the chain and its decisions as plain text."""

from __future__ import annotations

import datetime as dt
import shlex
import textwrap
from collections.abc import Sequence
from pathlib import Path

from cxlib.chain import STAGES, stage_of
from cxlib.engagement import heads, ledger
from cxlib.engagement.brief import Brief
from cxlib.engagement.review import about_words, comments, waiting
from cxlib.language import _, day
from cxlib.report.explain import explain_text as explain_text  # the command line takes it from here, for now
from cxlib.report.standing import Standing, choice_words, summary
from cxlib.report.states import grade_word

INDENT = " " * 4
LONGEST = 220  # characters of one line of `cx status`; the pages have the rest


def status_text(brief: Brief, stands: Sequence[Standing]) -> str:
    """The ten stages, one line each with state and choice, their results below."""
    head = _("{company} ({name}), data up to {day}")
    lines = [head.format(company=brief.company, name=brief.name, day=day(brief.as_of)), summary(stands), ""]
    for one in stands:
        lines.append(f"{one.stage.number:>2} {one.state.icon} {one.stage.name:<21} {one.state.word}{_evidence(one)}")
        said = [one.choice_words if one.choice else "", one.headline, one.reason]
        lines += [f"{INDENT}  {textwrap.shorten(text, LONGEST, placeholder=' …')}" for text in said if text]
    return "\n".join(lines)


def _evidence(one: Standing) -> str:
    return f" · {_('evidence: {grade}').format(grade=grade_word(one.grade))}" if one.grade else ""


def history_text(brief: Brief, home: Path | None = None) -> str:
    """The decisions and reopenings of an engagement, oldest first."""
    entries = heads.read_whole(brief.folder, home)
    if not entries:
        return _("Nothing has been decided yet.")
    unbroken = _("{n} entries, unbroken; the last one's hash is {hash}.")
    last = unbroken.format(n=len(entries), hash=ledger.head(entries)[:12])
    return "\n".join([*(_entry(brief, entry) for entry in entries), last])


def _entry(brief: Brief, entry: ledger.Entry) -> str:
    """One line of the ledger in words, and its reason below."""
    stage, when = stage_of(entry["stage"]), dt.datetime.fromisoformat(entry["at"])
    if entry["kind"] == "reopen":
        what = _("reopens stage {n} ({name}); drafts again: {falls}")
        told = {"falls": ", ".join(map(str, entry["unseals"]))}
    else:
        what = _("seals stage {n} ({name}): {choice}")
        told = {"choice": choice_words(brief, stage.number, entry["choice"])}
    who = _("{n}. {day}, {by}:").format(n=entry["seq"], day=day(when), by=entry["by"])
    against = ""
    if entry.get("override"):
        against = _(" (against the chain: {rules})").format(rules=" ".join(entry["contradicts"]))
    because = _("Because: {why}").format(why=entry["why"])
    return f"{who} {what.format(n=stage.number, name=stage.name, **told)}{against}\n{INDENT}{because}"


def review_text(brief: Brief, named: str) -> str:
    """The sealed decisions that wait for a second person, each with its command, and the comments of colleagues."""
    lines = []
    for seen in waiting(brief):
        stage = STAGES[seen.stage - 1]
        sealed = _("sealed by {by}: {why}").format(by=seen.seal["by"], why=seen.seal["why"])
        command = f'cx approve {seen.stage} --by "…" --engagement {shlex.quote(named)}'
        lines.append(f"{seen.stage:>2}  {stage.name:<22}{sealed}\n      {command}")
    asked = _("Waiting for a second person, whom the brief asks for:")
    wished = _("Seen by no second person (the brief asks for none):")
    head = asked if brief.approval == "two" else wished
    said = [f"{about_words(one['about'])}: {one['text']} – {one['by']}, {one['at'][:10]}" for one in comments(brief)]
    nothing = _("No sealed decision waits for a second person.")
    return "\n".join([*([head, *lines] if lines else [nothing]), *([_("Comments:"), *said] if said else [])]) + "\n"
