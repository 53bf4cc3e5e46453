"""What `cx status`, `cx history` and `cx explain` print: the chain, its decisions and its numbers as plain text."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES, stage_of
from cxlib.engagement import ledger, records
from cxlib.engagement.brief import Brief
from cxlib.errors import ChainError, UsageError, nearest
from cxlib.facts import Fact
from cxlib.language import _, day, interval, number, unknown
from cxlib.report.standing import Standing, choice_words, standings
from cxlib.report.summary import grade_word, summary

INDENT = " " * 4
LONGEST = 220  # characters of one line of `cx status`; the pages have the rest


def status_text(brief: Brief, stands: Sequence[Standing]) -> str:
    """The ten stages, one line each with state and choice, their result below."""
    head = _("{company} ({name}), data up to {day}").format(
        company=brief.company, name=brief.name, day=day(brief.as_of))  # fmt: skip
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
    lines.append(_("{n} entries, unbroken; the last one's hash is {hash}.").format(
        n=len(entries), hash=ledger.head(entries)[:12]))  # fmt: skip
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
            n=stage.number, name=stage.name, choice=choice_words(brief, stage.number, entry["choice"]))  # fmt: skip
    against = _(" (against the chain: {rules})").format(rules=" ".join(entry["contradicts"])) \
        if entry.get("override") else ""  # fmt: skip
    return f"{who} {what}{against}\n{INDENT}{_('Because: {why}').format(why=entry['why'])}"


def explain_text(brief: Brief, home: Path, id: str) -> str:
    """How one number was made: value, interval, n, grade, formula, inputs down to tables and brief, the decision taken."""
    facts = read_facts(home)
    if id not in facts:
        known = _("Facts of stage {n}: {ids}").format(n=id.split(".")[0], ids=", ".join(_of_stage(facts, id))) \
            if _of_stage(facts, id) else _("Facts look like 3.value_at_stake")  # fmt: skip
        raise UsageError(_("explain {id}").format(id=id), _("there is no such fact") + nearest(id, facts), known)
    fact = facts[id]
    lines = [f"{id} = {fact:full}", *_made(fact)]
    if fact.inputs:
        lines.append(_("Made from:"))
        lines += _inputs(fact, facts, depth=1, seen={id})
    return "\n".join([*lines, *_decision(brief, home, fact.stage)])


def read_facts(home: Path) -> dict[str, Fact]:
    """The facts of the last run by id; ChainError when no stage has run."""
    try:
        plain = json.loads((home / "facts.json").read_text(encoding="utf-8"))["facts"]
    except FileNotFoundError:
        raise ChainError(
            home.name, _("no stage has run, so there are no facts"), "", _("Run the chain: `cx run`")
        ) from None
    return {fact["id"]: Fact.from_json(fact) for fact in plain}


def _made(fact: Fact) -> Iterator[str]:
    """Grade, interval, n and formula, as far as they are known."""
    stage = stage_of(fact.stage)
    yield _("Stage {n}, {name}. Evidence: {grade}.").format(
        n=stage.number, name=stage.name, grade=grade_word(fact.grade)
    )
    if not unknown(fact.low) and not unknown(fact.high):
        yield _("95% interval: {interval}").format(interval=interval(fact.low, fact.high, fact.unit))
    if fact.n is not None:
        yield _("n = {n}").format(n=number(fact.n, 0))
    yield _("Formula: {formula}").format(formula=fact.formula or _("not stated"))


def _inputs(fact: Fact, facts: dict[str, Fact], *, depth: int, seen: set[str]) -> Iterator[str]:
    """The inputs of a fact as a tree; an input that is a fact is opened in turn, once."""
    for name in fact.inputs:
        inner = facts.get(name)
        yield INDENT * depth + (f"{name} = {inner}" if inner else name) + _formula(inner)
        if inner is not None and name not in seen:
            seen.add(name)
            yield from _inputs(inner, facts, depth=depth + 1, seen=seen)


def _formula(fact: Fact | None) -> str:
    return f"  ({fact.formula})" if fact is not None and fact.formula else ""


def _decision(brief: Brief, home: Path, number_: int) -> Iterator[str]:
    """The decision in force of the fact's stage, and the data it was read from."""
    record: dict[str, Any] | None = records.read_record(home, number_)
    if record is not None:
        one = standings(brief, home)[number_ - 1]
        yield _("Decision of its stage: {choice} ({state}).").format(
            choice=one.choice_words or _("none"), state=one.state.word)  # fmt: skip
        yield _("Data up to {day}, fingerprint {print}.").format(
            day=day(dt.date.fromisoformat(record["as_of"])), print=record["fingerprint"][:12])  # fmt: skip


def _of_stage(facts: dict[str, Fact], id: str) -> list[str]:
    wanted = id.split(".")[0]
    return (
        [known for known in facts if known.split(".")[0] == wanted]
        if wanted in map(str, range(1, len(STAGES) + 1))
        else []
    )
