"""The money from objective to return, link by link, each with the fact it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.chain import STAGES
from cxlib.facts import Fact
from cxlib.language import _, interval, mark, number, unknown
from cxlib.report.decision import choice_pairs
from cxlib.report.standing import Standing
from cxlib.report.states import grade_word
from cxlib.show.bridge import BRIDGE

LONGEST = 90  # characters of a choice: three lines of a narrow column

# the lines of the bridge, and what they cost: what it is called, the key of the stage's choice that names it, what the fact is
WORDS = {
    "1.gap": (mark("Objective"), "objective", mark("more a year to reach the target")),
    "3.value_at_stake": (mark("Stall"), "stall_step", mark("a year at stake")),
    "7.reachable": (mark("Within reach"), "", mark("of it a year the experiences can reach")),
    "7.capture": (mark("Expected capture"), "", mark("a year at full run, if the assumed effects hold")),
    "7.gap_closed": (mark("Part of the gap"), "", mark("of the gap would be closed")),
    "7.npv": (mark("Return promised"), "", mark("net present value, if the assumed effects hold")),
    "9.return_realised": (mark("Return measured"), "verdict", mark("on the pilot's customers in its window")),
    "9.scaled": (mark("Scaled"), "", mark("a year on all who are reached, at the effect measured")),
}
LINKS = (*BRIDGE[:5], "7.npv", *BRIDGE[5:])


@dataclass(frozen=True)
class Link:
    """One link: its name, what was chosen, the amount with its interval and evidence, how it is made, and where it stands."""

    name: str
    choice: str
    amount: str
    meaning: str
    evidence: str
    formula: str
    fact: str
    href: str


def trace(stands: list[Standing], facts: dict[str, Fact]) -> tuple[Link, ...]:
    """The links of the money trace; a fact that no stage has made yet cannot be told."""
    return tuple(_link(stands[int(id.split(".")[0]) - 1], facts.get(id) or Fact(id, None)) for id in LINKS)


def _link(one: Standing, fact: Fact) -> Link:
    name, part, meaning = WORDS[fact.id]
    chosen = {found.key: found.words for found in choice_pairs(one, LONGEST)}
    href = f"{STAGES[one.stage.number - 1].slug}.html"
    return Link(
        _(name),
        chosen.get(part, ""),
        f"{fact}" if fact.known else "",
        _(meaning) if fact.known else "",
        _evidence(fact),
        fact.formula,
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
