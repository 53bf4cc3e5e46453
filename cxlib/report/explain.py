"""What `cx explain` prints: how a number was made, what a declared fact would be, which facts there are."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from cxlib.chain import STAGES, stage_of
from cxlib.dictionary import Entry, entries, equation_of, find_entry, label_of, recomputed
from cxlib.engagement import records
from cxlib.engagement.brief import Brief
from cxlib.errors import ChainError, UsageError, nearest
from cxlib.facts import Fact
from cxlib.language import _, day, interval, number, quantity, unknown
from cxlib.report.standing import standings
from cxlib.report.summary import grade_word

INDENT = " " * 4
_OPERAND = re.compile(r"\{(\d+\.\w+)\}")
_SIGNS = {" * ": " × ", " / ": " ÷ ", " - ": " − "}


def read_facts(home: Path) -> dict[str, Fact]:
    """The facts of the last run by id; ChainError when no stage has run."""
    try:
        plain = json.loads((home / "facts.json").read_text(encoding="utf-8"))["facts"]
    except FileNotFoundError:
        raise ChainError(
            home.name, _("no stage has run, so there are no facts"), "", _("Run the chain: `cx run`")
        ) from None
    return {fact["id"]: Fact.from_json(fact) for fact in plain}


def explain_text(brief: Brief, home: Path, id: str) -> str:
    """How one number was made: value, interval, n, grade, formula, inputs down to tables and brief, the decision taken.

    Before a run, and for a fact that the run has not made, what the fact would be. UsageError for an id nobody declares.
    """
    facts = read_facts(home) if (home / "facts.json").is_file() else {}
    if id not in facts:
        return declared_text(id, facts)
    fact = facts[id]
    lines = [f"{id} = {fact:full}", label_of(id), *_made(fact), *_arithmetic(id, facts)]
    if fact.inputs:
        lines += [_("Made from:"), *_inputs(fact.inputs, facts, depth=1, seen={id})]
    return "\n".join([*lines, *_decision(brief, home, fact.stage)])


def declared_text(id: str, facts: Mapping[str, Fact] | None = None) -> str:
    """What a fact would be: label, unit, formula in words, what n counts, and its inputs down to tables and brief."""
    found = find_entry(id) if re.match(r"(10|[1-9])\.\w", id) else None
    if found is None:
        raise UsageError(
            _("explain {id}").format(id=id),
            _("there is no such fact") + _near(id),
            _known(id),
            _("`cx explain --list` lists all"),
        )
    entry, places = found
    stage = stage_of(entry.stage)
    lines = [
        f"{id}: {entry.words(entry.label, places)}",
        _("Stage {n}, {name}. It has no value yet: the stage has not run, or cannot tell.").format(
            n=stage.number, name=stage.name
        ),
        _("Unit: {unit}. n counts {what}.").format(unit=entry.unit, what=_(entry.n_of)),
        _("Formula: {formula}").format(formula=entry.words(entry.formula, places)),
    ]
    if equation := equation_of(id):
        lines.append(_("Equation: {equation}").format(equation=_in_signs(_OPERAND.sub(r"\1", equation))))
    if entry.made_from:
        lines += [_("Made from:"), *_inputs(entry.made_from, facts or {}, depth=1, seen={id})]
    return "\n".join(lines)


def list_text(stage: int | None = None) -> str:
    """Every declared fact by stage, a line each; of one stage with formula."""
    lines: list[str] = []
    for one in [stage_of(stage)] if stage else STAGES:
        lines.append(f"{one.number} {one.name}")
        for entry in entries(one.number).values():
            lines += _listed(entry, whole=bool(stage))
    return "\n".join(lines)


def _listed(entry: Entry, *, whole: bool) -> Iterator[str]:
    yield f"{INDENT}{entry.id:<36} {entry.words(entry.label)} ({entry.unit})"
    if whole:
        yield f"{INDENT * 2}{entry.words(entry.formula)}"


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


def _arithmetic(id: str, facts: Mapping[str, Fact]) -> Iterator[str]:
    """The equation with names, then with the numbers of the run and what they give."""
    equation = equation_of(id)
    values = {name: fact.number() for name, fact in facts.items() if fact.known and not isinstance(fact.value, str)}
    result = recomputed(id, values)
    if result is None:
        return
    yield _("Equation: {equation}").format(equation=_in_signs(_OPERAND.sub(r"\1", equation)))
    filled = _OPERAND.sub(lambda found: number(values[found[1]], 6).rstrip("0").rstrip(".,") or "0", equation)
    yield f"{INDENT}= {_in_signs(filled)} = {quantity(result, facts[id].unit)}"


def _in_signs(equation: str) -> str:
    for sign, shown in _SIGNS.items():
        equation = equation.replace(sign, shown)
    return equation


def _inputs(names: tuple[str, ...], facts: Mapping[str, Fact], *, depth: int, seen: set[str]) -> Iterator[str]:
    """The inputs of a fact as a tree; an input that is a fact is opened in turn, once."""
    for name in names:
        inner, declared = facts.get(name), find_entry(name) if re.match(r"\d+\.\w", name) else None
        value = f" = {inner}" if inner else ""
        formula = inner.formula if inner else declared[0].words(declared[0].formula, declared[1]) if declared else ""
        yield INDENT * depth + name + value + (f"  ({formula})" if formula else "")
        made_from = inner.inputs if inner else declared[0].made_from if declared else ()
        if made_from and name not in seen:
            seen.add(name)
            yield from _inputs(made_from, facts, depth=depth + 1, seen=seen)


def _decision(brief: Brief, home: Path, stage: int) -> Iterator[str]:
    """The decision in force of the fact's stage, and the data it was read from."""
    record = records.read_record(home, stage)
    if record is None:
        return
    one = standings(brief, home)[stage - 1]
    yield _("Decision of its stage: {choice} ({state}).").format(
        choice=one.choice_words or _("none"), state=one.state.word
    )
    yield _("Data up to {day}, fingerprint {print}.").format(
        day=day(dt.date.fromisoformat(record["as_of"])), print=record["fingerprint"][:12]
    )


def _near(id: str) -> str:
    return nearest(id, [known for stage in STAGES for known in entries(stage.number)])


def _known(id: str) -> str:
    """Which facts the stage of an id declares."""
    wanted = id.split(".")[0]
    if wanted not in map(str, range(1, len(STAGES) + 1)):
        return _("Facts look like 3.value_at_stake")
    return _("Facts of stage {n}: {ids}").format(n=wanted, ids=", ".join(entries(int(wanted))))
