"""The dictionary of facts: what every number of the ten stages is called, its unit, how it is made and from what.

A stage declares its facts in `stages/<key>/facts.yaml`; `facts.fact` makes them. An id may have places, e.g.
`penalty_{touchpoint}`: one entry for a family of facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES, Stage
from cxlib.errors import CxError, nearest
from cxlib.language import _, read_yaml

STAGES_FOLDER = Path(__file__).parent / "stages"
FILE = "facts.yaml"
UNITS = ("share", "pp", "points", "money", "days", "months", "count", "score", "ratio", "text")
_PLACE = re.compile(r"\{(\w+)\}")
_OPERAND = re.compile(r"\{(\d+\.\w+)\}")
_FUNCTIONS: dict[str, Callable[..., float]] = {"max": max, "min": min}


@dataclass(frozen=True)
class Entry:
    """What one fact, or a family of facts, is.

    id: "3.value_at_stake", or with places "4.penalty_{touchpoint}"; unit: the usual one (a table's row may say another of
    `units`); formula: in words; equation: where the value follows from other facts, their arithmetic, e.g.
    "12 * ({1.target} - {1.level})"; inputs: facts, tables and brief entries it is made from; n_of: what n counts;
    grade: "assumed" for what is a judgement, else "" (by the evidence gate).
    """

    id: str
    label: str
    unit: str
    formula: str
    inputs: tuple[str, ...] = ()
    n_of: str = "persons"
    equation: str = ""
    grade: str = ""
    units: tuple[str, ...] = ()

    @property
    def stage(self) -> int:
        """The stage that makes it."""
        return int(self.id.split(".")[0])

    @property
    def made_from(self) -> tuple[str, ...]:
        """The facts of its equation, then its other inputs."""
        return tuple(dict.fromkeys((*_OPERAND.findall(self.equation), *self.inputs)))

    def words(self, text: str, places: Mapping[str, object] | None = None) -> str:
        """One of its texts in the language in force, its places filled; a place that is not known is named."""
        known = places or {}
        return _PLACE.sub(lambda found: str(known.get(found[1], found[1].replace("_", " "))), _(text))


@cache
def entries(number: int) -> dict[str, Entry]:
    """All entries of a stage by their id, in the order of its file."""
    stage = STAGES[number - 1]
    told = read_yaml(STAGES_FOLDER / stage.key / FILE)
    return {f"{number}.{name}": _entry(stage, str(name), about) for name, about in told.items()}


def _entry(stage: Stage, name: str, about: Mapping[str, Any]) -> Entry:
    known = {one.name for one in fields(Entry)} - {"id"}
    units = (about.get("unit", ""), *about.get("units", ()))
    if set(about) - known or not about.get("label") or not about.get("formula") or set(units) - set(UNITS):
        accepted = f"label, unit ({', '.join(UNITS)}), formula; inputs, n_of, equation, grade, units"
        raise CxError(f"stages/{stage.key}/{FILE}", f"'{name}' is not a whole entry: {dict(about)}", accepted)
    lists = {"units": units, "inputs": tuple(about.get("inputs", ()))}
    return Entry(id=f"{stage.number}.{name}", **{**about, **lists})


@cache
def _families(number: int) -> dict[re.Pattern[str], Entry]:
    """How the ids of a family's facts look → its entry."""
    found = {}
    for id, entry in entries(number).items():
        parts = enumerate(_PLACE.split(id))  # every second part is the name of a place
        pattern = "".join(rf"(?P<{part}>\w+?)" if place % 2 else re.escape(part) for place, part in parts)
        if "{" in id:
            found[re.compile(pattern)] = entry
    return found


def find_entry(id: str) -> tuple[Entry, dict[str, str]] | None:
    """The entry of a fact, by its id or by the id with places, and what stands in its places; None when not declared."""
    number = int(id.split(".")[0])
    if entry := entries(number).get(id):
        return entry, {}
    for pattern, entry in _families(number).items():
        if found := pattern.fullmatch(id):
            return entry, found.groupdict()
    return None


def entry_of(id: str) -> Entry:
    """The entry of a fact; CxError for one that no stage declares."""
    found = find_entry(id)
    if found is None:
        near = nearest(id, entries(int(id.split(".")[0])))
        raise CxError(f"fact {id}", f"it is not declared{near}", "A fact is declared in its stage's facts.yaml")
    return found[0]


def label_of(id: str) -> str:
    """What a fact is called; its id in words where it is not declared (a fact of an older run)."""
    found = find_entry(id)
    return found[0].words(found[0].label, found[1]) if found else id.split(".", 1)[1].replace("_", " ")


def equation_of(id: str) -> str:
    """The arithmetic by which a fact follows from others, its places filled; "" where it does not."""
    found = find_entry(id)
    if found is None or not found[0].equation:
        return ""
    entry, places = found
    return re.sub(r"\{(\w+)\}", lambda place: places.get(place[1], place[0]), entry.equation)


def recomputed(id: str, values: Mapping[str, float]) -> float | None:
    """The value of a fact by its equation, from the values of other facts; None where it has none or an operand is unknown."""
    equation = equation_of(id)
    operands = _OPERAND.findall(equation)
    if not operands or any(values.get(name) is None for name in operands):
        return None
    plain = _OPERAND.sub(lambda found: repr(float(values[found[1]])), equation)
    return float(eval(plain, {"__builtins__": {}}, dict(_FUNCTIONS)))  # the package's own text, never a client's
