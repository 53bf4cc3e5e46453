"""How a number is made, as plain text: what is declared of it, and after a run its value, its arithmetic and its inputs."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from cxlib import dictionary
from cxlib.chain import STAGES, stage_of
from cxlib.engagement import records
from cxlib.engagement.brief import Brief
from cxlib.errors import ChainError, UsageError, nearest
from cxlib.facts import COUNTED, PERSONS, Fact
from cxlib.language import _, day, interval, number, quantity, unknown
from cxlib.report.standing import standings
from cxlib.report.states import grade_word

INDENT = " " * 4
DICTIONARY = "dictionary.html"  # the page of every fact of a run, beside its overview
_ID = re.compile(r"(?:10|[1-9])\.[a-z][\w{}]*")
_OPERAND = re.compile(r"\{(\d+\.\w+)\}")
_SIGNS = {"**": "^", "*": "×", "/": "÷", "-": "−"}


def read_facts(home: Path) -> dict[str, Fact]:
    """The facts of the last run by id; raises ChainError when no stage has run."""
    try:
        plain = json.loads((home / "facts.json").read_text(encoding="utf-8"))["facts"]
    except FileNotFoundError:
        what, todo = _("no stage has run, so there are no facts"), _("Run the chain: `cx run`")
        raise ChainError(home.name, what, "", todo) from None
    return {fact["id"]: Fact.from_json(fact) for fact in plain}


def explain_text(brief: Brief, home: Path, id: str) -> str:
    """How the last run made a number: value, interval, n, grade, formula, arithmetic, inputs down to tables and brief.

    The decision of its stage follows. A declared fact that the run did not write is told as declared. Raises UsageError
    for any other id, ChainError without a run.
    """
    facts = read_facts(home)
    if id not in facts and _found(id):
        return "\n".join([declared_text(id), _("The last run did not write it.")])
    if id not in facts:
        raise _no_such_fact(id, facts)
    fact = facts[id]
    lines = [f"{id} = {fact:full}", *_measured(fact), *_arithmetic(fact, facts)]

    def line(name: str) -> str:
        inner = facts.get(name)
        if inner is None:
            return _declared_line(name)
        return f"{name} = {inner}  ({inner.formula})" if inner.formula else f"{name} = {inner}"

    def inside(name: str) -> tuple[str, ...]:
        return facts[name].inputs if name in facts else made_from(name)

    return "\n".join([*lines, *_tree_of(id, line, inside), *_decision(brief, home, fact.stage)])


def declared_text(id: str) -> str:
    """What a fact is, whether or not it was ever computed: label, unit, formula, what n counts, equation, inputs.

    Raises UsageError for an id that no stage declares.
    """
    found = _found(id)
    if found is None:
        raise _no_such_fact(id, [known for stage in STAGES for known in dictionary.entries(stage.number)])
    entry, places = found
    lines = [
        f"{id}: {entry.words(entry.label, places)}",
        _("Stage {n}, {name}. Unit: {unit}. n counts {what}.").format(
            n=entry.stage, name=stage_of(entry.stage).name, unit=entry.unit, what=_counted(entry.n_of)
        ),
        _("Formula: {formula}").format(formula=entry.words(entry.formula, places)),
    ]
    if entry.equation:
        lines.append(_("Arithmetic: {terms}").format(terms=equation_words(id, dictionary.label_of)))
    return "\n".join([*lines, *_tree_of(id, _declared_line, made_from)])


def list_text(number: int | None) -> str:
    """Every declared fact, or those of one stage, under the name of its stage: id, label, unit."""
    lines: list[str] = []
    for stage in STAGES if number is None else (stage_of(number),):
        declared = dictionary.entries(stage.number).values()
        lines += [f"{stage.number} · {stage.name}"] if declared or number else []
        width = max((len(entry.id) for entry in declared), default=0)
        lines += [f"{INDENT}{one.id:<{width}}  {one.words(one.label)} ({one.unit})" for one in declared]
        lines += [] if declared or not number else [INDENT + _("No fact is declared here.")]
    return "\n".join(lines) or _("No fact is declared.")


def made_from(id: str) -> tuple[str, ...]:
    """The facts of a fact's equation, then its other inputs; nothing for a table, the brief, or an undeclared fact."""
    found = _found(id)
    if found is None:
        return ()
    entry, places = found
    other = (re.sub(r"\{(\w+)\}", lambda place: places.get(place[1], place[0]), name) for name in entry.inputs)
    return tuple(dict.fromkeys((*_OPERAND.findall(dictionary.equation_of(id)), *other)))


def equation_words(id: str, shown: Callable[[str], str]) -> str:
    """A fact's equation with its operands as `shown` tells them and the signs of print; "" where it has none."""
    parts = _OPERAND.split(dictionary.equation_of(id))
    for place in range(0, len(parts), 2):  # every second part is an operand
        for sign, printed in _SIGNS.items():
            parts[place] = parts[place].replace(sign, printed)
    return "".join(shown(part) if place % 2 else part for place, part in enumerate(parts))


def _found(id: str) -> tuple[dictionary.Entry, dict[str, str]] | None:
    return dictionary.find_entry(id) if _ID.fullmatch(id) else None


def _no_such_fact(id: str, known: Iterable[str]) -> UsageError:
    """The refusal of an id, with the nearest one and those of its stage."""
    own = [name for name in known if name.split(".")[0] == id.split(".")[0]]
    accepted = _("Facts of stage {n}: {ids}").format(n=id.split(".")[0], ids=", ".join(own))
    what = _("there is no such fact") + nearest(id, known)
    return UsageError(_("explain {id}").format(id=id), what, accepted if own else _("Facts look like 3.value_at_stake"))


def _counted(n_of: str) -> str:
    return _(PERSONS if n_of == COUNTED else n_of)


def _measured(fact: Fact) -> Iterator[str]:
    """What it is called, its grade, interval, n and formula, as far as they are known."""
    stage = stage_of(fact.stage)
    yield dictionary.label_of(fact.id)
    told = _("Stage {n}, {name}. Evidence: {grade}.")
    yield told.format(n=stage.number, name=stage.name, grade=grade_word(fact.grade))
    if not unknown(fact.low) and not unknown(fact.high):
        yield _("95% interval: {interval}").format(interval=interval(fact.low, fact.high, fact.unit))
    if fact.n is not None:
        yield _("n = {n} ({what})").format(n=number(fact.n, 0), what=_counted(fact.n_of))
    yield _("Formula: {formula}").format(formula=fact.formula or _("not stated"))


def _arithmetic(fact: Fact, facts: Mapping[str, Fact]) -> Iterator[str]:
    """The equation in words, then with its numbers, then what it gives; nothing for a fact without an equation."""
    if not dictionary.equation_of(fact.id):
        return
    yield _("Arithmetic: {terms}").format(terms=equation_words(fact.id, dictionary.label_of))
    yield f"{INDENT}= {equation_words(fact.id, lambda name: f'{facts[name]}' if name in facts else _('cannot tell'))}"
    values = {name: one.number() for name, one in facts.items() if one.known}
    try:
        given = dictionary.recomputed(fact.id, values)
    except ZeroDivisionError:
        given = None
    told = _("cannot tell") if unknown(given) else quantity(given, fact.unit)
    yield f"{INDENT}= {told}" + ("" if told == f"{fact}" else _("; the run wrote {value}").format(value=fact))


def _declared_line(name: str) -> str:
    """An input by its id, label and formula; a table or an entry of the brief by its name."""
    found = _found(name)
    return (
        f"{name}: {found[0].words(found[0].label, found[1])}  ({found[0].words(found[0].formula, found[1])})"
        if found
        else name
    )


def _tree_of(id: str, line: Callable[[str], str], inside: Callable[[str], tuple[str, ...]]) -> Iterator[str]:
    """The inputs of a fact as a tree, a line each; what is made from others is opened once."""
    seen = {id}

    def branch(names: Iterable[str], depth: int) -> Iterator[str]:
        for name in names:
            yield INDENT * depth + line(name)
            if name not in seen:
                seen.add(name)
                yield from branch(inside(name), depth + 1)

    if inside(id):
        yield _("Made from:")
        yield from branch(inside(id), 1)


def _decision(brief: Brief, home: Path, number: int) -> Iterator[str]:
    """The decision in force of the fact's stage, and the data it was made from."""
    record = records.read_record(home, number)
    if record is None:
        return
    one = standings(brief, home)[number - 1]
    decided = _("Decision of its stage: {choice} ({state}).")
    yield decided.format(choice=one.choice_words or _("none"), state=one.state.word)
    until, mark = day(dt.date.fromisoformat(record["as_of"])), record["fingerprint"][:12]
    yield _("Data up to {day}, fingerprint {print}.").format(day=until, print=mark)
