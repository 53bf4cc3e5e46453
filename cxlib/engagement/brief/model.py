"""The brief of an engagement as a typed model. It says where data is and what people judged; it reads no data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, PrivateAttr, field_validator

from cxlib.engagement.brief.part import Key, OneOrMore, Part, Share
from cxlib.engagement.brief.source import Source, as_sources, known_questions, known_zone

Objective = Literal["turnover", "gross_margin", "commercial_cost", "operating_cost"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
NPS_SCALE = (0.0, 10.0)


class Period(Part):
    """The time the engagement looks at; `end` never lies after `as_of`."""

    start: date
    end: date
    unit: Literal["month", "week"] = "month"


class Step(Part):
    """One step of the company's funnel; `benchmark` is the share of those at it who should go on to the next.

    `benchmark_source` and `benchmark_on` say whose figure it is and of which day.
    """

    step: Key
    label: str
    phase: Literal["before", "during", "after"]
    benchmark: Share | None = None
    benchmark_source: str = ""
    benchmark_on: date | None = None


class Touchpoint(Part):
    """Where customer and company meet; `controlled` is false where the company has no say."""

    label: str
    step: Key
    controlled: bool = True


class Channel(Part):
    """A channel; `capacity` in contacts a month, `cost_month` in money."""

    label: str
    capacity: Annotated[float, Field(ge=0)] | None = None
    cost_month: Annotated[float, Field(ge=0)] | None = None


class Target(Part):
    """What the client asks for. `target_growth` is a share per year, `budget` money, `confidence` a share."""

    candidates: tuple[Objective, ...] = OBJECTIVES
    objective: Objective | None = None
    metric: str | None = None
    target_growth: float | None = None
    deadline: date | None = None
    horizon_months: Annotated[int, Field(ge=1, le=120)] = 24
    budget: Annotated[float, Field(ge=0)] | None = None
    discount_rate: Share = 0.08
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.8


class Brand(Part):
    """What the brand stands for; `fit` grades the values of a column of `customers` from 0 (foreign) to 1 (at home)."""

    attributes: tuple[str, ...] = ()
    fit: dict[str, dict[str, Share]] = {}


class Thresholds(Part):
    """Evidence and privacy gates. The privacy minima (5 persons, 8 quotes) can be raised, never lowered."""

    minimum_cell: Annotated[int, Field(ge=5)] = 5
    minimum_quotes: Annotated[int, Field(ge=8)] = 8
    minimum_stage_n: Annotated[int, Field(ge=2)] = 100
    p_worst: Annotated[float, Field(gt=0.5, lt=1)] = 0.8


class Correlation(Part):
    """How two ideas' effects go together: 1 as one, 0 independently of each other, −1 one at the other's expense."""

    between: tuple[Key, Key]
    value: Annotated[float, Field(ge=-1, le=1)]


class Judgement(Part):
    """What people judged and no table can show; `correlation` is that of any two ideas not in `correlations`."""

    emotions: dict[str, str] = {}
    assumptions: dict[str, Any] = {}
    correlation: Share = 0.3
    correlations: tuple[Correlation, ...] = ()


class Choice(BaseModel):
    """A decision that people took before the data could: its own keys, with who took it and why."""

    model_config = ConfigDict(extra="allow", frozen=True)

    why: Annotated[str, Field(min_length=1)]
    by: Annotated[str, Field(min_length=1)]
    override: bool = False

    @property
    def picked(self) -> dict[str, Any]:
        """The choice itself, without who took it, why, and whether it may contradict the chain."""
        return dict(self.model_extra or {})


class Brief(Part):
    """The whole `engagement.yaml`, with look-ups by key."""

    company: str
    currency: str
    lang: Literal["en", "es"] = "en"
    locale: str
    as_of: date
    extract_ends: date | None = None  # the files were drawn on this day: nothing after it could have been seen
    contract: bool = (
        False  # customers are under contract: they join and leave on known dates instead of just not coming
    )
    period: Period
    current_months: Annotated[int, Field(ge=1)] = 6  # what "today" spans where no lasting shift is dated
    segment_names: dict[str, str] = {}  # what people call the segments of stage 2, by the key or the name of the page
    funnel: Annotated[tuple[Step, ...], Field(min_length=2)]
    touchpoints: dict[Key, Touchpoint] = {}
    channels: dict[Key, Channel] = {}
    objective: Target = Target()
    brand: Brand = Brand()
    scales: dict[str, tuple[float, float]] = {}
    thresholds: Thresholds = Thresholds()
    staff: dict[str, PositiveInt] = {}  # people per department: how many the staff survey could have reached
    judgement: Judgement = Judgement()
    tables: dict[str, tuple[Source, ...]] = {}
    choices: dict[int, Choice] = {}
    labels: dict[str, dict[str, str]] = {}
    roots: tuple[str, ...] = ()  # folders beside the engagement's own in which files of `tables` may lie
    zone: str | None = None  # times with an offset are told in it
    confirmed: Annotated[tuple[str, ...], OneOrMore] = ()  # questions of `cx check` that belong to no one table
    seed: int | None = None
    approval: Literal["one", "two"] = "one"  # how many people a sealed decision needs

    _folder: Path = PrivateAttr(default=Path())
    _lines: dict[tuple[str | int, ...], int] = PrivateAttr(default_factory=dict)
    _seen: set[str] = PrivateAttr(default_factory=set)

    def __getattribute__(self, name: str) -> Any:
        """A block of the brief; each look at it is remembered, because a stage depends on what it has looked at."""
        if name in _BLOCKS:
            own = object.__getattribute__(self, "__pydantic_private__")
            if own is not None:
                own["_seen"].add(name)
        return super().__getattribute__(name)

    @property
    def seen(self) -> set[str]:
        """The names of the blocks that were looked at since the brief was loaded."""
        return self._seen

    @field_validator("tables", mode="before")
    @classmethod
    def _every_table_has_a_list_of_sources(cls, value: Any) -> Any:
        return {name: as_sources(given) for name, given in value.items()} if isinstance(value, dict) else value

    @field_validator("confirmed")
    @classmethod
    def _only_known_questions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return known_questions(value)

    @field_validator("zone")
    @classmethod
    def _only_known_zones(cls, value: str | None) -> str | None:
        return known_zone(value)

    @property
    def folder(self) -> Path:
        """The engagement folder; the files of `tables` are relative to it."""
        return self._folder

    @property
    def name(self) -> str:
        """The name of the engagement: that of its folder."""
        return self._folder.resolve().name

    @property
    def step_keys(self) -> list[str]:
        """The keys of the funnel steps, in order."""
        return [step.step for step in self.funnel]

    @property
    def touchpoint_keys(self) -> list[str]:
        """The keys of the touchpoints, in the order of the funnel, then as written."""
        return [key for step in self.step_keys for key in self.touchpoints_of(step)]

    def step_of(self, touchpoint: str) -> str:
        """The funnel step of a touchpoint; an empty text for an unknown one."""
        known = self.touchpoints.get(touchpoint)
        return known.step if known else ""

    def touchpoints_of(self, step: str) -> list[str]:
        """The keys of the touchpoints of a step, as written."""
        return [key for key, touchpoint in self.touchpoints.items() if touchpoint.step == step]

    def scale(self, question: str) -> tuple[float, float]:
        """Lowest and highest score of a question; 0 to 10 where the brief declares no other."""
        return self.scales.get(question, NPS_SCALE)

    def label(self, kind: str, key: str) -> str:
        """What to show for a key: kind is step, touchpoint, channel or any name under `labels`; else the key."""
        given = self.labels.get(kind, {}).get(key)
        if given or kind not in ("step", "touchpoint", "moment", "channel"):
            return given or key
        own: Mapping[str, Step | Touchpoint | Channel] = self.channels if kind == "channel" else self.touchpoints
        if kind == "step":
            own = {step.step: step for step in self.funnel}
        return own[key].label if key in own else key

    def where(self, *loc: str | int) -> str:
        """File and line of a place in the brief, e.g. `engagement.yaml, line 12`; the nearest known one."""
        places = (loc[:end] for end in range(len(loc), -1, -1))
        line = next((self._lines[place] for place in places if place in self._lines), None)
        return f"engagement.yaml, line {line}" if line else "engagement.yaml"


_BLOCKS = frozenset(Brief.model_fields)
