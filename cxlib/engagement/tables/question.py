"""What can be read two ways, or looks wrong as it stands: asked about, with what was seen and the choices that settle it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cxlib.language import _

KINDS = (  # what may be asked, and what `confirmed` in the brief may settle
    "amounts_in_words",
    "answers_in_words",
    "benchmark_scale",
    "currencies",
    "dates_of_1900",
    "day_or_month",
    "draft",
    "encoding",
    "ends_before_as_of",
    "footer",
    "growth",
    "header",
    "infinite",
    "language",
    "large_numbers",
    "leaves_before_joining",
    "low_above_high",
    "mapping",
    "one_person_two_keys",
    "outside_funnel",
    "overall_of_touchpoints",
    "percent",
    "periods_apart",
    "promise_scale",
    "repeats",
    "same_file",
    "same_values",
    "scale",
    "scale_ends",
    "thousands",
    "time_zones",
    "wording",
)


@dataclass(frozen=True)
class Question:
    """One doubt about one place of the brief.

    `place` is its line in the brief, `what` was seen (with values and counts), `choices` are the lines of the brief that
    would settle it, `likely` is one of them or "" when nothing speaks for any. `changes_numbers` is true when the answer
    changes what the pages say; until then `cx check` ends with 2. `kind` is one of KINDS and may stand under `confirmed`
    of a source (or of the brief, where `table` is "") to say that what was read is right.
    """

    kind: str
    place: str
    what: str
    choices: tuple[str, ...]
    likely: str = ""
    table: str = ""
    column: str = ""
    n: int = 0
    changes_numbers: bool = True
    blocks: bool = False  # the table is not read until it is answered

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise KeyError(self.kind)

    @property
    def sentence(self) -> str:
        """The question as `cx check` prints it: place, what was seen, the choices with the likely one first."""
        name = ".".join(part for part in (self.table, self.column) if part)
        where = f"{self.place}, {name}" if name else self.place
        ordered = sorted(self.choices, key=lambda choice: choice != self.likely)
        likely = _(" (likely)") if self.likely else ""
        told = [f"{choice}{likely if choice == self.likely else ''}" for choice in ordered]
        return f"{where}: {self.what}\n" + "\n".join(f"      → {choice}" for choice in told)

    def as_json(self) -> dict[str, Any]:
        """The question as `cx check --json` gives it."""
        return asdict(self) | {"choices": list(self.choices)}
