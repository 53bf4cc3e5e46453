"""The dictionary of a run as a page: every number that its stages wrote, how it is made, and from what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cxlib.chain import STAGES, Stage
from cxlib.dictionary import label_of
from cxlib.facts import Fact
from cxlib.report.page import render
from cxlib.report.states import grade_word
from cxlib.report.view import Frame


class Input(NamedTuple):
    """What a number is made from: its name, and where it stands when it is a number of the same run."""

    name: str
    href: str


class Number(NamedTuple):
    """One row: what the number is called, its value in words, its grade and formula, what it is made from."""

    id: str
    label: str
    value: str
    grade: str
    formula: str
    inputs: tuple[Input, ...]


class Chapter(NamedTuple):
    """The numbers of one stage."""

    stage: Stage
    numbers: tuple[Number, ...]


def dictionary_page(frame: Frame, facts: Iterable[Fact]) -> str:
    """The page of all facts of a run, stage by stage in the order they were written; of none, that there is none yet.

    A fact that was withheld, or that cannot be told, has no value and reads "cannot tell".
    """
    written = {fact.id: fact for fact in facts}
    chapters = [
        Chapter(stage, tuple(_number(one, written) for one in written.values() if one.stage == stage.number))
        for stage in STAGES
    ]
    return render("dictionary.html.j2", frame=frame, chapters=[one for one in chapters if one.numbers], current=-1)


def _number(fact: Fact, written: dict[str, Fact]) -> Number:
    label = label_of(fact.id)
    inputs = (Input(label_of(name), f"#{name}") if name in written else Input(name, "") for name in fact.inputs)
    return Number(
        fact.id, label[:1].upper() + label[1:], f"{fact:full}", grade_word(fact.grade), fact.formula, tuple(inputs)
    )
