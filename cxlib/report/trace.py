"""The money from objective to return, link by link, each with the fact it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.chain import STAGES
from cxlib.facts import Fact
from cxlib.language import _, interval, mark, number, unknown
from cxlib.report.decision import choice_pairs
from cxlib.report.standing import Standing
from cxlib.report.states import grade_word

LONGEST = 90  # characters of a choice: three lines of a narrow column

# stage, what it is called, the key of the stage's choice that names it, the fact, what the fact is
LINKS = (
    (1, mark("Objective"), "objective", "1.gap", mark("more a year to reach the target")),
    (3, mark("Stall"), "stall_step", "3.value_at_stake", mark("a year at stake")),
    (4, mark("Moments"), "moments", "4.moments_shown", mark("moments whose weight is shown")),
    (7, mark("Experiences"), "experiences", "7.investment", mark("to invest")),
    (7, mark("Return promised"), "", "7.npv", mark("net present value, if the effects are what is assumed")),
    (9, mark("Return measured"), "verdict", "9.return_realised", mark("measured in the pilot")),
)


@dataclass(frozen=True)
class Link:
    """One link: its name, what was chosen, the amount with its interval and evidence, and where it stands."""

    name: str
    choice: str
    amount: str
    meaning: str
    evidence: str
    fact: str
    href: str


def trace(stands: list[Standing], facts: dict[str, Fact]) -> tuple[Link, ...]:
    """The links of the money trace; a fact that no stage has made yet cannot be told."""
    return tuple(
        _link(stands[stage - 1], name, part, facts.get(id) or Fact(id, None), meaning)
        for stage, name, part, id, meaning in LINKS
    )


def _link(one: Standing, name: str, part: str, fact: Fact, meaning: str) -> Link:
    chosen = {found.key: found.words for found in choice_pairs(one, LONGEST)}
    href = f"{STAGES[one.stage.number - 1].slug}.html"
    return Link(
        _(name),
        chosen.get(part, ""),
        f"{fact}" if fact.known else "",
        _(meaning) if fact.known else "",
        _evidence(fact),
        fact.id,
        href,
    )


def _evidence(fact: Fact) -> str:
    """Interval, n and grade, as far as they are known."""
    if not fact.known:
        return ""
    parts = []
    if not unknown(fact.low) and not unknown(fact.high):
        parts.append(interval(fact.low, fact.high, fact.unit))
    if fact.n is not None:
        parts.append(f"n\u00a0=\u00a0{number(fact.n, 0)}")
    words = ", ".join([*parts, grade_word(fact.grade)])
    return words[:1].upper() + words[1:]
