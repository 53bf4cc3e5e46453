"""Facts and findings: every number a page shows, and every sentence computed from them.

A `Fact` is one value with its interval, n, unit, grade, formula and inputs. A `Finding` is a sentence whose numbers are
facts. The evidence gate has its one home here: below it a comparison ends in "cannot tell at this n".
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from cxlib import dictionary
from cxlib.errors import CxError
from cxlib.language import _, interval, number, percent, quantity, unknown

if TYPE_CHECKING:
    import pandas as pd

Grade = Literal["measured", "observed", "assumed", "unknown"]
Verdict = Literal["", "real", "not shown", "cannot tell"]
Value = float | int | str | None

EVIDENCE_N = 30  # policy: below 30 persons intervals are shown, but nothing is decided on them
CONFIDENCE = 0.95  # the level of every interval

_least: ContextVar[int] = ContextVar("least", default=5)
PERSONS, COUNTED = "persons", "persons counted"  # what n counts by default; COUNTED: the value counts persons as well
_COLUMNS = ("estimate", "low", "high", "n")  # of a tidy table, as a fact takes them
_ID = re.compile(r"^(10|[1-9])\.[a-z][a-z0-9_]*$")


@dataclass(frozen=True)
class Fact:
    """One number (or code) of a stage.

    id is "<stage>.<name>"; unit is share (0–1) | pp (difference of shares) | points | money | days | months | count | score |
    ratio | text.
    grade is measured (interval, n above the gate), observed (data below the gate or without interval), assumed (a
    judgement) or unknown (value None: cannot tell). `inputs` names the facts, tables or brief entries it was made from.
    n_of says what n counts; of persons, too few are withheld (see `withheld`).
    """

    id: str
    value: Value
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = "count"
    grade: str = ""
    formula: str = ""
    inputs: tuple[str, ...] = ()
    n_of: str = PERSONS

    def __post_init__(self) -> None:
        if not _ID.match(self.id):
            raise CxError("fact", f"id '{self.id}' is malformed", "An id is '<stage>.<name>', e.g. 3.value_at_stake")
        object.__setattr__(self, "inputs", tuple(self.inputs))
        for name in ("value", "low", "high", "n"):
            object.__setattr__(self, name, _plain(getattr(self, name)))
        if self.n is not None:
            object.__setattr__(self, "n", round(self.n))
        if not self.grade or self.value is None:
            object.__setattr__(self, "grade", grade_of(self.value, self.low, self.high, self.n))

    @property
    def stage(self) -> int:
        """The stage that made the fact."""
        return int(self.id.split(".")[0])

    @property
    def name(self) -> str:
        """The id without its stage."""
        return self.id.split(".", 1)[1]

    @property
    def known(self) -> bool:
        """False when the value cannot be told."""
        return self.value is not None

    def few(self, minimum: int) -> bool:
        """Whether it rests on persons, but on fewer than may be shown."""
        counted = self.value if self.n_of == COUNTED and isinstance(self.value, int | float) else None
        persons = [self.n, counted] if self.n_of in (PERSONS, COUNTED) else []
        return any(n is not None and 0 < n < minimum for n in persons)

    def number(self) -> float:
        """The value as a float, NaN when unknown: for arithmetic downstream."""
        return float(self.value) if isinstance(self.value, int | float) else float("nan")

    def __format__(self, style: str) -> str:
        """ "" → value with unit; "interval" → "€10 to €14"; "full" → value (95% interval …, n = …)."""
        if not self.known:
            return _("cannot tell")
        text = quantity(self.value, self.unit)
        if style == "interval":
            return interval(self.low, self.high, self.unit)
        return f"{text}{self._evidence()}" if style == "full" else text

    def _evidence(self) -> str:
        """The part in brackets: interval and n, as far as they are known."""
        parts = []
        if not unknown(self.low) and not unknown(self.high):
            level, bounds = percent(CONFIDENCE, 0), interval(self.low, self.high, self.unit)
            parts.append(_("{level} interval {interval}", level=level, interval=bounds))
        if self.n is not None:
            parts.append(f"n = {number(self.n, 0)}")
        return f" ({', '.join(parts)})" if parts else ""

    def as_json(self) -> dict[str, Any]:
        """The fact as it stands in facts.json."""
        plain = asdict(self)
        if self.n_of == PERSONS:
            del plain["n_of"]
        return {"id": plain.pop("id"), "stage": self.stage, **plain, "inputs": list(self.inputs)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Fact:
        """Read a fact of facts.json."""
        return cls(**{name: value for name, value in plain.items() if name != "stage"})


@dataclass(frozen=True)
class Finding:
    """A sentence computed from facts, and the verdict it ends in; `untold`: it begins with what cannot be told."""

    sentence: str
    facts: tuple[Fact, ...] = ()
    verdict: str = ""
    untold: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it answers nothing: its verdict is so, and it begins so or holds no number."""
        return self.verdict == "cannot tell" and (self.untold or not any(map(str.isdigit, self.sentence)))

    def __str__(self) -> str:
        return self.sentence

    def __add__(self, other: Finding) -> Finding:
        """Two findings as one paragraph; the verdict of the first that has one stands."""
        both = {fact.id: fact for fact in (*self.facts, *other.facts)}
        untold = self.untold if self.sentence else other.untold
        sentence = f"{self.sentence} {other.sentence}".strip()
        return Finding(sentence, tuple(both.values()), self.verdict or other.verdict, untold)


@dataclass(frozen=True)
class Alternative:
    """A choice that was not recommended, and what it would mean downstream."""

    choice: dict[str, Any]
    meaning: str


@dataclass(frozen=True)
class Recommendation:
    """What the data recommend; an empty choice means: nothing can be recommended.

    `offered` limits what may be chosen, per key (e.g. the segments large enough), unless a person overrides it; `known`
    holds what there is at all, and nothing else is accepted. A key that is not named is not limited. `possible`: whole
    choices besides, which complete a choice that a person has begun.
    """

    choice: dict[str, Any]
    because: Finding
    alternatives: tuple[Alternative, ...] = field(default_factory=tuple)
    grade: str = "observed"
    offered: dict[str, list[str]] = field(default_factory=dict)
    known: dict[str, list[str]] = field(default_factory=dict)
    possible: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "alternatives", tuple(self.alternatives))
        object.__setattr__(self, "choice", _plain_choice(self.choice))
        object.__setattr__(self, "possible", tuple(_plain_choice(one) for one in self.possible))

    @property
    def limits(self) -> dict[str, dict[str, list[str]]]:
        """What may be chosen: `offered` and `known`."""
        return {"offered": self.offered, "known": self.known}

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """Every choice it knows of, the recommended one first."""
        return [self.choice, *(_plain_choice(other.choice) for other in self.alternatives), *self.possible]


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as plain mappings, column → value, in their order."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def first(table: pd.DataFrame, **where: object) -> dict[str, Any]:
    """The first row whose columns hold these values; {} when there is none: `fact` makes an unknown of it."""
    return next((row for row in rows(table) if all(row[name] == value for name, value in where.items())), {})


def fact(
    id: str,
    row: Mapping[str, Any] | Value,
    /,
    *,
    n: float | None = None,
    low: float | None = None,
    high: float | None = None,
    grade: str = "",
    unit: str = "",
    n_of: str = "",
    inputs: tuple[str, ...] = (),
    **places: object,
) -> Fact:
    """A declared fact, with the value of a tidy table's row (estimate, low, high, n, unit, n_of) or a plain value.

    An empty row gives an unknown fact. Places of the id or of the formula are filled by keyword: fact("4.penalty_{touchpoint}",
    row, touchpoint="delivery"). unit, n_of and inputs overrule what the dictionary says. Raises CxError for an id that the
    stage's facts.yaml does not declare.
    """
    known = dictionary.entry_of(id)
    told: Mapping[str, Any] = row if isinstance(row, Mapping) else {"estimate": row, "low": low, "high": high, "n": n}
    value, low, high, n = (told.get(column) for column in _COLUMNS)
    return Fact(
        known.id.format(**places),
        value,
        low,
        high,
        n,
        unit=unit or str(told.get("unit") or known.unit),
        grade=grade or known.grade,
        formula=known.words(known.formula, places),
        inputs=tuple(dict.fromkeys((*known.made_from, *inputs))),
        n_of=n_of or str(told.get("n_of") or known.n_of),
    )


def finding(template: str, *facts: Fact, verdict: Verdict = "", **words: object) -> Finding:
    """Fill a (translated) template with facts by name: {value}, {value:interval}, {value:full}; other words by keyword.

    Facts whose value is unknown read "cannot tell".
    """
    named: dict[str, object] = {fact.name: fact for fact in facts}
    sentence = string.Formatter().vformat(template, (), {**named, **words})
    return Finding(sentence, facts, verdict)


def cannot_tell(reason: str, *, needs: str = "", n_needed: int | None = None, facts: tuple[Fact, ...] = ()) -> Finding:
    """Say plainly what is not known, and what would settle it."""
    parts = [_("Cannot tell: {reason}.", reason=reason.rstrip("."))]
    if needs and n_needed:
        parts.append(_("It would take {needs} (n = {n}).", needs=needs.rstrip("."), n=number(n_needed, 0)))
    elif needs:
        parts.append(_("It would take {needs}.", needs=needs.rstrip(".")))
    elif n_needed:
        parts.append(_("It would take n = {n}.", n=number(n_needed, 0)))
    return Finding(" ".join(parts), facts, "cannot tell", untold=True)


def withheld(result: Finding, minimum: int) -> Finding:
    """The finding as it may be shown: without facts of fewer persons than `minimum`, and without the sentence that tells them.

    An n that a sentence tells without a fact is told by `persons`, which hides few by itself.
    """
    if not any(fact.few(minimum) for fact in result.facts):
        return result
    hidden = {"value": None, "low": None, "high": None, "n": None}
    facts = tuple(replace(fact, **hidden) if fact.few(minimum) else fact for fact in result.facts)  # type: ignore[arg-type]
    said = _("Withheld: this rests on fewer than {n} persons.", n=number(minimum, 0))
    return Finding(said, facts, "cannot tell")


def tell_from(minimum: int) -> None:
    """From here on `persons` tells no count of fewer persons than this (the brief's thresholds.minimum_cell)."""
    _least.set(minimum)


def persons(n: float) -> str:
    """How many persons something rests on, as a sentence may tell it: "n = 41", and of few only "n < 5"."""
    least = _least.get()
    return f"n < {number(least, 0)}" if 0 < n < least else f"n = {number(n, 0)}"


def compare(low: float | None, high: float | None, *, n: int) -> Verdict:
    """The verdict of a comparison: "cannot tell" below the gate or without an interval, "real" when it excludes zero."""
    if n < EVIDENCE_N or low is None or high is None or low != low or high != high:
        return "cannot tell"
    return "real" if low > 0 or high < 0 else "not shown"


def grade_of(value: Value, low: float | None, high: float | None, n: int | None) -> Grade:
    """The grade of an estimate by the evidence gate."""
    if unknown(value):
        return "unknown"
    return "measured" if not unknown(low) and not unknown(high) and (n or 0) >= EVIDENCE_N else "observed"


def weakest(*grades: str) -> str:
    """The weakest of some grades: a decision is as strong as its weakest evidence."""
    order = ("unknown", "assumed", "observed", "measured")
    return min(grades or ("unknown",), key=order.index)


def _plain_choice(choice: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in choice.items()}


def _plain(value: Any) -> Any:
    """A numpy scalar as a Python one; NaN and infinities as None; lists element by element."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    if value is None or (isinstance(value, float) and unknown(value)) or value != value:
        return None
    return value
