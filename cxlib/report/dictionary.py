"""The page *Dictionary*: every number that a run has written, by stage, with what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cxlib.chain import STAGES, Stage
from cxlib.dictionary import label_of
from cxlib.facts import Fact
from cxlib.language import interval, number, quantity, unknown
from cxlib.report.page import render
from cxlib.report.summary import grade_word
from cxlib.report.view import Frame


@dataclass(frozen=True)
class Line:
    """One fact in words: id, name, value, interval, n, evidence, formula, inputs."""

    id: str
    name: str
    value: str
    interval: str
    n: str
    evidence: str
    formula: str
    inputs: str


@dataclass(frozen=True)
class Chapter:
    """The facts of one stage."""

    stage: Stage
    lines: tuple[Line, ...]


def dictionary_page(frame: Frame, facts: Mapping[str, Fact]) -> str:
    """Return the page as HTML: a table a stage; a stage that has written nothing has none."""
    chapters = [
        Chapter(stage, tuple(_line(fact) for fact in facts.values() if fact.stage == stage.number)) for stage in STAGES
    ]
    found = [chapter for chapter in chapters if chapter.lines]
    return render("dictionary.html.j2", frame=frame, chapters=found, total=len(facts), current=-1)


def _line(fact: Fact) -> Line:
    spread = "" if unknown(fact.low) or unknown(fact.high) else interval(fact.low, fact.high, fact.unit)
    n = "" if fact.n is None else number(fact.n, 0)
    value = quantity(fact.value, fact.unit) if fact.known else ""
    name = label_of(fact.id)
    return Line(
        fact.id,
        name[:1].upper() + name[1:],
        value,
        spread,
        n,
        grade_word(fact.grade),
        fact.formula,
        ", ".join(fact.inputs),
    )
