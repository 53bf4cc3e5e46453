"""The mapping language: how a client's file, or rows written in the brief, become rows of a table."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt, field_validator, model_validator
from pydantic_core import PydanticCustomError

from cxlib.engagement.brief.part import Delimiter, OneOrMore, Part, Share
from cxlib.engagement.tables.question import KINDS
from cxlib.errors import nearest
from cxlib.language import _

Term = float | str  # a number stands for itself, a text for a column of the file
Whole = int | str


class Wide(Part):
    """Many client columns that become rows: each column names the contract values it stands for."""

    columns: dict[str, dict[str, str]]
    value: str = "score"


class Join(Part):
    """Columns brought in from a second file. `many` says what to do with several rows per key in that file."""

    file: str
    on: dict[str, str]
    columns: tuple[str, ...]
    many: Literal["refuse", "first", "sum"] = "refuse"
    sheet: str | None = None
    encoding: str | None = None
    delimiter: Delimiter | None = None

    @property
    def name(self) -> str:
        """What messages call it: the name of its file."""
        return Path(self.file).name

    @field_validator("on", mode="before")
    @classmethod
    def _one_name_serves_both_sides(cls, value: Any) -> Any:
        return {value: value} if isinstance(value, str) else value


class Made(Part):
    """A column that the file does not hold as such, made of others in exactly one way.

    `year`, `month`, `day` (a day that is not given is the first), with `time`; a `date` (a column, an ISO date or
    `as_of`), with `time`, moved by days or months; a `sum`, `product` or `difference` of columns and numbers; `bands` of
    the number in the column `of`, with their `names`, one more than the limits; a text put together from `parts` with
    `between` them.
    """

    year: Whole | None = None
    month: Whole | None = None
    day: Whole | None = None
    date: str | None = None
    time: str | None = None
    plus_days: Term | None = None
    minus_days: Term | None = None
    plus_months: Term | None = None
    minus_months: Term | None = None
    sum: tuple[Term, ...] = ()
    product: tuple[Term, ...] = ()
    difference: tuple[Term, ...] = ()
    bands: tuple[float, ...] = ()
    of: str | None = None
    names: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    between: str = "-"

    @property
    def way(self) -> str:
        """The one way in which the column is made."""
        return next(name for name in WAYS if getattr(self, name))

    @property
    def is_number(self) -> bool:
        """Whether it is written by us in plain figures."""
        return self.way in ("sum", "product", "difference")

    @property
    def columns(self) -> tuple[str, ...]:
        """The client columns it is made of."""
        several = (*self.sum, *self.product, *self.difference, *self.parts)
        moved = (self.plus_days, self.minus_days, self.plus_months, self.minus_months)
        given = (self.year, self.month, self.day, self.time, self.of, *moved, *several)
        start = (self.date,) if self.date and not is_fixed_day(self.date) else ()
        return tuple(str(name) for name in (*start, *given) if isinstance(name, str))

    @field_validator("date", mode="before")
    @classmethod
    def _a_day_may_stand_without_quotes(cls, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    @model_validator(mode="after")
    def _in_exactly_one_way(self) -> Made:
        ways = [name for name in WAYS if getattr(self, name)]
        if len(ways) != 1:
            raise PydanticCustomError("made", _("Give exactly one of {ways}", ways=", ".join(WAYS)))
        if self.bands and (list(self.bands) != sorted(set(self.bands)) or not self.of):
            raise PydanticCustomError("made", _("bands: limits that rise, and `of` with the column they divide"))
        if self.bands and self.names and len(self.names) != len(self.bands) + 1:
            raise PydanticCustomError("made", _("names: one more than there are limits under `bands`"))
        if self.year and not self.month:
            raise PydanticCustomError("made", _("A day is made of `year` and `month`, and `day` where it is known"))
        return self


WAYS = ("year", "date", "sum", "product", "difference", "bands", "parts")


def is_fixed_day(text: str) -> bool:
    """Whether a `date` is a day itself, and no column: an ISO date, or `as_of`."""
    try:
        return text == "as_of" or bool(date.fromisoformat(text))
    except ValueError:
        return False


class Source(Part):
    """How one file (or inline `rows`) becomes rows of a table.

    `header` is the row of the column names (several: joined; 0: the file has none), `footer` how many rows below the
    table are no rows. `made` makes columns of others, `product` multiplies. `many` says what to do with several rows of
    one key: `sum` for the lines of a receipt, `first` for the earliest of a customer's rows. `split` makes one row of
    each answer in a cell, `reversed` names columns asked the other way round, `no_answer` scores that mean none.
    `zone` is that of times without an offset. `exits` names events that end a case without a touchpoint of their own.
    `confirmed` settles questions of `cx check`; `may_refuse` is the share of rows that may be refused.
    """

    file: str | None = None
    rows: tuple[dict[str, Any], ...] | None = None
    sheet: str | None = None
    header: Annotated[tuple[Annotated[int, Field(ge=0, le=400)], ...], OneOrMore] = ()
    footer: PositiveInt | None = None
    columns: dict[str, str] = {}
    attributes: dict[str, str] = {}
    constant: dict[str, str] = {}
    codes: dict[str, dict[str, str | None]] = {}
    prefix: dict[str, str] = {}
    product: dict[str, tuple[str, ...]] = {}
    made: dict[str, Made] = {}
    wide: Wide | None = None
    split: dict[str, str] = {}
    reversed: Annotated[tuple[str, ...], OneOrMore] = ()
    no_answer: Annotated[tuple[str, ...], OneOrMore] = ()
    exits: dict[str, Annotated[tuple[str, ...], OneOrMore]] = {}
    many: Literal["refuse", "first", "sum"] = "refuse"
    join: Annotated[tuple[Join, ...], OneOrMore] = ()
    where: dict[str, Any] = {}
    dates: str | dict[str, str] | None = None
    zone: str | None = None
    decimal: Literal[",", "."] | None = None
    thousands: Literal[",", ".", " ", "'"] | None = None
    delimiter: Delimiter | None = None
    encoding: str | None = None
    confirmed: Annotated[tuple[str, ...], OneOrMore] = ()
    may_refuse: Share = 0.0

    @property
    def name(self) -> str:
        """What messages call it: the name of its file, or of the brief where the rows are written there."""
        return Path(self.file).name if self.file else "engagement.yaml"

    def attribute_names(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """The further columns of its rows: its attributes, and what it makes that is not among the `known` columns."""
        return tuple(dict.fromkeys([*self.attributes, *(name for name in self.made if name not in known)]))

    @field_validator("constant", mode="before")
    @classmethod
    def _a_day_may_stand_without_quotes(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: given.isoformat() if isinstance(given, date) else given for key, given in value.items()}

    @field_validator("attributes", mode="before")
    @classmethod
    def _a_list_keeps_the_names(cls, value: Any) -> Any:
        return {str(name): str(name) for name in value} if isinstance(value, list) else value

    @field_validator("confirmed")
    @classmethod
    def _only_known_questions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return known_questions(value)

    @field_validator("zone")
    @classmethod
    def _only_known_zones(cls, value: str | None) -> str | None:
        return known_zone(value)


def known_questions(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds as given; an error for one that `cx check` never asks."""
    for kind in kinds:
        if kind not in KINDS:
            told = _("'{kind}' is not a question of `cx check`{near}", kind=kind, near=nearest(kind, KINDS))
            raise PydanticCustomError("confirmed", told)
    return kinds


def known_zone(zone: str | None) -> str | None:
    """The zone as given; an error for one that the zone database does not hold."""
    from zoneinfo import available_timezones

    if zone is not None and zone not in available_timezones():
        near = nearest(zone, available_timezones())
        told = _("'{zone}' is not a time zone{near} Accepted: names such as Europe/Madrid or UTC", zone=zone, near=near)
        raise PydanticCustomError("zone", told)
    return zone


def as_sources(given: Any) -> Any:
    """One source, a file name alone or a list of either, as a list of sources; anything else is left to the model."""
    sources = given if isinstance(given, list) else [given]
    return [{"file": source} if isinstance(source, str) else source for source in sources]
