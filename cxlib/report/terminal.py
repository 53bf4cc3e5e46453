"""What `cx status` and `cx history` print: the chain and its decisions as plain text."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Sequence

from cxlib.chain import stage_of
from cxlib.engagement import ledger
from cxlib.engagement.brief import Brief
from cxlib.language import _, day
from cxlib.report.standing import Standing, choice_words
from cxlib.report.summary import grade_word, summary

INDENT = " " * 4
LONGEST = 220  # characters of one line of `cx status`; the pages have the rest


def status_text(brief: Brief, stands: Sequence[Standing]) -> str:
    """The ten stages, one line each with state and choice, their result below."""
    head = _("{company} ({name}), data up to {day}").format(
        company=brief.company, name=brief.name, day=day(brief.as_of)
    )
    lines = [head, summary(stands), ""]
    for one in stands:
        lines.append(f"{one.stage.number:>2} {one.state.icon} {one.stage.name:<21} {one.state.word}{_evidence(one)}")
        said = [one.choice_words if one.choice else "", one.headline, one.reason]
        lines += [f"{INDENT}  {textwrap.shorten(text, LONGEST, placeholder=' …')}" for text in said if text]
    return "\n".join(lines)


def _evidence(one: Standing) -> str:
    return f" · {_('evidence: {grade}').format(grade=grade_word(one.grade))}" if one.grade else ""


def history_text(brief: Brief) -> str:
    """The decisions and reopenings of an engagement, oldest first."""
    entries = ledger.read_ledger(brief.folder)
    if not entries:
        return _("Nothing has been decided yet.")
    lines = [_entry(brief, entry) for entry in entries]
    lines.append(
        _("{n} entries, unbroken; the last one's hash is {hash}.").format(
            n=len(entries), hash=ledger.head(entries)[:12]
        )
    )
    return "\n".join(lines)


def _entry(brief: Brief, entry: ledger.Entry) -> str:
    """One line of the ledger in words."""
    stage, when = stage_of(entry["stage"]), dt.datetime.fromisoformat(entry["at"])
    who = _("{n}. {day}, {by}:").format(n=entry["seq"], day=day(when), by=entry["by"])
    if entry["kind"] == "reopen":
        falls = ", ".join(map(str, entry["unseals"]))
        what = _("reopens stage {n} ({name}); drafts again: {falls}").format(
            n=stage.number, name=stage.name, falls=falls
        )
    else:
        what = _("seals stage {n} ({name}): {choice}").format(
            n=stage.number, name=stage.name, choice=choice_words(brief, stage.number, entry["choice"])
        )
    against = (
        _(" (against the chain: {rules})").format(rules=" ".join(entry["contradicts"])) if entry.get("override") else ""
    )
    return f"{who} {what}{against}\n{INDENT}{_('Because: {why}').format(why=entry['why'])}"
